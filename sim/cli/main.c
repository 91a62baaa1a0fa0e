/* SPDX-License-Identifier: Apache-2.0 */
/*
 * millrace-sim: plays the pipeline in simulated worlds. Here: which command?
 */
#include <stdio.h>
#include <string.h>
#include "sim/cli/command.h"
#include "sim/cli/options.h"

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *about;
} commands[] = {
    {"run", run_command, "explore seeds of scenarios"},
    {"replay", replay_command, "see one world again, from a trace or from its seed"},
    {"shrink", shrink_command, "find the few choices that a recorded failure needs"},
    {"check", check_command, "walk every run of a small scenario within a budget"},
    {"canary", canary_command, "hunt planted bugs: does what must be found get found?"},
    {"scenario", scenario_command, "list, show or check scenarios"},
    {"serve", serve_command, "the simulated brokers on real sockets, for any Kafka client"},
    {"doctor", doctor_command, "what does this machine offer, and does the simulation work here?"},
    {"version", version_command, "what this program is made of"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(void)
{
    printf("usage: millrace-sim COMMAND ..\n\n"
           "Plays the pipeline, on the real librdkafka and libcurl, in simulated worlds. Each world follows "
           "from a\n"
           "seed, and any world can be seen again.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].about);
    printf("\nmillrace-sim COMMAND --help tells more.\n\n"
           "Exit codes: 0 pass, 1 a property failed, 2 usage or configuration, 3 inconclusive, 4 a replay "
           "diverged.\n");
    return COMMAND_PASS;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return options_complain("", "no command given (see millrace-sim --help)");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return help();
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].main(argc - 1, argv + 1);
    return options_complain("", "unknown %s %s (see millrace-sim --help)",
                            argv[1][0] == '-' ? "flag" : "command", argv[1]);
}
