/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: what can go wrong with a response, asked through the choice seam.
 *
 * The points of a server named N are "http/N/error", ".../reset", ".../stall", ".../truncate", ".../slow",
 * ".../lost_reply", ".../latency" and ".../cut_at". For each request every fault whose probability is not 0 is asked
 * once, in the order of the enum, whatever the others said: to switch one off does not shift the rest. Of those
 * drawn the first of lost_reply, reset, stall, truncate, error wins; slow and latency combine with any. A window that is
 * open (window.h) is as if that fault had been drawn.
 */
#ifndef SIM_HTTP_FAULT_H
#define SIM_HTTP_FAULT_H

#include "sim/http/response.h"
#include "sim/world/choice.h"

enum http_fault {
    HTTP_FAULT_ERROR,      /* 503 (or what a window says), and the request is not carried out */
    HTTP_FAULT_RESET,      /* RST, before or amid the response; the request is not carried out */
    HTTP_FAULT_STALL,      /* carried out, but the response stops, before or amid it, for ever */
    HTTP_FAULT_TRUNCATE,   /* carried out, but FIN amid the body, or before a response that has none */
    HTTP_FAULT_SLOW,       /* the body comes in HTTP_FAULT_PIECES pieces with gaps */
    HTTP_FAULT_LOST_REPLY, /* carried out, then RST before the response */
    HTTP_FAULT_COUNT,
};

enum {
    HTTP_FAULT_PIECES = 8,
    HTTP_FAULT_CUTS =
        8, /* cut_at: 0 = before the head, k = after k/8 of the body; asked only if there is one */
    HTTP_FAULT_LATENCY_STEPS = 1024, /* latency: how finely its range is divided at most */
};

/* The caller fills in the upper part, then calls http_faults_init. */
struct http_faults {
    uint32_t per_million[HTTP_FAULT_COUNT];
    uint64_t latency_us_min; /* option 0, the usual latency */
    uint64_t latency_us_max;
    uint64_t gap_us;  /* between the pieces of a slow body */
    uint64_t heal_ms; /* no fault, and the least latency, so long after init; 0: never healed */

    const char *server;                            /* borrowed */
    struct choice_point *points[HTTP_FAULT_COUNT]; /* borrowed from choice; NULL where never asked */
    struct choice_point *latency;
    struct choice_point *cut_at;
    int64_t heal_ns; /* of CLOCK_MONOTONIC; INT64_MAX: never */
};

/* What was drawn for one request. */
struct http_fault_draw {
    enum http_fault fault; /* HTTP_FAULT_COUNT: none of those that end a response */
    bool is_slow;
    int status; /* of an error */
    int64_t latency_ns;
};

/* server_name: borrowed, for as long as faults is used. */
void http_faults_init(struct http_faults *faults, const char *server_name);

struct http_fault_draw http_faults_draw(const struct http_faults *faults);

/* Must the request not be carried out? Then response is the whole answer already. A request that changes nothing
 * needs no refusal for a reset, which may then strike amid its response. */
bool http_fault_refuses(const struct http_fault_draw *draw, bool is_mutation, struct http_response *response);

/* Spoils the delivery of a response that is complete otherwise. Call last. */
void http_fault_apply(const struct http_faults *faults, const struct http_fault_draw *draw,
                      struct http_response *response);

#endif
