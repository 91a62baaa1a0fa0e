/* SPDX-License-Identifier: Apache-2.0 */
/* transact: see transact.h. */
#include "tests/conformance/kafka/transact.h"
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/client.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 60000, TRIES_MAX = 300, PAUSE_MS = 100, PAIRS_MAX = 3, TEXT_BYTES = 256 };

void transact_tell(struct conformance *c, const char *label, rd_kafka_error_t *error)
{
    outcome(c, "%s %s", label, error ? rd_kafka_error_name(error) : "NO_ERROR");
    if (!error)
        return;
    if (rd_kafka_error_is_fatal(error))
        outcome_more(c, " fatal");
    if (rd_kafka_error_is_retriable(error))
        outcome_more(c, " retriable");
    if (rd_kafka_error_txn_requires_abort(error))
        outcome_more(c, " abortable");
    rd_kafka_error_destroy(error);
}

static void tell_failure(struct conformance *c, const char *label, rd_kafka_error_t *error)
{
    if (error)
        transact_tell(c, label, error);
}

rd_kafka_t *transact_producer(struct conformance *c, const char *suffix, ...)
{
    const char *pair[2 * PAIRS_MAX + 2] = {NULL};
    size_t count = 0;
    va_list pairs;
    va_start(pairs, suffix);
    while (count < 2 * PAIRS_MAX && (pair[count] = va_arg(pairs, const char *))) {
        pair[count + 1] = va_arg(pairs, const char *);
        count += 2;
    }
    va_end(pairs);
    rd_kafka_t *producer = client_producer(c, "transactional.id", case_name_of(c, suffix), pair[0], pair[1],
                                           pair[2], pair[3], pair[4], pair[5], NULL);
    tell_failure(c, "init", rd_kafka_init_transactions(producer, PATIENCE_MS));
    return producer;
}

void transact_begin(struct conformance *c, rd_kafka_t *producer)
{
    tell_failure(c, "begin", rd_kafka_begin_transaction(producer));
}

void transact_init(struct conformance *c, const char *label, rd_kafka_t *producer)
{
    transact_tell(c, label, rd_kafka_init_transactions(producer, PATIENCE_MS));
}

void transact_commit(struct conformance *c, const char *label, rd_kafka_t *producer)
{
    transact_tell(c, label, rd_kafka_commit_transaction(producer, PATIENCE_MS));
}

void transact_abort(struct conformance *c, const char *label, rd_kafka_t *producer)
{
    transact_tell(c, label, rd_kafka_abort_transaction(producer, PATIENCE_MS));
}

void transact_send(struct conformance *c, rd_kafka_t *producer, const char *topic, int32_t partition,
                   const char *value)
{
    struct client_sent sent = client_send(producer, topic, partition, NULL, value);
    client_outcome_sent(c, value, &sent);
}

void transact_once(struct conformance *c, rd_kafka_t *producer, const char *topic, const char *value,
                   bool is_commit)
{
    transact_begin(c, producer);
    transact_send(c, producer, topic, 0, value);
    if (is_commit)
        transact_commit(c, "commit", producer);
    else
        transact_abort(c, "abort", producer);
}

void transact_offset(struct conformance *c, const char *label, rd_kafka_t *producer, rd_kafka_t *consumer,
                     const char *group, const char *topic, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, offset);
    rd_kafka_consumer_group_metadata_t *metadata =
        consumer ? rd_kafka_consumer_group_metadata(consumer) : rd_kafka_consumer_group_metadata_new(group);
    transact_tell(c, label, rd_kafka_send_offsets_to_transaction(producer, list, metadata, PATIENCE_MS));
    rd_kafka_consumer_group_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_destroy(list);
}

void transact_outcome_all(struct conformance *c, const char *label, const char *topic, int32_t partition)
{
    client_outcome_log_as(c, label, topic, partition, 0, "read_uncommitted");
}

int transact_coordinator(struct conformance *c, int asked, const char *suffix)
{
    char text[TEXT_BYTES], value[ASK_VALUE_BYTES];
    snprintf(text, sizeof(text), "FindCoordinator 2 {key: ~%s, key_type: 1}", suffix);
    ask_value(c, asked, text, "error_code", value);
    if (strcmp(value, "0") != 0)
        return -1;
    ask_value(c, asked, text, "node_id", value);
    return atoi(value);
}

void transact_await_state(struct conformance *c, const char *suffix, const char *state)
{
    char text[TEXT_BYTES], value[ASK_VALUE_BYTES] = "";
    snprintf(text, sizeof(text), "DescribeTransactions 0 {transactional_ids: [~%s]}", suffix);
    for (int i = 0; i < TRIES_MAX; i++) {
        for (int asked = 1; asked <= 3; asked++) {
            int coordinator = transact_coordinator(c, asked, suffix);
            if (coordinator > 0 && ask_value(c, coordinator, text, "transaction_state", value) &&
                strcmp(value, state) == 0)
                return;
        }
        poll(NULL, 0, PAUSE_MS);
    }
    outcome(c, "the transaction stays %s, not %s", value, state);
}
