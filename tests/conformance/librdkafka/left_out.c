/* SPDX-License-Identifier: Apache-2.0 */
/*
 * left_out: linked into the suite in front of two of its functions (ld's --wrap), so that its tests stay as they are.
 *
 * SUBTESTS_LEFT_OUT: substrings, separated by ';', of the sub-tests that are not run (left_out.txt says why). The suite
 * has an option for the opposite only.
 * JAVA_CLIENT: 0113's sub-test of a group with a Java client skips itself where a SASL mechanism is set, and in
 * librdkafka 2.0.2 one always is: the default is GSSAPI, and an empty value is refused. With this it sees none.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 256, LIST_BYTES = 1024 };

int __real_test_sub_start(const char *function, int line, int is_quick, const char *format, ...);
int __wrap_test_sub_start(const char *function, int line, int is_quick, const char *format, ...);
const char *__real_test_conf_get(const void *configuration, const char *name);
const char *__wrap_test_conf_get(const void *configuration, const char *name);

static bool is_left_out(const char *name)
{
    char list[LIST_BYTES], *rest = list, *one;
    const char *asked = getenv("SUBTESTS_LEFT_OUT");
    snprintf(list, sizeof list, "%s", asked ? asked : "");
    while ((one = strsep(&rest, ";")))
        if (*one && strstr(name, one))
            return true;
    return false;
}

int __wrap_test_sub_start(const char *function, int line, int is_quick, const char *format, ...)
{
    char text[NAME_BYTES] = "", name[2 * NAME_BYTES];
    if (format) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
    }
    snprintf(name, sizeof name, "%s: %s", function, text);
    if (!is_left_out(name))
        return __real_test_sub_start(function, line, is_quick, "%s", text);
    fprintf(stderr, "[ %s: SKIP: left out ]\n", name);
    return 0;
}

const char *__wrap_test_conf_get(const void *configuration, const char *name)
{
    if (strcmp(name, "sasl.mechanism") == 0 && getenv("JAVA_CLIENT"))
        return "";
    return __real_test_conf_get(configuration, name);
}
