/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario_yaml: YAML text as a small tree that knows its lines.
 *
 * Only what a scenario needs: one document of mappings, lists and scalars. Anchors, aliases, tags and merge keys are
 * errors, and depth and size are bounded, so that no file can cost more than its length.
 */
#ifndef SIM_CLI_SCENARIO_YAML_H
#define SIM_CLI_SCENARIO_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include "sim/cli/scenario.h"

enum { SCENARIO_DEPTH_MAX = 8, SCENARIO_NODES_MAX = 4096 };

enum scenario_node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct scenario_node {
    enum scenario_node_kind kind;
    unsigned line; /* 1.. */
    char *text;    /* of a scalar: owned, no NUL inside */
    char *key;     /* under which it stands in a mapping, else NULL; owned */
    unsigned key_line;
    struct scenario_node *first, *last, *next;
};

/* Writes "ORIGIN:LINE: KEY: message" (line 0, key NULL: left out) unless an error stands there already. Always false. */
__attribute__((format(printf, 5, 6))) bool scenario_fail(char *error_out, const char *origin, unsigned line,
                                                         const char *key, const char *format, ...);

/* The tree of text; NULL: error_out says why. Keys are unique within a mapping. */
struct scenario_node *scenario_yaml_parse(const char *text, size_t bytes, const char *origin,
                                          char *error_out);
void scenario_yaml_free(struct scenario_node *node);

#endif
