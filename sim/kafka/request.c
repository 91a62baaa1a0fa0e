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

static void unwatch(struct kafka_watch *watch)
{
    if (!watch->watched)
        return;
    if (watch->previous)
        watch->previous->next = watch->next;
    else
        watch->watched->first = watch->next;
    if (watch->next)
        watch->next->previous = watch->previous;
    watch->watched = NULL;
}

static void untouch(struct kafka_cluster *cluster, struct kafka_request *request)
{
    struct kafka_request *previous = NULL;
    for (struct kafka_request *it = cluster->touched_first; it; previous = it, it = it->next_touched) {
        if (it != request)
            continue;
        if (previous)
            previous->next_touched = it->next_touched;
        else
            cluster->touched_first = it->next_touched;
        if (cluster->touched_last == it)
            cluster->touched_last = previous;
        break;
    }
    request->is_touched = false;
}

static void stop_waiting(struct kafka_request *request)
{
    struct kafka_cluster *cluster = request->cluster;
    if (!request->is_waiting)
        return;
    for (int32_t i = 0; i < request->watch_count; i++)
        unwatch(&request->watches[i]);
    if (request->is_touched)
        untouch(cluster, request);
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
    struct kafka_request *request = KAFKA_DEADLINE_OWNER(deadline, struct kafka_request, deadline);
    request->on_due(request);
}

void kafka_request_wait(struct kafka_request *request, int64_t due_ns, int32_t watches_max)
{
    struct kafka_cluster *cluster = request->cluster;
    assert(!request->is_waiting);
    request->is_waiting = true;
    request->watches = kafka_request_take(request, (size_t)watches_max * sizeof *request->watches);
    request->watch_count = 0;
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
    struct kafka_watch *watch = &request->watches[request->watch_count++];
    *watch = (struct kafka_watch){.request = request, .watched = watched, .next = watched->first};
    if (watch->next)
        watch->next->previous = watch;
    watched->first = watch;
}

void kafka_request_forget(struct kafka_request *request)
{
    assert(request->is_waiting && request->watch_count == 0 && !request->deadline.place);
    request->ends_with_client = true;
    if (!request->client)
        kafka_request_finish(request);
}

static void touch(struct kafka_request *request)
{
    struct kafka_cluster *cluster = request->cluster;
    if (request->is_touched || !request->on_change)
        return;
    request->is_touched = true;
    request->next_touched = NULL;
    if (cluster->touched_last && cluster->touched_first)
        cluster->touched_last->next_touched = request;
    else
        cluster->touched_first = request;
    cluster->touched_last = request;
}

void kafka_watched_touch(struct kafka_watched *watched)
{
    for (struct kafka_watch *watch = watched->first; watch; watch = watch->next)
        touch(watch->request);
}

void kafka_watched_deinit(struct kafka_watched *watched)
{
    kafka_watched_touch(watched);
    while (watched->first)
        unwatch(watched->first);
}

bool kafka_request_settle(struct kafka_cluster *cluster)
{
    bool was_any = false;
    while (cluster->touched_first) {
        struct kafka_request *request = cluster->touched_first;
        cluster->touched_first = request->next_touched;
        if (!cluster->touched_first)
            cluster->touched_last = NULL;
        request->is_touched = false;
        was_any = true;
        request->on_change(request);
    }
    return was_any;
}
