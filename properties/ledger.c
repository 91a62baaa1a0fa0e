/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger: topics, partitions, events and attachments, and who is done. What the history does to them:
 * ledger_update.c.
 */
#include "properties/ledger.h"
#include "properties/ledger_update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, CHUNK_BYTES = 32 << 10 };

struct ledger_chunk {
    struct ledger_chunk *next;
    size_t used, bytes;
    _Alignas(16) char data[];
};

struct ledger_name {
    struct ledger_name *next;
    struct history_bytes text;
};

void *ledger_take(struct ledger *ledger, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    struct ledger_chunk *chunk = ledger->chunks;
    if (!chunk || chunk->bytes - chunk->used < bytes) {
        size_t want = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        chunk = malloc(sizeof(*chunk) + want);
        if (!chunk) {
            ledger->is_out_of_memory = true;
            return NULL;
        }
        *chunk = (struct ledger_chunk){.next = ledger->chunks, .bytes = want};
        ledger->chunks = chunk;
    }
    void *taken = chunk->data + chunk->used;
    chunk->used += bytes;
    return memset(taken, 0, bytes);
}

struct history_bytes ledger_copy(struct ledger *ledger, struct history_bytes text)
{
    char *data = ledger_take(ledger, text.bytes + 1);
    if (data && text.bytes > 0)
        memcpy(data, text.data, text.bytes);
    return (struct history_bytes){.data = data, .bytes = data ? text.bytes : 0};
}

struct history_bytes ledger_intern(struct ledger *ledger, struct history_bytes text)
{
    for (const struct ledger_name *name = ledger->names; name; name = name->next)
        if (history_bytes_equal(name->text, text))
            return name->text;
    struct ledger_name *name = ledger_take(ledger, sizeof(*name));
    if (!name)
        return (struct history_bytes){0};
    *name = (struct ledger_name){.next = ledger->names, .text = ledger_copy(ledger, text)};
    ledger->names = name;
    return name->text;
}

bool ledger_init(struct ledger *ledger, const struct property_config *config)
{
    *ledger = (struct ledger){.config = config};
    ledger->last_event_at = &ledger->events;
    ledger->event_buckets = ledger_take(ledger, BUCKETS * sizeof(*ledger->event_buckets));
    ledger->attachment_buckets = ledger_take(ledger, BUCKETS * sizeof(*ledger->attachment_buckets));
    return !ledger->is_out_of_memory;
}

void ledger_deinit(struct ledger *ledger)
{
    for (struct ledger_topic *topic = ledger->topics; topic; topic = topic->next) {
        for (int32_t p = 0; p < topic->partition_count; p++)
            if (topic->partitions[p]) {
                free(topic->partitions[p]->records);
                ledger_log_free(topic->partitions[p]->log);
            }
        free(topic->partitions);
    }
    while (ledger->chunks) {
        struct ledger_chunk *chunk = ledger->chunks;
        ledger->chunks = chunk->next;
        free(chunk);
    }
    identity_deinit(&ledger->identity);
}

/* ---- topics ---------------------------------------------------------------------------------------------
 * */

static bool is_text(struct history_bytes bytes, const char *text)
{
    return text && bytes.bytes == strlen(text) && memcmp(bytes.data, text, bytes.bytes) == 0;
}

/* What stands behind "{prefix}." or "{prefix}-"; data NULL if the prefix is another. */
static struct history_bytes behind_prefix(const struct property_config *config, struct history_bytes name,
                                          char mark)
{
    size_t bytes = config->prefix ? strlen(config->prefix) : 0;
    const char *text = name.data;
    if (bytes == 0 || name.bytes <= bytes || memcmp(text, config->prefix, bytes) != 0 || text[bytes] != mark)
        return (struct history_bytes){0};
    return (struct history_bytes){.data = text + bytes + 1, .bytes = name.bytes - bytes - 1};
}

static enum ledger_role role_of(const struct property_config *config, struct history_bytes name)
{
    static const char retry[] = "downloads.pending.retry.";
    if (is_text(name, config->copy_input))
        return LEDGER_COPY_IN;
    if (is_text(name, config->copy_output))
        return LEDGER_COPY_OUT;
    struct history_bytes rest = behind_prefix(config, name, '.');
    if (is_text(rest, "events.raw"))
        return LEDGER_RAW;
    if (is_text(rest, "downloads.pending"))
        return LEDGER_PENDING;
    if (is_text(rest, "downloads.results"))
        return LEDGER_RESULTS;
    if (is_text(rest, "downloads.dlq"))
        return LEDGER_DLQ;
    if (is_text(rest, "events.dlq"))
        return LEDGER_EVENTS_DLQ;
    if (rest.bytes >= sizeof(retry) - 1 && memcmp(rest.data, retry, sizeof(retry) - 1) == 0)
        return LEDGER_RETRY;
    return LEDGER_OTHER;
}

/* The group that reads topics of this role, without the prefix; NULL if its stage does not run. */
static const char *reader_of(const struct property_config *config, enum ledger_role role)
{
    switch (role) {
    case LEDGER_RAW:
        return config->stages & PROPERTY_INGEST ? "event-ingester" : NULL;
    case LEDGER_PENDING:
        return config->stages & PROPERTY_DOWNLOAD ? "download-worker" : NULL;
    case LEDGER_RETRY:
        return config->stages & PROPERTY_RETRY ? "retry-scheduler" : NULL;
    case LEDGER_RESULTS:
        return config->stages & PROPERTY_RESULTS ? "result-processor" : NULL;
    case LEDGER_COPY_IN:
    case LEDGER_DLQ:
    case LEDGER_EVENTS_DLQ:
    case LEDGER_COPY_OUT:
    case LEDGER_OTHER:
        break;
    }
    return NULL;
}

static struct history_bytes group_of(struct ledger *ledger, enum ledger_role role)
{
    const struct property_config *config = ledger->config;
    char name[256];
    if (role == LEDGER_COPY_IN && config->copy_group && config->stages & PROPERTY_COPY)
        return (struct history_bytes){.data = config->copy_group, .bytes = strlen(config->copy_group)};
    const char *reader = reader_of(config, role);
    if (!reader)
        return (struct history_bytes){0};
    int bytes = snprintf(name, sizeof(name), "%s-%s", config->prefix, reader);
    return ledger_copy(ledger, (struct history_bytes){.data = name, .bytes = (size_t)bytes});
}

struct ledger_topic *ledger_topic_of(struct ledger *ledger, struct history_bytes name)
{
    for (struct ledger_topic *topic = ledger->topics; topic; topic = topic->next)
        if (history_bytes_equal(topic->name, name))
            return topic;
    struct ledger_topic *topic = ledger_take(ledger, sizeof(*topic));
    if (!topic)
        return NULL;
    topic->name = ledger_copy(ledger, name);
    topic->role = role_of(ledger->config, name);
    topic->group = group_of(ledger, topic->role);
    topic->next = ledger->topics;
    ledger->topics = topic;
    return topic;
}

struct ledger_partition *ledger_partition_of(struct ledger *ledger, struct history_bytes name,
                                             int32_t partition)
{
    struct ledger_topic *topic = ledger_topic_of(ledger, name);
    if (!topic || partition < 0 || partition >= LEDGER_PARTITIONS_MAX)
        return NULL;
    if (partition >= topic->partition_count) {
        int32_t want = (partition + 1) * 2;
        struct ledger_partition **grown =
            realloc(topic->partitions, (size_t)want * sizeof(struct ledger_partition *));
        if (!grown)
            return NULL;
        memset(grown + topic->partition_count, 0,
               (size_t)(want - topic->partition_count) * sizeof(struct ledger_partition *));
        topic->partitions = grown;
        topic->partition_count = want;
    }
    struct ledger_partition **at = &topic->partitions[partition];
    if (!*at && (*at = ledger_take(ledger, sizeof(**at)))) {
        (*at)->topic = topic;
        (*at)->partition = partition;
        (*at)->index = ledger->partition_count++;
        (*at)->start = INT64_MAX;
        (*at)->committed = -1;
    }
    return *at;
}

const struct ledger_record *ledger_record_at(const struct ledger_partition *partition, int64_t offset)
{
    return offset >= 0 && offset < partition->end ? &partition->records[offset] : NULL;
}

bool ledger_is_pipeline_group(const struct ledger_topic *topic, struct history_bytes group)
{
    return topic->group.data && history_bytes_equal(topic->group, group);
}

int64_t ledger_committed_at_most(const struct ledger_partition *partition)
{
    int64_t most = partition->committed < 0 ? 0 : partition->committed;
    for (uint32_t i = 0; i < partition->unanswered_count; i++)
        if (partition->unanswered[i].offset > most)
            most = partition->unanswered[i].offset;
    return most;
}

/* ---- events and attachments -----------------------------------------------------------------------------
 * */

struct ledger_event *ledger_event_of(struct ledger *ledger, struct history_bytes trace_id)
{
    uint64_t hash = ledger_hash(0, trace_id);
    struct ledger_event **bucket = &ledger->event_buckets[hash % BUCKETS];
    for (struct ledger_event *event = *bucket; event; event = event->next_in_bucket)
        if (event->hash == hash && history_bytes_equal(event->trace_id, trace_id))
            return event;
    struct ledger_event *event = ledger_take(ledger, sizeof(*event));
    if (!event)
        return NULL;
    event->hash = hash;
    event->trace_id = ledger_copy(ledger, trace_id);
    event->next_in_bucket = *bucket;
    *bucket = event;
    *ledger->last_event_at = event;
    ledger->last_event_at = &event->next;
    return event;
}

struct ledger_attachment *ledger_attachment_of(struct ledger *ledger, struct history_bytes trace_id,
                                               struct history_bytes url)
{
    struct ledger_event *event = ledger_event_of(ledger, trace_id);
    if (!event)
        return NULL;
    uint64_t hash = ledger_hash(event->hash, url);
    struct ledger_attachment **bucket = &ledger->attachment_buckets[hash % BUCKETS];
    for (struct ledger_attachment *known = *bucket; known; known = known->next_in_bucket)
        if (known->hash == hash && known->event == event && history_bytes_equal(known->url, url))
            return known;
    struct ledger_attachment *attachment = ledger_take(ledger, sizeof(*attachment));
    if (!attachment)
        return NULL;
    attachment->hash = hash;
    attachment->event = event;
    attachment->url = ledger_copy(ledger, url);
    attachment->index = ledger->attachment_count++;
    attachment->next_in_bucket = *bucket;
    *bucket = attachment;
    struct ledger_attachment **last = &event->attachments;
    while (*last)
        last = &(*last)->next_of_event;
    *last = attachment;
    return attachment;
}

/* ---- done -----------------------------------------------------------------------------------------------
 * */

static bool is_event_done(const struct ledger_event *event, bool is_unreadable)
{
    if (event->rejections > 0)
        return true;
    if (is_unreadable || event->is_poison)
        return false;
    for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event)
        if (a->is_in_raw && a->acked[LEDGER_PENDING] == 0)
            return false;
    return true;
}

static bool is_terminal(const struct ledger_attachment *attachment)
{
    return attachment->acked[LEDGER_RESULTS] > 0 || attachment->acked[LEDGER_DLQ] > 0;
}

/* Nobody who reads committed data is ever given this offset: a marker, or what was aborted. */
static bool is_passed_over(const struct ledger_partition *partition, int64_t offset)
{
    return partition->records[offset].is_control || ledger_log_fate(partition, offset) == LEDGER_ABORTED;
}

bool ledger_is_done(const struct ledger_partition *partition, const struct ledger_record *record)
{
    const struct ledger_attachment *attachment = record->attachment;
    if (is_passed_over(partition, record - partition->records) || record->is_rejected)
        return true;
    switch (partition->topic->role) {
    case LEDGER_RAW:
        return record->event && is_event_done(record->event, record->is_unreadable);
    case LEDGER_PENDING:
        return attachment &&
               (is_terminal(attachment) || attachment->acked_at[LEDGER_RETRY] > record->seen_at);
    case LEDGER_RETRY:
        return attachment &&
               (is_terminal(attachment) || attachment->acked_at[LEDGER_PENDING] > record->seen_at);
    case LEDGER_RESULTS:
        return record->is_stored || (attachment && attachment->loose_rows > 0);
    case LEDGER_COPY_IN:
        return attachment && attachment->acked[LEDGER_COPY_OUT] > 0;
    case LEDGER_DLQ:
    case LEDGER_EVENTS_DLQ:
    case LEDGER_COPY_OUT:
    case LEDGER_OTHER:
        break;
    }
    return true;
}

/* Has the producer's open transaction a copy of it in the partition? */
static bool has_open_copy(const struct ledger_partition *partition,
                          const struct ledger_attachment *attachment, int64_t producer_id)
{
    const struct ledger_log *log = partition->log;
    for (uint32_t i = 0; log && i < log->open_count; i++)
        for (int64_t offset = log->open[i].first_offset;
             log->open[i].producer_id == producer_id && offset < partition->end; offset++)
            if (partition->records[offset].attachment == attachment &&
                ledger_log_owner(partition, offset) == producer_id)
                return true;
    return false;
}

bool ledger_is_done_within(const struct ledger *ledger, const struct ledger_place *place, int64_t producer_id)
{
    const struct ledger_record *record = ledger_record_at(place->partition, place->offset);
    const struct ledger_attachment *attachment = record->attachment;
    if (record->is_control || place->partition->topic->role != LEDGER_COPY_IN)
        return ledger_is_done(place->partition, record);
    if (!attachment || attachment->visible[LEDGER_COPY_OUT] > 0)
        return attachment;
    for (const struct ledger_topic *topic = ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; topic->role == LEDGER_COPY_OUT && p < topic->partition_count; p++)
            if (topic->partitions[p] && has_open_copy(topic->partitions[p], attachment, producer_id))
                return true;
    return false;
}

const char *ledger_role_name(enum ledger_role role)
{
    static const char *const names[LEDGER_ROLE_COUNT] = {
        [LEDGER_RAW] = "events.raw",        [LEDGER_PENDING] = "downloads.pending",
        [LEDGER_RETRY] = "downloads.retry", [LEDGER_RESULTS] = "downloads.results",
        [LEDGER_DLQ] = "downloads.dlq",     [LEDGER_EVENTS_DLQ] = "events.dlq",
        [LEDGER_COPY_IN] = "copy-input",    [LEDGER_COPY_OUT] = "copy-output",
        [LEDGER_OTHER] = "other",
    };
    return names[role];
}

static int64_t lag_behind(const struct ledger_partition *partition, int64_t committed)
{
    int64_t end = partition->end;
    while (end > committed && is_passed_over(partition, end - 1))
        end--;
    return end > committed ? end - committed : 0;
}

int64_t ledger_partition_lag(const struct ledger_partition *partition)
{
    return lag_behind(partition, ledger_committed_at_most(partition));
}

static int64_t sum_lag(const struct ledger *ledger, int64_t (*lag_of)(const struct ledger_partition *))
{
    int64_t lag = 0;
    for (const struct ledger_topic *topic = ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; topic->group.data && p < topic->partition_count; p++)
            if (topic->partitions[p])
                lag += lag_of(topic->partitions[p]);
    return lag;
}

int64_t ledger_lag(const struct ledger *ledger)
{
    return sum_lag(ledger, ledger_partition_lag);
}

static int64_t lag_at_most(const struct ledger_partition *partition)
{
    int64_t committed = partition->committed > 0 ? partition->committed : 0;
    return lag_behind(partition, committed);
}

int64_t ledger_lag_at_most(const struct ledger *ledger)
{
    return sum_lag(ledger, lag_at_most);
}

static int64_t count_done(const struct ledger_partition *partition)
{
    int64_t count = 0;
    for (int64_t offset = 0; offset < partition->end; offset++) {
        const struct ledger_record *record = &partition->records[offset];
        count += record->is_known && !record->is_control && ledger_is_done(partition, record);
    }
    return count;
}

static int64_t count_committed(const struct ledger_partition *partition)
{
    return partition->committed > 0 ? partition->committed : 0;
}

static int64_t sum(const struct ledger *ledger, enum ledger_role role,
                   int64_t (*count)(const struct ledger_partition *partition))
{
    int64_t total = 0;
    for (const struct ledger_topic *topic = ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; topic->role == role && p < topic->partition_count; p++)
            if (topic->partitions[p])
                total += count(topic->partitions[p]);
    return total;
}

int64_t ledger_done_count(const struct ledger *ledger, enum ledger_role role)
{
    return sum(ledger, role, count_done);
}

int64_t ledger_committed_count(const struct ledger *ledger, enum ledger_role role)
{
    return sum(ledger, role, count_committed);
}
