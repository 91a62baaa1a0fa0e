/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob_path: where an attachment's bytes are stored. A function of the task alone, so that every attempt by
 * every worker aims at the same name.
 *
 *     {event_subtype}/{assignment_id}/{trace_id}/{file}
 *
 * Every component is made safe: only letters, digits, '.', '_' and '-', not hidden, not reserved, not
 * over-long. What had to be changed gets a digest of the original appended, so that two different ids never
 * share a directory. File names of one event that collide get a digest of their URL.
 */
#ifndef PIPELINE_BLOB_PATH_H
#define PIPELINE_BLOB_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum { BLOB_PATH_ID_MAX = 120, BLOB_PATH_FILE_MAX = 255, BLOB_PATH_MAX = 1023 };

struct blob_path_event {
    const char *event_subtype;
    const char *assignment_id;
    const char *trace_id;
    const char *estimate_version; /* NULL: unknown */
};

/* Makes the paths of all attachments of one event. urls are different from each other. Fills
 * paths[0..count) with strings to free; they are different from each other too. */
void blob_path_make(const struct blob_path_event *event, const char *const *urls, size_t count, char **paths);

/* Is this what blob_path_make can have made (a task's path comes over the wire)? */
bool blob_path_is_safe(const char *path);

/* One component, made safe. Free it. */
char *blob_path_component(const char *id);

#endif
