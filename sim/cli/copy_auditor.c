/* SPDX-License-Identifier: Apache-2.0 */
/* copy_auditor: is every input in the committed output exactly once, and nothing else (copy.h)? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/copy.h"

enum { POLL_MS = 100, TOLD_MAX = 20 };

struct auditor {
    struct copy_call call;
    rd_kafka_t *consumer;
    int64_t partitions;
    uint32_t *seen;  /* how often, by number */
    bool *is_at_end; /* by partition: nothing more is committed, as far as it was told last */
    uint32_t distinct, duplicates, unknown;
};

static void tell(const struct auditor *auditor, const rd_kafka_message_t *message, const char *what)
{
    if (auditor->duplicates + auditor->unknown <= TOLD_MAX)
        fprintf(stderr, "auditor: %s/%" PRId32 "/%" PRId64 " (key %.*s): %s\n", COPY_OUTPUT,
                message->partition, message->offset, (int)message->key_len, (const char *)message->key, what);
}

/* Does its header name an input from which it came here? */
static bool is_copy(const struct auditor *auditor, const rd_kafka_message_t *message, uint32_t n)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t bytes;
    char from[64] = "", again[sizeof from];
    if (rd_kafka_message_headers(message, &headers) ||
        rd_kafka_header_get(headers, 0, COPY_FROM, &value, &bytes) || bytes >= sizeof from)
        return false;
    memcpy(from, value, bytes);
    int32_t partition;
    int64_t offset;
    if (sscanf(from, COPY_INPUT "/%" SCNd32 "/%" SCNd64, &partition, &offset) != 2)
        return false;
    snprintf(again, sizeof again, "%s/%" PRId32 "/%" PRId64, COPY_INPUT, partition, offset);
    return strcmp(from, again) == 0 &&
           message->partition == copy_partition(n, partition, auditor->partitions);
}

static void take(struct auditor *auditor, const rd_kafka_message_t *message)
{
    uint32_t n;
    if (message->partition < 0 || message->partition >= auditor->partitions)
        return;
    auditor->is_at_end[message->partition] = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err)
        return;
    if (!copy_is_record(&auditor->call, message, &n) || !is_copy(auditor, message, n)) {
        auditor->unknown++;
        tell(auditor, message, "no copy of any input");
    } else if (auditor->seen[n]++) {
        auditor->duplicates++;
        tell(auditor, message, "a second copy");
    } else {
        auditor->distinct++;
    }
}

static bool is_all_read(const struct auditor *auditor)
{
    bool is_read = auditor->distinct == auditor->call.events;
    for (int64_t partition = 0; partition < auditor->partitions && is_read; partition++)
        is_read = auditor->is_at_end[partition];
    return is_read;
}

static void assign_all(const struct auditor *auditor)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)auditor->partitions);
    for (int32_t partition = 0; partition < auditor->partitions; partition++)
        rd_kafka_topic_partition_list_add(list, COPY_OUTPUT, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(auditor->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void read_output(struct auditor *auditor)
{
    int64_t wait_ms = copy_number(&auditor->call, "wait.ms", 0), began_ms = copy_now_ms();
    while (!is_all_read(auditor)) {
        if (wait_ms && copy_now_ms() - began_ms > wait_ms)
            break;
        rd_kafka_message_t *message = rd_kafka_consumer_poll(auditor->consumer, POLL_MS);
        if (message) {
            take(auditor, message);
            rd_kafka_message_destroy(message);
        }
    }
}

static void tell_missing(const struct auditor *auditor)
{
    uint32_t told = 0;
    for (uint32_t n = 0; n < auditor->call.events && told < TOLD_MAX; n++)
        if (!auditor->seen[n] && ++told)
            fprintf(stderr, "auditor: no copy of input %" PRIu32 "\n", n);
}

int copy_auditor_main(int argc, char **argv)
{
    static const char *const pairs[] = {"group.id",
                                        "auditor",
                                        "isolation.level",
                                        "read_committed",
                                        "enable.auto.commit",
                                        "false",
                                        "enable.partition.eof",
                                        "true",
                                        "auto.offset.reset",
                                        "earliest",
                                        NULL};
    struct auditor auditor = {0};
    if (!copy_call_of(argc, argv, &auditor.call))
        return COPY_USAGE;
    auditor.partitions = copy_number(&auditor.call, "partitions", COPY_PARTITIONS_USUAL);
    auditor.consumer =
        copy_client(RD_KAFKA_CONSUMER, copy_configuration(&auditor.call, RD_KAFKA_CONSUMER, pairs));
    if (!auditor.consumer)
        return COPY_USAGE;
    auditor.seen = calloc((size_t)auditor.call.events + 1, sizeof *auditor.seen);
    auditor.is_at_end = calloc((size_t)auditor.partitions, sizeof *auditor.is_at_end);
    if (!auditor.seen || !auditor.is_at_end)
        abort();
    rd_kafka_poll_set_consumer(auditor.consumer);
    assign_all(&auditor);
    read_output(&auditor);
    bool is_exact = is_all_read(&auditor) && !auditor.duplicates && !auditor.unknown;
    if (!is_exact)
        tell_missing(&auditor);
    printf("{\"role\":\"auditor\",\"events\":%" PRIu32 ",\"distinct\":%" PRIu32 ",\"duplicates\":%" PRIu32
           ",\"unknown\":%" PRIu32 ",\"exactly_once\":%s}\n",
           auditor.call.events, auditor.distinct, auditor.duplicates, auditor.unknown,
           is_exact ? "true" : "false");
    fflush(stdout);
    rd_kafka_consumer_close(auditor.consumer);
    rd_kafka_destroy(auditor.consumer);
    free(auditor.seen);
    free(auditor.is_at_end);
    return is_exact ? COPY_DONE : COPY_FAILED;
}
