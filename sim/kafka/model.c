/* SPDX-License-Identifier: Apache-2.0 */
/* model: the releases. See model.h. */
#include "sim/kafka/model.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    struct kafka_model model;
} releases[] = {
    {"3.9",
     {.release = KAFKA_RELEASE_3_9,
      .has_sets_of_scala = true,
      .has_old_coordinator = true,
      .answers_doubles_twice = true,
      .metadata_version_first = 1,
      .metadata_version_last = 21}},
    {"4.3",
     {.release = KAFKA_RELEASE_4_3,
      .has_strict_lists = true,
      .has_eligible_leader_replicas = true,
      .has_cordoned_directories = true,
      .has_operations_on_group_configs = true,
      .has_pending_first = true,
      .refuses_old_epochs_first = true,
      .metadata_version_first = 7,
      .metadata_version_last = 30}},
};

bool kafka_model_of(const char *name, struct kafka_model *out)
{
    for (size_t i = 0; i < sizeof releases / sizeof releases[0]; i++) {
        if (strcmp(name, releases[i].name) == 0) {
            *out = releases[i].model;
            return true;
        }
    }
    return false;
}
