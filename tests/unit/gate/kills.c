/* SPDX-License-Identifier: Apache-2.0 */
/* Members are killed wherever a call can be struck, and start again: every message is taken in the end, at least once. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include "tests/unit/gate/group.h"

enum {
    KILLS = 1000,
    KILLS_PER_WORLD = 8,
    WORLDS_MAX = 2000,
    CALLS_STRUCK_MIN = 25, /* different calls; a member makes about thirty that can be struck */
    LOCKED_MIN = 100,
    WORLDS_PER_CALL = 40,
    STRUCK_PER_CALL_MIN = 20,
};

/* A world with kills is none the worse for them. */
static void play_and_expect(const struct group_options *options, struct group_result *result)
{
    group_play(options, result);
    cr_assert_eq(result->report.finding_count, 0, "seed %" PRIu64 ": %s", options->seed,
                 result->finding.text);
    cr_assert(result->converged, "seed %" PRIu64 ": %u of %d messages", options->seed, result->told,
              GROUP_MESSAGES);
    cr_assert_eq(result->told, GROUP_MESSAGES);
    cr_assert_eq(result->report.engine_live_bytes, 0, "seed %" PRIu64 ": %" PRIu64 " bytes", options->seed,
                 result->report.engine_live_bytes);
    cr_assert_eq(result->left_blocks, 0, "seed %" PRIu64 ": %" PRIu64 " blocks", options->seed,
                 result->left_blocks);
}

Test(gate_kills, a_thousand_kills_at_any_call_lose_no_message)
{
    static struct group_result result;
    uint32_t kills = 0, locked = 0, struck[CALL_END] = {0};
    struct group_options options = {.kills = KILLS_PER_WORLD};
    for (options.seed = 1; kills < KILLS && options.seed <= WORLDS_MAX; options.seed++) {
        play_and_expect(&options, &result);
        kills += result.kills;
        locked += result.kills_with_locks;
        for (uint32_t call = 0; call < CALL_END; call++)
            struck[call] += result.kills_in[call];
    }
    uint32_t calls_struck = 0;
    for (uint32_t call = 0; call < CALL_END; call++)
        calls_struck += struck[call] > 0;
    cr_expect_geq(kills, KILLS, "%u kills in %" PRIu64 " worlds", kills, options.seed - 1);
    cr_expect_geq(calls_struck, CALLS_STRUCK_MIN, "%u different calls", calls_struck);
    cr_expect_geq(locked, LOCKED_MIN, "%u kills while a thread of librdkafka's held a lock", locked);
    cr_expect_eq(struck[0], 0, "a kill that struck in no call");
}

static void expect_kills_inside(uint32_t call)
{
    static struct group_result result;
    uint32_t kills = 0;
    struct group_options options = {.kills = KILLS_PER_WORLD, .kill_call = call};
    for (options.seed = 1; options.seed <= WORLDS_PER_CALL; options.seed++) {
        play_and_expect(&options, &result);
        cr_assert_eq(result.kills, result.kills_in[call], "seed %" PRIu64, options.seed);
        kills += result.kills;
    }
    cr_expect_geq(kills, STRUCK_PER_CALL_MIN, "%u kills inside %s", kills, history_name(call));
}

Test(gate_kills, kills_inside_send_lose_no_message)
{
    expect_kills_inside(CALL_SEND);
}

Test(gate_kills, kills_inside_write_lose_no_message)
{
    expect_kills_inside(CALL_WRITE);
}

Test(gate_kills, kills_inside_fsync_lose_no_message)
{
    expect_kills_inside(CALL_FSYNC);
}

Test(gate_kills, kills_inside_link_lose_no_message)
{
    expect_kills_inside(CALL_LINK);
}
