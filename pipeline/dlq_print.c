/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_print: see dlq_print.h. */
#include "pipeline/dlq_print.h"

#include "pipeline/clock.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TIME_WIDTH = 24, STATE_WIDTH = 10, CATEGORY_WIDTH = 12, TRACE_WIDTH = 36, ERROR_WIDTH = 60 };

static bool is_control(const unsigned char *c)
{
    return *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
}

void dlq_print_column(struct text *out, const char *text, size_t width)
{
    size_t count = 0;
    const unsigned char *c = (const unsigned char *)text;
    while (*c && count < width) {
        size_t bytes = 1;
        while ((c[bytes] & 0xc0) == 0x80)
            bytes++;
        if (is_control(c))
            text_add(out, ".");
        else
            text_append(out, c, bytes);
        c += bytes;
        count++;
    }
    while (count++ < width)
        text_add(out, " ");
}

/* The columns but the last are followed by a gap. */
static void add_line(struct text *out, const char *const cells[6], size_t id_width)
{
    const size_t widths[] = {id_width, TIME_WIDTH, STATE_WIDTH, CATEGORY_WIDTH, TRACE_WIDTH, ERROR_WIDTH};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        dlq_print_column(out, cells[i], widths[i]);
        text_add(out, "  ");
    }
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
    text_add(out, "\n");
}

void dlq_print_table(const struct dlq_record *records, size_t count, const struct dlq_ledger *ledger,
                     struct text *out)
{
    char id[DLQ_ID_BYTES], failed_at[CLOCK_TEXT_BYTES];
    size_t id_width = 2;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(dlq_id_format(&records[i].id, id));
        id_width = length > id_width ? length : id_width;
    }
    add_line(out, (const char *const[]){"ID", "FAILED", "STATE", "CATEGORY", "TRACE", "ERROR"}, id_width);
    for (size_t i = 0; i < count; i++) {
        const struct dlq_record *record = &records[i];
        const char *const cells[] = {dlq_id_format(&record->id, id),
                                     clock_format(record->failed_ns, failed_at),
                                     dlq_ledger_state(ledger, record),
                                     record->category,
                                     record->trace_id,
                                     record->error};
        add_line(out, cells, id_width);
    }
}

void dlq_print_record(const struct dlq_record *record, const json_t *entry, const char *state,
                      struct text *out)
{
    char reason[FIELD_REASON_BYTES];
    char *line = dlq_record_json(record, state, true);
    json_t *json = memory_check(field_object(line, strlen(line), reason));
    if (entry && json_object_set_new(json, "ledger", json_deep_copy(entry)))
        memory_exhausted();
    if (record->json) {
        json_object_del(json, "value"); /* readable, and as it was: export has the bytes */
        if (json_object_set(json, "value", record->json))
            memory_exhausted();
    }
    char *dump = memory_check(json_dumps(json, JSON_INDENT(2)));
    text_add(out, dump);
    text_add(out, "\n");
    free(dump);
    json_decref(json);
    free(line);
}
