/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main: the production program.
 *
 * It alone looks at the whole environment, for misspelt MILLRACE_ variables; all else is in the library.
 */
#include "pipeline/config.h"
#include "pipeline/millrace.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char error[CONFIG_ERROR_BYTES];
    /* A broken pipe is an error of the write, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    if (!config_check_environment(environ, error)) {
        fprintf(stderr, "millrace: %s\n", error);
        return MILLRACE_USAGE;
    }
    return millrace_main(argc, argv);
}
