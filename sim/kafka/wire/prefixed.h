/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prefixed: messages that stand in no frame, but behind a number that says what they are.
 *
 *   int16 prefix | message
 *
 * So are the records of coordinators (coordinator.h) and the blobs of a group's members (group.h). Mostly the prefix is
 * the message's version. Left out: flexible versions.
 */
#ifndef SIM_KAFKA_WIRE_PREFIXED_H
#define SIM_KAFKA_WIRE_PREFIXED_H

#include "sim/kafka/wire/wire.h"

/* -1: null, or too short for one. */
int16_t wire_prefix_of(struct wire_bytes bytes);
/* Decodes the message, as wire_decode does; what lies behind it is not looked at. False: malformed, or no memory. */
bool wire_prefixed_decode(struct wire_bytes bytes, const struct wire_schema *schema, int16_t version,
                          struct wire_memory *memory, void *out) __attribute__((warn_unused_result));
/* Appends prefix and message. Failure is in output->is_failed. */
void wire_prefixed_encode(int16_t prefix, const struct wire_schema *schema, int16_t version, const void *in,
                          struct wire_output *output);

#endif
