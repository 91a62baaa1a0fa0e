/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/kafka/cases/files.h"

const struct conformance_case idempotence_cases[] = {
    CASE_END,
};
