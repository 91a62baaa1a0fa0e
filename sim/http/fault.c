/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: see fault.h.
 */
#include "sim/http/fault.h"
#include "sim/http/window.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { GAP_US_USUAL = 100000 };

static int64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct choice_point *point_named(const char *server_name, const char *suffix)
{
    char name[CHOICE_NAME_MAX + 1];
    int bytes = snprintf(name, sizeof name, "http/%s/%s", server_name, suffix);

    assert(bytes > 0 && (size_t)bytes < sizeof name);
    return choice_point_named(name);
}

void http_faults_init(struct http_faults *faults, const char *server_name)
{
    static const char *const suffixes[HTTP_FAULT_COUNT] = {
        [HTTP_FAULT_ERROR] = "error", [HTTP_FAULT_RESET] = "reset",
        [HTTP_FAULT_STALL] = "stall", [HTTP_FAULT_TRUNCATE] = "truncate",
        [HTTP_FAULT_SLOW] = "slow",   [HTTP_FAULT_LOST_REPLY] = "lost_reply",
    };
    bool cuts = faults->per_million[HTTP_FAULT_RESET] || faults->per_million[HTTP_FAULT_STALL] ||
                faults->per_million[HTTP_FAULT_TRUNCATE];

    faults->server = server_name;
    assert(faults->latency_us_min <= faults->latency_us_max);
    for (int i = 0; i < HTTP_FAULT_COUNT; i++)
        faults->points[i] = faults->per_million[i] ? point_named(server_name, suffixes[i]) : NULL;
    faults->latency =
        faults->latency_us_min < faults->latency_us_max ? point_named(server_name, "latency") : NULL;
    faults->cut_at = cuts ? point_named(server_name, "cut_at") : NULL;
    faults->heal_ns = faults->heal_ms ? clock_ns() + (int64_t)faults->heal_ms * 1000000 : INT64_MAX;
}

static int64_t draw_latency_ns(const struct http_faults *faults)
{
    uint64_t span_us = faults->latency_us_max - faults->latency_us_min;
    uint64_t steps = span_us < HTTP_FAULT_LATENCY_STEPS - 1 ? span_us : HTTP_FAULT_LATENCY_STEPS - 1;
    uint64_t latency_us = faults->latency_us_min;

    if (faults->latency)
        latency_us += span_us * choice_pick(faults->latency, (uint32_t)steps + 1) / steps;
    return (int64_t)latency_us * 1000;
}

struct http_fault_draw http_faults_draw(const struct http_faults *faults)
{
    static const enum http_fault strongest_last[] = {
        HTTP_FAULT_ERROR, HTTP_FAULT_TRUNCATE, HTTP_FAULT_STALL, HTTP_FAULT_RESET, HTTP_FAULT_LOST_REPLY,
    };
    struct http_fault_draw draw = {.fault = HTTP_FAULT_COUNT};
    bool is_drawn[HTTP_FAULT_COUNT] = {false};
    bool is_healed = faults->heal_ns != INT64_MAX && clock_ns() >= faults->heal_ns;

    for (int i = 0; i < HTTP_FAULT_COUNT && !is_healed; i++)
        is_drawn[i] = faults->points[i] && choice_chance(faults->points[i], faults->per_million[i]);
    draw.latency_ns = is_healed ? (int64_t)faults->latency_us_min * 1000 : draw_latency_ns(faults);
    for (int i = 0; i < HTTP_FAULT_COUNT; i++)
        is_drawn[i] |= http_window_is_open(faults->server, (enum http_fault)i);
    draw.status =
        http_window_is_open(faults->server, HTTP_FAULT_ERROR) ? http_window_status(faults->server) : 503;
    draw.is_slow = is_drawn[HTTP_FAULT_SLOW];
    for (size_t i = 0; i < sizeof strongest_last / sizeof strongest_last[0]; i++)
        if (is_drawn[strongest_last[i]])
            draw.fault = strongest_last[i];
    return draw;
}

bool http_fault_refuses(const struct http_fault_draw *draw, bool is_mutation, struct http_response *response)
{
    if (draw->fault == HTTP_FAULT_RESET)
        return is_mutation;
    if (draw->fault != HTTP_FAULT_ERROR)
        return false;
    http_response_text(response, draw->status, "text/plain", "This server is out of order.\n");
    return true;
}

/* Where in the response an ending strikes; see http_response's ending_at. */
static int64_t draw_cut(const struct http_faults *faults, const struct http_response *response)
{
    uint64_t cut;

    if (response->body.bytes == 0)
        return -1;
    cut =
        choice_pick(faults->cut_at ? faults->cut_at : point_named(faults->server, "cut_at"), HTTP_FAULT_CUTS);
    return cut ? (int64_t)(response->body.bytes / HTTP_FAULT_CUTS * cut) : -1;
}

void http_fault_apply(const struct http_faults *faults, const struct http_fault_draw *draw,
                      struct http_response *response)
{
    response->delay_ns = draw->latency_ns;
    if (draw->is_slow && response->body.bytes > 0) {
        response->piece_bytes = (response->body.bytes - 1) / HTTP_FAULT_PIECES + 1;
        response->gap_ns = (int64_t)(faults->gap_us ? faults->gap_us : GAP_US_USUAL) * 1000;
    }
    switch (draw->fault) {
    case HTTP_FAULT_RESET:
        response->ending = HTTP_ENDING_RESET;
        response->ending_at = draw_cut(faults, response);
        return;
    case HTTP_FAULT_STALL:
        response->ending = HTTP_ENDING_STALL;
        response->ending_at = draw_cut(faults, response);
        return;
    case HTTP_FAULT_TRUNCATE:
        response->ending = HTTP_ENDING_TRUNCATE;
        response->ending_at = draw_cut(faults, response);
        /* A truncated body still has its head. */
        if (response->body.bytes > 0 && response->ending_at < 0)
            response->ending_at = 0;
        return;
    case HTTP_FAULT_LOST_REPLY:
        response->ending = HTTP_ENDING_RESET;
        response->ending_at = -1;
        return;
    case HTTP_FAULT_ERROR:
    case HTTP_FAULT_SLOW:
    case HTTP_FAULT_COUNT:
        return;
    }
}
