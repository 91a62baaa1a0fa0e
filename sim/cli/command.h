/* SPDX-License-Identifier: Apache-2.0 */
/* command: the commands of millrace-sim. Each gets the arguments from its own name on, and returns the exit
 * code. */
#ifndef SIM_CLI_COMMAND_H
#define SIM_CLI_COMMAND_H

/* Outside tests rely on these. */
enum command_exit {
    COMMAND_PASS = 0,
    COMMAND_FAILED = 1,       /* a property failed */
    COMMAND_USAGE = 2,        /* usage or configuration */
    COMMAND_INCONCLUSIVE = 3, /* nothing failed, but something that had to happen did not */
    COMMAND_DIVERGED = 4,     /* two plays of one world differ */
};

int run_command(int argc, char **argv);
int replay_command(int argc, char **argv);
int shrink_command(int argc, char **argv);
int check_command(int argc, char **argv);
int canary_command(int argc, char **argv);
int scenario_command(int argc, char **argv);
int doctor_command(int argc, char **argv);
int version_command(int argc, char **argv);
int serve_command(int argc, char **argv);

struct kafka_note;

/* serve_command, for brokers that somebody looks into: on_note is told what happens within them (sim/kafka/note.h). */
int serve_noted(int argc, char **argv, void (*on_note)(void *context, const struct kafka_note *note));

#endif
