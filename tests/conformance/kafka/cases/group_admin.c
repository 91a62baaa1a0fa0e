/* SPDX-License-Identifier: Apache-2.0 */
/* See group_admin.h. */
#include "tests/conformance/kafka/cases/group_admin.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

enum { LINES_MAX = 16, LINE_BYTES = 400 };

static void outcome_sorted(struct conformance *c, char (*lines)[LINE_BYTES], size_t count)
{
    qsort(lines, count, LINE_BYTES, compare_texts);
    for (size_t i = 0; i < count; i++)
        outcome_more(c, " %s", lines[i]);
}

static void outcome_description(struct conformance *c, const char *label,
                                const rd_kafka_ConsumerGroupDescription_t *group)
{
    char lines[LINES_MAX][LINE_BYTES];
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(group);
    const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(group);
    outcome(c, "%s %s", label,
            rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group)));
    if (error)
        outcome_more(c, " %s", rd_kafka_error_name(error));
    outcome_more(c, " \"%s\"", rd_kafka_ConsumerGroupDescription_partition_assignor(group));
    for (size_t i = 0; i < count && i < LINES_MAX; i++) {
        const rd_kafka_MemberDescription_t *member = rd_kafka_ConsumerGroupDescription_member(group, i);
        const char *instance = rd_kafka_MemberDescription_group_instance_id(member);
        const rd_kafka_topic_partition_list_t *partitions =
            rd_kafka_MemberAssignment_partitions(rd_kafka_MemberDescription_assignment(member));
        snprintf(lines[i], LINE_BYTES, "%s:%s:%d", instance ? instance : "-",
                 rd_kafka_MemberDescription_client_id(member), partitions ? partitions->cnt : 0);
    }
    outcome_sorted(c, lines, count < LINES_MAX ? count : LINES_MAX);
}

void group_admin_describe(struct conformance *c, const char *label, const char *group)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_DescribeConsumerGroups(client_admin(c), &group, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_event(c, queue);
    if (event && rd_kafka_event_error(event))
        outcome(c, "%s %s", label, rd_kafka_err2name(rd_kafka_event_error(event)));
    else if (event)
        outcome_description(c, label,
                            rd_kafka_DescribeConsumerGroups_result_groups(
                                rd_kafka_event_DescribeConsumerGroups_result(event), &count)[0]);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
}

void group_admin_list(struct conformance *c, const char *label, const rd_kafka_consumer_group_state_t *states,
                      size_t count)
{
    char lines[LINES_MAX][LINE_BYTES];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client_admin(c), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
    size_t line_count = 0;
    if (count > 0) {
        rd_kafka_error_t *error =
            rd_kafka_AdminOptions_set_match_consumer_group_states(options, states, count);
        if (error)
            rd_kafka_error_destroy(error);
    }
    rd_kafka_ListConsumerGroups(client_admin(c), options, queue);
    rd_kafka_event_t *event = client_admin_answer(c, queue);
    outcome(c, "%s", label);
    if (event) {
        rd_kafka_ListConsumerGroups_result_errors(rd_kafka_event_ListConsumerGroups_result(event), &count);
        if (count > 0)
            outcome_more(c, " %zu errors", count);
        const rd_kafka_ConsumerGroupListing_t **groups =
            rd_kafka_ListConsumerGroups_result_valid(rd_kafka_event_ListConsumerGroups_result(event), &count);
        for (size_t i = 0; i < count && line_count < LINES_MAX; i++) {
            const char *name = rd_kafka_ConsumerGroupListing_group_id(groups[i]);
            if (strncmp(name, c->prefix, strlen(c->prefix)) != 0 || name[strlen(c->prefix)] != '.')
                continue;
            snprintf(lines[line_count++], LINE_BYTES, "%s:%s%s", name,
                     rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(groups[i])),
                     rd_kafka_ConsumerGroupListing_is_simple_consumer_group(groups[i]) ? ":simple" : "");
        }
        rd_kafka_event_destroy(event);
    }
    outcome_sorted(c, lines, line_count);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
}

void group_admin_delete(struct conformance *c, const char *label, const char *group)
{
    rd_kafka_DeleteGroup_t *request = rd_kafka_DeleteGroup_new(group);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_DeleteGroups(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_answer(c, queue);
    if (event) {
        const rd_kafka_error_t *error = rd_kafka_group_result_error(
            rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count)[0]);
        outcome(c, "%s %s", label, error ? rd_kafka_error_name(error) : "NO_ERROR");
        rd_kafka_event_destroy(event);
    }
    rd_kafka_DeleteGroup_destroy(request);
    rd_kafka_queue_destroy(queue);
}

void group_admin_delete_topic(struct conformance *c, const char *topic)
{
    rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t count;
    rd_kafka_DeleteTopics(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_answer(c, queue);
    if (event) {
        outcome(c, "delete topic %s",
                rd_kafka_err2name(rd_kafka_topic_result_error(rd_kafka_DeleteTopics_result_topics(
                    rd_kafka_event_DeleteTopics_result(event), &count)[0])));
        rd_kafka_event_destroy(event);
    }
    rd_kafka_DeleteTopic_destroy(request);
    rd_kafka_queue_destroy(queue);
}

void group_admin_create_partitions(struct conformance *c, const char *topic, int count)
{
    char text[256];
    rd_kafka_NewPartitions_t *request = rd_kafka_NewPartitions_new(topic, (size_t)count, text, sizeof(text));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_admin(c));
    size_t results;
    rd_kafka_CreatePartitions(client_admin(c), &request, 1, NULL, queue);
    rd_kafka_event_t *event = client_admin_answer(c, queue);
    if (event) {
        outcome(c, "to %d partitions %s", count,
                rd_kafka_err2name(rd_kafka_topic_result_error(rd_kafka_CreatePartitions_result_topics(
                    rd_kafka_event_CreatePartitions_result(event), &results)[0])));
        rd_kafka_event_destroy(event);
    }
    rd_kafka_NewPartitions_destroy(request);
    rd_kafka_queue_destroy(queue);
}
