/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert: message sets of magic 0 and 1 to the one batch that a log holds, for Produce before version 3, and back
 * again, for Fetch before version 4.
 *
 * As Apache Kafka 3.9 does it: LogValidator.convertAndAssignOffsetsNonCompressed and ..Compressed upwards,
 * RecordsUtil.downConvert downwards. Compressed stays compressed, by the same codec.
 *
 * Left out: the lz4 frames with a wrong header checksum that magic 0 asks for (KAFKA-3160). simplified: without a
 * compressor what was compressed is stored, or sent, uncompressed.
 */
#ifndef SIM_KAFKA_WIRE_CONVERT_H
#define SIM_KAFKA_WIRE_CONVERT_H

#include "sim/kafka/wire/admit.h"

/* Does a partition of a Produce request hold messages of magic 0 or 1? Then it is for convert_up, if the version is
 * below 3, and for admit_check if not. */
bool convert_is_old(struct wire_bytes records);

/* Checks a message set and appends to output the batch that it becomes: base offset 0, as from a client, and create
 * time, to be stamped with admit_stamp. True if it may be appended: then bytes (borrowed from output), batch and
 * max_timestamp_ms are set; bytes is empty if there was no message. MESSAGE_TOO_LARGE is checked before and after. */
bool convert_up(struct wire_bytes set, const struct admit_rules *rules, struct wire_memory *memory,
                struct wire_output *output, struct admit_verdict *out);

/* The magic that a Fetch of this version wants: 0, 1 or 2. */
int8_t convert_magic_of_fetch(int16_t version);

struct convert_target {
    int8_t magic;         /* 0 or 1 */
    int64_t first_offset; /* what the Fetch asked for: uncompressed records before it are dropped */
    const struct wire_codecs *codecs; /* borrowed; without a decompressor compressed batches are an error */
};

/* Appends the batches as message sets. Control batches are left out, headers are lost, offsets stay. Errors:
 * UNSUPPORTED_COMPRESSION_TYPE for zstd, CORRUPT_MESSAGE, UNKNOWN_SERVER_ERROR (does not decompress). */
enum kafka_error convert_down(struct wire_bytes batches, const struct convert_target *target,
                              struct wire_output *output) __attribute__((warn_unused_result));

#endif
