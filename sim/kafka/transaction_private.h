/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_private: what transaction*.c share.
 *
 *   transactions --> shard (a loaded partition of __transaction_state) --> transaction (a transactional id)
 *                                                                           |--> facts: what the log says, replicated
 *                                                                           |--> write: the next facts, on their way
 *                                                                           '--> markers: one for each of its partitions
 *
 *   Empty --> Ongoing --> PrepareCommit --markers--> CompleteCommit --> Empty, Ongoing
 *                    '--> PrepareAbort  --markers--> CompleteAbort  --> Empty, Ongoing
 */
#ifndef SIM_KAFKA_TRANSACTION_PRIVATE_H
#define SIM_KAFKA_TRANSACTION_PRIVATE_H

#include "sim/kafka/cluster.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/transaction.h"

struct wire_record;

enum { KAFKA_TRANSACTION_EPOCH_LAST = INT16_MAX - 1 }; /* that a client gets; the next one only fences */

/* Numbers as in the log. EPOCH_FENCE and DEAD are never written: the first becomes PREPARE_ABORT, the other a tombstone. */
enum kafka_transaction_state {
    KAFKA_TRANSACTION_EMPTY,
    KAFKA_TRANSACTION_ONGOING,
    KAFKA_TRANSACTION_PREPARE_COMMIT,
    KAFKA_TRANSACTION_PREPARE_ABORT,
    KAFKA_TRANSACTION_COMPLETE_COMMIT,
    KAFKA_TRANSACTION_COMPLETE_ABORT,
    KAFKA_TRANSACTION_DEAD,
    KAFKA_TRANSACTION_PREPARE_EPOCH_FENCE,
    KAFKA_TRANSACTION_STATES,
};

/* A partition of some topic, by name: it may be gone. */
struct kafka_transaction_place {
    struct wire_string topic; /* owned */
    int32_t partition;
};

/* What a record says of an id. */
struct kafka_transaction_facts {
    enum kafka_transaction_state state;
    int64_t producer_id;
    int64_t previous_producer_id; /* not in the log; -1: none */
    int16_t producer_epoch;       /* -1: made by InitProducerId, nothing is written yet */
    int16_t last_producer_epoch;  /* not in the log; -1: none, or the producer is another one */
    int32_t timeout_ms;
    int64_t start_ms; /* of the transaction; -1: none was begun */
    int64_t update_ms;
    struct kafka_transaction_place *places; /* sorted, no two alike */
    int32_t place_count, place_capacity;
};

struct kafka_transaction;
struct kafka_transaction_marker;

/* What follows when a write has ended: error is a coordinator's: 0, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, .. Not
 * called when an id was written off (DEAD). */
struct kafka_transaction_then {
    void (*on_done)(struct kafka_transaction *transaction, void *context, int16_t error);
    void *context;
};

struct kafka_transaction_write {
    struct kafka_transaction_facts facts;
    struct kafka_transaction_then then;
    struct kafka_waiter waiter;
    struct kafka_watch watch; /* of the log's partition; watching: it is under way */
    struct kafka_deadline deadline;
    int64_t end_offset;
};

/* A partition of __transaction_state that has a coordinator. */
struct kafka_transaction_shard {
    struct kafka_transactions *transactions;
    struct kafka_partition *partition;
    int32_t broker, epoch; /* of its leader: the coordinator, and the coordinator's epoch */
    bool is_loaded;
    struct kafka_deadline load;
    struct kafka_transaction **items; /* sorted by id */
    int32_t count, capacity;
};

struct kafka_transaction {
    struct kafka_transaction_shard *shard;
    struct wire_string id;
    struct kafka_transaction_facts facts;
    /* A transition is under way: its record is not replicated yet, or (COMPLETE_*) markers are missing. */
    bool is_pending;
    enum kafka_transaction_state pending;
    bool has_timed_out;    /* the coordinator ends it by itself: for notes */
    bool has_failed_fence; /* the epoch was bumped here, but perhaps not in the log: it is not bumped again */
    struct kafka_transaction_write write;
    struct kafka_transaction_then end;        /* what follows PREPARE_* */
    struct kafka_transaction_marker *markers; /* NULL: none is missing */
    int32_t marker_count, markers_left;
    int64_t complete_ms;         /* when COMPLETE_* was decided */
    struct kafka_deadline retry; /* of its record */
};

struct kafka_transactions {
    struct kafka_cluster *cluster;
    struct kafka_transaction_shard **shards; /* by partition; NULL: nobody coordinates */
    int32_t shard_count;
    int64_t started_ms;
    struct kafka_deadline timeouts, expiry; /* the next sweeps that may find something */
    struct kafka_transaction_stray *strays; /* markers under way whose coordinator is none any more */
};

/* ---- transaction.c ---- */

const char *kafka_transaction_state_name(enum kafka_transaction_state state);
bool kafka_transaction_may_follow(enum kafka_transaction_state state, enum kafka_transaction_state before);
/* Asserts that it is sound. */
void kafka_transaction_check(const struct kafka_transaction *transaction);
/* Does a request of one of them come to the other? */
bool kafka_transaction_reaches(const struct kafka_broker *from, const struct kafka_broker *to);
/* Does its coordinator live, and lead, and know that? One that does not does nothing, until it does or is replaced. */
bool kafka_transaction_is_led(const struct kafka_transaction_shard *shard);

/* What broker knows of id: 0, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS; only then nothing is filled in. out: NULL:
 * there is none of this id. */
int16_t kafka_transaction_find(const struct kafka_broker *broker, struct wire_string id,
                               struct kafka_transaction_shard **shard_out, struct kafka_transaction **out);
/* There is none of this id. Copies it. The facts are zero. */
struct kafka_transaction *kafka_transaction_new(struct kafka_transaction_shard *shard, struct wire_string id);
struct kafka_transaction *kafka_transaction_at(const struct kafka_transaction_shard *shard,
                                               struct wire_string id);
/* It is gone from the table. What it waited for is told NOT_COORDINATOR. */
void kafka_transaction_remove(struct kafka_transaction *transaction);

struct kafka_transaction_facts kafka_transaction_facts_copy(const struct kafka_transaction_facts *facts);
void kafka_transaction_facts_deinit(struct kafka_transaction_facts *facts);
bool kafka_transaction_has_place(const struct kafka_transaction_facts *facts, struct wire_string topic,
                                 int32_t partition);
/* No effect if it is there. Copies the name. */
void kafka_transaction_add_place(struct kafka_transaction_facts *facts, struct wire_string topic,
                                 int32_t partition);
void kafka_transaction_remove_place(struct kafka_transaction_facts *facts, struct wire_string topic,
                                    int32_t partition);

/* ---- transaction_log.c ---- */

/* Writes facts (takes their places) as what follows, and goes on once that is replicated. In between nothing else may be
 * begun: is_pending. then may be called before this returns, and may remove the transaction. If what fails is
 * COMPLETE_* for the moment, it stays pending. */
void kafka_transaction_write(struct kafka_transaction *transaction,
                             const struct kafka_transaction_facts *facts, struct kafka_transaction_then then);
/* It is not waited for any more; then gets error. No effect if none is under way. */
void kafka_transaction_write_off(struct kafka_transaction *transaction, int16_t error);
/* Tells of its state: when it is written, and when a successor finds it in the log, since what its predecessor wrote last
 * may be known to nobody. */
void kafka_transaction_tell(struct kafka_transaction *transaction);
/* Reads a record. id_out borrows; is_gone_out: a tombstone, facts_out is untouched. False: of a version nobody knows. */
bool kafka_transaction_read(const struct wire_record *record, struct wire_string *id_out, bool *is_gone_out,
                            struct kafka_transaction_facts *facts_out);

/* ---- transaction_end.c ---- */

/* Prepares the end of an ongoing one with nothing pending. then is called when that is replicated, or is not; markers
 * follow. */
void kafka_transaction_end(struct kafka_transaction *transaction, bool is_commit,
                           struct kafka_transaction_then then);
/* Aborts it and fences its producer: the epoch is bumped first. */
void kafka_transaction_fence(struct kafka_transaction *transaction, struct kafka_transaction_then then);

/* ---- transaction_marker.c ---- */

/* PREPARE_* is replicated: COMPLETE_* is pending from now on. */
void kafka_transaction_decide(struct kafka_transaction *transaction);
/* Sends the markers, each in its time, and then writes COMPLETE_*. is_loading: none before this returns. */
void kafka_transaction_send(struct kafka_transaction *transaction, bool is_loading);
void kafka_transaction_drop_markers(struct kafka_transaction *transaction);
/* Its coordinator is replaced. What that has sent arrives all the same, and nobody waits for the answers. */
void kafka_transaction_leave_markers(struct kafka_transaction *transaction);
void kafka_transaction_drop_strays(struct kafka_transactions *transactions);
/* One marker into partition, which broker leads, as kafka_partition_write. */
int16_t kafka_transaction_mark(struct kafka_partition *partition,
                               const struct wire_write_txn_markers_request_writable_txn_marker *marker,
                               int64_t *end_offset_out);

/* ---- transaction_pattern.c ---- */

/* False: the pattern is malformed; out is untouched. */
bool kafka_transaction_pattern_matches(struct wire_string pattern, struct wire_string id, bool *out);

/* ---- transaction_expiry.c ---- */

/* What is known of it has changed: when is it to be looked at? */
void kafka_transaction_plan(struct kafka_transaction *transaction);
void kafka_transaction_on_timeouts(struct kafka_deadline *deadline);
void kafka_transaction_on_expiry(struct kafka_deadline *deadline);

#endif
