/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/explore/explore.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/explore/worker.h"

/* A slow seed holds back the results of those after it; this many may wait. */
enum { WAITING_MAX = 1024, POLL_MS = 100 };
static const int64_t tick_ns = 100000000;

/* A result that waits for its turn. */
struct waiting {
    bool is_there;
    struct explore_result result;
    void *bytes;
    char *last_words;
};

struct explore {
    const struct explore_job *job;
    const struct explore_options *options;
    struct worker workers[EXPLORE_WORKERS_MAX];
    struct waiting waiting[WAITING_MAX]; /* by seed, modulo */
    uint64_t next_given, next_told;      /* seeds */
    bool is_all_given;                   /* next_given may have wrapped */
    uint64_t played;
    int64_t begin_ns, ticked_ns, cpu_limit_ns, wall_limit_ns;
    bool has_enough;
    char *error; /* the caller's */
};

static void keep(struct explore *explore, const struct explore_result *result)
{
    struct waiting *waiting = &explore->waiting[result->seed % WAITING_MAX];
    assert(!waiting->is_there);
    *waiting = (struct waiting){.is_there = true, .result = *result};
    waiting->bytes = malloc(result->byte_count + 1);
    waiting->last_words = strdup(result->last_words ? result->last_words : "");
    assert(waiting->bytes && waiting->last_words);
    if (result->byte_count)
        memcpy(waiting->bytes, result->bytes, result->byte_count);
    waiting->result.bytes = waiting->bytes;
    waiting->result.last_words = waiting->last_words;
    explore->played++;
}

/* Gives on what has its turn. */
static void tell(struct explore *explore)
{
    while (!explore->has_enough) {
        struct waiting *waiting = &explore->waiting[explore->next_told % WAITING_MAX];
        if (!waiting->is_there || waiting->result.seed != explore->next_told)
            return;
        explore->next_told++;
        explore->has_enough = !explore->options->on_result(explore->options->opaque, &waiting->result);
        free(waiting->bytes);
        free(waiting->last_words);
        *waiting = (struct waiting){0};
    }
}

static bool start(struct explore *explore, struct worker *worker)
{
    if (worker_start(worker, explore->job, explore->workers, explore->options->workers))
        return true;
    snprintf(explore->error, EXPLORE_LAST_WORDS_BYTES, "cannot start a worker: %s", strerror(errno));
    return false;
}

/* A worker is gone, or is to go: its seed gets a result, and it a successor. */
static bool replace(struct explore *explore, struct worker *worker, enum explore_end end)
{
    char last_words[EXPLORE_LAST_WORDS_BYTES];
    bool was_ready = worker->is_ready, was_busy = worker->is_busy;
    uint64_t seed = worker->seed;
    int status = worker_end(worker, true, last_words);
    if (!was_ready) {
        snprintf(explore->error, EXPLORE_LAST_WORDS_BYTES, "a worker ended before its first seed: %.400s",
                 *last_words ? last_words : "it said nothing");
        return false;
    }
    if (was_busy)
        keep(explore, &(struct explore_result){
                          .seed = seed, .end = end, .wait_status = status, .last_words = last_words});
    return start(explore, worker);
}

static bool may_give(const struct explore *explore)
{
    const struct explore_options *options = explore->options;
    return !explore->is_all_given && explore->next_given - explore->next_told < WAITING_MAX &&
           (options->stop_after_ns == 0 || worker_clock_ns() - explore->begin_ns < options->stop_after_ns);
}

/* Every idle worker gets a seed. Returns whether anything is under way. */
static bool give(struct explore *explore)
{
    bool is_under_way = false;
    for (unsigned i = 0; i < explore->options->workers; i++) {
        struct worker *worker = &explore->workers[i];
        if (worker->is_ready && !worker->is_busy && may_give(explore)) {
            worker_give(worker, explore->next_given);
            explore->is_all_given = explore->next_given == explore->options->seed_last;
            explore->next_given++;
        }
        is_under_way |= worker->is_busy || (!worker->is_ready && may_give(explore));
    }
    return is_under_way;
}

static bool listen(struct explore *explore)
{
    struct pollfd polled[EXPLORE_WORKERS_MAX];
    unsigned count = explore->options->workers;
    for (unsigned i = 0; i < count; i++)
        polled[i] = (struct pollfd){.fd = explore->workers[i].from, .events = POLLIN};
    if (poll(polled, count, POLL_MS) < 0)
        return errno == EINTR;
    for (unsigned i = 0; i < count; i++) {
        struct worker *worker = &explore->workers[i];
        uint64_t seed = worker->seed;
        if (!polled[i].revents)
            continue;
        switch (worker_read(worker)) {
        case WORKER_NOTHING:
        case WORKER_READY:
            break;
        case WORKER_RESULT:
            keep(explore, &(struct explore_result){.seed = seed,
                                                   .end = EXPLORE_PLAYED,
                                                   .bytes = worker->bytes,
                                                   .byte_count = worker->byte_count});
            break;
        case WORKER_ENDED:
            if (!replace(explore, worker, EXPLORE_DIED))
                return false;
            break;
        }
    }
    return true;
}

static bool watch(struct explore *explore)
{
    int64_t now = worker_clock_ns();
    if (now - explore->ticked_ns < tick_ns)
        return true;
    explore->ticked_ns = now;
    for (unsigned i = 0; i < explore->options->workers; i++) {
        struct worker *worker = &explore->workers[i];
        if (worker_is_over(worker, explore->cpu_limit_ns, explore->wall_limit_ns) &&
            !replace(explore, worker, EXPLORE_STUCK))
            return false;
    }
    if (!explore->options->on_tick || explore->options->on_tick(explore->options->opaque, explore->played))
        return true;
    snprintf(explore->error, EXPLORE_LAST_WORDS_BYTES, "interrupted");
    return false;
}

static void end(struct explore *explore)
{
    for (unsigned i = 0; i < explore->options->workers; i++) {
        struct worker *worker = &explore->workers[i];
        if (worker->pid)
            worker_end(worker, true, NULL);
        free(worker->bytes);
    }
    for (size_t i = 0; i < WAITING_MAX; i++) {
        free(explore->waiting[i].bytes);
        free(explore->waiting[i].last_words);
    }
}

bool explore_run(const struct explore_job *job, const struct explore_options *options,
                 char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    assert(options->workers >= 1 && options->workers <= EXPLORE_WORKERS_MAX);
    assert(options->seed_first <= options->seed_last);
    struct explore *explore = calloc(1, sizeof *explore);
    assert(explore);
    int64_t cpu_limit_ns = options->cpu_limit_ns ? options->cpu_limit_ns : EXPLORE_CPU_LIMIT_NS;
    explore->job = job;
    explore->options = options;
    explore->next_given = explore->next_told = options->seed_first;
    explore->begin_ns = explore->ticked_ns = worker_clock_ns();
    explore->cpu_limit_ns = cpu_limit_ns;
    explore->wall_limit_ns = options->wall_limit_ns ? options->wall_limit_ns : 5 * cpu_limit_ns;
    explore->error = error_out;

    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    bool is_good = true;
    for (unsigned i = 0; is_good && i < options->workers; i++)
        is_good = start(explore, &explore->workers[i]);
    while (is_good && !explore->has_enough && give(explore)) {
        is_good = listen(explore) && watch(explore);
        tell(explore);
    }
    tell(explore);
    end(explore);
    sigaction(SIGPIPE, &before, NULL);
    free(explore);
    return is_good;
}
