/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_update: see ledger_update.h. A record is parsed once: when it first becomes known.
 */
#include "properties/ledger_update.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS "__consumer_offsets"

enum {
    OFFSETS_MAX = 1 << 24, /* beyond this an offset is not believed */
    ACKS_ALL = -1,
};

static uint64_t fold(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 32);
}

uint64_t ledger_hash(uint64_t seed, struct history_bytes bytes)
{
    const uint8_t *at = bytes.data;
    uint64_t hash = seed ^ (bytes.bytes * 0x9e3779b97f4a7c15u);
    size_t left = bytes.bytes;
    uint64_t word;
    for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = fold(hash, word);
    }
    if (left > 0) {
        word = 0;
        memcpy(&word, at, left);
        hash = fold(hash, word);
    }
    hash ^= hash >> 29;
    hash *= 0xc4ceb9fe1a85ec53u;
    return hash ^ (hash >> 32);
}

/* ---- one record -----------------------------------------------------------------------------------------
 * */

/* The ledger's record at offset, made if need be. */
static struct ledger_record *place_of(struct ledger *ledger, struct ledger_partition *partition,
                                      int64_t offset)
{
    if (offset < 0 || offset >= OFFSETS_MAX)
        return NULL;
    if (offset >= partition->capacity) {
        int64_t want = (offset + 16) * 2;
        struct ledger_record *grown = realloc(partition->records, (size_t)want * sizeof(*grown));
        if (!grown) {
            ledger->is_out_of_memory = true;
            return NULL;
        }
        memset(grown + partition->capacity, 0, (size_t)(want - partition->capacity) * sizeof(*grown));
        partition->records = grown;
        partition->capacity = want;
    }
    if (offset >= partition->end)
        partition->end = offset + 1;
    return &partition->records[offset];
}

/* An event's own word on what it holds. */
static void add_attachments(struct ledger *ledger, struct ledger_event *event)
{
    const struct identity *identity = &ledger->identity;
    for (uint32_t i = 0; i < identity->attachment_count; i++) {
        struct ledger_attachment *attachment =
            ledger_attachment_of(ledger, event->trace_id, identity->attachments[i]);
        if (attachment)
            attachment->is_in_raw = true;
    }
}

static bool says(struct history_bytes text, const char *wanted)
{
    return text.bytes == strlen(wanted) && memcmp(text.data, wanted, text.bytes) == 0;
}

/* Fills in whose record this is. By its JSON; where that is of no use, by its key, which is the trace_id. */
static void identify(struct ledger *ledger, enum ledger_role role, const struct history_record *record,
                     struct ledger_record *out)
{
    struct identity *identity = &ledger->identity;
    if (role == LEDGER_OTHER || record->is_control)
        return;
    if (role == LEDGER_COPY_IN || role == LEDGER_COPY_OUT) {
        out->attachment = ledger_attachment_of(ledger, record->key, record->value);
        out->event = out->attachment ? out->attachment->event : NULL;
        return;
    }
    bool is_object = identity_parse(identity, record->value);
    out->is_unreadable = !is_object || !identity->trace_id.data;
    if (out->is_unreadable)
        identity->attachment_count = 0;
    struct history_bytes trace_id = out->is_unreadable ? record->key : identity->trace_id;
    if (!trace_id.data)
        return;
    if (!out->is_unreadable && identity->attachment_url.data && role != LEDGER_RAW &&
        role != LEDGER_EVENTS_DLQ)
        out->attachment = ledger_attachment_of(ledger, trace_id, identity->attachment_url);
    out->event = out->attachment ? out->attachment->event : ledger_event_of(ledger, trace_id);
    out->is_success = role == LEDGER_RESULTS && says(identity->status, "success");
    if (role == LEDGER_RAW && out->event && !out->is_unreadable)
        add_attachments(ledger, out->event);
}

/* The record becomes known at its offset, if it has one. Returns the ledger's record, or scratch. */
static struct ledger_record *know(struct ledger *ledger, struct ledger_partition *partition,
                                  const struct history_record *record, struct ledger_record *scratch)
{
    enum ledger_role role = partition->topic->role;
    struct ledger_record *place = record->offset < 0 ? NULL : place_of(ledger, partition, record->offset);
    uint64_t content = ledger_hash(ledger_hash(1, record->key), record->value);
    if (place && place->is_known) {
        ledger->compared_count++;
        if (place->content != content) {
            ledger->conflict_count++;
            ledger->conflict = (struct ledger_conflict){.partition = partition, .offset = record->offset};
        }
        return place;
    }
    struct ledger_record *known = place ? place : scratch;
    known->is_known = true;
    known->is_control = record->is_control;
    known->content = content;
    known->seen_at = ledger->clock;
    identify(ledger, role, record, known);
    if (!place)
        return known;
    if (record->offset < partition->start)
        partition->start = record->offset;
    struct ledger_place input = {.partition = partition, .offset = record->offset};
    if (known->attachment) {
        enum ledger_fate fate = ledger_log_fate(partition, record->offset);
        known->attachment->records[role] += ledger_fate_counts(fate);
        known->attachment->visible[role] += ledger_fate_is_visible(fate);
        known->attachment->successes += known->is_success && ledger_fate_is_visible(fate);
        if (role == LEDGER_PENDING || role == LEDGER_COPY_IN)
            known->attachment->input = input;
    }
    if (role == LEDGER_RAW && known->event) {
        known->event->input = input;
        known->event->records++;
        known->event->rejections += known->is_rejected;
    }
    return known;
}

/* ---- DLQ records point at what they reject --------------------------------------------------------------
 * */

static struct history_bytes header_of(const struct history_record *record, const char *name)
{
    for (uint32_t i = 0; i < record->header_count; i++)
        if (says(record->headers[i].key, name))
            return record->headers[i].value;
    return (struct history_bytes){0};
}

/* A decimal number of at most 18 digits; -1 if it is none. */
static int64_t number_of(struct history_bytes text)
{
    int64_t value = 0;
    if (text.bytes == 0 || text.bytes > 18)
        return -1;
    for (size_t i = 0; i < text.bytes; i++) {
        char digit = ((const char *)text.data)[i];
        if (digit < '0' || digit > '9')
            return -1;
        value = value * 10 + (digit - '0');
    }
    return value;
}

/* True if the record says which offset it rejects. */
static bool reject_by_header(struct ledger *ledger, const struct history_record *record)
{
    struct history_bytes topic = header_of(record, "source_topic");
    int64_t number = number_of(header_of(record, "source_partition"));
    int64_t offset = number_of(header_of(record, "source_offset"));
    if (!topic.data || number < 0 || number >= LEDGER_PARTITIONS_MAX || offset < 0)
        return false;
    struct ledger_partition *partition = ledger_partition_of(ledger, topic, (int32_t)number);
    struct ledger_record *rejected = partition ? place_of(ledger, partition, offset) : NULL;
    if (!rejected)
        return false;
    rejected->is_rejected = true;
    if (rejected->event && partition->topic->role == LEDGER_RAW)
        rejected->event->rejections++;
    return true;
}

/* ---- events ---------------------------------------------------------------------------------------------
 * */

static void acknowledge(struct ledger *ledger, const struct ledger_partition *partition,
                        const struct history_record *record, struct ledger_record *known)
{
    enum ledger_role role = partition->topic->role;
    known->ack_count++;
    if (known->attachment && ledger_fate_counts(ledger_log_fate(partition, record->offset))) {
        known->attachment->acked[role]++;
        known->attachment->acked_at[role] = ledger->clock;
    }
    if (role == LEDGER_RAW && known->event)
        known->event->acked++;
    if (role != LEDGER_DLQ && role != LEDGER_EVENTS_DLQ)
        return;
    if (!reject_by_header(ledger, record) && role == LEDGER_EVENTS_DLQ && known->event)
        known->event->rejections++;
}

static void produced(struct ledger *ledger, const struct history_produce *produce)
{
    ledger_log_produce(ledger, produce);
    if (!history_produce_is_acknowledged(produce))
        return;
    struct ledger_partition *partition = ledger_partition_of(ledger, produce->topic, produce->partition);
    for (uint32_t i = 0; partition && i < produce->record_count; i++) {
        struct ledger_record scratch = {0};
        struct ledger_record *known = know(ledger, partition, &produce->records[i], &scratch);
        known->is_acked |= produce->acks == ACKS_ALL;
        acknowledge(ledger, partition, &produce->records[i], known);
    }
}

static void fetched(struct ledger *ledger, const struct history_fetch *fetch)
{
    struct ledger_partition *partition = ledger_partition_of(ledger, fetch->topic, fetch->partition);
    for (uint32_t i = 0; partition && i < fetch->record_count; i++) {
        struct ledger_record scratch = {0};
        know(ledger, partition, &fetch->records[i], &scratch)->is_delivered = true;
    }
}

/* What is appended in order to be seen once is known from then on, whether anybody asks for it or not. */
static void told(struct ledger *ledger, const struct history_event *event)
{
    const struct history_log *log = &event->log;
    ledger_log_event(ledger, log, event->time_ns);
    const struct ledger_told *told = &ledger->told;
    if (!told->partition || !told->is_followed)
        return;
    if (log->batch.is_control &&
        history_bytes_equal(log->topic, (struct history_bytes){GROUPS, sizeof(GROUPS) - 1}))
        ledger_transaction_marker(ledger, log->batch.producer_id, log->batch.is_commit);
    for (uint32_t i = 0; i < log->batch.record_count && told->partition->topic->role == LEDGER_COPY_OUT;
         i++) {
        struct ledger_record scratch = {0};
        know(ledger, told->partition, &log->batch.records[i], &scratch);
    }
}

/* A broker applies a commit when it reads it, but says so only in the answer, which may never come. */
static void committed(struct ledger *ledger, const struct history_commit *commit)
{
    if (commit->is_transactional) {
        ledger_transaction_offset(ledger, commit);
        return;
    }
    struct ledger_partition *partition = ledger_partition_of(ledger, commit->topic, commit->partition);
    if (!partition || !ledger_is_pipeline_group(partition->topic, commit->group))
        return;
    if (commit->step == HISTORY_REQUESTED) {
        if (partition->unanswered_count == LEDGER_PENDING_MAX) {
            partition->unanswered_count--;
            memmove(&partition->unanswered[0], &partition->unanswered[1],
                    partition->unanswered_count * sizeof(partition->unanswered[0]));
        }
        uint32_t last = partition->unanswered_count++;
        partition->unanswered[last].sequence = commit->sequence;
        partition->unanswered[last].offset = commit->offset;
        return;
    }
    for (uint32_t i = 0; i < partition->unanswered_count; i++)
        if (partition->unanswered[i].sequence == commit->sequence) {
            partition->unanswered[i] = partition->unanswered[--partition->unanswered_count];
            break;
        }
    if (commit->error == HISTORY_ERROR_NONE && commit->offset > partition->committed)
        partition->committed = commit->offset;
}

static void loaded(struct ledger *ledger, const struct history_load *load)
{
    struct ledger_event *event = ledger_event_of(ledger, load->trace_id);
    if (!event)
        return;
    event->is_loaded = true;
    event->is_poison |= load->is_poison;
    for (uint32_t i = 0; i < load->attachment_count; i++) {
        struct ledger_attachment *attachment =
            ledger_attachment_of(ledger, load->trace_id, load->attachments[i]);
        if (attachment)
            attachment->is_loaded = true;
    }
}

static bool contains(struct history_bytes text, const char *part)
{
    return part && text.data && memmem(text.data, text.bytes, part, strlen(part)) != NULL;
}

/* One row of a segment: of which record, and of which attachment. A result that cannot be read has a row too,
 * which names its offset only. A crash may take it again. */
static void store_row(struct ledger *ledger, bool is_there)
{
    const uint32_t one = is_there ? 1 : UINT32_MAX; /* more, or fewer */
    const struct identity *identity = &ledger->identity;
    const struct ledger_topic *topic = ledger->topics;
    bool has_source = identity->source_offset >= 0 && identity->source_partition >= 0 &&
                      identity->source_partition < LEDGER_PARTITIONS_MAX;
    while (topic && topic->role != LEDGER_RESULTS)
        topic = topic->next;
    if (has_source && topic) {
        struct ledger_partition *partition =
            ledger_partition_of(ledger, topic->name, (int32_t)identity->source_partition);
        struct ledger_record *record =
            partition ? place_of(ledger, partition, identity->source_offset) : NULL;
        if (record)
            record->is_stored = is_there;
    }
    ledger->rows += is_there ? 1 : UINT64_MAX;
    if (!identity->trace_id.data || !identity->attachment_url.data)
        return;
    struct ledger_attachment *attachment =
        ledger_attachment_of(ledger, identity->trace_id, identity->attachment_url);
    if (attachment) {
        attachment->rows += one;
        attachment->loose_rows += has_source ? 0 : one;
    }
}

/* A segment is there for good once it has its name. JSON lines, one row each. */
static void stored(struct ledger *ledger, struct history_bytes path, struct history_bytes content,
                   bool is_there)
{
    if (!contains(path, ledger->config->inventory_mark) || !content.data)
        return;
    const char *at = content.data, *end = at + content.bytes;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end)
            line_end = end;
        struct history_bytes line = {.data = at, .bytes = (size_t)(line_end - at)};
        if (identity_parse(&ledger->identity, line))
            store_row(ledger, is_there);
        at = line_end + 1;
    }
}

static bool is_stored_by_put(const struct history_http *http)
{
    return http->step == HISTORY_ANSWERED && http->status >= 200 && http->status < 300 &&
           http->method.bytes == 3 && memcmp(http->method.data, "PUT", 3) == 0;
}

void ledger_event(struct ledger *ledger, const struct history_event *event)
{
    ledger->clock++;
    ledger->told.partition = NULL;
    ledger_transaction_forget_settled(ledger);
    switch (event->kind) {
    case HISTORY_PRODUCE:
        produced(ledger, &event->produce);
        break;
    case HISTORY_FETCH:
        fetched(ledger, &event->fetch);
        break;
    case HISTORY_COMMIT:
        committed(ledger, &event->commit);
        break;
    case HISTORY_LOG:
        told(ledger, event);
        break;
    case HISTORY_TRANSACTION:
        ledger_transaction_event(ledger, &event->transaction);
        break;
    case HISTORY_COORDINATOR:
        ledger_transaction_answered(ledger, &event->coordinator);
        break;
    case HISTORY_LOAD:
        loaded(ledger, &event->load);
        break;
    case HISTORY_FILE:
        if (event->file.error == 0 &&
            (event->file.step == HISTORY_FILE_LINK || event->file.step == HISTORY_FILE_RENAME))
            stored(ledger, event->file.target, event->file.content, true);
        if (event->file.error == 0 && event->file.step == HISTORY_FILE_UNLINK)
            stored(ledger, event->file.path, event->file.content, false);
        break;
    case HISTORY_HTTP:
        if (is_stored_by_put(&event->http))
            stored(ledger, event->http.path, event->http.body, true);
        break;
    case HISTORY_WORLD:
    case HISTORY_PROCESS:
    case HISTORY_CONNECTION:
    case HISTORY_JOIN:
    case HISTORY_SYNC:
    case HISTORY_HEARTBEAT:
    case HISTORY_LEAVE:
    case HISTORY_FAULT:
    case HISTORY_LEAK:
    case HISTORY_MALFORMED:
        break;
    }
}
