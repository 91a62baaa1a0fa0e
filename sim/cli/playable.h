/* SPDX-License-Identifier: Apache-2.0 */
/* playable: a scenario that can be played: read, and every name in it is known. */
#ifndef SIM_CLI_PLAYABLE_H
#define SIM_CLI_PLAYABLE_H

#include "sim/cli/scenario.h"

/* NULL: error_out says why, in one line. Free with scenario_free. */
struct scenario *playable_load(const char *name_or_path, char error_out[SCENARIO_ERROR_BYTES]);
struct scenario *playable_parse(const char *text, const char *origin, char error_out[SCENARIO_ERROR_BYTES]);

#endif
