/* SPDX-License-Identifier: Apache-2.0 */
/* three: what cases on three brokers begin with. Needs the control interface. */
#ifndef TESTS_CONFORMANCE_KAFKA_CASES_THREE_H
#define TESTS_CONFORMANCE_KAFKA_CASES_THREE_H

#include "tests/conformance/kafka/case.h"

#include <stdint.h>

enum { THREE_BROKERS = 3 };

/* All brokers are up, whatever the case before left. False: this is not a cluster of three. */
bool three_begin(struct conformance *c);
/* Topic PREFIX.suffix, one partition: brokers 1 (preferred), 2 and so on to replica_count. Configuration in pairs, or NULL.
 * NULL: not a cluster of three. */
const char *three_topic(struct conformance *c, const char *suffix, int replica_count,
                        const char *const *pairs);
/* The same on these brokers, the first of which is preferred; three_begin was called. */
const char *three_topic_on(struct conformance *c, const char *suffix, const int32_t *ids, int replica_count,
                           const char *const *pairs);
/* The broker is up again, and every broker knows that all replicas of topic "t" are in sync. */
void three_bring_back(struct conformance *c, int broker);

#endif
