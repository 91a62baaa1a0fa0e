/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction: the table of transactional ids, their states, and who coordinates them. See transaction_private.h.
 *
 * Source: TransactionMetadata.scala (validPreviousStates), TransactionStateManager.scala (transactionMetadataCache,
 * loadTransactionMetadata, removeTransactionsForTxnTopicPartition), TransactionCoordinator.onElection, onResignation.
 */
#include "sim/kafka/transaction_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/copy.h"
#include "sim/kafka/topic.h"

#define FROM(STATE) (1U << KAFKA_TRANSACTION_##STATE)

/* Which states may come before. */
static const unsigned came_from[] = {
    [KAFKA_TRANSACTION_EMPTY] = FROM(EMPTY) | FROM(COMPLETE_COMMIT) | FROM(COMPLETE_ABORT),
    [KAFKA_TRANSACTION_ONGOING] = FROM(ONGOING) | FROM(EMPTY) | FROM(COMPLETE_COMMIT) | FROM(COMPLETE_ABORT),
    [KAFKA_TRANSACTION_PREPARE_COMMIT] = FROM(ONGOING),
    [KAFKA_TRANSACTION_PREPARE_ABORT] = FROM(ONGOING) | FROM(PREPARE_EPOCH_FENCE),
    [KAFKA_TRANSACTION_COMPLETE_COMMIT] = FROM(PREPARE_COMMIT),
    [KAFKA_TRANSACTION_COMPLETE_ABORT] = FROM(PREPARE_ABORT),
    [KAFKA_TRANSACTION_DEAD] = FROM(EMPTY) | FROM(COMPLETE_COMMIT) | FROM(COMPLETE_ABORT),
    [KAFKA_TRANSACTION_PREPARE_EPOCH_FENCE] = FROM(ONGOING),
};

const char *kafka_transaction_state_name(enum kafka_transaction_state state)
{
    switch (state) {
    case KAFKA_TRANSACTION_EMPTY:
        return "Empty";
    case KAFKA_TRANSACTION_ONGOING:
        return "Ongoing";
    case KAFKA_TRANSACTION_PREPARE_COMMIT:
        return "PrepareCommit";
    case KAFKA_TRANSACTION_PREPARE_ABORT:
        return "PrepareAbort";
    case KAFKA_TRANSACTION_COMPLETE_COMMIT:
        return "CompleteCommit";
    case KAFKA_TRANSACTION_COMPLETE_ABORT:
        return "CompleteAbort";
    case KAFKA_TRANSACTION_DEAD:
        return "Dead";
    case KAFKA_TRANSACTION_PREPARE_EPOCH_FENCE:
        return "PrepareEpochFence";
    case KAFKA_TRANSACTION_STATES:
        break;
    }
    return NULL;
}

bool kafka_transaction_may_follow(enum kafka_transaction_state state, enum kafka_transaction_state before)
{
    return came_from[state] >> before & 1;
}

static bool is_prepared(enum kafka_transaction_state state)
{
    return state == KAFKA_TRANSACTION_PREPARE_COMMIT || state == KAFKA_TRANSACTION_PREPARE_ABORT;
}

void kafka_transaction_check(const struct kafka_transaction *transaction)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    bool is_open = facts->state == KAFKA_TRANSACTION_ONGOING || is_prepared(facts->state);
    assert(facts->producer_id >= 0);
    assert(facts->producer_epoch >= 0 || facts->state == KAFKA_TRANSACTION_EMPTY);
    assert(facts->state < KAFKA_TRANSACTION_DEAD);
    assert(is_open || facts->place_count == 0);
    assert((facts->start_ms == -1) == (facts->state == KAFKA_TRANSACTION_EMPTY));
    assert(!transaction->is_pending || kafka_transaction_may_follow(transaction->pending, facts->state));
    assert(transaction->is_pending || !transaction->write.watch.watched);
    assert(transaction->is_pending || !is_prepared(facts->state));
    assert(!transaction->markers || is_prepared(facts->state));
    assert(transaction->markers_left <= facts->place_count);
    for (int32_t i = 1; i < facts->place_count; i++) {
        int order = wire_string_compare(facts->places[i - 1].topic, facts->places[i].topic);
        assert(order < 0 || (order == 0 && facts->places[i - 1].partition < facts->places[i].partition));
    }
}

/* ---- partitions ---- */

static int32_t place_of(const struct kafka_transaction_facts *facts, struct wire_string topic,
                        int32_t partition)
{
    int32_t low = 0, high = facts->place_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        const struct kafka_transaction_place *place = &facts->places[middle];
        int order = wire_string_compare(place->topic, topic);
        if (order < 0 || (order == 0 && place->partition < partition))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool kafka_transaction_has_place(const struct kafka_transaction_facts *facts, struct wire_string topic,
                                 int32_t partition)
{
    int32_t at = place_of(facts, topic, partition);
    return at < facts->place_count && facts->places[at].partition == partition &&
           wire_string_is_same(facts->places[at].topic, topic);
}

void kafka_transaction_add_place(struct kafka_transaction_facts *facts, struct wire_string topic,
                                 int32_t partition)
{
    if (kafka_transaction_has_place(facts, topic, partition))
        return;
    if (facts->place_count == facts->place_capacity) {
        facts->place_capacity = facts->place_capacity ? facts->place_capacity * 2 : 4;
        facts->places = realloc(facts->places, (size_t)facts->place_capacity * sizeof *facts->places);
        assert(facts->places);
    }
    int32_t at = place_of(facts, topic, partition);
    memmove(&facts->places[at + 1], &facts->places[at],
            (size_t)(facts->place_count - at) * sizeof *facts->places);
    facts->places[at] =
        (struct kafka_transaction_place){.topic = kafka_copy_string(topic), .partition = partition};
    facts->place_count++;
}

void kafka_transaction_remove_place(struct kafka_transaction_facts *facts, struct wire_string topic,
                                    int32_t partition)
{
    if (!kafka_transaction_has_place(facts, topic, partition))
        return;
    int32_t at = place_of(facts, topic, partition);
    free((char *)facts->places[at].topic.text);
    facts->place_count--;
    memmove(&facts->places[at], &facts->places[at + 1],
            (size_t)(facts->place_count - at) * sizeof *facts->places);
}

struct kafka_transaction_facts kafka_transaction_facts_copy(const struct kafka_transaction_facts *facts)
{
    struct kafka_transaction_facts copy = *facts;
    copy.places = NULL;
    copy.place_count = copy.place_capacity = 0;
    for (int32_t i = 0; i < facts->place_count; i++)
        kafka_transaction_add_place(&copy, facts->places[i].topic, facts->places[i].partition);
    return copy;
}

void kafka_transaction_facts_deinit(struct kafka_transaction_facts *facts)
{
    for (int32_t i = 0; i < facts->place_count; i++)
        free((char *)facts->places[i].topic.text);
    free(facts->places);
    facts->places = NULL;
    facts->place_count = facts->place_capacity = 0;
}

/* ---- the table ---- */

static int32_t index_of(const struct kafka_transaction_shard *shard, struct wire_string id)
{
    int32_t low = 0, high = shard->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (wire_string_compare(shard->items[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct kafka_transaction *kafka_transaction_at(const struct kafka_transaction_shard *shard,
                                               struct wire_string id)
{
    int32_t index = index_of(shard, id);
    return index < shard->count && wire_string_is_same(shard->items[index]->id, id) ? shard->items[index]
                                                                                    : NULL;
}

struct kafka_transaction *kafka_transaction_new(struct kafka_transaction_shard *shard, struct wire_string id)
{
    struct kafka_transaction *transaction = calloc(1, sizeof *transaction);
    assert(transaction);
    if (shard->count == shard->capacity) {
        shard->capacity = shard->capacity ? shard->capacity * 2 : 4;
        shard->items = realloc(shard->items, (size_t)shard->capacity * sizeof(struct kafka_transaction *));
        assert(shard->items);
    }
    int32_t index = index_of(shard, id);
    transaction->shard = shard;
    transaction->id = kafka_copy_string(id);
    memmove(&shard->items[index + 1], &shard->items[index],
            (size_t)(shard->count - index) * sizeof(struct kafka_transaction *));
    shard->items[index] = transaction;
    shard->count++;
    return transaction;
}

void kafka_transaction_remove(struct kafka_transaction *transaction)
{
    struct kafka_transaction_shard *shard = transaction->shard;
    int32_t index = index_of(shard, transaction->id);
    kafka_transaction_drop_markers(transaction);
    kafka_deadline_clear(&shard->transactions->cluster->deadlines, &transaction->retry);
    kafka_transaction_write_off(transaction, KAFKA_NOT_COORDINATOR);
    shard->count--;
    memmove(&shard->items[index], &shard->items[index + 1],
            (size_t)(shard->count - index) * sizeof(struct kafka_transaction *));
    kafka_transaction_facts_deinit(&transaction->facts);
    free((char *)transaction->id.text);
    free(transaction);
}

bool kafka_transaction_reaches(const struct kafka_broker *from, const struct kafka_broker *to)
{
    return from == to ? to->state == KAFKA_BROKER_UP
                      : kafka_broker_is_connected(from) && kafka_broker_is_connected(to);
}

bool kafka_transaction_is_led(const struct kafka_transaction_shard *shard)
{
    const struct kafka_broker *broker = kafka_broker_of(shard->transactions->cluster, shard->broker);
    return broker->state == KAFKA_BROKER_UP && kafka_partition_is_led_by(shard->partition, broker);
}

static struct kafka_transaction_shard *shard_of(const struct kafka_transactions *transactions,
                                                const struct kafka_partition *partition)
{
    return partition->index < transactions->shard_count ? transactions->shards[partition->index] : NULL;
}

int16_t kafka_transaction_find(const struct kafka_broker *broker, struct wire_string id,
                               struct kafka_transaction_shard **shard_out, struct kafka_transaction **out)
{
    const struct kafka_partition *partition =
        kafka_coordinator_partition(broker->cluster, KAFKA_TRANSACTION_TOPIC, id);
    struct kafka_transaction_shard *shard =
        partition ? shard_of(broker->cluster->transactions, partition) : NULL;
    if (!shard || shard->broker != broker->id || !kafka_partition_is_led_by(partition, broker))
        return KAFKA_NOT_COORDINATOR;
    if (!shard->is_loaded)
        return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    *shard_out = shard;
    *out = kafka_transaction_at(shard, id);
    return KAFKA_NONE;
}

/* ---- load and unload ---- */

static void unload(struct kafka_transactions *transactions, int32_t index)
{
    struct kafka_transaction_shard *shard = transactions->shards[index];
    if (!shard)
        return;
    transactions->shards[index] = NULL;
    kafka_deadline_clear(&transactions->cluster->deadlines, &shard->load);
    while (shard->count) {
        kafka_transaction_leave_markers(shard->items[shard->count - 1]);
        kafka_transaction_remove(shard->items[shard->count - 1]);
    }
    free(shard->items);
    free(shard);
}

static void take_record(struct kafka_transaction_shard *shard, const struct wire_record *record)
{
    struct wire_string id;
    struct kafka_transaction_facts facts;
    bool is_gone;
    if (!kafka_transaction_read(record, &id, &is_gone, &facts))
        return;
    struct kafka_transaction *transaction = kafka_transaction_at(shard, id);
    if (is_gone) {
        if (transaction)
            kafka_transaction_remove(transaction);
        return;
    }
    if (!transaction)
        transaction = kafka_transaction_new(shard, id);
    kafka_transaction_facts_deinit(&transaction->facts);
    transaction->facts = facts;
}

static void read_log(struct kafka_transaction_shard *shard)
{
    const struct kafka_log *log = &kafka_partition_leader(shard->partition)->log;
    for (size_t i = 0; i < log->count; i++) {
        struct wire_batch batch;
        struct wire_record_reader reader;
        struct wire_record record;
        struct wire_error error;
        bool is_read = kafka_batch_read(kafka_log_entry(log, i)->batch, &batch) &&
                       wire_record_reader_init(&reader, &batch, batch.payload, &error);
        assert(is_read);
        while (wire_record_next(&reader, &record, &error) == WIRE_NEXT)
            take_record(shard, &record);
    }
}

static void load(struct kafka_transaction_shard *shard)
{
    read_log(shard);
    shard->is_loaded = true;
    for (int32_t i = 0; i < shard->count; i++) {
        struct kafka_transaction *transaction = shard->items[i];
        kafka_transaction_tell(transaction);
        if (is_prepared(transaction->facts.state)) {
            kafka_transaction_decide(transaction);
            kafka_transaction_send(transaction, true);
        }
        kafka_transaction_plan(transaction);
        kafka_transaction_check(transaction);
    }
}

static void on_load(struct kafka_deadline *deadline)
{
    struct kafka_transaction_shard *shard = KAFKA_OWNER(deadline, struct kafka_transaction_shard, load);
    if (kafka_broker_of(shard->transactions->cluster, shard->broker)->state == KAFKA_BROKER_UP)
        load(shard);
}

static void begin(struct kafka_transactions *transactions, struct kafka_partition *partition)
{
    struct kafka_cluster *cluster = transactions->cluster;
    struct kafka_transaction_shard *shard = calloc(1, sizeof *shard);
    int64_t load_ms = kafka_configs_transaction_load_ms(cluster);
    assert(shard);
    shard->transactions = transactions;
    shard->partition = partition;
    shard->broker = partition->leader;
    shard->epoch = partition->leader_epoch;
    shard->load.on_due = on_load;
    transactions->shards[partition->index] = shard;
    if (load_ms)
        kafka_deadline_set(&cluster->deadlines, &shard->load, cluster->now_ns + load_ms * NS_PER_MS);
    else
        load(shard);
}

void kafka_transactions_on_leader(struct kafka_transactions *transactions,
                                  const struct kafka_partition *partition)
{
    const struct kafka_broker *leader = kafka_broker_of(transactions->cluster, partition->leader);
    if (strcmp(partition->topic->name, KAFKA_TRANSACTION_TOPIC) != 0)
        return;
    if (partition->index >= transactions->shard_count) {
        int32_t count = partition->index + 1;
        transactions->shards =
            realloc(transactions->shards, (size_t)count * sizeof(struct kafka_transaction_shard *));
        assert(transactions->shards);
        while (transactions->shard_count < count)
            transactions->shards[transactions->shard_count++] = NULL;
    }
    unload(transactions, partition->index);
    if (leader && leader->state == KAFKA_BROKER_UP && kafka_partition_is_led_by(partition, leader))
        begin(transactions, partition->topic->partitions[partition->index]);
}

void kafka_transactions_on_topic_deleted(struct kafka_transactions *transactions,
                                         const struct kafka_topic *topic)
{
    for (int32_t i = 0; i < topic->partition_count && strcmp(topic->name, KAFKA_TRANSACTION_TOPIC) == 0; i++)
        if (i < transactions->shard_count)
            unload(transactions, i);
}

/* Who waited is gone already. */
static void hush(struct kafka_transaction_shard *shard)
{
    for (int32_t i = 0; shard && i < shard->count; i++)
        shard->items[i]->write.then.on_done = shard->items[i]->end.on_done = NULL;
}

struct kafka_transactions *kafka_transactions_new(struct kafka_cluster *cluster)
{
    struct kafka_transactions *transactions = calloc(1, sizeof *transactions);
    assert(transactions);
    transactions->cluster = cluster;
    transactions->started_ms = kafka_cluster_now_ms(cluster);
    transactions->timeouts.on_due = kafka_transaction_on_timeouts;
    transactions->expiry.on_due = kafka_transaction_on_expiry;
    return transactions;
}

void kafka_transactions_free(struct kafka_transactions *transactions)
{
    if (!transactions)
        return;
    kafka_deadline_clear(&transactions->cluster->deadlines, &transactions->timeouts);
    kafka_deadline_clear(&transactions->cluster->deadlines, &transactions->expiry);
    for (int32_t i = 0; i < transactions->shard_count; i++) {
        hush(transactions->shards[i]);
        unload(transactions, i);
    }
    kafka_transaction_drop_strays(transactions);
    free(transactions->shards);
    free(transactions);
}
