/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_main: an idempotent producer and a consumer group of three in one process, beside world-main's brokers.
 *
 * A program for world-main that uses only what every librdkafka since 1.8 has, so that any version can be put under it.
 * It fails unless every record is acknowledged and arrives. Arguments: NAME [RECORDS].
 * Without mutable statics: it is loaded once, for many worlds.
 */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 3, RECORDS_DEFAULT = 100, RECORDS_MAX = 100000 };
enum { ERROR_BYTES = 512, VALUE_BYTES = 200, POLL_MS = 50, FLUSH_MS = 60000, IDLE_POLLS_MAX = 4000 };

#define TOPIC     "records"
#define BOOTSTRAP "kafka-1:9092"

struct group {
    rd_kafka_t *producer, *members[MEMBERS];
    size_t records, delivered, distinct;
    bool *seen;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "group: %s: %s\n", what, why);
    return 1;
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    struct group *group = opaque;
    group->delivered += message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *const *settings, struct group *group)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    for (; *settings; settings += 2)
        if (rd_kafka_conf_set(configuration, settings[0], settings[1], error, sizeof error) !=
            RD_KAFKA_CONF_OK)
            fail(settings[0], error);
    rd_kafka_conf_set_opaque(configuration, group);
    if (type == RD_KAFKA_PRODUCER)
        rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
    rd_kafka_t *client = rd_kafka_new(type, configuration, error, sizeof error);
    if (!client)
        fail("no client", error);
    return client;
}

static rd_kafka_t *new_member(void)
{
    const char *const settings[] = {"bootstrap.servers",
                                    BOOTSTRAP,
                                    "group.id",
                                    "group",
                                    "auto.offset.reset",
                                    "earliest",
                                    "session.timeout.ms",
                                    "6000",
                                    "enable.auto.commit",
                                    "false",
                                    "partition.assignment.strategy",
                                    "cooperative-sticky",
                                    NULL};
    rd_kafka_t *member = new_client(RD_KAFKA_CONSUMER, settings, NULL);
    if (!member)
        return NULL;
    rd_kafka_poll_set_consumer(member);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, TOPIC, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(member, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return member;
}

static bool produce(struct group *group)
{
    for (size_t n = 0; n < group->records; n++) {
        char key[16], value[VALUE_BYTES] = {0};
        int key_bytes = snprintf(key, sizeof key, "%zu", n);
        memcpy(value, key, (size_t)key_bytes);
        rd_kafka_resp_err_t error = rd_kafka_producev(
            group->producer, RD_KAFKA_V_TOPIC(TOPIC), RD_KAFKA_V_KEY(key, (size_t)key_bytes),
            RD_KAFKA_V_VALUE(value, sizeof value), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (error)
            return fail("produce", rd_kafka_err2str(error)) == 0;
    }
    return rd_kafka_flush(group->producer, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Each record that is new is committed before the next is asked for. */
static void take(struct group *group, rd_kafka_t *member, rd_kafka_message_t *message)
{
    size_t n = strtoul(message->payload, NULL, 10);
    if (n < group->records && !group->seen[n]) {
        group->seen[n] = true;
        group->distinct++;
    }
    rd_kafka_commit_message(member, message, 1);
}

static void consume(struct group *group)
{
    for (size_t idle = 0, turn = 0; group->distinct < group->records && idle < IDLE_POLLS_MAX; turn++) {
        rd_kafka_t *member = group->members[turn % MEMBERS];
        rd_kafka_message_t *message = rd_kafka_consumer_poll(member, POLL_MS);
        idle = message && !message->err ? 0 : idle + 1;
        if (message && !message->err)
            take(group, member, message);
        if (message)
            rd_kafka_message_destroy(message);
    }
}

/* The topic is there once the producer has asked for it. */
static bool start_members(struct group *group)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        group->members[i] = new_member();
        if (!group->members[i])
            return false;
    }
    return true;
}

int group_main(int argc, char **argv);
int group_main(int argc, char **argv)
{
    struct group group = {.records = argc > 1 ? strtoul(argv[1], NULL, 10) : RECORDS_DEFAULT};
    if (group.records < 1 || group.records > RECORDS_MAX)
        return fail("usage", "group_main [RECORDS]");
    group.seen = calloc(group.records, sizeof *group.seen);
    const char *const settings[] = {"bootstrap.servers", BOOTSTRAP, "enable.idempotence", "true", NULL};
    group.producer = new_client(RD_KAFKA_PRODUCER, settings, &group);
    bool is_right = group.producer && produce(&group) && start_members(&group);
    if (is_right)
        consume(&group);
    for (size_t i = 0; i < MEMBERS && group.members[i]; i++) {
        rd_kafka_consumer_close(group.members[i]);
        rd_kafka_destroy(group.members[i]);
    }
    if (group.producer)
        rd_kafka_destroy(group.producer);
    free(group.seen);
    fprintf(stderr, "group: %s: delivered %zu, consumed %zu of %zu\n", rd_kafka_version_str(),
            group.delivered, group.distinct, group.records);
    return is_right && group.distinct == group.records && group.delivered == group.records ? 0 : 1;
}
