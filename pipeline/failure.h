/* SPDX-License-Identifier: Apache-2.0 */
/* failure: why an attachment could not be fetched or stored, and what that means for its task. */
#ifndef PIPELINE_FAILURE_H
#define PIPELINE_FAILURE_H

#include <stdbool.h>

enum { FAILURE_TEXT_BYTES = 501 };

/* The words of the wire format. There is one enum of them, and one place that turns it into words. */
enum failure_category {
    FAILURE_TRANSIENT, /* 408, 425, 429, 5xx, time limits, connections, truncated bodies */
    FAILURE_AUTH,      /* 401, 403: retried later, since tokens get renewed */
    FAILURE_PERMANENT, /* other 4xx, validation, too large */
    FAILURE_STORAGE,   /* the storage's own */
};

struct failure {
    enum failure_category category;
    bool is_retriable;
    int retry_after_s; /* what the server asked for; 0: nothing */
    char text[FAILURE_TEXT_BYTES];
};

const char *failure_category_name(enum failure_category category);

/* Fills in; the text is cut to fit, at a character's boundary. */
void failure_set(struct failure *failure, enum failure_category category, bool is_retriable,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Cuts UTF-8 text to at most bytes, in place, never inside a character. */
void failure_cut(char *text, int bytes);

/* What an HTTP status that is no success means for a download. */
void failure_from_status(struct failure *failure, long status);

#endif
