/* SPDX-License-Identifier: Apache-2.0 */
/* dead_letter: see dead_letter.h. */
#include "pipeline/dead_letter.h"

#include <stdio.h>

/* Where a record stood, as header values. */
struct place {
    char partition[16];
    char offset[24];
};

static struct output_record pointer(struct place *place, const char *topic, const char *source_topic,
                                    int32_t partition, int64_t offset, const char *error)
{
    snprintf(place->partition, sizeof place->partition, "%d", partition);
    snprintf(place->offset, sizeof place->offset, "%lld", (long long)offset);
    return (struct output_record){
        .topic = topic,
        .headers = {{"error", error},
                    {"source_topic", source_topic},
                    {"source_partition", place->partition},
                    {"source_offset", place->offset}},
        .header_count = 4,
    };
}

void dead_letter_add(struct outputs *outputs, const char *topic, const rd_kafka_message_t *message,
                     const char *error)
{
    struct place place;
    struct output_record record =
        pointer(&place, topic, rd_kafka_topic_name(message->rkt), message->partition, message->offset, error);
    record.key = message->key;
    record.key_bytes = message->key_len;
    record.value = message->payload;
    record.value_bytes = message->len;
    outputs_add(outputs, &record);
}

void dead_letter_add_pointer(struct outputs *outputs, const char *topic,
                             const rd_kafka_topic_partition_t *place, const char *error)
{
    struct place text;
    struct output_record record = pointer(&text, topic, place->topic, place->partition, place->offset, error);
    outputs_add(outputs, &record);
}

void dead_letter_log(const struct log *log, const char *what, const rd_kafka_message_t *message,
                     const char *error)
{
    struct log_line line;
    log_begin(&line, log, LOG_WARN, what);
    log_string(&line, "topic", rd_kafka_topic_name(message->rkt));
    log_integer(&line, "partition", message->partition);
    log_integer(&line, "offset", message->offset);
    log_string(&line, "error", error);
    log_end(&line);
}
