/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_log: see ledger_log.h. Whatever becomes of a batch goes through apply, which keeps the counts of its records'
 * attachments right.
 */
#include "properties/ledger_log.h"
#include "properties/ledger_transaction.h"
#include "properties/ledger_update.h"

#include <stdlib.h>
#include <string.h>

enum { ACKS_ALL = -1, STRONG_MINIMUM = 2 };

static bool grow(struct ledger *ledger, void **array_inout, uint32_t *capacity_inout, uint32_t count,
                 size_t element_bytes)
{
    if (count < *capacity_inout)
        return true;
    uint32_t want = *capacity_inout ? *capacity_inout * 2 : 8;
    void *grown = realloc(*array_inout, want * element_bytes);
    if (!grown) {
        ledger->is_out_of_memory = true;
        return false;
    }
    *array_inout = grown;
    *capacity_inout = want;
    return true;
}

#define GROW(LEDGER, OWNER, ARRAY, NAME)                                                                     \
    grow(LEDGER, (void **)&(OWNER)->ARRAY, &(OWNER)->NAME##capacity, (OWNER)->NAME##count,                   \
         sizeof *(OWNER)->ARRAY)

/* ---- looking up --------------------------------------------------------------------------------------------- */

struct ledger_replica *ledger_log_replica(struct ledger_log *log, int32_t broker)
{
    for (uint32_t i = 0; i < log->replica_count; i++)
        if (log->replicas[i].broker == broker)
            return &log->replicas[i];
    return NULL;
}

/* NULL: there are more than can be. */
static struct ledger_replica *replica_of(struct ledger_log *log, int32_t broker)
{
    struct ledger_replica *replica = ledger_log_replica(log, broker);
    if (replica || log->replica_count == LEDGER_REPLICAS_MAX || broker < 0)
        return replica;
    replica = &log->replicas[log->replica_count++];
    *replica = (struct ledger_replica){.broker = broker, .watermark = -1, .watermark_epoch = -1};
    return replica;
}

static uint32_t last_of(const struct ledger_replica *replica)
{
    return replica->count > 0 ? replica->batches[replica->count - 1] : LEDGER_NO_BATCH;
}

/* The first of the replica's batches that ends at offset or behind it; its count if none does. */
static uint32_t position_of(const struct ledger_log *log, const struct ledger_replica *replica,
                            int64_t offset)
{
    uint32_t low = 0, high = replica->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (log->batches[replica->batches[middle]].is.last_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t ledger_log_find(const struct ledger_log *log, const struct ledger_replica *replica, int64_t offset)
{
    uint32_t position = position_of(log, replica, offset);
    if (position == replica->count || log->batches[replica->batches[position]].is.base_offset > offset)
        return LEDGER_NO_BATCH;
    return replica->batches[position];
}

static const struct ledger_batch *batch_at(const struct ledger_partition *partition, int64_t offset)
{
    const struct ledger_log *log = partition->log;
    bool can_be = offset >= 0 && log && log->lineage;
    uint32_t number = can_be ? ledger_log_find(log, log->lineage, offset) : LEDGER_NO_BATCH;
    return number == LEDGER_NO_BATCH ? NULL : &log->batches[number];
}

enum ledger_fate ledger_log_fate(const struct ledger_partition *partition, int64_t offset)
{
    const struct ledger_batch *batch = batch_at(partition, offset);
    if (batch)
        return batch->fate;
    return offset >= 0 && partition->log && partition->log->lineage ? LEDGER_LOST : LEDGER_PLAIN;
}

int64_t ledger_log_owner(const struct ledger_partition *partition, int64_t offset)
{
    const struct ledger_batch *batch = batch_at(partition, offset);
    return batch && batch->is.is_transactional ? batch->is.producer_id : -1;
}

struct ledger_producer *ledger_log_producer(struct ledger_log *log, int64_t producer_id)
{
    for (uint32_t i = 0; i < log->producer_count; i++)
        if (log->producers[i].id == producer_id)
            return &log->producers[i];
    return NULL;
}

static struct ledger_open *open_of(struct ledger_log *log, int64_t producer_id)
{
    for (uint32_t i = 0; i < log->open_count; i++)
        if (log->open[i].producer_id == producer_id)
            return &log->open[i];
    return NULL;
}

/* ---- fates -------------------------------------------------------------------------------------------------- */

/* An attachment's counts follow what becomes of the record that holds it. */
static void recount(struct ledger_record *record, enum ledger_role role, const struct ledger_batch *batch)
{
    struct ledger_attachment *attachment = record->attachment;
    if (!attachment)
        return;
    int visible = ledger_fate_is_visible(batch->next_fate) - ledger_fate_is_visible(batch->fate);
    int counted = ledger_fate_counts(batch->next_fate) - ledger_fate_counts(batch->fate);
    attachment->visible[role] += (uint32_t)visible;
    attachment->successes += record->is_success ? (uint32_t)visible : 0;
    attachment->records[role] += (uint32_t)counted;
    attachment->acked[role] += (uint32_t)(counted * (int)record->ack_count);
}

/* The batch becomes what it was found to be. */
static void apply(struct ledger_partition *partition, struct ledger_batch *batch)
{
    if (batch->next_fate == batch->fate)
        return;
    for (int64_t offset = batch->is.base_offset; offset <= batch->is.last_offset; offset++) {
        if (offset >= partition->end)
            break;
        struct ledger_record *record = &partition->records[offset];
        if (!record->is_known)
            continue;
        recount(record, partition->topic->role, batch);
        /* Nobody could rely on it: another record may lie there from now on. */
        if (batch->next_fate == LEDGER_LOST && !record->is_acked && !record->is_delivered)
            *record =
                (struct ledger_record){.is_rejected = record->is_rejected, .is_stored = record->is_stored};
    }
    batch->fate = batch->next_fate;
}

/* What stands at this position of the lineage is part of the truth now. Only next_fate is set. */
struct walk {
    struct ledger *ledger;
    struct ledger_partition *partition;
    bool is_rebuilding; /* fates are applied later, all at once */
};

static void decide(const struct walk *walk, struct ledger_batch *batch, enum ledger_fate fate)
{
    batch->next_fate = fate;
    if (!walk->is_rebuilding)
        apply(walk->partition, batch);
}

static void note_producer(const struct walk *walk, const struct history_batch *batch)
{
    struct ledger_log *log = walk->partition->log;
    struct ledger_producer *producer = ledger_log_producer(log, batch->producer_id);
    if (batch->producer_id < 0)
        return;
    if (!producer) {
        if (!GROW(walk->ledger, log, producers, producer_))
            return;
        producer = &log->producers[log->producer_count++];
        *producer = (struct ledger_producer){.id = batch->producer_id,
                                             .last_sequence = -1,
                                             .coordinator_epoch = -1,
                                             .resent_sequence = -1,
                                             .epoch = -1};
    }
    if (producer->epoch != batch->producer_epoch)
        producer->last_sequence = -1;
    producer->epoch = batch->producer_epoch;
    if (batch->is_control)
        producer->coordinator_epoch = batch->coordinator_epoch;
    else
        producer->last_sequence = batch->last_sequence;
}

static void close_transaction(const struct walk *walk, uint32_t position, struct ledger_open *open)
{
    struct ledger_log *log = walk->partition->log;
    const struct history_batch *marker = &log->batches[log->lineage->batches[position]].is;
    while (position-- > 0) {
        struct ledger_batch *batch = &log->batches[log->lineage->batches[position]];
        if (batch->is.base_offset < open->first_offset)
            break;
        if (batch->is.producer_id == open->producer_id && batch->is.is_transactional && !batch->is.is_control)
            decide(walk, batch, marker->is_commit ? LEDGER_COMMITTED : LEDGER_ABORTED);
    }
    if (!walk->is_rebuilding)
        walk->ledger->told.closed = *open;
    *open = log->open[--log->open_count];
}

static void follow(const struct walk *walk, uint32_t position)
{
    struct ledger_log *log = walk->partition->log;
    struct ledger_batch *batch = &log->batches[log->lineage->batches[position]];
    struct ledger_open *open = batch->is.is_transactional ? open_of(log, batch->is.producer_id) : NULL;
    note_producer(walk, &batch->is);
    if (batch->is.is_control) {
        if (open)
            close_transaction(walk, position, open);
        decide(walk, batch, LEDGER_MARKER);
        return;
    }
    decide(walk, batch, batch->is.is_transactional ? LEDGER_OPEN : LEDGER_PLAIN);
    if (!batch->is.is_transactional || open || !GROW(walk->ledger, log, open, open_))
        return;
    log->open[log->open_count++] = (struct ledger_open){.producer_id = batch->is.producer_id,
                                                        .first_offset = batch->is.base_offset,
                                                        .since_ns = batch->appended_ns,
                                                        .producer_epoch = batch->is.producer_epoch};
}

/* The truth is another log from here on, or the same one cut. */
static void rebuild(struct ledger *ledger, struct ledger_partition *partition)
{
    struct ledger_log *log = partition->log;
    struct walk walk = {.ledger = ledger, .partition = partition, .is_rebuilding = true};
    log->producer_count = log->open_count = 0;
    for (uint32_t i = 0; i < log->batch_count; i++)
        log->batches[i].next_fate = LEDGER_LOST;
    for (uint32_t i = 0; i < log->lineage->count; i++)
        follow(&walk, i);
    for (uint32_t i = 0; i < log->batch_count; i++)
        apply(partition, &log->batches[i]);
}

/* ---- what brokers tell -------------------------------------------------------------------------------------- */

static int32_t writer_of(const struct ledger_log *log, int32_t epoch)
{
    for (uint32_t i = log->reign_count; i-- > 0;)
        if (log->reigns[i].epoch == epoch)
            return log->reigns[i].broker;
    return -1;
}

static void add_reign(struct ledger *ledger, struct ledger_log *log, int32_t epoch, int32_t broker)
{
    if (writer_of(log, epoch) < 0 && broker >= 0 && GROW(ledger, log, reigns, reign_))
        log->reigns[log->reign_count++] = (struct ledger_reign){.epoch = epoch, .broker = broker};
}

static void turn_to(struct ledger *ledger, struct ledger_partition *partition, struct ledger_replica *replica)
{
    struct ledger_log *log = partition->log;
    if (log->lineage == replica)
        return;
    bool is_same = log->lineage && last_of(log->lineage) == last_of(replica);
    log->lineage = replica;
    if (!is_same)
        rebuild(ledger, partition);
    ledger->told.is_lineage = true;
}

/* The last batch of the lineage is new. */
static void follow_last(struct ledger *ledger)
{
    struct ledger_told *told = &ledger->told;
    follow(&(struct walk){.ledger = ledger, .partition = told->partition}, told->replica->count - 1);
    told->is_followed = true;
}

static bool push(struct ledger *ledger, struct ledger_replica *replica, uint32_t number, int64_t last_offset)
{
    if (!grow(ledger, (void **)&replica->batches, &replica->capacity, replica->count,
              sizeof *replica->batches))
        return false;
    replica->batches[replica->count++] = number;
    replica->end = last_offset + 1;
    return true;
}

static void appended(struct ledger *ledger, const struct history_log *event, int64_t time_ns)
{
    struct ledger_told *told = &ledger->told;
    struct ledger_log *log = told->partition->log;
    struct ledger_replica *replica = told->replica;
    told->writer = writer_of(log, event->leader_epoch);
    add_reign(ledger, log, event->leader_epoch, event->broker);
    if (event->leader_epoch >= log->leader_epoch) {
        log->leader_epoch = event->leader_epoch;
        log->leader = event->broker;
        turn_to(ledger, told->partition, replica);
    }
    const struct ledger_producer *producer = ledger_log_producer(log, event->batch.producer_id);
    if (producer && log->lineage == replica)
        told->producer_before = *producer;
    if (!GROW(ledger, log, batches, batch_))
        return;
    uint32_t number = log->batch_count++;
    struct ledger_batch *batch = &log->batches[number];
    *batch = (struct ledger_batch){.is = event->batch, .before = told->before, .appended_ns = time_ns};
    batch->is.records = NULL;
    batch->is.record_count = 0;
    told->batch = number;
    if (push(ledger, replica, number, event->batch.last_offset) && log->lineage == replica)
        follow_last(ledger);
}

/* The batch that was appended at that offset in that epoch. Copies follow soon, or in order. */
static uint32_t original_of(const struct ledger_log *log, const struct history_batch *copy, uint32_t before)
{
    uint32_t likely = before == LEDGER_NO_BATCH ? 0 : before + 1;
    for (uint32_t i = 0; i <= log->batch_count; i++) {
        uint32_t number = i == 0 ? likely : log->batch_count - i;
        if (number < log->batch_count && log->batches[number].is.base_offset == copy->base_offset &&
            log->batches[number].is.leader_epoch == copy->leader_epoch)
            return number;
    }
    return LEDGER_NO_BATCH;
}

static void copied(struct ledger *ledger, const struct history_log *event)
{
    struct ledger_told *told = &ledger->told;
    told->batch = original_of(told->partition->log, &event->batch, told->before);
    if (told->replica->count == 0)
        told->replica->start = event->batch.base_offset;
    if (told->batch == LEDGER_NO_BATCH || !push(ledger, told->replica, told->batch, event->batch.last_offset))
        return;
    /* A leader-to-be that has not learned it still follows the one before. */
    if (told->partition->log->lineage == told->replica)
        follow_last(ledger);
}

/* A follower that is where the leader's log does not begin yet starts there anew: its end grows, and nothing is left. */
static void truncated(struct ledger *ledger, const struct history_log *event)
{
    struct ledger_told *told = &ledger->told;
    struct ledger_log *log = told->partition->log;
    struct ledger_replica *replica = told->replica;
    uint32_t kept = event->offset > replica->end ? 0 : position_of(log, replica, event->offset);
    bool has_lost = kept < replica->count;
    replica->count = kept;
    if (event->offset > replica->end)
        replica->start = event->offset;
    replica->end = event->offset;
    for (uint32_t i = 0; i < replica->agreed; i++)
        if (log->batches[log->acked[i]].is.last_offset >= event->offset)
            replica->agreed = i;
    if (replica != log->lineage || !has_lost)
        return;
    rebuild(ledger, told->partition);
    told->is_lineage = true;
}

/* Whoever elects uncleanly has chosen to lose them. */
static void give_up(struct ledger_log *log, const struct ledger_replica *leader)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < log->acked_count; i++)
        if (ledger_log_find(log, leader, log->batches[log->acked[i]].is.base_offset) == log->acked[i])
            log->acked[kept++] = log->acked[i];
    log->acked_count = kept;
    for (uint32_t i = 0; i < log->replica_count; i++)
        log->replicas[i].agreed = 0;
}

static void led(struct ledger *ledger, const struct history_log *event)
{
    struct ledger_told *told = &ledger->told;
    struct ledger_log *log = told->partition->log;
    if (told->replica && event->leader_epoch == 0) /* the first leader's begins with 0, and nobody tells */
        told->replica->watermark = told->replica->watermark_epoch = 0;
    if (event->leader_epoch < log->leader_epoch)
        return;
    log->leader = event->broker;
    log->leader_epoch = event->leader_epoch;
    add_reign(ledger, log, event->leader_epoch, event->broker);
    if (told->replica && event->is_unclean)
        give_up(log, told->replica);
    if (told->replica)
        turn_to(ledger, told->partition, told->replica);
}

void ledger_log_event(struct ledger *ledger, const struct history_log *event, int64_t time_ns)
{
    struct ledger_told *told = &ledger->told;
    struct ledger_partition *partition = ledger_partition_of(ledger, event->topic, event->partition);
    if (!partition)
        return;
    if (!partition->log) {
        partition->log = calloc(1, sizeof *partition->log);
        if (!partition->log) {
            ledger->is_out_of_memory = true;
            return;
        }
        partition->log->leader = partition->log->leader_epoch = -1;
    }
    struct ledger_log *log = partition->log;
    struct ledger_replica *replica = replica_of(log, event->broker);
    if (!replica && event->step != HISTORY_LOG_LEAD)
        return;
    *told = (struct ledger_told){
        .partition = partition,
        .replica = replica,
        .batch = LEDGER_NO_BATCH,
        .before = replica ? last_of(replica) : LEDGER_NO_BATCH,
        .end_before = replica ? replica->end : -1,
        .watermark_before = replica ? replica->watermark : -1,
        .watermark_epoch_before = replica ? replica->watermark_epoch : -1,
        .epoch_before = log->leader_epoch,
        .lineage_before = log->lineage ? log->lineage->broker : -1,
        .writer = -1,
        .producer_before = {.id = -1},
        .closed = {.producer_id = -1},
    };
    log->in_sync_minimum = event->in_sync_minimum;
    switch (event->step) {
    case HISTORY_LOG_APPEND:
        appended(ledger, event, time_ns);
        break;
    case HISTORY_LOG_COPY:
        copied(ledger, event);
        break;
    case HISTORY_LOG_TRUNCATE:
        truncated(ledger, event);
        break;
    case HISTORY_LOG_LEAD:
        led(ledger, event);
        break;
    case HISTORY_LOG_WATERMARK:
        replica->watermark = event->offset;
        replica->watermark_epoch = event->leader_epoch;
        break;
    }
}

/* ---- what clients are told ---------------------------------------------------------------------------------- */

static void acknowledged(struct ledger *ledger, struct ledger_log *log, const struct history_produce *produce)
{
    const struct ledger_replica *replica = ledger_log_replica(log, produce->broker);
    uint32_t number = replica ? ledger_log_find(log, replica, produce->base_offset) : LEDGER_NO_BATCH;
    if (number == LEDGER_NO_BATCH || produce->acks != ACKS_ALL || log->batches[number].is_acked ||
        !GROW(ledger, log, acked, acked_))
        return;
    log->batches[number].is_acked = true;
    log->batches[number].is_strong = log->in_sync_minimum >= STRONG_MINIMUM;
    log->acked[log->acked_count++] = number;
}

void ledger_log_produce(struct ledger *ledger, const struct history_produce *produce)
{
    struct ledger_partition *partition = ledger_partition_of(ledger, produce->topic, produce->partition);
    struct ledger_log *log = partition ? partition->log : NULL;
    if (!log)
        return;
    if (history_produce_is_acknowledged(produce) && produce->base_offset >= 0)
        acknowledged(ledger, log, produce);
    struct ledger_producer *producer =
        produce->producer_id >= 0 ? ledger_log_producer(log, produce->producer_id) : NULL;
    if (producer && produce->step == HISTORY_REQUESTED && producer->epoch == produce->producer_epoch &&
        produce->base_sequence <= producer->last_sequence)
        producer->resent_sequence = produce->base_sequence;
}

void ledger_log_free(struct ledger_log *log)
{
    if (!log)
        return;
    for (uint32_t i = 0; i < log->replica_count; i++)
        free(log->replicas[i].batches);
    free(log->batches);
    free(log->acked);
    free(log->producers);
    free(log->open);
    free(log->reigns);
    free(log);
}
