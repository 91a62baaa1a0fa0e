/* SPDX-License-Identifier: Apache-2.0 */
/* membership: see membership.h. librdkafka 2.0.2 tells generation and member id in the serialized form alone. */
#include "pipeline/membership.h"

#include <stdint.h>
#include <string.h>

/* "CGMDv2:", the generation in the host's byte order, then group id and member id, each with its NUL. */
static const char magic[] = {'C', 'G', 'M', 'D', 'v', '2', ':'};

static bool is_of_member(const char *bytes, size_t count)
{
    int32_t generation;
    size_t group_at = sizeof magic + sizeof generation;
    if (count <= group_at || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    memcpy(&generation, bytes + sizeof magic, sizeof generation);
    size_t member_at = group_at + strnlen(bytes + group_at, count - group_at) + 1;
    return generation >= 0 && member_at < count && bytes[member_at] != '\0';
}

bool membership_is_of_member(const rd_kafka_consumer_group_metadata_t *metadata)
{
    void *bytes = NULL;
    size_t count;
    rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_write(metadata, &bytes, &count);
    bool is_member = !error && is_of_member(bytes, count);
    rd_kafka_error_destroy(error);
    if (bytes)
        rd_kafka_mem_free(NULL, bytes);
    return is_member;
}

rd_kafka_consumer_group_metadata_t *membership_take(rd_kafka_t *consumer)
{
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(consumer);
    if (metadata && membership_is_of_member(metadata))
        return metadata;
    if (metadata)
        rd_kafka_consumer_group_metadata_destroy(metadata);
    return NULL;
}
