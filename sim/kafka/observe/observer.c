/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observer: connections, frames, and which response answers which request. What they mean: interpret.c.
 *
 * A request's frame is copied and kept until its answer comes, since the answer names neither topics nor
 * records. Responses are looked at where they lie if they come in one piece. Requests and their memory are
 * reused.
 */
#include "sim/kafka/observe/observer.h"
#include "sim/kafka/observe/interpret.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 4, CONNECTION_BUCKETS = 256, CORRELATION_ID_BYTES = 4 };

struct connection {
    struct connection *next;
    uint64_t connection_id;
    struct observer_client client;
    int32_t broker;
    bool may_stray; /* a Produce with acks=0 was sent: librdkafka's mock cluster answers even that */
    bool is_deaf;   /* a frame length was malformed: nothing after it can be trusted */
    struct wire_output requests, responses; /* an incomplete frame of each direction */
    struct interpret_request *oldest, **newest_at;
};

struct observer {
    struct interpret interpret;
    struct connection *connections[CONNECTION_BUCKETS];
    struct connection *closed;          /* for reuse */
    struct interpret_request *answered; /* for reuse */
    uint64_t sequence;
    void (*on_request)(void *context, const struct observer_request *request);
};

struct observer *observer_new(void (*on_event)(void *context, const struct history_event *event),
                              void *context)
{
    struct observer *observer = calloc(1, sizeof(*observer));
    if (!observer)
        return NULL;
    observer->interpret.on_event = on_event;
    observer->interpret.context = context;
    return observer;
}

void observer_on_request(struct observer *observer,
                         void (*on_request)(void *context, const struct observer_request *request))
{
    observer->on_request = on_request;
}

static struct connection **find(struct observer *observer, uint64_t connection_id)
{
    struct connection **at = &observer->connections[connection_id % CONNECTION_BUCKETS];
    while (*at && (*at)->connection_id != connection_id)
        at = &(*at)->next;
    return at;
}

bool observer_connection_open(struct observer *observer, uint64_t connection_id,
                              const struct observer_client *client, int32_t broker)
{
    observer_connection_close(observer, connection_id);
    struct connection *connection = observer->closed;
    if (connection)
        observer->closed = connection->next;
    else
        connection = calloc(1, sizeof(*connection));
    if (!connection)
        return false;
    connection->requests.bytes = 0;
    connection->responses.bytes = 0;
    connection->connection_id = connection_id;
    connection->client = *client;
    connection->broker = broker;
    connection->may_stray = false;
    connection->is_deaf = false;
    connection->oldest = NULL;
    connection->newest_at = &connection->oldest;
    struct connection **at = find(observer, connection_id);
    connection->next = NULL;
    *at = connection;
    return true;
}

static void put_away(struct observer *observer, struct interpret_request *request)
{
    request->frame.bytes = 0;
    wire_memory_reset(&request->memory);
    request->next = observer->answered;
    observer->answered = request;
}

void observer_connection_close(struct observer *observer, uint64_t connection_id)
{
    struct connection **at = find(observer, connection_id);
    struct connection *connection = *at;
    if (!connection)
        return;
    *at = connection->next;
    while (connection->oldest) {
        struct interpret_request *request = connection->oldest;
        connection->oldest = request->next;
        put_away(observer, request);
    }
    connection->next = observer->closed;
    observer->closed = connection;
}

/* ---- frames ---------------------------------------------------------------------------------------------
 * */

static struct interpret_scene scene_of(const struct connection *connection, int64_t time_ns)
{
    return (struct interpret_scene){
        .client = &connection->client, .broker = connection->broker, .time_ns = time_ns};
}

static void tell(const struct observer *observer, const struct connection *connection,
                 const struct wire_request_header *header)
{
    struct history_bytes client_id = {header->client_id.text, 0};
    if (header->client_id.bytes > 0)
        client_id.bytes = (size_t)header->client_id.bytes;
    observer->on_request(observer->interpret.context,
                         &(struct observer_request){.client = &connection->client,
                                                    .client_id = client_id,
                                                    .api_key = header->api_key,
                                                    .api_version = header->api_version});
}

static void read_request(struct observer *observer, struct connection *connection, struct wire_bytes frame,
                         int64_t time_ns)
{
    struct interpret_scene scene = scene_of(connection, time_ns);
    struct interpret_request *request = observer->answered;
    if (request)
        observer->answered = request->next;
    else
        request = calloc(1, sizeof(*request));
    if (!request) {
        connection->is_deaf = true;
        return;
    }
    request->next = NULL;
    request->sequence = ++observer->sequence;
    wire_output_append(&request->frame, frame.data, (size_t)frame.bytes);
    if (request->frame.is_failed) {
        request->frame.is_failed = false;
        connection->is_deaf = true;
        put_away(observer, request);
        return;
    }
    interpret_request_read(&observer->interpret, &scene, request);
    if (observer->on_request)
        tell(observer, connection, &request->header);
    if (!request->expects_response) {
        connection->may_stray = true;
        put_away(observer, request);
        return;
    }
    *connection->newest_at = request;
    connection->newest_at = &request->next;
}

/* Usually the oldest. A broker may answer a JoinGroup that waits for others after a later request. */
static struct interpret_request *take_request(struct connection *connection, int32_t correlation_id)
{
    struct interpret_request **at = &connection->oldest;
    while (*at && (*at)->header.correlation_id != correlation_id)
        at = &(*at)->next;
    struct interpret_request *request = *at;
    if (!request)
        return NULL;
    *at = request->next;
    if (!*at)
        connection->newest_at = at;
    return request;
}

static void read_response(struct observer *observer, struct connection *connection, struct wire_bytes frame,
                          int64_t time_ns)
{
    struct interpret_scene scene = scene_of(connection, time_ns);
    struct wire_error error = {.message = "a response to no request"};
    struct interpret_request *request =
        frame.bytes < CORRELATION_ID_BYTES ? NULL : take_request(connection, wire_int32(frame.data));
    if (!request) {
        if (!connection->may_stray)
            interpret_malformed(&observer->interpret, &scene, false, &error);
        return;
    }
    interpret_response_written(&observer->interpret, &scene, request, frame);
    put_away(observer, request);
}

/* All whole frames at the front of data; returns how many bytes they are. */
static size_t read_frames(struct observer *observer, struct connection *connection, struct wire_bytes data,
                          bool is_request, int64_t time_ns)
{
    size_t position = 0, bytes = (size_t)data.bytes;
    while (!connection->is_deaf && bytes - position >= LENGTH_BYTES) {
        int32_t length = wire_int32(data.data + position);
        if (length < 0 || length > WIRE_FRAME_BYTES_MAX) {
            struct wire_error error = {.message = "not the length of a frame"};
            struct interpret_scene scene = scene_of(connection, time_ns);
            connection->is_deaf = true;
            interpret_malformed(&observer->interpret, &scene, is_request, &error);
            break;
        }
        if (bytes - position - LENGTH_BYTES < (size_t)length)
            break;
        struct wire_bytes frame = {.data = data.data + position + LENGTH_BYTES, .bytes = length};
        if (is_request)
            read_request(observer, connection, frame, time_ns);
        else
            read_response(observer, connection, frame, time_ns);
        position += LENGTH_BYTES + (size_t)length;
    }
    return position;
}

static void feed(struct observer *observer, uint64_t connection_id, struct wire_bytes data, bool is_request,
                 int64_t time_ns)
{
    struct connection *connection = *find(observer, connection_id);
    if (!connection || connection->is_deaf)
        return;
    struct wire_output *rest = is_request ? &connection->requests : &connection->responses;
    if (rest->bytes == 0) {
        size_t used = read_frames(observer, connection, data, is_request, time_ns);
        wire_output_append(rest, data.data + used, (size_t)data.bytes - used);
    } else {
        wire_output_append(rest, data.data, (size_t)data.bytes);
        struct wire_bytes all = {.data = rest->data, .bytes = (int32_t)rest->bytes};
        size_t used = read_frames(observer, connection, all, is_request, time_ns);
        rest->bytes -= used;
        memmove(rest->data, rest->data + used, rest->bytes);
    }
    if (rest->is_failed) {
        rest->is_failed = false;
        connection->is_deaf = true;
    }
}

void observer_request_bytes(struct observer *observer, uint64_t connection_id, const void *data, size_t bytes,
                            int64_t time_ns)
{
    feed(observer, connection_id, (struct wire_bytes){.data = data, .bytes = (int32_t)bytes}, true, time_ns);
}

void observer_response_bytes(struct observer *observer, uint64_t connection_id, const void *data,
                             size_t bytes, int64_t time_ns)
{
    feed(observer, connection_id, (struct wire_bytes){.data = data, .bytes = (int32_t)bytes}, false, time_ns);
}

/* ---- ends -----------------------------------------------------------------------------------------------
 * */

void observer_reset(struct observer *observer)
{
    for (size_t i = 0; i < CONNECTION_BUCKETS; i++)
        while (observer->connections[i])
            observer_connection_close(observer, observer->connections[i]->connection_id);
    observer->sequence = 0;
    observer->interpret.topic_count = 0;
}

void observer_free(struct observer *observer)
{
    if (!observer)
        return;
    observer_reset(observer);
    while (observer->closed) {
        struct connection *connection = observer->closed;
        observer->closed = connection->next;
        free(connection->requests.data);
        free(connection->responses.data);
        free(connection);
    }
    while (observer->answered) {
        struct interpret_request *request = observer->answered;
        observer->answered = request->next;
        free(request->frame.data);
        wire_memory_deinit(&request->memory);
        free(request);
    }
    interpret_deinit(&observer->interpret);
    free(observer);
}
