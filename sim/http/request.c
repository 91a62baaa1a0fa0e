/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: see request.h. One byte loop collects lines into the head buffer, refusing control characters as they
 * come; each complete line is then parsed where it lies. Bodies are copied in runs.
 */
#include "sim/http/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum http_step fail(struct http_request *request, int status)
{
    request->error_status = status;
    request->keep_alive = false;
    request->part = HTTP_PART_BAD;
    return HTTP_STEP_BAD;
}

/* RFC 9110 5.6.2: what a method or a field name is made of. */
static bool is_token_byte(unsigned char byte)
{
    if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
        return true;
    return byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool equals_ignoring_case(const char *text, size_t bytes, const char *wanted)
{
    size_t i;

    for (i = 0; i < bytes; i++)
        if (!wanted[i] || lower(text[i]) != wanted[i])
            return false;
    return !wanted[i];
}

/* Is wanted (lower case) one of the members of a comma-separated list? */
static bool list_has(const char *list, const char *wanted)
{
    while (*list) {
        size_t bytes;
        size_t end;

        list += strspn(list, ", \t");
        bytes = strcspn(list, ",");
        for (end = bytes; end > 0 && (list[end - 1] == ' ' || list[end - 1] == '\t'); end--)
            ;
        if (equals_ignoring_case(list, end, wanted))
            return true;
        list += bytes;
    }
    return false;
}

static enum http_method method_of(const char *name)
{
    static const struct {
        const char *name;
        enum http_method method;
    } known[] = {
        {"GET", HTTP_GET},   {"HEAD", HTTP_HEAD},     {"PUT", HTTP_PUT},
        {"POST", HTTP_POST}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(name, known[i].name))
            return known[i].method;
    return HTTP_OTHER;
}

/* 0 or the status to refuse with. version is all that follows the second blank. */
static int parse_version(struct http_request *request, const char *version)
{
    if (strncmp(version, "HTTP/", 5) || strlen(version) != 8 || version[6] != '.')
        return 400;
    if (version[5] < '0' || version[5] > '9' || version[7] < '0' || version[7] > '9')
        return 400;
    if (version[5] != '1')
        return 505;
    request->minor_version = version[7] - '0';
    return 0;
}

/* RFC 9112 3.2: origin-form; absolute-form must be understood too; asterisk-form belongs to OPTIONS. */
static bool parse_target(struct http_request *request, char *target)
{
    for (const char *at = target; *at; at++)
        if (*at < 0x21 || *at > 0x7e)
            return false;
    if (!strcmp(target, "*")) {
        request->target = target;
        return request->method == HTTP_OPTIONS;
    }
    if (!strncmp(target, "http://", 7)) {
        char *authority = target + 7;
        size_t bytes = strcspn(authority, "/?#");

        if (bytes == 0)
            return false;
        target = authority + bytes;
        if (*target != '/') {
            /* No path: it is "/". There is room for it, since "http://" lies before. */
            target -= 1;
            *target = '/';
        }
    }
    request->target = target;
    return *target == '/' && !strchr(target, '#');
}

static enum http_step parse_request_line(struct http_request *request, char *line)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    int status;

    if (!version || target == line)
        return fail(request, 400);
    *target++ = '\0';
    *version++ = '\0';
    for (const char *at = line; *at; at++)
        if (!is_token_byte((unsigned char)*at))
            return fail(request, 400);
    request->method = method_of(line);
    status = parse_version(request, version);
    if (status)
        return fail(request, status);
    if (!parse_target(request, target))
        return fail(request, 400);
    request->part = HTTP_PART_HEADER;
    return HTTP_STEP_MORE;
}

/* Also checks trailers, which are then dropped. */
static enum http_step parse_header(struct http_request *request, char *line)
{
    char *colon = line;
    char *value;
    size_t bytes;

    while (is_token_byte((unsigned char)*colon)) {
        *colon = lower(*colon);
        colon++;
    }
    if (colon == line || *colon != ':')
        return fail(request, 400);
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    for (bytes = strlen(value); bytes > 0 && (value[bytes - 1] == ' ' || value[bytes - 1] == '\t'); bytes--)
        ;
    value[bytes] = '\0';
    if (request->part == HTTP_PART_TRAILER)
        return HTTP_STEP_MORE;
    if (request->header_count == HTTP_HEADERS_MAX)
        return fail(request, 431);
    request->headers[request->header_count++] = (struct http_header){.name = line, .value = value};
    return HTTP_STEP_MORE;
}

static size_t count_headers(const struct http_request *request, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < request->header_count; i++)
        count += !strcmp(request->headers[i].name, name);
    return count;
}

/* How long the body is, by RFC 9112 6.3. 0 or the status to refuse with. */
static int parse_framing(struct http_request *request)
{
    const char *length = http_request_header(request, "content-length");
    const char *coding = http_request_header(request, "transfer-encoding");
    uint64_t bytes = 0;

    if (count_headers(request, "content-length") > 1 || count_headers(request, "transfer-encoding") > 1)
        return 400;
    if (coding) {
        if (length || request->minor_version == 0)
            return 400;
        if (!equals_ignoring_case(coding, strlen(coding), "chunked"))
            return 501;
        request->chunked = true;
        return 0;
    }
    if (!length)
        return 0;
    if (!*length || strlen(length) > 18)
        return *length && strspn(length, "0123456789") == strlen(length) ? 413 : 400;
    for (; *length; length++) {
        if (*length < '0' || *length > '9')
            return 400;
        bytes = bytes * 10 + (uint64_t)(*length - '0');
    }
    if (bytes > request->body_bytes_max)
        return 413;
    request->content_bytes = bytes;
    return 0;
}

static enum http_step finish_head(struct http_request *request)
{
    const char *expect = http_request_header(request, "expect");
    size_t hosts = count_headers(request, "host");
    int status;

    if (hosts > 1 || (hosts == 0 && request->minor_version > 0))
        return fail(request, 400);
    status = parse_framing(request);
    if (status)
        return fail(request, status);
    request->keep_alive = request->minor_version > 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];

        if (strcmp(header->name, "connection"))
            continue;
        if (list_has(header->value, "close")) {
            request->keep_alive = false;
            break;
        }
        if (list_has(header->value, "keep-alive"))
            request->keep_alive = true;
    }
    if (expect && request->minor_version > 0) {
        if (!equals_ignoring_case(expect, strlen(expect), "100-continue"))
            return fail(request, 417);
        request->expects_continue = request->chunked || request->content_bytes > 0;
    }
    request->part = HTTP_PART_HEAD_END;
    return HTTP_STEP_HEAD;
}

static enum http_step parse_chunk_size(struct http_request *request, const char *line)
{
    uint64_t bytes = 0;
    size_t digits = 0;

    for (; digits < 16; digits++) {
        char byte = lower(line[digits]);

        if (byte >= '0' && byte <= '9')
            bytes = bytes * 16 + (uint64_t)(byte - '0');
        else if (byte >= 'a' && byte <= 'f')
            bytes = bytes * 16 + (uint64_t)(byte - 'a' + 10);
        else
            break;
    }
    line += digits;
    line += strspn(line, " \t");
    if (digits == 0 || (*line && *line != ';'))
        return fail(request, 400);
    if (bytes > request->body_bytes_max - request->body_bytes)
        return fail(request, 413);
    request->content_bytes = bytes;
    request->part = bytes ? HTTP_PART_CHUNK_DATA : HTTP_PART_TRAILER;
    return HTTP_STEP_MORE;
}

static enum http_step on_line(struct http_request *request)
{
    char *line = request->head + request->line_start;
    bool is_empty = !*line;
    enum http_step step;

    switch (request->part) {
    case HTTP_PART_LINE:
        /* RFC 9112 2.2: an empty line before the request line is ignored. */
        if (is_empty)
            return HTTP_STEP_MORE;
        return parse_request_line(request, line);
    case HTTP_PART_HEADER:
        return is_empty ? finish_head(request) : parse_header(request, line);
    case HTTP_PART_CHUNK_SIZE:
        step = parse_chunk_size(request, line);
        request->head_bytes = request->line_start;
        return step;
    case HTTP_PART_CHUNK_END:
        if (!is_empty)
            return fail(request, 400);
        request->head_bytes = request->line_start;
        request->part = HTTP_PART_CHUNK_SIZE;
        return HTTP_STEP_MORE;
    case HTTP_PART_TRAILER:
        step = is_empty ? HTTP_STEP_MORE : parse_header(request, line);
        request->head_bytes = request->line_start;
        if (is_empty)
            request->part = HTTP_PART_DONE;
        return step;
    case HTTP_PART_HEAD_END:
    case HTTP_PART_BODY:
    case HTTP_PART_CHUNK_DATA:
    case HTTP_PART_DONE:
    case HTTP_PART_BAD:
        break;
    }
    assert(!"a line where no line belongs");
    return HTTP_STEP_BAD;
}

/* Room for one more byte of the present line? Else the status to refuse with. */
static int check_line_room(struct http_request *request)
{
    size_t line_bytes = request->head_bytes - request->line_start;

    switch (request->part) {
    case HTTP_PART_LINE:
        return request->head_bytes < HTTP_HEAD_BYTES_MAX ? 0 : 414;
    case HTTP_PART_HEADER:
        return request->head_bytes < HTTP_HEAD_BYTES_MAX ? 0 : 431;
    case HTTP_PART_TRAILER:
        return ++request->trailer_bytes <= HTTP_HEAD_BYTES_MAX ? 0 : 431;
    case HTTP_PART_CHUNK_SIZE:
        return line_bytes < HTTP_CHUNK_LINE_BYTES_MAX ? 0 : 400;
    case HTTP_PART_CHUNK_END:
    case HTTP_PART_HEAD_END:
    case HTTP_PART_BODY:
    case HTTP_PART_CHUNK_DATA:
    case HTTP_PART_DONE:
    case HTTP_PART_BAD:
        break;
    }
    return line_bytes < 2 ? 0 : 400;
}

/* One byte of a line. The line's CR and LF are kept as a NUL and dropped. */
static enum http_step take_line_byte(struct http_request *request, unsigned char byte)
{
    enum http_step step;
    int status;

    if (request->line_has_cr != (byte == '\n'))
        return fail(request, 400);
    if (byte == '\n') {
        request->line_has_cr = false;
        step = on_line(request);
        request->line_start = request->head_bytes;
        return step;
    }
    if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
        return fail(request, 400);
    status = check_line_room(request);
    if (status)
        return fail(request, status);
    request->line_has_cr = byte == '\r';
    request->head[request->head_bytes++] = byte == '\r' ? '\0' : (char)byte;
    return HTTP_STEP_MORE;
}

static bool reserve_body(struct http_request *request, size_t bytes)
{
    size_t capacity = request->body_capacity ? request->body_capacity : 1024;
    char *body;

    if (bytes <= request->body_capacity)
        return true;
    while (capacity < bytes)
        capacity *= 2;
    if (capacity > request->body_bytes_max)
        capacity = request->body_bytes_max;
    body = realloc(request->body, capacity);
    if (!body)
        return false;
    request->body = body;
    request->body_capacity = capacity;
    return true;
}

static enum http_step take_body(struct http_request *request, const char *in, size_t bytes, size_t *used)
{
    size_t count = bytes < request->content_bytes ? bytes : (size_t)request->content_bytes;

    assert(count <= request->body_bytes_max - request->body_bytes);
    if (!reserve_body(request, request->body_bytes + count))
        return fail(request, 500);
    memcpy(request->body + request->body_bytes, in, count);
    request->body_bytes += count;
    request->content_bytes -= count;
    *used += count;
    if (request->content_bytes == 0)
        request->part = request->chunked ? HTTP_PART_CHUNK_END : HTTP_PART_DONE;
    return HTTP_STEP_MORE;
}

enum http_step http_request_step(struct http_request *request, const char *in, size_t bytes, size_t *used_out)
{
    enum http_step step = HTTP_STEP_MORE;
    size_t used = 0;

    if (request->part == HTTP_PART_HEAD_END) {
        if (request->chunked)
            request->part = HTTP_PART_CHUNK_SIZE;
        else
            request->part = request->content_bytes ? HTTP_PART_BODY : HTTP_PART_DONE;
    }
    while (step == HTTP_STEP_MORE) {
        if (request->part == HTTP_PART_DONE)
            step = HTTP_STEP_DONE;
        else if (request->part == HTTP_PART_BAD)
            step = HTTP_STEP_BAD;
        else if (used == bytes)
            break;
        else if (request->part == HTTP_PART_BODY || request->part == HTTP_PART_CHUNK_DATA)
            step = take_body(request, in + used, bytes - used, &used);
        else
            step = take_line_byte(request, (unsigned char)in[used++]);
    }
    *used_out = used;
    return step;
}

bool http_request_init(struct http_request *request, size_t body_bytes_max)
{
    memset(request, 0, sizeof *request);
    request->body_bytes_max = body_bytes_max;
    /* Trailers and chunk sizes lie behind the head, so that its strings stay valid. */
    request->head = malloc(2 * HTTP_HEAD_BYTES_MAX);
    http_request_next(request);
    return request->head != NULL;
}

void http_request_deinit(struct http_request *request)
{
    if (!request)
        return;
    free(request->head);
    free(request->body);
    memset(request, 0, sizeof *request);
}

void http_request_next(struct http_request *request)
{
    char *head = request->head;
    size_t body_bytes_max = request->body_bytes_max;

    free(request->body);
    memset(request, 0, sizeof *request);
    request->head = head;
    request->body_bytes_max = body_bytes_max;
    request->target = "";
}

bool http_request_is_begun(const struct http_request *request)
{
    return request->part != HTTP_PART_LINE || request->head_bytes > 0;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (!strcmp(request->headers[i].name, name))
            return request->headers[i].value;
    return NULL;
}

char *http_request_body_take(struct http_request *request, size_t *bytes_out)
{
    char *body = request->body;

    *bytes_out = request->body_bytes;
    request->body = NULL;
    request->body_bytes = 0;
    request->body_capacity = 0;
    return body;
}
