/* SPDX-License-Identifier: Apache-2.0 */
/* replication_state: packing, unpacking, numbering. See replication_state.h. */
#include "tests/unit/replication_state.h"

#include <assert.h>

static void push(struct key *key, unsigned *at, unsigned value, unsigned bits)
{
    assert(value < 1u << bits && *at / 64 == (*at + bits - 1) / 64);
    key->words[*at / 64] |= (uint64_t)value << *at % 64;
    *at += bits;
}

/* 24 bits a replica, two of them in the first word. The replica that order[i] names is put down as i. */
struct key replication_state_pack(const struct state *state, const uint8_t order[REPLICAS])
{
    struct key key = {{0, 0}};
    unsigned at = 0;
    uint8_t number[REPLICAS + 1] = {[NOBODY] = NOBODY};
    uint8_t members[1 << REPLICAS];
    for (uint8_t i = 0; i < REPLICAS; i++)
        number[order[i]] = i;
    for (unsigned set = 0; set < 1u << REPLICAS; set++) {
        members[set] = 0;
        for (unsigned i = 0; i < REPLICAS; i++)
            members[set] |= (uint8_t)((set >> i & 1) << number[i]);
    }
    for (int i = 0; i < REPLICAS; i++) {
        const struct part *part = &state->parts[order[i]];
        if (i == REPLICAS - 1)
            at = 64;
        push(&key, &at, part->end, 2);
        for (int j = 0; j < OFFSETS; j++)
            push(&key, &at, j < part->end ? part->records[j] : 0, 3);
        push(&key, &at, part->begun, 3);
        push(&key, &at, number[part->leader], 2);
        push(&key, &at, part->epoch, 3);
        push(&key, &at, members[part->in_sync], 3);
        push(&key, &at, part->watermark, 2);
        push(&key, &at, part->known, 2);
        push(&key, &at, part->is_cutting, 1);
    }
    push(&key, &at, number[state->leader], 2);
    push(&key, &at, state->epoch, 3);
    push(&key, &at, members[state->in_sync], 3);
    push(&key, &at, state->used, 2);
    for (int i = 0; i < EPOCHS_MAX; i++) {
        push(&key, &at, state->past[i].in_sync ? number[state->past[i].leader] : 0, 2);
        push(&key, &at, members[state->past[i].in_sync], 3);
    }
    return key;
}

static unsigned pull(const struct key *key, unsigned *at, unsigned bits)
{
    unsigned value = (unsigned)(key->words[*at / 64] >> *at % 64) & ((1u << bits) - 1);
    *at += bits;
    return value;
}

struct state replication_state_unpack(const struct key *key)
{
    struct state state = {0};
    unsigned at = 0;
    for (int i = 0; i < REPLICAS; i++) {
        struct part *part = &state.parts[i];
        if (i == REPLICAS - 1)
            at = 64;
        part->end = (uint8_t)pull(key, &at, 2);
        for (int j = 0; j < OFFSETS; j++)
            part->records[j] = (uint8_t)pull(key, &at, 3);
        part->begun = (uint8_t)pull(key, &at, 3);
        part->leader = (uint8_t)pull(key, &at, 2);
        part->epoch = (uint8_t)pull(key, &at, 3);
        part->in_sync = (uint8_t)pull(key, &at, 3);
        part->watermark = (uint8_t)pull(key, &at, 2);
        part->known = (uint8_t)pull(key, &at, 2);
        part->is_cutting = pull(key, &at, 1);
    }
    state.leader = (uint8_t)pull(key, &at, 2);
    state.epoch = (uint8_t)pull(key, &at, 3);
    state.in_sync = (uint8_t)pull(key, &at, 3);
    state.used = (uint8_t)pull(key, &at, 2);
    for (int i = 0; i < EPOCHS_MAX; i++) {
        state.past[i].leader = (uint8_t)pull(key, &at, 2);
        state.past[i].in_sync = (uint8_t)pull(key, &at, 3);
    }
    return state;
}

static bool is_less(const struct key *one, const struct key *other)
{
    return one->words[0] != other->words[0] ? one->words[0] < other->words[0]
                                            : one->words[1] < other->words[1];
}

bool replication_state_is_same(const struct key *one, const struct key *other)
{
    return one->words[0] == other->words[0] && one->words[1] == other->words[1];
}

const uint8_t replication_state_orders[ORDERS][REPLICAS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                            {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

struct key replication_state_canonical(const struct state *state, unsigned *orbit_out)
{
    struct key keys[6], least = {{UINT64_MAX, UINT64_MAX}};
    unsigned same = 0;
    for (int i = 0; i < 6; i++) {
        keys[i] = replication_state_pack(state, replication_state_orders[i]);
        if (is_less(&keys[i], &least))
            least = keys[i];
    }
    for (int i = 0; i < 6; i++)
        same += replication_state_is_same(&keys[i], &least);
    *orbit_out = 6 / same;
    return least;
}
