/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each property passes a good history and counts what it judged; each planted violation is caught, and by the
 * property that it is meant for.
 */
#include "tests/unit/story.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Ends the world and expects exactly this finding of that property. */
static void expect_caught(struct story *story, const char *property, const char *signature)
{
    story_end(story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(story, property), 1, "%s: %zu", property, story_findings(story, property));
    cr_expect_str_eq(story_signature(story, property), signature);
    story_free(story);
}

/* What brokers tell of themselves is properties_brokers.c's matter. */
static bool needs_brokers(const char *name)
{
    static const char *const names[] = {
        "log-matching",        "broker-invariants", "strong-isr",          "duplicate",   "G1a",
        "hanging-transaction", "lso-bounded",       "rebalance-converges", "exactly-once"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

Test(properties, a_good_world_passes_and_nothing_passes_unjudged)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, NULL), 0, "%s", story_signature(&story, "conservation"));
    for (size_t i = 0; i < property_count(); i++)
        if (!needs_brokers(property_name(i)))
            cr_expect_gt(property_set_report(story.set, i).judged, 0, "%s", property_name(i));
    cr_expect_eq(story_judged(&story, "conservation"), 2);
    cr_expect_eq(story_judged(&story, "commit-ahead"), 5);
    cr_expect_not(property_set_is_incomplete(story.set));
    story_free(&story);
}

Test(properties, an_empty_world_judges_nothing)
{
    struct story story;
    story_begin(&story);
    story_end(&story, HISTORY_END_CONVERGED);
    for (size_t i = 0; i < property_count(); i++)
        cr_expect_eq(property_set_report(story.set, i).judged, 0, "%s", property_name(i));
    story_free(&story);
}

/* ---- conservation ---------------------------------------------------------------------------------------
 * */

Test(conservation, finds_an_attachment_without_a_task)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_load(&story, "t2", "[\"a\"]", false);
    expect_caught(&story, "conservation", "conservation:no-task");
}

Test(conservation, finds_a_task_without_a_result)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_load(&story, "t2", "[\"a\"]", false);
    story_task(&story, INGEST, "t2", "a");
    expect_caught(&story, "conservation", "conservation:no-result");
}

Test(conservation, finds_a_result_without_a_row)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_load(&story, "t2", "[\"a\"]", false);
    story_task(&story, INGEST, "t2", "a");
    story_result(&story, DOWNLOAD, "t2", "a");
    expect_caught(&story, "conservation", "conservation:no-row");
}

Test(conservation, takes_a_dlq_record_for_an_end)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "t2", "[\"a\"]", false);
    story_task(&story, INGEST, "t2", "a");
    story_produce(&story, DOWNLOAD, DLQ, "t2", "{\"trace_id\":\"t2\",\"attachment_url\":\"a\"}");
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "conservation"), 0);
    cr_expect_eq(story_judged(&story, "conservation"), 1);
    story_free(&story);
}

Test(conservation, finds_a_poisoned_event_that_was_dropped)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "p1", "[]", true);
    expect_caught(&story, "conservation", "conservation:poison-dropped");
}

Test(conservation, takes_a_rejection_for_the_end_of_a_poisoned_event)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "p1", "[]", true);
    story_reject(&story, INGEST, BAD, RAW, 0);
    story_commit(&story, INGEST, RAW, 1);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "conservation"), 0);
    cr_expect_eq(story_findings(&story, "commit-ahead"), 0);
    story_free(&story);
}

Test(conservation, finds_a_good_event_that_was_rejected)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "t2", "[\"a\"]", false);
    story_reject(&story, INGEST, BAD, RAW, 0);
    expect_caught(&story, "conservation", "conservation:good-event-rejected");
}

Test(conservation, allows_the_rejection_of_an_event_that_nobody_vouched_for)
{
    struct story story;
    story_begin(&story);
    story_produce(&story, LOADER, RAW, "t2", "{\"trace_id\":\"t2\",\"attachments\":[\"a\"]}");
    story_reject(&story, INGEST, BAD, RAW, 0);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "conservation"), 0);
    cr_expect_eq(story_judged(&story, "conservation"), 1);
    story_free(&story);
}

static size_t findings_with_a_parked_task(unsigned stages)
{
    struct property_config config = property_config_default();
    struct story story;
    config.stages = stages;
    story_begin_with(&story, &config);
    story_load(&story, "t2", "[\"a\"]", false);
    story_task(&story, INGEST, "t2", "a");
    story_produce(&story, DOWNLOAD, "xact.downloads.pending.retry.5m", "t2",
                  "{\"trace_id\":\"t2\",\"attachment_url\":\"a\"}");
    story_end(&story, HISTORY_END_CONVERGED);
    size_t findings = story_findings(&story, "conservation");
    story_free(&story);
    return findings;
}

Test(conservation, lets_a_task_wait_in_a_retry_topic_only_if_no_retry_stage_runs)
{
    unsigned stages = PROPERTY_INGEST | PROPERTY_DOWNLOAD | PROPERTY_RESULTS;
    cr_expect_eq(findings_with_a_parked_task(stages), 0);
    cr_expect_eq(findings_with_a_parked_task(stages | PROPERTY_RETRY), 1);
}

Test(conservation, finds_a_poisoned_event_that_became_a_task)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "p1", "[]", true);
    story_reject(&story, INGEST, BAD, RAW, 0);
    story_task(&story, INGEST, "p1", "a");
    expect_caught(&story, "conservation", "conservation:poison-accepted");
}

/* ---- lost-write -----------------------------------------------------------------------------------------
 * */

Test(lost_write, finds_an_acknowledged_record_that_nobody_was_given)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_task(&story, INGEST, "t1", "a");
    expect_caught(&story, "lost-write", "lost-write:downloads.pending");
}

Test(inconsistent_offsets, finds_an_offset_that_changed)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story.records[1].value[3] = 'X';
    story_fetch(&story, OTHER_DOWNLOAD, PENDING, 0);
    expect_caught(&story, "inconsistent-offsets", "inconsistent-offsets:downloads.pending");
}

Test(lost_write, asks_nothing_of_a_record_that_was_never_acknowledged)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_produce_unanswered(&story, INGEST, PENDING, "t1", "{}");
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "lost-write"), 0);
    story_free(&story);
}

Test(lost_write, asks_nothing_of_a_record_that_only_the_leader_had)
{
    struct story story;
    struct history_record record = {.offset = 0, .value = {"{}", 2}};
    struct history_event event = {.kind = HISTORY_PRODUCE};
    story_begin(&story);
    event.produce = (struct history_produce){.step = HISTORY_ANSWERED,
                                             .topic = {PENDING, strlen(PENDING)},
                                             .acks = 1,
                                             .records = &record,
                                             .record_count = 1};
    story_event(&story, INGEST, event);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "lost-write"), 0);
    cr_expect_eq(story_judged(&story, "lost-write"), 0);
    story_free(&story);
}

/* ---- commit-ahead ---------------------------------------------------------------------------------------
 * */

Test(commit_ahead, finds_a_commit_before_the_task_was_acknowledged)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "t1", "[\"a\",\"b\"]", false);
    story_fetch(&story, INGEST, RAW, 0);
    story_task(&story, INGEST, "t1", "a");
    story_produce_unanswered(&story, INGEST, PENDING, "t1", "{\"trace_id\":\"t1\",\"attachment_url\":\"b\"}");
    story_commit_requested(&story, INGEST, RAW, 1);
    expect_caught(&story, "commit-ahead", "commit-ahead:events.raw");
}

Test(commit_ahead, finds_a_commit_of_the_highest_instead_of_the_contiguous)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "t1", "[\"a\",\"b\"]", false);
    story_task(&story, INGEST, "t1", "a");
    story_task(&story, INGEST, "t1", "b");
    story_commit(&story, INGEST, RAW, 1);
    story_fetch(&story, DOWNLOAD, PENDING, 0);
    story_result(&story, DOWNLOAD, "t1", "b");
    story_commit(&story, DOWNLOAD, PENDING, 2);
    expect_caught(&story, "commit-ahead", "commit-ahead:downloads.pending");
}

Test(commit_ahead, finds_a_commit_of_a_result_that_is_in_no_segment)
{
    struct story story;
    story_begin(&story);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_fetch(&story, RESULTS, RESULT, 0);
    story_commit(&story, RESULTS, RESULT, 1);
    expect_caught(&story, "commit-ahead", "commit-ahead:downloads.results");
}

Test(commit_ahead, finds_a_commit_beyond_what_anybody_has_seen)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_commit(&story, DOWNLOAD, PENDING, 3);
    expect_caught(&story, "commit-ahead", "commit-ahead:downloads.pending");
}

Test(commit_ahead, finds_a_poisoned_record_that_was_skipped)
{
    struct story story;
    story_begin(&story);
    story_produce(&story, LOADER, RAW, "p1", "{\"trace_id\":");
    story_fetch(&story, INGEST, RAW, 0);
    story_commit(&story, INGEST, RAW, 1);
    expect_caught(&story, "commit-ahead", "commit-ahead:events.raw");
}

Test(commit_ahead, wants_a_retry_that_is_newer_than_the_task)
{
    static const char task[] = "{\"trace_id\":\"t1\",\"attachment_url\":\"a\"}";
    struct story story;
    story_begin(&story);
    story_task(&story, INGEST, "t1", "a");
    story_produce(&story, DOWNLOAD, "xact.downloads.pending.retry.5m", "t1", task);
    story_commit(&story, DOWNLOAD, PENDING, 1);
    cr_expect_eq(story_findings(&story, "commit-ahead"), 0);
    story_task(&story, INGEST, "t1", "a");
    story_commit(&story, DOWNLOAD, PENDING, 2);
    expect_caught(&story, "commit-ahead", "commit-ahead:downloads.pending");
}

Test(commit_ahead, takes_a_row_for_the_record_that_it_names_and_no_other)
{
    struct story story;
    story_begin(&story);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_result(&story, DOWNLOAD, "t1", "a");
    story_produce(&story, DOWNLOAD, RESULT, "t1", "garbage");
    story_file(&story, RESULTS, HISTORY_FILE_LINK, "/data/.tmp/1", "/data/inventory/0",
               "{\"trace_id\":\"t1\",\"attachment_url\":\"a\",\"source_partition\":0,\"source_offset\":0}\n"
               "{\"status\":\"rejected\",\"source_partition\":0,\"source_offset\":2}\n");
    story_commit(&story, RESULTS, RESULT, 1);
    cr_expect_eq(story_findings(&story, "commit-ahead"), 0);
    story_commit(&story, RESULTS, RESULT, 2);
    cr_expect_eq(story_findings(&story, "commit-ahead"), 1);
    story_commit(&story, RESULTS, RESULT, 3);
    expect_caught(&story, "commit-ahead", "commit-ahead:downloads.results");
}

Test(commit_ahead, takes_a_dlq_record_for_the_task_that_it_points_at)
{
    struct story story;
    story_begin(&story);
    story_produce(&story, LOADER, PENDING, "p1", "garbage");
    story_produce(&story, LOADER, PENDING, "p2", "garbage");
    story_reject(&story, DOWNLOAD, DLQ, PENDING, 0);
    story_commit(&story, DOWNLOAD, PENDING, 1);
    cr_expect_eq(story_findings(&story, "commit-ahead"), 0);
    story_commit(&story, DOWNLOAD, PENDING, 2);
    expect_caught(&story, "commit-ahead", "commit-ahead:downloads.pending");
}

Test(commit_ahead, judges_each_offset_once)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_commit(&story, DOWNLOAD, PENDING, 2);
    story_commit(&story, OTHER_DOWNLOAD, PENDING, 2);
    cr_expect_eq(story_judged(&story, "commit-ahead"), 5);
    story_free(&story);
}

/* ---- commit-regress -------------------------------------------------------------------------------------
 * */

Test(commit_regress, finds_a_commit_that_goes_back)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_commit(&story, OTHER_DOWNLOAD, PENDING, 1);
    expect_caught(&story, "commit-regress", "commit-regress:regress");
}

Test(commit_regress, goes_by_the_order_in_which_requests_were_read)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    uint64_t first = story_commit_requested(&story, DOWNLOAD, PENDING, 3);
    uint64_t second = story_commit_requested(&story, OTHER_DOWNLOAD, PENDING, 4);
    story_commit_answered(&story, OTHER_DOWNLOAD, PENDING, 4, second, 0);
    story_commit_answered(&story, DOWNLOAD, PENDING, 3, first, 0);
    cr_expect_eq(story_findings(&story, "commit-regress"), 0);
    first = story_commit_requested(&story, DOWNLOAD, PENDING, 6);
    second = story_commit_requested(&story, OTHER_DOWNLOAD, PENDING, 5);
    story_commit_answered(&story, OTHER_DOWNLOAD, PENDING, 5, second, 0);
    story_commit_answered(&story, DOWNLOAD, PENDING, 6, first, 0);
    expect_caught(&story, "commit-regress", "commit-regress:regress");
}

Test(commit_regress, does_not_mind_a_commit_that_was_refused)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    uint64_t sequence = story_commit_requested(&story, OTHER_DOWNLOAD, PENDING, 1);
    story_commit_answered(&story, OTHER_DOWNLOAD, PENDING, 1, sequence, HISTORY_ERROR_ILLEGAL_GENERATION);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "commit-regress"), 0);
    story_free(&story);
}

/* ---- liveness -------------------------------------------------------------------------------------------
 * */

Test(liveness, finds_input_that_was_never_committed)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_load(&story, "t2", "[]", false);
    expect_caught(&story, "liveness", "liveness:events.raw");
}

Test(liveness, counts_a_commit_whose_answer_was_lost)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "t2", "[]", false);
    story_commit_requested(&story, INGEST, RAW, 1);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "liveness"), 0);
    story_free(&story);
}

Test(liveness, does_not_count_a_commit_that_was_refused)
{
    struct story story;
    story_begin(&story);
    story_load(&story, "t2", "[]", false);
    story_commit_answered(&story, INGEST, RAW, 1, story_commit_requested(&story, INGEST, RAW, 1),
                          HISTORY_ERROR_UNKNOWN_MEMBER_ID);
    expect_caught(&story, "liveness", "liveness:events.raw");
}

Test(liveness, finds_a_world_that_ran_out_of_budget)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_end(&story, HISTORY_END_BUDGET);
    cr_expect_eq(story_findings(&story, "liveness"), 1);
    cr_expect_str_eq(story_signature(&story, "liveness"), "liveness:budget");
    story_free(&story);
}

Test(liveness, finds_input_that_was_committed_too_late)
{
    struct property_config config = property_config_default();
    struct story story;
    config.drain_budget_ns = 5000000000;
    story_begin_with(&story, &config);
    story_load(&story, "t2", "[]", false);
    story_event(&story, 0,
                (struct history_event){.kind = HISTORY_WORLD, .world = {HISTORY_WORLD_FAULTS_STOPPED, 0}});
    story.now_ns += 6000000000;
    story_commit(&story, INGEST, RAW, 1);
    expect_caught(&story, "liveness", "liveness:late");
}

/* ---- leaks, malformed -----------------------------------------------------------------------------------
 * */

static void leak(struct story *story, struct history_leak what)
{
    story_event(story, DOWNLOAD, (struct history_event){.kind = HISTORY_LEAK, .leak = what});
}

Test(leaks, finds_memory_files_and_descriptors_of_a_process_that_exited)
{
    struct story story;
    story_begin(&story);
    leak(&story, (struct history_leak){.is_clean = true, .live_allocations = 1, .live_bytes = 8});
    cr_expect_str_eq(story_signature(&story, "leaks"), "leaks:memory");
    leak(&story, (struct history_leak){.is_clean = true, .open_files = 1});
    cr_expect_eq(story_findings(&story, "leaks"), 2);
    leak(&story, (struct history_leak){.is_clean = true, .open_descriptors = 1});
    cr_expect_eq(story_findings(&story, "leaks"), 3);
    story_free(&story);
}

Test(leaks, asks_nothing_of_a_process_that_was_killed)
{
    struct story story;
    story_begin(&story);
    leak(&story, (struct history_leak){.is_clean = false, .live_allocations = 1000, .open_files = 3});
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "leaks"), 0);
    cr_expect_eq(story_judged(&story, "leaks"), 0);
    story_free(&story);
}

Test(leaks, finds_a_temporary_file_that_stayed)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_file(&story, DOWNLOAD, HISTORY_FILE_CREATE, "/data/.part-7", NULL, NULL);
    story_file(&story, DOWNLOAD, HISTORY_FILE_LINK, "/data/.part-7", "/data/x/a", "body");
    expect_caught(&story, "leaks", "leaks:temporary-file");
}

Test(malformed, finds_bytes_that_are_no_frame)
{
    struct story story;
    story_begin(&story);
    struct history_event event = {.kind = HISTORY_MALFORMED};
    event.malformed = (struct history_malformed){.is_request = true, .message = "not the length of a frame"};
    story_event(&story, DOWNLOAD, event);
    expect_caught(&story, "malformed", "malformed:request");
}

/* ---- exactly-once, terminal-status, key-order -----------------------------------------------------------
 * */

static void begin_exactly_once(struct story *story)
{
    struct property_config config = property_config_default();
    config.is_exactly_once = true;
    story_begin_with(story, &config);
    story_good(story);
}

static void tell(struct story *story, const char *topic, const char *trace_id, const char *url,
                 const char *status)
{
    char value[STORY_TEXT_MAX];
    snprintf(value, sizeof value, "{\"trace_id\":\"%s\",\"attachment_url\":\"%s\",\"status\":\"%s\"}",
             trace_id, url, status);
    story_produce(story, DOWNLOAD, topic, trace_id, value);
}

Test(exactly_once, finds_a_second_task_retry_result_dead_letter_or_row)
{
    static const struct {
        const char *topic, *signature;
    } second[] = {{PENDING, "exactly-once:task-twice"},
                  {RESULT, "exactly-once:result-twice"},
                  {"xact.downloads.pending.retry.5m", "exactly-once:retry-twice"}};
    for (size_t i = 0; i < sizeof second / sizeof second[0]; i++) {
        struct story story;
        begin_exactly_once(&story);
        tell(&story, second[i].topic, "t1", "a", "success");
        if (i == 2)
            tell(&story, second[i].topic, "t1", "a", "success");
        expect_caught(&story, "exactly-once", second[i].signature);
    }
    struct story story;
    begin_exactly_once(&story);
    story_segment(&story, "2", "t1", "a");
    expect_caught(&story, "exactly-once", "exactly-once:row-twice");
    begin_exactly_once(&story);
    tell(&story, DLQ, "t1", "a", "");
    tell(&story, DLQ, "t1", "a", "");
    expect_caught(&story, "exactly-once", "exactly-once:dead-letter-twice");
}

Test(exactly_once, lets_a_retry_make_another_task)
{
    struct story story;
    begin_exactly_once(&story);
    tell(&story, "xact.downloads.pending.retry.5m", "t1", "a", "");
    story_task(&story, DOWNLOAD, "t1", "a");
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "exactly-once"), 0);
    story_free(&story);
}

Test(exactly_once, is_not_asked_of_a_pipeline_that_delivers_at_least_once)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "exactly-once"), 0);
    story_free(&story);
}

Test(terminal_status, finds_who_is_told_two_things)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    tell(&story, RESULT, "t1", "a", "failed_permanent");
    expect_caught(&story, "terminal-status", "terminal-status:two-results");
    story_begin(&story);
    story_good(&story);
    tell(&story, DLQ, "t1", "a", "");
    expect_caught(&story, "terminal-status", "terminal-status:success-and-dead-letter");
    story_begin(&story);
    story_good(&story);
    tell(&story, RESULT, "t2", "a", "failed_transient");
    expect_caught(&story, "terminal-status", "terminal-status:failed-without-dead-letter");
}

Test(key_order, finds_tasks_that_stand_the_wrong_way_round)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_load(&story, "t2", "[\"a\",\"b\",\"c\"]", false);
    story_fetch(&story, INGEST, RAW, 1);
    story_task(&story, INGEST, "t2", "b");
    story_task(&story, INGEST, "t2", "a");
    story_task(&story, INGEST, "t2", "c");
    expect_caught(&story, "key-order", "key-order:out-of-order");
}

Test(key_order, counts_the_first_task_of_each_attachment_only)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_task(&story, DOWNLOAD, "t1", "a");
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, "key-order"), 0);
    story_free(&story);
}

/* ---- duplicates, copies ---------------------------------------------------------------------------------
 * */

Test(duplicates, are_counted_and_are_no_finding)
{
    struct story story;
    story_begin(&story);
    story_good(&story);
    story_task(&story, INGEST, "t1", "a");
    story_fetch(&story, DOWNLOAD, PENDING, 2);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_result(&story, DOWNLOAD, "t1", "a");
    story_fetch(&story, RESULTS, RESULT, 2);
    story_segment(&story, "2", "t1", "a");
    story_commit(&story, DOWNLOAD, PENDING, 3);
    story_commit(&story, RESULTS, RESULT, 4);
    story_end(&story, HISTORY_END_CONVERGED);
    cr_expect_eq(story_findings(&story, NULL), 0);
    cr_expect_eq(story_number(&story, "duplicate-tasks"), 1);
    cr_expect_eq(story_number(&story, "duplicate-results"), 2);
    cr_expect_eq(story_number(&story, "duplicate-rows"), 1);
    story_free(&story);
}

Test(copies, that_are_missing_are_found)
{
    struct property_config config = property_config_default();
    struct story story;
    config.stages = PROPERTY_COPY;
    config.copy_input = "in";
    config.copy_output = "out";
    config.copy_group = "xact-result-processor"; /* the group that a story commits other topics with */
    story_begin_with(&story, &config);
    story_produce(&story, LOADER, "in", "k", "one");
    story_produce(&story, LOADER, "in", "k", "two");
    story_fetch(&story, DOWNLOAD, "in", 0);
    story_produce(&story, DOWNLOAD, "out", "k", "one");
    story_commit(&story, DOWNLOAD, "in", 1);
    cr_expect_eq(story_findings(&story, "commit-ahead"), 0);
    story_commit(&story, DOWNLOAD, "in", 2);
    cr_expect_str_eq(story_signature(&story, "commit-ahead"), "commit-ahead:copy-input");
    expect_caught(&story, "conservation", "conservation:no-copy");
}
