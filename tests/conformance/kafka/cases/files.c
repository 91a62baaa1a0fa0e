/* SPDX-License-Identifier: Apache-2.0 */
/* The files of cases. */
#include "tests/conformance/kafka/cases/files.h"

#include <stddef.h>

const struct conformance_case *const conformance_files[] = {
    log_cases,         offsets_cases, groups_cases,       admin_cases,
    idempotence_cases, errors_cases,  transactions_cases, transaction_offsets_cases,
    membership_cases,  NULL,
};

const struct conformance_case *const conformance_cluster_files[] = {
    cluster_cases, upkeep_cases, replication_cases, transaction_cluster_cases, unavailable_cases,
    racks_cases,   NULL};
