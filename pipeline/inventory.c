/* SPDX-License-Identifier: Apache-2.0 */
/* inventory: see inventory.h. */
#include "pipeline/inventory.h"

#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/millrace.h"
#include "pipeline/segment.h"
#include "pipeline/topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *path;
    int32_t partition;
    int64_t start;
};

struct reader {
    const struct inventory_request *request;
    struct inventory_sum sum;
    struct http http;
    struct storage *storage;
    char topic[TOPICS_NAME_BYTES];
    struct entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    const struct entry *entry;        /* being read */
    struct inventory_chain own_chain; /* unless the caller wants it */
    struct inventory_chain *chain;
    struct tally own; /* identities, unless the caller wants them */
    struct tally *identities;
    bool has_failed;
    char *error; /* of CONFIG_ERROR_BYTES */
};

static void fail(struct reader *reader, const char *path, const char *what)
{
    if (!reader->has_failed)
        snprintf(reader->error, CONFIG_ERROR_BYTES, "%.200s: %.200s", path, what);
    reader->has_failed = true;
}

static void on_name(void *context, const char *path)
{
    struct reader *reader = context;
    int32_t partition;
    int64_t start;
    if (!segment_parse_name(path, reader->topic, &partition, &start))
        return;
    if (reader->entry_count == reader->entry_capacity) {
        reader->entry_capacity = reader->entry_capacity ? 2 * reader->entry_capacity : 64;
        reader->entries = memory_resize(reader->entries, reader->entry_capacity * sizeof *reader->entries);
    }
    reader->entries[reader->entry_count++] =
        (struct entry){.path = memory_string(path), .partition = partition, .start = start};
}

static int compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->partition != right->partition)
        return left->partition < right->partition ? -1 : 1;
    return left->start < right->start ? -1 : left->start > right->start;
}

/* ---- rows ---- */

static void find(struct reader *reader, const char *kind, const char *detail)
{
    if (reader->request->on_finding)
        reader->request->on_finding(reader->request->context, kind, reader->entry->path, detail);
}

struct blob_check {
    struct reader *reader;
    const char *path;
    const char *sha256;
    int64_t bytes;
};

static void on_blob(void *context, const struct storage_answer *answer)
{
    struct blob_check *check = context;
    struct reader *reader = check->reader;
    reader->sum.blobs++;
    if (answer->outcome == STORAGE_RETRY || answer->outcome == STORAGE_REFUSED)
        fail(reader, check->path, answer->reason);
    else if (answer->outcome != STORAGE_FOUND || answer->bytes != check->bytes ||
             strcmp(answer->sha256, check->sha256) != 0)
        reader->sum.blobs_wrong++;
}

static void check_blob(struct reader *reader, const json_t *row)
{
    struct blob_check check = {.reader = reader,
                               .path = json_string_value(json_object_get(row, "blob_path")),
                               .sha256 = json_string_value(json_object_get(row, "sha256")),
                               .bytes = json_integer_value(json_object_get(row, "bytes_downloaded"))};
    if (!check.path || !check.sha256) {
        reader->sum.blobs_wrong++;
        return;
    }
    struct storage_get get = {
        .path = check.path, .bytes_max = SIZE_MAX / 2, .on_done = on_blob, .context = &check};
    storage_get_start(reader->storage, &get);
    storage_finish(reader->storage);
}

static void add_identity(struct reader *reader, const json_t *row)
{
    const char *trace_id = json_string_value(json_object_get(row, "trace_id"));
    const char *url = json_string_value(json_object_get(row, "attachment_url"));
    struct text key = {0};
    text_format(&key, "%s\n%s", trace_id ? trace_id : "", url ? url : "");
    if (tally_add(reader->identities, key.data, key.length) > 1)
        reader->sum.duplicates++;
    text_deinit(&key);
}

static void take_row(struct reader *reader, const char *line, size_t length)
{
    char reason[FIELD_REASON_BYTES];
    json_t *row = field_object(line, length, reason); /* segment_parse has seen that it is one */
    const char *status = json_string_value(json_object_get(row, "status"));
    reader->sum.rows++;
    if (status && strcmp(status, "success") == 0)
        reader->sum.success++;
    else if (status && strcmp(status, "failed_transient") == 0)
        reader->sum.failed_transient++;
    else if (status && strcmp(status, "failed_permanent") == 0)
        reader->sum.failed_permanent++;
    else
        reader->sum.rejected++;
    if (!status || strcmp(status, "rejected") != 0)
        add_identity(reader, row);
    if (reader->request->rows)
        inventory_rows_add(reader->request->rows, row);
    int64_t wrong_before = reader->sum.blobs_wrong;
    if (reader->request->check_blobs && status && strcmp(status, "success") == 0)
        check_blob(reader, row);
    if (reader->sum.blobs_wrong > wrong_before)
        find(reader, "blob", "a row's blob is not what the row says");
    json_decref(row);
}

/* ---- segments ---- */

static void note_position(struct reader *reader, int64_t end)
{
    const struct entry *entry = reader->entry;
    char detail[SEGMENT_REASON_BYTES];
    snprintf(detail, sizeof detail, "starts at %lld where %lld is due", (long long)entry->start,
             (long long)inventory_chain_end(reader->chain, entry->partition));
    switch (inventory_chain_add(reader->chain, entry->partition, entry->start, end)) {
    case INVENTORY_FITS:
        return;
    case INVENTORY_HOLE:
        reader->sum.holes++;
        find(reader, "hole", detail);
        return;
    case INVENTORY_OVERLAP:
        reader->sum.overlaps++;
        find(reader, "overlap", detail);
        return;
    }
}

static void note_segment(struct reader *reader, const struct storage_answer *answer)
{
    const struct entry *entry = reader->entry;
    if (answer->outcome != STORAGE_FOUND) {
        fail(reader, entry->path, answer->reason);
        return;
    }
    char reason[SEGMENT_REASON_BYTES];
    int64_t end;
    reader->sum.segments++;
    if (!segment_parse(answer->data, (size_t)answer->bytes, entry->partition, entry->start, &end, reason)) {
        note_position(reader, entry->start);
        reader->sum.malformed++;
        find(reader, "malformed", reason);
        return;
    }
    note_position(reader, end);
    if (reader->request->print_rows && !text_write(1, answer->data, (size_t)answer->bytes))
        fail(reader, "standard output", "cannot be written");
}

/* Rows are taken outside the callback, since they may ask the storage again. */
struct copied {
    struct reader *reader;
    struct text rows;
};

static void on_read(void *context, const struct storage_answer *answer)
{
    struct copied *copied = context;
    int64_t malformed_before = copied->reader->sum.malformed;
    note_segment(copied->reader, answer);
    if (!copied->reader->has_failed && copied->reader->sum.malformed == malformed_before)
        text_append(&copied->rows, answer->data, (size_t)answer->bytes);
}

static void read_segment(struct reader *reader, const struct entry *entry)
{
    struct copied copied = {.reader = reader};
    reader->entry = entry;
    struct storage_get get = {
        .path = entry->path, .bytes_max = SEGMENT_BYTES_MAX, .on_done = on_read, .context = &copied};
    storage_get_start(reader->storage, &get);
    storage_finish(reader->storage);
    const char *next = copied.rows.data;
    size_t left = copied.rows.length;
    while (left > 0 && !reader->has_failed) {
        size_t length = (size_t)((const char *)memchr(next, '\n', left) - next);
        take_row(reader, next, length);
        next += length + 1;
        left -= length + 1;
    }
    text_deinit(&copied.rows);
}

static void read_all(struct reader *reader)
{
    if (!storage_list(reader->storage, SEGMENT_DIRECTORY, on_name, reader, reader->error)) {
        reader->has_failed = true;
        return;
    }
    if (reader->entry_count > 0)
        qsort(reader->entries, reader->entry_count, sizeof *reader->entries, compare);
    for (size_t i = 0; i < reader->entry_count && !reader->has_failed; i++)
        read_segment(reader, &reader->entries[i]);
}

bool inventory_read(const struct inventory_request *request, struct inventory_sum *sum_out,
                    char error[CONFIG_ERROR_BYTES])
{
    struct reader reader = {.request = request, .error = error};
    reader.chain = request->chain ? request->chain : &reader.own_chain;
    reader.identities = request->identities ? request->identities : &reader.own;
    topics_name(request->config, TOPICS_RESULTS, reader.topic);
    if (!http_init(&reader.http, 1))
        memory_exhausted();
    reader.storage = storage_open(request->config, &reader.http, error);
    if (reader.storage)
        read_all(&reader);
    bool done = reader.storage && !reader.has_failed;
    storage_close(reader.storage);
    http_deinit(&reader.http);
    for (size_t i = 0; i < reader.entry_count; i++)
        free(reader.entries[i].path);
    free(reader.entries);
    tally_deinit(&reader.own);
    inventory_chain_deinit(&reader.own_chain);
    if (done)
        *sum_out = reader.sum;
    return done;
}

/* ---- commands ---- */

static void print_sum(const struct inventory_sum *sum, bool with_blobs)
{
    struct text out = {0};
    text_format(&out,
                "{\"segments\":%lld,\"rows\":%lld,\"success\":%lld,\"failed_transient\":%lld,"
                "\"failed_permanent\":%lld,\"rejected\":%lld,\"duplicates\":%lld,\"holes\":%lld,"
                "\"overlaps\":%lld,\"malformed\":%lld",
                (long long)sum->segments, (long long)sum->rows, (long long)sum->success,
                (long long)sum->failed_transient, (long long)sum->failed_permanent, (long long)sum->rejected,
                (long long)sum->duplicates, (long long)sum->holes, (long long)sum->overlaps,
                (long long)sum->malformed);
    if (with_blobs)
        text_format(&out, ",\"blobs\":%lld,\"blobs_wrong\":%lld", (long long)sum->blobs,
                    (long long)sum->blobs_wrong);
    text_add(&out, "}\n");
    (void)text_write(1, out.data, out.length);
    text_deinit(&out);
}

int inventory_list(const struct config *config, const struct log *log)
{
    char error[CONFIG_ERROR_BYTES];
    struct inventory_request request = {.config = config, .print_rows = true};
    struct inventory_sum sum;
    if (inventory_read(&request, &sum, error))
        return MILLRACE_OK;
    log_simple(log, LOG_ERROR, "inventory", error);
    return MILLRACE_STOPPED;
}

struct findings {
    bool is_json;
    int64_t count;
    struct text out;
};

static void on_finding(void *context, const char *kind, const char *place, const char *detail)
{
    struct findings *findings = context;
    findings->count++;
    if (findings->is_json) {
        json_t *json =
            memory_check(json_pack("{s:s, s:s, s:s}", "finding", kind, "place", place, "detail", detail));
        char *line = field_dump(json);
        text_format(&findings->out, "%s\n", line);
        free(line);
        json_decref(json);
        return;
    }
    /* A place may be an id that a sender chose. */
    text_format(&findings->out, "%s: ", kind);
    for (const char *c = place; *c; c++)
        text_append(&findings->out, (unsigned char)*c < 0x20 || *c == 0x7f ? "." : c, 1);
    text_format(&findings->out, ": %s\n", detail);
}

/* All that can be checked. False: error. */
static bool verify(const struct inventory_request *request, const struct log *log, bool with_topics,
                   struct inventory_sum *sum_out, char error[CONFIG_ERROR_BYTES])
{
    _Static_assert((int)CONFIG_ERROR_BYTES >= (int)CLIENT_ERROR_BYTES, "errors are passed through");
    if (!with_topics)
        return inventory_read(request, sum_out, error);
    rd_kafka_topic_partition_list_t *committed = inventory_topics_committed(request->config, log, error);
    if (!committed)
        return false;
    const struct inventory_topics topics = {.config = request->config,
                                            .log = log,
                                            .chain = request->chain,
                                            .rows = request->rows,
                                            .committed = committed,
                                            .on_finding = request->on_finding,
                                            .context = request->context};
    bool done = inventory_read(request, sum_out, error) && inventory_topics_check(&topics, error);
    rd_kafka_topic_partition_list_destroy(committed);
    return done;
}

int inventory_verify(const struct config *config, const struct log *log,
                     const struct inventory_checks *checks)
{
    char error[CONFIG_ERROR_BYTES];
    struct findings findings = {.is_json = checks->is_json};
    struct inventory_chain chain = {0};
    struct inventory_rows rows = {0};
    const struct inventory_request request = {.config = config,
                                              .check_blobs = checks->with_blobs,
                                              .rows = checks->with_topics ? &rows : NULL,
                                              .chain = &chain,
                                              .on_finding = on_finding,
                                              .context = &findings};
    struct inventory_sum sum;
    bool done = verify(&request, log, checks->with_topics, &sum, error);
    (void)text_write(1, findings.out.data, findings.out.length);
    if (done)
        print_sum(&sum, checks->with_blobs);
    else
        log_simple(log, LOG_ERROR, "inventory", error);
    int code = !done ? MILLRACE_STOPPED : findings.count > 0 ? MILLRACE_DIFFERENT : MILLRACE_OK;
    text_deinit(&findings.out);
    inventory_chain_deinit(&chain);
    inventory_rows_deinit(&rows);
    return code;
}
