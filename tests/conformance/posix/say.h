/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the cases print: one line a call, written to descriptor 1 at once, so that nothing is lost or doubled
 * when a case dies. Errors are printed by their symbols.
 */
#ifndef TESTS_CONFORMANCE_POSIX_SAY_H
#define TESTS_CONFORMANCE_POSIX_SAY_H

#include <stdbool.h>

/* Prints one line; the newline is added. Lines of more than 500 bytes are cut. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "call: 5", or "call: -1 EAGAIN" by errno if the result is negative. Returns the result. */
long say_call(const char *call, long result);

/* "call: ok" for a result of 0 or more (a descriptor, say), or "call: EAGAIN" by errno. True if ok. */
bool say_ok(const char *call, long result);

/* For calls that return their error: "call: 0" or "call: EBUSY". */
void say_error(const char *call, int error);

/* For C11 thread calls: "call: thrd_success". */
void say_thrd(const char *call, int result);

/* "claim: yes" or "claim: no". */
void say_whether(const char *claim, bool truth);

/* `call: "bytes"` for the `count` bytes that a read gave; as say_call if `count` is negative. */
void say_bytes(const char *call, const void *bytes, long count);

/* "what: POLLIN|POLLHUP", or "what: nothing". */
void say_poll(const char *what, short revents);

#endif
