/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response: what a server answers, and how badly it is delivered.
 *
 * The second half is the point of it: a response can come late, in pieces, stop half way, end too early or take the
 * connection with it. The server carries that out; who decides it is the owner of the request (see fault.h).
 */
#ifndef SIM_HTTP_RESPONSE_H
#define SIM_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_RESPONSE_HEADERS_BYTES_MAX = 2048 };

/* Where body bytes come from: they are asked for when there is room to send them. */
struct http_body {
    uint64_t bytes;
    void *context;                  /* owned: released with the response */
    void (*release)(void *context); /* NULL: nothing to release */
    void (*fill)(void *context, uint64_t offset, char *out, size_t bytes);
};

enum http_ending {
    HTTP_ENDING_WHOLE,
    HTTP_ENDING_STALL,    /* nothing more is ever sent; the connection stays until the client leaves */
    HTTP_ENDING_TRUNCATE, /* an orderly close (FIN) */
    HTTP_ENDING_RESET,    /* RST */
};

struct http_response {
    int status;
    bool close;   /* close the connection after it */
    bool chunked; /* chunked body instead of Content-Length (not to an HTTP/1.0 client) */
    size_t headers_bytes;
    char headers[HTTP_RESPONSE_HEADERS_BYTES_MAX];
    struct http_body body;

    int64_t delay_ns;     /* from the request to the first byte */
    uint64_t piece_bytes; /* > 0: the body is sent in pieces of this size .. */
    int64_t gap_ns;       /* .. this long apart */
    enum http_ending ending;
    int64_t ending_at; /* the ending strikes after so many body bytes; < 0: before the status line */
};

/* An empty 200, delivered whole and at once. */
void http_response_init(struct http_response *response);
/* Releases the body. */
void http_response_deinit(struct http_response *response);

/* Adds a field; Content-Length, Transfer-Encoding and Connection are the server's. False: no room, nothing added.
 * format must yield no CR or LF. */
bool http_response_header(struct http_response *response, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes it this status with a copy of the text as its body. Without memory it becomes an empty 500. */
void http_response_text(struct http_response *response, int status, const char *type, const char *text);

/* Makes bytes (malloc'd, taken) the body. */
void http_response_bytes(struct http_response *response, char *bytes, size_t count);

/* "Not Found" for 404; "Status" for what has no name here. */
const char *http_response_reason(int status);

#endif
