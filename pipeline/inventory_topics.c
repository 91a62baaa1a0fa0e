/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_topics: see inventory_topics.h. */
#include "pipeline/inventory_topics.h"

#include "pipeline/clock.h"
#include "pipeline/dlq_ledger.h"
#include "pipeline/dlq_read.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/result.h"
#include "pipeline/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 15000, PLACE_BYTES = 48 };

#define DAY_NS (INT64_C(86400) * CLOCK_NS_PER_S)

static const char *format_place(char place[PLACE_BYTES], int64_t partition, int64_t offset)
{
    snprintf(place, PLACE_BYTES, "%lld/%lld", (long long)partition, (long long)offset);
    return place;
}

static void add_identity(struct tally *tally, const char *trace_id, const char *url)
{
    struct text key = {0};
    text_format(&key, "%s\n%s", trace_id, url);
    tally_add(tally, key.data, key.length);
    text_deinit(&key);
}

void inventory_rows_add(struct inventory_rows *rows, const json_t *row)
{
    char place[PLACE_BYTES];
    format_place(place, json_integer_value(json_object_get(row, "source_partition")),
                 json_integer_value(json_object_get(row, "source_offset")));
    tally_add(&rows->places, place, strlen(place));
    char *line = field_dump(row);
    tally_add(&rows->lines, line, strlen(line));
    free(line);
    const char *status = json_string_value(json_object_get(row, "status"));
    const char *trace_id = json_string_value(json_object_get(row, "trace_id"));
    const char *url = json_string_value(json_object_get(row, "attachment_url"));
    const char *at = json_string_value(json_object_get(row, "downloaded_at"));
    int64_t at_ns;
    if (!status || !trace_id || !url || strcmp(status, "rejected") == 0)
        return;
    /* Whose dead letters may have expired cannot be judged by them. */
    if (at && clock_parse(at, &at_ns) &&
        at_ns < clock_wall_ns() - (topics_row(TOPICS_DLQ)->retention_days - 1) * DAY_NS)
        return;
    add_identity(&rows->attempts, trace_id, url);
    if (strcmp(status, "success") != 0)
        add_identity(&rows->failures, trace_id, url);
}

void inventory_rows_deinit(struct inventory_rows *rows)
{
    tally_deinit(&rows->places);
    tally_deinit(&rows->lines);
    tally_deinit(&rows->attempts);
    tally_deinit(&rows->failures);
}

struct checking {
    struct client_opaque opaque; /* first: see client.h */
    const struct inventory_topics *check;
    char results[TOPICS_NAME_BYTES];
    struct tally records; /* places of the results' log */
    struct tally letters; /* attachments with a dead letter */
    struct tally replays;
    struct dlq_ledger ledger;
    char *error;
};

static void find(struct checking *checking, const char *kind, const char *place, const char *detail)
{
    checking->check->on_finding(checking->check->context, kind, place, detail);
}

/* ---- records ---- */

/* A result that the segments should tell of: do they, and in its words? */
static void judge_result(struct checking *checking, const struct dlq_record *record, const char *place)
{
    const struct inventory_rows *rows = checking->check->rows;
    char id[DLQ_ID_BYTES], reason[RESULT_REASON_BYTES];
    dlq_id_format(&record->id, id);
    if (tally_count(&rows->places, place, strlen(place)) == 0) {
        find(checking, "no-row", id, "a result that no row tells of");
        return;
    }
    char *row =
        result_row(record->value, record->value_bytes, record->id.partition, record->id.offset, reason);
    if (tally_count(&rows->lines, row, strlen(row)) == 0)
        find(checking, "differs", id, "its row says something else");
    free(row);
}

static void on_result(void *context, struct dlq_record *record)
{
    struct checking *checking = context;
    char place[PLACE_BYTES];
    format_place(place, record->id.partition, record->id.offset);
    tally_add(&checking->records, place, strlen(place));
    if (record->id.offset < inventory_chain_end(checking->check->chain, record->id.partition))
        judge_result(checking, record, place);
    dlq_record_deinit(record);
}

static void on_letter(void *context, struct dlq_record *record)
{
    struct checking *checking = context;
    dlq_record_parse(record);
    if (record->json) {
        add_identity(&checking->letters, record->trace_id, record->attachment_url);
        if (strcmp(dlq_ledger_state(&checking->ledger, record), "replayed") == 0)
            add_identity(&checking->replays, record->trace_id, record->attachment_url);
    }
    dlq_record_deinit(record);
}

static bool read_topics(struct checking *checking)
{
    const struct inventory_topics *check = checking->check;
    char dlq[TOPICS_NAME_BYTES];
    struct dlq_read read = {.config = check->config,
                            .log = check->log,
                            .topic = checking->results,
                            .end = DLQ_END_STABLE,
                            .on_record = on_result,
                            .context = checking};
    if (!dlq_read(&read, checking->error))
        return false;
    read.topic = topics_name(check->config, TOPICS_DLQ, dlq);
    read.on_record = on_letter;
    /* The rows were read before: whatever replays they are of is in it. */
    return dlq_ledger_open(&checking->ledger, check->config, check->log, false, checking->error) &&
           dlq_read(&read, checking->error);
}

/* ---- rows ---- */

static void judge_attempts(struct checking *checking, const struct tally_entry *entry)
{
    uint32_t allowed = 1 + tally_count(&checking->replays, entry->key, entry->key_bytes);
    char detail[80];
    if (entry->count <= allowed)
        return;
    snprintf(detail, sizeof detail, "%u rows of one attachment, %u are accounted for", entry->count, allowed);
    char *key = memory_copy(entry->key, entry->key_bytes);
    key[strcspn(key, "\n")] = ' ';
    find(checking, "twice", key, detail);
    free(key);
}

static void judge_failure(struct checking *checking, const struct tally_entry *entry)
{
    if (tally_count(&checking->letters, entry->key, entry->key_bytes) >= entry->count)
        return;
    char *key = memory_copy(entry->key, entry->key_bytes);
    key[strcspn(key, "\n")] = ' ';
    find(checking, "no-dead-letter", key, "a failure without its dead letter");
    free(key);
}

static void judge_rows(struct checking *checking)
{
    const struct inventory_rows *rows = checking->check->rows;
    for (size_t i = 0; i < rows->attempts.capacity; i++) {
        if (rows->attempts.entries[i].key)
            judge_attempts(checking, &rows->attempts.entries[i]);
    }
    for (size_t i = 0; i < rows->failures.capacity; i++) {
        if (rows->failures.entries[i].key)
            judge_failure(checking, &rows->failures.entries[i]);
    }
}

/* ---- offsets ---- */

/* Rows from offset low on that have no record. */
static void judge_places(struct checking *checking, int32_t partition, int64_t low)
{
    const struct tally *places = &checking->check->rows->places;
    for (size_t i = 0; i < places->capacity; i++) {
        const struct tally_entry *entry = &places->entries[i];
        const char *slash = entry->key ? memchr(entry->key, '/', entry->key_bytes) : NULL;
        if (!slash || strtoll(entry->key, NULL, 10) != partition || strtoll(slash + 1, NULL, 10) < low ||
            tally_count(&checking->records, entry->key, entry->key_bytes) > 0)
            continue;
        find(checking, "no-record", entry->key, "a row whose result is not in the log");
    }
}

static bool judge_partition(struct checking *checking, rd_kafka_t *client,
                            const rd_kafka_topic_partition_t *committed)
{
    int64_t low, high, end = inventory_chain_end(checking->check->chain, committed->partition);
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(client, checking->results,
                                                                committed->partition, &low, &high, CALL_MS);
    if (code) {
        snprintf(checking->error, CLIENT_ERROR_BYTES, "%.200s: %s", checking->results,
                 rd_kafka_err2str(code));
        return false;
    }
    char place[DLQ_ID_BYTES], detail[120];
    snprintf(place, sizeof place, "%s/%d", checking->results, committed->partition);
    if (committed->offset > end) {
        snprintf(detail, sizeof detail, "offset %lld is committed, segments end at %lld",
                 (long long)committed->offset, (long long)end);
        find(checking, "ahead", place, detail);
    }
    if (end > high) {
        snprintf(detail, sizeof detail, "segments end at %lld, the log at %lld", (long long)end,
                 (long long)high);
        find(checking, "beyond", place, detail);
    }
    judge_places(checking, committed->partition, low);
    return true;
}

static rd_kafka_t *open_client(const struct config *config, struct client_opaque *opaque, char *error)
{
    char group[TOPICS_NAME_BYTES];
    const struct client_property required[] = {
        {"group.id", topics_group_name(config, TOPICS_GROUP_RESULTS, group)}, /* asked about, not joined */
        {"enable.auto.commit", "false"},
        {"isolation.level", "read_uncommitted"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = client_conf(config, CLIENT_CONSUMER, required, error);
    if (!conf)
        return NULL;
    client_set_opaque(conf, opaque);
    return client_new(CLIENT_CONSUMER, conf, error);
}

rd_kafka_topic_partition_list_t *
inventory_topics_committed(const struct config *config, const struct log *log, char error[CLIENT_ERROR_BYTES])
{
    struct client_opaque opaque = {.log = log};
    char topic[TOPICS_NAME_BYTES];
    rd_kafka_t *client = open_client(config, &opaque, error);
    if (!client)
        return NULL;
    rd_kafka_topic_partition_list_t *list = memory_check(rd_kafka_topic_partition_list_new(8));
    rd_kafka_topic_partition_list_add_range(list, topics_name(config, TOPICS_RESULTS, topic), 0,
                                            topics_row(TOPICS_RESULTS)->partitions - 1);
    rd_kafka_resp_err_t code = rd_kafka_committed(client, list, CALL_MS);
    rd_kafka_destroy(client);
    if (!code)
        return list;
    snprintf(error, CLIENT_ERROR_BYTES, "%.200s: committed offsets: %s", topic, rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
    return NULL;
}

static bool judge_offsets(struct checking *checking)
{
    const rd_kafka_topic_partition_list_t *committed = checking->check->committed;
    rd_kafka_t *client = open_client(checking->check->config, &checking->opaque, checking->error);
    bool done = client != NULL;
    for (int i = 0; done && i < committed->cnt; i++)
        done = judge_partition(checking, client, &committed->elems[i]);
    if (client)
        rd_kafka_destroy(client);
    return done;
}

bool inventory_topics_check(const struct inventory_topics *check, char error[CLIENT_ERROR_BYTES])
{
    struct checking checking = {.opaque = {.log = check->log}, .check = check, .error = error};
    topics_name(check->config, TOPICS_RESULTS, checking.results);
    bool done = read_topics(&checking) && judge_offsets(&checking);
    if (done)
        judge_rows(&checking);
    dlq_ledger_close(&checking.ledger);
    tally_deinit(&checking.records);
    tally_deinit(&checking.letters);
    tally_deinit(&checking.replays);
    return done;
}
