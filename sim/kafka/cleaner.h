/* SPDX-License-Identifier: Apache-2.0 */
/* cleaner: retention and compaction. */
#ifndef SIM_KAFKA_CLEANER_H
#define SIM_KAFKA_CLEANER_H

#include "sim/kafka/deadline.h"

struct kafka_cluster;

struct kafka_cleaner {
    struct kafka_cluster *cluster;
    struct kafka_deadline deadline;
};

void kafka_cleaner_init(struct kafka_cleaner *cleaner, struct kafka_cluster *cluster);
void kafka_cleaner_deinit(struct kafka_cleaner *cleaner);

#endif
