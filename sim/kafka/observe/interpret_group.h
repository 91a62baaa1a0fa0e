/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_group: the consumer group's part of interpret: joins, syncs, heartbeats, leaves.
 */
#ifndef SIM_KAFKA_OBSERVE_INTERPRET_GROUP_H
#define SIM_KAFKA_OBSERVE_INTERPRET_GROUP_H

#include "sim/kafka/observe/interpret.h"

/* What all parts of interpret need. */
struct history_event interpret_event(const struct interpret_scene *scene, enum history_kind kind);
struct history_bytes interpret_string(struct wire_string string);
void interpret_emit(const struct interpret *interpret, const struct history_event *event);

void interpret_join_requested(struct interpret *interpret, const struct interpret_scene *scene,
                              struct interpret_request *request);
void interpret_join_answered(struct interpret *interpret, const struct interpret_scene *scene,
                             const struct interpret_request *request, const void *response);
void interpret_sync_requested(struct interpret *interpret, const struct interpret_scene *scene,
                              struct interpret_request *request);
void interpret_sync_answered(struct interpret *interpret, const struct interpret_scene *scene,
                             const struct interpret_request *request, const void *response);
void interpret_heartbeat_answered(struct interpret *interpret, const struct interpret_scene *scene,
                                  const struct interpret_request *request, const void *response);
void interpret_leave_requested(struct interpret *interpret, const struct interpret_scene *scene,
                               struct interpret_request *request);
void interpret_leave_answered(struct interpret *interpret, const struct interpret_scene *scene,
                              const struct interpret_request *request, const void *response);

#endif
