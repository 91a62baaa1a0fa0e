/* SPDX-License-Identifier: Apache-2.0 */
/* api: the table. See api.h. */
#include "sim/kafka/api.h"

#include <stddef.h>

/* In order of key. The lowest version of the older releases, then that of 4.0 and later. */
static const struct kafka_api apis[] = {
    {.key = 0, .first_old = 0, .first = 3, .last = 12, .answer = kafka_produce},
    {.key = 1, .first_old = 0, .first = 4, .last = 17, .answer = kafka_fetch},
    {.key = 2, .first_old = 0, .first = 1, .last = 10, .answer = kafka_list_offsets},
    {.key = 3, .first_old = 0, .first = 0, .last = 13, .answer = kafka_metadata},
    {.key = 8, .first_old = 0, .first = 2, .last = 10, .answer = kafka_offset_commit},
    {.key = 9, .first_old = 0, .first = 1, .last = 10, .answer = kafka_offset_fetch},
    {.key = 10, .first_old = 0, .first = 0, .last = 6, .answer = kafka_find_coordinator},
    {.key = 11, .first_old = 0, .first = 0, .last = 9, .answer = kafka_join_group},
    {.key = 12, .first_old = 0, .first = 0, .last = 4, .answer = kafka_heartbeat},
    {.key = 13, .first_old = 0, .first = 0, .last = 5, .answer = kafka_leave_group},
    {.key = 14, .first_old = 0, .first = 0, .last = 5, .answer = kafka_sync_group},
    {.key = 15, .first_old = 0, .first = 0, .last = 6, .answer = kafka_describe_groups},
    {.key = 16, .first_old = 0, .first = 0, .last = 5, .answer = kafka_list_groups},
    {.key = 17, .first_old = 0, .first = 0, .last = 1, .answer = kafka_sasl_handshake},
    {.key = 18, .first_old = 0, .first = 0, .last = 4, .answer = kafka_api_versions},
    {.key = 21, .first_old = 0, .first = 0, .last = 2, .answer = kafka_delete_records},
    {.key = 22, .first_old = 0, .first = 0, .last = 6, .answer = kafka_init_producer_id},
    {.key = 23, .first_old = 0, .first = 2, .last = 4, .answer = kafka_offset_for_leader_epoch},
    {.key = 36, .first_old = 0, .first = 0, .last = 2, .answer = kafka_sasl_authenticate},
    {.key = 42, .first_old = 0, .first = 0, .last = 2, .answer = kafka_delete_groups},
    {.key = 47, .first_old = 0, .first = 0, .last = 0, .answer = kafka_offset_delete},
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

int16_t kafka_api_first(const struct kafka_api *api, const struct kafka_model *model)
{
    return model->has_old_versions ? api->first_old : api->first;
}
