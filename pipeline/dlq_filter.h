/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq_filter: which dead letters a command means. Pure.
 *
 *     --category NAME  --trace-id ID  --source NAME  --since TIME  --until TIME  --unresolved | --all
 *
 * TIME is ISO-8601 in UTC or a duration before now ("90m"). All that are given have to hold; since is included, until is not.
 */
#ifndef PIPELINE_DLQ_FILTER_H
#define PIPELINE_DLQ_FILTER_H

#include "pipeline/dlq_record.h"

struct dlq_filter {
    const char *category; /* NULL: any, and so with the next */
    const char *trace_id;
    const char *source;
    int64_t since_ns; /* since 1970 */
    int64_t until_ns;
    bool with_resolved;
    int given; /* flags taken */
};

void dlq_filter_init(struct dlq_filter *filter);

/* Takes a flag, with its value if it has one. Returns how many words it took; 0: it is no flag of a filter; -1: it is one, and
 * reason says what is wrong with it. Borrows value. value is NULL behind the last word. */
int dlq_filter_take(struct dlq_filter *filter, const char *flag, const char *value, int64_t now_wall_ns,
                    char reason[DLQ_REASON_BYTES]);

bool dlq_filter_has(const struct dlq_filter *filter, const struct dlq_record *record, bool is_resolved);

#endif
