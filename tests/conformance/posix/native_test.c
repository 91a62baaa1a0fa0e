/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases on the real kernel: each is worth comparing with, because it prints the same every time, also
 * when it runs again in the same process, and leaves nothing open.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/conformance/posix/native.h"
#include "tests/conformance/posix/say.h"

static char *output_of(const struct likeness_case *test_case)
{
    char *output = likeness_native_output(test_case);
    cr_assert_not_null(output, "%s could not be started", test_case->name);
    return output;
}

/* The last line of an output that ends in the way of native.h, or NULL. */
static const char *bad_end(const char *output)
{
    const char *end = strstr(output, "\nended ");
    return end ? end + 1 : strncmp(output, "ended ", 6) == 0 ? output : NULL;
}

Test(likeness, every_case_prints_the_same_twice, .timeout = 300)
{
    for (size_t i = 0; i < likeness_count(); i++) {
        const struct likeness_case *test_case = likeness_at(i);
        char *first = output_of(test_case), *second = output_of(test_case);
        cr_expect_str_eq(first, second, "%s printed\n%sand then\n%s", test_case->name, first, second);
        cr_expect(strchr(first, '\n'), "%s printed nothing", test_case->name);
        cr_expect_null(bad_end(first), "%s %s", test_case->name, bad_end(first));
        free(first);
        free(second);
    }
}

/* Set before the fork that runs the function below. */
static const struct likeness_case *repeated;

static int descriptors_open(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void run_twice(void)
{
    int before = descriptors_open();
    for (int i = 0; i < 2; i++) {
        repeated->run();
        say("--");
        DIR *directory = opendir(".");
        for (struct dirent *entry; (entry = readdir(directory));)
            if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
                say("left over: %s", entry->d_name);
        closedir(directory);
    }
    if (descriptors_open() != before)
        say("descriptors were left open");
}

Test(likeness, every_case_can_run_again_in_its_process, .timeout = 300)
{
    for (size_t i = 0; i < likeness_count(); i++) {
        repeated = likeness_at(i);
        const struct likeness_case twice = {.name = repeated->name, .run = run_twice};
        char *once = output_of(repeated), *output = output_of(&twice), *expected = NULL;
        cr_assert_geq(asprintf(&expected, "%s--\n%s--\n", once, once), 0);
        cr_expect_str_eq(output, expected, "%s printed\n%sbut once\n%s", repeated->name, output, once);
        free(expected);
        free(output);
        free(once);
    }
}

Test(likeness, names_are_unique_and_can_be_found)
{
    cr_expect_geq(likeness_count(), 100);
    for (size_t i = 0; i < likeness_count(); i++) {
        const struct likeness_case *test_case = likeness_at(i);
        cr_expect_eq(likeness_find(test_case->name), test_case, "%s is there twice", test_case->name);
    }
    cr_expect_null(likeness_find("socket_stream.no_such_case"));
    cr_expect_null(likeness_at(likeness_count()));
}

static void die(void)
{
    say("before");
    raise(SIGTERM);
    say("after");
}

static void leave(void)
{
    _exit(3);
}

static void list_surroundings(void)
{
    say("descriptors %d", descriptors_open());
    DIR *directory = opendir(".");
    int names = 0;
    while (readdir(directory))
        names++;
    closedir(directory);
    say("names %d", names);
    if (mkdir("inner", 0755) == 0 && mkdir("inner/most", 0755) == 0)
        say("made");
}

Test(likeness, a_case_that_dies_says_so)
{
    const struct likeness_case dying = {.name = "dying", .run = die},
                               leaving = {.name = "leaving", .run = leave};
    char *output = output_of(&dying);
    cr_expect_str_eq(output, "before\nended by SIGTERM\n");
    cr_expect_not_null(bad_end(output));
    free(output);
    output = output_of(&leaving);
    cr_expect_str_eq(output, "ended with exit status 3\n");
    free(output);
}

Test(likeness, a_case_starts_in_an_empty_directory_with_three_descriptors)
{
    const struct likeness_case listing = {.name = "listing", .run = list_surroundings};
    for (int i = 0; i < 2; i++) {
        /* 0 to 2, the listing's own, and the entries . and .. */
        char *output = output_of(&listing);
        cr_expect_str_eq(output, "descriptors 6\nnames 2\nmade\n");
        free(output);
    }
}
