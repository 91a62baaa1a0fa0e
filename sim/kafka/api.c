/* SPDX-License-Identifier: Apache-2.0 */
/* api: the table. See api.h. */
#include "sim/kafka/api.h"

#include <stddef.h>

/* In order of key: its versions in 3.9, its versions in 4.3, from the validVersions of each release's message definitions.
 * (InitProducerId 6 is in 4.3, but unstable.) */
static const struct kafka_api apis[] = {
    {0, {{0, 11}, {3, 13}}, kafka_produce},
    {1, {{0, 17}, {4, 18}}, kafka_fetch},
    {2, {{0, 9}, {1, 11}}, kafka_list_offsets},
    {3, {{0, 12}, {0, 13}}, kafka_metadata},
    {8, {{0, 9}, {2, 10}}, kafka_offset_commit},
    {9, {{0, 9}, {1, 10}}, kafka_offset_fetch},
    {10, {{0, 6}, {0, 6}}, kafka_find_coordinator},
    {11, {{0, 9}, {0, 9}}, kafka_join_group},
    {12, {{0, 4}, {0, 4}}, kafka_heartbeat},
    {13, {{0, 5}, {0, 5}}, kafka_leave_group},
    {14, {{0, 5}, {0, 5}}, kafka_sync_group},
    {15, {{0, 5}, {0, 6}}, kafka_describe_groups},
    {16, {{0, 5}, {0, 5}}, kafka_list_groups},
    {17, {{0, 1}, {0, 1}}, kafka_sasl_handshake},
    {18, {{0, 4}, {0, 4}}, kafka_api_versions},
    {19, {{0, 7}, {2, 7}}, kafka_create_topics},
    {20, {{0, 6}, {1, 6}}, kafka_delete_topics},
    {21, {{0, 2}, {0, 2}}, kafka_delete_records},
    {22, {{0, 5}, {0, 5}}, kafka_init_producer_id},
    {23, {{0, 4}, {2, 4}}, kafka_offset_for_leader_epoch},
    {24, {{0, 5}, {0, 5}}, kafka_add_partitions_to_txn},
    {25, {{0, 4}, {0, 4}}, kafka_add_offsets_to_txn},
    {26, {{0, 4}, {0, 5}}, kafka_end_txn},
    {27, {{0, 1}, {1, 2}}, kafka_write_txn_markers},
    {28, {{0, 4}, {0, 5}}, kafka_txn_offset_commit},
    {32, {{0, 4}, {1, 4}}, kafka_describe_configs},
    {33, {{0, 2}, {0, 2}}, kafka_alter_configs},
    {36, {{0, 2}, {0, 2}}, kafka_sasl_authenticate},
    {37, {{0, 3}, {0, 3}}, kafka_create_partitions},
    {42, {{0, 2}, {0, 2}}, kafka_delete_groups},
    {43, {{0, 2}, {0, 2}}, kafka_elect_leaders},
    {44, {{0, 1}, {0, 1}}, kafka_incremental_alter_configs},
    {47, {{0, 0}, {0, 0}}, kafka_offset_delete},
    {60, {{0, 1}, {0, 2}}, kafka_describe_cluster},
    {61, {{0, 0}, {0, 0}}, kafka_describe_producers},
    {65, {{0, 0}, {0, 0}}, kafka_describe_transactions},
    {66, {{0, 1}, {0, 2}}, kafka_list_transactions},
};

const struct kafka_api *kafka_api_at(size_t index)
{
    return index < sizeof apis / sizeof apis[0] ? &apis[index] : NULL;
}

const struct kafka_api *kafka_api_of(int16_t key)
{
    for (size_t i = 0; i < sizeof apis / sizeof apis[0]; i++)
        if (apis[i].key == key)
            return &apis[i];
    return NULL;
}

struct kafka_versions kafka_api_versions_of(const struct kafka_api *api, const struct kafka_model *model)
{
    return api->versions[model->release];
}

bool kafka_api_offers(const struct kafka_api *api, const struct kafka_model *model, int16_t version)
{
    struct kafka_versions versions = kafka_api_versions_of(api, model);
    return version >= versions.first && version <= versions.last;
}
