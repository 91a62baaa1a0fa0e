/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exactly-once: readers of committed data see of each input one output (E1 in kafka.md).
 *
 *   a copying world   one copy of each record put in; records are told apart by key and value
 *   the pipeline      one task of each attachment, and one more for each retry; one retry of each task; one result, one
 *                     dead letter, one row
 *
 * For worlds that promise it (property_config). At most once is judged with each batch and each marker: the earliest moment
 * at which a second one may be seen. At least once is judged at the end; the pipeline's by conservation.
 */
#include "properties/property.h"

static uint32_t at_most(const struct ledger_attachment *a, enum ledger_role role)
{
    switch (role) {
    case LEDGER_COPY_OUT:
        return a->records[LEDGER_COPY_IN];
    case LEDGER_PENDING:
        return 1 + a->visible[LEDGER_RETRY];
    case LEDGER_RETRY:
        return a->visible[LEDGER_PENDING];
    case LEDGER_RESULTS:
    case LEDGER_DLQ:
        return 1;
    case LEDGER_RAW:
    case LEDGER_EVENTS_DLQ:
    case LEDGER_COPY_IN:
    case LEDGER_OTHER:
        break;
    }
    return UINT32_MAX;
}

/* A second task is not the same mistake as a second result. */
static const char *kind_of(enum ledger_role role, uint32_t most)
{
    switch (role) {
    case LEDGER_COPY_OUT:
        return most > 0 ? "twice" : "from-nothing";
    case LEDGER_PENDING:
        return "task-twice";
    case LEDGER_RETRY:
        return "retry-twice";
    case LEDGER_RESULTS:
        return "result-twice";
    case LEDGER_DLQ:
        return "dead-letter-twice";
    case LEDGER_RAW:
    case LEDGER_EVENTS_DLQ:
    case LEDGER_COPY_IN:
    case LEDGER_OTHER:
        break;
    }
    return "twice";
}

static void judge_most(struct property *property, const struct history_event *event,
                       const struct ledger_partition *partition, int64_t first, int64_t last)
{
    enum ledger_role role = partition->topic->role;
    for (int64_t offset = first; offset <= last; offset++) {
        const struct ledger_record *record = ledger_record_at(partition, offset);
        const struct ledger_attachment *a = record ? record->attachment : NULL;
        uint32_t most = a ? at_most(a, role) : UINT32_MAX;
        if (most == UINT32_MAX || !ledger_fate_is_visible(ledger_log_fate(partition, offset)))
            continue;
        property->judged++;
        /* Only when it is the one too many: each is complained about once. */
        if (a->visible[role] > most)
            property_find(
                property, event, kind_of(role, most),
                "offset %lld of %.*s[%d] makes %u visible records of key %.*s%s%.*s, which owes at most %u",
                (long long)offset, PROPERTY_TEXT(partition->topic->name), partition->partition,
                a->visible[role], PROPERTY_TEXT(a->event->trace_id), role == LEDGER_COPY_OUT ? "" : ", ",
                role == LEDGER_COPY_OUT ? 0 : (int)a->url.bytes, (const char *)a->url.data, most);
    }
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    if (!property->config->is_exactly_once || event->kind != HISTORY_LOG || !told->partition ||
        !told->is_followed)
        return;
    const struct history_batch *batch = &event->log.batch;
    if (told->closed.producer_id < 0) {
        judge_most(property, event, told->partition, batch->base_offset, batch->last_offset);
        return;
    }
    for (int64_t offset = told->closed.first_offset; offset < batch->base_offset; offset++)
        if (ledger_log_owner(told->partition, offset) == told->closed.producer_id)
            judge_most(property, event, told->partition, offset, offset);
}

static void judge_copies_at_end(struct property *property, const struct ledger_attachment *a)
{
    uint32_t in = a->records[LEDGER_COPY_IN], out = a->visible[LEDGER_COPY_OUT];
    property->judged += in > 0;
    if (out < in)
        property_find(property, NULL, "missing",
                      "key %.*s was put in %u times, and readers of committed data see it %u times",
                      PROPERTY_TEXT(a->event->trace_id), in, out);
}

/* Also what became known only when it was read. */
static void judge_attachment_at_end(struct property *property, const struct ledger_attachment *a)
{
    static const enum ledger_role roles[] = {LEDGER_PENDING, LEDGER_RETRY, LEDGER_RESULTS, LEDGER_DLQ};
    property->judged++;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        uint32_t most = at_most(a, roles[i]);
        if (a->visible[roles[i]] > most)
            property_find(property, NULL, kind_of(roles[i], most),
                          "%.*s of event %.*s stands in %s %u times, and owes at most %u",
                          PROPERTY_TEXT(a->url), PROPERTY_TEXT(a->event->trace_id),
                          ledger_role_name(roles[i]), a->visible[roles[i]], most);
    }
    if (a->rows > 1)
        property_find(property, NULL, "row-twice", "%.*s of event %.*s has %u rows in the inventory",
                      PROPERTY_TEXT(a->url), PROPERTY_TEXT(a->event->trace_id), a->rows);
}

static void at_end(struct property *property)
{
    if (!property->config->is_exactly_once)
        return;
    for (const struct ledger_event *event = property->ledger->events; event; event = event->next)
        for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event) {
            if (property->config->stages & PROPERTY_COPY)
                judge_copies_at_end(property, a);
            else
                judge_attachment_at_end(property, a);
        }
}

const struct property_class exactly_once_property = {
    .name = "exactly-once", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
