/* SPDX-License-Identifier: Apache-2.0 */
/* dead_letter: see dead_letter.h. */
#include "pipeline/dead_letter.h"

#include <stdio.h>

void dead_letter_fill(struct producer_record *record, struct dead_letter *storage, const char *topic,
                      const rd_kafka_message_t *message, const char *error)
{
    snprintf(storage->partition, sizeof storage->partition, "%d", message->partition);
    snprintf(storage->offset, sizeof storage->offset, "%lld", (long long)message->offset);
    *record = (struct producer_record){
        .topic = topic,
        .key = message->key,
        .key_bytes = message->key_len,
        .value = message->payload,
        .value_bytes = message->len,
        .headers = {{"error", error},
                    {"source_topic", rd_kafka_topic_name(message->rkt)},
                    {"source_partition", storage->partition},
                    {"source_offset", storage->offset}},
        .header_count = 4,
    };
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
