/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin: the tables of admin.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_create_topics_request_creatable_replica_assignment
static const struct wire_field wire_create_topics_request_creatable_replica_assignment_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(broker_ids, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_create_topics_request_creatable_replica_assignment);
#undef S

#define S wire_create_topics_request_creatable_topic_config
static const struct wire_field wire_create_topics_request_creatable_topic_config_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(value, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_create_topics_request_creatable_topic_config);
#undef S

#define S wire_create_topics_request_creatable_topic
static const struct wire_field wire_create_topics_request_creatable_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(num_partitions, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(replication_factor, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(assignments, wire_create_topics_request_creatable_replica_assignment, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(configs, wire_create_topics_request_creatable_topic_config, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_create_topics_request_creatable_topic);
#undef S

#define S wire_create_topics_request
static const struct wire_field wire_create_topics_request_fields[] = {
    STRUCTS(topics, wire_create_topics_request_creatable_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 0, EVER, NEVER, 60000, UNTAGGED),
    FIELD(validate_only, BOOL, 1, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_create_topics_request);
#undef S

#define S wire_create_topics_response_creatable_topic_configs
static const struct wire_field wire_create_topics_response_creatable_topic_configs_fields[] = {
    FIELD(name, STRING, 5, EVER, NEVER, 0, UNTAGGED),
    FIELD(value, STRING, 5, EVER, 5, 0, UNTAGGED),
    FIELD(read_only, BOOL, 5, EVER, NEVER, 0, UNTAGGED),
    FIELD(config_source, INT8, 5, EVER, NEVER, -1, UNTAGGED),
    FIELD(is_sensitive, BOOL, 5, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_create_topics_response_creatable_topic_configs);
#undef S

#define S wire_create_topics_response_creatable_topic_result
static const struct wire_field wire_create_topics_response_creatable_topic_result_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 7, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 1, EVER, 0, 0, UNTAGGED),
    FIELD(topic_config_error_code, INT16, 5, EVER, NEVER, 0, 0),
    FIELD(num_partitions, INT32, 5, EVER, NEVER, -1, UNTAGGED),
    FIELD(replication_factor, INT16, 5, EVER, NEVER, -1, UNTAGGED),
    STRUCTS(configs, wire_create_topics_response_creatable_topic_configs, 5, EVER, 5, 0, UNTAGGED),
};
static SCHEMA(wire_create_topics_response_creatable_topic_result);
#undef S

#define S wire_create_topics_response
static const struct wire_field wire_create_topics_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 2, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_create_topics_response_creatable_topic_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_create_topics_response);
#undef S

#define S wire_delete_topics_request_delete_topic_state
static const struct wire_field wire_delete_topics_request_delete_topic_state_fields[] = {
    FIELD(name, STRING, 6, EVER, 6, -1, UNTAGGED),
    FIELD(topic_id, UUID, 6, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_delete_topics_request_delete_topic_state);
#undef S

#define S wire_delete_topics_request
static const struct wire_field wire_delete_topics_request_fields[] = {
    STRUCTS(topics, wire_delete_topics_request_delete_topic_state, 6, EVER, NEVER, 0, UNTAGGED),
    ARRAY(topic_names, STRING, 0, 5, NEVER, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_delete_topics_request);
#undef S

#define S wire_delete_topics_response_deletable_topic_result
static const struct wire_field wire_delete_topics_response_deletable_topic_result_fields[] = {
    FIELD(name, STRING, 0, EVER, 6, 0, UNTAGGED),
    FIELD(topic_id, UUID, 6, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 5, EVER, 5, -1, UNTAGGED),
};
static SCHEMA(wire_delete_topics_response_deletable_topic_result);
#undef S

#define S wire_delete_topics_response
static const struct wire_field wire_delete_topics_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(responses, wire_delete_topics_response_deletable_topic_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_delete_topics_response);
#undef S

#define S wire_delete_records_request_partition
static const struct wire_field wire_delete_records_request_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_delete_records_request_partition);
#undef S

#define S wire_delete_records_request_topic
static const struct wire_field wire_delete_records_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_delete_records_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_delete_records_request_topic);
#undef S

#define S wire_delete_records_request
static const struct wire_field wire_delete_records_request_fields[] = {
    STRUCTS(topics, wire_delete_records_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_delete_records_request);
#undef S

#define S wire_delete_records_response_partition_result
static const struct wire_field wire_delete_records_response_partition_result_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(low_watermark, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_delete_records_response_partition_result);
#undef S

#define S wire_delete_records_response_topic_result
static const struct wire_field wire_delete_records_response_topic_result_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_delete_records_response_partition_result, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_delete_records_response_topic_result);
#undef S

#define S wire_delete_records_response
static const struct wire_field wire_delete_records_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_delete_records_response_topic_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_delete_records_response);
#undef S

#define S wire_create_partitions_request_assignment
static const struct wire_field wire_create_partitions_request_assignment_fields[] = {
    ARRAY(broker_ids, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_create_partitions_request_assignment);
#undef S

#define S wire_create_partitions_request_topic
static const struct wire_field wire_create_partitions_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(count, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(assignments, wire_create_partitions_request_assignment, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_create_partitions_request_topic);
#undef S

#define S wire_create_partitions_request
static const struct wire_field wire_create_partitions_request_fields[] = {
    STRUCTS(topics, wire_create_partitions_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(validate_only, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_create_partitions_request);
#undef S

#define S wire_create_partitions_response_topic_result
static const struct wire_field wire_create_partitions_response_topic_result_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, -1, UNTAGGED),
};
static SCHEMA(wire_create_partitions_response_topic_result);
#undef S

#define S wire_create_partitions_response
static const struct wire_field wire_create_partitions_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results, wire_create_partitions_response_topic_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_create_partitions_response);
#undef S

#define S wire_elect_leaders_request_topic_partitions
static const struct wire_field wire_elect_leaders_request_topic_partitions_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_elect_leaders_request_topic_partitions);
#undef S

#define S wire_elect_leaders_request
static const struct wire_field wire_elect_leaders_request_fields[] = {
    FIELD(election_type, INT8, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topic_partitions, wire_elect_leaders_request_topic_partitions, 0, EVER, 0, 0, UNTAGGED),
    FIELD(timeout_ms, INT32, 0, EVER, NEVER, 60000, UNTAGGED),
};
SCHEMA(wire_elect_leaders_request);
#undef S

#define S wire_elect_leaders_response_partition_result
static const struct wire_field wire_elect_leaders_response_partition_result_fields[] = {
    FIELD(partition_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_elect_leaders_response_partition_result);
#undef S

#define S wire_elect_leaders_response_replica_election_result
static const struct wire_field wire_elect_leaders_response_replica_election_result_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partition_result, wire_elect_leaders_response_partition_result, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_elect_leaders_response_replica_election_result);
#undef S

#define S wire_elect_leaders_response
static const struct wire_field wire_elect_leaders_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(replica_election_results, wire_elect_leaders_response_replica_election_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_elect_leaders_response);
#undef S

#define S wire_describe_topic_partitions_request_topic
static const struct wire_field wire_describe_topic_partitions_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_topic_partitions_request_topic);
#undef S

#define S wire_describe_topic_partitions_request_cursor
static const struct wire_field wire_describe_topic_partitions_request_cursor_fields[] = {
    FIELD(topic_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_topic_partitions_request_cursor);
#undef S

#define S wire_describe_topic_partitions_request
static const struct wire_field wire_describe_topic_partitions_request_fields[] = {
    STRUCTS(topics, wire_describe_topic_partitions_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(response_partition_limit, INT32, 0, EVER, NEVER, 2000, UNTAGGED),
    OPTIONAL_STRUCT(cursor, wire_describe_topic_partitions_request_cursor, 0, EVER, 0, -1, UNTAGGED),
};
SCHEMA(wire_describe_topic_partitions_request);
#undef S

#define S wire_describe_topic_partitions_response_partition
static const struct wire_field wire_describe_topic_partitions_response_partition_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(leader_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(leader_epoch, INT32, 0, EVER, NEVER, -1, UNTAGGED),
    ARRAY(replica_nodes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(isr_nodes, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(eligible_leader_replicas, INT32, 0, EVER, 0, -1, UNTAGGED),
    ARRAY(last_known_elr, INT32, 0, EVER, 0, -1, UNTAGGED),
    ARRAY(offline_replicas, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_topic_partitions_response_partition);
#undef S

#define S wire_describe_topic_partitions_response_topic
static const struct wire_field wire_describe_topic_partitions_response_topic_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(name, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(topic_id, UUID, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(is_internal, BOOL, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_describe_topic_partitions_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(topic_authorized_operations, INT32, 0, EVER, NEVER, INT32_MIN, UNTAGGED),
};
static SCHEMA(wire_describe_topic_partitions_response_topic);
#undef S

#define S wire_describe_topic_partitions_response_cursor
static const struct wire_field wire_describe_topic_partitions_response_cursor_fields[] = {
    FIELD(topic_name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_topic_partitions_response_cursor);
#undef S

#define S wire_describe_topic_partitions_response
static const struct wire_field wire_describe_topic_partitions_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_describe_topic_partitions_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
    OPTIONAL_STRUCT(next_cursor, wire_describe_topic_partitions_response_cursor, 0, EVER, 0, -1, UNTAGGED),
};
SCHEMA(wire_describe_topic_partitions_response);
#undef S
