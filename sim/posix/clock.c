/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks and sleeps: every clock is a function of world time and of the host the process runs on. */
#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/posix/posix.h"
#include "sim/world/host.h"

#define SECOND_NS INT64_C(1000000000)

/* Waits end on multiples of this, as a kernel's timers have slack: a waiter that truncates to milliseconds would
 * otherwise spin through the last fraction. */
#define SLACK_NS INT64_C(1000000)

static bool is_wall(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

static bool is_known(int clock)
{
    return clock >= CLOCK_REALTIME && clock <= CLOCK_TAI && clock != 10;
}

static bool is_cpu(int clock)
{
    return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

static int64_t offset(const struct process *process, int clock)
{
    return is_wall(clock) ? process->host->wall_ns : process->host->monotonic_ns;
}

int64_t clock_from_world(const struct process *process, int clock, int64_t world_ns)
{
    if (is_cpu(clock))
        return world_ns;
    return host_oscillator(process->host, world_ns) + offset(process, clock);
}

int64_t clock_to_world(const struct process *process, int clock, int64_t clock_ns)
{
    if (is_cpu(clock))
        return clock_ns;
    return host_world(process->host, clock_ns - offset(process, clock));
}

int64_t clock_round_up(int64_t world_ns)
{
    if (world_ns > INT64_MAX - SLACK_NS)
        return SCHEDULE_NEVER;
    return world_ns <= schedule_now() ? schedule_now() : (world_ns + SLACK_NS - 1) / SLACK_NS * SLACK_NS;
}

int64_t clock_deadline(int64_t timeout_ns)
{
    if (timeout_ns < 0 || timeout_ns > INT64_MAX - schedule_now() - SLACK_NS)
        return SCHEDULE_NEVER;
    const struct host *host = task_self->process->host;
    return clock_round_up(host_world(host, host_oscillator(host, schedule_now()) + timeout_ns));
}

int64_t clock_until(int clock, int64_t clock_ns)
{
    struct posix_task *task = posix_task(task_self);
    task->until_clock = clock;
    task->until_ns = clock_ns;
    return clock_round_up(clock_to_world(task_self->process, clock, clock_ns));
}

enum wait_result clock_wait(struct wait_queue *queue, int64_t deadline_ns)
{
    if (deadline_ns == SCHEDULE_NEVER)
        return schedule_wait(queue, deadline_ns, true);
    struct task *self = task_self;
    const struct posix_task *task = posix_task(self);
    if (self->process->host->has_odd_clock) /* it may have changed since, in an earlier wait of this call */
        deadline_ns = clock_round_up(clock_to_world(self->process, task->until_clock, task->until_ns));
    self->wall_deadline_ns = is_wall(task->until_clock) ? task->until_ns : 0;
    enum wait_result result = schedule_wait(queue, deadline_ns, true);
    self->wall_deadline_ns = 0;
    return result;
}

static int64_t read_clock(int clock)
{
    schedule_point();
    int64_t now = clock_from_world(task_self->process, clock, schedule_read_clock());
    call_note(CALL_CLOCK_READ, (uint64_t)clock, (uint64_t)now);
    return now;
}

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS};
}

static int64_t from_timespec(const struct timespec *at)
{
    if (at->tv_sec > INT64_MAX / SECOND_NS - 1)
        return INT64_MAX / 2;
    return (int64_t)at->tv_sec * SECOND_NS + at->tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    if (!task_inside())
        return NEXT(clock_gettime)(clock, out);
    if (!is_known(clock)) {
        errno = EINVAL;
        return -1;
    }
    *out = to_timespec(read_clock(clock));
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *out)
{
    if (!task_inside())
        return NEXT(clock_getres)(clock, out);
    if (out)
        *out = (struct timespec){.tv_nsec = 1};
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    if (!task_inside())
        return NEXT(gettimeofday)(out, zone);
    int64_t now = read_clock(CLOCK_REALTIME);
    *out = (struct timeval){.tv_sec = now / SECOND_NS, .tv_usec = now % SECOND_NS / 1000};
    return 0;
}

time_t time(time_t *out)
{
    if (!task_inside())
        return NEXT(time)(out);
    time_t now = read_clock(CLOCK_REALTIME) / SECOND_NS;
    if (out)
        *out = now;
    return now;
}

int timespec_get(struct timespec *out, int base)
{
    if (!task_inside())
        return NEXT(timespec_get)(out, base);
    if (base != TIME_UTC)
        return 0;
    *out = to_timespec(read_clock(CLOCK_REALTIME));
    return base;
}

clock_t clock(void)
{
    if (!task_inside())
        return NEXT(clock)();
    return read_clock(CLOCK_PROCESS_CPUTIME_ID) / (SECOND_NS / CLOCKS_PER_SEC);
}

clock_t times(struct tms *out)
{
    if (!task_inside())
        return NEXT(times)(out);
    clock_t now = read_clock(CLOCK_MONOTONIC) / (SECOND_NS / 100);
    *out = (struct tms){.tms_utime = now};
    return now;
}

/* Sleeps until a time of a clock; returns 0 or -EINTR. */
static int64_t sleep_until(int clock, int64_t clock_ns)
{
    int64_t deadline_ns = clock_until(clock, clock_ns);
    call_enter(CALL_SLEEP);
    enum wait_result result = clock_wait(NULL, deadline_ns);
    return result == WAIT_INTERRUPTED ? -EINTR : 0;
}

static int64_t sleep_for(int64_t duration_ns, int64_t *left_ns_out)
{
    int64_t deadline_ns = clock_deadline(duration_ns);
    call_enter(CALL_SLEEP);
    int64_t result = schedule_wait(NULL, deadline_ns, true) == WAIT_INTERRUPTED ? -EINTR : 0;
    const struct host *host = task_self->process->host;
    int64_t left =
        host_oscillator(host, schedule_deadline(deadline_ns)) - host_oscillator(host, schedule_now());
    *left_ns_out = left > 0 ? left : 0;
    return result;
}

int nanosleep(const struct timespec *duration, struct timespec *left_out)
{
    if (!task_inside())
        return NEXT(nanosleep)(duration, left_out);
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= SECOND_NS) {
        errno = EINVAL;
        return -1;
    }
    int64_t left;
    int64_t result = sleep_for(from_timespec(duration), &left);
    if (result < 0 && left_out)
        *left_out = to_timespec(left);
    return (int)call_leave(CALL_SLEEP, (uint64_t)from_timespec(duration), 0, result);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *at, struct timespec *left_out)
{
    if (!task_inside())
        return NEXT(clock_nanosleep)(clock, flags, at, left_out);
    if (!is_known(clock) || at->tv_nsec < 0 || at->tv_nsec >= SECOND_NS)
        return EINVAL;
    int64_t left = 0, result;
    if (flags & TIMER_ABSTIME)
        result = sleep_until(clock, from_timespec(at));
    else
        result = sleep_for(from_timespec(at), &left);
    if (result < 0 && left_out && !(flags & TIMER_ABSTIME))
        *left_out = to_timespec(left);
    return call_leave_error(CALL_SLEEP, (uint64_t)from_timespec(at), (int)-result);
}

int usleep(useconds_t duration_us)
{
    if (!task_inside())
        return NEXT(usleep)(duration_us);
    int64_t left;
    int64_t result = sleep_for((int64_t)duration_us * 1000, &left);
    return (int)call_leave(CALL_SLEEP, duration_us, 0, result);
}

unsigned sleep(unsigned duration_s)
{
    if (!task_inside())
        return NEXT(sleep)(duration_s);
    int64_t left;
    sleep_for((int64_t)duration_s * SECOND_NS, &left);
    call_leave(CALL_SLEEP, duration_s, 0, 0);
    return (unsigned)((left + SECOND_NS - 1) / SECOND_NS);
}

int thrd_sleep(const struct timespec *duration, struct timespec *left_out)
{
    if (!task_inside())
        return NEXT(thrd_sleep)(duration, left_out);
    int64_t left;
    int64_t result = sleep_for(from_timespec(duration), &left);
    if (result < 0 && left_out)
        *left_out = to_timespec(left);
    call_leave_error(CALL_SLEEP, 0, (int)-result);
    return result < 0 ? -1 : 0;
}
