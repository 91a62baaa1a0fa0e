/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: the tables of group.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_offset_commit_request_partition
static const struct wire_field wire_offset_commit_request_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed_offset, INT64, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed_leader_epoch, INT32, 6, EVER, NEVER, -1, UNTAGGED),
    FIELD(commit_timestamp, INT64, 1, 1, NEVER, -1, UNTAGGED),
    FIELD(committed_metadata, STRING, 0, EVER, 0, 0, UNTAGGED),
};
static SCHEMA(wire_offset_commit_request_partition);
#undef S

#define S wire_offset_commit_request_topic
static const struct wire_field wire_offset_commit_request_topic_fields[] = {
    FIELD(name, STRING, 0, 9, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 10, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_commit_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_commit_request_topic);
#undef S

#define S wire_offset_commit_request
static const struct wire_field wire_offset_commit_request_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(generation_id_or_member_epoch, INT32, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(member_id, STRING, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 7, EVER, 7, -1, UNTAGGED),
    FIELD(retention_time_ms, INT64, 2, 4, NEVER, -1, UNTAGGED),
    STRUCTS(topics, wire_offset_commit_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_commit_request);
#undef S

#define S wire_offset_commit_response_partition
static const struct wire_field wire_offset_commit_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_commit_response_partition);
#undef S

#define S wire_offset_commit_response_topic
static const struct wire_field wire_offset_commit_response_topic_fields[] = {
    FIELD(name, STRING, 0, 9, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 10, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_commit_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_commit_response_topic);
#undef S

#define S wire_offset_commit_response
static const struct wire_field wire_offset_commit_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 3, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_commit_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_commit_response);
#undef S

#define S wire_offset_fetch_request_topic
static const struct wire_field wire_offset_fetch_request_topic_fields[] = {
    FIELD(name, STRING, 0, 7, NEVER, 0, UNTAGGED),
    ARRAY(partition_indexes, INT32, 0, 7, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_request_topic);
#undef S

#define S wire_offset_fetch_request_topics
static const struct wire_field wire_offset_fetch_request_topics_fields[] = {
    FIELD(name, STRING, 8, 9, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 10, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partition_indexes, INT32, 8, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_request_topics);
#undef S

#define S wire_offset_fetch_request_group
static const struct wire_field wire_offset_fetch_request_group_fields[] = {
    FIELD(group_id, STRING, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_id, STRING, 9, EVER, 9, -1, UNTAGGED),
    FIELD(member_epoch, INT32, 9, EVER, NEVER, -1, UNTAGGED),
    STRUCTS(topics, wire_offset_fetch_request_topics, 8, EVER, 8, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_request_group);
#undef S

#define S wire_offset_fetch_request
static const struct wire_field wire_offset_fetch_request_fields[] = {
    FIELD(group_id, STRING, 0, 7, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_fetch_request_topic, 0, 7, 2, 0, UNTAGGED),
    STRUCTS(groups, wire_offset_fetch_request_group, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(require_stable, BOOL, 7, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_fetch_request);
#undef S

#define S wire_offset_fetch_response_partition
static const struct wire_field wire_offset_fetch_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, 7, NEVER, 0, UNTAGGED),
    FIELD(committed_offset, INT64, 0, 7, NEVER, 0, UNTAGGED),
    FIELD(committed_leader_epoch, INT32, 5, 7, NEVER, -1, UNTAGGED),
    FIELD(metadata, STRING, 0, 7, 0, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, 7, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_response_partition);
#undef S

#define S wire_offset_fetch_response_topic
static const struct wire_field wire_offset_fetch_response_topic_fields[] = {
    FIELD(name, STRING, 0, 7, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_fetch_response_partition, 0, 7, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_response_topic);
#undef S

#define S wire_offset_fetch_response_partitions
static const struct wire_field wire_offset_fetch_response_partitions_fields[] = {
    FIELD(partition_index, INT32, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed_offset, INT64, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(committed_leader_epoch, INT32, 8, EVER, NEVER, -1, UNTAGGED),
    FIELD(metadata, STRING, 8, EVER, 8, 0, UNTAGGED),
    FIELD(error_code, INT16, 8, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_response_partitions);
#undef S

#define S wire_offset_fetch_response_topics
static const struct wire_field wire_offset_fetch_response_topics_fields[] = {
    FIELD(name, STRING, 8, 9, NEVER, 0, UNTAGGED),
    FIELD(topic_id, UUID, 10, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_fetch_response_partitions, 8, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_response_topics);
#undef S

#define S wire_offset_fetch_response_group
static const struct wire_field wire_offset_fetch_response_group_fields[] = {
    FIELD(group_id, STRING, 8, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_fetch_response_topics, 8, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 8, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_fetch_response_group);
#undef S

#define S wire_offset_fetch_response
static const struct wire_field wire_offset_fetch_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 3, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_fetch_response_topic, 0, 7, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 2, 7, NEVER, 0, UNTAGGED),
    STRUCTS(groups, wire_offset_fetch_response_group, 8, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_fetch_response);
#undef S

#define S wire_find_coordinator_request
static const struct wire_field wire_find_coordinator_request_fields[] = {
    FIELD(key, STRING, 0, 3, NEVER, 0, UNTAGGED),
    FIELD(key_type, INT8, 1, EVER, NEVER, 0, UNTAGGED),
    ARRAY(coordinator_keys, STRING, 4, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_find_coordinator_request);
#undef S

#define S wire_find_coordinator_response_coordinator
static const struct wire_field wire_find_coordinator_response_coordinator_fields[] = {
    FIELD(key, STRING, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(node_id, INT32, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(host, STRING, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(port, INT32, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 4, EVER, 4, 0, UNTAGGED),
};
static SCHEMA(wire_find_coordinator_response_coordinator);
#undef S

#define S wire_find_coordinator_response
static const struct wire_field wire_find_coordinator_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, 3, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 1, 3, 1, 0, UNTAGGED),
    FIELD(node_id, INT32, 0, 3, NEVER, 0, UNTAGGED),
    FIELD(host, STRING, 0, 3, NEVER, 0, UNTAGGED),
    FIELD(port, INT32, 0, 3, NEVER, 0, UNTAGGED),
    STRUCTS(coordinators, wire_find_coordinator_response_coordinator, 4, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_find_coordinator_response);
#undef S

#define S wire_join_group_request_protocol
static const struct wire_field wire_join_group_request_protocol_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(metadata, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_join_group_request_protocol);
#undef S

#define S wire_join_group_request
static const struct wire_field wire_join_group_request_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(session_timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(rebalance_timeout_ms, INT32, 1, EVER, NEVER, -1, UNTAGGED),
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 5, EVER, 5, -1, UNTAGGED),
    FIELD(protocol_type, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(protocols, wire_join_group_request_protocol, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(reason, STRING, 8, EVER, 8, -1, UNTAGGED),
};
SCHEMA(wire_join_group_request);
#undef S

#define S wire_join_group_response_member
static const struct wire_field wire_join_group_response_member_fields[] = {
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 5, EVER, 5, -1, UNTAGGED),
    FIELD(metadata, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_join_group_response_member);
#undef S

#define S wire_join_group_response
static const struct wire_field wire_join_group_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 2, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(generation_id, INT32, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(protocol_type, STRING, 7, EVER, 7, -1, UNTAGGED),
    FIELD(protocol_name, STRING, 0, EVER, 7, 0, UNTAGGED),
    FIELD(leader, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(skip_assignment, BOOL, 9, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(members, wire_join_group_response_member, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_join_group_response);
#undef S

#define S wire_heartbeat_request
static const struct wire_field wire_heartbeat_request_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(generation_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 3, EVER, 3, -1, UNTAGGED),
};
SCHEMA(wire_heartbeat_request);
#undef S

#define S wire_heartbeat_response
static const struct wire_field wire_heartbeat_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_heartbeat_response);
#undef S

#define S wire_leave_group_request_member_identity
static const struct wire_field wire_leave_group_request_member_identity_fields[] = {
    FIELD(member_id, STRING, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 3, EVER, 3, -1, UNTAGGED),
    FIELD(reason, STRING, 5, EVER, 5, -1, UNTAGGED),
};
static SCHEMA(wire_leave_group_request_member_identity);
#undef S

#define S wire_leave_group_request
static const struct wire_field wire_leave_group_request_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_id, STRING, 0, 2, NEVER, 0, UNTAGGED),
    STRUCTS(members, wire_leave_group_request_member_identity, 3, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_leave_group_request);
#undef S

#define S wire_leave_group_response_member
static const struct wire_field wire_leave_group_response_member_fields[] = {
    FIELD(member_id, STRING, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 3, EVER, 3, 0, UNTAGGED),
    FIELD(error_code, INT16, 3, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_leave_group_response_member);
#undef S

#define S wire_leave_group_response
static const struct wire_field wire_leave_group_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(members, wire_leave_group_response_member, 3, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_leave_group_response);
#undef S

#define S wire_sync_group_request_assignment
static const struct wire_field wire_sync_group_request_assignment_fields[] = {
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(assignment, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_sync_group_request_assignment);
#undef S

#define S wire_sync_group_request
static const struct wire_field wire_sync_group_request_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(generation_id, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 3, EVER, 3, -1, UNTAGGED),
    FIELD(protocol_type, STRING, 5, EVER, 5, -1, UNTAGGED),
    FIELD(protocol_name, STRING, 5, EVER, 5, -1, UNTAGGED),
    STRUCTS(assignments, wire_sync_group_request_assignment, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_sync_group_request);
#undef S

#define S wire_sync_group_response
static const struct wire_field wire_sync_group_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(protocol_type, STRING, 5, EVER, 5, -1, UNTAGGED),
    FIELD(protocol_name, STRING, 5, EVER, 5, -1, UNTAGGED),
    FIELD(assignment, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_sync_group_response);
#undef S

#define S wire_describe_groups_request
static const struct wire_field wire_describe_groups_request_fields[] = {
    ARRAY(groups, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(include_authorized_operations, BOOL, 3, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_groups_request);
#undef S

#define S wire_describe_groups_response_described_group_member
static const struct wire_field wire_describe_groups_response_described_group_member_fields[] = {
    FIELD(member_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_instance_id, STRING, 4, EVER, 4, -1, UNTAGGED),
    FIELD(client_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(client_host, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_metadata, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(member_assignment, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_describe_groups_response_described_group_member);
#undef S

#define S wire_describe_groups_response_described_group
static const struct wire_field wire_describe_groups_response_described_group_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 6, EVER, 6, -1, UNTAGGED),
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_state, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(protocol_type, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(protocol_data, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(members, wire_describe_groups_response_described_group_member, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(authorized_operations, INT32, 3, EVER, NEVER, INT32_MIN, UNTAGGED),
};
static SCHEMA(wire_describe_groups_response_described_group);
#undef S

#define S wire_describe_groups_response
static const struct wire_field wire_describe_groups_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(groups, wire_describe_groups_response_described_group, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_describe_groups_response);
#undef S

#define S wire_list_groups_request
static const struct wire_field wire_list_groups_request_fields[] = {
    ARRAY(states_filter, STRING, 4, EVER, NEVER, 0, UNTAGGED),
    ARRAY(types_filter, STRING, 5, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_list_groups_request);
#undef S

#define S wire_list_groups_response_listed_group
static const struct wire_field wire_list_groups_response_listed_group_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(protocol_type, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_state, STRING, 4, EVER, NEVER, 0, UNTAGGED),
    FIELD(group_type, STRING, 5, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_list_groups_response_listed_group);
#undef S

#define S wire_list_groups_response
static const struct wire_field wire_list_groups_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(groups, wire_list_groups_response_listed_group, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_list_groups_response);
#undef S

#define S wire_delete_groups_request
static const struct wire_field wire_delete_groups_request_fields[] = {
    ARRAY(groups_names, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_delete_groups_request);
#undef S

#define S wire_delete_groups_response_deletable_group_result
static const struct wire_field wire_delete_groups_response_deletable_group_result_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_delete_groups_response_deletable_group_result);
#undef S

#define S wire_delete_groups_response
static const struct wire_field wire_delete_groups_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(results, wire_delete_groups_response_deletable_group_result, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_delete_groups_response);
#undef S

#define S wire_offset_delete_request_partition
static const struct wire_field wire_offset_delete_request_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_delete_request_partition);
#undef S

#define S wire_offset_delete_request_topic
static const struct wire_field wire_offset_delete_request_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_delete_request_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_delete_request_topic);
#undef S

#define S wire_offset_delete_request
static const struct wire_field wire_offset_delete_request_fields[] = {
    FIELD(group_id, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_delete_request_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_delete_request);
#undef S

#define S wire_offset_delete_response_partition
static const struct wire_field wire_offset_delete_response_partition_fields[] = {
    FIELD(partition_index, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_delete_response_partition);
#undef S

#define S wire_offset_delete_response_topic
static const struct wire_field wire_offset_delete_response_topic_fields[] = {
    FIELD(name, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(partitions, wire_offset_delete_response_partition, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_offset_delete_response_topic);
#undef S

#define S wire_offset_delete_response
static const struct wire_field wire_offset_delete_response_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(topics, wire_offset_delete_response_topic, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_offset_delete_response);
#undef S

#define S wire_consumer_protocol_subscription_topic_partition
static const struct wire_field wire_consumer_protocol_subscription_topic_partition_fields[] = {
    FIELD(topic, STRING, 1, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 1, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_consumer_protocol_subscription_topic_partition);
#undef S

#define S wire_consumer_protocol_subscription
static const struct wire_field wire_consumer_protocol_subscription_fields[] = {
    ARRAY(topics, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(user_data, BYTES, 0, EVER, 0, -1, UNTAGGED),
    STRUCTS(owned_partitions, wire_consumer_protocol_subscription_topic_partition, 1, EVER, NEVER, 0, UNTAGGED),
    FIELD(generation_id, INT32, 2, EVER, NEVER, -1, UNTAGGED),
    FIELD(rack_id, STRING, 3, EVER, 3, -1, UNTAGGED),
};
SCHEMA(wire_consumer_protocol_subscription);
#undef S

#define S wire_consumer_protocol_assignment_topic_partition
static const struct wire_field wire_consumer_protocol_assignment_topic_partition_fields[] = {
    FIELD(topic, STRING, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(partitions, INT32, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_consumer_protocol_assignment_topic_partition);
#undef S

#define S wire_consumer_protocol_assignment
static const struct wire_field wire_consumer_protocol_assignment_fields[] = {
    STRUCTS(assigned_partitions, wire_consumer_protocol_assignment_topic_partition, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(user_data, BYTES, 0, EVER, 0, -1, UNTAGGED),
};
SCHEMA(wire_consumer_protocol_assignment);
#undef S
