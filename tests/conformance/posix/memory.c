/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: the malloc family. Sizes and pointers are hidden from the compiler, which may otherwise answer
 * for the library, and refuse sizes that no call could satisfy.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"

static volatile size_t zero = 0;
static volatile size_t impossible = SIZE_MAX / 2 + 10;

/* Makes a compiler forget where a pointer comes from, so that it cannot leave the call out. */
static void *hide(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer)::"memory");
    return pointer;
}

static bool is_aligned(const void *pointer, size_t alignment)
{
    return (uintptr_t)pointer % alignment == 0;
}

static bool is_filled(const unsigned char *bytes, size_t count, unsigned char value)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

static void nothing_has_an_address_too(void)
{
    void *one = hide(malloc(zero)), *other = hide(malloc(zero));
    say_whether("malloc(0) gives something", one != NULL);
    say_whether("each its own", one != other);
    free(one);
    free(other);
    one = hide(calloc(zero, 8));
    say_whether("calloc of 0", one != NULL);
    free(one);
    errno = EPERM;
    free(NULL);
    say_error("errno after free(NULL)", errno);
}

static void calloc_clears(void)
{
    int dirty = 0;
    for (int i = 0; i < 50; i++) {
        void *bytes = hide(malloc(1000));
        memset(bytes, 0xaa, 1000);
        free(bytes);
        bytes = hide(calloc(10, 100));
        dirty += !is_filled(bytes, 1000, 0);
        free(bytes);
    }
    unsigned char *large = hide(calloc(1 << 20, 3));
    dirty += !is_filled(large, 3 << 20, 0);
    free(large);
    say("dirty %d", dirty);
}

static void what_is_too_much_is_refused(void)
{
    void *bytes = hide(malloc(impossible));
    say_whether("malloc", bytes != NULL);
    say_error("errno", errno);
    free(bytes);
    errno = 0;
    bytes = hide(calloc(impossible, 4));
    say_whether("calloc that overflows", bytes != NULL);
    say_error("errno", errno);
    free(bytes);
    errno = 0;
    bytes = hide(reallocarray(NULL, impossible, 4));
    say_whether("reallocarray that overflows", bytes != NULL);
    say_error("errno", errno);
    free(bytes);
}

static void realloc_keeps_the_content(void)
{
    unsigned char *bytes = hide(realloc(NULL, 10));
    memset(bytes, 'r', 10);
    static const size_t sizes[] = {20, 1000, 100000, 3000000, 500, 10};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        bytes = hide(realloc(bytes, sizes[i]));
        say_whether("kept", is_filled(bytes, 10, 'r'));
    }
    unsigned char *volatile kept =
        bytes; /* volatile: compilers warn of what a failing realloc leaves alone */
    unsigned char *refused = hide(realloc(bytes, impossible));
    say_whether("too much is refused", refused == NULL);
    say_whether("the old one is still there", is_filled(kept, 10, 'r'));
    free(kept);
}

static void realloc_to_nothing_frees(void)
{
    void *bytes = hide(malloc(10));
    say_whether("gives something", hide(realloc(bytes, zero)) != NULL);
    bytes = hide(realloc(NULL, zero));
    say_whether("realloc(NULL, 0) gives something", bytes != NULL);
    free(bytes);
}

static void all_memory_is_aligned(void)
{
    int odd = 0;
    for (size_t bytes = 1; bytes < 5000; bytes += 37) {
        void *pointer = hide(malloc(bytes));
        odd += !is_aligned(pointer, _Alignof(max_align_t));
        free(pointer);
    }
    say("odd %d", odd);
}

static void alignment_can_be_asked_for(void)
{
    static const size_t alignments[] = {8, 16, 64, 4096, 65536};
    for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
        void *pointer = NULL;
        say_error("posix_memalign", posix_memalign(&pointer, alignments[i], 100));
        say_whether("aligned", is_aligned(pointer, alignments[i]));
        memset(pointer, 1, 100);
        free(pointer);
        pointer = hide(aligned_alloc(alignments[i], alignments[i]));
        say_whether("aligned_alloc", pointer && is_aligned(pointer, alignments[i]));
        free(pointer);
    }
    void *untouched = &untouched;
    volatile size_t three = 3, four = 4;
    say_error("alignment 3", posix_memalign(&untouched, three, 100));
    say_error("alignment 4", posix_memalign(&untouched, four, 100));
    say_error("alignment 0", posix_memalign(&untouched, zero, 100));
    say_error("too much", posix_memalign(&untouched, 16, impossible));
    say_whether("the pointer was left alone", untouched == (void *)&untouched);
}

static void what_can_be_used_is_at_least_what_was_asked(void)
{
    int short_ones = 0;
    for (size_t bytes = 1; bytes < 5000; bytes += 41) {
        void *pointer = hide(malloc(bytes));
        size_t usable = malloc_usable_size(pointer);
        short_ones += usable < bytes;
        free(pointer);
    }
    say("too short %d", short_ones);
    say("of nothing %zu", malloc_usable_size(NULL));
}

static void blocks_do_not_overlap(void)
{
    enum { BLOCKS = 300 };
    unsigned char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        size_t bytes = (size_t)(i * 7 % 500 + 1);
        blocks[i] = hide(malloc(bytes));
        memset(blocks[i], i % 256, bytes);
    }
    int spoilt = 0;
    for (int i = 0; i < BLOCKS; i++)
        spoilt += !is_filled(blocks[i], (size_t)(i * 7 % 500 + 1), (unsigned char)(i % 256));
    for (int i = 0; i < BLOCKS; i += 2)
        free(blocks[i]);
    for (int i = 1; i < BLOCKS; i += 2) {
        spoilt += !is_filled(blocks[i], (size_t)(i * 7 % 500 + 1), (unsigned char)(i % 256));
        free(blocks[i]);
    }
    say("spoilt %d", spoilt);
}

static void *allocate(void *argument)
{
    long spoilt = 0;
    for (int i = 0; i < 200; i++) {
        size_t bytes = (size_t)(i * 13 % 2000 + 1);
        unsigned char *block = hide(malloc(bytes));
        memset(block, i % 256, bytes);
        spoilt += !is_filled(block, bytes, (unsigned char)(i % 256));
        free(block);
    }
    return argument ? argument : (void *)spoilt;
}

static void *allocate_for_another(void *argument)
{
    (void)argument;
    char *text = hide(malloc(32));
    strcpy(text, "freed elsewhere");
    return text;
}

static void threads_may_free_what_others_took(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = crew_start(allocate, NULL);
    long spoilt = 0;
    for (int i = 0; i < 4; i++)
        spoilt += (long)crew_join(threads[i]);
    say("spoilt %ld", spoilt);
    char *text = crew_join(crew_start(allocate_for_another, NULL));
    say("%s", text);
    free(text);
}

const struct likeness_case likeness_memory[] = {
    LIKENESS_CASE(memory, nothing_has_an_address_too),
    LIKENESS_CASE(memory, calloc_clears),
    LIKENESS_CASE(memory, what_is_too_much_is_refused),
    LIKENESS_CASE(memory, realloc_keeps_the_content),
    LIKENESS_CASE(memory, realloc_to_nothing_frees),
    LIKENESS_CASE(memory, all_memory_is_aligned),
    LIKENESS_CASE(memory, alignment_can_be_asked_for),
    LIKENESS_CASE(memory, what_can_be_used_is_at_least_what_was_asked),
    LIKENESS_CASE(memory, blocks_do_not_overlap),
    LIKENESS_CASE(memory, threads_may_free_what_others_took),
    LIKENESS_END,
};
