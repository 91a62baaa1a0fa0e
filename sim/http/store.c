/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: see store.h.
 */
#include "sim/http/store.h"

#include "sim/http/listing.h"
#include "sim/http/objects.h"
#include "sim/http/program.h"
#include "sim/http/uri.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct store {
    struct http_program program;
    struct http_objects objects;
    uint64_t bytes_max;
    int log_fd; /* < 0: none */
};

/* Into key_out, or the response says why not. */
static bool parse_key(const char *target, char key_out[HTTP_OBJECT_KEY_BYTES_MAX + 1],
                      struct http_response *response)
{
    size_t path_bytes = http_uri_path_bytes(target);
    struct http_parameter parameter;
    const char *at = NULL;

    if (path_bytes < 2 ||
        !http_uri_decode(target + 1, path_bytes - 1, key_out, HTTP_OBJECT_KEY_BYTES_MAX + 1)) {
        http_listing_error(response, 400, "InvalidURI", "Not a key of 1 to 1024 bytes.");
        return false;
    }
    /* They would need an encoding in listings, which XML 1.0 has not. */
    for (const char *byte = key_out; *byte; byte++)
        if ((*byte > 0 && *byte < 0x20) || *byte == 0x7f) {
            http_listing_error(response, 400, "InvalidURI", "A key has no control characters here.");
            return false;
        }
    while (http_uri_parameter_next(target, &at, &parameter))
        if (parameter.name_bytes < 6 || strncasecmp(parameter.name, "X-Amz-", 6)) {
            http_listing_error(response, 501, "NotImplemented", "This query is not understood.");
            return false;
        }
    return true;
}

/* False: the log is broken, and may hold a part of the line. */
static bool log_put(const struct store *store, const struct http_object *object, int status)
{
    char line[HTTP_OBJECT_KEY_BYTES_MAX + 128];
    size_t left;
    const char *at = line;

    if (store->log_fd < 0)
        return true;
    left = (size_t)snprintf(line, sizeof line, "put %d %zu %s %s\n", status, object->bytes_count,
                            object->etag, object->key);
    while (left > 0) {
        ssize_t count = write(store->log_fd, at, left);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        at += count;
        left -= (size_t)count;
    }
    return true;
}

/* Does the request ask for a condition that is not modelled? */
static bool has_foreign_condition(const struct http_request *request)
{
    static const char *const names[] = {"if-match", "if-modified-since", "if-unmodified-since",
                                        "x-amz-copy-source", "content-range"};
    const char *none_match = http_request_header(request, "if-none-match");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (http_request_header(request, names[i]))
            return true;
    return none_match && strcmp(none_match, "*");
}

static void put(struct store *store, const char *key, struct http_request *request,
                struct http_response *response)
{
    const struct http_object *old = http_objects_find(&store->objects, key);
    const char *type = http_request_header(request, "content-type");
    uint64_t left_bytes = store->objects.bytes - (old ? old->bytes_count : 0);
    struct http_object *object;
    size_t bytes;
    char *body;

    if (old && http_request_header(request, "if-none-match")) {
        http_listing_error(response, 412, "PreconditionFailed", "There is such an object already.");
        return;
    }
    if (left_bytes + request->body_bytes > store->bytes_max) {
        http_listing_error(response, 507, "InsufficientStorage", "The store is full.");
        return;
    }
    body = http_request_body_take(request, &bytes);
    object = http_object_new(key, type ? type : "binary/octet-stream", body, bytes);
    response->status = old ? 200 : 201;
    if (!object || !http_objects_reserve(&store->objects) || !log_put(store, object, response->status)) {
        http_object_drop(object);
        http_listing_error(response, 500, "InternalError", "No memory, or no log.");
        return;
    }
    http_response_header(response, "ETag", "\"%s\"", object->etag);
    http_objects_put(&store->objects, object);
}

static void fill_from_object(void *context, uint64_t offset, char *out, size_t bytes)
{
    const struct http_object *object = context;

    memcpy(out, object->bytes + offset, bytes);
}

static void drop_object(void *context)
{
    http_object_drop(context);
}

static void get(const struct store *store, const char *key, struct http_response *response)
{
    struct http_object *object = http_objects_find(&store->objects, key);

    if (!object) {
        http_listing_error(response, 404, "NoSuchKey", "There is no such object.");
        return;
    }
    http_object_hold(object);
    response->body = (struct http_body){
        .bytes = object->bytes_count,
        .context = object,
        .release = drop_object,
        .fill = fill_from_object,
    };
    http_response_header(response, "ETag", "\"%s\"", object->etag);
    /* A type too long for the response's head is left out. */
    http_response_header(response, "Content-Type", "%s", object->type);
}

static void answer(struct store *store, struct http_request *request, struct http_response *response)
{
    bool is_read = request->method == HTTP_GET || request->method == HTTP_HEAD;
    char key[HTTP_OBJECT_KEY_BYTES_MAX + 1];
    struct http_parameter parameter;

    if (!is_read && request->method != HTTP_PUT) {
        http_listing_error(response, 405, "MethodNotAllowed", "Only GET, HEAD and PUT.");
        http_response_header(response, "Allow", "GET, HEAD, PUT");
    } else if (is_read && http_uri_parameter_find(request->target, "list-type", &parameter)) {
        http_listing_answer(&store->objects, request->target, response);
    } else if (parse_key(request->target, key, response)) {
        if (has_foreign_condition(request) || (is_read && http_request_header(request, "if-none-match")))
            http_listing_error(response, 501, "NotImplemented", "This condition is not understood.");
        else if (is_read)
            get(store, key, response);
        else
            put(store, key, request, response);
    }
}

static void on_request(void *context, struct http_request *request, struct http_response *response)
{
    struct store *store = context;
    struct http_fault_draw draw = http_faults_draw(&store->program.faults);

    if (!http_fault_refuses(&draw, request->method == HTTP_PUT, response))
        answer(store, request, response);
    http_fault_apply(&store->program.faults, &draw, response);
}

int http_store_main(int argc, char **argv)
{
    uint64_t object_bytes_max = 64 << 20;
    const char *log_path = NULL;
    struct store store = {.bytes_max = 1 << 30, .log_fd = -1};
    struct http_server_owner owner = {.context = &store, .on_request = on_request};
    const struct http_option own[] = {
        {.name = "--object-bytes-max", .max = UINT32_MAX, .number = &object_bytes_max},
        {.name = "--store-bytes-max", .max = UINT64_MAX >> 1, .number = &store.bytes_max},
        {.name = "--log", .text = &log_path},
        {.name = NULL},
    };
    int status = http_program_init(&store.program, "store", own, argc, argv);

    if (status)
        return status;
    store.program.config.body_bytes_max = object_bytes_max;
    if (log_path) {
        store.log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (store.log_fd < 0) {
            http_program_complain(&store.program, log_path, strerrordesc_np(errno));
            return HTTP_EXIT_FAILED;
        }
    }
    http_objects_init(&store.objects);
    status = http_program_run(&store.program, &owner);
    http_objects_deinit(&store.objects);
    if (store.log_fd >= 0)
        close(store.log_fd);
    return status;
}
