/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member: a member of a consumer group whose rebalance callbacks obey. What they were told is a story of each member,
 * an outcome when it leaves: in which order the members of a group are told is nobody's promise. See client.h.
 */
#include "tests/conformance/kafka/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 10 };

static void tell(struct client_member *member, const char *format, ...)
{
    size_t used = strlen(member->story);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(member->story + used, sizeof(member->story) - used, format, arguments);
    va_end(arguments);
}

static void obey(struct client_member *member, rd_kafka_t *consumer, rd_kafka_resp_err_t error,
                 rd_kafka_topic_partition_list_t *list)
{
    const char *protocol = rd_kafka_rebalance_protocol(consumer);
    /* NULL: the member was thrown out meanwhile. */
    bool is_incremental = protocol && strcmp(protocol, "COOPERATIVE") == 0;
    rd_kafka_error_t *refused = NULL;
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        member->assigned_count = is_incremental ? member->assigned_count + list->cnt : list->cnt;
        if (is_incremental)
            refused = rd_kafka_incremental_assign(consumer, list);
        else
            rd_kafka_assign(consumer, list);
    } else {
        member->assigned_count = is_incremental ? member->assigned_count - list->cnt : 0;
        if (is_incremental)
            refused = rd_kafka_incremental_unassign(consumer, list);
        else
            rd_kafka_assign(consumer, NULL);
    }
    if (refused) {
        tell(member, " refused %s", rd_kafka_error_name(refused));
        rd_kafka_error_destroy(refused);
    }
}

static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct client_member *member = opaque;
    bool is_assign = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    member->rebalance_count++;
    member->is_lost = rd_kafka_assignment_lost(consumer);
    /* How often a member is told of nothing at all depends on when the others joined. */
    if (list->cnt > 0)
        tell(member, " %s%d%s", is_assign ? "+" : "-", list->cnt, member->is_lost ? "(lost)" : "");
    obey(member, consumer, error, list);
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client, (void)level, (void)facility, (void)text;
}

void client_member_join(struct conformance *c, struct client_member *member, const char *label,
                        const char *group, const char *topic, ...)
{
    static const char *const defaults[] = {"auto.offset.reset",
                                           "earliest",
                                           "enable.auto.commit",
                                           "false",
                                           "fetch.wait.max.ms",
                                           "50",
                                           "session.timeout.ms",
                                           "6000",
                                           "heartbeat.interval.ms",
                                           "100",
                                           "retry.backoff.ms",
                                           "20",
                                           "topic.metadata.propagation.max.ms",
                                           "500",
                                           "reconnect.backoff.ms",
                                           "20",
                                           "reconnect.backoff.max.ms",
                                           "200"};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    const char *name;
    char error[256];
    va_list pairs;
    *member = (struct client_member){.c = c, .label = label};
    rd_kafka_conf_set(conf, "bootstrap.servers", c->bootstrap, error, sizeof(error));
    rd_kafka_conf_set(conf, "group.id", group, error, sizeof(error));
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i += 2)
        rd_kafka_conf_set(conf, defaults[i], defaults[i + 1], error, sizeof(error));
    va_start(pairs, topic);
    while ((name = va_arg(pairs, const char *)))
        if (rd_kafka_conf_set(conf, name, va_arg(pairs, const char *), error, sizeof(error)))
            outcome(c, "configuration: %s", error);
    va_end(pairs);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_opaque(conf, member);
    member->consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    if (!member->consumer)
        abort();
    rd_kafka_poll_set_consumer(member->consumer);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(member->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
}

static void poll_all(struct client_member *const *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(members[i]->consumer, STEP_MS);
        if (!message)
            continue;
        if (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF &&
            message->err != members[i]->error) {
            members[i]->error = message->err;
            if (!members[i]->is_error_untold)
                tell(members[i], " %s", rd_kafka_err2name(message->err));
        }
        rd_kafka_message_destroy(message);
    }
}

bool client_member_await_error(struct client_member *member)
{
    struct client_member *const members[] = {member};
    int64_t deadline_ms = client_now_ms() + 2 * CLIENT_PATIENCE_MS;
    while (!member->error && client_now_ms() < deadline_ms)
        poll_all(members, 1);
    return member->error;
}

bool client_members_await(struct client_member *const *members, size_t count, int assigned_count)
{
    int64_t deadline_ms = client_now_ms() + 2 * CLIENT_PATIENCE_MS;
    while (members[0]->assigned_count != assigned_count) {
        if (client_now_ms() > deadline_ms) {
            outcome(members[0]->c, "%s never got %d", members[0]->label, assigned_count);
            return false;
        }
        poll_all(members, count);
    }
    return true;
}

void client_members_poll(struct client_member *const *members, size_t count, int time_ms)
{
    int64_t deadline_ms = client_now_ms() + time_ms;
    while (client_now_ms() < deadline_ms)
        poll_all(members, count);
}

void client_member_leave(struct client_member *member)
{
    rd_kafka_consumer_close(member->consumer);
    rd_kafka_destroy(member->consumer);
    member->consumer = NULL;
    outcome(member->c, "%s:%s", member->label, member->story);
}
