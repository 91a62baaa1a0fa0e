/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: real exchanges between librdkafka and its mock cluster, read from tests/unit/fixtures.
 */
#ifndef TESTS_UNIT_CAPTURE_H
#define TESTS_UNIT_CAPTURE_H

#include "sim/kafka/wire/wire.h"

enum capture_what { CAPTURE_OPEN, CAPTURE_CLOSE, CAPTURE_REQUEST, CAPTURE_RESPONSE };

struct capture_line {
    enum capture_what what;
    int connection;
    struct wire_bytes data;
};

struct capture {
    struct capture_line *lines; /* owned, data too */
    size_t count;
};

/* Of the running test's fixture; fails the test if it cannot be read. */
struct capture capture_read(const char *name);
void capture_free(struct capture *capture);

extern const char *const capture_names[]; /* NULL-terminated */

#endif
