/* SPDX-License-Identifier: Apache-2.0 */
/* server_connection: see server_connection.h. */
#include "sim/kafka/host/server_connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/host/refusal.h"
#include "sim/kafka/wire/data.h"

/* A buffer that had to grow beyond KEEP is given back after its frame: many clients of large frames hold little. */
enum {
    LENGTH_BYTES = 4,
    INPUT_BYTES = 16 << 10,
    KEEP_BYTES = 4 << 20,
    API_KEY_END = LENGTH_BYTES + 2,
    PRODUCE = 0
};

void server_connection_close(struct server_connection *connection)
{
    if (connection->state == SERVER_CONNECTION_CLOSED)
        return;
    connection->state = SERVER_CONNECTION_CLOSED;
    if (connection->socket >= 0)
        close(connection->socket);
    connection->socket = -1;
    if (connection->has_request)
        kafka_cluster_abandon(&connection->request);
}

/* --- input ----------------------------------------------------------------------------------------------------- */

static size_t unused_bytes(const struct server_connection *connection)
{
    return connection->input_end - connection->input_start;
}

/* Of the frame at the start of the input, its length included; 0: not known yet. Checked by take_frame. */
static size_t next_frame_bytes(const struct server_connection *connection)
{
    if (unused_bytes(connection) < LENGTH_BYTES)
        return 0;
    return LENGTH_BYTES + (size_t)wire_int32(connection->input + connection->input_start);
}

/* Room for the rest of the next frame, which then lies in one piece. How many bytes to read at most; 0: no memory. Of a long
 * frame no more than its rest is read, so that nothing of what follows has to be moved. */
static size_t make_room(struct server_connection *connection)
{
    size_t unused = unused_bytes(connection), frame = next_frame_bytes(connection);
    size_t wanted = frame > INPUT_BYTES ? frame : INPUT_BYTES;
    if (connection->input_capacity - connection->input_start < wanted) {
        if (connection->input_capacity < wanted) {
            uint8_t *input = malloc(wanted);
            if (!input)
                return 0;
            if (unused)
                memcpy(input, connection->input + connection->input_start, unused);
            free(connection->input);
            connection->input = input;
            connection->input_capacity = wanted;
        } else {
            memmove(connection->input, connection->input + connection->input_start, unused);
        }
        connection->input_start = 0;
        connection->input_end = unused;
    }
    return frame > INPUT_BYTES ? frame - unused : connection->input_capacity - connection->input_end;
}

static void read_once(struct server_connection *connection)
{
    size_t room = make_room(connection);
    ssize_t count = room ? recv(connection->socket, connection->input + connection->input_end, room, 0) : -1;
    if (count > 0)
        connection->input_end += (size_t)count;
    else if (count == 0)
        connection->peer_is_done = true;
    else if (!room || (errno != EAGAIN && errno != EINTR))
        server_connection_close(connection);
}

static void use_up_frame(struct server_connection *connection)
{
    connection->input_start += connection->frame_bytes;
    connection->frame_bytes = 0;
    if (connection->input_start < connection->input_end)
        return;
    connection->input_start = connection->input_end = 0;
    if (connection->input_capacity > KEEP_BYTES) {
        free(connection->input);
        connection->input = NULL;
        connection->input_capacity = 0;
    }
}

/* --- output ---------------------------------------------------------------------------------------------------- */

static void await_frame(struct server_connection *connection)
{
    struct server_shared *shared = connection->shared;
    use_up_frame(connection);
    connection->state = SERVER_CONNECTION_READING;
    if (connection->is_on_turn || connection->is_ready)
        return;
    connection->is_ready = true;
    connection->ready_next = NULL;
    *shared->ready_end = connection;
    shared->ready_end = &connection->ready_next;
}

static void flush_output(struct server_connection *connection)
{
    struct wire_output *output = &connection->output;
    while (connection->output_sent < output->bytes) {
        ssize_t count = send(connection->socket, output->data + connection->output_sent,
                             output->bytes - connection->output_sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0) {
            server_connection_close(connection);
            return;
        }
        connection->output_sent += (size_t)count;
    }
    output->bytes = connection->output_sent = 0;
    if (output->capacity > KEEP_BYTES) {
        free(output->data);
        *output = (struct wire_output){0};
    }
    if (connection->client.sasl == KAFKA_SASL_FAILED)
        server_connection_close(connection);
    else
        await_frame(connection);
}

static void reset_memory(struct server_connection *connection, size_t output_bytes)
{
    /* What the cluster took for it is about as large as what it answered. */
    if (output_bytes > KEEP_BYTES || connection->frame_bytes > KEEP_BYTES)
        wire_memory_deinit(&connection->request.memory);
    else
        wire_memory_reset(&connection->request.memory);
}

void server_connection_on_answer(struct kafka_request *request, enum kafka_answer answer,
                                 const void *response)
{
    struct server_connection *connection = request->owner;
    assert(connection->has_request);
    connection->has_request = false;
    if (connection->state == SERVER_CONNECTION_CLOSED)
        return;
    if (answer == KAFKA_ANSWER_CLOSE || connection->drops_answer) {
        server_connection_close(connection);
        return;
    }
    connection->state = SERVER_CONNECTION_SENDING;
    if (answer == KAFKA_ANSWER_SEND)
        wire_response_encode(&request->header, response, &connection->output);
    reset_memory(connection, connection->output.bytes);
    if (connection->output.is_failed)
        server_connection_close(connection);
    else
        flush_output(connection);
}

/* --- requests -------------------------------------------------------------------------------------------------- */

/* Decodes the frame in hand. A frame that is none ends the connection, as in Kafka: false. */
static bool decode(struct server_connection *connection)
{
    struct kafka_request *request = &connection->request;
    struct wire_memory memory = request->memory;
    struct wire_bytes frame = {connection->input + connection->input_start + LENGTH_BYTES,
                               (int32_t)(connection->frame_bytes - LENGTH_BYTES)};
    struct wire_error error;
    size_t position;
    *request = (struct kafka_request){
        .broker = connection->broker, .client = &connection->client, .memory = memory, .owner = connection};
    bool is_good = wire_request_header_read(frame, &request->header, &position, &error);
    if (is_good && request->header.api) {
        request->body = wire_request_decode(frame, &request->header, &request->memory, &error);
        is_good = request->body;
    }
    if (!is_good)
        server_connection_close(connection);
    return is_good;
}

static void submit(struct server_connection *connection)
{
    if (!decode(connection))
        return;
    connection->has_request = true;
    connection->state = SERVER_CONNECTION_WITH_CLUSTER;
    kafka_cluster_request(connection->shared->cluster, &connection->request);
}

/* Answers the frame in hand with the gate's error; where nobody waits for an answer the connection ends, as in Kafka. The
 * cluster does not see it. */
static void refuse(struct server_connection *connection)
{
    struct kafka_request *request = &connection->request;
    if (!decode(connection))
        return;
    bool is_unanswered = request->body && request->header.api_key == PRODUCE &&
                         ((const struct wire_produce_request *)request->body)->acks == 0;
    void *response =
        request->body && !is_unanswered && refusal_is_possible(request->header.api_key)
            ? refusal_make(&request->header, request->body, connection->decision.error, &request->memory)
            : NULL;
    if (!response) {
        server_connection_close(connection);
        return;
    }
    connection->has_request = true; /* as if the cluster had just answered */
    server_connection_on_answer(request, KAFKA_ANSWER_SEND, response);
}

/* The connection is over for its client. */
static void die(struct server_connection *connection)
{
    close(connection->socket);
    connection->socket = -1;
    connection->state = SERVER_CONNECTION_DYING;
}

/* A whole frame is in hand: may it pass? */
static void ask_gate(struct server_connection *connection)
{
    const uint8_t *frame = connection->input + connection->input_start;
    int16_t api_key = connection->frame_bytes >= API_KEY_END ? wire_int16(frame + LENGTH_BYTES) : -1;
    uint32_t slow_ms = connection->shared->slow_ms[connection->broker->id];
    connection->decision = gate_request_from(&connection->shared->gate, api_key, connection->client.address);
    if (connection->decision.verdict == GATE_PASS && slow_ms) {
        connection->decision.verdict = GATE_DELAY;
        connection->decision.delay_ms = slow_ms;
    }
    connection->drops_answer = false;
    connection->wake_ns = INT64_MAX;
    switch (connection->decision.verdict) {
    case GATE_FAIL:
        refuse(connection);
        return;
    case GATE_LATE:
        connection->wake_ns = connection->shared->now_ns + (int64_t)connection->decision.delay_ms * 1000000;
        connection->drops_answer = true;
        die(connection);
        return;
    case GATE_DELAY:
        connection->wake_ns = connection->shared->now_ns + (int64_t)connection->decision.delay_ms * NS_PER_MS;
        connection->state = SERVER_CONNECTION_HELD;
        return;
    case GATE_HOLD:
        connection->state = SERVER_CONNECTION_HELD;
        return;
    case GATE_DROP_REQUEST:
        server_connection_close(connection);
        return;
    case GATE_DROP_RESPONSE:
        connection->drops_answer = true;
        break;
    case GATE_PASS:
        break;
    }
    submit(connection);
}

/* False: there is no whole frame, or it was the last one. */
static bool take_frame(struct server_connection *connection)
{
    if (unused_bytes(connection) < LENGTH_BYTES)
        return false;
    int32_t bytes = wire_int32(connection->input + connection->input_start);
    if (bytes < 0 || bytes > connection->shared->frame_bytes_max) {
        server_connection_close(connection);
        return false;
    }
    if (unused_bytes(connection) < LENGTH_BYTES + (size_t)bytes)
        return false;
    connection->frame_bytes = LENGTH_BYTES + (size_t)bytes;
    ask_gate(connection);
    return true;
}

static void go_on(struct server_connection *connection)
{
    while (connection->state == SERVER_CONNECTION_READING && take_frame(connection))
        ;
    if (connection->state == SERVER_CONNECTION_READING && connection->peer_is_done)
        server_connection_close(connection);
}

void server_connection_look(struct server_connection *connection)
{
    bool is_on_turn = connection->is_on_turn;
    if (connection->state != SERVER_CONNECTION_HELD && connection->state != SERVER_CONNECTION_DYING)
        return;
    bool waits = connection->decision.verdict == GATE_HOLD
                     ? gate_is_held(&connection->shared->gate, &connection->decision)
                     : connection->shared->now_ns < connection->wake_ns;
    if (waits)
        return;
    connection->is_on_turn = true;
    submit(connection);
    go_on(connection);
    connection->is_on_turn = is_on_turn;
}

short server_connection_events(const struct server_connection *connection)
{
    switch (connection->state) {
    case SERVER_CONNECTION_READING:
        return POLLIN;
    case SERVER_CONNECTION_SENDING:
        return POLLOUT;
    case SERVER_CONNECTION_HELD:
    case SERVER_CONNECTION_DYING:
    case SERVER_CONNECTION_WITH_CLUSTER:
    case SERVER_CONNECTION_CLOSED:
        return 0;
    }
    return 0;
}

void server_connection_step(struct server_connection *connection, short revents)
{
    if (connection->state == SERVER_CONNECTION_CLOSED)
        return;
    connection->is_on_turn = true;
    if (connection->state == SERVER_CONNECTION_READING && revents)
        read_once(connection); /* a hang-up, too: what came before it, or its error */
    else if (revents & (POLLERR | POLLHUP | POLLNVAL))
        server_connection_close(connection);
    else if (connection->state == SERVER_CONNECTION_SENDING && revents & POLLOUT)
        flush_output(connection);
    go_on(connection);
    connection->is_on_turn = false;
}

/* --- life ------------------------------------------------------------------------------------------------------ */

struct server_connection *server_connection_new(int socket, struct server_shared *shared,
                                                struct kafka_broker *broker, const char *address)
{
    struct server_connection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        close(socket);
        return NULL;
    }
    connection->shared = shared;
    connection->broker = broker;
    connection->socket = socket;
    connection->wake_ns = INT64_MAX;
    strncpy(connection->client.address, address, sizeof connection->client.address - 1);
    return connection;
}

void server_connection_free(struct server_connection *connection)
{
    if (!connection)
        return;
    assert(!connection->has_request && !connection->is_ready);
    server_connection_close(connection);
    wire_memory_deinit(&connection->request.memory);
    free(connection->input);
    free(connection->output.data);
    free(connection);
}
