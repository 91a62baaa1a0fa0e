/* SPDX-License-Identifier: Apache-2.0 */
/* option: the table of everything that can be configured, but for what goes to librdkafka untouched. */
#ifndef PIPELINE_OPTION_H
#define PIPELINE_OPTION_H

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
    OPTION_STRING,    /* any text; may be empty */
    OPTION_INTEGER,   /* decimal, minimum..maximum */
    OPTION_BOOLEAN,   /* true or false */
    OPTION_CHOICE,    /* one of choices, separated by '|' */
    OPTION_LIST,      /* comma-separated, blanks around items ignored */
    OPTION_DURATIONS, /* such a list of 1..OPTION_DURATIONS_MAX different durations (duration.h) */
};

enum { OPTION_DURATIONS_MAX = 4 };

enum option_id {
    OPTION_TOPICS_PREFIX,
    OPTION_TOPICS_REPLICATION,
    OPTION_INSTANCE,
    OPTION_LOG_LEVEL,
    OPTION_CONSUMER_START,
    OPTION_CONSUMER_WINDOW,
    OPTION_CONSUMER_STATIC,
    OPTION_CONSUMER_ABSENCE_MAX_MS,
    OPTION_DELIVERY,
    OPTION_COMMIT_INTERVAL_MS,
    OPTION_COMMIT_BATCH,
    OPTION_COMMIT_TIMEOUT_MS,
    OPTION_DRAIN_TIMEOUT_MS,
    OPTION_DEDUP_WINDOW_MS,
    OPTION_DEDUP_MAX,
    OPTION_STORAGE_URL,
    OPTION_STORAGE_SYNC,
    OPTION_STORAGE_TIMEOUT_MS,
    OPTION_DOWNLOAD_CONCURRENCY,
    OPTION_DOWNLOAD_QUEUE,
    OPTION_DOWNLOAD_CONNECT_TIMEOUT_MS,
    OPTION_DOWNLOAD_STALL_TIMEOUT_MS,
    OPTION_DOWNLOAD_TIMEOUT_MS,
    OPTION_MAX_BYTES,
    OPTION_SPOOL_THRESHOLD,
    OPTION_SPOOL_DIR,
    OPTION_ALLOW_HTTP,
    OPTION_ALLOW_HOSTS,
    OPTION_ALLOW_PRIVATE,
    OPTION_ALLOW_EXTENSIONS,
    OPTION_CHECK_CONTENT_TYPE,
    OPTION_RETRY_INLINE_ATTEMPTS,
    OPTION_RETRY_INLINE_DELAY_MS,
    OPTION_RETRY_DELAYS,
    OPTION_RETRY_PENDING_LAG_MAX,
    OPTION_RESULTS_BATCH_ROWS,
    OPTION_RESULTS_BATCH_MS,
    OPTION_COUNT
};

struct option_row {
    const char *name;
    const char *initial; /* the default, as text */
    const char *choices; /* OPTION_CHOICE only */
    const char *doc;     /* one line */
    int64_t minimum;     /* OPTION_INTEGER only */
    int64_t maximum;
    enum option_kind kind;
    bool is_secret; /* shown redacted */
};

/* The row of an id below OPTION_COUNT. */
const struct option_row *option_row(enum option_id id);

/* The id of a name, or OPTION_COUNT. */
enum option_id option_find(const char *name);

/* "storage.url" -> "MILLRACE_STORAGE_URL"; cut to fit. */
void option_variable(const char *name, char *variable, int bytes);

#endif
