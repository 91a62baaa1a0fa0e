/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libcurl sees of the attachment origin: its content, and each of its faults.
 */
#include "tests/unit/http_fixture.h"

#include "sim/http/origin.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void expect_content(const char *path, const struct reply *reply)
{
    static char wanted[REPLY_BYTES_MAX];
    int64_t bytes = http_origin_length(path);

    cr_expect_eq(reply->code, CURLE_OK, "%s: %s", path, curl_easy_strerror(reply->code));
    cr_expect_eq(reply->status, 200, "%s: %ld", path, reply->status);
    cr_assert(bytes >= 0 && bytes <= REPLY_BYTES_MAX);
    cr_assert_eq(reply->body_bytes, (size_t)bytes, "%s: %zu of %lld bytes", path, reply->body_bytes,
                 (long long)bytes);
    http_origin_content(path, 0, wanted, (size_t)bytes);
    cr_expect_eq(memcmp(reply->body, wanted, (size_t)bytes), 0, "%s", path);
}

static void expect_get(const char *path)
{
    expect_content(path, http_fixture_get(path));
}

Test(http_origin, content_is_a_function_of_the_path_alone)
{
    char whole[64];
    char part[64];

    http_origin_content("/a/x.pdf", 0, whole, sizeof whole);
    for (size_t from = 0; from < sizeof whole; from++) {
        http_origin_content("/a/x.pdf", from, part, sizeof part - from);
        cr_expect_eq(memcmp(part, whole + from, sizeof part - from), 0, "from %zu", from);
    }
    http_origin_content("/a/y.pdf", 0, part, sizeof part);
    cr_expect_neq(memcmp(part, whole, sizeof whole), 0);
    /* Golden, and computed by another program: recorded histories rely on it. */
    http_origin_content("/a/x.pdf", 3, part, 4);
    cr_expect_eq(memcmp(part, "\xae\x00\xe5\xe1", 4), 0, "%02x %02x %02x %02x", part[0] & 255, part[1] & 255,
                 part[2] & 255, part[3] & 255);
}

Test(http_origin, lengths_come_from_the_query_or_lie_between_1_byte_and_20_kib)
{
    char path[64];
    int64_t sum = 0;

    for (int i = 0; i < 2000; i++) {
        int64_t bytes;

        snprintf(path, sizeof path, "/a/%d.pdf", i);
        bytes = http_origin_length(path);
        cr_expect(bytes >= 1 && bytes <= 20 * 1024, "%s: %lld", path, (long long)bytes);
        sum += bytes;
    }
    cr_expect(sum / 2000 > 9 * 1024 && sum / 2000 < 11 * 1024, "spread over the range");
    cr_expect_eq(http_origin_length("/a/x?bytes=0"), 0);
    cr_expect_eq(http_origin_length("/a/x?v=1&bytes=123456789012"), 123456789012);
    cr_expect_eq(http_origin_length("/a/x?bytes="), -1);
    cr_expect_eq(http_origin_length("/a/x?bytes=1x"), -1);
    cr_expect_eq(http_origin_length("/a/x?bytes=9999999999999999"), -1);
    cr_expect_eq(http_origin_length("/b/x"), -1);
}

Test(http_origin, content_types_follow_the_extension)
{
    cr_expect_str_eq(http_origin_type("/a/x.pdf"), "application/pdf");
    cr_expect_str_eq(http_origin_type("/a/x.JPG?y=.xml"), "image/jpeg");
    cr_expect_str_eq(http_origin_type("/a/x.pd"), "application/octet-stream");
    cr_expect_str_eq(http_origin_type("/a/x"), "application/octet-stream");
}

Test(http_origin, a_get_brings_the_content_that_can_be_recomputed)
{
    struct reply *reply;

    http_fixture_start(http_origin_main, "");
    reply = http_fixture_get("/a/x.pdf");
    expect_content("/a/x.pdf", reply);
    cr_expect_not_null(strstr(reply->head, "Content-Type: application/pdf\r\n"));
    cr_expect_not_null(strstr(reply->head, "ETag: \""));
    expect_get("/a/empty.xml?bytes=0");
    expect_get("/a/one.xml?bytes=1");
    expect_get("/a/large.bin?bytes=1048575");
    expect_get("/a/large.bin?bytes=500001&chunked=1");
    expect_get("/a/none.bin?bytes=0&chunked=1");
    http_fixture_stop();
}

Test(http_origin, each_path_has_its_answer)
{
    static const struct {
        const char *path;
        long status;
        const char *header;
    } rows[] = {
        {"/missing/x", 404, ""},
        {"/forbidden/x", 403, ""},
        {"/", 404, ""},
        {"/a/x?bytes=many", 400, ""},
        {"/redirect/a/x.pdf?bytes=1", 302, "Location: /a/x.pdf?bytes=1\r\n"},
        {"/redirect/?to=http://10.0.0.1/x", 302, "Location: http://10.0.0.1/x\r\n"},
        {"/status/429/x?retry-after=7", 429, "Retry-After: 7\r\n"},
        {"/status/503/", 503, ""},
        {"/status/200/", 404, ""},
        {"/status/5030/", 404, ""},
    };

    http_fixture_start(http_origin_main, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply *reply = http_fixture_get(rows[i].path);

        cr_expect_eq(reply->code, CURLE_OK, "%s", rows[i].path);
        cr_expect_eq(reply->status, rows[i].status, "%s: %ld", rows[i].path, reply->status);
        cr_expect_not_null(strstr(reply->head, rows[i].header), "%s: %s", rows[i].path, reply->head);
    }
    cr_expect_eq(http_fixture_put("/a/x", "text", NULL)->status, 405);
    http_fixture_stop();
}

Test(http_origin, redirects_can_be_followed_over_the_same_connection)
{
    static struct reply reply;
    CURL *curl;

    http_fixture_start(http_origin_main, "");
    curl = http_fixture_curl("/redirect/redirect/a/x.pdf", &reply);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    http_fixture_perform(curl, &reply);
    expect_content("/a/x.pdf", &reply);
    cr_expect_eq(reply.connects, 1);
    curl_easy_cleanup(curl);
    http_fixture_stop();
}

Test(http_origin, a_head_has_the_length_and_no_body)
{
    static struct reply reply;
    CURL *curl;

    http_fixture_start(http_origin_main, "");
    curl = http_fixture_curl("/a/x.pdf?bytes=77", &reply);
    for (int i = 0; i < 2; i++) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        http_fixture_perform(curl, &reply);
        cr_expect_eq(reply.code, CURLE_OK);
        cr_expect_eq(reply.connects, i == 0 ? 1 : 0, "the connection is used again");
    }
    cr_expect_not_null(strstr(reply.head, "Content-Length: 77\r\n"));
    cr_expect_eq(reply.body_bytes, 0u);
    curl_easy_cleanup(curl);
    http_fixture_stop();
}

/* Adds a transfer of /a/I.pdf to multi. */
static CURL *add_transfer(CURLM *multi, int i, struct reply *reply)
{
    char path[32];
    CURL *curl;

    snprintf(path, sizeof path, "/a/%d.pdf", i);
    curl = http_fixture_curl(path, reply);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, reply);
    cr_assert_eq(curl_multi_add_handle(multi, curl), CURLM_OK);
    return curl;
}

static int drive(CURLM *multi)
{
    int running = 0;
    int finished = 0;
    int left;
    CURLMsg *message;

    do {
        cr_assert_eq(curl_multi_perform(multi, &running), CURLM_OK);
        while ((message = curl_multi_info_read(multi, &left))) {
            struct reply *reply;

            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&reply);
            curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &reply->status);
            curl_easy_getinfo(message->easy_handle, CURLINFO_NUM_CONNECTS, &reply->connects);
            reply->code = message->data.result;
            finished++;
        }
    } while (running > 0 && curl_multi_poll(multi, NULL, 0, 20000, NULL) == CURLM_OK);
    return finished;
}

Test(http_origin, fifty_transfers_share_keep_alive_connections)
{
    enum { TRANSFERS = 50 };
    struct reply *replies = malloc(TRANSFERS * sizeof *replies);
    CURLM *multi;
    CURL *curls[TRANSFERS];
    long connects;
    char path[32];

    http_fixture_script("http/origin/slow", 7, 1);
    http_fixture_start(http_origin_main, "--slow-ppm 1 --gap-us 100");
    multi = curl_multi_init();
    /* Not CURLMOPT_MAX_HOST_CONNECTIONS: libcurl 7.88 now and then forgets a transfer that waits for one. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)TRANSFERS);
    for (int round = 0; round < 2; round++) {
        connects = 0;
        for (int i = 0; i < TRANSFERS; i++)
            curls[i] = add_transfer(multi, i, &replies[i]);
        cr_expect_eq(drive(multi), TRANSFERS);
        for (int i = 0; i < TRANSFERS; i++) {
            snprintf(path, sizeof path, "/a/%d.pdf", i);
            expect_content(path, &replies[i]);
            connects += replies[i].connects;
            curl_multi_remove_handle(multi, curls[i]);
            curl_easy_cleanup(curls[i]);
        }
    }
    cr_expect_eq(connects, 0, "%ld new connections in the second round", connects);
    curl_multi_cleanup(multi);
    free(replies);
    http_fixture_stop();
    cr_expect_eq(http_fixture_asked("http/origin/slow"), 100u);
}

Test(http_origin, without_probabilities_no_choice_is_asked)
{
    http_fixture_script("http/origin/error", -1, 1);
    http_fixture_start(http_origin_main, "");
    expect_get("/a/x.pdf");
    http_fixture_stop();
    cr_expect_eq(http_fixture_asked("http/origin/error"), 0u);
    cr_expect_eq(http_fixture_asked("http/origin/latency"), 0u);
    cr_expect_eq(http_fixture_asked("http/origin/cut_at"), 0u);
}

/* The fault strikes the first request and no other. */
static struct reply *get_with_fault(const char *point, const char *option, uint32_t cut_at)
{
    char arguments[64];

    snprintf(arguments, sizeof arguments, "--gap-us 100 --%s-ppm 1", option);
    http_fixture_script(point, 0, 1);
    http_fixture_script("http/origin/cut_at", 0, cut_at);
    http_fixture_start(http_origin_main, arguments);
    return http_fixture_get("/a/x.pdf?bytes=80000");
}

static void expect_recovery(void)
{
    expect_get("/a/x.pdf?bytes=80000");
    http_fixture_stop();
}

Test(http_origin, an_error_is_a_503)
{
    struct reply *reply = get_with_fault("http/origin/error", "error", 0);

    cr_expect_eq(reply->code, CURLE_OK);
    cr_expect_eq(reply->status, 503);
    expect_recovery();
    cr_expect_eq(http_fixture_asked("http/origin/error"), 2u);
}

Test(http_origin, a_reset_before_the_response_is_a_receive_error)
{
    struct reply *reply = get_with_fault("http/origin/reset", "reset", 0);

    cr_expect_eq(reply->code, CURLE_RECV_ERROR, "%s", curl_easy_strerror(reply->code));
    cr_expect_eq(reply->head_bytes, 0u);
    expect_recovery();
}

Test(http_origin, a_reset_amid_the_body_is_a_receive_error)
{
    struct reply *reply = get_with_fault("http/origin/reset", "reset", 4);

    cr_expect_eq(reply->code, CURLE_RECV_ERROR, "%s", curl_easy_strerror(reply->code));
    cr_expect_leq(reply->body_bytes, 40000u);
    expect_recovery();
}

Test(http_origin, a_truncated_body_is_a_partial_file)
{
    struct reply *reply = get_with_fault("http/origin/truncate", "truncate", 7);

    cr_expect_eq(reply->code, CURLE_PARTIAL_FILE, "%s", curl_easy_strerror(reply->code));
    cr_expect_eq(reply->status, 200);
    cr_expect_eq(reply->body_bytes, 70000u);
    expect_recovery();
}

Test(http_origin, a_body_can_be_truncated_right_behind_its_head)
{
    struct reply *reply = get_with_fault("http/origin/truncate", "truncate", 0);

    cr_expect_eq(reply->code, CURLE_PARTIAL_FILE, "%s", curl_easy_strerror(reply->code));
    cr_expect_eq(reply->body_bytes, 0u);
    expect_recovery();
}

Test(http_origin, a_slow_body_arrives_whole)
{
    struct reply *reply = get_with_fault("http/origin/slow", "slow", 0);

    expect_content("/a/x.pdf?bytes=80000", reply);
    expect_recovery();
}

Test(http_origin, a_chunked_body_that_ends_early_is_no_success)
{
    struct reply *reply;

    http_fixture_script("http/origin/truncate", 0, 1);
    http_fixture_script("http/origin/cut_at", 0, 3);
    http_fixture_start(http_origin_main, "--truncate-ppm 1");
    reply = http_fixture_get("/a/x.pdf?bytes=80000&chunked=1");
    cr_expect(reply->code == CURLE_PARTIAL_FILE || reply->code == CURLE_RECV_ERROR, "%s",
              curl_easy_strerror(reply->code));
    http_fixture_stop();
}

Test(http_origin, a_stalled_body_ends_only_with_the_client)
{
    int fd;
    char byte;

    http_fixture_script("http/origin/stall", 0, 1);
    http_fixture_script("http/origin/cut_at", 0, 1);
    http_fixture_start(http_origin_main, "--stall-ppm 1 --connections-max 1 --idle-ms 1");
    fd = http_fixture_connect();
    http_fixture_send(fd, "GET /a/x?bytes=16 HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_expect_not_null(strstr(http_fixture_receive(fd, "\r\n\r\n"), "Content-Length: 16\r\n"));
    /* Two bytes came; more never do, whatever --idle-ms says. */
    while (recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
        ;
    cr_expect_eq(errno, EAGAIN);
    /* The server has room for one connection: the next is served once this one has gone. */
    close(fd);
    expect_get("/a/y.pdf");
    http_fixture_stop();
}

Test(http_origin, latency_runs_from_its_least_to_its_most)
{
    struct timespec before;
    struct timespec after;

    http_fixture_script("http/origin/latency", 1, 1000);
    http_fixture_start(http_origin_main, "--latency-us 1000..2000");
    for (int i = 0; i < 2; i++) {
        clock_gettime(CLOCK_MONOTONIC, &before);
        expect_get("/a/x.pdf");
        clock_gettime(CLOCK_MONOTONIC, &after);
        cr_expect_geq((after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000,
                      1000 + 1000 * i);
    }
    http_fixture_stop();
    cr_expect_eq(http_fixture_asked("http/origin/latency"), 2u);
}

Test(http_origin, faults_are_asked_independently_of_each_other)
{
    struct reply *reply;

    http_fixture_script("http/origin/error", 0, 1);
    http_fixture_script("http/origin/reset", 0, 1);
    http_fixture_start(http_origin_main,
                       "--error-ppm 1 --reset-ppm 1 --stall-ppm 1 --truncate-ppm 1 --slow-ppm 1");
    reply = http_fixture_get("/a/x.pdf");
    cr_expect_eq(reply->code, CURLE_RECV_ERROR, "a reset outdoes an error");
    http_fixture_stop();
    cr_expect_eq(http_fixture_asked("http/origin/stall"), 1u);
    cr_expect_eq(http_fixture_asked("http/origin/truncate"), 1u);
    cr_expect_eq(http_fixture_asked("http/origin/slow"), 1u);
}

Test(http_origin, a_healed_server_asks_no_more)
{
    struct reply *reply;

    http_fixture_script("http/origin/error", -1, 1);
    http_fixture_start(http_origin_main, "--error-ppm 1 --heal-ms 3");
    do
        reply = http_fixture_get("/a/x.pdf");
    while (reply->status == 503);
    expect_content("/a/x.pdf", reply);
    http_fixture_stop();
}

Test(http_origin, a_client_that_sends_byte_by_byte_is_served)
{
    static const char request[] = "GET /a/x?bytes=5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    char content[6] = "";
    int fd;

    http_fixture_start(http_origin_main, "");
    fd = http_fixture_connect();
    for (size_t i = 0; i < sizeof request - 1; i++)
        cr_assert_eq(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
    http_origin_content("/a/x?bytes=5", 0, content, 5);
    cr_expect_eq(memcmp(strstr(http_fixture_receive(fd, NULL), "\r\n\r\n") + 4, content, 5), 0);
    close(fd);
    http_fixture_stop();
}

Test(http_origin, pipelined_requests_are_answered_in_order)
{
    const char *replies;
    int fd;

    http_fixture_start(http_origin_main, "");
    fd = http_fixture_connect();
    http_fixture_send(fd,
                      "GET /missing/ HTTP/1.1\r\nHost: h\r\n\r\nHEAD /a/x?bytes=5 HTTP/1.1\r\nHost: h\r\n\r\n"
                      "GET /forbidden/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /ignored");
    replies = http_fixture_receive(fd, NULL);
    replies = strstr(replies, "HTTP/1.1 404 Not Found\r\n");
    cr_assert_not_null(replies);
    replies = strstr(replies, "HTTP/1.1 200 OK\r\n");
    cr_assert_not_null(replies);
    /* Nothing lies between the head that HEAD got and the next response. */
    replies = strstr(replies, "\r\n\r\nHTTP/1.1 403 Forbidden\r\n");
    cr_assert_not_null(replies);
    replies = strstr(replies, "HTTP/1.1");
    cr_expect_null(strstr(replies + 1, "HTTP/1.1"));
    close(fd);
    http_fixture_stop();
}

Test(http_origin, malformed_input_is_answered_400_and_the_connection_closed)
{
    /* More than the server reads at once: closing on unread input would reset the connection. */
    static const char malformed[] = "GET /a/x HTTP/1.1\nHost: h\r\n\r\n";
    static char more[30001];
    const char *reply;
    int fd;

    memset(more, 'x', sizeof more - 1);
    http_fixture_start(http_origin_main, "");
    fd = http_fixture_connect();
    memcpy(more, malformed, sizeof malformed - 1);
    http_fixture_send(fd, more);
    reply = http_fixture_receive(fd, NULL);
    cr_expect_eq(strncmp(reply, "HTTP/1.1 400 Bad Request\r\n", 26), 0, "%s", reply);
    cr_expect_not_null(strstr(reply, "Connection: close\r\n"));
    close(fd);
    http_fixture_stop();
}

Test(http_origin, an_http_1_0_client_gets_a_length_and_a_close)
{
    const char *reply;
    int fd;

    http_fixture_start(http_origin_main, "");
    fd = http_fixture_connect();
    http_fixture_send(fd, "GET /a/x?bytes=5&chunked=1 HTTP/1.0\r\n\r\n");
    reply = http_fixture_receive(fd, NULL);
    cr_expect_not_null(strstr(reply, "Content-Length: 5\r\n"));
    close(fd);
    http_fixture_stop();
}

Test(http_origin, a_client_that_reads_nothing_does_not_hold_up_others)
{
    int fd;

    http_fixture_start(http_origin_main, "");
    fd = http_fixture_connect();
    http_fixture_send(fd, "GET /a/x?bytes=1000000000 HTTP/1.1\r\nHost: h\r\n\r\n");
    http_fixture_receive(fd, "\r\n\r\n");
    expect_get("/a/y.pdf");
    close(fd);
    expect_get("/a/z.pdf");
    http_fixture_stop();
}

Test(http_origin, an_idle_connection_is_closed)
{
    int fd;

    http_fixture_start(http_origin_main, "--idle-ms 1");
    fd = http_fixture_connect();
    http_fixture_send(fd, "GET /a/x HT");
    cr_expect_str_eq(http_fixture_receive(fd, NULL), "");
    close(fd);
    http_fixture_stop();
}

Test(http_origin, bad_options_are_refused)
{
    static const char *const rows[][3] = {
        {"--port", "65536"},
        {"--port", "x"},
        {"--port", ""},
        {"--port", NULL},
        {"--what", "1"},
        {"--error-ppm", "1000001"},
        {"--latency-us", "2..1"},
        {"--latency-us", "1"},
        {"--idle-ms", "0"},
        {"--connections-max", "0"},
        {"--port", "99999999999999999999"},
    };
    char program[] = "origin";

    http_fixture_mute();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *arguments[4] = {program, (char *)rows[i][0], (char *)rows[i][1], NULL};

        cr_expect_eq(http_origin_main(rows[i][1] ? 3 : 2, arguments), 2, "row %zu", i);
    }
}

Test(http_origin, a_port_that_is_taken_ends_the_program)
{
    char port[8];
    char *arguments[] = {(char *)"origin", (char *)"--port", port, NULL};

    http_fixture_start(http_origin_main, "");
    snprintf(port, sizeof port, "%s", strrchr(http_fixture_url(""), ':') + 1);
    http_fixture_mute();
    cr_expect_eq(http_origin_main(3, arguments), 1);
    http_fixture_stop();
}
