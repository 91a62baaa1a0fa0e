/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz: what the fuzzer's parts say to each other.
 *
 *   input = kind 1 | flags 3 | bytes
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "sim/kafka/wire/wire.h"

enum fuzz_kind {
    FUZZ_REQUEST,  /* bytes: a frame without its length */
    FUZZ_RESPONSE, /* the same; flags: index of the API in the table, version */
    FUZZ_BATCHES,  /* bytes: record batches */
    FUZZ_SETS,     /* bytes: message sets of old */
    FUZZ_KINDS,
};

enum { FUZZ_HEAD_BYTES = 4 };

/* Of FUZZ_BATCHES and FUZZ_SETS, in flags[0]. */
enum {
    FUZZ_KEEP_CRC = 1, /* else the checksums are put right first: no fuzzer guesses one */
    FUZZ_LOG_APPEND_TIME = 2,
    FUZZ_COMPACTED = 4,
    FUZZ_NARROW = 8, /* timestamps and sizes have to be near */
    FUZZ_NO_DECOMPRESSOR = 16,
    FUZZ_NO_COMPRESSOR = 32,
};

/* Stop the program, for the fuzzer to notice, where something does not hold. flags has 3. */
void fuzz_request(struct wire_bytes frame);
void fuzz_response(const uint8_t *flags, struct wire_bytes frame);
void fuzz_batches(const uint8_t *flags, struct wire_bytes batches);
void fuzz_sets(const uint8_t *flags, struct wire_bytes sets);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif
