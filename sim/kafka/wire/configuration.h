/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configuration: the cluster as an administrator sees it: its brokers, their settings and those of topics, its disks.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in configuration.c. Written by
 * schema.py from Apache Kafka's message definitions.
 */
#ifndef SIM_KAFKA_WIRE_CONFIGURATION_H
#define SIM_KAFKA_WIRE_CONFIGURATION_H

#include "sim/kafka/wire/wire.h"

/* DescribeConfigsRequest, versions 0-4 */
struct wire_describe_configs_request_resource {
    int8_t resource_type;
    struct wire_string resource_name;
    WIRE_ARRAY(struct wire_string) configuration_keys;
};

struct wire_describe_configs_request {
    WIRE_ARRAY(struct wire_describe_configs_request_resource) resources;
    bool include_synonyms;
    bool include_documentation;
};

/* DescribeConfigsResponse, versions 0-4 */
struct wire_describe_configs_response_synonym {
    struct wire_string name;
    struct wire_string value;
    int8_t source;
};

struct wire_describe_configs_response_resource_result {
    struct wire_string name;
    struct wire_string value;
    bool read_only;
    bool is_default;
    int8_t config_source;
    bool is_sensitive;
    WIRE_ARRAY(struct wire_describe_configs_response_synonym) synonyms;
    int8_t config_type;
    struct wire_string documentation;
};

struct wire_describe_configs_response_result {
    int16_t error_code;
    struct wire_string error_message;
    int8_t resource_type;
    struct wire_string resource_name;
    WIRE_ARRAY(struct wire_describe_configs_response_resource_result) configs;
};

struct wire_describe_configs_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_describe_configs_response_result) results;
};

/* AlterConfigsRequest, versions 0-2 */
struct wire_alter_configs_request_alterable_config {
    struct wire_string name;
    struct wire_string value;
};

struct wire_alter_configs_request_resource {
    int8_t resource_type;
    struct wire_string resource_name;
    WIRE_ARRAY(struct wire_alter_configs_request_alterable_config) configs;
};

struct wire_alter_configs_request {
    WIRE_ARRAY(struct wire_alter_configs_request_resource) resources;
    bool validate_only;
};

/* AlterConfigsResponse, versions 0-2 */
struct wire_alter_configs_response_resource {
    int16_t error_code;
    struct wire_string error_message;
    int8_t resource_type;
    struct wire_string resource_name;
};

struct wire_alter_configs_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_alter_configs_response_resource) responses;
};

/* DescribeLogDirsRequest, versions 0-5 */
struct wire_describe_log_dirs_request_describable_log_dir_topic {
    struct wire_string topic;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_describe_log_dirs_request {
    WIRE_ARRAY(struct wire_describe_log_dirs_request_describable_log_dir_topic) topics;
};

/* DescribeLogDirsResponse, versions 0-5 */
struct wire_describe_log_dirs_response_partition {
    int32_t partition_index;
    int64_t partition_size;
    int64_t offset_lag;
    bool is_future_key;
};

struct wire_describe_log_dirs_response_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_describe_log_dirs_response_partition) partitions;
};

struct wire_describe_log_dirs_response_result {
    int16_t error_code;
    struct wire_string log_dir;
    WIRE_ARRAY(struct wire_describe_log_dirs_response_topic) topics;
    int64_t total_bytes;
    int64_t usable_bytes;
    bool is_cordoned;
};

struct wire_describe_log_dirs_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    WIRE_ARRAY(struct wire_describe_log_dirs_response_result) results;
};

/* IncrementalAlterConfigsRequest, versions 0-1 */
struct wire_incremental_alter_configs_request_alterable_config {
    struct wire_string name;
    int8_t config_operation;
    struct wire_string value;
};

struct wire_incremental_alter_configs_request_alter_configs_resource {
    int8_t resource_type;
    struct wire_string resource_name;
    WIRE_ARRAY(struct wire_incremental_alter_configs_request_alterable_config) configs;
};

struct wire_incremental_alter_configs_request {
    WIRE_ARRAY(struct wire_incremental_alter_configs_request_alter_configs_resource) resources;
    bool validate_only;
};

/* IncrementalAlterConfigsResponse, versions 0-1 */
struct wire_incremental_alter_configs_response_alter_configs_resource {
    int16_t error_code;
    struct wire_string error_message;
    int8_t resource_type;
    struct wire_string resource_name;
};

struct wire_incremental_alter_configs_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_incremental_alter_configs_response_alter_configs_resource) responses;
};

/* DescribeClusterRequest, versions 0-2 */
struct wire_describe_cluster_request {
    bool include_cluster_authorized_operations;
    int8_t endpoint_type;
    bool include_fenced_brokers;
};

/* DescribeClusterResponse, versions 0-2 */
struct wire_describe_cluster_response_broker {
    int32_t broker_id;
    struct wire_string host;
    int32_t port;
    struct wire_string rack;
    bool is_fenced;
};

struct wire_describe_cluster_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    struct wire_string error_message;
    int8_t endpoint_type;
    struct wire_string cluster_id;
    int32_t controller_id;
    WIRE_ARRAY(struct wire_describe_cluster_response_broker) brokers;
    int32_t cluster_authorized_operations;
};

extern const struct wire_schema wire_describe_configs_request_schema;
extern const struct wire_schema wire_describe_configs_response_schema;
extern const struct wire_schema wire_alter_configs_request_schema;
extern const struct wire_schema wire_alter_configs_response_schema;
extern const struct wire_schema wire_describe_log_dirs_request_schema;
extern const struct wire_schema wire_describe_log_dirs_response_schema;
extern const struct wire_schema wire_incremental_alter_configs_request_schema;
extern const struct wire_schema wire_incremental_alter_configs_response_schema;
extern const struct wire_schema wire_describe_cluster_request_schema;
extern const struct wire_schema wire_describe_cluster_response_schema;

#endif
