/* SPDX-License-Identifier: Apache-2.0 */
/* prefixed: see prefixed.h. */
#include "sim/kafka/wire/prefixed.h"

enum { PREFIX_BYTES = 2 };

int16_t wire_prefix_of(struct wire_bytes bytes)
{
    return bytes.bytes < PREFIX_BYTES ? -1 : wire_int16(bytes.data);
}

bool wire_prefixed_decode(struct wire_bytes bytes, const struct wire_schema *schema, int16_t version,
                          struct wire_memory *memory, void *out)
{
    struct wire_error error;
    size_t position = PREFIX_BYTES;
    if (bytes.bytes < PREFIX_BYTES)
        return false;
    struct wire_input input = {.data = bytes.data, .bytes = (size_t)bytes.bytes, .version = version};
    return wire_decode(schema, &input, &position, memory, out, &error);
}

void wire_prefixed_encode(int16_t prefix, const struct wire_schema *schema, int16_t version, const void *in,
                          struct wire_output *output)
{
    uint8_t data[PREFIX_BYTES] = {(uint8_t)((uint16_t)prefix >> 8), (uint8_t)prefix};
    wire_output_append(output, data, sizeof data);
    wire_encode(schema, version, false, in, output);
}
