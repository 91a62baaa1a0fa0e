/* SPDX-License-Identifier: Apache-2.0 */
/* failure: see failure.h. */
#include "pipeline/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *failure_category_name(enum failure_category category)
{
    switch (category) {
    case FAILURE_TRANSIENT:
        return "transient";
    case FAILURE_AUTH:
        return "auth";
    case FAILURE_PERMANENT:
        return "permanent";
    case FAILURE_STORAGE:
        return "storage";
    }
    return NULL;
}

void failure_cut(char *text, int bytes)
{
    if (strlen(text) <= (size_t)bytes)
        return;
    while (bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
        bytes--;
    text[bytes] = '\0';
}

void failure_set(struct failure *failure, enum failure_category category, bool is_retriable,
                 const char *format, ...)
{
    char text[2 * FAILURE_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    failure_cut(text, FAILURE_TEXT_BYTES - 1);
    *failure = (struct failure){.category = category, .is_retriable = is_retriable};
    memcpy(failure->text, text, strlen(text) + 1);
}

void failure_from_status(struct failure *failure, long status)
{
    bool is_transient = status == 408 || status == 425 || status == 429 || status >= 500;
    if (is_transient)
        failure_set(failure, FAILURE_TRANSIENT, true, "HTTP status %ld", status);
    else if (status == 401 || status == 403)
        failure_set(failure, FAILURE_AUTH, true, "HTTP status %ld", status);
    else if (status >= 300 && status < 400)
        failure_set(failure, FAILURE_PERMANENT, false, "HTTP status %ld: redirects are not followed", status);
    else
        failure_set(failure, FAILURE_PERMANENT, false, "HTTP status %ld", status);
}
