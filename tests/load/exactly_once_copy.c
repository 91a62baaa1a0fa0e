/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exactly-once-copy: the copy program of the worlds as an ordinary program, for brokers behind real sockets: the same
 * object files, no simulation.
 * usage: exactly-once-copy source|copier|auditor|transactor EVENTS BYTES [-o SETTING=VALUE].. (sim/cli/copy.h)
 */
#include <stdio.h>
#include <string.h>
#include "sim/cli/copy.h"

static const struct {
    const char *role;
    int (*main)(int argc, char **argv);
} roles[] = {
    {"source", copy_source_main},
    {"copier", copy_copier_main},
    {"auditor", copy_auditor_main},
    {"transactor", copy_transactor_main},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(argv[1], roles[i].role) == 0)
            return roles[i].main(argc - 1, argv + 1);
    fprintf(stderr,
            "usage: exactly-once-copy source|copier|auditor|transactor EVENTS BYTES [-o SETTING=VALUE]..\n");
    return COPY_USAGE;
}
