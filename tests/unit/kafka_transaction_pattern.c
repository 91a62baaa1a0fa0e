/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of ListTransactions: sim/kafka/transaction_pattern.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include "sim/kafka/transaction_private.h"

/* 1, 0; -1: malformed. */
static int match(const char *pattern, const char *id)
{
    bool is_matched;
    if (!kafka_transaction_pattern_matches(wire_string_of(pattern), wire_string_of(id), &is_matched))
        return -1;
    return is_matched;
}

Test(kafka_transaction_pattern, matches_whole_ids_as_re2_does)
{
    static const struct {
        const char *pattern, *id;
        int expected;
    } rows[] = {
        {"", "", 1},
        {"abc", "abc", 1},
        {"abc", "xabc", 0},
        {"abc", "abcx", 0},
        {"a.c", "abc", 1},
        {"a.c", "a\nc", 0},
        {"copy-.*", "copy-17", 1},
        {"copy-.*", "coop-17", 0},
        {"a*", "", 1},
        {"a+", "", 0},
        {"a+b?", "aaa", 1},
        {"a+b?", "aab", 1},
        {"a+b?", "abb", 0},
        {"(ab)*", "ababab", 1},
        {"(ab)*", "aba", 0},
        {"(a|bc)+d", "abcad", 1},
        {"(a|bc)+d", "abd", 0},
        {"(?:a|)b", "b", 1},
        {"a|b|", "", 1},
        {"(a*)*", "aaaa", 1},
        {"((((a*)*)*)*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0},
        {"[a-c]+", "abcabc", 1},
        {"[a-c]+", "abd", 0},
        {"[^a-c]", "d", 1},
        {"[^a-c]", "b", 0},
        {"[]a]+", "a]", 1},
        {"[a-]+", "-a", 1},
        {"[\\d\\-x]+", "4-x", 1},
        {"[\\]]", "]", 1},
        {"\\d{3}", "123", 1},
        {"\\d{3}", "12", 0},
        {"\\d{2,3}", "12", 1},
        {"\\d{2,3}", "1234", 0},
        {"\\d{2,}", "12345", 1},
        {"a{,2}", "a{,2}", 1},
        {"a{0}b", "b", 1},
        {"\\w+\\.\\w+", "a_1.b2", 1},
        {"\\S+\\s\\D", "ab c", 1},
        {"^a$", "a", 1},
        {"a^b", "ab", 0},
        {"\\Aa\\z", "a", 1},
        {"a.*?b", "axxb", 1},
        {"a??", "", 1},
        {"k\xc3\xa4se", "k\xc3\xa4se", 1},
        {"k.se", "k\xc3\xa4se", 1},
        {"k..se", "k\xc3\xa4se", 0},
        {"(", "a", -1},
        {")", "a", -1},
        {"a)", "a", -1},
        {"[a", "a", -1},
        {"*a", "a", -1},
        {"a**", "a", -1},
        {"a\\", "a", -1},
        {"\\q", "a", -1},
        {"a{3,2}", "a", -1},
        {"a{1001}", "a", -1},
        {"(?i)a", "A", -1},
        {"a|*", "a", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(eq(int, match(rows[i].pattern, rows[i].id), rows[i].expected), "%s of %s", rows[i].pattern,
                  rows[i].id);
}

Test(kafka_transaction_pattern, any_text_is_matched_or_refused)
{
    static const char letters[] = "a()[]^|*?\\d{1,2}.-";
    uint32_t random = 1;
    for (int i = 0; i < 100000; i++) {
        char pattern[12];
        for (size_t j = 0; j < sizeof pattern - 1; j++) {
            random = random * 1664525U + 1013904223U;
            pattern[j] = letters[(random >> 16) % (sizeof letters - 1)];
        }
        pattern[sizeof pattern - 1] = '\0';
        pattern[(random >> 16) % sizeof pattern] = '\0';
        match(pattern, "aad1-a");
    }
}
