/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deadline: what the cluster does by itself when its time has come.
 *
 * A heap ordered by (time, order of setting), so that two deadlines of one instant always come in the same order.
 * Owners embed a struct kafka_deadline; nothing is allocated per deadline.
 */
#ifndef SIM_KAFKA_DEADLINE_H
#define SIM_KAFKA_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)

struct kafka_deadline {
    int64_t due_ns; /* of the cluster's clock */
    uint64_t order; /* among those of one instant */
    size_t place;   /* 1.. in the heap; 0: not set */
    /* It is not set any more when this is called, and may be set anew. */
    void (*on_due)(struct kafka_deadline *deadline);
};

/* Zero-initialised storage has none. */
struct kafka_deadlines {
    struct kafka_deadline **heap;
    size_t count, capacity;
    uint64_t order_last;
};

/* Sets it, or moves it when it is set. on_due must be filled in. */
void kafka_deadline_set(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline, int64_t due_ns);
/* No effect on one that is not set. */
void kafka_deadline_clear(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline);

/* Points of time, first_ms, first_ms + interval_ms, ..: at one of them Kafka looks whether there is something to do. */
struct kafka_grid {
    int64_t first_ms;
    int64_t interval_ms; /* below 1 counts as 1 */
};

/* The first of first, first + interval, .. at or behind time. */
int64_t kafka_grid_next(int64_t first, int64_t interval, int64_t time);
/* Sets it to the grid's first point at or behind due_ms and behind now_ms, unless it is set to an earlier one already, or that
 * is more than the clock can say. */
void kafka_deadline_set_on_grid(struct kafka_deadlines *deadlines, struct kafka_deadline *deadline,
                                struct kafka_grid grid, int64_t due_ms, int64_t now_ms);

/* When the first is due; INT64_MAX: there is none. */
int64_t kafka_deadlines_next_ns(const struct kafka_deadlines *deadlines);
/* Takes out and calls the first if it is due at now_ns. False: none is. */
bool kafka_deadlines_step(struct kafka_deadlines *deadlines, int64_t now_ns);
/* Forgets all of them. */
void kafka_deadlines_deinit(struct kafka_deadlines *deadlines);

/* The struct of the given type that has what POINTER points to as the given member. */
#define KAFKA_OWNER(POINTER, TYPE, MEMBER) ((TYPE *)(void *)((char *)(POINTER)-offsetof(TYPE, MEMBER)))

#endif
