/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_compress: the other direction, for brokers that write a batch anew. Levels are the libraries' own defaults, as
 * Kafka's are, and snappy is plain, as librdkafka writes it.
 */
#include "sim/kafka/observe/codec.h"

#include <lz4frame.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* out holds nothing, and has room for bytes. */
static bool make_room(struct wire_output *out, size_t bytes)
{
    out->bytes = 0;
    if (out->capacity >= bytes)
        return true;
    uint8_t *grown = realloc(out->data, bytes);
    if (!grown)
        return false;
    out->data = grown;
    out->capacity = bytes;
    return true;
}

static bool gzip(struct wire_bytes in, struct wire_output *out)
{
    enum { GZIP_HEADER = 15 + 16, MEMORY_LEVEL = 8 };
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)in.data, .avail_in = (uInt)in.bytes};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_HEADER, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    bool is_good = make_room(out, deflateBound(&stream, (uLong)in.bytes));
    if (is_good) {
        stream.next_out = out->data;
        stream.avail_out = (uInt)out->capacity;
        is_good = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        out->bytes = stream.total_out;
    }
    deflateEnd(&stream);
    return is_good;
}

static bool snap(struct wire_bytes in, struct wire_output *out)
{
    size_t bytes = snappy_max_compressed_length((size_t)in.bytes);
    if (!make_room(out, bytes) ||
        snappy_compress((const char *)in.data, (size_t)in.bytes, (char *)out->data, &bytes) != SNAPPY_OK)
        return false;
    out->bytes = bytes;
    return true;
}

static bool lz4(struct wire_bytes in, struct wire_output *out)
{
    if (!make_room(out, LZ4F_compressFrameBound((size_t)in.bytes, NULL)))
        return false;
    size_t bytes = LZ4F_compressFrame(out->data, out->capacity, in.data, (size_t)in.bytes, NULL);
    out->bytes = LZ4F_isError(bytes) ? 0 : bytes;
    return !LZ4F_isError(bytes);
}

static bool zstd(struct wire_bytes in, struct wire_output *out)
{
    if (!make_room(out, ZSTD_compressBound((size_t)in.bytes)))
        return false;
    size_t bytes = ZSTD_compress(out->data, out->capacity, in.data, (size_t)in.bytes, ZSTD_CLEVEL_DEFAULT);
    out->bytes = ZSTD_isError(bytes) ? 0 : bytes;
    return !ZSTD_isError(bytes);
}

bool codec_compress(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    switch (codec) {
    case WIRE_CODEC_NONE:
        return false;
    case WIRE_CODEC_GZIP:
        return gzip(in, out);
    case WIRE_CODEC_SNAPPY:
        return snap(in, out);
    case WIRE_CODEC_LZ4:
        return lz4(in, out);
    case WIRE_CODEC_ZSTD:
        return zstd(in, out);
    }
    return false;
}

const struct wire_codecs codec_all = {.decompress = codec_decompress, .compress = codec_compress};
