/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response: see response.h.
 */
#include "sim/http/response.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void http_response_init(struct http_response *response)
{
    memset(response, 0, sizeof *response);
    response->status = 200;
}

void http_response_deinit(struct http_response *response)
{
    if (!response)
        return;
    if (response->body.release)
        response->body.release(response->body.context);
    memset(&response->body, 0, sizeof response->body);
}

bool http_response_header(struct http_response *response, const char *name, const char *format, ...)
{
    char *at = response->headers + response->headers_bytes;
    size_t room = sizeof response->headers - response->headers_bytes;
    int prefix = snprintf(at, room, "%s: ", name);
    int value;
    va_list arguments;

    assert(prefix > 0);
    if ((size_t)prefix >= room)
        return false;
    va_start(arguments, format);
    value = vsnprintf(at + prefix, room - (size_t)prefix, format, arguments);
    va_end(arguments);
    assert(value >= 0);
    if ((size_t)prefix + (size_t)value + 2 > room)
        return false;
    memcpy(at + prefix + value, "\r\n", 2);
    response->headers_bytes += (size_t)prefix + (size_t)value + 2;
    return true;
}

static void fill_from_bytes(void *context, uint64_t offset, char *out, size_t bytes)
{
    memcpy(out, (const char *)context + offset, bytes);
}

void http_response_bytes(struct http_response *response, char *bytes, size_t count)
{
    http_response_deinit(response);
    response->body = (struct http_body){
        .bytes = count,
        .context = bytes,
        .release = free,
        .fill = fill_from_bytes,
    };
}

void http_response_text(struct http_response *response, int status, const char *type, const char *text)
{
    char *copy = strdup(text);

    if (!copy) {
        http_response_deinit(response);
        response->status = 500;
        return;
    }
    http_response_bytes(response, copy, strlen(copy));
    response->status = status;
    http_response_header(response, "Content-Type", "%s", type);
}

const char *http_response_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].status == status)
            return known[i].reason;
    return "Status";
}
