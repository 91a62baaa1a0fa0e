/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kafka/config_value.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 4096 };

static char *copy_of(struct wire_string text)
{
    char *copy = strndup(text.text, (size_t)text.bytes);
    assert(copy);
    return copy;
}

/* ---- lists ---------------------------------------------------------------------------------------------- */

void kafka_config_list_deinit(struct kafka_config_list *list)
{
    for (int32_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
    }
    free(list->items);
    *list = (struct kafka_config_list){0};
}

void kafka_config_list_copy(const struct kafka_config_list *from, struct kafka_config_list *out)
{
    *out = (struct kafka_config_list){0};
    for (int32_t i = 0; i < from->count; i++)
        kafka_config_list_set(out, wire_string_of(from->items[i].name), wire_string_of(from->items[i].value));
}

static int compare(struct wire_string name, const char *with)
{
    return wire_string_compare(name, wire_string_of(with));
}

/* Where name is, or would be. */
static int32_t place_of(const struct kafka_config_list *list, struct wire_string name, bool *is_there_out)
{
    int32_t place = 0;
    int order = 1;

    while (place < list->count && (order = compare(name, list->items[place].name)) > 0)
        place++;
    *is_there_out = place < list->count && order == 0;
    return place;
}

const char *kafka_config_list_find(const struct kafka_config_list *list, const char *name)
{
    bool is_there;
    int32_t place = place_of(list, wire_string_of(name), &is_there);

    return is_there ? list->items[place].value : NULL;
}

void kafka_config_list_set(struct kafka_config_list *list, struct wire_string name, struct wire_string value)
{
    bool is_there;
    int32_t place = place_of(list, name, &is_there);
    struct kafka_config_item *at;

    if (is_there) {
        at = list->items + place;
        free(at->value);
        if (value.text) {
            at->value = copy_of(value);
            return;
        }
        free(at->name);
        memmove(at, at + 1, (size_t)(list->count - place - 1) * sizeof(*at));
        list->count--;
        return;
    }
    if (!value.text)
        return;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 4;
        list->items = realloc(list->items, (size_t)list->capacity * sizeof(*at));
        assert(list->items);
    }
    at = list->items + place;
    memmove(at + 1, at, (size_t)(list->count - place) * sizeof(*at));
    *at = (struct kafka_config_item){copy_of(name), copy_of(value)};
    list->count++;
}

const struct kafka_config_key *kafka_config_key_of(const struct kafka_model *model,
                                                   enum kafka_config_scope scope, struct wire_string name)
{
    int32_t count;
    const struct kafka_config_key *keys = kafka_config_keys(scope, &count);
    int32_t first = 0, end = count;

    if (!name.text)
        return NULL;
    while (first < end) {
        int32_t middle = first + (end - first) / 2;
        if (compare(name, keys[middle].name) > 0)
            first = middle + 1;
        else
            end = middle;
    }
    for (; first < count && compare(name, keys[first].name) == 0; first++)
        if (keys[first].releases & 1 << model->release)
            return &keys[first];
    return NULL;
}

/* ---- values --------------------------------------------------------------------------------------------- */

/* What is being checked, and where to say what is wrong. */
struct check {
    const struct kafka_config_key *key;
    const char *value;
    char *error_out;
    size_t error_bytes;
};

/* ConfigException's words. value: as it was given, or as it was read. */
static bool refuse(const struct check *check, const char *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(const struct check *check, const char *value, const char *format, ...)
{
    char why[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    snprintf(check->error_out, check->error_bytes, "Invalid value %s for configuration %s: %s", value,
             check->key->name, why);
    return false;
}

/* As Java's String.trim: what is not above a space. */
static struct wire_string trimmed(const char *text)
{
    size_t bytes;

    while (*text && (unsigned char)*text <= ' ')
        text++;
    for (bytes = strlen(text); bytes > 0 && (unsigned char)text[bytes - 1] <= ' ';)
        bytes--;
    return (struct wire_string){text, (int32_t)bytes};
}

/* Java's Long.parseLong, within a type's range. */
static bool integer_of(const char *text, int64_t least, int64_t most, int64_t *out)
{
    struct wire_string digits = trimmed(text);
    char *end;
    long long value;

    if (digits.bytes == 0)
        return false;
    for (int32_t i = (digits.text[0] == '-' || digits.text[0] == '+') ? 1 : 0; i < digits.bytes; i++)
        if (!isdigit((unsigned char)digits.text[i]))
            return false;
    errno = 0;
    value = strtoll(digits.text, &end, 10);
    if (errno || end != digits.text + digits.bytes || value < least || value > most)
        return false;
    *out = value;
    return true;
}

static bool real_of(const char *text, double *out)
{
    struct wire_string digits = trimmed(text);
    char *end;

    if (digits.bytes == 0)
        return false;
    *out = strtod(digits.text, &end);
    return end == digits.text + digits.bytes;
}

/* Java's Double.toString: "0.5", "1.0", "1.0E7". out has KAFKA_CONFIG_VALUE_ROOM. */
static void real_text(double value, char *out)
{
    char digits[KAFKA_CONFIG_VALUE_ROOM - 4];
    double size = value < 0 ? -value : value;
    bool is_scientific = size != 0 && (size >= 1e7 || size < 1e-3);
    char *exponent;

    for (int precision = 0; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, is_scientific ? "%.*e" : "%.*g",
                 is_scientific ? precision : precision + 1, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    exponent = strchr(digits, 'e');
    if (exponent)
        *exponent++ = '\0';
    snprintf(out, KAFKA_CONFIG_VALUE_ROOM, "%s%s", digits, strpbrk(digits, ".ni") ? "" : ".0");
    if (exponent)
        sprintf(out + strlen(out), "E%ld", strtol(exponent, NULL, 10));
}

/* "[0,...]", "[1,...,9]", "[1,...,9] or -1". */
static bool check_range(const struct check *check, double value, const char *text)
{
    const char *valid = check->key->valid;
    char bound[64];
    double least = strtod(valid + 1, NULL);
    const char *upper = strstr(valid, "...,");
    const char *other = strstr(valid, "] or ");
    double most = upper ? strtod(upper + 4, NULL) : 0;

    if (other) {
        if (value == strtod(other + 5, NULL) || (value >= least && value <= most))
            return true;
        return refuse(check, text, "Value must be between %.0f and %.0f or equal to %s", least, most,
                      other + 5);
    }
    if (value < least) {
        snprintf(bound, sizeof(bound), "%.*s", (int)strcspn(valid + 1, ","), valid + 1);
        return refuse(check, text, "Value must be at least %s", bound);
    }
    if (upper && value > most) {
        snprintf(bound, sizeof(bound), "%.*s", (int)strcspn(upper + 4, "]"), upper + 4);
        return refuse(check, text, "Value must be no more than %s", bound);
    }
    return true;
}

/* Is word one of "[a, b, c]"? */
static bool is_among(const char *valid, struct wire_string word, bool is_case_ignored)
{
    const char *at = strchr(valid, '[') + 1;

    for (;;) {
        size_t bytes = strcspn(at, ",]");
        if (bytes == (size_t)word.bytes &&
            (is_case_ignored ? strncasecmp(at, word.text, bytes) : strncmp(at, word.text, bytes)) == 0)
            return true;
        if (at[bytes] == ']')
            return false;
        at += bytes + strspn(at + bytes, ", ");
    }
}

static bool check_word(const struct check *check, struct wire_string word)
{
    const char *valid = check->key->valid;
    bool is_case_ignored;
    char text[WORDS_MAX];
    const char *words;

    if (!valid)
        return true;
    snprintf(text, sizeof(text), "%.*s", (int)word.bytes, word.text);
    if (strcmp(valid, "non-empty string") == 0)
        return word.bytes > 0 || refuse(check, text, "String must be non-empty");
    is_case_ignored = valid[0] == '(';
    if ((valid[0] != '[' && !is_case_ignored) || strstr(valid, "...") ||
        is_among(valid, word, is_case_ignored))
        return true;
    words = strchr(valid, '[') + 1;
    return refuse(check, text, "String must be one of%s: %.*s", is_case_ignored ? " (case insensitive)" : "",
                  (int)strlen(words) - 1, words);
}

/* The next element behind *at_inout, which is NULL behind the last. An empty list has none. */
static struct wire_string next_element(const char **at_inout)
{
    const char *at = *at_inout;
    size_t bytes = strcspn(at, ",");
    struct wire_string element;

    *at_inout = at[bytes] ? at + bytes + 1 : NULL;
    while (bytes > 0 && isspace((unsigned char)*at)) {
        at++;
        bytes--;
    }
    while (bytes > 0 && isspace((unsigned char)at[bytes - 1]))
        bytes--;
    element = (struct wire_string){at, (int32_t)bytes};
    return element;
}

bool kafka_config_value_has(const char *value, const char *word)
{
    for (const char *at = value; at && trimmed(value).bytes > 0;) {
        struct wire_string element = next_element(&at);
        if (compare(element, word) == 0)
            return true;
    }
    return false;
}

/* "" or "12:3", each digit sequence not empty. */
static bool is_replica(struct wire_string element)
{
    int32_t colon = 0, i;

    if (element.bytes == 0)
        return true;
    while (colon < element.bytes && isdigit((unsigned char)element.text[colon]))
        colon++;
    if (colon == 0 || colon + 1 >= element.bytes || element.text[colon] != ':')
        return false;
    for (i = colon + 1; i < element.bytes; i++)
        if (!isdigit((unsigned char)element.text[i]))
            return false;
    return true;
}

static bool check_replicas(const struct check *check)
{
    char list[WORDS_MAX];

    if (compare(trimmed(check->value), "*") == 0)
        return true;
    for (const char *at = check->value; at;) {
        if (!is_replica(next_element(&at))) {
            snprintf(list, sizeof(list), "[%s]", check->value);
            return refuse(check, list,
                          "%s must be the literal '*' or a list of replicas in the following format: %s",
                          check->key->name, check->key->valid);
        }
    }
    return true;
}

/* ValidList.java. */
static bool check_list(const struct kafka_model *model, const struct check *check)
{
    if (check->key->valid && check->key->valid[1] == 'p' && strchr(check->key->valid, ':'))
        return check_replicas(check);
    if (trimmed(check->value).bytes == 0)
        return true;
    for (const char *at = check->value; at;) {
        struct wire_string element = next_element(&at);
        if (model->has_strict_lists && element.bytes == 0) {
            snprintf(check->error_out, check->error_bytes, "Configuration '%s' values must not be empty.",
                     check->key->name);
            return false;
        }
        if (!check_word(check, element))
            return false;
    }
    return true;
}

static bool check_integer(const struct check *check, int64_t least, int64_t most, const char *type)
{
    int64_t value;
    char text[32];

    if (!integer_of(check->value, least, most, &value))
        return refuse(check, check->value, "Not a number of type %s", type);
    snprintf(text, sizeof(text), "%lld", (long long)value);
    return !check->key->valid || check->key->valid[0] != '[' || check_range(check, (double)value, text);
}

static bool check_real(const struct check *check)
{
    double value;
    char text[64];

    if (!real_of(check->value, &value))
        return refuse(check, check->value, "Not a number of type DOUBLE");
    real_text(value, text);
    return !check->key->valid || check->key->valid[0] != '[' || check_range(check, value, text);
}

bool kafka_config_value_check(const struct kafka_model *model, const struct kafka_config_key *key,
                              const char *value, char *error_out, size_t error_bytes)
{
    const struct check check = {key, value, error_out, error_bytes};
    struct wire_string word = trimmed(value);

    switch ((enum kafka_config_type)key->type) {
    case KAFKA_CONFIG_BOOLEAN:
        if ((word.bytes == 4 && strncasecmp(word.text, "true", 4) == 0) ||
            (word.bytes == 5 && strncasecmp(word.text, "false", 5) == 0))
            return true;
        return refuse(&check, value, "Expected value to be either true or false");
    case KAFKA_CONFIG_INT:
        return check_integer(&check, INT32_MIN, INT32_MAX, "INT");
    case KAFKA_CONFIG_SHORT:
        return check_integer(&check, INT16_MIN, INT16_MAX, "SHORT");
    case KAFKA_CONFIG_LONG:
        return check_integer(&check, INT64_MIN, INT64_MAX, "LONG");
    case KAFKA_CONFIG_DOUBLE:
        return check_real(&check);
    case KAFKA_CONFIG_LIST:
        return check_list(model, &check);
    case KAFKA_CONFIG_STRING:
        return check_word(&check, word);
    case KAFKA_CONFIG_CLASS:
    case KAFKA_CONFIG_PASSWORD:
    case KAFKA_CONFIG_UNKNOWN:
        break;
    }
    return true;
}

static bool is_listed(const char *list, struct wire_string element)
{
    for (const char *at = list; at && *list;) {
        struct wire_string other = next_element(&at);
        if (other.bytes == element.bytes && memcmp(other.text, element.text, (size_t)other.bytes) == 0)
            return true;
    }
    return false;
}

void kafka_config_value_text(const struct kafka_model *model, const struct kafka_config_key *key,
                             const char *value, char *out)
{
    struct wire_string word = trimmed(value);
    char *end = out;

    switch ((enum kafka_config_type)key->type) {
    case KAFKA_CONFIG_BOOLEAN:
        strcpy(out, kafka_config_value_flag(value) ? "true" : "false");
        return;
    case KAFKA_CONFIG_INT:
    case KAFKA_CONFIG_SHORT:
    case KAFKA_CONFIG_LONG:
        sprintf(out, "%lld", (long long)kafka_config_value_number(value));
        return;
    case KAFKA_CONFIG_DOUBLE:
        real_text(kafka_config_value_real(value), out);
        return;
    case KAFKA_CONFIG_LIST:
        *out = '\0';
        for (const char *at = value; at && word.bytes > 0;) {
            struct wire_string element = next_element(&at);
            if (!model->has_strict_lists || !is_listed(out, element))
                end += sprintf(end, "%s%.*s", end > out ? "," : "", (int)element.bytes, element.text);
        }
        return;
    case KAFKA_CONFIG_STRING:
    case KAFKA_CONFIG_CLASS:
    case KAFKA_CONFIG_PASSWORD:
    case KAFKA_CONFIG_UNKNOWN:
        break;
    }
    sprintf(out, "%.*s", (int)word.bytes, word.text);
}

bool kafka_config_value_integer(struct wire_string text, int64_t *out)
{
    char digits[16];

    if (text.bytes <= 0 || (size_t)text.bytes >= sizeof digits || memchr(text.text, ' ', (size_t)text.bytes))
        return false;
    memcpy(digits, text.text, (size_t)text.bytes);
    digits[text.bytes] = '\0';
    return integer_of(digits, INT32_MIN, INT32_MAX, out);
}

int64_t kafka_config_value_number(const char *value)
{
    int64_t number = 0;
    bool is_number = integer_of(value, INT64_MIN, INT64_MAX, &number);

    assert(is_number);
    return number;
}

double kafka_config_value_real(const char *value)
{
    double number = 0;
    bool is_number = real_of(value, &number);

    assert(is_number);
    return number;
}

bool kafka_config_value_flag(const char *value)
{
    struct wire_string word = trimmed(value);

    return word.bytes == 4 && strncasecmp(word.text, "true", 4) == 0;
}
