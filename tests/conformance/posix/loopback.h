/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP over 127.0.0.1 for the cases: what each would otherwise have to write again. Failures are printed, so
 * that a world without, say, listen() shows it in the output.
 */
#ifndef TESTS_CONFORMANCE_POSIX_LOOPBACK_H
#define TESTS_CONFORMANCE_POSIX_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>

#define LOOPBACK_PATIENCE_MS 5000 /* for what has to happen: reached only by a failing case */

/* 127.0.0.1 at `port` (host order). */
struct sockaddr_in loopback_address(int port);

/* A listener on a port of the system's choice, its address in `*address_out`. Descriptor, or -1. */
int loopback_listen(struct sockaddr_in *address_out);

/* A blocking socket connected to `address`. Descriptor, or -1. */
int loopback_connect(const struct sockaddr_in *address);

/* Two ends of one connection: [0] connected, [1] was accepted. False if that failed. */
bool loopback_pair(int ends_out[2]);

void loopback_close(const int ends[2]);

/* Waits until one of `events` (or an error) shows on `fd`; gives what showed, 0 after the patience. */
short loopback_await(int fd, short events);

/* Sends all of `text` without SIGPIPE. */
bool loopback_put(int fd, const char *text);

bool loopback_set_nonblocking(int fd);

/* Close will send RST (SO_LINGER of 0 s). */
bool loopback_set_abortive(int fd);

/* SO_ERROR, which reading clears. */
int loopback_error(int fd);

/* A port of 127.0.0.1 where nobody listens. */
struct sockaddr_in loopback_closed_port(void);

#endif
