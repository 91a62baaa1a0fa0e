/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world-main [OPTION].. LIBRARY SYMBOL [ARGUMENT]..: runs the main-like SYMBOL of a shared object as a process of a
 * simulated world, alone or with brokers, and tells how it ended.
 *
 * It runs what was never written for the world: librdkafka's own test suite, and small programs on any librdkafka that
 * LD_LIBRARY_PATH finds. LIBRARY's thread-local variables are reset for every simulated thread only when it was there
 * at start: put it into LD_PRELOAD if it has any. Its calls of Kafka's kafka-topics.sh are
 * answered (topics.h). Left out: kills, faults and several programs; that is millrace-sim's.
 */
#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/cli/brokers.h"
#include "sim/posix/system.h"
#include "sim/world/history.h"
#include "sim/world/host.h"
#include "sim/world/image.h"
#include "sim/world/network.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"
#include "sim/world/world.h"
#include "tests/conformance/librdkafka/topics.h"

enum { VARIABLES_MAX = 32, FILES_MAX = 256, FOLDERS_OPEN_MAX = 16, SETTINGS_MAX = 32, MILLION = 1000000 };
/* 0038 keeps everybody busy for seconds. */
#define LIVELOCK_POINTS UINT64_C(200000000)
#define READY_CHECK_NS  INT64_C(10000000)
enum { EXIT_PASSED, EXIT_FAILED, EXIT_USAGE, EXIT_FOUND, EXIT_DIVERGED };

static const char usage[] =
    "usage: world-main [--seed N | --seeds A..B] [--twice] [--history] [--log] "
    "[--quiet] [--for VIRTUAL_SECONDS]\n"
    "                  [--disorder PER_MILLION] [--variable NAME=VALUE].. [--copy "
    "PATH]..\n"
    "                  [--brokers N] [--broker NAME=VALUE].. [--late US] LIBRARY SYMBOL [ARGUMENT]..\n"
    "exit status: 0 passed, 1 the program failed, 2 usage, 3 the world found "
    "something, 4 two runs of a seed differ\n";

/* A file or a folder (data is NULL) of the host that the program finds on its simulated disk, by the same relative path. */
struct copied {
    char *path, *data;
    size_t bytes;
};

static struct {
    uint64_t seed_first, seed_last;
    bool twice, history, log, quiet;
    int64_t virtual_s_max;
    uint32_t disorder_per_million;
    const char *variables[VARIABLES_MAX + 1];
    size_t variable_count;
    struct copied copies[FILES_MAX];
    size_t copy_count;
    uint32_t late_us;      /* what one segment in a hundred or so takes; 0: as the others */
    uint32_t broker_count; /* 0: no brokers in this world */
    const char *settings[2 + 2 * SETTINGS_MAX + 1]; /* what `serve` gets */
    size_t setting_count;
    const char *library, *symbol;
    const char *arguments[PROCESS_ARGUMENTS_MAX + 1];
    int (*main)(int argc, char **argv);
} call = {.seed_first = 1,
          .seed_last = 1,
          .virtual_s_max = 24 * 3600,
          .disorder_per_million = 10000,
          .settings = {"--release", "3.9"},
          .setting_count = 2};

/* What became of one world. */
struct outcome {
    struct world_report report;
    struct process_end end;
    bool has_ended, is_out_of_time;
    struct timer budget, ready_check;
    struct brokers brokers;
};

/* --- files ----------------------------------------------------------------------------------------------------- */

static int copy_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)walk;
    if (type != FTW_D && type != FTW_F)
        return 0;
    assert(call.copy_count < FILES_MAX && "too many files");
    struct copied *copied = &call.copies[call.copy_count++];
    copied->path = strdup(path);
    if (type == FTW_D)
        return 0;
    copied->bytes = (size_t)status->st_size;
    copied->data = malloc(copied->bytes + 1);
    FILE *file = fopen(path, "r");
    bool is_read = file && fread(copied->data, 1, copied->bytes, file) == copied->bytes;
    if (file)
        fclose(file);
    return is_read ? 0 : -1;
}

/* Folders above path, then what is in it. In the simulated process. */
static void write_copies(void)
{
    for (size_t i = 0; i < call.copy_count; i++) {
        const struct copied *copied = &call.copies[i];
        for (const char *slash = strchr(copied->path, '/'); slash; slash = strchr(slash + 1, '/')) {
            char folder[4096];
            snprintf(folder, sizeof folder, "%.*s", (int)(slash - copied->path), copied->path);
            mkdir(folder, 0755);
        }
        if (!copied->data) {
            mkdir(copied->path, 0755);
            continue;
        }
        int fd = open(copied->path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
        size_t done = 0;
        while (fd >= 0 && done < copied->bytes) {
            ssize_t written = write(fd, copied->data + done, copied->bytes - done);
            if (written <= 0)
                break;
            done += (size_t)written;
        }
        close(fd);
    }
}

/* --- one world ------------------------------------------------------------------------------------------------- */

static int run_program(int argc, char **argv)
{
    write_copies();
    return call.main(argc, argv);
}

static int warm_up(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return brokers_exercise();
}

static void on_output(void *opaque, struct process *process, int fd, const void *data, size_t bytes)
{
    (void)opaque;
    (void)process;
    if (!call.quiet)
        fwrite(data, 1, bytes, fd == STDERR_FILENO ? stderr : stdout);
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    (void)process;
    struct outcome *outcome = opaque;
    outcome->end = *end;
    outcome->has_ended = true;
    timer_stop(&outcome->budget);
    if (call.broker_count)
        world_stop();
}

static void on_budget_spent(struct timer *timer)
{
    SCHEDULE_OWNER(timer, struct outcome, budget)->is_out_of_time = true;
    world_stop();
}

static void on_entry(void *opaque, const struct history_entry *entry)
{
    (void)opaque;
    fprintf(stderr, "history %" PRIu64 " %" PRId64 " task %u %s %" PRIx64 " %" PRIx64 " = %" PRIx64 "\n",
            entry->index, entry->time_ns, entry->task, history_name(entry->call), entry->a, entry->b,
            entry->result);
}

static void start_program(struct outcome *outcome)
{
    process_start(&(struct process_spec){.name = "program",
                                         .host = host_new("host"),
                                         .main = run_program,
                                         .arguments = call.arguments,
                                         .environment = call.variables,
                                         .on_output = on_output,
                                         .on_end = on_end,
                                         .opaque = outcome});
}

/* No test expects that brokers are not up yet. */
static void on_ready_check(struct timer *timer)
{
    struct outcome *outcome = SCHEDULE_OWNER(timer, struct outcome, ready_check);
    if (outcome->brokers.is_ready)
        start_program(outcome);
    else
        timer_start(timer, READY_CHECK_NS, on_ready_check);
}

static struct outcome run_world(uint64_t seed)
{
    struct outcome outcome = {0};
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED,
                                        .seed = seed,
                                        .livelock_points = LIVELOCK_POINTS,
                                        .preempt_per_million = call.disorder_per_million,
                                        .reorder_per_million = call.disorder_per_million});
    outcome.budget.background = true;
    timer_start(&outcome.budget, call.virtual_s_max * INT64_C(1000000000), on_budget_spent);
    if (call.broker_count) {
        struct network_settings settings = *network_settings();
        settings.link.tail_us = call.late_us;
        network_set(&settings);
        brokers_start(&outcome.brokers, call.broker_count, call.settings);
        timer_start(&outcome.ready_check, READY_CHECK_NS, on_ready_check);
    } else {
        start_program(&outcome);
    }
    if (call.log)
        history_set_log(on_entry, NULL);
    world_run();
    history_set_log(NULL, NULL);
    timer_stop(&outcome.budget);
    timer_stop(&outcome.ready_check);
    world_end(&outcome.report);
    fflush(stdout);
    return outcome;
}

/* Prints what was found; returns how much of it counts. */
static size_t tell_findings(void)
{
    /* A program with statics leaves the image changed. It matters only where another world follows. */
    bool is_only_world = call.seed_first == call.seed_last && !call.twice;
    size_t counted = 0;
    for (size_t i = 0; i < world_finding_count(); i++) {
        const struct world_finding *finding = world_finding(i);
        bool is_note = finding->kind == FINDING_IMAGE && is_only_world;
        counted += !is_note;
        if (!is_note || !call.quiet)
            fprintf(stderr, "world-main: %s %s at %.9f s: %s\n", is_note ? "note:" : "found",
                    world_finding_name(finding->kind), (double)finding->time_ns / 1e9, finding->text);
    }
    return counted;
}

static int tell(uint64_t seed, const struct outcome *outcome)
{
    size_t findings = tell_findings();
    bool has_passed = outcome->has_ended && !outcome->end.killed && outcome->end.status == 0;
    if (call.history || !call.quiet)
        fprintf(stderr,
                "world-main: seed %" PRIu64 ": %s, status %d, %.3f virtual seconds, %" PRIu64
                " events, history %016" PRIx64 "\n",
                seed,
                outcome->is_out_of_time ? "out of time"
                : !outcome->has_ended   ? "stopped"
                : outcome->end.killed   ? "killed"
                                        : "exited",
                outcome->end.status, (double)outcome->report.virtual_ns / 1e9, outcome->report.events,
                outcome->report.history);
    if (outcome->report.engine_live_bytes)
        fprintf(stderr, "world-main: found %" PRIu64 " bytes of the engine's own that it did not give back\n",
                outcome->report.engine_live_bytes);
    if (findings || outcome->report.engine_live_bytes)
        return EXIT_FOUND;
    return has_passed ? EXIT_PASSED : EXIT_FAILED;
}

static int run_seed(uint64_t seed)
{
    struct outcome first = run_world(seed);
    int code = tell(seed, &first);
    if (!call.twice)
        return code;
    struct outcome again = run_world(seed);
    int code_again = tell_findings() ? EXIT_FOUND : code;
    if (again.report.history == first.report.history)
        return code_again;
    fprintf(stderr, "world-main: seed %" PRIu64 " diverged: history %016" PRIx64 ", then %016" PRIx64 "\n",
            seed, first.report.history, again.report.history);
    return EXIT_DIVERGED;
}

/* --- the command line ------------------------------------------------------------------------------------------ */

static bool parse_seeds(const char *text)
{
    char *rest;
    call.seed_first = call.seed_last = strtoull(text, &rest, 10);
    if (strncmp(rest, "..", 2) == 0)
        call.seed_last = strtoull(rest + 2, &rest, 10);
    return !*rest && call.seed_first <= call.seed_last;
}

static bool parse_value(const char *option, const char *value)
{
    if (strcmp(option, "--seed") == 0 || strcmp(option, "--seeds") == 0)
        return parse_seeds(value);
    if (strcmp(option, "--for") == 0)
        return (call.virtual_s_max = strtoll(value, NULL, 10)) > 0;
    if (strcmp(option, "--late") == 0)
        return (call.late_us = (uint32_t)strtoul(value, NULL, 10)) > 0;
    if (strcmp(option, "--brokers") == 0) {
        call.broker_count = (uint32_t)strtoul(value, NULL, 10);
        return call.broker_count >= 1 && call.broker_count <= BROKERS_MAX;
    }
    if (strcmp(option, "--broker") == 0 && call.setting_count + 2 <= 2 + 2 * SETTINGS_MAX) {
        call.settings[call.setting_count++] = "--set";
        call.settings[call.setting_count++] = value;
        return strchr(value, '=') != NULL;
    }
    if (strcmp(option, "--disorder") == 0)
        return (call.disorder_per_million = (uint32_t)strtoul(value, NULL, 10)) <= MILLION;
    if (strcmp(option, "--copy") == 0)
        return nftw(value, copy_one, FOLDERS_OPEN_MAX, FTW_PHYS) == 0;
    if (strcmp(option, "--variable") == 0 && call.variable_count < VARIABLES_MAX) {
        call.variables[call.variable_count++] = value;
        return strchr(value, '=') != NULL;
    }
    return false;
}

static bool parse(int argc, char **argv)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--twice", &call.twice},
                 {"--history", &call.history},
                 {"--log", &call.log},
                 {"--quiet", &call.quiet}};
    int i = 1;
    while (i < argc && strncmp(argv[i], "--", 2) == 0) {
        bool *flag = NULL;
        for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++)
            if (strcmp(argv[i], flags[k].name) == 0)
                flag = flags[k].flag;
        if (flag)
            *flag = true;
        else if (i + 1 >= argc || !parse_value(argv[i], argv[i + 1]))
            return false;
        i += flag ? 1 : 2;
    }
    if (argc - i < 2 || argc - i > PROCESS_ARGUMENTS_MAX)
        return false;
    call.library = argv[i];
    call.symbol = argv[i + 1];
    size_t count = 0;
    call.arguments[count++] = call.symbol;
    for (i += 2; i < argc; i++)
        call.arguments[count++] = argv[i];
    return true;
}

static bool load(void)
{
    void *library = dlopen(call.library, RTLD_NOW | RTLD_GLOBAL);
    *(void **)&call.main = library ? dlsym(library, call.symbol) : NULL;
    if (!call.main)
        fprintf(stderr, "world-main: %s\n", dlerror());
    return call.main != NULL;
}

int main(int argc, char **argv)
{
    if (!parse(argc, argv)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (!load())
        return EXIT_USAGE;
    const char *slash = strrchr(call.library, '/');
    image_add_root(slash ? slash + 1 : call.library);
    world_warm_up(warm_up);
    system_set_answer(topics_command_line);
    int worst = EXIT_PASSED;
    for (uint64_t seed = call.seed_first; seed <= call.seed_last; seed++) {
        int code = run_seed(seed);
        worst = code > worst ? code : worst;
    }
    return worst;
}
