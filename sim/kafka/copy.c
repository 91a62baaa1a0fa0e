/* SPDX-License-Identifier: Apache-2.0 */
/* copy: see copy.h. */
#include "sim/kafka/copy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* With a NUL behind. */
static void *copy(const void *data, int32_t bytes)
{
    char *result = malloc((size_t)bytes + 1);
    assert(result);
    if (bytes > 0)
        memcpy(result, data, (size_t)bytes);
    result[bytes] = '\0';
    return result;
}

struct wire_string kafka_copy_string(struct wire_string string)
{
    if (string.bytes < 0)
        return (struct wire_string){.text = NULL, .bytes = -1};
    return (struct wire_string){.text = copy(string.text, string.bytes), .bytes = string.bytes};
}

struct wire_bytes kafka_copy_bytes(struct wire_bytes bytes)
{
    if (bytes.bytes < 0)
        return (struct wire_bytes){.data = NULL, .bytes = -1};
    return (struct wire_bytes){.data = copy(bytes.data, bytes.bytes), .bytes = bytes.bytes};
}
