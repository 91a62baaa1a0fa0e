/* SPDX-License-Identifier: Apache-2.0 */
/* See history.h. Multiply and fold, as wyhash does; the chain itself waits for one multiplication an event. */
#include "sim/world/history.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include "sim/world/engine.h"
#include "sim/world/schedule.h"
#include "sim/world/task.h"

static struct {
    uint64_t hash, events;
    const char *const *names;
    uint32_t name_count;
    void (*on_entry)(void *, const struct history_entry *);
    void *opaque;
} history;

static const char *const engine_names[HISTORY_CALLS] = {
    "none", "switch", "start", "kill", "exit", "pause", "resume", "signal", "deliver", "reset", "note",
};

static inline uint64_t fold(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

/* wyhash's: both halves of the product. */
static inline uint64_t mix(uint64_t one, uint64_t other)
{
    __uint128_t product = (__uint128_t)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

void history_begin(void)
{
    history.hash = UINT64_C(0x6d696c6c72616365);
    history.events = 0;
}

/* Apart, and told only the arguments, so that the usual call has no frame. */
static __attribute__((noinline, cold)) void tell(uint32_t call, uint64_t a, uint64_t b, uint64_t result)
{
    struct history_entry entry = {.index = history.events,
                                  .time_ns = schedule_now(),
                                  .task = task_self ? task_self->number : 0,
                                  .call = call,
                                  .a = a,
                                  .b = b,
                                  .result = result,
                                  .hash = history.hash};
    struct task *self = engine_outside();
    history.on_entry(history.opaque, &entry);
    engine_inside(self);
}

void history_call(uint32_t call, uint64_t a, uint64_t b, uint64_t result)
{
    uint32_t task = task_self ? task_self->number : 0;
    int64_t now = schedule_now();
    /* Two multiplications that do not wait for each other, and one that does. */
    uint64_t when = mix((uint64_t)now ^ UINT64_C(0xa0761d6478bd642f),
                        ((uint64_t)task << 32 | call) ^ UINT64_C(0xe7037ed1a0b428db));
    uint64_t what = mix(a ^ UINT64_C(0x8ebc6af09c88c6e3), b ^ UINT64_C(0x589965cc75374cc3));
    history.hash = mix(history.hash ^ when, what ^ result ^ UINT64_C(0x1d8e4e27c47d124f));
    history.events++;
    if (__builtin_expect(history.on_entry != NULL, 0))
        tell(call, a, b, result);
}

void history_bytes(const void *data, size_t bytes)
{
    const unsigned char *from = data;
    uint64_t hash = history.hash;
    if (bytes >= 64) { /* four lanes */
        uint64_t lanes[4] = {hash, ~hash, hash + 1, hash - 1};
        for (; bytes >= 32; bytes -= 32, from += 32)
            for (int lane = 0; lane < 4; lane++) {
                uint64_t word;
                memcpy(&word, from + 8 * lane, 8);
                lanes[lane] = fold(lanes[lane], word);
            }
        for (int lane = 0; lane < 4; lane++)
            hash = fold(hash, lanes[lane]);
    }
    for (; bytes >= 8; bytes -= 8, from += 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        hash = fold(hash, word);
    }
    uint64_t last = 0;
    memcpy(&last, from, bytes);
    history.hash = fold(hash, last);
}

uint64_t history_hash(void)
{
    return history.hash;
}

uint64_t history_events(void)
{
    return history.events;
}

void history_set_names(const char *const *names, uint32_t count)
{
    history.names = names;
    history.name_count = count;
}

const char *history_name(uint32_t call)
{
    if (call < HISTORY_CALLS)
        return engine_names[call] ? engine_names[call] : "unused";
    return call - HISTORY_CALLS < history.name_count ? history.names[call - HISTORY_CALLS] : "unknown";
}

void history_set_log(void (*on_entry)(void *opaque, const struct history_entry *entry), void *opaque)
{
    history.on_entry = on_entry;
    history.opaque = opaque;
}
