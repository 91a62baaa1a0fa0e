/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties that judge brokers by what they tell of themselves: each catches what was planted for it, and accuses no
 * history that only looks like it.
 */
#include "tests/unit/ghost.h"
#include "properties/sometimes.h"

#include <criterion/criterion.h>
#include <string.h>

#define OF(...)      ((struct ghost_batch){__VA_ARGS__})
#define MINE         .producer = GHOST_PRODUCER, .is_transactional = true
#define MARKER(KIND) .producer = GHOST_PRODUCER, .marker = (KIND)

static uint64_t hits(const struct ghost *ghost, const char *probe)
{
    int index = sometimes_find(probe);
    cr_assert_geq(index, 0, "no probe %s", probe);
    return property_set_hits(ghost->set, (size_t)index);
}

Test(properties, a_good_world_with_transactions_passes_and_leaves_nothing_of_brokers_unjudged)
{
    static const char *const names[] = {
        "log-matching",  "broker-invariants",   "strong-isr",  "inconsistent-offsets", "duplicate",
        "G1a",           "hanging-transaction", "lso-bounded", "rebalance-converges",  "exactly-once",
        "conservation",  "commit-ahead",        "liveness",    "commit-regress",       "lost-write",
        "fenced-commit",
    };
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_good(&ghost);
    ghost_end(&ghost);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cr_expect_gt(ghost_judged(&ghost, names[i]), 0, "%s", names[i]);
    cr_expect_not(property_set_is_incomplete(ghost.set));
    ghost_expect_nothing(&ghost);
}

/* ---- log-matching ------------------------------------------------------------------------------------------- */

/* Brokers 1 and 2 agree on offset 0 of epoch 0; broker 1 has another record behind it. */
static void diverge(struct ghost *ghost)
{
    ghost_begin(ghost);
    ghost_lead(ghost, 1, 0);
    ghost_append(ghost, 1, OF(.value = "a"));
    ghost_copy(ghost, 2, OF(.value = "a"));
    ghost_append(ghost, 1, OF(.value = "b", .base = 1));
    ghost_lead(ghost, 2, 1);
}

Test(log_matching, finds_a_follower_that_kept_what_its_leader_has_not)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_append(&ghost, 2, OF(.value = "c", .base = 1, .epoch = 1));
    ghost_append(&ghost, 2, OF(.value = "d", .base = 2, .epoch = 1));
    ghost_copy(&ghost, 1, OF(.value = "d", .base = 2, .epoch = 1));
    ghost_expect(&ghost, "log-matching", "log-matching:mismatch");
}

Test(log_matching, accuses_no_follower_that_cut_it_first)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_append(&ghost, 2, OF(.value = "c", .base = 1, .epoch = 1));
    ghost_truncate(&ghost, 1, 1);
    ghost_copy(&ghost, 1, OF(.value = "c", .base = 1, .epoch = 1));
    cr_expect_eq(hits(&ghost, "truncated"), 1);
    cr_expect_eq(hits(&ghost, "leader-changed"), 1);
    ghost_expect_nothing(&ghost);
}

Test(log_matching, finds_an_old_leader_that_appends_in_the_new_ones_epoch)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_append(&ghost, 1, OF(.value = "c", .base = 2, .epoch = 1));
    ghost_expect(&ghost, "log-matching", "log-matching:two-writers");
}

Test(log_matching, lets_an_old_leader_go_on_in_its_own_epoch)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_append(&ghost, 1, OF(.value = "c", .base = 2));
    ghost_expect_nothing(&ghost);
}

Test(log_matching, finds_epochs_that_fall_along_a_log)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_append(&ghost, 2, OF(.value = "c", .base = 1, .epoch = 1));
    ghost_append_in(&ghost, 2, 0, OF(.value = "d", .base = 2, .epoch = 0));
    cr_expect_geq(ghost_findings(&ghost, "log-matching"), 1);
    cr_expect_str_eq(ghost_signature(&ghost, "log-matching"), "log-matching:epoch-falls");
    ghost_free(&ghost);
}

Test(log_matching, finds_a_copy_of_what_nobody_appended_and_one_that_differs)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_copy(&ghost, 2, OF(.value = "x", .base = 1));
    cr_expect_str_eq(ghost_signature(&ghost, "log-matching"), "log-matching:content");
    ghost_copy(&ghost, 3, OF(.value = "x", .epoch = 1));
    cr_expect_eq(ghost_findings(&ghost, "log-matching"), 2);
    ghost_free(&ghost);
}

Test(log_matching, finds_offsets_that_a_leader_leaves_out)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_append(&ghost, 2, OF(.value = "c", .base = 3, .epoch = 1));
    ghost_expect(&ghost, "log-matching", "log-matching:gap");
}

Test(log_matching, finds_an_epoch_that_is_given_out_twice)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_lead(&ghost, 3, 1);
    ghost_expect(&ghost, "log-matching", "log-matching:epoch-repeats");
}

/* ---- strong-isr --------------------------------------------------------------------------------------------- */

static void acknowledge_two(struct ghost *ghost)
{
    ghost_begin(ghost);
    ghost_lead(ghost, 1, 0);
    ghost_append(ghost, 1, OF(.value = "a"));
    ghost_copy(ghost, 2, OF(.value = "a"));
    ghost_copy(ghost, 3, OF(.value = "a"));
    ghost_watermark(ghost, 1, 0, 1);
    ghost_acknowledge(ghost, 1, OF(.value = "a"));
    ghost_append(ghost, 1, OF(.value = "b", .base = 1));
    ghost_copy(ghost, 2, OF(.value = "b", .base = 1));
    ghost_watermark(ghost, 1, 0, 2);
    ghost_acknowledge(ghost, 1, OF(.value = "b", .base = 1));
}

Test(strong_isr, finds_a_leader_that_lacks_what_was_acknowledged)
{
    struct ghost ghost;
    acknowledge_two(&ghost);
    ghost_lead(&ghost, 3, 1);
    ghost_expect(&ghost, "strong-isr", "strong-isr:other");
}

Test(strong_isr, finds_a_leader_that_cut_what_it_had)
{
    struct ghost ghost;
    acknowledge_two(&ghost);
    ghost_lead(&ghost, 2, 1);
    cr_expect_eq(ghost_findings(&ghost, NULL), 0);
    ghost_truncate(&ghost, 2, 1);
    ghost_lead(&ghost, 2, 2);
    ghost_expect(&ghost, "strong-isr", "strong-isr:other");
}

Test(strong_isr, judges_only_what_was_acknowledged_since_the_last_election)
{
    struct ghost ghost;
    acknowledge_two(&ghost);
    ghost_lead(&ghost, 2, 1);
    ghost_lead(&ghost, -1, 2);
    ghost_lead(&ghost, 2, 3);
    cr_expect_eq(ghost_judged(&ghost, "strong-isr"), 2);
    ghost_expect_nothing(&ghost);
}

Test(strong_isr, accuses_neither_an_unclean_election_nor_what_comes_after_it)
{
    struct ghost ghost;
    acknowledge_two(&ghost);
    ghost_lead_uncleanly(&ghost, 3, 1);
    ghost_truncate(&ghost, 2, 1);
    ghost_lead(&ghost, 2, 2);
    ghost_expect_nothing(&ghost);
}

Test(strong_isr, asks_nothing_of_what_was_never_acknowledged)
{
    struct ghost ghost;
    diverge(&ghost);
    ghost_expect_nothing(&ghost);
}

/* ---- broker-invariants -------------------------------------------------------------------------------------- */

Test(broker_invariants, finds_a_high_watermark_beyond_the_end_and_one_that_falls)
{
    struct ghost ghost;
    acknowledge_two(&ghost);
    cr_expect_eq(ghost_findings(&ghost, NULL), 0);
    ghost_watermark(&ghost, 1, 0, 1);
    cr_expect_str_eq(ghost_signature(&ghost, "broker-invariants"), "broker-invariants:watermark-falls");
    ghost_watermark(&ghost, 1, 0, 3);
    cr_expect_eq(ghost_findings(&ghost, "broker-invariants"), 2);
    ghost_free(&ghost);
}

Test(broker_invariants, lets_a_new_leader_know_less)
{
    struct ghost ghost;
    acknowledge_two(&ghost);
    ghost_watermark(&ghost, 2, 1, 1);
    ghost_watermark(&ghost, 1, 2, 1);
    ghost_expect_nothing(&ghost);
}

Test(broker_invariants, finds_an_acknowledgement_before_the_high_watermark_is_there)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_lead(&ghost, 1, 0); /* with high watermark 0 */
    ghost_append(&ghost, 1, OF(.value = "a"));
    ghost_acknowledge(&ghost, 1, OF(.value = "a"));
    ghost_expect(&ghost, "broker-invariants", "broker-invariants:acknowledged-too-early");
}

Test(broker_invariants, finds_an_acknowledgement_of_what_was_not_appended)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_append(&ghost, 1, OF(.value = "a"));
    ghost_acknowledge(&ghost, 1, OF(.value = "a"));
    cr_expect_eq(ghost_findings(&ghost, NULL), 0);
    ghost_acknowledge(&ghost, 1, OF(.value = "b", .base = 1));
    ghost_expect(&ghost, "broker-invariants", "broker-invariants:acknowledged-and-absent");
}

Test(broker_invariants, finds_a_gap_in_sequences_an_old_epoch_and_a_stale_marker)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_append(&ghost, 1, OF(.producer = 9, .sequence = 5));
    ghost_append(&ghost, 1, OF(.producer = 9, .sequence = 6, .base = 1));
    ghost_append(&ghost, 1, OF(.producer = 9, .sequence = 0, .base = 2, .producer_epoch = 1));
    cr_expect_eq(ghost_findings(&ghost, NULL), 0, "%s", ghost_signature(&ghost, NULL));
    ghost_append(&ghost, 1, OF(.producer = 9, .sequence = 2, .base = 3, .producer_epoch = 1));
    cr_expect_str_eq(ghost_signature(&ghost, NULL), "broker-invariants:sequence-gap");
    ghost_append(&ghost, 1, OF(.producer = 9, .sequence = 7, .base = 4));
    cr_expect_eq(ghost_findings(&ghost, "broker-invariants"), 2);
    ghost_append(&ghost, 1, OF(MARKER(GHOST_ABORT), .base = 5, .coordinator_epoch = 3));
    ghost_append(&ghost, 1, OF(MARKER(GHOST_ABORT), .base = 6, .coordinator_epoch = 2));
    cr_expect_eq(ghost_findings(&ghost, "broker-invariants"), 3);
    ghost_free(&ghost);
}

/* ---- duplicate ---------------------------------------------------------------------------------------------- */

Test(duplicate, finds_a_batch_that_was_appended_again)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_append(&ghost, 1, OF(.producer = 9, .value = "a"));
    ghost_append(&ghost, 1, OF(.producer = 9, .value = "a", .base = 1));
    ghost_expect(&ghost, "duplicate", "duplicate:other");
}

Test(duplicate, accuses_no_batch_that_is_sent_again_to_a_leader_that_never_had_it)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_append(&ghost, 1, OF(.producer = 9, .value = "a"));
    ghost_append(&ghost, 2, OF(.producer = 9, .value = "a", .epoch = 1));
    cr_expect_eq(ghost_judged(&ghost, "duplicate"), 2);
    ghost_expect_nothing(&ghost);
}

Test(duplicate, that_a_leader_recognises_is_counted_as_refused)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_ask(&ghost, 1, OF(.producer = 9, .value = "a"));
    ghost_append(&ghost, 1, OF(.producer = 9, .value = "a"));
    cr_expect_eq(hits(&ghost, "duplicate-refused"), 0);
    ghost_ask(&ghost, 1, OF(.producer = 9, .value = "a"));
    ghost_acknowledge(&ghost, 1, OF(.producer = 9, .value = "a"));
    cr_expect_eq(hits(&ghost, "duplicate-refused"), 1);
    ghost_expect_nothing(&ghost);
}

/* ---- inconsistent-offsets ----------------------------------------------------------------------------------- */

Test(inconsistent_offsets, finds_an_offset_that_two_readers_see_differently)
{
    struct ghost ghost;
    struct ghost_batch one = OF(.value = "a"), other = OF(.value = "b");
    ghost_begin(&ghost);
    ghost_fetch(&ghost, &one, 1, -1);
    ghost_fetch(&ghost, &one, 1, -1);
    cr_expect_eq(ghost_findings(&ghost, NULL), 0);
    ghost_fetch(&ghost, &other, 1, -1);
    ghost_expect(&ghost, "inconsistent-offsets", "inconsistent-offsets:other");
}

/* ---- G1a ---------------------------------------------------------------------------------------------------- */

/* A transaction that wrote offset 0 and was aborted, and one record of nobody's behind its marker. */
static const struct ghost_batch aborted[] = {
    {.value = "a", MINE}, {.base = 1, MARKER(GHOST_ABORT)}, {.value = "b", .base = 2}};

static void abort_one(struct ghost *ghost)
{
    ghost_begin(ghost);
    for (size_t i = 0; i < 3; i++)
        ghost_append(ghost, 1, aborted[i]);
}

Test(g1a, finds_a_fetch_that_does_not_say_what_was_aborted)
{
    struct ghost ghost;
    abort_one(&ghost);
    ghost_fetch(&ghost, aborted, 3, -1);
    ghost_expect(&ghost, "G1a", "G1a:aborted");
}

Test(g1a, leaves_out_what_the_client_leaves_out)
{
    struct ghost ghost;
    abort_one(&ghost);
    ghost_fetch(&ghost, aborted, 3, 0);
    cr_expect_eq(ghost_judged(&ghost, "G1a"), 1);
    ghost_expect_nothing(&ghost);
}

Test(g1a, takes_the_next_transaction_of_the_producer_for_another)
{
    struct ghost ghost;
    const struct ghost_batch all[] = {aborted[0], aborted[1],
                                      OF(.value = "c", .base = 2, MINE, .sequence = 1),
                                      OF(.base = 3, MARKER(GHOST_COMMIT))};
    ghost_begin(&ghost);
    for (size_t i = 0; i < 4; i++)
        ghost_append(&ghost, 1, all[i]);
    ghost_fetch(&ghost, all, 4, 0);
    cr_expect_eq(ghost_judged(&ghost, "G1a"), 1);
    ghost_expect_nothing(&ghost);
}

Test(g1a, finds_what_is_still_open)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_append(&ghost, 1, aborted[0]);
    ghost_fetch(&ghost, aborted, 1, -1);
    ghost_expect(&ghost, "G1a", "G1a:open");
}

/* ---- hanging-transaction, lso-bounded ----------------------------------------------------------------------- */

Test(hanging_transaction, finds_a_partition_that_was_given_no_marker)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_state(&ghost, HISTORY_TRANSACTION_ONGOING);
    ghost_append(&ghost, 1, aborted[0]);
    ghost_state(&ghost, HISTORY_TRANSACTION_PREPARE_ABORT);
    ghost_state(&ghost, HISTORY_TRANSACTION_COMPLETE_ABORT);
    ghost_expect(&ghost, "hanging-transaction", "hanging-transaction:completed");
}

Test(hanging_transaction, finds_a_batch_that_comes_after_the_end)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_state(&ghost, HISTORY_TRANSACTION_COMPLETE_ABORT);
    ghost_append(&ghost, 1, aborted[0]);
    ghost_expect(&ghost, "hanging-transaction", "hanging-transaction:late");
}

Test(hanging_transaction, accuses_none_whose_marker_is_on_its_way_and_none_that_went_with_its_leader)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_state(&ghost, HISTORY_TRANSACTION_ONGOING);
    ghost_lead(&ghost, 1, 0);
    ghost_append(&ghost, 1, OF(.value = "a", MINE));
    ghost_lead(&ghost, 2, 1);
    ghost_state(&ghost, HISTORY_TRANSACTION_PREPARE_ABORT);
    ghost_append(&ghost, 2, OF(MARKER(GHOST_ABORT), .epoch = 1));
    ghost_state(&ghost, HISTORY_TRANSACTION_COMPLETE_ABORT);
    ghost_expect_nothing(&ghost);
}

static void keep_open(struct ghost *ghost, int64_t seconds)
{
    ghost_append(ghost, 1, aborted[0]);
    ghost->now_ns += seconds * 1000000000;
    ghost_append(ghost, 1, OF(.topic = "y", .value = "a"));
}

Test(lso_bounded, finds_a_transaction_that_is_open_for_too_long)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    keep_open(&ghost, 101);
    ghost_expect(&ghost, "lso-bounded", "lso-bounded:other");
}

Test(lso_bounded, lets_one_be_open_for_as_long_as_it_may_and_while_faults_go_on)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_fault(&ghost);
    keep_open(&ghost, 200);
    ghost_heal(&ghost);
    ghost.now_ns += INT64_C(90) * 1000000000;
    ghost_append(&ghost, 1, OF(.topic = "y", .value = "b", .base = 1));
    ghost_expect_nothing(&ghost);
}

/* ---- rebalance-converges ------------------------------------------------------------------------------------ */

#define BOUND_NS (INT64_C(46) * 1000000000)

Test(rebalance_converges, finds_a_member_that_is_never_assigned)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_join(&ghost, 1, 1);
    ghost.now_ns += BOUND_NS;
    ghost_join(&ghost, 1, 1);
    ghost_expect(&ghost, "rebalance-converges", "rebalance-converges:stuck");
}

Test(rebalance_converges, finds_generations_that_go_on_growing)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    for (int32_t generation = 1; generation <= 4; generation++) {
        ghost_join(&ghost, 1, generation);
        ghost_sync(&ghost, 1, generation);
        ghost.now_ns += BOUND_NS;
    }
    ghost_expect(&ghost, "rebalance-converges", "rebalance-converges:grows");
}

Test(rebalance_converges, accuses_neither_who_died_nor_who_is_disturbed)
{
    struct ghost ghost;
    struct history_event killed = {.kind = HISTORY_PROCESS, .life = {.life = HISTORY_LIFE_KILL}};
    ghost_begin(&ghost);
    ghost_join(&ghost, 1, 1);
    ghost_event(&ghost, 1, killed);
    ghost.now_ns += BOUND_NS;
    for (int32_t generation = 2; generation <= 4; generation++) {
        ghost_join(&ghost, 2, generation);
        ghost_sync(&ghost, 2, generation);
        ghost.now_ns += BOUND_NS;
        ghost_event(&ghost, 1, killed);
    }
    ghost_expect_nothing(&ghost);
}

/* ---- exactly-once and offsets within transactions ------------------------------------------------------------ */

static void put_in(struct ghost *ghost)
{
    const struct ghost_batch input = OF(.topic = "in", .value = "v");
    ghost_begin(ghost);
    ghost->topic = "out";
    ghost_append(ghost, 1, input);
    ghost_acknowledge(ghost, 1, input);
    ghost_fetch(ghost, &input, 1, -1);
}

Test(exactly_once, finds_the_second_copy_as_soon_as_its_marker_is_there)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_append(&ghost, 1, OF(.value = "v", MINE));
    ghost_append(&ghost, 1, OF(.base = 1, MARKER(GHOST_COMMIT)));
    ghost_append(&ghost, 1, OF(.value = "v", .base = 2, MINE, .sequence = 1));
    cr_expect_eq(ghost_findings(&ghost, NULL), 0);
    ghost_append(&ghost, 1, OF(.base = 3, MARKER(GHOST_COMMIT)));
    ghost_expect(&ghost, "exactly-once", "exactly-once:twice");
}

Test(exactly_once, does_not_count_a_copy_that_was_aborted_or_lost)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_lead(&ghost, 1, 0);
    ghost_append(&ghost, 1, OF(.value = "v", MINE));
    ghost_append(&ghost, 1, OF(.base = 1, MARKER(GHOST_ABORT)));
    ghost_copy(&ghost, 2, OF(.value = "v", MINE));
    ghost_copy(&ghost, 2, OF(.base = 1, MARKER(GHOST_ABORT)));
    ghost_append(&ghost, 1, OF(.value = "v", .base = 2, MINE, .sequence = 1));
    ghost_append(&ghost, 1, OF(.base = 3, MARKER(GHOST_COMMIT)));
    ghost_lead(&ghost, 2, 1); /* it has neither of them */
    ghost_append(&ghost, 2, OF(.value = "v", .base = 2, .epoch = 1, MINE, .sequence = 1));
    ghost_append(&ghost, 2, OF(.base = 3, .epoch = 1, MARKER(GHOST_COMMIT)));
    property_set_end(ghost.set);
    cr_expect_eq(ghost_findings(&ghost, "exactly-once"), 0, "%s", ghost_signature(&ghost, "exactly-once"));
    cr_expect_gt(ghost_judged(&ghost, "exactly-once"), 1);
    ghost_free(&ghost);
}

Test(exactly_once, counts_what_the_leader_to_be_copies_from_the_leader_before_it)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_lead(&ghost, 1, 0);
    ghost_append(&ghost, 1, OF(.value = "v", MINE));
    ghost_lead(&ghost, 2, 1); /* it has not learned that yet */
    ghost_copy(&ghost, 2, OF(.value = "v", MINE));
    ghost_acknowledge(&ghost, 1, OF(.value = "v", MINE));
    ghost_offset(&ghost, 1);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", MARKER(GHOST_COMMIT)));
    ghost_append(&ghost, 2, OF(.base = 1, .epoch = 1, MARKER(GHOST_COMMIT)));
    property_set_end(ghost.set);
    cr_expect_gt(ghost_judged(&ghost, "commit-ahead"), 0);
    cr_expect_eq(ghost_findings(&ghost, "commit-ahead"), 0);
    cr_expect_eq(ghost_findings(&ghost, "exactly-once"), 0);
    ghost_free(&ghost);
}

Test(exactly_once, finds_an_input_whose_only_copy_was_aborted)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_append(&ghost, 1, OF(.value = "v", MINE));
    ghost_acknowledge(&ghost, 1, OF(.value = "v", MINE));
    ghost_append(&ghost, 1, OF(.base = 1, MARKER(GHOST_ABORT)));
    property_set_end(ghost.set);
    cr_expect_str_eq(ghost_signature(&ghost, "conservation"), "conservation:no-copy");
    ghost_expect(&ghost, "exactly-once", "exactly-once:missing");
}

Test(exactly_once, finds_a_copy_of_nothing)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_append(&ghost, 1, OF(.value = "w"));
    ghost_expect(&ghost, "exactly-once", "exactly-once:from-nothing");
}

/* ---- fenced-commit ------------------------------------------------------------------------------------------ */

Test(fenced_commit, finds_offsets_that_are_taken_from_a_member_whose_generation_is_over)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_sync(&ghost, GHOST_COPIER, 1);
    ghost_sync(&ghost, GHOST_READER, 2);
    ghost.generation = 1;
    ghost_offset(&ghost, 1);
    ghost_expect(&ghost, "fenced-commit", "fenced-commit:accepted");
}

Test(fenced_commit, accuses_none_that_was_read_while_the_generation_lasted)
{
    struct ghost ghost;
    ghost_begin(&ghost);
    ghost_sync(&ghost, GHOST_COPIER, 1);
    ghost_offset(&ghost, 1);
    ghost_sync(&ghost, GHOST_COPIER, 2);
    ghost_offset(&ghost, 1);
    cr_expect_eq(ghost_judged(&ghost, "fenced-commit"), 2);
    ghost_expect_nothing(&ghost);
}

Test(commit_ahead, judges_offsets_of_a_transaction_when_it_is_committed)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_offset(&ghost, 1);
    cr_expect_eq(ghost_judged(&ghost, "commit-ahead"), 0);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", MARKER(GHOST_COMMIT)));
    ghost_expect(&ghost, "commit-ahead", "commit-ahead:copy-input");
}

Test(commit_ahead, forgets_offsets_of_a_transaction_that_is_aborted)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_offset(&ghost, 1);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", MARKER(GHOST_ABORT)));
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", .base = 1, MARKER(GHOST_COMMIT)));
    cr_expect_eq(ghost_judged(&ghost, "commit-ahead"), 0);
    ghost_expect_nothing(&ghost);
}

Test(commit_ahead, takes_the_open_copy_of_another_producer_for_none)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_append(&ghost, 1, OF(.value = "v", .producer = 8, .is_transactional = true));
    ghost_offset(&ghost, 1);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", MARKER(GHOST_COMMIT)));
    ghost_expect(&ghost, "commit-ahead", "commit-ahead:copy-input");
}

Test(commit_ahead, finds_the_copy_of_the_producer_among_those_of_others)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_append(&ghost, 1, OF(.value = "v", MINE));
    ghost_append(&ghost, 1, OF(.value = "v", .base = 1, .producer = 8, .is_transactional = true));
    ghost_offset(&ghost, 1);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", MARKER(GHOST_COMMIT)));
    cr_expect_eq(ghost_judged(&ghost, "commit-ahead"), 1);
    ghost_expect_nothing(&ghost);
}

Test(commit_regress, goes_by_the_order_of_markers_within_transactions)
{
    struct ghost ghost;
    put_in(&ghost);
    ghost_append(&ghost, 1, OF(.value = "v", MINE));
    ghost_offset(&ghost, 1);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", MARKER(GHOST_COMMIT)));
    cr_expect_eq(ghost_findings(&ghost, NULL), 0, "%s", ghost_signature(&ghost, NULL));
    ghost_offset(&ghost, 0);
    cr_expect_eq(ghost_findings(&ghost, NULL), 0);
    ghost_append(&ghost, 1, OF(.topic = "__consumer_offsets", .base = 1, MARKER(GHOST_COMMIT)));
    ghost_expect(&ghost, "commit-regress", "commit-regress:regress");
}

/* ---- probes ------------------------------------------------------------------------------------------------- */

Test(sometimes, counts_transactions_that_are_aborted_fenced_and_timed_out)
{
    struct ghost ghost;
    struct history_event event = {.kind = HISTORY_TRANSACTION};
    ghost_begin(&ghost);
    event.transaction = (struct history_transaction){
        .transactional_id = {"t", 1}, .state = HISTORY_TRANSACTION_PREPARE_ABORT, .is_timed_out = true};
    ghost_event(&ghost, 0, event);
    ghost_state(&ghost, HISTORY_TRANSACTION_PREPARE_ABORT);
    ghost_state(&ghost, HISTORY_TRANSACTION_COMPLETE_ABORT);
    event = (struct history_event){.kind = HISTORY_COORDINATOR};
    event.coordinator =
        (struct history_coordinator){.transactional_id = {"t", 1}, .error = HISTORY_ERROR_PRODUCER_FENCED};
    ghost_event(&ghost, GHOST_COPIER, event);
    cr_expect_eq(hits(&ghost, "transaction-timed-out"), 1);
    cr_expect_eq(hits(&ghost, "transaction-aborted"), 1);
    cr_expect_eq(hits(&ghost, "transaction-fenced"), 1);
    ghost_free(&ghost);
}
