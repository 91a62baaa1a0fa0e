/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transact: transactions of librdkafka in a line each, for conformance cases.
 *
 * What is told of an error: its name, and what librdkafka says a program must do about it.
 */
#ifndef TESTS_CONFORMANCE_KAFKA_TRANSACT_H
#define TESTS_CONFORMANCE_KAFKA_TRANSACT_H

#include "tests/conformance/kafka/case.h"

#include <stdint.h>

/* With transactional.id PREFIX.suffix, initialized; what goes wrong is an outcome. Configuration in pairs, three at
 * most. */
rd_kafka_t *transact_producer(struct conformance *c, const char *suffix, ...) __attribute__((sentinel));
/* Outcome "LABEL NO_ERROR" or "LABEL NAME abortable"; takes the error. */
void transact_tell(struct conformance *c, const char *label, rd_kafka_error_t *error);
/* An outcome if it fails. */
void transact_begin(struct conformance *c, rd_kafka_t *producer);
/* Outcomes as transact_tell's. */
void transact_init(struct conformance *c, const char *label, rd_kafka_t *producer);
void transact_commit(struct conformance *c, const char *label, rd_kafka_t *producer);
void transact_abort(struct conformance *c, const char *label, rd_kafka_t *producer);
/* Outcome "VALUE ERROR STATUS at OFFSET". */
void transact_send(struct conformance *c, rd_kafka_t *producer, const char *topic, int32_t partition,
                   const char *value);
/* Begins, sends to partition 0, and commits or aborts. */
void transact_once(struct conformance *c, rd_kafka_t *producer, const char *topic, const char *value,
                   bool is_commit);
/* Sends an offset of partition 0 for the group, as this consumer (NULL: as nobody in particular). */
void transact_offset(struct conformance *c, const char *label, rd_kafka_t *producer, rd_kafka_t *consumer,
                     const char *group, const char *topic, int64_t offset);
/* Outcome as client_outcome_log's, of what is not committed, too. */
void transact_outcome_all(struct conformance *c, const char *label, const char *topic, int32_t partition);
/* The coordinator of PREFIX.suffix, says broker asked; -1: it does not know. */
int transact_coordinator(struct conformance *c, int asked, const char *suffix);
/* Waits until that coordinator says that the transaction of PREFIX.suffix is in this state. */
void transact_await_state(struct conformance *c, const char *suffix, const char *state);

#endif
