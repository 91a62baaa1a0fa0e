/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal: the response to a request in which everything failed with one error, made from the wire's tables.
 *
 * What the request names (topics, partitions, transactions) the response names too, each with the error; all else is as in a
 * version without it. Left out: APIs that have no such response (refusal_make says so).
 */
#ifndef SIM_KAFKA_HOST_REFUSAL_H
#define SIM_KAFKA_HOST_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/wire/wire.h"

/* Can a request of this API be refused as a whole? */
bool refusal_is_possible(int16_t api_key);
/* body: the decoded request. The response lies in memory and borrows from body; NULL: memory is out. */
void *refusal_make(const struct wire_request_header *header, const void *body, int16_t error,
                   struct wire_memory *memory);

#endif
