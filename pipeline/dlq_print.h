/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_print: dead letters for people. What a sender wrote cannot move a terminal's cursor: control characters become '.'. */
#ifndef PIPELINE_DLQ_PRINT_H
#define PIPELINE_DLQ_PRINT_H

#include "pipeline/dlq_ledger.h"
#include "pipeline/text.h"

/* Aligned columns below a head; each is cut to its limit. */
void dlq_print_table(const struct dlq_record *records, size_t count, const struct dlq_ledger *ledger,
                     struct text *out);

/* Everything about one, as indented JSON. entry is NULL for none. */
void dlq_print_record(const struct dlq_record *record, const json_t *entry, const char *state,
                      struct text *out);

/* Appends text in a column of width characters, cut or filled. A character is what UTF-8 counts as one. */
void dlq_print_column(struct text *out, const char *text, size_t width);

#endif
