/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asked: which partitions a request names more than once. Kafka answers those once; the requests differ in how.
 *
 * Simplified: a topic that is named twice, with different partitions, is answered twice; Kafka puts them together.
 */
#ifndef SIM_KAFKA_ASKED_H
#define SIM_KAFKA_ASKED_H

#include <stdint.h>
#include "sim/kafka/wire/wire.h"

struct kafka_request;

struct kafka_asked {
    struct wire_string topic;
    int32_t partition;
    int32_t own, first, last; /* out: its index, and at which it is named first and last */
};

/* Fills in first and last. */
void kafka_asked_match(struct kafka_request *request, struct kafka_asked *asked, int32_t count);

#endif
