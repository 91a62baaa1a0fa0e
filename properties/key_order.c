/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key-order: the tasks of an event stand in one partition, in the order of its attachments (E2 in kafka.md: up to the
 * download stage, whose transfers finish in any order).
 *
 * Of each attachment the first task counts: those that come back from a retry stand where they may. Judged at the end, of
 * what readers of committed data see.
 */
#include "properties/property.h"

#include <stdlib.h>

/* Of an attachment, by its index: where its first task is. */
struct first {
    const struct ledger_partition *partition; /* NULL: nowhere */
    int64_t offset;
};

static void on_event(struct property *property, const struct history_event *event)
{
    (void)property;
    (void)event;
}

static void note_tasks(const struct ledger_partition *partition, struct first *firsts)
{
    for (int64_t offset = 0; offset < partition->end; offset++) {
        const struct ledger_record *record = &partition->records[offset];
        if (!record->is_known || !record->attachment ||
            !ledger_fate_is_visible(ledger_log_fate(partition, offset)))
            continue;
        struct first *first = &firsts[record->attachment->index];
        if (!first->partition)
            *first = (struct first){.partition = partition, .offset = offset};
    }
}

static void judge(struct property *property, const struct ledger_event *event, const struct first *firsts)
{
    const struct first *before = NULL;
    for (const struct ledger_attachment *a = event->attachments; a; a = a->next_of_event) {
        const struct first *first = &firsts[a->index];
        if (!first->partition || !a->is_in_raw)
            continue;
        property->judged++;
        if (before && before->partition != first->partition)
            property_find(property, NULL, "two-partitions",
                          "event %.*s has tasks in partitions %d and %d of %.*s",
                          PROPERTY_TEXT(event->trace_id), before->partition->partition,
                          first->partition->partition, PROPERTY_TEXT(first->partition->topic->name));
        else if (before && before->offset > first->offset)
            property_find(
                property, NULL, "out-of-order",
                "the task of %.*s of event %.*s stands at offset %lld of %.*s[%d], in front of that of the "
                "attachment before it, at %lld",
                PROPERTY_TEXT(a->url), PROPERTY_TEXT(event->trace_id), (long long)first->offset,
                PROPERTY_TEXT(first->partition->topic->name), first->partition->partition,
                (long long)before->offset);
        before = first;
    }
}

static void at_end(struct property *property)
{
    struct ledger *ledger = property->ledger;
    struct first *firsts = calloc((size_t)ledger->attachment_count + 1, sizeof *firsts);
    if (!firsts) {
        ledger->is_out_of_memory = true;
        return;
    }
    for (const struct ledger_topic *topic = ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; topic->role == LEDGER_PENDING && p < topic->partition_count; p++)
            if (topic->partitions[p])
                note_tasks(topic->partitions[p], firsts);
    for (const struct ledger_event *event = ledger->events; event; event = event->next)
        judge(property, event, firsts);
    free(firsts);
}

const struct property_class key_order_property = {
    .name = "key-order", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
