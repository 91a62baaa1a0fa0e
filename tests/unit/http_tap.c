/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/http_tap.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ID = 7 };

static const char put[] =
    "PUT /data/inventory/a.jsonl HTTP/1.1\r\nHost: store\r\nContent-Length: 11\r\n\r\nhello world";
static const char get[] = "GET /a/1-0.pdf?bytes=3 HTTP/1.1\r\nHost: origin\r\n\r\n";

struct seen {
    char text[2048];
};

static void note(void *context, const struct history_event *event)
{
    struct seen *seen = context;
    const struct history_http *http = &event->http;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s %.*s %.*s %.*s %d [%.*s]\n",
             event->process_name, (int)http->server.bytes, (const char *)http->server.data,
             (int)http->method.bytes, (const char *)http->method.data, (int)http->path.bytes,
             (const char *)http->path.data, http->step == HISTORY_ANSWERED ? http->status : 0,
             (int)http->body.bytes, http->body.data ? (const char *)http->body.data : "");
}

static struct http_tap *open_tap(struct seen *seen)
{
    struct http_tap *tap = http_tap_new(note, seen);
    http_tap_open(tap, ID, &(struct history_event){.process = 3, .process_name = "download.0"}, "store");
    return tap;
}

/* In two pieces, cut at every place. */
static void in_pieces(void (*feed)(struct http_tap *, uint64_t, const void *, size_t, int64_t),
                      struct http_tap *tap, const char *text, size_t cut)
{
    size_t bytes = strlen(text);
    cut = cut < bytes ? cut : bytes;
    feed(tap, ID, text, cut, 1);
    if (cut < bytes)
        feed(tap, ID, text + cut, bytes - cut, 2);
}

Test(http_tap, a_put_and_a_get_on_one_connection_are_told_of_however_they_are_cut)
{
    for (size_t cut = 1; cut < sizeof put; cut++) {
        struct seen seen = {""};
        struct http_tap *tap = open_tap(&seen);
        in_pieces(http_tap_request, tap, put, cut);
        in_pieces(http_tap_response, tap, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", cut);
        in_pieces(http_tap_request, tap, get, cut);
        in_pieces(http_tap_response, tap, "HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\nabc", cut);
        cr_assert_str_eq(seen.text,
                         "download.0 store PUT /data/inventory/a.jsonl 0 [hello world]\n"
                         "download.0 store PUT /data/inventory/a.jsonl 201 [hello world]\n"
                         "download.0 store GET /a/1-0.pdf?bytes=3 0 []\n"
                         "download.0 store GET /a/1-0.pdf?bytes=3 503 []\n",
                         "cut at %zu: %s", cut, seen.text);
        http_tap_free(tap);
    }
}

Test(http_tap, a_request_that_is_never_answered_has_no_answer)
{
    struct seen seen = {""};
    struct http_tap *tap = open_tap(&seen);
    http_tap_request(tap, ID, put, sizeof put - 1, 1);
    http_tap_close(tap, ID);
    http_tap_response(tap, ID, "HTTP/1.1 201 Created\r\n\r\n", 24, 2);
    cr_expect_str_eq(seen.text, "download.0 store PUT /data/inventory/a.jsonl 0 [hello world]\n");
    http_tap_free(tap);
}

Test(http_tap, continue_is_no_answer)
{
    struct seen seen = {""};
    struct http_tap *tap = open_tap(&seen);
    const size_t head = sizeof put - 1 - 11;
    http_tap_request(tap, ID, put, head, 1);
    http_tap_response(tap, ID, "HTTP/1.1 100 Continue\r\n\r\n", 25, 2);
    http_tap_request(tap, ID, put + head, 11, 3);
    http_tap_response(tap, ID, "HTTP/1.1 412 Precondition Failed\r\n\r\n", 36, 4);
    cr_expect_str_eq(seen.text, "download.0 store PUT /data/inventory/a.jsonl 0 [hello world]\n"
                                "download.0 store PUT /data/inventory/a.jsonl 412 [hello world]\n");
    http_tap_free(tap);
}

Test(http_tap, nonsense_is_not_read_beyond_its_end_and_tells_nothing)
{
    struct seen seen = {""};
    struct http_tap *tap = open_tap(&seen);
    static const char garbage[] = "\0\xff no such thing\r\n\r\n\r\n";
    for (int i = 0; i < 100; i++) {
        http_tap_request(tap, ID, garbage, sizeof garbage - 1, 1);
        http_tap_response(tap, ID, garbage, sizeof garbage - 1, 2);
    }
    http_tap_request(tap, ID + 1, put, sizeof put - 1, 3);
    cr_expect_str_empty(seen.text);
    http_tap_free(tap);
}
