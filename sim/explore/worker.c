/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message up is a length word and so many bytes; the first one is empty and says that the job is open. A
 * message down is a seed. The worker's stdout and stderr go to a file in memory, emptied before every seed:
 * its last line is what an assertion or a sanitizer had to say.
 */
#include "sim/explore/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t worker_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t cpu_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

/* --- in the child --------------------------------------------------------------------------------------- */

static void write_all(int fd, const void *data, size_t bytes)
{
    for (const char *at = data; bytes;) {
        ssize_t wrote = write(fd, at, bytes);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            _exit(0); /* nobody wants to know any more */
        at += wrote;
        bytes -= (size_t)wrote;
    }
}

static bool read_seed(int fd, uint64_t *seed_out)
{
    ssize_t got;
    do
        got = read(fd, seed_out, sizeof *seed_out);
    while (got < 0 && errno == EINTR);
    return got == sizeof *seed_out;
}

static _Noreturn void live(const struct explore_job *job, const struct worker *self)
{
    uint32_t byte_count = 0;
    uint64_t seed;
    if (job->open)
        job->open(job->opaque);
    write_all(self->from, &byte_count, sizeof byte_count);
    while (read_seed(self->to, &seed)) {
        if (ftruncate(self->words, 0) != 0)
            _exit(1);
        lseek(self->words, 0, SEEK_SET);
        size_t bytes = job->play(job->opaque, seed, self->bytes);
        assert(bytes <= EXPLORE_RESULT_BYTES_MAX);
        byte_count = (uint32_t)bytes;
        write_all(self->from, &byte_count, sizeof byte_count);
        write_all(self->from, self->bytes, bytes);
    }
    _exit(0);
}

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void become_child(struct worker *self, pid_t parent, const struct worker *others, unsigned count)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGINT, SIG_IGN); /* the parent decides */
    signal(SIGTERM, SIG_DFL);
    for (unsigned i = 0; i < count; i++) {
        if (others[i].pid == 0 || &others[i] == self)
            continue;
        close(others[i].to);
        close(others[i].from);
        close(others[i].words);
    }
    dup2(self->words, STDOUT_FILENO);
    dup2(self->words, STDERR_FILENO);
    setvbuf(stdout, NULL, _IOLBF, 0); /* not lost when it dies */
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing > 0) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
}

/* --- in the parent -------------------------------------------------------------------------------------- */

bool worker_start(struct worker *worker, const struct explore_job *job, const struct worker *others,
                  unsigned count)
{
    int down[2] = {-1, -1}, up[2] = {-1, -1};
    unsigned char *bytes = worker->bytes ? worker->bytes : malloc(EXPLORE_RESULT_BYTES_MAX);
    *worker = (struct worker){.to = -1, .from = -1, .bytes = bytes};
    worker->words = memfd_create("worker", MFD_CLOEXEC);
    if (!bytes || worker->words < 0 || pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
        goto failed;
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        goto failed;
    if (pid == 0) {
        worker->to = down[0];
        worker->from = up[1];
        close(down[1]);
        close(up[0]);
        become_child(worker, parent, others, count);
        live(job, worker);
    }
    close(down[0]);
    close(up[1]);
    worker->pid = pid;
    worker->to = down[1];
    worker->from = up[0];
    return true;

failed:;
    int error = errno;
    for (int i = 0; i < 2; i++) {
        close_if_open(&down[i]);
        close_if_open(&up[i]);
    }
    close_if_open(&worker->words);
    errno = error;
    return false;
}

void worker_give(struct worker *worker, uint64_t seed)
{
    assert(worker->is_ready && !worker->is_busy);
    worker->is_busy = true;
    worker->seed = seed;
    worker->begin_ns = worker_clock_ns();
    worker->cpu_begin_ns = cpu_ns(worker->pid);
    if (write(worker->to, &seed, sizeof seed) != sizeof seed && errno != EPIPE)
        perror("worker"); /* a pipe that holds one word at most takes it */
}

enum worker_news worker_read(struct worker *worker)
{
    enum { LENGTH = sizeof worker->byte_count };
    unsigned char *into = worker->got < LENGTH ? (unsigned char *)&worker->byte_count + worker->got
                                               : worker->bytes + (worker->got - LENGTH);
    size_t wanted = worker->got < LENGTH ? LENGTH - worker->got : LENGTH + worker->byte_count - worker->got;
    ssize_t got = read(worker->from, into, wanted);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return WORKER_NOTHING;
    if (got <= 0)
        return WORKER_ENDED;
    worker->got += (size_t)got;
    if (worker->got < LENGTH)
        return WORKER_NOTHING;
    if (worker->byte_count > EXPLORE_RESULT_BYTES_MAX)
        return WORKER_ENDED;
    if (worker->got < LENGTH + worker->byte_count)
        return WORKER_NOTHING;
    worker->got = 0;
    worker->is_busy = false;
    if (worker->is_ready)
        return WORKER_RESULT;
    worker->is_ready = true;
    return WORKER_READY;
}

bool worker_is_over(const struct worker *worker, int64_t cpu_limit_ns, int64_t wall_limit_ns)
{
    return worker->is_busy && (cpu_ns(worker->pid) - worker->cpu_begin_ns > cpu_limit_ns ||
                               worker_clock_ns() - worker->begin_ns > wall_limit_ns);
}

/* The last line that is not empty, without control characters. */
static void take_last_words(int fd, char out[EXPLORE_LAST_WORDS_BYTES])
{
    char text[4096];
    off_t end = lseek(fd, 0, SEEK_END);
    off_t begin = end > (off_t)sizeof text ? end - (off_t)sizeof text : 0;
    ssize_t bytes = end > begin ? pread(fd, text, (size_t)(end - begin), begin) : 0;
    while (bytes > 0 && (unsigned char)text[bytes - 1] <= ' ')
        bytes--;
    ssize_t from = bytes > 0 ? bytes : 0;
    while (from > 0 && text[from - 1] != '\n' && bytes - from < EXPLORE_LAST_WORDS_BYTES - 1)
        from--;
    size_t used = 0;
    for (; from < bytes; from++)
        out[used++] = (unsigned char)text[from] < ' ' ? ' ' : text[from];
    out[used] = '\0';
}

int worker_end(struct worker *worker, bool kill_it, char last_words_out[EXPLORE_LAST_WORDS_BYTES])
{
    int status = 0;
    if (kill_it)
        kill(worker->pid, SIGKILL);
    close_if_open(&worker->to);
    close_if_open(&worker->from);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (last_words_out)
        take_last_words(worker->words, last_words_out);
    close_if_open(&worker->words);
    worker->pid = 0;
    worker->is_ready = worker->is_busy = false;
    worker->got = 0;
    return status;
}
