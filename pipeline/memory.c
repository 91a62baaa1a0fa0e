/* SPDX-License-Identifier: Apache-2.0 */
/* memory: see memory.h. */
#include "pipeline/memory.h"

#include "pipeline/millrace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void memory_exhausted(void)
{
    static const char line[] = "millrace: out of memory\n";
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(MILLRACE_MEMORY);
}

void *memory_check(void *result)
{
    if (!result)
        memory_exhausted();
    return result;
}

void *memory_new(size_t bytes)
{
    return memory_check(calloc(1, bytes ? bytes : 1));
}

void *memory_resize(void *memory, size_t bytes)
{
    return memory_check(realloc(memory, bytes));
}

char *memory_copy(const void *data, size_t bytes)
{
    char *copy = memory_check(malloc(bytes + 1));
    if (bytes)
        memcpy(copy, data, bytes);
    copy[bytes] = '\0';
    return copy;
}

char *memory_string(const char *string)
{
    return memory_copy(string, strlen(string));
}
