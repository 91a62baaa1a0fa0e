/* SPDX-License-Identifier: Apache-2.0 */
/* acknowledge: see acknowledge.h. Watch i of the request is part i's. */
#include "sim/kafka/acknowledge.h"

#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/errors.h"

bool kafka_acknowledge_appended(struct kafka_request *request, const struct kafka_acknowledge_part *part)
{
    (void)request;
    if (part->partition)
        return kafka_partition_is_settled(part->partition, part->leader_epoch, part->offset, part->error_out);
    *part->error_out = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    return true;
}

/* Asks those that were not. True: now all are. */
static bool settle(struct kafka_request *request, struct kafka_acknowledge *acknowledge)
{
    bool is_settled = true;
    for (int32_t i = 0; i < acknowledge->count; i++) {
        struct kafka_acknowledge_part *part = &acknowledge->parts[i];
        part->is_settled = part->is_settled || acknowledge->is_settled(request, part);
        is_settled = is_settled && part->is_settled;
    }
    return is_settled;
}

static void on_change(struct kafka_request *request)
{
    struct kafka_acknowledge *acknowledge = request->wait;
    for (int32_t i = 0; i < acknowledge->count; i++)
        acknowledge->parts[i].partition = kafka_partition_watched(&request->watches[i]);
    if (settle(request, acknowledge))
        acknowledge->answer(request, acknowledge);
}

static void on_due(struct kafka_request *request)
{
    struct kafka_acknowledge *acknowledge = request->wait;
    for (int32_t i = 0; i < acknowledge->count; i++)
        if (!acknowledge->parts[i].is_settled)
            *acknowledge->parts[i].error_out = KAFKA_REQUEST_TIMED_OUT;
    acknowledge->answer(request, acknowledge);
}

void kafka_acknowledge(struct kafka_request *request, struct kafka_acknowledge *acknowledge,
                       int64_t timeout_ms)
{
    if (settle(request, acknowledge)) {
        acknowledge->answer(request, acknowledge);
        return;
    }
    request->wait = acknowledge;
    request->on_change = on_change;
    request->on_due = on_due;
    request->ends_with_client = true;
    kafka_request_wait(request, request->cluster->now_ns + timeout_ms * NS_PER_MS, acknowledge->count);
    for (int32_t i = 0; i < acknowledge->count; i++)
        kafka_request_watch(request, &acknowledge->parts[i].partition->watched);
}
