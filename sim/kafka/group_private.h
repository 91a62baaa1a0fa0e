/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group_private: what a group consists of, and what the files of its requests share.
 *
 *      EMPTY --> PREPARING_REBALANCE --> COMPLETING_REBALANCE --> STABLE
 *        ^______________|  ^___________________|_____________________|         any --> DEAD
 *
 * What Kafka would have written to __consumer_offsets is kept beside the living group as its image. Names follow
 * Kafka's; the order of members is the order of joining, where Kafka has that of a hash map.
 * Source: ClassicGroup.java, ClassicGroupMember.java, ClassicGroupState.java.
 */
#ifndef SIM_KAFKA_GROUP_PRIVATE_H
#define SIM_KAFKA_GROUP_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/copy.h"
#include "sim/kafka/deadline.h"
#include "sim/kafka/group.h"
#include "sim/kafka/request.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/records.h"

enum kafka_group_state {
    KAFKA_GROUP_EMPTY,
    KAFKA_GROUP_PREPARING_REBALANCE,
    KAFKA_GROUP_COMPLETING_REBALANCE,
    KAFKA_GROUP_STABLE,
    KAFKA_GROUP_DEAD,
};

struct kafka_group;

/* All strings and bytes are its own. */
struct kafka_group_member {
    struct kafka_group *group; /* NULL: a copy in an image */
    struct wire_string id;
    struct wire_string instance_id; /* null: a dynamic member */
    struct wire_string client_id, client_host;
    int32_t rebalance_timeout_ms, session_timeout_ms;
    struct wire_join_group_request_protocol *protocols; /* what it likes best comes first */
    int32_t protocol_count;
    struct wire_bytes assignment;
    bool is_new;                /* its first join has no answer yet: a session of its own kind runs even so */
    bool is_sync_pending;       /* in this generation it has not sent SyncGroup yet */
    struct kafka_request *join; /* parked; NULL: none */
    struct kafka_request *sync; /* parked; NULL: none */
    struct kafka_deadline session;
};

/* Who was told an id (MEMBER_ID_REQUIRED) and has not come back with it. */
struct kafka_group_pending {
    struct kafka_group *group;
    struct wire_string id;
    struct kafka_deadline session;
};

/* What the group's last record in __consumer_offsets says. */
struct kafka_group_image {
    int32_t generation;
    struct wire_string protocol_type, protocol_name; /* null: none */
    int64_t state_ms;
    int32_t leader; /* index; -1: none */
    struct kafka_group_member **members;
    int32_t member_count;
};

struct kafka_offset {
    struct wire_string topic; /* its own */
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch; /* -1: none */
    struct wire_string metadata;
    struct wire_uuid topic_id; /* of the topic at that time */
    int64_t commit_ms;
    int64_t expire_ms; /* OffsetCommit v2..v4 may say when; -1: retention decides */
    /* Of its record in __consumer_offsets; an ordinary commit has none: where the log ended. Who comes later counts. */
    int64_t record_offset;
    bool is_transactional; /* the record is in the log */
    struct kafka_offset
        *under; /* the ordinary commit that it took the place of, should the log lose it; or NULL */
};

/* Of a transaction that is still open. */
struct kafka_offset_pending {
    int64_t producer_id;
    struct kafka_offset offset;
};

struct kafka_group {
    struct kafka_groups *groups;
    struct wire_string id;
    enum kafka_group_state state, state_before;
    int64_t state_ms;                                /* since when */
    struct wire_string protocol_type, protocol_name; /* null: none */
    int32_t generation;
    struct kafka_group_member *leader; /* NULL: there are no members */
    struct kafka_group_member **members;
    int32_t member_count, member_capacity;
    struct kafka_group_pending **pending;
    int32_t pending_count, pending_capacity;

    struct kafka_deadline join; /* of the phase PREPARING_REBALANCE */
    int32_t join_delay_ms;      /* of an initial rebalance, whose deadline may be moved; -1: it is none */
    int32_t join_left_ms;       /* by so much */
    bool has_new_member;        /* joined since the initial rebalance was last put off */
    struct kafka_deadline sync; /* until when all members must have sent SyncGroup */
    struct kafka_deadline
        written; /* when the leader's assignment is in __consumer_offsets, and the others are told */

    bool knows_topics;          /* the members' subscriptions could be read */
    struct wire_string *topics; /* they are subscribed to, sorted */
    int32_t topic_count;

    struct kafka_offset *offsets; /* by topic and partition */
    int32_t offset_count, offset_capacity;
    struct kafka_offset_pending *pending_offsets; /* in the order of their first commit */
    int32_t pending_offset_count, pending_offset_capacity;

    bool is_loaded;                  /* at its coordinator; else only image and offsets count */
    struct kafka_group_image *image; /* NULL: nothing was written */
};

struct kafka_groups {
    struct kafka_cluster *cluster;
    struct kafka_group **items; /* by id */
    int32_t count, capacity;
    struct kafka_offset_grave *graves; /* offset_pending.c's */
    int32_t grave_count, grave_capacity;
    struct kafka_deadline expiry; /* of offsets and empty groups */
    int64_t started_ms;           /* multiples of the check interval count from here */
};

/* ---- group.c: the table, states, images ---- */

/* Of a cluster's loaded groups; NULL: there is none. */
struct kafka_group *kafka_group_find(struct kafka_groups *groups, struct wire_string id);
/* It must not exist. Empty, generation 0. */
struct kafka_group *kafka_group_new(struct kafka_groups *groups, struct wire_string id);
/* Out of the table, with everything. No request of a member is parked. */
void kafka_group_delete(struct kafka_group *group);
/* What 3.9's coordinator does whenever offsets were deleted: an empty group without any is deleted, too. Else no
 * effect. Source: GroupMetadataManager.scala (cleanupGroupMetadata). */
void kafka_group_delete_bare(struct kafka_group *group);
/* Asserts that the state may follow. */
void kafka_group_move(struct kafka_group *group, enum kafka_group_state state);
/* Asserts what holds between two requests. */
void kafka_group_check(const struct kafka_group *group);
const char *kafka_group_state_name(enum kafka_group_state state); /* Kafka's: "PreparingRebalance" */
/* Writes the image. */
void kafka_group_store(struct kafka_group *group);
/* Is its coordinator's process running? Else nothing happens in it: see kafka_groups_on_leader. */
bool kafka_group_is_led(const struct kafka_group *group);
/* Of __consumer_offsets, which holds it; NULL: there is no such topic. */
struct kafka_partition *kafka_group_partition(const struct kafka_group *group);

/* ---- group_member.c ---- */

/* With everything that a join says. */
struct kafka_group_member *kafka_group_member_new(struct kafka_group *group, struct wire_string id,
                                                  const struct kafka_request *request);
/* Detached, with protocol_name as the only protocol. */
struct kafka_group_member *kafka_group_member_copy(const struct kafka_group_member *member,
                                                   struct wire_string protocol_name);
void kafka_group_member_free(struct kafka_group_member *member);
/* Takes what a later join says: protocols and timeouts. */
void kafka_group_member_update(struct kafka_group_member *member, const struct kafka_request *request);
void kafka_group_member_assign(struct kafka_group_member *member, struct wire_bytes assignment);
/* The same protocols, in the same order, with the same subscriptions? */
bool kafka_group_member_matches(const struct kafka_group_member *member,
                                const struct wire_join_group_request *join);
/* Of its subscription; the protocol must be one of its own. */
struct wire_bytes kafka_group_member_metadata(const struct kafka_group_member *member,
                                              struct wire_string protocol_name);
static inline bool kafka_group_member_is_static(const struct kafka_group_member *member)
{
    return member->instance_id.bytes >= 0;
}

struct kafka_group_member *kafka_group_member_of(const struct kafka_group *group, struct wire_string id);
struct kafka_group_member *kafka_group_static_member(const struct kafka_group *group,
                                                     struct wire_string instance_id);
/* 0, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID: may somebody of these names speak? */
int16_t kafka_group_member_fault(const struct kafka_group *group, struct wire_string id,
                                 struct wire_string instance_id);
void kafka_group_add(struct kafka_group *group, struct kafka_group_member *member);
/* And frees it. */
void kafka_group_remove(struct kafka_group *group, struct kafka_group_member *member);
/* It goes on under a new id; whoever waits for an answer under the old one is fenced. */
void kafka_group_rename(struct kafka_group_member *member, struct wire_string id);
int32_t kafka_group_joined_count(const struct kafka_group *group); /* who waits for an answer to JoinGroup */
bool kafka_group_all_joined(const struct kafka_group *group);
int32_t kafka_group_rebalance_timeout_ms(const struct kafka_group *group);

struct kafka_group_pending *kafka_group_pending_of(const struct kafka_group *group, struct wire_string id);
void kafka_group_add_pending(struct kafka_group *group, struct wire_string id, int32_t session_timeout_ms);
void kafka_group_remove_pending(struct kafka_group *group, struct kafka_group_pending *pending);

/* ---- group_protocol.c ---- */

/* Has it a protocol that all members have? */
bool kafka_group_supports(const struct kafka_group *group, const struct wire_join_group_request *join);
/* The one that most members like best, of those that all have. There are members. */
struct wire_string kafka_group_select_protocol(const struct kafka_group *group);
/* Reads the members' subscriptions anew. */
void kafka_group_learn_topics(struct kafka_group *group);
bool kafka_group_is_subscribed(const struct kafka_group *group, struct wire_string topic);
bool kafka_group_is_consumers(const struct kafka_group *group); /* protocol type "consumer" */

/* ---- group_rebalance.c ---- */

/* Where the state allows it begins a rebalance; else ends the join phase if all are there. */
void kafka_group_rebalance(struct kafka_group *group);
void kafka_group_prepare(struct kafka_group *group);
/* Ends the join phase if all have joined and it is not an initial one. */
void kafka_group_maybe_complete(struct kafka_group *group);
void kafka_group_extend_session(struct kafka_group_member *member, int32_t timeout_ms);
/* Everybody's SyncGroup that waits gets its member's assignment, or an error. */
void kafka_group_propagate(struct kafka_group *group, int16_t error);
void kafka_group_note_sync(struct kafka_group_member *member);
void kafka_group_on_session(struct kafka_deadline *deadline); /* of a member */
void kafka_group_on_pending(struct kafka_deadline *deadline);
void kafka_group_on_join(struct kafka_deadline *deadline);
void kafka_group_on_sync(struct kafka_deadline *deadline);
void kafka_group_on_written(struct kafka_deadline *deadline);

/* ---- group_join.c, group_sync.c ---- */

/* Ends a JoinGroup with an error. */
void kafka_group_refuse_join(struct kafka_request *request, int16_t error, struct wire_string member_id);
/* Ends a member's parked JoinGroup, if there is one, with an error; named after it or nobody. */
void kafka_group_fail_join(struct kafka_group_member *member, int16_t error, bool is_named);
/* Ends a member's parked JoinGroup with the present generation. */
void kafka_group_accept_join(struct kafka_group_member *member, struct kafka_request *request,
                             struct wire_string leader, bool skips_assignment);
/* Ends a SyncGroup with the member's assignment, or with an error. */
void kafka_group_answer_sync(struct kafka_request *request, const struct kafka_group_member *member,
                             int16_t error);

/* ---- offsets.c ---- */

/* NULL: nothing is committed there. */
struct kafka_offset *kafka_offset_find(const struct kafka_group *group, struct wire_string topic,
                                       int32_t partition);
void kafka_offset_put(struct kafka_group *group,
                      const struct kafka_offset *offset); /* copies; ignores under */
void kafka_offset_remove(struct kafka_group *group, struct kafka_offset *offset);
void kafka_offsets_deinit(struct kafka_group *group);

/* ---- offset_pending.c: offsets within transactions ---- */

/* Copies; a later one of the same producer takes the place of an earlier one. */
void kafka_offset_pend(struct kafka_group *group, int64_t producer_id, const struct kafka_offset *offset);
bool kafka_offset_is_pending(const struct kafka_group *group, struct wire_string topic, int32_t partition);
/* What is committed there, and what is pending, is gone for good: as a tombstone would have it. */
void kafka_offset_delete_at(struct kafka_group *group, struct wire_string topic, int32_t partition);
/* The same of the whole group, which goes itself. */
void kafka_offset_delete_group(struct kafka_group *group);
/* The same for whatever is pending for the topic. */
void kafka_offset_delete_pending(struct kafka_group *group, struct wire_string topic);
void kafka_offset_pending_deinit(struct kafka_group *group);
void kafka_offset_graves_deinit(struct kafka_groups *groups);
/* The groups' coordinator is another: what transactions committed is what the log holds. First forgets, for groups that
 * are unloaded, then reads it: that may make groups. */
void kafka_offset_forget_log(struct kafka_group *group, const struct kafka_partition *partition);
void kafka_offset_read_log(struct kafka_groups *groups, const struct kafka_partition *partition);

/* ---- offset_record.c: records of __consumer_offsets ---- */

/* As offset i (from 0) of the batch. Strings at most INT16_MAX bytes long. */
void kafka_offset_record_append(const struct wire_batch *batch, int32_t i, struct wire_string group_id,
                                const struct kafka_offset *offset, struct wire_output *output);
/* Borrows from the record. False: it is no commit of an offset. */
bool kafka_offset_record_read(const struct wire_record *record, struct wire_string *group_id_out,
                              struct kafka_offset *offset_out);

/* ---- offset_expiry.c ---- */

/* Something that expiry depends on has changed: makes sure that somebody looks in time. */
void kafka_offset_plan_expiry(struct kafka_group *group);
void kafka_offset_on_expiry(struct kafka_deadline *deadline);

#endif
