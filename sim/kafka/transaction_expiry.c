/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_expiry: transactions that take too long, and transactional ids that nobody has used for long.
 *
 *   Ongoing for more than its timeout    aborted, its producer fenced   every transaction.abort.timed.out....interval.ms
 *   Empty, Complete* for transactional.id.expiration.ms    forgotten    every transaction.remove.expired....interval.ms
 *
 * Only those sweeps happen that may find something. simplified: all brokers sweep at the same instants, as if started
 * with the cluster; each forgotten id is a batch of its own. Source: TransactionCoordinator.abortTimedOutTransactions,
 * TransactionStateManager.timedOutTransactions, removeExpiredTransactionalIds.
 */
#include "sim/kafka/bug.h"
#include "sim/kafka/config.h"
#include "sim/kafka/transaction_private.h"

/* INT64_MAX: its time does not run. */
static int64_t timeout_due_ms(const struct kafka_transaction *transaction)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    return facts->state == KAFKA_TRANSACTION_ONGOING ? facts->start_ms + facts->timeout_ms + 1 : INT64_MAX;
}

static int64_t expiry_due_ms(const struct kafka_transaction *transaction)
{
    const struct kafka_transaction_facts *facts = &transaction->facts;
    const struct kafka_cluster *cluster = transaction->shard->transactions->cluster;
    if (facts->state != KAFKA_TRANSACTION_EMPTY && facts->state != KAFKA_TRANSACTION_COMPLETE_COMMIT &&
        facts->state != KAFKA_TRANSACTION_COMPLETE_ABORT)
        return INT64_MAX;
    return facts->update_ms + kafka_configs_number(cluster, "transactional.id.expiration.ms");
}

/* Sweeps at the first of its instants at or after due_ms, but not now. */
static void plan(struct kafka_transactions *transactions, struct kafka_deadline *sweep, int64_t due_ms,
                 int64_t interval_ms)
{
    struct kafka_cluster *cluster = transactions->cluster;
    struct kafka_grid sweeps = {.first_ms = transactions->started_ms, .interval_ms = interval_ms};
    kafka_deadline_set_on_grid(&cluster->deadlines, sweep, sweeps, due_ms, kafka_cluster_now_ms(cluster));
}

static void plan_timeouts(struct kafka_transactions *transactions, int64_t due_ms)
{
    plan(transactions, &transactions->timeouts, due_ms,
         kafka_configs_number(transactions->cluster,
                              "transaction.abort.timed.out.transaction.cleanup.interval.ms"));
}

static void plan_expiry(struct kafka_transactions *transactions, int64_t due_ms)
{
    plan(transactions, &transactions->expiry, due_ms,
         kafka_configs_number(transactions->cluster,
                              "transaction.remove.expired.transaction.cleanup.interval.ms"));
}

void kafka_transaction_plan(struct kafka_transaction *transaction)
{
    plan_timeouts(transaction->shard->transactions, timeout_due_ms(transaction));
    plan_expiry(transaction->shard->transactions, expiry_due_ms(transaction));
}

/* Calls sweep for all whose coordinator lives, and gives back the least that it says; sweep may remove the one. */
static int64_t each(struct kafka_transactions *transactions,
                    int64_t (*sweep)(struct kafka_transaction *transaction, int64_t now_ms))
{
    int64_t now_ms = kafka_cluster_now_ms(transactions->cluster), next_ms = INT64_MAX;
    for (int32_t i = 0; i < transactions->shard_count; i++) {
        struct kafka_transaction_shard *shard = transactions->shards[i];
        if (!shard || !shard->is_loaded)
            continue; /* loading plans anew */
        if (!kafka_transaction_is_led(shard)) {
            next_ms = now_ms;
            continue;
        }
        for (int32_t j = shard->count; j-- > 0;) {
            int64_t due_ms = sweep(shard->items[j], now_ms);
            next_ms = due_ms < next_ms ? due_ms : next_ms;
        }
    }
    return next_ms;
}

/* When it is to be looked at again. */
static int64_t sweep_timeout(struct kafka_transaction *transaction, int64_t now_ms)
{
    const struct kafka_cluster *cluster = transaction->shard->transactions->cluster;
    struct kafka_transaction_then nothing = {0};
    int64_t due_ms = timeout_due_ms(transaction);
    if (due_ms > now_ms || transaction->is_pending)
        return due_ms;
    transaction->has_timed_out = true;
    if (kafka_bug_is_in(cluster->model.bugs, KAFKA_BUG_TIMEOUT_KEEPS_EPOCH))
        kafka_transaction_end(transaction, false, nothing);
    else
        kafka_transaction_fence(transaction, nothing);
    return timeout_due_ms(transaction); /* it may have failed, or take time */
}

void kafka_transaction_on_timeouts(struct kafka_deadline *deadline)
{
    struct kafka_transactions *transactions = KAFKA_OWNER(deadline, struct kafka_transactions, timeouts);
    plan_timeouts(transactions, each(transactions, sweep_timeout));
}

static int64_t sweep_expiry(struct kafka_transaction *transaction, int64_t now_ms)
{
    struct kafka_transaction_facts dead = transaction->facts;
    int64_t due_ms = expiry_due_ms(transaction);
    if (due_ms > now_ms || transaction->is_pending)
        return due_ms;
    dead.state = KAFKA_TRANSACTION_DEAD;
    dead.places = NULL;
    dead.place_count = dead.place_capacity = 0;
    kafka_transaction_write(transaction, &dead, (struct kafka_transaction_then){0});
    return due_ms; /* it may have failed, or take time */
}

void kafka_transaction_on_expiry(struct kafka_deadline *deadline)
{
    struct kafka_transactions *transactions = KAFKA_OWNER(deadline, struct kafka_transactions, expiry);
    plan_expiry(transactions, each(transactions, sweep_expiry));
}
