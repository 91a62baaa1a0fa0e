/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/check.h"
#include "sim/cli/command.h"
#include "sim/cli/options.h"

/* While the arguments are read. */
struct reading {
    struct check_options options;
    bool has_budget;
};

static bool set_budget(struct reading *reading, enum bounded_class class, const char *value, char *error_out)
{
    uint64_t steps;
    if (!options_read_number(value, 0, BOUNDED_STEPS_MAX / BOUNDED_CLASSES, &steps)) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number from 0 to %d",
                 BOUNDED_STEPS_MAX / BOUNDED_CLASSES);
        return false;
    }
    reading->options.budget[class] = (uint32_t)steps;
    reading->has_budget = true;
    return true;
}

static bool set_deviations(void *into, const char *value, char *error_out)
{
    return set_budget(into, BOUNDED_DEVIATION, value, error_out);
}

static bool set_faults(void *into, const char *value, char *error_out)
{
    return set_budget(into, BOUNDED_FAULT, value, error_out);
}

static bool set_duration(void *into, const char *value, char *error_out)
{
    return options_set_duration(value, &((struct reading *)into)->options.stop_after_ns, error_out);
}

static bool set_jobs(void *into, const char *value, char *error_out)
{
    return options_set_jobs(value, EXPLORE_WORKERS_MAX, &((struct reading *)into)->options.workers,
                            error_out);
}

static bool set_directory(void *into, const char *value, char *error_out)
{
    return options_set_directory(value, &((struct reading *)into)->options.directory, error_out);
}

static bool set_output(void *into, const char *value, char *error_out)
{
    struct check_options *options = &((struct reading *)into)->options;
    return report_add_output(options->outputs, &options->output_count, value, error_out);
}

static bool set_bug(void *into, const char *value, char *error_out)
{
    return bug_flag_add(&((struct reading *)into)->options.bugs, value, error_out);
}

static const struct options_flag flags[] = {
    {"--max-deviations", "N", OPTIONS_VALUE, NULL,
     "so many decisions at most are taken otherwise; default 0,\nor 1 where --max-faults is not given either",
     set_deviations},
    {"--max-faults", "N", OPTIONS_VALUE, NULL, "so many faults at most; default 0", set_faults},
    {"--for", "DUR", OPTIONS_VALUE, NULL, "not longer than that (500ms, 30s, 10min, 2h)", set_duration},
    {"-j", "N", OPTIONS_VALUE, "MILLRACE_JOBS", "worker processes; default: one for each core", set_jobs},
    {"-o", "DIR", OPTIONS_VALUE, NULL, "artefacts go here; default as of run", set_directory},
    {"--output", "KIND", OPTIONS_VALUE, NULL, "tty, plain or jsonl, as of run", set_output},
    {BUG_FLAG, "NAME", OPTIONS_VALUE, NULL, BUG_FLAG_HELP, set_bug},
    {0},
};

static const struct options_command command = {
    .name = "check",
    .usage = "SCENARIO [--max-deviations N] [--max-faults N] [--for DUR] [-j N] [-o DIR]\n"
             "                          [--output tty|plain|jsonl].. [" BUG_FLAG " NAME]..",
    .about =
        "Plays every run of a scenario within a budget: first the uneventful one, then all that take one "
        "decision\n"
        "otherwise, then two, and so on. Walked are which thread runs next, how long a message takes, which "
        "timeouts come\n"
        "late (deviations); and a kill at every point to which the scenario binds one (faults). Not walked: "
        "preemption in\n"
        "the midst of a thread's work; clocks, random bytes, and other faults stay as they are. Of a "
        "decision "
        "with more than\n"
        "8 options, 8 are walked. The first violation ends the walk, so it needs as few steps as any; it "
        "leaves a trace.\n",
    .more = "Exit codes: 0 exhausted, without a violation; 1 a property failed; 2 usage or configuration; 3 "
            "not exhausted in\n"
            "the time; 4 a run played twice was not the same.\n" BUG_FLAG_NAMES,
    .flags = flags,
    .positional_max = 1,
};

bool check_options_read(struct check_options *options_out, int argc, char **argv, int *code_out)
{
    struct reading reading = {.options.workers = options_cores(EXPLORE_WORKERS_MAX)};
    struct check_options *options = &reading.options;
    struct options_positional positional;
    *code_out = options_parse(&command, argc, argv, &reading, &positional);
    if (*code_out != OPTIONS_GO)
        return false;
    *code_out = COMMAND_USAGE;
    if (positional.count == 0) {
        options_complain("check", "expected a SCENARIO, such as group-small");
        return false;
    }
    options->scenario = positional.at[0];
    if (!reading.has_budget)
        options->budget[BOUNDED_DEVIATION] = 1;
    if (options->output_count == 0)
        options->outputs[options->output_count++] =
            isatty(STDOUT_FILENO) && !options_is_set("CI") ? REPORT_TTY : REPORT_PLAIN;
    *options_out = *options;
    return true;
}
