/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_log: what a coordinator writes to __transaction_state, and reads back: Kafka's own records.
 *
 *   key  TransactionLogKey        value  TransactionLogValue, or null: the id is forgotten
 *
 * Version 0 of the value, as long as transaction.version is not finalized: so a new coordinator knows no last epoch.
 * Source: TransactionLog.scala, TransactionStateManager.scala (appendTransactionToLog, updateCacheCallback).
 */
#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/transaction_private.h"
#include "sim/kafka/wire/coordinator.h"
#include "sim/kafka/wire/prefixed.h"

enum { VERSION = 0, NO_SEQUENCE = -1 };

/* ---- records ---- */

/* The places by topic: they are sorted. */
static void list_places(const struct kafka_transaction_facts *facts, struct wire_memory *memory,
                        struct wire_transaction_log_value *out)
{
    size_t count = (size_t)facts->place_count;
    int32_t *partitions = wire_memory_take(memory, count * sizeof *partitions);
    struct wire_transaction_log_value_partitions_schema *topic =
        wire_memory_take(memory, count * sizeof *topic);
    assert(partitions && topic);
    out->transaction_partitions.items = topic;
    for (int32_t i = 0; i < facts->place_count; i++) {
        const struct kafka_transaction_place *place = &facts->places[i];
        partitions[i] = place->partition;
        if (i == 0 || !wire_string_is_same(place->topic, facts->places[i - 1].topic)) {
            topic = &out->transaction_partitions.items[out->transaction_partitions.count++];
            *topic = (struct wire_transaction_log_value_partitions_schema){
                .topic = place->topic, .partition_ids.items = &partitions[i]};
        }
        topic->partition_ids.count++;
    }
}

static void append_value(const struct kafka_transaction_facts *facts, struct wire_output *output)
{
    struct wire_memory memory = {0};
    struct wire_transaction_log_value value = {
        .producer_id = facts->producer_id,
        .producer_epoch = facts->producer_epoch,
        .transaction_timeout_ms = facts->timeout_ms,
        .transaction_status = (int8_t)facts->state,
        .transaction_last_update_timestamp_ms = facts->update_ms,
        .transaction_start_timestamp_ms = facts->start_ms,
    };
    if (facts->state == KAFKA_TRANSACTION_EMPTY)
        value.transaction_partitions.count = -1;
    else
        list_places(facts, &memory, &value);
    wire_prefixed_encode(VERSION, &wire_transaction_log_value_schema, VERSION, &value, output);
    wire_memory_deinit(&memory);
}

static struct kafka_transaction_facts facts_of(const struct wire_transaction_log_value *value)
{
    struct kafka_transaction_facts facts = {
        .state = (enum kafka_transaction_state)value->transaction_status,
        .producer_id = value->producer_id,
        .previous_producer_id = -1,
        .producer_epoch = value->producer_epoch,
        .last_producer_epoch = -1,
        .timeout_ms = value->transaction_timeout_ms,
        .start_ms = value->transaction_start_timestamp_ms,
        .update_ms = value->transaction_last_update_timestamp_ms,
    };
    for (int32_t i = 0; i < value->transaction_partitions.count; i++) {
        const struct wire_transaction_log_value_partitions_schema *topic =
            &value->transaction_partitions.items[i];
        for (int32_t j = 0; j < topic->partition_ids.count; j++)
            kafka_transaction_add_place(&facts, topic->topic, topic->partition_ids.items[j]);
    }
    return facts;
}

bool kafka_transaction_read(const struct wire_record *record, struct wire_string *id_out, bool *is_gone_out,
                            struct kafka_transaction_facts *facts_out)
{
    struct wire_transaction_log_key key;
    struct wire_transaction_log_value value;
    struct wire_memory memory = {0};
    bool is_gone = !record->value.data;
    if (wire_prefix_of(record->key) != VERSION || (!is_gone && wire_prefix_of(record->value) != VERSION))
        return false;
    bool is_read = wire_prefixed_decode(record->key, &wire_transaction_log_key_schema, VERSION, NULL, &key);
    if (!is_gone)
        is_read &=
            wire_prefixed_decode(record->value, &wire_transaction_log_value_schema, VERSION, &memory, &value);
    assert(is_read); /* nobody else writes here */
    *id_out = key.transactional_id;
    *is_gone_out = is_gone;
    if (!is_gone)
        *facts_out = facts_of(&value);
    wire_memory_deinit(&memory);
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
    const struct wire_transaction_log_key named = {.transactional_id = transaction->id};
    wire_prefixed_encode(VERSION, &wire_transaction_log_key_schema, VERSION, &named, &key);
    if (facts->state != KAFKA_TRANSACTION_DEAD)
        append_value(facts, &value);
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
        finish(transaction, kafka_coordinator_error(error));
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
        finish(transaction, kafka_coordinator_error(KAFKA_REQUEST_TIMED_OUT));
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
        finish(transaction, kafka_coordinator_error(error));
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
