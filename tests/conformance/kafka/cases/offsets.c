/* SPDX-License-Identifier: Apache-2.0 */
/* Committed offsets: who may commit what, and what is kept. */
#include "tests/conformance/kafka/cases/files.h"
#include "tests/conformance/kafka/client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

CASE(a_group_that_never_was_has_no_offsets)
{
    const char *topic = client_topic(c, "t", 1, NULL);
    client_outcome_committed(c, "committed", case_name_of(c, "never"), topic, 0);
}

CASE(a_consumer_without_a_group_membership_may_commit)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    outcome(c, "commit %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 7)));
    client_outcome_committed(c, "committed", group, topic, 0);
    client_close(consumer);
}

CASE(a_committed_offset_may_go_back_and_beyond_the_end)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    outcome(c, "beyond %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 1000)));
    client_outcome_committed(c, "committed", group, topic, 0);
    outcome(c, "back %s", rd_kafka_err2name(client_commit(consumer, topic, 0, 3)));
    client_outcome_committed(c, "committed", group, topic, 0);
    client_close(consumer);
}

static rd_kafka_resp_err_t commit_with_metadata(rd_kafka_t *consumer, const char *topic, size_t bytes)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 1);
    list->elems[0].metadata = malloc(bytes + 1);
    list->elems[0].metadata_size = bytes;
    memset(list->elems[0].metadata, 'm', bytes);
    ((char *)list->elems[0].metadata)[bytes] = '\0';
    rd_kafka_resp_err_t error = rd_kafka_commit(consumer, list, 0);
    if (!error)
        error = list->elems[0].err;
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

CASE(commit_metadata_is_kept_up_to_a_limit)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    outcome(c, "5 bytes %s", rd_kafka_err2name(commit_with_metadata(consumer, topic, 5)));
    outcome(c, "4096 bytes %s", rd_kafka_err2name(commit_with_metadata(consumer, topic, 4096)));
    outcome(c, "4097 bytes %s", rd_kafka_err2name(commit_with_metadata(consumer, topic, 4097)));
    outcome(c, "5 bytes %s", rd_kafka_err2name(commit_with_metadata(consumer, topic, 5)));
    client_outcome_committed(c, "committed", group, topic, 0);
    client_close(consumer);
}

CASE(a_commit_for_an_unknown_partition_is_refused_there_only)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 5);
    rd_kafka_topic_partition_list_add(list, topic, 9)->offset = 5;
    outcome(c, "commit %s", rd_kafka_err2name(rd_kafka_commit(consumer, list, 0)));
    for (int i = 0; i < list->cnt; i++)
        outcome(c, "partition %d %s", list->elems[i].partition, rd_kafka_err2name(list->elems[i].err));
    client_outcome_committed(c, "committed", group, topic, 0);
    rd_kafka_topic_partition_list_destroy(list);
    client_close(consumer);
}

CASE(a_stranger_may_not_commit_while_the_group_has_members)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member member, *const members[] = {&member};
    rd_kafka_t *stranger = client_consumer(c, group, NULL);
    client_member_join(c, &member, "member", group, topic, NULL);
    client_members_await(members, 1, 1);
    outcome(c, "stranger %s", rd_kafka_err2name(client_commit(stranger, topic, 0, 3)));
    outcome(c, "member %s", rd_kafka_err2name(client_commit(member.consumer, topic, 0, 4)));
    client_member_leave(&member);
    outcome(c, "stranger then %s", rd_kafka_err2name(client_commit(stranger, topic, 0, 5)));
    client_close(stranger);
}

CASE(a_member_may_commit_for_partitions_it_does_not_own)
{
    const char *topic = client_topic(c, "t", 2, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b};
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(both, 1, 2);
    client_member_join(c, &b, "b", group, topic, NULL);
    client_members_await(both, 2, 1);
    client_members_await((struct client_member *const[]){&b, &a}, 2, 1);
    outcome(c, "a commits 0 %s", rd_kafka_err2name(client_commit(a.consumer, topic, 0, 1)));
    outcome(c, "a commits 1 %s", rd_kafka_err2name(client_commit(a.consumer, topic, 1, 2)));
    client_outcome_committed(c, "0", group, topic, 0);
    client_outcome_committed(c, "1", group, topic, 1);
    client_member_leave(&b);
    client_member_leave(&a);
}

CASE(offsets_outlive_the_members)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member member, *const members[] = {&member};
    client_fill(c, topic, 0, 4);
    client_member_join(c, &member, "first", group, topic, NULL);
    client_members_await(members, 1, 1);
    outcome(c, "commit %s", rd_kafka_err2name(client_commit(member.consumer, topic, 0, 2)));
    client_member_leave(&member);
    client_outcome_committed(c, "committed", group, topic, 0);
    rd_kafka_t *next = client_consumer(c, group, NULL);
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, RD_KAFKA_OFFSET_STORED);
    rd_kafka_assign(next, list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(next, CLIENT_PATIENCE_MS);
    outcome(c, "the next reads from %" PRId64, message ? message->offset : -1);
    if (message)
        rd_kafka_message_destroy(message);
    rd_kafka_topic_partition_list_destroy(list);
    client_close(next);
}

static void delete_offsets(struct conformance *c, const char *label, const char *group, const char *topic,
                           int32_t partition)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, partition, 0);
    rd_kafka_DeleteConsumerGroupOffsets_t *request = rd_kafka_DeleteConsumerGroupOffsets_new(group, list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_DeleteConsumerGroupOffsets(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event && rd_kafka_event_error(event)) {
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_event_error(event)));
    } else if (event) {
        const rd_kafka_group_result_t *result = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
            rd_kafka_event_DeleteConsumerGroupOffsets_result(event), &count)[0];
        const rd_kafka_error_t *error = rd_kafka_group_result_error(result);
        const rd_kafka_topic_partition_list_t *partitions = rd_kafka_group_result_partitions(result);
        outcome(c, "%s %s", label, error ? rd_kafka_error_name(error) : "NO_ERROR");
        if (partitions && partitions->cnt > 0)
            outcome_more(c, ", there %s", rd_kafka_err2name(partitions->elems[0].err));
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
}

CASE(offsets_are_deleted_unless_the_group_subscribes_to_the_topic)
{
    const char *topic = client_topic(c, "t", 2, NULL), *other = client_topic(c, "other", 1, NULL);
    const char *group = case_name_of(c, "g");
    struct client_member member, *const members[] = {&member};
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    client_commit(consumer, topic, 0, 1);
    client_commit(consumer, topic, 1, 2);
    client_commit(consumer, other, 0, 3);
    client_close(consumer);
    delete_offsets(c, "empty group", group, topic, 0);
    client_outcome_committed(c, "then", group, topic, 0);
    delete_offsets(c, "again", group, topic, 0);
    delete_offsets(c, "unknown partition", group, topic, 7);
    delete_offsets(c, "unknown group", case_name_of(c, "never"), topic, 0);
    client_member_join(c, &member, "member", group, topic, NULL);
    client_members_await(members, 1, 2);
    delete_offsets(c, "subscribed", group, topic, 1);
    delete_offsets(c, "not subscribed", group, other, 0);
    client_outcome_committed(c, "subscribed", group, topic, 1);
    client_outcome_committed(c, "not subscribed", group, other, 0);
    client_member_leave(&member);
}

static void alter_offset(struct conformance *c, const char *label, const char *group, const char *topic,
                         int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, offset);
    rd_kafka_AlterConsumerGroupOffsets_t *request = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_AlterConsumerGroupOffsets(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event && rd_kafka_event_error(event)) {
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_event_error(event)));
    } else if (event) {
        const rd_kafka_group_result_t *result = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count)[0];
        const rd_kafka_error_t *error = rd_kafka_group_result_error(result);
        outcome(c, "%s %s, there %s", label, error ? rd_kafka_error_name(error) : "NO_ERROR",
                rd_kafka_err2name(rd_kafka_group_result_partitions(result)->elems[0].err));
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AlterConsumerGroupOffsets_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
}

CASE(offsets_of_a_group_are_altered_only_while_it_is_empty)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member member, *const members[] = {&member};
    alter_offset(c, "new group", group, topic, 5);
    client_outcome_committed(c, "then", group, topic, 0);
    alter_offset(c, "unknown topic", group, case_name_of(c, "unknown"), 5);
    client_member_join(c, &member, "member", group, topic, NULL);
    client_members_await(members, 1, 1);
    alter_offset(c, "with a member", group, topic, 6);
    client_member_leave(&member);
    client_outcome_committed(c, "at the end", group, topic, 0);
}

CASE(offsets_of_all_partitions_are_listed)
{
    const char *topic = client_topic(c, "t", 3, NULL), *group = case_name_of(c, "g");
    rd_kafka_t *consumer = client_consumer(c, group, NULL);
    client_commit(consumer, topic, 2, 20);
    client_commit(consumer, topic, 0, 10);
    client_close(consumer);
    rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_ListConsumerGroupOffsets(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_answer(c, queue);
    if (event) {
        const rd_kafka_group_result_t *result = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count)[0];
        rd_kafka_topic_partition_list_t *list =
            rd_kafka_topic_partition_list_copy(rd_kafka_group_result_partitions(result));
        rd_kafka_topic_partition_list_sort(list, NULL, NULL);
        for (int i = 0; i < list->cnt; i++)
            outcome(c, "partition %d at %" PRId64, list->elems[i].partition, list->elems[i].offset);
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    rd_kafka_queue_destroy(queue);
}

CASE(a_member_may_commit_while_the_group_prepares_to_rebalance)
{
    const char *topic = client_topic(c, "t", 1, NULL), *group = case_name_of(c, "g");
    struct client_member a, b, *const both[] = {&a, &b};
    rd_kafka_topic_partition_list_t *list = client_at(topic, 0, 3);
    client_member_join(c, &a, "a", group, topic, NULL);
    client_members_await(both, 1, 1);
    /* b waits for a, whose revocation waits to be polled for. */
    if (!case_control(c, "reset"))
        goto out;
    client_member_join(c, &b, "b", group, topic, NULL);
    if (case_control_await_seen(c, "JoinGroup", 2))
        outcome(c, "a commits %s", rd_kafka_err2name(rd_kafka_commit(a.consumer, list, 0)));
    client_members_await((struct client_member *const[]){&a, &b}, 2, 1);
    client_outcome_committed(c, "committed", group, topic, 0);
    client_member_leave(&b);
out:
    rd_kafka_topic_partition_list_destroy(list);
    client_member_leave(&a);
}

const struct conformance_case offsets_cases[] = {
    CASE_ENTRY(a_group_that_never_was_has_no_offsets),
    CASE_ENTRY(a_consumer_without_a_group_membership_may_commit),
    CASE_ENTRY(a_committed_offset_may_go_back_and_beyond_the_end),
    CASE_ENTRY(commit_metadata_is_kept_up_to_a_limit),
    CASE_ENTRY(a_commit_for_an_unknown_partition_is_refused_there_only),
    CASE_ENTRY(a_stranger_may_not_commit_while_the_group_has_members),
    CASE_ENTRY(a_member_may_commit_for_partitions_it_does_not_own),
    CASE_ENTRY(offsets_outlive_the_members),
    CASE_ENTRY(offsets_are_deleted_unless_the_group_subscribes_to_the_topic),
    CASE_ENTRY(offsets_of_a_group_are_altered_only_while_it_is_empty),
    CASE_ENTRY(offsets_of_all_partitions_are_listed),
    CASE_ENTRY(a_member_may_commit_while_the_group_prepares_to_rebalance),
    CASE_END,
};
