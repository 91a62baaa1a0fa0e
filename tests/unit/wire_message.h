/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_message: any message of the wire's tables, filled with values from a generator: for round trips, and as
 * seeds of the fuzzer.
 */
#ifndef TESTS_UNIT_WIRE_MESSAGE_H
#define TESTS_UNIT_WIRE_MESSAGE_H

#include "sim/kafka/wire/wire.h"

struct wire_message {
    const struct wire_schema *schema;
    int16_t version;
    bool is_flexible;
    int32_t string_bytes_max; /* a string or a blob is shorter; not 0 to fill one */
};

/* Where the generator begins; it is one for the whole program. */
void wire_message_seed(uint64_t seed);
uint32_t wire_message_draw(uint32_t below);

/* Fills every field that the version has, nulls and optional structs among them; the rest as wire_init. */
void wire_message_fill(const struct wire_message *message, struct wire_memory *memory, void *out);

#endif
