/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observer over real exchanges: librdkafka against its own mock cluster. In each capture five producers
 * (one a codec: none with idempotence, gzip, snappy, lz4, and zstd with acks=0) send two records each, and a
 * group member reads all ten and commits.
 */
#include "sim/kafka/observe/observer.h"
#include "tests/unit/capture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 10 };

struct seen {
    FILE *json;
    int produce_requests, acknowledged, fetched, commits, joins, syncs, leaves, malformed;
    int64_t committed;
    uint32_t assigned;
    int32_t generation;
    char urls[RECORDS][64];
};

static void on_event(void *context, const struct history_event *event)
{
    struct seen *seen = context;
    if (seen->json)
        cr_assert(event_write_json(seen->json, event));
    switch (event->kind) {
    case HISTORY_PRODUCE:
        seen->produce_requests += event->produce.step == HISTORY_REQUESTED;
        for (uint32_t i = 0; i < event->produce.record_count; i++)
            cr_assert_eq(event->produce.records[i].offset,
                         event->produce.base_offset < 0 ? -1 : event->produce.base_offset + i);
        if (history_produce_is_acknowledged(&event->produce))
            seen->acknowledged += (int)event->produce.record_count;
        break;
    case HISTORY_FETCH:
        for (uint32_t i = 0; i < event->fetch.record_count; i++) {
            const struct history_record *record = &event->fetch.records[i];
            cr_assert_eq(record->header_count, 1);
            cr_assert_lt(record->offset, RECORDS);
            snprintf(seen->urls[record->offset], sizeof(seen->urls[0]), "%.*s", (int)record->value.bytes,
                     (const char *)record->value.data);
            seen->fetched++;
        }
        break;
    case HISTORY_COMMIT:
        if (event->commit.step == HISTORY_ANSWERED && event->commit.error == 0) {
            seen->commits++;
            seen->committed = event->commit.offset;
        }
        break;
    case HISTORY_JOIN:
        seen->joins += event->join.step == HISTORY_ANSWERED && event->join.error == 0;
        break;
    case HISTORY_SYNC:
        if (event->sync.step == HISTORY_ANSWERED) {
            seen->syncs++;
            seen->assigned = event->sync.assigned_count;
            seen->generation = event->sync.generation;
        }
        break;
    case HISTORY_LEAVE:
        seen->leaves += event->membership.step == HISTORY_REQUESTED;
        break;
    case HISTORY_MALFORMED:
        seen->malformed++;
        break;
    case HISTORY_WORLD:
    case HISTORY_PROCESS:
    case HISTORY_CONNECTION:
    case HISTORY_HEARTBEAT:
    case HISTORY_FILE:
    case HISTORY_HTTP:
    case HISTORY_LOAD:
    case HISTORY_FAULT:
    case HISTORY_LEAK:
    case HISTORY_LOG:
    case HISTORY_TRANSACTION:
    case HISTORY_COORDINATOR:
        break;
    }
}

/* Shows the capture to the observer in pieces of at most step bytes. */
static void show(struct observer *observer, const struct capture *capture, int32_t step)
{
    struct observer_client client = {.process = 1, .incarnation = 1, .process_name = "client"};
    for (size_t i = 0; i < capture->count; i++) {
        const struct capture_line *line = &capture->lines[i];
        uint64_t connection_id = (uint64_t)line->connection;
        for (int32_t at = 0; at < line->data.bytes; at += step) {
            size_t bytes = (size_t)(line->data.bytes - at < step ? line->data.bytes - at : step);
            if (line->what == CAPTURE_REQUEST)
                observer_request_bytes(observer, connection_id, line->data.data + at, bytes, (int64_t)i);
            else
                observer_response_bytes(observer, connection_id, line->data.data + at, bytes, (int64_t)i);
        }
        if (line->what == CAPTURE_OPEN)
            cr_assert(observer_connection_open(observer, connection_id, &client, 1));
        else if (line->what == CAPTURE_CLOSE)
            observer_connection_close(observer, connection_id);
    }
}

Test(observer, tells_what_a_real_client_and_broker_did)
{
    for (size_t n = 0; capture_names[n]; n++) {
        struct capture capture = capture_read(capture_names[n]);
        struct seen seen = {0};
        struct observer *observer = observer_new(on_event, &seen);
        show(observer, &capture, INT32_MAX);
        cr_expect_eq(seen.malformed, 0, "%s", capture_names[n]);
        cr_expect_eq(seen.produce_requests, 5, "%s: %d", capture_names[n], seen.produce_requests);
        cr_expect_eq(seen.acknowledged, 8, "%s: %d", capture_names[n], seen.acknowledged);
        cr_expect_eq(seen.fetched, RECORDS, "%s: %d", capture_names[n], seen.fetched);
        cr_expect_eq(seen.committed, RECORDS, "%s", capture_names[n]);
        cr_expect_geq(seen.joins, 1, "%s", capture_names[n]);
        cr_expect_geq(seen.syncs, 1, "%s", capture_names[n]);
        cr_expect_eq(seen.assigned, 1, "%s", capture_names[n]);
        cr_expect_eq(seen.leaves, n == 0, "%s", capture_names[n]); /* the others just hung up */
        static const char *const codecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};
        for (int i = 0; i < RECORDS; i++) {
            char url[40];
            snprintf(url, sizeof(url), "http://o/%s/%d.pdf", codecs[i / 2], i % 2);
            cr_expect_not_null(strstr(seen.urls[i], url), "%s: %s", capture_names[n], seen.urls[i]);
        }
        observer_free(observer);
        capture_free(&capture);
    }
}

static char *history_of(const struct capture *capture, int32_t step)
{
    char *text = NULL;
    size_t bytes;
    struct seen seen = {.json = open_memstream(&text, &bytes)};
    struct observer *observer = observer_new(on_event, &seen);
    show(observer, capture, step);
    observer_free(observer);
    fclose(seen.json);
    return text;
}

Test(observer, does_not_care_how_the_stream_is_cut)
{
    struct capture capture = capture_read(capture_names[1]);
    char *whole = history_of(&capture, INT32_MAX);
    for (int32_t step = 1; step < 9; step += 3) {
        char *cut = history_of(&capture, step);
        cr_expect_str_eq(cut, whole);
        free(cut);
    }
    cr_expect_gt(strlen(whole), 5000);
    free(whole);
    capture_free(&capture);
}

/* All bytes of one direction of one connection, in pieces that end anywhere. */
static void show_glued(struct observer *observer, const struct capture *capture, int connection,
                       enum capture_what what)
{
    struct wire_output all = {0};
    enum { STEP = 13 };
    for (size_t i = 0; i < capture->count; i++)
        if (capture->lines[i].connection == connection && capture->lines[i].what == what)
            wire_output_append(&all, capture->lines[i].data.data, (size_t)capture->lines[i].data.bytes);
    for (size_t at = 0; at < all.bytes; at += STEP) {
        size_t bytes = all.bytes - at < STEP ? all.bytes - at : STEP;
        if (what == CAPTURE_REQUEST)
            observer_request_bytes(observer, (uint64_t)connection, all.data + at, bytes, 0);
        else
            observer_response_bytes(observer, (uint64_t)connection, all.data + at, bytes, 0);
    }
    free(all.data);
}

Test(observer, takes_frames_apart_that_came_glued_together)
{
    struct capture capture = capture_read(capture_names[1]);
    struct seen seen = {0};
    struct observer *observer = observer_new(on_event, &seen);
    for (int connection = 1; connection < 10; connection++) {
        observer_connection_open(observer, (uint64_t)connection, &(struct observer_client){.process = 1}, 1);
        show_glued(observer, &capture, connection, CAPTURE_REQUEST);
        show_glued(observer, &capture, connection, CAPTURE_RESPONSE);
    }
    cr_expect_eq(seen.malformed, 0);
    cr_expect_eq(seen.produce_requests, 5);
    cr_expect_eq(seen.acknowledged, 8);
    cr_expect_eq(seen.fetched, RECORDS);
    observer_free(observer);
    capture_free(&capture);
}

Test(observer, says_once_that_a_frame_length_is_nonsense)
{
    struct seen seen = {0};
    struct observer *observer = observer_new(on_event, &seen);
    observer_connection_open(observer, 1, &(struct observer_client){.process = 1}, 1);
    observer_request_bytes(observer, 1, "GET / HTTP/1.1\r\n\r\n", 18, 0);
    observer_request_bytes(observer, 1, "GET / HTTP/1.1\r\n\r\n", 18, 0);
    cr_expect_eq(seen.malformed, 1);
    observer_free(observer);
}

Test(observer, says_that_a_response_answers_nothing)
{
    struct seen seen = {0};
    struct observer *observer = observer_new(on_event, &seen);
    observer_connection_open(observer, 1, &(struct observer_client){.process = 1}, 1);
    observer_response_bytes(observer, 1, "\0\0\0\4\0\0\0\7", 8, 0);
    cr_expect_eq(seen.malformed, 1);
    observer_free(observer);
}

static void ignore_event(void *context, const struct history_event *event)
{
    (void)context;
    (void)event;
}

Test(observer, survives_a_mutated_exchange)
{
    struct capture capture = capture_read(capture_names[2]);
    uint32_t state = 1;
    for (int round = 0; round < 400; round++) {
        struct observer *observer = observer_new(ignore_event, NULL);
        struct wire_bytes data;
        do {
            state = state * 1664525 + 1013904223;
            data = capture.lines[(state >> 8) % capture.count].data;
        } while (data.bytes == 0);
        state = state * 1664525 + 1013904223;
        uint8_t *at = (uint8_t *)(uintptr_t)data.data + (state >> 8) % (uint32_t)data.bytes;
        uint8_t before = *at;
        *at ^= (uint8_t)(1 + (state >> 28));
        show(observer, &capture, INT32_MAX);
        *at = before;
        observer_free(observer);
    }
    capture_free(&capture);
}

/* ---- allocations ----------------------------------------------------------------------------------------
 * */

static uint64_t allocations;
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    allocations++;
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    allocations++;
    return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    allocations++;
    return __real_realloc(old, bytes);
}

static void count_event(void *context, const struct history_event *event)
{
    (void)event;
    ++*(uint64_t *)context;
}

Test(observer, allocates_nothing_once_it_is_warm)
{
    struct capture capture = capture_read(capture_names[0]);
    uint64_t events = 0;
    struct observer *observer = observer_new(count_event, &events);
    show(observer, &capture, INT32_MAX);
    observer_reset(observer);
    show(observer, &capture, INT32_MAX);
    observer_reset(observer);
    uint64_t before = allocations;
    events = 0;
    show(observer, &capture, INT32_MAX);
    /* zlib's and lz4's own contexts are made of libraries' malloc, which is not counted. */
    cr_expect_eq(allocations - before, 0, "%llu", (unsigned long long)(allocations - before));
    cr_expect_gt(events, 15);
    observer_free(observer);
    capture_free(&capture);
}
