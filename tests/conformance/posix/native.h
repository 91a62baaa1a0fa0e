/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a case on the real kernel: forked, in a fresh scratch directory, with only descriptors 0 to 2 open,
 * every signal at its default, and 10 s to live.
 */
#ifndef TESTS_CONFORMANCE_POSIX_NATIVE_H
#define TESTS_CONFORMANCE_POSIX_NATIVE_H

#include "tests/conformance/posix/likeness.h"

#define LIKENESS_NATIVE_MS_MAX 10000

/*
 * What the case printed, for the caller to free; NULL if it could not be started (errno says why). A case
 * that does not return adds a last line: "ended by SIGSEGV", "ended after 10000 ms", "ended with exit status
 * 3".
 */
char *likeness_native_output(const struct likeness_case *test_case) __attribute__((warn_unused_result));

#endif
