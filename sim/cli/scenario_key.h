/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario_key: the schema of a scenario: one row for every key that a file may hold, with its type, range, default
 * and what it is for. Reading, writing, `scenario show` and the tests all go by this table.
 */
#ifndef SIM_CLI_SCENARIO_KEY_H
#define SIM_CLI_SCENARIO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fault_type;

enum scenario_type {
    KEY_SECTION,            /* a mapping of the keys of the section that its path names */
    KEY_NAMED,              /* a mapping of names to mappings of the keys of section PATH.* */
    KEY_LIST,               /* a list of mappings of the keys of section PATH.* */
    KEY_SETTINGS,           /* a mapping of names to text */
    KEY_NAMES,              /* a list of names */
    KEY_NAME,               /* letters, digits, '.', '_', '-' */
    KEY_POINT,              /* the same and '/' */
    KEY_TARGET,             /* printable ASCII, under the name of a kind of fault (faults/fault.h) */
    KEY_CONDITION,          /* text that is a condition (faults/condition.h) */
    KEY_WORD,               /* uint32_t: index of one of the key's words */
    KEY_COUNT,              /* uint32_t */
    KEY_PROBABILITY,        /* uint32_t, per million */
    KEY_RATE,               /* double, per second */
    KEY_DURATION,           /* int64_t, ns */
    KEY_DURATIONS,          /* A..B, two int64_t, ns */
    KEY_DURATIONS_OR_NEVER, /* the same, or "never": both FAULT_NEVER */
    KEY_MICROSECONDS,       /* A..B, two uint32_t, us */
};

struct scenario_key {
    const char *section; /* "" is the top; "cluster.topics.*" the mapping below each topic */
    const char *name;
    enum scenario_type type;
    size_t offset,
        second; /* in the scenario or in the element: the value, or the first; the count, or the last */
    uint64_t minimum,
        maximum; /* of numbers, in the unit stored (rates: per 1000 s); of lists: elements; text: bytes */
    const char *const *words; /* of a KEY_WORD, NULL behind the last */
    const char *standard;     /* the value where the file has none; NULL: none */
    bool is_required;
    const char *
        unless; /* beside this key, a KEY_CONDITION, it is neither required nor allowed; NULL: there is none */
    uint32_t parameter; /* of enum fault_parameter: the key is for kinds of fault that take it; 0: for all */
    const char *documentation; /* NULL: the kind of fault has it */
};

extern const struct scenario_key scenario_keys[];
extern const size_t scenario_key_count;

/* NULL: there is none. */
const struct scenario_key *scenario_key_find(const char *section, const char *name);
/* Of a key in a fault of this type (elsewhere NULL): what it is called in files, and may it stand there? */
const char *scenario_key_name(const struct scenario_key *key, const struct fault_type *type);
bool scenario_key_applies(const struct scenario_key *key, const struct fault_type *type);

enum scenario_value_result { VALUE_GOOD, VALUE_MALFORMED, VALUE_OUT_OF_RANGE };

/* Reads a scalar of the key's type into the scenario or element at base, which is untouched on failure. Owns copies of text. */
enum scenario_value_result scenario_value_read(const struct scenario_key *key, const char *text, void *base);
/* Writes the value in the one way in which equal values look alike; reading it gives the value again. */
void scenario_value_write(FILE *out, const struct scenario_key *key, const void *base);
/* "a duration from 1ms to 24h, such as 500us, 7s or 2min" */
void scenario_value_expected(const struct scenario_key *key, char *out, size_t bytes);

/* Is the other key, which forbids this one, written in the element at base? */
bool scenario_key_is_ousted(const struct scenario_key *key, const void *base);

bool scenario_is_name(const char *text);
bool scenario_is_text(const char *text);
/* Quotes where YAML wants it. */
void scenario_write_text(FILE *out, const char *text);

#endif
