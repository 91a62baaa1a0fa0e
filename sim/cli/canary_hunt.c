/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary_hunt: one hunt, in a process of its own, and what it says in JSON lines.
 *
 * CPU seconds are its own account: of all seeds it played, until the first failed. Its other words go to stderr.log
 * beside its artefacts, and are told only if it did not end as a run does.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/cli/bug_flag.h"
#include "sim/cli/canary.h"
#include "sim/cli/command.h"

/* No two repetitions share a seed. */
#define SEEDS_APART UINT64_C(1000000)

enum { CHUNK_BYTES = 65536, SEEDS_TEXT_BYTES = 64, ARGUMENTS_MAX = 24 };

static _Noreturn void become_run(const struct canary_hunt *hunt, uint64_t seeds, bool shrinks,
                                 const char *directory, int output)
{
    char range[SEEDS_TEXT_BYTES], log[CANARY_PATH_BYTES + 16];
    uint64_t first = hunt->repetition * SEEDS_APART + 1;
    snprintf(range, sizeof range, "%" PRIu64 "..%" PRIu64, first, first + seeds - 1);
    const char *arguments[ARGUMENTS_MAX] = {"millrace-sim",
                                            "run",
                                            hunt->canary->scenario,
                                            "--seeds",
                                            range,
                                            "-j",
                                            "1",
                                            "-o",
                                            directory,
                                            "--output",
                                            "jsonl",
                                            "--max-failures",
                                            "1",
                                            "--no-regressions"};
    size_t count = 14;
    if (!shrinks)
        arguments[count++] = "--no-shrink";
    if (hunt->canary->kind == CANARY_BROKER) {
        arguments[count++] = BUG_FLAG;
        arguments[count++] = hunt->canary->name;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(log, sizeof log, "%s/stderr.log", directory);
    int errors = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (errors < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        _exit(127);
    execv(hunt->canary->program, (char *const *)arguments);
    _exit(127);
}

static bool fail(struct canary_hunt *hunt, const char *why)
{
    hunt->is_over = true;
    snprintf(hunt->problem, sizeof hunt->problem, "%.400s", why);
    return false;
}

bool canary_hunt_start(struct canary_hunt *hunt, uint64_t seeds, bool shrinks, const char *directory)
{
    hunt->deviations = -1;
    int ends[2];
    char own[CANARY_PATH_BYTES], why[CANARY_ERROR_BYTES];
    if (access(hunt->canary->program, X_OK) != 0) {
        snprintf(why, sizeof why, "%.300s: %s", hunt->canary->program, strerror(errno));
        return fail(hunt, why);
    }
    snprintf(own, sizeof own, "%.3000s/%.200s.%u", directory, hunt->canary->name, hunt->repetition + 1);
    if ((mkdir(own, 0777) != 0 && errno != EEXIST) || pipe2(ends, O_CLOEXEC) != 0)
        return fail(hunt, strerror(errno));
    fflush(NULL);
    hunt->process = fork();
    if (hunt->process == 0)
        become_run(hunt, seeds, shrinks, own, ends[1]);
    close(ends[1]);
    hunt->output = ends[0];
    if (hunt->process > 0)
        return true;
    hunt->process = 0;
    close(ends[0]);
    return fail(hunt, strerror(errno));
}

/* --- what it said --------------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t bytes, json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(out, bytes, "%s", text ? text : "");
}

static void take_failure(struct canary_hunt *hunt, json_t *object)
{
    if (hunt->has_failed)
        return;
    hunt->has_failed = true;
    hunt->seed = (uint64_t)json_integer_value(json_object_get(object, "seed"));
    copy_text(hunt->property, sizeof hunt->property, object, "property");
    copy_text(hunt->signature, sizeof hunt->signature, object, "signature");
    copy_text(hunt->trace, sizeof hunt->trace, object, "trace");
    for (size_t i = 0; i < hunt->canary->property_count; i++)
        hunt->is_expected |= strcmp(hunt->canary->properties[i], hunt->property) == 0;
}

/* True: that was the summary. */
static bool take_line(struct canary_hunt *hunt, const char *line, size_t bytes)
{
    json_t *object = json_loadb(line, bytes, 0, NULL);
    const char *type = json_string_value(json_object_get(object, "type"));
    bool is_summary = type && strcmp(type, "summary") == 0;
    if (type && strcmp(type, "failure") == 0)
        take_failure(hunt, object);
    if (type && strcmp(type, "shrunk") == 0)
        hunt->deviations = (int64_t)json_integer_value(json_object_get(object, "deviations"));
    if (is_summary) {
        hunt->seeds = (uint64_t)json_integer_value(json_object_get(object, "seeds"));
        hunt->cpu_seconds = json_number_value(json_object_get(object, "cpu_seconds"));
        hunt->virtual_seconds = json_number_value(json_object_get(object, "virtual_seconds"));
    }
    json_decref(object);
    return is_summary;
}

static void conclude(struct canary_hunt *hunt)
{
    int status = -1;
    bool is_complete = false;
    while (waitpid(hunt->process, &status, 0) < 0 && errno == EINTR)
        ;
    hunt->process = 0;
    hunt->is_over = true;
    for (const char *line = hunt->text, *end;
         line && (end = memchr(line, '\n', hunt->bytes - (size_t)(line - hunt->text))); line = end + 1)
        is_complete |= take_line(hunt, line, (size_t)(end - line));
    free(hunt->text);
    hunt->text = NULL;
    bool is_run =
        WIFEXITED(status) && (WEXITSTATUS(status) == COMMAND_PASS || WEXITSTATUS(status) == COMMAND_FAILED ||
                              WEXITSTATUS(status) == COMMAND_INCONCLUSIVE);
    if (!is_run || !is_complete)
        snprintf(hunt->problem, sizeof hunt->problem,
                 "its run ended with %s %d%s; see stderr.log of its artefacts",
                 WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                 is_complete ? "" : ", without a summary");
}

bool canary_hunt_read(struct canary_hunt *hunt)
{
    char *text = realloc(hunt->text, hunt->bytes + CHUNK_BYTES);
    if (!text)
        abort();
    hunt->text = text;
    ssize_t got = read(hunt->output, text + hunt->bytes, CHUNK_BYTES);
    if (got < 0 && errno == EINTR)
        return true;
    if (got > 0) {
        hunt->bytes += (size_t)got;
        return true;
    }
    close(hunt->output);
    hunt->output = -1;
    conclude(hunt);
    return false;
}
