/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: eventfd, the counter that wakes event loops. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void say_value(const char *call, int fd)
{
    uint64_t value = 99;
    ssize_t count = read(fd, &value, sizeof(value));
    if (count < 0)
        say_call(call, count);
    else
        say("%s: %zd bytes, %llu", call, count, (unsigned long long)value);
}

static long add(int fd, uint64_t value)
{
    return write(fd, &value, sizeof(value));
}

static void writes_add_up_and_a_read_takes_all(void)
{
    int fd = eventfd(5, EFD_NONBLOCK | EFD_CLOEXEC);
    say_call("write 3", add(fd, 3));
    say_call("write 0", add(fd, 0));
    say_call("write 4", add(fd, 4));
    say_value("read", fd);
    say_value("read again", fd);
    say_call("write 0", add(fd, 0));
    say_value("read", fd);
    close(fd);
}

static void a_semaphore_gives_one_at_a_time(void)
{
    int fd = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
    say_call("write 1", add(fd, 1));
    for (int i = 0; i < 4; i++)
        say_value("read", fd);
    close(fd);
}

static void it_does_not_overflow(void)
{
    int fd = eventfd(0, EFD_NONBLOCK);
    say_call("write the highest", add(fd, UINT64_MAX - 1));
    say_call("write 1 more", add(fd, 1));
    say_call("write 0 more", add(fd, 0));
    say_call("write all ones", add(fd, UINT64_MAX));
    say_value("read", fd);
    close(fd);
}

static void it_needs_eight_bytes(void)
{
    int fd = eventfd(1, EFD_NONBLOCK);
    char bytes[16] = {0};
    say_call("write of 4", write(fd, bytes, 4));
    say_call("read of 7", read(fd, bytes, 7));
    say_call("read of 16", read(fd, bytes, 16));
    say_value("read", fd);
    close(fd);
    say_call("unknown flag", eventfd(0, 1 << 20));
}

static void its_flags_are_as_asked(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    say_whether("O_NONBLOCK", fcntl(fd, F_GETFL) & O_NONBLOCK);
    say_whether("FD_CLOEXEC", fcntl(fd, F_GETFD) & FD_CLOEXEC);
    say_whether("O_RDWR", (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    close(fd);
    fd = eventfd(0, 0);
    say_whether("O_NONBLOCK", fcntl(fd, F_GETFL) & O_NONBLOCK);
    say_whether("FD_CLOEXEC", fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void *add_later(void *argument)
{
    moment_sleep_ms(5);
    say("adding");
    add(*(int *)argument, 7);
    return NULL;
}

static void a_blocked_read_wakes(void)
{
    int fd = eventfd(0, 0);
    pthread_t thread = crew_start(add_later, &fd);
    say_value("read", fd);
    crew_join(thread);
    close(fd);
}

static void *take_later(void *argument)
{
    moment_sleep_ms(5);
    say("taking");
    eventfd_t value;
    eventfd_read(*(int *)argument, &value);
    return NULL;
}

static void a_blocked_write_wakes(void)
{
    int fd = eventfd(0, 0);
    say_call("eventfd_write", eventfd_write(fd, UINT64_MAX - 1));
    pthread_t thread = crew_start(take_later, &fd);
    say_call("eventfd_write", eventfd_write(fd, 2));
    crew_join(thread);
    say_value("read", fd);
    close(fd);
}

static void *add_many(void *argument)
{
    for (int i = 0; i < 100; i++)
        add(*(int *)argument, 1);
    return NULL;
}

static void no_increment_is_lost(void)
{
    int fd = eventfd(0, 0);
    crew_run(4, add_many, &fd);
    say_value("read", fd);
    close(fd);
}

const struct likeness_case likeness_eventfd[] = {
    LIKENESS_CASE(eventfd, writes_add_up_and_a_read_takes_all),
    LIKENESS_CASE(eventfd, a_semaphore_gives_one_at_a_time),
    LIKENESS_CASE(eventfd, it_does_not_overflow),
    LIKENESS_CASE(eventfd, it_needs_eight_bytes),
    LIKENESS_CASE(eventfd, its_flags_are_as_asked),
    LIKENESS_CASE(eventfd, a_blocked_read_wakes),
    LIKENESS_CASE(eventfd, a_blocked_write_wakes),
    LIKENESS_CASE(eventfd, no_increment_is_lost),
    LIKENESS_END,
};
