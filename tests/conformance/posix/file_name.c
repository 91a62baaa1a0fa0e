/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: names of files: link, rename, unlink, and what they leave of an open file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

static bool same_file(const char *one, const char *other)
{
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_ino == second.st_ino;
}

static void an_unlinked_file_lives_while_it_is_open(void)
{
    scratch_make("file", "still here");
    int fd = open("file", O_RDWR);
    say_call("unlink", unlink("file"));
    say_whether("the name exists", scratch_exists("file"));
    char text[32];
    say_bytes("read", text, read(fd, text, sizeof(text)));
    say_call("write", write(fd, " and now", 8));
    struct stat status;
    fstat(fd, &status);
    say("size %ld, links %ld", (long)status.st_size, (long)status.st_nlink);
    scratch_make("file", "another");
    lseek(fd, 0, SEEK_SET);
    say_bytes("read", text, read(fd, text, sizeof(text)));
    scratch_say("file");
    close(fd);
    unlink("file");
}

static void unlink_says_what_is_wrong(void)
{
    mkdir("directory", 0755);
    scratch_make("file", "");
    say_call("a missing one", unlink("missing"));
    say_call("a directory", unlink("directory"));
    say_call("through a file", unlink("file/x"));
    say_call("a file", unlink("file"));
    say_call("again", unlink("file"));
    say_call("remove of a directory", remove("directory"));
    scratch_make("file", "");
    say_call("remove of a file", remove("file"));
    say_call("remove of a missing one", remove("file"));
}

static void two_names_are_one_file(void)
{
    scratch_make("one", "shared");
    say_call("link", link("one", "two"));
    long links_one = scratch_links("one"), links_two = scratch_links("two");
    say("links %ld and %ld", links_one, links_two);
    say_whether("the same file", same_file("one", "two"));
    int fd = open("two", O_WRONLY | O_APPEND);
    say_call("write", write(fd, " text", 5));
    close(fd);
    scratch_say("one");
    say_call("unlink", unlink("one"));
    say("links %ld", scratch_links("two"));
    scratch_say("two");
    unlink("two");
}

static void link_never_replaces(void)
{
    scratch_make("one", "one");
    scratch_make("two", "two");
    mkdir("directory", 0755);
    say_call("on an existing name", link("one", "two"));
    say_call("on itself", link("one", "one"));
    say_call("on a directory", link("one", "directory"));
    scratch_say("two");
    say("links %ld", scratch_links("one"));
    say_call("of a missing file", link("missing", "three"));
    say_call("into a missing directory", link("one", "missing/three"));
    say_call("of a directory", link("directory", "three"));
    say_call("into a directory", link("one", "directory/three"));
    scratch_say("directory/three");
    unlink("directory/three");
    rmdir("directory");
    unlink("one");
    unlink("two");
}

static void publishing_by_link_happens_once(void)
{
    scratch_make("result.tmp", "first");
    say_call("first link", link("result.tmp", "result"));
    say_call("unlink", unlink("result.tmp"));
    scratch_make("result.tmp", "second");
    say_call("second link", link("result.tmp", "result"));
    say_call("unlink", unlink("result.tmp"));
    scratch_say("result");
    say("links %ld", scratch_links("result"));
    unlink("result");
}

static void rename_replaces_at_once(void)
{
    scratch_make("old", "old content");
    scratch_make("new", "new content");
    struct stat before, after;
    stat("new", &before);
    int reader = open("old", O_RDONLY);
    say_call("rename", rename("new", "old"));
    say_whether("the source exists", scratch_exists("new"));
    scratch_say("old");
    stat("old", &after);
    say_whether("it is the same file as before", before.st_ino == after.st_ino);
    char text[32];
    say_bytes("the open old one", text, read(reader, text, sizeof(text)));
    fstat(reader, &after);
    say("its links %ld", (long)after.st_nlink);
    close(reader);
    unlink("old");
}

static void an_open_file_follows_its_rename(void)
{
    int fd = open("before", O_WRONLY | O_CREAT, 0644);
    say_call("write", write(fd, "one ", 4));
    say_call("rename", rename("before", "after"));
    say_call("write", write(fd, "two", 3));
    close(fd);
    scratch_say("after");
    scratch_say("before");
    unlink("after");
}

static void renaming_links_of_one_file_does_nothing(void)
{
    scratch_make("one", "text");
    say_call("link", link("one", "two"));
    say_call("rename", rename("one", "two"));
    say_whether("both are still there", scratch_exists("one") && scratch_exists("two"));
    say("links %ld", scratch_links("one"));
    say_call("rename to itself", rename("one", "one"));
    scratch_say("one");
    unlink("one");
    unlink("two");
}

static void rename_says_what_is_wrong(void)
{
    mkdir("empty", 0755);
    mkdir("full", 0755);
    scratch_make("full/inner", "inner");
    scratch_make("file", "file");
    say_call("a missing one", rename("missing", "other"));
    say_call("into a missing directory", rename("file", "missing/file"));
    say_call("a file over a directory", rename("file", "empty"));
    say_call("a directory over a file", rename("empty", "file"));
    say_call("a directory over a full one", rename("empty", "full"));
    say_call("a directory into itself", rename("full", "full/below"));
    say_call("through a file", rename("file/x", "other"));
    say_call("a directory over an empty one", rename("full", "empty"));
    scratch_say("empty/inner");
    say_whether("the old name exists", scratch_exists("full"));
    say_call("out of a directory", rename("empty/inner", "inner"));
    say_call("the directory is empty now", rmdir("empty"));
    unlink("inner");
    unlink("file");
}

static void a_temporary_file_has_a_name_of_its_own(void)
{
    char one[] = "part-XXXXXX", two[] = "part-XXXXXX", bad[] = "part-XXXX";
    int first = mkstemp(one), second = mkstemp(two);
    say_ok("mkstemp", first);
    say_ok("mkstemp", second);
    say_whether("the names differ", strcmp(one, two) != 0);
    say_whether("they begin as asked", strncmp(one, "part-", 5) == 0 && !strstr(one, "XXXXXX"));
    struct stat status;
    fstat(first, &status);
    say("mode %03o, links %ld", status.st_mode & 0777, (long)status.st_nlink);
    say_call("write", write(first, "text", 4));
    say_call("rename", rename(one, "done"));
    scratch_say("done");
    say_call("a bad template", mkstemp(bad));
    close(first);
    close(second);
    unlink(two);
    unlink("done");
}

const struct likeness_case likeness_file_name[] = {
    LIKENESS_CASE(file_name, an_unlinked_file_lives_while_it_is_open),
    LIKENESS_CASE(file_name, unlink_says_what_is_wrong),
    LIKENESS_CASE(file_name, two_names_are_one_file),
    LIKENESS_CASE(file_name, link_never_replaces),
    LIKENESS_CASE(file_name, publishing_by_link_happens_once),
    LIKENESS_CASE(file_name, rename_replaces_at_once),
    LIKENESS_CASE(file_name, an_open_file_follows_its_rename),
    LIKENESS_CASE(file_name, renaming_links_of_one_file_does_nothing),
    LIKENESS_CASE(file_name, rename_says_what_is_wrong),
    LIKENESS_CASE(file_name, a_temporary_file_has_a_name_of_its_own),
    LIKENESS_END,
};
