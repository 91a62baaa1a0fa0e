/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction: the tables of transaction.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/transaction.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_add_partitions_to_txn_request_topic
static const struct wire_field wire_add_partitions_to_txn_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_add_partitions_to_txn_request_topic);
#undef S

#define S wire_add_partitions_to_txn_request_transaction
static const struct wire_field wire_add_partitions_to_txn_request_transaction_fields[] = {
    FIELD(transactional_id, STRING, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(verify_only, BOOL, 4, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_add_partitions_to_txn_request_topic, 4, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_add_partitions_to_txn_request_transaction);
#undef S

#define S wire_add_partitions_to_txn_request
static const struct wire_field wire_add_partitions_to_txn_request_fields[] = {
    STRUCTS(transactions, wire_add_partitions_to_txn_request_transaction, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(v3_and_below_transactional_id, STRING, 0, 3, NEVER, 0, UNTAGGED),
    FIELD(v3_and_below_producer_id, INT64, 0, 3, NEVER, 0, UNTAGGED),
    FIELD(v3_and_below_producer_epoch, INT16, 0, 3, NEVER, 0, UNTAGGED),
    STRUCTS(v3_and_below_topics, wire_add_partitions_to_txn_request_topic, 0, 3, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_add_partitions_to_txn_request);
#undef S

#define S wire_add_partitions_to_txn_response_partition_result
static const struct wire_field wire_add_partitions_to_txn_response_partition_result_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition_error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_add_partitions_to_txn_response_partition_result);
#undef S

#define S wire_add_partitions_to_txn_response_topic_result
static const struct wire_field wire_add_partitions_to_txn_response_topic_result_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results_by_partition, wire_add_partitions_to_txn_response_partition_result, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_add_partitions_to_txn_response_topic_result);
#undef S

#define S wire_add_partitions_to_txn_response_result
static const struct wire_field wire_add_partitions_to_txn_response_result_fields[] = {
    FIELD(transactional_id, STRING, 4, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topic_results, wire_add_partitions_to_txn_response_topic_result, 4, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_add_partitions_to_txn_response_result);
#undef S

#define S wire_add_partitions_to_txn_response
static const struct wire_field wire_add_partitions_to_txn_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 4, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results_by_transaction, wire_add_partitions_to_txn_response_result, 4, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results_by_topic_v3_and_below, wire_add_partitions_to_txn_response_topic_result, 0, 3, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_add_partitions_to_txn_response);
#undef S

#define S wire_add_offsets_to_txn_request
static const struct wire_field wire_add_offsets_to_txn_request_fields[] = {
    FIELD(transactional_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_add_offsets_to_txn_request);
#undef S

#define S wire_add_offsets_to_txn_response
static const struct wire_field wire_add_offsets_to_txn_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_add_offsets_to_txn_response);
#undef S

#define S wire_end_txn_request
static const struct wire_field wire_end_txn_request_fields[] = {
    FIELD(transactional_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_end_txn_request);
#undef S

#define S wire_end_txn_response
static const struct wire_field wire_end_txn_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 5, EVER, NEVER, -1, UNTAGGED),
    FIELD(producer_epoch, INT16, 5, EVER, NEVER, -1, UNTAGGED),
};
SCHEMA(wire_end_txn_response);
#undef S

#define S wire_write_txn_markers_request_writable_txn_marker_topic
static const struct wire_field wire_write_txn_markers_request_writable_txn_marker_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partition_indexes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_write_txn_markers_request_writable_txn_marker_topic);
#undef S

#define S wire_write_txn_markers_request_writable_txn_marker
static const struct wire_field wire_write_txn_markers_request_writable_txn_marker_fields[] = {
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_result, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_write_txn_markers_request_writable_txn_marker_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(coordinator_epoch, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_version, INT8, 2, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_write_txn_markers_request_writable_txn_marker);
#undef S

#define S wire_write_txn_markers_request
static const struct wire_field wire_write_txn_markers_request_fields[] = {
    STRUCTS(markers, wire_write_txn_markers_request_writable_txn_marker, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_write_txn_markers_request);
#undef S

#define S wire_write_txn_markers_response_writable_txn_marker_partition_result
static const struct wire_field wire_write_txn_markers_response_writable_txn_marker_partition_result_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_write_txn_markers_response_writable_txn_marker_partition_result);
#undef S

#define S wire_write_txn_markers_response_writable_txn_marker_topic_result
static const struct wire_field wire_write_txn_markers_response_writable_txn_marker_topic_result_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_write_txn_markers_response_writable_txn_marker_partition_result, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_write_txn_markers_response_writable_txn_marker_topic_result);
#undef S

#define S wire_write_txn_markers_response_writable_txn_marker_result
static const struct wire_field wire_write_txn_markers_response_writable_txn_marker_result_fields[] = {
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_write_txn_markers_response_writable_txn_marker_topic_result, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_write_txn_markers_response_writable_txn_marker_result);
#undef S

#define S wire_write_txn_markers_response
static const struct wire_field wire_write_txn_markers_response_fields[] = {
    STRUCTS(markers, wire_write_txn_markers_response_writable_txn_marker_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_write_txn_markers_response);
#undef S

#define S wire_txn_offset_commit_request_partition
static const struct wire_field wire_txn_offset_commit_request_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed_offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed_leader_epoch, INT32, 2, EVER, NEVER, -1, UNTAGGED),
    FIELD(committed_metadata, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_txn_offset_commit_request_partition);
#undef S

#define S wire_txn_offset_commit_request_topic
static const struct wire_field wire_txn_offset_commit_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_txn_offset_commit_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_txn_offset_commit_request_topic);
#undef S

#define S wire_txn_offset_commit_request
static const struct wire_field wire_txn_offset_commit_request_fields[] = {
    FIELD(transactional_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(generation_id, INT32, 3, EVER, NEVER, -1, UNTAGGED),
    FIELD(member_id, STRING, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 3, EVER, 3, -1, UNTAGGED),
    STRUCTS(topics, wire_txn_offset_commit_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_txn_offset_commit_request);
#undef S

#define S wire_txn_offset_commit_response_partition
static const struct wire_field wire_txn_offset_commit_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_txn_offset_commit_response_partition);
#undef S

#define S wire_txn_offset_commit_response_topic
static const struct wire_field wire_txn_offset_commit_response_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_txn_offset_commit_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_txn_offset_commit_response_topic);
#undef S

#define S wire_txn_offset_commit_response
static const struct wire_field wire_txn_offset_commit_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_txn_offset_commit_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_txn_offset_commit_response);
#undef S

#define S wire_describe_producers_request_topic
static const struct wire_field wire_describe_producers_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partition_indexes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_producers_request_topic);
#undef S

#define S wire_describe_producers_request
static const struct wire_field wire_describe_producers_request_fields[] = {
    STRUCTS(topics, wire_describe_producers_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_producers_request);
#undef S

#define S wire_describe_producers_response_producer_state
static const struct wire_field wire_describe_producers_response_producer_state_fields[] = {
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(last_sequence, INT32, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(last_timestamp, INT64, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(coordinator_epoch, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(current_txn_start_offset, INT64, 0, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_describe_producers_response_producer_state);
#undef S

#define S wire_describe_producers_response_partition
static const struct wire_field wire_describe_producers_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, -1, UNTAGGED),
    STRUCTS(active_producers, wire_describe_producers_response_producer_state, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_producers_response_partition);
#undef S

#define S wire_describe_producers_response_topic
static const struct wire_field wire_describe_producers_response_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_describe_producers_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_producers_response_topic);
#undef S

#define S wire_describe_producers_response
static const struct wire_field wire_describe_producers_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_describe_producers_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_producers_response);
#undef S

#define S wire_describe_transactions_request
static const struct wire_field wire_describe_transactions_request_fields[] = {
    ARRAY(transactional_ids, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_transactions_request);
#undef S

#define S wire_describe_transactions_response_topic
static const struct wire_field wire_describe_transactions_response_topic_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_transactions_response_topic);
#undef S

#define S wire_describe_transactions_response_transaction_state
static const struct wire_field wire_describe_transactions_response_transaction_state_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transactional_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_state, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_start_time_ms, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_describe_transactions_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_transactions_response_transaction_state);
#undef S

#define S wire_describe_transactions_response
static const struct wire_field wire_describe_transactions_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(transaction_states, wire_describe_transactions_response_transaction_state, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_transactions_response);
#undef S

#define S wire_list_transactions_request
static const struct wire_field wire_list_transactions_request_fields[] = {
    ARRAY(state_filters, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(producer_id_filters, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(duration_filter, INT64, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(transactional_id_pattern, STRING, 2, EVER, 2, -1, UNTAGGED),
};
SCHEMA(wire_list_transactions_request);
#undef S

#define S wire_list_transactions_response_transaction_state
static const struct wire_field wire_list_transactions_response_transaction_state_fields[] = {
    FIELD(transactional_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(transaction_state, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_list_transactions_response_transaction_state);
#undef S

#define S wire_list_transactions_response
static const struct wire_field wire_list_transactions_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(unknown_state_filters, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(transaction_states, wire_list_transactions_response_transaction_state, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_list_transactions_response);
#undef S
