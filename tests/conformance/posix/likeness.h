/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small POSIX programs, each of which prints a few lines. What they print natively is what they have to
 * print in the simulated world: that is how we know that the world is like Linux.
 *
 * A program runs as the main function of a process. Its current directory is an empty scratch directory, its
 * descriptors 0 to 2 are open and no others. It may run many times in one process, closes and frees what it
 * took, has joined its threads when it returns, and prints nothing that depends on scheduling, speed, port or
 * process numbers, or the sizes of kernel buffers. It leaves out fork, users and permissions, and terminals.
 */
#ifndef TESTS_CONFORMANCE_POSIX_LIKENESS_H
#define TESTS_CONFORMANCE_POSIX_LIKENESS_H

#include <stddef.h>

/* `name` is "family.sentence"; `run` prints on descriptor 1. A table of them ends with a NULL name. */
struct likeness_case {
    const char *name;
    void (*run)(void);
};

#define LIKENESS_CASE(family, function)                                                                      \
    {                                                                                                        \
#family "." #function, function                                                                      \
    }
#define LIKENESS_END                                                                                         \
    {                                                                                                        \
        NULL, NULL                                                                                           \
    }

/* All families, one table a file; ends with NULL. */
extern const struct likeness_case *const likeness_families[];

/* Number of cases in all families. */
size_t likeness_count(void);

/* The case at `index` in the order of the families, below likeness_count(). */
const struct likeness_case *likeness_at(size_t index);

/* The case of that full name, or NULL. */
const struct likeness_case *likeness_find(const char *name);

#endif
