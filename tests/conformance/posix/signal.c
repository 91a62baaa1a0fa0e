/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: signals: handlers, masks, interrupted calls, and SIGPIPE. A handler can only reach static
 * variables; each case sets them back first. Senders repeat until the signal has had its effect, so that a
 * case does not depend on who comes first.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static atomic_int handled;
static atomic_int last_number;

static void count_signal(int number)
{
    atomic_store(&last_number, number);
    atomic_fetch_add(&handled, 1);
}

static void install(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    say_call("sigaction", sigaction(number, &action, NULL));
    atomic_store(&handled, 0);
    atomic_store(&last_number, 0);
}

static void restore(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
}

static void say_handled(void)
{
    say("handled %d, last was %s", atomic_load(&handled),
        atomic_load(&last_number) ? sigabbrev_np(atomic_load(&last_number)) : "none");
}

static void a_handler_runs_before_raise_returns(void)
{
    install(SIGUSR1, count_signal, 0);
    say_call("raise", raise(SIGUSR1));
    say_handled();
    say_call("kill", kill(getpid(), SIGUSR1));
    say_handled();
    say_error("pthread_kill", pthread_kill(pthread_self(), SIGUSR1));
    say_handled();
    restore(SIGUSR1);
}

static void a_handler_for_sigterm_saves_the_process(void)
{
    install(SIGTERM, count_signal, 0);
    say_call("kill", kill(getpid(), SIGTERM));
    say_handled();
    restore(SIGTERM);
}

static void sigaction_gives_the_handler_before(void)
{
    struct sigaction action = {.sa_handler = count_signal}, before = {.sa_flags = 0};
    sigemptyset(&action.sa_mask);
    say_call("first", sigaction(SIGUSR1, &action, &before));
    say_whether("it was the default", before.sa_handler == SIG_DFL);
    action.sa_handler = SIG_IGN;
    say_call("second", sigaction(SIGUSR1, &action, &before));
    say_whether("it was the handler", before.sa_handler == count_signal);
    say_call("only asking", sigaction(SIGUSR1, NULL, &before));
    say_whether("it is ignored", before.sa_handler == SIG_IGN);
    say_call("raise of an ignored one", raise(SIGUSR1));
    restore(SIGUSR1);
}

static void signals_say_what_is_wrong(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    say_call("handling SIGKILL", sigaction(SIGKILL, &action, NULL));
    say_call("handling signal 0", sigaction(0, &action, NULL));
    say_call("handling signal 99", sigaction(99, &action, NULL));
    say_call("kill with 99", kill(getpid(), 99));
    say_call("kill with 0", kill(getpid(), 0));
    say_error("pthread_kill with 0", pthread_kill(pthread_self(), 0));
    say_error("pthread_kill with 99", pthread_kill(pthread_self(), 99));
    say_error("an unknown way to mask", pthread_sigmask(99, &(sigset_t){0}, NULL));
}

static void a_blocked_signal_waits(void)
{
    install(SIGUSR1, count_signal, 0);
    sigset_t set, before, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    say_error("block", pthread_sigmask(SIG_BLOCK, &set, &before));
    say_whether("it was blocked before", sigismember(&before, SIGUSR1));
    raise(SIGUSR1);
    raise(SIGUSR1);
    say_handled();
    say_call("sigpending", sigpending(&pending));
    say_whether("it is pending", sigismember(&pending, SIGUSR1));
    say_error("unblock", pthread_sigmask(SIG_SETMASK, &before, NULL));
    say_handled();
    sigpending(&pending);
    say_whether("it is pending", sigismember(&pending, SIGUSR1));
    restore(SIGUSR1);
}

static void *say_mask(void *argument)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    say("a new thread blocks SIGUSR1: %d, SIGUSR2: %d", sigismember(&mask, SIGUSR1),
        sigismember(&mask, SIGUSR2));
    sigfillset(&mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return argument;
}

static void threads_inherit_the_mask_of_their_creator(void)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    crew_join(crew_start(say_mask, NULL));
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    say("here SIGUSR1: %d, SIGUSR2: %d", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct target {
    pthread_t thread;
    atomic_int done;
    int fd;
    int rounds;
};

/* Sends SIGUSR1 to the thread until that says that it is done. */
static void *interrupt(void *argument)
{
    struct target *target = argument;
    while (!atomic_load(&target->done)) {
        moment_sleep_ms(1);
        pthread_kill(target->thread, SIGUSR1);
    }
    return NULL;
}

static void blocking_calls_are_interrupted(void)
{
    install(SIGUSR1, count_signal, 0);
    int ends[2], stream[2];
    struct sockaddr_in address;
    if (pipe(ends) < 0 || !loopback_pair(stream))
        return;
    int listener = loopback_listen(&address);
    struct target target = {.thread = pthread_self()};
    pthread_t sender = crew_start(interrupt, &target);
    char byte;
    say_call("poll", poll(NULL, 0, 5000));
    say_call("read of a pipe", read(ends[0], &byte, 1));
    struct timespec left = {0, 0};
    say_call("nanosleep", nanosleep(&(struct timespec){.tv_sec = 5}, &left));
    /* Linux counts the timer's slack (50 us) in, so what is left may be more than what was asked for. */
    say_whether("some time was left", moment_ns(left) > 0 && moment_ns(left) <= 5001000000);
    say_call("accept", accept(listener, NULL, NULL));
    say_call("recv", recv(stream[0], &byte, 1, 0));
    atomic_store(&target.done, 1);
    crew_join(sender);
    say_whether("the handler ran", atomic_load(&handled) >= 5);
    close(listener);
    loopback_close(stream);
    loopback_close(ends);
    restore(SIGUSR1);
}

static void *interrupt_then_write(void *argument)
{
    struct target *target = argument;
    for (int i = 0; i < target->rounds; i++) {
        moment_sleep_ms(1);
        pthread_kill(target->thread, SIGUSR1);
    }
    if (write(target->fd, "x", 1) != 1)
        say("the write failed");
    return NULL;
}

static void some_calls_are_restarted(void)
{
    install(SIGUSR1, count_signal, SA_RESTART);
    int ends[2];
    if (pipe(ends) < 0)
        return;
    struct target target = {.thread = pthread_self(), .fd = ends[1], .rounds = 3};
    pthread_t sender = crew_start(interrupt_then_write, &target);
    char byte;
    say_call("read of a pipe", read(ends[0], &byte, 1));
    crew_join(sender);
    say_whether("the handler ran", atomic_load(&handled) >= 1);
    atomic_store(&target.done, 0);
    sender = crew_start(interrupt, &target);
    say_call("poll all the same", poll(NULL, 0, 5000));
    atomic_store(&target.done, 1);
    crew_join(sender);
    loopback_close(ends);
    restore(SIGUSR1);
}

static void *lock_and_say(void *argument)
{
    say_error("the waiting lock", pthread_mutex_lock(argument));
    pthread_mutex_unlock(argument);
    return NULL;
}

static void a_mutex_is_not_interrupted(void)
{
    install(SIGUSR1, count_signal, 0);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_t waiter = crew_start(lock_and_say, &mutex);
    for (int i = 0; i < 3; i++) {
        moment_sleep_ms(2);
        pthread_kill(waiter, SIGUSR1);
    }
    while (atomic_load(&handled) < 1)
        moment_sleep_ms(1);
    say("unlocking");
    pthread_mutex_unlock(&mutex);
    crew_join(waiter);
    pthread_mutex_destroy(&mutex);
    restore(SIGUSR1);
}

static void writing_to_nobody_raises_sigpipe(void)
{
    install(SIGPIPE, count_signal, 0);
    int ends[2];
    if (pipe(ends) < 0)
        return;
    close(ends[0]);
    say_call("write to a pipe", write(ends[1], "x", 1));
    say_handled();
    close(ends[1]);
    if (!loopback_pair(ends))
        return;
    shutdown(ends[0], SHUT_WR);
    say_call("write to a socket", write(ends[0], "x", 1));
    say_handled();
    say_call("send with MSG_NOSIGNAL", send(ends[0], "x", 1, MSG_NOSIGNAL));
    say_handled();
    install(SIGPIPE, SIG_IGN, 0);
    say_call("write, ignoring it", write(ends[0], "x", 1));
    loopback_close(ends);
    restore(SIGPIPE);
}

static void ppoll_takes_a_signal_that_waited(void)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    install(SIGUSR1, count_signal, 0);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    raise(SIGUSR1);
    say_handled();
    say_call("ppoll", ppoll(NULL, 0, &(struct timespec){.tv_sec = 60}, &before));
    say_handled();
    raise(SIGUSR1);
    say_call("pselect", pselect(0, NULL, NULL, NULL, &(struct timespec){.tv_sec = 60}, &before));
    say_handled();
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    say("blocked again: %d", sigismember(&after, SIGUSR1));
    say_call("ppoll of nothing", ppoll(NULL, 0, &(struct timespec){.tv_nsec = 1000000}, &before));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    restore(SIGUSR1);
}

static void signals_can_be_read_from_a_descriptor(void)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    say_ok("signalfd", fd);
    struct signalfd_siginfo info = {0};
    say_call("read", read(fd, &info, sizeof(info)));
    say_call("kill", kill(getpid(), SIGTERM));
    say_poll("poll", loopback_await(fd, POLLIN));
    say_whether("read gives one", read(fd, &info, sizeof(info)) == sizeof(info));
    say("SIG%s", sigabbrev_np((int)info.ssi_signo));
    say_whether("from here", (pid_t)info.ssi_pid == getpid());
    say_call("read again", read(fd, &info, sizeof(info)));
    close(fd);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void *kill_later(void *argument)
{
    moment_sleep_ms(5);
    kill(getpid(), SIGTERM);
    return argument;
}

static void signals_can_be_waited_for(void)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    pthread_t sender = crew_start(kill_later, NULL);
    int number = 0;
    say_error("sigwait", sigwait(&set, &number));
    say("SIG%s", sigabbrev_np(number));
    crew_join(sender);
    struct timespec deadline = moment_after_ms(CLOCK_MONOTONIC, 5);
    say_call("sigtimedwait", sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = 5000000}));
    say_whether("it waited", moment_has_come(CLOCK_MONOTONIC, deadline));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void *wait_blocked(void *argument)
{
    struct target *target = argument;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    atomic_store(&target->done, 1);
    char byte;
    say_call("the blocking thread's read", read(target->fd, &byte, 1));
    return NULL;
}

static void a_process_signal_goes_to_a_thread_that_takes_it(void)
{
    install(SIGUSR1, count_signal, 0);
    int ends[2];
    if (pipe(ends) < 0)
        return;
    struct target target = {.fd = ends[0]};
    pthread_t thread = crew_start(wait_blocked, &target);
    while (!atomic_load(&target.done))
        moment_sleep_ms(1);
    say_call("kill", kill(getpid(), SIGUSR1));
    say_handled();
    long written = write(ends[1], "x", 1);
    crew_join(thread);
    say("written %ld", written);
    loopback_close(ends);
    restore(SIGUSR1);
}

static void sets_of_signals(void)
{
    sigset_t set;
    sigfillset(&set);
    say("full: %d", sigismember(&set, SIGTERM));
    sigdelset(&set, SIGTERM);
    say("without: %d", sigismember(&set, SIGTERM));
    sigemptyset(&set);
    say("empty: %d", sigismember(&set, SIGINT));
    say_call("adding 99", sigaddset(&set, 99));
    say_call("asking for 0", sigismember(&set, 0));
}

const struct likeness_case likeness_signal[] = {
    LIKENESS_CASE(signal, a_handler_runs_before_raise_returns),
    LIKENESS_CASE(signal, a_handler_for_sigterm_saves_the_process),
    LIKENESS_CASE(signal, sigaction_gives_the_handler_before),
    LIKENESS_CASE(signal, signals_say_what_is_wrong),
    LIKENESS_CASE(signal, a_blocked_signal_waits),
    LIKENESS_CASE(signal, threads_inherit_the_mask_of_their_creator),
    LIKENESS_CASE(signal, blocking_calls_are_interrupted),
    LIKENESS_CASE(signal, some_calls_are_restarted),
    LIKENESS_CASE(signal, a_mutex_is_not_interrupted),
    LIKENESS_CASE(signal, writing_to_nobody_raises_sigpipe),
    LIKENESS_CASE(signal, ppoll_takes_a_signal_that_waited),
    LIKENESS_CASE(signal, signals_can_be_read_from_a_descriptor),
    LIKENESS_CASE(signal, signals_can_be_waited_for),
    LIKENESS_CASE(signal, a_process_signal_goes_to_a_thread_that_takes_it),
    LIKENESS_CASE(signal, sets_of_signals),
    LIKENESS_END,
};
