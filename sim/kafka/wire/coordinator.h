/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coordinator: what coordinators write to their logs, __consumer_offsets and __transaction_state.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in coordinator.c. Written by
 * schema.py from Apache Kafka's message definitions. A record's key and value are each behind a number (prefixed.h).
 */
#ifndef SIM_KAFKA_WIRE_COORDINATOR_H
#define SIM_KAFKA_WIRE_COORDINATOR_H

#include "sim/kafka/wire/wire.h"

/* OffsetCommitKey, versions 0-0 */
struct wire_offset_commit_key {
    struct wire_string group;
    struct wire_string topic;
    int32_t partition;
};

/* OffsetCommitValue, versions 0-4 */
struct wire_offset_commit_value {
    int64_t offset;
    int32_t leader_epoch;
    struct wire_string metadata;
    int64_t commit_timestamp;
    int64_t expire_timestamp;
    struct wire_uuid topic_id;
};

/* TransactionLogKey, versions 0-0 */
struct wire_transaction_log_key {
    struct wire_string transactional_id;
};

/* TransactionLogValue, versions 0-1 */
struct wire_transaction_log_value_partitions_schema {
    struct wire_string topic;
    WIRE_ARRAY(int32_t) partition_ids;
};

struct wire_transaction_log_value {
    int64_t producer_id;
    int64_t previous_producer_id;
    int64_t next_producer_id;
    int16_t producer_epoch;
    int16_t next_producer_epoch;
    int32_t transaction_timeout_ms;
    int8_t transaction_status;
    WIRE_ARRAY(struct wire_transaction_log_value_partitions_schema) transaction_partitions;
    int64_t transaction_last_update_timestamp_ms;
    int64_t transaction_start_timestamp_ms;
    int16_t client_transaction_version;
};

extern const struct wire_schema wire_offset_commit_key_schema;
extern const struct wire_schema wire_offset_commit_value_schema;
extern const struct wire_schema wire_transaction_log_key_schema;
extern const struct wire_schema wire_transaction_log_value_schema;

#endif
