/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_text: a request, written by hand as text, to the bytes of a frame.
 *
 *   text    = [modifier ..] API VERSION struct
 *   struct  = { member: value, .. }             members are the wire schema's; absent ones have Kafka's defaults
 *   value   = struct | [ value, .. ] | null | true | false | number | word | 'quoted'
 *   word    = ~name: the run's prefix, a dot, name   $name: a variable   hex:00ff: bytes, and topic ids
 *   records = { values: [..], keys: [..], .. }  a record batch: see frame_batch in frame_text.c; or bytes
 */
#ifndef TESTS_CONFORMANCE_KAFKA_FRAME_TEXT_H
#define TESTS_CONFORMANCE_KAFKA_FRAME_TEXT_H

#include "sim/kafka/wire/wire.h"

#include <stdbool.h>

enum {
    FRAME_VARIABLES_MAX = 48,
    FRAME_MEMBERS_MAX = 64,
    FRAME_WORD_BYTES = 600,
    FRAME_ERROR_BYTES = 200,
    FRAME_POKE_BYTES_MAX = 32,
};

struct frame_variable {
    char name[24], value[128];
};

/* What a run knows beyond its texts. */
struct frame_names {
    char prefix[64];
    size_t variable_count, member_count;
    struct frame_variable variable[FRAME_VARIABLES_MAX];
    char member[FRAME_MEMBERS_MAX][128]; /* member ids, in order of appearance */
};

const char *frame_names_get(const struct frame_names *names, const char *name); /* NULL: unset */
void frame_names_set(struct frame_names *names, const char *name, const char *value);

/* Modifiers:
 *   !cut N          leave the last N bytes of the body out (the length in front is right)
 *   !append HEX     behind the body
 *   !poke N HEX     overwrite from byte N of the frame on (0: the length, 4: API key, 6: version)
 *   !send           do not wait for the answer
 *   !receive        alone: the answer of a !send
 *   !mine           print of lists only what has the prefix
 *   !sorted         print lists sorted
 *   !until WORD     ask again until the answer, printed, contains the word
 *   !silent         no answer is expected: ask ApiVersions behind it, and see that only that is answered */
struct frame_request {
    struct wire_request_header header;
    char until[32]; /* empty: once */
    bool is_sent_only, is_receive_only, is_mine_only, is_sorted, is_silent;
};

/* Reads the text; appends the frame to output unless it is !receive. header.correlation_id is the caller's. False:
 * error_out says what is wrong with the text. */
bool frame_text_read(const char *text, const struct frame_names *names, struct wire_memory *memory,
                     struct frame_request *request_inout, struct wire_output *output,
                     char error_out[FRAME_ERROR_BYTES]) __attribute__((warn_unused_result));

/* sizeof an element in an array of this field. */
size_t frame_item_bytes(const struct wire_field *field);

#endif
