/* SPDX-License-Identifier: Apache-2.0 */
/* scenario_value: the scalars of a scenario, from text and back (scenario_key.h). Fixed point throughout: what a file
 * says is stored exactly or refused, and no value depends on a compiler's floating point. */
#include "sim/cli/scenario_key.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "faults/condition.h"
#include "sim/cli/scenario.h"

static const struct unit {
    const char *name;
    uint64_t ns;
} units[] = {{"h", UINT64_C(3600000000000)},
             {"min", UINT64_C(60000000000)},
             {"s", 1000000000},
             {"ms", 1000000},
             {"us", 1000},
             {"ns", 1}};
enum { UNITS = sizeof units / sizeof units[0], UNIT_NS = 5, VALUE_BYTES_MAX = 40 };

static void *at(const void *base, size_t offset)
{
    return (char *)(uintptr_t)base + offset;
}

static bool is_made_of(const char *text, bool (*is_allowed)(unsigned char))
{
    for (const char *c = text; *c; c++)
        if (!is_allowed((unsigned char)*c))
            return false;
    return *text;
}

static bool is_of_name(unsigned char c)
{
    return c < 0x80 && (isalnum(c) || strchr("._-", c));
}

static bool is_of_point(unsigned char c)
{
    return is_of_name(c) || c == '/';
}

static bool is_printable(unsigned char c)
{
    return c >= ' ' && c < 0x7f;
}

bool scenario_is_name(const char *text)
{
    return is_made_of(text, is_of_name);
}

bool scenario_is_text(const char *text)
{
    return is_made_of(text, is_printable);
}

void scenario_write_text(FILE *out, const char *text)
{
    if (scenario_is_name(text) && isalpha((unsigned char)*text)) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++)
        fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', out);
}

/* --- from text ------------------------------------------------------------------------------------------------- */

/* Reads digits[.digits] times scale (a power of ten, or of a unit) from *text and moves it on. False: none stands
 * there, or it is no whole number of what is stored, or it is beyond 2^62. */
static bool read_number(const char **text, uint64_t scale, uint64_t *number_out)
{
    const char *c = *text;
    __extension__ unsigned __int128 number = 0, divisor = 1;
    size_t digits = 0;
    for (; isdigit((unsigned char)*c) && digits < 15; c++, digits++)
        number = number * 10 + (unsigned)(*c - '0');
    if (!digits)
        return false;
    if (*c == '.' && isdigit((unsigned char)c[1])) { /* else it is the first dot of A..B */
        const char *point = c++;
        for (; isdigit((unsigned char)*c) && c - point <= 9; c++) {
            number = number * 10 + (unsigned)(*c - '0');
            divisor *= 10;
        }
    }
    number *= scale;
    if (isdigit((unsigned char)*c) || number % divisor || number / divisor > UINT64_C(1) << 62)
        return false;
    *number_out = (uint64_t)(number / divisor);
    *text = c;
    return true;
}

static const struct unit *unit_after_number(const char *text)
{
    text += strspn(text, "0123456789");
    if (*text == '.' && isdigit((unsigned char)text[1]))
        text += 1 + strspn(text + 1, "0123456789");
    const struct unit *best = NULL;
    for (size_t i = 0; i < UNITS; i++)
        if (strncmp(text, units[i].name, strlen(units[i].name)) == 0 &&
            (!best || strlen(units[i].name) > strlen(best->name)))
            best = &units[i];
    return best;
}

static bool read_duration(const char **text, uint64_t *ns_out)
{
    const struct unit *unit = unit_after_number(*text);
    if (!unit)
        return read_number(text, 1, ns_out) && *ns_out == 0; /* only nothing needs no unit */
    if (!read_number(text, unit->ns, ns_out))
        return false;
    if (strncmp(*text, unit->name, strlen(unit->name)) != 0)
        return false;
    *text += strlen(unit->name);
    return true;
}

/* A..B, or A alone for A..A. */
static bool read_durations(const char *text, uint64_t out[2])
{
    if (!read_duration(&text, &out[0]))
        return false;
    out[1] = out[0];
    if (strncmp(text, "..", 2) == 0) {
        text += 2;
        if (!read_duration(&text, &out[1]))
            return false;
    }
    return !*text && out[0] <= out[1];
}

static bool read_whole(const char *text, uint64_t scale, const char *suffix, uint64_t *out)
{
    return read_number(&text, scale, out) && strcmp(text, suffix) == 0;
}

static enum scenario_value_result read_text(const struct scenario_key *key, const char *text, void *base)
{
    bool (*is_allowed)(unsigned char) = key->type == KEY_NAME    ? is_of_name
                                        : key->type == KEY_POINT ? is_of_point
                                                                 : is_printable;
    if (!is_made_of(text, is_allowed))
        return VALUE_MALFORMED;
    if (strlen(text) > key->maximum)
        return VALUE_OUT_OF_RANGE;
    *(char **)at(base, key->offset) = strdup(text);
    return VALUE_GOOD;
}

/* Keeps its one form. */
static enum scenario_value_result read_condition(const struct scenario_key *key, const char *text, void *base)
{
    struct condition condition;
    char form[CONDITION_TEXT_BYTES], error[CONDITION_ERROR_BYTES];
    if (!condition_parse(text, &condition, error))
        return VALUE_MALFORMED;
    condition_write(&condition, form);
    *(char **)at(base, key->offset) = strdup(form);
    return VALUE_GOOD;
}

static bool read_word(const struct scenario_key *key, const char *text, uint64_t values[2])
{
    values[0] = 0;
    while (key->words[values[0]] && strcmp(key->words[values[0]], text) != 0)
        values[0]++;
    values[1] = values[0];
    return key->words[values[0]];
}

static bool read_numbers(const struct scenario_key *key, const char *text, uint64_t values[2])
{
    bool is_good = false;
    switch (key->type) {
    case KEY_WORD:
        return read_word(key, text, values);
    case KEY_COUNT:
        is_good = !strchr(text, '.') && read_whole(text, 1, "", &values[0]);
        break;
    case KEY_PROBABILITY:
        is_good = read_whole(text, 1000000, "", &values[0]);
        break;
    case KEY_RATE:
        is_good = read_whole(text, 1000, "/s", &values[0]);
        break;
    case KEY_DURATION:
        is_good = read_duration(&text, &values[0]) && !*text;
        break;
    case KEY_DURATIONS:
    case KEY_DURATIONS_OR_NEVER:
        return read_durations(text, values);
    case KEY_MICROSECONDS:
        is_good = read_durations(text, values) && values[0] % 1000 == 0 && values[1] % 1000 == 0;
        values[0] /= 1000;
        values[1] /= 1000;
        return is_good;
    case KEY_SECTION:
    case KEY_NAMED:
    case KEY_LIST:
    case KEY_SETTINGS:
    case KEY_NAMES:
    case KEY_NAME:
    case KEY_POINT:
    case KEY_TARGET:
    case KEY_CONDITION:
        break;
    }
    values[1] = values[0];
    return is_good;
}

static void store(const struct scenario_key *key, const uint64_t values[2], void *base)
{
    switch (key->type) {
    case KEY_WORD:
    case KEY_COUNT:
    case KEY_PROBABILITY:
        *(uint32_t *)at(base, key->offset) = (uint32_t)values[0];
        return;
    case KEY_RATE:
        *(double *)at(base, key->offset) = (double)values[0] / 1000;
        return;
    case KEY_DURATION:
        *(int64_t *)at(base, key->offset) = (int64_t)values[0];
        return;
    case KEY_DURATIONS:
    case KEY_DURATIONS_OR_NEVER:
        *(int64_t *)at(base, key->offset) = (int64_t)values[0];
        *(int64_t *)at(base, key->second) = (int64_t)values[1];
        return;
    case KEY_MICROSECONDS:
        *(uint32_t *)at(base, key->offset) = (uint32_t)values[0];
        *(uint32_t *)at(base, key->second) = (uint32_t)values[1];
        return;
    case KEY_SECTION:
    case KEY_NAMED:
    case KEY_LIST:
    case KEY_SETTINGS:
    case KEY_NAMES:
    case KEY_NAME:
    case KEY_POINT:
    case KEY_TARGET:
    case KEY_CONDITION:
        assert(!"no number");
    }
}

enum scenario_value_result scenario_value_read(const struct scenario_key *key, const char *text, void *base)
{
    if (key->type == KEY_CONDITION)
        return read_condition(key, text, base);
    if (key->type == KEY_NAME || key->type == KEY_POINT || key->type == KEY_TARGET)
        return read_text(key, text, base);
    uint64_t values[2] = {(uint64_t)FAULT_NEVER, (uint64_t)FAULT_NEVER};
    if (key->type == KEY_DURATIONS_OR_NEVER && strcmp(text, "never") == 0) {
        store(key, values, base);
        return VALUE_GOOD;
    }
    if (strlen(text) > VALUE_BYTES_MAX || !read_numbers(key, text, values))
        return VALUE_MALFORMED;
    if (key->type != KEY_WORD && (values[0] < key->minimum || values[1] > key->maximum))
        return VALUE_OUT_OF_RANGE;
    store(key, values, base);
    return VALUE_GOOD;
}

/* --- to text --------------------------------------------------------------------------------------------------- */

static void write_decimal(FILE *out, uint64_t value, uint64_t scale, int decimals)
{
    fprintf(out, "%llu", (unsigned long long)(value / scale));
    uint64_t rest = value % scale;
    if (!rest)
        return;
    for (; rest % 10 == 0; rest /= 10)
        decimals--;
    fprintf(out, ".%0*llu", decimals, (unsigned long long)rest);
}

/* In the greatest unit of which it is a whole number. */
static void write_duration(FILE *out, uint64_t ns)
{
    size_t i = 0;
    while (i < UNIT_NS && (ns % units[i].ns || !ns))
        i++;
    fprintf(out, ns ? "%llu%s" : "%llus", (unsigned long long)(ns / units[i].ns), units[i].name);
}

static void write_durations(FILE *out, uint64_t from_ns, uint64_t to_ns)
{
    write_duration(out, from_ns);
    if (to_ns == from_ns)
        return;
    fputs("..", out);
    write_duration(out, to_ns);
}

void scenario_value_write(FILE *out, const struct scenario_key *key, const void *base)
{
    const void *first = at(base, key->offset), *second = at(base, key->second);
    switch (key->type) {
    case KEY_NAME:
    case KEY_POINT:
    case KEY_TARGET:
    case KEY_CONDITION:
        scenario_write_text(out, *(char *const *)first);
        return;
    case KEY_WORD:
        fputs(key->words[*(const uint32_t *)first], out);
        return;
    case KEY_COUNT:
        fprintf(out, "%u", *(const uint32_t *)first);
        return;
    case KEY_PROBABILITY:
        write_decimal(out, *(const uint32_t *)first, 1000000, 6);
        return;
    case KEY_RATE:
        write_decimal(out, (uint64_t)(*(const double *)first * 1000 + 0.5), 1000, 3);
        fputs("/s", out);
        return;
    case KEY_DURATION:
        write_duration(out, *(const uint64_t *)first);
        return;
    case KEY_DURATIONS:
    case KEY_DURATIONS_OR_NEVER:
        if (*(const int64_t *)first == FAULT_NEVER)
            fputs("never", out);
        else
            write_durations(out, *(const uint64_t *)first, *(const uint64_t *)second);
        return;
    case KEY_MICROSECONDS:
        write_durations(out, *(const uint32_t *)first * UINT64_C(1000),
                        *(const uint32_t *)second * UINT64_C(1000));
        return;
    case KEY_SECTION:
    case KEY_NAMED:
    case KEY_LIST:
    case KEY_SETTINGS:
    case KEY_NAMES:
        assert(!"no scalar");
    }
}

static void write_range(FILE *out, const struct scenario_key *key)
{
    switch (key->type) {
    case KEY_WORD:
        for (size_t i = 0; key->words[i]; i++)
            fprintf(out, "%s%s", i ? " or " : "", key->words[i]);
        return;
    case KEY_PROBABILITY:
        fputs("a probability from 0 to 1, in steps of 0.000001", out);
        return;
    case KEY_COUNT:
        fprintf(out, "a whole number from %llu to %llu", (unsigned long long)key->minimum,
                (unsigned long long)key->maximum);
        return;
    case KEY_RATE:
        fputs("a rate from ", out);
        write_decimal(out, key->minimum, 1000, 3);
        fprintf(out, "/s to %llu/s, such as 50/s", (unsigned long long)key->maximum / 1000);
        return;
    case KEY_DURATION:
    case KEY_DURATIONS:
    case KEY_DURATIONS_OR_NEVER:
        fputs(key->type == KEY_DURATION ? "a duration from " : "a duration or range of durations A..B from ",
              out);
        write_duration(out, key->minimum);
        fputs(" to ", out);
        write_duration(out, key->maximum);
        fputs(key->type == KEY_DURATION ? ", such as 500us, 7s or 2min" : ", such as 7s or 200ms..3s", out);
        fputs(key->type == KEY_DURATIONS_OR_NEVER ? ", or never" : "", out);
        return;
    case KEY_MICROSECONDS:
        fputs("a duration or range of durations A..B from ", out);
        write_duration(out, key->minimum * 1000);
        fputs(" to ", out);
        write_duration(out, key->maximum * 1000);
        fputs(" in whole us, such as 500us..3ms", out);
        return;
    case KEY_NAME:
    case KEY_POINT:
        fprintf(out, "a name of at most %llu letters, digits, '.', '_'%s '-'%s",
                (unsigned long long)key->maximum, key->type == KEY_NAME ? " and" : ",",
                key->type == KEY_NAME ? "" : " and '/'");
        return;
    case KEY_TARGET:
        fprintf(out, "at most %llu printable ASCII characters", (unsigned long long)key->maximum);
        return;
    case KEY_CONDITION:
        fputs("a condition such as 'processed(download) >= 50% and time < 20s'; measures: time, and "
              "produced, processed, "
              "committed and assigned of a (stage)",
              out);
        return;
    case KEY_NAMES:
        fprintf(out, "a list of at most %llu names", (unsigned long long)key->maximum);
        return;
    case KEY_LIST:
        fprintf(out, "a list of at most %llu mappings", (unsigned long long)key->maximum);
        return;
    case KEY_NAMED:
        fprintf(out, "a mapping of %llu to %llu names", (unsigned long long)key->minimum,
                (unsigned long long)key->maximum);
        return;
    case KEY_SETTINGS:
        fprintf(out, "a mapping of at most %llu keys to values", (unsigned long long)key->maximum);
        return;
    case KEY_SECTION:
        fputs("a mapping", out);
        return;
    }
}

void scenario_value_expected(const struct scenario_key *key, char *out, size_t bytes)
{
    FILE *stream = fmemopen(out, bytes, "w");
    assert(stream);
    write_range(stream, key);
    fclose(stream);
    out[bytes - 1] = 0;
}
