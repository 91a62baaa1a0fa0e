/* SPDX-License-Identifier: Apache-2.0 */
/* Frames about logs: Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords. */
#include "tests/conformance/kafka/frames.h"

#define PRODUCE(V, ACKS, TOPIC, INDEX, RECORDS)                                                              \
    "Produce " #V " {acks: " #ACKS ", timeout_ms: 5000, topic_data: [{" TOPIC                                \
    ", partition_data: [{index: " #INDEX ", records: " RECORDS "}]}]}"
#define ONE     "name: ~one"
#define BAD     "name: ~refuse"
#define COMPACT "name: ~compact"
#define FETCH(V, TOPIC, PARTITION)                                                                           \
    "Fetch " #V " {replica_id: -1, max_wait_ms: 10, min_bytes: 1, max_bytes: 1000000, session_epoch: -1, "   \
    "topics: [{" TOPIC ", partitions: [{partition: " PARTITION ", partition_max_bytes: 1000000}]}]}"
#define T_ONE "topic: ~one"
#define LIST(V, TOPIC, PARTITION)                                                                            \
    "ListOffsets " #V " {replica_id: -1, topics: [{name: " TOPIC                                             \
    ", partitions: [{partition_index: " PARTITION "}]}]}"
#define EPOCH(V, PARTITION)                                                                                  \
    "OffsetForLeaderEpoch " #V " {topics: [{topic: ~one, partitions: [{" PARTITION "}]}]}"
#define DELETE(V, TOPIC, PARTITION)                                                                          \
    "DeleteRecords " #V " {timeout_ms: 5000, topics: [{name: " TOPIC ", partitions: [{" PARTITION "}]}]}"

const struct frame frames_log[] = {
    FRAME("Produce version 0 with a message set of magic 0",
          PRODUCE(0, -1, ONE, 0, "{magic: 0, values: [old0]}")),
    FRAME("Produce version 2 with a message set of magic 1",
          PRODUCE(2, -1, ONE, 0, "{magic: 1, values: [old1]}")),
    FRAME("Produce version 3 with a batch", PRODUCE(3, -1, ONE, 0, "{values: [a, b]}")),
    FRAME("Produce version 7 with acks of 1", PRODUCE(7, 1, ONE, 0, "{values: [c]}")),
    FRAME("Produce version 9", PRODUCE(9, -1, ONE, 0, "{values: [d]}")),
    FRAME("Produce version 11", PRODUCE(11, -1, ONE, 0, "{values: [e]}")),
    FRAME("Produce, highest version, by topic id", PRODUCE(13, -1, "topic_id: $one", 0, "{values: [f]}")),
    FRAME("Produce by an unknown topic id",
          PRODUCE(13, -1, "topic_id: 0102030405060708090a0b0c0d0e0f10", 0, "{values: [f]}")),
    FRAME("Produce with acks of 0 is not answered", "!silent " PRODUCE(3, 0, ONE, 0, "{values: [g]}")),
    FRAME("Produce with acks of 0 that fails closes the connection",
          "!silent " PRODUCE(3, 0, "name: ~unknown", 0, "{values: [g]}")),
    FRAME("Produce with acks of 2", PRODUCE(3, 2, BAD, 0, "{values: [x]}")),
    FRAME("Produce to an unknown topic", PRODUCE(3, -1, "name: ~unknown", 0, "{values: [x]}")),
    FRAME("Produce to an invalid topic", PRODUCE(3, -1, "name: 'a b'", 0, "{values: [x]}")),
    FRAME("Produce to an unknown partition", PRODUCE(3, -1, BAD, 5, "{values: [x]}")),
    FRAME("Produce to a negative partition", PRODUCE(3, -1, BAD, -1, "{values: [x]}")),
    FRAME("Produce to an internal topic", PRODUCE(3, -1, "name: __consumer_offsets", 0, "{values: [x]}")),
    FRAME("Produce with a wrong CRC", PRODUCE(3, -1, BAD, 0, "{values: [x], bad_crc: true}")),
    FRAME("Produce version 2 with a wrong CRC",
          PRODUCE(2, -1, BAD, 0, "{magic: 1, values: [x], bad_crc: true}")),
    FRAME("Produce with a batch cut short", PRODUCE(3, -1, BAD, 0, "{values: [x], cut: 2}")),
    FRAME("Produce with no records", PRODUCE(3, -1, ONE, 0, "'hex:'")),
    FRAME("Produce with an empty batch", PRODUCE(3, -1, ONE, 0, "{values: []}")),
    FRAME("Produce with a count that is not the records'",
          PRODUCE(3, -1, BAD, 0, "{values: [x], record_count: 2}")),
    FRAME("Produce with a last offset that is not the records'",
          PRODUCE(3, -1, BAD, 0, "{values: [x], last_offset_delta: 3}")),
    FRAME("Produce with a base offset of its own", PRODUCE(3, -1, BAD, 0, "{values: [h], base_offset: 100}")),
    FRAME("Produce with magic 1 in version 3", PRODUCE(3, -1, BAD, 0, "{magic: 1, values: [x]}")),
    FRAME("Produce with magic 2 in version 2", PRODUCE(2, -1, BAD, 0, "{values: [x]}")),
    FRAME("Produce with an unknown codec", PRODUCE(3, -1, BAD, 0, "{values: [x], attributes: 7}")),
    FRAME("Produce with zstd in version 6", PRODUCE(6, -1, BAD, 0, "{values: [x], attributes: 4}")),
    FRAME("Produce with a control batch", PRODUCE(3, -1, BAD, 0, "{values: [x], is_control: true}")),
    FRAME("Produce with a transactional batch and no transactional id",
          PRODUCE(
              3, -1, BAD, 0,
              "{values: [x], is_transactional: true, producer_id: 1, producer_epoch: 0, base_sequence: 0}")),
    FRAME("Produce that names a partition twice", "Produce 3 {acks: -1, timeout_ms: 5000, topic_data: "
                                                  "[{name: ~refuse, partition_data: [{index: 0, records: "
                                                  "{values: [x]}}, {index: 0, records: {values: [y]}}]}]}"),
    FRAME(
        "Produce to two topics, one of them unknown",
        "!sorted Produce 5 {acks: -1, timeout_ms: 5000, topic_data: [{name: ~two, partition_data: [{index: "
        "0, records: "
        "{values: [a]}}, {index: 1, records: {values: [b]}}]}, {name: ~unknown, partition_data: [{index: 0, "
        "records: {values: [x]}}]}]}"),
    FRAME("Produce without topics", "Produce 3 {acks: -1, timeout_ms: 5000, topic_data: []}"),
    FRAME("Produce without a key to a compacted topic", PRODUCE(3, -1, "name: ~keyed", 0, "{values: [x]}")),
    FRAME("Produce without a key to a compacted topic, with record errors",
          PRODUCE(8, -1, "name: ~keyed", 0, "{keys: [k], values: [x, y]}")),
    FRAME("Produce with a key to a compacted topic", PRODUCE(3, -1, COMPACT, 0, "{keys: [k], values: [x]}")),
    FRAME("Produce with a timestamp of -1", PRODUCE(3, -1, ONE, 0, "{values: [i], timestamp: -1}")),
    FRAME("Produce cut short", "!cut 5 " PRODUCE(3, -1, BAD, 0, "{values: [x]}")),

    FRAME_KEEP("a producer id", "InitProducerId 0 {transactional_id: null, transaction_timeout_ms: 1000}",
               "producer_id=pid"),
    FRAME("idempotent: the first batch",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p0, p1], producer_id: $pid, producer_epoch: 0, base_sequence: 0}")),
    FRAME("idempotent: the same batch again",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p0, p1], producer_id: $pid, producer_epoch: 0, base_sequence: 0}")),
    FRAME("idempotent: the next batch",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p2], producer_id: $pid, producer_epoch: 0, base_sequence: 2}")),
    FRAME("idempotent: a gap",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [x], producer_id: $pid, producer_epoch: 0, base_sequence: 5}")),
    FRAME("idempotent: a batch that overlaps",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [x, y], producer_id: $pid, producer_epoch: 0, base_sequence: 1}")),
    FRAME("idempotent: batch 3",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p3], producer_id: $pid, producer_epoch: 0, base_sequence: 3}")),
    FRAME("idempotent: batch 4",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p4], producer_id: $pid, producer_epoch: 0, base_sequence: 4}")),
    FRAME("idempotent: batch 5",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p5], producer_id: $pid, producer_epoch: 0, base_sequence: 5}")),
    FRAME("idempotent: batch 6",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p6], producer_id: $pid, producer_epoch: 0, base_sequence: 6}")),
    FRAME("idempotent: the oldest of the last five again",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p2], producer_id: $pid, producer_epoch: 0, base_sequence: 2}")),
    FRAME("idempotent: one older than the last five again",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [p0, p1], producer_id: $pid, producer_epoch: 0, base_sequence: 0}")),
    FRAME("idempotent: a new epoch begins at sequence 0",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [x], producer_id: $pid, producer_epoch: 1, base_sequence: 7}")),
    FRAME("idempotent: a new epoch",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [q0], producer_id: $pid, producer_epoch: 1, base_sequence: 0}")),
    FRAME("idempotent: the old epoch is over",
          PRODUCE(3, -1, "name: ~two", 0,
                  "{values: [x], producer_id: $pid, producer_epoch: 0, base_sequence: 7}")),
    FRAME("idempotent: an unknown producer may begin anywhere",
          PRODUCE(3, -1, "name: ~two", 1,
                  "{values: [r], producer_id: $pid, producer_epoch: 0, base_sequence: 42}")),
    FRAME("idempotent: with acks of 1",
          PRODUCE(3, 1, "name: ~two", 1,
                  "{values: [s], producer_id: $pid, producer_epoch: 0, base_sequence: 43}")),
    FRAME("idempotent: a producer id without a sequence",
          PRODUCE(3, -1, "name: ~two", 1, "{values: [x], producer_id: $pid, producer_epoch: 0}")),

    FRAME("Fetch version 0: records of old", FETCH(0, T_ONE, "0, fetch_offset: 0")),
    FRAME("Fetch version 4", FETCH(4, T_ONE, "0, fetch_offset: 0")),
    FRAME("Fetch version 11", FETCH(11, T_ONE, "0, fetch_offset: 2")),
    FRAME("Fetch version 12", FETCH(12, T_ONE, "0, fetch_offset: 2")),
    FRAME("Fetch, highest version, by topic id", FETCH(18, "topic_id: $one", "0, fetch_offset: 2")),
    FRAME("Fetch version 16 by topic id", FETCH(16, "topic_id: $one", "0, fetch_offset: 2")),
    FRAME("Fetch by an unknown topic id",
          FETCH(16, "topic_id: 0102030405060708090a0b0c0d0e0f10", "0, fetch_offset: 0")),
    FRAME("Fetch at the end", FETCH(11, "topic: ~compact", "0, fetch_offset: 1")),
    FRAME("Fetch beyond the end", FETCH(11, "topic: ~compact", "0, fetch_offset: 2")),
    FRAME("Fetch at a negative offset", FETCH(11, T_ONE, "0, fetch_offset: -1")),
    FRAME("Fetch of an unknown topic", FETCH(11, "topic: ~unknown", "0, fetch_offset: 0")),
    FRAME("Fetch of an unknown partition", FETCH(11, T_ONE, "9, fetch_offset: 0")),
    FRAME("Fetch with a leader epoch of the future",
          FETCH(11, T_ONE, "0, fetch_offset: 0, current_leader_epoch: 5")),
    FRAME("Fetch with the leader's epoch",
          FETCH(11, "topic: ~compact", "0, fetch_offset: 0, current_leader_epoch: 0")),
    FRAME("Fetch with an epoch that diverges",
          FETCH(12, T_ONE, "0, fetch_offset: 3, current_leader_epoch: 0, last_fetched_epoch: 3")),
    FRAME("Fetch of no topics", "Fetch 11 {replica_id: -1, max_wait_ms: 10, min_bytes: 1, max_bytes: 1000, "
                                "session_epoch: -1, topics: []}"),
    FRAME("Fetch in a session that is none",
          "Fetch 11 {replica_id: -1, max_wait_ms: 10, min_bytes: 1, max_bytes: 1000, session_id: 77, "
          "session_epoch: 5, topics: []}"),
    FRAME("Fetch of one byte at least gives a batch",
          "Fetch 11 {replica_id: -1, max_wait_ms: 10, min_bytes: 1, max_bytes: 1, session_epoch: -1, topics: "
          "[{topic: "
          "~compact, partitions: [{partition: 0, fetch_offset: 0, partition_max_bytes: 1}]}]}"),
    FRAME("Fetch as a follower that is none",
          "Fetch 11 {replica_id: 9, max_wait_ms: 10, min_bytes: 1, max_bytes: 1000, session_epoch: -1, "
          "topics: [{topic: "
          "~compact, partitions: [{partition: 0, fetch_offset: 0, partition_max_bytes: 1000}]}]}"),
    FRAME("Fetch cut short", "!cut 4 " FETCH(11, T_ONE, "0, fetch_offset: 0")),

    FRAME("ListOffsets, lowest version, latest", LIST(0, "~compact", "0, timestamp: -1, max_num_offsets: 2")),
    FRAME("ListOffsets version 1, latest", LIST(1, "~compact", "0, timestamp: -1")),
    FRAME("ListOffsets version 1, earliest", LIST(1, "~one", "0, timestamp: -2")),
    FRAME("ListOffsets version 5, latest", LIST(5, "~compact", "0, timestamp: -1")),
    FRAME("ListOffsets version 7, of the largest timestamp", LIST(7, "~two", "0, timestamp: -3")),
    FRAME("ListOffsets version 5, of the largest timestamp", LIST(5, "~two", "0, timestamp: -3")),
    FRAME("ListOffsets version 8, earliest local", LIST(8, "~two", "0, timestamp: -4")),
    FRAME("ListOffsets version 9, latest tiered", LIST(9, "~two", "0, timestamp: -5")),
    FRAME("ListOffsets, highest version, latest", LIST(11, "~two", "0, timestamp: -1")),
    FRAME("ListOffsets of a timestamp", LIST(5, "~two", "0, timestamp: 500")),
    FRAME("ListOffsets of a timestamp beyond all", LIST(5, "~two", "0, timestamp: 5000")),
    FRAME("ListOffsets of an unknown topic", LIST(5, "~unknown", "0, timestamp: -1")),
    FRAME("ListOffsets of an unknown partition", LIST(5, "~one", "8, timestamp: -1")),
    FRAME("ListOffsets with a leader epoch of the future",
          LIST(5, "~one", "0, timestamp: -1, current_leader_epoch: 7")),
    FRAME("ListOffsets of a timestamp that means nothing", LIST(5, "~two", "0, timestamp: -99")),
    FRAME("ListOffsets of a partition named twice", "ListOffsets 5 {replica_id: -1, topics: [{name: ~one, "
                                                    "partitions: [{partition_index: 0, timestamp: -2}, "
                                                    "{partition_index: 0, timestamp: -2}]}]}"),

    FRAME("OffsetForLeaderEpoch, lowest version", EPOCH(0, "partition: 0, leader_epoch: 0")),
    FRAME("OffsetForLeaderEpoch, highest version", EPOCH(4, "partition: 0, leader_epoch: 0")),
    FRAME("OffsetForLeaderEpoch of an epoch of the future", EPOCH(3, "partition: 0, leader_epoch: 9")),
    FRAME("OffsetForLeaderEpoch with a current epoch of the future",
          EPOCH(3, "partition: 0, leader_epoch: 0, current_leader_epoch: 9")),
    FRAME("OffsetForLeaderEpoch of an undefined epoch", EPOCH(3, "partition: 0, leader_epoch: -1")),
    FRAME("OffsetForLeaderEpoch of an unknown partition", EPOCH(3, "partition: 7, leader_epoch: 0")),

    FRAME("DeleteRecords, lowest version", DELETE(0, "~two", "partition_index: 0, offset: 1")),
    FRAME("DeleteRecords, highest version", DELETE(2, "~two", "partition_index: 0, offset: 2")),
    FRAME("DeleteRecords below the start", DELETE(1, "~two", "partition_index: 0, offset: 0")),
    FRAME("DeleteRecords beyond the end", DELETE(1, "~two", "partition_index: 0, offset: 1000")),
    FRAME("DeleteRecords at a negative offset", DELETE(1, "~two", "partition_index: 0, offset: -5")),
    FRAME("DeleteRecords of an unknown partition", DELETE(1, "~two", "partition_index: 7, offset: 1")),
    FRAME("DeleteRecords of an unknown topic", DELETE(1, "~unknown", "partition_index: 0, offset: 1")),
    FRAME("DeleteRecords of a compacted topic", DELETE(1, "~compact", "partition_index: 0, offset: 1")),
    FRAME("ListOffsets after records were deleted, earliest", LIST(5, "~two", "0, timestamp: -2")),
    FRAME("Fetch below the start", FETCH(11, "topic: ~two", "0, fetch_offset: 1")),
    FRAME("Fetch of what is left", FETCH(11, "topic: ~two", "0, fetch_offset: 2")),
    FRAME_END,
};
