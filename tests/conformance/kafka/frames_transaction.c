/* SPDX-License-Identifier: Apache-2.0 */
/* Frames to the coordinator of a transaction: producer ids, what belongs to a transaction, how it ends, what there is. */
#include "tests/conformance/kafka/frames.h"

#define INIT(V, ID, TIMEOUT_MS, MORE)                                                                        \
    "InitProducerId " #V " {transactional_id: " ID ", transaction_timeout_ms: " #TIMEOUT_MS MORE "}"
#define OF(ID, PID, EPOCH)                                                                                   \
    "v3_and_below_transactional_id: " ID ", v3_and_below_producer_id: " PID                                  \
    ", v3_and_below_producer_epoch: " #EPOCH
#define ADD(V, OWNER, TOPICS)                                                                                \
    "!sorted AddPartitionsToTxn " #V " {" OWNER ", v3_and_below_topics: [" TOPICS "]}"
#define BATCHED(ID, PID, EPOCH, VERIFY, TOPICS)                                                              \
    "{transactional_id: " ID ", producer_id: " PID ", producer_epoch: " #EPOCH ", verify_only: " VERIFY      \
    ", topics: [" TOPICS "]}"
#define OPEN_0 "{name: ~open, partitions: [0]}"
#define OPEN_1 "{name: ~open, partitions: [1]}"
#define OFFSETS(V, ID, PID, EPOCH, GROUP)                                                                    \
    "AddOffsetsToTxn " #V " {transactional_id: " ID ", producer_id: " PID ", producer_epoch: " #EPOCH        \
    ", group_id: " GROUP "}"
#define END(V, ID, PID, EPOCH, IS_COMMIT)                                                                    \
    "EndTxn " #V " {transactional_id: " ID ", producer_id: " PID ", producer_epoch: " #EPOCH                 \
    ", committed: " IS_COMMIT "}"
#define DESCRIBE(ID)     "DescribeTransactions 0 {transactional_ids: [" ID "]}"
#define UNTIL(STATE, ID) "!until " STATE " " DESCRIBE(ID)
#define NO_PID           "987654321"

const struct frame frames_transaction[] = {
    FRAME("FindCoordinator of a transaction, lowest version", "FindCoordinator 1 {key: ~x, key_type: 1}"),
    FRAME("FindCoordinator of two transactions, highest version",
          "FindCoordinator 6 {key_type: 1, coordinator_keys: [~x, ~y]}"),
    FRAME_KEEP("transactional: InitProducerId, lowest version", INIT(0, "~x", 60000, ""), "producer_id=x"),
    FRAME("transactional: InitProducerId again, version 1: the next epoch", INIT(1, "~x", 60000, "")),
    FRAME("transactional: InitProducerId version 3 with producer id and epoch",
          INIT(3, "~x", 60000, ", producer_id: $x, producer_epoch: 1")),
    FRAME("transactional: InitProducerId version 3 with the epoch before: said again",
          INIT(3, "~x", 60000, ", producer_id: $x, producer_epoch: 1")),
    FRAME("transactional: InitProducerId version 3 with an epoch of long ago",
          INIT(3, "~x", 60000, ", producer_id: $x, producer_epoch: 0")),
    FRAME("transactional: InitProducerId version 4 with an epoch of long ago",
          INIT(4, "~x", 60000, ", producer_id: $x, producer_epoch: 0")),
    FRAME("transactional: InitProducerId version 4 with an epoch of the future",
          INIT(4, "~x", 60000, ", producer_id: $x, producer_epoch: 9")),
    FRAME("transactional: InitProducerId version 4 with another's producer id",
          INIT(4, "~x", 60000, ", producer_id: " NO_PID ", producer_epoch: 2")),
    FRAME("transactional: InitProducerId with producer id and epoch of an unknown transactional id",
          INIT(4, "~nobody", 60000, ", producer_id: $x, producer_epoch: 2")),
    FRAME("transactional: InitProducerId with a producer id and no epoch",
          INIT(4, "~x", 60000, ", producer_id: $x, producer_epoch: -1")),
    FRAME("transactional: InitProducerId with an epoch and no producer id",
          INIT(4, "~x", 60000, ", producer_id: -1, producer_epoch: 2")),
    FRAME("transactional: InitProducerId, highest stable version", INIT(5, "~y", 60000, "")),
    FRAME("transactional: InitProducerId with a timeout of 0", INIT(1, "~x", 0, "")),
    FRAME("transactional: InitProducerId with a negative timeout", INIT(1, "~x", -1, "")),
    FRAME("transactional: InitProducerId with a timeout beyond the broker's", INIT(1, "~x", 900001, "")),
    FRAME("transactional: InitProducerId with the broker's longest timeout", INIT(1, "~long", 900000, "")),
    FRAME("transactional: InitProducerId cut short", "!cut 1 " INIT(1, "~x", 60000, "")),

    /* Of $x, epoch 2. */
    FRAME("EndTxn of nothing, lowest version", END(0, "~x", "$x", 2, "true")),
    FRAME("EndTxn of nothing, abort", END(1, "~x", "$x", 2, "false")),
    FRAME("EndTxn of nothing, version 4", END(4, "~x", "$x", 2, "true")),
    FRAME("EndTxn of an unknown transactional id", END(1, "~nobody", "$x", 2, "true")),
    FRAME("EndTxn of an empty transactional id", END(1, "''", "$x", 2, "true")),
    FRAME("EndTxn of another's producer id", END(1, "~x", NO_PID, 2, "true")),
    FRAME("EndTxn of an epoch that is over, version 1", END(1, "~x", "$x", 1, "true")),
    FRAME("EndTxn of an epoch that is over, version 2", END(2, "~x", "$x", 1, "true")),
    FRAME("EndTxn of an epoch of the future", END(3, "~x", "$x", 3, "true")),
    FRAME("EndTxn cut short", "!cut 1 " END(1, "~x", "$x", 2, "true")),
    FRAME("EndTxn with bytes behind it", "!append 00 " END(1, "~nobody", "$x", 2, "true")),
    FRAME("DescribeTransactions of what has not begun", DESCRIBE("~x")),

    FRAME("AddPartitionsToTxn of an unknown transactional id", ADD(0, OF("~nobody", "$x", 2), OPEN_0)),
    FRAME("AddPartitionsToTxn of an empty transactional id", ADD(0, OF("''", "$x", 2), OPEN_0)),
    FRAME("AddPartitionsToTxn of another's producer id", ADD(0, OF("~x", NO_PID, 2), OPEN_0)),
    FRAME("AddPartitionsToTxn of an epoch that is over, version 1", ADD(1, OF("~x", "$x", 1), OPEN_0)),
    FRAME("AddPartitionsToTxn of an epoch that is over, version 2", ADD(2, OF("~x", "$x", 1), OPEN_0)),
    FRAME("AddPartitionsToTxn of an unknown topic and a known one",
          ADD(0, OF("~x", "$x", 2), "{name: ~unknown, partitions: [0]}, " OPEN_0)),
    FRAME("AddPartitionsToTxn of an unknown partition and a known one",
          ADD(3, OF("~x", "$x", 2), "{name: ~open, partitions: [0, 7]}")),
    FRAME("AddPartitionsToTxn of an internal topic",
          ADD(0, OF("~x", "$x", 2), "{name: __consumer_offsets, partitions: [0]}")),
    FRAME("AddPartitionsToTxn of no partitions", ADD(0, OF("~nobody", "$x", 2), "")),
    FRAME("DescribeTransactions: what was refused began nothing", DESCRIBE("~x")),
    FRAME("AddPartitionsToTxn cut short", "!cut 2 " ADD(0, OF("~x", "$x", 2), OPEN_0)),
    FRAME("AddPartitionsToTxn version 4 only verifies: it is not in it",
          "!sorted AddPartitionsToTxn 4 {transactions: [" BATCHED("~x", "$x", 2, "true", OPEN_0) "]}"),
    FRAME("AddPartitionsToTxn version 5 only verifies: it is not in it",
          "!sorted AddPartitionsToTxn 5 {transactions: [" BATCHED("~x", "$x", 2, "true", OPEN_0) "]}"),
    FRAME("AddPartitionsToTxn, lowest version", ADD(0, OF("~x", "$x", 2), OPEN_0)),
    FRAME("AddPartitionsToTxn of what is in it already, version 3", ADD(3, OF("~x", "$x", 2), OPEN_0)),
    FRAME("AddPartitionsToTxn version 4 only verifies: it is in it",
          "!sorted AddPartitionsToTxn 4 {transactions: [" BATCHED("~x", "$x", 2, "true", OPEN_0) "]}"),
    FRAME("AddPartitionsToTxn version 4 only verifies: some are in it",
          "!sorted AddPartitionsToTxn 4 {transactions: [" BATCHED("~x", "$x", 2, "true",
                                                                  "{name: ~open, partitions: [0, 1]}") "]}"),
    FRAME("AddPartitionsToTxn version 4 only verifies: of an epoch that is over",
          "!sorted AddPartitionsToTxn 4 {transactions: [" BATCHED("~x", "$x", 1, "true", OPEN_0) "]}"),
    FRAME("AddPartitionsToTxn version 4 only verifies: of another's producer id",
          "!sorted AddPartitionsToTxn 4 {transactions: [" BATCHED("~x", NO_PID, 2, "true", OPEN_0) "]}"),
    FRAME("AddPartitionsToTxn version 4 of two transactions, one of them unknown",
          "!sorted AddPartitionsToTxn 4 {transactions: [" BATCHED(
              "~x", "$x", 2, "false", OPEN_1) ", " BATCHED("~nobody", "$x", 2, "false", OPEN_1) "]}"),
    FRAME("AddPartitionsToTxn, highest version",
          "!sorted AddPartitionsToTxn 5 {transactions: [" BATCHED("~x", "$x", 2, "false", OPEN_1) "]}"),

    FRAME("DescribeTransactions of one that is open", "!sorted " DESCRIBE("~x")),
    FRAME("DescribeTransactions of three", "DescribeTransactions 0 {transactional_ids: [~nobody, '', ~y]}"),
    FRAME("DescribeTransactions of an unknown transactional id", DESCRIBE("~unknown")),
    FRAME("DescribeTransactions of none", "DescribeTransactions 0 {transactional_ids: []}"),
    FRAME("DescribeTransactions cut short", "!cut 1 " DESCRIBE("~x")),
    FRAME("ListTransactions, lowest version", "!mine ListTransactions 0 {}"),
    FRAME("ListTransactions of those that are open", "!mine ListTransactions 0 {state_filters: [Ongoing]}"),
    FRAME("ListTransactions of a state that is none",
          "!mine ListTransactions 0 {state_filters: [Nonsense, Empty]}"),
    FRAME("ListTransactions of only a state that is none",
          "!mine ListTransactions 0 {state_filters: [Nonsense]}"),
    FRAME("ListTransactions of a producer", "!mine ListTransactions 0 {producer_id_filters: [$x]}"),
    FRAME("ListTransactions that are old, version 1", "!mine ListTransactions 1 {duration_filter: 3600000}"),
    FRAME("ListTransactions of any age, version 1", "!mine ListTransactions 1 {duration_filter: 0}"),
    FRAME("ListTransactions, highest version",
          "!mine ListTransactions 2 {transactional_id_pattern: '.*[.]x'}"),
    FRAME("ListTransactions with a pattern that is none",
          "!mine ListTransactions 2 {transactional_id_pattern: '(('}"),

    FRAME("InitProducerId over an open transaction aborts it", INIT(1, "~x", 60000, "")),
    FRAME("DescribeTransactions: it was aborted for another", UNTIL("CompleteAbort", "~x")),
    FRAME("EndTxn of the one that was aborted for another", END(3, "~x", "$x", 2, "true")),
    FRAME("AddPartitionsToTxn of the one that was aborted for another", ADD(3, OF("~x", "$x", 2), OPEN_0)),
    FRAME("InitProducerId once it is aborted", INIT(1, "~x", 60000, "")),

    /* Of $x, epoch 4. */
    FRAME("AddPartitionsToTxn of the next transaction", ADD(1, OF("~x", "$x", 4), OPEN_0)),
    FRAME("EndTxn commits, lowest version", END(0, "~x", "$x", 4, "true")),
    FRAME("DescribeTransactions: it is committed", UNTIL("CompleteCommit", "~x")),
    FRAME("EndTxn commits again", END(1, "~x", "$x", 4, "true")),
    FRAME("EndTxn aborts what is committed", END(1, "~x", "$x", 4, "false")),
    FRAME("AddPartitionsToTxn version 2", ADD(2, OF("~x", "$x", 4), OPEN_1)),
    FRAME("EndTxn aborts, version 4", END(4, "~x", "$x", 4, "false")),
    FRAME("DescribeTransactions: it is aborted", UNTIL("CompleteAbort", "~x")),
    FRAME("EndTxn aborts again", END(2, "~x", "$x", 4, "false")),
    FRAME("EndTxn commits what is aborted", END(2, "~x", "$x", 4, "true")),
    FRAME("InitProducerId version 3 behind a transaction", INIT(3, "~x", 60000,
                                                                ", producer_id: $x, "
                                                                "producer_epoch: 4")),

    FRAME_KEEP("AddOffsetsToTxn: its producer", INIT(1, "~o", 60000, ""), "producer_id=o"),
    FRAME("AddOffsetsToTxn of an unknown transactional id", OFFSETS(0, "~nobody", "$o", 0, "~og")),
    FRAME("AddOffsetsToTxn of an empty transactional id", OFFSETS(0, "''", "$o", 0, "~og")),
    FRAME("AddOffsetsToTxn of an empty group", OFFSETS(0, "~o", "$o", 0, "''")),
    FRAME("AddOffsetsToTxn of another's producer id", OFFSETS(0, "~o", NO_PID, 0, "~og")),
    FRAME("AddOffsetsToTxn of another epoch, version 1", OFFSETS(1, "~o", "$o", 5, "~og")),
    FRAME("AddOffsetsToTxn of another epoch, version 2", OFFSETS(2, "~o", "$o", 5, "~og")),
    FRAME("AddOffsetsToTxn, lowest version", OFFSETS(0, "~o", "$o", 0, "~og")),
    FRAME("AddOffsetsToTxn of what is in it already, version 3", OFFSETS(3, "~o", "$o", 0, "~og")),
    FRAME("AddOffsetsToTxn, highest version", OFFSETS(4, "~o", "$o", 0, "~og2")),
    FRAME("AddOffsetsToTxn cut short", "!cut 1 " OFFSETS(0, "~o", "$o", 0, "~og")),
    FRAME_END,
};
