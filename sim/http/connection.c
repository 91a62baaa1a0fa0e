/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection: see connection.h.
 */
#include "sim/http/connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a closed connection is read on. */
#define DRAIN_NS (INT64_C(2) * 1000 * 1000 * 1000)

enum { CHUNK_OVERHEAD_BYTES = 16 + 2 + 2 };

static void close_now(struct http_connection *connection)
{
    if (connection->socket >= 0)
        close(connection->socket);
    connection->socket = -1;
    connection->state = HTTP_CONNECTION_CLOSED;
}

static void reset_now(struct http_connection *connection)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close_now(connection);
}

static void drain(struct http_connection *connection, int64_t now_ns)
{
    if (connection->peer_is_done || shutdown(connection->socket, SHUT_WR) < 0) {
        close_now(connection);
        return;
    }
    connection->state = HTTP_CONNECTION_DRAINING;
    connection->wake_ns = now_ns + DRAIN_NS;
}

static void await_request(struct http_connection *connection, int64_t now_ns)
{
    http_request_next(&connection->request);
    connection->state = HTTP_CONNECTION_READING;
    connection->wake_ns = now_ns + connection->config->idle_ns;
}

/* Puts the response under way that the connection holds. */
static void begin_response(struct http_connection *connection, int64_t now_ns)
{
    const struct http_request *request = &connection->request;
    struct http_response *response = &connection->response;
    bool has_none = response->status == 204 || response->status == 304;

    connection->head_is_made = false;
    connection->end_is_made = false;
    connection->body_made_bytes = 0;
    connection->piece_left_bytes = response->piece_bytes ? response->piece_bytes : UINT64_MAX;
    connection->body_is_hidden = request->method == HTTP_HEAD || has_none;
    response->close |= !request->keep_alive;
    response->chunked &= request->minor_version > 0;
    connection->state = HTTP_CONNECTION_WAITING;
    connection->wake_ns = now_ns + response->delay_ns;
}

static void refuse(struct http_connection *connection, int64_t now_ns)
{
    struct http_response *response = &connection->response;
    int status = connection->request.error_status;

    http_response_init(response);
    http_response_text(response, status, "text/plain", http_response_reason(status));
    response->close = true;
    begin_response(connection, now_ns);
}

static void append(struct http_connection *connection, const char *text, size_t bytes)
{
    assert(bytes <= sizeof connection->output - connection->output_end);
    memcpy(connection->output + connection->output_end, text, bytes);
    connection->output_end += bytes;
}

/* Parses what is read. False: more input is needed. */
static bool parse_input(struct http_connection *connection, int64_t now_ns)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct http_request *request = &connection->request;
    enum http_step step;

    do {
        size_t used;

        step = http_request_step(request, connection->input + connection->input_start,
                                 connection->input_end - connection->input_start, &used);
        connection->input_start += used;
        /* A client that has sent some of its body already does not wait. */
        if (step == HTTP_STEP_HEAD && request->expects_continue &&
            connection->input_start == connection->input_end)
            append(connection, go_on, sizeof go_on - 1);
    } while (step == HTTP_STEP_HEAD);
    if (connection->input_start == connection->input_end)
        connection->input_start = connection->input_end = 0;

    switch (step) {
    case HTTP_STEP_MORE:
        return false;
    case HTTP_STEP_DONE:
        http_response_init(&connection->response);
        connection->owner->on_request(connection->owner->context, request, &connection->response);
        begin_response(connection, now_ns);
        return true;
    case HTTP_STEP_BAD:
        refuse(connection, now_ns);
        return true;
    case HTTP_STEP_HEAD:
        break;
    }
    assert(!"no such step");
    return false;
}

/* Is what the client still says dropped? */
static bool is_deaf(const struct http_connection *connection)
{
    return connection->state == HTTP_CONNECTION_STALLED || connection->state == HTTP_CONNECTION_DRAINING;
}

static void read_once(struct http_connection *connection, int64_t now_ns)
{
    ssize_t count;

    if (is_deaf(connection))
        connection->input_start = connection->input_end = 0;
    count = recv(connection->socket, connection->input + connection->input_end,
                 sizeof connection->input - connection->input_end, 0);
    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR)
            close_now(connection);
        return;
    }
    if (count == 0) {
        connection->peer_is_done = true;
        return;
    }
    connection->input_end += (size_t)count;
    if (connection->state == HTTP_CONNECTION_READING)
        connection->wake_ns = now_ns + connection->config->idle_ns;
}

/* Sends what lies in output. False: some is left, or the connection is closed. */
static bool flush_output(struct http_connection *connection, int64_t now_ns)
{
    while (connection->output_start < connection->output_end) {
        ssize_t count = send(connection->socket, connection->output + connection->output_start,
                             connection->output_end - connection->output_start, MSG_NOSIGNAL);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            if (errno != EAGAIN)
                close_now(connection);
            return false;
        }
        connection->output_start += (size_t)count;
        connection->wake_ns = now_ns + connection->config->idle_ns;
    }
    connection->output_start = connection->output_end = 0;
    return true;
}

static void make_head(struct http_connection *connection)
{
    const struct http_response *response = &connection->response;
    char line[128];
    int bytes;

    bytes = snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", response->status,
                     http_response_reason(response->status));
    append(connection, line, (size_t)bytes);
    append(connection, response->headers, response->headers_bytes);
    if (response->chunked)
        bytes = snprintf(line, sizeof line, "Transfer-Encoding: chunked\r\n");
    else if (response->status != 204 && response->status != 304)
        bytes =
            snprintf(line, sizeof line, "Content-Length: %llu\r\n", (unsigned long long)response->body.bytes);
    else
        bytes = 0;
    append(connection, line, (size_t)bytes);
    /* An HTTP/1.0 client must be told that the connection stays. */
    bytes = snprintf(line, sizeof line, "Connection: %s\r\n\r\n", response->close ? "close" : "keep-alive");
    append(connection, line, (size_t)bytes);
    connection->head_is_made = true;
}

/* Makes as much of the body as fits, up to limit_bytes of it in all. */
static void make_body(struct http_connection *connection, uint64_t limit_bytes)
{
    struct http_response *response = &connection->response;
    uint64_t count = sizeof connection->output - connection->output_end;
    char size[24];

    if (response->chunked)
        count -= CHUNK_OVERHEAD_BYTES;
    if (count > limit_bytes - connection->body_made_bytes)
        count = limit_bytes - connection->body_made_bytes;
    if (count > connection->piece_left_bytes)
        count = connection->piece_left_bytes;
    if (response->chunked)
        append(connection, size, (size_t)snprintf(size, sizeof size, "%llx\r\n", (unsigned long long)count));
    response->body.fill(response->body.context, connection->body_made_bytes,
                        connection->output + connection->output_end, (size_t)count);
    connection->output_end += (size_t)count;
    connection->body_made_bytes += count;
    connection->piece_left_bytes -= count;
    if (response->chunked)
        append(connection, "\r\n", 2);
}

static void strike(struct http_connection *connection, int64_t now_ns)
{
    enum http_ending ending = connection->response.ending;

    http_response_deinit(&connection->response);
    switch (ending) {
    case HTTP_ENDING_STALL:
        connection->state = HTTP_CONNECTION_STALLED;
        connection->wake_ns = INT64_MAX;
        return;
    case HTTP_ENDING_TRUNCATE:
        drain(connection, now_ns);
        return;
    case HTTP_ENDING_RESET:
        reset_now(connection);
        return;
    case HTTP_ENDING_WHOLE:
        break;
    }
    assert(!"a whole response does not strike");
}

static void finish_response(struct http_connection *connection, int64_t now_ns)
{
    http_response_deinit(&connection->response);
    if (connection->response.close)
        drain(connection, now_ns);
    else
        await_request(connection, now_ns);
}

/* The next move of a response whose output is empty. */
static void continue_response(struct http_connection *connection, int64_t now_ns)
{
    struct http_response *response = &connection->response;
    uint64_t body_bytes = connection->body_is_hidden ? 0 : response->body.bytes;
    uint64_t limit_bytes = body_bytes;
    bool is_whole = response->ending == HTTP_ENDING_WHOLE;

    if (!is_whole) {
        if (!connection->head_is_made && response->ending_at < 0) {
            strike(connection, now_ns);
            return;
        }
        if (response->ending_at < 0)
            limit_bytes = 0;
        else if ((uint64_t)response->ending_at < limit_bytes)
            limit_bytes = (uint64_t)response->ending_at;
    }
    if (!connection->head_is_made) {
        make_head(connection);
        if (response->piece_bytes)
            return;
    }
    if (connection->piece_left_bytes == 0 && connection->body_made_bytes < limit_bytes) {
        connection->piece_left_bytes = response->piece_bytes;
        connection->state = HTTP_CONNECTION_WAITING;
        connection->wake_ns = now_ns + response->gap_ns;
        return;
    }
    if (connection->body_made_bytes < limit_bytes) {
        make_body(connection, limit_bytes);
    } else if (connection->output_end > 0) {
        return;
    } else if (!is_whole) {
        strike(connection, now_ns);
    } else if (response->chunked && !connection->body_is_hidden && !connection->end_is_made) {
        append(connection, "0\r\n\r\n", 5);
        connection->end_is_made = true;
    } else {
        finish_response(connection, now_ns);
    }
}

/* One move. False: nothing more to do before poll. */
static bool advance(struct http_connection *connection, int64_t now_ns)
{
    switch (connection->state) {
    case HTTP_CONNECTION_READING:
        if (!flush_output(connection, now_ns))
            return false;
        if (parse_input(connection, now_ns))
            return true;
        if (connection->peer_is_done)
            close_now(connection);
        /* What parse_input may have left to send: 100 Continue. */
        return connection->output_end > 0;
    case HTTP_CONNECTION_WAITING:
        if (now_ns < connection->wake_ns)
            return false;
        connection->state = HTTP_CONNECTION_SENDING;
        connection->wake_ns = now_ns + connection->config->idle_ns;
        return true;
    case HTTP_CONNECTION_SENDING:
        if (!flush_output(connection, now_ns))
            return false;
        continue_response(connection, now_ns);
        return true;
    case HTTP_CONNECTION_STALLED:
    case HTTP_CONNECTION_DRAINING:
        if (connection->peer_is_done)
            close_now(connection);
        return false;
    case HTTP_CONNECTION_CLOSED:
        return false;
    }
    assert(!"no such state");
    return false;
}

/* Has the present state lasted too long? */
static bool is_overdue(const struct http_connection *connection, int64_t now_ns)
{
    return connection->state != HTTP_CONNECTION_WAITING && now_ns >= connection->wake_ns;
}

struct http_connection *http_connection_new(int socket, const struct http_server_config *config,
                                            const struct http_server_owner *owner, int64_t now_ns)
{
    struct http_connection *connection = malloc(sizeof *connection);

    if (!connection) {
        close(socket);
        return NULL;
    }
    /* All but the buffers. */
    memset(connection, 0, offsetof(struct http_connection, input));
    connection->config = config;
    connection->owner = owner;
    connection->socket = socket;
    http_response_init(&connection->response);
    if (!http_request_init(&connection->request, config->body_bytes_max)) {
        http_connection_free(connection);
        return NULL;
    }
    await_request(connection, now_ns);
    return connection;
}

void http_connection_free(struct http_connection *connection)
{
    if (!connection)
        return;
    close_now(connection);
    http_request_deinit(&connection->request);
    http_response_deinit(&connection->response);
    free(connection);
}

short http_connection_events(const struct http_connection *connection)
{
    bool has_room = connection->input_end < sizeof connection->input;
    bool is_sending = connection->state == HTTP_CONNECTION_SENDING;
    short events = 0;

    if (!connection->peer_is_done && (has_room || is_deaf(connection)))
        events |= POLLIN;
    if (is_sending || (connection->state == HTTP_CONNECTION_READING && connection->output_end > 0))
        events |= POLLOUT;
    return events;
}

void http_connection_step(struct http_connection *connection, short revents, int64_t now_ns)
{
    if (revents & POLLIN) {
        read_once(connection, now_ns);
    } else if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
        /* Both directions are dead, and nothing is left to read. */
        close_now(connection);
    }
    while (advance(connection, now_ns))
        ;
    if (connection->state != HTTP_CONNECTION_CLOSED && is_overdue(connection, now_ns))
        close_now(connection);
}
