/* SPDX-License-Identifier: Apache-2.0 */
/* See http_tap.h. Heads are found by their empty line, bodies by Content-Length: enough for what libcurl sends. */
#include "sim/cli/http_tap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct connection {
    struct connection *next;
    uint64_t id;
    struct history_event client;
    const char *server;
    char *text; /* head and body of the request, then the head of its answer */
    size_t used, capacity;
    size_t head_bytes; /* 0: not complete */
    size_t body_bytes;
    size_t request_bytes; /* of text that are the request, once it is told of; 0: none is */
    bool is_given_up;
};

struct http_tap {
    void (*on_event)(void *context, const struct history_event *event);
    void *context;
    struct connection *connections; /* few: one a worker */
};

struct http_tap *http_tap_new(void (*on_event)(void *context, const struct history_event *event),
                              void *context)
{
    struct http_tap *tap = calloc(1, sizeof *tap);
    if (tap)
        *tap = (struct http_tap){.on_event = on_event, .context = context};
    return tap;
}

void http_tap_free(struct http_tap *tap)
{
    while (tap && tap->connections)
        http_tap_close(tap, tap->connections->id);
    free(tap);
}

static struct connection **find(struct http_tap *tap, uint64_t id)
{
    struct connection **at = &tap->connections;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

bool http_tap_open(struct http_tap *tap, uint64_t connection_id, const struct history_event *client,
                   const char *server)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return false;
    *connection = (struct connection){
        .next = tap->connections, .id = connection_id, .client = *client, .server = server};
    tap->connections = connection;
    return true;
}

void http_tap_close(struct http_tap *tap, uint64_t connection_id)
{
    struct connection **at = find(tap, connection_id), *connection = *at;
    if (!connection)
        return;
    *at = connection->next;
    free(connection->text);
    free(connection);
}

static bool append(struct connection *connection, const void *data, size_t bytes)
{
    size_t needed = connection->used + bytes + 1;
    if (needed > HTTP_TAP_HEAD_MAX + HTTP_TAP_BODY_MAX)
        return false;
    if (needed > connection->capacity) {
        size_t capacity = needed < 1024 ? 1024 : needed * 2;
        char *text = realloc(connection->text, capacity);
        if (!text)
            return false;
        connection->text = text;
        connection->capacity = capacity;
    }
    memcpy(connection->text + connection->used, data, bytes);
    connection->used += bytes;
    connection->text[connection->used] = 0;
    return true;
}

/* The value of a header within the head; NULL: it has none of that name. */
static const char *header(const struct connection *connection, const char *name)
{
    const char *end = connection->text + connection->head_bytes;
    for (const char *line = strstr(connection->text, "\r\n"); line && line + 2 < end;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0)
            return line + 2 + strlen(name);
    return NULL;
}

static struct history_event event_of(const struct connection *connection, enum history_step step,
                                     int64_t time_ns)
{
    struct history_event event = connection->client;
    const char *method_end = strchr(connection->text, ' ');
    const char *path = method_end ? method_end + 1 : connection->text;
    event.kind = HISTORY_HTTP;
    event.time_ns = time_ns;
    event.http = (struct history_http){.step = step, .bytes = connection->body_bytes};
    event.http.server = (struct history_bytes){connection->server, strlen(connection->server)};
    event.http.method =
        (struct history_bytes){connection->text, method_end ? (size_t)(method_end - connection->text) : 0};
    event.http.path = (struct history_bytes){path, strcspn(path, " \r\n")};
    if (history_bytes_equal(event.http.method, (struct history_bytes){"PUT", 3}))
        event.http.body =
            (struct history_bytes){connection->text + connection->head_bytes, connection->body_bytes};
    return event;
}

void http_tap_request(struct http_tap *tap, uint64_t connection_id, const void *data, size_t bytes,
                      int64_t time_ns)
{
    struct connection *connection = *find(tap, connection_id);
    if (!connection || connection->is_given_up)
        return;
    if (connection->request_bytes || !append(connection, data, bytes)) {
        connection->is_given_up = true; /* pipelined, or beyond all bounds */
        return;
    }
    if (!connection->head_bytes) {
        const char *end = strstr(connection->text, "\r\n\r\n");
        if (!end) {
            connection->is_given_up = connection->used > HTTP_TAP_HEAD_MAX;
            return;
        }
        connection->head_bytes = (size_t)(end + 4 - connection->text);
        const char *length = header(connection, "content-length:");
        connection->body_bytes = length ? strtoul(length, NULL, 10) : 0;
        connection->is_given_up =
            header(connection, "transfer-encoding:") || connection->body_bytes > HTTP_TAP_BODY_MAX;
    }
    if (connection->is_given_up || connection->used < connection->head_bytes + connection->body_bytes)
        return;
    connection->request_bytes = connection->used;
    struct history_event event = event_of(connection, HISTORY_REQUESTED, time_ns);
    tap->on_event(tap->context, &event);
}

void http_tap_response(struct http_tap *tap, uint64_t connection_id, const void *data, size_t bytes,
                       int64_t time_ns)
{
    static const char interim[] = "HTTP/1.1 1", status_line[] = "HTTP/1.1 000";
    struct connection *connection = *find(tap, connection_id);
    /* 100 Continue comes before the request is whole; the rest of an answer's body comes after it was told of. */
    if (!connection || connection->is_given_up || !connection->request_bytes ||
        !append(connection, data, bytes))
        return;
    const char *answer = connection->text + connection->request_bytes;
    if (connection->used - connection->request_bytes < sizeof status_line - 1 ||
        strncmp(answer, interim, sizeof interim - 1) == 0)
        return;
    struct history_event event = event_of(connection, HISTORY_ANSWERED, time_ns);
    event.http.status = (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10);
    tap->on_event(tap->context, &event);
    connection->used = connection->head_bytes = connection->body_bytes = connection->request_bytes = 0;
}
