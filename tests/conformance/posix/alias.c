/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Likeness: the other names of calls. The build asks for 64-bit offsets, so that every other file here calls
 * open64, fstat64 and so on; libraries built without that call open and fstat. Libraries built with fortified
 * headers call __read_chk and the like. All are entry points of their own.
 */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/loopback.h"
#include "tests/conformance/posix/say.h"

static void files_by_their_plain_names(void)
{
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0644);
    say_call("write", write(fd, "0123456789", 10));
    say_call("lseek", lseek(fd, 4, SEEK_SET));
    char text[16];
    say_bytes("pread", text, pread(fd, text, 3, 5));
    say_call("pwrite", pwrite(fd, "X", 1, 9));
    say_call("ftruncate", ftruncate(fd, 10));
    struct stat status;
    say_call("fstat", fstat(fd, &status));
    say("size %ld", (long)status.st_size);
    say_call("F_GETFL", fcntl(fd, F_GETFL) & O_ACCMODE);
    close(fd);
    say_call("truncate", truncate("file", 7));
    say_call("stat", stat("file", &status));
    say("size %ld", (long)status.st_size);
    say_call("lstat", lstat("file", &status));
    fd = openat(AT_FDCWD, "file", O_RDONLY);
    say_bytes("read", text, read(fd, text, sizeof(text)));
    close(fd);
    fd = creat("file", 0600);
    say_ok("creat", fd);
    close(fd);
    say_call("stat of a missing one", stat("missing", &status));
    say_call("open of a missing one", open("missing", O_RDONLY));
    unlink("file");
}

static void more_by_their_plain_names(void)
{
    FILE *file = fopen("file", "w+");
    fputs("stream", file);
    say_call("fseeko", fseeko(file, 2, SEEK_SET));
    say_call("ftello", ftello(file));
    fclose(file);
    char name[] = "part-XXXXXX";
    int fd = mkstemp(name);
    say_ok("mkstemp", fd);
    close(fd);
    unlink(name);
    DIR *directory = opendir(".");
    int entries = 0, files = 0;
    for (const struct dirent *entry; (entry = readdir(directory)); entries++)
        files += strcmp(entry->d_name, "file") == 0 && entry->d_type == DT_REG;
    closedir(directory);
    say("entries %d, files %d", entries, files);
    struct statvfs room;
    say_call("statvfs", statvfs(".", &room));
    say("names up to %lu bytes", room.f_namemax);
    unlink("file");
}

/* Declared by the C library's headers only when they are fortified. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
ssize_t __read_chk(int fd, void *bytes, size_t count, size_t room);
ssize_t __pread_chk(int fd, void *bytes, size_t count, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *bytes, size_t count, off_t offset, size_t room);
ssize_t __recv_chk(int fd, void *bytes, size_t count, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *bytes, size_t count, size_t room, int flags, struct sockaddr *address,
                       socklen_t *length);
int __poll_chk(struct pollfd *pollers, nfds_t count, int timeout_ms, size_t room);
char *__getcwd_chk(char *path, size_t count, size_t room);
int __gethostname_chk(char *name, size_t count, size_t room);
char *__fgets_chk(char *line, size_t room, int count, FILE *file);
size_t __fread_chk(void *items, size_t room, size_t bytes, size_t count, FILE *file);
int __fprintf_chk(FILE *file, int flag, const char *format, ...);
int __xpg_strerror_r(int error, char *text, size_t room);

static void files_by_their_checked_names(void)
{
    FILE *file = fopen("file", "w+");
    say_call("__fprintf_chk", __fprintf_chk(file, 1, "%s\n%d", "line", 7));
    rewind(file);
    char text[4096];
    say_whether("__fgets_chk", __fgets_chk(text, sizeof(text), 10, file) == text);
    say("%.4s", text);
    say_call("__fread_chk", (long)__fread_chk(text, sizeof(text), 1, 10, file));
    fclose(file);
    int fd = __open_2("file", O_RDONLY);
    say_bytes("__read_chk", text, __read_chk(fd, text, 4, sizeof(text)));
    say_bytes("__pread_chk", text, __pread_chk(fd, text, 3, 1, sizeof(text)));
    say_bytes("__pread64_chk", text, __pread64_chk(fd, text, 2, 2, sizeof(text)));
    close(fd);
    say_call("__open64_2", __open64_2("missing", O_RDONLY));
    say_call("__read_chk of a closed one", __read_chk(fd, text, 4, sizeof(text)));
    say_whether("__getcwd_chk", __getcwd_chk(text, sizeof(text), sizeof(text)) == text && text[0] == '/');
    unlink("file");
}

static void sockets_by_their_checked_names(void)
{
    int ends[2];
    if (!loopback_pair(ends))
        return;
    char text[512];
    struct pollfd poller = {.fd = ends[1], .events = POLLIN};
    say_call("__poll_chk for 1 ms", __poll_chk(&poller, 1, 1, sizeof(poller)));
    loopback_put(ends[0], "abcdef");
    say_call("__poll_chk", __poll_chk(&poller, 1, 1000, sizeof(poller)));
    say_poll("found", poller.revents);
    say_bytes("__recv_chk", text, __recv_chk(ends[1], text, 2, sizeof(text), 0));
    say_bytes("__recvfrom_chk", text, __recvfrom_chk(ends[1], text, 2, sizeof(text), 0, NULL, NULL));
    say_bytes("__read_chk", text, __read_chk(ends[1], text, sizeof(text), sizeof(text)));
    say_call("nothing left", __recv_chk(ends[1], text, 2, sizeof(text), MSG_DONTWAIT));
    loopback_close(ends);
    say_call("__gethostname_chk", __gethostname_chk(text, sizeof(text), sizeof(text)));
    say_error("__xpg_strerror_r", __xpg_strerror_r(EPIPE, text, sizeof(text)));
    say("%s", text);
}

const struct likeness_case likeness_alias[] = {
    LIKENESS_CASE(alias, files_by_their_plain_names),
    LIKENESS_CASE(alias, more_by_their_plain_names),
    LIKENESS_CASE(alias, files_by_their_checked_names),
    LIKENESS_CASE(alias, sockets_by_their_checked_names),
    LIKENESS_END,
};
