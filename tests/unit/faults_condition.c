/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions are read exactly, written in one form, and refused with the column of what is wrong. */
#include "faults/condition.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000000)

static struct condition parse(const char *text)
{
    struct condition condition;
    char error[CONDITION_ERROR_BYTES] = "";
    cr_assert(condition_parse(text, &condition, error), "%s: %s", text, error);
    return condition;
}

Test(condition, a_condition_has_one_written_form)
{
    static const char *const forms[][2] = {
        {"processed(download) >= 50%", "processed(download) >= 50%"},
        {"  processed ( download )>=50 %  and  time<20s ", "processed(download) >= 50% and time < 20s"},
        {"assigned(ingest)==007", "assigned(ingest) == 7"},
        {"time > 90000ms", "time > 90s"},
        {"time > 120s", "time > 2min"},
        {"time <= 1500us", "time <= 1500us"},
        {"time >= 0h", "time >= 0s"},
        {"produced(load) > 0 and committed(copier) <= 12", "produced(load) > 0 and committed(copier) <= 12"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[CONDITION_TEXT_BYTES], again[CONDITION_TEXT_BYTES];
        struct condition condition = parse(forms[i][0]);
        condition_write(&condition, text);
        cr_expect_str_eq(text, forms[i][1]);
        condition = parse(text);
        condition_write(&condition, again);
        cr_expect_str_eq(again, text);
    }
}

Test(condition, what_is_wrong_is_told_with_its_column)
{
    static const char *const wrongs[][2] = {
        {"", "column 1: expected time, or produced"},
        {"done(download) > 1", "column 1: expected time, or produced"},
        {"processed download", "column 11: expected '(' and a stage"},
        {"processed()", "column 11: expected a stage's name"},
        {"processed(download > 1", "column 20: expected ')'"},
        {"processed(download) = 1", "column 21: expected >=, >, <=, < or =="},
        {"processed(download) >=", "column 23: expected a number or a percentage"},
        {"processed(download) >= 5s", "column 25: expected 'and', or nothing more"},
        {"assigned(download) >= 50%", "column 23: partitions are not a part of the load"},
        {"processed(download) > 1001%", "column 23: too large (expected at most 1000%)"},
        {"processed(download) > 1234567890123456", "column 23: too large (expected at most 15 digits)"},
        {"time == 5s", "column 6: time never equals"},
        {"time > 5", "column 9: expected a unit: h, min, s"},
        {"time > -5s", "column 8: expected a duration, such as 20s"},
        {"time > 999999999999999h", "column 8: too long"},
        {"time > 5s or time < 6s", "column 11: expected 'and', or nothing more"},
        {"time > 5s and", "column 14: expected time, or produced"},
        {"time > 5sand time < 6s", "column 9: expected a unit"},
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct condition condition;
        char error[CONDITION_ERROR_BYTES] = "";
        cr_expect_not(condition_parse(wrongs[i][0], &condition, error), "%s", wrongs[i][0]);
        cr_expect(strncmp(error, wrongs[i][1], strlen(wrongs[i][1])) == 0, "%s: %s", wrongs[i][0], error);
    }
}

Test(condition, it_has_at_most_so_many_comparisons_and_the_longest_can_be_written)
{
    char text[CONDITION_TEXT_BYTES] = "", written[CONDITION_TEXT_BYTES], error[CONDITION_ERROR_BYTES];
    for (int i = 0; i < CONDITION_TERMS_MAX; i++)
        sprintf(text + strlen(text), "%scommitted(%031d) >= 999999999999999", i ? " and " : "", i);
    struct condition condition = parse(text);
    condition_write(&condition, written);
    cr_expect_str_eq(written, text);
    strcat(text, " and time > 1s");
    cr_expect_not(condition_parse(text, &condition, error));
    cr_expect(strstr(error, "too many comparisons (expected at most 8)"), "%s", error);
}

/* Of a load of 200: so many are processed. */
static int64_t measure(void *opaque, const struct condition_term *term, int64_t *whole_out)
{
    *whole_out = 200;
    return term->measure == CONDITION_PROCESSED ? *(int64_t *)opaque : 3;
}

static bool holds(const char *text, int64_t processed, int64_t now_ns)
{
    struct condition condition = parse(text);
    return condition_holds(&condition, now_ns, &(struct condition_source){&processed, measure});
}

Test(condition, numbers_parts_and_times_are_compared)
{
    cr_expect(!holds("processed(x) >= 50%", 99, 0) && holds("processed(x) >= 50%", 100, 0));
    cr_expect(!holds("processed(x) > 50%", 100, 0) && holds("processed(x) > 50%", 101, 0));
    cr_expect(holds("processed(x) <= 7", 7, 0) && !holds("processed(x) < 7", 7, 0));
    cr_expect(holds("assigned(x) == 3", 0, 0) && !holds("assigned(x) == 4", 0, 0));
    cr_expect(holds("time >= 5s", 0, 5 * S) && !holds("time > 5s", 0, 5 * S));
    cr_expect(holds("time < 5s and processed(x) > 1", 2, 4 * S) &&
              !holds("time < 5s and processed(x) > 1", 2, 5 * S) &&
              !holds("time < 5s and processed(x) > 1", 1, 4 * S));
}

Test(condition, it_knows_when_time_alone_makes_a_difference)
{
    struct condition condition = parse("time >= 5s and time < 9s and processed(x) > 1");
    cr_expect_eq(condition_next_ns(&condition, 0), 5 * S);
    cr_expect_eq(condition_next_ns(&condition, 5 * S), 9 * S);
    cr_expect_eq(condition_next_ns(&condition, 9 * S), INT64_MAX);
    condition = parse("time > 5s");
    cr_expect_eq(condition_next_ns(&condition, 5 * S), 5 * S + 1);
}
