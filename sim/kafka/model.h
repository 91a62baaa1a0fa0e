/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model: in what the modelled releases of Apache Kafka differ.
 *
 * Each difference that a conformance case or a raw frame has shown is one named option here; kafka_model_of sets
 * them all for a release. Code asks for the option, never for the release.
 */
#ifndef SIM_KAFKA_MODEL_H
#define SIM_KAFKA_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum kafka_release { KAFKA_RELEASE_3_9, KAFKA_RELEASE_4_3, KAFKA_RELEASES };

struct kafka_model {
    /* For ApiVersions' table (api.c) and the defaults of configurations (config.c). */
    enum kafka_release release;
    bool has_strict_lists; /* KIP-1161: lists in configurations have no empty elements, no doubles */
    bool has_eligible_leader_replicas; /* KIP-966: min.insync.replicas is one dynamic value of all brokers */
    bool has_sets_of_scala;            /* refusals list names as Set(a, b), not [a, b] */
    bool has_cordoned_directories;     /* KIP-1066: told in refusals to place replicas */
    bool has_old_coordinator; /* groups are GroupCoordinator.scala's (before KIP-848's was the default) */
    bool has_operations_on_group_configs; /* among those that DescribeGroups lists as authorized */
    bool has_pending_first;        /* AddPartitionsToTxn looks for a pending transition before whose it is */
    bool refuses_old_epochs_first; /* Produce looks at the partition's epoch before a coordinator is asked */
    bool answers_doubles_twice;    /* ListOffsets of a partition that is named twice */
    uint32_t bugs;                 /* kafka_bug_is_in (bug.h); none of a release */
    int16_t metadata_version_first, metadata_version_last; /* feature levels */
};

/* name: "3.9", "4.3". False: no such release; out is untouched. */
bool kafka_model_of(const char *name, struct kafka_model *out);

#endif
