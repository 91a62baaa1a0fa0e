/* SPDX-License-Identifier: Apache-2.0 */
/* sim/kafka/observe/interpret_commit.c. */
#include "sim/kafka/observe/interpret_commit.h"

#include <criterion/criterion.h>
#include <string.h>
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/transaction.h"

enum { EVENTS_MAX = 8 };

struct seen {
    struct history_commit commits[EVENTS_MAX];
    int count;
};

static void on_event(void *context, const struct history_event *event)
{
    struct seen *seen = context;
    cr_assert_eq(event->kind, HISTORY_COMMIT);
    cr_assert_lt(seen->count, EVENTS_MAX);
    seen->commits[seen->count++] = event->commit;
}

#define ALL(ITEMS)                                                                                           \
    {                                                                                                        \
        .items = (ITEMS), .count = sizeof(ITEMS) / sizeof((ITEMS)[0])                                        \
    }

/* Offsets 5 of a[1], none of b, 6 and 7 of c[1] and c[2]; answered are, in another order, c[1], a[1] with an error, and b[2], which
 * nobody asked for. */
#define BODIES(API)                                                                                          \
    struct wire_##API##_request_partition asked_a[] = {{.partition_index = 1, .committed_offset = 5}};       \
    struct wire_##API##_request_partition asked_c[] = {{.partition_index = 1, .committed_offset = 6},        \
                                                       {.partition_index = 2, .committed_offset = 7}};       \
    struct wire_##API##_request_topic asked[] = {{.name = wire_string_of("a"), .partitions = ALL(asked_a)},  \
                                                 {.name = wire_string_of("b")},                              \
                                                 {.name = wire_string_of("c"), .partitions = ALL(asked_c)}}; \
    struct wire_##API##_response_partition answered_c[] = {{.partition_index = 1}};                          \
    struct wire_##API##_response_partition answered_a[] = {{.partition_index = 1, .error_code = 27}};        \
    struct wire_##API##_response_partition answered_b[] = {{.partition_index = 2, .error_code = 3}};         \
    struct wire_##API##_response_topic answered[] = {                                                        \
        {.name = wire_string_of("c"), .partitions = ALL(answered_c)},                                        \
        {.name = wire_string_of("b"), .partitions = ALL(answered_b)},                                        \
        {.name = wire_string_of("a"), .partitions = ALL(answered_a)}};                                       \
    struct wire_##API##_request body = {                                                                     \
        .group_id = wire_string_of("g"), .member_id = wire_string_of("m"), .topics = ALL(asked)};            \
    struct wire_##API##_response response = {.topics = ALL(answered)};                                       \
    struct interpret_request request = {.body = &body, .sequence = 9}

static void expect(const struct history_commit *commit, enum history_step step, const char *topic,
                   int32_t partition)
{
    cr_expect_eq(commit->step, step);
    cr_expect_eq(commit->sequence, 9);
    cr_expect_eq(commit->topic.bytes, 1);
    cr_expect_eq(*(const char *)commit->topic.data, topic[0]);
    cr_expect_eq(commit->partition, partition);
    cr_expect_eq(*(const char *)commit->group.data, 'g');
    cr_expect_eq(*(const char *)commit->member.data, 'm');
}

static void expect_all(const struct seen *seen)
{
    cr_assert_eq(seen->count, 5);
    expect(&seen->commits[0], HISTORY_REQUESTED, "a", 1);
    cr_expect_eq(seen->commits[0].offset, 5);
    expect(&seen->commits[1], HISTORY_REQUESTED, "c", 1);
    expect(&seen->commits[2], HISTORY_REQUESTED, "c", 2);
    cr_expect_eq(seen->commits[2].offset, 7);
    expect(&seen->commits[3], HISTORY_ANSWERED, "a", 1);
    cr_expect_eq(seen->commits[3].offset, 5);
    cr_expect_eq(seen->commits[3].error, 27);
    expect(&seen->commits[4], HISTORY_ANSWERED, "c", 1);
    cr_expect_eq(seen->commits[4].offset, 6);
    cr_expect_eq(seen->commits[4].error, 0);
}

Test(observe_commit, each_partition_that_is_answered_is_answered_by_its_name)
{
    BODIES(offset_commit);
    struct seen seen = {.count = 0};
    struct interpret interpret = {.on_event = on_event, .context = &seen};
    static const struct observer_client client = {.process_name = "app"};
    struct interpret_scene scene = {.client = &client, .broker = 1};
    body.generation_id_or_member_epoch = 4;
    interpret_commit(&interpret, &scene, &request, NULL);
    interpret_commit(&interpret, &scene, &request, &response);
    expect_all(&seen);
    cr_expect_eq(seen.commits[4].generation, 4);
    cr_expect_not(seen.commits[4].is_transactional);
}

Test(observe_commit, within_a_transaction_the_producer_is_named)
{
    BODIES(txn_offset_commit);
    struct seen seen = {.count = 0};
    struct interpret interpret = {.on_event = on_event, .context = &seen};
    static const struct observer_client client = {.process_name = "app"};
    struct interpret_scene scene = {.client = &client, .broker = 1};
    body.generation_id = 4;
    body.producer_id = 77;
    body.producer_epoch = 2;
    interpret_txn_commit(&interpret, &scene, &request, NULL);
    interpret_txn_commit(&interpret, &scene, &request, &response);
    expect_all(&seen);
    cr_expect_eq(seen.commits[4].generation, 4);
    cr_expect(seen.commits[4].is_transactional);
    cr_expect_eq(seen.commits[4].producer_id, 77);
    cr_expect_eq(seen.commits[4].producer_epoch, 2);
}
