/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_group_scene: a cluster whose groups are all broker 1's, and short ways to speak as a member.
 *
 * The group is "g" where nobody says another.
 */
#ifndef TESTS_UNIT_KAFKA_GROUP_SCENE_H
#define TESTS_UNIT_KAFKA_GROUP_SCENE_H

#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/wire/group.h"

enum { JOIN_GROUP = 11, HEARTBEAT = 12, LEAVE_GROUP = 13, SYNC_GROUP = 14, DESCRIBE_GROUPS = 15 };

/* What a JoinGroup says; what is 0 or NULL has the value in the comment. */
struct kafka_join {
    const char *group;         /* "g" */
    const char *member_id;     /* "" */
    const char *instance_id;   /* null */
    const char *protocol_type; /* "consumer" */
    const char *protocols;     /* "range": names without commas in them, commas between */
    const char *subscription;  /* of each protocol: to the topic "t" */
    int16_t version;           /* 3, which asks for no id first */
    int32_t session_ms;        /* 10000 */
    int32_t rebalance_ms;      /* 60000 */
    int32_t broker;            /* 1 */
};

/* Two brokers, topics __consumer_offsets (1 partition) and "t" (4). settings: NULL: none. */
struct kafka_fixture *kafka_group_scene_new(const char *release, const char *const *settings);

int kafka_group_scene_join(struct kafka_fixture *fixture, const struct kafka_join *join);
/* Its answer; NULL while there is none. */
const struct wire_join_group_response *kafka_group_scene_joined(const struct kafka_fixture *fixture,
                                                                int token);
/* A string of an answer, for later requests; lasts as long as the fixture. */
const char *kafka_group_scene_text(struct kafka_fixture *fixture, struct wire_string string);

/* assignments: "memberid=bytes" each, NULL ends; NULL: a follower's. */
int kafka_group_scene_sync(struct kafka_fixture *fixture, const char *member_id, int32_t generation,
                           const char *const *assignments);
/* Its error; -2 while there is no answer. */
int16_t kafka_group_scene_sync_error(const struct kafka_fixture *fixture, int token);
int16_t kafka_group_scene_beat(struct kafka_fixture *fixture, const char *member_id, int32_t generation);
int16_t kafka_group_scene_leave(struct kafka_fixture *fixture, const char *member_id,
                                const char *instance_id);
/* What DescribeGroups says of "g". */
const struct wire_describe_groups_response_described_group *
kafka_group_scene_describe(struct kafka_fixture *fixture);

/* A group "g" of count members (at most 8), ids in ids_out, the first leads, generation 1, stable, each assigned its
 * own id. is_static: of the instances "i0", "i1", .. */
void kafka_group_scene_settle(struct kafka_fixture *fixture, int count, bool is_static, const char **ids_out);

#endif
