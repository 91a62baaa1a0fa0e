/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include "tests/unit/disk_fixture.h"

static struct fixture fixture;

static void begin(void)
{
    fixture_begin(&fixture);
    cr_assert(disk_put_file(fixture.disk, "/a/b/file", "text", 4) == 0);
    cr_assert(disk_put_file(fixture.disk, "/a/other", "other text", 10) == 0);
}

static void end(void)
{
    disk_free(fixture.disk);
}

TestSuite(disk_name, .init = begin, .fini = end);

static int open_(const char *path, int flags)
{
    int error;
    struct disk_file *file = file_open_at(&fixture, path, flags, &error);
    if (file)
        open_file_release(&file->open);
    return error;
}

#define AT(PATH) (&(struct disk_at){.disk = fixture.disk, .path = (PATH)})

Test(disk_name, paths_are_walked_as_linux_walks_them)
{
    char long_name[DISK_NAME_MAX_BYTES + 2], long_path[DISK_PATH_MAX_BYTES + 1];
    memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    memset(long_path, '/', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    const struct {
        const char *path;
        int flags, error;
    } rows[] = {
        {"/a/b/file", O_RDONLY, 0},
        {"a//b/./../b/file", O_RDONLY, 0},
        {"/../../a/other", O_RDONLY, 0},
        {"", O_RDONLY, -ENOENT},
        {"/", O_RDONLY, 0},
        {"/a/missing", O_RDONLY, -ENOENT},
        {"/missing/file", O_RDWR | O_CREAT, -ENOENT},
        {"/missing/../a/other", O_RDONLY, -ENOENT},
        {"/a/other/file", O_RDONLY, -ENOTDIR},
        {"/a/other/.", O_RDONLY, -ENOTDIR},
        {"/a/other/", O_RDONLY, -ENOTDIR},
        {"/a/new/", O_RDWR | O_CREAT, -EISDIR},
        {"/a/", O_RDONLY, 0},
        {"/a", O_RDONLY | O_DIRECTORY, 0},
        {"/a", O_WRONLY, -EISDIR},
        {"/a", O_RDONLY | O_CREAT, -EISDIR},
        {"/a", O_RDONLY | O_TRUNC, -EISDIR},
        {"/a/other", O_RDONLY | O_DIRECTORY, -ENOTDIR},
        {"/a/other", O_RDWR | O_CREAT | O_EXCL, -EEXIST},
        {"/a/other", O_RDWR | O_CREAT, 0},
        {long_name, O_RDWR | O_CREAT, -ENAMETOOLONG},
        {long_name + 1, O_RDWR | O_CREAT, 0},
        {long_path, O_RDONLY, -ENAMETOOLONG},
        {long_path + 1, O_RDONLY, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int error = open_(rows[i].path, rows[i].flags);
        cr_assert(error == rows[i].error, "open(%.40s, %x): %d, not %d", rows[i].path, rows[i].flags, error,
                  rows[i].error);
    }
}

Test(disk_name, link_makes_one_file_of_two_names_and_never_replaces)
{
    cr_assert(eq(int, disk_name_link(AT("/a/other"), AT("/a/b/new"), false), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/b/new"), 10));
    cr_assert(eq(int, disk_name_link(AT("/a/other"), AT("/a/b/file"), false), -EEXIST));
    cr_assert(eq(int, disk_name_link(AT("/a/other"), AT("/a/other"), false), -EEXIST));
    cr_assert(eq(int, disk_name_link(AT("/a/missing"), AT("/a/new"), false), -ENOENT));
    cr_assert(eq(int, disk_name_link(AT("/a/other"), AT("/a/missing/new"), false), -ENOENT));
    cr_assert(eq(int, disk_name_link(AT("/a/other"), AT("/a/new/"), false), -ENOENT));
    cr_assert(eq(int, disk_name_link(AT("/a/b"), AT("/a/new"), false), -EPERM));
    struct disk_node *node;
    cr_assert(eq(int, disk_name_find(AT("/a/other"), false, &node), 0));
    cr_assert(eq(uint, node->link_count, 2));
    cr_assert(eq(int, disk_name_unlink(AT("/a/other")), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/b/new"), 10));
}

Test(disk_name, unlink_says_what_is_wrong)
{
    cr_assert(eq(int, disk_name_unlink(AT("/a/missing")), -ENOENT));
    cr_assert(eq(int, disk_name_unlink(AT("/a/b")), -EISDIR));
    cr_assert(eq(int, disk_name_unlink(AT("/a/b/.")), -EISDIR));
    cr_assert(eq(int, disk_name_unlink(AT("/a/other/")), -ENOTDIR));
    cr_assert(eq(int, disk_name_unlink(AT("/a/other")), 0));
    cr_assert(eq(int, disk_name_unlink(AT("/a/other")), -ENOENT));
}

Test(disk_name, an_unlinked_file_lives_while_it_is_open)
{
    int error;
    struct disk_file *file = file_open_at(&fixture, "/a/other", O_RDWR | O_APPEND, &error);
    disk_name_unlink(AT("/a/other"));
    cr_assert(eq(u64, disk_usage(fixture.disk).orphan_count, 1));
    cr_assert(eq(int, (int)file_put(file, " more"), 5));
    char text[32] = "";
    file->offset = 0;
    cr_assert(eq(int, (int)file_get(file, text, sizeof(text)), 15));
    cr_assert(eq(str, text, "other text more"));
    uint64_t used_bytes = disk_usage(fixture.disk).used_bytes;
    open_file_release(&file->open);
    cr_assert(eq(u64, disk_usage(fixture.disk).orphan_count, 0));
    cr_assert(eq(u64, disk_usage(fixture.disk).used_bytes, used_bytes - DISK_PAGE_BYTES));
}

Test(disk_name, rename_replaces_a_file_and_moves_directories)
{
    cr_assert(eq(int, disk_name_rename(AT("/a/other"), AT("/a/b/file"), false), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/b/file"), 10));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/other"), -ENOENT));
    cr_assert(eq(int, disk_name_make_directory(AT("/c"), 0755), 0));
    cr_assert(eq(int, disk_name_rename(AT("/a/b"), AT("/c/moved/"), false), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/c/moved/../moved/file"), 10));
    struct disk_node *a, *c;
    disk_name_find(AT("/a"), false, &a);
    disk_name_find(AT("/c"), false, &c);
    cr_assert(eq(uint, a->link_count, 2));
    cr_assert(eq(uint, c->link_count, 3));
}

Test(disk_name, rename_says_what_is_wrong)
{
    disk_name_make_directory(AT("/empty"), 0755);
    const struct {
        const char *old, *new;
        int error;
    } rows[] = {
        {"/missing", "/x", -ENOENT},
        {"/a/other", "/missing/x", -ENOENT},
        {"/a/other", "/empty", -EISDIR},
        {"/empty", "/a/other", -ENOTDIR},
        {"/empty", "/a", -ENOTEMPTY},
        {"/a", "/a/b/c", -EINVAL},
        {"/a/b", "/a", -ENOTEMPTY},
        {"/a/other", "/x/", -ENOTDIR},
        {"/a/.", "/x", -EBUSY},
        {"/a/other", "/empty/..", -EBUSY},
        {"/", "/x", -EBUSY},
        {"/a", "/a", 0},
        {"/a/other", "/a/./b/../other", 0},
        {"/a/b", "/empty", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int error = disk_name_rename(AT(rows[i].old), AT(rows[i].new), false);
        cr_assert(error == rows[i].error, "rename(%s, %s): %d, not %d", rows[i].old, rows[i].new, error,
                  rows[i].error);
    }
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/empty/file"), 4));
}

Test(disk_name, renaming_links_of_one_file_does_nothing)
{
    disk_name_link(AT("/a/other"), AT("/a/same"), false);
    cr_assert(eq(int, disk_name_rename(AT("/a/other"), AT("/a/same"), false), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/other"), 10));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/same"), 10));
}

Test(disk_name, only_an_empty_directory_can_be_removed)
{
    cr_assert(eq(int, disk_name_make_directory(AT("/a/b"), 0755), -EEXIST));
    cr_assert(eq(int, disk_name_make_directory(AT("/a/other/"), 0755), -EEXIST));
    cr_assert(eq(int, disk_name_make_directory(AT("/a/c/"), 0755), 0));
    cr_assert(eq(int, disk_name_remove_directory(AT("/a")), -ENOTEMPTY));
    cr_assert(eq(int, disk_name_remove_directory(AT("/a/other")), -ENOTDIR));
    cr_assert(eq(int, disk_name_remove_directory(AT("/a/c/.")), -EINVAL));
    cr_assert(eq(int, disk_name_remove_directory(AT("/a/c/..")), -ENOTEMPTY));
    cr_assert(eq(int, disk_name_remove_directory(AT("/")), -EBUSY));
    cr_assert(eq(int, disk_name_remove_directory(AT("/a/c")), 0));
    cr_assert(eq(int, disk_name_remove_directory(AT("/a/c")), -ENOENT));
}

Test(disk_name, nothing_can_be_made_in_a_removed_directory)
{
    disk_name_make_directory(AT("/gone"), 0755);
    int error;
    struct disk_file *file = file_open_at(&fixture, "/gone", O_RDONLY, &error);
    disk_name_remove_directory(AT("/gone"));
    struct disk_at inside = {.disk = fixture.disk, .from = file->node, .path = "file"};
    struct disk_node *node;
    cr_assert(eq(int, disk_name_open(&inside, O_RDWR | O_CREAT, 0644, &node), -ENOENT));
    inside.path = "..";
    cr_assert(eq(int, disk_name_find(&inside, true, &node), -ENOENT));
    open_file_release(&file->open);
}

Test(disk_name, symbolic_links_are_followed_where_linux_follows_them)
{
    cr_assert(eq(int, disk_name_symlink("b/../b", AT("/a/link")), 0));
    cr_assert(eq(int, disk_name_symlink("/a/loop", AT("/a/loop")), 0));
    cr_assert(eq(int, disk_name_symlink("new", AT("/a/dangling")), 0));
    cr_assert(eq(int, disk_name_symlink("x", AT("/a/link")), -EEXIST));
    cr_assert(eq(int, open_("/a/link/file", O_RDONLY), 0));
    cr_assert(eq(int, open_("/a/link", O_RDONLY | O_DIRECTORY), 0));
    cr_assert(eq(int, open_("/a/link", O_RDONLY | O_NOFOLLOW), -ELOOP));
    cr_assert(eq(int, open_("/a/loop", O_RDONLY), -ELOOP));
    cr_assert(eq(int, open_("/a/dangling", O_RDONLY), -ENOENT));
    cr_assert(eq(int, open_("/a/dangling", O_RDWR | O_CREAT | O_EXCL), -EEXIST));
    cr_assert(eq(int, open_("/a/dangling", O_RDWR | O_CREAT), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/new"), 0));
    cr_assert(eq(int, disk_name_unlink(AT("/a/link")), 0));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/a/b/file"), 4));
}

Test(disk_name, a_path_can_be_said_of_whatever_has_a_name)
{
    struct disk_node *node;
    char path[DISK_PATH_MAX_BYTES];
    disk_name_find(AT("/a/b"), false, &node);
    cr_assert(eq(int, disk_name_path(node, NULL, path, sizeof(path)), 4));
    cr_assert(eq(str, path, "/a/b"));
    cr_assert(eq(int, disk_name_path(node, "file", path, sizeof(path)), 9));
    cr_assert(eq(str, path, "/a/b/file"));
    cr_assert(eq(int, disk_name_path(node, "file", path, 9), -ERANGE));
    cr_assert(eq(int, disk_name_path(node, "file", path, 10), 9));
    cr_assert(eq(int, disk_name_path(fixture.disk->root, NULL, path, sizeof(path)), 1));
    cr_assert(eq(str, path, "/"));
}
