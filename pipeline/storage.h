/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage: named immutable objects, written once.
 *
 * A put is put-if-absent: when the name is taken, the answer describes the bytes that are there, and they
 * stay. So a late writer cannot change what another has reported. Kinds stand behind struct storage_kind
 * (storage_private.h): file:// and http:// so far; s3:// and azure:// come later. Answers come from
 * storage_step, never from within the call that asks.
 */
#ifndef PIPELINE_STORAGE_H
#define PIPELINE_STORAGE_H

#include "pipeline/body.h"
#include "pipeline/config.h"
#include "pipeline/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORAGE_REASON_BYTES = 200 };

enum storage_outcome {
    STORAGE_STORED,  /* put: ours, and durable */
    STORAGE_EXISTS,  /* put: the name was taken; bytes and sha256 are those of what is there, durable */
    STORAGE_FOUND,   /* get: data */
    STORAGE_ABSENT,  /* get: no such object */
    STORAGE_RETRY,   /* did not work, may work later; a put may have been stored */
    STORAGE_REFUSED, /* the store says no, and would again */
};

struct storage_answer {
    enum storage_outcome outcome;
    int64_t bytes;
    char sha256[DIGEST_HEX_BYTES];
    const char *data; /* STORAGE_FOUND: bytes of it, borrowed until on_done returns */
    char reason[STORAGE_REASON_BYTES];
};

struct storage;
struct storage_op;

struct storage_put {
    const char *path;        /* relative; safe components only. Copied */
    const struct body *body; /* finished; borrowed until the answer */
    const char *point; /* fault point reached when the bytes are there (file storage), or NULL; borrowed */
    /* Called once; the op is void by then. */
    void (*on_done)(void *context, const struct storage_answer *answer);
    void *context;
};

struct storage_get {
    const char *path; /* copied */
    size_t bytes_max; /* larger objects answer STORAGE_REFUSED */
    void (*on_done)(void *context, const struct storage_answer *answer);
    void *context;
};

/* Opens what storage.url names. Borrows config and http. NULL: error holds one line. */
struct storage *storage_open(const struct config *config, struct http *http, char error[CONFIG_ERROR_BYTES]);

/* No op may be under way. Accepts NULL. */
void storage_close(struct storage *storage);

/* Where temporary files are best put: for file storage a directory that links into it. Borrowed. */
const char *storage_spool_directory(const struct storage *storage);

struct storage_op *storage_put_start(struct storage *storage, const struct storage_put *put);
struct storage_op *storage_get_start(struct storage *storage, const struct storage_get *get);

/* No answer will come. The store may or may not have been changed. */
void storage_cancel(struct storage_op *op);

/* Gives the answers that are there. */
void storage_step(struct storage *storage);

/* Would storage_step give an answer now? Then do not wait. */
bool storage_is_ready(const struct storage *storage);

/* Steps storage and http until no op is under way: for commands that do one thing at a time. */
void storage_finish(struct storage *storage);

/* Calls on_name for each object whose path begins with "{directory}/", in no order. False: error says why. */
bool storage_list(struct storage *storage, const char *directory,
                  void (*on_name)(void *context, const char *path), void *context,
                  char error[CONFIG_ERROR_BYTES]);

#endif
