/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ghost: see ghost.h.
 */
#include "tests/unit/ghost.h"
#include "properties/sometimes.h"

#include <criterion/criterion.h>
#include <string.h>

static struct history_bytes bytes(const char *text)
{
    return (struct history_bytes){.data = text, .bytes = text ? strlen(text) : 0};
}

void ghost_begin(struct ghost *ghost)
{
    struct property_config config = property_config_default();
    config.stages = PROPERTY_COPY;
    config.copy_input = "in";
    config.copy_output = "out";
    config.copy_group = "copy";
    config.is_exactly_once = true;
    *ghost = (struct ghost){.set = property_set_new(&config), .in_sync_minimum = 2, .topic = "x"};
    cr_assert_not_null(ghost->set);
}

void ghost_free(struct ghost *ghost)
{
    property_set_free(ghost->set);
}

void ghost_event(struct ghost *ghost, uint32_t process, struct history_event event)
{
    event.time_ns = ghost->now_ns += 1000000;
    event.process = process;
    property_set_event(ghost->set, &event);
}

/* ---- brokers ------------------------------------------------------------------------------------------------ */

static struct history_batch shown(const struct ghost_batch *batch)
{
    uint64_t content = 1;
    for (const char *at = batch->value; at && *at; at++)
        content = content * 31 + (uint64_t)*at;
    return (struct history_batch){
        .base_offset = batch->base,
        .last_offset = batch->last ? batch->last : batch->base,
        .producer_id = batch->producer ? batch->producer : -1,
        .base_sequence = batch->marker || !batch->producer ? -1 : batch->sequence,
        .last_sequence = batch->marker || !batch->producer ? -1 : batch->sequence,
        .leader_epoch = batch->epoch,
        .coordinator_epoch = batch->marker ? batch->coordinator_epoch : -1,
        .producer_epoch = batch->producer_epoch,
        .is_transactional = batch->is_transactional || batch->marker,
        .is_control = batch->marker != GHOST_NO_MARKER,
        .is_commit = batch->marker == GHOST_COMMIT,
        .content = content,
    };
}

static struct history_record record_of(const struct ghost_batch *batch)
{
    return (struct history_record){
        .offset = batch->base,
        .key = bytes(batch->key ? batch->key : "k"),
        .value = bytes(batch->value),
        .is_control = batch->marker != GHOST_NO_MARKER,
        .is_commit = batch->marker == GHOST_COMMIT,
        .is_transactional = batch->is_transactional || batch->marker,
        .producer_id = batch->producer ? batch->producer : -1,
    };
}

static const char *topic_of(const struct ghost *ghost, const struct ghost_batch *batch)
{
    return batch->topic ? batch->topic : ghost->topic;
}

static void tell(struct ghost *ghost, struct history_log log)
{
    log.in_sync_minimum = ghost->in_sync_minimum;
    if (!log.topic.data)
        log.topic = bytes(ghost->topic);
    ghost_event(ghost, 0, (struct history_event){.kind = HISTORY_LOG, .log = log});
}

void ghost_append_in(struct ghost *ghost, int32_t broker, int32_t epoch, struct ghost_batch batch)
{
    struct history_log log = {.step = HISTORY_LOG_APPEND, .broker = broker, .leader_epoch = epoch};
    struct history_record record = record_of(&batch);
    log.topic = bytes(topic_of(ghost, &batch));
    log.batch = shown(&batch);
    log.batch.records = &record;
    log.batch.record_count = batch.last == 0 && batch.value;
    tell(ghost, log);
}

void ghost_append(struct ghost *ghost, int32_t broker, struct ghost_batch batch)
{
    ghost_append_in(ghost, broker, batch.epoch, batch);
}

void ghost_copy(struct ghost *ghost, int32_t broker, struct ghost_batch batch)
{
    struct history_log log = {.step = HISTORY_LOG_COPY, .broker = broker, .leader_epoch = batch.epoch};
    log.batch = shown(&batch);
    tell(ghost, log);
}

void ghost_truncate(struct ghost *ghost, int32_t broker, int64_t offset)
{
    tell(ghost, (struct history_log){.step = HISTORY_LOG_TRUNCATE, .broker = broker, .offset = offset});
}

void ghost_lead(struct ghost *ghost, int32_t broker, int32_t epoch)
{
    tell(ghost, (struct history_log){.step = HISTORY_LOG_LEAD, .broker = broker, .leader_epoch = epoch});
}

void ghost_lead_uncleanly(struct ghost *ghost, int32_t broker, int32_t epoch)
{
    tell(ghost, (struct history_log){
                    .step = HISTORY_LOG_LEAD, .broker = broker, .leader_epoch = epoch, .is_unclean = true});
}

void ghost_watermark(struct ghost *ghost, int32_t broker, int32_t epoch, int64_t offset)
{
    tell(ghost,
         (struct history_log){
             .step = HISTORY_LOG_WATERMARK, .broker = broker, .leader_epoch = epoch, .offset = offset});
}

void ghost_state(struct ghost *ghost, enum history_transaction_state state)
{
    struct history_event event = {.kind = HISTORY_TRANSACTION};
    event.transaction = (struct history_transaction){
        .broker = 1, .transactional_id = bytes("t"), .producer_id = GHOST_PRODUCER, .state = state};
    ghost_event(ghost, 0, event);
}

/* ---- clients ------------------------------------------------------------------------------------------------ */

static void produce(struct ghost *ghost, int32_t broker, const struct ghost_batch *batch,
                    enum history_step step)
{
    struct history_record record = record_of(batch);
    struct history_event event = {.kind = HISTORY_PRODUCE};
    if (step == HISTORY_REQUESTED)
        record.offset = -1;
    event.produce = (struct history_produce){.step = step,
                                             .broker = broker,
                                             .topic = bytes(topic_of(ghost, batch)),
                                             .acks = -1,
                                             .base_offset = record.offset,
                                             .producer_id = batch->producer ? batch->producer : -1,
                                             .producer_epoch = batch->producer_epoch,
                                             .base_sequence = batch->sequence,
                                             .is_transactional = batch->is_transactional,
                                             .records = &record,
                                             .record_count = 1};
    ghost_event(ghost, GHOST_COPIER, event);
}

void ghost_ask(struct ghost *ghost, int32_t broker, struct ghost_batch batch)
{
    produce(ghost, broker, &batch, HISTORY_REQUESTED);
}

void ghost_acknowledge(struct ghost *ghost, int32_t broker, struct ghost_batch batch)
{
    produce(ghost, broker, &batch, HISTORY_ANSWERED);
}

void ghost_fetch(struct ghost *ghost, const struct ghost_batch *batches, uint32_t count, int64_t aborted_from)
{
    enum { RECORDS_MAX = 8 };
    struct history_record records[RECORDS_MAX];
    struct history_aborted aborted = {.producer_id = GHOST_PRODUCER, .first_offset = aborted_from};
    struct history_event event = {.kind = HISTORY_FETCH};
    cr_assert_leq(count, RECORDS_MAX);
    for (uint32_t i = 0; i < count; i++)
        records[i] = record_of(&batches[i]);
    event.fetch = (struct history_fetch){.broker = 1,
                                         .topic = bytes(topic_of(ghost, &batches[0])),
                                         .fetch_offset = batches[0].base,
                                         .high_watermark = batches[count - 1].base + 1,
                                         .records = records,
                                         .record_count = count,
                                         .is_read_committed = true,
                                         .last_stable_offset = batches[count - 1].base + 1,
                                         .aborted = &aborted,
                                         .aborted_count = aborted_from >= 0};
    ghost_event(ghost, GHOST_READER, event);
}

void ghost_offset(struct ghost *ghost, int64_t offset)
{
    struct history_event event = {.kind = HISTORY_COMMIT};
    event.commit = (struct history_commit){.sequence = ++ghost->sequence,
                                           .group = bytes("copy"),
                                           .topic = bytes("in"),
                                           .offset = offset,
                                           .generation = ghost->generation,
                                           .is_transactional = true,
                                           .producer_id = GHOST_PRODUCER};
    ghost_event(ghost, GHOST_COPIER, event);
    event.commit.step = HISTORY_ANSWERED;
    ghost_event(ghost, GHOST_COPIER, event);
}

void ghost_join(struct ghost *ghost, uint32_t process, int32_t generation)
{
    struct history_event event = {.kind = HISTORY_JOIN};
    event.join = (struct history_join){
        .group = bytes("copy"), .session_timeout_ms = 6000, .rebalance_timeout_ms = 10000};
    ghost_event(ghost, process, event);
    event.join.step = HISTORY_ANSWERED;
    event.join.generation = generation;
    ghost_event(ghost, process, event);
}

void ghost_sync(struct ghost *ghost, uint32_t process, int32_t generation)
{
    struct history_event event = {.kind = HISTORY_SYNC};
    event.sync =
        (struct history_sync){.step = HISTORY_ANSWERED, .group = bytes("copy"), .generation = generation};
    ghost->generation = generation;
    ghost_event(ghost, process, event);
}

void ghost_fault(struct ghost *ghost)
{
    ghost_event(ghost, 0, (struct history_event){.kind = HISTORY_FAULT, .fault = {.name = bytes("kill")}});
}

void ghost_heal(struct ghost *ghost)
{
    ghost_event(ghost, 0, (struct history_event){.kind = HISTORY_WORLD, .world = {HISTORY_WORLD_HEALED, 0}});
}

void ghost_end(struct ghost *ghost)
{
    ghost_event(
        ghost, 0,
        (struct history_event){.kind = HISTORY_WORLD, .world = {HISTORY_WORLD_END, HISTORY_END_CONVERGED}});
    property_set_end(ghost->set);
}

void ghost_good(struct ghost *ghost)
{
    const struct ghost_batch input = {.topic = "in", .value = "v", .base = 0};
    const struct ghost_batch output = {.value = "v", .producer = GHOST_PRODUCER, .is_transactional = true};
    const struct ghost_batch marker = {.base = 1, .producer = GHOST_PRODUCER, .marker = GHOST_COMMIT};
    const struct ghost_batch all[] = {output, marker};
    struct ghost_batch offsets = marker;
    offsets.topic = "__consumer_offsets";
    offsets.base = 0;
    ghost->topic = "out";
    ghost_join(ghost, GHOST_COPIER, 1);
    ghost_sync(ghost, GHOST_COPIER, 1);
    ghost_append(ghost, 1, input);
    ghost_acknowledge(ghost, 1, input);
    ghost_fetch(ghost, &input, 1, -1);
    ghost_state(ghost, HISTORY_TRANSACTION_ONGOING);
    ghost_lead(ghost, 1, 0);
    ghost_append(ghost, 1, output);
    ghost_copy(ghost, 2, output);
    ghost_watermark(ghost, 1, 0, 1);
    ghost_acknowledge(ghost, 1, output);
    ghost_offset(ghost, 1);
    ghost_state(ghost, HISTORY_TRANSACTION_PREPARE_COMMIT);
    ghost_append(ghost, 1, marker);
    ghost_copy(ghost, 2, marker);
    ghost_watermark(ghost, 1, 0, 2);
    ghost_append(ghost, 1, offsets);
    ghost_state(ghost, HISTORY_TRANSACTION_COMPLETE_COMMIT);
    ghost_fetch(ghost, all, 2, -1);
    ghost_lead(ghost, 2, 1);
}

/* ---- what came of it ---------------------------------------------------------------------------------------- */

size_t ghost_findings(const struct ghost *ghost, const char *property)
{
    size_t count, found = 0;
    const struct property_finding *findings = property_set_findings(ghost->set, &count);
    for (size_t i = 0; i < count; i++)
        found += !property || strcmp(findings[i].property, property) == 0;
    return found;
}

const char *ghost_signature(const struct ghost *ghost, const char *property)
{
    size_t count;
    const struct property_finding *findings = property_set_findings(ghost->set, &count);
    for (size_t i = 0; i < count; i++)
        if (!property || strcmp(findings[i].property, property) == 0)
            return findings[i].signature;
    return "";
}

uint64_t ghost_judged(const struct ghost *ghost, const char *property)
{
    for (size_t i = 0; i < property_count(); i++)
        if (strcmp(property_name(i), property) == 0)
            return property_set_report(ghost->set, i).judged;
    cr_assert_fail("no property %s", property);
    return 0;
}

void ghost_expect(struct ghost *ghost, const char *property, const char *signature)
{
    cr_expect_eq(ghost_findings(ghost, property), 1, "%s: %zu", property, ghost_findings(ghost, property));
    cr_expect_str_eq(ghost_signature(ghost, property), signature);
    cr_expect_gt(ghost_judged(ghost, property), 0);
    ghost_free(ghost);
}

void ghost_expect_nothing(struct ghost *ghost)
{
    cr_expect_eq(ghost_findings(ghost, NULL), 0, "%s", ghost_signature(ghost, NULL));
    ghost_free(ghost);
}
