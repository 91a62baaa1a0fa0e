/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lost-write: what was acknowledged with acks=all can be read (J3 in kafka.md).
 *
 * At the end every acknowledged record of a topic that a running stage reads was delivered to somebody. Topics
 * that nobody reads (the DLQs) cannot be judged that way.
 */
#include "properties/property.h"

static void judge_partition(struct property *property, const struct ledger_partition *partition)
{
    int64_t first_lost = -1, lost_count = 0;
    for (int64_t offset = 0; offset < partition->end; offset++) {
        const struct ledger_record *record = &partition->records[offset];
        if (!record->is_known || !record->is_acked || record->is_control)
            continue;
        property->judged++;
        if (record->is_delivered)
            continue;
        if (lost_count++ == 0)
            first_lost = offset;
    }
    if (lost_count > 0)
        property_find(
            property, NULL, ledger_role_name(partition->topic->role),
            "%lld records of %.*s[%d] were acknowledged and never delivered, the first at offset %lld",
            (long long)lost_count, PROPERTY_TEXT(partition->topic->name), partition->partition,
            (long long)first_lost);
}

static void on_event(struct property *property, const struct history_event *event)
{
    (void)property;
    (void)event;
}

static void at_end(struct property *property)
{
    for (const struct ledger_topic *topic = property->ledger->topics; topic; topic = topic->next)
        for (int32_t p = 0; topic->group.data && p < topic->partition_count; p++)
            if (topic->partitions[p])
                judge_partition(property, topic->partitions[p]);
}

const struct property_class lost_write_property = {
    .name = "lost-write", .bytes = sizeof(struct property), .on_event = on_event, .at_end = at_end};
