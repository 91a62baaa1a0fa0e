/* SPDX-License-Identifier: Apache-2.0 */
/* topics: see topics.h. */
#include "pipeline/topics.h"

#include "pipeline/clock.h"

#include <assert.h>
#include <stdio.h>

static const struct topics_row rows[TOPICS_COUNT] = {
    [TOPICS_EVENTS_RAW] = {"events.raw", 12, 7, TOPICS_GROUP_INGEST},
    [TOPICS_EVENTS_DLQ] = {"events.dlq", 3, 30, TOPICS_GROUP_NONE},
    [TOPICS_PENDING] = {"downloads.pending", 12, 7, TOPICS_GROUP_DOWNLOAD},
    [TOPICS_RETRY_5M] = {"downloads.pending.retry.5m", 6, 7, TOPICS_GROUP_RETRY},
    [TOPICS_RETRY_10M] = {"downloads.pending.retry.10m", 6, 7, TOPICS_GROUP_RETRY},
    [TOPICS_RETRY_20M] = {"downloads.pending.retry.20m", 6, 7, TOPICS_GROUP_RETRY},
    [TOPICS_RETRY_40M] = {"downloads.pending.retry.40m", 6, 7, TOPICS_GROUP_RETRY},
    [TOPICS_RESULTS] = {"downloads.results", 6, 7, TOPICS_GROUP_RESULTS},
    [TOPICS_DLQ] = {"downloads.dlq", 3, 30, TOPICS_GROUP_NONE},
};

const struct topics_row *topics_row(enum topics_id id)
{
    assert(id < TOPICS_COUNT);
    return &rows[id];
}

const char *topics_name(const struct config *config, enum topics_id id, char name[TOPICS_NAME_BYTES])
{
    snprintf(name, TOPICS_NAME_BYTES, "%s.%s", config_string(config, OPTION_TOPICS_PREFIX),
             topics_row(id)->suffix);
    return name;
}

const char *topics_group_name(const struct config *config, enum topics_group group,
                              char name[TOPICS_NAME_BYTES])
{
    static const char *const suffixes[] = {"event-ingester", "download-worker", "retry-scheduler",
                                           "result-processor"};
    assert(group < TOPICS_GROUP_NONE);
    snprintf(name, TOPICS_NAME_BYTES, "%s-%s", config_string(config, OPTION_TOPICS_PREFIX), suffixes[group]);
    return name;
}

enum topics_id topics_retry(int retry_count, int64_t *delay_ns_out)
{
    static const int minutes[TOPICS_RETRIES] = {5, 10, 20, 40};
    if (retry_count >= TOPICS_RETRIES)
        return TOPICS_COUNT;
    *delay_ns_out = minutes[retry_count] * 60 * CLOCK_NS_PER_S;
    return (enum topics_id)(TOPICS_RETRY_5M + retry_count);
}
