/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a case on the real kernel. Never called in the world: it forks. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/native.h"

static void reset_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_child(const struct likeness_case *test_case, int output, const char *directory)
{
    reset_signals();
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        close_range(3, ~0U, 0) < 0 || chdir(directory) < 0)
        _exit(125);
    /* A name server that does not answer must not use up the case's time. */
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    test_case->run();
    fflush(stdout);
    _exit(0);
}

/* Copies what comes until the pipe closes. False if that took too long. */
static bool collect(int input, FILE *text)
{
    struct timespec deadline = moment_after_ms(CLOCK_MONOTONIC, LIKENESS_NATIVE_MS_MAX);
    for (;;) {
        int64_t left_ns = moment_ns(deadline) - moment_ns(moment_now(CLOCK_MONOTONIC));
        struct pollfd poller = {.fd = input, .events = POLLIN};
        if (left_ns <= 0 || poll(&poller, 1, (int)(left_ns / 1000000) + 1) == 0)
            return false;
        char bytes[4096];
        ssize_t count = read(input, bytes, sizeof(bytes));
        if (count == 0)
            return true;
        if (count > 0)
            fwrite(bytes, 1, (size_t)count, text);
    }
}

static void say_end(pid_t child, bool in_time, FILE *text)
{
    if (!in_time)
        kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!in_time)
        fprintf(text, "ended after %d ms\n", LIKENESS_NATIVE_MS_MAX);
    else if (WIFSIGNALED(status))
        fprintf(text, "ended by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status))
        fprintf(text, "ended with exit status %d\n", WEXITSTATUS(status));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static char *output_in(const struct likeness_case *test_case, const char *directory)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    char *output = NULL;
    size_t bytes = 0;
    FILE *text = open_memstream(&output, &bytes);
    fflush(NULL); /* or the child would write what the caller's streams still hold */
    pid_t child = text ? fork() : -1;
    if (child == 0)
        run_child(test_case, ends[1], directory);
    close(ends[1]);
    if (child > 0)
        say_end(child, collect(ends[0], text), text);
    close(ends[0]);
    if (text)
        fclose(text);
    if (child < 0) {
        free(output);
        return NULL;
    }
    return output;
}

char *likeness_native_output(const struct likeness_case *test_case)
{
    const char *parent = getenv("TMPDIR");
    char directory[4096];
    int length = snprintf(directory, sizeof(directory), "%s/likeness-XXXXXX", parent ? parent : "/tmp");
    if (length >= (int)sizeof(directory)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    if (!mkdtemp(directory))
        return NULL;
    char *output = output_in(test_case, directory);
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return output;
}
