/* SPDX-License-Identifier: Apache-2.0 */
/* membership: see membership.h. librdkafka 2.0.2 tells generation and member id in the serialized form alone. */
#include "pipeline/membership.h"

#include "pipeline/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* "CGMDv2:", the generation in the host's byte order, then group id and member id, each with its NUL. */
static const char magic[] = {'C', 'G', 'M', 'D', 'v', '2', ':'};

/* The member id within the serialized form; NULL: it is nobody's. */
static const char *member_in(const char *bytes, size_t count)
{
    int32_t generation;
    size_t group_at = sizeof magic + sizeof generation;
    if (count <= group_at || memcmp(bytes, magic, sizeof magic) != 0)
        return NULL;
    memcpy(&generation, bytes + sizeof magic, sizeof generation);
    size_t member_at = group_at + strnlen(bytes + group_at, count - group_at) + 1;
    bool is_member = generation >= 0 && member_at < count && bytes[member_at] != '\0' &&
                     memchr(bytes + member_at, '\0', count - member_at);
    return is_member ? bytes + member_at : NULL;
}

char *membership_member(const rd_kafka_consumer_group_metadata_t *metadata)
{
    void *bytes = NULL;
    size_t count;
    rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_write(metadata, &bytes, &count);
    const char *member = error ? NULL : member_in(bytes, count);
    char *copy = member ? memory_string(member) : NULL;
    rd_kafka_error_destroy(error);
    if (bytes)
        rd_kafka_mem_free(NULL, bytes);
    return copy;
}

bool membership_is_of(const rd_kafka_consumer_group_metadata_t *metadata, const char *member)
{
    char *own = membership_member(metadata);
    bool is_same = own && member && strcmp(own, member) == 0;
    free(own);
    return is_same;
}

rd_kafka_consumer_group_metadata_t *membership_take(rd_kafka_t *consumer)
{
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(consumer);
    char *member = metadata ? membership_member(metadata) : NULL;
    if (!member && metadata) {
        rd_kafka_consumer_group_metadata_destroy(metadata);
        metadata = NULL;
    }
    free(member);
    return metadata;
}
