/* SPDX-License-Identifier: Apache-2.0 */
/* option: see option.h. */
#include "pipeline/option.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define TEXT(ID, NAME, INITIAL, DOC)                                                                         \
    [ID] = {.name = NAME, .kind = OPTION_STRING, .initial = INITIAL, .doc = DOC}
#define LIST(ID, NAME, INITIAL, DOC)                                                                         \
    [ID] = {.name = NAME, .kind = OPTION_LIST, .initial = INITIAL, .doc = DOC}
#define DURATIONS(ID, NAME, INITIAL, DOC)                                                                    \
    [ID] = {.name = NAME, .kind = OPTION_DURATIONS, .initial = INITIAL, .doc = DOC}
#define FLAG(ID, NAME, INITIAL, DOC)                                                                         \
    [ID] = {.name = NAME, .kind = OPTION_BOOLEAN, .initial = INITIAL, .doc = DOC}
#define PICK(ID, NAME, INITIAL, CHOICES, DOC)                                                                \
    [ID] = {.name = NAME, .kind = OPTION_CHOICE, .initial = INITIAL, .choices = CHOICES, .doc = DOC}
#define NUMBER(ID, NAME, INITIAL, MINIMUM, MAXIMUM, DOC)                                                     \
    [ID] = {.name = NAME,                                                                                    \
            .kind = OPTION_INTEGER,                                                                          \
            .initial = INITIAL,                                                                              \
            .minimum = (MINIMUM),                                                                            \
            .maximum = (MAXIMUM),                                                                            \
            .doc = DOC}

static const struct option_row rows[OPTION_COUNT] = {
    TEXT(OPTION_TOPICS_PREFIX, "topics.prefix", "xact", "first part of every topic and group name"),
    NUMBER(OPTION_TOPICS_REPLICATION, "topics.replication", "3", 1, 9, "replicas of a created topic"),
    TEXT(OPTION_INSTANCE, "instance", "0", "name of this worker; unique among those that share a storage"),
    PICK(OPTION_LOG_LEVEL, "log.level", "info", "error|warn|info|debug", "least severe level that is logged"),
    PICK(OPTION_CONSUMER_START, "consumer.start", "error", "error|earliest",
         "where a partition without a committed offset begins"),
    NUMBER(OPTION_CONSUMER_WINDOW, "consumer.window", "1000", 1, 100000,
           "unfinished records of one partition held at once"),
    FLAG(OPTION_CONSUMER_STATIC, "consumer.static", "false",
         "keep this instance's place in its group over a restart (KIP-345)"),
    NUMBER(OPTION_CONSUMER_ABSENCE_MAX_MS, "consumer.absence_max_ms", "600000", 10000, 86400000,
           "who is no member of its group for so long ends, for a supervisor to start it again"),
    PICK(OPTION_DELIVERY, "delivery", "exactly_once", "exactly_once|at_least_once",
         "outputs and offsets in one transaction, or outputs first (for clusters without transactions)"),
    NUMBER(OPTION_COMMIT_INTERVAL_MS, "commit.interval_ms", "50", 1, 60000, "longest wait before a commit"),
    NUMBER(OPTION_COMMIT_BATCH, "commit.batch", "1000", 1, 1000000, "finished records that cause a commit"),
    NUMBER(OPTION_COMMIT_TIMEOUT_MS, "commit.timeout_ms", "120000", 1000, 3600000,
           "a commit that takes longer ends the process, for a supervisor to start it again"),
    NUMBER(OPTION_DRAIN_TIMEOUT_MS, "drain.timeout_ms", "30000", 0, 600000,
           "time for work in flight to finish after SIGTERM"),
    NUMBER(OPTION_DEDUP_WINDOW_MS, "dedup.window_ms", "3600000", 0, 604800000,
           "an event whose trace_id was taken so lately is dropped; 0: none is"),
    NUMBER(OPTION_DEDUP_MAX, "dedup.max", "100000", 1, 10000000,
           "trace_ids of one partition that are remembered; 64 bytes each"),
    TEXT(OPTION_STORAGE_URL, "storage.url", "", "file:///directory or http(s)://host:port/prefix"),
    PICK(OPTION_STORAGE_SYNC, "storage.sync", "always", "always|never",
         "file storage: make files and directories durable before they are reported"),
    NUMBER(OPTION_STORAGE_TIMEOUT_MS, "storage.timeout_ms", "60000", 100, 600000,
           "http storage: time limit of one request"),
    NUMBER(OPTION_DOWNLOAD_CONCURRENCY, "download.concurrency", "50", 1, 500, "transfers at once"),
    NUMBER(OPTION_DOWNLOAD_QUEUE, "download.queue", "1000", 1, 100000,
           "tasks held in memory, not yet started"),
    NUMBER(OPTION_DOWNLOAD_CONNECT_TIMEOUT_MS, "download.connect_timeout_ms", "30000", 1, 600000,
           "time limit to connect"),
    NUMBER(OPTION_DOWNLOAD_STALL_TIMEOUT_MS, "download.stall_timeout_ms", "60000", 1000, 600000,
           "longest time below 1 byte a second"),
    NUMBER(OPTION_DOWNLOAD_TIMEOUT_MS, "download.timeout_ms", "300000", 1, 3600000,
           "time limit of a transfer"),
    NUMBER(OPTION_MAX_BYTES, "max.bytes", "104857600", 1, INT64_C(1) << 40, "largest attachment"),
    NUMBER(OPTION_SPOOL_THRESHOLD, "spool.threshold", "1048576", 0, 1 << 30,
           "bodies beyond this many bytes go to a temporary file"),
    TEXT(OPTION_SPOOL_DIR, "spool.dir", "/tmp", "temporary files, unless the storage is a file system"),
    FLAG(OPTION_ALLOW_HTTP, "allow.http", "false", "fetch http:// too, not only https://"),
    LIST(OPTION_ALLOW_HOSTS, "allow.hosts", "", "hosts to fetch from, exact names; empty allows every host"),
    FLAG(OPTION_ALLOW_PRIVATE, "allow.private", "false",
         "connect to private, loopback and link-local addresses"),
    LIST(OPTION_ALLOW_EXTENSIONS, "allow.extensions", "pdf,xml,jpg,jpeg,png,gif,bmp,tiff,tif,webp",
         "file name extensions to fetch"),
    FLAG(OPTION_CHECK_CONTENT_TYPE, "check.content_type", "true",
         "refuse a Content-Type unlike the extension"),
    NUMBER(OPTION_RETRY_INLINE_ATTEMPTS, "retry.inline_attempts", "3", 1, 100,
           "attempts in place before a retry topic is used"),
    NUMBER(OPTION_RETRY_INLINE_DELAY_MS, "retry.inline_delay_ms", "1000", 0, 60000,
           "wait before the second attempt in place; doubles after each"),
    DURATIONS(OPTION_RETRY_DELAYS, "retry.delays", "5m,10m,20m,40m",
              "waits before the first, second, .. retry; each names its topic"),
    NUMBER(OPTION_RETRY_PENDING_LAG_MAX, "retry.pending_lag_max", "10000", 0, 1000000000,
           "tasks not yet downloaded beyond which retries wait; 0: they never do"),
    NUMBER(OPTION_RESULTS_BATCH_ROWS, "results.batch_rows", "100", 1, 100000, "rows of an inventory segment"),
    NUMBER(OPTION_RESULTS_BATCH_MS, "results.batch_ms", "5000", 1, 600000,
           "longest wait for a segment to fill"),
};

const struct option_row *option_row(enum option_id id)
{
    assert(id < OPTION_COUNT);
    return &rows[id];
}

enum option_id option_find(const char *name)
{
    for (enum option_id id = 0; id < OPTION_COUNT; id++) {
        if (strcmp(rows[id].name, name) == 0)
            return id;
    }
    return OPTION_COUNT;
}

void option_variable(const char *name, char *variable, int bytes)
{
    int length = snprintf(variable, (size_t)bytes, "MILLRACE_");
    for (; *name && length < bytes - 1; name++)
        variable[length++] = (char)(*name == '.' ? '_' : *name >= 'a' && *name <= 'z' ? *name - 32 : *name);
    variable[length] = '\0';
}
