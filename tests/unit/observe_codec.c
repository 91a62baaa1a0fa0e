/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kafka/observe/codec.h"

#include <criterion/criterion.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { PLAIN_BYTES = 300000, PACKED_MAX = 400000 };

static uint8_t plain[PLAIN_BYTES], packed[PACKED_MAX];

static void fill_plain(void)
{
    for (size_t i = 0; i < PLAIN_BYTES; i++)
        plain[i] = (uint8_t)((i * i) >> 7);
}

/* Packs plain; returns how many bytes. */
static size_t pack(enum wire_codec codec)
{
    struct wire_output out = {0};
    cr_assert(codec_compress(codec, (struct wire_bytes){plain, PLAIN_BYTES}, &out));
    size_t bytes = out.bytes;
    cr_assert(bytes <= PACKED_MAX);
    memcpy(packed, out.data, bytes);
    free(out.data);
    return bytes;
}

static bool unpack(enum wire_codec codec, size_t bytes, struct wire_output *out)
{
    uint8_t *exact = malloc(bytes + 1);
    memcpy(exact, packed, bytes);
    bool is_good = codec_decompress(codec, (struct wire_bytes){exact, (int32_t)bytes}, out);
    free(exact);
    return is_good;
}

Test(codec, every_codec_gives_back_the_bytes)
{
    struct wire_output out = {0};
    fill_plain();
    for (enum wire_codec codec = WIRE_CODEC_GZIP; codec <= WIRE_CODEC_ZSTD; codec++) {
        size_t bytes = pack(codec);
        cr_assert(unpack(codec, bytes, &out), "codec %d", codec);
        cr_expect_eq(out.bytes, PLAIN_BYTES, "codec %d", codec);
        cr_expect_eq(memcmp(out.data, plain, PLAIN_BYTES), 0, "codec %d", codec);
    }
    free(out.data);
}

Test(codec, every_codec_refuses_what_is_cut_off)
{
    struct wire_output out = {0};
    fill_plain();
    for (enum wire_codec codec = WIRE_CODEC_GZIP; codec <= WIRE_CODEC_ZSTD; codec++) {
        size_t bytes = pack(codec);
        for (size_t cut = 0; cut < bytes; cut += bytes / 50 + 1)
            cr_expect_not(unpack(codec, cut, &out), "codec %d, %zu of %zu", codec, cut, bytes);
    }
    free(out.data);
}

Test(codec, snappy_is_understood_plain_and_in_xerial_framing_of_several_blocks)
{
    static const uint8_t header[16] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1};
    struct wire_output framed = {0}, out = {0};
    fill_plain();
    size_t bytes = PACKED_MAX;
    cr_assert_eq(snappy_compress((char *)plain, PLAIN_BYTES, (char *)packed, &bytes), SNAPPY_OK);
    cr_assert(unpack(WIRE_CODEC_SNAPPY, bytes, &out), "plain, as librdkafka writes it");
    cr_expect_eq(out.bytes, PLAIN_BYTES);
    uint32_t length = __builtin_bswap32((uint32_t)bytes);
    wire_output_append(&framed, header, sizeof(header));
    for (int block = 0; block < 2; block++) {
        wire_output_append(&framed, &length, sizeof(length));
        wire_output_append(&framed, packed, bytes);
    }
    cr_assert(
        codec_decompress(WIRE_CODEC_SNAPPY, (struct wire_bytes){framed.data, (int32_t)framed.bytes}, &out));
    cr_expect_eq(out.bytes, 2 * PLAIN_BYTES);
    cr_expect_not(codec_decompress(WIRE_CODEC_SNAPPY,
                                   (struct wire_bytes){framed.data, (int32_t)framed.bytes - 1}, &out));
    free(framed.data);
    free(out.data);
}

Test(codec, a_bomb_is_refused)
{
    enum { BOMB_BYTES = CODEC_BYTES_MAX + (1 << 20) };
    uint8_t *zeros = calloc(1, BOMB_BYTES), *bomb = malloc(1 << 20);
    struct wire_output out = {0};
    size_t bytes = ZSTD_compress(bomb, 1 << 20, zeros, BOMB_BYTES, 1);
    cr_assert_not(ZSTD_isError(bytes));
    cr_expect_not(codec_decompress(WIRE_CODEC_ZSTD, (struct wire_bytes){bomb, (int32_t)bytes}, &out));
    cr_expect_leq(out.bytes, (size_t)CODEC_BYTES_MAX);
    free(zeros);
    free(bomb);
    free(out.data);
}
