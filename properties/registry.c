/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry: see registry.h.
 */
#include "properties/registry.h"
#include "properties/property.h"
#include "properties/sometimes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MAX = 32 };

/* At the end liveness speaks first: what a world had no time for is missing everywhere, and that is the reason. What
 * the brokers do wrong comes in front of what that does to others. */
static const struct property_class *const classes[] = {
    &liveness_property,
    &log_matching_property,
    &broker_invariants_property,
    &strong_isr_property,
    &inconsistent_offsets_property,
    &duplicate_property,
    &hanging_transaction_property,
    &lso_bounded_property,
    &g1a_property,
    &rebalance_converges_property,
    &exactly_once_property,
    &terminal_status_property,
    &key_order_property,
    &fenced_commit_property,
    &conservation_property,
    &lost_write_property,
    &commit_ahead_property,
    &commit_regress_property,
    &leaks_property,
    &duplicates_property,
    &malformed_property,
};
enum { CLASS_COUNT = sizeof(classes) / sizeof(classes[0]) };

struct property_set {
    struct property_config config;
    struct ledger ledger;
    struct sometimes *sometimes;
    struct property *properties[CLASS_COUNT];
    struct property_finding findings[PROPERTY_FINDINGS_MAX];
    size_t finding_count;
    struct property_number numbers[NUMBERS_MAX];
    size_t number_count;
    int64_t last_time_ns;
    bool is_incomplete;
};

size_t property_count(void)
{
    return CLASS_COUNT;
}

const char *property_name(size_t index)
{
    return classes[index]->name;
}

bool property_exists(const char *name)
{
    for (size_t i = 0; i < CLASS_COUNT; i++)
        if (strcmp(classes[i]->name, name) == 0)
            return true;
    return false;
}

static bool init_properties(struct property_set *set)
{
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        struct property *property = calloc(1, classes[i]->bytes);
        if (!property)
            return false;
        property->class = classes[i];
        property->set = set;
        property->ledger = &set->ledger;
        property->config = &set->config;
        set->properties[i] = property;
    }
    return true;
}

struct property_set *property_set_new(const struct property_config *config)
{
    struct property_set *set = calloc(1, sizeof(*set));
    if (!set)
        return NULL;
    set->config = *config;
    if (!ledger_init(&set->ledger, &set->config) || !(set->sometimes = sometimes_new(&set->ledger)) ||
        !init_properties(set)) {
        property_set_free(set);
        return NULL;
    }
    return set;
}

void property_set_free(struct property_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (set->properties[i] && classes[i]->deinit)
            classes[i]->deinit(set->properties[i]);
        free(set->properties[i]);
    }
    sometimes_free(set->sometimes);
    ledger_deinit(&set->ledger);
    free(set);
}

void property_set_event(struct property_set *set, const struct history_event *event)
{
    set->last_time_ns = event->time_ns;
    ledger_event(&set->ledger, event);
    for (size_t i = 0; i < CLASS_COUNT; i++)
        classes[i]->on_event(set->properties[i], event);
    sometimes_event(set->sometimes, event);
}

void property_set_end(struct property_set *set)
{
    for (size_t i = 0; i < CLASS_COUNT; i++)
        if (classes[i]->at_end)
            classes[i]->at_end(set->properties[i]);
}

const struct property_finding *property_set_findings(const struct property_set *set, size_t *count_out)
{
    *count_out = set->finding_count;
    return set->findings;
}

struct property_report property_set_report(const struct property_set *set, size_t index)
{
    const struct property *property = set->properties[index];
    return (struct property_report){
        .name = property->class->name,
        .judged = property->judged,
        .finding_count = property->finding_count,
    };
}

const struct property_number *property_set_numbers(const struct property_set *set, size_t *count_out)
{
    *count_out = set->number_count;
    return set->numbers;
}

int64_t property_set_lag(const struct property_set *set)
{
    return ledger_lag(&set->ledger);
}

int64_t property_set_lag_at_most(const struct property_set *set)
{
    return ledger_lag_at_most(&set->ledger);
}

static enum ledger_role input_of(enum property_stage stage)
{
    switch (stage) {
    case PROPERTY_INGEST:
        return LEDGER_RAW;
    case PROPERTY_DOWNLOAD:
        return LEDGER_PENDING;
    case PROPERTY_RETRY:
        return LEDGER_RETRY;
    case PROPERTY_RESULTS:
        return LEDGER_RESULTS;
    case PROPERTY_COPY:
        return LEDGER_COPY_IN;
    }
    return LEDGER_OTHER;
}

int64_t property_set_processed(const struct property_set *set, enum property_stage stage)
{
    return ledger_done_count(&set->ledger, input_of(stage));
}

int64_t property_set_committed(const struct property_set *set, enum property_stage stage)
{
    return ledger_committed_count(&set->ledger, input_of(stage));
}

bool property_set_is_incomplete(const struct property_set *set)
{
    return set->is_incomplete || set->ledger.is_out_of_memory;
}

uint64_t property_set_hits(const struct property_set *set, size_t index)
{
    return sometimes_hits(set->sometimes, (enum sometimes_probe)index);
}

void property_find(struct property *property, const struct history_event *event, const char *kind,
                   const char *format, ...)
{
    struct property_set *set = property->set;
    property->finding_count++;
    if (set->finding_count == PROPERTY_FINDINGS_MAX)
        return;
    struct property_finding *finding = &set->findings[set->finding_count++];
    finding->property = property->class->name;
    finding->time_ns = event ? event->time_ns : set->last_time_ns;
    finding->process = event ? event->process : 0;
    finding->event_number = set->ledger.clock;
    snprintf(finding->signature, sizeof(finding->signature), "%s:%s", property->class->name, kind);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->message, sizeof(finding->message), format, arguments);
    va_end(arguments);
}

void property_show(struct property *property, const char *name, uint64_t value)
{
    struct property_set *set = property->set;
    for (size_t i = 0; i < set->number_count; i++)
        if (strcmp(set->numbers[i].name, name) == 0) {
            set->numbers[i].value = value;
            return;
        }
    if (set->number_count < NUMBERS_MAX)
        set->numbers[set->number_count++] = (struct property_number){.name = name, .value = value};
}

void *property_slot(void **array_inout, uint32_t *capacity_inout, uint32_t index, size_t element_bytes)
{
    if (index >= *capacity_inout) {
        uint32_t want = (index + 8) * 2;
        char *grown = realloc(*array_inout, want * element_bytes);
        if (!grown)
            return NULL;
        memset(grown + *capacity_inout * element_bytes, 0, (want - *capacity_inout) * element_bytes);
        *array_inout = grown;
        *capacity_inout = want;
    }
    return (char *)*array_inout + index * element_bytes;
}
