/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_log: what a coordinator writes to __transaction_state, and reads back: Kafka's own records.
 *
 *   key    int16 0 | string transactional id
 *   value  int16 0 | int64 producer id | int16 epoch | int32 timeout ms | int8 state | partitions | int64 updated ms |
 *          int64 started ms          null: the id is forgotten
 *   partitions   int32 count (-1: none, Empty) of: string topic, int32 count of int32 partition
 *
 * Version 0 of the value, as long as transaction.version is not finalized: so a new coordinator knows no last epoch.
 * Source: TransactionLogKey.json, TransactionLogValue.json, TransactionLog.scala, TransactionStateManager.scala
 * (appendTransactionToLog, updateCacheCallback).
 */
#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/config.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/transaction_private.h"

enum { VERSION = 0, NO_SEQUENCE = -1 };

/* ---- records ---- */

static void put(struct wire_output *output, uint64_t value, size_t bytes)
{
    uint8_t data[8];
    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    wire_output_append(output, data, bytes);
}

static void put_text(struct wire_output *output, struct wire_string text)
{
    put(output, (uint64_t)text.bytes, 2);
    wire_output_append(output, text.text, (size_t)text.bytes);
}

/* How many of the places from first on are of one topic. */
static int32_t count_alike(const struct kafka_transaction_facts *facts, int32_t first)
{
    int32_t end = first + 1;
    while (end < facts->place_count &&
           wire_string_is_same(facts->places[end].topic, facts->places[first].topic))
        end++;
    return end - first;
}

static void put_places(struct wire_output *output, const struct kafka_transaction_facts *facts)
{
    int32_t topics = 0;
    if (facts->state == KAFKA_TRANSACTION_EMPTY) {
        put(output, UINT64_MAX, 4);
        return;
    }
    for (int32_t i = 0; i < facts->place_count; i += count_alike(facts, i))
        topics++;
    put(output, (uint64_t)topics, 4);
    for (int32_t i = 0; i < facts->place_count;) {
        int32_t count = count_alike(facts, i);
        put_text(output, facts->places[i].topic);
        put(output, (uint64_t)count, 4);
        for (; count > 0; count--)
            put(output, (uint64_t)facts->places[i++].partition, 4);
    }
}

static void put_value(struct wire_output *output, const struct kafka_transaction_facts *facts)
{
    put(output, VERSION, 2);
    put(output, (uint64_t)facts->producer_id, 8);
    put(output, (uint64_t)facts->producer_epoch, 2);
    put(output, (uint64_t)facts->timeout_ms, 4);
    put(output, facts->state, 1);
    put_places(output, facts);
    put(output, (uint64_t)facts->update_ms, 8);
    put(output, (uint64_t)facts->start_ms, 8);
}

/* What is left to read. is_cut: there was less than was asked for. */
struct input {
    struct wire_bytes left;
    bool is_cut;
};

static int64_t get(struct input *input, int32_t bytes)
{
    int64_t value = 0;
    if (input->left.bytes < bytes) {
        input->is_cut = true;
        return 0;
    }
    for (int32_t i = 0; i < bytes; i++) {
        uint8_t byte = input->left.data[i];
        value = i ? (int64_t)((uint64_t)value << 8 | byte) : (int8_t)byte;
    }
    input->left.data += bytes;
    input->left.bytes -= bytes;
    return value;
}

static struct wire_string get_text(struct input *input)
{
    struct wire_string text = {.text = NULL, .bytes = (int32_t)get(input, 2)};
    input->is_cut |= text.bytes < 0 || text.bytes > input->left.bytes;
    if (input->is_cut)
        return (struct wire_string){.text = "", .bytes = 0};
    text.text = (const char *)input->left.data;
    input->left.data += text.bytes;
    input->left.bytes -= text.bytes;
    return text;
}

static void get_places(struct input *input, struct kafka_transaction_facts *facts)
{
    int64_t topics = get(input, 4);
    for (int64_t i = 0; i < topics && !input->is_cut; i++) {
        struct wire_string topic = get_text(input);
        int64_t count = get(input, 4);
        for (int64_t j = 0; j < count && !input->is_cut; j++)
            kafka_transaction_add_place(facts, topic, (int32_t)get(input, 4));
    }
}

static struct kafka_transaction_facts get_value(struct input *input)
{
    struct kafka_transaction_facts facts = {.previous_producer_id = -1, .last_producer_epoch = -1};
    facts.producer_id = get(input, 8);
    facts.producer_epoch = (int16_t)get(input, 2);
    facts.timeout_ms = (int32_t)get(input, 4);
    facts.state = (enum kafka_transaction_state)get(input, 1);
    get_places(input, &facts);
    facts.update_ms = get(input, 8);
    facts.start_ms = get(input, 8);
    return facts;
}

bool kafka_transaction_read(const struct wire_record *record, struct wire_string *id_out, bool *is_gone_out,
                            struct kafka_transaction_facts *facts_out)
{
    struct input key = {.left = record->key}, value = {.left = record->value};
    if (get(&key, 2) != VERSION || key.is_cut)
        return false;
    *id_out = get_text(&key);
    *is_gone_out = !record->value.data;
    if (*is_gone_out)
        return !key.is_cut;
    if (get(&value, 2) != VERSION)
        return false;
    *facts_out = get_value(&value);
    assert(!key.is_cut && !value.is_cut); /* nobody else writes here */
    return true;
}

static int16_t append(struct kafka_transaction *transaction, const struct kafka_transaction_facts *facts,
                      int64_t *end_offset_out)
{
    const struct kafka_transaction_shard *shard = transaction->shard;
    struct wire_output key = {0}, value = {0}, records = {0};
    struct wire_batch batch = {.producer_id = -1,
                               .producer_epoch = -1,
                               .base_sequence = NO_SEQUENCE,
                               .record_count = 1,
                               .base_timestamp_ms = kafka_cluster_now_ms(shard->transactions->cluster)};
    put(&key, VERSION, 2);
    put_text(&key, transaction->id);
    if (facts->state != KAFKA_TRANSACTION_DEAD)
        put_value(&value, facts);
    struct wire_record record = {.timestamp_ms = batch.base_timestamp_ms,
                                 .key = {key.data, (int32_t)key.bytes},
                                 .value = {value.data, value.data ? (int32_t)value.bytes : -1}};
    wire_record_append(&batch, &record, &records);
    assert(!key.is_failed && !value.is_failed && !records.is_failed);
    int16_t error = kafka_partition_write(
        shard->partition, &batch, (struct wire_bytes){records.data, (int32_t)records.bytes}, end_offset_out);
    free(key.data);
    free(value.data);
    free(records.data);
    return error;
}

/* ---- one write, from the log to what follows ---- */

/* As a coordinator says it. */
static int16_t error_of(int16_t error)
{
    switch (error) {
    case KAFKA_UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_NOT_ENOUGH_REPLICAS:
    case KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case KAFKA_REQUEST_TIMED_OUT:
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    case KAFKA_NOT_LEADER_OR_FOLLOWER:
        return KAFKA_NOT_COORDINATOR;
    default:
        return error;
    }
}

static bool is_complete(enum kafka_transaction_state state)
{
    return state == KAFKA_TRANSACTION_COMPLETE_COMMIT || state == KAFKA_TRANSACTION_COMPLETE_ABORT;
}

void kafka_transaction_tell(struct kafka_transaction *transaction)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    bool is_abort = facts->state == KAFKA_TRANSACTION_PREPARE_ABORT;
    kafka_note_tell(transaction->shard->transactions->cluster,
                    &(struct kafka_note){.kind = KAFKA_NOTE_TRANSACTION,
                                         .broker = transaction->shard->broker,
                                         .leader_epoch = transaction->shard->epoch,
                                         .transactional_id = transaction->id,
                                         .state = kafka_transaction_state_name(facts->state),
                                         .producer_id = facts->producer_id,
                                         .producer_epoch = facts->producer_epoch,
                                         .is_timed_out = is_abort && transaction->has_timed_out});
    transaction->has_timed_out &= !is_abort;
}

/* error: a coordinator's. */
static void finish(struct kafka_transaction *transaction, int16_t error)
{
    struct kafka_transaction_write *write = &transaction->write;
    struct kafka_transaction_then then = write->then;
    enum kafka_transaction_state state = write->facts.state;
    kafka_watch_end(&write->watch);
    kafka_waiter_rest(&write->waiter);
    kafka_deadline_clear(&transaction->shard->transactions->cluster->deadlines, &write->deadline);
    transaction->is_pending = error == KAFKA_COORDINATOR_NOT_AVAILABLE && is_complete(state);
    if (error || state == KAFKA_TRANSACTION_DEAD) {
        kafka_transaction_facts_deinit(&write->facts);
    } else {
        kafka_transaction_facts_deinit(&transaction->facts);
        transaction->facts = write->facts;
        kafka_transaction_tell(transaction);
        kafka_transaction_plan(transaction);
    }
    write->facts = (struct kafka_transaction_facts){0};
    write->then = (struct kafka_transaction_then){0};
    if (state == KAFKA_TRANSACTION_DEAD && !error)
        kafka_transaction_remove(transaction);
    else if (then.on_done)
        then.on_done(transaction, then.context, error);
}

static void look(struct kafka_transaction *transaction)
{
    const struct kafka_transaction_shard *shard = transaction->shard;
    struct kafka_transaction_write *write = &transaction->write;
    int16_t error;
    /* What is silent sees nothing any more; its successor reads the log. */
    if (kafka_transaction_is_led(shard) &&
        kafka_partition_is_settled(shard->partition, shard->epoch, write->end_offset, &error))
        finish(transaction, error_of(error));
}

static void on_change(struct kafka_waiter *waiter)
{
    look(KAFKA_OWNER(waiter, struct kafka_transaction, write.waiter));
}

/* Not replicated in time; it may be later all the same. */
static void on_due(struct kafka_deadline *deadline)
{
    struct kafka_transaction *transaction = KAFKA_OWNER(deadline, struct kafka_transaction, write.deadline);
    if (kafka_transaction_is_led(transaction->shard))
        finish(transaction, error_of(KAFKA_REQUEST_TIMED_OUT));
}

void kafka_transaction_write(struct kafka_transaction *transaction,
                             const struct kafka_transaction_facts *facts, struct kafka_transaction_then then)
{
    struct kafka_transaction_write *write = &transaction->write;
    struct kafka_transaction_shard *shard = transaction->shard;
    struct kafka_cluster *cluster = shard->transactions->cluster;
    int64_t patience_ms = facts->state == KAFKA_TRANSACTION_DEAD
                              ? kafka_configs_number(cluster, "request.timeout.ms")
                              : facts->timeout_ms;
    assert(kafka_transaction_may_follow(facts->state, transaction->facts.state));
    assert(transaction->is_pending == is_complete(facts->state) && !write->watch.watched);
    transaction->is_pending = true;
    transaction->pending = facts->state;
    *write = (struct kafka_transaction_write){.facts = *facts, .then = then};
    int16_t error = append(transaction, facts, &write->end_offset);
    if (error) {
        finish(transaction, error_of(error));
        return;
    }
    write->waiter = (struct kafka_waiter){.waiters = &cluster->touched, .on_change = on_change};
    kafka_watch_begin(&write->watch, &write->waiter, &shard->partition->watched);
    write->deadline.on_due = on_due;
    kafka_deadline_set(&cluster->deadlines, &write->deadline, cluster->now_ns + patience_ms * NS_PER_MS);
    kafka_transaction_check(transaction);
    look(transaction);
}

void kafka_transaction_write_off(struct kafka_transaction *transaction, int16_t error)
{
    if (transaction->write.watch.watched || transaction->write.deadline.place)
        finish(transaction, error);
}
