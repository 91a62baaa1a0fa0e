/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: a growing byte string, always NUL-terminated once anything was appended.
 *
 * A zeroed struct is an empty text. It replaces stdio where bytes go to a descriptor, since whole writes of
 * known bytes are what a log line or a segment wants.
 */
#ifndef PIPELINE_TEXT_H
#define PIPELINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data; /* NULL while nothing was appended */
    size_t length;
    size_t capacity;
};

void text_append(struct text *text, const void *data, size_t bytes);
void text_add(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes bytes from the front. */
void text_consume(struct text *text, size_t bytes);
void text_clear(struct text *text);
void text_deinit(struct text *text);

/* Writes all bytes to a descriptor, going on after short writes. False with errno set when that fails. */
bool text_write(int descriptor, const void *data, size_t bytes);

/* Reads a whole file, at most bytes_max (false, errno EFBIG beyond). Appends. */
bool text_read_file(struct text *text, const char *path, size_t bytes_max);

#endif
