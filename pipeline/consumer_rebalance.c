/* SPDX-License-Identifier: Apache-2.0 */
/* consumer_rebalance: partitions come and go. See consumer.h. */
#include "pipeline/consumer_private.h"

#include "pipeline/membership.h"
#include "pipeline/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMITTED_SLICE_MS = 2000, COMMITTED_ATTEMPTS = 15 };

/* The same for the client's whole life. Asked once: when the group is left, librdkafka 2.0.2 may forget the question, and
 * the caller waits for ever. */
static bool is_cooperative(struct consumer *consumer)
{
    const char *protocol = consumer->is_cooperative ? NULL : rd_kafka_rebalance_protocol(consumer->client);
    if (protocol && strcmp(protocol, "COOPERATIVE") == 0)
        consumer->is_cooperative = true;
    return consumer->is_cooperative;
}

static void check(struct consumer *consumer, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return;
    if (rd_kafka_error_is_fatal(error))
        consumer_fail(consumer, what, rd_kafka_error_string(error));
    else
        log_simple(consumer->opaque.log, LOG_WARN, what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

static void log_partition(struct consumer *consumer, const char *message,
                          const rd_kafka_topic_partition_t *item)
{
    struct log_line line;
    log_begin(&line, consumer->opaque.log, LOG_INFO, message);
    log_string(&line, "topic", item->topic);
    log_integer(&line, "partition", item->partition);
    log_end(&line);
}

/* Asks for the committed offsets of a list, into it. A partition without one is started at 0 or is a
 * problem, as configured. False when there is a problem, or a stop was asked for. */
static bool find_starts(struct consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int attempt = 0; attempt < COMMITTED_ATTEMPTS; attempt++) {
        code = rd_kafka_committed(consumer->client, list, COMMITTED_SLICE_MS);
        for (int i = 0; !code && i < list->cnt; i++)
            code = list->elems[i].err;
        if (!code || shutdown_is_asked(consumer->options.shutdown))
            break;
    }
    if (code && shutdown_is_asked(consumer->options.shutdown))
        return false;
    if (code) {
        consumer_fail(consumer, "cannot read the committed offsets", rd_kafka_err2str(code));
        return false;
    }
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].offset >= 0)
            continue;
        if (!consumer->starts_earliest) {
            consumer_fail(consumer, "no committed offset (see: millrace topics create)",
                          list->elems[i].topic);
            return false;
        }
        list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    return true;
}

static int topic_of(const struct consumer *consumer, const char *name)
{
    int topic = 0;
    while (topic < consumer->options.topic_count - 1 && strcmp(consumer->topics[topic], name) != 0)
        topic++;
    return topic;
}

static void add(struct consumer *consumer, const rd_kafka_topic_partition_t *item)
{
    size_t bytes = (consumer->partition_count + 1) * sizeof *consumer->partitions;
    consumer->partitions = memory_resize(consumer->partitions, bytes);
    struct consumer_partition *partition = &consumer->partitions[consumer->partition_count++];
    *partition = (struct consumer_partition){.topic = topic_of(consumer, item->topic),
                                             .partition = item->partition,
                                             .assignment = ++consumer->assignment_last};
    int64_t start = item->offset >= 0 ? item->offset : 0;
    /* librdkafka 2.0.2 may send a Fetch again that it made for an earlier assignment, and deliver what it brings: records
     * that are committed. */
    frontier_init(&partition->frontier, consumer->window + 1, start);
    struct consumer_position position = {.assignment = partition->assignment,
                                         .topic = partition->topic,
                                         .partition = item->partition,
                                         .offset = start};
    consumer->options.hooks->on_assigned(consumer->options.context, &position);
}

static void forget_membership(struct consumer *consumer)
{
    if (consumer->membership)
        rd_kafka_consumer_group_metadata_destroy(consumer->membership);
    consumer->membership = NULL;
}

/* A session that times out while an earlier rebalance waits for us takes the member id away, and librdkafka 2.0.2 joins under a
 * new one without telling that the partitions are lost: what was read under the old one others may have done. */
static void check_member(struct consumer *consumer)
{
    if (consumer->partition_count > 0 && consumer->membership &&
        !membership_is_of(consumer->membership, consumer->member)) {
        consumer_fail(consumer, "the group has gone on without this member", consumer->member);
        forget_membership(consumer);
    }
    if (consumer->partition_count > 0 || !consumer->membership)
        return;
    free(consumer->member);
    consumer->member = membership_member(consumer->membership);
}

/* Asked for here, never at the commit: a member that has just been thrown out would commit as nobody, and nobody is never
 * fenced. The order counts: who is thrown out between the questions is found lost by the last. */
static void learn_membership(struct consumer *consumer)
{
    forget_membership(consumer);
    if (consumer->is_closing || consumer->problem)
        return;
    consumer->membership = membership_take(consumer->client);
    if (rd_kafka_assignment_lost(consumer->client))
        forget_membership(consumer);
    check_member(consumer);
}

static void take_on(struct consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    /* Not left to librdkafka: an OffsetFetch that is refused while the coordinator moves leaves 2.0.2 with an assignment that
     * never begins. Without the starts nothing may be fetched: an empty assignment, and the problem is reported. */
    consumer->options.hooks->on_settle(consumer->options.context);
    learn_membership(consumer);
    if (list->cnt > 0 && !find_starts(consumer, list))
        return;
    for (int i = 0; i < list->cnt; i++) {
        if (consumer_partition_of(consumer, list->elems[i].topic, list->elems[i].partition))
            continue;
        log_partition(consumer, "partition assigned", &list->elems[i]);
        add(consumer, &list->elems[i]);
    }
    if (is_cooperative(consumer))
        check(consumer, "incremental assign", rd_kafka_incremental_assign(consumer->client, list));
    else
        rd_kafka_assign(consumer->client, list);
    if (consumer->is_stopping)
        rd_kafka_pause_partitions(consumer->client, list);
}

/* The client keeps a pause over revocation and assignment: a partition that came back would stay silent. What it
 * delivers until it is unassigned is ignored. */
static void resume(struct consumer *consumer, const struct consumer_partition *partition)
{
    rd_kafka_topic_partition_list_t *list = memory_check(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list, consumer->topics[partition->topic], partition->partition);
    rd_kafka_resume_partitions(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void drop(struct consumer *consumer, const rd_kafka_topic_partition_t *item)
{
    struct consumer_partition *partition = consumer_partition_of(consumer, item->topic, item->partition);
    if (!partition)
        return;
    if (partition->is_paused && !consumer->is_stopping)
        resume(consumer, partition);
    uint64_t assignment = partition->assignment;
    frontier_deinit(&partition->frontier);
    *partition = consumer->partitions[--consumer->partition_count];
    consumer->options.hooks->on_gone(consumer->options.context, assignment);
}

static void give_up(struct consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    bool is_lost = rd_kafka_assignment_lost(consumer->client);
    /* The commit under way was begun as the member that we were: it ends first. Leaving, all was committed that could be. */
    consumer->options.hooks->on_settle(consumer->options.context);
    learn_membership(consumer);
    if (consumer->membership && list->cnt > 0)
        consumer->options.hooks->on_revoking(consumer->options.context);
    for (int i = 0; i < list->cnt; i++) {
        log_partition(consumer, is_lost ? "partition lost" : "partition revoked", &list->elems[i]);
        drop(consumer, &list->elems[i]);
    }
    if (is_cooperative(consumer))
        check(consumer, "incremental unassign", rd_kafka_incremental_unassign(consumer->client, list));
    else
        rd_kafka_assign(consumer->client, NULL);
}

void consumer_on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct consumer *consumer = opaque;
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
        take_on(consumer, list);
        return;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
        give_up(consumer, list);
        return;
    }
    log_simple(consumer->opaque.log, LOG_WARN, "rebalance failed", rd_kafka_err2str(code));
    consumer->options.hooks->on_settle(consumer->options.context);
    forget_membership(consumer);
    for (int i = 0; i < list->cnt; i++)
        drop(consumer, &list->elems[i]);
    rd_kafka_assign(client, NULL);
}
