/* SPDX-License-Identifier: Apache-2.0 */
/* http: see http.h. */
#include "pipeline/http.h"

#include "pipeline/memory.h"

#include <assert.h>

enum { HTTP_DESCRIPTORS_MAX = 8, RETRY_AFTER_S_MAX = 86400 };

bool http_init(struct http *http, long connections_max)
{
    *http = (struct http){.multi = curl_multi_init()};
    if (!http->multi)
        return false;
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, connections_max);
    return true;
}

void http_deinit(struct http *http)
{
    assert(http->active == 0);
    curl_multi_cleanup(http->multi);
    *http = (struct http){0};
}

CURL *http_easy(void)
{
    CURL *easy = memory_check(curl_easy_init());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "millrace");
    return easy;
}

void http_start(struct http *http, struct http_call *call)
{
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, (char *)call);
    CURLMcode code = curl_multi_add_handle(http->multi, call->easy);
    if (code == CURLM_OUT_OF_MEMORY)
        memory_exhausted();
    assert(!code);
    http->active++;
}

void http_cancel(struct http *http, struct http_call *call)
{
    curl_multi_remove_handle(http->multi, call->easy);
    http->active--;
}

void http_step(struct http *http)
{
    int running;
    CURLMcode code = curl_multi_perform(http->multi, &running);
    if (code == CURLM_OUT_OF_MEMORY)
        memory_exhausted();
    assert(!code);
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result; /* the message does not survive the removal */
        struct http_call *call;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        http_cancel(http, call);
        if (result == CURLE_OUT_OF_MEMORY)
            memory_exhausted();
        call->on_done(call->context, result);
    }
}

void http_wait(struct http *http, const int *descriptors, size_t count, int timeout_ms)
{
    assert(count <= HTTP_DESCRIPTORS_MAX);
    struct curl_waitfd extra[HTTP_DESCRIPTORS_MAX];
    for (size_t i = 0; i < count; i++)
        extra[i] = (struct curl_waitfd){.fd = descriptors[i], .events = CURL_WAIT_POLLIN};
    curl_multi_poll(http->multi, extra, (unsigned int)count, timeout_ms, NULL);
}

long http_status(const struct http_call *call)
{
    long status = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

int http_retry_after_s(const struct http_call *call)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds < 0)
        return 0;
    return seconds > RETRY_AFTER_S_MAX ? RETRY_AFTER_S_MAX : (int)seconds;
}
