/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the request parser accepts, refuses and leaves alone. Every input lies flush against an unreadable page and
 * is fed whole, byte by byte and cut in two at every place; all ways must come to the same end.
 */
#include "sim/http/request.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BODY_BYTES_MAX = 4096, PAGE_BYTES = 4096, ROOM_BYTES = 16 * PAGE_BYTES };

/* Memory whose end is followed by an unreadable page. */
static char *page_end;

static void open_page(void)
{
    char *pages =
        mmap(NULL, ROOM_BYTES + PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    cr_assert_neq(pages, MAP_FAILED);
    cr_assert_eq(mprotect(pages + ROOM_BYTES, PAGE_BYTES, PROT_NONE), 0);
    page_end = pages + ROOM_BYTES;
}

static const char *flush_with_page(const char *bytes, size_t count)
{
    cr_assert_leq(count, (size_t)ROOM_BYTES);
    return memcpy(page_end - count, bytes, count);
}

/* How a parse ended. */
struct outcome {
    enum http_step step;
    int status;
    size_t used;
    bool has_head;
    struct http_request request;
};

static void feed(struct outcome *outcome, const char *input, size_t bytes)
{
    const char *at = flush_with_page(input, bytes);
    size_t used;

    do {
        outcome->step = http_request_step(&outcome->request, at, bytes, &used);
        cr_assert_leq(used, bytes);
        cr_assert(outcome->step != HTTP_STEP_MORE || used == bytes);
        outcome->has_head |= outcome->step == HTTP_STEP_HEAD;
        outcome->used += used;
        at += used;
        bytes -= used;
    } while (outcome->step == HTTP_STEP_HEAD);
    outcome->status = outcome->request.error_status;
}

static bool is_open(const struct outcome *outcome)
{
    return outcome->step == HTTP_STEP_MORE;
}

/* Feeds input in pieces of first, then next, next .. bytes until it comes to an end. */
static void parse(struct outcome *outcome, const char *input, size_t bytes, size_t first, size_t next)
{
    size_t piece = first;

    memset(outcome, 0, sizeof *outcome);
    cr_assert(http_request_init(&outcome->request, BODY_BYTES_MAX));
    for (size_t at = 0; at < bytes && is_open(outcome); at += piece, piece = next)
        feed(outcome, input + at, piece < bytes - at ? piece : bytes - at);
}

static void expect_same(const struct outcome *a, const struct outcome *b, const char *how)
{
    cr_expect_eq(a->step, b->step, "%s: step %d, %d", how, a->step, b->step);
    cr_expect_eq(a->status, b->status, "%s: status %d, %d", how, a->status, b->status);
    cr_expect_eq(a->used, b->used, "%s: used %zu, %zu", how, a->used, b->used);
    cr_expect_eq(a->has_head, b->has_head, "%s", how);
    if (a->step == HTTP_STEP_BAD || b->step == HTTP_STEP_BAD)
        return;
    cr_expect_eq(a->request.method, b->request.method, "%s", how);
    cr_expect_str_eq(a->request.target, b->request.target, "%s", how);
    cr_expect_eq(a->request.body_bytes, b->request.body_bytes, "%s", how);
    if (a->request.body_bytes > 0 && a->request.body_bytes == b->request.body_bytes)
        cr_expect_eq(memcmp(a->request.body, b->request.body, a->request.body_bytes), 0, "%s", how);
}

/* Parses input in all ways; the outcome of feeding it whole is the caller's to deinit. */
static void parse_in_all_ways(struct outcome *whole, const char *input, size_t bytes)
{
    struct outcome other;
    char how[128];

    parse(whole, input, bytes, bytes, bytes);
    parse(&other, input, bytes, 1, 1);
    snprintf(how, sizeof how, "byte by byte: %.80s", input);
    expect_same(whole, &other, how);
    http_request_deinit(&other.request);
    for (size_t cut = 1; cut < bytes; cut++) {
        parse(&other, input, bytes, cut, bytes);
        snprintf(how, sizeof how, "cut at %zu: %.80s", cut, input);
        expect_same(whole, &other, how);
        http_request_deinit(&other.request);
    }
}

TestSuite(http_request, .init = open_page);

Test(http_request, a_get_is_taken_apart)
{
    static const char input[] =
        "GET /a/b.pdf?bytes=7 HTTP/1.1\r\nHost: h\r\nX-Blank:\r\nX-Odd: \t a b \t\r\n\r\n";
    struct outcome outcome;

    parse_in_all_ways(&outcome, input, sizeof input - 1);
    cr_expect_eq(outcome.step, HTTP_STEP_DONE);
    cr_expect_eq(outcome.request.method, HTTP_GET);
    cr_expect_str_eq(outcome.request.target, "/a/b.pdf?bytes=7");
    cr_expect_eq(outcome.request.minor_version, 1);
    cr_expect(outcome.request.keep_alive);
    cr_expect_str_eq(http_request_header(&outcome.request, "host"), "h");
    cr_expect_str_eq(http_request_header(&outcome.request, "x-blank"), "");
    cr_expect_str_eq(http_request_header(&outcome.request, "x-odd"), "a b");
    cr_expect_null(http_request_header(&outcome.request, "odd"));
    cr_expect_null(outcome.request.body);
    http_request_deinit(&outcome.request);
}

Test(http_request, bodies_come_by_length_and_in_chunks)
{
    static const char *const inputs[] = {
        "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello\r\n\0wor",
        "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "3\r\nhel\r\n04;x=\"y\"\r\nlo\r\n\r\n4 \r\n\0wor\r\n0\r\nX-Trailer: 1\r\n\r\n",
    };
    static const size_t bytes[] = {48 + 11, 56 + 8 + 10 + 4 + 2 + 4 + 4 + 2 + 3 + 14 + 2};

    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome;

        parse_in_all_ways(&outcome, inputs[i], bytes[i]);
        cr_expect_eq(outcome.step, HTTP_STEP_DONE, "row %zu: step %d, status %d", i, outcome.step,
                     outcome.status);
        cr_expect_eq(outcome.used, bytes[i], "row %zu used %zu", i, outcome.used);
        cr_assert_eq(outcome.request.body_bytes, 11u, "row %zu", i);
        cr_expect_eq(memcmp(outcome.request.body, "hello\r\n\0wor", 11), 0, "row %zu", i);
        cr_expect_null(http_request_header(&outcome.request, "x-trailer"), "trailers are dropped");
        http_request_deinit(&outcome.request);
    }
}

Test(http_request, pipelined_requests_are_taken_one_at_a_time)
{
    static const char input[] = "PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                                "\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3";
    struct outcome outcome;
    size_t first;

    parse(&outcome, input, sizeof input - 1, sizeof input, 1);
    cr_expect_eq(outcome.step, HTTP_STEP_DONE);
    first = outcome.used;
    cr_expect_eq(first, strcspn(input, "c") + 1, "used %zu", first);
    http_request_next(&outcome.request);
    cr_expect_not(http_request_is_begun(&outcome.request));
    feed(&outcome, input + first, sizeof input - 1 - first);
    cr_expect_eq(outcome.step, HTTP_STEP_DONE);
    cr_expect_str_eq(outcome.request.target, "/2");
    cr_expect_eq(outcome.request.body_bytes, 0u);
    cr_expect_str_eq(input + outcome.used, "GET /3");
    http_request_deinit(&outcome.request);
}

Test(http_request, what_a_client_may_leave_to_the_server_is_understood)
{
    static const struct {
        const char *input;
        const char *target;
        bool keep_alive;
        bool expects_continue;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "/", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n", "/", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", "/", true, false},
        {"GET / HTTP/1.0\r\n\r\n", "/", false, false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "/", true, false},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "/", true, false},
        {"GET http://h:1/x HTTP/1.1\r\nHost: h\r\n\r\n", "/x", true, false},
        {"GET http://h?x HTTP/1.1\r\nHost: h\r\n\r\n", "/?x", true, false},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "*", true, false},
        {"PATCH / HTTP/1.1\r\nHost: h\r\n\r\n", "/", true, false},
        {"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", "/", true, true},
        {"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", "/", true, false},
        {"PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", "/", false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nX-Latin: caf\xe9\r\n\r\n", "/", true, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct outcome outcome;

        parse_in_all_ways(&outcome, rows[i].input, strlen(rows[i].input));
        cr_expect_eq(outcome.step, HTTP_STEP_DONE, "row %zu: status %d", i, outcome.status);
        cr_expect_str_eq(outcome.request.target, rows[i].target, "row %zu", i);
        cr_expect_eq(outcome.request.keep_alive, rows[i].keep_alive, "row %zu", i);
        cr_expect_eq(outcome.request.expects_continue, rows[i].expects_continue, "row %zu", i);
        http_request_deinit(&outcome.request);
    }
}

#define HEAD    "GET / HTTP/1.1\r\nHost: h\r\n"
#define CHUNKED "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

Test(http_request, malformed_input_is_refused)
{
    static const struct {
        const char *input;
        int status;
    } rows[] = {
        {"GET\r\n", 400},
        {"GET /\r\n", 400},
        {" GET / HTTP/1.1\r\n", 400},
        {"GET  / HTTP/1.1\r\n", 400},
        {"GET /  HTTP/1.1\r\n", 400},
        {"GET / HTTP/1.1 \r\n", 400},
        {"GET / http/1.1\r\n", 400},
        {"GET / HTTP/11\r\n", 400},
        {"GET / HTTP/1.x\r\n", 400},
        {"GET / HTTP/2.0\r\n", 505},
        {"G(T / HTTP/1.1\r\n", 400},
        {"GET x HTTP/1.1\r\n", 400},
        {"GET * HTTP/1.1\r\n", 400},
        {"GET http:///x HTTP/1.1\r\n", 400},
        {"GET /#f HTTP/1.1\r\n", 400},
        {"GET /\xc3\xa9 HTTP/1.1\r\n", 400},
        {"GET /\t HTTP/1.1\r\n", 400},
        {"GET / HTTP/1.1\n", 400},
        {"GET / HTTP/1.1\rHost: h", 400},
        {"\x16\x03\x01", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {HEAD "Host: h\r\n\r\n", 400},
        {HEAD "No-Colon\r\n", 400},
        {HEAD ": empty\r\n", 400},
        {HEAD "A : b\r\n", 400},
        {HEAD " folded\r\n", 400},
        {HEAD "A: b\x01", 400},
        {HEAD "A: b\x7f", 400},
        {HEAD "Content-Length: \r\n\r\n", 400},
        {HEAD "Content-Length: -1\r\n\r\n", 400},
        {HEAD "Content-Length: +1\r\n\r\n", 400},
        {HEAD "Content-Length: 1x\r\n\r\n", 400},
        {HEAD "Content-Length: 5, 5\r\n\r\n", 400},
        {HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {HEAD "Content-Length: 4097\r\n\r\n", 413},
        {HEAD "Content-Length: 99999999999999999999\r\n\r\n", 413},
        {HEAD "Content-Length: 99999999999999999999x\r\n\r\n", 400},
        {HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {HEAD "Expect: fruit\r\n\r\n", 417},
        {CHUNKED "\r\n", 400},
        {CHUNKED "x\r\n", 400},
        {CHUNKED "-1\r\n", 400},
        {CHUNKED "1 x\r\n", 400},
        {CHUNKED "1001\r\n", 413},
        {CHUNKED "fffffffffffffffff\r\n", 400},
        {CHUNKED "ffffffffffffffff\r\n", 413},
        {CHUNKED "1\r\nab\r\n", 400},
        {CHUNKED "1\r\na\n", 400},
        {CHUNKED "0\r\nno trailer\r\n", 400},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct outcome outcome;

        parse_in_all_ways(&outcome, rows[i].input, strlen(rows[i].input));
        cr_expect_eq(outcome.step, HTTP_STEP_BAD, "%s: step %d", rows[i].input, outcome.step);
        cr_expect_eq(outcome.status, rows[i].status, "%s: %d", rows[i].input, outcome.status);
        cr_expect_not(outcome.request.keep_alive);
        http_request_deinit(&outcome.request);
    }
}

/* Feeds prefix, then as many times unit as it takes. Returns the status. */
static int overflow(const char *prefix, const char *unit, size_t *used_out)
{
    struct outcome outcome;

    parse(&outcome, prefix, strlen(prefix), strlen(prefix), 1);
    while (is_open(&outcome) && outcome.used < 100000)
        feed(&outcome, unit, strlen(unit));
    *used_out = outcome.used;
    http_request_deinit(&outcome.request);
    return outcome.status;
}

Test(http_request, nothing_grows_without_bound)
{
    static const struct {
        const char *prefix;
        const char *unit;
        int status;
        size_t used_max;
    } rows[] = {
        {"GET /", "x", 414, HTTP_HEAD_BYTES_MAX + 1},
        {"", "\r\n", 414, 2 * HTTP_HEAD_BYTES_MAX + 2},
        {HEAD "A: ", "x", 431, HTTP_HEAD_BYTES_MAX + 4},
        {HEAD, "A: b\r\n", 431, 65 * 6 + sizeof HEAD},
        {CHUNKED, "0", 400, sizeof CHUNKED + HTTP_CHUNK_LINE_BYTES_MAX + 1},
        {CHUNKED "1;", "x", 400, sizeof CHUNKED + HTTP_CHUNK_LINE_BYTES_MAX + 1},
        {CHUNKED "0\r\n", "T: b\r\n", 431, HTTP_HEAD_BYTES_MAX * 6 / 5 + sizeof CHUNKED + 8},
        {CHUNKED, "1\r\nx\r\n", 413, sizeof CHUNKED + 6 * (BODY_BYTES_MAX + 1)},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t used;
        int status = overflow(rows[i].prefix, rows[i].unit, &used);

        cr_expect_eq(status, rows[i].status, "row %zu: %d", i, status);
        cr_expect_leq(used, rows[i].used_max, "row %zu: %zu bytes taken", i, used);
    }
}

/* xorshift64: the same inputs in every run. */
static uint64_t draw(uint64_t *state, uint64_t options)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % options;
}

static size_t mutate(char *text, size_t bytes, size_t room, uint64_t *state)
{
    static const char spice[] = "\r\n\0 \t:;,#%0f\x7f\x80\xff/Hx";
    size_t at = (size_t)draw(state, bytes);
    size_t count = 1 + (size_t)draw(state, 4);

    switch (draw(state, 4)) {
    case 0:
        text[at] = spice[draw(state, sizeof spice - 1)];
        return bytes;
    case 1:
        text[at] = (char)(text[at] ^ (1 << draw(state, 8)));
        return bytes;
    case 2:
        count = count < bytes - at ? count : bytes - at - 1;
        memmove(text + at, text + at + count, bytes - at - count);
        return bytes - count;
    default: /* repeat some */
        if (bytes + count > room || at + count > bytes)
            return bytes;
        memmove(text + at + count, text + at, bytes - at);
        return bytes + count;
    }
}

Test(http_request, mutated_requests_end_alike_however_they_are_cut)
{
    static const char *const corpus[] = {
        "GET /a/b.pdf?bytes=7 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\nhello world",
        CHUNKED "3\r\nhel\r\n8;x\r\nlo world\r\n0\r\nT: 1\r\n\r\n",
    };
    uint64_t state = 88172645463325252;
    unsigned count[4] = {0};

    for (unsigned round = 0; round < 60000; round++) {
        char text[256];
        size_t bytes = strlen(corpus[round % 3]);
        struct outcome whole;
        struct outcome cut;

        memcpy(text, corpus[round % 3], bytes);
        for (uint64_t i = 1 + draw(&state, 3); i > 0; i--)
            bytes = mutate(text, bytes, sizeof text, &state);
        parse(&whole, text, bytes, bytes, bytes);
        parse(&cut, text, bytes, 1 + (size_t)draw(&state, bytes), 1 + (size_t)draw(&state, 9));
        expect_same(&whole, &cut, "mutated");
        cr_expect(whole.step != HTTP_STEP_BAD || (whole.status >= 400 && whole.status <= 505));
        cr_expect(whole.step != HTTP_STEP_DONE || *whole.request.target == '/' ||
                  *whole.request.target == '*');
        count[whole.step]++;
        http_request_deinit(&whole.request);
        http_request_deinit(&cut.request);
    }
    /* Not vacuous: all ends are met. */
    cr_expect_gt(count[HTTP_STEP_MORE], 500u, "%u", count[HTTP_STEP_MORE]);
    cr_expect_gt(count[HTTP_STEP_DONE], 1000u, "%u", count[HTTP_STEP_DONE]);
    cr_expect_gt(count[HTTP_STEP_BAD], 1000u, "%u", count[HTTP_STEP_BAD]);
}
