/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage_http: a plain HTTP object store: PUT with "If-None-Match: *", GET.
 *
 * "412 Precondition Failed" and "409 Conflict" mean that the name is taken: the object there is then read and
 * hashed. It may be our own, stored by an attempt whose answer was lost. Simplified: no signatures and no
 * listing; both come with the s3:// and azure:// kinds.
 */
#include "pipeline/storage_private.h"

#include "pipeline/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct storage_http {
    struct storage storage;
    char *base; /* without a slash at its end */
};

struct http_op {
    struct storage_op op; /* first */
    struct http_call call;
    struct curl_slist *headers;
    struct digest digest;
    int64_t offset; /* of the body, while sending */
    int64_t received;
    char message[CURL_ERROR_SIZE];
    bool is_active;
    bool is_reading; /* a GET, the op's own or of the object that was there first */
    bool is_too_large;
};

static struct http_op *http_op_of(struct storage_op *op)
{
    return (struct http_op *)op;
}

static size_t on_send(char *out, size_t size, size_t count, void *context)
{
    struct http_op *op = context;
    int64_t got = body_read(op->op.body, op->offset, out, size * count);
    if (got < 0)
        return CURL_READFUNC_ABORT;
    op->offset += got;
    return (size_t)got;
}

/* libcurl sends again on a connection that died before the answer. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    struct http_op *op = context;
    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_FAIL;
    op->offset = offset;
    return CURL_SEEKFUNC_OK;
}

static size_t on_receive(char *data, size_t size, size_t count, void *context)
{
    struct http_op *op = context;
    size_t bytes = size * count;
    if (!op->is_reading || http_status(&op->call) != 200)
        return bytes;
    op->received += (int64_t)bytes;
    digest_update(&op->digest, data, bytes);
    if (op->op.body)
        return bytes; /* only its digest is wanted */
    if ((size_t)op->received > op->op.bytes_max) {
        op->is_too_large = true;
        return 0;
    }
    text_append(&op->op.data, data, bytes);
    return bytes;
}

static void read_object(struct http_op *op);

static bool is_transient(long status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void on_put_done(struct http_op *op, long status)
{
    struct storage_op *base = &op->op;
    if (status == 200 || status == 201 || status == 204) {
        base->answer.bytes = base->body->bytes;
        memcpy(base->answer.sha256, base->body->sha256, sizeof base->answer.sha256);
        storage_answer(base, STORAGE_STORED, "stored");
    } else if (status == 412 || status == 409) {
        read_object(op);
    } else {
        storage_answer(base, is_transient(status) ? STORAGE_RETRY : STORAGE_REFUSED, "PUT: HTTP status %ld",
                       status);
    }
}

static void on_get_done(struct http_op *op, long status)
{
    struct storage_op *base = &op->op;
    if (status == 200) {
        base->answer.bytes = op->received;
        digest_finish(&op->digest, base->answer.sha256);
        storage_answer(base, base->body ? STORAGE_EXISTS : STORAGE_FOUND, "there");
    } else if (status == 404 && !base->body) {
        storage_answer(base, STORAGE_ABSENT, "absent");
    } else if (status == 404 || is_transient(status)) {
        /* Taken a moment ago and absent now: eventual consistency, or someone deletes. */
        storage_answer(base, STORAGE_RETRY, "GET: HTTP status %ld", status);
    } else {
        storage_answer(base, STORAGE_REFUSED, "GET: HTTP status %ld", status);
    }
}

static void on_done(void *context, CURLcode code)
{
    struct http_op *op = context;
    op->is_active = false;
    if (op->is_too_large)
        storage_answer(&op->op, STORAGE_REFUSED, "larger than %zu bytes", op->op.bytes_max);
    else if (code)
        storage_answer(&op->op, STORAGE_RETRY, "%s", op->message[0] ? op->message : curl_easy_strerror(code));
    else if (op->is_reading)
        on_get_done(op, http_status(&op->call));
    else
        on_put_done(op, http_status(&op->call));
}

static void end_call(struct http_op *op)
{
    if (op->is_active)
        http_cancel(op->op.storage->http, &op->call);
    op->is_active = false;
    if (op->call.easy)
        curl_easy_cleanup(op->call.easy);
    op->call.easy = NULL;
    curl_slist_free_all(op->headers);
    op->headers = NULL;
    digest_deinit(&op->digest);
}

static void new_call(struct http_op *op)
{
    end_call(op);
    struct storage_http *storage = (struct storage_http *)op->op.storage;
    CURL *easy = http_easy();
    op->call = (struct http_call){.easy = easy, .on_done = on_done, .context = op};
    op->received = 0;
    op->offset = 0;
    struct text url = {0};
    text_format(&url, "%s/%s", storage->base, op->op.path);
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    text_deinit(&url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)config_number(op->op.storage->config, OPTION_STORAGE_TIMEOUT_MS));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, op);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, op->message);
}

static void start(struct http_op *op)
{
    op->is_active = true;
    http_start(op->op.storage->http, &op->call);
}

static void read_object(struct http_op *op)
{
    new_call(op);
    op->is_reading = true;
    digest_init(&op->digest);
    start(op);
}

static void get(struct storage_op *op)
{
    read_object(http_op_of(op));
}

static void put(struct storage_op *base)
{
    struct http_op *op = http_op_of(base);
    new_call(op);
    static const char *const lines[] = {"If-None-Match: *", "Content-Type: application/octet-stream",
                                        "Expect:"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        op->headers = memory_check(curl_slist_append(op->headers, lines[i]));
    CURL *easy = op->call.easy;
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)base->body->bytes);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_READDATA, op);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, op);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, op->headers);
    start(op);
}

static void release(struct storage_op *op)
{
    end_call(http_op_of(op));
}

static bool list(struct storage *storage, const char *directory,
                 void (*on_name)(void *context, const char *path), void *context, char *error)
{
    (void)storage, (void)directory, (void)on_name, (void)context;
    snprintf(error, CONFIG_ERROR_BYTES, "a plain http:// storage cannot be listed");
    return false;
}

static void close_http(struct storage *storage)
{
    struct storage_http *own = (struct storage_http *)storage;
    free(own->base);
    free(own);
}

struct storage *storage_http_open(const struct config *config, const char *url, char *error)
{
    static const struct storage_kind kind = {.op_bytes = sizeof(struct http_op),
                                             .put = put,
                                             .get = get,
                                             .release = release,
                                             .list = list,
                                             .close = close_http};
    size_t length = strlen(url);
    while (length > 0 && url[length - 1] == '/')
        length--;
    CURLU *parts = memory_check(curl_url());
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, 0);
    curl_url_cleanup(parts);
    if (code || strpbrk(url, "?#")) {
        snprintf(error, CONFIG_ERROR_BYTES, "storage.url: %s",
                 code ? curl_url_strerror(code) : "a query or fragment cannot be a prefix");
        return NULL;
    }
    struct storage_http *own = memory_new(sizeof *own);
    own->storage.kind = &kind;
    own->storage.spool_directory = memory_string(config_string(config, OPTION_SPOOL_DIR));
    own->base = memory_copy(url, length);
    return &own->storage;
}
