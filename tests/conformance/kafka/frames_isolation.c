/* SPDX-License-Identifier: Apache-2.0 */
/* Frames about what transactions do to partitions and groups: Produce, Fetch, markers, pending offsets. */
#include "tests/conformance/kafka/frames.h"

#define INIT(ID) "InitProducerId 1 {transactional_id: " ID ", transaction_timeout_ms: 60000}"
#define ADD(ID, PID, EPOCH, TOPICS)                                                                          \
    "AddPartitionsToTxn 0 {v3_and_below_transactional_id: " ID ", v3_and_below_producer_id: " PID            \
    ", v3_and_below_producer_epoch: " #EPOCH ", v3_and_below_topics: [" TOPICS "]}"
#define OFFSETS(ID, PID, GROUP)                                                                              \
    "AddOffsetsToTxn 0 {transactional_id: " ID ", producer_id: " PID ", producer_epoch: 0, group_id: " GROUP \
    "}"
#define END(ID, PID, EPOCH, IS_COMMIT)                                                                       \
    "EndTxn 1 {transactional_id: " ID ", producer_id: " PID ", producer_epoch: " #EPOCH                      \
    ", committed: " IS_COMMIT "}"
#define UNTIL(STATE, ID) "!until " STATE " DescribeTransactions 0 {transactional_ids: [" ID "]}"
#define BATCH(PID, EPOCH, SEQUENCE, VALUES)                                                                  \
    "{values: [" VALUES "], producer_id: " PID ", producer_epoch: " #EPOCH ", base_sequence: " #SEQUENCE     \
    ", is_transactional: true}"
#define PRODUCE(V, ID, TOPIC, RECORDS)                                                                       \
    "Produce " #V " {transactional_id: " ID ", acks: -1, timeout_ms: 5000, topic_data: [{" TOPIC             \
    ", partition_data: [{index: 0, records: " RECORDS "}]}]}"
#define FETCH(V, ISOLATION, TOPIC, OFFSET)                                                                   \
    "Fetch " #V " {replica_id: -1, max_wait_ms: 10, min_bytes: 1, max_bytes: 1000000, session_epoch: -1, "   \
    "isolation_level: " #ISOLATION ", topics: [{" TOPIC ", partitions: [{partition: 0, "                     \
    "partition_max_bytes: 1000000, fetch_offset: " #OFFSET "}]}]}"
#define LIST(V, ISOLATION, TOPIC, TIMESTAMP)                                                                 \
    "ListOffsets " #V " {replica_id: -1, isolation_level: " #ISOLATION ", topics: [{name: " TOPIC            \
    ", partitions: [{partition_index: 0, timestamp: " #TIMESTAMP "}]}]}"
#define MARKERS(V, PID, EPOCH, IS_COMMIT, COORDINATOR_EPOCH, TOPIC, PARTITION)                               \
    "WriteTxnMarkers " #V " {markers: [{producer_id: " PID ", producer_epoch: " #EPOCH                       \
    ", transaction_result: " IS_COMMIT ", coordinator_epoch: " #COORDINATOR_EPOCH ", topics: [{name: " TOPIC \
    ", partition_indexes: [" #PARTITION "]}]}]}"
#define PRODUCERS(TOPIC, PARTITION)                                                                          \
    "DescribeProducers 0 {topics: [{name: " TOPIC ", partition_indexes: [" PARTITION "]}]}"
#define COMMIT(V, ID, GROUP, PID, EPOCH, MORE, TOPIC)                                                        \
    "TxnOffsetCommit " #V " {transactional_id: " ID ", group_id: " GROUP ", producer_id: " PID               \
    ", producer_epoch: " #EPOCH MORE ", topics: [{name: " TOPIC                                              \
    ", partitions: [{partition_index: 0, committed_offset: 7, committed_metadata: m}]}]}"
#define STABLE(GROUP, IS_STABLE)                                                                             \
    "OffsetFetch 7 {group_id: " GROUP                                                                        \
    ", topics: [{name: ~one, partition_indexes: [0, 1]}], require_stable: " IS_STABLE "}"
#define T_C   "topic: ~committed"
#define T_A   "topic: ~aborted"
#define N_C   "name: ~committed"
#define N_A   "name: ~aborted"
#define IN(T) "{name: " T ", partitions: [0]}"

const struct frame frames_isolation[] = {
    FRAME_KEEP("isolation: a producer", INIT("~c"), "producer_id=c"),
    FRAME("Produce in a transaction without AddPartitionsToTxn, version 3",
          PRODUCE(3, "~c", N_C, BATCH("$c", 0, 0, "x"))),
    FRAME("Produce in a transaction without AddPartitionsToTxn, version 9",
          PRODUCE(9, "~c", N_C, BATCH("$c", 0, 0, "x"))),
    FRAME("Produce in a transaction without AddPartitionsToTxn, version 11",
          PRODUCE(11, "~c", N_C, BATCH("$c", 0, 0, "x"))),
    FRAME("Produce in a transaction of another's producer id",
          PRODUCE(3, "~c", N_C, BATCH("987654321", 0, 0, "x"))),
    FRAME("Produce in a transaction of an unknown transactional id",
          PRODUCE(3, "~nobody", N_C, BATCH("$c", 0, 0, "x"))),
    FRAME("isolation: the partition is added", ADD("~c", "$c", 0, IN("~committed"))),
    FRAME("Produce in a transaction whose sequence does not begin at 0",
          PRODUCE(3, "~c", N_C, BATCH("$c", 0, 3, "x"))),
    FRAME("Fetch of committed records, nothing there", FETCH(4, 1, T_C, 0)),
    FRAME("Produce in a transaction, lowest version", PRODUCE(3, "~c", N_C, BATCH("$c", 0, 0, "c0, c1"))),
    FRAME("Produce in a transaction, the same again", PRODUCE(3, "~c", N_C, BATCH("$c", 0, 0, "c0, c1"))),
    FRAME("Produce in a transaction, version 11", PRODUCE(11, "~c", N_C, BATCH("$c", 0, 2, "c2"))),
    FRAME("Produce in a transaction, a gap", PRODUCE(9, "~c", N_C, BATCH("$c", 0, 9, "x"))),
    FRAME("Produce of an older epoch of a transactional id",
          PRODUCE(9, "~x", "name: ~open", BATCH("$x", 3, 0, "x"))),
    FRAME(
        "Produce without a transaction by a producer that has one open",
        "Produce 9 {acks: -1, timeout_ms: 5000, topic_data: [{name: ~committed, partition_data: [{index: 0, "
        "records: {values: [x], producer_id: $c, producer_epoch: 0, base_sequence: 3}}]}]}"),
    FRAME(
        "Produce by another behind an open transaction",
        "Produce 9 {acks: -1, timeout_ms: 5000, topic_data: [{name: ~committed, partition_data: [{index: 0, "
        "records: {values: [other]}}]}]}"),
    FRAME("Fetch of committed records, lowest version, while a transaction is open", FETCH(4, 1, T_C, 0)),
    FRAME("Fetch of all records while a transaction is open", FETCH(4, 0, T_C, 0)),
    FRAME("Fetch of committed records, version 11, while a transaction is open", FETCH(11, 1, T_C, 0)),
    FRAME("Fetch of committed records beyond the last stable offset", FETCH(11, 1, T_C, 2)),
    FRAME("Fetch of committed records beyond the end", FETCH(11, 1, T_C, 9)),
    FRAME("ListOffsets of committed records, lowest version", LIST(2, 1, "~committed", -1)),
    FRAME("ListOffsets of all records, version 2", LIST(2, 0, "~committed", -1)),
    FRAME("ListOffsets of committed records, the first", LIST(5, 1, "~committed", -2)),
    FRAME("ListOffsets of committed records by time", LIST(5, 1, "~committed", 1)),
    FRAME("ListOffsets of committed records, highest version", LIST(11, 1, "~committed", -1)),
    FRAME("DescribeProducers of an open transaction", PRODUCERS("~committed", "0")),
    FRAME("DescribeProducers of partitions of which one is unknown", "!sorted " PRODUCERS("~two", "1, 9")),
    FRAME("DescribeProducers of an unknown topic", PRODUCERS("~unknown", "0")),
    FRAME("DescribeProducers of an invalid topic", PRODUCERS("'a b'", "0")),
    FRAME("DescribeProducers of nothing", "DescribeProducers 0 {topics: []}"),
    FRAME("isolation: it is committed", END("~c", "$c", 0, "true")),
    FRAME("isolation: the coordinator has told", UNTIL("CompleteCommit", "~c")),
    FRAME("Fetch of committed records behind a commit, version 4", FETCH(4, 1, T_C, 0)),
    FRAME("Fetch of committed records behind a commit, highest version",
          FETCH(18, 1, "topic_id: $committed", 0)),
    FRAME("Fetch of all records behind a commit: with the marker", FETCH(11, 0, T_C, 3)),
    FRAME("ListOffsets of committed records behind a commit", LIST(5, 1, "~committed", -1)),
    FRAME("DescribeProducers behind a commit", PRODUCERS("~committed", "0")),
    FRAME("Produce behind the end of a transaction", PRODUCE(7, "~c", N_C, BATCH("$c", 0, 3, "late"))),
    FRAME("Produce behind the end of a transaction, version 11",
          PRODUCE(11, "~c", N_C, BATCH("$c", 0, 3, "late"))),
    FRAME("isolation: added to the next transaction", ADD("~c", "$c", 0, IN("~committed"))),
    FRAME("Produce in the next transaction", PRODUCE(7, "~c", N_C, BATCH("$c", 0, 3, "c3"))),
    FRAME("isolation: committed as well", END("~c", "$c", 0, "true")),
    FRAME("isolation: the coordinator has told again", UNTIL("CompleteCommit", "~c")),
    FRAME("Fetch of the next transaction", FETCH(11, 1, T_C, 5)),
    FRAME("Produce of what is committed, again", PRODUCE(7, "~c", N_C, BATCH("$c", 0, 3, "c3"))),

    FRAME_KEEP("isolation: one to be aborted", INIT("~a"), "producer_id=a"),
    FRAME_KEEP("isolation: another", INIT("~b"), "producer_id=b"),
    FRAME("isolation: a partition to abort in", ADD("~a", "$a", 0, IN("~aborted"))),
    FRAME("isolation: and of the other", ADD("~b", "$b", 0, IN("~aborted"))),
    FRAME("Produce of what is to be aborted", PRODUCE(7, "~a", N_A, BATCH("$a", 0, 0, "a0"))),
    FRAME("Produce of another transaction beside it", PRODUCE(7, "~b", N_A, BATCH("$b", 0, 0, "b0"))),
    FRAME("Produce of more to be aborted", PRODUCE(7, "~a", N_A, BATCH("$a", 0, 1, "a1"))),
    FRAME("isolation: the other is committed first", END("~b", "$b", 0, "true")),
    FRAME("isolation: it has told", UNTIL("CompleteCommit", "~b")),
    FRAME("Fetch of committed records in front of the first that is open", FETCH(11, 1, T_A, 0)),
    FRAME("isolation: the first is aborted", END("~a", "$a", 0, "false")),
    FRAME("isolation: the abort is told", UNTIL("CompleteAbort", "~a")),
    FRAME("Fetch of committed records with an aborted transaction, version 4", FETCH(4, 1, T_A, 0)),
    FRAME("Fetch of committed records with an aborted transaction, version 12", FETCH(12, 1, T_A, 0)),
    FRAME("Fetch of committed records from inside an aborted transaction", FETCH(11, 1, T_A, 2)),
    FRAME("Fetch of committed records behind an aborted transaction", FETCH(11, 1, T_A, 5)),
    FRAME("Fetch of all records with an aborted transaction", FETCH(11, 0, T_A, 0)),
    FRAME("DescribeProducers behind an abort", "!sorted " PRODUCERS("~aborted", "0")),
    FRAME("ListOffsets of committed records behind an abort", LIST(5, 1, "~aborted", -1)),

    FRAME("isolation: a partition for one that waits", ADD("~a", "$a", 0, IN("~aborted"))),
    FRAME("Produce of what is to be aborted while a fetch waits",
          PRODUCE(7, "~a", N_A, BATCH("$a", 0, 2, "a2"))),
    FRAME_ON('b', "Fetch of committed records waits behind the last stable offset",
             "!send Fetch 11 {replica_id: -1, max_wait_ms: 20000, min_bytes: 1, max_bytes: 1000000, "
             "session_epoch: -1, isolation_level: 1, topics: [{topic: ~aborted, partitions: [{partition: 0, "
             "partition_max_bytes: 1000000, fetch_offset: 5}]}]}"),
    FRAME("isolation: aborted while a fetch waits", END("~a", "$a", 0, "false")),
    FRAME_ON('b', "Fetch that waited: it has the aborted transaction", "!receive"),

    /* $a, epoch 0, coordinator epoch 0. */
    FRAME("WriteTxnMarkers with nothing open", MARKERS(1, "$a", 0, "true", 0, "~aborted", 0)),
    FRAME("Fetch of a marker with nothing open", FETCH(11, 0, T_A, 7)),
    FRAME("WriteTxnMarkers, lowest version", MARKERS(0, "$a", 0, "false", 0, "~aborted", 0)),
    FRAME("WriteTxnMarkers of a newer coordinator", MARKERS(1, "$a", 1, "false", 5, "~aborted", 0)),
    FRAME("WriteTxnMarkers of a coordinator of before", MARKERS(1, "$a", 1, "false", 4, "~aborted", 0)),
    FRAME("WriteTxnMarkers of an older producer epoch", MARKERS(1, "$a", 0, "false", 5, "~aborted", 0)),
    FRAME("Produce of an epoch that a marker has ended", PRODUCE(7, "~a", N_A, BATCH("$a", 0, 2, "x"))),
    FRAME("WriteTxnMarkers to an unknown topic", MARKERS(1, "$a", 1, "false", 5, "~unknown", 0)),
    FRAME("WriteTxnMarkers to an unknown partition", MARKERS(1, "$a", 1, "false", 5, "~aborted", 9)),
    FRAME("WriteTxnMarkers of a producer that nobody knows",
          MARKERS(1, "987654321", 0, "true", 0, "~open", 1)),
    FRAME("WriteTxnMarkers, highest version", MARKERS(2, "$a", 1, "true", 5, "~aborted", 0)),
    FRAME("WriteTxnMarkers of none", "WriteTxnMarkers 1 {markers: []}"),
    FRAME("WriteTxnMarkers cut short", "!cut 3 " MARKERS(1, "$a", 1, "false", 5, "~aborted", 0)),
    FRAME("DescribeProducers behind foreign markers", "!sorted " PRODUCERS("~aborted", "0")),
    FRAME("Fetch of foreign markers", FETCH(11, 0, T_A, 7)),

    FRAME_KEEP("isolation: one with offsets", INIT("~p"), "producer_id=p"),
    FRAME("TxnOffsetCommit without AddOffsetsToTxn", COMMIT(0, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit without AddOffsetsToTxn, version 3", COMMIT(3, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit without AddOffsetsToTxn, version 4", COMMIT(4, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("isolation: offsets are added", OFFSETS("~p", "$p", "~pg")),
    FRAME("TxnOffsetCommit, lowest version", COMMIT(0, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit version 3", COMMIT(3, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit version 4", COMMIT(4, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit to an empty group", COMMIT(0, "~p", "''", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit of another's producer id", COMMIT(3, "~p", "~pg", "987654321", 0, "", "~one")),
    FRAME("TxnOffsetCommit of an unknown transactional id", COMMIT(3, "~nobody", "~pg", "$p", 0, "", "~one")),
    FRAME("TxnOffsetCommit of an unknown topic", COMMIT(3, "~p", "~pg", "$p", 0, "", "~unknown")),
    FRAME("TxnOffsetCommit with a generation of a group that has none",
          COMMIT(3, "~p", "~pg", "$p", 0, ", generation_id: 4, member_id: stranger", "~one")),
    FRAME("TxnOffsetCommit of a static member nobody knows",
          COMMIT(3, "~p", "~pg", "$p", 0, ", generation_id: 4, member_id: stranger, group_instance_id: i",
                 "~one")),
    FRAME("TxnOffsetCommit cut short", "!cut 2 " COMMIT(0, "~p", "~pg", "$p", 0, "", "~one")),
    FRAME("OffsetFetch of stable offsets while some are pending", STABLE("~pg", "true")),
    FRAME("OffsetFetch of any offsets while some are pending", STABLE("~pg", "false")),
    FRAME("OffsetFetch of all stable offsets while some are pending",
          "!sorted OffsetFetch 7 {group_id: ~pg, topics: null, require_stable: true}"),
    FRAME("OffsetFetch of stable offsets while some are pending, highest version",
          "!sorted OffsetFetch 10 {groups: [{group_id: ~pg, topics: [{topic_id: $one, partition_indexes: "
          "[0]}]}], "
          "require_stable: true}"),
    FRAME("isolation: offsets are committed", END("~p", "$p", 0, "true")),
    FRAME("isolation: that is told", UNTIL("CompleteCommit", "~p")),
    FRAME("OffsetFetch of stable offsets behind a commit", STABLE("~pg", "true")),
    FRAME("isolation: offsets are added to be aborted", OFFSETS("~p", "$p", "~ag")),
    FRAME("TxnOffsetCommit to be aborted", COMMIT(3, "~p", "~ag", "$p", 0, "", "~one")),
    FRAME("OffsetFetch of stable offsets to be aborted", STABLE("~ag", "true")),
    FRAME("isolation: offsets are aborted", END("~p", "$p", 0, "false")),
    FRAME("isolation: that is told, too", UNTIL("CompleteAbort", "~p")),
    FRAME("OffsetFetch of stable offsets behind an abort", STABLE("~ag", "true")),
    FRAME("TxnOffsetCommit behind the end", COMMIT(3, "~p", "~pg", "$p", 0, "", "~one")),

    FRAME("isolation: offsets are added to be deleted", OFFSETS("~p", "$p", "~dg")),
    FRAME("TxnOffsetCommit to be deleted", COMMIT(3, "~p", "~dg", "$p", 0, "", "~one")),
    FRAME("OffsetDelete while an offset is pending",
          "OffsetDelete 0 {group_id: ~dg, topics: [{name: ~one, partitions: [{partition_index: 0}]}]}"),
    FRAME("OffsetFetch of stable offsets behind OffsetDelete", STABLE("~dg", "true")),
    FRAME("TxnOffsetCommit behind OffsetDelete", COMMIT(3, "~p", "~dg", "$p", 0, "", "~one")),
    FRAME("DeleteGroups while an offset is pending", "DeleteGroups 2 {groups_names: [~dg]}"),
    FRAME("OffsetFetch of stable offsets behind DeleteGroups", STABLE("~dg", "true")),
    FRAME("isolation: what was deleted is committed", END("~p", "$p", 0, "true")),
    FRAME("isolation: the commit of what was deleted is told", UNTIL("CompleteCommit", "~p")),
    FRAME("OffsetFetch behind the commit of what was deleted", STABLE("~dg", "true")),

    /* 3.9 takes an epoch of the future here, and can never end the transaction then. */
    FRAME_KEEP("isolation: a last one", INIT("~e"), "producer_id=e"),
    FRAME("isolation: the last one adds offsets", OFFSETS("~e", "$e", "~eg")),
    FRAME("TxnOffsetCommit", COMMIT(3, "~e", "~eg", "$e", 0, "", "~one")),
    FRAME("TxnOffsetCommit of an epoch of the future", COMMIT(3, "~e", "~eg", "$e", 5, "", "~one")),

    /* What these versions take belongs to transaction version 2, which is not modelled. */
    FRAME("TxnOffsetCommit to an empty group, highest version", COMMIT(5, "~p", "''", "$p", 0, "", "~one")),
    FRAME("Produce in a transaction of an unknown transactional id, version 12",
          PRODUCE(12, "~unknown", "name: ~open", BATCH("$p", 0, 0, "x"))),
    FRAME("EndTxn of an unknown transactional id, highest version",
          "EndTxn 5 {transactional_id: ~unknown, producer_id: $p, producer_epoch: 0, committed: true}"),
    FRAME_END,
};
