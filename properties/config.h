/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: what the properties have to know of a scenario: how its topics and groups are called, which stages
 * run, and the bounds. A scenario fills it in; property_config_default has the shipped pipeline's names.
 */
#ifndef PROPERTIES_CONFIG_H
#define PROPERTIES_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stages that run. What does not run cannot be waited for. */
enum property_stage {
    PROPERTY_INGEST = 1,
    PROPERTY_DOWNLOAD = 2,
    PROPERTY_RETRY = 4,
    PROPERTY_RESULTS = 8,
    PROPERTY_COPY = 16, /* a bench: every record of copy_input goes to copy_output unchanged */
};

/* All strings are borrowed for as long as the property_set lives. */
struct property_config {
    const char *prefix;                                /* of the pipeline's topics and groups: "xact" */
    unsigned stages;                                   /* of enum property_stage */
    const char *copy_input, *copy_output, *copy_group; /* of PROPERTY_COPY */
    bool is_exactly_once;                              /* readers of committed data see each output once */
    const char *inventory_mark; /* a file or object whose path contains this is an inventory segment */
    const char *kept_mark;   /* a file whose path contains this may stay when the world ends; NULL = none */
    int64_t drain_budget_ns; /* virtual time from the last fault until all input is committed; 0 = no bound */
    uint64_t leaked_allocations_max, leaked_bytes_max; /* of a process that exited cleanly */
};

static inline struct property_config property_config_default(void)
{
    return (struct property_config){
        .prefix = "xact",
        .stages = PROPERTY_INGEST | PROPERTY_DOWNLOAD | PROPERTY_RESULTS,
        .inventory_mark = "inventory/",
    };
}

#endif
