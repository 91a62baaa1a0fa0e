/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case: what a conformance case is given, and how it says what it saw.
 *
 * A case is a claim about brokers, told through the librdkafka API, and compiled once for every target: real
 * Apache Kafka, our brokers on a socket, our brokers in the world. It asserts nothing. It writes facts: error
 * names, offsets, records, the order of callbacks; never times, ids or addresses. The set of the texts that its
 * repetitions write is its outcome on a target, and targets are compared by these sets.
 */
#ifndef TESTS_CONFORMANCE_KAFKA_CASE_H
#define TESTS_CONFORMANCE_KAFKA_CASE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>

enum { CASE_OUTCOME_BYTES_MAX = 16384, CASE_NAMES_MAX = 32, CASE_NAME_BYTES = 320, CASE_ANSWER_BYTES = 512 };

struct conformance {
    const char *bootstrap;
    const char *control; /* HOST:PORT of the control interface; NULL = there is none */
    char prefix[64];     /* of all topics and groups; unique for this repetition, and masked in outcomes */
    rd_kafka_t *admin;   /* made on first use; see client.h */
    struct ask *ask;     /* made on first use; see ask.h */
    int control_fd;      /* -1 = not connected */
    bool is_skipped;
    size_t outcome_bytes, name_count;
    char outcome[CASE_OUTCOME_BYTES_MAX];
    char name[CASE_NAMES_MAX][CASE_NAME_BYTES];
};

struct conformance_case {
    const char *name; /* a sentence, its words joined by _ */
    void (*run)(struct conformance *c);
};

#define CASE(NAME) static void NAME(struct conformance *c)
#define CASE_ENTRY(NAME)                                                                                     \
    {                                                                                                        \
#NAME, NAME                                                                                          \
    }
#define CASE_END                                                                                             \
    {                                                                                                        \
        NULL, NULL                                                                                           \
    }

/* Adds a fact; facts are joined by "; ". */
void outcome(struct conformance *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds text behind the last fact, without a separator. */
void outcome_more(struct conformance *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The case cannot run on this target; what was written is replaced by why. */
void skip(struct conformance *c, const char *why);

/* PREFIX.SUFFIX; lives as long as the repetition. */
const char *case_name_of(struct conformance *c, const char *suffix);

/* Sends a command to the control interface. Without one the case is skipped. False if it was, or the answer is an
 * error, which is an outcome then. */
bool case_control(struct conformance *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same; the answer behind "ok " goes to answer_out, of CASE_ANSWER_BYTES. */
bool case_control_answer(struct conformance *c, char *answer_out, const char *command);
/* Lets time pass: by the control interface where that can, else by waiting. */
void case_let_pass(struct conformance *c, int time_ms);
/* The same as case_control; waits until `seen API` says at least count. */
bool case_control_await_seen(struct conformance *c, const char *api, int count);

/* What a repetition starts and ends with. */
void case_init(struct conformance *c, const char *prefix);
void case_deinit(struct conformance *c);

/* Each ends with CASE_END; NULL ends all. Those of the second need a cluster: three brokers, cluster.properties. */
extern const struct conformance_case *const conformance_files[], *const conformance_cluster_files[];

int conformance_main(int argc, char **argv);

#endif
