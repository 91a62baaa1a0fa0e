/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data: the tables of data.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_produce_request_partition
static const struct wire_field wire_produce_request_partition_fields[] = {
    FIELD(index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(records, RECORDS, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_produce_request_partition);
#undef S

#define S wire_produce_request_topic
static const struct wire_field wire_produce_request_topic_fields[] = {
    FIELD(name, STRING, 0, 12, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 13, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partition_data, wire_produce_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_produce_request_topic);
#undef S

#define S wire_produce_request
static const struct wire_field wire_produce_request_fields[] = {
    FIELD(transactional_id, STRING, 3, EVER, 3, -1, UNTAGGED),
    FIELD(acks, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topic_data, wire_produce_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_produce_request);
#undef S

#define S wire_produce_response_batch_index_and_error_message
static const struct wire_field wire_produce_response_batch_index_and_error_message_fields[] = {
    FIELD(batch_index, INT32, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(batch_index_error_message, STRING, 8, EVER, 8, -1, UNTAGGED),
};
static SCHEMA(wire_produce_response_batch_index_and_error_message);
#undef S

#define S wire_produce_response_leader_id_and_epoch
static const struct wire_field wire_produce_response_leader_id_and_epoch_fields[] = {
    FIELD(leader_id, INT32, 10, EVER, NEVER, -1, UNTAGGED),
    FIELD(leader_epoch, INT32, 10, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_produce_response_leader_id_and_epoch);
#undef S

#define S wire_produce_response_partition
static const struct wire_field wire_produce_response_partition_fields[] = {
    FIELD(index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(base_offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(log_append_time_ms, INT64, 2, EVER, NEVER, -1, UNTAGGED),
    FIELD(log_start_offset, INT64, 5, EVER, NEVER, -1, UNTAGGED),
    STRUCTS(record_errors, wire_produce_response_batch_index_and_error_message, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 8, EVER, 8, -1, UNTAGGED),
    STRUCT(current_leader, wire_produce_response_leader_id_and_epoch, 10, EVER, NEVER, 0, 0),
};
static SCHEMA(wire_produce_response_partition);
#undef S

#define S wire_produce_response_topic
static const struct wire_field wire_produce_response_topic_fields[] = {
    FIELD(name, STRING, 0, 12, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 13, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partition_responses, wire_produce_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_produce_response_topic);
#undef S

#define S wire_produce_response_node_endpoint
static const struct wire_field wire_produce_response_node_endpoint_fields[] = {
    FIELD(node_id, INT32, 10, EVER, NEVER, 0, UNTAGGED),
    FIELD(host, STRING, 10, EVER, NEVER, 0, UNTAGGED),
    FIELD(port, INT32, 10, EVER, NEVER, 0, UNTAGGED),
    FIELD(rack, STRING, 10, EVER, 10, -1, UNTAGGED),
};
static SCHEMA(wire_produce_response_node_endpoint);
#undef S

#define S wire_produce_response
static const struct wire_field wire_produce_response_fields[] = {
    STRUCTS(responses, wire_produce_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(node_endpoints, wire_produce_response_node_endpoint, 10, EVER, NEVER, 0, 0),
};
SCHEMA(wire_produce_response);
#undef S

#define S wire_fetch_request_replica_state
static const struct wire_field wire_fetch_request_replica_state_fields[] = {
    FIELD(replica_id, INT32, 15, EVER, NEVER, -1, UNTAGGED),
    FIELD(replica_epoch, INT64, 15, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_fetch_request_replica_state);
#undef S

#define S wire_fetch_request_partition
static const struct wire_field wire_fetch_request_partition_fields[] = {
    FIELD(partition, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(current_leader_epoch, INT32, 9, EVER, NEVER, -1, UNTAGGED),
    FIELD(fetch_offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(last_fetched_epoch, INT32, 12, EVER, NEVER, -1, UNTAGGED),
    FIELD(log_start_offset, INT64, 5, EVER, NEVER, -1, UNTAGGED),
    FIELD(partition_max_bytes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(replica_directory_id, UUID, 17, EVER, NEVER, 0, 0),
    FIELD(high_watermark, INT64, 18, EVER, NEVER, 9223372036854775807, 1),
};
static SCHEMA(wire_fetch_request_partition);
#undef S

#define S wire_fetch_request_topic
static const struct wire_field wire_fetch_request_topic_fields[] = {
    FIELD(topic, STRING, 0, 12, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 13, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_fetch_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_fetch_request_topic);
#undef S

#define S wire_fetch_request_forgotten_topic
static const struct wire_field wire_fetch_request_forgotten_topic_fields[] = {
    FIELD(topic, STRING, 7, 12, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 13, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 7, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_fetch_request_forgotten_topic);
#undef S

#define S wire_fetch_request
static const struct wire_field wire_fetch_request_fields[] = {
    FIELD(cluster_id, STRING, 12, EVER, 12, -1, 0),
    FIELD(replica_id, INT32, 0, 14, NEVER, -1, UNTAGGED),
    STRUCT(replica_state, wire_fetch_request_replica_state, 15, EVER, NEVER, 0, 1),
    FIELD(max_wait_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(min_bytes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(max_bytes, INT32, 3, EVER, NEVER, 2147483647, UNTAGGED),
    FIELD(isolation_level, INT8, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(session_id, INT32, 7, EVER, NEVER, 0, UNTAGGED),
    FIELD(session_epoch, INT32, 7, EVER, NEVER, -1, UNTAGGED),
    STRUCTS(topics, wire_fetch_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(forgotten_topics_data, wire_fetch_request_forgotten_topic, 7, EVER, NEVER, 0, UNTAGGED),
    FIELD(rack_id, STRING, 11, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_fetch_request);
#undef S

#define S wire_fetch_response_epoch_end_offset
static const struct wire_field wire_fetch_response_epoch_end_offset_fields[] = {
    FIELD(epoch, INT32, 12, EVER, NEVER, -1, UNTAGGED),
    FIELD(end_offset, INT64, 12, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_fetch_response_epoch_end_offset);
#undef S

#define S wire_fetch_response_leader_id_and_epoch
static const struct wire_field wire_fetch_response_leader_id_and_epoch_fields[] = {
    FIELD(leader_id, INT32, 12, EVER, NEVER, -1, UNTAGGED),
    FIELD(leader_epoch, INT32, 12, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_fetch_response_leader_id_and_epoch);
#undef S

#define S wire_fetch_response_snapshot_id
static const struct wire_field wire_fetch_response_snapshot_id_fields[] = {
    FIELD(end_offset, INT64, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(epoch, INT32, 0, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_fetch_response_snapshot_id);
#undef S

#define S wire_fetch_response_aborted_transaction
static const struct wire_field wire_fetch_response_aborted_transaction_fields[] = {
    FIELD(producer_id, INT64, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(first_offset, INT64, 4, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_fetch_response_aborted_transaction);
#undef S

#define S wire_fetch_response_partition
static const struct wire_field wire_fetch_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(high_watermark, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(last_stable_offset, INT64, 4, EVER, NEVER, -1, UNTAGGED),
    FIELD(log_start_offset, INT64, 5, EVER, NEVER, -1, UNTAGGED),
    STRUCT(diverging_epoch, wire_fetch_response_epoch_end_offset, 12, EVER, NEVER, 0, 0),
    STRUCT(current_leader, wire_fetch_response_leader_id_and_epoch, 12, EVER, NEVER, 0, 1),
    STRUCT(snapshot_id, wire_fetch_response_snapshot_id, 12, EVER, NEVER, 0, 2),
    STRUCTS(aborted_transactions, wire_fetch_response_aborted_transaction, 4, EVER, 4, 0, UNTAGGED),
    FIELD(preferred_read_replica, INT32, 11, EVER, NEVER, -1, UNTAGGED),
    FIELD(records, RECORDS, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_fetch_response_partition);
#undef S

#define S wire_fetch_response_topic
static const struct wire_field wire_fetch_response_topic_fields[] = {
    FIELD(topic, STRING, 0, 12, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 13, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_fetch_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_fetch_response_topic);
#undef S

#define S wire_fetch_response_node_endpoint
static const struct wire_field wire_fetch_response_node_endpoint_fields[] = {
    FIELD(node_id, INT32, 16, EVER, NEVER, 0, UNTAGGED),
    FIELD(host, STRING, 16, EVER, NEVER, 0, UNTAGGED),
    FIELD(port, INT32, 16, EVER, NEVER, 0, UNTAGGED),
    FIELD(rack, STRING, 16, EVER, 16, -1, UNTAGGED),
};
static SCHEMA(wire_fetch_response_node_endpoint);
#undef S

#define S wire_fetch_response
static const struct wire_field wire_fetch_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 7, EVER, NEVER, 0, UNTAGGED),
    FIELD(session_id, INT32, 7, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(responses, wire_fetch_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(node_endpoints, wire_fetch_response_node_endpoint, 16, EVER, NEVER, 0, 0),
};
SCHEMA(wire_fetch_response);
#undef S

#define S wire_list_offsets_request_partition
static const struct wire_field wire_list_offsets_request_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(current_leader_epoch, INT32, 4, EVER, NEVER, -1, UNTAGGED),
    FIELD(timestamp, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(max_num_offsets, INT32, 0, 0, NEVER, 1, UNTAGGED),
};
static SCHEMA(wire_list_offsets_request_partition);
#undef S

#define S wire_list_offsets_request_topic
static const struct wire_field wire_list_offsets_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_list_offsets_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_list_offsets_request_topic);
#undef S

#define S wire_list_offsets_request
static const struct wire_field wire_list_offsets_request_fields[] = {
    FIELD(replica_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(isolation_level, INT8, 2, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_list_offsets_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 10, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_list_offsets_request);
#undef S

#define S wire_list_offsets_response_partition
static const struct wire_field wire_list_offsets_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(old_style_offsets, INT64, 0, 0, NEVER, 0, UNTAGGED),
    FIELD(timestamp, INT64, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(offset, INT64, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(leader_epoch, INT32, 4, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_list_offsets_response_partition);
#undef S

#define S wire_list_offsets_response_topic
static const struct wire_field wire_list_offsets_response_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_list_offsets_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_list_offsets_response_topic);
#undef S

#define S wire_list_offsets_response
static const struct wire_field wire_list_offsets_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 2, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_list_offsets_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_list_offsets_response);
#undef S

#define S wire_metadata_request_topic
static const struct wire_field wire_metadata_request_topic_fields[] = {
    FIELD(topic_id, UUID, 10, EVER, NEVER, 0, UNTAGGED),
    FIELD(name, STRING, 0, EVER, 10, 0, UNTAGGED),
};
static SCHEMA(wire_metadata_request_topic);
#undef S

#define S wire_metadata_request
static const struct wire_field wire_metadata_request_fields[] = {
    STRUCTS(topics, wire_metadata_request_topic, 0, EVER, 1, 0, UNTAGGED),
    FIELD(allow_auto_topic_creation, BOOL, 4, EVER, NEVER, 1, UNTAGGED),
    FIELD(include_cluster_authorized_operations, BOOL, 8, 10, NEVER, 0, UNTAGGED),
    FIELD(include_topic_authorized_operations, BOOL, 8, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_metadata_request);
#undef S

#define S wire_metadata_response_broker
static const struct wire_field wire_metadata_response_broker_fields[] = {
    FIELD(node_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(host, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(port, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(rack, STRING, 1, EVER, 1, -1, UNTAGGED),
};
static SCHEMA(wire_metadata_response_broker);
#undef S

#define S wire_metadata_response_partition
static const struct wire_field wire_metadata_response_partition_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(leader_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(leader_epoch, INT32, 7, EVER, NEVER, -1, UNTAGGED),
    ARRAY(replica_nodes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(isr_nodes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(offline_replicas, INT32, 5, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_metadata_response_partition);
#undef S

#define S wire_metadata_response_topic
static const struct wire_field wire_metadata_response_topic_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(name, STRING, 0, EVER, 12, 0, UNTAGGED),
    FIELD(topic_id, UUID, 10, EVER, NEVER, 0, UNTAGGED),
    FIELD(is_internal, BOOL, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_metadata_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(topic_authorized_operations, INT32, 8, EVER, NEVER, INT32_MIN, UNTAGGED),
};
static SCHEMA(wire_metadata_response_topic);
#undef S

#define S wire_metadata_response
static const struct wire_field wire_metadata_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 3, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(brokers, wire_metadata_response_broker, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(cluster_id, STRING, 2, EVER, 2, -1, UNTAGGED),
    FIELD(controller_id, INT32, 1, EVER, NEVER, -1, UNTAGGED),
    STRUCTS(topics, wire_metadata_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(cluster_authorized_operations, INT32, 8, 10, NEVER, INT32_MIN, UNTAGGED),
    FIELD(error_code, INT16, 13, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_metadata_response);
#undef S

#define S wire_offset_for_leader_epoch_request_offset_for_leader_partition
static const struct wire_field wire_offset_for_leader_epoch_request_offset_for_leader_partition_fields[] = {
    FIELD(partition, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(current_leader_epoch, INT32, 2, EVER, NEVER, -1, UNTAGGED),
    FIELD(leader_epoch, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_for_leader_epoch_request_offset_for_leader_partition);
#undef S

#define S wire_offset_for_leader_epoch_request_offset_for_leader_topic
static const struct wire_field wire_offset_for_leader_epoch_request_offset_for_leader_topic_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_for_leader_epoch_request_offset_for_leader_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_for_leader_epoch_request_offset_for_leader_topic);
#undef S

#define S wire_offset_for_leader_epoch_request
static const struct wire_field wire_offset_for_leader_epoch_request_fields[] = {
    FIELD(replica_id, INT32, 3, EVER, NEVER, -2, UNTAGGED),
    STRUCTS(topics, wire_offset_for_leader_epoch_request_offset_for_leader_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_for_leader_epoch_request);
#undef S

#define S wire_offset_for_leader_epoch_response_epoch_end_offset
static const struct wire_field wire_offset_for_leader_epoch_response_epoch_end_offset_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(leader_epoch, INT32, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(end_offset, INT64, 0, EVER, NEVER, -1, UNTAGGED),
};
static SCHEMA(wire_offset_for_leader_epoch_response_epoch_end_offset);
#undef S

#define S wire_offset_for_leader_epoch_response_offset_for_leader_topic_result
static const struct wire_field wire_offset_for_leader_epoch_response_offset_for_leader_topic_result_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_for_leader_epoch_response_epoch_end_offset, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_for_leader_epoch_response_offset_for_leader_topic_result);
#undef S

#define S wire_offset_for_leader_epoch_response
static const struct wire_field wire_offset_for_leader_epoch_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 2, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_for_leader_epoch_response_offset_for_leader_topic_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_for_leader_epoch_response);
#undef S
