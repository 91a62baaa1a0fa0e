/* SPDX-License-Identifier: Apache-2.0 */
/* Admin requests about groups and their topics, each with its answer as an outcome. */
#ifndef TESTS_CONFORMANCE_KAFKA_CASES_GROUP_ADMIN_H
#define TESTS_CONFORMANCE_KAFKA_CASES_GROUP_ADMIN_H

#include "tests/conformance/kafka/case.h"

/* "LABEL STATE ASSIGNOR members INSTANCE:CLIENT:COUNT .." */
void group_admin_describe(struct conformance *c, const char *label, const char *group);
/* "LABEL GROUP:STATE .." of the groups of this repetition. */
void group_admin_list(struct conformance *c, const char *label, const rd_kafka_consumer_group_state_t *states,
                      size_t count);
void group_admin_delete(struct conformance *c, const char *label, const char *group);
void group_admin_delete_topic(struct conformance *c, const char *topic);
void group_admin_create_partitions(struct conformance *c, const char *topic, int count);

#endif
