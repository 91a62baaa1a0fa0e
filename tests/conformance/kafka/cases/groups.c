/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/kafka/cases/files.h"

const struct conformance_case groups_cases[] = {
    CASE_END,
};
