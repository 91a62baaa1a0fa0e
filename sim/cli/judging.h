/* SPDX-License-Identifier: Apache-2.0 */
/* judging: what the properties are told of a scenario. */
#ifndef SIM_CLI_JUDGING_H
#define SIM_CLI_JUDGING_H

#include "properties/config.h"
#include "sim/cli/scenario.h"

struct property_config judging_of(const struct scenario *scenario);

#endif
