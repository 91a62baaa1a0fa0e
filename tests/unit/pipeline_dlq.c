/* SPDX-License-Identifier: Apache-2.0 */
/* dlq: ids, filters, records of all kinds, what a replay sends, and what the ledger lets be done again. */
#include "pipeline/clock.h"
#include "pipeline/dlq_filter.h"
#include "pipeline/dlq_print.h"
#include "pipeline/dlq_replay.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/task.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK                                                                                                 \
    "{\"trace_id\":\"t1\",\"attachment_url\":\"u1\",\"destination_path\":\"a/b/c/d\","                       \
    "\"original_timestamp\":\"2026-01-02T03:04:05Z\",\"retry_count\":4,\"unknown\":[1],"                     \
    "\"metadata\":{\"source_system\":\"sys\",\"retry_at\":\"2026-01-02T04:00:00Z\",\"x\":2}}"
#define LETTER(TASK_TEXT)                                                                                    \
    "{\"trace_id\":\"t1\",\"attachment_url\":\"u1\",\"original_task\":" TASK_TEXT                            \
    ",\"final_error\":\"HTTP status 404\",\"error_category\":\"permanent\",\"retry_count\":4,"               \
    "\"failed_at\":\"2026-01-02T05:00:00.000Z\"}"

static void make(struct dlq_record *record, const char *value, size_t bytes)
{
    *record = (struct dlq_record){.id = {"xact.downloads.dlq", 2, 17}, .timestamp_ms = 1767330000000};
    record->value = memory_copy(value, bytes);
    record->value_bytes = bytes;
}

static void make_letter(struct dlq_record *record)
{
    make(record, LETTER(TASK), strlen(LETTER(TASK)));
    dlq_record_parse(record);
    cr_assert_str_eq(record->why_not, "");
}

static void make_malformed(struct dlq_record *record)
{
    make(record, "\xff{", 2);
    record->headers[0] =
        (struct dlq_header){memory_string("source_topic"), memory_string("xact.events.raw"), 15};
    record->headers[1] = (struct dlq_header){memory_string("error"), memory_string("not JSON"), 8};
    record->header_count = 2;
    dlq_record_parse(record);
}

Test(dlq_id, what_is_formatted_is_parsed)
{
    struct dlq_id id;
    char text[DLQ_ID_BYTES];
    cr_assert(dlq_id_parse("xact.downloads.dlq/2/17", &id));
    cr_assert_str_eq(id.topic, "xact.downloads.dlq");
    cr_assert_eq(id.partition, 2);
    cr_assert_eq(id.offset, 17);
    cr_assert_str_eq(dlq_id_format(&id, text), "xact.downloads.dlq/2/17");
    cr_assert(dlq_id_parse("t/2147483647/9223372036854775806", &id));
}

Test(dlq_id, nothing_else_is_an_id)
{
    static const char *const rows[] = {"",
                                       "t",
                                       "t/1",
                                       "t/1/",
                                       "t//1",
                                       "/1/2",
                                       "t/-1/2",
                                       "t/1/-2",
                                       "t/1/+2",
                                       "t/01/2",
                                       "t/1/02",
                                       "t/1/2/3",
                                       "t/1/2 ",
                                       "t/ 1/2",
                                       "t/1/x",
                                       "t/2147483648/1",
                                       "t/1/9223372036854775807",
                                       "t/1/99999999999999999999"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlq_id id = {.partition = -7};
        cr_assert_not(dlq_id_parse(rows[i], &id), "%s", rows[i]);
        cr_assert_eq(id.partition, -7, "%s", rows[i]);
    }
    char long_topic[TOPICS_NAME_BYTES + 5];
    memset(long_topic, 'a', sizeof long_topic);
    strcpy(long_topic + TOPICS_NAME_BYTES, "/1/2");
    struct dlq_id id;
    cr_assert_not(dlq_id_parse(long_topic, &id));
}

Test(dlq_record, a_failed_task_says_what_it_is)
{
    struct dlq_record record;
    make_letter(&record);
    cr_assert_str_eq(record.trace_id, "t1");
    cr_assert_str_eq(record.category, "permanent");
    cr_assert_str_eq(record.error, "HTTP status 404");
    cr_assert_str_eq(record.source, "sys");
    int64_t failed_ns;
    cr_assert(clock_parse("2026-01-02T05:00:00Z", &failed_ns));
    cr_assert_eq(record.failed_ns, failed_ns);
    dlq_record_deinit(&record);
}

Test(dlq_record, what_did_not_parse_cannot_be_replayed_and_keeps_its_bytes)
{
    struct dlq_record record;
    make_malformed(&record);
    cr_assert_str_eq(record.category, DLQ_MALFORMED);
    cr_assert_str_eq(record.source, "xact.events.raw");
    cr_assert_str_neq(record.why_not, "");
    char *line = dlq_record_json(&record, "unresolved", true);
    cr_assert_not_null(strstr(line, "\"value_base64\":\"/3s=\""), "%s", line);
    free(line);
    dlq_record_deinit(&record);
}

Test(dlq_record, a_nul_is_shown_in_base64)
{
    struct dlq_record record;
    make(&record, "a\0b", 3);
    dlq_record_parse(&record);
    char *line = dlq_record_json(&record, "unresolved", true);
    cr_assert_not_null(strstr(line, "\"value_base64\":\"YQBi\""), "%s", line);
    free(line);
    dlq_record_deinit(&record);
}

Test(dlq_record, every_cut_of_a_letter_and_every_changed_byte_can_be_shown)
{
    static const char text[] = LETTER(TASK);
    for (size_t i = 0; i < 2 * (sizeof text - 1); i++) {
        bool is_cut = i < sizeof text - 1;
        struct dlq_record record;
        make(&record, text, is_cut ? i : sizeof text - 1);
        if (!is_cut)
            record.value[i - (sizeof text - 1)] ^= (char)(1 + i % 255);
        dlq_record_parse(&record);
        if (is_cut)
            cr_assert_str_neq(record.why_not, "");
        char *line = dlq_record_json(&record, "unresolved", true);
        cr_assert_eq(strchr(line, '\n'), NULL);
        free(line);
        dlq_record_deinit(&record);
    }
}

Test(dlq_record, a_letter_whose_task_is_none_says_why_not)
{
    static const char *const rows[] = {LETTER("null"),
                                       LETTER("{}"),
                                       LETTER("7"),
                                       "{}",
                                       "[]",
                                       "",
                                       LETTER("{\"trace_id\":\"t\",\"metadata\":3}")};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlq_record record;
        make(&record, rows[i], strlen(rows[i]));
        dlq_record_parse(&record);
        cr_assert_str_neq(record.why_not, "", "%s", rows[i]);
        dlq_record_deinit(&record);
    }
}

Test(dlq_replay, the_task_starts_anew_and_keeps_what_nobody_knows)
{
    struct dlq_record record;
    struct dlq_replay_text text;
    struct task task;
    char reason[TASK_REASON_BYTES];
    make_letter(&record);
    struct output_record output = dlq_replay_record(&record, "xact.downloads.pending", &text);
    cr_assert_str_eq(output.topic, "xact.downloads.pending");
    cr_assert_eq(output.key_bytes, 2);
    cr_assert_eq(memcmp(output.key, "t1", 2), 0);
    static const struct output_header headers[] = {
        {"trace_id", "t1"}, {"replayed_from_dlq", "true"}, {"dlq_partition", "2"}, {"dlq_offset", "17"}};
    cr_assert_eq(output.header_count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_str_eq(output.headers[i].name, headers[i].name);
        cr_assert_str_eq(output.headers[i].value, headers[i].value);
    }
    cr_assert(task_parse(&task, output.value, output.value_bytes, reason), "%s", reason);
    cr_assert_eq(task.retry_count, 0);
    cr_assert_null(task.retry_at);
    cr_assert_not_null(json_object_get(task.json, "unknown"));
    json_t *metadata = json_object_get(task.json, "metadata");
    cr_assert(json_is_true(json_object_get(metadata, "replayed_from_dlq")));
    cr_assert_eq(json_integer_value(json_object_get(metadata, "x")), 2);
    cr_assert_eq(json_integer_value(json_object_get(record.task, "retry_count")), 4);
    task_deinit(&task);
    free(text.value);
    dlq_record_deinit(&record);
}

Test(dlq_replay, what_the_ledger_has_is_not_done_again)
{
    struct dlq_record record, malformed;
    struct dlq_ledger ledger = {.entries = json_object()};
    make_letter(&record);
    make_malformed(&malformed);
    cr_assert_eq(dlq_replay_judge(&ledger, &record, NULL), DLQ_DUE);
    cr_assert_eq(dlq_replay_judge(&ledger, &malformed, NULL), DLQ_IMPOSSIBLE);
    cr_assert_eq(dlq_replay_judge(&ledger, &malformed, "by hand"), DLQ_DUE);
    struct dlq_ledger_entry entry = {.record = &record, .action = "replayed"};
    char *value = dlq_ledger_encode(&entry, "2026-01-02T05:00:00.000Z");
    char reason[FIELD_REASON_BYTES];
    json_object_set_new(ledger.entries, "xact.downloads.dlq/2/17",
                        field_object(value, strlen(value), reason));
    cr_assert_eq(dlq_replay_judge(&ledger, &record, NULL), DLQ_DONE);
    cr_assert_str_eq(dlq_ledger_state(&ledger, &record), "replayed");
    record.timestamp_ms++; /* the topic was made anew, and another stands at that place */
    cr_assert_eq(dlq_replay_judge(&ledger, &record, NULL), DLQ_DUE);
    cr_assert_str_eq(dlq_ledger_state(&ledger, &record), "unresolved");
    free(value);
    json_decref(ledger.entries);
    dlq_record_deinit(&record);
    dlq_record_deinit(&malformed);
}

#define HOUR_NS (INT64_C(3600) * CLOCK_NS_PER_S)

Test(dlq_filter, each_flag_has_its_grammar)
{
    static const struct {
        const char *flag, *value;
        int taken;
    } rows[] = {
        {"--category", "permanent", 2},
        {"--category", NULL, -1},
        {"--category", "", -1},
        {"--trace-id", "t", 2},
        {"--source", "s", 2},
        {"--since", "2h", 2},
        {"--until", "2026-01-02T05:00:00Z", 2},
        {"--since", "yesterday", -1},
        {"--until", "5", -1},
        {"--since", NULL, -1},
        {"--all", "x", 1},
        {"--unresolved", NULL, 1},
        {"--json", NULL, 0},
        {"-x", "y", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlq_filter filter;
        char reason[DLQ_REASON_BYTES] = "";
        dlq_filter_init(&filter);
        cr_assert_eq(dlq_filter_take(&filter, rows[i].flag, rows[i].value, 9 * HOUR_NS, reason),
                     rows[i].taken, "row %zu", i);
        cr_assert_eq(filter.given, rows[i].taken > 0, "row %zu", i);
        cr_assert_eq(*reason != '\0', rows[i].taken < 0, "row %zu", i);
    }
}

Test(dlq_filter, all_that_is_asked_for_has_to_hold)
{
    static const struct {
        const char *flag, *value;
        bool has, has_resolved;
    } rows[] = {
        {"--unresolved", NULL, true, false},
        {"--all", NULL, true, true},
        {"--category", "permanent", true, false},
        {"--category", "perm", false, false},
        {"--trace-id", "t1", true, false},
        {"--trace-id", "t2", false, false},
        {"--source", "sys", true, false},
        {"--source", "xact.events.raw", false, false},
        {"--since", "2026-01-02T05:00:00Z", true, false},
        {"--since", "2026-01-02T05:00:01Z", false, false},
        {"--until", "2026-01-02T05:00:00Z", false, false},
        {"--until", "2026-01-02T05:00:01Z", true, false},
    };
    struct dlq_record record;
    make_letter(&record);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlq_filter filter;
        char reason[DLQ_REASON_BYTES];
        dlq_filter_init(&filter);
        cr_assert(dlq_filter_take(&filter, rows[i].flag, rows[i].value, 0, reason) > 0);
        cr_assert_eq(dlq_filter_has(&filter, &record, false), rows[i].has, "row %zu", i);
        cr_assert_eq(dlq_filter_has(&filter, &record, true), rows[i].has_resolved, "row %zu", i);
    }
    dlq_record_deinit(&record);
}

Test(dlq_print, a_column_is_cut_between_characters_and_moves_no_cursor)
{
    struct text out = {0};
    dlq_print_column(&out, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 2);
    dlq_print_column(&out, "\x1b[2J\xc2\x9b", 6);
    cr_assert_str_eq(out.data, "\xe2\x82\xac\xe2\x82\xac.[2J. ");
    text_deinit(&out);
}
