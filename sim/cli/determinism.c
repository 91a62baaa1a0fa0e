/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/determinism.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/cli/command.h"
#include "sim/cli/trace.h"

enum { PADDING_BYTES_MAX = 6000, PATH_BYTES = 4096 };

bool determinism_is_due(uint64_t index, double fraction)
{
    if (fraction <= 0)
        return false;
    return index == 0 || floor((double)index * fraction) > floor((double)(index - 1) * fraction);
}

/* --- the fresh process ---------------------------------------------------------------------------------- */

static _Noreturn void become_fresh(const struct determinism *determinism, uint64_t seed, const char *log_path,
                                   int out)
{
    char padding[PADDING_BYTES_MAX + 1], seed_text[32];
    size_t bytes = 1 + seed * 769 % PADDING_BYTES_MAX;
    memset(padding, 'x', bytes);
    padding[bytes] = '\0';
    snprintf(seed_text, sizeof seed_text, "%" PRIu64, seed);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    setenv(DETERMINISM_PADDING, padding, 1);
    setenv(DETERMINISM_FILL, "165", 1);
    if (log_path)
        setenv(DETERMINISM_LOG, log_path, 1);
    if (chdir("/") != 0)
        _exit(127);
    execl("/proc/self/exe", "millrace-sim", "replay", determinism->scenario_path, "--seed", seed_text,
          (char *)NULL);
    _exit(127);
}

/* Everything it says, cut at the front. */
static void read_end(int fd, char *text, size_t bytes_max)
{
    size_t used = 0;
    for (;;) {
        if (used == bytes_max - 1) {
            used /= 2;
            memmove(text, text + bytes_max - 1 - used, used);
        }
        ssize_t got = read(fd, text + used, bytes_max - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    text[used] = '\0';
}

/* False: problem_out says what was in the way of a history. */
static bool play_fresh(const struct determinism *determinism, uint64_t seed, const char *log_path,
                       uint64_t *history_out, char problem_out[OUTCOME_DIVERGENCE_BYTES])
{
    int fds[2];
    char text[1024];
    fflush(NULL);
    if (pipe(fds) != 0) {
        snprintf(problem_out, OUTCOME_DIVERGENCE_BYTES, "no fresh process: %s", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        become_fresh(determinism, seed, log_path, fds[1]);
    close(fds[1]);
    read_end(fds[0], text, sizeof text);
    close(fds[0]);
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    size_t end = strlen(text);
    while (end && text[end - 1] == '\n')
        text[--end] = '\0';
    const char *last = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
    bool has_ended = pid > 0 && WIFEXITED(status) &&
                     (WEXITSTATUS(status) == COMMAND_PASS || WEXITSTATUS(status) == COMMAND_FAILED);
    if (has_ended && strncmp(last, "history ", 8) == 0 && trace_hash_read(last + 8, history_out))
        return true;
    snprintf(problem_out, OUTCOME_DIVERGENCE_BYTES, "the fresh process ended with %s %d: %s",
             WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), last);
    return false;
}

/* --- where they part ------------------------------------------------------------------------------------ */

static bool next_line(FILE *in, char **line, size_t *room)
{
    ssize_t bytes = in ? getline(line, room, in) : -1;
    if (bytes > 0 && (*line)[bytes - 1] == '\n')
        (*line)[bytes - 1] = '\0';
    return bytes >= 0;
}

bool determinism_compare(const char *here_path, const char *there_path,
                         char text_out[OUTCOME_DIVERGENCE_BYTES])
{
    FILE *here = fopen(here_path, "r"), *there = fopen(there_path, "r");
    char *here_line = NULL, *there_line = NULL;
    size_t here_room = 0, there_room = 0;
    uint64_t line = 0;
    bool has_here, has_there, is_different;
    do {
        line++;
        has_here = next_line(here, &here_line, &here_room);
        has_there = next_line(there, &there_line, &there_room);
        is_different = has_here != has_there || (has_here && strcmp(here_line, there_line) != 0);
    } while (!is_different && has_here);
    if (is_different)
        snprintf(text_out, OUTCOME_DIVERGENCE_BYTES,
                 "first differing event (line %" PRIu64 " of the log)\n  here:  %.900s\n  there: %.900s",
                 line, has_here ? here_line : "(nothing more)", has_there ? there_line : "(nothing more)");
    free(here_line);
    free(there_line);
    if (here)
        fclose(here);
    if (there)
        fclose(there);
    return is_different;
}

/* Both sides once more, with logs. */
static void explain(const struct determinism *determinism, uint64_t seed,
                    char text_out[OUTCOME_DIVERGENCE_BYTES])
{
    char here_path[PATH_BYTES], there_path[PATH_BYTES], problem[OUTCOME_DIVERGENCE_BYTES];
    uint64_t history;
    snprintf(here_path, sizeof here_path, "%s.here", determinism->log_path);
    snprintf(there_path, sizeof there_path, "%s.there", determinism->log_path);
    FILE *log = fopen(here_path, "w");
    if (log) {
        struct play_result result;
        play(
            &(struct play_options){
                .scenario = determinism->scenario, .seed = seed, .log = log, .fill_byte = -1},
            &result);
        play_result_deinit(&result);
        fclose(log);
    }
    if (!log)
        snprintf(text_out, OUTCOME_DIVERGENCE_BYTES, "no log: %s", strerror(errno));
    else if (!play_fresh(determinism, seed, there_path, &history, problem))
        snprintf(text_out, OUTCOME_DIVERGENCE_BYTES, "%s", problem);
    else if (!determinism_compare(here_path, there_path, text_out))
        snprintf(text_out, OUTCOME_DIVERGENCE_BYTES, "played again with logs, the two do not differ");
    unlink(here_path);
    unlink(there_path);
}

bool determinism_check(const struct determinism *determinism, uint64_t seed, uint64_t history,
                       char divergence_out[OUTCOME_DIVERGENCE_BYTES])
{
    char text[OUTCOME_DIVERGENCE_BYTES];
    uint64_t there;
    if (!play_fresh(determinism, seed, NULL, &there, divergence_out))
        return false;
    if (there == history)
        return true;
    explain(determinism, seed, text);
    snprintf(divergence_out, OUTCOME_DIVERGENCE_BYTES,
             "history here %016" PRIx64 ", in a fresh process %016" PRIx64 "; %.1960s", history, there, text);
    return false;
}
