/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all families, and looking a case up in it. */
#include <string.h>

#include "tests/conformance/posix/families.h"

const struct likeness_case *const likeness_families[] = {
    likeness_socket_stream,
    likeness_socket_connect,
    likeness_bind,
    likeness_socket_close,
    likeness_socket_nonblock,
    likeness_socket_options,
    likeness_poll,
    likeness_pipe,
    likeness_eventfd,
    likeness_descriptor,
    likeness_resolve,
    likeness_file_open,
    likeness_file_io,
    likeness_file_name,
    likeness_directory,
    likeness_stdio,
    likeness_thread,
    likeness_mutex,
    likeness_cond,
    likeness_rwlock,
    likeness_semaphore,
    likeness_once,
    likeness_tls,
    likeness_clock,
    likeness_random,
    likeness_environment,
    likeness_signal,
    likeness_memory,
    likeness_text,
    likeness_alias,
    NULL,
};

size_t likeness_count(void)
{
    size_t count = 0;
    for (const struct likeness_case *const *family = likeness_families; *family; family++)
        for (const struct likeness_case *each = *family; each->name; each++)
            count++;
    return count;
}

const struct likeness_case *likeness_at(size_t index)
{
    for (const struct likeness_case *const *family = likeness_families; *family; family++)
        for (const struct likeness_case *each = *family; each->name; each++)
            if (index-- == 0)
                return each;
    return NULL;
}

const struct likeness_case *likeness_find(const char *name)
{
    for (size_t i = 0; i < likeness_count(); i++)
        if (strcmp(likeness_at(i)->name, name) == 0)
            return likeness_at(i);
    return NULL;
}
