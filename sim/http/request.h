/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: an incremental HTTP/1.1 request parser (RFC 9112), for servers in the world.
 *
 * It is fed whatever bytes arrived, in pieces of any size, and takes no byte beyond the end of a request, so
 * that pipelined requests stay with the caller. Everything is bounded. It is strict where RFC 9112 lets a server
 * choose: lines end in CRLF only, no folded header, no blank before a colon, one Content-Length at most, never
 * together with Transfer-Encoding. Left out: transfer codings other than chunked (501), HTTP/0.9, upgrades.
 */
#ifndef SIM_HTTP_REQUEST_H
#define SIM_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_BYTES_MAX = 8192,      /* request line and headers together; trailers again as much */
    HTTP_HEADERS_MAX = 64,           /* header fields of a request */
    HTTP_CHUNK_LINE_BYTES_MAX = 256, /* a chunk's size and extensions */
};

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_PUT,
    HTTP_POST,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER, /* a well-formed method that nobody here knows */
};

enum http_step {
    HTTP_STEP_MORE, /* all input is used, and the request is not complete */
    HTTP_STEP_HEAD, /* the head is complete, said once a request; step again, even without input */
    HTTP_STEP_DONE, /* the request is complete; stays so until http_request_next */
    HTTP_STEP_BAD,  /* answer with error_status and close; stays so for ever */
};

enum http_part {
    HTTP_PART_LINE,
    HTTP_PART_HEADER,
    HTTP_PART_HEAD_END,
    HTTP_PART_BODY,
    HTTP_PART_CHUNK_SIZE,
    HTTP_PART_CHUNK_DATA,
    HTTP_PART_CHUNK_END,
    HTTP_PART_TRAILER,
    HTTP_PART_DONE,
    HTTP_PART_BAD,
};

struct http_header {
    const char *name;  /* in lower case */
    const char *value; /* without blanks around it */
};

/* Read the upper fields after HTTP_STEP_HEAD; strings are owned by the request, valid until http_request_next. */
struct http_request {
    enum http_method method;
    const char *target; /* origin-form: begins with '/' (or is "*"), bytes 0x21..0x7e only */
    int minor_version;  /* of HTTP/1.x */
    bool keep_alive;
    bool expects_continue; /* the client waits for "100 Continue" before its body */
    char *body;            /* complete at HTTP_STEP_DONE, NULL when empty */
    size_t body_bytes;
    int error_status; /* at HTTP_STEP_BAD: 400, 413, 414, 417, 431, 500, 501 or 505 */

    /* Private to request.c. */
    enum http_part part;
    bool chunked;
    bool line_has_cr;
    uint64_t content_bytes; /* still to come, of the body or of the chunk */
    size_t body_bytes_max;
    size_t body_capacity;
    size_t trailer_bytes;
    size_t line_start;
    size_t head_bytes;
    char *head;
    size_t header_count;
    struct http_header headers[HTTP_HEADERS_MAX];
};

/* A body longer than body_bytes_max is refused with 413. False: no memory; deinit is allowed all the same. */
bool http_request_init(struct http_request *request, size_t body_bytes_max);
void http_request_deinit(struct http_request *request);

/* Takes at most bytes of in (borrowed) and says in used_out how many; never reads beyond in + bytes. */
enum http_step http_request_step(struct http_request *request, const char *in, size_t bytes,
                                 size_t *used_out);

/* Forgets the request and begins the next one of the connection. */
void http_request_next(struct http_request *request);

/* Has any byte of the present request been taken? */
bool http_request_is_begun(const struct http_request *request);

/* The first value of the field, NULL when absent. name is in lower case. */
const char *http_request_header(const struct http_request *request, const char *name);

/* Hands the body over to the caller, who frees it; the request has none from here on. */
char *http_request_body_take(struct http_request *request, size_t *bytes_out);

#endif
