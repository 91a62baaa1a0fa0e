/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capsule_read: the strict reader of capsule.h. Whatever the file holds, it ends in a capsule or in one line
 * that says where the file is wrong; memory is bounded by the limits in capsule.h.
 */
#include "traces/capsule.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_DIGITS_MIN = 16, HASH_DIGITS_MAX = 128 };

struct reader {
    FILE *in;
    const char *name;
    size_t line; /* number of the line in hand, 1.. */
    char *text;  /* of it */
    size_t bytes, capacity;
    char *error;
    struct capsule capsule;
    size_t choice_capacity, checkpoint_capacity, event_capacity;
    bool has_verdict;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct reader *reader, const char *format, ...)
{
    int used = snprintf(reader->error, CAPSULE_ERROR_MAX, "%.200s:%zu: ", reader->name, reader->line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->error + used, CAPSULE_ERROR_MAX - (size_t)used, format, arguments);
    va_end(arguments);
    /* One line, whatever stands in the file. */
    for (char *at = reader->error; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return false;
}

/* ---- lines ----------------------------------------------------------------------------------------------
 * */

enum line { LINE, LINE_NONE, LINE_ERROR };

static bool keep_byte(struct reader *reader, char byte)
{
    if (reader->bytes == reader->capacity) {
        size_t want = reader->capacity ? reader->capacity * 2 : 4096;
        char *grown = realloc(reader->text, want);
        if (!grown)
            return fail(reader, "out of memory");
        reader->text = grown;
        reader->capacity = want;
    }
    reader->text[reader->bytes++] = byte;
    return true;
}

static enum line next_line(struct reader *reader)
{
    int byte = getc(reader->in);
    reader->bytes = 0;
    reader->line++;
    if (byte == EOF && !ferror(reader->in))
        return LINE_NONE;
    for (; byte != EOF && byte != '\n'; byte = getc(reader->in)) {
        if (reader->bytes == CAPSULE_LINE_MAX) {
            fail(reader, "the line is longer than %d bytes", CAPSULE_LINE_MAX);
            return LINE_ERROR;
        }
        if (byte == '\0') { /* jansson skips one behind a number */
            fail(reader, "byte %zu of the line is NUL", reader->bytes + 1);
            return LINE_ERROR;
        }
        if (!keep_byte(reader, (char)byte))
            return LINE_ERROR;
    }
    if (ferror(reader->in)) {
        fail(reader, "cannot be read: %s", strerror(errno));
        return LINE_ERROR;
    }
    if (byte == EOF) {
        fail(reader, "the file ends within a line");
        return LINE_ERROR;
    }
    return LINE;
}

/* ---- members --------------------------------------------------------------------------------------------
 * */

static json_t *member(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        fail(reader, "\"%s\" is missing", key);
    return value;
}

static bool only_members(struct reader *reader, json_t *object, const char *const keys[])
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i])
            return fail(reader, "\"%.60s\" is not known here", key);
    }
    return true;
}

static bool take_string(struct reader *reader, const json_t *object, const char *key, char **out)
{
    const json_t *value = member(reader, object, key);
    if (!value)
        return false;
    if (!json_is_string(value))
        return fail(reader, "\"%s\" must be a string", key);
    *out = strdup(json_string_value(value));
    return *out || fail(reader, "out of memory");
}

static bool take_integer(struct reader *reader, const json_t *object, const char *key, int64_t least,
                         int64_t most, int64_t *out)
{
    const json_t *value = member(reader, object, key);
    if (!value)
        return false;
    if (!json_is_integer(value))
        return fail(reader, "\"%s\" must be an integer", key);
    if (json_integer_value(value) < least || json_integer_value(value) > most)
        return fail(reader, "\"%s\" must be between %lld and %lld", key, (long long)least, (long long)most);
    *out = json_integer_value(value);
    return true;
}

static bool is_hash(const char *text)
{
    size_t digits = strspn(text, "0123456789abcdef");
    return text[digits] == '\0' && digits >= HASH_DIGITS_MIN && digits <= HASH_DIGITS_MAX;
}

static bool take_hash(struct reader *reader, const json_t *object, char **out)
{
    if (!take_string(reader, object, "hash", out))
        return false;
    return is_hash(*out) || fail(reader, "\"hash\" must be %d to %d lower-case hexadecimal digits",
                                 HASH_DIGITS_MIN, HASH_DIGITS_MAX);
}

/* Makes room for one more in an array of elements of this size. */
static bool grow(struct reader *reader, void **array, size_t count, size_t *capacity, size_t element_bytes)
{
    if (count < *capacity)
        return true;
    size_t want = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(*array, want * element_bytes);
    if (!grown)
        return fail(reader, "out of memory");
    *array = grown;
    *capacity = want;
    return true;
}

/* ---- lines by kind --------------------------------------------------------------------------------------
 * */

static bool read_libraries(struct reader *reader, json_t *libraries)
{
    struct capsule_header *header = &reader->capsule.header;
    const char *name;
    json_t *version;
    if (!libraries)
        return false;
    if (!json_is_object(libraries) || json_object_size(libraries) > CAPSULE_LIBRARIES_MAX)
        return fail(reader, "\"libraries\" must be an object of at most %d members", CAPSULE_LIBRARIES_MAX);
    header->libraries = calloc(json_object_size(libraries) + 1, sizeof(*header->libraries));
    if (!header->libraries)
        return fail(reader, "out of memory");
    json_object_foreach(libraries, name, version)
    {
        struct capsule_library *library = &header->libraries[header->library_count++];
        if (!json_is_string(version))
            return fail(reader, "the version of library \"%.60s\" must be a string", name);
        library->name = strdup(name);
        library->version = strdup(json_string_value(version));
        if (!library->name || !library->version)
            return fail(reader, "out of memory");
    }
    return true;
}

static bool read_header(struct reader *reader, json_t *object)
{
    const char *keys[] = {"type",   "format", "model",    "commit",    "build_id", "libraries", "scenario",
                          "config", "seed",   "strategy", "signature", NULL,       NULL};
    struct capsule_header *header = &reader->capsule.header;
    const char *type = json_string_value(json_object_get(object, "type"));
    int64_t format;
    if (!type || strcmp(type, "header") != 0)
        return fail(reader, "the first line must be a header");
    if (!take_integer(reader, object, "format", 0, INT32_MAX, &format))
        return false;
    if (format < CAPSULE_FORMAT_OLDEST || format > CAPSULE_FORMAT)
        return fail(reader, "format %lld is not known; this program reads formats %d to %d",
                    (long long)format, CAPSULE_FORMAT_OLDEST, CAPSULE_FORMAT);
    if (format >= 2)
        keys[sizeof keys / sizeof keys[0] - 2] = "shrunk_from";
    return only_members(reader, object, keys) &&
           take_integer(reader, object, "model", 0, INT32_MAX, &header->model) &&
           take_string(reader, object, "commit", &header->commit) &&
           take_string(reader, object, "build_id", &header->build_id) &&
           read_libraries(reader, member(reader, object, "libraries")) &&
           take_string(reader, object, "scenario", &header->scenario) &&
           take_string(reader, object, "config", &header->config) &&
           take_integer(reader, object, "seed", 0, INT64_MAX, &header->seed) &&
           take_string(reader, object, "strategy", &header->strategy) &&
           take_string(reader, object, "signature", &header->signature) &&
           (format < 2 ||
            take_integer(reader, object, "shrunk_from", 0, CAPSULE_CHOICES_MAX, &header->shrunk_from));
}

static bool is_point_name(const char *name)
{
    size_t bytes = strlen(name);
    return bytes > 0 && bytes <= CAPSULE_POINT_MAX && !strpbrk(name, " \t\r\n#");
}

static bool read_choice(struct reader *reader, json_t *object)
{
    static const char *const keys[] = {"actor", "point", "n", "pick", NULL};
    struct capsule *capsule = &reader->capsule;
    int64_t actor, occurrence, pick;
    if (capsule->choice_count == CAPSULE_CHOICES_MAX)
        return fail(reader, "more than %d choices", CAPSULE_CHOICES_MAX);
    if (!grow(reader, (void **)&capsule->choices, capsule->choice_count, &reader->choice_capacity,
              sizeof(*capsule->choices)))
        return false;
    struct capsule_choice *choice = &capsule->choices[capsule->choice_count];
    *choice = (struct capsule_choice){.line = reader->line};
    if (!only_members(reader, object, keys) ||
        !take_integer(reader, object, "actor", 0, UINT32_MAX, &actor) ||
        !take_integer(reader, object, "n", 0, INT64_MAX, &occurrence) ||
        !take_integer(reader, object, "pick", 1, UINT32_MAX, &pick) ||
        !take_string(reader, object, "point", &choice->point))
        return false;
    choice->actor = (uint32_t)actor;
    choice->occurrence = (uint64_t)occurrence;
    choice->pick = (uint32_t)pick;
    capsule->choice_count++;
    return is_point_name(choice->point) ||
           fail(reader, "\"point\" must be 1 to %d bytes without blank or #", CAPSULE_POINT_MAX);
}

static bool read_checkpoint(struct reader *reader, json_t *object)
{
    static const char *const keys[] = {"checkpoint", "hash", NULL};
    struct capsule *capsule = &reader->capsule;
    int64_t events;
    if (capsule->checkpoint_count == CAPSULE_CHECKPOINTS_MAX)
        return fail(reader, "more than %d checkpoints", CAPSULE_CHECKPOINTS_MAX);
    if (!grow(reader, (void **)&capsule->checkpoints, capsule->checkpoint_count, &reader->checkpoint_capacity,
              sizeof(*capsule->checkpoints)))
        return false;
    struct capsule_checkpoint *checkpoint = &capsule->checkpoints[capsule->checkpoint_count];
    *checkpoint = (struct capsule_checkpoint){0};
    if (!only_members(reader, object, keys) ||
        !take_integer(reader, object, "checkpoint", 0, INT64_MAX, &events))
        return false;
    capsule->checkpoint_count++;
    checkpoint->events = (uint64_t)events;
    if (capsule->checkpoint_count > 1 && checkpoint[-1].events >= checkpoint->events)
        return fail(reader, "checkpoint %lld does not come after the one before it", (long long)events);
    return take_hash(reader, object, &checkpoint->hash);
}

static bool read_event(struct reader *reader, const json_t *object)
{
    struct capsule *capsule = &reader->capsule;
    if (!json_is_string(json_object_get(object, "event")))
        return fail(reader, "\"event\" must be a string");
    if (capsule->event_count == CAPSULE_EVENTS_MAX)
        return fail(reader, "more than %d history events", CAPSULE_EVENTS_MAX);
    if (!grow(reader, (void **)&capsule->events, capsule->event_count, &reader->event_capacity,
              sizeof(*capsule->events)))
        return false;
    char *text = strndup(reader->text, reader->bytes);
    if (!text)
        return fail(reader, "out of memory");
    capsule->events[capsule->event_count++] = text;
    return true;
}

static bool read_verdict(struct reader *reader, json_t *object)
{
    static const char *const keys[] = {"verdict", "property", "signature", "message", "events", "hash", NULL};
    struct capsule_verdict *verdict = &reader->capsule.verdict;
    const char *word = json_string_value(json_object_get(object, "verdict"));
    int64_t events;
    if (!word || (strcmp(word, "pass") != 0 && strcmp(word, "fail") != 0))
        return fail(reader, "\"verdict\" must be \"pass\" or \"fail\"");
    verdict->is_failure = word[0] == 'f';
    if (!only_members(reader, object, keys) || !take_string(reader, object, "property", &verdict->property) ||
        !take_string(reader, object, "signature", &verdict->signature) ||
        !take_string(reader, object, "message", &verdict->message) ||
        !take_integer(reader, object, "events", 0, INT64_MAX, &events) ||
        !take_hash(reader, object, &verdict->hash))
        return false;
    verdict->events = (uint64_t)events;
    reader->has_verdict = true;
    return true;
}

static bool read_line(struct reader *reader)
{
    json_error_t error;
    json_t *object = json_loadb(reader->text, reader->bytes, JSON_REJECT_DUPLICATES, &error);
    bool is_good;
    if (!object)
        return fail(reader, "not JSON: %s", error.text);
    if (!json_is_object(object))
        is_good = fail(reader, "not a JSON object");
    else if (reader->line == 1)
        is_good = read_header(reader, object);
    else if (reader->has_verdict)
        is_good = fail(reader, "the verdict must be the last line");
    else if (json_object_get(object, "point"))
        is_good = read_choice(reader, object);
    else if (json_object_get(object, "checkpoint"))
        is_good = read_checkpoint(reader, object);
    else if (json_object_get(object, "event"))
        is_good = read_event(reader, object);
    else if (json_object_get(object, "verdict"))
        is_good = read_verdict(reader, object);
    else
        is_good = fail(reader, "neither a choice, a checkpoint, an event nor a verdict");
    json_decref(object);
    return is_good;
}

/* ---- the whole ------------------------------------------------------------------------------------------
 * */

static int compare_choices(const void *a, const void *b)
{
    const struct capsule_choice *left = *(const struct capsule_choice *const *)a;
    const struct capsule_choice *right = *(const struct capsule_choice *const *)b;
    if (left->actor != right->actor)
        return left->actor < right->actor ? -1 : 1;
    if (left->occurrence != right->occurrence)
        return left->occurrence < right->occurrence ? -1 : 1;
    int points = strcmp(left->point, right->point);
    return points ? points : (left->line > right->line) - (left->line < right->line);
}

static bool no_choice_twice(struct reader *reader)
{
    size_t count = reader->capsule.choice_count;
    const struct capsule_choice **sorted = malloc((count + 1) * sizeof(const struct capsule_choice *));
    bool is_good = true;
    if (!sorted)
        return fail(reader, "out of memory");
    for (size_t i = 0; i < count; i++)
        sorted[i] = &reader->capsule.choices[i];
    qsort(sorted, count, sizeof(const struct capsule_choice *), compare_choices);
    for (size_t i = 1; is_good && i < count; i++) {
        const struct capsule_choice *choice = sorted[i], *before = sorted[i - 1];
        if (choice->actor != before->actor || choice->occurrence != before->occurrence ||
            strcmp(choice->point, before->point) != 0)
            continue;
        reader->line = choice->line;
        is_good = fail(reader, "this choice was made already, in line %zu", before->line);
    }
    free(sorted);
    return is_good;
}

static bool read_all(struct reader *reader)
{
    enum line found;
    while ((found = next_line(reader)) == LINE)
        if (!read_line(reader))
            return false;
    if (found == LINE_ERROR)
        return false;
    if (reader->line == 1)
        return fail(reader, "the file is empty");
    if (!reader->has_verdict)
        return fail(reader, "the file ends without a verdict");
    return no_choice_twice(reader);
}

bool capsule_read_stream(FILE *in, const char *name, struct capsule *capsule_out,
                         char error_out[CAPSULE_ERROR_MAX])
{
    struct reader reader = {.in = in, .name = name, .error = error_out};
    bool is_good = read_all(&reader);
    free(reader.text);
    if (is_good)
        *capsule_out = reader.capsule;
    else
        capsule_deinit(&reader.capsule);
    return is_good;
}

bool capsule_read(const char *path, struct capsule *capsule_out, char error_out[CAPSULE_ERROR_MAX])
{
    FILE *in = fopen(path, "r");
    if (!in) {
        snprintf(error_out, CAPSULE_ERROR_MAX, "%.200s:0: cannot be opened: %s", path, strerror(errno));
        return false;
    }
    bool is_good = capsule_read_stream(in, path, capsule_out, error_out);
    fclose(in);
    return is_good;
}
