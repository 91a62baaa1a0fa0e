/* SPDX-License-Identifier: Apache-2.0 */
/* cli_fixture: runs the command line over fake worlds (cli_fake_play.c), in an empty directory, and keeps
 * what it said. */
#ifndef TESTS_UNIT_CLI_FIXTURE_H
#define TESTS_UNIT_CLI_FIXTURE_H

#include <stddef.h>

enum { CLI_TEXT_BYTES = 1 << 16, CLI_ARGUMENTS_MAX = 16 };

struct cli {
    int code; /* exit status, or 128 + signal */
    char out[CLI_TEXT_BYTES], err[CLI_TEXT_BYTES];
};

/* Makes a fresh directory and goes there; removes it. */
void cli_enter(void);
void cli_leave(void);
const char *cli_directory(void);
/* Writes a fake scenario into it. */
void cli_scenario(const char *name, const char *words);
/* Arguments are split at blanks. The result is valid until the next call but one. */
const struct cli *cli_run(const char *arguments);
/* The whole of a file, or "". The same validity. */
const char *cli_read(const char *path);
size_t cli_count(const char *text, char c);

#endif
