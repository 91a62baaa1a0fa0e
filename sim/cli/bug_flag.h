/* SPDX-License-Identifier: Apache-2.0 */
/* bug_flag: --broker-bug NAME, of run, replay and serve: the brokers have a known bug (sim/kafka/bug.h). */
#ifndef SIM_CLI_BUG_FLAG_H
#define SIM_CLI_BUG_FLAG_H

#include <stdbool.h>
#include <stddef.h>
#include "sim/cli/options.h"
#include "sim/kafka/bug.h"

#define BUG_FLAG      "--broker-bug"
#define BUG_FLAG_HELP "the brokers have this bug that some real one had (names below);\nmore than one"

/* Below the flags. */
#define BUG_FLAG_NAMES                                                                                       \
    "\nBugs of brokers: truncates-to-high-watermark, truncates-by-leaders-epoch, "                           \
    "followers-are-not-fenced,\n"                                                                            \
    "joins-below-epoch-start, appends-outside-transactions, timeout-keeps-epoch, takes-stale-markers,\n"     \
    "omits-aborted-list, expires-offsets-on-load, dead-joiner-blocks, loses-acknowledged, "                  \
    "spurious-zero-offset.\n"

/* Names in the order given, each once. */
struct bug_flag {
    const char *names[KAFKA_BUGS]; /* borrowed from argv */
    size_t count;
};

/* False: there is no such bug; error_out lists those that there are. */
bool bug_flag_add(struct bug_flag *flag, const char *name, char error_out[OPTIONS_ERROR_BYTES]);
/* kafka_bug_is_in's. */
uint32_t bug_flag_set(const struct bug_flag *flag);
bool bug_flag_exists(const char *name);

#endif
