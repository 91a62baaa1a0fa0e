/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask: raw requests in a case, to one broker of the cluster: what no librdkafka lets a program ask.
 *
 * Requests are texts of frame_text.h; ~t is the case's topic "t". Members of answers are named by the ends of their paths,
 * as frame_print prints them; the first that fits is meant.
 */
#ifndef TESTS_CONFORMANCE_KAFKA_ASK_H
#define TESTS_CONFORMANCE_KAFKA_ASK_H

#include "tests/conformance/kafka/case.h"

enum { ASK_VALUE_BYTES = 128 };

struct ask;

void ask_free(struct ask *ask);

/* Copies a member of the answer of broker 1.. to value_out; false, and "" there, if there is no such thing. */
bool ask_value(struct conformance *c, int broker, const char *text, const char *path,
               char value_out[ASK_VALUE_BYTES]);
/* Outcome "LABEL VALUE". */
void ask_outcome(struct conformance *c, const char *label, int broker, const char *text, const char *path);
/* Sets the variable that later requests name $variable. */
bool ask_keep(struct conformance *c, int broker, const char *text, const char *path, const char *variable);
/* The same, to a value of the case's own. */
void ask_set(struct conformance *c, const char *variable, const char *value);
/* Sets $now, in ms: brokers forget records, and producers, by the time of their records. */
void ask_set_now(struct conformance *c);
/* Asks again until the member has this value; if it never has, that is an outcome. */
bool ask_await(struct conformance *c, int broker, const char *text, const char *path, const char *value);
/* Asks, and is gone before the answer. */
void ask_and_die(struct conformance *c, int broker, const char *text);
/* Waits until this broker says that so many replicas of partition 0 of the case's topic are in sync. */
bool ask_await_in_sync(struct conformance *c, int broker, const char *suffix, int count);

#endif
