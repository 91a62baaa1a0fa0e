/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: who waits for what to change: requests, and what brokers do of their own (transaction markers).
 *
 *   waiter --watch--> watched      kafka_watched_touch(watched) has the on_change of all its waiters called soon: once the
 *          --watch--> watched      event that changed it is over (kafka_waiters_settle), in the order of touching
 */
#ifndef SIM_KAFKA_WATCH_H
#define SIM_KAFKA_WATCH_H

#include <stdbool.h>

struct kafka_waiter;

/* Who was touched, in order. Zero-initialised: nobody. */
struct kafka_waiters {
    struct kafka_waiter *first, *last;
};

/* Embedded in whoever waits. Fill in waiters and on_change, the rest is zero. */
struct kafka_waiter {
    struct kafka_waiters *waiters; /* the cluster's; borrowed */
    /* Something that it watches has changed. NULL: it does not care. It may free its owner. */
    void (*on_change)(struct kafka_waiter *waiter);
    struct kafka_waiter *next_touched;
    bool is_touched;
};

/* Embedded in what can be waited for; zero-initialised: nobody watches. */
struct kafka_watched {
    struct kafka_watch *first;
};

/* One waiter's interest in one thing. Zero-initialised: none. */
struct kafka_watch {
    struct kafka_waiter *waiter;
    struct kafka_watched *watched; /* NULL: not watching */
    struct kafka_watch *next, *previous;
};

void kafka_watch_begin(struct kafka_watch *watch, struct kafka_waiter *waiter, struct kafka_watched *watched);
/* No effect if it watches nothing. */
void kafka_watch_end(struct kafka_watch *watch);

/* Has on_change of all who watch called soon. */
void kafka_watched_touch(struct kafka_watched *watched);
/* Nobody watches any more; those who did are touched. Before what is watched goes away. */
void kafka_watched_deinit(struct kafka_watched *watched);

/* It will not be called although it was touched. Before its owner goes away. */
void kafka_waiter_rest(struct kafka_waiter *waiter);
/* Calls on_change of those that were touched, and of those that this touches. */
void kafka_waiters_settle(struct kafka_waiters *waiters);

#endif
