/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choice: the one door through which nondeterminism enters the world.
 *
 * A pick is a function of (seed, process, label, occurrence), never of one shared stream, so code
 * that is added later shifts only its own site. Option 0 is always the uneventful one: FIFO order, no fault, the
 * usual latency. Every non-zero pick is recorded; a replay reads them back by key.
 *
 * Outside a world (plain programs, unit tests) every pick is 0.
 */
#ifndef SIM_WORLD_CHOICE_H
#define SIM_WORLD_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHOICE_NAME_MAX = 63, CHOICE_POINTS_MAX = 256, CHOICE_ACTORS_MAX = 256 };

/* One place that chooses. Define it static, with a stable name such as "network/latency"; the rest is filled in
 * on first use. Names are unique: two points of one name are one point. */
struct choice_point {
    const char *name;   /* borrowed, for ever; 1..CHOICE_NAME_MAX bytes, no blank, no '#' */
    uint64_t name_hash; /* filled in */
    uint32_t index;     /* filled in: 1.., 0 = not yet registered */
};

#define CHOICE_POINT(NAME)                                                                                   \
    {                                                                                                        \
        .name = (NAME)                                                                                       \
    }

/* The point of this name, for names made at run time (scenario files, libfiu). Copies name. */
struct choice_point *choice_point_named(const char *name);

/* Uniform in 0..options-1. options >= 1. */
uint32_t choice_pick(struct choice_point *point, uint32_t options);

/* True with the given probability in parts per million (0..1,000,000); false is option 0. */
bool choice_chance(struct choice_point *point, uint32_t per_million);

/* The same under a key that the caller makes (stable against picks elsewhere), instead of a count. A key is used once. */
uint32_t choice_pick_at(struct choice_point *point, uint64_t occurrence, uint32_t options);
bool choice_chance_at(struct choice_point *point, uint64_t occurrence, uint32_t per_million);

/* A chance, and then which: one of options with the given probability, else 0. One decision of two picks: gate and detail. */
uint32_t choice_pick_rarely(struct choice_point *gate, uint32_t per_million, struct choice_point *detail,
                            uint32_t options);

/* What no seed decides for: 0, unless a replay asks for another option (see choice_offers). */
uint32_t choice_pick_asked(struct choice_point *point, uint32_t options);
/* Can it give anything but 0 in this world? */
bool choice_is_asked(void);

/* Random bytes for the program (getrandom): by seed, process and occurrence, in a replay too; no decision, not recorded. */
void choice_fill(struct choice_point *point, void *out, size_t bytes);

/* One recorded pick: the non-zero ones make a trace. */
struct choice_record {
    uint32_t actor;      /* process number, 0 = the world itself */
    uint32_t point;      /* index of the point */
    uint64_t occurrence; /* 0.. per (actor, point), or the caller's key */
    uint32_t options;
    uint32_t picked; /* 1..options-1 */
};

enum choice_mode {
    CHOICE_ZERO,   /* always option 0 */
    CHOICE_SEEDED, /* by hash of the key */
    CHOICE_REPLAY, /* from a map of records, 0 where absent */
};

/* Begin a world's picks. seed decides in CHOICE_SEEDED, and what choice_fill gives always; call choice_replay_add before
 * the first pick of a CHOICE_REPLAY. Forgets all counters and records. */
void choice_begin(enum choice_mode mode, uint64_t seed);

/* Adds one pick to replay. point_name is looked up or registered. Returns false if that key is there already. */
bool choice_replay_add(uint32_t actor, const char *point_name, uint64_t occurrence, uint32_t picked);

/* How many of the added picks were met so far, and how many were added. */
void choice_replay_matched(uint64_t *matched_out, uint64_t *added_out);
/* How many of them asked for an option that was not there, and got the last one: the replay is of something else. */
uint64_t choice_replay_misfits(void);

/* One decision that a replay came to, for those who walk them one by one (sim/explore/bounded.h). To force option k of it,
 * add the pick k of its point to a replay; with a detail, the pick 1 of its point and the pick k of its detail. */
struct choice_offer {
    uint32_t actor, point; /* as in choice_record */
    uint64_t occurrence;
    uint32_t detail; /* choice_pick_rarely: index of the second point; 0: none */
    uint64_t detail_occurrence;
    uint32_t options; /* 2.. */
    uint32_t picked;  /* 0..options-1 */
};

/* From the next choice_begin on: are the offers of a CHOICE_REPLAY kept? At first they are not. */
void choice_keep_offers(bool is_kept);
/* In the order of happening, since choice_begin; borrowed, valid until the next pick. */
const struct choice_offer *choice_offers(size_t *count_out);

/* The records since choice_begin; borrowed, valid until the next pick. */
const struct choice_record *choice_records(size_t *count_out);
const char *choice_point_name(uint32_t index);

/* Number of picks since choice_begin. */
uint64_t choice_count(void);

/* Ends the world's picks; every pick is 0 from here on. Records stay readable until choice_begin. */
void choice_end(void);

/* Set by the engine before each task runs: who is choosing. */
void choice_set_actor(uint32_t actor);

#endif
