/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/capsule.h"
#include "traces/event.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_1                                                                                             \
    "{\"type\":\"header\",\"format\":1,\"model\":1,\"commit\":\"c\",\"build_id\":\"b\",\"libraries\":{"      \
    "\"librdkafka\":\"2.0.2\"},\"scenario\":\"s\",\"config\":\"name: "                                       \
    "s\\n\",\"seed\":7,\"strategy\":\"random\","                                                             \
    "\"signature\":\"x:y\"}\n"
#define HEADER                                                                                               \
    "{\"type\":\"header\",\"format\":2,\"model\":1,\"commit\":\"c\",\"build_id\":\"b\",\"libraries\":{"      \
    "\"librdkafka\":\"2.0.2\"},\"scenario\":\"s\",\"config\":\"name: "                                       \
    "s\\n\",\"seed\":7,\"strategy\":\"random\","                                                             \
    "\"signature\":\"x:y\",\"shrunk_from\":40}\n"
#define CHOICE     "{\"actor\":3,\"point\":\"network/latency\",\"n\":12,\"pick\":2}\n"
#define CHECKPOINT "{\"checkpoint\":10,\"hash\":\"0123456789abcdef\"}\n"
#define EVENT      "{\"event\":\"fault\",\"time_ns\":5,\"name\":\"kill\",\"target\":\"download.0\"}\n"
#define VERDICT                                                                                              \
    "{\"verdict\":\"fail\",\"property\":\"p\",\"signature\":\"x:y\",\"message\":\"m\",\"events\":11,"        \
    "\"hash\":"                                                                                              \
    "\"0123456789abcdef\"}\n"

static bool read_text(const char *text, size_t bytes, struct capsule *capsule, char *error)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, bytes ? bytes : 1, "r");
    if (bytes == 0)
        getc(in);
    bool is_good = capsule_read_stream(in, "t.jsonl", capsule, error);
    fclose(in);
    return is_good;
}

static void expect_error_in_bytes(const char *text, size_t bytes, const char *wanted)
{
    struct capsule capsule;
    char error[CAPSULE_ERROR_MAX] = "";
    cr_expect_not(read_text(text, bytes, &capsule, error), "%s", wanted);
    cr_expect_str_eq(error, wanted);
}

static void expect_error(const char *text, const char *wanted)
{
    expect_error_in_bytes(text, strlen(text), wanted);
}

Test(capsule, reads_back_what_was_written)
{
    static const char text[] = HEADER CHOICE CHECKPOINT EVENT VERDICT;
    struct capsule capsule;
    char error[CAPSULE_ERROR_MAX], *again = NULL;
    size_t bytes;
    cr_assert(read_text(text, sizeof(text) - 1, &capsule, error), "%s", error);
    cr_expect_eq(capsule.header.seed, 7);
    cr_expect_str_eq(capsule.header.libraries[0].version, "2.0.2");
    cr_expect_str_eq(capsule.header.config, "name: s\n");
    cr_expect_eq(capsule.choices[0].occurrence, 12);
    cr_expect_eq(capsule.checkpoints[0].events, 10);
    cr_expect(capsule.verdict.is_failure);
    FILE *out = open_memstream(&again, &bytes);
    cr_assert(capsule_write(out, &capsule));
    fclose(out);
    cr_expect_str_eq(again, text);
    free(again);
    capsule_deinit(&capsule);
}

Test(capsule, an_older_format_is_read_and_written_as_the_newest)
{
    static const char text[] = HEADER_1 CHOICE VERDICT;
    struct capsule capsule;
    char error[CAPSULE_ERROR_MAX], *again = NULL;
    size_t bytes;
    cr_assert(read_text(text, sizeof(text) - 1, &capsule, error), "%s", error);
    cr_expect_eq(capsule.header.shrunk_from, 0);
    capsule.header.shrunk_from = 40;
    FILE *out = open_memstream(&again, &bytes);
    cr_assert(capsule_write(out, &capsule));
    fclose(out);
    cr_expect_str_eq(again, HEADER CHOICE VERDICT);
    free(again);
    capsule_deinit(&capsule);
}

Test(capsule, a_key_of_a_newer_format_is_not_known_in_an_older_one)
{
    expect_error("{\"type\":\"header\",\"format\":1,\"shrunk_from\":4}\n",
                 "t.jsonl:1: \"shrunk_from\" is not known here");
}

Test(capsule, every_truncation_is_one_error_with_file_and_line)
{
    static const char text[] = HEADER CHOICE CHECKPOINT EVENT VERDICT;
    for (size_t bytes = 0; bytes < sizeof(text) - 1; bytes++) {
        struct capsule capsule;
        char error[CAPSULE_ERROR_MAX] = "";
        cr_assert_not(read_text(text, bytes, &capsule, error), "%zu", bytes);
        cr_assert_eq(strncmp(error, "t.jsonl:", 8), 0, "%zu: %s", bytes, error);
        cr_assert_null(strchr(error, '\n'));
    }
}

Test(capsule, says_what_is_wrong_with_a_line)
{
    expect_error("[]\n", "t.jsonl:1: not a JSON object");
    expect_error(CHOICE, "t.jsonl:1: the first line must be a header");
    expect_error(HEADER HEADER VERDICT, "t.jsonl:2: neither a choice, a checkpoint, an event nor a verdict");
    expect_error(HEADER VERDICT CHOICE, "t.jsonl:3: the verdict must be the last line");
    expect_error(HEADER CHOICE, "t.jsonl:3: the file ends without a verdict");
    expect_error(HEADER CHOICE CHECKPOINT CHOICE VERDICT,
                 "t.jsonl:4: this choice was made already, in line 2");
    expect_error(HEADER CHECKPOINT CHECKPOINT VERDICT,
                 "t.jsonl:3: checkpoint 10 does not come after the one before it");
    expect_error(HEADER "{\"actor\":1,\"actor\":1,\"point\":\"p\",\"n\":0,\"pick\":1}\n" VERDICT,
                 "t.jsonl:2: not JSON: duplicate object key near '\"actor\"'");
    expect_error(HEADER "{\"actor\":\"1\",\"point\":\"p\",\"n\":0,\"pick\":1}\n" VERDICT,
                 "t.jsonl:2: \"actor\" must be an integer");
    expect_error(HEADER "{\"actor\":1,\"point\":\"p\",\"n\":0,\"pick\":0}\n" VERDICT,
                 "t.jsonl:2: \"pick\" must be between 1 and 4294967295");
    expect_error(HEADER "{\"actor\":1,\"point\":\"p\",\"pick\":1}\n" VERDICT, "t.jsonl:2: \"n\" is missing");
    expect_error(HEADER "{\"actor\":1,\"point\":\"p q\",\"n\":0,\"pick\":1}\n" VERDICT,
                 "t.jsonl:2: \"point\" must be 1 to 63 bytes without blank or #");
    expect_error(HEADER "{\"actor\":1,\"point\":\"p\",\"n\":0,\"pick\":1,\"why\":1}\n" VERDICT,
                 "t.jsonl:2: \"why\" is not known here");
    expect_error(HEADER "{\"actor\":1,\"point\":\"p\",\"n\":0,\"pick\":1,\"two\\nlines\":1}\n" VERDICT,
                 "t.jsonl:2: \"two?lines\" is not known here");
    expect_error(HEADER "{\"checkpoint\":1,\"hash\":\"0123\"}\n" VERDICT,
                 "t.jsonl:2: \"hash\" must be 16 to 128 lower-case hexadecimal digits");
    static const char unknown[] = "t.jsonl:1: format %d is not known; this program reads formats 1 to 2";
    for (int format = 0; format <= 3; format += 3) {
        char header[64], error[128];
        snprintf(header, sizeof header, "{\"type\":\"header\",\"format\":%d}\n", format);
        snprintf(error, sizeof error, unknown, format);
        expect_error(header, error);
    }
}

Test(capsule, a_nul_that_jansson_would_skip_is_an_error)
{
    static const char text[] = HEADER "{\"event\":\"kill\",\"time_ns\":0\0,\"name\":\"k\"}\n" VERDICT;
    expect_error_in_bytes(text, sizeof(text) - 1, "t.jsonl:2: byte 28 of the line is NUL");
}

Test(capsule, a_line_that_is_too_long_is_an_error)
{
    size_t bytes = CAPSULE_LINE_MAX + 2;
    char *text = malloc(bytes), error[CAPSULE_ERROR_MAX];
    struct capsule capsule;
    memset(text, ' ', bytes);
    text[bytes - 1] = '\n';
    cr_assert_not(read_text(text, bytes, &capsule, error));
    cr_expect_str_eq(error, "t.jsonl:1: the line is longer than 1048576 bytes");
    free(text);
}

Test(capsule, a_file_that_is_not_there_is_an_error)
{
    struct capsule capsule;
    char error[CAPSULE_ERROR_MAX];
    cr_assert_not(capsule_read("/nowhere/t.jsonl", &capsule, error));
    cr_expect_str_eq(error, "/nowhere/t.jsonl:0: cannot be opened: No such file or directory");
}

Test(capsule, a_mutated_file_is_read_or_refused_in_one_line)
{
    static const char text[] = HEADER CHOICE CHECKPOINT EVENT VERDICT;
    char mutated[sizeof(text)];
    uint32_t state = 7;
    int refused = 0;
    for (int round = 0; round < 20000; round++) {
        memcpy(mutated, text, sizeof(text));
        for (int n = 0; n < 1 + round % 3; n++) {
            state = state * 1664525 + 1013904223;
            size_t at = (state >> 8) % (sizeof(text) - 1);
            state = state * 1664525 + 1013904223;
            mutated[at] = round % 2 ? (char)(state >> 24) : text[(state >> 8) % (sizeof(text) - 1)];
        }
        struct capsule capsule;
        char error[CAPSULE_ERROR_MAX] = "";
        if (read_text(mutated, sizeof(text) - 1, &capsule, error)) {
            capsule_deinit(&capsule);
        } else {
            refused++;
            cr_assert_eq(strncmp(error, "t.jsonl:", 8), 0, "round %d", round);
        }
    }
    cr_expect_gt(refused, 10000);
}

/* ---- events as lines ------------------------------------------------------------------------------------
 * */

static struct history_bytes bytes(const char *text)
{
    return (struct history_bytes){.data = text, .bytes = strlen(text)};
}

Test(event, every_kind_is_one_line_of_json)
{
    for (int kind = 0; kind < HISTORY_KIND_COUNT; kind++) {
        struct history_event event = {.kind = (enum history_kind)kind, .time_ns = 5, .process_name = "a\"b"};
        char *text = NULL;
        size_t length;
        if (event.kind == HISTORY_MALFORMED)
            event.malformed.message = "m";
        FILE *out = open_memstream(&text, &length);
        cr_assert(event_write_json(out, &event));
        fclose(out);
        json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        cr_assert_not_null(object, "%s", text);
        cr_expect_str_eq(json_string_value(json_object_get(object, "event")), event_kind_name(event.kind));
        cr_expect_eq(strchr(text, '\n'), text + length - 1);
        json_decref(object);
        free(text);
    }
}

Test(event, bytes_that_are_no_text_are_written_as_replacement_characters)
{
    struct history_event event = {.kind = HISTORY_FAULT};
    char *text = NULL;
    size_t length;
    event.fault = (struct history_fault){.name = bytes("a\xff\xc3\xa9\x01"), .target = {.data = NULL}};
    FILE *out = open_memstream(&text, &length);
    cr_assert(event_write_json(out, &event));
    fclose(out);
    cr_expect_str_eq(
        text,
        "{\"event\":\"fault\",\"time_ns\":0,\"name\":\"a\xef\xbf\xbd\xc3\xa9\\u0001\",\"target\":null}\n");
    free(text);
}
