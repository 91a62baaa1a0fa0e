/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger: what all properties share: which record lies at which offset, of which event and attachment, and
 * how far each of them has come. It is brought up to date with an event before the properties see that event.
 *
 * A record is known once its Produce was acknowledged with an offset, or a Fetch delivered it. Effects that a
 * worker may rely on (acked_*) count acknowledgements only; what lies in the log (records_*) counts offsets,
 * once each. What was aborted, or lost with a leader whom nobody followed, counts for neither.
 *
 * Left out: retention and compaction.
 */
#ifndef PROPERTIES_LEDGER_H
#define PROPERTIES_LEDGER_H

#include "properties/config.h"
#include "properties/identity.h"
#include "properties/ledger_log.h"
#include "properties/ledger_transaction.h"

enum ledger_role {
    LEDGER_RAW,     /* {p}.events.raw */
    LEDGER_PENDING, /* {p}.downloads.pending */
    LEDGER_RETRY,   /* {p}.downloads.pending.retry.* */
    LEDGER_RESULTS, /* {p}.downloads.results */
    LEDGER_DLQ,     /* {p}.downloads.dlq */
    LEDGER_EVENTS_DLQ,
    LEDGER_COPY_IN,
    LEDGER_COPY_OUT,
    LEDGER_OTHER,
};
enum { LEDGER_ROLE_COUNT = LEDGER_OTHER + 1, LEDGER_PARTITIONS_MAX = 4096, LEDGER_PENDING_MAX = 16 };

/* Where the record lies that has to be consumed. */
struct ledger_place {
    struct ledger_partition *partition; /* NULL: not known */
    int64_t offset;
};

/* A URL of an event; or, in a copying world, a record's key and value. */
struct ledger_attachment {
    struct ledger_attachment *next_of_event, *next_in_bucket;
    struct ledger_event *event;
    struct history_bytes url;
    uint64_t hash;
    uint32_t records[LEDGER_ROLE_COUNT]; /* offsets that hold it, by role of the topic */
    uint32_t acked[LEDGER_ROLE_COUNT];
    uint64_t acked_at[LEDGER_ROLE_COUNT]; /* ledger->clock of the last acknowledgement */
    uint32_t visible[LEDGER_ROLE_COUNT];  /* offsets that hold it, to readers of committed data */
    uint32_t successes;                   /* of the visible results: those that say so */
    uint32_t rows;                        /* in inventory segments */
    uint32_t loose_rows;                  /* those that do not say which record they are of */
    struct ledger_place input;            /* the last task, or record to copy */
    uint32_t index;                       /* dense, over all: properties keep their own state by it */
    bool is_loaded, is_in_raw;            /* who says that it exists: the load generator, the event itself */
};

struct ledger_event {
    struct ledger_event *next, *next_in_bucket;
    struct history_bytes trace_id;
    uint64_t hash;
    struct ledger_attachment *attachments;
    struct ledger_place input; /* the last of its records in events.raw */
    uint32_t records;          /* how many they are */
    uint32_t acked;
    uint32_t rejections; /* acknowledged records of {p}.events.dlq */
    bool is_loaded, is_poison;
};

struct ledger_record {
    struct ledger_event *event;           /* NULL: not known */
    struct ledger_attachment *attachment; /* NULL: none, or not known */
    uint64_t content;                     /* hash of key and value */
    uint64_t seen_at;                     /* ledger->clock when it became known */
    bool is_known, is_delivered, is_control;
    uint16_t ack_count; /* how often a producer was told */
    bool is_acked;      /* with acks=all */
    bool is_rejected;   /* an acknowledged DLQ record points at this offset */
    bool is_stored;     /* a row of a segment says that it was made of this offset */
    bool is_unreadable; /* no JSON object with a trace_id */
    bool is_success;    /* a result that says so */
};

struct ledger_partition {
    struct ledger_topic *topic;
    int32_t partition;
    uint32_t index; /* dense, over all topics: properties keep their own state by it */
    struct ledger_record *records;
    int64_t end, capacity; /* offsets 0..end-1; not all need be known */
    int64_t start;         /* lowest known offset */
    int64_t committed;     /* by the group that the pipeline reads it with; -1 = never */
    struct {
        uint64_t sequence;
        int64_t offset;
    } unanswered
        [LEDGER_PENDING_MAX]; /* commits that a broker has read and not answered: they may be applied */
    uint32_t unanswered_count;
    struct ledger_log *log; /* owned; NULL: no broker told of it */
};

struct ledger_topic {
    struct ledger_topic *next;
    struct history_bytes name;
    enum ledger_role role;
    struct history_bytes group; /* that has to read it; data NULL: none */
    struct ledger_partition **partitions;
    int32_t partition_count;
};

/* An offset that showed two different records. */
struct ledger_conflict {
    const struct ledger_partition *partition;
    int64_t offset;
};

struct ledger {
    const struct property_config *config;
    struct ledger_topic *topics;
    struct ledger_event *events, **last_event_at;
    struct ledger_event **event_buckets;
    struct ledger_attachment **attachment_buckets;
    struct identity identity; /* of the last record parsed */
    struct ledger_chunk *chunks;
    uint64_t clock; /* events so far */
    uint32_t partition_count, attachment_count;
    struct ledger_told told;
    struct ledger_transaction *transactions;
    struct ledger_offset *offsets; /* within transactions, waiting for their markers */
    struct ledger_offset *settled; /* that the last event brought into force */
    struct ledger_offset *free_offsets;
    struct ledger_name *names;
    uint64_t conflict_count, compared_count; /* how often an offset was seen again, and was another record */
    struct ledger_conflict conflict;         /* the last */
    uint64_t rows;
    bool is_out_of_memory;
};

bool ledger_init(struct ledger *ledger, const struct property_config *config); /* borrows config */
void ledger_deinit(struct ledger *ledger);
void ledger_event(struct ledger *ledger, const struct history_event *event);

/* Creates what is not there yet; NULL: out of memory, or no such partition can be. */
struct ledger_topic *ledger_topic_of(struct ledger *ledger, struct history_bytes name);
struct ledger_partition *ledger_partition_of(struct ledger *ledger, struct history_bytes topic,
                                             int32_t partition);
struct ledger_attachment *ledger_attachment_of(struct ledger *ledger, struct history_bytes trace_id,
                                               struct history_bytes url);
struct ledger_event *ledger_event_of(struct ledger *ledger, struct history_bytes trace_id);

/* NULL if the offset is beyond all that is known. */
const struct ledger_record *ledger_record_at(const struct ledger_partition *partition, int64_t offset);

/* Has everything that has to come of this record been made durable and visible? Raw: all its tasks
 * acknowledged, or rejected. Task: a result, a retry since, or a DLQ record acknowledged. Result: its row is
 * in a segment. */
bool ledger_is_done(const struct ledger_partition *partition, const struct ledger_record *record);

/* Has all that its producer's transaction has to write of this record been written, whatever becomes of the rest? Of a record
 * to copy: it has a copy that is visible, or is of that transaction. */
bool ledger_is_done_within(const struct ledger *ledger, const struct ledger_place *place,
                           int64_t producer_id);

/* Is this the group that has to read this topic? */
bool ledger_is_pipeline_group(const struct ledger_topic *topic, struct history_bytes group);

/* The highest offset that is, or may be, committed; 0 if none. */
int64_t ledger_committed_at_most(const struct ledger_partition *partition);
/* Known records that are not committed: of one partition, of all topics that a running stage reads. */
int64_t ledger_partition_lag(const struct ledger_partition *partition);
int64_t ledger_lag(const struct ledger *ledger);
/* The same, should no commit that was not answered have been applied. */
int64_t ledger_lag_at_most(const struct ledger *ledger);
/* Of all topics of a role: records that are done, markers left out; offsets that are committed past. */
int64_t ledger_done_count(const struct ledger *ledger, enum ledger_role role);
int64_t ledger_committed_count(const struct ledger *ledger, enum ledger_role role);

/* "downloads.pending": without the prefix, so that it may stand in a signature. */
const char *ledger_role_name(enum ledger_role role);

#endif
