/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_fixture: an HTTP server of the world, run natively in a thread, with scripted choices in the place of the
 * engine's; and the ways to talk to it: libcurl, or a bare socket.
 */
#ifndef TESTS_UNIT_HTTP_FIXTURE_H
#define TESTS_UNIT_HTTP_FIXTURE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_BYTES_MAX = 1 << 20 };

/* Every pick at this point is value from here on (chance: value != 0), or only the occurrence-th (0..) if that is
 * >= 0. Script before http_fixture_start. */
void http_fixture_script(const char *point, int occurrence, uint32_t value);

/* How often the point was asked. Read after http_fixture_stop. */
unsigned http_fixture_asked(const char *point);

/* Drops what a program complains of. */
void http_fixture_mute(void);

/* Starts main in a thread with these further arguments ("--slow-ppm 5 --x y", or ""), and waits until it listens. */
void http_fixture_start(int (*run)(int, char **), const char *arguments);

/* Ends the server; expects that it returned 0 and left no descriptor, nor (under ASan) memory. The test has closed
 * its own before. */
void http_fixture_stop(void);

/* "http://127.0.0.1:PORT" + path, in a buffer that the next call reuses. */
const char *http_fixture_url(const char *path);

/* What a transfer brought. */
struct reply {
    CURLcode code;
    long status;
    long connects;
    size_t head_bytes;
    size_t body_bytes;
    char head[8192];
    char body[REPLY_BYTES_MAX];
};

/* A handle that collects into reply, which is emptied. The caller may set more, and cleans up. */
CURL *http_fixture_curl(const char *path, struct reply *reply);

/* Performs it and fills in code, status and connects. */
void http_fixture_perform(CURL *curl, struct reply *reply);

/* All three in one. Returns reply, which the next call reuses. */
struct reply *http_fixture_get(const char *path);

/* A PUT of text; header (NULL: none) is added. Returns what http_fixture_get does. */
struct reply *http_fixture_put(const char *path, const char *text, const char *header);

/* A connected socket; reads on it fail after some seconds, so that a broken server fails its test. */
int http_fixture_connect(void);
void http_fixture_send(int fd, const char *text);
/* Reads until the end, or until wanted appears; returns what came, in a buffer that the next call reuses. */
const char *http_fixture_receive(int fd, const char *wanted);

#endif
