/* SPDX-License-Identifier: Apache-2.0 */
/* topics: see topics.h. */
#include "pipeline/topics.h"

#include "pipeline/duration.h"

#include <assert.h>
#include <stdio.h>

static const struct topics_row rows[TOPICS_COUNT] = {
    [TOPICS_EVENTS_RAW] = {"events.raw", 12, 7, TOPICS_GROUP_INGEST, false},
    [TOPICS_EVENTS_DLQ] = {"events.dlq", 3, 30, TOPICS_GROUP_NONE, false},
    [TOPICS_INGEST_SEEN] = {"ingest.seen", 12, 7, TOPICS_GROUP_NONE, true},
    [TOPICS_PENDING] = {"downloads.pending", 12, 7, TOPICS_GROUP_DOWNLOAD, false},
    [TOPICS_RETRY_1] = {"downloads.pending.retry", 6, 7, TOPICS_GROUP_RETRY, false},
    [TOPICS_RETRY_2] = {"downloads.pending.retry", 6, 7, TOPICS_GROUP_RETRY, false},
    [TOPICS_RETRY_3] = {"downloads.pending.retry", 6, 7, TOPICS_GROUP_RETRY, false},
    [TOPICS_RETRY_4] = {"downloads.pending.retry", 6, 7, TOPICS_GROUP_RETRY, false},
    [TOPICS_RESULTS] = {"downloads.results", 6, 7, TOPICS_GROUP_RESULTS, false},
    [TOPICS_DLQ] = {"downloads.dlq", 3, 30, TOPICS_GROUP_NONE, false},
    [TOPICS_DLQ_RESOLVED] = {"downloads.dlq.resolved", 1, 90, TOPICS_GROUP_NONE, true},
};

const struct topics_row *topics_row(enum topics_id id)
{
    assert(id < TOPICS_COUNT);
    return &rows[id];
}

static int level_of(enum topics_id id)
{
    return id >= TOPICS_RETRY_1 && id <= TOPICS_RETRY_4 ? (int)(id - TOPICS_RETRY_1) : -1;
}

bool topics_exists(const struct config *config, enum topics_id id)
{
    size_t length;
    return level_of(id) < 0 || config_list_item(config, OPTION_RETRY_DELAYS, level_of(id), &length);
}

const char *topics_name(const struct config *config, enum topics_id id, char name[TOPICS_NAME_BYTES])
{
    size_t length = 0;
    const char *delay =
        level_of(id) < 0 ? "" : config_list_item(config, OPTION_RETRY_DELAYS, level_of(id), &length);
    snprintf(name, TOPICS_NAME_BYTES, "%s.%s%s%.*s", config_string(config, OPTION_TOPICS_PREFIX),
             topics_row(id)->suffix, length > 0 ? "." : "", (int)length, delay ? delay : "");
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

static bool delay_of(const struct config *config, int level, int64_t *ns_out)
{
    size_t length;
    const char *item = config_list_item(config, OPTION_RETRY_DELAYS, level, &length);
    return item && duration_parse(item, length, ns_out);
}

enum topics_id topics_retry(const struct config *config, int retry_count, int64_t at_least_ns,
                            int64_t *delay_ns_out)
{
    int64_t next_ns;
    int level = retry_count;
    if (!delay_of(config, level, delay_ns_out))
        return TOPICS_COUNT;
    /* Who has to wait for long waits among his like, and holds nobody back. */
    while (*delay_ns_out < at_least_ns && delay_of(config, level + 1, &next_ns)) {
        *delay_ns_out = next_ns;
        level++;
    }
    return (enum topics_id)(TOPICS_RETRY_1 + level);
}
