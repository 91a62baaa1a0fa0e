/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native: the suite as an ordinary program.
 *
 * 0113's test of a group with a Java client skips itself where a SASL mechanism is set, and in librdkafka 2.0.2 one
 * always is: the default is GSSAPI, and an empty value is refused. JAVA_CLIENT=1 lets it see none.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

int librdkafka_test_main(int argc, char **argv);
const char *test_conf_get(const void *configuration, const char *name);

/* In front of the suite's own. */
const char *test_conf_get(const void *configuration, const char *name)
{
    const char *(*suites)(const void *, const char *);
    *(void **)&suites = dlsym(RTLD_NEXT, "test_conf_get");
    if (strcmp(name, "sasl.mechanism") == 0 && getenv("JAVA_CLIENT"))
        return "";
    return suites(configuration, name);
}

int main(int argc, char **argv)
{
    return librdkafka_test_main(argc, argv);
}
