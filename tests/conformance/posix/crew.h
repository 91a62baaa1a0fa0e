/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for the cases: start one, or start several alike and join them. */
#ifndef TESTS_CONFORMANCE_POSIX_CREW_H
#define TESTS_CONFORMANCE_POSIX_CREW_H

#include <pthread.h>

#define CREW_MAX 16

/* Starts one thread; a failure is printed and ends the process with 3: no case can go on without it. */
pthread_t crew_start(void *(*body)(void *), void *argument);

/* Joins it; a failure is printed. Returns what the thread returned. */
void *crew_join(pthread_t thread);

/* Runs `count` threads, at most CREW_MAX, on the same argument, and joins them all. */
void crew_run(int count, void *(*body)(void *), void *argument);

#endif
