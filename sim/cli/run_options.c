/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/command.h"
#include "sim/cli/run.h"
#include "sim/explore/explore.h"

#define SEEDS_FROM_VARIABLE "MILLRACE_SEEDS_FROM"

/* While the arguments are read. */
struct reading {
    struct run_options options;
    const char *extent; /* the flag that said how many seeds */
    const char *seeds_from;
};

/* Which seeds: one of three ways, and a flag beats the environment. */
static bool set_extent(struct reading *reading, const char *flag, char *error_out)
{
    if (reading->extent && strcmp(reading->extent, flag) != 0) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "not together with %s", reading->extent);
        return false;
    }
    reading->extent = flag;
    reading->options.stop_after_ns = 0;
    return true;
}

static bool set_seeds(void *into, const char *value, char *error_out)
{
    struct reading *reading = into;
    if (!strstr(value, "..") ||
        !options_read_seeds(value, &reading->options.seed_first, &reading->options.seed_last)) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected A..B with A <= B");
        return false;
    }
    return set_extent(reading, "--seeds", error_out);
}

static bool set_count(void *into, const char *value, char *error_out)
{
    struct reading *reading = into;
    reading->options.seed_first = 1;
    if (!options_read_number(value, 1, INT64_MAX, &reading->options.seed_last)) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number of seeds, at least 1");
        return false;
    }
    return set_extent(reading, "-n", error_out);
}

static bool set_duration(void *into, const char *value, char *error_out)
{
    struct reading *reading = into;
    int64_t duration_ns;
    if (!options_set_duration(value, &duration_ns, error_out) || !set_extent(reading, "--for", error_out))
        return false;
    reading->options.seed_first = 1;
    reading->options.seed_last = INT64_MAX;
    reading->options.stop_after_ns = duration_ns;
    return true;
}

static bool set_jobs(void *into, const char *value, char *error_out)
{
    return options_set_jobs(value, EXPLORE_WORKERS_MAX, &((struct reading *)into)->options.workers,
                            error_out);
}

static bool set_check(void *into, const char *value, char *error_out)
{
    struct run_options *options = &((struct reading *)into)->options;
    options->checks = true;
    options->check_fraction = 0.05;
    if (!value || options_read_fraction(value, &options->check_fraction))
        return true;
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a fraction from 0 to 1");
    return false;
}

static bool set_failures(void *into, const char *value, char *error_out)
{
    if (options_read_number(value, 1, INT64_MAX, &((struct reading *)into)->options.failures_max))
        return true;
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number, at least 1");
    return false;
}

static bool set_directory(void *into, const char *value, char *error_out)
{
    return options_set_directory(value, &((struct reading *)into)->options.directory, error_out);
}

/* KIND, or KIND=FILE for one that writes a file. */
static bool set_output(void *into, const char *value, char *error_out)
{
    struct run_options *options = &((struct reading *)into)->options;
    const char *equals = strchr(value, '='), *path = equals && equals[1] ? equals + 1 : NULL;
    size_t bytes = equals ? (size_t)(equals - value) : strlen(value);
    for (int i = 0; i < REPORT_KINDS; i++) {
        enum report_kind kind = (enum report_kind)i;
        const char *name = report_name(kind);
        if (strlen(name) != bytes || memcmp(name, value, bytes) != 0 || (kind == REPORT_JUNIT) != !!path)
            continue;
        size_t at = 0;
        while (at < options->output_count && options->outputs[at].kind != kind)
            at++;
        options->outputs[at] = (struct run_output){kind, path};
        options->output_count += at == options->output_count;
        return true;
    }
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected tty, plain, jsonl, junit=FILE or github");
    return false;
}

static bool set_first(void *into, const char *value, char *error_out)
{
    struct reading *reading = into;
    if (!*value) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a text, such as a commit's hash");
        return false;
    }
    reading->seeds_from = value;
    return true;
}

static bool set_bug(void *into, const char *value, char *error_out)
{
    return bug_flag_add(&((struct reading *)into)->options.bugs, value, error_out);
}

static bool set_no_regressions(void *into, const char *value, char *error_out)
{
    (void)value;
    (void)error_out;
    ((struct reading *)into)->options.no_regressions = true;
    return true;
}

static bool set_no_shrink(void *into, const char *value, char *error_out)
{
    (void)value;
    (void)error_out;
    ((struct reading *)into)->options.shrink_ns = 0;
    return true;
}

static bool set_shrink(void *into, const char *value, char *error_out)
{
    return options_set_duration(value, &((struct reading *)into)->options.shrink_ns, error_out);
}

static const struct options_flag flags[] = {
    {"--seeds", "A..B", OPTIONS_VALUE, NULL, "these seeds, both ends included", set_seeds},
    {"-n", "N", OPTIONS_VALUE, NULL, "seeds 1..N; default 100", set_count},
    {"--for", "DUR", OPTIONS_VALUE, NULL, "seeds from 1 on, for so long (500ms, 30s, 10min, 2h) a scenario",
     set_duration},
    {"--seeds-from", "TEXT", OPTIONS_VALUE, SEEDS_FROM_VARIABLE,
     "with -n or --for: begin at a seed that follows from TEXT, such\nas a commit's hash, so that each "
     "commit "
     "plays seeds of its own",
     set_first},
    {"-j", "N", OPTIONS_VALUE, "MILLRACE_JOBS", "worker processes; default: one for each core", set_jobs},
    {"--check-determinism", "P", OPTIONS_OPTIONAL_VALUE, NULL,
     "play this fraction of the seeds (default 0.05), and every\nfailing one, again in a fresh process, and "
     "compare",
     set_check},
    {"--max-failures", "N", OPTIONS_VALUE, NULL, "end a scenario at its Nth failure", set_failures},
    {"-o", "DIR", OPTIONS_VALUE, NULL,
     "artefacts go here; default millrace-out/<UTC>-<commit>,\nand the link "
     "millrace-out/latest to it",
     set_directory},
    {"--output", "KIND", OPTIONS_VALUE, NULL,
     "tty, plain, jsonl, github (annotations) or junit=FILE, and more\nthan one; default: tty at a terminal "
     "outside CI, else plain, with\ngithub under GITHUB_ACTIONS",
     set_output},
    {"--no-regressions", NULL, OPTIONS_NO_VALUE, NULL,
     "do not first replay the traces of traces/regress that are\nof this scenario", set_no_regressions},
    {"--shrink", "DUR", OPTIONS_VALUE, NULL,
     "CPU time to shrink the trace of each signature in, as\nshrink --budget counts it; default 20s",
     set_shrink},
    {"--no-shrink", NULL, OPTIONS_NO_VALUE, NULL, "leave the traces as they were recorded", set_no_shrink},
    {BUG_FLAG, "NAME", OPTIONS_VALUE, NULL, BUG_FLAG_HELP, set_bug},
    {0},
};

static const struct options_command command = {
    .name = "run",
    .usage = "[SCENARIO..] [--seeds A..B | -n N | --for DUR] [-j N] [--check-determinism[=P]]\n"
             "                        [--seeds-from TEXT] [--max-failures N] [-o DIR]\n"
             "                        [--output tty|plain|jsonl|junit=FILE|github].. [" BUG_FLAG " NAME]..\n"
             "                        [--no-regressions] [--shrink DUR | --no-shrink]",
    .about =
        "Plays a world for each seed and judges it. A scenario is a shipped name (millrace-sim scenario "
        "list) or a\n"
        "file; default " RUN_SCENARIO_DEFAULT ". What is told does not depend on the number of workers.\n",
    .more = "MILLRACE_SEEDS (A..B or N) says which seeds where no flag does. With jsonl, people read stderr. "
            "NO_COLOR,\n"
            "CI and GITHUB_ACTIONS are honoured.\n\n"
            "Exit codes: 0 pass; 1 a property failed; 2 usage or configuration; 3 inconclusive: a property "
            "judged no\n"
            "event, or what has to happen sometimes never did; 4 a world played twice was not the "
            "same.\n" BUG_FLAG_NAMES,
    .flags = flags,
    .positional_max = OPTIONS_POSITIONAL_MAX,
};

static bool read_extent_from_environment(struct run_options *options)
{
    if (!options_is_set("MILLRACE_SEEDS") ||
        options_read_seeds(getenv("MILLRACE_SEEDS"), &options->seed_first, &options->seed_last))
        return true;
    options_complain("run", "MILLRACE_SEEDS %s: expected A..B with A <= B, or a number",
                     getenv("MILLRACE_SEEDS"));
    return false;
}

/* FNV-1a, over 40 bits: seeds that a person can still copy. */
static bool move_seeds(struct reading *reading)
{
    struct run_options *options = &reading->options;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    if (!reading->seeds_from)
        return true;
    if (reading->extent && strcmp(reading->extent, "--seeds") == 0) {
        if (reading->seeds_from == getenv(SEEDS_FROM_VARIABLE))
            return true; /* a flag beats the environment */
        options_complain("run", "--seeds-from: not together with --seeds");
        return false;
    }
    for (const char *at = reading->seeds_from; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    uint64_t count = options->seed_last - options->seed_first;
    options->seed_first = (hash >> 24) + 1;
    options->seed_last = count > INT64_MAX - options->seed_first ? INT64_MAX : options->seed_first + count;
    return true;
}

bool run_options_read(struct run_options *options_out, int argc, char **argv, int *code_out)
{
    struct reading reading = {.options = {.seed_first = 1,
                                          .seed_last = RUN_SEEDS_DEFAULT,
                                          .workers = options_cores(EXPLORE_WORKERS_MAX),
                                          .shrink_ns = RUN_SHRINK_DEFAULT_NS}};
    struct run_options *options = &reading.options;
    *code_out = options_parse(&command, argc, argv, &reading, &options->scenarios);
    if (*code_out != OPTIONS_GO)
        return false;
    *code_out = COMMAND_USAGE;
    if (!reading.extent && !read_extent_from_environment(options))
        return false;
    if (options->scenarios.count == 0)
        options->scenarios = (struct options_positional){.at = {RUN_SCENARIO_DEFAULT}, .count = 1};
    if (!move_seeds(&reading))
        return false;
    if (options->output_count == 0) {
        options->outputs[options->output_count++].kind =
            isatty(STDOUT_FILENO) && !options_is_set("CI") ? REPORT_TTY : REPORT_PLAIN;
        if (options_is_set("GITHUB_ACTIONS"))
            options->outputs[options->output_count++].kind = REPORT_GITHUB;
    }
    *options_out = *options;
    return true;
}
