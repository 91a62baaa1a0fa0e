/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: what did the user ask for?
 *
 * A command describes its flags in a table; the parser reads the environment, then the arguments (which win),
 * and prints the command's help. Anything that is wrong is one line on stderr.
 */
#ifndef SIM_CLI_OPTIONS_H
#define SIM_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { OPTIONS_POSITIONAL_MAX = 64, OPTIONS_ERROR_BYTES = 512, OPTIONS_DIRECTORY_MAX = 1000 };

enum options_value { OPTIONS_NO_VALUE, OPTIONS_VALUE, OPTIONS_OPTIONAL_VALUE /* --name=value only */ };

struct options_flag {
    const char *name;       /* "--seeds", "-n" */
    const char *value_name; /* "A..B", for help; NULL: none */
    enum options_value value;
    const char *environment; /* the variable that stands in for the flag, or NULL */
    const char *help;
    /* Takes the value (NULL if there is none). False: error_out says what is wrong with it. */
    bool (*set)(void *into, const char *value, char error_out[OPTIONS_ERROR_BYTES]);
};

struct options_command {
    const char *name;                 /* "run" */
    const char *usage;                /* what follows the name */
    const char *about;                /* lines above the flags, each ended */
    const char *more;                 /* lines below the flags, each ended; or NULL */
    const struct options_flag *flags; /* ends with a NULL name */
    int positional_max;
};

struct options_positional {
    const char *at[OPTIONS_POSITIONAL_MAX]; /* borrowed from argv */
    int count;
};

enum { OPTIONS_GO = -1 };

/* OPTIONS_GO, or the exit code of a command that is over: help was printed, or what is wrong. */
int options_parse(const struct options_command *command, int argc, char **argv, void *into,
                  struct options_positional *positional_out);

/* One line on stderr: "millrace-sim NAME: what". Returns COMMAND_USAGE. */
__attribute__((format(printf, 2, 3))) int options_complain(const char *command, const char *format, ...);

/* Each takes a whole text, or returns false and leaves the outputs alone. */
bool options_read_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool options_read_fraction(const char *text, double *out);     /* 0..1 */
bool options_read_duration(const char *text, int64_t *ns_out); /* 500ms, 30s, 10min, 2h; more than 0 */
bool options_read_seeds(const char *text, uint64_t *first_out, uint64_t *last_out); /* A..B, or N for 1..N */

/* The values of flags that several commands have. False: error_out says what was expected. */
bool options_set_jobs(const char *value, unsigned max, unsigned *out, char error_out[OPTIONS_ERROR_BYTES]);
bool options_set_directory(const char *value, const char **out, char error_out[OPTIONS_ERROR_BYTES]);
bool options_set_duration(const char *value, int64_t *ns_out, char error_out[OPTIONS_ERROR_BYTES]);

/* Processors that this process may use, at most max. */
unsigned options_cores(unsigned max);
/* Is this variable set, and not empty? */
bool options_is_set(const char *variable);

#endif
