/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin: see origin.h.
 */
#include "sim/http/origin.h"

#include "sim/http/program.h"
#include "sim/http/uri.h"

#include <stdlib.h>
#include <string.h>

/* The finalizer of splitmix64. */
static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* FNV-1a, then mixed, since short paths differ in few bits. */
static uint64_t hash(const char *path)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (; *path; path++)
        value = (value ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
    return mix(value);
}

int64_t http_origin_length(const char *path)
{
    struct http_parameter parameter;
    uint64_t bytes = 0;

    if (strncmp(path, "/a/", 3))
        return -1;
    if (!http_uri_parameter_find(path, "bytes", &parameter))
        return (int64_t)(1 + hash(path) % HTTP_ORIGIN_USUAL_BYTES_MAX);
    if (parameter.value_bytes == 0 || parameter.value_bytes > 16)
        return -1;
    for (size_t i = 0; i < parameter.value_bytes; i++) {
        if (parameter.value[i] < '0' || parameter.value[i] > '9')
            return -1;
        bytes = bytes * 10 + (uint64_t)(parameter.value[i] - '0');
    }
    return bytes <= HTTP_ORIGIN_BYTES_MAX ? (int64_t)bytes : -1;
}

/* Eight bytes, little-endian, are one mixed counter. */
static void fill(uint64_t key, uint64_t offset, char *out, size_t bytes)
{
    while (bytes > 0) {
        uint64_t word = mix(key + offset / 8);
        uint64_t skip = offset % 8;

        for (word >>= 8 * skip; skip < 8 && bytes > 0; skip++, word >>= 8) {
            *out++ = (char)(word & 0xff);
            offset++;
            bytes--;
        }
    }
}

void http_origin_content(const char *path, uint64_t offset, void *out, size_t bytes)
{
    fill(hash(path), offset, out, bytes);
}

const char *http_origin_type(const char *path)
{
    static const struct {
        const char *extension;
        const char *type;
    } known[] = {
        {"pdf", "application/pdf"}, {"xml", "application/xml"}, {"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"},
        {"png", "image/png"},       {"gif", "image/gif"},       {"bmp", "image/bmp"},  {"tiff", "image/tiff"},
        {"tif", "image/tiff"},      {"webp", "image/webp"},     {"txt", "text/plain"}, {"html", "text/html"},
    };
    size_t path_bytes = http_uri_path_bytes(path);
    const char *dot = memrchr(path, '.', path_bytes);

    for (size_t i = 0; dot && i < sizeof known / sizeof known[0]; i++) {
        size_t bytes = strlen(known[i].extension);

        if ((size_t)(path + path_bytes - dot) == bytes + 1 &&
            !strncasecmp(dot + 1, known[i].extension, bytes))
            return known[i].type;
    }
    return "application/octet-stream";
}

static void fill_content(void *context, uint64_t offset, char *out, size_t bytes)
{
    fill(*(const uint64_t *)context, offset, out, bytes);
}

static void answer_content(const char *target, int64_t bytes, struct http_response *response)
{
    struct http_parameter parameter;
    uint64_t *key = malloc(sizeof *key);

    if (!key) {
        response->status = 500;
        return;
    }
    *key = hash(target);
    response->body = (struct http_body){
        .bytes = (uint64_t)bytes,
        .context = key,
        .release = free,
        .fill = fill_content,
    };
    response->chunked = http_uri_parameter_find(target, "chunked", &parameter);
    http_response_header(response, "Content-Type", "%s", http_origin_type(target));
    http_response_header(response, "ETag", "\"%016llx\"", (unsigned long long)*key);
}

static void answer_redirect(const char *target, struct http_response *response)
{
    struct http_parameter to;

    http_response_text(response, 302, "text/plain", "Over there.\n");
    if (!http_uri_parameter_find(target, "to", &to)) {
        to.value = target + strlen("/redirect");
        to.value_bytes = strlen(to.value);
    }
    if (!http_response_header(response, "Location", "%.*s", (int)to.value_bytes, to.value))
        response->status = 414;
}

static void answer_status(const char *target, struct http_response *response)
{
    const char *digits = target + strlen("/status/");
    struct http_parameter after;
    int status = 0;

    if (strspn(digits, "0123456789") == 3)
        status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    if (status < 400 || status > 599)
        status = 404;
    http_response_text(response, status, "text/plain", http_response_reason(status));
    if (http_uri_parameter_find(target, "retry-after", &after))
        http_response_header(response, "Retry-After", "%.*s", (int)after.value_bytes, after.value);
}

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static void answer(const struct http_request *request, struct http_response *response)
{
    const char *target = request->target;
    int64_t bytes = http_origin_length(target);

    if (request->method != HTTP_GET && request->method != HTTP_HEAD) {
        http_response_text(response, 405, "text/plain", "Only GET and HEAD.\n");
        http_response_header(response, "Allow", "GET, HEAD");
    } else if (bytes >= 0) {
        answer_content(target, bytes, response);
    } else if (begins(target, "/a/")) {
        http_response_text(response, 400, "text/plain", "What does bytes= mean?\n");
    } else if (begins(target, "/forbidden/")) {
        http_response_text(response, 403, "text/plain", "Not for you.\n");
    } else if (begins(target, "/redirect/")) {
        answer_redirect(target, response);
    } else if (begins(target, "/status/")) {
        answer_status(target, response);
    } else {
        http_response_text(response, 404, "text/plain", "No such attachment.\n");
    }
}

static void on_request(void *context, struct http_request *request, struct http_response *response)
{
    const struct http_program *program = context;
    struct http_fault_draw draw = http_faults_draw(&program->faults);

    if (!http_fault_refuses(&draw, false, response))
        answer(request, response);
    http_fault_apply(&program->faults, &draw, response);
}

int http_origin_main(int argc, char **argv)
{
    static const struct http_option none[] = {{.name = NULL}};
    struct http_program program;
    struct http_server_owner owner = {.context = &program, .on_request = on_request};
    int status = http_program_init(&program, "origin", none, argc, argv);

    return status ? status : http_program_run(&program, &owner);
}
