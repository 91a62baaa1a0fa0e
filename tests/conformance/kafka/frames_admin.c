/* SPDX-License-Identifier: Apache-2.0 */
/* Frames about administration: topics, partitions, configurations. */
#include "tests/conformance/kafka/frames.h"

#define CREATE(V, TOPIC) "CreateTopics " #V " {timeout_ms: 10000, topics: [{" TOPIC "}]}"
#define PARTS(V, TOPIC)  "CreatePartitions " #V " {timeout_ms: 10000, topics: [{" TOPIC "}]}"
#define DESCRIBE(V, TYPE, NAME, KEYS, MORE)                                                                  \
    "!sorted DescribeConfigs " #V " {resources: [{resource_type: " #TYPE ", resource_name: " NAME            \
    ", configuration_keys: " KEYS "}]" MORE "}"
#define ALTER(V, TYPE, NAME, CONFIGS, MORE)                                                                  \
    "AlterConfigs " #V " {resources: [{resource_type: " #TYPE ", resource_name: " NAME                       \
    ", configs: [" CONFIGS "]}]" MORE "}"
#define CHANGE(V, NAME, CONFIGS, MORE)                                                                       \
    "IncrementalAlterConfigs " #V " {resources: [{resource_type: 2, resource_name: " NAME                    \
    ", configs: [" CONFIGS "]}]" MORE "}"

const struct frame frames_admin[] = {
    FRAME("CreateTopics, lowest version", CREATE(0, "name: ~v0, num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics version 2", CREATE(2, "name: ~v2, num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics version 5 tells the configuration",
          "!sorted " CREATE(5, "name: ~v5, num_partitions: 2, replication_factor: 1, configs: [{name: "
                               "retention.ms, value: 99}]")),
    FRAME("CreateTopics, highest version",
          "!sorted " CREATE(7, "name: ~v7, num_partitions: -1, replication_factor: -1")),
    FRAME("CreateTopics of a topic that exists",
          CREATE(4, "name: ~one, num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics with no partitions", CREATE(4, "name: ~x, num_partitions: 0, replication_factor: 1")),
    FRAME("CreateTopics with -2 partitions",
          CREATE(4, "name: ~x, num_partitions: -2, replication_factor: 1")),
    FRAME("CreateTopics with no replicas", CREATE(4, "name: ~x, num_partitions: 1, replication_factor: 0")),
    FRAME("CreateTopics with too many replicas",
          CREATE(4, "name: ~x, num_partitions: 1, replication_factor: 30")),
    FRAME("CreateTopics with defaults in a version without them",
          CREATE(3, "name: ~defaults, num_partitions: -1, replication_factor: -1")),
    FRAME("CreateTopics without a name", CREATE(4, "name: '', num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics of a dot", CREATE(4, "name: ., num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics with a space", CREATE(4, "name: 'a b', num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics of a topic whose name collides",
          CREATE(4, "name: ~v.0, num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics of a topic whose name has collided",
          CREATE(4, "name: ~v_0, num_partitions: 1, replication_factor: 1")),
    FRAME("CreateTopics with assignments",
          CREATE(4, "name: ~assigned, num_partitions: -1, replication_factor: -1, assignments: "
                    "[{partition_index: 0, broker_ids: [1]}, {partition_index: 1, broker_ids: [1]}]")),
    FRAME("CreateTopics with assignments and a number of partitions",
          CREATE(4, "name: ~x, num_partitions: 1, replication_factor: -1, "
                    "assignments: [{partition_index: 0, broker_ids: [1]}]")),
    FRAME("CreateTopics with assignments that leave a partition out",
          CREATE(4, "name: ~x, num_partitions: -1, replication_factor: -1, "
                    "assignments: [{partition_index: 1, broker_ids: [1]}]")),
    FRAME("CreateTopics with a partition assigned to nobody",
          CREATE(4, "name: ~x, num_partitions: -1, replication_factor: -1, "
                    "assignments: [{partition_index: 0, broker_ids: []}]")),
    FRAME("CreateTopics with a null configuration",
          CREATE(4, "name: ~x, num_partitions: 1, replication_factor: 1, configs: [{name: retention.ms, "
                    "value: null}]")),
    FRAME("CreateTopics with an unknown configuration",
          CREATE(4,
                 "name: ~x, num_partitions: 1, replication_factor: 1, configs: [{name: no.such, value: 1}]")),
    FRAME("CreateTopics validates only", "CreateTopics 4 {timeout_ms: 10000, validate_only: true, topics: "
                                         "[{name: ~x, num_partitions: 1, replication_factor: 1}]}"),
    FRAME("CreateTopics of none", "CreateTopics 4 {timeout_ms: 10000, topics: []}"),
    FRAME("CreateTopics of a topic named twice",
          "!sorted CreateTopics 4 {timeout_ms: 10000, topics: [{name: ~x, num_partitions: 1, "
          "replication_factor: 1}, {name: ~x, num_partitions: 1, replication_factor: 1}]}"),
    FRAME("CreateTopics cut short",
          "!cut 7 " CREATE(4, "name: ~x, num_partitions: 1, replication_factor: 1")),

    FRAME("CreatePartitions, lowest version", PARTS(0, "name: ~v2, count: 2, assignments: null")),
    FRAME("CreatePartitions, highest version", PARTS(3, "name: ~v2, count: 3, assignments: null")),
    FRAME("CreatePartitions to fewer", PARTS(1, "name: ~v2, count: 1, assignments: null")),
    FRAME("CreatePartitions to as many", PARTS(1, "name: ~v2, count: 3, assignments: null")),
    FRAME("CreatePartitions to a negative number", PARTS(1, "name: ~v2, count: -1, assignments: null")),
    FRAME("CreatePartitions of an unknown topic", PARTS(1, "name: ~unknown, count: 3, assignments: null")),
    FRAME("CreatePartitions with an assignment",
          PARTS(1, "name: ~v2, count: 4, assignments: [{broker_ids: [1]}]")),
    FRAME("CreatePartitions with too many assignments",
          PARTS(1, "name: ~v2, count: 5, assignments: [{broker_ids: [1]}, {broker_ids: [1]}]")),
    FRAME("CreatePartitions assigned to an unknown broker",
          PARTS(1, "name: ~v2, count: 5, assignments: [{broker_ids: [77]}]")),
    FRAME("CreatePartitions validates only", "CreatePartitions 1 {timeout_ms: 10000, validate_only: true, "
                                             "topics: [{name: ~v2, count: 9, assignments: null}]}"),
    FRAME("CreatePartitions of a topic named twice",
          "!sorted CreatePartitions 1 {timeout_ms: 10000, topics: [{name: ~v2, count: 8, assignments: null}, "
          "{name: ~v2, count: 9, assignments: null}]}"),

    FRAME("Metadata knows what was created",
          "!until leader_id=1 !sorted Metadata 4 {topics: [{name: ~v5}], allow_auto_topic_creation: false}"),
    FRAME("DescribeConfigs, lowest version", DESCRIBE(0, 2, "~v5", "[retention.ms, cleanup.policy]", "")),
    FRAME("DescribeConfigs version 1 with synonyms",
          DESCRIBE(1, 2, "~v5", "[retention.ms, cleanup.policy]", ", include_synonyms: true")),
    FRAME("DescribeConfigs version 3",
          DESCRIBE(3, 2, "~v5", "[retention.ms, cleanup.policy, segment.bytes]", ", include_synonyms: true")),
    FRAME("DescribeConfigs, highest version, all of a topic", DESCRIBE(4, 2, "~v5", "null", "")),
    FRAME("DescribeConfigs of no keys", DESCRIBE(1, 2, "~v5", "[]", "")),
    FRAME("DescribeConfigs of an unknown key", DESCRIBE(1, 2, "~v5", "[no.such]", "")),
    FRAME("DescribeConfigs of an unknown topic", DESCRIBE(1, 2, "~unknown", "null", "")),
    FRAME("DescribeConfigs of an invalid topic", DESCRIBE(1, 2, "'a b'", "null", "")),
    FRAME("DescribeConfigs of a broker",
          DESCRIBE(1, 4, "1", "[num.partitions, message.max.bytes, log.retention.hours, min.insync.replicas]",
                   "")),
    FRAME("DescribeConfigs of a broker with synonyms",
          DESCRIBE(1, 4, "1", "[log.retention.ms, message.max.bytes]", ", include_synonyms: true")),
    FRAME("DescribeConfigs of all brokers", DESCRIBE(1, 4, "''", "[message.max.bytes]", "")),
    FRAME("DescribeConfigs of another broker", DESCRIBE(1, 4, "2", "null", "")),
    FRAME("DescribeConfigs of a broker that is no number", DESCRIBE(1, 4, "x", "null", "")),
    FRAME("DescribeConfigs of a type that is none", DESCRIBE(1, 99, "x", "null", "")),
    FRAME("DescribeConfigs with documentation of a key",
          DESCRIBE(1, 2, "~v5", "[compression.type]", ", include_synonyms: false")),

    FRAME("AlterConfigs, lowest version", ALTER(0, 2, "~v5", "{name: retention.ms, value: 100}", "")),
    FRAME("AlterConfigs, highest version", ALTER(2, 2, "~v5", "{name: retention.ms, value: 101}", "")),
    FRAME("AlterConfigs with an invalid value", ALTER(1, 2, "~v5", "{name: retention.ms, value: soon}", "")),
    FRAME("AlterConfigs with a null value", ALTER(1, 2, "~v5", "{name: retention.ms, value: null}", "")),
    FRAME("AlterConfigs with an unknown name", ALTER(1, 2, "~v5", "{name: no.such, value: 1}", "")),
    FRAME("AlterConfigs of an unknown topic", ALTER(1, 2, "~unknown", "{name: retention.ms, value: 1}", "")),
    FRAME("AlterConfigs with a name twice",
          ALTER(1, 2, "~v5", "{name: retention.ms, value: 1}, {name: retention.ms, value: 2}", "")),
    FRAME("AlterConfigs validates only",
          ALTER(1, 2, "~v5", "{name: retention.ms, value: 102}", ", validate_only: true")),
    FRAME("AlterConfigs of a type that is none", ALTER(1, 99, "x", "{name: a, value: b}", "")),
    FRAME("IncrementalAlterConfigs, lowest version, sets",
          CHANGE(0, "~v5", "{name: max.message.bytes, config_operation: 0, value: 5000}", "")),
    FRAME("IncrementalAlterConfigs, highest version, deletes",
          CHANGE(1, "~v5", "{name: max.message.bytes, config_operation: 1, value: null}", "")),
    FRAME("IncrementalAlterConfigs appends to a list",
          CHANGE(0, "~v5", "{name: cleanup.policy, config_operation: 2, value: compact}", "")),
    FRAME("IncrementalAlterConfigs subtracts from a list",
          CHANGE(0, "~v5", "{name: cleanup.policy, config_operation: 3, value: delete}", "")),
    FRAME("IncrementalAlterConfigs appends to what is no list",
          CHANGE(0, "~v5", "{name: retention.ms, config_operation: 2, value: 1}", "")),
    FRAME("IncrementalAlterConfigs with an operation that is none",
          CHANGE(0, "~v5", "{name: retention.ms, config_operation: 9, value: 1}", "")),
    FRAME("IncrementalAlterConfigs sets null",
          CHANGE(0, "~v5", "{name: retention.ms, config_operation: 0, value: null}", "")),
    FRAME("IncrementalAlterConfigs with an invalid value",
          CHANGE(0, "~v5", "{name: retention.ms, config_operation: 0, value: soon}", "")),
    FRAME("IncrementalAlterConfigs of an unknown topic",
          CHANGE(0, "~unknown", "{name: retention.ms, config_operation: 0, value: 1}", "")),
    FRAME("IncrementalAlterConfigs with a name twice",
          CHANGE(0, "~v5",
                 "{name: retention.ms, config_operation: 0, value: 1}, {name: retention.ms, "
                 "config_operation: 1, value: null}",
                 "")),
    FRAME("IncrementalAlterConfigs of a resource named twice",
          "IncrementalAlterConfigs 0 {resources: [{resource_type: 2, resource_name: ~v5, configs: [{name: "
          "retention.ms, config_operation: 0, value: 1}]}, "
          "{resource_type: 2, resource_name: ~v5, configs: [{name: retention.ms, config_operation: 0, value: "
          "1}]}]}"),
    FRAME("IncrementalAlterConfigs validates only",
          CHANGE(0, "~v5", "{name: retention.ms, config_operation: 0, value: 7}", ", validate_only: true")),
    FRAME("DescribeConfigs after all that",
          "!until value=compact " DESCRIBE(1, 2, "~v5", "[retention.ms, max.message.bytes, cleanup.policy]",
                                           "")),

    FRAME("DeleteTopics, lowest version", "DeleteTopics 0 {topic_names: [~v0], timeout_ms: 10000}"),
    FRAME("DeleteTopics version 5, one of them unknown",
          "!sorted DeleteTopics 5 {topic_names: [~v2, ~unknown], timeout_ms: 10000}"),
    FRAME("DeleteTopics, highest version, by name",
          "DeleteTopics 6 {topics: [{name: ~v5}], timeout_ms: 10000}"),
    FRAME("DeleteTopics by id",
          "DeleteTopics 6 {topics: [{name: null, topic_id: $compact}], timeout_ms: 10000}"),
    FRAME("DeleteTopics by an unknown id", "DeleteTopics 6 {topics: [{name: null, topic_id: "
                                           "0102030405060708090a0b0c0d0e0f10}], timeout_ms: 10000}"),
    FRAME("DeleteTopics by name and id",
          "DeleteTopics 6 {topics: [{name: ~v7, topic_id: $one}], timeout_ms: 10000}"),
    FRAME("DeleteTopics of a topic named twice",
          "!sorted DeleteTopics 4 {topic_names: [~v7, ~v7], timeout_ms: 10000}"),
    FRAME("DeleteTopics of none", "DeleteTopics 4 {topic_names: [], timeout_ms: 10000}"),
    FRAME_END,
};
