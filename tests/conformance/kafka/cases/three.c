/* SPDX-License-Identifier: Apache-2.0 */
/* three: see three.h. */
#include "tests/conformance/kafka/cases/three.h"
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool three_begin(struct conformance *c)
{
    char states[CASE_ANSWER_BYTES], down[16];
    if (!case_control_answer(c, states, "brokers") || !strstr(states, "3:")) {
        skip(c, "needs three brokers");
        return false;
    }
    for (int id = 1; id <= THREE_BROKERS; id++) {
        snprintf(down, sizeof(down), "%d:down", id);
        if (strstr(states, down))
            case_control(c, "start %d", id);
    }
    return true;
}

const char *three_topic_on(struct conformance *c, const char *suffix, const int32_t *ids, int replica_count,
                           const char *const *pairs)
{
    char error[256];
    const char *name = case_name_of(c, suffix);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, 1, -1, error, sizeof(error));
    if (!topic)
        abort();
    rd_kafka_NewTopic_set_replica_assignment(topic, 0, (int32_t *)(uintptr_t)ids, (size_t)replica_count,
                                             error, sizeof(error));
    for (; pairs && *pairs; pairs += 2)
        rd_kafka_NewTopic_set_config(topic, pairs[0], pairs[1]);
    rd_kafka_resp_err_t refused = client_topic_make(c, topic);
    if (refused)
        outcome(c, "create topic: %s", rd_kafka_err2name(refused));
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, suffix, replica_count);
    return name;
}

const char *three_topic(struct conformance *c, const char *suffix, int replica_count,
                        const char *const *pairs)
{
    static const int32_t ids[THREE_BROKERS] = {1, 2, 3};
    return three_begin(c) ? three_topic_on(c, suffix, ids, replica_count, pairs) : NULL;
}

void three_bring_back(struct conformance *c, int broker)
{
    if (!case_control(c, "start %d", broker))
        return;
    for (int id = 1; id <= THREE_BROKERS; id++)
        ask_await_in_sync(c, id, "t", THREE_BROKERS);
}
