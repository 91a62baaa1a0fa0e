/* SPDX-License-Identifier: Apache-2.0 */
/* bug_flag: see bug_flag.h. */
#include "sim/cli/bug_flag.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

bool bug_flag_exists(const char *name)
{
    enum kafka_bug bug;
    return kafka_bug_of(name, &bug);
}

bool bug_flag_add(struct bug_flag *flag, const char *name, char error_out[OPTIONS_ERROR_BYTES])
{
    if (!bug_flag_exists(name)) {
        int used = snprintf(error_out, OPTIONS_ERROR_BYTES, "expected one of");
        for (size_t i = 0; kafka_bug_at(i); i++)
            used += snprintf(error_out + used, OPTIONS_ERROR_BYTES - (size_t)used, "%s %s", i ? "," : "",
                             kafka_bug_at(i)->name);
        return false;
    }
    for (size_t i = 0; i < flag->count; i++)
        if (strcmp(flag->names[i], name) == 0)
            return true;
    flag->names[flag->count++] = name;
    return true;
}

uint32_t bug_flag_set(const struct bug_flag *flag)
{
    uint32_t set = 0;
    for (size_t i = 0; i < flag->count; i++) {
        enum kafka_bug bug;
        bool is_known = kafka_bug_of(flag->names[i], &bug);
        assert(is_known);
        set |= UINT32_C(1) << bug;
    }
    return set;
}
