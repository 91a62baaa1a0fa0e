/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: what the mains of the origin and of the store share: their arguments, their faults, their life.
 *
 *   --bind ADDR (127.0.0.1)  --port N (0: any free one)  --stop-fd N  --ready-fd N  --connections-max N (1024)
 *   --idle-ms N (75000)      --latency-us MIN..MAX (0..0)  --gap-us N (100000)  --heal-ms N (0: never)
 *   --error-ppm N  --reset-ppm N  --stall-ppm N  --truncate-ppm N  --slow-ppm N  --lost-reply-ppm N   (0)
 *
 * Only write(2) speaks to the user, one line, on descriptor 2: stdio would bypass a world's hooks. getopt has
 * statics, which processes of one world would share; so arguments are parsed here.
 */
#ifndef SIM_HTTP_PROGRAM_H
#define SIM_HTTP_PROGRAM_H

#include "sim/http/fault.h"
#include "sim/http/server.h"

enum { HTTP_EXIT_STOPPED = 0, HTTP_EXIT_FAILED = 1, HTTP_EXIT_USAGE = 2 };

/* An option of one main beyond the shared ones: exactly one of number and text is set. */
struct http_option {
    const char *name;  /* "--port" */
    uint64_t max;      /* of a number */
    uint64_t *number;  /* unchanged when the option is absent */
    const char **text; /* borrowed from argv */
};

struct http_program {
    const char *name; /* "origin": stands in the choice points and before messages. Borrowed */
    struct http_server_config config;
    struct http_faults faults;
};

/* Parses argv into program, and prepares its faults. own ends with an empty name. 0, or HTTP_EXIT_USAGE after one
 * line on descriptor 2. A later option of the same name wins. */
int http_program_init(struct http_program *program, const char *name, const struct http_option *own, int argc,
                      char **argv);

/* Serves until stopped. Returns what main returns. */
int http_program_run(struct http_program *program, const struct http_server_owner *owner);

/* Says "NAME: WHAT: DETAIL" on descriptor 2. */
void http_program_complain(const struct http_program *program, const char *what, const char *detail);

#endif
