/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uri: the parts of a request target: percent-decoding and query parameters (RFC 3986; '+' is no blank).
 */
#ifndef SIM_HTTP_URI_H
#define SIM_HTTP_URI_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of target precede its query. */
size_t http_uri_path_bytes(const char *target);

/* Decodes bytes of in to out, with a NUL behind. False, and out undefined: a bad escape, an escaped NUL, or more
 * than out_bytes. */
bool http_uri_decode(const char *in, size_t bytes, char *out, size_t out_bytes);

/* One parameter of a query, as it stands there. */
struct http_parameter {
    const char *name;
    size_t name_bytes;
    const char *value; /* empty when there is no '=' */
    size_t value_bytes;
};

/* Walks the query of target: *at is NULL at first. False at its end. */
bool http_uri_parameter_next(const char *target, const char **at, struct http_parameter *parameter_out);

/* Finds a parameter by its undecoded name; the first of that name. */
bool http_uri_parameter_find(const char *target, const char *name, struct http_parameter *parameter_out);

bool http_uri_parameter_is(const struct http_parameter *parameter, const char *name);

#endif
