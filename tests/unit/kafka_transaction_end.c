/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction begins, ends, and its markers are written: sim/kafka/transaction_{add,end,marker}.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "tests/unit/kafka_transaction_scene.h"

Test(kafka_transaction_end, a_commit_writes_a_marker_into_each_partition_and_is_complete)
{
    struct kafka_fixture *fixture = kafka_transaction_scene_new("4.3", 1, NULL);
    struct kafka_party producer = kafka_transaction_scene_producer(fixture, "x");
    int count;
    cr_expect(eq(i16, kafka_transaction_scene_adds(fixture, &producer, "t:0,t:2,u:0"), 0));
    cr_expect(kafka_transaction_scene_is(fixture, "Ongoing"));
    cr_expect(eq(i16, kafka_transaction_scene_ends(fixture, &producer, true), 0));
    cr_expect(kafka_transaction_scene_is(fixture, "CompleteCommit"));
    cr_expect(eq(
        int, kafka_transaction_scene_marker(kafka_transaction_scene_partition(fixture, "t", 0), NULL, &count),
        1));
    cr_expect(eq(int, count, 1));
    cr_expect(eq(
        int, kafka_transaction_scene_marker(kafka_transaction_scene_partition(fixture, "t", 1), NULL, NULL),
        -1));
    cr_expect(eq(
        int, kafka_transaction_scene_marker(kafka_transaction_scene_partition(fixture, "t", 2), NULL, NULL),
        1));
    cr_expect(eq(
        int, kafka_transaction_scene_marker(kafka_transaction_scene_partition(fixture, "u", 0), NULL, NULL),
        1));
    kafka_fixture_free(fixture);
}
