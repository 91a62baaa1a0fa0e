/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/known.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *shows, *documentation;
} bugs[] = {
    {"librdkafka-4312", "(rd_kafka_sticky_assignor_state_destroy)",
     "librdkafka #4312: a cooperative-sticky consumer that is destroyed before its first assignment aborts; "
     "mended in "
     "2.3.0 (#4381)"},
};
enum { BUGS = sizeof bugs / sizeof bugs[0] };

const char *known_bug(const char *crash)
{
    for (size_t i = 0; i < BUGS; i++)
        if (strstr(crash, bugs[i].shows))
            return bugs[i].name;
    return NULL;
}

const char *known_bug_documentation(const char *name)
{
    for (size_t i = 0; i < BUGS; i++)
        if (strcmp(bugs[i].name, name) == 0)
            return bugs[i].documentation;
    return NULL;
}
