/* SPDX-License-Identifier: Apache-2.0 */
/* rack: see rack.h. */
#include "sim/kafka/rack.h"

#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"

static const char selector_class[] = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

static bool is_in(const struct kafka_cluster *cluster, int32_t broker, struct wire_string rack)
{
    struct wire_string own = kafka_configs_rack(cluster, broker);
    return own.bytes > 0 && wire_string_is_same(own, rack);
}

int32_t kafka_rack_preferred(const struct kafka_replica *leader, struct wire_string rack,
                             int64_t fetch_offset)
{
    const struct kafka_partition *partition = leader->partition;
    const struct kafka_cluster *cluster = partition->topic->cluster;
    if (rack.bytes <= 0)
        return KAFKA_NOBODY;
    const char *selector = kafka_configs_text(cluster, 0, "replica.selector.class");
    if (!selector || strcmp(selector, selector_class) != 0 || is_in(cluster, leader->broker, rack))
        return KAFKA_NOBODY;
    int32_t preferred = KAFKA_NOBODY;
    int64_t most = fetch_offset; /* who has less cannot serve it */
    for (int32_t i = 0; i < partition->replica_count; i++) {
        const struct kafka_replica *replica = &partition->replicas[i];
        int64_t end_offset = kafka_replication_known_end(leader, replica);
        if (!(leader->learned.in_sync >> i & 1) || !is_in(cluster, replica->broker, rack) ||
            !kafka_broker_is_listed(kafka_broker_of(cluster, replica->broker)) ||
            replica->log.start_offset > fetch_offset || end_offset < most)
            continue;
        if (preferred == KAFKA_NOBODY || end_offset > most) {
            preferred = replica->broker;
            most = end_offset;
        }
    }
    return preferred;
}
