/* SPDX-License-Identifier: Apache-2.0 */
/* storage: see storage.h. */
#include "pipeline/storage_private.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINISH_WAIT_MS = 1000 };

struct storage *storage_open(const struct config *config, struct http *http, char error[CONFIG_ERROR_BYTES])
{
    const char *url = config_string(config, OPTION_STORAGE_URL);
    struct storage *storage = NULL;
    if (!*url)
        snprintf(error, CONFIG_ERROR_BYTES, "storage.url is not set");
    else if (strncmp(url, "file://", 7) == 0)
        storage = storage_file_open(config, url + 7, error);
    else if (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0)
        storage = storage_http_open(config, url, error);
    else
        snprintf(error, CONFIG_ERROR_BYTES, "storage.url: \"%.200s\" is neither file:// nor http(s)://", url);
    if (!storage)
        return NULL;
    storage->config = config;
    storage->http = http;
    storage->ready_end = &storage->ready;
    return storage;
}

void storage_close(struct storage *storage)
{
    if (!storage)
        return;
    assert(storage->op_count == 0);
    free(storage->spool_directory);
    storage->kind->close(storage);
}

const char *storage_spool_directory(const struct storage *storage)
{
    return storage->spool_directory;
}

static struct storage_op *op_new(struct storage *storage, const char *path)
{
    struct storage_op *op = memory_new(storage->kind->op_bytes);
    op->storage = storage;
    op->path = memory_string(path);
    storage->op_count++;
    return op;
}

static void op_free(struct storage_op *op)
{
    op->storage->op_count--;
    op->storage->kind->release(op);
    text_deinit(&op->data);
    free(op->path);
    free(op);
}

struct storage_op *storage_put_start(struct storage *storage, const struct storage_put *put)
{
    struct storage_op *op = op_new(storage, put->path);
    op->body = put->body;
    op->point = put->point;
    op->on_done = put->on_done;
    op->context = put->context;
    storage->kind->put(op);
    return op;
}

struct storage_op *storage_get_start(struct storage *storage, const struct storage_get *get)
{
    struct storage_op *op = op_new(storage, get->path);
    op->bytes_max = get->bytes_max;
    op->on_done = get->on_done;
    op->context = get->context;
    storage->kind->get(op);
    return op;
}

void storage_answer(struct storage_op *op, enum storage_outcome outcome, const char *format, ...)
{
    assert(!op->is_ready);
    op->answer.outcome = outcome;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(op->answer.reason, sizeof op->answer.reason, format, arguments);
    va_end(arguments);
    op->is_ready = true;
    *op->storage->ready_end = op;
    op->storage->ready_end = &op->next;
}

static void unlink_ready(struct storage *storage, struct storage_op *op)
{
    struct storage_op **link = &storage->ready;
    while (*link != op)
        link = &(*link)->next;
    *link = op->next;
    if (!op->next)
        storage->ready_end = link;
}

void storage_cancel(struct storage_op *op)
{
    if (op->is_ready)
        unlink_ready(op->storage, op);
    op_free(op);
}

void storage_step(struct storage *storage)
{
    while (storage->ready) {
        struct storage_op *op = storage->ready;
        unlink_ready(storage, op);
        if (op->answer.outcome == STORAGE_FOUND)
            op->answer.data = op->data.data ? op->data.data : "";
        op->on_done(op->context, &op->answer);
        op_free(op);
    }
}

bool storage_is_ready(const struct storage *storage)
{
    return storage->ready != NULL;
}

void storage_finish(struct storage *storage)
{
    for (;;) {
        storage_step(storage);
        if (storage->op_count == 0)
            return;
        http_step(storage->http);
        if (!storage_is_ready(storage) && storage->op_count > 0)
            http_wait(storage->http, NULL, 0, FINISH_WAIT_MS);
    }
}

bool storage_list(struct storage *storage, const char *directory,
                  void (*on_name)(void *context, const char *path), void *context,
                  char error[CONFIG_ERROR_BYTES])
{
    return storage->kind->list(storage, directory, on_name, context, error);
}
