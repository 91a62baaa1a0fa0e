/* SPDX-License-Identifier: Apache-2.0 */
/* A shortage of memory ends the program, whichever allocation meets it; it never makes a good record a malformed one. */
#include "pipeline/event.h"
#include "pipeline/field.h"
#include "pipeline/millrace.h"
#include "pipeline/result.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"

static const char event_text[] =
    "{\"trace_id\":\"t-1\",\"event_type\":\"claim\",\"event_subtype\":\"new\",\"source_system\":"
    "\"claimx\",\"timestamp\":\"2026-01-02T03:04:05Z\","
    "\"payload\":{\"assignment_id\":\"a-1\",\"estimate_version\":\"2\",\"claim_id\":\"c-1\"},"
    "\"attachments\":[\"http://origin/a.pdf\"]}";
static const char result_text[] =
    "{\"trace_id\":\"t-1\",\"attachment_url\":\"http://origin/"
    "a.pdf\",\"status\":\"success\",\"destination_path\":\"a/b.pdf\","
    "\"bytes_downloaded\":17,\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
    "\"processing_time_ms\":5,\"completed_at\":\"2026-01-02T03:04:05.000Z\"}";

static struct {
    char text[1024];
    bool has_ended, failed;
    int status;
} seen;

static int take_result(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char reason[RESULT_REASON_BYTES];
    char *row = result_row(result_text, sizeof result_text - 1, 3, 4, reason);
    snprintf(seen.text, sizeof seen.text, "%s %s", row, reason);
    free(row);
    return 0;
}

static int take_event(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char reason[EVENT_REASON_BYTES] = "";
    struct event event;
    if (!event_parse(&event, event_text, sizeof event_text - 1, reason)) {
        snprintf(seen.text, sizeof seen.text, "%s", reason);
        return 0;
    }
    char *task = event_task(&event, 0);
    snprintf(seen.text, sizeof seen.text, "%s", task);
    free(task);
    event_deinit(&event);
    return 0;
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    seen.has_ended = true;
    seen.failed = process->allocations_failed > 0;
    seen.status = end->status;
}

/* jansson's seed and allocator are its library's, not a world's. */
static int open_jansson(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    json_object_seed(1);
    field_open();
    return 0;
}

static void play(int (*main)(int, char **), uint64_t failing)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(open_jansson);
    is_warm = true;
    memset(&seen, 0, sizeof seen);
    world_begin(&(struct world_options){.choices = CHOICE_ZERO});
    static const char *const arguments[] = {"program", NULL};
    struct process *process = process_start(&(struct process_spec){
        .name = "program", .host = host_new("host"), .main = main, .arguments = arguments, .on_end = on_end});
    process_fail_allocation(process, failing, failing != 0);
    world_run();
    struct world_report report;
    world_end(&report);
    cr_assert_eq(report.finding_count, 0, "allocation %d: %s", (int)failing, world_finding(0)->text);
    cr_assert(seen.has_ended);
}

static void expect_end_or_same(int (*main)(int, char **), const char *part)
{
    static char usual[sizeof seen.text];
    play(main, 0);
    memcpy(usual, seen.text, sizeof usual);
    cr_assert_not_null(strstr(usual, part), "%s", usual);
    uint64_t failing = 0;
    do {
        play(main, ++failing);
        if (seen.failed && seen.status == MILLRACE_MEMORY)
            continue;
        cr_expect_str_eq(seen.text, usual, "allocation %d: %s", (int)failing, seen.text);
    } while (seen.failed);
    cr_expect_gt(failing, 20u, "only %d allocations", (int)failing);
}

Test(pipeline_memory, a_result_is_taken_as_it_is_or_not_at_all)
{
    expect_end_or_same(take_result, "\"status\":\"success\"");
}

Test(pipeline_memory, an_event_is_taken_as_it_is_or_not_at_all)
{
    expect_end_or_same(take_event, "http://origin/a.pdf");
}
