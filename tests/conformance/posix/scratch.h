/* SPDX-License-Identifier: Apache-2.0 */
/* Files for the cases, in the current directory, which is an empty scratch directory. */
#ifndef TESTS_CONFORMANCE_POSIX_SCRATCH_H
#define TESTS_CONFORMANCE_POSIX_SCRATCH_H

#include <stdbool.h>
#include <sys/stat.h>

/* Makes (or empties) the file `name` and writes `text` to it. A failure is printed. */
bool scratch_make(const char *name, const char *text);

/* Prints `name: "content"`, at most the first 200 bytes, or the error of opening it. */
void scratch_say(const char *name);

/* Size in bytes by stat, -1 if there is none. */
long scratch_bytes(const char *name);

/* Number of links by stat, -1 if there is none. */
long scratch_links(const char *name);

/* Whether stat finds the name. */
bool scratch_exists(const char *name);

#endif
