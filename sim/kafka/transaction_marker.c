/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_marker: how the end of a transaction gets into its partitions.
 *
 *   Prepare* --> for each partition: wait (millrace.marker.max.ms) -> appended by its leader -> replicated --> Complete*
 *                                     ^-- again, RETRY_MS later: nobody leads, too few in sync, the leader changed --'
 *
 * Each marker is an event of its own: some partitions have theirs when others do not. A partition whose topic is gone
 * needs none. What is under way when the coordinator is replaced arrives all the same. simplified: a marker waits for its
 * replicas without request.timeout.ms.
 * Source: TransactionMarkerChannelManager.scala, TransactionMarkerRequestCompletionHandler.scala.
 */
#include <assert.h>
#include <stdlib.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/copy.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction_private.h"
#include "sim/kafka/wire/marker.h"

enum { RETRY_MS = 100 }; /* Kafka's sender tries again whenever its loop turns */

struct kafka_transaction_marker {
    struct kafka_transaction *transaction;
    struct wire_string topic; /* owned */
    int32_t index;
    struct kafka_deadline deadline; /* until it arrives, or is sent again */
    bool is_under_way;
    struct kafka_waiter waiter;
    struct kafka_watch watch; /* of the partition, until it is replicated there */
    int32_t leader_epoch;
    int64_t end_offset;
};

int16_t kafka_transaction_mark(struct kafka_partition *partition,
                               const struct wire_write_txn_markers_request_writable_txn_marker *marker,
                               int64_t *end_offset_out)
{
    struct wire_batch batch = {.producer_id = marker->producer_id,
                               .producer_epoch = marker->producer_epoch,
                               .base_sequence = -1,
                               .is_transactional = true,
                               .is_control = true,
                               .record_count = 1,
                               .base_timestamp_ms = kafka_cluster_now_ms(partition->topic->cluster)};
    struct wire_marker written = {.is_commit = marker->transaction_result,
                                  .coordinator_epoch = marker->coordinator_epoch,
                                  .timestamp_ms = batch.base_timestamp_ms};
    struct wire_output records = {0};
    wire_marker_append(&batch, &written, &records);
    assert(!records.is_failed);
    int16_t error = kafka_partition_write(
        partition, &batch, (struct wire_bytes){records.data, (int32_t)records.bytes}, end_offset_out);
    free(records.data);
    return error;
}

static struct wire_write_txn_markers_request_writable_txn_marker
marker_of(const struct kafka_transaction *transaction)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    return (struct wire_write_txn_markers_request_writable_txn_marker){
        .producer_id = facts->producer_id,
        .producer_epoch = facts->producer_epoch,
        .transaction_result = facts->state == KAFKA_TRANSACTION_PREPARE_COMMIT,
        .coordinator_epoch = transaction->shard->epoch};
}

void kafka_transaction_drop_markers(struct kafka_transaction *transaction)
{
    struct kafka_deadlines *deadlines = &transaction->shard->transactions->cluster->deadlines;
    for (int32_t i = 0; i < transaction->marker_count; i++) {
        struct kafka_transaction_marker *marker = &transaction->markers[i];
        kafka_deadline_clear(deadlines, &marker->deadline);
        kafka_watch_end(&marker->watch);
        kafka_waiter_rest(&marker->waiter);
        free((char *)marker->topic.text);
    }
    free(transaction->markers);
    transaction->markers = NULL;
    transaction->marker_count = transaction->markers_left = 0;
}

/* ---- those whose coordinator is none any more ---- */

struct kafka_transaction_stray {
    struct kafka_transaction_stray *next;
    struct kafka_transactions *transactions;
    struct wire_string topic; /* owned */
    int32_t index;
    struct wire_write_txn_markers_request_writable_txn_marker marker;
    struct kafka_deadline deadline;
};

static void drop_stray(struct kafka_transaction_stray *stray)
{
    struct kafka_transaction_stray **link = &stray->transactions->strays;
    while (*link != stray)
        link = &(*link)->next;
    *link = stray->next;
    kafka_deadline_clear(&stray->transactions->cluster->deadlines, &stray->deadline);
    free((char *)stray->topic.text);
    free(stray);
}

/* Where its successor's marker has come first, this one is refused (KAFKA-9144). */
static void on_stray(struct kafka_deadline *deadline)
{
    struct kafka_transaction_stray *stray = KAFKA_OWNER(deadline, struct kafka_transaction_stray, deadline);
    const struct kafka_cluster *cluster = stray->transactions->cluster;
    struct kafka_partition *partition =
        kafka_topic_partition(kafka_topic_find(cluster, stray->topic), stray->index);
    const struct kafka_broker *leader = partition ? kafka_broker_of(cluster, partition->leader) : NULL;
    int64_t end_offset;
    if (leader && leader->state == KAFKA_BROKER_UP && kafka_partition_is_led_by(partition, leader))
        kafka_transaction_mark(partition, &stray->marker, &end_offset);
    drop_stray(stray);
}

void kafka_transaction_leave_markers(struct kafka_transaction *transaction)
{
    struct kafka_transactions *transactions = transaction->shard->transactions;
    for (int32_t i = 0; i < transaction->marker_count; i++) {
        struct kafka_transaction_marker *marker = &transaction->markers[i];
        if (!marker->is_under_way || !marker->deadline.place)
            continue;
        struct kafka_transaction_stray *stray = calloc(1, sizeof *stray);
        assert(stray);
        *stray = (struct kafka_transaction_stray){.next = transactions->strays,
                                                  .transactions = transactions,
                                                  .topic = kafka_copy_string(marker->topic),
                                                  .index = marker->index,
                                                  .marker = marker_of(transaction),
                                                  .deadline = {.on_due = on_stray}};
        transactions->strays = stray;
        kafka_deadline_set(&transactions->cluster->deadlines, &stray->deadline, marker->deadline.due_ns);
    }
}

void kafka_transaction_drop_strays(struct kafka_transactions *transactions)
{
    while (transactions->strays)
        drop_stray(transactions->strays);
}

/* ---- Complete* ---- */

static enum kafka_transaction_state end_of(enum kafka_transaction_state prepared)
{
    return prepared == KAFKA_TRANSACTION_PREPARE_COMMIT ? KAFKA_TRANSACTION_COMPLETE_COMMIT
                                                        : KAFKA_TRANSACTION_COMPLETE_ABORT;
}

static void write_complete(struct kafka_transaction *transaction);

static void complete_later(struct kafka_transaction *transaction, int64_t in_ms);

static void on_retry(struct kafka_deadline *deadline)
{
    struct kafka_transaction *transaction = KAFKA_OWNER(deadline, struct kafka_transaction, retry);
    if (kafka_transaction_is_led(transaction->shard))
        write_complete(transaction);
    else
        complete_later(transaction, RETRY_MS);
}

static void complete_later(struct kafka_transaction *transaction, int64_t in_ms)
{
    struct kafka_cluster *cluster = transaction->shard->transactions->cluster;
    transaction->retry.on_due = on_retry;
    kafka_deadline_set(&cluster->deadlines, &transaction->retry, cluster->now_ns + in_ms * NS_PER_MS);
}

static void on_completed(struct kafka_transaction *transaction, void *context, int16_t error)
{
    (void)context;
    if (error == KAFKA_COORDINATOR_NOT_AVAILABLE)
        complete_later(transaction, RETRY_MS);
    /* Else it is there, or another coordinator goes on. */
}

static void write_complete(struct kafka_transaction *transaction)
{
    struct kafka_transaction_facts facts = transaction->facts;
    assert(facts.place_count == 0);
    facts.places = NULL;
    facts.place_capacity = 0;
    facts.state = transaction->pending;
    facts.update_ms = transaction->complete_ms;
    kafka_transaction_write(transaction, &facts, (struct kafka_transaction_then){.on_done = on_completed});
}

void kafka_transaction_decide(struct kafka_transaction *transaction)
{
    transaction->has_failed_fence = false;
    transaction->is_pending = true;
    transaction->pending = end_of(transaction->facts.state);
    transaction->complete_ms = kafka_cluster_now_ms(transaction->shard->transactions->cluster);
    kafka_transaction_check(transaction);
}

/* ---- one marker ---- */

/* It is there, or need not be. May begin what comes next: neither marker nor transaction are touched afterwards. */
static void settle(struct kafka_transaction_marker *marker)
{
    struct kafka_transaction *transaction = marker->transaction;
    kafka_watch_end(&marker->watch);
    kafka_waiter_rest(&marker->waiter);
    kafka_transaction_remove_place(&transaction->facts, marker->topic, marker->index);
    if (--transaction->markers_left)
        return;
    kafka_transaction_drop_markers(transaction);
    write_complete(transaction);
}

static void send_again(struct kafka_transaction_marker *marker)
{
    struct kafka_cluster *cluster = marker->transaction->shard->transactions->cluster;
    kafka_watch_end(&marker->watch);
    kafka_waiter_rest(&marker->waiter);
    marker->is_under_way = false;
    kafka_deadline_set(&cluster->deadlines, &marker->deadline, cluster->now_ns + RETRY_MS * NS_PER_MS);
}

/* It was appended: is it replicated? */
static void look(struct kafka_transaction_marker *marker)
{
    struct kafka_transaction *transaction = marker->transaction;
    int16_t error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    struct kafka_partition *partition = kafka_partition_watched(&marker->watch);
    if (!kafka_transaction_is_led(transaction->shard))
        return;
    if (partition && !kafka_partition_is_settled(partition, marker->leader_epoch, marker->end_offset, &error))
        return;
    if (error) {
        send_again(marker);
        return;
    }
    settle(marker);
}

static void on_change(struct kafka_waiter *waiter)
{
    look(KAFKA_OWNER(waiter, struct kafka_transaction_marker, waiter));
}

/* Does it have a leader who would take the marker, and whom the coordinator reaches? */
static bool has_leader(const struct kafka_partition *partition, const struct kafka_transaction_shard *shard)
{
    const struct kafka_cluster *cluster = partition->topic->cluster;
    const struct kafka_broker *leader = kafka_broker_of(cluster, partition->leader);
    return leader && kafka_transaction_reaches(kafka_broker_of(cluster, shard->broker), leader) &&
           kafka_partition_is_led_by(partition, leader);
}

static void append(struct kafka_transaction_marker *marker, struct kafka_partition *partition)
{
    struct wire_write_txn_markers_request_writable_txn_marker what = marker_of(marker->transaction);
    int16_t error = kafka_transaction_mark(partition, &what, &marker->end_offset);
    if (error == KAFKA_INVALID_PRODUCER_EPOCH || error == KAFKA_TRANSACTION_COORDINATOR_FENCED) {
        /* Somebody else has ended it: as in Kafka it stays pending until this coordinator is replaced. */
        kafka_transaction_drop_markers(marker->transaction);
    } else if (error) {
        send_again(marker);
    } else {
        marker->leader_epoch = partition->leader_epoch;
        kafka_watch_begin(&marker->watch, &marker->waiter, &partition->watched);
        look(marker);
    }
}

static void dispatch(struct kafka_transaction_marker *marker)
{
    const struct kafka_transaction_shard *shard = marker->transaction->shard;
    struct kafka_cluster *cluster = shard->transactions->cluster;
    struct kafka_partition *partition =
        kafka_topic_partition(kafka_topic_find(cluster, marker->topic), marker->index);
    if (!kafka_transaction_is_led(shard))
        send_again(marker);
    else if (!partition)
        settle(marker);
    else if (!has_leader(partition, shard))
        send_again(marker);
    else
        append(marker, partition);
}

static void on_due(struct kafka_deadline *deadline)
{
    dispatch(KAFKA_OWNER(deadline, struct kafka_transaction_marker, deadline));
}

/* ---- all of them ---- */

static void make_markers(struct kafka_transaction *transaction)
{
    struct kafka_cluster *cluster = transaction->shard->transactions->cluster;
    struct kafka_transaction_facts *facts = &transaction->facts;
    transaction->markers = calloc((size_t)facts->place_count, sizeof *transaction->markers);
    assert(transaction->markers);
    transaction->marker_count = transaction->markers_left = facts->place_count;
    struct kafka_transaction_facts copy = kafka_transaction_facts_copy(facts);
    for (int32_t i = 0; i < copy.place_count; i++) {
        transaction->markers[i] = (struct kafka_transaction_marker){
            .transaction = transaction,
            .topic = copy.places[i].topic, /* takes it */
            .index = copy.places[i].partition,
            .is_under_way = true,
            .deadline = {.on_due = on_due},
            .waiter = {.waiters = &cluster->touched, .on_change = on_change},
        };
    }
    free(copy.places);
}

void kafka_transaction_send(struct kafka_transaction *transaction, bool is_loading)
{
    struct kafka_cluster *cluster = transaction->shard->transactions->cluster;
    int32_t count = transaction->facts.place_count;
    if (count == 0 && !is_loading) {
        write_complete(transaction);
    } else if (count == 0) {
        complete_later(transaction, 0);
    } else {
        make_markers(transaction);
    }
    /* There are none any more as soon as all are there, or one is refused. */
    for (int32_t i = 0; i < count && transaction->markers; i++) {
        struct kafka_transaction_marker *marker = &transaction->markers[i];
        int64_t delay_ns = kafka_cluster_draw(cluster, kafka_configs_marker_max_ms(cluster)) * NS_PER_MS;
        if (delay_ns || is_loading)
            kafka_deadline_set(&cluster->deadlines, &marker->deadline, cluster->now_ns + delay_ns);
        else
            dispatch(marker);
    }
}
