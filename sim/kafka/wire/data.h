/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data: records and where they are: Produce, Fetch, ListOffsets, Metadata, OffsetForLeaderEpoch.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in data.c. Written by
 * schema.py from Apache Kafka's message definitions.
 */
#ifndef SIM_KAFKA_WIRE_DATA_H
#define SIM_KAFKA_WIRE_DATA_H

#include "sim/kafka/wire/wire.h"

/* ProduceRequest, versions 0-13 */
struct wire_produce_request_partition {
    int32_t index;
    struct wire_bytes records;
};

struct wire_produce_request_topic {
    struct wire_string name;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_produce_request_partition) partition_data;
};

struct wire_produce_request {
    struct wire_string transactional_id;
    int16_t acks;
    int32_t timeout_ms;
    WIRE_ARRAY(struct wire_produce_request_topic) topic_data;
};

/* ProduceResponse, versions 0-13 */
struct wire_produce_response_batch_index_and_error_message {
    int32_t batch_index;
    struct wire_string batch_index_error_message;
};

struct wire_produce_response_leader_id_and_epoch {
    int32_t leader_id;
    int32_t leader_epoch;
};

struct wire_produce_response_partition {
    int32_t index;
    int16_t error_code;
    int64_t base_offset;
    int64_t log_append_time_ms;
    int64_t log_start_offset;
    WIRE_ARRAY(struct wire_produce_response_batch_index_and_error_message) record_errors;
    struct wire_string error_message;
    struct wire_produce_response_leader_id_and_epoch current_leader;
};

struct wire_produce_response_topic {
    struct wire_string name;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_produce_response_partition) partition_responses;
};

struct wire_produce_response_node_endpoint {
    int32_t node_id;
    struct wire_string host;
    int32_t port;
    struct wire_string rack;
};

struct wire_produce_response {
    WIRE_ARRAY(struct wire_produce_response_topic) responses;
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_produce_response_node_endpoint) node_endpoints;
};

/* FetchRequest, versions 0-18 */
struct wire_fetch_request_replica_state {
    int32_t replica_id;
    int64_t replica_epoch;
};

struct wire_fetch_request_partition {
    int32_t partition;
    int32_t current_leader_epoch;
    int64_t fetch_offset;
    int32_t last_fetched_epoch;
    int64_t log_start_offset;
    int32_t partition_max_bytes;
    struct wire_uuid replica_directory_id;
    int64_t high_watermark;
};

struct wire_fetch_request_topic {
    struct wire_string topic;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_fetch_request_partition) partitions;
};

struct wire_fetch_request_forgotten_topic {
    struct wire_string topic;
    struct wire_uuid topic_id;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_fetch_request {
    struct wire_string cluster_id;
    int32_t replica_id;
    struct wire_fetch_request_replica_state replica_state;
    int32_t max_wait_ms;
    int32_t min_bytes;
    int32_t max_bytes;
    int8_t isolation_level;
    int32_t session_id;
    int32_t session_epoch;
    WIRE_ARRAY(struct wire_fetch_request_topic) topics;
    WIRE_ARRAY(struct wire_fetch_request_forgotten_topic) forgotten_topics_data;
    struct wire_string rack_id;
};

/* FetchResponse, versions 0-18 */
struct wire_fetch_response_epoch_end_offset {
    int32_t epoch;
    int64_t end_offset;
};

struct wire_fetch_response_leader_id_and_epoch {
    int32_t leader_id;
    int32_t leader_epoch;
};

struct wire_fetch_response_snapshot_id {
    int64_t end_offset;
    int32_t epoch;
};

struct wire_fetch_response_aborted_transaction {
    int64_t producer_id;
    int64_t first_offset;
};

struct wire_fetch_response_partition {
    int32_t partition_index;
    int16_t error_code;
    int64_t high_watermark;
    int64_t last_stable_offset;
    int64_t log_start_offset;
    struct wire_fetch_response_epoch_end_offset diverging_epoch;
    struct wire_fetch_response_leader_id_and_epoch current_leader;
    struct wire_fetch_response_snapshot_id snapshot_id;
    WIRE_ARRAY(struct wire_fetch_response_aborted_transaction) aborted_transactions;
    int32_t preferred_read_replica;
    struct wire_bytes records;
};

struct wire_fetch_response_topic {
    struct wire_string topic;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_fetch_response_partition) partitions;
};

struct wire_fetch_response_node_endpoint {
    int32_t node_id;
    struct wire_string host;
    int32_t port;
    struct wire_string rack;
};

struct wire_fetch_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    int32_t session_id;
    WIRE_ARRAY(struct wire_fetch_response_topic) responses;
    WIRE_ARRAY(struct wire_fetch_response_node_endpoint) node_endpoints;
};

/* ListOffsetsRequest, versions 0-11 */
struct wire_list_offsets_request_partition {
    int32_t partition_index;
    int32_t current_leader_epoch;
    int64_t timestamp;
    int32_t max_num_offsets;
};

struct wire_list_offsets_request_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_list_offsets_request_partition) partitions;
};

struct wire_list_offsets_request {
    int32_t replica_id;
    int8_t isolation_level;
    WIRE_ARRAY(struct wire_list_offsets_request_topic) topics;
    int32_t timeout_ms;
};

/* ListOffsetsResponse, versions 0-11 */
struct wire_list_offsets_response_partition {
    int32_t partition_index;
    int16_t error_code;
    WIRE_ARRAY(int64_t) old_style_offsets;
    int64_t timestamp;
    int64_t offset;
    int32_t leader_epoch;
};

struct wire_list_offsets_response_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_list_offsets_response_partition) partitions;
};

struct wire_list_offsets_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_list_offsets_response_topic) topics;
};

/* MetadataRequest, versions 0-13 */
struct wire_metadata_request_topic {
    struct wire_uuid topic_id;
    struct wire_string name;
};

struct wire_metadata_request {
    WIRE_ARRAY(struct wire_metadata_request_topic) topics;
    bool allow_auto_topic_creation;
    bool include_cluster_authorized_operations;
    bool include_topic_authorized_operations;
};

/* MetadataResponse, versions 0-13 */
struct wire_metadata_response_broker {
    int32_t node_id;
    struct wire_string host;
    int32_t port;
    struct wire_string rack;
};

struct wire_metadata_response_partition {
    int16_t error_code;
    int32_t partition_index;
    int32_t leader_id;
    int32_t leader_epoch;
    WIRE_ARRAY(int32_t) replica_nodes;
    WIRE_ARRAY(int32_t) isr_nodes;
    WIRE_ARRAY(int32_t) offline_replicas;
};

struct wire_metadata_response_topic {
    int16_t error_code;
    struct wire_string name;
    struct wire_uuid topic_id;
    bool is_internal;
    WIRE_ARRAY(struct wire_metadata_response_partition) partitions;
    int32_t topic_authorized_operations;
};

struct wire_metadata_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_metadata_response_broker) brokers;
    struct wire_string cluster_id;
    int32_t controller_id;
    WIRE_ARRAY(struct wire_metadata_response_topic) topics;
    int32_t cluster_authorized_operations;
    int16_t error_code;
};

/* OffsetForLeaderEpochRequest, versions 0-4 */
struct wire_offset_for_leader_epoch_request_offset_for_leader_partition {
    int32_t partition;
    int32_t current_leader_epoch;
    int32_t leader_epoch;
};

struct wire_offset_for_leader_epoch_request_offset_for_leader_topic {
    struct wire_string topic;
    WIRE_ARRAY(struct wire_offset_for_leader_epoch_request_offset_for_leader_partition) partitions;
};

struct wire_offset_for_leader_epoch_request {
    int32_t replica_id;
    WIRE_ARRAY(struct wire_offset_for_leader_epoch_request_offset_for_leader_topic) topics;
};

/* OffsetForLeaderEpochResponse, versions 0-4 */
struct wire_offset_for_leader_epoch_response_epoch_end_offset {
    int16_t error_code;
    int32_t partition;
    int32_t leader_epoch;
    int64_t end_offset;
};

struct wire_offset_for_leader_epoch_response_offset_for_leader_topic_result {
    struct wire_string topic;
    WIRE_ARRAY(struct wire_offset_for_leader_epoch_response_epoch_end_offset) partitions;
};

struct wire_offset_for_leader_epoch_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_offset_for_leader_epoch_response_offset_for_leader_topic_result) topics;
};

extern const struct wire_schema wire_produce_request_schema;
extern const struct wire_schema wire_produce_response_schema;
extern const struct wire_schema wire_fetch_request_schema;
extern const struct wire_schema wire_fetch_response_schema;
extern const struct wire_schema wire_list_offsets_request_schema;
extern const struct wire_schema wire_list_offsets_response_schema;
extern const struct wire_schema wire_metadata_request_schema;
extern const struct wire_schema wire_metadata_response_schema;
extern const struct wire_schema wire_offset_for_leader_epoch_request_schema;
extern const struct wire_schema wire_offset_for_leader_epoch_response_schema;

#endif
