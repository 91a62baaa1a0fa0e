/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: consumer groups: coordinator, membership, offsets, what there is of them, and the two blobs that
 * members exchange.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in group.c. Written by
 * schema.py from Apache Kafka's message definitions.
 */
#ifndef SIM_KAFKA_WIRE_GROUP_H
#define SIM_KAFKA_WIRE_GROUP_H

#include "sim/kafka/wire/wire.h"

/* OffsetCommitRequest, versions 0-10 */
struct wire_offset_commit_request_partition {
    int32_t partition_index;
    int64_t committed_offset;
    int32_t committed_leader_epoch;
    int64_t commit_timestamp;
    struct wire_string committed_metadata;
};

struct wire_offset_commit_request_topic {
    struct wire_string name;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_offset_commit_request_partition) partitions;
};

struct wire_offset_commit_request {
    struct wire_string group_id;
    int32_t generation_id_or_member_epoch;
    struct wire_string member_id;
    struct wire_string group_instance_id;
    int64_t retention_time_ms;
    WIRE_ARRAY(struct wire_offset_commit_request_topic) topics;
};

/* OffsetCommitResponse, versions 0-10 */
struct wire_offset_commit_response_partition {
    int32_t partition_index;
    int16_t error_code;
};

struct wire_offset_commit_response_topic {
    struct wire_string name;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_offset_commit_response_partition) partitions;
};

struct wire_offset_commit_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_offset_commit_response_topic) topics;
};

/* OffsetFetchRequest, versions 0-10 */
struct wire_offset_fetch_request_topic {
    struct wire_string name;
    WIRE_ARRAY(int32_t) partition_indexes;
};

struct wire_offset_fetch_request_topics {
    struct wire_string name;
    struct wire_uuid topic_id;
    WIRE_ARRAY(int32_t) partition_indexes;
};

struct wire_offset_fetch_request_group {
    struct wire_string group_id;
    struct wire_string member_id;
    int32_t member_epoch;
    WIRE_ARRAY(struct wire_offset_fetch_request_topics) topics;
};

struct wire_offset_fetch_request {
    struct wire_string group_id;
    WIRE_ARRAY(struct wire_offset_fetch_request_topic) topics;
    WIRE_ARRAY(struct wire_offset_fetch_request_group) groups;
    bool require_stable;
};

/* OffsetFetchResponse, versions 0-10 */
struct wire_offset_fetch_response_partition {
    int32_t partition_index;
    int64_t committed_offset;
    int32_t committed_leader_epoch;
    struct wire_string metadata;
    int16_t error_code;
};

struct wire_offset_fetch_response_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_offset_fetch_response_partition) partitions;
};

struct wire_offset_fetch_response_partitions {
    int32_t partition_index;
    int64_t committed_offset;
    int32_t committed_leader_epoch;
    struct wire_string metadata;
    int16_t error_code;
};

struct wire_offset_fetch_response_topics {
    struct wire_string name;
    struct wire_uuid topic_id;
    WIRE_ARRAY(struct wire_offset_fetch_response_partitions) partitions;
};

struct wire_offset_fetch_response_group {
    struct wire_string group_id;
    WIRE_ARRAY(struct wire_offset_fetch_response_topics) topics;
    int16_t error_code;
};

struct wire_offset_fetch_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_offset_fetch_response_topic) topics;
    int16_t error_code;
    WIRE_ARRAY(struct wire_offset_fetch_response_group) groups;
};

/* FindCoordinatorRequest, versions 0-6 */
struct wire_find_coordinator_request {
    struct wire_string key;
    int8_t key_type;
    WIRE_ARRAY(struct wire_string) coordinator_keys;
};

/* FindCoordinatorResponse, versions 0-6 */
struct wire_find_coordinator_response_coordinator {
    struct wire_string key;
    int32_t node_id;
    struct wire_string host;
    int32_t port;
    int16_t error_code;
    struct wire_string error_message;
};

struct wire_find_coordinator_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    struct wire_string error_message;
    int32_t node_id;
    struct wire_string host;
    int32_t port;
    WIRE_ARRAY(struct wire_find_coordinator_response_coordinator) coordinators;
};

/* JoinGroupRequest, versions 0-9 */
struct wire_join_group_request_protocol {
    struct wire_string name;
    struct wire_bytes metadata;
};

struct wire_join_group_request {
    struct wire_string group_id;
    int32_t session_timeout_ms;
    int32_t rebalance_timeout_ms;
    struct wire_string member_id;
    struct wire_string group_instance_id;
    struct wire_string protocol_type;
    WIRE_ARRAY(struct wire_join_group_request_protocol) protocols;
    struct wire_string reason;
};

/* JoinGroupResponse, versions 0-9 */
struct wire_join_group_response_member {
    struct wire_string member_id;
    struct wire_string group_instance_id;
    struct wire_bytes metadata;
};

struct wire_join_group_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    int32_t generation_id;
    struct wire_string protocol_type;
    struct wire_string protocol_name;
    struct wire_string leader;
    bool skip_assignment;
    struct wire_string member_id;
    WIRE_ARRAY(struct wire_join_group_response_member) members;
};

/* HeartbeatRequest, versions 0-4 */
struct wire_heartbeat_request {
    struct wire_string group_id;
    int32_t generation_id;
    struct wire_string member_id;
    struct wire_string group_instance_id;
};

/* HeartbeatResponse, versions 0-4 */
struct wire_heartbeat_response {
    int32_t throttle_time_ms;
    int16_t error_code;
};

/* LeaveGroupRequest, versions 0-5 */
struct wire_leave_group_request_member_identity {
    struct wire_string member_id;
    struct wire_string group_instance_id;
    struct wire_string reason;
};

struct wire_leave_group_request {
    struct wire_string group_id;
    struct wire_string member_id;
    WIRE_ARRAY(struct wire_leave_group_request_member_identity) members;
};

/* LeaveGroupResponse, versions 0-5 */
struct wire_leave_group_response_member {
    struct wire_string member_id;
    struct wire_string group_instance_id;
    int16_t error_code;
};

struct wire_leave_group_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    WIRE_ARRAY(struct wire_leave_group_response_member) members;
};

/* SyncGroupRequest, versions 0-5 */
struct wire_sync_group_request_assignment {
    struct wire_string member_id;
    struct wire_bytes assignment;
};

struct wire_sync_group_request {
    struct wire_string group_id;
    int32_t generation_id;
    struct wire_string member_id;
    struct wire_string group_instance_id;
    struct wire_string protocol_type;
    struct wire_string protocol_name;
    WIRE_ARRAY(struct wire_sync_group_request_assignment) assignments;
};

/* SyncGroupResponse, versions 0-5 */
struct wire_sync_group_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    struct wire_string protocol_type;
    struct wire_string protocol_name;
    struct wire_bytes assignment;
};

/* DescribeGroupsRequest, versions 0-6 */
struct wire_describe_groups_request {
    WIRE_ARRAY(struct wire_string) groups;
    bool include_authorized_operations;
};

/* DescribeGroupsResponse, versions 0-6 */
struct wire_describe_groups_response_described_group_member {
    struct wire_string member_id;
    struct wire_string group_instance_id;
    struct wire_string client_id;
    struct wire_string client_host;
    struct wire_bytes member_metadata;
    struct wire_bytes member_assignment;
};

struct wire_describe_groups_response_described_group {
    int16_t error_code;
    struct wire_string error_message;
    struct wire_string group_id;
    struct wire_string group_state;
    struct wire_string protocol_type;
    struct wire_string protocol_data;
    WIRE_ARRAY(struct wire_describe_groups_response_described_group_member) members;
    int32_t authorized_operations;
};

struct wire_describe_groups_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_describe_groups_response_described_group) groups;
};

/* ListGroupsRequest, versions 0-5 */
struct wire_list_groups_request {
    WIRE_ARRAY(struct wire_string) states_filter;
    WIRE_ARRAY(struct wire_string) types_filter;
};

/* ListGroupsResponse, versions 0-5 */
struct wire_list_groups_response_listed_group {
    struct wire_string group_id;
    struct wire_string protocol_type;
    struct wire_string group_state;
    struct wire_string group_type;
};

struct wire_list_groups_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    WIRE_ARRAY(struct wire_list_groups_response_listed_group) groups;
};

/* DeleteGroupsRequest, versions 0-2 */
struct wire_delete_groups_request {
    WIRE_ARRAY(struct wire_string) groups_names;
};

/* DeleteGroupsResponse, versions 0-2 */
struct wire_delete_groups_response_deletable_group_result {
    struct wire_string group_id;
    int16_t error_code;
};

struct wire_delete_groups_response {
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_delete_groups_response_deletable_group_result) results;
};

/* OffsetDeleteRequest, versions 0-0 */
struct wire_offset_delete_request_partition {
    int32_t partition_index;
};

struct wire_offset_delete_request_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_offset_delete_request_partition) partitions;
};

struct wire_offset_delete_request {
    struct wire_string group_id;
    WIRE_ARRAY(struct wire_offset_delete_request_topic) topics;
};

/* OffsetDeleteResponse, versions 0-0 */
struct wire_offset_delete_response_partition {
    int32_t partition_index;
    int16_t error_code;
};

struct wire_offset_delete_response_topic {
    struct wire_string name;
    WIRE_ARRAY(struct wire_offset_delete_response_partition) partitions;
};

struct wire_offset_delete_response {
    int16_t error_code;
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_offset_delete_response_topic) topics;
};

/* ConsumerProtocolSubscription, versions 0-3 */
struct wire_consumer_protocol_subscription_topic_partition {
    struct wire_string topic;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_consumer_protocol_subscription {
    WIRE_ARRAY(struct wire_string) topics;
    struct wire_bytes user_data;
    WIRE_ARRAY(struct wire_consumer_protocol_subscription_topic_partition) owned_partitions;
    int32_t generation_id;
    struct wire_string rack_id;
};

/* ConsumerProtocolAssignment, versions 0-3 */
struct wire_consumer_protocol_assignment_topic_partition {
    struct wire_string topic;
    WIRE_ARRAY(int32_t) partitions;
};

struct wire_consumer_protocol_assignment {
    WIRE_ARRAY(struct wire_consumer_protocol_assignment_topic_partition) assigned_partitions;
    struct wire_bytes user_data;
};

extern const struct wire_schema wire_offset_commit_request_schema;
extern const struct wire_schema wire_offset_commit_response_schema;
extern const struct wire_schema wire_offset_fetch_request_schema;
extern const struct wire_schema wire_offset_fetch_response_schema;
extern const struct wire_schema wire_find_coordinator_request_schema;
extern const struct wire_schema wire_find_coordinator_response_schema;
extern const struct wire_schema wire_join_group_request_schema;
extern const struct wire_schema wire_join_group_response_schema;
extern const struct wire_schema wire_heartbeat_request_schema;
extern const struct wire_schema wire_heartbeat_response_schema;
extern const struct wire_schema wire_leave_group_request_schema;
extern const struct wire_schema wire_leave_group_response_schema;
extern const struct wire_schema wire_sync_group_request_schema;
extern const struct wire_schema wire_sync_group_response_schema;
extern const struct wire_schema wire_describe_groups_request_schema;
extern const struct wire_schema wire_describe_groups_response_schema;
extern const struct wire_schema wire_list_groups_request_schema;
extern const struct wire_schema wire_list_groups_response_schema;
extern const struct wire_schema wire_delete_groups_request_schema;
extern const struct wire_schema wire_delete_groups_response_schema;
extern const struct wire_schema wire_offset_delete_request_schema;
extern const struct wire_schema wire_offset_delete_response_schema;
extern const struct wire_schema wire_consumer_protocol_subscription_schema;
extern const struct wire_schema wire_consumer_protocol_assignment_schema;

#endif
