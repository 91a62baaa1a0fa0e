/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum: the two checksums in Kafka's records.
 */
#ifndef SIM_KAFKA_WIRE_CHECKSUM_H
#define SIM_KAFKA_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli), as of RFC 3720: record batches. */
uint32_t wire_crc32c(const uint8_t *data, size_t bytes);
/* zlib's CRC-32: old messages. */
uint32_t wire_crc32(const uint8_t *data, size_t bytes);

/* What wire_crc32c does on a machine without the instruction. For tests. */
uint32_t checksum_crc32c_portable(const uint8_t *data, size_t bytes);

#endif
