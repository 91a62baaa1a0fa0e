/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: descriptors: their numbers, their copies, and the flags of each and of what they stand for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

static void the_lowest_free_number_is_taken(void)
{
    int fds[4];
    for (int i = 0; i < 4; i++)
        fds[i] = open(".", O_RDONLY);
    for (int i = 1; i < 4; i++)
        say_whether("the next number", fds[i] == fds[i - 1] + 1);
    close(fds[2]);
    close(fds[0]);
    int first = open(".", O_RDONLY);
    say_whether("open takes the lowest", first == fds[0]);
    int second = socket(AF_INET, SOCK_STREAM, 0);
    say_whether("socket takes the next", second == fds[2]);
    close(fds[1]);
    int copy = dup(first);
    say_whether("dup takes the lowest", copy == fds[1]);
    close(first);
    close(fds[3]);
    int ends[2];
    say_call("pipe", pipe(ends));
    say_whether("pipe takes the two lowest, read end first", ends[0] == fds[0] && ends[1] == fds[3]);
    loopback_close(ends);
    close(copy);
    close(second);
}

static void a_closed_descriptor_is_bad_everywhere(void)
{
    int fd = open(".", O_RDONLY);
    char byte;
    struct stat status;
    say_call("close", close(fd));
    say_call("close again", close(fd));
    say_call("read", read(fd, &byte, 1));
    say_call("write", write(fd, &byte, 1));
    say_call("lseek", lseek(fd, 0, SEEK_SET));
    say_call("fstat", fstat(fd, &status));
    say_call("fcntl F_GETFL", fcntl(fd, F_GETFL));
    say_call("fcntl F_GETFD", fcntl(fd, F_GETFD));
    say_call("dup", dup(fd));
    say_call("dup2", dup2(fd, fd));
    say_call("fsync", fsync(fd));
    say_call("ftruncate", ftruncate(fd, 0));
    say_call("close of -1", close(-1));
}

static void copies_share_the_offset(void)
{
    scratch_make("file", "abcdef");
    int fd = open("file", O_RDONLY);
    int copy = dup(fd);
    int other = open("file", O_RDONLY);
    char text[8];
    say_bytes("read", text, read(fd, text, 2));
    say_bytes("read of the copy", text, read(copy, text, 2));
    say_bytes("read of another open", text, read(other, text, 2));
    say_call("lseek of the copy", lseek(copy, 5, SEEK_SET));
    say_bytes("read", text, read(fd, text, 2));
    close(fd);
    say_call("lseek of the copy", lseek(copy, 0, SEEK_CUR));
    close(copy);
    close(other);
    unlink("file");
}

static void copies_share_status_flags_but_not_cloexec(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    say_call("F_SETFD", fcntl(ends[0], F_SETFD, FD_CLOEXEC));
    int copy = dup(ends[0]);
    say_call("F_GETFD", fcntl(ends[0], F_GETFD));
    say_call("F_GETFD of the copy", fcntl(copy, F_GETFD));
    loopback_set_nonblocking(copy);
    say_whether("O_NONBLOCK", fcntl(ends[0], F_GETFL) & O_NONBLOCK);
    char byte;
    say_call("read", read(ends[0], &byte, 1));
    say_call("F_SETFL", fcntl(ends[0], F_SETFL, 0));
    say_whether("O_NONBLOCK of the copy", fcntl(copy, F_GETFL) & O_NONBLOCK);
    say_call("F_SETFD", fcntl(ends[0], F_SETFD, 0));
    say_call("F_GETFD", fcntl(ends[0], F_GETFD));
    close(copy);
    loopback_close(ends);
}

static void dup2_replaces(void)
{
    scratch_make("one", "1");
    scratch_make("two", "2");
    int one = open("one", O_RDONLY), two = open("two", O_RDONLY);
    char text[4];
    say_whether("dup2 gives the number asked for", dup2(one, two) == two);
    say_bytes("read", text, read(two, text, sizeof(text)));
    say_call("both at the end", read(one, text, sizeof(text)));
    say_whether("dup2 onto itself gives it", dup2(one, one) == one);
    say_call("dup2 of a bad one", dup2(-1, two));
    say_ok("the target is still open", fcntl(two, F_GETFD));
    say_call("dup2 to -1", dup2(one, -1));
    say_call("dup3 onto itself", dup3(one, one, 0));
    say_whether("dup3", dup3(one, two, O_CLOEXEC) == two);
    say_call("F_GETFD", fcntl(two, F_GETFD));
    close(one);
    close(two);
    unlink("one");
    unlink("two");
}

static void fcntl_copies_above_a_number(void)
{
    int fd = open(".", O_RDONLY);
    int high = fcntl(fd, F_DUPFD, 100);
    say("F_DUPFD from 100: %d", high);
    int next = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    say("F_DUPFD_CLOEXEC from 100: %d", next);
    say_call("F_GETFD", fcntl(high, F_GETFD));
    say_call("F_GETFD", fcntl(next, F_GETFD));
    say_call("from -1", fcntl(fd, F_DUPFD, -1));
    close(high);
    close(next);
    close(fd);
}

static void say_flags(const char *what, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    static const char *const modes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "?"};
    say("%s: %s%s%s", what, modes[flags & O_ACCMODE], flags & O_APPEND ? " O_APPEND" : "",
        flags & O_NONBLOCK ? " O_NONBLOCK" : "");
}

static void status_flags_are_as_opened(void)
{
    int fd = open("file", O_WRONLY | O_CREAT | O_APPEND, 0644);
    say_flags("for appending", fd);
    say_call("F_SETFL to O_NONBLOCK", fcntl(fd, F_SETFL, O_NONBLOCK));
    say_flags("then", fd);
    say_call("F_SETFL to O_RDWR|O_TRUNC", fcntl(fd, F_SETFL, O_RDWR | O_TRUNC));
    say_flags("then", fd);
    say_call("unknown command", fcntl(fd, 9999));
    close(fd);
    fd = open("file", O_RDWR | O_CLOEXEC);
    say_flags("for both", fd);
    say_call("F_GETFD", fcntl(fd, F_GETFD));
    close(fd);
    unlink("file");
}

static void a_connection_ends_with_its_last_copy(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    int copy = dup(ends[0]);
    close(ends[0]);
    char text[8];
    say_call("nothing yet", recv(ends[1], text, sizeof(text), MSG_DONTWAIT));
    loopback_put(copy, "copy");
    say_bytes("recv", text, recv(ends[1], text, sizeof(text), 0));
    close(copy);
    say_call("recv", recv(ends[1], text, sizeof(text), 0));
    close(ends[1]);
}

static void shutdown_holds_for_all_copies(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    int copy = dup(ends[0]);
    say_call("shutdown of the copy", shutdown(copy, SHUT_WR));
    close(copy);
    char byte;
    say_call("recv", recv(ends[1], &byte, 1, 0));
    say_call("send", send(ends[0], "x", 1, MSG_NOSIGNAL));
    loopback_close(ends);
}

static void nothing_here_is_a_terminal(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return;
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    say_whether("a pipe", isatty(ends[0]));
    say_error("errno", errno);
    say_whether("a file", isatty(fd));
    say_whether("standard output", isatty(STDOUT_FILENO));
    close(fd);
    say_whether("closed", isatty(fd));
    say_error("errno", errno);
    loopback_close(ends);
    unlink("file");
}

const struct likeness_case likeness_descriptor[] = {
    LIKENESS_CASE(descriptor, the_lowest_free_number_is_taken),
    LIKENESS_CASE(descriptor, a_closed_descriptor_is_bad_everywhere),
    LIKENESS_CASE(descriptor, copies_share_the_offset),
    LIKENESS_CASE(descriptor, copies_share_status_flags_but_not_cloexec),
    LIKENESS_CASE(descriptor, dup2_replaces),
    LIKENESS_CASE(descriptor, fcntl_copies_above_a_number),
    LIKENESS_CASE(descriptor, status_flags_are_as_opened),
    LIKENESS_CASE(descriptor, a_connection_ends_with_its_last_copy),
    LIKENESS_CASE(descriptor, shutdown_holds_for_all_copies),
    LIKENESS_CASE(descriptor, nothing_here_is_a_terminal),
    LIKENESS_END,
};
