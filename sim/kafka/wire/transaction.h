/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction: transactions: what belongs to one, how it ends, and what there is of them.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in transaction.c. Written by
 * schema.py from Apache Kafka's message definitions.
 */
#ifndef SIM_KAFKA_WIRE_TRANSACTION_H
#define SIM_KAFKA_WIRE_TRANSACTION_H

#include "sim/kafka/wire/wire.h"

/* AddPartitionsToTxnRequest, versions 0-5 */
struct wire_add_partitions_to_txn_request_topic {
    struct wire_string name;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_add_partitions_to_txn_request_transaction {
    struct wire_string transactional_id;
    int64_t producer_id;
    int16_t producer_epoch;
    bool verify_only;
    WIRE_ARRAY(struct wire_add_partitions_to_txn_request_topic) topics;
};

struct wire_add_partitions_to_txn_request {
    WIRE_ARRAY(struct wire_add_partitions_to_txn_request_transaction) transactions;
    struct wire_string v3_and_below_transactional_id;
    int64_t v3_and_below_producer_id;
    int16_t v3_and_below_producer_epoch;
    WIRE_ARRAY(struct wire_add_partitions_to_txn_request_topic) v3_and_below_topics;
};

/* AddPartitionsToTxnResponse, versions 0-5 */
struct wire_add_partitions_to_txn_response_partition_result {
    int32_t partition_index;
    int16_t partition_error_code;
};

struct wire_add_partitions_to_txn_response_topic_result {
    struct wire_string name;
    WIRE_ARRAY(struct wire_add_partitions_to_txn_response_partition_result) results_by_partition;
};

struct wire_add_partitions_to_txn_response_result {
    struct wire_string transactional_id;
    WIRE_ARRAY(struct wire_add_partitions_to_txn_response_topic_result) topic_results;
};

struct wire_add_partitions_to_txn_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    WIRE_ARRAY(struct wire_add_partitions_to_txn_response_result) results_by_transaction;
    WIRE_ARRAY(struct wire_add_partitions_to_txn_response_topic_result) results_by_topic_v3_and_below;
};

/* AddOffsetsToTxnRequest, versions 0-4 */
struct wire_add_offsets_to_txn_request {
    struct wire_string transactional_id;
    int64_t producer_id;
    int16_t producer_epoch;
    struct wire_string group_id;
};

/* AddOffsetsToTxnResponse, versions 0-4 */
struct wire_add_offsets_to_txn_response {
    int32_t throttle_time_ms;
    int16_t error_code;
};

/* EndTxnRequest, versions 0-5 */
struct wire_end_txn_request {
    struct wire_string transactional_id;
    int64_t producer_id;
    int16_t producer_epoch;
    bool committed;
};

/* EndTxnResponse, versions 0-5 */
struct wire_end_txn_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    int64_t producer_id;
    int16_t producer_epoch;
};

/* WriteTxnMarkersRequest, versions 0-2 */
struct wire_write_txn_markers_request_writable_txn_marker_topic {
    struct wire_string name;
    WIRE_ARRAY(int32_t) partition_indexes;
};

struct wire_write_txn_markers_request_writable_txn_marker {
    int64_t producer_id;
    int16_t producer_epoch;
    bool transaction_result;
    WIRE_ARRAY(struct wire_write_txn_markers_request_writable_txn_marker_topic) topics;
    int32_t coordinator_epoch;
    int8_t transaction_version;
};

struct wire_write_txn_markers_request {
    WIRE_ARRAY(struct wire_write_txn_markers_request_writable_txn_marker) markers;
};

/* WriteTxnMarkersResponse, versions 0-2 */
struct wire_write_txn_markers_response_writable_txn_marker_partition_result {
    int32_t partition_index;
    int16_t error_code;
};

struct wire_write_txn_markers_response_writable_txn_marker_topic_result {
    struct wire_string name;
    WIRE_ARRAY(struct wire_write_txn_markers_response_writable_txn_marker_partition_result) partitions;
};

struct wire_write_txn_markers_response_writable_txn_marker_result {
    int64_t producer_id;
    WIRE_ARRAY(struct wire_write_txn_markers_response_writable_txn_marker_topic_result) topics;
};

struct wire_write_txn_markers_response {
    WIRE_ARRAY(struct wire_write_txn_markers_response_writable_txn_marker_result) markers;
};

/* TxnOffsetCommitRequest, versions 0-5 */
struct wire_txn_offset_commit_request_partition {
    int32_t partition_index;
    int64_t committed_offset;
    int32_t committed_leader_epoch;
    struct wire_string committed_metadata;
};

struct wire_txn_offset_commit_request_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_txn_offset_commit_request_partition) partitions;
};

struct wire_txn_offset_commit_request {
    struct wire_string transactional_id;
    struct wire_string group_id;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t generation_id;
    struct wire_string member_id;
    struct wire_string group_instance_id;
    WIRE_ARRAY(struct wire_txn_offset_commit_request_topic) topics;
};

/* TxnOffsetCommitResponse, versions 0-5 */
struct wire_txn_offset_commit_response_partition {
    int32_t partition_index;
    int16_t error_code;
};

struct wire_txn_offset_commit_response_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_txn_offset_commit_response_partition) partitions;
};

struct wire_txn_offset_commit_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_txn_offset_commit_response_topic) topics;
};

/* DescribeProducersRequest, versions 0-0 */
struct wire_describe_producers_request_topic {
    struct wire_string name;
    WIRE_ARRAY(int32_t) partition_indexes;
};

struct wire_describe_producers_request {
    WIRE_ARRAY(struct wire_describe_producers_request_topic) topics;
};

/* DescribeProducersResponse, versions 0-0 */
struct wire_describe_producers_response_producer_state {
    int64_t producer_id;
    int32_t producer_epoch;
    int32_t last_sequence;
    int64_t last_timestamp;
    int32_t coordinator_epoch;
    int64_t current_txn_start_offset;
};

struct wire_describe_producers_response_partition {
    int32_t partition_index;
    int16_t error_code;
    struct wire_string error_message;
    WIRE_ARRAY(struct wire_describe_producers_response_producer_state) active_producers;
};

struct wire_describe_producers_response_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_describe_producers_response_partition) partitions;
};

struct wire_describe_producers_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_describe_producers_response_topic) topics;
};

/* DescribeTransactionsRequest, versions 0-0 */
struct wire_describe_transactions_request {
    WIRE_ARRAY(struct wire_string) transactional_ids;
};

/* DescribeTransactionsResponse, versions 0-0 */
struct wire_describe_transactions_response_topic {
    struct wire_string topic;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_describe_transactions_response_transaction_state {
    int16_t error_code;
    struct wire_string transactional_id;
    struct wire_string transaction_state;
    int32_t transaction_timeout_ms;
    int64_t transaction_start_time_ms;
    int64_t producer_id;
    int16_t producer_epoch;
    WIRE_ARRAY(struct wire_describe_transactions_response_topic) topics;
};

struct wire_describe_transactions_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_describe_transactions_response_transaction_state) transaction_states;
};

/* ListTransactionsRequest, versions 0-2 */
struct wire_list_transactions_request {
    WIRE_ARRAY(struct wire_string) state_filters;
    WIRE_ARRAY(int64_t) producer_id_filters;
    int64_t duration_filter;
    struct wire_string transactional_id_pattern;
};

/* ListTransactionsResponse, versions 0-2 */
struct wire_list_transactions_response_transaction_state {
    struct wire_string transactional_id;
    int64_t producer_id;
    struct wire_string transaction_state;
};

struct wire_list_transactions_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    WIRE_ARRAY(struct wire_string) unknown_state_filters;
    WIRE_ARRAY(struct wire_list_transactions_response_transaction_state) transaction_states;
};

extern const struct wire_schema wire_add_partitions_to_txn_request_schema;
extern const struct wire_schema wire_add_partitions_to_txn_response_schema;
extern const struct wire_schema wire_add_offsets_to_txn_request_schema;
extern const struct wire_schema wire_add_offsets_to_txn_response_schema;
extern const struct wire_schema wire_end_txn_request_schema;
extern const struct wire_schema wire_end_txn_response_schema;
extern const struct wire_schema wire_write_txn_markers_request_schema;
extern const struct wire_schema wire_write_txn_markers_response_schema;
extern const struct wire_schema wire_txn_offset_commit_request_schema;
extern const struct wire_schema wire_txn_offset_commit_response_schema;
extern const struct wire_schema wire_describe_producers_request_schema;
extern const struct wire_schema wire_describe_producers_response_schema;
extern const struct wire_schema wire_describe_transactions_request_schema;
extern const struct wire_schema wire_describe_transactions_response_schema;
extern const struct wire_schema wire_list_transactions_request_schema;
extern const struct wire_schema wire_list_transactions_response_schema;

#endif
