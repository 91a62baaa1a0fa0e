/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: the compressing half, for brokers that write batches anew: compacted, or converted from or to old messages.
 * Snappy comes in xerial's framing, in blocks of 32 KB, as Kafka's SnappyOutputStream writes it.
 */
#include <lz4frame.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include "sim/kafka/observe/codec.h"

enum { SNAPPY_BLOCK_BYTES = 32 << 10, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8, BLOCK_HEADER_BYTES = 4 };

/* The magic, version 1, compatible with 1. */
static const uint8_t xerial_header[16] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1};

static bool reserve(struct wire_output *out, size_t bytes)
{
    if (out->capacity - out->bytes >= bytes)
        return true;
    uint8_t *grown = realloc(out->data, out->bytes + bytes);
    if (!grown)
        return false;
    out->data = grown;
    out->capacity = out->bytes + bytes;
    return true;
}

static bool zip(struct wire_bytes in, struct wire_output *out)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)in.data, .avail_in = (uInt)in.bytes};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t most = deflateBound(&stream, (uLong)in.bytes);
    bool is_good = reserve(out, most);
    if (is_good) {
        stream.next_out = out->data;
        stream.avail_out = (uInt)most;
        is_good = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        out->bytes = most - stream.avail_out;
    }
    deflateEnd(&stream);
    return is_good;
}

static bool snap(struct wire_bytes in, struct wire_output *out)
{
    if (!reserve(out, sizeof xerial_header))
        return false;
    memcpy(out->data, xerial_header, sizeof xerial_header);
    out->bytes = sizeof xerial_header;
    for (int32_t position = 0; position < in.bytes; position += SNAPPY_BLOCK_BYTES) {
        int32_t left = in.bytes - position;
        size_t block = left < SNAPPY_BLOCK_BYTES ? (size_t)left : SNAPPY_BLOCK_BYTES;
        size_t packed = snappy_max_compressed_length(block);
        if (!reserve(out, BLOCK_HEADER_BYTES + packed))
            return false;
        uint8_t *header = out->data + out->bytes;
        if (snappy_compress((const char *)in.data + position, block, (char *)header + BLOCK_HEADER_BYTES,
                            &packed) != SNAPPY_OK)
            return false;
        for (int i = 0; i < BLOCK_HEADER_BYTES; i++)
            header[i] = (uint8_t)(packed >> (8 * (BLOCK_HEADER_BYTES - 1 - i)));
        out->bytes += BLOCK_HEADER_BYTES + packed;
    }
    return true;
}

static bool pack_lz4(struct wire_bytes in, struct wire_output *out)
{
    const LZ4F_preferences_t preferences = {.frameInfo = {.blockMode = LZ4F_blockIndependent}};
    size_t most = LZ4F_compressFrameBound((size_t)in.bytes, &preferences);
    if (!reserve(out, most))
        return false;
    out->bytes = LZ4F_compressFrame(out->data, most, in.data, (size_t)in.bytes, &preferences);
    return !LZ4F_isError(out->bytes);
}

static bool pack_zstd(struct wire_bytes in, struct wire_output *out)
{
    size_t most = ZSTD_compressBound((size_t)in.bytes);
    if (!reserve(out, most))
        return false;
    out->bytes = ZSTD_compress(out->data, most, in.data, (size_t)in.bytes, ZSTD_CLEVEL_DEFAULT);
    return !ZSTD_isError(out->bytes);
}

bool codec_compress(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    out->bytes = 0;
    switch (codec) {
    case WIRE_CODEC_NONE:
        return false;
    case WIRE_CODEC_GZIP:
        return zip(in, out);
    case WIRE_CODEC_SNAPPY:
        return snap(in, out);
    case WIRE_CODEC_LZ4:
        return pack_lz4(in, out);
    case WIRE_CODEC_ZSTD:
        return pack_zstd(in, out);
    }
    return false;
}

const struct wire_codecs codec_all = {.decompress = codec_decompress, .compress = codec_compress};
