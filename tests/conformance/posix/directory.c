/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: directories: making, listing and leaving them. Names are sorted before they are printed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

#define NAMES_MAX 150

struct listing {
    char names[NAMES_MAX][32];
    int count;
};

static int compare_names(const void *one, const void *other)
{
    return strcmp(one, other);
}

static void add_entry(struct listing *listing, const struct dirent *entry)
{
    const char *kind = entry->d_type == DT_DIR ? "/" : entry->d_type == DT_REG ? "" : "?";
    if (listing->count < NAMES_MAX)
        snprintf(listing->names[listing->count++], sizeof(listing->names[0]), "%.28s%s", entry->d_name, kind);
}

static void listing_read(struct listing *listing, DIR *directory)
{
    listing->count = 0;
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(directory));)
        add_entry(listing, entry);
    say_error("errno after the last", errno);
    qsort(listing->names, (size_t)listing->count, sizeof(listing->names[0]), compare_names);
}

static void say_listing(const struct listing *listing)
{
    for (int i = 0; i < listing->count; i++)
        say("  %s", listing->names[i]);
}

static void mkdir_and_rmdir_say_what_is_wrong(void)
{
    scratch_make("file", "");
    say_call("mkdir", mkdir("directory", 0755));
    say_call("mkdir again", mkdir("directory", 0755));
    say_call("mkdir over a file", mkdir("file", 0755));
    say_call("mkdir in a missing one", mkdir("missing/below", 0755));
    say_call("mkdir below a file", mkdir("file/below", 0755));
    say_call("mkdir of nothing", mkdir("", 0755));
    say_call("mkdir with a slash", mkdir("directory/below/", 0755));
    say_call("rmdir of a full one", rmdir("directory"));
    say_call("rmdir of a missing one", rmdir("missing"));
    say_call("rmdir of a file", rmdir("file"));
    say_call("rmdir of .", rmdir("directory/."));
    say_call("rmdir of ..", rmdir("directory/.."));
    say_call("rmdir", rmdir("directory/below"));
    say_call("rmdir", rmdir("directory"));
    say_call("rmdir again", rmdir("directory"));
    unlink("file");
}

static void a_listing_has_every_name_once(void)
{
    mkdir("directory", 0755);
    mkdir("directory/inner", 0755);
    scratch_make("directory/b", "");
    scratch_make("directory/a", "");
    scratch_make("directory/.hidden", "");
    DIR *directory = opendir("directory");
    struct listing listing;
    listing_read(&listing, directory);
    say_listing(&listing);
    unlink("directory/a");
    scratch_make("directory/c", "");
    rewinddir(directory);
    listing_read(&listing, directory);
    say_listing(&listing);
    say_call("closedir", closedir(directory));
    unlink("directory/b");
    unlink("directory/c");
    unlink("directory/.hidden");
    rmdir("directory/inner");
    rmdir("directory");
}

static void a_hundred_files_are_all_listed(void)
{
    char name[32];
    mkdir("directory", 0755);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "directory/file-%03d", i);
        scratch_make(name, "");
    }
    DIR *directory = opendir("directory");
    struct listing listing;
    listing_read(&listing, directory);
    closedir(directory);
    say("%d entries, from %s to %s", listing.count, listing.names[2], listing.names[listing.count - 1]);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "directory/file-%03d", i);
        unlink(name);
    }
    say_call("rmdir", rmdir("directory"));
}

static void opendir_says_what_is_wrong(void)
{
    scratch_make("file", "");
    say_whether("a missing one", opendir("missing") != NULL);
    say_error("errno", errno);
    say_whether("a file", opendir("file") != NULL);
    say_error("errno", errno);
    say_whether("nothing", opendir("") != NULL);
    say_error("errno", errno);
    unlink("file");
}

static void a_removed_directory_is_empty(void)
{
    mkdir("directory", 0755);
    DIR *directory = opendir("directory");
    say_call("rmdir", rmdir("directory"));
    errno = 0;
    say_whether("readdir finds something", readdir(directory) != NULL);
    say_call("making a file there", openat(dirfd(directory), "file", O_WRONLY | O_CREAT, 0644));
    say_call("closedir", closedir(directory));
}

static void an_open_directory_is_a_descriptor(void)
{
    DIR *directory = opendir(".");
    struct stat status;
    say_call("fstat", fstat(dirfd(directory), &status));
    say_whether("a directory", S_ISDIR(status.st_mode));
    say_call("fsync", fsync(dirfd(directory)));
    say_call("F_GETFD", fcntl(dirfd(directory), F_GETFD));
    int fd = dirfd(directory);
    closedir(directory);
    say_call("after closedir", fcntl(fd, F_GETFD));

    fd = open(".", O_RDONLY | O_DIRECTORY);
    directory = fdopendir(fd);
    say_whether("fdopendir keeps the number", directory && dirfd(directory) == fd);
    closedir(directory);
    say_call("closedir closes it", fcntl(fd, F_GETFD));
}

static void relative_names_follow_the_current_directory(void)
{
    char home[4096], place[4096];
    if (!getcwd(home, sizeof(home)))
        return;
    mkdir("inner", 0755);
    scratch_make("inner/file", "inside");
    scratch_make("file", "outside");
    scratch_say("file");
    say_call("chdir", chdir("inner"));
    scratch_say("file");
    scratch_say("../file");
    scratch_say("../inner/./file");
    say_whether("getcwd ends with it",
                getcwd(place, sizeof(place)) && !strcmp(strrchr(place, '/'), "/inner"));
    say_whether("and begins where it was", !strncmp(place, home, strlen(home)));
    say_whether("no room", getcwd(place, 2) != NULL);
    say_error("errno", errno);
    say_call("chdir to a file", chdir("file"));
    say_call("chdir to a missing one", chdir("missing"));
    say_call("chdir back", chdir(home));
    scratch_say("file");
    unlink("inner/file");
    rmdir("inner");
    unlink("file");
}

static void names_through_parents_are_resolved(void)
{
    mkdir("a", 0755);
    mkdir("a/b", 0755);
    scratch_make("a/file", "here");
    scratch_say("a/b/../file");
    scratch_say("a/b/../../a/file");
    scratch_say("a/missing/../file");
    scratch_say("a/file/../file");
    scratch_say("a//file");
    unlink("a/file");
    rmdir("a/b");
    rmdir("a");
}

static void the_mode_is_limited_by_the_mask(void)
{
    mode_t before = umask(022);
    mkdir("directory", 0777);
    struct stat status;
    say_call("stat", stat("directory", &status));
    say("mode %03o, a directory: %s", status.st_mode & 0777, S_ISDIR(status.st_mode) ? "yes" : "no");
    umask(before);
    rmdir("directory");
}

static void a_temporary_directory_has_a_name_of_its_own(void)
{
    char one[] = "work-XXXXXX", two[] = "work-XXXXXX";
    say_whether("mkdtemp gives the name", mkdtemp(one) == one && mkdtemp(two) == two);
    say_whether("the names differ", strcmp(one, two) != 0);
    struct stat status;
    say_call("stat", stat(one, &status));
    say("mode %03o", status.st_mode & 0777);
    say_call("rmdir", rmdir(one));
    say_call("rmdir", rmdir(two));
}

static void the_file_system_has_room(void)
{
    struct statvfs status;
    say_call("statvfs", statvfs(".", &status));
    say_whether("blocks have a size", status.f_bsize > 0 && status.f_frsize > 0);
    say_whether("free is not more than all", status.f_bfree <= status.f_blocks);
    say_whether("available is not more than free", status.f_bavail <= status.f_bfree);
    say("names up to %lu bytes", status.f_namemax);
    int fd = open(".", O_RDONLY);
    struct statvfs by_number;
    say_call("fstatvfs", fstatvfs(fd, &by_number));
    say_whether("the same", by_number.f_bsize == status.f_bsize && by_number.f_blocks == status.f_blocks);
    close(fd);
    say_call("statvfs of a missing one", statvfs("missing", &status));
}

const struct likeness_case likeness_directory[] = {
    LIKENESS_CASE(directory, mkdir_and_rmdir_say_what_is_wrong),
    LIKENESS_CASE(directory, a_listing_has_every_name_once),
    LIKENESS_CASE(directory, a_hundred_files_are_all_listed),
    LIKENESS_CASE(directory, opendir_says_what_is_wrong),
    LIKENESS_CASE(directory, a_removed_directory_is_empty),
    LIKENESS_CASE(directory, an_open_directory_is_a_descriptor),
    LIKENESS_CASE(directory, relative_names_follow_the_current_directory),
    LIKENESS_CASE(directory, names_through_parents_are_resolved),
    LIKENESS_CASE(directory, the_mode_is_limited_by_the_mask),
    LIKENESS_CASE(directory, a_temporary_directory_has_a_name_of_its_own),
    LIKENESS_CASE(directory, the_file_system_has_room),
    LIKENESS_END,
};
