/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/explore/pool.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/explore/worker.h"

enum { POLL_MS = 100, WALL_TO_CPU = 5 };

struct pool {
    const struct explore_job *job;
    struct worker workers[EXPLORE_WORKERS_MAX];
    char last_words[EXPLORE_WORKERS_MAX][EXPLORE_LAST_WORDS_BYTES];
    unsigned count;
    int64_t cpu_limit_ns;
    struct sigaction pipe_before;
};

/* A round of numbers under way. */
struct round {
    const uint64_t *numbers;
    struct pool_result *results;
    size_t count, done;
    bool is_given[EXPLORE_WORKERS_MAX], is_done[EXPLORE_WORKERS_MAX];
    char *error;
};

static bool start(struct pool *pool, unsigned index, char *error)
{
    if (worker_start(&pool->workers[index], pool->job, pool->workers, pool->count))
        return true;
    snprintf(error, EXPLORE_LAST_WORDS_BYTES, "cannot start a worker: %s", strerror(errno));
    return false;
}

struct pool *pool_new(const struct explore_job *job, unsigned workers, int64_t cpu_limit_ns,
                      char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    assert(workers >= 1 && workers <= EXPLORE_WORKERS_MAX);
    struct pool *pool = calloc(1, sizeof *pool);
    assert(pool);
    pool->job = job;
    pool->count = workers;
    pool->cpu_limit_ns = cpu_limit_ns;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &pool->pipe_before);
    for (unsigned i = 0; i < workers; i++) {
        if (start(pool, i, error_out))
            continue;
        pool_free(pool);
        return NULL;
    }
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    for (unsigned i = 0; i < pool->count; i++) {
        if (pool->workers[i].pid)
            worker_end(&pool->workers[i], true, NULL);
        free(pool->workers[i].bytes);
    }
    sigaction(SIGPIPE, &pool->pipe_before, NULL);
    free(pool);
}

static void settle(struct round *round, unsigned index, struct pool_result result)
{
    round->results[index] = result;
    round->is_done[index] = true;
    round->done++;
}

/* The worker is gone, or is to go. */
static bool replace(struct pool *pool, struct round *round, unsigned index, enum explore_end end)
{
    struct worker *worker = &pool->workers[index];
    bool was_ready = worker->is_ready;
    char *words = pool->last_words[index];
    worker_end(worker, true, words);
    if (!was_ready) {
        snprintf(round->error, EXPLORE_LAST_WORDS_BYTES, "a worker ended before it began: %.400s",
                 *words ? words : "it said nothing");
        return false;
    }
    if (index < round->count && !round->is_done[index])
        settle(round, index, (struct pool_result){.end = end, .last_words = words});
    return start(pool, index, round->error);
}

static bool read_one(struct pool *pool, struct round *round, unsigned index)
{
    struct worker *worker = &pool->workers[index];
    switch (worker_read(worker)) {
    case WORKER_NOTHING:
    case WORKER_READY:
        return true;
    case WORKER_RESULT:
        settle(round, index,
               (struct pool_result){
                   .end = EXPLORE_PLAYED, .bytes = worker->bytes, .byte_count = worker->byte_count});
        return true;
    case WORKER_ENDED:
        return replace(pool, round, index, EXPLORE_DIED);
    }
    return false;
}

static void give(struct pool *pool, struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        if (round->is_given[i] || !pool->workers[i].is_ready)
            continue;
        worker_give(&pool->workers[i], round->numbers[i]);
        round->is_given[i] = true;
    }
}

bool pool_play(struct pool *pool, const uint64_t numbers[], size_t count, struct pool_result results_out[],
               char error_out[EXPLORE_LAST_WORDS_BYTES])
{
    assert(count >= 1 && count <= pool->count);
    struct round round = {.numbers = numbers, .results = results_out, .count = count, .error = error_out};
    struct pollfd polled[EXPLORE_WORKERS_MAX];
    while (round.done < count) {
        give(pool, &round);
        for (unsigned i = 0; i < pool->count; i++)
            polled[i] = (struct pollfd){.fd = pool->workers[i].from, .events = POLLIN};
        if (poll(polled, pool->count, POLL_MS) < 0) {
            if (errno == EINTR)
                continue;
            snprintf(error_out, EXPLORE_LAST_WORDS_BYTES, "%s", strerror(errno));
            return false;
        }
        for (unsigned i = 0; i < pool->count; i++) {
            if (polled[i].revents && !read_one(pool, &round, i))
                return false;
            if (worker_is_over(&pool->workers[i], pool->cpu_limit_ns, WALL_TO_CPU * pool->cpu_limit_ns) &&
                !replace(pool, &round, i, EXPLORE_STUCK))
                return false;
        }
    }
    return true;
}
