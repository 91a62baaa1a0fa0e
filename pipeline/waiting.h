/* SPDX-License-Identifier: Apache-2.0 */
/* waiting: records that wait for a time of the wall clock, the earliest first (a binary heap). */
#ifndef PIPELINE_WAITING_H
#define PIPELINE_WAITING_H

#include "pipeline/consumer.h"
#include "pipeline/output.h"

#include <stddef.h>
#include <stdint.h>

struct waiting_item {
    int64_t due_ns; /* wall clock */
    struct consumer_position position;
    struct outputs outputs; /* what is to be made of it then */
};

/* Zeroed: empty. */
struct waiting {
    struct waiting_item *items;
    size_t count, capacity;
};

void waiting_deinit(struct waiting *waiting);

/* Takes the item's outputs. */
void waiting_add(struct waiting *waiting, const struct waiting_item *item);

/* The earliest; NULL: none waits. Borrowed until the next change. */
const struct waiting_item *waiting_first(const struct waiting *waiting);

/* Gives it away; there is one. */
struct waiting_item waiting_take(struct waiting *waiting);

/* Forgets all that came under an assignment. */
void waiting_forget(struct waiting *waiting, uint64_t assignment);

#endif
