/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objects: see objects.h. A sorted array: listing is a walk, and a world has hundreds of objects, not millions.
 */
#include "sim/http/objects.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct http_object *http_object_new(const char *key, const char *type, char *bytes, size_t bytes_count)
{
    struct http_object *object = calloc(1, sizeof *object);

    if (!object) {
        free(bytes);
        return NULL;
    }
    object->references = 1;
    object->bytes = bytes;
    object->bytes_count = bytes_count;
    object->key = strdup(key);
    object->type = strdup(type);
    if (!object->key || !object->type) {
        http_object_drop(object);
        return NULL;
    }
    http_md5_hex(bytes, bytes_count, object->etag);
    return object;
}

void http_object_hold(struct http_object *object)
{
    object->references++;
}

void http_object_drop(struct http_object *object)
{
    if (!object || --object->references > 0)
        return;
    free(object->key);
    free(object->type);
    free(object->bytes);
    free(object);
}

void http_objects_init(struct http_objects *objects)
{
    memset(objects, 0, sizeof *objects);
}

void http_objects_deinit(struct http_objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        http_object_drop(objects->sorted[i]);
    free(objects->sorted);
    memset(objects, 0, sizeof *objects);
}

size_t http_objects_lower_bound(const struct http_objects *objects, const char *key)
{
    size_t low = 0;
    size_t high = objects->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(objects->sorted[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct http_object *http_objects_find(const struct http_objects *objects, const char *key)
{
    size_t index = http_objects_lower_bound(objects, key);

    if (index < objects->count && !strcmp(objects->sorted[index]->key, key))
        return objects->sorted[index];
    return NULL;
}

bool http_objects_reserve(struct http_objects *objects)
{
    size_t capacity = objects->capacity ? objects->capacity * 2 : 64;
    struct http_object **sorted;

    if (objects->count < objects->capacity)
        return true;
    if (capacity > HTTP_OBJECTS_MAX)
        return false;
    sorted = realloc(objects->sorted, capacity * sizeof(struct http_object *));
    if (!sorted)
        return false;
    objects->sorted = sorted;
    objects->capacity = capacity;
    return true;
}

void http_objects_put(struct http_objects *objects, struct http_object *object)
{
    size_t index = http_objects_lower_bound(objects, object->key);
    struct http_object **at = objects->sorted + index;

    objects->bytes += object->bytes_count;
    if (index < objects->count && !strcmp((*at)->key, object->key)) {
        objects->bytes -= (*at)->bytes_count;
        http_object_drop(*at);
        *at = object;
        return;
    }
    assert(objects->count < objects->capacity);
    memmove(at + 1, at, (objects->count - index) * sizeof(struct http_object *));
    *at = object;
    objects->count++;
}
