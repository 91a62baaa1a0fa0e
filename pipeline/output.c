/* SPDX-License-Identifier: Apache-2.0 */
/* output: see output.h. */
#include "pipeline/output.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <stdlib.h>

static const void *copy_optional(const void *data, size_t bytes)
{
    return data ? memory_copy(data, bytes) : NULL;
}

void outputs_add(struct outputs *outputs, const struct output_record *record)
{
    assert(record->header_count <= OUTPUT_HEADERS_MAX);
    struct output *output = memory_new(sizeof *output);
    output->record = *record;
    output->record.topic = memory_string(record->topic);
    output->record.key = copy_optional(record->key, record->key_bytes);
    output->record.value = copy_optional(record->value, record->value_bytes);
    for (size_t i = 0; i < record->header_count; i++) {
        output->record.headers[i].name = memory_string(record->headers[i].name);
        output->record.headers[i].value = memory_string(record->headers[i].value);
    }
    if (outputs->last)
        outputs->last->next = output;
    else
        outputs->first = output;
    outputs->last = output;
    outputs->count++;
}

static void output_free(struct output *output)
{
    for (size_t i = 0; i < output->record.header_count; i++) {
        free((char *)output->record.headers[i].name);
        free((char *)output->record.headers[i].value);
    }
    free((char *)output->record.topic);
    free((void *)output->record.key);
    free((void *)output->record.value);
    free(output);
}

void outputs_clear(struct outputs *outputs)
{
    while (outputs->first) {
        struct output *output = outputs->first;
        outputs->first = output->next;
        output_free(output);
    }
    *outputs = (struct outputs){0};
}
