/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_tap: the tap on the wire of the world's HTTP servers: what the bytes of a connection meant, as history events.
 *
 *   request bytes, when the server reads them   -> REQUESTED, once the head and the body are complete
 *   response bytes, when the server writes them -> ANSWERED, with the status
 *
 * Left out: chunked request bodies and pipelined requests end the tapping of their connection; bodies of responses.
 */
#ifndef SIM_CLI_HTTP_TAP_H
#define SIM_CLI_HTTP_TAP_H

#include <stdbool.h>
#include "traces/event.h"

enum { HTTP_TAP_HEAD_MAX = 16 << 10, HTTP_TAP_BODY_MAX = 4 << 20 };

struct http_tap;

/* on_event is called from within the functions below. NULL if memory is out. */
struct http_tap *http_tap_new(void (*on_event)(void *context, const struct history_event *event),
                              void *context);
void http_tap_free(struct http_tap *tap);

/* client: the event's time, process, incarnation and name are taken from it; strings borrowed until the close. */
bool http_tap_open(struct http_tap *tap, uint64_t connection_id, const struct history_event *client,
                   const char *server);
void http_tap_request(struct http_tap *tap, uint64_t connection_id, const void *data, size_t bytes,
                      int64_t time_ns);
void http_tap_response(struct http_tap *tap, uint64_t connection_id, const void *data, size_t bytes,
                       int64_t time_ns);
/* Unknown connections are fine here and above. */
void http_tap_close(struct http_tap *tap, uint64_t connection_id);

#endif
