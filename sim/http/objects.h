/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objects: what an object store holds, ordered by key as bytes compare. An object is immutable once it is in; a
 * reader that holds a reference goes on reading it when its key is overwritten.
 */
#ifndef SIM_HTTP_OBJECTS_H
#define SIM_HTTP_OBJECTS_H

#include "sim/http/md5.h"

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_OBJECT_KEY_BYTES_MAX = 1024, HTTP_OBJECTS_MAX = 1 << 20 };

struct http_object {
    uint32_t references;
    char *key;
    char *type; /* its Content-Type */
    char *bytes;
    size_t bytes_count;
    char etag[HTTP_MD5_HEX_BYTES + 1]; /* without quotes */
};

/* Copies key and type, takes bytes (malloc'd, or NULL when empty) even when it fails. NULL: no memory. The caller
 * holds the one reference. */
struct http_object *http_object_new(const char *key, const char *type, char *bytes, size_t bytes_count);
void http_object_hold(struct http_object *object);
/* Frees it with its last reference. NULL is allowed. */
void http_object_drop(struct http_object *object);

struct http_objects {
    struct http_object **sorted;
    size_t count;
    size_t capacity;
    uint64_t bytes; /* of all contents */
};

void http_objects_init(struct http_objects *objects);
void http_objects_deinit(struct http_objects *objects);

/* Borrowed; NULL: there is none. */
struct http_object *http_objects_find(const struct http_objects *objects, const char *key);

/* Index of the first key >= the given one; count when there is none. */
size_t http_objects_lower_bound(const struct http_objects *objects, const char *key);

/* Makes sure that the next put succeeds. False: no memory, or HTTP_OBJECTS_MAX. */
bool http_objects_reserve(struct http_objects *objects);

/* Puts object under its key in the place of an older one, and takes the reference. After http_objects_reserve. */
void http_objects_put(struct http_objects *objects, struct http_object *object);

#endif
