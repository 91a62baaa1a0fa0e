/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix-likeness: runs cases natively and prints what they print. With no names it runs all; --list gives the
 * names only. Exit codes: 0 all ran to their end, 1 one could not be started, 2 usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/posix/native.h"

static int run(const struct likeness_case *test_case)
{
    char *output = likeness_native_output(test_case);
    if (!output) {
        perror(test_case->name);
        return 1;
    }
    printf("%s\n", test_case->name);
    for (char *rest = output, *line; (line = strsep(&rest, "\n"));)
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
    for (int i = 1; i < argc; i++) {
        if (!likeness_find(argv[i])) {
            fprintf(stderr, "%s: no such case\nusage: posix-likeness [--list] [NAME..]\n", argv[i]);
            return 2;
        }
    }
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run(likeness_find(argv[i]));
    for (size_t i = 0; argc == 1 && i < likeness_count(); i++)
        failed |= run(likeness_at(i));
    return failed;
}
