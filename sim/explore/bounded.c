/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bounded.h. A level is all runs of as many steps. Its runs are numbered: by parent (the run with one step less), then
 * by successor. A worker gets a unit: some successors of one parent. It plays the parent again for its offers, unless it
 * has them still, and its parent's, and so on.
 */
#include "sim/explore/bounded.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/explore/worker.h"

enum { UNIT_RUNS = 16 };

/* A run of a level that is not the last. */
struct node {
    uint32_t parent;     /* index in the level before */
    uint32_t successor;  /* among the parent's */
    uint32_t successors; /* its own, within the budget */
    uint64_t unit;       /* the first one of its successors */
};

/* Some runs in a row, of one parent. */
struct unit {
    uint32_t parent, first, count;
};

struct level {
    struct node *nodes;
    size_t count, capacity;
};

/* What a worker knows of a run on the way to the one it plays. */
struct place {
    bool is_known;
    uint32_t node;
    struct bounded_offer *offers;
    size_t offer_count, capacity;
};

struct result {
    uint32_t successors[UNIT_RUNS];
    uint32_t played; /* runs; the last of them may have failed */
    enum bounded_verdict verdict;
    uint64_t sums[BOUNDED_SUMS], replays;
    size_t told_bytes; /* behind this struct */
};

struct walk {
    const struct bounded_job *job;
    const struct bounded_options *options;
    struct bounded_report *report;
    struct level levels[BOUNDED_STEPS_MAX + 1];
    uint32_t depth; /* of the level that is played */
    uint64_t unit_count, units_told, run_count;
    int64_t begin_ns;
    struct place places[BOUNDED_STEPS_MAX + 1]; /* in a worker */
};

uint32_t bounded_ranks(uint32_t options)
{
    return (options < BOUNDED_OPTIONS_MAX ? options : BOUNDED_OPTIONS_MAX) - 1;
}

uint32_t bounded_option(uint32_t options, uint32_t rank)
{
    if (options <= BOUNDED_OPTIONS_MAX)
        return rank + 1;
    return 1 + (uint32_t)((uint64_t)rank * (options - 2) / (BOUNDED_OPTIONS_MAX - 2));
}

/* --- successors ---------------------------------------------------------------------------------------------------- */

static void count_steps(const struct bounded_step *steps, size_t count, uint32_t used_out[BOUNDED_CLASSES])
{
    memset(used_out, 0, BOUNDED_CLASSES * sizeof *used_out);
    for (size_t i = 0; i < count; i++)
        used_out[steps[i].offer.class]++;
}

/* How many successors a run with these steps and offers has; and which is the wanted one, if step_out is not NULL. */
static uint32_t find_successor(const struct walk *walk, const struct bounded_step *steps, size_t step_count,
                               const struct place *place, uint32_t wanted, struct bounded_step *step_out)
{
    uint32_t used[BOUNDED_CLASSES];
    uint64_t count = 0;
    count_steps(steps, step_count, used);
    for (size_t i = 0; i < place->offer_count; i++) {
        const struct bounded_offer *offer = &place->offers[i];
        if (used[offer->class] >= walk->options->budget[offer->class])
            continue;
        uint32_t ranks = bounded_ranks(offer->choice.options);
        if (step_out && wanted >= count && wanted < count + ranks)
            *step_out = (struct bounded_step){
                *offer, bounded_option(offer->choice.options, wanted - (uint32_t)count)};
        count += ranks;
    }
    assert(count <= UINT32_MAX);
    return (uint32_t)count;
}

static struct unit unit_of(const struct walk *walk, uint64_t number)
{
    if (walk->depth == 0)
        return (struct unit){.count = 1};
    const struct level *parents = &walk->levels[walk->depth - 1];
    size_t low = 0, high = parents->count; /* the last parent whose first unit is not beyond it */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (parents->nodes[middle].unit <= number)
            low = middle;
        else
            high = middle;
    }
    const struct node *parent = &parents->nodes[low];
    uint32_t first = (uint32_t)(number - parent->unit) * UNIT_RUNS, left = parent->successors - first;
    return (struct unit){(uint32_t)low, first, left < UNIT_RUNS ? left : UNIT_RUNS};
}

/* --- in a worker --------------------------------------------------------------------------------------------------- */

static enum bounded_verdict play(struct walk *walk, const struct bounded_step *steps, size_t count,
                                 struct place *place, uint64_t sums[BOUNDED_SUMS])
{
    const struct bounded_offer *offers;
    size_t offer_count;
    enum bounded_verdict verdict =
        walk->job->play(walk->job->opaque, steps, count, &offers, &offer_count, sums);
    if (offer_count > place->capacity) {
        place->capacity = 2 * offer_count;
        place->offers = realloc(place->offers, place->capacity * sizeof *place->offers);
        assert(place->offers && "out of memory");
    }
    if (offer_count)
        memcpy(place->offers, offers, offer_count * sizeof *offers);
    place->offer_count = offer_count;
    return verdict;
}

/* The steps of a node at this depth, and its offers in places[depth]. False: it is not what it was. */
static bool resolve(struct walk *walk, uint32_t depth, uint32_t node, struct bounded_step *steps,
                    struct result *result)
{
    struct place *place = &walk->places[depth];
    const struct node *known = &walk->levels[depth].nodes[node];
    uint64_t unwanted[BOUNDED_SUMS] = {0};
    if (depth > 0) {
        if (!resolve(walk, depth - 1, known->parent, steps, result))
            return false;
        find_successor(walk, steps, depth - 1, &walk->places[depth - 1], known->successor, &steps[depth - 1]);
    }
    if (place->is_known && place->node == node)
        return true;
    result->replays++;
    place->is_known = true;
    place->node = node;
    return play(walk, steps, depth, place, unwanted) == BOUNDED_PASSED &&
           find_successor(walk, steps, depth, place, 0, NULL) == known->successors;
}

static size_t play_unit(void *opaque, uint64_t seed, void *out)
{
    struct walk *walk = opaque;
    const struct unit unit = unit_of(walk, seed);
    struct bounded_step steps[BOUNDED_STEPS_MAX] = {0};
    struct result result = {0};
    struct place *place = &walk->places[walk->depth];
    place->is_known = false;
    if (walk->depth > 0 && !resolve(walk, walk->depth - 1, unit.parent, steps, &result))
        result.verdict = BOUNDED_DIVERGED;
    for (uint32_t i = 0; i < unit.count && result.verdict == BOUNDED_PASSED; i++) {
        if (walk->depth > 0)
            find_successor(walk, steps, walk->depth - 1, &walk->places[walk->depth - 1], unit.first + i,
                           &steps[walk->depth - 1]);
        result.verdict = play(walk, steps, walk->depth, place, result.sums);
        result.successors[i] = find_successor(walk, steps, walk->depth, place, 0, NULL);
        result.played++;
    }
    if (result.verdict != BOUNDED_PASSED)
        result.told_bytes =
            walk->job->tell(walk->job->opaque, steps, walk->depth, seed, (char *)out + sizeof result);
    assert(result.told_bytes <= BOUNDED_TOLD_BYTES_MAX);
    memcpy(out, &result, sizeof result);
    return sizeof result + result.told_bytes;
}

static void open_worker(void *opaque)
{
    const struct walk *walk = opaque;
    if (walk->job->open)
        walk->job->open(walk->job->opaque);
}

/* --- in the parent ------------------------------------------------------------------------------------------------- */

static void add_node(struct level *level, const struct node *node)
{
    if (level->count == level->capacity) {
        level->capacity = level->capacity ? 2 * level->capacity : 1024;
        level->nodes = realloc(level->nodes, level->capacity * sizeof *level->nodes);
        assert(level->nodes && "out of memory");
    }
    level->nodes[level->count++] = *node;
}

/* All runs of the walk's depth. */
static void plan_level(struct walk *walk)
{
    walk->units_told = 0;
    walk->unit_count = walk->run_count = walk->depth == 0;
    if (walk->depth == 0)
        return;
    struct level *parents = &walk->levels[walk->depth - 1];
    for (size_t i = 0; i < parents->count; i++) {
        parents->nodes[i].unit = walk->unit_count;
        walk->unit_count += (parents->nodes[i].successors + UNIT_RUNS - 1) / UNIT_RUNS;
        walk->run_count += parents->nodes[i].successors;
    }
}

static bool fail(struct walk *walk, const struct bounded_failure *failure)
{
    walk->report->has_failed = true;
    walk->options->on_failure(walk->options->opaque, failure);
    return false;
}

static bool on_result(void *opaque, const struct explore_result *told)
{
    struct walk *walk = opaque;
    const struct unit unit = unit_of(walk, told->seed);
    struct result result;
    walk->units_told++;
    if (told->end != EXPLORE_PLAYED)
        return fail(walk, &(struct bounded_failure){.end = told->end,
                                                    .verdict = BOUNDED_FAILED,
                                                    .unit = told->seed,
                                                    .wait_status = told->wait_status,
                                                    .last_words = told->last_words});
    assert(told->byte_count >= sizeof result);
    memcpy(&result, told->bytes, sizeof result);
    for (uint32_t i = 0; i < result.played; i++) {
        walk->report->runs++;
        walk->report->runs_by_steps[walk->depth]++;
        if (result.successors[i])
            add_node(&walk->levels[walk->depth], &(struct node){.parent = unit.parent,
                                                                .successor = unit.first + i,
                                                                .successors = result.successors[i]});
    }
    for (size_t i = 0; i < BOUNDED_SUMS; i++)
        walk->report->sums[i] += result.sums[i];
    walk->report->replays += result.replays;
    if (result.verdict == BOUNDED_PASSED)
        return true;
    return fail(walk, &(struct bounded_failure){.end = EXPLORE_PLAYED,
                                                .verdict = result.verdict,
                                                .unit = told->seed,
                                                .told = (const char *)told->bytes + sizeof result,
                                                .told_bytes = result.told_bytes});
}

static bool on_tick(void *opaque, uint64_t played)
{
    (void)played;
    struct walk *walk = opaque;
    const struct bounded_options *options = walk->options;
    return !options->on_tick || options->on_tick(options->opaque, walk->depth,
                                                 walk->report->runs_by_steps[walk->depth], walk->run_count);
}

/* False: error_out, or nothing more is to be played. */
static bool play_level(struct walk *walk, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    const struct bounded_options *options = walk->options;
    int64_t left_ns = 0;
    if (options->stop_after_ns) {
        left_ns = options->stop_after_ns - (worker_clock_ns() - walk->begin_ns);
        if (left_ns <= 0)
            return true;
    }
    return explore_run(
        &(struct explore_job){open_worker, play_unit, walk},
        &(struct explore_options){
            .seed_last = walk->unit_count - 1,
            .workers = walk->unit_count < options->workers ? (unsigned)walk->unit_count : options->workers,
            .stop_after_ns = left_ns,
            .on_result = on_result,
            .on_tick = on_tick,
            .opaque = walk,
        },
        error_out);
}

bool bounded_run(const struct bounded_job *job, const struct bounded_options *options,
                 struct bounded_report *report, char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    struct walk *walk = calloc(1, sizeof *walk);
    assert(walk);
    uint32_t depth_max = 0;
    for (size_t i = 0; i < BOUNDED_CLASSES; i++)
        depth_max += options->budget[i];
    assert(depth_max <= BOUNDED_STEPS_MAX);
    *report = (struct bounded_report){0};
    *walk = (struct walk){.job = job, .options = options, .report = report, .begin_ns = worker_clock_ns()};
    bool is_good = true, is_whole = true;
    while (is_good && is_whole && report->whole_steps <= depth_max) {
        walk->depth = report->whole_steps;
        plan_level(walk);
        if (walk->unit_count)
            is_good = play_level(walk, error_out);
        is_whole = is_good && !report->has_failed && walk->units_told == walk->unit_count;
        report->whole_steps += is_whole;
    }
    report->is_exhausted = is_whole && is_good;
    for (size_t i = 0; i <= BOUNDED_STEPS_MAX; i++)
        free(walk->levels[i].nodes);
    free(walk);
    return is_good;
}
