/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: Kafka's protocol frames to and from plain C structs, driven by tables.
 *
 *   frame    = int32 length, header, body
 *   header   = api key, api version, correlation id, client id [, tagged fields]    (request)
 *              correlation id [, tagged fields]                                     (response)
 *
 * A schema lists a struct's fields with the versions that have them; one decoder and one encoder walk it.
 * Decoded strings, bytes and records point into the input; arrays lie in a wire_memory. Every length is
 * checked against what is left of the input before it is believed. Source: Apache Kafka's message definitions
 * and KIP-482.
 *
 * Left out: unknown tagged fields are skipped; a field that a version lacks is silently not written.
 */
#ifndef SIM_KAFKA_WIRE_WIRE_H
#define SIM_KAFKA_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire_string {
    const char *text; /* not NUL-terminated; borrowed from the input; NULL = null */
    int32_t bytes;    /* -1 = null */
};

/* Borrows a text that ends with NUL; NULL is null. */
static inline struct wire_string wire_string_of(const char *text)
{
    return (struct wire_string){text, text ? (int32_t)strlen(text) : -1};
}

/* Null is the same as null, and nothing else. */
static inline bool wire_string_is_same(struct wire_string one, struct wire_string other)
{
    return one.bytes == other.bytes &&
           (one.bytes <= 0 || memcmp(one.text, other.text, (size_t)one.bytes) == 0);
}

/* < 0, 0, > 0: by bytes, what is shorter first; null before all. */
static inline int wire_string_compare(struct wire_string one, struct wire_string other)
{
    int32_t bytes = one.bytes < other.bytes ? one.bytes : other.bytes;
    int order = bytes > 0 ? memcmp(one.text, other.text, (size_t)bytes) : 0;
    return order ? order : (one.bytes > other.bytes) - (one.bytes < other.bytes);
}

struct wire_bytes {
    const uint8_t *data; /* borrowed from the input; NULL = null */
    int32_t bytes;       /* -1 = null */
};

struct wire_uuid {
    uint8_t byte[16];
};

/* What every array member looks like to the codec. */
struct wire_array {
    void *items;
    int32_t count; /* -1 = null */
};

#define WIRE_ARRAY(TYPE)                                                                                     \
    struct {                                                                                                 \
        TYPE *items;                                                                                         \
        int32_t count;                                                                                       \
    }

enum wire_type {
    WIRE_BOOL,
    WIRE_INT8,
    WIRE_INT16,
    WIRE_INT32,
    WIRE_INT64,
    WIRE_UUID,
    WIRE_STRING,
    WIRE_BYTES,
    WIRE_RECORDS,
    WIRE_STRUCT,
    WIRE_OPTIONAL_STRUCT, /* a pointer to it; NULL = null */
};

enum {
    WIRE_EVER = INT16_MAX,  /* as a last version: no end */
    WIRE_NEVER = INT16_MAX, /* as a first version: in none */
    WIRE_UNTAGGED = -1,
    WIRE_FRAME_BYTES_MAX = 128 << 20, /* a longer frame is taken for garbage */
    WIRE_PATH_MAX = 160,
};

struct wire_field {
    const char *name;
    const struct wire_schema *schema; /* of the two kinds of structs */
    int64_t absent;                   /* value in versions that lack it; for lengths 0 = empty, -1 = null */
    enum wire_type type;              /* of the elements, if is_array */
    uint16_t offset;                  /* within the C struct */
    int16_t first, last;              /* versions that have the field */
    int16_t nullable;                 /* first version that allows null */
    int16_t tag;                      /* WIRE_UNTAGGED, or its number among the tagged fields */
    bool is_array;
};

struct wire_schema {
    const char *name;
    const struct wire_field *fields;
    uint16_t field_count;
    uint16_t bytes; /* sizeof the C struct */
};

/* A request and its response. */
struct wire_api {
    int16_t key;
    int16_t first, last; /* versions */
    int16_t flexible;    /* first version with compact lengths and tagged fields */
    const char *name;    /* Kafka's spelling: "Produce" */
    const struct wire_schema *request, *response;
};

/* The table's entry, NULL if this API is not in it. */
const struct wire_api *wire_api_of(int16_t key);
const struct wire_api *wire_api_at(size_t index); /* NULL beyond the end */

/* ---- memory for what is decoded -------------------------------------------------------------------------
 * */

/* Grows in chunks and is reset as a whole; zero-initialised storage is an empty one. */
struct wire_memory {
    struct wire_chunk *chunks; /* the newest and largest first */
    size_t used_bytes;         /* of the newest */
};

/* 16-byte aligned, not cleared; NULL if malloc fails. */
void *wire_memory_take(struct wire_memory *memory, size_t bytes);
/* Forgets all, keeps the largest chunk: a steady stream of like frames allocates nothing. */
void wire_memory_reset(struct wire_memory *memory);
void wire_memory_deinit(struct wire_memory *memory);

/* ---- decoding -------------------------------------------------------------------------------------------
 * */

struct wire_error {
    size_t position;          /* byte within the input */
    char path[WIRE_PATH_MAX]; /* "topics[2].partitions[0].records" */
    const char *message;      /* borrowed for ever */
};

/* What is decoded, and how. */
struct wire_input {
    const uint8_t *data; /* borrowed; what is decoded points into it */
    size_t bytes;
    int16_t version;
    bool is_flexible;
    bool allows_null; /* also where the version does not */
};

/* Decodes the struct at input.data + *position_inout and moves the position behind it. out has schema->bytes.
 * On failure false, error_out filled, out undefined. */
bool wire_decode(const struct wire_schema *schema, const struct wire_input *input, size_t *position_inout,
                 struct wire_memory *memory, void *out, struct wire_error *error_out)
    __attribute__((warn_unused_result));

struct wire_request_header {
    int16_t api_key, api_version;
    int32_t correlation_id;
    struct wire_string client_id;
    const struct wire_api *api; /* NULL: not in the table, or not in this version */
    bool is_flexible;
};

/* Reads a request's header (the length in front is not part of frame). position_out: where the body starts.
 * Of an API that is not in the table, all but the tagged fields is read. */
bool wire_request_header_read(struct wire_bytes frame, struct wire_request_header *out, size_t *position_out,
                              struct wire_error *error_out) __attribute__((warn_unused_result));

/* Whole bodies. The result lies in memory; NULL on failure. As in Kafka, what lies behind a request's body is not
 * looked at (librdkafka 2.0.2 ends some requests with a byte too many). */
void *wire_request_decode(struct wire_bytes frame, const struct wire_request_header *header,
                          struct wire_memory *memory, struct wire_error *error_out);
/* Of the response to that request; its correlation id has to be the same. Lenient as
 * librdkafka is, whose mock cluster needs it: bytes behind the body are ignored (2.16.1 ends Metadata 13 with
 * one too many), and null is taken where there should be none (SyncGroup with an error). */
void *wire_response_decode(struct wire_bytes frame, const struct wire_request_header *header,
                           struct wire_memory *memory, struct wire_error *error_out);

/* ---- encoding -------------------------------------------------------------------------------------------
 * */

/* A growing buffer; zero-initialised storage is an empty one. */
struct wire_output {
    uint8_t *data; /* owned; free() it */
    size_t bytes, capacity;
    bool is_failed; /* out of memory, or a null or a length that the protocol cannot say: data is of no use */
};

void wire_output_append(struct wire_output *output, const void *data, size_t bytes);

/* Appends the struct. Failure is in output->is_failed. */
void wire_encode(const struct wire_schema *schema, int16_t version, bool is_flexible, const void *in,
                 struct wire_output *output);

/* Append a whole frame, its length included. header->api must be set. */
void wire_request_encode(const struct wire_request_header *header, const void *body,
                         struct wire_output *output);
void wire_response_encode(const struct wire_request_header *header, const void *body,
                          struct wire_output *output);

/* What a value of this field takes in memory; of an array, one of its items. */
size_t wire_value_bytes(const struct wire_field *field);

/* Sets every field to what a version without it would decode to; arrays become empty. */
void wire_init(const struct wire_schema *schema, void *out);

/* ---- integers as Kafka writes them ----------------------------------------------------------------------
 * */

static inline int16_t wire_int16(const uint8_t *at)
{
    return (int16_t)(((uint16_t)at[0] << 8) | at[1]);
}

static inline int32_t wire_int32(const uint8_t *at)
{
    uint32_t value;
    __builtin_memcpy(&value, at, sizeof(value));
    return (int32_t)__builtin_bswap32(value);
}

static inline int64_t wire_int64(const uint8_t *at)
{
    uint64_t value;
    __builtin_memcpy(&value, at, sizeof(value));
    return (int64_t)__builtin_bswap64(value);
}

#endif
