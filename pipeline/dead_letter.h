/* SPDX-License-Identifier: Apache-2.0 */
/* dead_letter: the record for a DLQ topic when what was read does not parse: its very bytes, and where
 * they stood. */
#ifndef PIPELINE_DEAD_LETTER_H
#define PIPELINE_DEAD_LETTER_H

#include "pipeline/log.h"
#include "pipeline/producer.h"

#include <librdkafka/rdkafka.h>

/* Storage for the header values. */
struct dead_letter {
    char partition[16];
    char offset[24];
};

/* Fills record with what message says: headers error, source_topic, source_partition, source_offset. All
 * is borrowed from the arguments until the record was sent. */
void dead_letter_fill(struct producer_record *record, struct dead_letter *storage, const char *topic,
                      const rd_kafka_message_t *message, const char *error);

/* One warning: what was read ("malformed event"), where it stood, and what is wrong with it. */
void dead_letter_log(const struct log *log, const char *what, const rd_kafka_message_t *message,
                     const char *error);

#endif
