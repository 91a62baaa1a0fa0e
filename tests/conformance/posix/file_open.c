/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: opening files: every flag that programs use, every error that does not need another user. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

/* Opens, says how that went, and closes. */
static void try_open(const char *what, const char *name, int flags)
{
    int fd = open(name, flags, 0644);
    if (say_ok(what, fd))
        close(fd);
}

static void a_missing_file_is_only_made_on_demand(void)
{
    try_open("O_RDONLY", "file", O_RDONLY);
    try_open("O_RDWR", "file", O_RDWR);
    say_whether("it exists", scratch_exists("file"));
    try_open("O_CREAT", "file", O_WRONLY | O_CREAT);
    say_whether("it exists", scratch_exists("file"));
    try_open("O_CREAT again", "file", O_WRONLY | O_CREAT);
    try_open("O_CREAT|O_EXCL", "file", O_WRONLY | O_CREAT | O_EXCL);
    try_open("O_RDONLY", "file", O_RDONLY);
    unlink("file");
    try_open("O_CREAT|O_EXCL after unlink", "file", O_WRONLY | O_CREAT | O_EXCL);
    unlink("file");
}

static void truncating_empties_and_nothing_else_does(void)
{
    scratch_make("file", "content");
    try_open("O_RDWR", "file", O_RDWR);
    scratch_say("file");
    try_open("O_RDWR|O_CREAT", "file", O_RDWR | O_CREAT);
    scratch_say("file");
    try_open("O_WRONLY|O_TRUNC", "file", O_WRONLY | O_TRUNC);
    scratch_say("file");
    unlink("file");
}

static void a_writer_starts_at_the_beginning(void)
{
    scratch_make("file", "content");
    int fd = open("file", O_WRONLY);
    say_call("write", write(fd, "CON", 3));
    close(fd);
    scratch_say("file");
    unlink("file");
}

static void paths_say_what_is_wrong(void)
{
    char long_name[300];
    memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = 0;
    scratch_make("file", "");
    try_open("an empty path", "", O_RDONLY);
    try_open("a missing directory", "missing/file", O_WRONLY | O_CREAT);
    try_open("through a file", "file/below", O_RDONLY);
    try_open("a file with a slash", "file/", O_RDONLY);
    try_open("a new file with a slash", "new/", O_WRONLY | O_CREAT);
    try_open("299 bytes", long_name, O_WRONLY | O_CREAT);
    long_name[255] = 0;
    try_open("255 bytes", long_name, O_WRONLY | O_CREAT);
    unlink(long_name);
    try_open("./././file", "./././file", O_RDONLY);
    try_open(".//file", ".//file", O_RDONLY);
    unlink("file");
}

static void directories_can_only_be_read(void)
{
    mkdir("directory", 0755);
    scratch_make("file", "");
    try_open("O_RDONLY", "directory", O_RDONLY);
    try_open("O_DIRECTORY", "directory", O_RDONLY | O_DIRECTORY);
    try_open("O_WRONLY", "directory", O_WRONLY);
    try_open("O_RDWR", "directory", O_RDWR);
    try_open("O_CREAT", "directory", O_RDONLY | O_CREAT);
    try_open("O_CREAT|O_EXCL", "directory", O_WRONLY | O_CREAT | O_EXCL);
    try_open("O_DIRECTORY of a file", "file", O_RDONLY | O_DIRECTORY);
    try_open("a directory with a slash", "directory/", O_RDONLY);
    int fd = open("directory", O_RDONLY);
    char byte;
    say_call("read", read(fd, &byte, 1));
    close(fd);
    unlink("file");
    rmdir("directory");
}

static void the_mode_is_limited_by_the_mask(void)
{
    mode_t before = umask(027);
    static const mode_t modes[] = {0666, 0777, 0600, 0444};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        int fd = open("file", O_WRONLY | O_CREAT | O_EXCL, modes[i]);
        struct stat status = {0};
        fstat(fd, &status);
        say("%03o: %03o, a file: %s", modes[i], status.st_mode & 07777,
            S_ISREG(status.st_mode) ? "yes" : "no");
        say_call("fchmod", fchmod(fd, 0640));
        fstat(fd, &status);
        say("then %03o", status.st_mode & 07777);
        close(fd);
        unlink("file");
    }
    say("the mask was %03o", umask(before));
}

static void the_mode_of_an_existing_file_stays(void)
{
    close(open("file", O_WRONLY | O_CREAT, 0600));
    close(open("file", O_WRONLY | O_CREAT | O_TRUNC, 0644));
    struct stat status = {0};
    stat("file", &status);
    say("%03o", status.st_mode & 07777);
    unlink("file");
}

static void creat_and_openat_open_too(void)
{
    int fd = creat("file", 0644);
    say_call("write", write(fd, "made", 4));
    close(fd);
    scratch_say("file");
    mkdir("directory", 0755);
    int directory = open("directory", O_RDONLY | O_DIRECTORY);
    fd = openat(directory, "inner", O_WRONLY | O_CREAT, 0644);
    say_ok("openat", fd);
    close(fd);
    say_whether("it is there", scratch_exists("directory/inner"));
    fd = openat(AT_FDCWD, "file", O_RDONLY);
    say_ok("openat AT_FDCWD", fd);
    say_call("openat a file", openat(fd, "x", O_RDONLY));
    close(fd);
    close(directory);
    say_call("openat a closed one", openat(directory, "inner", O_RDONLY));
    unlink("directory/inner");
    rmdir("directory");
    unlink("file");
}

static void only_one_of_two_makes_it_exclusively(void)
{
    int fds[2];
    fds[0] = open("lock", O_WRONLY | O_CREAT | O_EXCL, 0644);
    say_ok("first", fds[0]);
    fds[1] = open("lock", O_WRONLY | O_CREAT | O_EXCL, 0644);
    say_ok("second", fds[1]);
    unlink("lock");
    fds[1] = open("lock", O_WRONLY | O_CREAT | O_EXCL, 0644);
    say_ok("second, the first still open", fds[1]);
    struct stat first, second;
    fstat(fds[0], &first);
    fstat(fds[1], &second);
    say_whether("they are the same file", first.st_ino == second.st_ino);
    close(fds[0]);
    close(fds[1]);
    unlink("lock");
}

static void access_asks_whether_it_is_there(void)
{
    scratch_make("file", "");
    say_call("a file", access("file", F_OK));
    say_call("reading", access("file", R_OK));
    say_call("reading and writing", access("file", R_OK | W_OK));
    say_call("a directory", access(".", F_OK));
    say_call("a missing one", access("missing", F_OK));
    say_call("through a file", access("file/x", F_OK));
    say_call("an unknown question", access("file", 64));
    unlink("file");
}

const struct likeness_case likeness_file_open[] = {
    LIKENESS_CASE(file_open, a_missing_file_is_only_made_on_demand),
    LIKENESS_CASE(file_open, truncating_empties_and_nothing_else_does),
    LIKENESS_CASE(file_open, a_writer_starts_at_the_beginning),
    LIKENESS_CASE(file_open, paths_say_what_is_wrong),
    LIKENESS_CASE(file_open, directories_can_only_be_read),
    LIKENESS_CASE(file_open, the_mode_is_limited_by_the_mask),
    LIKENESS_CASE(file_open, the_mode_of_an_existing_file_stays),
    LIKENESS_CASE(file_open, creat_and_openat_open_too),
    LIKENESS_CASE(file_open, only_one_of_two_makes_it_exclusively),
    LIKENESS_CASE(file_open, access_asks_whether_it_is_there),
    LIKENESS_END,
};
