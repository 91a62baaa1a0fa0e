/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configuration: the tables of configuration.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/configuration.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_describe_configs_request_resource
static const struct wire_field wire_describe_configs_request_resource_fields[] = {
    FIELD(resource_type, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(resource_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(configuration_keys, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_describe_configs_request_resource);
#undef S

#define S wire_describe_configs_request
static const struct wire_field wire_describe_configs_request_fields[] = {
    STRUCTS(resources, wire_describe_configs_request_resource, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(include_synonyms, BOOL, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(include_documentation, BOOL, 3, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_configs_request);
#undef S

#define S wire_describe_configs_response_synonym
static const struct wire_field wire_describe_configs_response_synonym_fields[] = {
    FIELD(name, STRING, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(value, STRING, 1, EVER, 0, 0, UNTAGGED),
    FIELD(source, INT8, 1, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_configs_response_synonym);
#undef S

#define S wire_describe_configs_response_resource_result
static const struct wire_field wire_describe_configs_response_resource_result_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(value, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(read_only, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(is_default, BOOL, 0, 0, NEVER, 0, UNTAGGED),
    FIELD(config_source, INT8, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(is_sensitive, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(synonyms, wire_describe_configs_response_synonym, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(config_type, INT8, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(documentation, STRING, 3, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_describe_configs_response_resource_result);
#undef S

#define S wire_describe_configs_response_result
static const struct wire_field wire_describe_configs_response_result_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(resource_type, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(resource_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(configs, wire_describe_configs_response_resource_result, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_configs_response_result);
#undef S

#define S wire_describe_configs_response
static const struct wire_field wire_describe_configs_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results, wire_describe_configs_response_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_configs_response);
#undef S

#define S wire_alter_configs_request_alterable_config
static const struct wire_field wire_alter_configs_request_alterable_config_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(value, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_alter_configs_request_alterable_config);
#undef S

#define S wire_alter_configs_request_resource
static const struct wire_field wire_alter_configs_request_resource_fields[] = {
    FIELD(resource_type, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(resource_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(configs, wire_alter_configs_request_alterable_config, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_alter_configs_request_resource);
#undef S

#define S wire_alter_configs_request
static const struct wire_field wire_alter_configs_request_fields[] = {
    STRUCTS(resources, wire_alter_configs_request_resource, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(validate_only, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_alter_configs_request);
#undef S

#define S wire_alter_configs_response_resource
static const struct wire_field wire_alter_configs_response_resource_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(resource_type, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(resource_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_alter_configs_response_resource);
#undef S

#define S wire_alter_configs_response
static const struct wire_field wire_alter_configs_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(responses, wire_alter_configs_response_resource, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_alter_configs_response);
#undef S

#define S wire_describe_log_dirs_request_describable_log_dir_topic
static const struct wire_field wire_describe_log_dirs_request_describable_log_dir_topic_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_log_dirs_request_describable_log_dir_topic);
#undef S

#define S wire_describe_log_dirs_request
static const struct wire_field wire_describe_log_dirs_request_fields[] = {
    STRUCTS(topics, wire_describe_log_dirs_request_describable_log_dir_topic, 0, EVER, 0, 0, UNTAGGED),
};
SCHEMA(wire_describe_log_dirs_request);
#undef S

#define S wire_describe_log_dirs_response_partition
static const struct wire_field wire_describe_log_dirs_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition_size, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(offset_lag, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(is_future_key, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_log_dirs_response_partition);
#undef S

#define S wire_describe_log_dirs_response_topic
static const struct wire_field wire_describe_log_dirs_response_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_describe_log_dirs_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_log_dirs_response_topic);
#undef S

#define S wire_describe_log_dirs_response_result
static const struct wire_field wire_describe_log_dirs_response_result_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(log_dir, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_describe_log_dirs_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(total_bytes, INT64, 4, EVER, NEVER, -1, UNTAGGED),
    FIELD(usable_bytes, INT64, 4, EVER, NEVER, -1, UNTAGGED),
    FIELD(is_cordoned, BOOL, 5, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_log_dirs_response_result);
#undef S

#define S wire_describe_log_dirs_response
static const struct wire_field wire_describe_log_dirs_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 3, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results, wire_describe_log_dirs_response_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_log_dirs_response);
#undef S

#define S wire_incremental_alter_configs_request_alterable_config
static const struct wire_field wire_incremental_alter_configs_request_alterable_config_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(config_operation, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(value, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_incremental_alter_configs_request_alterable_config);
#undef S

#define S wire_incremental_alter_configs_request_alter_configs_resource
static const struct wire_field wire_incremental_alter_configs_request_alter_configs_resource_fields[] = {
    FIELD(resource_type, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(resource_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(configs, wire_incremental_alter_configs_request_alterable_config, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_incremental_alter_configs_request_alter_configs_resource);
#undef S

#define S wire_incremental_alter_configs_request
static const struct wire_field wire_incremental_alter_configs_request_fields[] = {
    STRUCTS(resources, wire_incremental_alter_configs_request_alter_configs_resource, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(validate_only, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_incremental_alter_configs_request);
#undef S

#define S wire_incremental_alter_configs_response_alter_configs_resource
static const struct wire_field wire_incremental_alter_configs_response_alter_configs_resource_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(resource_type, INT8, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(resource_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_incremental_alter_configs_response_alter_configs_resource);
#undef S

#define S wire_incremental_alter_configs_response
static const struct wire_field wire_incremental_alter_configs_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(responses, wire_incremental_alter_configs_response_alter_configs_resource, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_incremental_alter_configs_response);
#undef S

#define S wire_describe_cluster_request
static const struct wire_field wire_describe_cluster_request_fields[] = {
    FIELD(include_cluster_authorized_operations, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(endpoint_type, INT8, 1, EVER, NEVER, 1, UNTAGGED),
    FIELD(include_fenced_brokers, BOOL, 2, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_cluster_request);
#undef S

#define S wire_describe_cluster_response_broker
static const struct wire_field wire_describe_cluster_response_broker_fields[] = {
    FIELD(broker_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(host, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(port, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(rack, STRING, 0, EVER, 0, -1, UNTAGGED),
    FIELD(is_fenced, BOOL, 2, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_cluster_response_broker);
#undef S

#define S wire_describe_cluster_response
static const struct wire_field wire_describe_cluster_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, -1, UNTAGGED),
    FIELD(endpoint_type, INT8, 1, EVER, NEVER, 1, UNTAGGED),
    FIELD(cluster_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(controller_id, INT32, 0, EVER, NEVER, -1, UNTAGGED),
    STRUCTS(brokers, wire_describe_cluster_response_broker, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(cluster_authorized_operations, INT32, 0, EVER, NEVER, INT32_MIN, UNTAGGED),
};
SCHEMA(wire_describe_cluster_response);
#undef S
