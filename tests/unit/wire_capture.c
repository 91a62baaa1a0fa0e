/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codec against bytes that it has not written itself: every frame of three real exchanges decodes, and
 * encodes to the same bytes again.
 */
#include "tests/unit/capture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MAX = 64, PENDING_MAX = 64 };

/* One direction of one connection, until a frame is whole. */
struct stream {
    struct wire_output output;
};

struct connection {
    struct stream requests, responses;
    struct wire_request_header pending[PENDING_MAX];
    size_t pending_count;
};

static size_t frames_checked;

static void expect_same(const char *what, const struct wire_request_header *header,
                        const struct wire_output *output, struct wire_bytes frame)
{
    const char *api = header->api->name;
    cr_assert_not(output->is_failed, "%s %s v%d", api, what, header->api_version);
    /* librdkafka 2.16.1's mock cluster ends Metadata 13 with one byte too many. */
    if (header->api_key == 3 && header->api_version == 13 && output->bytes == (size_t)frame.bytes + 3)
        frame.bytes--;
    cr_assert_eq(output->bytes, (size_t)frame.bytes + 4, "%s %s v%d: %zu bytes for %d", api, what,
                 header->api_version, output->bytes, frame.bytes + 4);
    cr_assert_eq(memcmp(output->data + 4, frame.data, (size_t)frame.bytes), 0, "%s %s v%d", api, what,
                 header->api_version);
    frames_checked++;
}

static void check_request(struct connection *connection, struct wire_bytes frame)
{
    struct wire_request_header header;
    struct wire_error error;
    struct wire_memory memory = {0};
    size_t position;
    cr_assert(wire_request_header_read(frame, &header, &position, &error));
    if (header.api) {
        struct wire_output output = {0};
        void *body = wire_request_decode(frame, &header, &memory, &error);
        cr_assert_not_null(body, "%s v%d", header.api->name, header.api_version);
        wire_request_encode(&header, body, &output);
        expect_same("request", &header, &output, frame);
        free(output.data);
    }
    header.client_id.text = NULL;
    cr_assert_lt(connection->pending_count, PENDING_MAX);
    connection->pending[connection->pending_count++] = header;
    wire_memory_deinit(&memory);
}

/* librdkafka 2.0.2's mock cluster refuses ApiVersions 3 with an array that says 0 elements and holds 1; real
 * brokers answer in version 0. */
static bool is_broken_refusal(const struct wire_request_header *header, struct wire_bytes frame)
{
    enum { API_VERSIONS = 18, UNSUPPORTED_VERSION = 35 };
    return header->api_key == API_VERSIONS && wire_int16(frame.data + 4) == UNSUPPORTED_VERSION;
}

static void check_response(struct connection *connection, struct wire_bytes frame)
{
    struct wire_memory memory = {0};
    struct wire_error error;
    size_t at = 0;
    while (at < connection->pending_count && connection->pending[at].correlation_id != wire_int32(frame.data))
        at++;
    cr_assert_lt(at, connection->pending_count);
    struct wire_request_header header = connection->pending[at];
    connection->pending[at] = connection->pending[--connection->pending_count];
    if (header.api && !is_broken_refusal(&header, frame)) {
        struct wire_output output = {0};
        void *body = wire_response_decode(frame, &header, &memory, &error);
        cr_assert_not_null(body, "%s v%d: %s at %zu, %s", header.api->name, header.api_version, error.message,
                           error.position, error.path);
        wire_response_encode(&header, body, &output);
        expect_same("response", &header, &output, frame);
        free(output.data);
    }
    wire_memory_deinit(&memory);
}

static void feed(struct connection *connection, bool is_request, struct wire_bytes data)
{
    struct wire_output *rest = is_request ? &connection->requests.output : &connection->responses.output;
    wire_output_append(rest, data.data, (size_t)data.bytes);
    while (rest->bytes >= 4 && rest->bytes - 4 >= (size_t)wire_int32(rest->data)) {
        struct wire_bytes frame = {.data = rest->data + 4, .bytes = wire_int32(rest->data)};
        if (is_request)
            check_request(connection, frame);
        else
            check_response(connection, frame);
        rest->bytes -= (size_t)frame.bytes + 4;
        memmove(rest->data, rest->data + 4 + frame.bytes, rest->bytes);
    }
}

Test(wire, real_frames_decode_and_encode_to_the_same_bytes)
{
    for (size_t n = 0; capture_names[n]; n++) {
        struct capture capture = capture_read(capture_names[n]);
        static struct connection connections[CONNECTIONS_MAX];
        memset(connections, 0, sizeof(connections));
        frames_checked = 0;
        for (size_t i = 0; i < capture.count; i++) {
            const struct capture_line *line = &capture.lines[i];
            cr_assert_lt(line->connection, CONNECTIONS_MAX);
            if (line->what == CAPTURE_REQUEST || line->what == CAPTURE_RESPONSE)
                feed(&connections[line->connection], line->what == CAPTURE_REQUEST, line->data);
        }
        cr_expect_gt(frames_checked, 50, "%s", capture_names[n]);
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
            free(connections[i].requests.output.data);
            free(connections[i].responses.output.data);
        }
        capture_free(&capture);
    }
}
