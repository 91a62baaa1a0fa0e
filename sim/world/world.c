/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "sim/world/arena.h"
#include "sim/world/engine.h"
#include "sim/world/guard.h"
#include "sim/world/history.h"
#include "sim/world/host.h"
#include "sim/world/image.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/stack.h"

#define LIVELOCK_POINTS_DEFAULT UINT64_C(20000000)

static struct {
    struct world_options options;
    struct world_finding findings[WORLD_FINDINGS_MAX];
    size_t finding_count;
    bool is_warming_up, is_begun;
} world;

/* --- the engine's memory --------------------------------------------------------------------------------------- */

void *world_alloc(size_t bytes)
{
    void *block = arena_alloc_zeroed(arena_slot(ARENA_ENGINE), bytes);
    assert(block && "the engine's arena is full");
    return block;
}

void *world_resize(void *pointer, size_t bytes)
{
    void *block = arena_resize(arena_slot(ARENA_ENGINE), pointer, bytes);
    assert(block && "the engine's arena is full");
    return block;
}

void world_free(void *pointer)
{
    arena_free(pointer);
}

char *world_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(world_alloc(bytes), text, bytes);
}

void world_call_outside(void (*call)(void *argument), void *argument)
{
    struct task *self = engine_outside();
    call(argument);
    engine_inside(self);
}

/* --- findings -------------------------------------------------------------------------------------------------- */

void world_find(enum world_finding_kind kind, const char *format, ...)
{
    struct task *self = engine_outside();
    if (world.finding_count < WORLD_FINDINGS_MAX) {
        struct world_finding *finding = &world.findings[world.finding_count++];
        finding->kind = kind;
        finding->time_ns = schedule_now();
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(finding->text, sizeof finding->text, format, arguments);
        va_end(arguments);
    }
    engine_inside(self);
    schedule_stop();
}

size_t world_finding_count(void)
{
    return world.finding_count;
}

const struct world_finding *world_finding(size_t index)
{
    assert(index < world.finding_count);
    return &world.findings[index];
}

const char *world_finding_name(enum world_finding_kind kind)
{
    switch (kind) {
    case FINDING_DEADLOCK:
        return "deadlock";
    case FINDING_LIVELOCK:
        return "livelock";
    case FINDING_ESCAPE:
        return "escape";
    case FINDING_IMAGE:
        return "image";
    case FINDING_CRASH:
        return "crash";
    case FINDING_LIMIT:
        return "limit";
    }
    return "unknown";
}

/* --- a world's life -------------------------------------------------------------------------------------------- */

unsigned world_layout(void)
{
    return world.options.layout;
}

bool world_is_warming_up(void)
{
    return world.is_warming_up;
}

void world_begin(const struct world_options *options)
{
    assert(!world.is_begun && "one world at a time");
    world.is_begun = true;
    world.options = *options;
    world.finding_count = 0;
    if (!world.is_warming_up)
        image_restore();
    arena_reset(arena_slot(ARENA_ENGINE));
    choice_begin(options->choices, options->seed);
    history_begin();
    schedule_begin(options->preempt_per_million, options->reorder_per_million,
                   options->livelock_points ? options->livelock_points : LIVELOCK_POINTS_DEFAULT);
    task_begin();
    process_begin();
    network_begin();
}

void world_run(void)
{
    guard_open(!world.options.without_guard);
    schedule_run();
    guard_close();
}

void world_stop(void)
{
    schedule_stop();
}

void world_end(struct world_report *report_out)
{
    assert(world.is_begun);
    struct world_report report = {
        .history = history_hash(),
        .events = history_events(),
        .virtual_ns = schedule_now(),
        .switches = schedule_switches(),
        .points = schedule_points(),
        .picks = choice_count(),
    };
    choice_end();
    process_end_all();
    task_end();
    network_end();
    host_end();
    schedule_end();
    report.engine_live_bytes = arena_usage(arena_slot(ARENA_ENGINE)).live_bytes;
    if (!world.is_warming_up) {
        static char text[WORLD_FINDING_BYTES - 128];
        size_t differing = image_compare(text, sizeof text);
        if (differing)
            world_find(FINDING_IMAGE, "%zu words of shared libraries differ from the warmed-up image\n%s",
                       differing, text);
    }
    report.finding_count = world.finding_count;
    world.is_begun = false;
    if (report_out)
        *report_out = report;
}

void world_warm_up(int (*main)(int argc, char **argv))
{
    stack_warm_up();
    image_open();
    world.is_warming_up = true;
    world_begin(&(struct world_options){.choices = CHOICE_ZERO});
    static const char *const arguments[] = {"warm-up", NULL};
    struct process_spec spec = {
        .name = "warm-up", .host = host_new("warm-up"), .main = main, .arguments = arguments};
    process_start(&spec);
    world_run();
    struct world_report report;
    world_end(&report);
    world.is_warming_up = false;
    if (report.finding_count)
        fprintf(stderr, "warm-up: %s: %s\n", world_finding_name(world.findings[0].kind),
                world.findings[0].text);
    assert(report.finding_count == 0 && "the warm-up itself must be clean");
    image_take();
}
