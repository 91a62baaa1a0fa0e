/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: undoes and makes the compression of a record batch: gzip, snappy (plain or in xerial's framing, which Java
 * writes), lz4 frame, zstd.
 *
 * Left out: the lz4 frames with a wrong header checksum that clients wrote into magic 0 messages
 * (KAFKA-3160).
 */
#ifndef SIM_KAFKA_OBSERVE_CODEC_H
#define SIM_KAFKA_OBSERVE_CODEC_H

#include "sim/kafka/wire/records.h"

enum { CODEC_BYTES_MAX = 64 << 20 }; /* a batch that decompresses to more is refused */

/* Replaces what out holds with the decompressed bytes. False, out unspecified: malformed, too large, no
 * memory. codec is not WIRE_CODEC_NONE. */
bool codec_decompress(enum wire_codec codec, struct wire_bytes in, struct wire_output *out);
/* Likewise, compressed. False: no memory. */
bool codec_compress(enum wire_codec codec, struct wire_bytes in, struct wire_output *out);

/* Both, for brokers. */
extern const struct wire_codecs codec_all;

#endif
