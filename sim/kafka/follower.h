/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follower: when the steps of replication.h happen.
 *
 *   the record changes --inform--> each replica learns it          at once, or 0..millrace.partition.start.max.ms later
 *   a log grows, ..    --run-----> each follower fetches           at once, or 0..millrace.replica.fetch.max.ms later, each time
 *   one lacks something ---------> it is dropped from those in sync  once that is so for replica.lag.time.max.ms, at a point of
 *                                                                   half that grid (ReplicaManager, isr-expiration)
 *
 * Nobody wakes for nothing: who has all has no deadline. Who is down, silent or isolated neither learns nor fetches nor
 * serves fetches. Left out: throttles, that a fetch waits for bytes, fetcher threads that many partitions share.
 */
#ifndef SIM_KAFKA_FOLLOWER_H
#define SIM_KAFKA_FOLLOWER_H

struct kafka_partition;

/* The controller's record has changed, or a broker is reached again: whoever is reached learns the newest, now or later. */
void kafka_follower_inform(struct kafka_partition *partition);
/* Followers that want something fetch, now or later; leaders raise their high watermark. */
void kafka_follower_run(struct kafka_partition *partition);
/* No more of all that. Before the partition goes. */
void kafka_follower_forget(struct kafka_partition *partition);

#endif
