/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_print: a decoded response as lines `path=value`, without what differs from run to run: ids, addresses, clocks,
 * and the wording of error messages.
 */
#ifndef TESTS_CONFORMANCE_KAFKA_FRAME_PRINT_H
#define TESTS_CONFORMANCE_KAFKA_FRAME_PRINT_H

#include "tests/conformance/kafka/frame_text.h"

/* Appends the lines, each ended by a line feed. New member ids go into names. */
void frame_print(const struct frame_request *request, const void *body, struct frame_names *names,
                 struct wire_output *output);

/* The text of the first string, number or id whose path ends with this one; false if there is none. Unmasked. */
bool frame_print_find(const struct frame_request *request, const void *body, const char *path, char *out,
                      size_t out_bytes);

#endif
