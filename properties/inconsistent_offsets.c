/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inconsistent-offsets: an offset of a partition holds one record, and always the same (J1 in kafka.md).
 *
 * Judged wherever a record is seen a second time: acknowledged and delivered, delivered to two readers. What was
 * acknowledged by a leader alone and lost with it, before anybody was given it, may be followed by another.
 */
#include "properties/property.h"

struct inconsistent_offsets {
    struct property property;
    uint64_t seen;
};

static void on_event(struct property *property, const struct history_event *event)
{
    struct inconsistent_offsets *state = (struct inconsistent_offsets *)property;
    const struct ledger *ledger = property->ledger;
    property->judged = ledger->compared_count;
    if (ledger->conflict_count == state->seen)
        return;
    state->seen = ledger->conflict_count;
    const struct ledger_partition *partition = ledger->conflict.partition;
    property_find(property, event, ledger_role_name(partition->topic->role),
                  "offset %lld of %.*s[%d] was one record before, and is another now",
                  (long long)ledger->conflict.offset, PROPERTY_TEXT(partition->topic->name),
                  partition->partition);
}

const struct property_class inconsistent_offsets_property = {
    .name = "inconsistent-offsets", .bytes = sizeof(struct inconsistent_offsets), .on_event = on_event};
