/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asked: which partitions, or other names, a request names more than once. Kafka answers those once; the requests
 * differ in how.
 *
 * Simplified: a topic that is named twice, with different partitions, is answered twice; Kafka puts them together.
 */
#ifndef SIM_KAFKA_ASKED_H
#define SIM_KAFKA_ASKED_H

#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/wire/wire.h"

struct kafka_request;

struct kafka_asked {
    struct wire_string topic;
    int32_t partition;
    int32_t own, first, last; /* out: its index, and at which it is named first and last */
};

/* Of names alone: count of them, the first at names, the next stride bytes behind it. In the request's memory. */
struct kafka_asked *kafka_asked_names(struct kafka_request *request, const struct wire_string *names,
                                      int32_t count, size_t stride);

/* Fills in own, first and last. */
void kafka_asked_match(struct kafka_request *request, struct kafka_asked *asked, int32_t count);

#endif
