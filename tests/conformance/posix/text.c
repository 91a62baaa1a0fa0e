/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: text functions that take memory from the library's own allocations, or that clients rely on. They
 * have no system to ask, so they show that malloc, locale and thread state under them work.
 */
#include <errno.h>
#include <fnmatch.h>
#include <locale.h>
#include <netdb.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"

static void copies_can_be_freed(void)
{
    char *copy = strdup("a copy"), *part = strndup("a part of it", 6), *made = NULL;
    say_call("asprintf", asprintf(&made, "%s and %s", copy, part));
    say("%s", made);
    free(made);
    free(part);
    free(copy);
}

static void a_memory_stream_grows(void)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    fprintf(stream, "%d", 1);
    fflush(stream);
    say("\"%s\" of %zu", text, bytes);
    for (int i = 0; i < 10000; i++)
        fputs("0123456789", stream);
    fclose(stream);
    say("%zu, ends with %s", bytes, text + bytes - 10);
    free(text);
}

static void errors_have_texts(void)
{
    char text[64];
    say("%s", strerror(ENOENT));
    say("%s", strerror_r(ECONNREFUSED, text, sizeof(text)));
    say("%s", strerror_r(9999, text, sizeof(text)));
    say("%s", gai_strerror(EAI_NONAME));
    say("%s", strsignal(15));
}

static void *say_strerror(void *argument)
{
    say("%s", strerror(7777));
    return argument;
}

static void threads_have_their_own_error_texts(void)
{
    char *here = strerror(6666);
    crew_join(crew_start(say_strerror, NULL));
    say("%s", here);
}

static void numbers_are_read_and_written(void)
{
    char *end;
    errno = 0;
    say("%ld", strtol("9999999999999999999", &end, 10));
    say_error("errno", errno);
    errno = 0;
    unsigned long long number_read = strtoull("0x1fg", &end, 0);
    say("%llu, then \"%s\"", number_read, end);
    double value = strtod("2.5e3x", &end);
    say("%.3f, then \"%s\"", value, end);
    say("%s", localeconv()->decimal_point);
    char number[64];
    say_call("snprintf",
             snprintf(number, sizeof(number), "%.17g|%08.3f|%-6d|%+d|%x", 0.1, 3.14159, 42, 7, 255));
    say("%s", number);
    volatile size_t room = 4;
    say_call("what would have been written", snprintf(number, room, "%s", "longer"));
    say("%s", number);
    int one = 0, two = 0;
    say_call("sscanf", sscanf("12:34", "%d:%d", &one, &two));
    say("%d %d", one, two);
}

static int compare_numbers(const void *one, const void *other)
{
    int a = *(const int *)one, b = *(const int *)other;
    return (a > b) - (a < b);
}

static void a_large_array_is_sorted(void)
{
    enum { COUNT = 5000 };
    int *numbers = malloc(COUNT * sizeof(int));
    for (int i = 0; i < COUNT; i++)
        numbers[i] = i * 7919 % COUNT;
    qsort(numbers, COUNT, sizeof(int), compare_numbers);
    int wrong = 0;
    for (int i = 0; i < COUNT; i++)
        wrong += numbers[i] != i;
    say("wrong %d", wrong);
    int wanted = 1234;
    int *found = bsearch(&wanted, numbers, COUNT, sizeof(int), compare_numbers);
    say("found at %d", found ? (int)(found - numbers) : -1);
    free(numbers);
}

static void patterns_match(void)
{
    regex_t pattern;
    char text[64];
    say_call("regcomp", regcomp(&pattern, "^xact\\.[a-z]+\\.(pending|done)$", REG_EXTENDED));
    regmatch_t match[2];
    say_call("match", regexec(&pattern, "xact.downloads.pending", 2, match, 0));
    say("from %d to %d", (int)match[1].rm_so, (int)match[1].rm_eo);
    say_whether("no match", regexec(&pattern, "xact.downloads", 0, NULL, 0) == REG_NOMATCH);
    regfree(&pattern);
    int error = regcomp(&pattern, "(", REG_EXTENDED);
    regerror(error, &pattern, text, sizeof(text));
    say("%s", text);
    say("%d %d", fnmatch("*.tmp", "part.tmp", 0), fnmatch("*.tmp", "part", 0) == FNM_NOMATCH);
}

static void words_are_split(void)
{
    char text[] = "one,two,,three", *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        say("%s", word);
}

const struct likeness_case likeness_text[] = {
    LIKENESS_CASE(text, copies_can_be_freed),
    LIKENESS_CASE(text, a_memory_stream_grows),
    LIKENESS_CASE(text, errors_have_texts),
    LIKENESS_CASE(text, threads_have_their_own_error_texts),
    LIKENESS_CASE(text, numbers_are_read_and_written),
    LIKENESS_CASE(text, a_large_array_is_sorted),
    LIKENESS_CASE(text, patterns_match),
    LIKENESS_CASE(text, words_are_split),
    LIKENESS_END,
};
