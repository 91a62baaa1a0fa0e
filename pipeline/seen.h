/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen: which events of one partition were taken lately: the window against repeated ones.
 *
 * An event is told by its id; a digest of its bytes tells whether it is the same event again. The oldest go when there are
 * more than most, and what is older than window_ns does not count. 64 bytes an event, 32 of them for the id: of a longer one
 * its SHA-256. Times are wall clock: they outlive the process. The offset of the record is kept, for a record that is read
 * again is no repetition: where delivery is at least once its mark may be there, and its tasks not.
 */
#ifndef PIPELINE_SEEN_H
#define PIPELINE_SEEN_H

#include <stddef.h>
#include <stdint.h>

enum { SEEN_ID_BYTES = 32 };

#define SEEN_NONE UINT32_MAX

struct seen_id {
    unsigned char bytes[SEEN_ID_BYTES];
};

struct seen_entry {
    struct seen_id id;
    uint64_t content;
    int64_t offset; /* of the record that was taken */
    int64_t wall_ns;
    uint32_t next; /* in its bucket; SEEN_NONE: the last */
};

struct seen {
    size_t most;
    int64_t window_ns;
    struct seen_entry *entries; /* a ring; oldest at head */
    size_t capacity, head, count;
    uint32_t *buckets; /* capacity of them */
};

enum seen_verdict {
    SEEN_NEW,
    SEEN_REPEATED,
    SEEN_OTHER, /* the id, with other bytes */
};

/* An id as it is kept, and as the key of its record in the changelog. */
struct seen_id seen_id_of(const char *id, size_t length);
/* FNV-1a. */
uint64_t seen_content_of(const void *bytes, size_t count);

/* most >= 1; window_ns >= 0. */
void seen_init(struct seen *seen, size_t most, int64_t window_ns);
void seen_deinit(struct seen *seen);

/* Of the record at that offset. */
enum seen_verdict seen_look(const struct seen *seen, const struct seen_id *id, uint64_t content,
                            int64_t offset, int64_t now_ns);

/* The record at that offset was taken at wall_ns. A known id takes the newer time. */
void seen_add(struct seen *seen, const struct seen_id *id, uint64_t content, int64_t offset, int64_t wall_ns);

#endif
