/* SPDX-License-Identifier: Apache-2.0 */
/* A disk of its own for each test, outside any world, and short ways to use it. */
#ifndef TESTS_UNIT_DISK_FIXTURE_H
#define TESTS_UNIT_DISK_FIXTURE_H

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include "sim/world/disk_file.h"
#include "sim/world/disk_name.h"
#include "sim/world/host.h"

struct fixture {
    struct host host;
    struct disk *disk;
};

static inline void fixture_begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.host = {.wall_ns = INT64_C(1700000000123456789)}};
    fixture->disk = disk_new(&fixture->host);
}

/* From the root. */
static inline struct disk_at at(const struct fixture *fixture, const char *path)
{
    return (struct disk_at){.disk = fixture->disk, .path = path};
}

/* Opens by path; NULL and *error_out < 0 on failure. The caller releases file->open. */
static inline struct disk_file *file_open_at(const struct fixture *fixture, const char *path, int flags,
                                             int *error_out)
{
    struct disk_at place = at(fixture, path);
    struct disk_node *node;
    *error_out = disk_name_open(&place, flags, 0644, &node);
    if (*error_out)
        return NULL;
    struct disk_file *file = disk_file_new(node, flags);
    open_file_retain(&file->open);
    return file;
}

static inline ssize_t file_put(struct disk_file *file, const char *text)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    return file->open.operations->write(&file->open, &iov, 1);
}

static inline ssize_t file_get(struct disk_file *file, char *text, size_t bytes)
{
    struct iovec iov = {.iov_base = text, .iov_len = bytes};
    return file->open.operations->read(&file->open, &iov, 1);
}

#endif
