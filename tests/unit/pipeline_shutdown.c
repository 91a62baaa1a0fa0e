/* SPDX-License-Identifier: Apache-2.0 */
/* A worker ends, whatever its main thread waits for: here, for ever, as some calls of librdkafka have been seen to do. */
#include "pipeline/millrace.h"
#include "pipeline/shutdown.h"

#include <criterion/criterion.h>
#include <poll.h>
#include "sim/world/schedule.h"
#include "tests/unit/world.h"

#define SECOND_NS INT64_C(1000000000)

enum { LIMIT_MS = 30000, SIGNALS_MAX = 2 };

static int hang(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct wake wake;
    struct shutdown shutdown;
    if (!wake_open(&wake) || !shutdown_open(&shutdown, &wake, LIMIT_MS))
        return 1;
    for (;;)
        poll(NULL, 0, -1);
}

static int leave(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct wake wake;
    struct shutdown shutdown;
    if (!wake_open(&wake) || !shutdown_open(&shutdown, &wake, LIMIT_MS))
        return 1;
    struct pollfd woken = {.fd = wake.read_descriptor, .events = POLLIN};
    poll(&woken, 1, -1);
    bool is_asked = shutdown_is_asked(&shutdown);
    shutdown_close(&shutdown);
    wake_close(&wake);
    return is_asked ? MILLRACE_OK : 1;
}

static void send_sigterm(struct timer *timer)
{
    (void)timer;
    process_signal(process_by_name("worker"), SIGTERM);
}

/* Plays main in a world in which SIGTERM comes once a second, so many times. */
static struct world_outcome asked_to_stop(int (*main)(int, char **), int signals)
{
    struct world_outcome outcome = {0};
    struct timer timers[SIGNALS_MAX] = {0};
    world_warm_up(world_nothing);
    world_begin(&(struct world_options){.choices = CHOICE_SEEDED, .seed = 1});
    process_start(&(struct process_spec){.name = "worker",
                                         .host = host_new("host"),
                                         .main = main,
                                         .arguments = (const char *const[]){"worker", NULL},
                                         .on_end = world_note_end,
                                         .opaque = &outcome});
    for (int i = 0; i < signals; i++)
        timer_start(&timers[i], (i + 1) * SECOND_NS, send_sigterm);
    world_run();
    for (int i = 0; i < signals; i++)
        timer_stop(&timers[i]);
    world_end(&outcome.report);
    cr_assert(outcome.ended);
    return outcome;
}

Test(shutdown, the_first_signal_wakes_and_is_told)
{
    struct world_outcome outcome = asked_to_stop(leave, 1);
    cr_expect_eq(outcome.end.status, MILLRACE_OK);
    cr_expect_eq(outcome.end.open_descriptors, 0);
    cr_expect_lt(outcome.report.virtual_ns, 2 * SECOND_NS);
}

Test(shutdown, the_second_signal_ends_a_worker_that_hangs)
{
    struct world_outcome outcome = asked_to_stop(hang, 2);
    cr_expect_eq(outcome.end.status, MILLRACE_AT_ONCE);
    cr_expect_lt(outcome.report.virtual_ns, 3 * SECOND_NS);
}

Test(shutdown, a_worker_that_hangs_ends_when_its_time_is_over)
{
    struct world_outcome outcome = asked_to_stop(hang, 1);
    cr_expect_eq(outcome.end.status, MILLRACE_AT_ONCE);
    cr_expect_geq(outcome.report.virtual_ns, SECOND_NS + LIMIT_MS * INT64_C(1000000));
    cr_expect_lt(outcome.report.virtual_ns, 2 * SECOND_NS + LIMIT_MS * INT64_C(1000000));
}
