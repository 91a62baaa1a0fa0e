/* SPDX-License-Identifier: Apache-2.0 */
/* storage_private: what a kind of storage implements. */
#ifndef PIPELINE_STORAGE_PRIVATE_H
#define PIPELINE_STORAGE_PRIVATE_H

#include "pipeline/storage.h"
#include "pipeline/text.h"

struct storage_op {
    struct storage *storage;
    struct storage_op *next; /* among those with an answer */
    char *path;
    const struct body *body; /* NULL: a get */
    const char *point;
    size_t bytes_max;
    void (*on_done)(void *context, const struct storage_answer *answer);
    void *context;
    struct storage_answer answer;
    struct text data;
    bool is_ready;
};

struct storage_kind {
    size_t op_bytes; /* size of its ops, which begin with a struct storage_op */
    void (*put)(struct storage_op *op);
    void (*get)(struct storage_op *op);
    /* Ends what is under way, releases what the kind added. */
    void (*release)(struct storage_op *op);
    bool (*list)(struct storage *storage, const char *directory,
                 void (*on_name)(void *context, const char *path), void *context, char *error);
    void (*close)(struct storage *storage);
};

struct storage {
    const struct storage_kind *kind;
    const struct config *config;
    struct http *http;
    char *spool_directory;
    struct storage_op *ready;
    struct storage_op **ready_end;
    size_t op_count;
};

/* For the kinds: the answer is complete. */
void storage_answer(struct storage_op *op, enum storage_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Each kind: NULL with error filled in. location is the URL behind its scheme. */
struct storage *storage_file_open(const struct config *config, const char *location, char *error);
struct storage *storage_http_open(const struct config *config, const char *url, char *error);

#endif
