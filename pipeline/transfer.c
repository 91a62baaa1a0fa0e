/* SPDX-License-Identifier: Apache-2.0 */
/* transfer: see transfer.h. */
#include "pipeline/transfer.h"

#include "pipeline/memory.h"
#include "pipeline/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct transfer {
    struct transfer_request request;
    struct http_call call;
    struct body body;
    struct failure failure; /* set while streaming, when has_failed */
    char *extension;
    char message[CURL_ERROR_SIZE];
    bool has_failed;
    bool is_active;
};

static void refuse(struct transfer *transfer, const char *what, const char *detail)
{
    failure_set(&transfer->failure, FAILURE_PERMANENT, false, "%s%s%s", what, detail ? ": " : "",
                detail ? detail : "");
    transfer->has_failed = true;
}

/* Runs for each address that is tried, after name resolution. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct transfer *transfer = context;
    if (!config_flag(transfer->request.config, OPTION_ALLOW_PRIVATE) &&
        url_address_is_private(&address->addr)) {
        refuse(transfer, "the host's address is private", NULL);
        return CURL_SOCKET_BAD;
    }
    /* Another address of the host may do. */
    transfer->has_failed = false;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool fits_type(struct transfer *transfer)
{
    if (!config_flag(transfer->request.config, OPTION_CHECK_CONTENT_TYPE))
        return true;
    char *type = NULL;
    curl_easy_getinfo(transfer->call.easy, CURLINFO_CONTENT_TYPE, &type);
    if (url_content_type_fits(transfer->extension, type))
        return true;
    refuse(transfer, "the content type does not match the name", type);
    return false;
}

/* A short count makes libcurl end the transfer. */
static size_t on_bytes(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t bytes = size * count;
    long status = http_status(&transfer->call);
    if (status != 200)
        return bytes; /* an error's page: not kept */
    if (transfer->body.bytes == 0 && !fits_type(transfer))
        return 0;
    if (transfer->body.bytes + (int64_t)bytes > config_number(transfer->request.config, OPTION_MAX_BYTES)) {
        refuse(transfer, "larger than max.bytes", NULL);
        return 0;
    }
    if (body_append(&transfer->body, data, bytes))
        return bytes;
    failure_set(&transfer->failure, FAILURE_STORAGE, true, "temporary file: %s", strerrordesc_np(errno));
    transfer->has_failed = true;
    return 0;
}

/* NULL: success. */
static const struct failure *judge(struct transfer *transfer, CURLcode code)
{
    if (transfer->has_failed)
        return &transfer->failure;
    if (code) {
        /* What went wrong below HTTP passes: time limits, connections, resets, truncated bodies. */
        bool is_permanent = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
        failure_set(&transfer->failure, is_permanent ? FAILURE_PERMANENT : FAILURE_TRANSIENT, !is_permanent,
                    "%s", transfer->message[0] ? transfer->message : curl_easy_strerror(code));
        return &transfer->failure;
    }
    long status = http_status(&transfer->call);
    if (status != 200) {
        failure_from_status(&transfer->failure, status);
        transfer->failure.retry_after_s = http_retry_after_s(&transfer->call);
        return &transfer->failure;
    }
    if (transfer->body.bytes == 0 && !fits_type(transfer))
        return &transfer->failure;
    return NULL;
}

static void on_done(void *context, CURLcode code)
{
    struct transfer *transfer = context;
    transfer->is_active = false;
    const struct failure *failure = judge(transfer, code);
    body_finish(&transfer->body);
    transfer->request.on_done(transfer->request.context, failure);
}

static void set_options(struct transfer *transfer)
{
    CURL *easy = transfer->call.easy;
    const struct config *config = transfer->request.config;
    curl_easy_setopt(easy, CURLOPT_URL, transfer->request.url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
                     config_flag(config, OPTION_ALLOW_HTTP) ? "http,https" : "https");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)config_number(config, OPTION_DOWNLOAD_CONNECT_TIMEOUT_MS));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     (long)((config_number(config, OPTION_DOWNLOAD_STALL_TIMEOUT_MS) + 999) / 1000));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)config_number(config, OPTION_DOWNLOAD_TIMEOUT_MS));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->message);
}

struct transfer *transfer_start(const struct transfer_request *request)
{
    struct transfer *transfer = memory_new(sizeof *transfer);
    transfer->request = *request;
    char *name = url_basename(request->url);
    transfer->extension = memory_string(url_extension(name));
    free(name);
    body_init(&transfer->body, request->spool);
    transfer->call = (struct http_call){.easy = http_easy(), .on_done = on_done, .context = transfer};
    set_options(transfer);
    transfer->is_active = true;
    http_start(request->http, &transfer->call);
    return transfer;
}

struct body *transfer_body(struct transfer *transfer)
{
    return &transfer->body;
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer)
        return;
    if (transfer->is_active)
        http_cancel(transfer->request.http, &transfer->call);
    curl_easy_cleanup(transfer->call.easy);
    body_deinit(&transfer->body);
    free(transfer->extension);
    free(transfer);
}
