/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/run_shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <inttypes.h>
#include <signal.h>
#include "sim/explore/shrink.h"

enum { PATH_BYTES = SCORE_PATH_BYTES + 32 };

static _Noreturn void become_shrink(const struct score_signature *signature, unsigned workers,
                                    int64_t budget_ns, int out)
{
    char trace[PATH_BYTES], shrunk[PATH_BYTES], jobs[32], budget[32];
    snprintf(trace, sizeof trace, "%s/trace.jsonl", signature->folder);
    snprintf(shrunk, sizeof shrunk, "%s/trace.min.jsonl", signature->folder);
    snprintf(jobs, sizeof jobs, "%u", workers < SHRINK_WIDTH_MAX ? workers : (unsigned)SHRINK_WIDTH_MAX);
    snprintf(budget, sizeof budget, "%" PRId64 "ms", budget_ns / 1000000);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execl("/proc/self/exe", "millrace-sim", "shrink", trace, "-o", shrunk, "-j", jobs, "--budget", budget,
          (char *)NULL);
    _exit(127);
}

/* Reads lines until the end and keeps the last. */
static void read_last_line(FILE *in, char *line_out, size_t bytes)
{
    char *line = NULL;
    size_t room = 0;
    *line_out = '\0';
    while (getline(&line, &room, in) > 0)
        snprintf(line_out, bytes, "%.*s", (int)strcspn(line, "\n"), line);
    free(line);
}

bool run_shrink(struct score_signature *signature, unsigned workers, int64_t budget_ns,
                char error_out[RUN_SHRINK_ERROR_BYTES])
{
    int fds[2], status = -1;
    char last[1024] = "";
    fflush(NULL);
    if (pipe(fds) != 0) {
        snprintf(error_out, RUN_SHRINK_ERROR_BYTES, "%s", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        become_shrink(signature, workers, budget_ns, fds[1]);
    close(fds[1]);
    FILE *in = fdopen(fds[0], "r");
    if (in) {
        read_last_line(in, last, sizeof last);
        fclose(in);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    size_t before, after;
    uint64_t plays;
    const char *colon = strchr(last, ':');
    if (!in || status != 0 || sscanf(last, "shrunk %zu -> %zu deviations", &before, &after) != 2 || !colon ||
        sscanf(colon, ": %" SCNu64 " plays", &plays) != 1) {
        snprintf(error_out, RUN_SHRINK_ERROR_BYTES, "%.500s", in ? last : strerror(errno));
        return false;
    }
    signature->is_shrunk = true;
    signature->recorded = before;
    signature->deviations = after;
    signature->shrink_plays = plays;
    signature->is_shrink_cut_short = strstr(last, "budget is spent") != NULL;
    return true;
}
