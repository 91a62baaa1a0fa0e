/* SPDX-License-Identifier: Apache-2.0 */
/* request: answers, waiting, waking. See request.h. */
#include "sim/kafka/request.h"

#include <assert.h>
#include <string.h>
#include "sim/kafka/cluster.h"

void *kafka_request_take(struct kafka_request *request, size_t bytes)
{
    void *taken = wire_memory_take(&request->memory, bytes ? bytes : 1);
    assert(taken);
    return memset(taken, 0, bytes);
}

static void stop_waiting(struct kafka_request *request)
{
    struct kafka_cluster *cluster = request->cluster;
    if (!request->is_waiting)
        return;
    for (int32_t i = 0; i < request->watch_count; i++)
        kafka_watch_end(&request->watches[i]);
    kafka_waiter_rest(&request->waiter);
    kafka_deadline_clear(&cluster->deadlines, &request->deadline);
    if (request->previous_waiting)
        request->previous_waiting->next_waiting = request->next_waiting;
    else
        cluster->waiting_first = request->next_waiting;
    if (request->next_waiting)
        request->next_waiting->previous_waiting = request->previous_waiting;
    request->is_waiting = false;
}

static void end(struct kafka_request *request, enum kafka_answer answer, const void *response)
{
    stop_waiting(request);
    const struct kafka_seam *seam = &request->cluster->seam;
    seam->on_answer(seam->context, request, answer, response);
}

void kafka_request_answer(struct kafka_request *request, const void *response)
{
    end(request, KAFKA_ANSWER_SEND, response);
}

void kafka_request_finish(struct kafka_request *request)
{
    end(request, KAFKA_ANSWER_NONE, NULL);
}

void kafka_request_close(struct kafka_request *request)
{
    end(request, KAFKA_ANSWER_CLOSE, NULL);
}

static void on_due(struct kafka_deadline *deadline)
{
    struct kafka_request *request = KAFKA_OWNER(deadline, struct kafka_request, deadline);
    request->on_due(request);
}

static void on_change(struct kafka_waiter *waiter)
{
    struct kafka_request *request = KAFKA_OWNER(waiter, struct kafka_request, waiter);
    request->on_change(request);
}

void kafka_request_wait(struct kafka_request *request, int64_t due_ns, int32_t watches_max)
{
    struct kafka_cluster *cluster = request->cluster;
    stop_waiting(request);
    request->is_waiting = true;
    request->watches = kafka_request_take(request, (size_t)watches_max * sizeof *request->watches);
    request->watch_count = 0;
    request->waiter = (struct kafka_waiter){.waiters = &cluster->touched,
                                            .on_change = request->on_change ? on_change : NULL};
    request->previous_waiting = NULL;
    request->next_waiting = cluster->waiting_first;
    if (request->next_waiting)
        request->next_waiting->previous_waiting = request;
    cluster->waiting_first = request;
    request->deadline.on_due = on_due;
    if (due_ns < INT64_MAX)
        kafka_deadline_set(&cluster->deadlines, &request->deadline, due_ns);
}

void kafka_request_watch(struct kafka_request *request, struct kafka_watched *watched)
{
    assert(request->is_waiting);
    kafka_watch_begin(&request->watches[request->watch_count++], &request->waiter, watched);
}

void kafka_request_forget(struct kafka_request *request)
{
    assert(request->is_waiting && request->watch_count == 0 && !request->deadline.place);
    request->ends_with_client = true;
    if (!request->client)
        kafka_request_finish(request);
}
