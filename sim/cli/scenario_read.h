/* SPDX-License-Identifier: Apache-2.0 */
/* scenario_read: a tree of YAML into a scenario, by the table of keys. Internal to scenario. */
#ifndef SIM_CLI_SCENARIO_READ_H
#define SIM_CLI_SCENARIO_READ_H

#include <stdbool.h>
#include "sim/cli/scenario.h"
#include "sim/cli/scenario_yaml.h"

/* Fills in a zeroed scenario but for text and hash; what has no order in the file is sorted. On failure error_out says
 * why, and the scenario is partial: still to be freed. */
bool scenario_read(struct scenario *scenario, const struct scenario_node *root, const char *origin,
                   char *error_out);

#endif
