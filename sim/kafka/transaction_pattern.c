/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_pattern: does a transactional id match ListTransactions' regular expression, as a whole?
 *
 * Evaluated while it is read: each part takes the set of positions of the id that it may begin at to the set of those where it
 * may end, so nothing is ever tried twice. Of RE2's syntax: literals, . [a-z] [^..] ( ) (?: ) | * + ? {n,m} and their lazy
 * forms, ^ $ \A \z, \d \D \w \W \s \S and escaped punctuation. Left out: flags, \b, \p, \x and the like, which are refused as
 * malformed; letters beyond ASCII within brackets. Source: TransactionStateManager.scala of 4.3 (re2j).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/transaction_private.h"

enum { REPEATS_MAX = 1000, DEPTH_MAX = 100 }; /* RE2's own limits */

struct reading {
    struct wire_string pattern, id;
    int32_t at; /* in the pattern */
    int32_t depth;
    bool is_malformed;
};

/* Positions 0..id.bytes. */
struct positions {
    uint8_t *is_in;
};

static size_t bytes_of(const struct reading *reading)
{
    return (size_t)reading->id.bytes + 1;
}

static struct positions new_positions(const struct reading *reading)
{
    struct positions positions = {.is_in = calloc(bytes_of(reading), 1)};
    assert(positions.is_in);
    return positions;
}

static struct positions copy(const struct reading *reading, struct positions from)
{
    struct positions positions = new_positions(reading);
    memcpy(positions.is_in, from.is_in, bytes_of(reading));
    return positions;
}

/* False: nothing was new. */
static bool add(const struct reading *reading, struct positions to, struct positions from)
{
    bool has_grown = false;
    for (size_t i = 0; i < bytes_of(reading); i++) {
        has_grown |= from.is_in[i] && !to.is_in[i];
        to.is_in[i] |= from.is_in[i];
    }
    return has_grown;
}

static bool is_at(const struct reading *reading, char c)
{
    return reading->at < reading->pattern.bytes && reading->pattern.text[reading->at] == c;
}

static bool take(struct reading *reading, char c)
{
    bool is_there = is_at(reading, c);
    reading->at += is_there;
    return is_there;
}

static char take_any(struct reading *reading)
{
    if (reading->at >= reading->pattern.bytes) {
        reading->is_malformed = true;
        return '\0';
    }
    return reading->pattern.text[reading->at++];
}

/* ---- one character of the id ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

/* kind: of \d, \D, .. False: there is no such class. */
static bool is_of_class(char kind, uint8_t c, bool *out)
{
    bool is_negated = kind >= 'A' && kind <= 'Z';
    switch (kind | 0x20) {
    case 'd':
        *out = is_digit(c) != is_negated;
        return true;
    case 'w':
        *out = (is_digit(c) || is_letter(c) || c == '_') != is_negated;
        return true;
    case 's':
        *out = is_space(c) != is_negated;
        return true;
    default:
        return false;
    }
}

/* A part that takes one character: may it be c? */
struct letters {
    enum { ONE, ANY, CLASS, BRACKETS } kind;
    char text;           /* of ONE and CLASS */
    int32_t first, last; /* of BRACKETS: what is between them */
};

/* The character behind a backslash, if it stands for itself. */
static char take_escaped(struct reading *reading)
{
    char c = take_any(reading);
    reading->is_malformed |= is_letter((uint8_t)c) || is_digit((uint8_t)c);
    return c;
}

/* One item of brackets at *at_inout: a class, a letter or a range. */
static bool is_in_item(const struct reading *reading, int32_t *at_inout, uint8_t c)
{
    const char *text = reading->pattern.text;
    bool is_in;
    if (text[*at_inout] == '\\') {
        ++*at_inout;
        if (is_of_class(text[*at_inout], c, &is_in)) {
            ++*at_inout;
            return is_in;
        }
    }
    uint8_t low = (uint8_t)text[(*at_inout)++], high = low;
    if (text[*at_inout] == '-' && text[*at_inout + 1] != ']') {
        *at_inout += 1 + (text[*at_inout + 1] == '\\');
        high = (uint8_t)text[(*at_inout)++];
    }
    return c >= low && c <= high;
}

static bool is_among(const struct reading *reading, const struct letters *letters, uint8_t c)
{
    bool is_in = false;
    int32_t at = letters->first;
    bool is_negated = at < letters->last && reading->pattern.text[at] == '^';
    switch (letters->kind) {
    case ONE:
        return (uint8_t)letters->text == c;
    case ANY:
        return c != '\n';
    case CLASS:
        is_of_class(letters->text, c, &is_in);
        return is_in;
    case BRACKETS:
        for (at += is_negated; at < letters->last;)
            is_in |= is_in_item(reading, &at, c);
        return is_in != is_negated;
    }
    return false;
}

/* Behind the first bracket. */
static struct letters read_brackets(struct reading *reading)
{
    struct letters letters = {.kind = BRACKETS, .first = reading->at};
    take(reading, '^');
    take(reading, ']'); /* the first one is a letter */
    while (!reading->is_malformed && !is_at(reading, ']')) {
        bool is_class;
        if (take_any(reading) != '\\')
            continue;
        if (reading->at < reading->pattern.bytes &&
            is_of_class(reading->pattern.text[reading->at], 0, &is_class))
            reading->at++;
        else
            take_escaped(reading);
    }
    letters.last = reading->at;
    take(reading, ']');
    return letters;
}

/* A whole character, even of several bytes, unless the pattern spells out its bytes. */
static struct positions step(const struct reading *reading, const struct letters *letters,
                             struct positions from)
{
    struct positions to = new_positions(reading);
    for (int32_t i = 0; i < reading->id.bytes && !reading->is_malformed; i++) {
        int32_t end = i + 1;
        if (!from.is_in[i] || !is_among(reading, letters, (uint8_t)reading->id.text[i]))
            continue;
        while (letters->kind != ONE && end < reading->id.bytes &&
               ((uint8_t)reading->id.text[end] & 0xc0) == 0x80)
            end++;
        to.is_in[end] = 1;
    }
    return to;
}

/* ---- parts ---- */

static struct positions read_alternatives(struct reading *reading, struct positions from);

/* Those that are the beginning, or the end, of the id. */
static struct positions keep(const struct reading *reading, struct positions from, int32_t position)
{
    struct positions to = new_positions(reading);
    to.is_in[position] = from.is_in[position];
    return to;
}

static struct positions read_group(struct reading *reading, struct positions from)
{
    if (take(reading, '?') && !take(reading, ':'))
        reading->is_malformed = true; /* flags and names */
    reading->is_malformed |= ++reading->depth > DEPTH_MAX;
    struct positions to = reading->is_malformed ? new_positions(reading) : read_alternatives(reading, from);
    reading->depth--;
    reading->is_malformed |= !take(reading, ')');
    return to;
}

static struct positions read_atom(struct reading *reading, struct positions from)
{
    struct letters letters = {.kind = ONE, .text = take_any(reading)};
    bool is_class;
    if (letters.text == '(')
        return read_group(reading, from);
    if (letters.text == '^')
        return keep(reading, from, 0);
    if (letters.text == '$')
        return keep(reading, from, reading->id.bytes);
    if (letters.text == '[')
        letters = read_brackets(reading);
    else if (letters.text == '.')
        letters.kind = ANY;
    else if (letters.text == '\\') {
        if (is_at(reading, 'A') || is_at(reading, 'z'))
            return keep(reading, from, take_any(reading) == 'A' ? 0 : reading->id.bytes);
        bool is_known = reading->at < reading->pattern.bytes &&
                        is_of_class(reading->pattern.text[reading->at], 0, &is_class);
        letters.kind = is_known ? CLASS : ONE;
        letters.text = is_known ? take_any(reading) : take_escaped(reading);
    } else if (letters.text == '*' || letters.text == '+' || letters.text == '?') {
        reading->is_malformed = true; /* of nothing */
    }
    return step(reading, &letters, from);
}

/* {n}, {n,}, {n,m}. False: it is none, and so a letter. */
static bool read_counts(struct reading *reading, int32_t *least_out, int32_t *most_out)
{
    int32_t begin = reading->at, counts[2] = {-1, -1}, index = 0;
    if (!take(reading, '{'))
        return false;
    for (; reading->at < reading->pattern.bytes && !is_at(reading, '}'); reading->at++) {
        char c = reading->pattern.text[reading->at];
        if (c == ',' && index == 0 && counts[0] >= 0)
            index++;
        else if (is_digit((uint8_t)c) && counts[index] <= REPEATS_MAX)
            counts[index] = (counts[index] < 0 ? 0 : counts[index] * 10) + (c - '0');
        else
            break;
    }
    if (counts[0] < 0 || !take(reading, '}')) {
        reading->at = begin;
        return false;
    }
    *least_out = counts[0];
    *most_out = index == 0 ? counts[0] : counts[1] < 0 ? INT32_MAX : counts[1];
    reading->is_malformed |= counts[0] > REPEATS_MAX || counts[1] > REPEATS_MAX || *most_out < *least_out;
    return true;
}

/* How often the part may come. False: once, as nothing is said. */
static bool read_times(struct reading *reading, int32_t *least_out, int32_t *most_out)
{
    *least_out = is_at(reading, '+');
    *most_out = is_at(reading, '?') ? 1 : INT32_MAX;
    if (!take(reading, '*') && !take(reading, '+') && !take(reading, '?') &&
        !read_counts(reading, least_out, most_out))
        return false;
    take(reading, '?'); /* lazy: the same, for a match of the whole */
    reading->is_malformed |= is_at(reading, '*') || is_at(reading, '+') || is_at(reading, '?');
    return true;
}

static struct positions read_repeated(struct reading *reading, struct positions from)
{
    int32_t begin = reading->at, least, most;
    struct positions once = read_atom(reading, from);
    if (reading->is_malformed || !read_times(reading, &least, &most))
        return once;
    int32_t end = reading->at;
    struct positions now = copy(reading, from), all = new_positions(reading);
    bool has_grown = least == 0 ? add(reading, all, now) : true;
    free(once.is_in);
    for (int32_t times = 1; times <= most && has_grown && !reading->is_malformed; times++) {
        reading->at = begin;
        struct positions next = read_atom(reading, now);
        free(now.is_in);
        now = next;
        if (times >= least)
            has_grown = add(reading, all, now);
    }
    free(now.is_in);
    reading->at = end;
    return all;
}

static struct positions read_alternatives(struct reading *reading, struct positions from)
{
    struct positions all = new_positions(reading);
    do {
        struct positions now = copy(reading, from);
        while (!reading->is_malformed && reading->at < reading->pattern.bytes && !is_at(reading, '|') &&
               !is_at(reading, ')')) {
            struct positions next = read_repeated(reading, now);
            free(now.is_in);
            now = next;
        }
        add(reading, all, now);
        free(now.is_in);
    } while (!reading->is_malformed && take(reading, '|'));
    return all;
}

bool kafka_transaction_pattern_matches(struct wire_string pattern, struct wire_string id, bool *out)
{
    struct reading reading = {.pattern = pattern, .id = id};
    struct positions begin = new_positions(&reading);
    begin.is_in[0] = 1;
    struct positions end = read_alternatives(&reading, begin);
    bool is_good = !reading.is_malformed && reading.at == pattern.bytes; /* else: a ) too many */
    if (is_good)
        *out = end.is_in[id.bytes];
    free(begin.is_in);
    free(end.is_in);
    return is_good;
}
