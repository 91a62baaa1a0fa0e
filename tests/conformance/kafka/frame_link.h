/* SPDX-License-Identifier: Apache-2.0 */
/* frame_link: a connection to one broker, and frames over it, blocking. */
#ifndef TESTS_CONFORMANCE_KAFKA_FRAME_LINK_H
#define TESTS_CONFORMANCE_KAFKA_FRAME_LINK_H

#include "sim/kafka/wire/wire.h"

#include <stdbool.h>

enum { FRAME_LINK_BYTES_MAX = 1 << 20 };

enum frame_answer { FRAME_ANSWER, FRAME_CLOSED, FRAME_NONE };

/* The descriptor, closed by the caller; -1: nobody listens. */
int frame_link_open(const char *host, const char *port);
bool frame_link_send(int fd, const struct wire_output *output);
/* Waits 8 s for a frame; out borrows buffer, of FRAME_LINK_BYTES_MAX. */
enum frame_answer frame_link_receive(int fd, uint8_t *buffer, struct wire_bytes *out);

#endif
