/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirm twice; then, until a whole round changes nothing: cut (whole families of points, single points, the points of
 * single processes), faults (whole series, then single strikes), single picks, and lower what is left. Each cut is a sweep
 * of ddmin: drop all units, halves, quarters .. single ones, the last ones first, since later picks depend on earlier ones.
 *
 * A candidate that fails shows what it met: the rest is dropped for nothing. That is also how what came after the failure
 * goes. A candidate that did not fail is not played again. Not here: another kind of fault in the place of one, fewer
 * records or workers; both would be another scenario.
 */
#include "sim/explore/shrink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_FIRST = 1024, LOWER_PRECISION = 8 };
#define NO_UNIT UINT32_MAX

struct shrink {
    const struct shrink_pick *picks;
    size_t count;
    const struct shrink_seam *seam;
    uint32_t *now;                     /* the smallest that fails */
    uint32_t *tried[SHRINK_WIDTH_MAX]; /* candidates of one batch */
    struct shrink_played played[SHRINK_WIDTH_MAX];
    size_t tried_count;
    uint64_t *seen; /* hashes of what did not fail; 0: free */
    size_t seen_count, seen_capacity;
    uint32_t *unit, *order; /* by pick: its unit; its place when sorted */
    struct shrink_progress progress;
    enum shrink_end end;
    bool is_over;
};

/* ---- what has been played ---- */

static uint64_t hash_of(const struct shrink *shrink, const uint32_t *values)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < shrink->count; i++) {
        if (!values[i])
            continue;
        hash = (hash ^ i << 32 ^ values[i]) * UINT64_C(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    return hash ? hash : 1;
}

static uint64_t *seen_slot(const struct shrink *shrink, uint64_t hash)
{
    size_t mask = shrink->seen_capacity - 1, at = hash & mask;
    while (shrink->seen[at] && shrink->seen[at] != hash)
        at = (at + 1) & mask;
    return &shrink->seen[at];
}

static void remember(struct shrink *shrink, uint64_t hash)
{
    if (shrink->seen_count * 2 >= shrink->seen_capacity) {
        uint64_t *old = shrink->seen;
        size_t old_capacity = shrink->seen_capacity;
        shrink->seen_capacity = old_capacity ? old_capacity * 2 : SEEN_FIRST;
        shrink->seen = calloc(shrink->seen_capacity, sizeof *shrink->seen);
        assert(shrink->seen);
        for (size_t i = 0; i < old_capacity; i++)
            if (old[i])
                *seen_slot(shrink, old[i]) = old[i];
        free(old);
    }
    uint64_t *slot = seen_slot(shrink, hash);
    shrink->seen_count += *slot == 0;
    *slot = hash;
}

static bool is_known(const struct shrink *shrink, const uint32_t *values)
{
    return shrink->seen_count && *seen_slot(shrink, hash_of(shrink, values));
}

static size_t count_deviations(const struct shrink *shrink, const uint32_t *values)
{
    size_t count = 0;
    for (size_t i = 0; i < shrink->count; i++)
        count += values[i] != 0;
    return count;
}

/* ---- one batch of candidates ---- */

static void finish(struct shrink *shrink, enum shrink_end end)
{
    shrink->is_over = true;
    shrink->end = end;
}

/* The next candidate of the batch, to be changed by the caller; tried_count counts it. */
static uint32_t *candidate(struct shrink *shrink)
{
    assert(shrink->tried_count < shrink->seam->width);
    uint32_t *values = shrink->tried[shrink->tried_count++];
    memcpy(values, shrink->now, shrink->count * sizeof *values);
    return values;
}

static bool take_play(struct shrink *shrink, const struct shrink_played *played)
{
    const struct shrink_seam *seam = shrink->seam;
    if (seam->cost_max && shrink->progress.cost >= seam->cost_max) {
        finish(shrink, SHRINK_OUT_OF_COST);
        return false;
    }
    shrink->progress.plays++;
    shrink->progress.cost += played->cost;
    return true;
}

/* Plays the batch. The index of the first that fails, which is then the smallest; else the batch's count. */
static size_t play_batch(struct shrink *shrink)
{
    size_t count = shrink->tried_count;
    shrink->tried_count = 0;
    if (count == 0 || shrink->is_over)
        return count;
    if (!shrink->seam->play(shrink->seam->opaque, (const uint32_t *const *)shrink->tried, count,
                            shrink->played)) {
        finish(shrink, SHRINK_GIVEN_UP);
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        const struct shrink_played *played = &shrink->played[i];
        if (!take_play(shrink, played))
            return count;
        if (played->is_same) {
            memcpy(shrink->now, played->used, shrink->count * sizeof *shrink->now);
            shrink->progress.deviations = count_deviations(shrink, shrink->now);
            return i;
        }
        remember(shrink, hash_of(shrink, shrink->tried[i]));
    }
    return count;
}

/* ---- sweeps ---- */

/* Sets to 0 whatever belongs to the units begin..end-1. False: nothing did, or it is known not to fail. */
static bool drop(struct shrink *shrink, size_t begin, size_t end)
{
    bool is_changed = false;
    uint32_t *values = candidate(shrink);
    for (size_t i = 0; i < shrink->count; i++) {
        if (!values[i] || shrink->unit[i] == NO_UNIT || shrink->unit[i] < begin || shrink->unit[i] >= end)
            continue;
        values[i] = 0;
        is_changed = true;
    }
    if (is_changed && !is_known(shrink, values))
        return true;
    shrink->tried_count--;
    return false;
}

/* One pass over all units in runs of so many, from the last. */
static void sweep(struct shrink *shrink, size_t units, size_t run)
{
    size_t end = units, begins[SHRINK_WIDTH_MAX];
    while (end && !shrink->is_over) {
        size_t batch = 0, at = end;
        while (at && batch < shrink->seam->width) {
            size_t begin = at > run ? at - run : 0;
            if (drop(shrink, begin, at))
                begins[batch++] = begin;
            at = begin;
        }
        size_t failed = play_batch(shrink);
        end = failed < batch ? begins[failed] : at;
    }
}

static void reduce(struct shrink *shrink, size_t units)
{
    for (size_t run = units; run && !shrink->is_over; run = run > 1 ? (run + 1) / 2 : 0)
        sweep(shrink, units, run);
}

/* ---- units ---- */

/* Compares the part of two picks' keys that makes a unit; is_in says whether a pick is of this kind at all. */
struct division {
    int (*compare)(const struct shrink_pick *one, const struct shrink_pick *other);
    bool (*is_in)(const struct shrink_pick *pick);
};

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static bool is_fault(const struct shrink_pick *pick)
{
    return strncmp(pick->point, SHRINK_FAULTS, strlen(SHRINK_FAULTS)) == 0;
}

static bool is_any(const struct shrink_pick *pick)
{
    (void)pick;
    return true;
}

static bool is_no_fault(const struct shrink_pick *pick)
{
    return !is_fault(pick);
}

static bool ends_with(const char *text, const char *end)
{
    size_t bytes = strlen(text), end_bytes = strlen(end);
    return bytes >= end_bytes && strcmp(text + bytes - end_bytes, end) == 0;
}

/* Of the strike itself: whether its series exists and when it comes is of the series, which later strikes need. */
static bool is_of_strike(const struct shrink_pick *pick)
{
    return is_fault(pick) && !ends_with(pick->point, "/present") && !ends_with(pick->point, "/when");
}

static int compare_text(const char *one, size_t one_bytes, const char *other, size_t other_bytes)
{
    int order = memcmp(one, other, one_bytes < other_bytes ? one_bytes : other_bytes);
    return order ? order : compare_numbers(one_bytes, other_bytes);
}

static int compare_family(const struct shrink_pick *one, const struct shrink_pick *other)
{
    return compare_text(one->point, strcspn(one->point, "/"), other->point, strcspn(other->point, "/"));
}

static int compare_point(const struct shrink_pick *one, const struct shrink_pick *other)
{
    return strcmp(one->point, other->point);
}

static int compare_site(const struct shrink_pick *one, const struct shrink_pick *other)
{
    int order = compare_point(one, other);
    return order ? order : compare_numbers(one->actor, other->actor);
}

/* "fault/kill" of "fault/kill/when". */
static size_t kind_bytes(const char *point)
{
    const char *end = strrchr(point, '/');
    return (size_t)(end - point);
}

static int compare_kind(const struct shrink_pick *one, const struct shrink_pick *other)
{
    int order = compare_text(one->point, kind_bytes(one->point), other->point, kind_bytes(other->point));
    return order ? order : compare_numbers(one->actor, other->actor);
}

static int compare_series(const struct shrink_pick *one, const struct shrink_pick *other)
{
    int order = compare_kind(one, other);
    return order ? order
                 : compare_numbers(one->occurrence >> SHRINK_FAULT_SERIES_SHIFT,
                                   other->occurrence >> SHRINK_FAULT_SERIES_SHIFT);
}

static int compare_strike(const struct shrink_pick *one, const struct shrink_pick *other)
{
    int order = compare_kind(one, other);
    return order ? order : compare_numbers(one->occurrence, other->occurrence);
}

struct sorting {
    const struct shrink_pick *picks;
    int (*compare)(const struct shrink_pick *one, const struct shrink_pick *other);
};

static int compare_places(const void *one, const void *other, void *opaque)
{
    const struct sorting *sorting = opaque;
    uint32_t left = *(const uint32_t *)one, right = *(const uint32_t *)other;
    int order = sorting->compare(&sorting->picks[left], &sorting->picks[right]);
    return order ? order : compare_numbers(left, right);
}

/* Numbers the units in the order of their first picks. Returns how many. */
static uint32_t divide(struct shrink *shrink, const struct division *division)
{
    struct sorting sorting = {shrink->picks, division->compare};
    size_t in = 0;
    for (uint32_t i = 0; i < shrink->count; i++)
        if (shrink->now[i] && division->is_in(&shrink->picks[i]))
            shrink->order[in++] = i;
    qsort_r(shrink->order, in, sizeof *shrink->order, compare_places, &sorting);
    for (size_t i = 0; i < shrink->count; i++)
        shrink->unit[i] = NO_UNIT;
    uint32_t first = 0; /* of the unit, as a pick's index: its name for now */
    for (size_t i = 0; i < in; i++) {
        uint32_t pick = shrink->order[i];
        if (i == 0 || division->compare(&shrink->picks[first], &shrink->picks[pick]) != 0)
            first = pick;
        shrink->unit[pick] = first;
    }
    uint32_t units = 0;
    for (uint32_t i = 0; i < shrink->count; i++) {
        if (shrink->unit[i] == NO_UNIT)
            continue;
        shrink->unit[i] = shrink->unit[i] == i ? units++ : shrink->unit[shrink->unit[i]];
    }
    return units;
}

static void reduce_by(struct shrink *shrink, const struct division *divisions, size_t count)
{
    for (size_t i = 0; i < count && !shrink->is_over; i++)
        reduce(shrink, divide(shrink, &divisions[i]));
}

static uint32_t divide_into_singles(struct shrink *shrink)
{
    uint32_t units = 0;
    for (size_t i = 0; i < shrink->count; i++)
        shrink->unit[i] = shrink->now[i] ? units++ : NO_UNIT;
    return units;
}

/* ---- lowering ---- */

static bool fails_with(struct shrink *shrink, size_t pick, uint32_t value)
{
    uint32_t *values = candidate(shrink);
    values[pick] = value;
    if (is_known(shrink, values)) {
        shrink->tried_count--;
        return false;
    }
    return play_batch(shrink) == 0 && !shrink->is_over;
}

/* Towards the least value of this pick that fails, if failing is monotonous. Not to the very edge: what stands there is
 * the first to be lost when the code changes. */
static void lower(struct shrink *shrink, size_t pick)
{
    uint32_t low = 0; /* does not fail */
    for (uint32_t value = 1;
         shrink->now[pick] > low + 1 + shrink->now[pick] / LOWER_PRECISION && !shrink->is_over;
         value = low + (shrink->now[pick] - low) / 2)
        if (!fails_with(shrink, pick, value))
            low = value;
        else if (shrink->now[pick] > value)
            return; /* not the value that it was given: there is no telling what lower ones would do */
}

static void lower_all(struct shrink *shrink)
{
    for (size_t i = 0; i < shrink->count && !shrink->is_over; i++)
        if (shrink->now[i] > 1)
            lower(shrink, i);
}

/* ---- the whole ---- */

static void tell(struct shrink *shrink, enum shrink_phase phase)
{
    shrink->progress.phase = phase;
    if (!shrink->is_over && shrink->seam->on_phase)
        shrink->seam->on_phase(shrink->seam->opaque, &shrink->progress);
}

/* Twice what was recorded. */
static void confirm(struct shrink *shrink)
{
    uint64_t history = 0;
    for (int i = 0; i < 2 && !shrink->is_over; i++) {
        const uint32_t *values = shrink->tried[0];
        for (size_t pick = 0; pick < shrink->count; pick++)
            shrink->tried[0][pick] = shrink->picks[pick].picked;
        if (!shrink->seam->play(shrink->seam->opaque, &values, 1, shrink->played)) {
            finish(shrink, SHRINK_GIVEN_UP);
            return;
        }
        shrink->progress.plays++;
        shrink->progress.cost += shrink->played[0].cost;
        if (!shrink->played[0].is_same)
            finish(shrink, i == 0 ? SHRINK_NO_FAILURE : SHRINK_UNSTEADY);
        else if (i == 1 && shrink->played[0].history != history)
            finish(shrink, SHRINK_UNSTEADY);
        history = shrink->played[0].history;
    }
    if (!shrink->is_over)
        memcpy(shrink->now, shrink->played[0].used, shrink->count * sizeof *shrink->now);
    shrink->progress.deviations = count_deviations(shrink, shrink->now);
    tell(shrink, SHRINK_CONFIRM);
}

static void first_round(struct shrink *shrink)
{
    static const struct division cuts[] = {{compare_family, is_no_fault},
                                           {compare_family, is_any},
                                           {compare_point, is_no_fault},
                                           {compare_site, is_no_fault}};
    static const struct division faults[] = {
        {compare_kind, is_fault}, {compare_series, is_fault}, {compare_strike, is_of_strike}};
    uint32_t families = divide(shrink, &cuts[0]);
    sweep(shrink, families,
          families); /* faults alone say most to a reader, and survive most changes of code */
    reduce_by(shrink, &cuts[1], sizeof cuts / sizeof cuts[0] - 1);
    tell(shrink, SHRINK_CUT);
    reduce_by(shrink, faults, sizeof faults / sizeof faults[0]);
    tell(shrink, SHRINK_FAULT);
    reduce(shrink, divide_into_singles(shrink));
    tell(shrink, SHRINK_SINGLE);
}

/* What was in the way of larger cuts is still there: only small ones are tried again. Until nothing more can go. */
static void drop_small(struct shrink *shrink)
{
    static const struct division strikes = {compare_strike, is_of_strike};
    size_t before;
    do {
        before = shrink->progress.deviations;
        sweep(shrink, divide(shrink, &strikes), 1);
        sweep(shrink, divide_into_singles(shrink), 1);
    } while (shrink->progress.deviations < before && !shrink->is_over);
    tell(shrink, SHRINK_SINGLE);
}

static void reduce_all(struct shrink *shrink)
{
    size_t before;
    first_round(shrink);
    drop_small(shrink);
    do {
        before = shrink->progress.deviations;
        lower_all(shrink);
        tell(shrink, SHRINK_WEAKEN);
        drop_small(shrink);
    } while (shrink->progress.deviations < before && !shrink->is_over);
    if (!shrink->is_over)
        finish(shrink, SHRINK_DONE);
}

static uint32_t *new_values(size_t count)
{
    uint32_t *values = calloc(count + 1, sizeof *values);
    assert(values);
    return values;
}

enum shrink_end shrink_run(const struct shrink_pick *picks, size_t count, const struct shrink_seam *seam,
                           uint32_t *values_out, struct shrink_progress *progress_out)
{
    assert(seam->width >= 1 && seam->width <= SHRINK_WIDTH_MAX && count < NO_UNIT);
    struct shrink shrink = {.picks = picks, .count = count, .seam = seam, .progress.before = count};
    shrink.now = new_values(count);
    shrink.unit = new_values(count);
    shrink.order = new_values(count);
    for (unsigned i = 0; i < seam->width; i++) {
        shrink.tried[i] = new_values(count);
        shrink.played[i].used = new_values(count);
    }
    confirm(&shrink);
    if (!shrink.is_over)
        reduce_all(&shrink);
    if (shrink.end == SHRINK_DONE || shrink.end == SHRINK_OUT_OF_COST)
        memcpy(values_out, shrink.now, count * sizeof *values_out);
    *progress_out = shrink.progress;
    for (unsigned i = 0; i < seam->width; i++) {
        free(shrink.tried[i]);
        free(shrink.played[i].used);
    }
    free(shrink.now);
    free(shrink.unit);
    free(shrink.order);
    free(shrink.seen);
    return shrink.end;
}
