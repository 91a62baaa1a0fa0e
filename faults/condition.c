/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/condition.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 15, PERCENT_MAX = 1000 };

static const char *const measures[] = {
    [CONDITION_TIME] = "time",           [CONDITION_PRODUCED] = "produced",
    [CONDITION_PROCESSED] = "processed", [CONDITION_COMMITTED] = "committed",
    [CONDITION_ASSIGNED] = "assigned",
};
enum { MEASURES = sizeof measures / sizeof measures[0] };

/* The longer first. */
static const struct {
    const char *text;
    enum condition_order order;
} orders[] = {{">=", CONDITION_AT_LEAST},
              {"<=", CONDITION_AT_MOST},
              {"==", CONDITION_EQUAL},
              {">", CONDITION_ABOVE},
              {"<", CONDITION_BELOW}};
enum { ORDERS = sizeof orders / sizeof orders[0] };

/* The longer first where one begins another. */
static const struct {
    const char *name;
    int64_t ns;
} units[] = {{"h", INT64_C(3600000000000)},
             {"min", INT64_C(60000000000)},
             {"ms", 1000000},
             {"us", 1000},
             {"ns", 1},
             {"s", 1000000000}};
enum { UNITS = sizeof units / sizeof units[0] };

/* --- reading --------------------------------------------------------------------------------------------------- */

struct parser {
    const char *text, *at;
    char *error_out;
};

__attribute__((format(printf, 3, 4))) static bool fail(const struct parser *parser, const char *at,
                                                       const char *format, ...)
{
    va_list arguments;
    int used =
        snprintf(parser->error_out, CONDITION_ERROR_BYTES, "column %d: ", (int)(at - parser->text) + 1);
    va_start(arguments, format);
    vsnprintf(parser->error_out + used, (size_t)(CONDITION_ERROR_BYTES - used), format, arguments);
    va_end(arguments);
    return false;
}

static void skip_blanks(struct parser *parser)
{
    while (*parser->at == ' ')
        parser->at++;
}

static bool takes(struct parser *parser, const char *text)
{
    size_t bytes = strlen(text);
    if (strncmp(parser->at, text, bytes) != 0)
        return false;
    parser->at += bytes;
    skip_blanks(parser);
    return true;
}

/* A run of letters, digits, '_' and '-'; its length. */
static size_t word_bytes(const char *at)
{
    size_t bytes = 0;
    while (isalnum((unsigned char)at[bytes]) || at[bytes] == '_' || at[bytes] == '-')
        bytes++;
    return bytes;
}

static bool takes_word(struct parser *parser, const char *word)
{
    return word_bytes(parser->at) == strlen(word) && takes(parser, word);
}

static bool read_stage(struct parser *parser, struct condition_term *term)
{
    if (!takes(parser, "("))
        return fail(parser, parser->at, "expected '(' and a stage");
    size_t bytes = word_bytes(parser->at);
    if (!bytes || bytes >= CONDITION_STAGE_BYTES)
        return fail(parser, parser->at, "expected a stage's name, such as download");
    memcpy(term->stage, parser->at, bytes);
    term->stage[bytes] = 0;
    parser->at += bytes;
    skip_blanks(parser);
    return takes(parser, ")") || fail(parser, parser->at, "expected ')'");
}

static bool read_measure(struct parser *parser, struct condition_term *term)
{
    for (size_t i = 0; i < MEASURES; i++) {
        if (!takes_word(parser, measures[i]))
            continue;
        term->measure = (enum condition_measure)i;
        return term->measure == CONDITION_TIME || read_stage(parser, term);
    }
    return fail(parser, parser->at,
                "expected time, or produced, processed, committed or assigned of a (STAGE)");
}

static bool read_order(struct parser *parser, struct condition_term *term)
{
    const char *at = parser->at;
    size_t i = 0;
    while (i < ORDERS && !takes(parser, orders[i].text))
        i++;
    if (i == ORDERS)
        return fail(parser, at, "expected >=, >, <=, < or ==");
    term->order = orders[i].order;
    return term->measure != CONDITION_TIME || term->order != CONDITION_EQUAL ||
           fail(parser, at, "time never equals (expected >=, >, <= or <)");
}

static bool read_value(struct parser *parser, struct condition_term *term)
{
    const char *at = parser->at;
    int digits = 0;
    for (; isdigit((unsigned char)*parser->at) && digits <= DIGITS_MAX; digits++)
        term->value = term->value * 10 + (*parser->at++ - '0');
    if (!digits)
        return fail(parser, at,
                    term->measure == CONDITION_TIME ? "expected a duration, such as 20s"
                                                    : "expected a number or a percentage");
    if (digits > DIGITS_MAX)
        return fail(parser, at, "too large (expected at most %d digits)", DIGITS_MAX);
    skip_blanks(parser);
    if (term->measure != CONDITION_TIME) {
        term->is_percent = takes(parser, "%");
        if (term->is_percent && term->measure == CONDITION_ASSIGNED)
            return fail(parser, at, "partitions are not a part of the load (expected a number)");
        if (term->is_percent && term->value > PERCENT_MAX)
            return fail(parser, at, "too large (expected at most %d%%)", PERCENT_MAX);
        return true;
    }
    for (size_t i = 0; i < UNITS; i++)
        if (takes_word(parser, units[i].name))
            return !__builtin_mul_overflow(term->value, units[i].ns, &term->value) ||
                   fail(parser, at, "too long");
    return fail(parser, parser->at, "expected a unit: h, min, s, ms, us or ns");
}

bool condition_parse(const char *text, struct condition *condition, char error_out[CONDITION_ERROR_BYTES])
{
    struct parser parser = {.text = text, .at = text, .error_out = error_out};
    memset(condition, 0, sizeof *condition);
    if (strlen(text) >= CONDITION_TEXT_BYTES)
        return fail(&parser, text + CONDITION_TEXT_BYTES - 1, "too long");
    skip_blanks(&parser);
    do {
        if (condition->count == CONDITION_TERMS_MAX)
            return fail(&parser, parser.at, "too many comparisons (expected at most %d)",
                        CONDITION_TERMS_MAX);
        struct condition_term *term = &condition->terms[condition->count++];
        if (!read_measure(&parser, term) || !read_order(&parser, term) || !read_value(&parser, term))
            return false;
    } while (takes_word(&parser, "and"));
    return !*parser.at || fail(&parser, parser.at, "expected 'and', or nothing more");
}

/* --- writing --------------------------------------------------------------------------------------------------- */

static void write_value(FILE *out, const struct condition_term *term)
{
    if (term->measure != CONDITION_TIME) {
        fprintf(out, "%" PRId64 "%s", term->value, term->is_percent ? "%" : "");
        return;
    }
    const char *name = "s";
    int64_t ns = term->value ? 1 : units[UNITS - 1].ns;
    for (size_t i = 0; term->value && i < UNITS; i++)
        if (term->value % units[i].ns == 0 && units[i].ns >= ns) {
            name = units[i].name;
            ns = units[i].ns;
        }
    fprintf(out, "%" PRId64 "%s", term->value / ns, name);
}

void condition_write(const struct condition *condition, char text_out[CONDITION_TEXT_BYTES])
{
    FILE *out = fmemopen(text_out, CONDITION_TEXT_BYTES, "w");
    *text_out = 0;
    if (!out)
        return;
    for (size_t i = 0; i < condition->count; i++) {
        const struct condition_term *term = &condition->terms[i];
        size_t order = 0;
        while (orders[order].order != term->order)
            order++;
        fprintf(out, "%s%s", i ? " and " : "", measures[term->measure]);
        if (*term->stage)
            fprintf(out, "(%s)", term->stage);
        fprintf(out, " %s ", orders[order].text);
        write_value(out, term);
    }
    fclose(out);
    text_out[CONDITION_TEXT_BYTES - 1] = 0;
}

/* --- asking ---------------------------------------------------------------------------------------------------- */

static bool compare(enum condition_order order, int64_t a, int64_t b)
{
    switch (order) {
    case CONDITION_AT_LEAST:
        return a >= b;
    case CONDITION_ABOVE:
        return a > b;
    case CONDITION_AT_MOST:
        return a <= b;
    case CONDITION_BELOW:
        return a < b;
    case CONDITION_EQUAL:
        return a == b;
    }
    return false;
}

static bool term_holds(const struct condition_term *term, int64_t now_ns,
                       const struct condition_source *source)
{
    if (term->measure == CONDITION_TIME)
        return compare(term->order, now_ns, term->value);
    int64_t whole = 0;
    int64_t amount = source->measure ? source->measure(source->opaque, term, &whole) : 0;
    return term->is_percent ? compare(term->order, amount * 100, term->value * whole)
                            : compare(term->order, amount, term->value);
}

bool condition_holds(const struct condition *condition, int64_t now_ns, const struct condition_source *source)
{
    for (size_t i = 0; i < condition->count; i++)
        if (!term_holds(&condition->terms[i], now_ns, source))
            return false;
    return true;
}

int64_t condition_next_ns(const struct condition *condition, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < condition->count; i++) {
        const struct condition_term *term = &condition->terms[i];
        if (term->measure != CONDITION_TIME)
            continue;
        bool is_later = term->order == CONDITION_ABOVE || term->order == CONDITION_AT_MOST;
        int64_t turn_ns = term->value + (is_later && term->value < INT64_MAX);
        if (turn_ns > now_ns && turn_ns < next_ns)
            next_ns = turn_ns;
    }
    return next_ns;
}
