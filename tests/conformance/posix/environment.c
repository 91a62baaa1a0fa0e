/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: the environment and the identity of a process. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"

static void say_variable(const char *name)
{
    const char *value = getenv(name);
    say("%s: %s", name, value ? value : "(none)");
}

static void variables_are_set_and_unset(void)
{
    say_variable("LIKENESS_ONE");
    say_call("setenv", setenv("LIKENESS_ONE", "1", 0));
    say_variable("LIKENESS_ONE");
    say_call("setenv, keeping", setenv("LIKENESS_ONE", "2", 0));
    say_variable("LIKENESS_ONE");
    say_call("setenv, replacing", setenv("LIKENESS_ONE", "3", 1));
    say_variable("LIKENESS_ONE");
    say_call("setenv to nothing", setenv("LIKENESS_ONE", "", 1));
    say_variable("LIKENESS_ONE");
    say_call("unsetenv", unsetenv("LIKENESS_ONE"));
    say_variable("LIKENESS_ONE");
    say_call("unsetenv again", unsetenv("LIKENESS_ONE"));
}

static void names_say_what_is_wrong(void)
{
    say_call("setenv of no name", setenv("", "1", 1));
    say_call("setenv with =", setenv("A=B", "1", 1));
    say_call("unsetenv with =", unsetenv("A=B"));
    say_variable("LIKENESS");
    setenv("LIKENESS_LONGER", "x", 1);
    say_variable("LIKENESS");
    unsetenv("LIKENESS_LONGER");
}

static void *get_variable(void *argument)
{
    say_variable(argument);
    return (void *)(intptr_t)getpid();
}

static void threads_share_variables_and_number(void)
{
    setenv("LIKENESS_SHARED", "by all", 1);
    pid_t number = (pid_t)(intptr_t)crew_join(crew_start(get_variable, "LIKENESS_SHARED"));
    say_whether("getpid is the same in every thread", number == getpid());
    say_whether("it is positive", getpid() > 0);
    say_whether("it has a parent", getppid() >= 0);
    unsetenv("LIKENESS_SHARED");
}

static void users_are_themselves(void)
{
    say_whether("geteuid", geteuid() == getuid());
    say_whether("getegid", getegid() == getgid());
}

static void the_system_tells_its_sizes(void)
{
    say_whether("a page", sysconf(_SC_PAGESIZE) == getpagesize());
    say("%ld", sysconf(_SC_PAGESIZE));
    say_whether("processors", sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    errno = 0;
    say_call("an unknown question", sysconf(9999));
}

const struct likeness_case likeness_environment[] = {
    LIKENESS_CASE(environment, variables_are_set_and_unset),
    LIKENESS_CASE(environment, names_say_what_is_wrong),
    LIKENESS_CASE(environment, threads_share_variables_and_number),
    LIKENESS_CASE(environment, users_are_themselves),
    LIKENESS_CASE(environment, the_system_tells_its_sizes),
    LIKENESS_END,
};
