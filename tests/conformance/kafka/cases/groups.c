/* SPDX-License-Identifier: Apache-2.0 */
/* Consumer groups as their members see them: who gets what when members come, go and stay away. */
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/cases/group_admin.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <string.h>

CASE(the_only_member_gets_all_partitions)
{
    const char *topic = client_topic(c, "t", 3, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(members, 1, 3);
    client_member_leave(&a);
}

/* Two members, one after the other, then the first leaves. */
static void join_and_leave(struct conformance *c, const char *strategy)
{
    const char *topic = client_topic(c, "t", 4, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b}, *const other[] = {&b, &a};
    client_member_join(c, &a, "a", group, topic, "partition.assignment.strategy", strategy, NULL);
    client_members_await(both, 1, 4);
    client_member_join(c, &b, "b", group, topic, "partition.assignment.strategy", strategy, NULL);
    client_members_await(other, 2, 2);
    client_members_await(both, 2, 2);
    client_member_leave(&a);
    client_members_await(other, 1, 4);
    client_member_leave(&b);
}

CASE(an_eager_group_gives_up_all_to_share_with_a_newcomer)
{
    join_and_leave(c, "range");
}

CASE(a_cooperative_group_gives_up_only_what_moves)
{
    join_and_leave(c, "cooperative-sticky");
}

CASE(a_round_robin_group_shares)
{
    join_and_leave(c, "roundrobin");
}

CASE(a_member_with_another_protocol_is_refused)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b};
    client_member_join(c, &a, "a", group, topic, "partition.assignment.strategy", "range", NULL);
    client_members_await(both, 1, 1);
    client_member_join(c, &b, "b", group, topic, "partition.assignment.strategy", "cooperative-sticky", NULL);
    client_member_await_error(&b);
    client_member_leave(&b);
    client_member_leave(&a);
}

CASE(a_session_timeout_out_of_the_brokers_range_is_refused)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member a;
    client_member_join(c, &a, "5999 ms", group, topic, "session.timeout.ms", "5999", NULL);
    client_member_await_error(&a);
    client_member_leave(&a);
    client_member_join(c, &a, "1800001 ms", group, topic, "session.timeout.ms", "1800001",
                       "max.poll.interval.ms", "1800001", NULL);
    client_member_await_error(&a);
    client_member_leave(&a);
}

CASE(a_static_member_that_leaves_keeps_its_place)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b}, *const other[] = {&b, &a};
    client_member_join(c, &a, "a", group, topic, "group.instance.id", "one", "max.poll.interval.ms", "20000",
                       "session.timeout.ms", "15000", NULL);
    client_members_await(both, 1, 2);
    client_member_join(c, &b, "b", group, topic, "group.instance.id", "two", "max.poll.interval.ms", "20000",
                       "session.timeout.ms", "15000", NULL);
    client_members_await(other, 2, 1);
    client_members_await(both, 2, 1);
    client_member_leave(&a);
    client_members_poll(other, 1, 500);
    group_admin_describe(c, "a is away", group);
    client_member_join(c, &a, "a again", group, topic, "group.instance.id", "one", "max.poll.interval.ms",
                       "20000", "session.timeout.ms", "15000", NULL);
    client_members_await(both, 2, 1);
    client_members_poll(other, 2, 500);
    client_member_leave(&b);
    client_member_leave(&a);
    group_admin_describe(c, "both are away", group);
}

CASE(a_static_member_that_stays_away_is_evicted)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b}, *const other[] = {&b, &a};
    client_member_join(c, &a, "a", group, topic, "group.instance.id", "one", NULL);
    client_members_await(both, 1, 2);
    client_member_join(c, &b, "b", group, topic, NULL);
    client_members_await(other, 2, 1);
    client_members_await(both, 2, 1);
    client_member_leave(&a);
    client_members_await(other, 1, 2);
    group_admin_describe(c, "then", group);
    client_member_leave(&b);
}

CASE(a_static_member_is_fenced_by_its_successor)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const members[] = {&b};
    client_member_join(c, &a, "a", group, topic, "group.instance.id", "one", NULL);
    client_members_await((struct client_member *const[]){&a}, 1, 2);
    client_member_join(c, &b, "b", group, topic, "group.instance.id", "one", NULL);
    client_members_await(members, 1, 2);
    client_member_await_error(&a);
    outcome(c, "a commits %s", rd_kafka_err2name(client_commit(a.consumer, topic, 0, 1)));
    outcome(c, "b commits %s", rd_kafka_err2name(client_commit(b.consumer, topic, 0, 2)));
    client_member_leave(&a);
    client_member_leave(&b);
}

CASE(a_member_that_does_not_rejoin_in_time_is_dropped)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const members[] = {&b};
    client_member_join(c, &a, "a", group, topic, "max.poll.interval.ms", "6000", NULL);
    client_members_await((struct client_member *const[]){&a}, 1, 2);
    client_member_join(c, &b, "b", group, topic, "max.poll.interval.ms", "6000", NULL);
    /* a is not polled meanwhile. */
    client_members_await(members, 1, 2);
    outcome(c, "a commits %s", rd_kafka_err2name(client_commit(a.consumer, topic, 0, 1)));
    outcome(c, "b commits %s", rd_kafka_err2name(client_commit(b.consumer, topic, 0, 2)));
    client_member_leave(&b);
    client_member_leave(&a);
}

CASE(a_group_is_described_in_its_states)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b};
    group_admin_describe(c, "never was", group);
    client_member_join(c, &a, "a", group, topic, "client.id", "first", NULL);
    client_members_await(both, 1, 2);
    group_admin_describe(c, "one member", group);
    client_member_join(c, &b, "b", group, topic, "client.id", "second", NULL);
    client_members_await((struct client_member *const[]){&b, &a}, 2, 1);
    client_members_await(both, 2, 1);
    group_admin_describe(c, "two members", group);
    client_commit(a.consumer, topic, 0, 1);
    client_member_leave(&a);
    client_member_leave(&b);
    group_admin_describe(c, "left", group);
}

CASE(groups_are_listed_by_state)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    const char *full = case_name_of(c, "full"), *empty = case_name_of(c, "empty");
    struct client_member a, *const members[] = {&a};
    rd_kafka_t *consumer = client_consumer(c, empty, NULL);
    client_commit(consumer, topic, 0, 1);
    client_close(consumer);
    client_member_join(c, &a, "a", full, topic, NULL);
    client_members_await(members, 1, 1);
    group_admin_list(c, "all", NULL, 0);
    group_admin_list(c, "stable", (rd_kafka_consumer_group_state_t[]){RD_KAFKA_CONSUMER_GROUP_STATE_STABLE},
                     1);
    group_admin_list(c, "empty", (rd_kafka_consumer_group_state_t[]){RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY}, 1);
    client_member_leave(&a);
}

CASE(only_an_empty_group_is_deleted)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(members, 1, 1);
    client_commit(a.consumer, topic, 0, 1);
    group_admin_delete(c, "with a member", group);
    client_member_leave(&a);
    group_admin_delete(c, "empty", group);
    client_outcome_committed(c, "committed", group, topic, 0);
    group_admin_delete(c, "again", group);
    group_admin_delete(c, "never was", case_name_of(c, "never"));
}

CASE(a_subscription_to_an_unknown_topic_is_an_error_until_it_exists)
{
    const char *topic = case_name_of(c, "t"), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, "topic.metadata.refresh.interval.ms", "300", NULL);
    client_member_await_error(&a);
    client_topic(c, "t", 2, NULL);
    client_members_await(members, 1, 2);
    client_member_leave(&a);
}

CASE(a_deleted_topic_is_taken_from_its_consumers)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_topic(c, "u", 1, NULL);
    char pattern[128];
    snprintf(pattern, sizeof(pattern), "^%s\\.[tu]$", c->prefix);
    client_member_join(c, &a, "a", group, pattern, "topic.metadata.refresh.interval.ms", "300", NULL);
    a.is_error_untold = true;
    client_members_await(members, 1, 3);
    client_commit(a.consumer, topic, 0, 2);
    client_outcome_committed(c, "committed", group, topic, 0);
    group_admin_delete_topic(c, topic);
    client_members_await(members, 1, 1);
    client_member_leave(&a);
    client_topic(c, "t", 1, NULL);
    client_outcome_committed(c, "made anew", group, topic, 0);
}

CASE(new_partitions_reach_the_group)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, "topic.metadata.refresh.interval.ms", "300", NULL);
    client_members_await(members, 1, 1);
    group_admin_create_partitions(c, topic, 3);
    client_members_await(members, 1, 3);
    client_member_leave(&a);
}

CASE(a_lost_heartbeat_connection_does_not_cost_the_membership)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(members, 1, 1);
    if (case_control(c, "drop Heartbeat") && case_control(c, "drop Heartbeat response")) {
        client_members_poll(members, 1, 1500);
        outcome(c, "commits %s", rd_kafka_err2name(client_commit(a.consumer, topic, 0, 1)));
    }
    client_member_leave(&a);
}

CASE(a_join_whose_response_is_lost_still_ends_in_one_member)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, *const members[] = {&a};
    if (!case_control(c, "drop JoinGroup response"))
        return;
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(members, 1, 2);
    group_admin_describe(c, "then", group);
    client_member_leave(&a);
}

CASE(a_commit_whose_response_is_lost_is_applied)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    outcome(c, "first %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 1)));
    if (case_control(c, "drop OffsetCommit response")) {
        outcome(c, "struck %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 2)));
        client_outcome_committed(c, "committed", group, topic, 0);
    }
    client_close(consumer);
}

const struct conformance_case groups_cases[] = {
    CASE_ENTRY(the_only_member_gets_all_partitions),
    CASE_ENTRY(an_eager_group_gives_up_all_to_share_with_a_newcomer),
    CASE_ENTRY(a_cooperative_group_gives_up_only_what_moves),
    CASE_ENTRY(a_round_robin_group_shares),
    CASE_ENTRY(a_member_with_another_protocol_is_refused),
    CASE_ENTRY(a_session_timeout_out_of_the_brokers_range_is_refused),
    CASE_ENTRY(a_static_member_that_leaves_keeps_its_place),
    CASE_ENTRY(a_static_member_that_stays_away_is_evicted),
    CASE_ENTRY(a_static_member_is_fenced_by_its_successor),
    CASE_ENTRY(a_member_that_does_not_rejoin_in_time_is_dropped),
    CASE_ENTRY(a_group_is_described_in_its_states),
    CASE_ENTRY(groups_are_listed_by_state),
    CASE_ENTRY(only_an_empty_group_is_deleted),
    CASE_ENTRY(a_subscription_to_an_unknown_topic_is_an_error_until_it_exists),
    CASE_ENTRY(a_deleted_topic_is_taken_from_its_consumers),
    CASE_ENTRY(new_partitions_reach_the_group),
    CASE_ENTRY(a_lost_heartbeat_connection_does_not_cost_the_membership),
    CASE_ENTRY(a_join_whose_response_is_lost_still_ends_in_one_member),
    CASE_ENTRY(a_commit_whose_response_is_lost_is_applied),
    CASE_END,
};
