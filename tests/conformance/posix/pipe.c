/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: pipes. Their capacity is printed only as a relation. SIGPIPE: see signal.c. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/moment.h"
#include "tests/conformance/posix/say.h"

static void bytes_go_through_and_end(void)
{
    int ends[2];
    say_call("pipe", pipe(ends));
    char text[16];
    say_call("write", write(ends[1], "one", 3));
    say_call("write", write(ends[1], "two", 3));
    say_bytes("read of 4", text, read(ends[0], text, 4));
    say_bytes("read of 16", text, read(ends[0], text, sizeof(text)));
    close(ends[1]);
    say_call("read at the end", read(ends[0], text, sizeof(text)));
    say_call("read at the end again", read(ends[0], text, sizeof(text)));
    close(ends[0]);
}

static void the_end_comes_with_the_last_writer(void)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) < 0)
        return;
    char byte;
    int second = dup(ends[1]);
    say_call("read, two writers", read(ends[0], &byte, 1));
    close(ends[1]);
    say_call("read, one writer", read(ends[0], &byte, 1));
    close(second);
    say_call("read, no writer", read(ends[0], &byte, 1));
    close(ends[0]);
}

static void writing_without_a_reader_is_a_broken_pipe(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    close(ends[0]);
    say_call("write", write(ends[1], "x", 1));
    say_call("write again", write(ends[1], "x", 1));
    say_call("write of 0", write(ends[1], "", 0));
    sigaction(SIGPIPE, &before, NULL);
    close(ends[1]);
}

static void each_end_has_its_direction(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    char byte;
    say_call("write to the read end", write(ends[0], "x", 1));
    say_call("read from the write end", read(ends[1], &byte, 1));
    say_call("lseek", lseek(ends[0], 0, SEEK_SET));
    say_call("pread", pread(ends[0], &byte, 1, 0));
    say_whether("read end is O_RDONLY", (fcntl(ends[0], F_GETFL) & O_ACCMODE) == O_RDONLY);
    say_whether("write end is O_WRONLY", (fcntl(ends[1], F_GETFL) & O_ACCMODE) == O_WRONLY);
    struct stat status;
    say_call("fstat", fstat(ends[0], &status));
    say_whether("it is a FIFO", S_ISFIFO(status.st_mode));
    say_call("ftruncate", ftruncate(ends[1], 0));
    say_call("fsync", fsync(ends[1]));
    loopback_close(ends);
}

static void flags_of_pipe2(void)
{
    int ends[2];
    say_call("pipe2", pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    for (int i = 0; i < 2; i++) {
        say_whether("O_NONBLOCK", fcntl(ends[i], F_GETFL) & O_NONBLOCK);
        say_whether("FD_CLOEXEC", fcntl(ends[i], F_GETFD) & FD_CLOEXEC);
    }
    char byte;
    say_call("read", read(ends[0], &byte, 1));
    loopback_close(ends);
    say_call("pipe2 with an unknown flag", pipe2(ends, O_APPEND));
}

static void a_full_pipe_would_block(void)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) < 0)
        return;
    char page[PIPE_BUF] = {0};
    long written = 0;
    ssize_t count;
    while ((count = write(ends[1], page, sizeof(page))) > 0)
        written += count;
    say_call("write when full", count);
    say_whether("at least PIPE_BUF went in", written >= PIPE_BUF);
    say_whether("in whole writes", written % PIPE_BUF == 0);
    struct pollfd poller = {.fd = ends[1], .events = POLLOUT};
    poll(&poller, 1, 0);
    say_poll("write end", poller.revents);

    say_call("read of one byte", read(ends[0], page, 1));
    say_call("a whole page does not fit now", write(ends[1], page, sizeof(page)));
    long rest = 0;
    while ((count = read(ends[0], page, sizeof(page))) > 0)
        rest += count;
    say_call("read when empty", count);
    say_whether("all came out", rest == written - 1);
    poll(&poller, 1, 0);
    say_poll("write end", poller.revents);
    loopback_close(ends);
}

#define RECORD_BYTES   128
#define RECORDS_EACH   50
#define RECORD_WRITERS 4

static void *write_records(void *argument)
{
    int fd = *(int *)argument;
    char record[RECORD_BYTES];
    for (int i = 0; i < RECORDS_EACH; i++) {
        memset(record, 'a' + i % 26, sizeof(record));
        if (write(fd, record, sizeof(record)) != sizeof(record))
            say("a record was cut");
    }
    return NULL;
}

static void *write_all_records(void *argument)
{
    crew_run(RECORD_WRITERS, write_records, argument);
    close(*(int *)argument);
    return NULL;
}

static void small_writes_are_never_mixed(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    pthread_t writers = crew_start(write_all_records, &ends[1]);
    char record[RECORD_BYTES];
    int records = 0, mixed = 0;
    size_t length = 0;
    ssize_t count;
    while ((count = read(ends[0], record + length, sizeof(record) - length)) > 0) {
        length += (size_t)count;
        if (length < sizeof(record))
            continue;
        length = 0;
        records++;
        mixed += memcmp(record, record + 1, sizeof(record) - 1) != 0;
    }
    crew_join(writers);
    say("records %d, mixed %d, left over %zu", records, mixed, length);
    close(ends[0]);
}

static void *read_slowly(void *argument)
{
    char bytes[10000];
    long received = 0;
    ssize_t count;
    moment_sleep_ms(5);
    while ((count = read(*(int *)argument, bytes, sizeof(bytes))) > 0)
        received += count;
    return (void *)received;
}

static void a_blocking_write_waits_for_room(void)
{
    static const char bytes[1000000];
    int ends[2];
    if (pipe(ends) < 0)
        return;
    pthread_t reader = crew_start(read_slowly, &ends[0]);
    say_call("write", write(ends[1], bytes, sizeof(bytes)));
    close(ends[1]);
    say("received %ld", (long)crew_join(reader));
    close(ends[0]);
}

const struct likeness_case likeness_pipe[] = {
    LIKENESS_CASE(pipe, bytes_go_through_and_end),
    LIKENESS_CASE(pipe, the_end_comes_with_the_last_writer),
    LIKENESS_CASE(pipe, writing_without_a_reader_is_a_broken_pipe),
    LIKENESS_CASE(pipe, each_end_has_its_direction),
    LIKENESS_CASE(pipe, flags_of_pipe2),
    LIKENESS_CASE(pipe, a_full_pipe_would_block),
    LIKENESS_CASE(pipe, small_writes_are_never_mixed),
    LIKENESS_CASE(pipe, a_blocking_write_waits_for_room),
    LIKENESS_END,
};
