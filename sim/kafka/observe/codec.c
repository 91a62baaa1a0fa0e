/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: see codec.h.
 */
#include "sim/kafka/observe/codec.h"

#include <lz4frame.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { STEP_BYTES = 64 << 10, XERIAL_HEADER_BYTES = 16 };

static const uint8_t xerial_magic[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

/* Makes room for at least bytes more, within the limit. */
static bool reserve(struct wire_output *out, size_t bytes)
{
    if (bytes > CODEC_BYTES_MAX || out->bytes > CODEC_BYTES_MAX - bytes)
        return false;
    if (out->capacity - out->bytes >= bytes)
        return true;
    size_t want = (out->bytes + bytes) * 2;
    uint8_t *grown = realloc(out->data, want);
    if (!grown)
        return false;
    out->data = grown;
    out->capacity = want;
    return true;
}

static bool gunzip(struct wire_bytes in, struct wire_output *out)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)in.data, .avail_in = (uInt)in.bytes};
    enum { ANY_HEADER = 15 + 32 };
    if (inflateInit2(&stream, ANY_HEADER) != Z_OK)
        return false;
    int result = Z_OK;
    while (result == Z_OK && reserve(out, STEP_BYTES)) {
        stream.next_out = out->data + out->bytes;
        stream.avail_out = STEP_BYTES;
        result = inflate(&stream, Z_NO_FLUSH);
        out->bytes += STEP_BYTES - stream.avail_out;
    }
    inflateEnd(&stream);
    return result == Z_STREAM_END;
}

static bool unsnap_block(struct wire_bytes in, struct wire_output *out)
{
    const char *data = (const char *)in.data;
    size_t bytes;
    if (snappy_uncompressed_length(data, (size_t)in.bytes, &bytes) != SNAPPY_OK || !reserve(out, bytes))
        return false;
    if (snappy_uncompress(data, (size_t)in.bytes, (char *)out->data + out->bytes, &bytes) != SNAPPY_OK)
        return false;
    out->bytes += bytes;
    return true;
}

static bool unsnap(struct wire_bytes in, struct wire_output *out)
{
    if (in.bytes < XERIAL_HEADER_BYTES || memcmp(in.data, xerial_magic, sizeof(xerial_magic)) != 0)
        return unsnap_block(in, out);
    int32_t position = XERIAL_HEADER_BYTES;
    while (position < in.bytes) {
        if (in.bytes - position < 4)
            return false;
        int32_t bytes = wire_int32(in.data + position);
        position += 4;
        if (bytes < 0 || bytes > in.bytes - position ||
            !unsnap_block((struct wire_bytes){.data = in.data + position, .bytes = bytes}, out))
            return false;
        position += bytes;
    }
    return true;
}

static bool unlz4(struct wire_bytes in, struct wire_output *out)
{
    LZ4F_dctx *context;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return false;
    size_t position = 0, hint = 1;
    bool is_good = true;
    while (is_good && hint != 0) {
        if (!reserve(out, STEP_BYTES)) {
            is_good = false;
            break;
        }
        size_t out_bytes = STEP_BYTES, in_bytes = (size_t)in.bytes - position;
        hint =
            LZ4F_decompress(context, out->data + out->bytes, &out_bytes, in.data + position, &in_bytes, NULL);
        is_good = !LZ4F_isError(hint) && (in_bytes > 0 || out_bytes > 0);
        if (is_good) {
            position += in_bytes;
            out->bytes += out_bytes;
        }
    }
    LZ4F_freeDecompressionContext(context);
    return is_good;
}

static bool unzstd(struct wire_bytes in, struct wire_output *out)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context)
        return false;
    ZSTD_inBuffer input = {.src = in.data, .size = (size_t)in.bytes};
    size_t hint = 1;
    bool is_good = true;
    while (is_good && hint != 0) {
        if (!reserve(out, STEP_BYTES)) {
            is_good = false;
            break;
        }
        ZSTD_outBuffer output = {.dst = out->data + out->bytes, .size = STEP_BYTES};
        size_t before = input.pos;
        hint = ZSTD_decompressStream(context, &output, &input);
        is_good = !ZSTD_isError(hint) && (input.pos > before || output.pos > 0);
        out->bytes += output.pos;
    }
    ZSTD_freeDCtx(context);
    return is_good;
}

bool codec_decompress(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    out->bytes = 0;
    switch (codec) {
    case WIRE_CODEC_NONE:
        return false;
    case WIRE_CODEC_GZIP:
        return gunzip(in, out);
    case WIRE_CODEC_SNAPPY:
        return unsnap(in, out);
    case WIRE_CODEC_LZ4:
        return unlz4(in, out);
    case WIRE_CODEC_ZSTD:
        return unzstd(in, out);
    }
    return false;
}
