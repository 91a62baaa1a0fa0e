/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/arena.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

enum { SLOT = 200, BLOCKS = 2000 };

static void setup(void)
{
    arena_reset(arena_slot(SLOT));
}

TestSuite(arena, .init = setup);

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1;
    return *state >> 33;
}

Test(arena, blocks_of_every_size_are_disjoint_aligned_and_keep_their_bytes)
{
    struct arena *arena = arena_slot(SLOT);
    unsigned char *blocks[BLOCKS];
    size_t sizes[BLOCKS];
    uint64_t random = 1;
    for (int i = 0; i < BLOCKS; i++) {
        sizes[i] = next_random(&random) % (i % 50 == 0 ? 200000 : 700);
        size_t alignment = (size_t)16 << next_random(&random) % 6;
        blocks[i] = arena_alloc(arena, sizes[i], alignment);
        cr_assert_eq((uintptr_t)blocks[i] % alignment, 0);
        memset(blocks[i], i & 0xff, sizes[i]);
    }
    for (int i = 0; i < BLOCKS; i++) {
        for (size_t at = 0; at < sizes[i]; at++)
            cr_assert_eq(blocks[i][at], i & 0xff, "block %d of %zu bytes was overwritten", i, sizes[i]);
        arena_free(blocks[i]);
    }
    cr_expect_eq(arena_usage(arena).live_count, 0);
    cr_expect_eq(arena_usage(arena).live_bytes, 0);
}

Test(arena, the_same_calls_give_the_same_addresses)
{
    struct arena *arena = arena_slot(SLOT);
    void *first[100];
    for (int round = 0; round < 2; round++) {
        arena_reset(arena);
        for (int i = 0; i < 100; i++) {
            void *block = arena_alloc(arena, (size_t)i * 37, 16);
            if (round == 0)
                first[i] = block;
            cr_assert_eq(block, first[i]);
            if (i % 3 == 0)
                arena_free(block);
        }
    }
}

Test(arena, zeroed_memory_is_zero_even_where_it_was_used_before)
{
    struct arena *arena = arena_slot(SLOT);
    for (int round = 0; round < 3; round++) {
        unsigned char *block = arena_alloc_zeroed(arena, 5000);
        for (int i = 0; i < 5000; i++)
            cr_assert_eq(block[i], 0);
        memset(block, 0xff, 5000);
        if (round == 0)
            arena_free(block);
        else
            arena_reset(arena);
    }
}

Test(arena, resize_keeps_the_contents_up_and_down)
{
    struct arena *arena = arena_slot(SLOT);
    char *block = arena_resize(arena, NULL, 10);
    memcpy(block, "123456789", 10);
    for (size_t bytes = 10; bytes < 300000; bytes += bytes / 3) {
        block = arena_resize(arena, block, bytes);
        cr_assert_str_eq(block, "123456789");
    }
    block = arena_resize(arena, block, 5);
    cr_expect_eq(memcmp(block, "12345", 5), 0);
    arena_free(block);
    cr_expect_eq(arena_usage(arena).live_bytes, 0);
}

Test(arena, absurd_sizes_are_refused)
{
    cr_expect_null(arena_alloc(arena_slot(SLOT), SIZE_MAX, 16));
    cr_expect_null(arena_alloc(arena_slot(SLOT), (size_t)1 << 31, 16));
    cr_expect_null(arena_alloc_zeroed(arena_slot(SLOT), SIZE_MAX - 8));
}

Test(arena, a_full_arena_says_null_and_still_works)
{
    struct arena *arena = arena_slot(SLOT);
    size_t taken = 0;
    while (arena_alloc(arena, 100 << 20, 16))
        cr_assert_lt(++taken, 12);
    cr_expect_geq(taken, 8);
    cr_expect_not_null(arena_alloc(arena, 100, 16));
}

Test(arena, freeing_twice_stops_at_once, .signal = SIGILL)
{
    char *block = arena_alloc(arena_slot(SLOT), 10, 16);
    arena_free(block);
    arena_free(block);
}

Test(arena, a_saved_arena_is_put_back_with_its_blocks)
{
    struct arena *arena = arena_slot(SLOT);
    char *kept = arena_alloc(arena, 100, 16);
    strcpy(kept, "before");
    char state[8192], copy[8192];
    cr_assert_leq(arena_state_bytes(), sizeof state);
    size_t bytes;
    void *start = arena_extent(arena, &bytes);
    cr_assert_leq(bytes, sizeof copy);
    arena_save(arena, state);
    arena_copy_raw(copy, start, bytes);
    void *later = arena_alloc(arena, 200, 16);
    strcpy(kept, "after");

    arena_copy_raw(start, copy, bytes);
    arena_load(arena, state);
    cr_expect_str_eq(kept, "before");
    cr_expect_eq(arena_alloc(arena, 200, 16), later);
}

Test(arena, an_odd_layout_turns_the_order_of_fresh_blocks_around_and_zeroes_what_must_be_zero)
{
    struct arena *arena = arena_slot(SLOT);
    for (unsigned round = 0; round < 6; round++) { /* both ends are dirty from the third on */
        arena_reset(arena);
        arena_set_layout(arena, round);
        char *before = NULL;
        for (int i = 0; i < 200; i++) {
            char *block = arena_alloc_zeroed(arena, 5000);
            for (int at = 0; at < 5000; at++)
                cr_assert_eq(block[at], 0, "layout %u, block %d", round, i);
            memset(block, 0x5a, 5000);
            if (before)
                cr_assert_eq(block < before, round % 2 == 1, "layout %u, block %d", round, i);
            before = block;
        }
        cr_expect_geq(arena_usage(arena).extent_bytes, 200 * 5000);
        cr_expect_lt(arena_usage(arena).extent_bytes, 200 * 7000 + 3 * ARENA_LAYOUT_STEP_BYTES);
    }
}

Test(arena, what_a_downward_arena_used_beyond_what_it_keeps_is_zero_again_after_a_reset)
{
    struct arena *arena = arena_slot(SLOT);
    for (int round = 0; round < 2; round++) {
        arena_reset(arena);
        arena_set_layout(arena, 1);
        for (int i = 0; i < 3; i++) {
            char *block = arena_alloc_zeroed(arena, ARENA_KEEP_BYTES);
            for (int at = 0; at < ARENA_KEEP_BYTES; at += 512)
                cr_assert_eq(block[at], 0, "round %d, block %d", round, i);
            memset(block, 1, ARENA_KEEP_BYTES);
        }
    }
}
