/* SPDX-License-Identifier: Apache-2.0 */
/* kafka_batches: batches for tests of the broker's logs. See kafka_batches.h. */
#include "tests/unit/kafka_batches.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reverse(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    (void)codec;
    out->bytes = 0;
    for (int32_t i = in.bytes; i-- > 0;)
        wire_output_append(out, &in.data[i], 1);
    return !out->is_failed;
}

const struct wire_codecs batch_codecs = {.decompress = reverse, .compress = reverse};

static struct wire_bytes text_bytes(const char *text)
{
    return (struct wire_bytes){.data = (const uint8_t *)text, .bytes = text ? (int32_t)strlen(text) : -1};
}

/* EndTxnMarker.json, ControlRecordType.java. */
static void append_marker(const struct batch_plan *plan, const struct wire_batch *batch,
                          struct wire_output *out)
{
    uint8_t key[4] = {0, 0, 0, !plan->is_abort}, value[6] = {0, 0, 0, 0, 0, plan->coordinator_epoch};
    struct wire_record record = {
        .offset = plan->base_offset,
        .timestamp_ms = plan->timestamp_ms,
        .key = {.data = key, .bytes = sizeof key},
        .value = {.data = value, .bytes = sizeof value},
        .headers = (const uint8_t *)"",
    };
    wire_record_append(batch, &record, out);
}

static void append_records(const struct batch_plan *plan, const struct wire_batch *batch,
                           struct wire_output *out)
{
    for (int32_t i = 0; i < plan->count; i++) {
        struct wire_record record = {
            .offset = plan->base_offset + i,
            .timestamp_ms = plan->timestamp_ms + i * plan->step_ms,
            .key = text_bytes(plan->keys ? plan->keys[i] : NULL),
            .value = text_bytes(plan->values ? plan->values[i] : "v"),
            .headers = (const uint8_t *)"",
        };
        wire_record_append(batch, &record, out);
    }
}

struct kafka_batch *batch_new(const struct batch_plan *plan)
{
    int64_t last_ms = plan->timestamp_ms + (plan->count - 1) * plan->step_ms;
    struct wire_batch batch = {
        .base_offset = plan->base_offset,
        .base_timestamp_ms = plan->timestamp_ms,
        .max_timestamp_ms = plan->step_ms > 0 ? last_ms : plan->timestamp_ms,
        .producer_id = plan->has_producer ? plan->producer_id : -1,
        .producer_epoch = plan->has_producer ? plan->producer_epoch : -1,
        .base_sequence = plan->has_producer ? plan->base_sequence : -1,
        .leader_epoch = plan->leader_epoch,
        .last_offset_delta = (plan->offsets ? plan->offsets : plan->count) - 1,
        .record_count = plan->count,
        .codec = plan->codec,
        .is_transactional = plan->is_transactional || plan->is_marker,
        .is_control = plan->is_control || plan->is_marker,
    };
    struct wire_output records = {0}, packed = {0}, out = {0};
    if (plan->is_marker)
        append_marker(plan, &batch, &records);
    else
        append_records(plan, &batch, &records);
    struct wire_bytes plain = {.data = records.data, .bytes = (int32_t)records.bytes};
    batch.payload = plain;
    if (plan->codec != WIRE_CODEC_NONE) {
        reverse(plan->codec, plain, &packed);
        batch.payload.data = packed.data;
    }
    wire_batch_append(&batch, &out);
    assert(!out.is_failed);
    struct kafka_batch *stored = kafka_batch_new(out.data, (uint32_t)out.bytes);
    free(records.data);
    free(packed.data);
    free(out.data);
    return stored;
}

void batch_append(struct kafka_log *log, const struct batch_plan *plan, const struct kafka_config *config)
{
    struct kafka_batch *batch = batch_new(plan);
    struct wire_batch header;
    bool is_read = kafka_batch_read(batch, &header);
    assert(is_read);
    (void)is_read;
    kafka_log_append(log, batch, &header, config, plan->timestamp_ms);
    kafka_batch_release(batch);
}

struct kafka_config config_plain(void)
{
    return (struct kafka_config){.retention_ms = -1,
                                 .retention_bytes = -1,
                                 .segment_ms = INT64_MAX,
                                 .segment_bytes = INT32_MAX,
                                 .is_deleted = true,
                                 .max_compaction_lag_ms = INT64_MAX,
                                 .delete_retention_ms = 86400000,
                                 .min_cleanable_dirty_ratio = 0.5};
}

static int print_batch(const struct kafka_batch *stored, char *out, size_t bytes)
{
    struct wire_batch batch;
    struct wire_record_reader reader;
    struct wire_record record;
    struct wire_error error;
    struct wire_output plain = {0};
    int used = 0;
    bool is_read = kafka_batch_read(stored, &batch);
    assert(is_read);
    (void)is_read;
    if (batch.codec != WIRE_CODEC_NONE) {
        reverse(batch.codec, batch.payload, &plain);
        batch.payload.data = plain.data;
    }
    if (batch.record_count == 0)
        used += snprintf(out, bytes, "[%lld..%lld] ", (long long)batch.base_offset,
                         (long long)(batch.base_offset + batch.last_offset_delta));
    wire_record_reader_init(&reader, &batch, batch.payload, &error);
    while (wire_record_next(&reader, &record, &error) == WIRE_NEXT)
        used += snprintf(out + used, bytes - (size_t)used, "%lld:%.*s%s%.*s ", (long long)record.offset,
                         record.key.bytes > 0 ? record.key.bytes : 0,
                         record.key.bytes > 0 ? (const char *)record.key.data : "",
                         record.value.bytes < 0 ? "~" : "=", record.value.bytes > 0 ? record.value.bytes : 0,
                         record.value.bytes > 0 ? (const char *)record.value.data : "");
    free(plain.data);
    return used;
}

const char *log_text(const struct kafka_log *log)
{
    static char text[4096];
    int used = 0;
    text[0] = 0;
    for (size_t i = 0; i < log->count; i++)
        used += print_batch(kafka_log_entry(log, i)->batch, text + used, sizeof text - (size_t)used);
    return text;
}

uint32_t dice_below(struct dice *dice, uint32_t limit)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % limit;
}
