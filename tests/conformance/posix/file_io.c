/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: the content of files: reading, writing, seeking, truncating, syncing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/conformance/posix/crew.h"
#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

static void the_offset_moves_with_every_byte(void)
{
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    char text[16];
    say_call("write", write(fd, "hello world", 11));
    say_call("lseek", lseek(fd, 0, SEEK_CUR));
    say_call("read at the end", read(fd, text, sizeof(text)));
    say_call("lseek to 6", lseek(fd, 6, SEEK_SET));
    say_bytes("read of 2", text, read(fd, text, 2));
    say_bytes("read of 16", text, read(fd, text, sizeof(text)));
    say_call("read", read(fd, text, sizeof(text)));
    say_call("write of 0", write(fd, text, 0));
    say_call("lseek", lseek(fd, 0, SEEK_CUR));
    close(fd);
    unlink("file");
}

static void seeking_has_rules(void)
{
    scratch_make("file", "0123456789");
    int fd = open("file", O_RDWR);
    char text[4];
    say_call("to 3 before the end", lseek(fd, -3, SEEK_END));
    say_bytes("read", text, read(fd, text, sizeof(text)));
    say_call("back by 4", lseek(fd, -4, SEEK_CUR));
    say_call("before the start", lseek(fd, -1, SEEK_SET));
    say_call("before the start", lseek(fd, -100, SEEK_CUR));
    say_call("unknown whence", lseek(fd, 0, 99));
    say_call("still at", lseek(fd, 0, SEEK_CUR));
    say_call("far behind the end", lseek(fd, 1000, SEEK_SET));
    say_call("read there", read(fd, text, sizeof(text)));
    say("size %ld", scratch_bytes("file"));
    close(fd);
    unlink("file");
}

static void a_gap_reads_as_zeros(void)
{
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    say_call("lseek", lseek(fd, 5000, SEEK_SET));
    say_call("write", write(fd, "end", 3));
    say("size %ld", scratch_bytes("file"));
    char bytes[6000];
    memset(bytes, 'x', sizeof(bytes));
    ssize_t count = pread(fd, bytes, sizeof(bytes), 0);
    say_call("pread", count);
    int zeros = 0;
    while (zeros < count && !bytes[zeros])
        zeros++;
    say("%d zeros, then \"%.3s\"", zeros, bytes + zeros);
    close(fd);
    unlink("file");
}

static void positioned_calls_leave_the_offset(void)
{
    scratch_make("file", "0123456789");
    int fd = open("file", O_RDWR);
    char text[16];
    say_bytes("pread", text, pread(fd, text, 4, 3));
    say_call("pwrite", pwrite(fd, "AB", 2, 8));
    say_call("pwrite behind the end", pwrite(fd, "CD", 2, 10));
    say_call("offset", lseek(fd, 0, SEEK_CUR));
    say_bytes("read", text, read(fd, text, sizeof(text)));
    say_call("pread at the end", pread(fd, text, 4, 12));
    say_call("pread far behind", pread(fd, text, 4, 5000));
    say_call("pread at -1", pread(fd, text, 4, -1));
    say_call("pwrite at -1", pwrite(fd, text, 4, -1));
    close(fd);
    unlink("file");
}

static void truncating_cuts_and_extends(void)
{
    scratch_make("file", "0123456789");
    int fd = open("file", O_RDWR);
    lseek(fd, 8, SEEK_SET);
    say_call("ftruncate to 4", ftruncate(fd, 4));
    scratch_say("file");
    say_call("offset", lseek(fd, 0, SEEK_CUR));
    char bytes[16];
    say_call("read behind the end", read(fd, bytes, sizeof(bytes)));
    say_call("ftruncate to 6", ftruncate(fd, 6));
    say_call("pread", pread(fd, bytes, sizeof(bytes), 0));
    say("%.4s %d %d", bytes, bytes[4], bytes[5]);
    say_call("ftruncate to -1", ftruncate(fd, -1));
    close(fd);
    fd = open("file", O_RDONLY);
    say_call("ftruncate of a reader", ftruncate(fd, 0));
    close(fd);
    say_call("truncate", truncate("file", 2));
    scratch_say("file");
    say_call("truncate a directory", truncate(".", 0));
    say_call("truncate a missing one", truncate("missing", 0));
    unlink("file");
}

static void appending_is_always_at_the_end(void)
{
    scratch_make("file", "start ");
    int one = open("file", O_WRONLY | O_APPEND), two = open("file", O_RDWR | O_APPEND);
    say_call("one", write(one, "one ", 4));
    say_call("two", write(two, "two ", 4));
    say_call("lseek", lseek(one, 0, SEEK_SET));
    say_call("one", write(one, "three ", 6));
    say_call("offset of one", lseek(one, 0, SEEK_CUR));
    say_call("offset of two", lseek(two, 0, SEEK_CUR));
    char text[8];
    lseek(two, 0, SEEK_SET);
    say_bytes("two reads", text, read(two, text, 5));
    say_call("two", write(two, "four", 4));
    scratch_say("file");
    close(one);
    close(two);
    unlink("file");
}

static void *append_lines(void *argument)
{
    int fd = open("file", O_WRONLY | O_APPEND);
    (void)argument;
    for (int i = 0; i < 25; i++)
        if (write(fd, "0123456789\n", 11) != 11)
            say("a line was cut");
    close(fd);
    return NULL;
}

static void appenders_do_not_overwrite_each_other(void)
{
    scratch_make("file", "");
    crew_run(4, append_lines, NULL);
    say("size %ld", scratch_bytes("file"));
    char text[1200];
    int fd = open("file", O_RDONLY);
    ssize_t count = read(fd, text, sizeof(text));
    int whole = 0;
    for (ssize_t i = 0; i + 11 <= count; i += 11)
        whole += memcmp(text + i, "0123456789\n", 11) == 0;
    say("whole lines %d", whole);
    close(fd);
    unlink("file");
}

static void each_descriptor_has_its_direction(void)
{
    scratch_make("file", "text");
    char byte;
    int fd = open("file", O_WRONLY);
    say_call("read of a writer", read(fd, &byte, 1));
    say_call("pread of a writer", pread(fd, &byte, 1, 0));
    close(fd);
    fd = open("file", O_RDONLY);
    say_call("write of a reader", write(fd, "x", 1));
    say_call("pwrite of a reader", pwrite(fd, "x", 1, 0));
    close(fd);
    unlink("file");
}

static void vectors_read_and_write(void)
{
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    struct iovec out[3] = {{"abc", 3}, {NULL, 0}, {"defg", 4}};
    say_call("writev", writev(fd, out, 3));
    lseek(fd, 0, SEEK_SET);
    char first[2], second[10];
    struct iovec in[2] = {{first, 2}, {second, 10}};
    say_call("readv", readv(fd, in, 2));
    say_bytes("first", first, 2);
    say_bytes("second", second, 5);
    say_call("readv at the end", readv(fd, in, 2));
    volatile int negative = -1;
    say_call("readv of -1", readv(fd, in, negative));
    close(fd);
    unlink("file");
}

static void writes_are_seen_at_once(void)
{
    scratch_make("file", "old text");
    int writer = open("file", O_WRONLY), reader = open("file", O_RDONLY);
    char text[16];
    say_bytes("before", text, read(reader, text, 3));
    say_call("write", write(writer, "new words", 9));
    say_bytes("after", text, read(reader, text, sizeof(text)));
    say("size %ld", scratch_bytes("file"));
    close(writer);
    close(reader);
    unlink("file");
}

static void syncing_works_on_what_has_a_disk(void)
{
    scratch_make("file", "text");
    int fd = open("file", O_RDWR);
    say_call("fsync", fsync(fd));
    say_call("fdatasync", fdatasync(fd));
    say_call("syncfs", syncfs(fd));
    close(fd);
    fd = open("file", O_RDONLY);
    say_call("fsync of a reader", fsync(fd));
    close(fd);
    fd = open(".", O_RDONLY | O_DIRECTORY);
    say_call("fsync of a directory", fsync(fd));
    close(fd);
    int ends[2];
    if (pipe(ends) == 0) {
        say_call("fsync of a pipe", fsync(ends[0]));
        say_call("fdatasync of a pipe", fdatasync(ends[1]));
        close(ends[0]);
        close(ends[1]);
    }
    say_call("fdatasync of nothing", fdatasync(fd));
    unlink("file");
}

static void fstat_and_stat_agree(void)
{
    scratch_make("file", "12345");
    int fd = open("file", O_RDWR | O_APPEND);
    struct stat by_name = {0}, by_number = {0};
    say_call("stat", stat("file", &by_name));
    say_call("fstat", fstat(fd, &by_number));
    say_whether("the same file", by_name.st_ino == by_number.st_ino && by_name.st_dev == by_number.st_dev);
    say("size %ld, links %ld", (long)by_number.st_size, (long)by_number.st_nlink);
    say_whether("a regular file", S_ISREG(by_number.st_mode));
    say_call("write", write(fd, "67", 2));
    fstat(fd, &by_number);
    say("size %ld", (long)by_number.st_size);
    say_whether("the change is not before", by_number.st_mtim.tv_sec >= by_name.st_mtim.tv_sec);
    say_call("lstat", lstat("file", &by_name));
    say("size %ld", (long)by_name.st_size);
    say_call("stat of a missing one", stat("missing", &by_name));
    say_call("stat through a file", stat("file/x", &by_name));
    close(fd);
    unlink("file");
}

const struct likeness_case likeness_file_io[] = {
    LIKENESS_CASE(file_io, the_offset_moves_with_every_byte),
    LIKENESS_CASE(file_io, seeking_has_rules),
    LIKENESS_CASE(file_io, a_gap_reads_as_zeros),
    LIKENESS_CASE(file_io, positioned_calls_leave_the_offset),
    LIKENESS_CASE(file_io, truncating_cuts_and_extends),
    LIKENESS_CASE(file_io, appending_is_always_at_the_end),
    LIKENESS_CASE(file_io, appenders_do_not_overwrite_each_other),
    LIKENESS_CASE(file_io, each_descriptor_has_its_direction),
    LIKENESS_CASE(file_io, vectors_read_and_write),
    LIKENESS_CASE(file_io, writes_are_seen_at_once),
    LIKENESS_CASE(file_io, syncing_works_on_what_has_a_disk),
    LIKENESS_CASE(file_io, fstat_and_stat_agree),
    LIKENESS_END,
};
