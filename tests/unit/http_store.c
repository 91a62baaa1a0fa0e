/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libcurl sees of the object store: objects come whole or not at all, the first writer wins where it asks to,
 * and listings are in order.
 */
#include "tests/unit/http_fixture.h"

#include "sim/http/md5.h"
#include "sim/http/store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void expect_object(const char *path, const char *text)
{
    const struct reply *reply = http_fixture_get(path);

    cr_expect_eq(reply->code, CURLE_OK, "%s: %s", path, curl_easy_strerror(reply->code));
    cr_expect_eq(reply->status, text ? 200 : 404, "%s: %ld", path, reply->status);
    if (text)
        cr_expect_str_eq(reply->body, text, "%s", path);
}

static void expect_put(const char *path, const char *text, const char *header, long status)
{
    const struct reply *reply = http_fixture_put(path, text, header);

    cr_expect_eq(reply->code, CURLE_OK, "%s: %s", path, curl_easy_strerror(reply->code));
    cr_expect_eq(reply->status, status, "%s: %ld instead of %ld", path, reply->status, status);
}

Test(http_md5, digests_are_those_of_rfc_1321)
{
    static const struct {
        const char *text;
        const char *hex;
    } rows[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    char hex[HTTP_MD5_HEX_BYTES + 1];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        http_md5_hex(rows[i].text, strlen(rows[i].text), hex);
        cr_expect_str_eq(hex, rows[i].hex);
    }
}

Test(http_store, what_was_put_can_be_got)
{
    struct reply *reply;

    http_fixture_start(http_store_main, "");
    reply = http_fixture_put("/bucket/a%20b", "abc", "Content-Type: text/x");
    cr_expect_eq(reply->status, 201);
    cr_expect_not_null(strstr(reply->head, "ETag: \"900150983cd24fb0d6963f7d28e17f72\"\r\n"));
    reply = http_fixture_get("/bucket/a%20b");
    cr_expect_str_eq(reply->body, "abc");
    cr_expect_not_null(strstr(reply->head, "ETag: \"900150983cd24fb0d6963f7d28e17f72\"\r\n"));
    cr_expect_not_null(strstr(reply->head, "Content-Type: text/x\r\n"));
    expect_put("/bucket/a%20b", "other", NULL, 200);
    expect_object("/bucket/a%20%62", "other");
    expect_put("/empty", "", NULL, 201);
    expect_object("/empty", "");
    expect_object("/bucket", NULL);
    http_fixture_stop();
}

Test(http_store, a_head_tells_length_and_etag_without_the_body)
{
    static struct reply reply;
    CURL *curl;

    http_fixture_start(http_store_main, "");
    expect_put("/k", "abc", NULL, 201);
    curl = http_fixture_curl("/k", &reply);
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    http_fixture_perform(curl, &reply);
    cr_expect_eq(reply.status, 200);
    cr_expect_not_null(strstr(reply.head, "Content-Length: 3\r\n"));
    cr_expect_not_null(strstr(reply.head, "ETag: \"900150983cd24fb0d6963f7d28e17f72\"\r\n"));
    curl_easy_setopt(curl, CURLOPT_URL, http_fixture_url("/none"));
    http_fixture_perform(curl, &reply);
    cr_expect_eq(reply.status, 404);
    curl_easy_cleanup(curl);
    http_fixture_stop();
}

Test(http_store, put_if_absent_is_refused_where_an_object_is)
{
    http_fixture_start(http_store_main, "");
    expect_put("/k", "first", "If-None-Match: *", 201);
    expect_put("/k", "second", "If-None-Match: *", 412);
    cr_expect_not_null(
        strstr(http_fixture_put("/k", "x", "If-None-Match: *")->body, "<Code>PreconditionFailed<"));
    expect_object("/k", "first");
    http_fixture_stop();
}

Test(http_store, of_two_writers_the_one_that_finishes_first_wins)
{
    int slow;

    http_fixture_start(http_store_main, "");
    slow = http_fixture_connect();
    http_fixture_send(slow, "PUT /k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 4\r\n\r\nsl");
    expect_object("/k", NULL);
    expect_put("/k", "fast", "If-None-Match: *", 201);
    http_fixture_send(slow, "ow");
    cr_expect_eq(strncmp(http_fixture_receive(slow, "\r\n\r\n"), "HTTP/1.1 412 ", 13), 0);
    expect_object("/k", "fast");
    close(slow);
    http_fixture_stop();
}

Test(http_store, racing_clients_see_one_201_and_one_412)
{
    static struct reply replies[2];
    static const char *const texts[2] = {"one", "two"};
    struct curl_slist *headers = curl_slist_append(NULL, "If-None-Match: *");
    CURLM *multi;
    CURL *curls[2];
    int running;

    http_fixture_start(http_store_main, "");
    multi = curl_multi_init();
    for (int i = 0; i < 2; i++) {
        curls[i] = http_fixture_curl("/k", &replies[i]);
        curl_easy_setopt(curls[i], CURLOPT_CUSTOMREQUEST, "PUT");
        curl_easy_setopt(curls[i], CURLOPT_POSTFIELDS, texts[i]);
        curl_easy_setopt(curls[i], CURLOPT_HTTPHEADER, headers);
        curl_multi_add_handle(multi, curls[i]);
    }
    do
        cr_assert_eq(curl_multi_perform(multi, &running), CURLM_OK);
    while (running > 0 && curl_multi_poll(multi, NULL, 0, 20000, NULL) == CURLM_OK);
    for (int i = 0; i < 2; i++) {
        curl_easy_getinfo(curls[i], CURLINFO_RESPONSE_CODE, &replies[i].status);
        curl_multi_remove_handle(multi, curls[i]);
        curl_easy_cleanup(curls[i]);
    }
    cr_expect_eq(replies[0].status + replies[1].status, 201 + 412);
    expect_object("/k", texts[replies[0].status == 201 ? 0 : 1]);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    http_fixture_stop();
}

Test(http_store, an_interrupted_put_stores_nothing)
{
    static const char *const rows[] = {
        "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nsho",
        "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\n0\r\n",
        "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\nbad\r\n\r\n",
    };

    http_fixture_start(http_store_main, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = http_fixture_connect();

        http_fixture_send(fd, rows[i]);
        shutdown(fd, SHUT_WR);
        /* The end of the stream: the server has seen all of it. */
        http_fixture_receive(fd, NULL);
        close(fd);
        expect_object("/k", NULL);
    }
    http_fixture_stop();
}

Test(http_store, a_client_that_shuts_down_its_side_still_gets_its_answer)
{
    int fd;

    http_fixture_start(http_store_main, "--latency-us 500..500");
    fd = http_fixture_connect();
    http_fixture_send(fd, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
    shutdown(fd, SHUT_WR);
    cr_expect_eq(strncmp(http_fixture_receive(fd, NULL), "HTTP/1.1 201 Created\r\n", 22), 0);
    close(fd);
    http_fixture_stop();
}

/* A body for CURLOPT_READFUNCTION: count bytes of 'u', a few at a time. */
static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    size_t *left = context;
    size_t bytes = size * count < 1000 ? size * count : 1000;

    bytes = bytes < *left ? bytes : *left;
    memset(out, 'u', bytes);
    *left -= bytes;
    return bytes;
}

/* length < 0: libcurl does not know it, and sends chunks. */
static void upload(const char *path, size_t bytes, curl_off_t length, struct reply *reply)
{
    size_t left = bytes;
    CURL *curl = http_fixture_curl(path, reply);
    struct curl_slist *headers = curl_slist_append(NULL, "Expect: 100-continue");

    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &left);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, length);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    /* Never without the server's word. */
    curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, 15000L);
    http_fixture_perform(curl, reply);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
}

Test(http_store, uploads_wait_for_100_continue_with_and_without_a_length)
{
    static struct reply reply;

    http_fixture_start(http_store_main, "");
    upload("/chunked", 300000, -1, &reply);
    cr_expect_eq(reply.code, CURLE_OK);
    cr_expect_eq(reply.status, 201);
    cr_expect_not_null(strstr(reply.head, "100 Continue\r\n"));
    upload("/counted", 300000, 300000, &reply);
    cr_expect_eq(reply.status, 201);
    cr_expect_not_null(strstr(reply.head, "100 Continue\r\n"));
    cr_expect_eq(http_fixture_get("/chunked")->body_bytes, 300000u);
    cr_expect_eq(http_fixture_get("/counted")->body_bytes, 300000u);
    http_fixture_stop();
}

Test(http_store, what_is_too_large_is_refused_before_its_body)
{
    static struct reply reply;

    http_fixture_start(http_store_main, "--object-bytes-max 1000 --store-bytes-max 1500");
    upload("/k", 1001, 1001, &reply);
    cr_expect_eq(reply.status, 413);
    cr_expect_null(strstr(reply.head, "100 Continue"));
    upload("/k", 1001, -1, &reply);
    cr_expect_eq(reply.status, 413);
    upload("/k", 1000, 1000, &reply);
    cr_expect_eq(reply.status, 201);
    upload("/l", 1000, 1000, &reply);
    cr_expect_eq(reply.status, 507);
    upload("/k", 999, 999, &reply);
    cr_expect_eq(reply.status, 200, "what it replaces does not count");
    http_fixture_stop();
}

static void expect_listing(const char *path, const char *keys)
{
    struct reply *reply = http_fixture_get(path);
    char found[512] = "";

    cr_expect_eq(reply->status, 200, "%s: %ld", path, reply->status);
    for (char *at = reply->body; (at = strstr(at, "<Key>"));) {
        char *end = strstr(at, "</Key>");

        strcat(strncat(found, at + 5, (size_t)(end - at - 5)), " ");
        at = end;
    }
    cr_expect_str_eq(found, keys, "%s: %s", path, found);
}

Test(http_store, listings_are_in_byte_order_and_keep_to_their_prefix)
{
    static const char *const paths[] = {"/b/z", "/b/a/2",   "/b/a/10",   "/b/a",
                                        "/b/A", "/b/a%2f1", "/c/%3C%26", "/bb"};

    http_fixture_start(http_store_main, "");
    expect_listing("/?list-type=2", "");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        expect_put(paths[i], "abc", NULL, 201);
    expect_listing("/?list-type=2", "b/A b/a b/a/1 b/a/10 b/a/2 b/z bb c/&lt;&amp; ");
    expect_listing("/?list-type=2&prefix=b%2Fa", "b/a b/a/1 b/a/10 b/a/2 ");
    expect_listing("/b?list-type=2&prefix=a/", "a/1 a/10 a/2 ");
    expect_listing("/b/?list-type=2", "A a a/1 a/10 a/2 z ");
    expect_listing("/b?list-type=2&start-after=a/10&prefix=a", "a/2 ");
    expect_listing("/b?list-type=2&start-after=a&prefix=a/", "a/1 a/10 a/2 ");
    expect_listing("/b?list-type=2&prefix=no", "");
    expect_listing("/b?list-type=2&max-keys=0", "");
    cr_expect_not_null(strstr(http_fixture_get("/c?list-type=2")->body,
                              "<ETag>&quot;900150983cd24fb0d6963f7d28e17f72&quot;</ETag><Size>3</Size>"));
    cr_expect_eq(http_fixture_get("/?list-type=2&delimiter=/")->status, 501);
    cr_expect_eq(http_fixture_get("/?list-type=1")->status, 501);
    cr_expect_eq(http_fixture_get("/?list-type=2&max-keys=x")->status, 400);
    cr_expect_eq(http_fixture_get("/?list-type=2&continuation-token=abc")->status, 400);
    http_fixture_stop();
}

Test(http_store, a_listing_goes_on_where_its_token_says)
{
    char path[128];
    char key[24];
    char *token = NULL;
    int count = 0;

    http_fixture_start(http_store_main, "");
    for (int i = 0; i < 7; i++) {
        snprintf(path, sizeof path, "/b/%d", i);
        expect_put(path, "x", NULL, 201);
    }
    snprintf(path, sizeof path, "/b?list-type=2&max-keys=3");
    do {
        struct reply *reply = http_fixture_get(path);
        bool is_truncated = strstr(reply->body, "<IsTruncated>true<") != NULL;
        size_t token_bytes;

        for (char *at = reply->body; (at = strstr(at, "<Key>")); at++) {
            snprintf(key, sizeof key, "<Key>%d<", count++);
            cr_expect_eq(strncmp(at, key, strlen(key)), 0);
        }
        token = strstr(reply->body, "<NextContinuationToken>");
        cr_expect_eq(is_truncated, token != NULL);
        cr_expect_eq(is_truncated, count < 7, "%d", count);
        if (token) {
            token_bytes = strcspn(token + 23, "<");
            cr_assert_lt(token_bytes, 40u);
            snprintf(path, sizeof path, "/b?list-type=2&max-keys=3&continuation-token=%.*s", (int)token_bytes,
                     token + 23);
        }
    } while (token && count < 7);
    cr_expect_eq(count, 7);
    http_fixture_stop();
}

Test(http_store, what_is_not_modelled_is_refused)
{
    static const struct {
        const char *path;
        const char *header;
        long status;
    } rows[] = {
        {"/k?uploads", NULL, 501},
        {"/k", "If-None-Match: \"x\"", 501},
        {"/k", "If-Match: *", 501},
        {"/k", "x-amz-copy-source: /l", 501},
        {"/", NULL, 400},
        {"/%00", NULL, 400},
        {"/%0a", NULL, 400},
        {"/%4", NULL, 400},
        {"/k?X-Amz-Signature=1", NULL, 201},
    };
    char request[] = "DELETE /k HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    int fd;

    http_fixture_start(http_store_main, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_put(rows[i].path, "x", rows[i].header, rows[i].status);
    fd = http_fixture_connect();
    http_fixture_send(fd, request);
    cr_expect_eq(strncmp(http_fixture_receive(fd, NULL), "HTTP/1.1 405 ", 13), 0);
    close(fd);
    expect_object("/k", "x");
    http_fixture_stop();
}

/* PUT /k meets the fault. Whether "new" is there afterwards is what matters. */
static void expect_fault(const char *point, const char *option, CURLcode code, bool is_stored)
{
    char arguments[64];
    struct reply *reply;

    snprintf(arguments, sizeof arguments, "--%s-ppm 1", option);
    http_fixture_script(point, 0, 1);
    http_fixture_start(http_store_main, arguments);
    reply = http_fixture_put("/k", "new", NULL);
    cr_expect_eq(reply->code, code, "%s: %s", option, curl_easy_strerror(reply->code));
    cr_expect_eq(reply->status, code == CURLE_OK ? 503 : 0);
    expect_object("/k", is_stored ? "new" : NULL);
    http_fixture_stop();
}

Test(http_store, a_reset_put_is_not_stored)
{
    expect_fault("http/store/reset", "reset", CURLE_RECV_ERROR, false);
}

Test(http_store, a_refused_put_is_not_stored)
{
    expect_fault("http/store/error", "error", CURLE_OK, false);
}

Test(http_store, a_put_whose_reply_is_lost_is_stored)
{
    expect_fault("http/store/lost_reply", "lost-reply", CURLE_RECV_ERROR, true);
}

Test(http_store, a_put_whose_reply_is_cut_off_is_stored)
{
    expect_fault("http/store/truncate", "truncate", CURLE_GOT_NOTHING, true);
}

Test(http_store, a_put_whose_reply_stalls_is_stored)
{
    int fd;
    char byte;

    http_fixture_script("http/store/stall", 0, 1);
    http_fixture_start(http_store_main, "--stall-ppm 1");
    fd = http_fixture_connect();
    http_fixture_send(fd, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nnew");
    /* The store answers in the order of arrival, so that by now it has decided on the PUT. */
    expect_object("/none", NULL);
    expect_object("/k", "new");
    cr_expect_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    cr_expect_eq(errno, EAGAIN);
    close(fd);
    http_fixture_stop();
}

Test(http_store, a_reader_keeps_the_object_that_it_began_to_read)
{
    /* More than the sockets between them can hold. */
    enum { OLD_BYTES = 24 << 20 };
    static struct reply reply;
    char bytes[65536];
    size_t old_count = 0;
    ssize_t got;
    int fd;

    http_fixture_start(http_store_main, "");
    upload("/k", OLD_BYTES, OLD_BYTES, &reply);
    cr_expect_eq(reply.status, 201);
    fd = http_fixture_connect();
    http_fixture_send(fd, "GET /k HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    cr_assert_eq(recv(fd, bytes, 1, 0), 1);
    expect_put("/k", "new", NULL, 200);
    expect_object("/k", "new");
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        for (ssize_t i = 0; i < got; i++)
            old_count += bytes[i] == 'u';
    cr_expect_eq(old_count, (size_t)OLD_BYTES, "%zu bytes of the old object", old_count);
    close(fd);
    http_fixture_stop();
}

Test(http_store, the_log_has_a_line_for_each_object_that_was_stored)
{
    char path[] = "/tmp/http_store_XXXXXX";
    char arguments[64];
    char text[512] = "";
    int fd = mkstemp(path);

    snprintf(arguments, sizeof arguments, "--log %s", path);
    http_fixture_start(http_store_main, arguments);
    expect_put("/a%20b", "abc", NULL, 201);
    expect_put("/a%20b", "", NULL, 200);
    expect_put("/a%20b", "x", "If-None-Match: *", 412);
    http_fixture_stop();
    cr_expect_gt(read(fd, text, sizeof text - 1), 0);
    cr_expect_str_eq(text, "put 201 3 900150983cd24fb0d6963f7d28e17f72 a b\n"
                           "put 200 0 d41d8cd98f00b204e9800998ecf8427e a b\n");
    close(fd);
    unlink(path);
}

Test(http_store, what_cannot_be_logged_is_not_stored)
{
    http_fixture_start(http_store_main, "--log /dev/full");
    expect_put("/k", "x", NULL, 500);
    expect_object("/k", NULL);
    http_fixture_stop();
}

Test(http_store, a_log_that_cannot_be_opened_ends_the_program)
{
    char *arguments[] = {(char *)"store", (char *)"--log", (char *)"/nowhere/log", NULL};

    http_fixture_mute();
    cr_expect_eq(http_store_main(3, arguments), 1);
}
