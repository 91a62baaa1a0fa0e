/* SPDX-License-Identifier: Apache-2.0 */
/* field: reading one JSON message strictly, and saying what is wrong in one line. */
#ifndef PIPELINE_FIELD_H
#define PIPELINE_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { FIELD_REASON_BYTES = 160 };

/* From here on jansson without memory ends the process, as everything else does (memory.h). It has to: 2.14 takes a string
 * that it could not copy for a shorter one, reading and writing, and says nothing. For the whole program; call it first. */
void field_open(void);

/* One JSON object; NULL: reason says why not. Keys that stand twice are an error: two readers might
 * differ. */
json_t *field_object(const void *data, size_t bytes, char reason[FIELD_REASON_BYTES]);

/* A required string that is not blank; NULL: reason says so. Borrowed from object. */
const char *field_string(const json_t *object, const char *name, char reason[FIELD_REASON_BYTES]);

bool field_is_blank(const char *text);

/* Compact JSON to free(). */
char *field_dump(const json_t *json);

#endif
