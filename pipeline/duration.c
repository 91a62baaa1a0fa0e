/* SPDX-License-Identifier: Apache-2.0 */
/* duration: see duration.h. */
#include "pipeline/duration.h"

#include "pipeline/clock.h"

#include <string.h>

static const int64_t longest_ns = INT64_C(30) * 86400 * CLOCK_NS_PER_S;

bool duration_parse(const char *text, size_t length, int64_t *ns_out)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {{"ms", CLOCK_NS_PER_MS},
                 {"s", CLOCK_NS_PER_S},
                 {"m", 60 * CLOCK_NS_PER_S},
                 {"h", 3600 * CLOCK_NS_PER_S}};
    int64_t count = 0;
    size_t at = 0;
    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        count = count * 10 + (text[at] - '0');
        if (count > longest_ns / CLOCK_NS_PER_MS)
            return false;
    }
    if (at == 0 || count == 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (length - at != strlen(units[i].unit) || memcmp(text + at, units[i].unit, length - at) != 0)
            continue;
        if (count > longest_ns / units[i].ns)
            return false;
        *ns_out = count * units[i].ns;
        return true;
    }
    return false;
}
