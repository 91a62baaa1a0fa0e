/* SPDX-License-Identifier: Apache-2.0 */
/* dead_letter: the record for a DLQ topic when what was read does not parse: its very bytes, and where
 * they stood. */
#ifndef PIPELINE_DEAD_LETTER_H
#define PIPELINE_DEAD_LETTER_H

#include "pipeline/log.h"
#include "pipeline/output.h"

#include <librdkafka/rdkafka.h>

/* Adds what message says: headers error, source_topic, source_partition, source_offset. */
void dead_letter_add(struct outputs *outputs, const char *topic, const rd_kafka_message_t *message,
                     const char *error);

/* The same of the record at a place whose outputs were refused: no key and no value, for it is they that may be too large. */
void dead_letter_add_pointer(struct outputs *outputs, const char *topic,
                             const rd_kafka_topic_partition_t *place, const char *error);

/* One warning: what was read ("malformed event"), where it stood, and what is wrong with it. */
void dead_letter_log(const struct log *log, const char *what, const rd_kafka_message_t *message,
                     const char *error);

#endif
