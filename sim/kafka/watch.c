/* SPDX-License-Identifier: Apache-2.0 */
/* watch: see watch.h. */
#include "sim/kafka/watch.h"

#include <stddef.h>

void kafka_watch_begin(struct kafka_watch *watch, struct kafka_waiter *waiter, struct kafka_watched *watched)
{
    *watch = (struct kafka_watch){.waiter = waiter, .watched = watched, .next = watched->first};
    if (watch->next)
        watch->next->previous = watch;
    watched->first = watch;
}

void kafka_watch_end(struct kafka_watch *watch)
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

static void touch(struct kafka_waiter *waiter)
{
    struct kafka_waiters *waiters = waiter->waiters;
    if (waiter->is_touched || !waiter->on_change)
        return;
    waiter->is_touched = true;
    waiter->next_touched = NULL;
    if (waiters->first)
        waiters->last->next_touched = waiter;
    else
        waiters->first = waiter;
    waiters->last = waiter;
}

void kafka_watched_touch(struct kafka_watched *watched)
{
    for (struct kafka_watch *watch = watched->first; watch; watch = watch->next)
        touch(watch->waiter);
}

void kafka_watched_deinit(struct kafka_watched *watched)
{
    kafka_watched_touch(watched);
    while (watched->first)
        kafka_watch_end(watched->first);
}

void kafka_waiter_rest(struct kafka_waiter *waiter)
{
    struct kafka_waiter *previous = NULL;
    if (!waiter->is_touched)
        return;
    for (struct kafka_waiter *it = waiter->waiters->first; it != waiter; it = it->next_touched)
        previous = it;
    if (previous)
        previous->next_touched = waiter->next_touched;
    else
        waiter->waiters->first = waiter->next_touched;
    if (waiter->waiters->last == waiter)
        waiter->waiters->last = previous;
    waiter->is_touched = false;
}

void kafka_waiters_settle(struct kafka_waiters *waiters)
{
    while (waiters->first) {
        struct kafka_waiter *waiter = waiters->first;
        waiters->first = waiter->next_touched;
        waiter->is_touched = false;
        waiter->on_change(waiter);
    }
}
