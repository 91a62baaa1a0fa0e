/* SPDX-License-Identifier: Apache-2.0 */
/* field: see field.h. */
#include "pipeline/field.h"

#include "pipeline/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t bytes)
{
    return memory_check(malloc(bytes));
}

void field_open(void)
{
    json_set_alloc_funcs(allocate, free);
}

json_t *field_object(const void *data, size_t bytes, char reason[FIELD_REASON_BYTES])
{
    if (!data || bytes == 0) {
        snprintf(reason, FIELD_REASON_BYTES, "empty value");
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(data, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        snprintf(reason, FIELD_REASON_BYTES, "not JSON: %.100s (byte %d)", error.text, error.position);
        return NULL;
    }
    if (!json_is_object(json)) {
        snprintf(reason, FIELD_REASON_BYTES, "not a JSON object");
        json_decref(json);
        return NULL;
    }
    return json;
}

bool field_is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\v\f")] == '\0';
}

const char *field_string(const json_t *object, const char *name, char reason[FIELD_REASON_BYTES])
{
    const json_t *value = json_object_get(object, name);
    if (!value)
        snprintf(reason, FIELD_REASON_BYTES, "%s is missing", name);
    else if (!json_is_string(value))
        snprintf(reason, FIELD_REASON_BYTES, "%s is not a string", name);
    else if (field_is_blank(json_string_value(value)))
        snprintf(reason, FIELD_REASON_BYTES, "%s is blank", name);
    else
        return json_string_value(value);
    return NULL;
}

char *field_dump(const json_t *json)
{
    return memory_check(json_dumps(json, JSON_COMPACT));
}
