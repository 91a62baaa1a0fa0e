/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body: the bytes of one attachment, in memory while small, else in a temporary file; hashed as they come.
 *
 * The temporary file is gone after body_deinit, whatever happened in between; what a killed process leaves is
 * removed by body_sweep at the next start of the same instance.
 */
#ifndef PIPELINE_BODY_H
#define PIPELINE_BODY_H

#include "pipeline/digest.h"
#include "pipeline/log.h"
#include "pipeline/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where bodies spool, and how their files are named: "{directory}/{stem}-{number}". */
struct body_spool {
    char *directory;
    char *stem;
    uint64_t number;
    int64_t threshold; /* bytes kept in memory */
};

struct body {
    struct body_spool *spool; /* borrowed */
    struct text memory;
    char *path;     /* NULL: all in memory */
    int descriptor; /* open for reading and writing while path is set */
    int64_t bytes;
    struct digest digest;
    char sha256[DIGEST_HEX_BYTES]; /* after body_finish */
};

/* Copies directory and instance. The directory must exist by the first use. */
void body_spool_init(struct body_spool *spool, const char *directory, const char *instance,
                     int64_t threshold);
void body_spool_deinit(struct body_spool *spool);

/* The next unused temporary name, to free(). */
char *body_spool_name(struct body_spool *spool);

/* Removes temporary files that this instance left behind. Returns how many. */
int body_sweep(const struct body_spool *spool);

void body_init(struct body *body, struct body_spool *spool);

/* False with errno set: the temporary file failed; only body_deinit may follow. */
bool body_append(struct body *body, const void *data, size_t bytes);

/* No more bytes come: sha256 is set. */
void body_finish(struct body *body);

/* Reads up to bytes at offset, wherever they are. -1 with errno set. */
int64_t body_read(const struct body *body, int64_t offset, void *out, size_t bytes);

/* Removes the temporary file. Accepts a zeroed body. */
void body_deinit(struct body *body);

#endif
