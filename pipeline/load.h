/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: events whose ids are known, at a known pace; and the check that all of them came out.
 *
 * The generator writes a ledger: one JSON line {"trace_id", "attachment_url"} for each attachment of each
 * event that the broker acknowledged. The check compares it with the inventory, as sets; duplicates are
 * counted. For one seed the events are the same, but for their timestamps.
 */
#ifndef PIPELINE_LOAD_H
#define PIPELINE_LOAD_H

#include "pipeline/config.h"
#include "pipeline/log.h"

#include <stdint.h>

enum { LOAD_ATTACHMENTS_MAX = 100 };

struct load {
    int64_t events;
    int64_t attachments; /* per event, 0..LOAD_ATTACHMENTS_MAX */
    int64_t rate;        /* events a second; 0: as fast as they go */
    int64_t repeat;      /* every so many-th event is sent once more, some time later; 0: none is */
    uint64_t seed;
    const char *ids;          /* first part of each trace_id */
    const char *url_template; /* {n} is the event's number, {k} the attachment's */
    const char *ledger;       /* path; NULL: none */
};

/* Produces and waits for all acknowledgements; prints a JSON line {"events", "attachments",
 * "acknowledged", ..}. Returns an enum millrace_exit: MILLRACE_STOPPED if not all were acknowledged. */
int load_run(const struct load *load, const struct config *config, const struct log *log);

/* Prints {"sent", "found", "missing", "duplicates", "unexpected"}; MILLRACE_OK only if nothing is missing
 * and nothing unexpected, else MILLRACE_DIFFERENT. */
int load_verify(const char *ledger, const struct config *config, const struct log *log);

#endif
