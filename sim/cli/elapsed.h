/* SPDX-License-Identifier: Apache-2.0 */
/* elapsed: how long has it taken, by the clock on the wall and of the processors? */
#ifndef SIM_CLI_ELAPSED_H
#define SIM_CLI_ELAPSED_H

#include <stdint.h>

/* Monotonic. */
int64_t elapsed_clock_ns(void);
/* Of this process and of its children that have ended. */
double elapsed_cpu_seconds(void);

#endif
