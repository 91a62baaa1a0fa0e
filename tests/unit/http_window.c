/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl sees of a server while a window is open, and that it sees nothing afterwards. */
#include "tests/unit/http_fixture.h"

#include "sim/http/origin.h"
#include "sim/http/window.h"

#include <criterion/criterion.h>
#include <string.h>

#define PATH "/a/x.pdf?bytes=8000"

static void expect_whole(void)
{
    struct reply *reply = http_fixture_get(PATH);

    cr_expect_eq(reply->code, CURLE_OK, "%s", curl_easy_strerror(reply->code));
    cr_expect_eq(reply->status, 200);
    cr_expect_eq(reply->body_bytes, 8000u);
}

/* The server runs already: windows act on each request. */
static struct reply *get_within(enum http_fault fault, int status)
{
    struct reply *reply;

    http_window_open("origin", fault, status);
    reply = http_fixture_get(PATH);
    http_window_close("origin", fault);
    return reply;
}

Test(http_window, each_kind_has_its_effect_and_ends)
{
    struct reply *reply;

    http_fixture_start(http_origin_main, "--gap-us 100");
    expect_whole();
    reply = get_within(HTTP_FAULT_ERROR, 502);
    cr_expect_eq(reply->status, 502);
    expect_whole();
    reply = get_within(HTTP_FAULT_RESET, 0);
    cr_expect(reply->code == CURLE_RECV_ERROR || reply->code == CURLE_GOT_NOTHING, "%d", (int)reply->code);
    expect_whole();
    reply = get_within(HTTP_FAULT_TRUNCATE, 0);
    cr_expect_eq(reply->code, CURLE_PARTIAL_FILE);
    cr_expect_lt(reply->body_bytes, 8000u);
    expect_whole();
    reply = get_within(HTTP_FAULT_SLOW, 0);
    cr_expect_eq(reply->code, CURLE_OK);
    cr_expect_eq(reply->body_bytes, 8000u);
    http_fixture_stop();
    http_window_reset();
}

Test(http_window, windows_of_one_kind_add_up_and_other_servers_are_left_alone)
{
    http_fixture_start(http_origin_main, "");
    http_window_open("store", HTTP_FAULT_ERROR, 500);
    expect_whole();
    http_window_open("origin", HTTP_FAULT_ERROR, 500);
    http_window_open("origin", HTTP_FAULT_ERROR, 429);
    cr_expect_eq(http_fixture_get(PATH)->status, 429, "the last one's");
    http_window_close("origin", HTTP_FAULT_ERROR);
    cr_expect_eq(http_fixture_get(PATH)->status, 429);
    http_window_close("origin", HTTP_FAULT_ERROR);
    expect_whole();
    http_fixture_stop();
    http_window_reset();
    cr_expect_not(http_window_is_open("store", HTTP_FAULT_ERROR));
}

/* A response that stops is looked at where it is decided: a client would wait for ever. */
Test(http_window, a_stall_and_a_lost_reply_are_decided_as_if_drawn)
{
    struct http_faults faults = {.latency_us_min = 0};
    struct http_response response;

    http_faults_init(&faults, "origin");
    http_window_open("origin", HTTP_FAULT_STALL, 0);
    struct http_fault_draw draw = http_faults_draw(&faults);
    http_response_init(&response);
    cr_expect_not(http_fault_refuses(&draw, false, &response));
    http_fault_apply(&faults, &draw, &response);
    cr_expect_eq(response.ending, HTTP_ENDING_STALL);
    http_window_open("origin", HTTP_FAULT_LOST_REPLY, 0);
    cr_expect_eq(http_faults_draw(&faults).fault, HTTP_FAULT_LOST_REPLY);
    http_window_reset();
    cr_expect_eq(http_faults_draw(&faults).fault, HTTP_FAULT_COUNT);
}
