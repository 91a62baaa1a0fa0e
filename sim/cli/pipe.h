/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipe: the bare pipe of the benches: feeder -> topic `in` -> copy (a consumer group) -> topic `out` -> checker.
 *
 * Arguments of each: NAME EVENTS BYTES [-o kafka.key=value].. A record's key is its number, its value the number and
 * padding up to BYTES.
 */
#ifndef SIM_CLI_PIPE_H
#define SIM_CLI_PIPE_H

#define PIPE_INPUT  "in"
#define PIPE_OUTPUT "out"
#define PIPE_GROUP  "copy"

/* Produces EVENTS records to `in` and flushes. */
int pipe_feeder_main(int argc, char **argv);
/* Copies `in` to `out`, flushes and commits after every 10 records; until SIGTERM. */
int pipe_copy_main(int argc, char **argv);
/* Reads `out` from the beginning by assignment until all EVENTS numbers were seen; 0: all are there. */
int pipe_checker_main(int argc, char **argv);

#endif
