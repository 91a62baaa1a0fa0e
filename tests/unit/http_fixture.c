/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_fixture: see http_fixture.h.
 */
#include "tests/unit/http_fixture.h"

#include "sim/world/choice.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { POINTS_MAX = 16, SCRIPTS_MAX = 16, ARGUMENTS_MAX = 32 };

static struct {
    char name[CHOICE_NAME_MAX + 1];
    struct choice_point point;
    unsigned asked;
} points[POINTS_MAX];

static struct {
    const char *point;
    int occurrence;
    uint32_t value;
} scripts[SCRIPTS_MAX];

static size_t script_count;

static struct {
    int (*run)(int, char **);
    pthread_t thread;
    int stop_fds[2];
    int ready_fd;
    int open_count; /* descriptors before the server and its pipes were there */
    unsigned port;
    int count;
    char text[512];
    char *arguments[ARGUMENTS_MAX + 1];
    int status;
} server;

/* Present in a build with ASan. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

struct choice_point *choice_point_named(const char *name)
{
    for (size_t i = 0; i < POINTS_MAX; i++) {
        if (!points[i].point.name) {
            snprintf(points[i].name, sizeof points[i].name, "%s", name);
            points[i].point = (struct choice_point){.name = points[i].name, .index = (uint32_t)i + 1};
        }
        if (!strcmp(points[i].name, name))
            return &points[i].point;
    }
    abort();
}

uint32_t choice_pick(struct choice_point *point, uint32_t options)
{
    int occurrence = (int)points[point->index - 1].asked++;

    for (size_t i = 0; i < script_count; i++)
        if (!strcmp(scripts[i].point, point->name) &&
            (scripts[i].occurrence < 0 || scripts[i].occurrence == occurrence)) {
            if (scripts[i].value >= options)
                abort();
            return scripts[i].value;
        }
    return 0;
}

bool choice_chance(struct choice_point *point, uint32_t per_million)
{
    return choice_pick(point, 2) && per_million > 0;
}

void http_fixture_script(const char *point, int occurrence, uint32_t value)
{
    cr_assert_lt(script_count, (size_t)SCRIPTS_MAX);
    scripts[script_count].point = point;
    scripts[script_count].occurrence = occurrence;
    scripts[script_count++].value = value;
}

unsigned http_fixture_asked(const char *point)
{
    return points[choice_point_named(point)->index - 1].asked;
}

static void *run_server(void *unused)
{
    server.status = server.run(server.count, server.arguments);
    return unused;
}

static int count_descriptors(void)
{
    DIR *descriptors = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(descriptors))
        count++;
    closedir(descriptors);
    return count;
}

void http_fixture_mute(void)
{
    int fd = open("/dev/null", O_WRONLY);

    cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
}

void http_fixture_start(int (*run)(int, char **), const char *arguments)
{
    int ready[2];
    FILE *lines;

    server.open_count = count_descriptors();
    cr_assert_eq(pipe(server.stop_fds), 0);
    cr_assert_eq(pipe(ready), 0);
    server.run = run;
    server.ready_fd = ready[1];
    snprintf(server.text, sizeof server.text, "server --stop-fd %d --ready-fd %d %s", server.stop_fds[0],
             server.ready_fd, arguments);
    for (char *word = strtok(server.text, " "); word; word = strtok(NULL, " "))
        server.arguments[server.count++] = word;
    cr_assert_leq(server.count, (int)ARGUMENTS_MAX);
    cr_assert_eq(pthread_create(&server.thread, NULL, run_server, NULL), 0);
    lines = fdopen(ready[0], "r");
    cr_assert_eq(fscanf(lines, "%u", &server.port), 1);
    fclose(lines);
}

void http_fixture_stop(void)
{
    close(server.stop_fds[1]);
    pthread_join(server.thread, NULL);
    cr_expect_eq(server.status, 0, "the server returned %d", server.status);
    close(server.stop_fds[0]);
    close(server.ready_fd);
    cr_expect_eq(count_descriptors(), server.open_count, "descriptors are left over");
    if (__lsan_do_recoverable_leak_check)
        cr_expect_eq(__lsan_do_recoverable_leak_check(), 0, "memory is left over");
}

const char *http_fixture_url(const char *path)
{
    static char url[2048];

    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", server.port, path);
    return url;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *context)
{
    struct reply *reply = context;

    if (reply->head_bytes + count < sizeof reply->head)
        memcpy(reply->head + reply->head_bytes, bytes, count);
    reply->head_bytes += count;
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct reply *reply = context;

    if (reply->body_bytes + count < sizeof reply->body)
        memcpy(reply->body + reply->body_bytes, bytes, count);
    reply->body_bytes += count;
    return size * count;
}

CURL *http_fixture_curl(const char *path, struct reply *reply)
{
    CURL *curl = curl_easy_init();

    cr_assert_not_null(curl);
    memset(reply, 0, sizeof *reply);
    curl_easy_setopt(curl, CURLOPT_URL, http_fixture_url(path));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 20000L); /* a guard, which no passing test reaches */
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    return curl;
}

void http_fixture_perform(CURL *curl, struct reply *reply)
{
    reply->code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &reply->connects);
}

static struct reply shared_reply;

struct reply *http_fixture_get(const char *path)
{
    CURL *curl = http_fixture_curl(path, &shared_reply);

    http_fixture_perform(curl, &shared_reply);
    curl_easy_cleanup(curl);
    return &shared_reply;
}

struct reply *http_fixture_put(const char *path, const char *text, const char *header)
{
    CURL *curl = http_fixture_curl(path, &shared_reply);
    struct curl_slist *headers = header ? curl_slist_append(NULL, header) : NULL;

    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    http_fixture_perform(curl, &shared_reply);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return &shared_reply;
}

int http_fixture_connect(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server.port)};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_geq(fd, 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void http_fixture_send(int fd, const char *text)
{
    cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

const char *http_fixture_receive(int fd, const char *wanted)
{
    static char bytes[65536];
    size_t count = 0;
    ssize_t got;

    *bytes = '\0';
    while (!wanted || !strstr(bytes, wanted)) {
        got = recv(fd, bytes + count, sizeof bytes - 1 - count, 0);
        cr_assert_geq(got, 0, "the connection failed after: %s", bytes);
        if (got == 0)
            break;
        count += (size_t)got;
        bytes[count] = '\0';
    }
    return bytes;
}
