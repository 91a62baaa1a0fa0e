/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena: where memory comes from.
 *
 * Every simulated process allocates from an arena of its own at a fixed address, so that addresses repeat from run to
 * run, a kill frees everything at once, and what is left at exit is a ledger, not a guess. The engine has one for its
 * own objects, warm-up has one that lives in the image, and everything outside the world shares the host's.
 *
 *   0x7e80 0000 0000  host arena, 64 GiB
 *   0x7e90 0000 0000  ARENA_SLOTS arenas of 1 GiB: 0 engine, 1 warm-up, 2.. processes
 *   0x7ed0 0000 0000  task stacks (task.h)
 */
#ifndef SIM_WORLD_ARENA_H
#define SIM_WORLD_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_HOST_BASE  UINT64_C(0x7e8000000000)
#define ARENA_BASE       UINT64_C(0x7e9000000000)
#define ARENA_SLOT_BYTES (UINT64_C(1) << 30)
#define ARENA_END        (ARENA_BASE + ARENA_SLOTS * ARENA_SLOT_BYTES)
enum { ARENA_SLOTS = 256, ARENA_ENGINE = 0, ARENA_WARM = 1, ARENA_PROCESS_FIRST = 2 };

struct arena;

/* The host's arena: for everything outside the world. Any thread may use it. */
struct arena *arena_host(void);

/* The arena of a slot, 0..ARENA_SLOTS-1; mapped on first use. Only the running task may use it. */
struct arena *arena_slot(unsigned slot);

/* NULL when the arena is full or bytes is absurd. alignment: a power of two, at least 16. Memory is not zeroed. */
void *arena_alloc(struct arena *arena, size_t bytes, size_t alignment);
void *arena_alloc_zeroed(struct arena *arena, size_t bytes);
/* pointer may be NULL (then like arena_alloc); the block stays in its own arena. NULL: unchanged. */
void *arena_resize(struct arena *arena, void *pointer, size_t bytes);
/* Frees a block of any arena. NULL is fine. Aborts on a pointer that no arena gave out or that was freed. */
void arena_free(void *pointer);
size_t arena_usable_bytes(const void *pointer);

/* Forgets every block. Keeps at most ARENA_KEEP_BYTES resident at either end. */
void arena_reset(struct arena *arena);
/* Where the blocks of an arena lie that was just reset. 0, until the next reset: upwards from its start. Odd: downwards
 * from its end, so that any two fresh blocks compare the other way round. layout / 2 moves the first block by so many
 * steps of ARENA_LAYOUT_STEP_BYTES. Results must not depend on it. layout <= ARENA_LAYOUT_MAX. */
void arena_set_layout(struct arena *arena, unsigned layout);
enum { ARENA_LAYOUT_MAX = 255, ARENA_LAYOUT_STEP_BYTES = 16 * 257 };
enum { ARENA_KEEP_BYTES = 4 << 20 };

/* The ledger. */
struct arena_usage {
    uint64_t live_count, live_bytes; /* now */
    uint64_t peak_bytes;             /* highest live_bytes since reset */
    uint64_t extent_bytes;           /* address space used since reset */
};
struct arena_usage arena_usage(const struct arena *arena);

/* The bytes that are in use from the arena's start: what a snapshot has to hold (image.c). */
void *arena_extent(struct arena *arena, size_t *bytes_out);
/* Book-keeping of an arena, to be saved and put back together with its extent. */
void arena_save(const struct arena *arena, void *state_out);
void arena_load(struct arena *arena, const void *state);
size_t arena_state_bytes(void);
/* memcpy that may touch poisoned bytes (free blocks, redzones). */
void arena_copy_raw(void *to, const void *from, size_t bytes);

/* Fresh memory is filled with this byte (0..255), or left alone (-1, the default). Results must not depend on it. */
void arena_set_fill(int byte);

#endif
