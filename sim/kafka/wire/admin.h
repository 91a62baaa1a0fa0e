/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin: topics as an administrator sees them: make, grow, cut, delete, describe, and who leads them.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in admin.c. Written by
 * schema.py from Apache Kafka's message definitions.
 */
#ifndef SIM_KAFKA_WIRE_ADMIN_H
#define SIM_KAFKA_WIRE_ADMIN_H

#include "sim/kafka/wire/wire.h"

/* CreateTopicsRequest, versions 0-7 */
struct wire_create_topics_request_creatable_replica_assignment {
    int32_t partition_index;
    WIRE_ARRAY(int32_t) broker_ids;
};

struct wire_create_topics_request_creatable_topic_config {
    struct wire_string name;
    struct wire_string value;
};

struct wire_create_topics_request_creatable_topic {
    struct wire_string name;
    int32_t num_partitions;
    int16_t replication_factor;
    WIRE_ARRAY(struct wire_create_topics_request_creatable_replica_assignment) assignments;
    WIRE_ARRAY(struct wire_create_topics_request_creatable_topic_config) configs;
};

struct wire_create_topics_request {
    WIRE_ARRAY(struct wire_create_topics_request_creatable_topic) topics;
    int32_t timeout_ms;
    bool validate_only;
};

/* CreateTopicsResponse, versions 0-7 */
struct wire_create_topics_response_creatable_topic_configs {
    struct wire_string name;
    struct wire_string value;
    bool read_only;
    int8_t config_source;
    bool is_sensitive;
};

struct wire_create_topics_response_creatable_topic_result {
    struct wire_string name;
    struct wire_uuid topic_id;
    int16_t error_code;
    struct wire_string error_message;
    int16_t topic_config_error_code;
    int32_t num_partitions;
    int16_t replication_factor;
    WIRE_ARRAY(struct wire_create_topics_response_creatable_topic_configs) configs;
};

struct wire_create_topics_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_create_topics_response_creatable_topic_result) topics;
};

/* DeleteTopicsRequest, versions 0-6 */
struct wire_delete_topics_request_delete_topic_state {
    struct wire_string name;
    struct wire_uuid topic_id;
};

struct wire_delete_topics_request {
    WIRE_ARRAY(struct wire_delete_topics_request_delete_topic_state) topics;
    WIRE_ARRAY(struct wire_string) topic_names;
    int32_t timeout_ms;
};

/* DeleteTopicsResponse, versions 0-6 */
struct wire_delete_topics_response_deletable_topic_result {
    struct wire_string name;
    struct wire_uuid topic_id;
    int16_t error_code;
    struct wire_string error_message;
};

struct wire_delete_topics_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_delete_topics_response_deletable_topic_result) responses;
};

/* DeleteRecordsRequest, versions 0-2 */
struct wire_delete_records_request_partition {
    int32_t partition_index;
    int64_t offset;
};

struct wire_delete_records_request_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_delete_records_request_partition) partitions;
};

struct wire_delete_records_request {
    WIRE_ARRAY(struct wire_delete_records_request_topic) topics;
    int32_t timeout_ms;
};

/* DeleteRecordsResponse, versions 0-2 */
struct wire_delete_records_response_partition_result {
    int32_t partition_index;
    int64_t low_watermark;
    int16_t error_code;
};

struct wire_delete_records_response_topic_result {
    struct wire_string name;
    WIRE_ARRAY(struct wire_delete_records_response_partition_result) partitions;
};

struct wire_delete_records_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_delete_records_response_topic_result) topics;
};

/* CreatePartitionsRequest, versions 0-3 */
struct wire_create_partitions_request_assignment {
    WIRE_ARRAY(int32_t) broker_ids;
};

struct wire_create_partitions_request_topic {
    struct wire_string name;
    int32_t count;
    WIRE_ARRAY(struct wire_create_partitions_request_assignment) assignments;
};

struct wire_create_partitions_request {
    WIRE_ARRAY(struct wire_create_partitions_request_topic) topics;
    int32_t timeout_ms;
    bool validate_only;
};

/* CreatePartitionsResponse, versions 0-3 */
struct wire_create_partitions_response_topic_result {
    struct wire_string name;
    int16_t error_code;
    struct wire_string error_message;
};

struct wire_create_partitions_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_create_partitions_response_topic_result) results;
};

/* ElectLeadersRequest, versions 0-2 */
struct wire_elect_leaders_request_topic_partitions {
    struct wire_string topic;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_elect_leaders_request {
    int8_t election_type;
    WIRE_ARRAY(struct wire_elect_leaders_request_topic_partitions) topic_partitions;
    int32_t timeout_ms;
};

/* ElectLeadersResponse, versions 0-2 */
struct wire_elect_leaders_response_partition_result {
    int32_t partition_id;
    int16_t error_code;
    struct wire_string error_message;
};

struct wire_elect_leaders_response_replica_election_result {
    struct wire_string topic;
    WIRE_ARRAY(struct wire_elect_leaders_response_partition_result) partition_result;
};

struct wire_elect_leaders_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    WIRE_ARRAY(struct wire_elect_leaders_response_replica_election_result) replica_election_results;
};

/* DescribeTopicPartitionsRequest, versions 0-0 */
struct wire_describe_topic_partitions_request_topic {
    struct wire_string name;
};

struct wire_describe_topic_partitions_request_cursor {
    struct wire_string topic_name;
    int32_t partition_index;
};

struct wire_describe_topic_partitions_request {
    WIRE_ARRAY(struct wire_describe_topic_partitions_request_topic) topics;
    int32_t response_partition_limit;
    struct wire_describe_topic_partitions_request_cursor *cursor;
};

/* DescribeTopicPartitionsResponse, versions 0-0 */
struct wire_describe_topic_partitions_response_partition {
    int16_t error_code;
    int32_t partition_index;
    int32_t leader_id;
    int32_t leader_epoch;
    WIRE_ARRAY(int32_t) replica_nodes;
    WIRE_ARRAY(int32_t) isr_nodes;
    WIRE_ARRAY(int32_t) eligible_leader_replicas;
    WIRE_ARRAY(int32_t) last_known_elr;
    WIRE_ARRAY(int32_t) offline_replicas;
};

struct wire_describe_topic_partitions_response_topic {
    int16_t error_code;
    struct wire_string name;
    struct wire_uuid topic_id;
    bool is_internal;
    WIRE_ARRAY(struct wire_describe_topic_partitions_response_partition) partitions;
    int32_t topic_authorized_operations;
};

struct wire_describe_topic_partitions_response_cursor {
    struct wire_string topic_name;
    int32_t partition_index;
};

struct wire_describe_topic_partitions_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_describe_topic_partitions_response_topic) topics;
    struct wire_describe_topic_partitions_response_cursor *next_cursor;
};

extern const struct wire_schema wire_create_topics_request_schema;
extern const struct wire_schema wire_create_topics_response_schema;
extern const struct wire_schema wire_delete_topics_request_schema;
extern const struct wire_schema wire_delete_topics_response_schema;
extern const struct wire_schema wire_delete_records_request_schema;
extern const struct wire_schema wire_delete_records_response_schema;
extern const struct wire_schema wire_create_partitions_request_schema;
extern const struct wire_schema wire_create_partitions_response_schema;
extern const struct wire_schema wire_elect_leaders_request_schema;
extern const struct wire_schema wire_elect_leaders_response_schema;
extern const struct wire_schema wire_describe_topic_partitions_request_schema;
extern const struct wire_schema wire_describe_topic_partitions_response_schema;

#endif
