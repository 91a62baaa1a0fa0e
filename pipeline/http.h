/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: libcurl's multi interface as the event loop of one thread.
 *
 * Everything that talks HTTP (downloads, object storage) starts calls here; one http_wait waits for all of
 * them and for other descriptors.
 */
#ifndef PIPELINE_HTTP_H
#define PIPELINE_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http {
    CURLM *multi;
    size_t active;
};

/* One call. The owner makes it and its easy handle, and frees both after on_done or http_cancel. */
struct http_call {
    CURL *easy;
    void (*on_done)(void *context, CURLcode code);
    void *context;
};

/* connections_max: idle connections kept. False: libcurl refused (no memory). */
bool http_init(struct http *http, long connections_max);

/* No call may be active. */
void http_deinit(struct http *http);

/* An easy handle with what all our calls have in common: no signals, no proxies or netrc from the
 * environment, HTTP/1.1, no redirects. */
CURL *http_easy(void);

/* Starts; on_done comes from http_step. call stays in place until then. */
void http_start(struct http *http, struct http_call *call);

/* Ends a started call without on_done. */
void http_cancel(struct http *http, struct http_call *call);

/* Moves all calls on, and reports the finished ones. on_done may start and cancel calls. */
void http_step(struct http *http);

/* Waits until a call can move on, a descriptor is readable or the time is over. */
void http_wait(struct http *http, const int *descriptors, size_t count, int timeout_ms);

/* The response status, 0 before there is one. */
long http_status(const struct http_call *call);

/* Seconds of a Retry-After header; 0 if there was none. */
int http_retry_after_s(const struct http_call *call);

#endif
