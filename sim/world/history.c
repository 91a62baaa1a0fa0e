/* SPDX-License-Identifier: Apache-2.0 */
/* See history.h. Each fold is one multiply and one shift (a 64-bit variant of the FxHash and wyhash folds): about 1 ns. */
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

void history_begin(void)
{
    history.hash = UINT64_C(0x6d696c6c72616365);
    history.events = 0;
}

void history_call(uint32_t call, uint64_t a, uint64_t b, uint64_t result)
{
    uint64_t hash = history.hash;
    uint32_t task = task_self ? task_self->number : 0;
    int64_t now = schedule_now();
    hash = fold(hash, (uint64_t)now);
    hash = fold(hash, (uint64_t)task << 32 | call);
    hash = fold(hash, a);
    hash = fold(hash, b);
    hash = fold(hash, result);
    history.hash = hash;
    history.events++;
    if (__builtin_expect(history.on_entry != NULL, 0)) {
        struct history_entry entry = {history.events, now, task, call, a, b, result, hash};
        struct task *self = engine_outside();
        history.on_entry(history.opaque, &entry);
        engine_inside(self);
    }
}

void history_bytes(const void *data, size_t bytes)
{
    const unsigned char *from = data;
    uint64_t hash = history.hash;
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
