/* SPDX-License-Identifier: Apache-2.0 */
/* follower: deadlines of learning, fetching and lagging. See follower.h. */
#include "sim/kafka/follower.h"

#include <stdint.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"

static struct kafka_cluster *cluster_of(const struct kafka_replica *replica)
{
    return replica->partition->topic->cluster;
}

static const struct kafka_broker *broker_of(const struct kafka_replica *replica)
{
    return kafka_broker_of(cluster_of(replica), replica->broker);
}

static int64_t draw_ns(struct kafka_cluster *cluster, int64_t max_ms)
{
    return cluster->now_ns + kafka_cluster_draw(cluster, max_ms * NS_PER_MS);
}

/* Its broker runs, and leads as far as it knows. */
static bool is_leading(const struct kafka_replica *replica)
{
    return kafka_replication_leads(replica) && broker_of(replica)->state == KAFKA_BROKER_UP;
}

/* ---- learning -------------------------------------------------------------------------------------------- */

static void learn(struct kafka_replica *replica)
{
    struct kafka_decision newest = kafka_replication_newest(replica->partition);
    kafka_deadline_clear(&cluster_of(replica)->deadlines, &replica->learning);
    if (kafka_broker_is_connected(broker_of(replica)))
        kafka_replication_learn(replica, &newest);
}

static void on_learning(struct kafka_deadline *deadline)
{
    struct kafka_replica *replica = KAFKA_OWNER(deadline, struct kafka_replica, learning);
    struct kafka_partition *partition = replica->partition;
    learn(replica);
    kafka_partition_replicate(partition);
    if (partition->leader == replica->broker)
        kafka_partition_on_leader(partition);
}

void kafka_follower_inform(struct kafka_partition *partition)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    int64_t max_ms = kafka_configs_pace(cluster)->learn_max_ms;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        struct kafka_replica *replica = &partition->replicas[i];
        if (replica->learned.partition_epoch == partition->partition_epoch ||
            !kafka_broker_is_connected(broker_of(replica)))
            continue;
        /* Who else is in sync a leader hears of at once: a delay would but hold up its high watermark. */
        if (!max_ms || replica->learned.leader_epoch == partition->leader_epoch) {
            learn(replica);
        } else if (!replica->learning.place) {
            replica->learning.on_due = on_learning;
            kafka_deadline_set(&cluster->deadlines, &replica->learning, draw_ns(cluster, max_ms));
        }
    }
}

/* ---- fetching -------------------------------------------------------------------------------------------- */

/* The leader that follower may fetch from now, or NULL. */
static struct kafka_replica *reached_leader(const struct kafka_replica *follower)
{
    struct kafka_replica *leader = kafka_partition_replica(follower->partition, follower->learned.leader);
    if (!leader || leader == follower || !kafka_replication_leads(leader) ||
        !kafka_broker_is_connected(broker_of(follower)) || !kafka_broker_is_connected(broker_of(leader)))
        return NULL;
    bool is_fenced = leader->learned.leader_epoch != follower->learned.leader_epoch &&
                     !kafka_bug_is_in(cluster_of(follower)->model.bugs, KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED);
    return is_fenced ? NULL : leader;
}

/* Would a fetch tell one of them something? */
static bool wants_fetch(const struct kafka_replica *leader, const struct kafka_replica *follower)
{
    const struct kafka_log *from = &leader->log, *to = &follower->log;
    return from->end_offset != to->end_offset || from->start_offset > to->start_offset ||
           follower->high_watermark != leader->high_watermark || follower->is_truncating ||
           kafka_replication_known_end(leader, follower) != to->end_offset;
}

/* One more is in sync: there may be enough of them now to commit. */
static void on_another(struct kafka_replica *leader)
{
    kafka_follower_inform(leader->partition);
    kafka_replication_raise(leader);
}

/* True: somebody knows more now. */
static bool fetch(struct kafka_replica *follower)
{
    struct kafka_replica *leader = reached_leader(follower);
    bool has_moved;
    if (!leader || !wants_fetch(leader, follower) ||
        kafka_replication_fetch(follower, kafka_configs_pace(cluster_of(follower))->fetch_bytes_max,
                                &has_moved) ||
        !has_moved)
        return false;
    kafka_replication_raise(leader);
    if (kafka_broker_is_listed(broker_of(follower)) && kafka_replication_expand(leader, follower))
        on_another(leader);
    return true;
}

/* The leader that may say who is in sync; NULL: there is none, or the controller does not hear it. */
static struct kafka_replica *heard_leader(struct kafka_partition *partition)
{
    struct kafka_replica *leader = kafka_partition_leader(partition);
    return leader && kafka_replication_leads(leader) && kafka_broker_is_connected(broker_of(leader)) ? leader
                                                                                                     : NULL;
}

/* Those who have caught up, and could not join when they did: the controller had fenced them, or their leader was behind. */
static void expand_all(struct kafka_partition *partition, struct kafka_replica *leader)
{
    bool is_another = false;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        struct kafka_replica *follower = &partition->replicas[i];
        if (!(leader->learned.in_sync >> i & 1) && reached_leader(follower) == leader &&
            kafka_broker_is_listed(broker_of(follower)))
            is_another |= kafka_replication_expand(leader, follower);
    }
    if (is_another)
        on_another(leader);
}

static void on_fetching(struct kafka_deadline *deadline)
{
    struct kafka_replica *follower = KAFKA_OWNER(deadline, struct kafka_replica, fetching);
    if (fetch(follower))
        kafka_partition_replicate(follower->partition);
}

static void plan_fetches(struct kafka_partition *partition, int64_t max_ms)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    for (int32_t i = 0; i < partition->replica_count; i++) {
        struct kafka_replica *follower = &partition->replicas[i];
        const struct kafka_replica *leader = follower->fetching.place ? NULL : reached_leader(follower);
        if (!leader || !wants_fetch(leader, follower))
            continue;
        follower->fetching.on_due = on_fetching;
        kafka_deadline_set(&cluster->deadlines, &follower->fetching, draw_ns(cluster, max_ms));
    }
}

static void fetch_all(struct kafka_partition *partition)
{
    bool has_moved;
    do {
        has_moved = false;
        for (int32_t i = 0; i < partition->replica_count; i++)
            has_moved |= fetch(&partition->replicas[i]);
    } while (has_moved);
}

/* ---- lagging --------------------------------------------------------------------------------------------- */

/* Whether it could have asked for what it lacks. One that is at the end has not said so yet. */
static bool is_lagging(const struct kafka_replica *leader, const struct kafka_replica *follower)
{
    return follower != leader && (leader->learned.in_sync >> (follower - leader->partition->replicas) & 1) &&
           kafka_replication_known_end(leader, follower) < leader->log.end_offset;
}

static void on_lagging(struct kafka_deadline *deadline)
{
    struct kafka_partition *partition = KAFKA_OWNER(deadline, struct kafka_partition, lagging);
    struct kafka_cluster *cluster = partition->topic->cluster;
    struct kafka_replica *leader = heard_leader(partition);
    int64_t since_ns = cluster->now_ns - kafka_configs_pace(cluster)->lag_max_ms * NS_PER_MS;
    for (int32_t i = 0; leader && i < partition->replica_count; i++) {
        struct kafka_replica *follower = &partition->replicas[i];
        if (is_lagging(leader, follower) && follower->behind_ns < since_ns)
            kafka_replication_shrink(leader, follower);
    }
    kafka_follower_inform(partition);
    kafka_partition_replicate(partition);
}

/* leader: as heard_leader says; NULL: nobody can drop anybody. */
static void plan_lagging(struct kafka_partition *partition, const struct kafka_replica *leader)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    int64_t since_ns = INT64_MAX;
    for (int32_t i = 0; leader && i < partition->replica_count; i++) {
        struct kafka_replica *follower = &partition->replicas[i];
        if (!is_lagging(leader, follower))
            continue;
        if (follower->behind_ns == INT64_MAX)
            follower->behind_ns = cluster->now_ns;
        if (follower->behind_ns < since_ns)
            since_ns = follower->behind_ns;
    }
    if (since_ns == INT64_MAX) {
        kafka_deadline_clear(&cluster->deadlines, &partition->lagging);
        return;
    }
    int64_t lag_ns = kafka_configs_pace(cluster)->lag_max_ms * NS_PER_MS;
    int64_t began_ns = cluster->cleaner.began_ms * NS_PER_MS, grid_ns = lag_ns / 2 ? lag_ns / 2 : 1;
    int64_t earliest_ns = since_ns + lag_ns > cluster->now_ns ? since_ns + lag_ns : cluster->now_ns;
    int64_t due_ns = kafka_grid_next(began_ns, grid_ns, earliest_ns + 1); /* behind, not at */
    if (partition->lagging.place && partition->lagging.due_ns == due_ns)
        return;
    partition->lagging.on_due = on_lagging;
    kafka_deadline_set(&cluster->deadlines, &partition->lagging, due_ns);
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

void kafka_follower_run(struct kafka_partition *partition)
{
    struct kafka_cluster *cluster = partition->topic->cluster;
    int64_t max_ms = kafka_configs_pace(cluster)->fetch_max_ms;
    for (int32_t i = 0; i < partition->replica_count; i++)
        if (is_leading(&partition->replicas[i]))
            kafka_replication_raise(&partition->replicas[i]);
    struct kafka_replica *leader = heard_leader(partition);
    if (leader)
        expand_all(partition, leader);
    if (max_ms)
        plan_fetches(partition, max_ms);
    else
        fetch_all(partition);
    plan_lagging(partition, leader);
}

void kafka_follower_forget(struct kafka_partition *partition)
{
    struct kafka_deadlines *deadlines = &partition->topic->cluster->deadlines;
    kafka_deadline_clear(deadlines, &partition->lagging);
    for (int32_t i = 0; i < partition->replica_count; i++) {
        kafka_deadline_clear(deadlines, &partition->replicas[i].learning);
        kafka_deadline_clear(deadlines, &partition->replicas[i].fetching);
    }
}
