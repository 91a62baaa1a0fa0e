/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case: outcome texts, names, and the connection to the control interface. See case.h.
 */
#include "tests/conformance/kafka/case.h"
#include "tests/conformance/kafka/ask.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONTROL_BYTES = CASE_ANSWER_BYTES, SEEN_TRIES_MAX = 500, SEEN_PAUSE_MS = 20 };

void case_init(struct conformance *c, const char *prefix)
{
    c->admin = NULL;
    c->ask = NULL;
    c->control_fd = -1;
    c->is_skipped = false;
    c->outcome_bytes = c->name_count = 0;
    c->outcome[0] = '\0';
    snprintf(c->prefix, sizeof(c->prefix), "%s", prefix);
}

void case_deinit(struct conformance *c)
{
    if (c->control_fd >= 0) {
        case_control(c, "reset");
        close(c->control_fd);
    }
    if (c->admin)
        rd_kafka_destroy(c->admin);
    ask_free(c->ask);
    c->ask = NULL;
    c->admin = NULL;
    c->control_fd = -1;
}

/* Appends, and takes every "PREFIX." out. */
static void append(struct conformance *c, const char *format, va_list arguments)
{
    size_t room = sizeof(c->outcome) - c->outcome_bytes, prefix_bytes = strlen(c->prefix);
    char *start = c->outcome + c->outcome_bytes, *at = start;
    int bytes = vsnprintf(start, room, format, arguments);
    if (bytes < 0)
        return;
    while ((at = strstr(at, c->prefix)) != NULL) {
        size_t cut_bytes = prefix_bytes + (at[prefix_bytes] == '.');
        memmove(at, at + cut_bytes, strlen(at + cut_bytes) + 1);
    }
    for (at = start; *at; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    c->outcome_bytes += strlen(start);
}

void outcome(struct conformance *c, const char *format, ...)
{
    va_list arguments;
    if (c->is_skipped)
        return;
    if (c->outcome_bytes > 0)
        outcome_more(c, "; ");
    va_start(arguments, format);
    append(c, format, arguments);
    va_end(arguments);
}

void outcome_more(struct conformance *c, const char *format, ...)
{
    va_list arguments;
    if (c->is_skipped)
        return;
    va_start(arguments, format);
    append(c, format, arguments);
    va_end(arguments);
}

void skip(struct conformance *c, const char *why)
{
    if (c->is_skipped)
        return;
    c->outcome_bytes = 0;
    outcome(c, "skipped: %s", why);
    c->is_skipped = true;
}

const char *case_name_of(struct conformance *c, const char *suffix)
{
    if (c->name_count == CASE_NAMES_MAX)
        abort();
    char *name = c->name[c->name_count++];
    snprintf(name, CASE_NAME_BYTES, "%s.%s", c->prefix, suffix);
    return name;
}

static int connect_to(const char *address)
{
    char host[128];
    const char *colon = strrchr(address, ':');
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (!colon || (size_t)(colon - address) >= sizeof(host))
        return -1;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) < 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* Sends the line and reads the answer's; false if the connection breaks. */
static bool converse(int fd, const char *line, char *answer, size_t answer_bytes)
{
    size_t bytes = 0;
    if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        return false;
    while (bytes == 0 || answer[bytes - 1] != '\n') {
        ssize_t got = recv(fd, answer + bytes, answer_bytes - 1 - bytes, 0);
        if (got <= 0)
            return false;
        bytes += (size_t)got;
    }
    answer[bytes - 1] = '\0';
    return true;
}

static bool command(struct conformance *c, const char *line, char *answer)
{
    if (!c->control) {
        skip(c, "no control interface");
        return false;
    }
    if (c->control_fd < 0) {
        c->control_fd = connect_to(c->control);
        if (c->control_fd < 0) {
            skip(c, "the control interface does not answer");
            return false;
        }
    }
    if (!converse(c->control_fd, line, answer, CONTROL_BYTES)) {
        outcome(c, "control interface broken");
        return false;
    }
    return true;
}

bool case_control(struct conformance *c, const char *format, ...)
{
    char line[CONTROL_BYTES], answer[CONTROL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    strcat(line, "\n");
    if (!command(c, line, answer))
        return false;
    if (strncmp(answer, "ok", 2) == 0)
        return true;
    outcome(c, "control: %s", answer);
    return false;
}

bool case_control_answer(struct conformance *c, char *answer_out, const char *line)
{
    char with_feed[CONTROL_BYTES], answer[CONTROL_BYTES];
    snprintf(with_feed, sizeof(with_feed), "%.*s\n", CONTROL_BYTES - 2, line);
    if (!command(c, with_feed, answer) || strncmp(answer, "ok", 2) != 0)
        return false;
    snprintf(answer_out, CASE_ANSWER_BYTES, "%s", answer[2] == ' ' ? answer + 3 : "");
    return true;
}

void case_let_pass(struct conformance *c, int time_ms)
{
    char line[CONTROL_BYTES], answer[CONTROL_BYTES];
    snprintf(line, sizeof(line), "advance %d", time_ms);
    if (!case_control_answer(c, answer, line) && !c->is_skipped)
        poll(NULL, 0, time_ms);
}

bool case_control_await_seen(struct conformance *c, const char *api, int count)
{
    char line[CONTROL_BYTES], answer[CONTROL_BYTES];
    snprintf(line, sizeof(line), "seen %s\n", api);
    for (int i = 0; i < SEEN_TRIES_MAX; i++) {
        if (!command(c, line, answer))
            return false;
        if (strncmp(answer, "ok ", 3) == 0 && atoi(answer + 3) >= count)
            return true;
        poll(NULL, 0, SEEN_PAUSE_MS);
    }
    outcome(c, "no %d requests %s", count, api);
    return false;
}
