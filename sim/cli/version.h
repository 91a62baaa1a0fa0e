/* SPDX-License-Identifier: Apache-2.0 */
/* version: what exactly is this program, and which libraries does it put under test? */
#ifndef SIM_CLI_VERSION_H
#define SIM_CLI_VERSION_H

#include <stddef.h>
#include "traces/capsule.h"

/* What a world does with a choice: to be raised when recorded choices come to mean something else. */
enum { VERSION_MODEL = 1, VERSION_LIBRARIES = 3, VERSION_TEXT_BYTES = 64 };

struct version_libraries {
    struct capsule_library at[VERSION_LIBRARIES]; /* points into text */
    char text[VERSION_LIBRARIES][VERSION_TEXT_BYTES];
};

const char *version_number(void);
/* Of the source tree, "-dirty" when it was changed; "unknown" outside a repository. */
const char *version_commit(void);
/* How simulated threads are switched. */
const char *version_backend(void);
/* In lower-case hexadecimal; empty when the linker wrote none. */
const char *version_build_id(void);
/* As they are loaded now. Asks the libraries: not between a fork of workers and their first world. */
void version_libraries(struct version_libraries *libraries_out);

#endif
