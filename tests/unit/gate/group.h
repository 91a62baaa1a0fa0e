/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: the gate's world: a producer and a group of three, each a process on a host of its own, over librdkafka's mock
 * cluster in a process of its own. Members write, fsync and link a file per message, tell of it, and commit.
 *
 * It is over when every message was told of and every member has ended on SIGTERM. Nothing here knows of the pipeline.
 */
#ifndef TESTS_UNIT_GATE_GROUP_H
#define TESTS_UNIT_GATE_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/posix/call.h"
#include "sim/world/world.h"

enum {
    GROUP_MEMBERS = 3,
    GROUP_MESSAGES_MAX = 256,
    GROUP_MESSAGES = 12,
    GROUP_MODEL = 1, /* version of what a world does with a choice, as capsules have it: keys golden.txt */
    GROUP_GOLDEN_KILLS = 3,
};

/* What the producer adds to a payload that no seed decides. */
enum group_plant {
    PLANT_NOTHING,
    PLANT_AUXILIARY, /* a byte that the kernel gave this operating-system process (AT_RANDOM) */
    PLANT_URANDOM,   /* a byte of a getrandom that no symbol leads to */
    PLANT_CLOCK,     /* the processor's cycle counter */
    PLANT_ORDER,     /* which of two blocks lies higher */
    PLANT_STATIC,    /* changes a static of libplanted.so; the payload stays as it is */
    PLANT_DEVICE,    /* a byte of /dev/urandom, opened as a file */
};

struct group_options {
    uint64_t seed;
    uint32_t messages;  /* 0: GROUP_MESSAGES */
    uint32_t kills;     /* planned for members in this world */
    uint32_t kill_call; /* of one call only; 0: any */
    unsigned layout;
    enum group_plant plant;
    bool without_guard;
};

struct group_result {
    struct world_report report;
    struct world_finding finding; /* the first, if report.finding_count */
    bool converged;               /* everything was told of, and all ended as told, within the budget */
    uint32_t told, told_again;    /* messages; times one was told of again */
    uint32_t kills, kills_with_locks;
    uint32_t kills_in[CALL_END]; /* by call */
    uint64_t left_blocks;        /* not freed by processes that exited */
    uint32_t left_descriptors;   /* nor closed */
    bool guard_was_on;
};

/* Warms the image up; once per operating-system process, done by group_play where it was not. */
void group_open(void);
/* One world. Neither asserts nor prints. */
void group_play(const struct group_options *options, struct group_result *result_out);

/* The programs (group_program.c): producer BOOTSTRAP MESSAGES PLANT; member BOOTSTRAP. */
int group_producer_main(int argc, char **argv);
int group_member_main(int argc, char **argv);

#endif
