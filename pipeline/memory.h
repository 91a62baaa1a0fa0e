/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: allocation that does not come back empty-handed.
 *
 * A process without memory cannot keep any promise but one: to be as safe as if it had been killed. So
 * running out ends the process (MILLRACE_MEMORY) and no caller has an untested path for it. All is released
 * with free().
 */
#ifndef PIPELINE_MEMORY_H
#define PIPELINE_MEMORY_H

#include <stddef.h>

/* Zeroed. Never NULL. */
void *memory_new(size_t bytes);

/* As realloc; never NULL. bytes > 0. */
void *memory_resize(void *memory, size_t bytes);

/* A copy with a NUL added. */
char *memory_copy(const void *data, size_t bytes);
char *memory_string(const char *string);

/* Says so on standard error and ends the process. */
_Noreturn void memory_exhausted(void);

/* Ends the process when a library that reports lack of memory by NULL did so. Returns its argument. */
void *memory_check(void *result);

#endif
