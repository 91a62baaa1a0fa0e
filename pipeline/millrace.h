/* SPDX-License-Identifier: Apache-2.0 */
/*
 * millrace: the entry point of the production pipeline.
 *
 * One call is one process: the production program calls it from main, the simulator starts it as a simulated
 * process, many of them at a time in one operating system process. So nothing here lives in a mutable static,
 * and a call may end at any instruction without clean-up.
 */
#ifndef PIPELINE_MILLRACE_H
#define PIPELINE_MILLRACE_H

enum millrace_exit {
    MILLRACE_OK = 0,        /* done; for a stage: stopped by a signal, drained, group left */
    MILLRACE_DIFFERENT = 1, /* a check (load --verify, inventory verify) found a difference */
    MILLRACE_USAGE = 2,     /* usage or configuration: one line on standard error says what and where */
    MILLRACE_STOPPED = 3, /* the world refused: fatal Kafka error, offsets expired, topic creation failed ..;
                               nothing unfinished is committed, a supervisor may restart */
    MILLRACE_MEMORY = 4,  /* out of memory; as safe as kill -9 */
    MILLRACE_AT_ONCE = 5, /* a second SIGTERM or SIGINT; as safe as kill -9 */
};

#define MILLRACE_VERSION "0.1.0"

/* Runs one command. Borrows argv. Returns an enum millrace_exit. */
int millrace_main(int argc, char **argv);

#endif
