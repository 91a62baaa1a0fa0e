/* SPDX-License-Identifier: Apache-2.0 */
/* scenario: list the shipped ones, show what one means, check files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/cli/command.h"
#include "sim/cli/playable.h"
#include "sim/cli/options.h"

static const struct options_flag flags[] = {{0}};

static void print_line(void *opaque, const char *name, const char *comment)
{
    (void)opaque;
    printf(*comment ? "%-20s %s\n" : "%s\n", name, comment);
}

static int list(const struct options_positional *names)
{
    (void)names;
    scenario_list(print_line, NULL);
    return COMMAND_PASS;
}

static int show(const struct options_positional *names)
{
    char error[SCENARIO_ERROR_BYTES];
    if (names->count == 0)
        return options_complain("scenario show", "expected a SCENARIO");
    struct scenario *scenario = playable_load(names->at[0], error);
    if (!scenario)
        return options_complain("scenario show", "%s", error);
    char *text = scenario_show(scenario);
    printf("# hash %016llx\n%s", (unsigned long long)scenario->hash, text);
    free(text);
    scenario_free(scenario);
    return COMMAND_PASS;
}

/* Every file is judged, whatever became of those before it. */
static int lint(const struct options_positional *names)
{
    char error[SCENARIO_ERROR_BYTES];
    int code = COMMAND_PASS;
    if (names->count == 0)
        return options_complain("scenario lint", "expected a SCENARIO");
    for (int i = 0; i < names->count; i++) {
        struct scenario *scenario = playable_load(names->at[i], error);
        if (scenario)
            printf("%s: ok\n", names->at[i]);
        else
            code = options_complain("scenario lint", "%s", error);
        scenario_free(scenario);
    }
    return code;
}

static const struct {
    struct options_command command;
    int (*main)(const struct options_positional *names);
} commands[] = {
    {{.name = "scenario list", .usage = "", .about = "Names the shipped scenarios.\n", .flags = flags}, list},
    {{.name = "scenario show",
      .usage = "SCENARIO",
      .about = "Prints all that a scenario says or leaves at its default, and what each key means.\n",
      .flags = flags,
      .positional_max = 1},
     show},
    {{.name = "scenario lint",
      .usage = "SCENARIO..",
      .about = "Checks scenarios: what is wrong is one line each, and exit code 2.\n",
      .flags = flags,
      .positional_max = OPTIONS_POSITIONAL_MAX},
     lint},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

int scenario_command(int argc, char **argv)
{
    static const struct options_command self = {
        .name = "scenario",
        .usage = "list | show SCENARIO | lint SCENARIO..",
        .about = "Lists the shipped scenarios, shows what one means, or checks some.\n",
        .flags = flags,
        .positional_max = 1,
    };
    struct options_positional positional = {0};
    for (size_t i = 0; argc > 1 && i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].command.name + strlen("scenario ")) != 0)
            continue;
        int code = options_parse(&commands[i].command, argc - 1, argv + 1, NULL, &positional);
        return code == OPTIONS_GO ? commands[i].main(&positional) : code;
    }
    if (argc > 1 && argv[1][0] != '-')
        return options_complain("scenario", "unknown command %s (list, show or lint)", argv[1]);
    int code = options_parse(&self, argc, argv, NULL, &positional);
    return code == OPTIONS_GO ? options_complain("scenario", "expected list, show or lint") : code;
}
