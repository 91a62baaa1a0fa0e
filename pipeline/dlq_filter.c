/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_filter: see dlq_filter.h. */
#include "pipeline/dlq_filter.h"

#include "pipeline/clock.h"
#include "pipeline/duration.h"

#include <stdio.h>
#include <string.h>

void dlq_filter_init(struct dlq_filter *filter)
{
    *filter = (struct dlq_filter){.since_ns = INT64_MIN, .until_ns = INT64_MAX};
}

static bool read_time(const char *text, int64_t now_ns, int64_t *ns_out)
{
    int64_t before_ns;
    if (clock_parse(text, ns_out))
        return true;
    if (!duration_parse(text, strlen(text), &before_ns))
        return false;
    *ns_out = now_ns - before_ns;
    return true;
}

static int take_valued(struct dlq_filter *filter, const char *flag, const char *value, int64_t now_ns,
                       char *reason)
{
    const struct {
        const char *flag;
        const char **text;
        int64_t *time_ns;
    } rows[] = {
        {"--category", &filter->category, NULL}, {"--trace-id", &filter->trace_id, NULL},
        {"--source", &filter->source, NULL},     {"--since", NULL, &filter->since_ns},
        {"--until", NULL, &filter->until_ns},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].flag, flag) != 0)
            continue;
        if (!value || !*value) {
            snprintf(reason, DLQ_REASON_BYTES, "%s needs a value", flag);
            return -1;
        }
        if (rows[i].text) {
            *rows[i].text = value;
        } else if (!read_time(value, now_ns, rows[i].time_ns)) {
            snprintf(reason, DLQ_REASON_BYTES, "%s: %.60s is neither an ISO-8601 time in UTC nor a duration",
                     flag, value);
            return -1;
        }
        filter->given++;
        return 2;
    }
    return 0;
}

int dlq_filter_take(struct dlq_filter *filter, const char *flag, const char *value, int64_t now_wall_ns,
                    char reason[DLQ_REASON_BYTES])
{
    bool is_all = strcmp(flag, "--all") == 0;
    if (!is_all && strcmp(flag, "--unresolved") != 0)
        return take_valued(filter, flag, value, now_wall_ns, reason);
    filter->with_resolved = is_all;
    filter->given++;
    return 1;
}

static bool matches(const char *wanted, const char *text)
{
    return !wanted || strcmp(wanted, text) == 0;
}

bool dlq_filter_has(const struct dlq_filter *filter, const struct dlq_record *record, bool is_resolved)
{
    return (filter->with_resolved || !is_resolved) && matches(filter->category, record->category) &&
           matches(filter->trace_id, record->trace_id) && matches(filter->source, record->source) &&
           record->failed_ns >= filter->since_ns && record->failed_ns < filter->until_ns;
}
