/* SPDX-License-Identifier: Apache-2.0 */
/* What comes over the topics: good messages round-trip, each malformed one is refused with its own reason. */
#include "pipeline/event.h"
#include "pipeline/field.h"
#include "pipeline/result.h"
#include "pipeline/task.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                                 \
    "\"trace_id\":\"t1\",\"event_type\":\"claim\",\"event_subtype\":\"documentsReceived\","                  \
    "\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"source_system\":\"s\""
#define PAYLOAD "\"payload\":{\"assignment_id\":\"A1\"}"

struct bad {
    const char *text;
    const char *reason;
};

static void expect_event_refused(const struct bad *row)
{
    struct event event;
    char reason[EVENT_REASON_BYTES] = "";
    cr_assert_not(event_parse(&event, row->text, strlen(row->text), reason), "%s", row->text);
    cr_assert(strncmp(reason, row->reason, strlen(row->reason)) == 0, "%s: %s", row->text, reason);
}

Test(event, each_malformed_event_is_refused_with_its_reason)
{
    static const struct bad rows[] = {
        {"", "empty value"},
        {"{", "not JSON"},
        {"\xff", "not JSON"},
        {"[]", "not a JSON object"},
        {"{} {}", "not JSON"},
        {"{\"trace_id\":\"a\",\"trace_id\":\"b\"}", "not JSON: duplicate"},
        {"{}", "trace_id is missing"},
        {"{\"trace_id\":1}", "trace_id is not a string"},
        {"{\"trace_id\":\" \\t\"}", "trace_id is blank"},
        {"{\"trace_id\":\"a\\u0000b\"}", "not JSON"},
        {"{\"trace_id\":\"t\"}", "event_type is missing"},
        {"{" HEAD "}", "payload is missing"},
        {"{" HEAD ",\"payload\":[]}", "payload is not an object"},
        {"{" HEAD ",\"payload\":{}}", "assignment_id is missing"},
        {"{" HEAD ",\"payload\":{\"assignment_id\":\"A\",\"estimate_version\":[]}}",
         "estimate_version is neither"},
        {"{" HEAD "," PAYLOAD ",\"attachments\":\"x\"}", "attachments is not an array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_event_refused(&rows[i]);
}

Test(event, a_time_that_is_not_utc_is_refused)
{
    static const char *const times[] = {"2026-01-02",
                                        "2026-01-02T03:04:05",
                                        "2026-01-02T03:04:05+01:00",
                                        "2026-13-02T03:04:05Z",
                                        "2026-02-30T03:04:05Z",
                                        "2026-01-02T24:04:05Z",
                                        "2026-01-02T03:04:05.Z",
                                        "2026-01-02 03:04:05Z",
                                        "yesterday"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"trace_id\":\"t\",\"event_type\":\"c\",\"event_subtype\":\"d\",\"timestamp\":\"%s\","
                 "\"source_system\":\"s\"," PAYLOAD "}",
                 times[i]);
        struct bad row = {text, "timestamp is not"};
        expect_event_refused(&row);
    }
}

static void parse_event(struct event *event, const char *text)
{
    char reason[EVENT_REASON_BYTES] = "";
    cr_assert(event_parse(event, text, strlen(text), reason), "%s: %s", text, reason);
}

Test(event, every_cut_of_a_good_event_is_refused)
{
    static const char text[] = "{" HEAD "," PAYLOAD ",\"attachments\":[\"https://h/a.pdf\"]}";
    for (size_t bytes = 0; bytes < sizeof text - 1; bytes++) {
        struct event event;
        char reason[EVENT_REASON_BYTES];
        /* Its own allocation, so that reading past the end is seen. */
        char *cut = malloc(bytes ? bytes : 1);
        memcpy(cut, text, bytes);
        cr_assert_not(event_parse(&event, cut, bytes, reason), "%zu bytes", bytes);
        free(cut);
    }
}

Test(event, null_blank_and_strange_attachments_are_counted_and_repeated_ones_count_once)
{
    struct event event;
    parse_event(&event, "{" HEAD "," PAYLOAD
                        ",\"attachments\":[null,\"\",\"  \",7,{},\"https://h/a.pdf\",\"https://h/b.pdf\","
                        "\"https://h/a.pdf\"]}");
    cr_assert_eq(event.dropped_count, 5);
    cr_assert_eq(event.repeated_count, 1);
    cr_assert_eq(event.url_count, 2);
    cr_assert_str_eq(event.urls[1], "https://h/b.pdf");
    event_deinit(&event);
}

Test(event, an_event_without_attachments_is_good)
{
    static const char *const tails[] = {"", ",\"attachments\":null", ",\"attachments\":[]",
                                        ",\"unknown\":{}"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "{" HEAD "," PAYLOAD "%s}", tails[i]);
        struct event event;
        parse_event(&event, text);
        cr_assert_eq(event.url_count, 0);
        event_deinit(&event);
    }
}

Test(event, a_numeric_version_stands_in_the_path)
{
    struct event event;
    parse_event(&event,
                "{\"trace_id\":\"t1\",\"event_type\":\"c\",\"event_subtype\":\"estimatePackageReceived\","
                "\"timestamp\":\"2026-01-02T03:04:05Z\",\"source_system\":\"s\","
                "\"payload\":{\"assignment_id\":\"A1\",\"estimate_version\":12},"
                "\"attachments\":[\"https://h/a.pdf\"]}");
    cr_assert_str_eq(event.estimate_version, "12");
    cr_assert_str_eq(event.paths[0], "estimatePackageReceived/A1/t1/A1_12_a.pdf");
    event_deinit(&event);
}

static void make_task(struct task *task, const char *url)
{
    char text[512], reason[TASK_REASON_BYTES] = "";
    snprintf(text, sizeof text, "{" HEAD "," PAYLOAD ",\"attachments\":[\"%s\"]}", url);
    struct event event;
    parse_event(&event, text);
    char *encoded = event_task(&event, 0);
    event_deinit(&event);
    cr_assert(task_parse(task, encoded, strlen(encoded), reason), "%s: %s", encoded, reason);
    free(encoded);
}

Test(task, what_an_event_makes_is_a_task)
{
    struct task task;
    make_task(&task, "https://h/Scan.PDF?x=1");
    cr_assert_str_eq(task.trace_id, "t1");
    cr_assert_str_eq(task.attachment_url, "https://h/Scan.PDF?x=1");
    cr_assert_str_eq(task.destination_path, "documentsReceived/A1/t1/A1_Scan.PDF");
    cr_assert_eq(task.retry_count, 0);
    json_t *metadata = json_object_get(task.json, "metadata");
    cr_assert_str_eq(json_string_value(json_object_get(metadata, "file_type")), "pdf");
    task_deinit(&task);
}

Test(task, a_retry_counts_one_more_and_keeps_unknown_fields)
{
    static const char text[] =
        "{\"trace_id\":\"t\",\"attachment_url\":\"u\",\"destination_path\":\"a/b/c/d\","
        "\"original_timestamp\":\"2026-01-02T03:04:05Z\",\"retry_count\":2,"
        "\"metadata\":{\"x\":1},\"unknown\":[2]}";
    struct task task, again;
    char reason[TASK_REASON_BYTES];
    cr_assert(task_parse(&task, text, sizeof text - 1, reason), "%s", reason);
    struct failure failure;
    failure_set(&failure, FAILURE_TRANSIENT, true, "HTTP status %d \xc3\xa9 \xff", 503);
    char *retry = task_retry(&task, &failure, "2026-01-02T03:09:05Z");
    cr_assert(task_parse(&again, retry, strlen(retry), reason), "%s", reason);
    cr_assert_eq(again.retry_count, 3);
    json_t *metadata = json_object_get(again.json, "metadata");
    cr_assert_str_eq(json_string_value(json_object_get(metadata, "error_category")), "transient");
    cr_assert_str_eq(json_string_value(json_object_get(metadata, "retry_at")), "2026-01-02T03:09:05Z");
    cr_assert_eq(json_integer_value(json_object_get(metadata, "x")), 1);
    cr_assert_not_null(json_object_get(again.json, "unknown"));
    cr_assert_null(json_object_get(json_object_get(task.json, "metadata"), "retry_at"));
    free(retry);
    task_deinit(&task);
    task_deinit(&again);
}

Test(task, each_malformed_task_is_refused_with_its_reason)
{
#define TASK_HEAD "{\"trace_id\":\"t\",\"attachment_url\":\"u\",\"destination_path\":\"a/b/c/d\","
#define TASK_TIME "\"original_timestamp\":\"2026-01-02T03:04:05Z\","
    static const struct bad rows[] = {
        {"{}", "trace_id is missing"},
        {"{\"trace_id\":\"t\",\"attachment_url\":\"u\",\"destination_path\":\"../../etc/passwd\","
         "\"original_timestamp\":\"2026-01-02T03:04:05Z\"}",
         "destination_path is not a safe path"},
        {TASK_HEAD "\"x\":1}", "original_timestamp is missing"},
        {TASK_HEAD TASK_TIME "\"x\":1}", "retry_count is not"},
        {TASK_HEAD TASK_TIME "\"retry_count\":-1}", "retry_count is not"},
        {TASK_HEAD TASK_TIME "\"retry_count\":1.0}", "retry_count is not"},
        {TASK_HEAD TASK_TIME "\"retry_count\":99999999999}", "retry_count is not"},
        {TASK_HEAD TASK_TIME "\"retry_count\":0}", "metadata is not an object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct task task;
        char reason[TASK_REASON_BYTES] = "";
        cr_assert_not(task_parse(&task, rows[i].text, strlen(rows[i].text), reason), "%s", rows[i].text);
        cr_assert(strncmp(reason, rows[i].reason, strlen(rows[i].reason)) == 0, "%s: %s", rows[i].text,
                  reason);
    }
}

static void expect_row(const char *message, const char *expected)
{
    char reason[RESULT_REASON_BYTES];
    char *row = result_row(message, strlen(message), 3, 7, reason);
    cr_assert_str_eq(row, expected, "%s", row);
    cr_assert_eq(*reason != '\0', strstr(expected, "rejected") != NULL);
    free(row);
}

Test(result, a_success_becomes_its_row)
{
    char sha256[65];
    memset(sha256, 'a', 64);
    sha256[64] = '\0';
    struct result result = {.trace_id = "t",
                            .attachment_url = "u",
                            .status = RESULT_SUCCESS,
                            .destination_path = "a/b/c/d",
                            .bytes_downloaded = 12,
                            .sha256 = sha256,
                            .processing_time_ms = 5,
                            .completed_at = "2026-01-02T03:04:05.000Z"};
    char *message = result_encode(&result);
    char expected[512];
    snprintf(expected, sizeof expected,
             "{\"trace_id\":\"t\",\"attachment_url\":\"u\",\"blob_path\":\"a/b/c/d\",\"bytes_downloaded\":12,"
             "\"sha256\":\"%s\",\"status\":\"success\",\"downloaded_at\":\"2026-01-02T03:04:05.000Z\","
             "\"processing_time_ms\":5,\"source_partition\":3,\"source_offset\":7}",
             sha256);
    expect_row(message, expected);
    free(message);
}

Test(result, a_failure_becomes_its_row)
{
    struct failure failure;
    failure_from_status(&failure, 404);
    struct result result = {.trace_id = "t",
                            .attachment_url = "u",
                            .status = RESULT_FAILED_PERMANENT,
                            .failure = &failure,
                            .processing_time_ms = 5,
                            .completed_at = "2026-01-02T03:04:05Z"};
    char *message = result_encode(&result);
    expect_row(message, "{\"trace_id\":\"t\",\"attachment_url\":\"u\",\"status\":\"failed_permanent\","
                        "\"downloaded_at\":\"2026-01-02T03:04:05Z\",\"processing_time_ms\":5,"
                        "\"error_category\":\"permanent\",\"source_partition\":3,\"source_offset\":7}");
    free(message);
}

Test(result, a_record_that_is_no_result_has_a_row_that_says_why)
{
#define RESULT_HEAD                                                                                          \
    "{\"trace_id\":\"t\",\"attachment_url\":\"u\",\"completed_at\":\"2026-01-02T03:04:05Z\","                \
    "\"processing_time_ms\":1,"
    static const struct bad rows[] = {
        {"", "empty value"},
        {"{}", "trace_id is missing"},
        {RESULT_HEAD "\"status\":\"done\"}", "status is unknown"},
        {RESULT_HEAD "\"status\":\"success\"}", "sha256 is missing"},
        {RESULT_HEAD
         "\"status\":\"success\",\"sha256\":\"aa\",\"destination_path\":\"p\",\"bytes_downloaded\":1}",
         "sha256 is not 64 hex digits"},
        {RESULT_HEAD
         "\"status\":\"success\",\"sha256\":\"aa\",\"destination_path\":\"p\",\"bytes_downloaded\":-1}",
         "bytes_downloaded is not a count"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[256];
        snprintf(expected, sizeof expected,
                 "{\"status\":\"rejected\",\"error\":\"%s\",\"source_partition\":3,\"source_offset\":7}",
                 rows[i].reason);
        expect_row(rows[i].text, expected);
    }
}

Test(failure, each_status_has_its_category)
{
    static const struct {
        long status;
        enum failure_category category;
        bool is_retriable;
    } rows[] = {
        {204, FAILURE_PERMANENT, false}, {301, FAILURE_PERMANENT, false}, {400, FAILURE_PERMANENT, false},
        {401, FAILURE_AUTH, true},       {403, FAILURE_AUTH, true},       {404, FAILURE_PERMANENT, false},
        {408, FAILURE_TRANSIENT, true},  {410, FAILURE_PERMANENT, false}, {425, FAILURE_TRANSIENT, true},
        {429, FAILURE_TRANSIENT, true},  {500, FAILURE_TRANSIENT, true},  {503, FAILURE_TRANSIENT, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct failure failure;
        failure_from_status(&failure, rows[i].status);
        cr_assert_eq(failure.category, rows[i].category, "%ld", rows[i].status);
        cr_assert_eq(failure.is_retriable, rows[i].is_retriable, "%ld", rows[i].status);
    }
}

Test(failure, a_long_text_is_cut_between_characters)
{
    char text[1000] = "";
    for (int i = 0; i < 333; i++)
        strcat(text, "\xe2\x82\xac");
    struct failure failure;
    failure_set(&failure, FAILURE_PERMANENT, false, "%s", text);
    cr_assert_eq(strlen(failure.text), 498);
}
