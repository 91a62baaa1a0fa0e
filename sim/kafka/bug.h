/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bug: rules of Apache Kafka that a known bug of some broker broke, each to be switched off by name.
 *
 * For canaries, and for scoring tests: a cluster that has a bug must be found out. None is on by default.
 */
#ifndef SIM_KAFKA_BUG_H
#define SIM_KAFKA_BUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the table in bug.c. */
enum kafka_bug {
    KAFKA_BUG_TRUNCATES_TO_HIGH_WATERMARK,
    KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH,
    KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED,
    KAFKA_BUG_JOINS_BELOW_EPOCH_START,
    KAFKA_BUG_APPENDS_OUTSIDE_TRANSACTIONS,
    KAFKA_BUG_TIMEOUT_KEEPS_EPOCH,
    KAFKA_BUG_TAKES_STALE_MARKERS,
    KAFKA_BUG_OMITS_ABORTED_LIST,
    KAFKA_BUG_EXPIRES_OFFSETS_ON_LOAD,
    KAFKA_BUG_DEAD_JOINER_BLOCKS,
    KAFKA_BUG_LOSES_ACKNOWLEDGED,
    KAFKA_BUG_SPURIOUS_ZERO_OFFSET,
    KAFKA_BUGS,
};

struct kafka_bug_entry {
    const char *name;   /* "timeout-keeps-epoch" */
    const char *what;   /* what a broker with it does, one line */
    const char *source; /* "KAFKA-6119", .. */
};

/* Borrowed for ever; NULL from KAFKA_BUGS on. */
const struct kafka_bug_entry *kafka_bug_at(size_t index);
/* False: there is none of this name; out is untouched. */
bool kafka_bug_of(const char *name, enum kafka_bug *out);

/* In a set of them, which has the bit 1 << bug for each; 0 is none. */
static inline bool kafka_bug_is_in(uint32_t set, enum kafka_bug bug)
{
    return set >> bug & 1;
}

#endif
