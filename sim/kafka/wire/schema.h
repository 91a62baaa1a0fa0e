/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the shorthand in which the tables of data.c, group.c and the like are written (by schema.py).
 * Only those files include it. S is the C struct a table describes.
 *
 *        member, type or inner struct, first version, last, first nullable, value where absent, tag
 */
#ifndef SIM_KAFKA_WIRE_SCHEMA_H
#define SIM_KAFKA_WIRE_SCHEMA_H

#include "sim/kafka/wire/wire.h"

#define EVER     WIRE_EVER
#define NEVER    WIRE_NEVER
#define UNTAGGED WIRE_UNTAGGED

/* Two steps, so that S is replaced before it is stringed into offsetof. */
#define OFFSET_IN(STRUCT_NAME, MEMBER) offsetof(struct STRUCT_NAME, MEMBER)

#define ENTRY(MEMBER, TYPE, SCHEMA_AT, FIRST, LAST, NULLABLE, ABSENT, TAG, IS_ARRAY)                         \
    {                                                                                                        \
        .name = #MEMBER, .schema = (SCHEMA_AT), .absent = (ABSENT), .type = (TYPE),                          \
        .offset = OFFSET_IN(S, MEMBER), .first = (FIRST), .last = (LAST), .nullable = (NULLABLE),            \
        .tag = (TAG), .is_array = (IS_ARRAY)                                                                 \
    }
#define FIELD(MEMBER, TYPE, FIRST, LAST, NULLABLE, ABSENT, TAG)                                              \
    ENTRY(MEMBER, WIRE_##TYPE, NULL, FIRST, LAST, NULLABLE, ABSENT, TAG, false)
#define ARRAY(MEMBER, TYPE, FIRST, LAST, NULLABLE, ABSENT, TAG)                                              \
    ENTRY(MEMBER, WIRE_##TYPE, NULL, FIRST, LAST, NULLABLE, ABSENT, TAG, true)
#define STRUCT(MEMBER, INNER, FIRST, LAST, NULLABLE, ABSENT, TAG)                                            \
    ENTRY(MEMBER, WIRE_STRUCT, &INNER##_schema, FIRST, LAST, NULLABLE, ABSENT, TAG, false)
#define OPTIONAL_STRUCT(MEMBER, INNER, FIRST, LAST, NULLABLE, ABSENT, TAG)                                   \
    ENTRY(MEMBER, WIRE_OPTIONAL_STRUCT, &INNER##_schema, FIRST, LAST, NULLABLE, ABSENT, TAG, false)
#define STRUCTS(MEMBER, INNER, FIRST, LAST, NULLABLE, ABSENT, TAG)                                           \
    ENTRY(MEMBER, WIRE_STRUCT, &INNER##_schema, FIRST, LAST, NULLABLE, ABSENT, TAG, true)
#define SCHEMA(NAME)                                                                                         \
    const struct wire_schema NAME##_schema = {.name = #NAME,                                                 \
                                              .fields = NAME##_fields,                                       \
                                              .field_count =                                                 \
                                                  sizeof(NAME##_fields) / sizeof(NAME##_fields[0]),          \
                                              .bytes = sizeof(struct NAME)}

#endif
