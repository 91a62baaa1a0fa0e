/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_replication_explore: all states that the steps of sim/kafka/replication.h can reach, at a small scope.
 *
 *   state (16 bytes) --restore--> struct kafka_partition --one shipped step--> encode --> canonical --> seen before?
 *
 * Breadth first, so that the first state with a fault is one of the nearest. Nothing is pruned: of states that differ
 * only in the numbers of the replicas one is kept, and counted as all of them. What the numbers say, and how they
 * compare with the TLA+ model's: replication_explore.md.
 */
#include <assert.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/kafka_cluster.h"
#include "tests/unit/replication_state.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/watermark.h"

enum { DEPTH_MAX = 64 };

/* What is explored. */
struct scope {
    uint32_t bugs;     /* as in model.h */
    int32_t epochs;    /* 0.. */
    bool in_any_order; /* decisions are learned late, too, not only the newest */
    bool has_restarts; /* a replica may forget, but for its log */
    bool is_numbered;  /* states that differ in the replicas' numbers alone are two */
    unsigned wanted;   /* until each of these faults was met; 0: all of it */
};

/* ---- the real thing -------------------------------------------------------------------------------------- */

struct world {
    struct test_cluster test;
    struct kafka_partition *partition;
    struct scope scope;
    struct kafka_batch *batches[OFFSETS][RECORDS * EPOCHS_MAX];
    struct wire_batch headers[OFFSETS][RECORDS * EPOCHS_MAX];
    uint8_t used;
    struct decision past[EPOCHS_MAX];
};

static int32_t id_of(uint8_t replica)
{
    return replica == NOBODY ? KAFKA_NOBODY : replica + 1;
}

static uint8_t number_of(int32_t broker)
{
    return broker == KAFKA_NOBODY ? NOBODY : (uint8_t)(broker - 1);
}

static void world_init(struct world *world, const struct scope *scope)
{
    static const char *const names[RECORDS] = {"first", "second"};
    *world = (struct world){.scope = *scope};
    test_cluster_init(&world->test, REPLICAS, NULL);
    world->test.cluster->model.bugs = scope->bugs;
    world->partition = test_topic(&world->test, "t", REPLICAS, NULL);
    for (int i = 0; i < OFFSETS; i++) {
        for (int j = 0; j < RECORDS * EPOCHS_MAX; j++) {
            struct batch_plan plan = {.count = 1, .base_offset = i, .leader_epoch = j % EPOCHS_MAX};
            plan.values = &names[j / EPOCHS_MAX];
            world->batches[i][j] = batch_new(&plan);
            bool is_read = kafka_batch_read(world->batches[i][j], &world->headers[i][j]);
            assert(is_read);
            (void)is_read;
        }
    }
}

static void world_deinit(struct world *world)
{
    for (int i = 0; i < REPLICAS; i++)
        kafka_log_reset(&world->partition->replicas[i].log, 0);
    for (int i = 0; i < OFFSETS; i++)
        for (int j = 0; j < RECORDS * EPOCHS_MAX; j++)
            kafka_batch_release(world->batches[i][j]);
    test_cluster_deinit(&world->test);
}

/* A decision's number grows with its epoch; that of the record is larger than that of whoever does not know it. */
static int32_t partition_epoch_of(const struct state *state, const struct part *part, int replica)
{
    bool is_newest =
        part->epoch == state->epoch && (part->leader != replica || part->in_sync == state->in_sync);
    return 2 * part->epoch + (is_newest ? 1 : 0);
}

static void put(struct world *world, struct kafka_replica *replica, uint8_t record)
{
    int64_t offset = replica->log.end_offset;
    kafka_log_append(&replica->log, world->batches[offset][record], &world->headers[offset][record],
                     &world->partition->topic->config, 0);
}

static void restore_part(struct world *world, const struct state *state, int i)
{
    const struct part *part = &state->parts[i];
    struct kafka_replica *replica = &world->partition->replicas[i];
    kafka_log_reset(&replica->log, 0);
    for (int j = 0; j < part->end; j++)
        put(world, replica, part->records[j]);
    if (part->begun)
        kafka_log_begin_epoch(&replica->log, part->begun - 1);
    replica->is_in_sync = state->in_sync >> i & 1;
    replica->high_watermark = part->watermark;
    replica->learned = (struct kafka_decision){.leader = id_of(part->leader),
                                               .leader_epoch = part->epoch - 1,
                                               .partition_epoch = partition_epoch_of(state, part, i),
                                               .in_sync = part->in_sync};
    replica->is_truncating = part->is_cutting;
    replica->fetched_offset = part->known - 1;
    bool has_fetched = part->known && part->leader != NOBODY;
    replica->fetched_epoch = has_fetched ? state->parts[part->leader].epoch - 1 : -1;
}

static void restore(struct world *world, const struct state *state)
{
    world->partition->leader = id_of(state->leader);
    world->partition->leader_epoch = state->epoch - 1;
    world->partition->partition_epoch = 2 * state->epoch + 1;
    world->used = state->used;
    memcpy(world->past, state->past, sizeof world->past);
    for (int i = 0; i < REPLICAS; i++)
        restore_part(world, state, i);
}

/* The epochs of a log are those of its records, and one begun at its end: nothing else is in a state. */
static void assert_epochs(const struct kafka_log *log)
{
    int32_t count = 0, epoch = -1;
    for (size_t i = 0; i < log->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        if (entry->leader_epoch == epoch)
            continue;
        epoch = entry->leader_epoch;
        assert(count < log->epoch_count && log->epochs[count].epoch == epoch &&
               log->epochs[count].start_offset == entry->base_offset);
        count++;
    }
    assert(log->epoch_count == count ||
           (log->epoch_count == count + 1 && log->epochs[count].start_offset == log->end_offset));
}

static void encode_part(const struct world *world, int i, struct part *part)
{
    const struct kafka_partition *partition = world->partition;
    const struct kafka_replica *replica = &partition->replicas[i];
    const struct kafka_log *log = &replica->log;
    assert_epochs(log);
    part->end = (uint8_t)log->end_offset;
    for (int j = 0; j < part->end; j++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, (size_t)j);
        uint8_t record = (uint8_t)entry->leader_epoch;
        while (world->batches[j][record] != entry->batch)
            record += EPOCHS_MAX; /* beyond the end: that of another offset */
        part->records[j] = record;
    }
    const struct kafka_log_epoch *last = log->epoch_count ? &log->epochs[log->epoch_count - 1] : NULL;
    part->begun = last && last->start_offset == log->end_offset ? (uint8_t)(last->epoch + 1) : 0;
    part->leader = number_of(replica->learned.leader);
    part->epoch = (uint8_t)(replica->learned.leader_epoch + 1);
    part->in_sync = part->leader == i ? (uint8_t)replica->learned.in_sync : 0;
    part->watermark = (uint8_t)replica->high_watermark;
    part->is_cutting = replica->is_truncating;
    if (part->leader != NOBODY && part->leader != i)
        part->known = (uint8_t)(kafka_replication_known_end(&partition->replicas[part->leader], replica) + 1);
}

/* Those before the newest that somebody has not passed yet. */
static void encode_past(const struct world *world, struct state *state)
{
    uint8_t least = state->epoch;
    for (int i = 0; i < REPLICAS; i++)
        least = state->parts[i].epoch < least ? state->parts[i].epoch : least;
    for (int i = least; world->scope.in_any_order && i < state->epoch; i++)
        state->past[i] = world->past[i];
}

static struct state encode(const struct world *world)
{
    const struct kafka_partition *partition = world->partition;
    struct kafka_decision newest = kafka_replication_newest(partition);
    struct state state = {.leader = number_of(newest.leader),
                          .epoch = (uint8_t)(newest.leader_epoch + 1),
                          .in_sync = (uint8_t)newest.in_sync,
                          .used = world->used};
    for (int i = 0; i < REPLICAS; i++) {
        encode_part(world, i, &state.parts[i]);
        /* Whether it knows the newest decision is no part of a state, as its content says it. */
        bool is_newest = partition->replicas[i].learned.partition_epoch == newest.partition_epoch;
        if (state.parts[i].leader == i && state.parts[i].epoch == state.epoch)
            assert(is_newest == (state.parts[i].in_sync == state.in_sync));
    }
    encode_past(world, &state);
    return state;
}

/* ---- steps ----------------------------------------------------------------------------------------------- */

enum step {
    ELECT,
    RETIRE,
    DROP,
    LEARN,
    WRITE,
    FETCH_ONE,
    FETCH_ALL,
    RAISE,
    EXPAND,
    SHRINK,
    RESTART,
    LEARN_LATE,
    STEPS
};
static const char *const step_names[STEPS] = {"elect",  "retire",    "drop",      "learn",
                                              "write",  "fetch one", "fetch all", "raise",
                                              "expand", "shrink",    "restart",   "learn late"};

static bool can_decide(const struct world *world)
{
    return world->partition->leader_epoch + 1 < world->scope.epochs;
}

static void decide(struct world *world, int32_t broker)
{
    kafka_replication_elect(world->partition, broker);
    struct kafka_decision newest = kafka_replication_newest(world->partition);
    world->past[newest.leader_epoch] =
        (struct decision){.leader = number_of(broker), .in_sync = (uint8_t)newest.in_sync};
}

static bool learn_late(struct world *world, struct kafka_replica *replica, int32_t epoch)
{
    if (!world->scope.in_any_order || epoch >= world->partition->leader_epoch ||
        epoch <= replica->learned.leader_epoch)
        return false;
    struct kafka_decision decision = {.leader = id_of(world->past[epoch].leader),
                                      .leader_epoch = epoch,
                                      .partition_epoch = 2 * (epoch + 1),
                                      .in_sync = world->past[epoch].in_sync};
    return kafka_replication_learn(replica, &decision);
}

/* Its process crashed, and registers anew, which the controller only takes once it has fenced the one before. The high
 * watermark is what was written down at some time. */
static bool restart(const struct world *world, struct kafka_replica *replica, int64_t checkpoint)
{
    const struct kafka_partition *partition = world->partition;
    bool is_fenced = partition->leader != replica->broker &&
                     (!replica->is_in_sync || kafka_partition_in_sync_count(partition) == 1);
    if (!world->scope.has_restarts || !is_fenced || checkpoint > replica->high_watermark)
        return false;
    replica->checkpoint = checkpoint;
    replica->moved_ns = world->test.cluster->now_ns;
    kafka_watermark_on_crash(replica);
    kafka_replication_forget(replica);
    return true;
}

static bool fetch(struct kafka_replica *follower, int64_t bytes_max)
{
    bool has_moved = false;
    return !kafka_replication_fetch(follower, bytes_max, &has_moved) && has_moved;
}

/* False: it is not possible, and nothing has changed. */
static bool take(struct world *world, enum step step, int one, int other)
{
    struct kafka_partition *partition = world->partition;
    struct kafka_replica *replica = &partition->replicas[one], *follower = &partition->replicas[other];
    struct kafka_decision newest = kafka_replication_newest(partition);
    bool is_leader = partition->leader == replica->broker;
    switch (step) {
    case ELECT: /* cleanly, of those in sync */
        if (is_leader || !replica->is_in_sync || !can_decide(world))
            return false;
        decide(world, replica->broker);
        return true;
    case RETIRE: /* the leader's broker is fenced */
        if (!is_leader || !can_decide(world))
            return false;
        kafka_replication_drop(partition, replica);
        decide(world, KAFKA_NOBODY);
        return true;
    case DROP: /* a follower's broker is fenced */
        if (is_leader || !replica->is_in_sync || kafka_partition_in_sync_count(partition) == 1)
            return false;
        kafka_replication_drop(partition, replica);
        return true;
    case LEARN:
        return kafka_replication_learn(replica, &newest);
    case WRITE:
        if (!kafka_replication_leads(replica) || replica->log.end_offset == OFFSETS || world->used == RECORDS)
            return false;
        put(world, replica, (uint8_t)(world->used++ * EPOCHS_MAX + replica->learned.leader_epoch));
        return true;
    case FETCH_ONE:
        return fetch(replica, 1);
    case FETCH_ALL:
        return fetch(replica, INT64_MAX);
    case RAISE:
        return kafka_replication_raise(replica);
    case EXPAND:
        return one != other && kafka_replication_expand(replica, follower);
    case SHRINK:
        return one != other && kafka_replication_shrink(replica, follower);
    case RESTART:
        return restart(world, replica, other);
    case LEARN_LATE:
        return learn_late(world, replica, other);
    case STEPS:
        break;
    }
    assert(false);
    return false;
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

struct seen {
    struct key key;
    uint32_t parent;
    uint8_t step, one, other, depth;
};

struct exploration {
    struct world world;
    struct seen *items;
    uint32_t count, capacity;
    uint32_t *table; /* index into items, plus 1 */
    uint32_t table_size;
    uint64_t distinct; /* with all numberings */
    uint64_t taken;    /* steps */
    unsigned faults;
    uint32_t first[8]; /* by bit of fault: the first state that has it */
    int depth;
};

static uint32_t hash(const struct key *key)
{
    uint64_t mix =
        (key->words[0] ^ key->words[1] * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(mix >> 32);
}

static uint32_t *place_of(const struct exploration *all, const struct key *key)
{
    uint32_t at = hash(key) & (all->table_size - 1);
    while (all->table[at] && !replication_state_is_same(&all->items[all->table[at] - 1].key, key))
        at = (at + 1) & (all->table_size - 1);
    return &all->table[at];
}

static void grow(struct exploration *all)
{
    all->capacity = all->capacity ? all->capacity * 2 : 1 << 16;
    all->table_size = all->capacity * 2;
    all->items = realloc(all->items, all->capacity * sizeof *all->items);
    free(all->table);
    all->table = calloc(all->table_size, sizeof *all->table);
    assert(all->items && all->table);
    for (uint32_t i = 0; i < all->count; i++)
        *place_of(all, &all->items[i].key) = i + 1;
}

/* The state that the world is in, reached by step. */
static void note(struct exploration *all, struct seen reached)
{
    struct state state = encode(&all->world);
    unsigned orbit;
    reached.key = replication_state_canonical(&state, &orbit);
    if (all->world.scope.is_numbered) {
        reached.key = replication_state_pack(&state, replication_state_orders[0]);
        orbit = 1;
    }
    if (all->count == all->capacity)
        grow(all);
    uint32_t *place = place_of(all, &reached.key);
    all->taken++;
    if (*place)
        return;
    unsigned faults = kafka_replication_check(all->world.partition);
    for (int bit = 0; bit < 8; bit++)
        if ((faults & ~all->faults) >> bit & 1)
            all->first[bit] = all->count;
    all->faults |= faults;
    all->distinct += orbit;
    all->depth = reached.depth;
    all->items[all->count++] = reached;
    *place = all->count;
}

static void follow(struct exploration *all, uint32_t index)
{
    struct state state = replication_state_unpack(&all->items[index].key);
    bool is_restored = false;
    for (int step = 0; step < STEPS; step++) {
        for (int one = 0; one < REPLICAS; one++) {
            for (int other = 0; other < (step >= EXPAND ? REPLICAS : 1); other++) {
                if (!is_restored)
                    restore(&all->world, &state);
                is_restored = !take(&all->world, (enum step)step, one, other);
                if (!is_restored)
                    note(all, (struct seen){.parent = index,
                                            .step = (uint8_t)step,
                                            .one = (uint8_t)one,
                                            .other = (uint8_t)other,
                                            .depth = (uint8_t)(all->items[index].depth + 1)});
            }
        }
    }
}

static void explore(struct exploration *all, struct scope scope)
{
    struct state start = {.leader = NOBODY, .in_sync = (1 << REPLICAS) - 1};
    *all = (struct exploration){0};
    world_init(&all->world, &scope);
    for (int i = 0; i < REPLICAS; i++)
        start.parts[i].leader = NOBODY;
    restore(&all->world, &start);
    note(all, (struct seen){0});
    for (uint32_t i = 0; i < all->count && (!scope.wanted || (all->faults & scope.wanted) != scope.wanted);
         i++)
        follow(all, i);
}

static void exploration_deinit(struct exploration *all)
{
    world_deinit(&all->world);
    free(all->items);
    free(all->table);
}

/* How many steps lead to the nearest state with the fault; 0: there is none. */
static int depth_of(const struct exploration *all, enum kafka_replication_fault fault)
{
    return all->faults & fault ? all->items[all->first[__builtin_ctz(fault)]].depth : 0;
}

static void say(const struct exploration *all, const char *what)
{
    printf("# %s: %llu states (%u up to numbering), %llu steps, depth %d; mismatch at %d, weak isr at %d, "
           "strong isr at %d; faults %#x\n",
           what, (unsigned long long)all->distinct, all->count, (unsigned long long)all->taken, all->depth,
           depth_of(all, KAFKA_REPLICATION_MISMATCH), depth_of(all, KAFKA_REPLICATION_WEAK_ISR),
           depth_of(all, KAFKA_REPLICATION_STRONG_ISR), all->faults);
}

static void say_state(const struct state *state)
{
    for (int i = 0; i < REPLICAS; i++) {
        const struct part *part = &state->parts[i];
        printf("  %d%s", i + 1, state->in_sync >> i & 1 ? "*" : " ");
        if (part->epoch == 0)
            printf("knows nothing  ");
        else
            printf("%-8s%d in %d ",
                   part->leader == i        ? "leads"
                   : part->leader == NOBODY ? "nobody"
                                            : "follows",
                   part->leader == NOBODY ? 0 : part->leader + 1, part->epoch - 1);
        printf("[");
        for (int j = 0; j < OFFSETS; j++)
            if (j < part->end)
                printf("%s%c%d", j ? " " : "", 'a' + part->records[j] / EPOCHS_MAX,
                       part->records[j] % EPOCHS_MAX);
        printf("]%*shw %d", 6 - 3 * part->end, "", part->watermark);
    }
    printf("\n");
}

/* Which replica is which: state's order[i] is i in the kept form of it. */
static const uint8_t *order_of(const struct state *state, const struct key *key)
{
    for (int i = 0; i < 6; i++) {
        struct key packed = replication_state_pack(state, replication_state_orders[i]);
        if (replication_state_is_same(&packed, key))
            return replication_state_orders[i];
    }
    assert(false);
    return NULL;
}

/* The steps to the nearest state with the fault, taken once more. */
static void say_path(struct exploration *all, enum kafka_replication_fault fault)
{
    uint32_t path[DEPTH_MAX], count = 0, at = all->first[__builtin_ctz(fault)];
    for (; at && count < DEPTH_MAX; at = all->items[at].parent)
        path[count++] = at;
    struct state state = replication_state_unpack(&all->items[0].key);
    while (count > 0) {
        const struct seen *seen = &all->items[path[--count]];
        const uint8_t *order = order_of(&state, &all->items[seen->parent].key);
        bool names_other = seen->step == EXPAND || seen->step == SHRINK;
        int one = order[seen->one], other = names_other ? order[seen->other] : seen->other;
        restore(&all->world, &state);
        bool is_taken = take(&all->world, (enum step)seen->step, one, other);
        assert(is_taken);
        (void)is_taken;
        state = encode(&all->world);
        printf("#  %2d %-10s %d", seen->depth, step_names[seen->step], one + 1);
        printf(seen->step >= EXPAND ? " %d:" : "  :", other + (names_other ? 1 : 0));
        say_state(&state);
    }
}

/* ---- claims ---------------------------------------------------------------------------------------------- */

static uint32_t bit_of(enum kafka_bug bug)
{
    return UINT32_C(1) << bug;
}

/* All states, and none has a fault. */
static void expect_sound(const char *what, struct scope scope, uint64_t states)
{
    struct exploration all;
    explore(&all, scope);
    say(&all, what);
    cr_expect(eq(u32, all.faults, 0), "%s", what);
    cr_expect(eq(u64, all.distinct, states), "%s", what);
    for (unsigned fault = 1; fault <= KAFKA_REPLICATION_OUTSIDE; fault <<= 1)
        if (all.faults & fault)
            say_path(&all, (enum kafka_replication_fault)fault);
    exploration_deinit(&all);
}

/* The nearest state in which somebody whom the controller may elect lacks what is committed. */
static void expect_violation(const char *what, uint32_t bugs, int depth)
{
    struct exploration all;
    explore(&all, (struct scope){.bugs = bugs, .epochs = EPOCHS_MAX, .wanted = KAFKA_REPLICATION_STRONG_ISR});
    say(&all, what);
    cr_expect(eq(int, depth_of(&all, KAFKA_REPLICATION_STRONG_ISR), depth), "%s", what);
    if (all.faults & KAFKA_REPLICATION_STRONG_ISR)
        say_path(&all, KAFKA_REPLICATION_STRONG_ISR);
    exploration_deinit(&all);
}

Test(replication_explore, with_todays_rules_no_state_has_a_fault, .timeout = 300)
{
    expect_sound("epochs 0..2", (struct scope){.epochs = 3}, 741346);
    expect_sound("epochs 0..3", (struct scope){.epochs = 4}, 4282279);
}

Test(replication_explore, decisions_that_are_learned_late_do_no_harm, .timeout = 300)
{
    expect_sound("epochs 0..2, late decisions", (struct scope){.epochs = 3, .in_any_order = true}, 1338745);
}

Test(replication_explore, replicas_that_begin_anew_with_an_old_high_watermark_do_no_harm, .timeout = 300)
{
    expect_sound("epochs 0..2, restarts", (struct scope){.epochs = 3, .has_restarts = true}, 1318456);
}

Test(replication_explore, states_that_differ_in_numbers_are_counted_as_if_they_were_explored, .timeout = 300)
{
    expect_sound("epochs 0..2, numbered", (struct scope){.epochs = 3, .is_numbered = true}, 741346);
}

Test(replication_explore, each_rule_of_old_loses_what_was_committed, .timeout = 300)
{
    uint32_t unfenced = bit_of(KAFKA_BUG_FOLLOWERS_ARE_NOT_FENCED);
    expect_violation("to the high watermark", unfenced | bit_of(KAFKA_BUG_TRUNCATES_TO_HIGH_WATERMARK), 11);
    expect_violation("KIP-101", unfenced | bit_of(KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH), 13);
    expect_violation("KIP-279", unfenced, 14);
}

Test(replication_explore, each_rule_that_is_switched_off_alone_is_missed, .timeout = 300)
{
    expect_violation("to the high watermark, fenced", bit_of(KAFKA_BUG_TRUNCATES_TO_HIGH_WATERMARK), 11);
    expect_violation("by the leader's epoch, fenced", bit_of(KAFKA_BUG_TRUNCATES_BY_LEADERS_EPOCH), 13);
    expect_violation("joins below the epoch's start", bit_of(KAFKA_BUG_JOINS_BELOW_EPOCH_START), 14);
}
