/* SPDX-License-Identifier: Apache-2.0 */
/* link: one direction between two hosts: how long a segment takes, and whether it gets through. Internal to the network. */
#ifndef SIM_WORLD_LINK_H
#define SIM_WORLD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/network.h"

struct link {
    struct network_link settings;
    bool is_own; /* set by network_set_link: keeps its settings when the network's change */
    bool is_loopback;
    bool is_blocked;
    int64_t free_ns; /* when the wire has carried all that was put on it */
};

/* Linux' values: tcp_retries2, tcp_syn_retries, tcp_synack_retries, tcp_orphan_retries (as retransmission times add up). */
#define LINK_RETRY_NS           INT64_C(200000000)
#define LINK_RETRY_SYN_NS       INT64_C(1000000000)
#define LINK_GIVE_UP_NS         INT64_C(924600000000)
#define LINK_GIVE_UP_SYN_NS     INT64_C(127000000000)
#define LINK_GIVE_UP_SYN_ACK_NS INT64_C(63000000000)
#define LINK_GIVE_UP_ORPHAN_NS  INT64_C(102200000000)

void link_begin(void);
void link_end(void);

/* The link from a host to another; to NULL: a black hole, there and back. Lives until the world ends. */
struct link *link_between(const struct host *from, const struct host *to);
/* New defaults for all links without settings of their own. */
void link_set_defaults(const struct network_settings *settings);

/* When a segment that is sent now arrives. With is_chosen the latency is picked, else it is the usual one. */
int64_t link_arrival_ns(struct link *link, size_t bytes, bool is_chosen);
int64_t link_usual_ns(const struct link *link);

/* The first retry at or after now of what was sent at sent_ns and never acknowledged. */
int64_t link_retry_ns(int64_t sent_ns, int64_t first_ns, int64_t now_ns);

#endif
