/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: an attachment origin or an object store that misbehaves for a while: every request that comes meanwhile.
 *
 * Targets are the servers by name ("origin"). Which part of a response is lost is drawn by the server, request by request.
 */
#include "faults/family.h"
#include "sim/world/network.h"

static const int statuses[] = {503, 500, 502, 504, 429};
enum { STATUSES = sizeof statuses / sizeof statuses[0] };

static bool is_server(const struct fault_plan *plan, const struct process *process)
{
    const struct fault_callbacks *callbacks = &plan->callbacks;
    return process->state != PROCESS_DEAD && callbacks->is_http_server &&
           callbacks->is_http_server(callbacks->opaque, process);
}

/* A glob may begin with a star here: it is over servers alone. */
static struct process *draw_server(const struct fault_series *series)
{
    struct process *candidates[PROCESSES_MAX];
    uint32_t count = 0;
    for (uint32_t number = 1; number <= process_count(); number++) {
        struct process *process = process_by_number(number);
        if (fault_matches(series->spec->target, process->name) && is_server(series->plan, process))
            candidates[count++] = process;
    }
    return count ? candidates[fault_draw(series, DRAW_WHOM, count)] : NULL;
}

static bool open_window(struct fault_series *series, enum fault_http_window window, int status)
{
    struct process *process = draw_server(series);
    if (!process)
        return false;
    const struct fault_callbacks *callbacks = &series->plan->callbacks;
    struct fault_spell *spell = fault_spell_new(series);
    spell->process = process;
    spell->amount = window;
    callbacks->on_http(callbacks->opaque, process, window, status, true);
    fault_struck(series, process);
    return true;
}

static void close_window(struct fault_spell *spell)
{
    const struct fault_callbacks *callbacks = &spell->plan->callbacks;
    callbacks->on_http(callbacks->opaque, spell->process, (enum fault_http_window)spell->amount, 0, false);
}

static bool fail(struct fault_series *series)
{
    return open_window(series, FAULT_HTTP_ERROR, statuses[fault_draw(series, DRAW_FACTOR, STATUSES)]);
}

static bool stall(struct fault_series *series)
{
    return open_window(series, FAULT_HTTP_STALL, 0);
}

static bool reset(struct fault_series *series)
{
    return open_window(series, FAULT_HTTP_RESET, 0);
}

static bool truncate_body(struct fault_series *series)
{
    return open_window(series, FAULT_HTTP_TRUNCATE, 0);
}

static bool slow(struct fault_series *series)
{
    return open_window(series, FAULT_HTTP_SLOW, 0);
}

static bool refuse(struct fault_series *series)
{
    struct process *process = draw_server(series);
    if (!process)
        return false;
    struct fault_spell *spell = fault_spell_new(series);
    spell->host = process->host;
    network_refuse(spell->host, true);
    fault_struck(series, process);
    return true;
}

static void accept_again(struct fault_spell *spell)
{
    network_refuse(spell->host, false);
}

#define OF_SERVERS                                                                                           \
    .target = "which HTTP server (origin), a glob over names", .class = FAULT_OF_HTTP,                       \
    .parameters = FAULT_TAKES_DURATION

const struct fault_type fault_http_error = {
    FAULT_NAMED("http_error"),
    .documentation = "an HTTP server answers every request with 503, 500, 502, 504 or 429 for a while",
    OF_SERVERS,
    .strike = fail,
    .lift = close_window,
};

const struct fault_type fault_http_stall = {
    FAULT_NAMED("http_stall"),
    .documentation = "responses of an HTTP server stop, before or amid them, and never go on; for a while",
    OF_SERVERS,
    .strike = stall,
    .lift = close_window,
};

const struct fault_type fault_http_reset = {
    FAULT_NAMED("http_reset"),
    .documentation = "an HTTP server sends RST before or amid its responses for a while",
    OF_SERVERS,
    .strike = reset,
    .lift = close_window,
};

const struct fault_type fault_http_truncate = {
    FAULT_NAMED("http_truncate"),
    .documentation = "an HTTP server closes amid the bodies of its responses for a while",
    OF_SERVERS,
    .strike = truncate_body,
    .lift = close_window,
};

const struct fault_type fault_http_slow = {
    FAULT_NAMED("http_slow"),
    .documentation = "bodies of an HTTP server come in eight pieces with gaps for a while",
    OF_SERVERS,
    .strike = slow,
    .lift = close_window,
};

const struct fault_type fault_http_refuse = {
    FAULT_NAMED("http_refuse"),
    .documentation = "nobody can connect to an HTTP server's host for a while",
    OF_SERVERS,
    .strike = refuse,
    .lift = accept_again,
};
