/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strong-isr: what was acknowledged with acks=all survives each clean election (E14 in kafka.md; StrongIsr of hachikuji's
 * kafka-specification). What only one replica had to have may go with the end of a disk's cache, the rest may not.
 *
 * Judged when the controller elects a leader: its log has every batch that was acknowledged. What a replica was found to
 * have is not looked at again, unless it cut its log since: so each election costs what was acknowledged since the last.
 */
#include "properties/property.h"

/* Or may it do without? */
static bool holds(const struct ledger_log *log, const struct ledger_replica *replica, uint32_t number,
                  bool has_lost)
{
    if (has_lost && !log->batches[number].is_strong)
        return true;
    const struct history_batch *batch = &log->batches[number].is;
    /* Below where it began anew, the leader of then had deleted what there was. */
    return batch->last_offset < replica->start || ledger_log_find(log, replica, batch->base_offset) == number;
}

static void on_event(struct property *property, const struct history_event *event)
{
    const struct ledger_told *told = &property->ledger->told;
    if (event->kind != HISTORY_LOG || event->log.step != HISTORY_LOG_LEAD || !told->partition ||
        !told->replica)
        return;
    const struct ledger_log *log = told->partition->log;
    struct ledger_replica *replica = told->replica;
    uint32_t lost = 0;
    const struct history_batch *first = NULL;
    for (uint32_t i = replica->agreed; i < log->acked_count; i++) {
        property->judged++;
        if (!holds(log, replica, log->acked[i], event->log.has_lost) && lost++ == 0)
            first = &log->batches[log->acked[i]].is;
    }
    replica->agreed = log->acked_count;
    if (lost > 0)
        property_find(property, event, ledger_role_name(told->partition->topic->role),
                      "broker %d leads %.*s[%d] from epoch %d on, and lacks %u acknowledged batches, the "
                      "first of offset %lld "
                      "and epoch %d; its log ends at %lld",
                      event->log.broker, PROPERTY_TEXT(event->log.topic), event->log.partition,
                      event->log.leader_epoch, lost, (long long)first->base_offset, first->leader_epoch,
                      (long long)replica->end);
}

const struct property_class strong_isr_property = {
    .name = "strong-isr", .bytes = sizeof(struct property), .on_event = on_event};
