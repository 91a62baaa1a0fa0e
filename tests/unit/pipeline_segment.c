/* SPDX-License-Identifier: Apache-2.0 */
/* segment: names, whole and broken segments, and the rows that remain after another's segment was adopted. */
#include "pipeline/segment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of partition 2 for offsets [first, end). */
static void make_rows(struct segment_batch *batch, int64_t first, int64_t end)
{
    for (int64_t offset = first; offset < end; offset++) {
        struct text line = {0};
        text_format(&line, "{\"trace_id\":\"t%lld\",\"source_partition\":2,\"source_offset\":%lld}",
                    (long long)offset, (long long)offset);
        segment_batch_add(batch, offset, line.data);
    }
}

Test(segment, a_name_can_be_taken_apart_again)
{
    char *name = segment_name("xact.downloads.results", 5, 123);
    cr_assert_str_eq(name, "inventory/xact.downloads.results-00005-00000000000000000123.jsonl");
    int32_t partition;
    int64_t start;
    cr_assert(segment_parse_name(name, "xact.downloads.results", &partition, &start));
    cr_assert_eq(partition, 5);
    cr_assert_eq(start, 123);
    cr_assert_not(segment_parse_name(name, "xact.downloads", &partition, &start));
    name[strlen(name) - 1] = '~';
    cr_assert_not(segment_parse_name(name, "xact.downloads.results", &partition, &start));
    free(name);
}

Test(segment, every_cut_of_a_segment_is_seen_unless_it_falls_between_rows)
{
    struct segment_batch batch = {0};
    struct text lines = {0};
    make_rows(&batch, 10, 14);
    segment_batch_encode(&batch, batch.count, &lines);
    for (size_t bytes = 0; bytes <= lines.length; bytes++) {
        int64_t end = -1;
        char reason[SEGMENT_REASON_BYTES] = "";
        bool is_whole = bytes > 0 && lines.data[bytes - 1] == '\n';
        char *cut = malloc(bytes ? bytes : 1);
        memcpy(cut, lines.data, bytes);
        cr_assert_eq(segment_parse(cut, bytes, 2, 10, &end, reason), is_whole, "%zu: %s", bytes, reason);
        cr_assert_eq(end == -1, !is_whole);
        free(cut);
    }
    text_deinit(&lines);
    segment_batch_deinit(&batch);
}

static bool parses(const char *data, int64_t start, int64_t *end_out)
{
    char reason[SEGMENT_REASON_BYTES];
    return segment_parse(data, strlen(data), 2, start, end_out, reason);
}

Test(segment, one_that_is_not_ours_is_refused)
{
    int64_t end;
    cr_assert(parses("{\"source_partition\":2,\"source_offset\":7}\n", 5, &end), "gaps are allowed");
    cr_assert_eq(end, 8);
    cr_assert_not(parses("{\"source_partition\":2,\"source_offset\":4}\n", 5, &end), "before its start");
    cr_assert_not(parses("{\"source_partition\":1,\"source_offset\":7}\n", 5, &end), "another partition");
    cr_assert_not(parses("{\"source_offset\":7}\n", 5, &end), "no partition");
    cr_assert_not(parses("[]\n", 5, &end), "no row");
    cr_assert_not(parses("{\"source_partition\":2,\"source_offset\":7}\n"
                         "{\"source_partition\":2,\"source_offset\":7}\n",
                         5, &end),
                  "an offset twice");
}

/* We have rows [0, ours); the segment that won ends at theirs: exactly the rows behind it remain. */
Test(segment, adopting_any_end_keeps_exactly_the_rows_behind_it)
{
    for (int64_t ours = 0; ours <= 6; ours++) {
        for (int64_t theirs = 0; theirs <= 8; theirs++) {
            struct segment_batch batch = {0};
            make_rows(&batch, 0, ours);
            segment_batch_drop_below(&batch, theirs);
            int64_t left = ours > theirs ? ours - theirs : 0;
            cr_assert_eq(batch.count, (size_t)left);
            for (int64_t i = 0; i < left; i++)
                cr_assert_eq(batch.rows[i].offset, theirs + i);
            make_rows(&batch, ours + 2, ours + 4);
            cr_assert_eq(batch.count, (size_t)left + 2);
            segment_batch_deinit(&batch);
        }
    }
}
