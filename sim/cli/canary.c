/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary: is every planted bug found, and no control accused?
 *
 * Hunts run side by side, each in one process with one worker, so that their CPU seconds are their own. Verdicts are told in
 * the list's order, whatever ended first.
 */
#include "sim/cli/canary.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/artefacts.h"
#include "sim/cli/command.h"
#include "sim/cli/elapsed.h"
#include "sim/cli/options.h"
#include "sim/explore/explore.h"

enum { SEEDS_DEFAULT = 2000, CONTROL_SEEDS_DEFAULT = 50, SEEDS_MAX = 1000000 };

struct canary_options {
    enum report_kind outputs[REPORT_STREAMS];
    size_t output_count;
    uint64_t repetitions, seeds, control_seeds;
    unsigned jobs;
    const char *directory;
    bool lists, leaves_traces;
};

/* --- what was asked for --------------------------------------------------------------------------------- */

static bool set_number(const char *value, uint64_t max, uint64_t *out, char *error_out)
{
    if (options_read_number(value, 1, max, out))
        return true;
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number from 1 to %" PRIu64, max);
    return false;
}

static bool set_repetitions(void *into, const char *value, char *error_out)
{
    return set_number(value, CANARY_REPETITIONS_MAX, &((struct canary_options *)into)->repetitions,
                      error_out);
}

static bool set_jobs(void *into, const char *value, char *error_out)
{
    return options_set_jobs(value, EXPLORE_WORKERS_MAX, &((struct canary_options *)into)->jobs, error_out);
}

static bool set_seeds(void *into, const char *value, char *error_out)
{
    return set_number(value, SEEDS_MAX, &((struct canary_options *)into)->seeds, error_out);
}

static bool set_control_seeds(void *into, const char *value, char *error_out)
{
    return set_number(value, SEEDS_MAX, &((struct canary_options *)into)->control_seeds, error_out);
}

static bool set_directory(void *into, const char *value, char *error_out)
{
    return options_set_directory(value, &((struct canary_options *)into)->directory, error_out);
}

static bool set_output(void *into, const char *value, char *error_out)
{
    struct canary_options *options = into;
    return report_add_output(options->outputs, &options->output_count, value, error_out);
}

static bool set_list(void *into, const char *value, char *error_out)
{
    (void)value, (void)error_out;
    ((struct canary_options *)into)->lists = true;
    return true;
}

static bool set_no_shrink(void *into, const char *value, char *error_out)
{
    (void)value, (void)error_out;
    ((struct canary_options *)into)->leaves_traces = true;
    return true;
}

static const struct options_flag flags[] = {
    {"--repeat", "N", OPTIONS_VALUE, NULL, "hunt each N times, with other seeds, and tell medians; default 1",
     set_repetitions},
    {"-j", "N", OPTIONS_VALUE, NULL, "hunts at a time; default: one per core", set_jobs},
    {"-n", "N", OPTIONS_VALUE, NULL, "a canary that N seeds do not find is missed; default 2000", set_seeds},
    {"--control-seeds", "N", OPTIONS_VALUE, NULL, "play N seeds of each control; default 50",
     set_control_seeds},
    {"--no-shrink", NULL, OPTIONS_NO_VALUE, NULL, "leave the traces as they were recorded", set_no_shrink},
    {"-o", "DIR", OPTIONS_VALUE, NULL, "where the hunts' artefacts go; default millrace-out/<UTC>-<commit>",
     set_directory},
    {"--output", "KIND", OPTIONS_VALUE, NULL, "tty, plain or jsonl, and more than one", set_output},
    {"--list", NULL, OPTIONS_NO_VALUE, NULL, "say what there is to hunt, and hunt nothing", set_list},
    {0},
};

static const struct options_command command = {
    .name = "canary",
    .usage = "[NAME..] [--repeat N] [-j N] [-n N] [--control-seeds N] [--no-shrink] [-o DIR]\n"
             "                           [--output tty|plain|jsonl].. [--list]",
    .about = "Hunts planted bugs: pipelines that are patched, brokers that break a rule. Each has a scenario "
             "in which\n"
             "the properties must find it; controls, which differ and are right, must not be accused.\n",
    .more = "The build makes the patched programs (tests/canaries).\n\n"
            "Exit codes: 0 all were found and no control was accused; 1 not so; 2 usage, or one could not be "
            "hunted.\n",
    .flags = flags,
    .positional_max = OPTIONS_POSITIONAL_MAX,
};

/* --- hunting -------------------------------------------------------------------------------------------- */

struct session {
    const struct canary_options *options;
    FILE *outs[REPORT_STREAMS];
    const struct canary *chosen[CANARIES_MAX];
    size_t chosen_count;
    struct canary_hunt *hunts; /* chosen_count * repetitions, those of one canary side by side */
    struct canary_verdict *verdicts;
    size_t told; /* canaries whose verdict is out */
    struct artefacts artefacts;
};

static size_t hunt_count(const struct session *session)
{
    return session->chosen_count * session->options->repetitions;
}

static void tell_progress(const struct session *session)
{
    size_t over = 0;
    for (size_t i = 0; i < hunt_count(session); i++)
        over += session->hunts[i].is_over;
    for (size_t i = 0; i < session->options->output_count; i++)
        if (session->options->outputs[i] == REPORT_TTY) {
            fprintf(session->outs[i], "\r\033[K%zu of %zu hunts over\r", over, hunt_count(session));
            fflush(session->outs[i]);
        }
}

/* Whose repetitions are all over, and all before it are told. */
static void tell_verdicts(struct session *session)
{
    unsigned repetitions = (unsigned)session->options->repetitions;
    for (; session->told < session->chosen_count; session->told++) {
        const struct canary_hunt *own = &session->hunts[session->told * repetitions];
        for (unsigned i = 0; i < repetitions; i++)
            if (!own[i].is_over)
                return;
        struct canary_verdict *verdict = &session->verdicts[session->told];
        *verdict = canary_judge(own, repetitions);
        for (size_t i = 0; i < session->options->output_count; i++)
            canary_report_verdict(session->options->outputs[i], session->outs[i], verdict);
    }
}

/* Waits until one that runs says something. */
static void read_some(struct session *session, size_t begun)
{
    struct pollfd watched[EXPLORE_WORKERS_MAX];
    struct canary_hunt *of[EXPLORE_WORKERS_MAX];
    nfds_t count = 0;
    for (size_t i = 0; i < begun; i++) {
        if (session->hunts[i].is_over)
            continue;
        of[count] = &session->hunts[i];
        watched[count++] = (struct pollfd){.fd = session->hunts[i].output, .events = POLLIN};
    }
    if (poll(watched, count, -1) < 0)
        return;
    for (nfds_t i = 0; i < count; i++)
        if (watched[i].revents)
            canary_hunt_read(of[i]);
}

static void hunt_all(struct session *session)
{
    const struct canary_options *options = session->options;
    size_t begun = 0, running = 0;
    while (session->told < session->chosen_count) {
        while (begun < hunt_count(session) && running < options->jobs) {
            struct canary_hunt *hunt = &session->hunts[begun++];
            bool is_control = hunt->canary->kind == CANARY_CONTROL;
            running += canary_hunt_start(hunt, is_control ? options->control_seeds : options->seeds,
                                         !options->leaves_traces, session->artefacts.directory);
        }
        tell_progress(session);
        if (running)
            read_some(session, begun);
        running = 0;
        for (size_t i = 0; i < begun; i++)
            running += !session->hunts[i].is_over;
        tell_verdicts(session);
    }
}

static void add_up(const struct session *session, struct canary_total *total)
{
    for (size_t i = 0; i < session->chosen_count; i++) {
        const struct canary_verdict *verdict = &session->verdicts[i];
        bool is_control = verdict->canary->kind == CANARY_CONTROL;
        total->controls += is_control;
        total->accused += is_control && verdict->failed_count > 0;
        total->canaries += !is_control;
        total->found += !is_control && verdict->is_good;
        if (!verdict->is_good)
            total->exit_code = COMMAND_FAILED;
    }
    for (size_t i = 0; i < hunt_count(session); i++) {
        total->cpu_seconds += session->hunts[i].cpu_seconds;
        if (session->hunts[i].problem[0])
            total->exit_code = COMMAND_USAGE;
    }
}

/* A program's reader gets stdout for itself. */
static void open_outputs(struct session *session)
{
    const struct canary_options *options = session->options;
    bool has_jsonl = false;
    for (size_t i = 0; i < options->output_count; i++)
        has_jsonl |= options->outputs[i] == REPORT_JSONL;
    for (size_t i = 0; i < options->output_count; i++) {
        session->outs[i] = has_jsonl && options->outputs[i] != REPORT_JSONL ? stderr : stdout;
        canary_report_begin(options->outputs[i], session->outs[i], (unsigned)options->repetitions);
    }
}

static int hunt(struct session *session)
{
    const struct canary_options *options = session->options;
    char error[ARTEFACTS_PATH_BYTES];
    int64_t begin_ns = elapsed_clock_ns();
    if (!artefacts_open(&session->artefacts, options->directory, error))
        return options_complain("canary", "%s", error);
    session->hunts = calloc(hunt_count(session), sizeof *session->hunts);
    session->verdicts = calloc(session->chosen_count, sizeof *session->verdicts);
    if (!session->hunts || !session->verdicts)
        abort();
    for (size_t i = 0; i < hunt_count(session); i++)
        session->hunts[i] = (struct canary_hunt){.canary = session->chosen[i / options->repetitions],
                                                 .repetition = (unsigned)(i % options->repetitions)};
    open_outputs(session);
    hunt_all(session);
    struct canary_total total = {.repetitions = (unsigned)options->repetitions,
                                 .directory = session->artefacts.directory};
    add_up(session, &total);
    total.wall_seconds = (double)(elapsed_clock_ns() - begin_ns) / 1e9;
    for (size_t i = 0; i < options->output_count; i++)
        canary_report_end(options->outputs[i], session->outs[i], session->verdicts, session->chosen_count,
                          &total);
    free(session->verdicts);
    free(session->hunts);
    artefacts_close(&session->artefacts);
    return total.exit_code;
}

/* -------------------------------------------------------------------------------------------------------- */

/* Where this program lies. */
static bool find_directory(char out[CANARY_PATH_BYTES])
{
    ssize_t bytes = readlink("/proc/self/exe", out, CANARY_PATH_BYTES - 1);
    if (bytes <= 0)
        return false;
    out[bytes] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

/* False: said which name is none. */
static bool choose(struct session *session, const struct canary_list *list,
                   const struct options_positional *names)
{
    for (int i = 0; i < names->count; i++)
        if (!canary_list_find(list, names->at[i])) {
            options_complain("canary", "there is no canary %s (see millrace-sim canary --list)",
                             names->at[i]);
            return false;
        }
    for (size_t i = 0; i < list->count; i++) {
        bool is_chosen = names->count == 0;
        for (int k = 0; k < names->count; k++)
            is_chosen |= strcmp(names->at[k], list->at[i].name) == 0;
        if (is_chosen)
            session->chosen[session->chosen_count++] = &list->at[i];
    }
    return true;
}

static int print_list(const struct session *session)
{
    for (size_t i = 0; i < session->chosen_count; i++) {
        const struct canary *canary = session->chosen[i];
        printf("%-8s %-32s %s%s%s%s\n", canary_kind_name(canary->kind), canary->name, canary->what,
               *canary->rows ? " (" : "", canary->rows, *canary->rows ? ")" : "");
    }
    return COMMAND_PASS;
}

int canary_command(int argc, char **argv)
{
    struct canary_options options = {.repetitions = 1,
                                     .jobs = options_cores(EXPLORE_WORKERS_MAX),
                                     .seeds = SEEDS_DEFAULT,
                                     .control_seeds = CONTROL_SEEDS_DEFAULT};
    struct options_positional names;
    char directory[CANARY_PATH_BYTES], error[CANARY_ERROR_BYTES];
    int code = options_parse(&command, argc, argv, &options, &names);
    if (code != OPTIONS_GO)
        return code;
    if (options.output_count == 0)
        options.outputs[options.output_count++] =
            isatty(STDOUT_FILENO) && !options_is_set("CI") ? REPORT_TTY : REPORT_PLAIN;
    static struct canary_list list; /* large */
    if (!find_directory(directory))
        return options_complain("canary", "where this program lies cannot be told: /proc/self/exe");
    if (!canary_list_read(&list, directory, error))
        return options_complain("canary", "no canaries were built here: %s", error);
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        abort();
    session->options = &options;
    code = !choose(session, &list, &names) ? COMMAND_USAGE
           : options.lists                 ? print_list(session)
                                           : hunt(session);
    free(session);
    canary_list_deinit(&list);
    return code;
}
