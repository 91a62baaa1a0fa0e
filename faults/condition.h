/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition: when a scripted fault strikes: `processed(download) >= 50% and time < 20s`.
 *
 *   condition  = comparison { "and" comparison }
 *   comparison = measure ( ">=" | ">" | "<=" | "<" | "==" ) value
 *   measure    = "time" | ( "produced" | "processed" | "committed" | "assigned" ) "(" STAGE ")"
 *   value      = a whole number; a percentage of the load (not of assigned); a duration (of time, which knows no "==")
 *
 * What a measure comes to is asked of whoever plans the faults.
 */
#ifndef FAULTS_CONDITION_H
#define FAULTS_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONDITION_TERMS_MAX = 8,
    CONDITION_STAGE_BYTES = 32,
    CONDITION_TEXT_BYTES = 640,
    CONDITION_ERROR_BYTES = 160
};

enum condition_measure {
    CONDITION_TIME,      /* virtual, since the world began */
    CONDITION_PRODUCED,  /* records that brokers acknowledged to the stage's members */
    CONDITION_PROCESSED, /* records of its input of which all has come that has to */
    CONDITION_COMMITTED, /* records of its input that its group has committed past */
    CONDITION_ASSIGNED,  /* partitions that its living members were last given */
};

enum condition_order {
    CONDITION_AT_LEAST,
    CONDITION_ABOVE,
    CONDITION_AT_MOST,
    CONDITION_BELOW,
    CONDITION_EQUAL
};

struct condition_term {
    enum condition_measure measure;
    char stage[CONDITION_STAGE_BYTES]; /* empty: time */
    enum condition_order order;
    int64_t value; /* ns of time */
    bool is_percent;
};

struct condition {
    struct condition_term terms[CONDITION_TERMS_MAX];
    size_t count;
};

/* False: error_out says "column N: what", columns from 1, and condition_out is undefined. */
bool condition_parse(const char *text, struct condition *condition_out,
                     char error_out[CONDITION_ERROR_BYTES]);
/* The one text of this meaning; parsing it gives the condition again. */
void condition_write(const struct condition *condition, char text_out[CONDITION_TEXT_BYTES]);

/* Who knows how much a measure is, and in *whole_out the load that it is a part of. measure NULL: all is 0. */
struct condition_source {
    void *opaque;
    int64_t (*measure)(void *opaque, const struct condition_term *term, int64_t *whole_out);
};
bool condition_holds(const struct condition *condition, int64_t now_ns,
                     const struct condition_source *source);
/* The next time at which a comparison with time comes out otherwise; INT64_MAX: none does. */
int64_t condition_next_ns(const struct condition *condition, int64_t now_ns);

#endif
