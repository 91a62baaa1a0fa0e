/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/scenario_yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reading {
    yaml_parser_t parser;
    const char *origin;
    char *error_out;
    struct scenario_node
        *open[SCENARIO_DEPTH_MAX]; /* lists and mappings that have not ended, outermost first */
    size_t depth, node_count;
    struct scenario_node *root;
    char *key; /* read, and still without its value */
    unsigned key_line;
};

/* An error is one line, whatever the file holds. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

bool scenario_fail(char *error_out, const char *origin, unsigned line, const char *key, const char *format,
                   ...)
{
    if (*error_out)
        return false;
    char place[16] = "";
    if (line)
        snprintf(place, sizeof place, "%u:", line);
    int used = snprintf(error_out, SCENARIO_ERROR_BYTES, "%.160s:%s %.100s%s", origin, place, key ? key : "",
                        key ? ": " : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error_out + used, SCENARIO_ERROR_BYTES - (size_t)used, format, arguments);
    va_end(arguments);
    make_printable(error_out);
    return false;
}

void scenario_yaml_free(struct scenario_node *node)
{
    while (node) {
        struct scenario_node *next = node->next;
        scenario_yaml_free(node->first);
        free(node->text);
        free(node->key);
        free(node);
        node = next;
    }
}

static bool fail(struct reading *reading, const yaml_event_t *event, const char *what)
{
    return scenario_fail(reading->error_out, reading->origin, (unsigned)event->start_mark.line + 1,
                         reading->key, "%s", what);
}

static bool take_key(struct reading *reading, const yaml_event_t *event)
{
    const struct scenario_node *map = reading->open[reading->depth - 1];
    const char *text = (const char *)event->data.scalar.value;
    unsigned line = (unsigned)event->start_mark.line + 1;
    if (strlen(text) != event->data.scalar.length || !*text)
        return fail(reading, event, "a key must not be empty nor hold a NUL");
    for (const struct scenario_node *other = map->first; other; other = other->next)
        if (strcmp(other->key, text) == 0)
            return scenario_fail(reading->error_out, reading->origin, line, text,
                                 "stands here twice (first in line %u)", other->key_line);
    reading->key = strdup(text);
    reading->key_line = line;
    return true;
}

static struct scenario_node *add_node(struct reading *reading, const yaml_event_t *event,
                                      enum scenario_node_kind kind)
{
    if (++reading->node_count > SCENARIO_NODES_MAX) {
        fail(reading, event, "the file holds too many values");
        return NULL;
    }
    struct scenario_node *node = calloc(1, sizeof *node);
    node->kind = kind;
    node->line = (unsigned)event->start_mark.line + 1;
    node->key = reading->key;
    node->key_line = reading->key_line;
    reading->key = NULL;
    struct scenario_node *parent = reading->depth ? reading->open[reading->depth - 1] : NULL;
    if (!parent)
        reading->root = node;
    else if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    if (parent)
        parent->last = node;
    return node;
}

static bool wants_key(const struct reading *reading)
{
    return reading->depth && reading->open[reading->depth - 1]->kind == NODE_MAP && !reading->key;
}

static bool take_scalar(struct reading *reading, const yaml_event_t *event)
{
    if (event->data.scalar.anchor || event->data.scalar.tag)
        return fail(reading, event, "anchors and tags are not allowed (write the value out)");
    if (wants_key(reading))
        return take_key(reading, event);
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        return fail(reading, event, "a value must not hold a NUL");
    struct scenario_node *node = add_node(reading, event, NODE_SCALAR);
    if (!node)
        return false;
    node->text = strdup(text);
    return true;
}

static bool take_start(struct reading *reading, const yaml_event_t *event, enum scenario_node_kind kind)
{
    bool is_map = kind == NODE_MAP;
    if (is_map ? event->data.mapping_start.anchor || event->data.mapping_start.tag
               : event->data.sequence_start.anchor || event->data.sequence_start.tag)
        return fail(reading, event, "anchors and tags are not allowed (write the value out)");
    if (wants_key(reading))
        return fail(reading, event, "a key must be plain text");
    if (reading->depth == SCENARIO_DEPTH_MAX)
        return fail(reading, event, "lists and mappings are nested too deep");
    struct scenario_node *node = add_node(reading, event, kind);
    if (!node)
        return false;
    reading->open[reading->depth++] = node;
    return true;
}

static bool take_event(struct reading *reading, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(reading, event);
    case YAML_SEQUENCE_START_EVENT:
        return take_start(reading, event, NODE_LIST);
    case YAML_MAPPING_START_EVENT:
        return take_start(reading, event, NODE_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        reading->depth--;
        return true;
    case YAML_ALIAS_EVENT:
        return fail(reading, event, "aliases are not allowed (write the value out)");
    case YAML_DOCUMENT_START_EVENT:
        return !reading->root ||
               fail(reading, event, "a second document begins (expected one scenario a file)");
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return true;
    }
    return true;
}

static bool read_events(struct reading *reading)
{
    for (bool is_done = false; !is_done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reading->parser, &event)) {
            size_t line = reading->parser.problem_mark.line;
            return scenario_fail(reading->error_out, reading->origin, (unsigned)line + 1, NULL,
                                 "not YAML: %s",
                                 reading->parser.problem ? reading->parser.problem : "it cannot be read");
        }
        is_done = event.type == YAML_STREAM_END_EVENT;
        bool is_good = take_event(reading, &event);
        yaml_event_delete(&event);
        if (!is_good)
            return false;
    }
    return reading->root || scenario_fail(reading->error_out, reading->origin, 1, NULL, "the file is empty");
}

struct scenario_node *scenario_yaml_parse(const char *text, size_t bytes, const char *origin, char *error_out)
{
    struct reading reading = {.origin = origin, .error_out = error_out};
    if (!yaml_parser_initialize(&reading.parser)) {
        scenario_fail(error_out, origin, 0, NULL, "out of memory");
        return NULL;
    }
    yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, bytes);
    bool is_good = read_events(&reading);
    yaml_parser_delete(&reading.parser);
    free(reading.key);
    if (is_good)
        return reading.root;
    scenario_yaml_free(reading.root);
    return NULL;
}
