/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: how the cluster, which knows no compression itself, reads and writes compressed batches.
 *
 * A broker passes compressed batches through; it looks inside only to compact them, to find a record by its time and to
 * convert message sets of old. The host gives the functions (sim/kafka/observe/codec.h has them), or none.
 */
#ifndef SIM_KAFKA_CODEC_H
#define SIM_KAFKA_CODEC_H

#include <stdbool.h>
#include "sim/kafka/wire/records.h"

/* Both replace what out holds. False, out unspecified: malformed, too large, no memory. Never WIRE_CODEC_NONE. */
struct kafka_codec {
    bool (*decompress)(enum wire_codec codec, struct wire_bytes in, struct wire_output *out);
    bool (*compress)(enum wire_codec codec, struct wire_bytes in, struct wire_output *out);
};

#endif
