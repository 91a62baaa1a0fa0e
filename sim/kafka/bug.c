/* SPDX-License-Identifier: Apache-2.0 */
/* bug: the table. See bug.h. */
#include "sim/kafka/bug.h"

#include <string.h>

static const struct kafka_bug_entry bugs[KAFKA_BUGS] = {
    [KAFKA_BUG_TRUNCATES_TO_HIGH_WATERMARK] =
        {"truncates-to-high-watermark", "a new follower cuts its log at its high watermark, which may lag",
         "KAFKA-1211 (KIP-101)"},
    [KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH] =
        {"truncates-by-leaders-epoch",
         "a new follower cuts where its leader's answer ends, though it knows no such epoch itself",
         "KAFKA-6361 (KIP-279)"},
    [KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED] = {"followers-are-not-fenced",
                                            "a leader serves followers that follow in another leader epoch",
                                            "KAFKA-6880 (KIP-320)"},
    [KAFKA_BUG_JOINS_BELOW_EPOCH_START] =
        {"joins-below-epoch-start",
         "a follower joins the in-sync replicas below the start of the leader epoch", "KAFKA-7128"},
    [KAFKA_BUG_APPENDS_OUTSIDE_TRANSACTIONS] =
        {"appends-outside-transactions", "a late append lands behind the marker that ended its transaction",
         "KAFKA-14402 (KIP-890)"},
    [KAFKA_BUG_TIMEOUT_KEEPS_EPOCH] = {"timeout-keeps-epoch",
                                       "a transaction that timed out is aborted without fencing its producer",
                                       "KAFKA-6119"},
    [KAFKA_BUG_TAKES_STALE_MARKERS] = {"takes-stale-markers",
                                       "a marker of a coordinator that has been replaced is taken",
                                       "KAFKA-9144"},
    [KAFKA_BUG_OMITS_ABORTED_LIST] =
        {"omits-aborted-list",
         "a fetch that had to wait is answered without the list of aborted transactions", "KAFKA-5376"},
    [KAFKA_BUG_EXPIRES_OFFSETS_ON_LOAD] = {"expires-offsets-on-load",
                                           "a new coordinator expires the offsets that it has just loaded",
                                           "KAFKA-8069"},
    [KAFKA_BUG_DEAD_JOINER_BLOCKS] =
        {"dead-joiner-blocks",
         "a new member that dies before its first answer holds up the rebalance for ever", "KAFKA-9752"},
    [KAFKA_BUG_LOSES_ACKNOWLEDGED] = {"loses-acknowledged",
                                      "now and then an acknowledged write is not appended",
                                      "Jepsen on Bufstream 0.1.0"},
    [KAFKA_BUG_SPURIOUS_ZERO_OFFSET] = {"spurious-zero-offset",
                                        "now and then an append is acknowledged with offset 0",
                                        "Jepsen on Bufstream 0.1.0"},
};

const struct kafka_bug_entry *kafka_bug_at(size_t index)
{
    return index < KAFKA_BUGS ? &bugs[index] : NULL;
}

bool kafka_bug_of(const char *name, enum kafka_bug *out)
{
    for (size_t i = 0; i < KAFKA_BUGS; i++) {
        if (strcmp(bugs[i].name, name) != 0)
            continue;
        *out = (enum kafka_bug)i;
        return true;
    }
    return false;
}
