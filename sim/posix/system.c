/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system(): a program of the world cannot fork a shell. Whoever runs the world may name a function that does what the command
 * line means; otherwise the call ends the world with a finding, like those in refuse.c.
 */
#include "sim/posix/system.h"
#include <stdlib.h>
#include "sim/posix/call.h"
#include "sim/posix/refuse.h"

enum { STATUS_SHIFT = 8 }; /* of an exit status in what wait() tells */

static int (*answer_command)(const char *command);

void system_set_answer(int (*answer)(const char *command))
{
    answer_command = answer;
}

int system(const char *command)
{
    struct task *self = task_self;
    if (!self)
        return NEXT(system)(command);
    if (!answer_command)
        refuse("system", __builtin_return_address(0));
    /* NULL asks whether there is a shell. */
    return command ? answer_command(command) << STATUS_SHIFT : 1;
}
