/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: what happened in a world, as its properties are shown it.
 *
 * One history event is one observable step: a process dies, a broker answers a Produce, a file gets its name.
 * The world, the HTTP servers and the observer of Kafka's wire emit them through a callback, in the order in
 * which they happened; properties, probes and the timeline receive them. They say nothing of what went on
 * inside the pipeline.
 *
 * Everything an event points to is borrowed: it is valid during the callback and not after.
 */
#ifndef TRACES_EVENT_H
#define TRACES_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A run of bytes, not NUL-terminated. data NULL = absent (Kafka's null), which is not the same as empty. */
struct history_bytes {
    const void *data;
    size_t bytes;
};

enum history_kind {
    HISTORY_WORLD,
    HISTORY_PROCESS,
    HISTORY_CONNECTION,
    HISTORY_PRODUCE,
    HISTORY_FETCH,
    HISTORY_COMMIT,
    HISTORY_JOIN,
    HISTORY_SYNC,
    HISTORY_HEARTBEAT,
    HISTORY_LEAVE,
    HISTORY_FILE,
    HISTORY_HTTP,
    HISTORY_LOAD,
    HISTORY_FAULT,
    HISTORY_LEAK,
    HISTORY_MALFORMED,
    HISTORY_LOG,
    HISTORY_TRANSACTION,
    HISTORY_COORDINATOR,
};
enum { HISTORY_KIND_COUNT = HISTORY_COORDINATOR + 1 };

/* A broker reads a request (and, being single-minded, applies it then), and later writes its answer; a
 * connection that dies in between leaves a request without an answer. */
enum history_step { HISTORY_REQUESTED, HISTORY_ANSWERED };

enum history_world_step {
    HISTORY_WORLD_BEGIN,
    HISTORY_WORLD_FAULTS_STOPPED, /* no fault begins after this */
    HISTORY_WORLD_HEALED,         /* and what was broken is whole again */
    HISTORY_WORLD_END,
};

enum history_end_reason {
    HISTORY_END_CONVERGED, /* the scenario's own condition for being done */
    HISTORY_END_BUDGET,    /* virtual time or step budget ran out: a failure of liveness */
    HISTORY_END_DEADLOCK,
    HISTORY_END_LIVELOCK,
    HISTORY_END_STOPPED, /* from outside: another property failed, --until, .. */
};

struct history_world {
    enum history_world_step step;
    enum history_end_reason reason; /* of HISTORY_WORLD_END */
};

enum history_life {
    HISTORY_LIFE_START, /* incarnation > 1: a restart */
    HISTORY_LIFE_KILL,
    HISTORY_LIFE_PAUSE,
    HISTORY_LIFE_RESUME,
    HISTORY_LIFE_SIGTERM,
    HISTORY_LIFE_EXIT,
};

struct history_process {
    enum history_life life;
    int status; /* of HISTORY_LIFE_EXIT */
};

enum history_connection_step {
    HISTORY_CONNECTION_OPEN,
    HISTORY_CONNECTION_CLOSE, /* orderly */
    HISTORY_CONNECTION_RESET,
};

struct history_connection {
    enum history_connection_step step;
    uint64_t connection_id;
    int32_t broker; /* node id; -1 = not a broker */
};

struct history_header {
    struct history_bytes key, value;
};

struct history_record {
    int64_t offset; /* -1 while no broker has given it one */
    int64_t timestamp_ms;
    struct history_bytes key, value;
    const struct history_header *headers; /* borrowed; header_count of them */
    uint32_t header_count;
    bool is_control; /* a transaction marker: it takes an offset, and no consumer is given it */
    /* Of a batch that a broker gave: whose it is. */
    bool is_transactional;
    bool is_commit; /* of a marker; false: it aborts */
    int16_t producer_epoch;
    int64_t producer_id; /* -1 = neither idempotent nor transactional */
};

/* Produce, one event per partition of a request. */
struct history_produce {
    enum history_step step;
    int32_t broker;
    struct history_bytes topic;
    int32_t partition;
    int16_t acks;        /* -1 = all */
    int16_t error;       /* of HISTORY_ANSWERED; see history_produce_is_acknowledged */
    int64_t base_offset; /* of HISTORY_ANSWERED; -1 = the broker did not say (a duplicate it recognised) */
    int64_t producer_id; /* -1 = neither idempotent nor transactional */
    int16_t producer_epoch;
    int32_t base_sequence;
    bool is_transactional;
    const struct history_record *records; /* in both steps, record_count of them */
    uint32_t record_count;
};

/* A transaction that was aborted: its records begin there, and end with its marker. */
struct history_aborted {
    int64_t producer_id, first_offset;
};

/* Fetch, one event per partition of a response that holds records or an error. Records below the offset that
 * was asked for (a batch is sent whole) are left out. Of a reader of committed data the records are those that the
 * broker sent: it is the client who leaves out what the list of aborted transactions names. */
struct history_fetch {
    int32_t broker;
    struct history_bytes topic;
    int32_t partition;
    int16_t error;
    int64_t fetch_offset; /* asked for; -1 = not known (an incremental fetch session) */
    int64_t high_watermark;
    const struct history_record *records;
    uint32_t record_count;
    bool is_read_committed;
    int64_t last_stable_offset; /* of a reader of committed data; else -1 */
    const struct history_aborted *aborted;
    uint32_t aborted_count;
};

/* OffsetCommit and TxnOffsetCommit, one event per partition, at both steps: a request is applied when it is read, but whether it
 * was is known only from the answer. */
struct history_commit {
    enum history_step step;
    uint64_t
        sequence; /* of the request, in the order in which brokers read requests; the same at both steps */
    struct history_bytes group, member, topic;
    int32_t generation; /* -1 = no member */
    int32_t partition;
    int64_t offset;        /* the next to be consumed */
    int16_t error;         /* of HISTORY_ANSWERED */
    bool is_transactional; /* in force only once the producer's transaction is committed */
    int16_t producer_epoch;
    int64_t producer_id; /* of a transactional one */
};

struct history_partition {
    struct history_bytes topic;
    int32_t partition;
};

struct history_join {
    enum history_step step;
    struct history_bytes group, member; /* member is empty in a first request */
    int32_t generation;                 /* of HISTORY_ANSWERED without error */
    int16_t error;
    bool is_leader;
    int32_t session_timeout_ms, rebalance_timeout_ms; /* of HISTORY_REQUESTED; 0 = it does not say */
    /* Of HISTORY_REQUESTED: what the member still owns, if it says so (subscription version 1 and up). */
    bool says_owned;
    const struct history_partition *owned;
    uint32_t owned_count;
};

struct history_sync {
    enum history_step step;
    struct history_bytes group, member;
    int32_t generation;
    int16_t error;
    const struct history_partition *assigned; /* of HISTORY_ANSWERED without error */
    uint32_t assigned_count;
};

/* Heartbeat answered with an error (those without are not reported), and LeaveGroup. */
struct history_membership {
    enum history_step step;
    struct history_bytes group, member;
    int32_t generation; /* -1 in a LeaveGroup */
    int16_t error;
};

enum history_file_step {
    HISTORY_FILE_CREATE,
    HISTORY_FILE_WRITE,
    HISTORY_FILE_LINK,   /* target is the new name */
    HISTORY_FILE_RENAME, /* target is the new name */
    HISTORY_FILE_UNLINK,
    HISTORY_FILE_FSYNC,
};

struct history_file {
    enum history_file_step step;
    struct history_bytes path, target;
    struct history_bytes
        content; /* of LINK and RENAME: what the file holds at that moment; of an UNLINK that is a crash's: what is
                     * lost with it; data NULL = not shown */
    uint64_t bytes; /* of WRITE: how many */
    int error;      /* errno, 0 = done */
};

struct history_http {
    enum history_step step;
    struct history_bytes server, method, path;
    int status;                /* of HISTORY_ANSWERED */
    struct history_bytes body; /* of a PUT: what was sent, at both steps; data NULL = not shown */
    uint64_t bytes;            /* length of the body that this step sends */
};

/* What the load generator is about to send, and so what must come out. */
struct history_load {
    struct history_bytes trace_id;
    const struct history_bytes *attachments; /* URLs that must each become a result; distinct */
    uint32_t attachment_count;
    bool is_poison; /* must be rejected: one record in the events DLQ, no task */
};

struct history_fault {
    struct history_bytes name, target;
};

enum history_log_step {
    HISTORY_LOG_APPEND,    /* a leader appended a batch */
    HISTORY_LOG_COPY,      /* a follower did */
    HISTORY_LOG_TRUNCATE,  /* a replica cut its log */
    HISTORY_LOG_LEAD,      /* the partition has another leader, or none, in a new epoch */
    HISTORY_LOG_WATERMARK, /* a leader moved the high watermark */
};

/* A batch in a replica's log. */
struct history_batch {
    int64_t base_offset, last_offset;
    int64_t producer_id; /* -1 = neither idempotent nor transactional */
    int32_t base_sequence, last_sequence;
    int32_t leader_epoch;      /* in which it was appended */
    int32_t coordinator_epoch; /* of a marker; -1 = none */
    int16_t producer_epoch;
    bool is_transactional, is_control, is_commit; /* is_commit: of a marker; false: it aborts */
    uint64_t content;                             /* the same for the same records */
    const struct history_record *records;         /* of APPEND, if somebody wants them; else NULL and 0 */
    uint32_t record_count;
};

/* What a broker did to one of its logs: known from within only, since no frame shows it. */
struct history_log {
    enum history_log_step step;
    int32_t broker; /* whose log; of LEAD: the new leader, -1 = nobody */
    struct history_bytes topic;
    int32_t partition;
    int32_t leader_epoch;       /* as the broker knows it; of LEAD: the new one */
    int32_t in_sync_minimum;    /* min.insync.replicas, but not more than there are */
    int64_t offset;             /* of TRUNCATE: the new end; of WATERMARK: the new one */
    bool is_internal;           /* only brokers write there, and they do not count what they write */
    bool is_compacted;          /* batches may go, or become others, in the middle of the log */
    bool is_unclean;            /* of LEAD: the new leader was not in sync */
    bool has_lost;              /* what one of its replicas alone had written may be gone */
    struct history_batch batch; /* of APPEND and COPY */
};

enum history_transaction_state {
    HISTORY_TRANSACTION_EMPTY,
    HISTORY_TRANSACTION_ONGOING,
    HISTORY_TRANSACTION_PREPARE_COMMIT,
    HISTORY_TRANSACTION_PREPARE_ABORT,
    HISTORY_TRANSACTION_COMPLETE_COMMIT,
    HISTORY_TRANSACTION_COMPLETE_ABORT,
    HISTORY_TRANSACTION_DEAD,
    HISTORY_TRANSACTION_PREPARE_EPOCH_FENCE,
};

/* The state of a transactional id, as its coordinator has just written it. */
struct history_transaction {
    int32_t broker;
    struct history_bytes transactional_id;
    int64_t producer_id;
    int16_t producer_epoch;
    enum history_transaction_state state;
    bool is_timed_out; /* of PREPARE_ABORT: because it took longer than that */
};

/* Of a transactional id: InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn and EndTxn, answered: what the coordinator said. */
struct history_coordinator {
    int16_t api_key;
    struct history_bytes transactional_id;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t timeout_ms; /* of InitProducerId */
    bool is_commit;     /* of EndTxn */
    int16_t error;
};

/* Taken when a process is gone. Only a clean one (returned from main, exit) owes anything. */
struct history_leak {
    bool is_clean;
    uint64_t live_allocations, live_bytes;
    uint32_t open_files, open_descriptors; /* files are not counted among the descriptors */
};

/* Bytes on a broker's connection that are no Kafka frame: a finding against whoever wrote them. */
struct history_malformed {
    bool is_request;
    int32_t broker;
    uint64_t position; /* byte within the frame */
    const char *message;
};

struct history_event {
    enum history_kind kind;
    int64_t time_ns;          /* virtual */
    uint32_t process;         /* whose doing it is: the client, for traffic; 0 = the world itself */
    uint32_t incarnation;     /* 1.. of that process; 0 = not known */
    const char *process_name; /* NUL-terminated; may be NULL */
    union {
        struct history_world world;
        struct history_process life;
        struct history_connection connection;
        struct history_produce produce;
        struct history_fetch fetch;
        struct history_commit commit;
        struct history_join join;
        struct history_sync sync;
        struct history_membership membership; /* HEARTBEAT and LEAVE */
        struct history_file file;
        struct history_http http;
        struct history_load load;
        struct history_fault fault;
        struct history_leak leak;
        struct history_malformed malformed;
        struct history_log log;
        struct history_transaction transaction;
        struct history_coordinator coordinator;
    };
};

/* Kafka's error codes that a history event can be asked about. */
enum {
    HISTORY_ERROR_NONE = 0,
    HISTORY_ERROR_ILLEGAL_GENERATION = 22,
    HISTORY_ERROR_UNKNOWN_MEMBER_ID = 25,
    HISTORY_ERROR_REBALANCE_IN_PROGRESS = 27,
    HISTORY_ERROR_DUPLICATE_SEQUENCE_NUMBER = 46,
    HISTORY_ERROR_INVALID_PRODUCER_EPOCH = 47,
    HISTORY_ERROR_MEMBER_ID_REQUIRED = 79,
    HISTORY_ERROR_PRODUCER_FENCED = 90,
};

static inline bool history_bytes_equal(struct history_bytes a, struct history_bytes b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || __builtin_memcmp(a.data, b.data, a.bytes) == 0);
}

/* Has the producer been told that these records are in the log? A duplicate that the broker recognised
 * counts: librdkafka reports it to the application as delivered. */
static inline bool history_produce_is_acknowledged(const struct history_produce *produce)
{
    return produce->step == HISTORY_ANSWERED && (produce->error == HISTORY_ERROR_NONE ||
                                                 produce->error == HISTORY_ERROR_DUPLICATE_SEQUENCE_NUMBER);
}

/* "produce", "fetch", ..: borrowed for ever. */
const char *event_kind_name(enum history_kind kind);
/* By Kafka's name of the state. False: it is none, and out is untouched. */
bool event_transaction_state(const char *name, enum history_transaction_state *out);

/* Writes the event as one line of JSON, newline included, keys in a fixed order, bytes that are not UTF-8 as
 * U+FFFD and values cut to EVENT_VALUE_BYTES_MAX. Returns false if out could not take it. */
enum { EVENT_VALUE_BYTES_MAX = 512 };
bool event_write_json(FILE *out, const struct history_event *event);

#endif
