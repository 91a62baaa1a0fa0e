/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api: which requests the brokers understand, in which versions, and whose function answers them.
 *
 * Each function takes a decoded request, and ends it now or later (request.h). It stands in the file of its name.
 */
#ifndef SIM_KAFKA_API_H
#define SIM_KAFKA_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/kafka/model.h"

struct kafka_request;

struct kafka_versions {
    int16_t first, last; /* both are offered */
};

struct kafka_api {
    int16_t key;
    struct kafka_versions versions[KAFKA_RELEASES]; /* by enum kafka_release */
    void (*answer)(struct kafka_request *request);
};

/* NULL: not offered. */
const struct kafka_api *kafka_api_of(int16_t key);
/* In order of key; NULL beyond the end. */
const struct kafka_api *kafka_api_at(size_t index);
struct kafka_versions kafka_api_versions_of(const struct kafka_api *api, const struct kafka_model *model);
bool kafka_api_offers(const struct kafka_api *api, const struct kafka_model *model, int16_t version);

/* produce.c, fetch.c, metadata.c */
void kafka_produce(struct kafka_request *request);
void kafka_fetch(struct kafka_request *request);
void kafka_metadata(struct kafka_request *request);
/* list_offsets.c, delete_records.c, leader_epoch.c */
void kafka_list_offsets(struct kafka_request *request);
void kafka_delete_records(struct kafka_request *request);
void kafka_offset_for_leader_epoch(struct kafka_request *request);
/* session.c: what a client asks before it begins */
void kafka_api_versions(struct kafka_request *request);
void kafka_sasl_handshake(struct kafka_request *request);
void kafka_sasl_authenticate(struct kafka_request *request);
void kafka_init_producer_id(struct kafka_request *request);
/* transaction_add.c, transaction_end.c, transaction_write_markers.c, transaction_describe.c */
void kafka_add_partitions_to_txn(struct kafka_request *request);
void kafka_add_offsets_to_txn(struct kafka_request *request);
void kafka_end_txn(struct kafka_request *request);
void kafka_write_txn_markers(struct kafka_request *request);
void kafka_describe_transactions(struct kafka_request *request);
void kafka_list_transactions(struct kafka_request *request);
/* group_*.c, offsets.c, coordinator.c */
/* group_*.c, offset*.c, txn_offset_commit.c, coordinator.c */
void kafka_find_coordinator(struct kafka_request *request);
void kafka_join_group(struct kafka_request *request);
void kafka_sync_group(struct kafka_request *request);
void kafka_heartbeat(struct kafka_request *request);
void kafka_leave_group(struct kafka_request *request);
void kafka_describe_groups(struct kafka_request *request);
void kafka_list_groups(struct kafka_request *request);
void kafka_delete_groups(struct kafka_request *request);
void kafka_offset_commit(struct kafka_request *request);
void kafka_offset_fetch(struct kafka_request *request);
void kafka_offset_delete(struct kafka_request *request);
void kafka_txn_offset_commit(struct kafka_request *request);
/* create_topics.c, delete_topics.c, create_partitions.c, describe_configs.c, alter_configs.c, describe_cluster.c,
 * describe_producers.c, elect_leaders.c */
void kafka_create_topics(struct kafka_request *request);
void kafka_delete_topics(struct kafka_request *request);
void kafka_create_partitions(struct kafka_request *request);
void kafka_describe_configs(struct kafka_request *request);
void kafka_alter_configs(struct kafka_request *request);
void kafka_incremental_alter_configs(struct kafka_request *request);
void kafka_describe_cluster(struct kafka_request *request);
void kafka_describe_producers(struct kafka_request *request);
void kafka_elect_leaders(struct kafka_request *request);

#endif
