/* SPDX-License-Identifier: Apache-2.0 */
/* What each file of cases gives: an array that ends with CASE_END. */
#ifndef TESTS_CONFORMANCE_KAFKA_CASES_FILES_H
#define TESTS_CONFORMANCE_KAFKA_CASES_FILES_H

#include "tests/conformance/kafka/case.h"

extern const struct conformance_case log_cases[], offsets_cases[], groups_cases[], admin_cases[],
    idempotence_cases[], errors_cases[], cluster_cases[], upkeep_cases[], transactions_cases[],
    transaction_offsets_cases[], transaction_cluster_cases[], replication_cases[], membership_cases[],
    unavailable_cases[], racks_cases[];

#endif
