/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See choice.h. Occurrences are counted in a flat table of actors x points; records grow in the host's memory, since
 * they must outlive the world.
 */
#include "sim/world/choice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/world/arena.h"

struct replay_slot {
    uint64_t key, occurrence; /* key 0: empty */
    uint32_t picked;
    bool matched;
};

static struct {
    enum choice_mode mode;
    uint64_t seed;
    uint32_t actor;
    uint64_t picks;
    struct choice_point *points[CHOICE_POINTS_MAX];
    uint32_t point_count; /* index 0 is not used */
    uint64_t actor_hash[CHOICE_ACTORS_MAX];
    uint64_t occurrences[CHOICE_ACTORS_MAX][CHOICE_POINTS_MAX];
    uint32_t actors_used;
    struct choice_record *records;
    size_t record_count, record_capacity;
    struct replay_slot *replay;
    size_t replay_capacity, replay_count, replay_matched, replay_misfits;
    bool wants_offers, keeps_offers;
    struct choice_offer *offers;
    size_t offer_count, offer_capacity;
} choices = {.point_count = 1};

static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

static uint64_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

static struct choice_point *find_point(const char *name, uint64_t hash)
{
    for (uint32_t i = 1; i < choices.point_count; i++)
        if (choices.points[i]->name_hash == hash && strcmp(choices.points[i]->name, name) == 0)
            return choices.points[i];
    return NULL;
}

static void register_point(struct choice_point *point)
{
    uint64_t hash = hash_name(point->name);
    struct choice_point *known = find_point(point->name, hash);
    point->name_hash = hash;
    if (known) {
        point->index = known->index;
        return;
    }
    assert(strlen(point->name) <= CHOICE_NAME_MAX && "choice point name too long");
    assert(choices.point_count < CHOICE_POINTS_MAX && "too many choice points");
    point->index = choices.point_count++;
    choices.points[point->index] = point;
}

struct choice_point *choice_point_named(const char *name)
{
    struct choice_point *known = find_point(name, hash_name(name));
    if (known)
        return known;
    size_t bytes = strlen(name) + 1;
    struct choice_point *point = arena_alloc_zeroed(arena_host(), sizeof *point + bytes);
    assert(point);
    point->name = memcpy(point + 1, name, bytes);
    register_point(point);
    return point;
}

void choice_begin(enum choice_mode mode, uint64_t seed)
{
    choices.mode = mode;
    choices.seed = mix(seed + UINT64_C(0x9e3779b97f4a7c15));
    choices.actor = 0;
    choices.picks = 0;
    choices.record_count = choices.offer_count = 0;
    choices.keeps_offers = choices.wants_offers && mode == CHOICE_REPLAY;
    memset(choices.occurrences, 0, (choices.actors_used + 1) * sizeof choices.occurrences[0]);
    choices.actors_used = 0;
    for (uint32_t i = 0; i < CHOICE_ACTORS_MAX; i++)
        choices.actor_hash[i] = mix(choices.seed ^ (i * UINT64_C(0xc2b2ae3d27d4eb4f)));
    arena_free(choices.replay);
    choices.replay = NULL;
    choices.replay_capacity = choices.replay_count = choices.replay_matched = choices.replay_misfits = 0;
}

void choice_end(void)
{
    choices.mode = CHOICE_ZERO;
}

static uint64_t replay_key(uint32_t actor, uint64_t name_hash)
{
    uint64_t key = mix(name_hash ^ (actor + 1) * UINT64_C(0x9e3779b97f4a7c15));
    return key ? key : 1;
}

static struct replay_slot *replay_find(uint64_t key, uint64_t occurrence)
{
    size_t mask = choices.replay_capacity - 1;
    for (size_t i = mix(key ^ occurrence) & mask;; i = (i + 1) & mask) {
        struct replay_slot *slot = &choices.replay[i];
        if (slot->key == 0 || (slot->key == key && slot->occurrence == occurrence))
            return slot;
    }
}

static void replay_grow(void)
{
    struct replay_slot *old = choices.replay;
    size_t old_capacity = choices.replay_capacity;
    choices.replay_capacity = old_capacity ? old_capacity * 2 : 64;
    choices.replay = arena_alloc_zeroed(arena_host(), choices.replay_capacity * sizeof *choices.replay);
    assert(choices.replay && "out of memory");
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].key)
            *replay_find(old[i].key, old[i].occurrence) = old[i];
    arena_free(old);
}

bool choice_replay_add(uint32_t actor, const char *point_name, uint64_t occurrence, uint32_t picked)
{
    if (choices.replay_count * 2 >= choices.replay_capacity)
        replay_grow();
    uint64_t key = replay_key(actor, hash_name(point_name));
    struct replay_slot *slot = replay_find(key, occurrence);
    if (slot->key)
        return false;
    *slot = (struct replay_slot){.key = key, .occurrence = occurrence, .picked = picked};
    choices.replay_count++;
    return true;
}

void choice_replay_matched(uint64_t *matched_out, uint64_t *added_out)
{
    *matched_out = choices.replay_matched;
    *added_out = choices.replay_count;
}

uint64_t choice_replay_misfits(void)
{
    return choices.replay_misfits;
}

static void record(const struct choice_point *point, uint64_t occurrence, uint32_t options, uint32_t picked)
{
    if (choices.record_count == choices.record_capacity) {
        choices.record_capacity = choices.record_capacity ? choices.record_capacity * 2 : 1024;
        choices.records =
            arena_resize(arena_host(), choices.records, choices.record_capacity * sizeof *choices.records);
        assert(choices.records && "out of memory");
    }
    choices.records[choices.record_count++] =
        (struct choice_record){choices.actor, point->index, occurrence, options, picked};
}

/* This point's next occurrence by the running actor. */
static inline uint64_t count(struct choice_point *point)
{
    if (__builtin_expect(!point->index, 0))
        register_point(point);
    return choices.occurrences[choices.actor][point->index]++;
}

static inline uint64_t random_word(const struct choice_point *point, uint64_t occurrence)
{
    return mix(choices.actor_hash[choices.actor] ^ point->name_hash ^
               occurrence * UINT64_C(0x9e3779b97f4a7c15));
}

static uint32_t find_replayed(const struct choice_point *point, uint64_t occurrence, uint32_t options)
{
    if (choices.replay_count == 0)
        return 0;
    struct replay_slot *slot = replay_find(replay_key(choices.actor, point->name_hash), occurrence);
    if (!slot->key)
        return 0;
    if (!slot->matched) {
        slot->matched = true;
        choices.replay_matched++;
    }
    if (slot->picked < options)
        return slot->picked;
    choices.replay_misfits++;
    return options - 1;
}

static void keep_offer(const struct choice_offer *offer)
{
    if (choices.offer_count == choices.offer_capacity) {
        choices.offer_capacity = choices.offer_capacity ? choices.offer_capacity * 2 : 4096;
        choices.offers =
            arena_resize(arena_host(), choices.offers, choices.offer_capacity * sizeof *choices.offers);
        assert(choices.offers && "out of memory");
    }
    choices.offers[choices.offer_count++] = *offer;
}

static uint32_t replayed(const struct choice_point *point, uint64_t occurrence, uint32_t options)
{
    uint32_t picked = find_replayed(point, occurrence, options);
    if (choices.keeps_offers && options > 1)
        keep_offer(&(struct choice_offer){.actor = choices.actor,
                                          .point = point->index,
                                          .occurrence = occurrence,
                                          .options = options,
                                          .picked = picked});
    return picked;
}

uint32_t choice_pick_at(struct choice_point *point, uint64_t occurrence, uint32_t options)
{
    assert(options >= 1);
    if (choices.mode == CHOICE_ZERO)
        return 0;
    if (__builtin_expect(!point->index, 0))
        register_point(point);
    choices.picks++;
    uint32_t picked = choices.mode == CHOICE_SEEDED
                          ? (uint32_t)((random_word(point, occurrence) >> 32) * options >> 32)
                          : replayed(point, occurrence, options);
    if (picked)
        record(point, occurrence, options, picked);
    return picked;
}

bool choice_chance_at(struct choice_point *point, uint64_t occurrence, uint32_t per_million)
{
    if (choices.mode == CHOICE_ZERO || per_million == 0)
        return false;
    if (__builtin_expect(!point->index, 0))
        register_point(point);
    choices.picks++;
    bool yes = choices.mode == CHOICE_SEEDED
                   ? (random_word(point, occurrence) >> 32) * 1000000 >> 32 < per_million
                   : replayed(point, occurrence, 2) != 0;
    if (yes)
        record(point, occurrence, 2, 1);
    return yes;
}

uint32_t choice_pick(struct choice_point *point, uint32_t options)
{
    return choices.mode == CHOICE_ZERO ? 0 : choice_pick_at(point, count(point), options);
}

bool choice_chance(struct choice_point *point, uint32_t per_million)
{
    if (choices.mode == CHOICE_ZERO || per_million == 0)
        return false;
    return choice_chance_at(point, count(point), per_million);
}

/* The two picks are offered as one: the gate alone changes nothing. */
uint32_t choice_pick_rarely(struct choice_point *gate, uint32_t per_million, struct choice_point *detail,
                            uint32_t options)
{
    size_t offer = choices.offer_count;
    uint32_t picked = 0;
    if (choices.mode == CHOICE_ZERO || per_million == 0)
        return 0;
    if (!detail->index)
        register_point(detail);
    uint64_t detail_occurrence = choices.occurrences[choices.actor][detail->index];
    if (choice_chance(gate, per_million))
        picked = choice_pick(detail, options);
    if (choices.offer_count == offer)
        return picked;
    choices.offer_count = offer + 1;
    choices.offers[offer].detail = detail->index;
    choices.offers[offer].detail_occurrence = detail_occurrence;
    choices.offers[offer].options = options;
    choices.offers[offer].picked = picked;
    return picked;
}

uint32_t choice_pick_asked(struct choice_point *point, uint32_t options)
{
    return choices.mode == CHOICE_REPLAY ? choice_pick_at(point, count(point), options) : 0;
}

bool choice_is_asked(void)
{
    return choices.mode == CHOICE_REPLAY;
}

void choice_keep_offers(bool is_kept)
{
    choices.wants_offers = is_kept;
}

const struct choice_offer *choice_offers(size_t *count_out)
{
    *count_out = choices.offer_count;
    return choices.offers;
}

void choice_fill(struct choice_point *point, void *out, size_t bytes)
{
    uint64_t occurrence = count(point);
    for (unsigned char *to = out; bytes;) {
        uint64_t word = random_word(point, occurrence << 20 | bytes);
        size_t part = bytes < sizeof word ? bytes : sizeof word;
        memcpy(to, &word, part);
        to += part;
        bytes -= part;
    }
}

const struct choice_record *choice_records(size_t *count_out)
{
    *count_out = choices.record_count;
    return choices.records;
}

const char *choice_point_name(uint32_t index)
{
    assert(index >= 1 && index < choices.point_count);
    return choices.points[index]->name;
}

uint64_t choice_count(void)
{
    return choices.picks;
}

void choice_set_actor(uint32_t actor)
{
    assert(actor < CHOICE_ACTORS_MAX);
    choices.actor = actor;
    if (actor > choices.actors_used)
        choices.actors_used = actor;
}
