/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_log: what lies in each replica's log, as the brokers tell it (HISTORY_LOG), and what became of it.
 *
 *   replicas   each its own list of batches, as appended, copied and cut
 *   lineage    the log of who leads now, or led last: what it holds is the truth about the partition
 *   fates      of each batch there: plain; or of a transaction: open, committed, aborted by its marker; else lost
 *
 * A partition of which no broker told has no ledger_log. Left out: retention and compaction (a batch stays known), topics
 * that are deleted and made again.
 */
#ifndef PROPERTIES_LEDGER_LOG_H
#define PROPERTIES_LEDGER_LOG_H

#include "traces/event.h"

struct ledger;
struct ledger_partition;

#define LEDGER_NO_BATCH UINT32_MAX

enum { LEDGER_REPLICAS_MAX = 16 };

enum ledger_fate {
    LEDGER_LOST, /* not in the lineage; of a batch that nobody copied, it may never come back */
    LEDGER_PLAIN,
    LEDGER_MARKER,
    LEDGER_OPEN,
    LEDGER_COMMITTED,
    LEDGER_ABORTED,
};

struct ledger_batch {
    struct history_batch is; /* without its records */
    uint32_t before;         /* what was in front of it where it was appended; or LEDGER_NO_BATCH */
    int64_t appended_ns;
    enum ledger_fate fate, next_fate;
    bool is_acked;  /* by acks=all */
    bool is_strong; /* when at least two had to be in sync */
};

struct ledger_replica {
    int32_t broker;
    uint32_t *batches; /* numbers of batches, in order */
    uint32_t count, capacity;
    int64_t start, end; /* start: where it began anew */
    int64_t watermark;  /* the last it told; -1: none */
    int32_t watermark_epoch;
    uint32_t agreed; /* so many of the acknowledged batches it surely holds */
};

/* What the lineage knows of a producer. */
struct ledger_producer {
    int64_t id;
    int32_t last_sequence;     /* -1: none in this epoch */
    int32_t coordinator_epoch; /* of its last marker; -1: none */
    int32_t resent_sequence;   /* of a batch that was here already, and was asked for again; -1: none */
    int16_t epoch;
};

struct ledger_open {
    int64_t producer_id, first_offset;
    int64_t since_ns;
    int16_t producer_epoch;
    bool is_told; /* somebody has complained about it */
};

/* Who may append in an epoch. */
struct ledger_reign {
    int32_t epoch, broker;
};

struct ledger_log {
    struct ledger_batch *batches; /* all that were ever appended */
    uint32_t batch_count, batch_capacity;
    uint32_t *acked; /* numbers of those with is_acked */
    uint32_t acked_count, acked_capacity;
    struct ledger_replica replicas[LEDGER_REPLICAS_MAX];
    uint32_t replica_count;
    struct ledger_replica *lineage; /* NULL: nothing was appended yet */
    int32_t leader, leader_epoch;   /* the newest; leader -1: nobody; epoch -1: none yet */
    int32_t in_sync_minimum;
    struct ledger_producer *producers;
    uint32_t producer_count, producer_capacity;
    struct ledger_open *open;
    uint32_t open_count, open_capacity;
    struct ledger_reign *reigns;
    uint32_t reign_count, reign_capacity;
};

/* What the event that the ledger has just seen did, if it is a HISTORY_LOG, and how things stood before it. */
struct ledger_told {
    struct ledger_partition *partition; /* NULL: it is none */
    struct ledger_replica *replica;     /* NULL: of LEAD to nobody */
    uint32_t batch;  /* appended or copied; LEDGER_NO_BATCH: none, or nobody ever appended it */
    uint32_t before; /* the replica's last one until then */
    int64_t end_before, watermark_before;
    int32_t watermark_epoch_before, epoch_before;
    int32_t lineage_before; /* whose log was the truth; -1: nobody's */
    int32_t writer;         /* of APPEND: who may, in that epoch; -1: nobody has been told of it */
    bool is_lineage;        /* the truth has changed */
    bool is_followed;       /* the batch has become part of the truth */
    struct ledger_producer producer_before; /* of APPEND: as the log knew it; id -1: not at all */
    struct ledger_open closed;              /* by a marker; producer_id -1: none */
};

void ledger_log_event(struct ledger *ledger, const struct history_log *log, int64_t time_ns);
/* A Produce was acknowledged, or is asked for. */
void ledger_log_produce(struct ledger *ledger, const struct history_produce *produce);
void ledger_log_free(struct ledger_log *log); /* NULL is allowed */

/* The number of the batch at offset in that replica's log; LEDGER_NO_BATCH: there is none. */
uint32_t ledger_log_find(const struct ledger_log *log, const struct ledger_replica *replica, int64_t offset);
/* NULL: nothing was told of that broker's log. */
struct ledger_replica *ledger_log_replica(struct ledger_log *log, int32_t broker);
struct ledger_producer *ledger_log_producer(struct ledger_log *log, int64_t producer_id);
/* What became of the record at offset. Of a partition that no broker told of: plain. */
enum ledger_fate ledger_log_fate(const struct ledger_partition *partition, int64_t offset);
/* The transaction of that record, or of that batch: -1 if none. */
int64_t ledger_log_owner(const struct ledger_partition *partition, int64_t offset);

static inline bool ledger_fate_is_visible(enum ledger_fate fate) /* to a reader of committed data */
{
    return fate == LEDGER_PLAIN || fate == LEDGER_COMMITTED;
}

static inline bool ledger_fate_counts(enum ledger_fate fate) /* it is, or may become, visible */
{
    return ledger_fate_is_visible(fate) || fate == LEDGER_OPEN;
}

#endif
