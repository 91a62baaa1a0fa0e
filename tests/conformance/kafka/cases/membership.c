/* SPDX-License-Identifier: Apache-2.0 */
/* Members of groups that die at a bad moment. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/group_admin.h"
#include "tests/conformance/kafka/client.h"

enum { DEATH_MS = 12000 };

/* Its subscription is version 0, of no topics. */
#define JOIN_AND_DIE                                                                                         \
    "!send JoinGroup 3 {group_id: ~g, session_timeout_ms: 6000, rebalance_timeout_ms: 6000, member_id: '', " \
    "protocol_type: consumer, protocols: [{name: range, metadata: 'hex:000000000000ffffffff'}]}"

CASE(a_new_member_that_dies_while_it_joins_is_dropped)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, "partition.assignment.strategy", "range", NULL);
    client_members_await(members, 1, 2);
    ask_and_die(c, 1, JOIN_AND_DIE);
    client_members_poll(members, 1, DEATH_MS);
    client_members_await(members, 1, 2);
    group_admin_describe(c, "then", group);
    outcome(c, "commit %s", rd_kafka_err2name(client_commit(a.consumer, topic, 0, 1)));
    client_member_leave(&a);
}

const struct conformance_case membership_cases[] = {
    CASE_ENTRY(a_new_member_that_dies_while_it_joins_is_dropped),
    CASE_END,
};
