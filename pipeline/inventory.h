/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory: reading what the results stage wrote.
 *
 * Needs a storage that can be listed. A repeated (trace_id, attachment_url) is a duplicate: at least once
 * makes them possible, they are counted and no fault. Holes and overlaps between the segments of a partition,
 * and rows that do not parse, are faults.
 */
#ifndef PIPELINE_INVENTORY_H
#define PIPELINE_INVENTORY_H

#include "pipeline/config.h"
#include "pipeline/inventory_chain.h"
#include "pipeline/inventory_topics.h"
#include "pipeline/log.h"
#include "pipeline/storage.h"
#include "pipeline/tally.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What stands in an inventory. */
struct inventory_sum {
    int64_t segments;
    int64_t rows;
    int64_t success;
    int64_t failed_transient;
    int64_t failed_permanent;
    int64_t rejected;
    int64_t duplicates; /* rows whose attachment stood in a row before */
    int64_t holes;      /* ranges of offsets between segments of a partition that no segment covers */
    int64_t overlaps;   /* segments that start before the end of the one before */
    int64_t malformed;  /* segments that do not parse */
    int64_t blobs;      /* checked */
    int64_t blobs_wrong;
};

/* Reads all segments in order. identities (optional) tallies "trace_id LF attachment_url" of every row
 * that is not rejected. print_rows copies the rows to standard output. check_blobs reads each successful
 * row's blob and compares length and digest. False: error says what cannot be read. */
struct inventory_request {
    const struct config *config;
    struct tally *identities;
    bool print_rows;
    bool check_blobs;
    struct inventory_rows *rows;   /* optional: takes all rows */
    struct inventory_chain *chain; /* optional: where the segments end */
    /* Optional: hears of each fault, where it is and what; borrowed. */
    void (*on_finding)(void *context, const char *kind, const char *place, const char *detail);
    void *context;
};
bool inventory_read(const struct inventory_request *request, struct inventory_sum *sum_out,
                    char error[CONFIG_ERROR_BYTES]);

/* The commands: list prints the rows; verify a line for each finding, and one JSON line of sums. Return an enum millrace_exit. */
struct inventory_checks {
    bool with_blobs;
    bool with_topics; /* inventory_topics.h */
    bool is_json;     /* findings, too */
};
int inventory_list(const struct config *config, const struct log *log);
int inventory_verify(const struct config *config, const struct log *log,
                     const struct inventory_checks *checks);

#endif
