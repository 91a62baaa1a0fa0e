/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coordinator: the tables of coordinator.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/coordinator.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_offset_commit_key
static const struct wire_field wire_offset_commit_key_fields[] = {
    FIELD(group, STRING, 0, 0, NEVER, 0, UNTAGGED),
    FIELD(topic, STRING, 0, 0, NEVER, 0, UNTAGGED),
    FIELD(partition, INT32, 0, 0, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_commit_key);
#undef S

#define S wire_offset_commit_value
static const struct wire_field wire_offset_commit_value_fields[] = {
    FIELD(offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(leader_epoch, INT32, 3, EVER, NEVER, -1, UNTAGGED),
    FIELD(metadata, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(commit_timestamp, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(expire_timestamp, INT64, 1, 1, NEVER, -1, UNTAGGED),
    FIELD(topic_id, UUID, 4, EVER, NEVER, 0, 0),
};
SCHEMA(wire_offset_commit_value);
#undef S

#define S wire_transaction_log_key
static const struct wire_field wire_transaction_log_key_fields[] = {
    FIELD(transactional_id, STRING, 0, 0, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_transaction_log_key);
#undef S

#define S wire_transaction_log_value_partitions_schema
static const struct wire_field wire_transaction_log_value_partitions_schema_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partition_ids, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_transaction_log_value_partitions_schema);
#undef S

#define S wire_transaction_log_value
static const struct wire_field wire_transaction_log_value_fields[] = {
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(previous_producer_id, INT64, 1, EVER, NEVER, -1, 0),
    FIELD(next_producer_id, INT64, 1, EVER, NEVER, -1, 1),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(next_producer_epoch, INT16, 1, EVER, NEVER, -1, 3),
    FIELD(transaction_timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_status, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(transaction_partitions, wire_transaction_log_value_partitions_schema, 0, EVER, 0, 0, UNTAGGED),
    FIELD(transaction_last_update_timestamp_ms, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_start_timestamp_ms, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(client_transaction_version, INT16, 1, EVER, NEVER, 0, 2),
};
SCHEMA(wire_transaction_log_value);
#undef S
