/* SPDX-License-Identifier: Apache-2.0 */
/* Frames about groups: coordinator, membership, committed offsets, and what the admin asks about them. */
#include "tests/conformance/kafka/frames.h"

#define JOIN(V, GROUP, MEMBER, MORE)                                                                         \
    "JoinGroup " #V " {group_id: " GROUP                                                                     \
    ", session_timeout_ms: 30000, rebalance_timeout_ms: 30000, member_id: " MEMBER                           \
    ", protocol_type: consumer" MORE "}"
#define PROTOCOLS   ", protocols: [{name: p, metadata: m}]"
#define STATIC(WHO) ", group_instance_id: " #WHO PROTOCOLS
#define SYNC(V, GROUP, GENERATION, MEMBER, MORE)                                                             \
    "SyncGroup " #V " {group_id: " GROUP ", generation_id: " #GENERATION ", member_id: " MEMBER MORE "}"
#define BEAT(V, GROUP, GENERATION, MEMBER, MORE)                                                             \
    "Heartbeat " #V " {group_id: " GROUP ", generation_id: " #GENERATION ", member_id: " MEMBER MORE "}"
#define COMMIT(V, GROUP, GENERATION, MEMBER, MORE)                                                           \
    "OffsetCommit " #V " {group_id: " GROUP ", generation_id_or_member_epoch: " #GENERATION                  \
    ", member_id: " MEMBER ", topics: [{name: ~one, partitions: [{partition_index: 0, committed_offset: 5, " \
    "committed_metadata: m}]}]" MORE "}"
#define LEAVE(V, GROUP, MEMBERS) "LeaveGroup " #V " {group_id: " GROUP ", " MEMBERS "}"

const struct frame frames_group[] = {
    FRAME("FindCoordinator, lowest version", "FindCoordinator 0 {key: ~group}"),
    FRAME("FindCoordinator version 2", "FindCoordinator 2 {key: ~group, key_type: 0}"),
    FRAME("FindCoordinator, highest version, two groups",
          "FindCoordinator 6 {key_type: 0, coordinator_keys: [~group, ~other]}"),
    FRAME("FindCoordinator of an empty group", "FindCoordinator 2 {key: '', key_type: 0}"),
    FRAME("FindCoordinator of an empty transactional id", "FindCoordinator 2 {key: '', key_type: 1}"),
    FRAME("FindCoordinator of a type that is none", "FindCoordinator 2 {key: x, key_type: 9}"),
    FRAME("FindCoordinator of a type that is none, highest version",
          "FindCoordinator 6 {key_type: 9, coordinator_keys: [x]}"),

    FRAME("JoinGroup of an empty group id", JOIN(5, "''", "''", PROTOCOLS)),
    FRAME("JoinGroup with a session timeout too short", "JoinGroup 5 {group_id: ~group, session_timeout_ms: "
                                                        "5999, rebalance_timeout_ms: 30000, member_id: '', "
                                                        "protocol_type: consumer" PROTOCOLS "}"),
    FRAME("JoinGroup with a session timeout too long", "JoinGroup 5 {group_id: ~group, session_timeout_ms: "
                                                       "1800001, rebalance_timeout_ms: 30000, member_id: '', "
                                                       "protocol_type: consumer" PROTOCOLS "}"),
    FRAME("JoinGroup without protocols", JOIN(5, "~group", "''", ", protocols: []")),
    FRAME("JoinGroup without a protocol type", "JoinGroup 5 {group_id: ~group, session_timeout_ms: 30000, "
                                               "rebalance_timeout_ms: 30000, member_id: '', "
                                               "protocol_type: ''" PROTOCOLS "}"),
    FRAME("JoinGroup as an unknown member of an unknown group", JOIN(5, "~nobody", "stranger", PROTOCOLS)),
    FRAME("JoinGroup version 0 lets a member in at once", JOIN(0, "~g0", "''", PROTOCOLS)),
    FRAME("JoinGroup version 2 lets a member in at once", JOIN(2, "~g2", "''", PROTOCOLS)),
    FRAME("JoinGroup version 3 lets a member in at once", JOIN(3, "~g3", "''", PROTOCOLS)),

    {"JoinGroup version 4 asks for a member id", 'a', JOIN(4, "~group", "''", PROTOCOLS), "member_id=m"},
    FRAME("DescribeGroups of a group with a pending member", "DescribeGroups 5 {groups: [~group]}"),
    FRAME("Heartbeat of a pending member", BEAT(3, "~group", 0, "$m", "")),
    FRAME_ON('a', "JoinGroup version 4 with the member id", JOIN(4, "~group", "$m", PROTOCOLS)),
    FRAME("DescribeGroups while the assignment is awaited", "DescribeGroups 5 {groups: [~group]}"),
    FRAME("Heartbeat while the assignment is awaited", BEAT(3, "~group", 1, "$m", "")),
    FRAME("OffsetCommit while the assignment is awaited", COMMIT(7, "~group", 1, "$m", "")),
    FRAME("SyncGroup of another generation", SYNC(3, "~group", 7, "$m", ", assignments: []")),
    FRAME("SyncGroup of a stranger", SYNC(3, "~group", 1, "stranger", ", assignments: []")),
    FRAME("SyncGroup with another protocol name",
          SYNC(5, "~group", 1, "$m", ", protocol_type: consumer, protocol_name: q, assignments: []")),
    FRAME("SyncGroup with another protocol type",
          SYNC(5, "~group", 1, "$m", ", protocol_type: connect, protocol_name: p, assignments: []")),
    FRAME("SyncGroup without a protocol name", SYNC(5, "~group", 1, "$m", ", assignments: []")),
    FRAME("SyncGroup of an empty group id", SYNC(3, "''", 1, "$m", ", assignments: []")),
    FRAME_ON('a', "SyncGroup of the leader",
             SYNC(3, "~group", 1, "$m", ", assignments: [{member_id: $m, assignment: parts}]")),
    FRAME_ON('a', "SyncGroup again", SYNC(3, "~group", 1, "$m", ", assignments: []")),
    FRAME("Heartbeat, lowest version", BEAT(0, "~group", 1, "$m", "")),
    FRAME("Heartbeat, highest version", BEAT(4, "~group", 1, "$m", "")),
    FRAME("Heartbeat of another generation", BEAT(3, "~group", 2, "$m", "")),
    FRAME("Heartbeat of a stranger", BEAT(3, "~group", 1, "stranger", "")),
    FRAME("Heartbeat in an unknown group", BEAT(3, "~nobody", 1, "$m", "")),
    FRAME("Heartbeat of an empty group id", BEAT(3, "''", 1, "$m", "")),
    FRAME("Heartbeat with an instance id that nobody has",
          BEAT(3, "~group", 1, "$m", ", group_instance_id: i")),
    FRAME("DescribeGroups of a stable group, lowest version", "DescribeGroups 0 {groups: [~group]}"),
    FRAME("DescribeGroups of a stable group, highest version",
          "DescribeGroups 6 {groups: [~group], include_authorized_operations: false}"),
    FRAME("DescribeGroups with authorized operations",
          "DescribeGroups 3 {groups: [~group], include_authorized_operations: true}"),
    FRAME("DescribeGroups of an unknown group", "DescribeGroups 5 {groups: [~nobody]}"),
    FRAME("DescribeGroups of an unknown group, highest version", "DescribeGroups 6 {groups: [~nobody]}"),
    FRAME("DescribeGroups of an empty group id", "DescribeGroups 5 {groups: ['']}"),

    FRAME("OffsetCommit, lowest version", COMMIT(0, "~simple", -1, "''", "")),
    FRAME("OffsetCommit version 2 outside of a group",
          COMMIT(2, "~simple", -1, "''", ", retention_time_ms: -1")),
    FRAME("OffsetCommit version 7 of the member", COMMIT(7, "~group", 1, "$m", "")),
    FRAME("OffsetCommit version 8 of the member", COMMIT(8, "~group", 1, "$m", "")),
    FRAME("OffsetCommit version 9 of the member", COMMIT(9, "~group", 1, "$m", "")),
    FRAME("OffsetCommit, highest version, by topic id",
          "OffsetCommit 10 {group_id: ~group, generation_id_or_member_epoch: 1, member_id: $m, topics: "
          "[{topic_id: $one, "
          "partitions: [{partition_index: 0, committed_offset: 6, committed_metadata: m}]}]}"),
    FRAME("OffsetCommit of another generation", COMMIT(7, "~group", 0, "$m", "")),
    FRAME("OffsetCommit of another generation, version 9", COMMIT(9, "~group", 0, "$m", "")),
    FRAME("OffsetCommit of a stranger", COMMIT(7, "~group", 1, "stranger", "")),
    FRAME("OffsetCommit outside of a group that has members", COMMIT(7, "~group", -1, "''", "")),
    FRAME("OffsetCommit of a member of an unknown group", COMMIT(7, "~nobody", 1, "$m", "")),
    FRAME("OffsetCommit of a member of an unknown group, version 9", COMMIT(9, "~nobody", 1, "$m", "")),
    FRAME("OffsetCommit of an empty group id", COMMIT(7, "''", -1, "''", "")),
    FRAME("OffsetCommit with an instance id that nobody has",
          COMMIT(7, "~group", 1, "$m", ", group_instance_id: i")),
    FRAME(
        "OffsetCommit for unknown partitions and topics",
        "!sorted OffsetCommit 7 {group_id: ~simple, generation_id_or_member_epoch: -1, member_id: '', "
        "topics: [{name: ~two, "
        "partitions: [{partition_index: 0, committed_offset: 1, committed_metadata: null}, {partition_index: "
        "7, "
        "committed_offset: 1, committed_metadata: ''}]}, {name: ~unknown, partitions: [{partition_index: 0, "
        "committed_offset: 1, committed_metadata: ''}]}]}"),
    FRAME("OffsetCommit of no topics",
          "OffsetCommit 7 {group_id: ~simple, generation_id_or_member_epoch: -1, member_id: '', topics: []}"),
    FRAME("OffsetCommit of a negative offset",
          "OffsetCommit 7 {group_id: ~simple, generation_id_or_member_epoch: -1, member_id: '', topics: "
          "[{name: ~two, "
          "partitions: [{partition_index: 1, committed_offset: -7, committed_metadata: ''}]}]}"),

    FRAME("OffsetFetch, lowest version",
          "OffsetFetch 0 {group_id: ~simple, topics: [{name: ~one, partition_indexes: [0]}]}"),
    FRAME("OffsetFetch version 1",
          "OffsetFetch 1 {group_id: ~group, topics: [{name: ~one, partition_indexes: [0, 9]}]}"),
    FRAME("OffsetFetch version 7 of all",
          "!sorted OffsetFetch 7 {group_id: ~simple, topics: null, require_stable: true}"),
    FRAME("OffsetFetch version 8 of two groups",
          "!sorted OffsetFetch 8 {groups: [{group_id: ~group, topics: [{name: ~one, partition_indexes: "
          "[0]}]}, {group_id: "
          "~nobody, topics: [{name: ~one, partition_indexes: [0]}]}], require_stable: false}"),
    FRAME("OffsetFetch version 9 with a member",
          "OffsetFetch 9 {groups: [{group_id: ~group, member_id: $m, member_epoch: 1, topics: [{name: ~one, "
          "partition_indexes: [0]}]}]}"),
    FRAME(
        "OffsetFetch, highest version, by topic id",
        "OffsetFetch 10 {groups: [{group_id: ~group, topics: [{topic_id: $one, partition_indexes: [0]}]}]}"),
    FRAME("OffsetFetch of an unknown group",
          "OffsetFetch 5 {group_id: ~nobody, topics: [{name: ~one, partition_indexes: [0]}]}"),
    FRAME("OffsetFetch of an unknown topic",
          "OffsetFetch 5 {group_id: ~group, topics: [{name: ~unknown, partition_indexes: [0]}]}"),
    FRAME("OffsetFetch of an empty group id",
          "OffsetFetch 5 {group_id: '', topics: [{name: ~one, partition_indexes: [0]}]}"),
    FRAME("OffsetFetch of all of an unknown group", "OffsetFetch 5 {group_id: ~nobody, topics: null}"),

    {"a second member asks for an id", 'b', JOIN(5, "~group", "''", PROTOCOLS), "member_id=n"},
    FRAME_ON('b', "the second member joins and waits", "!send " JOIN(5, "~group", "$n", PROTOCOLS)),
    FRAME("DescribeGroups while the group rebalances",
          "!until PreparingRebalance !sorted DescribeGroups 4 {groups: [~group]}"),
    FRAME("Heartbeat while the group rebalances", BEAT(3, "~group", 1, "$m", "")),
    FRAME("OffsetCommit while the group rebalances", COMMIT(7, "~group", 1, "$m", "")),
    FRAME("SyncGroup while the group rebalances", SYNC(3, "~group", 1, "$m", ", assignments: []")),
    FRAME_ON('a', "the first member joins again", "!sorted " JOIN(5, "~group", "$m", PROTOCOLS)),
    FRAME_ON('b', "so the second member has joined", "!receive"),
    FRAME_ON('b', "the second member waits for its assignment",
             "!send " SYNC(3, "~group", 2, "$n", ", assignments: []")),
    FRAME_ON('a', "the leader assigns",
             SYNC(3, "~group", 2, "$m",
                  ", assignments: [{member_id: $m, assignment: left}, {member_id: $n, assignment: right}]")),
    FRAME_ON('b', "so the second member has its assignment", "!receive"),
    FRAME_ON('b', "a follower that joins again unchanged gets the generation as it is",
             "!sorted " JOIN(5, "~group", "$n", PROTOCOLS)),
    FRAME("OffsetCommit of the generation before", COMMIT(7, "~group", 1, "$m", "")),
    FRAME("JoinGroup with protocols that nobody shares",
          JOIN(5, "~group", "''", ", protocols: [{name: other, metadata: m}]")),
    FRAME("JoinGroup with another protocol type", "JoinGroup 5 {group_id: ~group, session_timeout_ms: 30000, "
                                                  "rebalance_timeout_ms: 30000, member_id: '', "
                                                  "protocol_type: connect" PROTOCOLS "}"),
    FRAME("JoinGroup as a stranger", JOIN(5, "~group", "stranger", PROTOCOLS)),
    FRAME("ListGroups, lowest version", "!mine ListGroups 0 {}"),
    FRAME("ListGroups of stable groups", "!mine ListGroups 4 {states_filter: [Stable]}"),
    FRAME("ListGroups, highest version",
          "!mine ListGroups 5 {states_filter: [Stable], types_filter: [classic]}"),
    FRAME("ListGroups of a type that is none",
          "!mine ListGroups 5 {states_filter: [], types_filter: [nonsense]}"),
    FRAME("ListGroups of a state that is none", "!mine ListGroups 4 {states_filter: [Nonsense]}"),
    FRAME("DeleteGroups of a group with members, lowest version", "DeleteGroups 0 {groups_names: [~group]}"),
    FRAME("OffsetDelete of a group with members",
          "OffsetDelete 0 {group_id: ~group, topics: [{name: ~one, partitions: [{partition_index: 0}]}]}"),

    FRAME("LeaveGroup, lowest version", LEAVE(0, "~group", "member_id: $n")),
    FRAME("Heartbeat after the other has left", BEAT(3, "~group", 2, "$m", "")),
    FRAME("Heartbeat of the one that has left", BEAT(3, "~group", 2, "$n", "")),
    FRAME("LeaveGroup of a stranger, version 2", LEAVE(2, "~group", "member_id: stranger")),
    FRAME("LeaveGroup of strangers, version 3",
          LEAVE(3, "~group", "members: [{member_id: stranger}, {member_id: '', group_instance_id: i}]")),
    FRAME("LeaveGroup of an empty group id", LEAVE(3, "''", "members: [{member_id: x}]")),
    FRAME("LeaveGroup, highest version", LEAVE(5, "~group", "members: [{member_id: $m, reason: over}]")),
    FRAME("LeaveGroup of an unknown group", LEAVE(5, "~nobody", "members: [{member_id: $m}]")),
    FRAME("DescribeGroups of an empty group", "DescribeGroups 5 {groups: [~group]}"),

    {"a static member joins", 'c', JOIN(5, "~static", "''", ", group_instance_id: i" PROTOCOLS),
     "member_id=s"},
    FRAME_ON('c', "a static member syncs",
             SYNC(3, "~static", 1, "$s",
                  ", group_instance_id: i, assignments: [{member_id: $s, assignment: mine}]")),
    {"its successor joins in a stable group", 'd',
     JOIN(5, "~static", "''", ", group_instance_id: i" PROTOCOLS), "member_id=t"},
    FRAME("the old holder heartbeats with its instance id",
          BEAT(3, "~static", 1, "$s", ", group_instance_id: i")),
    FRAME("the old holder heartbeats without", BEAT(3, "~static", 1, "$s", "")),
    FRAME("the old holder commits", COMMIT(7, "~static", 1, "$s", ", group_instance_id: i")),
    FRAME("the old holder joins", JOIN(5, "~static", "$s", ", group_instance_id: i" PROTOCOLS)),
    FRAME("the old holder syncs", SYNC(3, "~static", 1, "$s", ", group_instance_id: i, assignments: []")),
    FRAME("the successor heartbeats", BEAT(3, "~static", 1, "$t", ", group_instance_id: i")),
    FRAME("the successor syncs", SYNC(3, "~static", 1, "$t", ", group_instance_id: i, assignments: []")),
    FRAME("the old holder leaves", LEAVE(3, "~static", "members: [{member_id: $s, group_instance_id: i}]")),
    FRAME("DescribeGroups of a group with a static member", "DescribeGroups 4 {groups: [~static]}"),
    FRAME("a static member leaves by its instance id alone",
          LEAVE(3, "~static", "members: [{member_id: '', group_instance_id: i}]")),

    /* Static replacement in each state: Preparing (one that waits, and one that does not), Completing (a follower that waits, and the
     * leader), Empty, and Dead. */
    {"static: i joins", 'f', JOIN(5, "~change", "''", STATIC(i)), "member_id=i"},
    FRAME_ON('f', "static: i syncs",
             SYNC(3, "~change", 1, "$i",
                  ", group_instance_id: i, assignments: [{member_id: $i, assignment: all}]")),
    FRAME_ON('g', "static: j joins and waits", "!send " JOIN(5, "~change", "''", STATIC(j))),
    FRAME("static: i is told of the rebalance", "!until error_code=27 " BEAT(3, "~change", 1, "$i", "")),
    FRAME_ON('h', "static, preparing: a successor of j joins and waits",
             "!send " JOIN(5, "~change", "''", STATIC(j))),
    FRAME_ON('g', "static, preparing: so j, which waited, is fenced", "!receive"),
    {"static, preparing: a successor of i joins, and all are there", 'd',
     "!sorted " JOIN(5, "~change", "''", STATIC(i)), "member_id=ii"},
    {"static, preparing: the successor of j has joined", 'h', "!receive", "member_id=jj"},
    FRAME("static, preparing: i is fenced", BEAT(3, "~change", 2, "$i", ", group_instance_id: i")),
    FRAME_ON('h', "static: the successor of j waits for its assignment",
             "!send " SYNC(3, "~change", 2, "$jj", ", group_instance_id: j, assignments: []")),
    FRAME("static: which the leader's heartbeat does not tell (and which has come by then)",
          BEAT(3, "~change", 2, "$ii", ", group_instance_id: i")),
    FRAME_ON('g', "static, completing: a successor of a follower joins and waits",
             "!send " JOIN(5, "~change", "''", STATIC(j))),
    FRAME_ON('h', "static, completing: so who waited for its assignment is fenced", "!receive"),
    FRAME("static, completing: the leader is told of a rebalance",
          "!until error_code=27 " BEAT(3, "~change", 2, "$ii", ", group_instance_id: i")),
    FRAME_ON('d', "static, completing: the leader joins again",
             "!sorted " JOIN(5, "~change", "$ii", STATIC(i))),
    {"static, completing: the successor of the follower has joined", 'g', "!receive", "member_id=jjj"},
    FRAME_ON('f', "static, completing: a successor of the leader joins and waits",
             "!send !sorted " JOIN(5, "~change", "''", STATIC(i))),
    FRAME("static, completing: the leader is fenced",
          "!until error_code=82 " BEAT(3, "~change", 3, "$ii", ", group_instance_id: i")),
    FRAME("static, completing: and assigns nothing",
          SYNC(3, "~change", 3, "$ii",
               ", group_instance_id: i, assignments: [{member_id: $ii, assignment: all}]")),
    FRAME("static, completing: the follower is told of a rebalance",
          BEAT(3, "~change", 3, "$jjj", ", group_instance_id: j")),
    FRAME_ON('g', "static, completing: the follower joins again",
             "!sorted " JOIN(5, "~change", "$jjj", STATIC(j))),
    {"static, completing: the successor of the leader has joined", 'f', "!receive", "member_id=iii"},
    FRAME_ON('f', "static: the successor of the leader syncs",
             SYNC(3, "~change", 4, "$iii",
                  ", group_instance_id: i, assignments: [{member_id: $iii, assignment: a}, {member_id: $jjj, "
                  "assignment: b}]")),
    FRAME_ON('g', "static: the follower syncs",
             SYNC(3, "~change", 4, "$jjj", ", group_instance_id: j, assignments: []")),
    FRAME_ON('h', "static, stable: a successor of the leader with other metadata",
             "!sorted " JOIN(5, "~change", "''",
                             ", group_instance_id: i, protocols: [{name: p, metadata: n}]")),
    FRAME("static: both leave", LEAVE(3, "~change",
                                      "members: [{member_id: '', group_instance_id: i}, {member_id: '', "
                                      "group_instance_id: j}]")),
    {"static, empty: i joins", 'f', JOIN(5, "~change", "''", STATIC(i)), "member_id=i"},
    FRAME("static, empty: i leaves", LEAVE(3, "~change", "members: [{member_id: '', group_instance_id: i}]")),
    FRAME("static, dead: the group is deleted", "DeleteGroups 2 {groups_names: [~change]}"),
    FRAME("static, dead: i heartbeats", BEAT(3, "~change", 5, "$i", ", group_instance_id: i")),
    FRAME_ON('f', "static, dead: i joins with its id of before", JOIN(5, "~change", "$i", STATIC(i))),
    FRAME_ON('f', "static, dead: i joins anew", JOIN(5, "~change", "''", STATIC(i))),

    {"JoinGroup, highest version, asks for a member id", 'e',
     JOIN(9, "~last", "''", PROTOCOLS ", reason: first"), "member_id=l"},
    FRAME_ON('e', "JoinGroup, highest version, with the member id", JOIN(9, "~last", "$l", PROTOCOLS)),
    FRAME_ON(
        'e',
        "SyncGroup, highest version",
        SYNC(5, "~last", 1, "$l",
             ", protocol_type: consumer, protocol_name: p, assignments: [{member_id: $l, assignment: all}]")),
    FRAME_ON('e', "the leader that joins again starts a rebalance", JOIN(9, "~last", "$l", PROTOCOLS)),
    FRAME("SyncGroup, lowest version",
          SYNC(0, "~last", 2, "$l", ", assignments: [{member_id: $l, assignment: all}]")),

    FRAME("OffsetDelete, the only version", "OffsetDelete 0 {group_id: ~simple, topics: [{name: ~two, "
                                            "partitions: [{partition_index: 0}, {partition_index: 9}]}]}"),
    FRAME("OffsetDelete of an unknown group",
          "OffsetDelete 0 {group_id: ~nobody, topics: [{name: ~two, partitions: [{partition_index: 0}]}]}"),
    FRAME("OffsetDelete of an empty group id",
          "OffsetDelete 0 {group_id: '', topics: [{name: ~two, partitions: [{partition_index: 0}]}]}"),
    FRAME(
        "OffsetDelete of an unknown topic",
        "OffsetDelete 0 {group_id: ~simple, topics: [{name: ~unknown, partitions: [{partition_index: 0}]}]}"),
    FRAME("DeleteGroups, highest version",
          "!sorted DeleteGroups 2 {groups_names: [~group, ~nobody, ~static]}"),
    FRAME("DeleteGroups of an empty group id", "DeleteGroups 1 {groups_names: ['']}"),
    FRAME("DeleteGroups of a group named twice", "!sorted DeleteGroups 1 {groups_names: [~simple, ~simple]}"),
    FRAME("JoinGroup cut short", "!cut 3 " JOIN(5, "~group", "''", PROTOCOLS)),
    FRAME("OffsetCommit cut short", "!cut 6 " COMMIT(7, "~simple", -1, "''", "")),
    FRAME_END,
};
