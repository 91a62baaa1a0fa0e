/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property: what one checker looks like to the registry, and what it may use.
 *
 * A checker sees every history event, after the ledger has, and once the end. It counts what it judged, so
 * that a vacuous pass shows, and reports findings.
 */
#ifndef PROPERTIES_PROPERTY_H
#define PROPERTIES_PROPERTY_H

#include "properties/ledger.h"
#include "properties/registry.h"

/* Storage of one checker in one world; its own state follows it in a larger struct. */
struct property {
    const struct property_class *class;
    struct property_set *set;
    struct ledger *ledger;
    const struct property_config *config;
    uint64_t judged;
    uint64_t finding_count; /* all, also those beyond what is kept */
};

struct property_class {
    const char *name;
    size_t bytes; /* of the struct that begins with a struct property; cleared before on_event */
    void (*on_event)(struct property *property, const struct history_event *event);
    void (*at_end)(struct property *property); /* may be NULL */
    void (*deinit)(struct property *property); /* may be NULL */
};

extern const struct property_class broker_invariants_property, commit_ahead_property, commit_regress_property,
    conservation_property, duplicate_property, duplicates_property, exactly_once_property,
    fenced_commit_property, g1a_property, hanging_transaction_property, inconsistent_offsets_property,
    key_order_property, leaks_property, liveness_property, log_matching_property, lost_write_property,
    lso_bounded_property, malformed_property, rebalance_converges_property, strong_isr_property,
    terminal_status_property;

/* Reports a violation. kind completes the signature "NAME:kind" and must not vary with the seed: no ids, no
 * offsets. event: where it showed, NULL at the end of the world. */
void property_find(struct property *property, const struct history_event *event, const char *kind,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Sets a number to be shown beside the verdict. name is borrowed for ever. */
void property_show(struct property *property, const char *name, uint64_t value);

/* For messages: "%.*s". */
#define PROPERTY_TEXT(BYTES) (int)(BYTES).bytes, (BYTES).data ? (const char *)(BYTES).data : ""

/* An array by ledger_partition.index that grows on demand, new elements cleared; NULL if memory is out. */
void *property_slot(void **array_inout, uint32_t *capacity_inout, uint32_t index, size_t element_bytes);

#endif
