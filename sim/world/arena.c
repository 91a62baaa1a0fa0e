/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segregated free lists over a bump pointer. No coalescing: what a simulated process frees it soon wants again, and a
 * reset costs one memset. Every block carries a 16-byte header with its class and size, so arena_free needs
 * no arena argument and a double free is noticed.
 */
#include "sim/world/arena.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "sim/world/guard.h"

#ifdef MILLRACE_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Behind every block, in every build: a sanitized world has the same addresses, and so the same history. */
enum { REDZONE_BYTES = 16 };

#define HOST_BYTES (UINT64_C(64) << 30)

enum {
    HEADER_BYTES = 16,
    SMALL_STEP = 16,
    SMALL_MAX = 1024,
    PAGE_BYTES = 4096,
    POISON_AHEAD_BYTES = 4096, /* of what no block has reached yet: a whole slot's shadow takes 128 MiB */
    SMALL_CLASSES = SMALL_MAX / SMALL_STEP + 1,
    STEPS_PER_DOUBLING = 4,
    CLASSES = SMALL_CLASSES + STEPS_PER_DOUBLING * 26,
    MAGIC_LIVE = 0x5a11,
    MAGIC_FREE = 0xf4ee,
};

struct header {
    uint64_t bytes; /* asked for */
    uint16_t class;
    uint16_t magic;
    uint32_t padding; /* from the block's start to its header: alignment */
};

struct free_block {
    struct header header;
    struct free_block *next;
};

struct arena {
    char *base, *next, *end;
    char *touched;     /* nothing from here .. */
    char *touched_top; /* .. to here was ever written: still zero */
    char *top;         /* where the next block ends, when they are given out downwards */
    bool is_downwards;
    uint64_t live_count, live_bytes, peak_bytes;
    struct free_block *free[CLASSES];
};

static struct arena host_arena, slots[ARENA_SLOTS];

static atomic_flag host_lock = ATOMIC_FLAG_INIT;
static int fill_byte = -1;

_Static_assert(sizeof(struct header) == HEADER_BYTES, "the header keeps blocks 16-byte aligned");

/* The sanitizer's own heap checks vanish when the executable defines malloc: bytes that are nobody's are poisoned by hand.
 * Not the host's: its first allocations come before the sanitizer is there. */
static void poison(const struct arena *arena, void *start, size_t bytes)
{
#ifdef MILLRACE_ASAN
    if (arena != &host_arena)
        __asan_poison_memory_region(start, bytes);
#else
    (void)arena;
    (void)start;
    (void)bytes;
#endif
}

static void unpoison(const struct arena *arena, void *start, size_t bytes)
{
#ifdef MILLRACE_ASAN
    if (arena != &host_arena)
        __asan_unpoison_memory_region(start, bytes);
#else
    (void)arena;
    (void)start;
    (void)bytes;
#endif
}

static _Noreturn void fail(const char *what)
{
    guard_system_call(SYS_write, 2, (long)what, (long)strlen(what), 0, 0);
    __builtin_trap();
}

static void map(struct arena *arena, uint64_t base, uint64_t bytes)
{
    /* Not mmap(): that name is the world's, and this may be the first malloc of the process. */
    long got = guard_system_call(SYS_mmap, (long)base, (long)bytes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1);
    if (got != (long)base)
        fail("arena: the fixed address range is taken\n");
    arena->base = arena->next = arena->touched = (char *)(uintptr_t)base;
    arena->end = arena->top = arena->touched_top = arena->base + bytes;
}

static unsigned class_of(size_t bytes)
{
    if (bytes <= SMALL_MAX)
        return (unsigned)((bytes + SMALL_STEP - 1) / SMALL_STEP);
    unsigned log = 63u - (unsigned)__builtin_clzll(bytes - 1); /* 2^log < bytes <= 2^(log+1) */
    unsigned step = (unsigned)((bytes - 1 - ((size_t)1 << log)) >> (log - 2));
    return SMALL_CLASSES + (log - 10) * STEPS_PER_DOUBLING + step;
}

static size_t class_bytes(unsigned class)
{
    if (class < SMALL_CLASSES)
        return (size_t) class * SMALL_STEP;
    unsigned log = (class - SMALL_CLASSES) / STEPS_PER_DOUBLING + 10;
    unsigned step = (class - SMALL_CLASSES) % STEPS_PER_DOUBLING;
    return ((size_t)1 << log) + ((size_t)(step + 1) << (log - 2));
}

static struct header *header_of(const void *pointer)
{
    return (struct header *)(void *)((char *)(uintptr_t)pointer - HEADER_BYTES);
}

static void lock_if_host(const struct arena *arena)
{
    if (arena == &host_arena)
        while (atomic_flag_test_and_set_explicit(&host_lock, memory_order_acquire))
            __builtin_ia32_pause();
}

static void unlock_if_host(const struct arena *arena)
{
    if (arena == &host_arena)
        atomic_flag_clear_explicit(&host_lock, memory_order_release);
}

/* A child of fork has one thread: the lock must not have been another's. */
static void lock_for_fork(void)
{
    lock_if_host(&host_arena);
}

static void unlock_after_fork(void)
{
    unlock_if_host(&host_arena);
}

__attribute__((constructor)) static void guard_fork(void)
{
    pthread_atfork(lock_for_fork, unlock_after_fork, unlock_after_fork);
}

struct arena *arena_host(void)
{
    if (__builtin_expect(!host_arena.base, 0)) /* the first malloc of the process: still one thread */
        map(&host_arena, ARENA_HOST_BASE, HOST_BYTES);
    return &host_arena;
}

struct arena *arena_slot(unsigned slot)
{
    assert(slot < ARENA_SLOTS);
    if (__builtin_expect(!slots[slot].base, 0))
        map(&slots[slot], ARENA_BASE + slot * ARENA_SLOT_BYTES, ARENA_SLOT_BYTES);
    return &slots[slot];
}

/* The block's start, header not yet written; *fresh_out: its bytes were never used. */
static char *take(struct arena *arena, unsigned class, bool *fresh_out)
{
    struct free_block *block = arena->free[class];
    if (block) {
        unpoison(arena, block, sizeof *block);
        arena->free[class] = block->next;
        *fresh_out = false;
        return (char *)block;
    }
    size_t total = HEADER_BYTES + class_bytes(class);
    if ((size_t)(arena->top - arena->next) < total)
        return NULL;
    char *start = arena->is_downwards ? arena->top - total : arena->next;
    *fresh_out = start >= arena->touched && start + total <= arena->touched_top;
    if (arena->is_downwards) {
        arena->top = start;
        if (start < arena->touched_top)
            arena->touched_top = start;
    } else {
        arena->next = start + total;
        if (arena->next > arena->touched)
            arena->touched = arena->next;
    }
    char *first =
        arena->is_downwards && start - arena->base > POISON_AHEAD_BYTES ? start - POISON_AHEAD_BYTES : start;
    char *last = start + total;
    if (!arena->is_downwards && arena->end - last > POISON_AHEAD_BYTES)
        last += POISON_AHEAD_BYTES;
    poison(arena, first, (size_t)(last - first));
    return start;
}

static void *allocate(struct arena *arena, size_t bytes, size_t alignment, bool zeroed)
{
    assert(alignment >= 16 && (alignment & (alignment - 1)) == 0);
    size_t slack = alignment > 16 ? alignment : 0;
    if (bytes > ARENA_SLOT_BYTES / 2 || slack > ARENA_SLOT_BYTES / 4)
        return NULL;
    size_t wanted = bytes + slack + REDZONE_BYTES;
    unsigned class = class_of(wanted ? wanted : 1);
    assert(class < CLASSES);

    lock_if_host(arena);
    bool fresh;
    char *start = take(arena, class, &fresh);
    if (!start) {
        unlock_if_host(arena);
        return NULL;
    }
    arena->live_count++;
    arena->live_bytes += bytes;
    if (arena->live_bytes > arena->peak_bytes)
        arena->peak_bytes = arena->live_bytes;
    unlock_if_host(arena);

    char *user = start + HEADER_BYTES;
    if (slack)
        user = (char *)(((uintptr_t)user + alignment - 1) & ~(uintptr_t)(alignment - 1));
    unpoison(arena, user - HEADER_BYTES, HEADER_BYTES + bytes);
    if (user != start + HEADER_BYTES) /* what freeing finds at the block's start */
        unpoison(arena, start, HEADER_BYTES);
    struct header *header = header_of(user);
    *header = (struct header){.bytes = bytes,
                              .class = (uint16_t) class,
                              .magic = MAGIC_LIVE,
                              .padding = (uint32_t)(user - HEADER_BYTES - start)};
    if (zeroed && !fresh)
        memset(user, 0, bytes);
    else if (!zeroed && fill_byte >= 0)
        memset(user, fill_byte, bytes);
    return user;
}

void *arena_alloc(struct arena *arena, size_t bytes, size_t alignment)
{
    return allocate(arena, bytes, alignment, false);
}

void *arena_alloc_zeroed(struct arena *arena, size_t bytes)
{
    return allocate(arena, bytes, 16, true);
}

static struct arena *arena_of(const void *pointer)
{
    uint64_t address = (uintptr_t)pointer;
    if (address >= ARENA_BASE && address < ARENA_END)
        return &slots[(address - ARENA_BASE) / ARENA_SLOT_BYTES];
    if (address >= ARENA_HOST_BASE && address < ARENA_HOST_BASE + HOST_BYTES)
        return &host_arena;
    return NULL;
}

void arena_free(void *pointer)
{
    if (!pointer)
        return;
    struct arena *arena = arena_of(pointer);
    if (!arena)
        fail("free: a pointer that malloc did not give out\n");
    struct header header = *header_of(pointer);
    if (header.magic != MAGIC_LIVE)
        fail(header.magic == MAGIC_FREE ? "free: a block that was freed before\n"
                                        : "free: a damaged block\n");
    header_of(pointer)->magic = MAGIC_FREE;
    struct free_block *block = (struct free_block *)(void *)((char *)header_of(pointer) - header.padding);
    poison(arena, (char *)block + HEADER_BYTES, class_bytes(header.class));
    unpoison(arena, block, sizeof *block);
    block->header.magic = MAGIC_FREE;
    lock_if_host(arena);
    block->next = arena->free[header.class];
    arena->free[header.class] = block;
    arena->live_count--;
    arena->live_bytes -= header.bytes;
    unlock_if_host(arena);
    poison(arena, (char *)block + HEADER_BYTES, sizeof *block - HEADER_BYTES);
}

size_t arena_usable_bytes(const void *pointer)
{
    return pointer ? header_of(pointer)->bytes : 0;
}

void *arena_resize(struct arena *arena, void *pointer, size_t bytes)
{
    if (!pointer)
        return arena_alloc(arena, bytes, 16);
    struct header *header = header_of(pointer);
    struct arena *owner = arena_of(pointer);
    if (!owner || header->magic != MAGIC_LIVE)
        fail("realloc: a pointer that malloc did not give out, or that was freed\n");
    size_t old = header->bytes;
    size_t wanted = bytes + REDZONE_BYTES;
    if (!header->padding && bytes && bytes <= ARENA_SLOT_BYTES / 2 && class_of(wanted) == header->class) {
        unpoison(owner, pointer, bytes);
        poison(owner, (char *)pointer + bytes, class_bytes(header->class) - bytes);
        lock_if_host(owner);
        header->bytes = bytes;
        owner->live_bytes += bytes - old;
        if (owner->live_bytes > owner->peak_bytes)
            owner->peak_bytes = owner->live_bytes;
        unlock_if_host(owner);
        return pointer;
    }
    void *moved = arena_alloc(owner, bytes, 16);
    if (!moved)
        return NULL;
    memcpy(moved, pointer, old < bytes ? old : bytes);
    arena_free(pointer);
    return moved;
}

void arena_reset(struct arena *arena)
{
    assert(arena != &host_arena);
    if (!arena->base)
        return;
    memset(arena->free, 0, sizeof arena->free);
    arena->live_count = arena->live_bytes = arena->peak_bytes = 0;
    arena->next = arena->base;
    arena->top = arena->end;
    arena->is_downwards = false;
    poison(arena, arena->base, (size_t)(arena->touched - arena->base));
    poison(arena, arena->touched_top, (size_t)(arena->end - arena->touched_top));
    if (arena->touched > arena->base + ARENA_KEEP_BYTES) {
        char *keep_end = arena->base + ARENA_KEEP_BYTES;
        guard_system_call(SYS_madvise, (long)keep_end, arena->touched - keep_end, MADV_DONTNEED, 0, 0);
        arena->touched = keep_end;
    }
    if (arena->touched_top < arena->end - ARENA_KEEP_BYTES) {
        char *first = (char *)((uintptr_t)arena->touched_top & ~(uintptr_t)(PAGE_BYTES - 1));
        char *keep = arena->end - ARENA_KEEP_BYTES;
        guard_system_call(SYS_madvise, (long)first, keep - first, MADV_DONTNEED, 0, 0);
        arena->touched_top = keep;
    }
}

void arena_set_layout(struct arena *arena, unsigned layout)
{
    assert(layout <= ARENA_LAYOUT_MAX && arena->next == arena->base && arena->top == arena->end);
    arena->is_downwards = layout % 2 != 0;
    size_t shift = (size_t)(layout / 2) * ARENA_LAYOUT_STEP_BYTES;
    if (arena->is_downwards)
        arena->top -= shift;
    else
        arena->next += shift;
}

struct arena_usage arena_usage(const struct arena *arena)
{
    return (struct arena_usage){.live_count = arena->live_count,
                                .live_bytes = arena->live_bytes,
                                .peak_bytes = arena->peak_bytes,
                                .extent_bytes =
                                    (uint64_t)(arena->next - arena->base + arena->end - arena->top)};
}

void *arena_extent(struct arena *arena, size_t *bytes_out)
{
    *bytes_out = (size_t)(arena->next - arena->base);
    return arena->base;
}

void arena_save(const struct arena *arena, void *state_out)
{
    memcpy(state_out, arena, sizeof *arena);
}

void arena_load(struct arena *arena, const void *state)
{
    char *touched = arena->touched, *touched_top = arena->touched_top;
    memcpy(arena, state, sizeof *arena);
    arena->touched_top = touched_top;
    arena->touched = touched; /* bytes beyond the saved extent may be dirty by now */
    /* What was freed since is live again. Free blocks of the saved state are no longer noticed when they are used. */
    unpoison(arena, arena->base, (size_t)(arena->next - arena->base));
}

size_t arena_state_bytes(void)
{
    return sizeof(struct arena);
}

void arena_copy_raw(void *to, const void *from, size_t bytes)
{
    uint64_t *out = to;
    const uint64_t *in = from;
    for (size_t i = 0; i < bytes / 8; i++) /* blocks are multiples of 16 bytes */
        if (out[i] != in[i])
            out[i] = in[i];
}

void arena_set_fill(int byte)
{
    fill_byte = byte;
}
