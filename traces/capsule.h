/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capsule: the trace file: all that it takes to see one world again. A seed dies with the next commit; this
 * survives.
 *
 * JSON Lines. A header; then, in any order, the choices that were not option 0, hash checkpoints, history
 * events (usually the last few); then the verdict, which ends the file. Format 1 is without "shrunk_from"; it is read,
 * and written no more.
 *
 *   {"type":"header","format":2,"model":1,"commit":..,"build_id":..,"libraries":{..},"scenario":..,"config":..,
 *    "seed":1,"strategy":..,"signature":..,"shrunk_from":0}
 *   {"actor":3,"point":"network/latency","n":12,"pick":2}
 *   {"checkpoint":1000,"hash":"0123456789abcdef"}
 *   {"event":"produce",..}
 *   {"verdict":"fail","property":..,"signature":..,"message":..,"events":4711,"hash":".."}
 */
#ifndef TRACES_CAPSULE_H
#define TRACES_CAPSULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CAPSULE_FORMAT = 2,
    CAPSULE_FORMAT_OLDEST = 1,  /* that is still read */
    CAPSULE_LINE_MAX = 1 << 20, /* bytes of a line, its end not counted */
    CAPSULE_CHOICES_MAX = 1 << 20,
    CAPSULE_CHECKPOINTS_MAX = 1 << 20,
    CAPSULE_EVENTS_MAX = 1 << 16,
    CAPSULE_LIBRARIES_MAX = 64,
    CAPSULE_POINT_MAX = 63, /* bytes of a choice point's name */
    CAPSULE_ERROR_MAX = 512,
};

struct capsule_library {
    char *name, *version;
};

struct capsule_header {
    int64_t model; /* version of what a world does with a choice: another number means other worlds */
    char *commit, *build_id;
    struct capsule_library *libraries;
    size_t library_count;
    char *scenario; /* name */
    char *config;   /* the scenario's whole text */
    int64_t seed;   /* 0.. */
    char *strategy;
    char *signature; /* of the failure; empty if there is none */
    int64_t
        shrunk_from; /* so many choices had the trace that this one was shrunk from; 0: as it was recorded */
};

/* One choice that was not option 0. */
struct capsule_choice {
    uint32_t actor; /* process number, 0 = the world */
    char *point;
    uint64_t occurrence; /* 0.. per (actor, point) */
    uint32_t pick;       /* 1.. */
    size_t line;         /* where it stands in the file; ignored in writing */
};

struct capsule_checkpoint {
    uint64_t events; /* so many had happened */
    char *hash;      /* lower-case hexadecimal, at least 16 digits */
};

struct capsule_verdict {
    bool is_failure;
    char *property, *signature, *message; /* empty if it passed */
    uint64_t events;
    char *hash;
};

/* Strings are NUL-terminated, never NULL. The reader's are owned by the capsule; for writing they may be
 * anybody's. */
struct capsule {
    struct capsule_header header;
    struct capsule_choice *choices; /* in the file's order; no key twice */
    size_t choice_count;
    struct capsule_checkpoint *checkpoints; /* ascending */
    size_t checkpoint_count;
    char **events; /* lines of JSON, as event_write_json writes them, without the line feed */
    size_t event_count;
    struct capsule_verdict verdict;
};

/* ---- writing: each writes one line; false if out could not take it ----------------------------------------
 * */

bool capsule_write_header(FILE *out, const struct capsule_header *header);
bool capsule_write_choice(FILE *out, const struct capsule_choice *choice);
bool capsule_write_checkpoint(FILE *out, const struct capsule_checkpoint *checkpoint);
bool capsule_write_verdict(FILE *out, const struct capsule_verdict *verdict);
/* All of it. */
bool capsule_write(FILE *out, const struct capsule *capsule);

/* ---- reading --------------------------------------------------------------------------------------------
 * */

/* Reads the file. Strict: on the first thing that is wrong (a line that is no object, a key that is missing,
 * unknown or twice, a wrong type, a number out of range, a choice twice, no verdict) it returns false with
 * error_out = "FILE:LINE: what", and capsule_out untouched. */
bool capsule_read(const char *path, struct capsule *capsule_out, char error_out[CAPSULE_ERROR_MAX]);
/* The same from an open stream; name stands for FILE. */
bool capsule_read_stream(FILE *in, const char *name, struct capsule *capsule_out,
                         char error_out[CAPSULE_ERROR_MAX]);

/* Of a capsule that was read. Accepts NULL and cleared storage. */
void capsule_deinit(struct capsule *capsule);

#endif
