/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_producers: sequences of idempotent producers, and the same decided from the whole history. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "tests/unit/kafka_batches.h"
#include "sim/kafka/producers.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/marker.h"

static struct wire_batch of(int64_t id, int16_t epoch, int32_t first, int32_t count)
{
    static int64_t offset;
    offset += count;
    return (struct wire_batch){.base_offset = offset,
                               .producer_id = id,
                               .producer_epoch = epoch,
                               .base_sequence = first,
                               .last_offset_delta = count - 1,
                               .record_count = count,
                               .max_timestamp_ms = 1000};
}

/* Checks, and if it may, appends. */
static int16_t offer(struct kafka_producers *producers, struct wire_batch batch)
{
    const struct kafka_producer_batch *duplicate;
    int16_t error = kafka_producers_check(producers, &batch, KAFKA_GUARD_OFF, &duplicate);
    if (!error && !duplicate)
        kafka_producers_note(producers, &batch, NULL);
    return error;
}

static bool is_duplicate(const struct kafka_producers *producers, struct wire_batch batch)
{
    const struct kafka_producer_batch *duplicate;
    return kafka_producers_check(producers, &batch, KAFKA_GUARD_OFF, &duplicate) == 0 && duplicate;
}

Test(kafka_producers, an_unknown_producer_may_begin_anywhere)
{
    struct kafka_producers producers = {0};
    cr_assert_eq(offer(&producers, of(7, 3, 12345, 2)), 0);
    cr_assert_eq(kafka_producers_find(&producers, 7)->epoch, 3);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_batch_without_a_producer_is_not_remembered)
{
    struct kafka_producers producers = {0};
    cr_assert_eq(offer(&producers, of(-1, -1, -1, 2)), 0);
    cr_assert_null(producers.items);
}

Test(kafka_producers, a_sequence_must_follow_the_last)
{
    struct kafka_producers producers = {0};
    offer(&producers, of(7, 0, 0, 3));
    cr_assert_eq(offer(&producers, of(7, 0, 4, 1)), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER, "a gap");
    cr_assert_eq(offer(&producers, of(7, 0, 2, 2)), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER, "an overlap");
    cr_assert_eq(offer(&producers, of(7, 0, 3, 1)), 0);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, behind_the_largest_sequence_comes_zero)
{
    struct kafka_producers producers = {0};
    offer(&producers, of(7, 0, INT32_MAX, 1));
    cr_assert_eq(offer(&producers, of(7, 0, 0, 1)), 0);
    kafka_producers_deinit(&producers);
    offer(&producers, of(8, 0, INT32_MAX - 1, 4));
    cr_assert_eq(kafka_producers_find(&producers, 8)->batches[0].last_sequence, 1, "also within a batch");
    cr_assert_eq(offer(&producers, of(8, 0, 2, 1)), 0);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, an_older_epoch_is_refused)
{
    struct kafka_producers producers = {0};
    offer(&producers, of(7, 5, 0, 1));
    cr_assert_eq(offer(&producers, of(7, 4, 1, 1)), KAFKA_INVALID_PRODUCER_EPOCH);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_new_epoch_begins_at_zero_and_forgets_the_old_batches)
{
    struct kafka_producers producers = {0};
    offer(&producers, of(7, 5, 0, 2));
    cr_assert_eq(offer(&producers, of(7, 6, 2, 1)), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER);
    cr_assert_eq(offer(&producers, of(7, 6, 0, 1)), 0);
    cr_assert_eq(kafka_producers_find(&producers, 7)->batch_count, 1);
    cr_assert_eq(offer(&producers, of(7, 5, 0, 2)), KAFKA_INVALID_PRODUCER_EPOCH, "no duplicate any more");
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, one_of_the_last_five_batches_is_a_duplicate_with_the_offsets_of_then)
{
    struct kafka_producers producers = {0};
    struct wire_batch batches[6];
    for (int i = 0; i < 6; i++) {
        batches[i] = of(7, 0, i * 2, 2);
        cr_assert_eq(offer(&producers, batches[i]), 0);
    }
    for (int i = 1; i < 6; i++) {
        const struct kafka_producer_batch *duplicate;
        struct wire_batch again = of(7, 0, i * 2, 2);
        cr_assert_eq(kafka_producers_check(&producers, &again, KAFKA_GUARD_OFF, &duplicate), 0);
        cr_assert_not_null(duplicate, "batch %d", i);
        cr_assert_eq(duplicate->last_offset - duplicate->offset_delta, batches[i].base_offset);
    }
    cr_assert_eq(offer(&producers, of(7, 0, 0, 2)), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER,
                 "the sixth is too old");
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_duplicate_has_the_same_first_and_the_same_last_sequence)
{
    struct kafka_producers producers = {0};
    offer(&producers, of(7, 0, 0, 3));
    cr_assert(is_duplicate(&producers, of(7, 0, 0, 3)));
    cr_assert_not(is_duplicate(&producers, of(7, 0, 0, 2)));
    cr_assert_not(is_duplicate(&producers, of(7, 0, 1, 2)));
    cr_assert_not(is_duplicate(&producers, of(8, 0, 0, 3)));
    kafka_producers_deinit(&producers);
}

static struct wire_batch of_transaction(int64_t id, int16_t epoch, int32_t first, int32_t count)
{
    struct wire_batch batch = of(id, epoch, first, count);
    batch.is_transactional = true;
    return batch;
}

Test(kafka_producers, within_a_transaction_nothing_else_may_be_written)
{
    struct kafka_producers producers = {0};
    struct wire_batch first = of_transaction(7, 0, 0, 1);
    offer(&producers, first);
    cr_assert_eq(kafka_producers_find(&producers, 7)->transaction_first_offset, first.base_offset);
    cr_assert_eq(offer(&producers, of(7, 0, 1, 1)), KAFKA_INVALID_TXN_STATE);
    cr_assert_eq(offer(&producers, of_transaction(7, 0, 1, 1)), 0);
    cr_assert_eq(kafka_producers_find(&producers, 7)->transaction_first_offset, first.base_offset);
    kafka_producers_deinit(&producers);
}

/* A marker as Kafka writes it: EndTxnMarker.json, ControlRecordType.java. */
struct marker {
    int64_t id;
    int16_t epoch;
    int32_t coordinator;
    bool is_abort, takes_stale;
};

/* Checks it, and if it may, appends it; end_out (or NULL): producer_id -1 if it ended nothing. */
static int16_t mark(struct kafka_producers *producers, struct marker marker,
                    struct kafka_transaction_end *end_out)
{
    struct wire_batch batch = of_transaction(marker.id, marker.epoch, -1, 1);
    struct wire_output output = {0};
    struct wire_marker written = {
        .is_commit = !marker.is_abort, .coordinator_epoch = marker.coordinator, .timestamp_ms = 2000};
    batch.is_control = true;
    batch.magic = 2;
    wire_marker_append(&batch, &written, &output);
    batch.payload = (struct wire_bytes){.data = output.data, .bytes = (int32_t)output.bytes};
    int16_t error = kafka_producers_check_marker(producers, &batch, marker.takes_stale);
    struct kafka_transaction_end end = {.producer_id = -1};
    if (!error)
        kafka_producers_note(producers, &batch, &end);
    if (end_out)
        *end_out = end;
    free(output.data);
    return error;
}

static void note_marker(struct kafka_producers *producers, int64_t id, int16_t epoch, int32_t coordinator)
{
    cr_assert_eq(mark(producers, (struct marker){.id = id, .epoch = epoch, .coordinator = coordinator}, NULL),
                 0);
}

Test(kafka_producers, a_marker_ends_the_transaction_and_keeps_the_sequences)
{
    struct kafka_producers producers = {0};
    struct wire_batch first = of(7, 0, 0, 2);
    first.is_transactional = true;
    offer(&producers, first);
    note_marker(&producers, 7, 0, 9);
    const struct kafka_producer *producer = kafka_producers_find(&producers, 7);
    cr_assert_eq(producer->transaction_first_offset, -1);
    cr_assert_eq(producer->coordinator_epoch, 9);
    cr_assert_eq(producer->last_ms, 2000);
    cr_assert_eq(offer(&producers, of(7, 0, 2, 1)), 0);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_marker_of_a_new_epoch_has_sequences_begin_at_zero)
{
    struct kafka_producers producers = {0};
    offer(&producers, of(7, 0, 0, 2));
    note_marker(&producers, 7, 1, 0);
    cr_assert_eq(kafka_producers_find(&producers, 7)->batch_count, 0);
    cr_assert_eq(offer(&producers, of(7, 1, 2, 1)), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER);
    cr_assert_eq(offer(&producers, of(7, 1, 0, 1)), 0);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, the_idle_are_forgotten_by_their_last_timestamp_but_not_within_a_transaction)
{
    struct kafka_producers producers = {0};
    for (int id = 1; id <= 4; id++) {
        struct wire_batch batch = of(id, 0, 0, 1);
        batch.max_timestamp_ms = id * 100;
        batch.is_transactional = id == 1;
        kafka_producers_note(&producers, &batch, NULL);
    }
    kafka_producers_expire(&producers, 300);
    cr_assert_eq(producers.count, 2);
    cr_assert_not_null(kafka_producers_find(&producers, 1), "in a transaction");
    cr_assert_not_null(kafka_producers_find(&producers, 4), "after that time");
    kafka_producers_deinit(&producers);
}

/* ---- markers ---------------------------------------------------------------------------------------------- */

Test(kafka_producers, a_marker_of_an_unknown_producer_fences_all_older_epochs)
{
    struct kafka_producers producers = {0};
    note_marker(&producers, 7, 2, 0);
    cr_assert_eq(kafka_producers_find(&producers, 7)->epoch, 2);
    cr_assert_eq(kafka_producer_last_sequence(kafka_producers_find(&producers, 7)), -1);
    cr_assert_eq(offer(&producers, of(7, 0, 0, 1)), KAFKA_INVALID_PRODUCER_EPOCH);
    cr_assert_eq(offer(&producers, of(7, 2, 17, 1)), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER);
    cr_assert_eq(offer(&producers, of(7, 2, 0, 1)), 0);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_marker_of_an_older_epoch_is_refused)
{
    struct kafka_producers producers = {0};
    offer(&producers, of_transaction(7, 5, 0, 1));
    cr_assert_eq(mark(&producers, (struct marker){.id = 7, .epoch = 3}, NULL), KAFKA_INVALID_PRODUCER_EPOCH);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 0), producers.open[0].first_offset);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_marker_of_a_replaced_coordinator_is_refused_unless_that_rule_is_off)
{
    struct kafka_producers producers = {0};
    struct marker marker = {.id = 7, .epoch = 5, .coordinator = 1};
    offer(&producers, of_transaction(7, 5, 0, 1));
    cr_assert_eq(mark(&producers, marker, NULL), 0);
    cr_assert_eq(mark(&producers, marker, NULL), 0, "the same coordinator again");
    marker.coordinator = 2;
    cr_assert_eq(mark(&producers, marker, NULL), 0);
    marker.coordinator = 1;
    cr_assert_eq(mark(&producers, marker, NULL), KAFKA_TRANSACTION_COORDINATOR_FENCED);
    cr_assert_eq(kafka_producers_find(&producers, 7)->coordinator_epoch, 2);
    marker.takes_stale = true;
    cr_assert_eq(mark(&producers, marker, NULL), 0);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_marker_without_a_transaction_ends_nothing)
{
    struct kafka_producers producers = {0};
    struct kafka_transaction_end end;
    struct marker marker = {.id = 7, .is_abort = true};
    mark(&producers, marker, &end);
    cr_assert_eq(end.producer_id, -1, "nobody known");
    offer(&producers, of_transaction(7, 0, 0, 3));
    mark(&producers, marker, &end);
    cr_assert_eq(end.producer_id, 7);
    cr_assert(end.is_aborted);
    cr_assert_eq(end.last_offset, end.first_offset + 1, "a marker has one offset");
    mark(&producers, marker, &end);
    cr_assert_eq(end.producer_id, -1, "it has ended before");
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_control_batch_without_a_record_is_nothing)
{
    struct kafka_producers producers = {0};
    struct wire_batch first = of_transaction(7, 0, 0, 1), empty = of_transaction(7, 0, -1, 1);
    offer(&producers, first);
    empty.is_control = true;
    empty.record_count = 0;
    empty.magic = 2;
    empty.payload = (struct wire_bytes){.data = (const uint8_t *)"", .bytes = 0};
    cr_assert_not(kafka_producers_note(&producers, &empty, NULL));
    cr_assert_eq(kafka_producers_find(&producers, 7)->transaction_first_offset, first.base_offset);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, of_what_a_broker_writes_itself_only_the_epoch_is_checked)
{
    struct kafka_producers producers = {0};
    struct wire_batch offsets = of_transaction(7, 5, -1, 1), old = of_transaction(7, 4, -1, 1);
    struct wire_batch outside = of(7, 5, -1, 1);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(kafka_producers_check_own(&producers, &offsets), 0, "time %d", i);
        kafka_producers_note(&producers, &offsets, NULL);
        offsets.base_offset++;
    }
    cr_assert_eq(kafka_producers_check_own(&producers, &old), KAFKA_INVALID_PRODUCER_EPOCH);
    cr_assert_eq(kafka_producers_check_own(&producers, &outside), KAFKA_INVALID_TXN_STATE);
    kafka_producers_deinit(&producers);
}

/* ---- what is stable ---------------------------------------------------------------------------------------- */

static void begin_at(struct kafka_producers *producers, int64_t id, int64_t offset)
{
    struct wire_batch batch = of_transaction(id, 5, 0, 1);
    batch.base_offset = offset;
    kafka_producers_note(producers, &batch, NULL);
}

static struct kafka_transaction_end end_at(struct kafka_producers *producers, int64_t id, int64_t offset)
{
    static const uint8_t records[] = {32, 0, 0, 0, 8, 0, 0, 0, 1, 12, 0, 0, 0, 0, 0, 0, 0};
    struct wire_batch batch = of_transaction(id, 5, -1, 1);
    struct kafka_transaction_end end = {.producer_id = -1};
    batch.base_offset = offset;
    batch.is_control = true;
    batch.magic = 2;
    batch.payload = (struct wire_bytes){.data = records, .bytes = sizeof records};
    cr_assert(kafka_producers_note(producers, &batch, &end));
    return end;
}

Test(kafka_producers, the_first_unstable_offset_waits_for_the_marker_to_be_replicated)
{
    struct kafka_producers producers = {0};
    cr_assert_eq(kafka_producers_first_unstable(&producers, 0), INT64_MAX);
    begin_at(&producers, 1, 99);
    begin_at(&producers, 2, 105);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 106), 99);
    end_at(&producers, 1, 109);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 100), 99);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 109), 99, "the marker is at 109");
    cr_assert_eq(kafka_producers_first_unstable(&producers, 110), 105);
    end_at(&producers, 2, 112);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 110), 105);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 113), INT64_MAX);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, an_ended_transaction_knows_where_all_was_decided_then)
{
    struct kafka_producers producers = {0};
    begin_at(&producers, 1, 1000);
    begin_at(&producers, 2, 1025);
    begin_at(&producers, 3, 1057);
    cr_assert_eq(end_at(&producers, 1, 1072).last_stable_offset, 1025);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 1073), 1025);
    cr_assert_eq(end_at(&producers, 3, 1092).last_stable_offset, 1025);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 1093), 1025);
    cr_assert_eq(end_at(&producers, 2, 1170).last_stable_offset, 1171);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 1093), 1025, "what came before it is no earlier");
    cr_assert_eq(kafka_producers_first_unstable(&producers, 1171), INT64_MAX);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, what_lies_below_a_settled_offset_is_forgotten)
{
    struct kafka_producers producers = {0};
    for (int i = 0; i < 10; i++) {
        begin_at(&producers, 1, 10 * i);
        end_at(&producers, 1, 10 * i + 5);
    }
    kafka_producers_settle(&producers, 45);
    cr_assert_eq(producers.ended_count, 6);
    cr_assert_eq(kafka_producers_first_unstable(&producers, 0), 40);
    kafka_producers_settle(&producers, 1000);
    cr_assert_eq(producers.ended_count, 0);
    kafka_producers_deinit(&producers);
}

/* ---- KIP-890 ----------------------------------------------------------------------------------------------- */

static int16_t check(const struct kafka_producers *producers, struct wire_batch batch, int64_t guard)
{
    const struct kafka_producer_batch *duplicate;
    return kafka_producers_check(producers, &batch, guard, &duplicate);
}

Test(kafka_producers, a_transaction_may_only_begin_with_the_guard_of_its_verification)
{
    struct kafka_producers producers = {0};
    struct wire_batch first = of_transaction(7, 0, 0, 1);
    cr_assert_eq(check(&producers, first, KAFKA_GUARD_NONE), KAFKA_INVALID_TXN_STATE);
    int64_t guard = kafka_producers_verify(&producers, &first, 1000);
    cr_assert_gt(guard, 0);
    cr_assert_eq(kafka_producers_verify(&producers, &first, 1001), guard, "asked again");
    cr_assert_eq(check(&producers, first, guard + 1), KAFKA_INVALID_TXN_STATE);
    cr_assert_eq(check(&producers, first, guard), 0);
    kafka_producers_note(&producers, &first, NULL);
    cr_assert_eq(producers.verification_count, 0);
    struct wire_batch second = of_transaction(7, 0, 1, 1);
    cr_assert_eq(kafka_producers_verify(&producers, &second, 1002), KAFKA_GUARD_NONE, "it is open");
    cr_assert_eq(check(&producers, second, KAFKA_GUARD_NONE), 0);
    cr_assert_eq(check(&producers, of(8, 0, 0, 1), KAFKA_GUARD_NONE), 0, "not of a transaction");
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_marker_makes_guards_void_and_the_next_verification_has_another)
{
    struct kafka_producers producers = {0};
    struct wire_batch late = of_transaction(7, 0, 0, 1);
    int64_t guard = kafka_producers_verify(&producers, &late, 1000);
    note_marker(&producers, 7, 0, 0);
    cr_assert_eq(check(&producers, late, guard), KAFKA_INVALID_TXN_STATE);
    cr_assert_neq(kafka_producers_verify(&producers, &late, 1000), guard);
    cr_assert_eq(check(&producers, late, guard), KAFKA_INVALID_TXN_STATE);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, of_batches_that_are_verified_the_lowest_sequence_goes_first)
{
    struct kafka_producers producers = {0};
    struct wire_batch second = of_transaction(7, 0, 1, 1), first = of_transaction(7, 0, 0, 1);
    int64_t guard = kafka_producers_verify(&producers, &second, 1000);
    cr_assert_eq(check(&producers, second, guard), 0, "no lower one is known");
    cr_assert_eq(kafka_producers_verify(&producers, &first, 1000), guard);
    cr_assert_eq(check(&producers, second, guard), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER);
    cr_assert_eq(check(&producers, second, KAFKA_GUARD_OFF), KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER);
    cr_assert_eq(check(&producers, first, guard), 0);
    struct wire_batch newer = of_transaction(7, 1, 2, 1);
    kafka_producers_verify(&producers, &newer, 1000);
    cr_assert_eq(check(&producers, newer, guard), 0, "of a newer epoch");
    kafka_producers_verify(&producers, &first, 1000);
    cr_assert_eq(check(&producers, newer, guard), 0, "an older epoch says nothing");
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_verification_that_nobody_came_back_to_expires)
{
    struct kafka_producers producers = {0};
    struct wire_batch batch = of_transaction(7, 0, 0, 1);
    int64_t guard = kafka_producers_verify(&producers, &batch, 1000);
    kafka_producers_expire(&producers, 999);
    cr_assert_eq(check(&producers, batch, guard), 0);
    kafka_producers_expire(&producers, 1000);
    cr_assert_eq(check(&producers, batch, guard), KAFKA_INVALID_TXN_STATE);
    kafka_producers_deinit(&producers);
}

Test(kafka_producers, a_duplicate_needs_no_verification)
{
    struct kafka_producers producers = {0};
    struct wire_batch first = of_transaction(7, 0, 0, 1);
    offer(&producers, first);
    note_marker(&producers, 7, 0, 0);
    const struct kafka_producer_batch *duplicate;
    cr_assert_eq(kafka_producers_check(&producers, &first, KAFKA_GUARD_NONE, &duplicate), 0);
    cr_assert_not_null(duplicate);
    kafka_producers_deinit(&producers);
}

/* ---- against the whole history --------------------------------------------------------------------------- */

enum { IDS = 6, HISTORY_MAX = 4000 };

struct history {
    struct wire_batch batches[HISTORY_MAX];
    size_t count;
};

static int32_t last_of(const struct wire_batch *batch)
{
    return (int32_t)(((int64_t)batch->base_sequence + batch->last_offset_delta) % ((int64_t)INT32_MAX + 1));
}

enum { TAKEN = 0, DUPLICATE = -100 };

/* What ought to come of it. */
static int judge(const struct history *history, const struct wire_batch *batch)
{
    const struct wire_batch *latest = NULL;
    int seen = 0;
    for (size_t i = history->count; i-- > 0;) {
        const struct wire_batch *old = &history->batches[i];
        if (old->producer_id != batch->producer_id)
            continue;
        if (!latest)
            latest = old;
        if (old->producer_epoch == batch->producer_epoch && old->producer_epoch == latest->producer_epoch &&
            seen++ < 5 && old->base_sequence == batch->base_sequence && last_of(old) == last_of(batch))
            return DUPLICATE;
    }
    if (!latest)
        return TAKEN;
    if (batch->producer_epoch < latest->producer_epoch)
        return KAFKA_INVALID_PRODUCER_EPOCH;
    int64_t wanted = batch->producer_epoch > latest->producer_epoch
                         ? 0
                         : ((int64_t)last_of(latest) + 1) % ((int64_t)INT32_MAX + 1);
    return batch->base_sequence == wanted ? TAKEN : KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER;
}

static struct wire_batch any_batch(const struct history *history, struct dice *dice)
{
    int64_t id = dice_below(dice, IDS);
    const struct wire_batch *old = NULL;
    uint32_t back = dice_below(dice, 8);
    for (size_t i = history->count; i-- > 0 && back > 0;)
        if (history->batches[i].producer_id == id) {
            old = &history->batches[i];
            back--;
        }
    if (!old)
        return of(id, (int16_t)dice_below(dice, 3), INT32_MAX - 3 + (int32_t)dice_below(dice, 4), 1);
    switch (dice_below(dice, 5)) {
    case 0:
        return of(id, old->producer_epoch, old->base_sequence, old->last_offset_delta + 1);
    case 1:
        return of(id, (int16_t)(old->producer_epoch + dice_below(dice, 3) - 1), 0, 1);
    case 2:
        return of(id, old->producer_epoch, last_of(old), 1);
    default:
        return of(id, old->producer_epoch, last_of(old) == INT32_MAX ? 0 : last_of(old) + 1,
                  1 + (int32_t)dice_below(dice, 3));
    }
}

Test(kafka_producers, it_decides_as_the_whole_history_would)
{
    static struct history history;
    int verdicts[4] = {0};
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct dice dice = {seed};
        struct kafka_producers producers = {0};
        history.count = 0;
        for (int i = 0; i < HISTORY_MAX; i++) {
            struct wire_batch batch = any_batch(&history, &dice);
            const struct kafka_producer_batch *duplicate;
            int wanted = judge(&history, &batch);
            int error = kafka_producers_check(&producers, &batch, KAFKA_GUARD_OFF, &duplicate);
            cr_assert_eq(duplicate ? DUPLICATE : error, wanted, "seed %d, batch %d", (int)seed, i);
            verdicts[wanted == TAKEN                          ? 0
                     : wanted == DUPLICATE                    ? 1
                     : wanted == KAFKA_INVALID_PRODUCER_EPOCH ? 2
                                                              : 3]++;
            if (wanted != TAKEN)
                continue;
            kafka_producers_note(&producers, &batch, NULL);
            history.batches[history.count++] = batch;
        }
        kafka_producers_deinit(&producers);
    }
    for (int i = 0; i < 4; i++)
        cr_assert_gt(verdicts[i], 100, "each verdict was given often: %d", i);
}
