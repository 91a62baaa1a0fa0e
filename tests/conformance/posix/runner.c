/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix-likeness [NAME..]: runs cases natively, all if none is named, and prints the name of each and,
 * indented, what it printed. --list gives the names only; --raw NAME gives what that one printed and nothing
 * else. Exit codes: 0 all were run, 1 one could not be started, 2 usage.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/posix/native.h"

static int run(const struct likeness_case *test_case, bool raw)
{
    char *output = likeness_native_output(test_case);
    if (!output) {
        perror(test_case->name);
        return 1;
    }
    if (raw)
        fputs(output, stdout);
    else
        printf("%s\n", test_case->name);
    for (char *rest = output, *line; !raw && (line = strsep(&rest, "\n"));)
        if (*line)
            printf("    %s\n", line);
    free(output);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < likeness_count(); i++)
            puts(likeness_at(i)->name);
        return 0;
    }
    bool raw = argc == 3 && strcmp(argv[1], "--raw") == 0;
    int first = raw ? 2 : 1;
    for (int i = first; i < argc; i++) {
        if (!likeness_find(argv[i])) {
            fprintf(stderr, "%s: no such case\nusage: posix-likeness [--list | --raw NAME | NAME..]\n",
                    argv[i]);
            return 2;
        }
    }
    int failed = 0;
    for (int i = first; i < argc; i++)
        failed |= run(likeness_find(argv[i]), raw);
    for (size_t i = 0; argc == 1 && i < likeness_count(); i++)
        failed |= run(likeness_at(i), false);
    return failed;
}
