/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include "sim/world/choice.h"
#include "sim/world/disk_fault.h"
#include "tests/unit/disk_fixture.h"

static struct fixture fixture;

static void begin(void)
{
    fixture_begin(&fixture);
    cr_assert(disk_put_file(fixture.disk, "/file", "0123456789", 10) == 0);
}

static void end(void)
{
    disk_set_tap(NULL);
    disk_free(fixture.disk);
}

TestSuite(disk_file, .init = begin, .fini = end);

static struct disk_file *open_(const char *path, int flags)
{
    int error;
    struct disk_file *file = file_open_at(&fixture, path, flags, &error);
    cr_assert(file != NULL, "%s: %d", path, error);
    return file;
}

static void close_(struct disk_file *file)
{
    open_file_release(&file->open);
}

static const char *content(const char *path)
{
    static char text[100];
    int64_t bytes = disk_read_file(fixture.disk, path, text, sizeof(text) - 1);
    text[bytes < 0 ? 0 : bytes] = '\0';
    return text;
}

Test(disk_file, descriptors_of_one_file_have_offsets_of_their_own)
{
    struct disk_file *one = open_("/file", O_RDWR), *two = open_("/file", O_RDONLY);
    char text[20] = "";
    cr_assert(eq(int, (int)file_put(one, "ab"), 2));
    cr_assert(eq(int, (int)file_get(two, text, 4), 4));
    cr_assert(eq(str, text, "ab23"));
    cr_assert(eq(int, (int)file_get(one, text, sizeof(text)), 8));
    cr_assert(eq(int, (int)file_get(one, text, sizeof(text)), 0));
    close_(one);
    close_(two);
}

Test(disk_file, appending_goes_to_the_end_wherever_the_offset_is)
{
    struct disk_file *one = open_("/file", O_WRONLY | O_APPEND), *two = open_("/file", O_WRONLY | O_APPEND);
    file_put(one, "A");
    file_put(two, "BC");
    cr_assert(eq(u64, two->offset, 13));
    cr_assert(eq(i64, disk_file_seek(one, 0, SEEK_SET), 0));
    file_put(one, "D");
    struct iovec iov = {"E", 1};
    cr_assert(eq(int, (int)disk_file_write_at(one, &iov, 1, 0), 1), "pwrite appends too");
    cr_assert(eq(str, (char *)(uintptr_t)content("/file"), "0123456789ABCDE"));
    close_(one);
    close_(two);
}

Test(disk_file, a_descriptor_does_only_what_it_was_opened_for)
{
    struct disk_file *reader = open_("/file", O_RDONLY), *writer = open_("/file", O_WRONLY);
    struct disk_file *directory = open_("/tmp", O_RDONLY);
    char text[4];
    cr_assert(eq(int, (int)file_put(reader, "x"), -EBADF));
    cr_assert(eq(int, (int)file_get(writer, text, 1), -EBADF));
    cr_assert(eq(int, (int)file_get(directory, text, 1), -EISDIR));
    cr_assert(eq(int, disk_file_resize(reader, 0), -EINVAL));
    cr_assert(eq(int, disk_file_resize(writer, -1), -EINVAL));
    cr_assert(eq(int, disk_file_reserve(reader, 0, 1), -EBADF));
    cr_assert(eq(int, disk_file_sync(directory), 0));
    close_(reader);
    close_(writer);
    close_(directory);
}

Test(disk_file, seeking_has_rules)
{
    struct disk_file *file = open_("/file", O_RDWR);
    cr_assert(eq(i64, disk_file_seek(file, -3, SEEK_END), 7));
    cr_assert(eq(i64, disk_file_seek(file, -8, SEEK_CUR), -EINVAL));
    cr_assert(eq(i64, disk_file_seek(file, -7, SEEK_CUR), 0));
    cr_assert(eq(i64, disk_file_seek(file, 0, 99), -EINVAL));
    cr_assert(eq(i64, disk_file_seek(file, INT64_MAX, SEEK_END), -EINVAL));
    disk_file_seek(file, 3 * DISK_PAGE_BYTES, SEEK_SET);
    file_put(file, "x");
    cr_assert(eq(i64, disk_file_seek(file, 0, SEEK_HOLE), DISK_PAGE_BYTES));
    cr_assert(eq(i64, disk_file_seek(file, 5000, SEEK_DATA), 3 * DISK_PAGE_BYTES));
    cr_assert(eq(i64, disk_file_seek(file, 3 * DISK_PAGE_BYTES, SEEK_HOLE), 3 * DISK_PAGE_BYTES + 1));
    cr_assert(eq(i64, disk_file_seek(file, 4 * DISK_PAGE_BYTES, SEEK_DATA), -ENXIO));
    close_(file);
}

Test(disk_file, locks_belong_to_open_files)
{
    struct disk_file *one = open_("/file", O_RDWR), *two = open_("/file", O_RDWR),
                     *three = open_("/file", O_RDWR);
    cr_assert(eq(int, disk_file_lock(one, LOCK_SH), 0));
    cr_assert(eq(int, disk_file_lock(two, LOCK_SH), 0));
    cr_assert(eq(int, disk_file_lock(three, LOCK_EX), -EWOULDBLOCK));
    cr_assert(eq(int, disk_file_lock(one, LOCK_UN), 0));
    cr_assert(eq(int, disk_file_lock(two, LOCK_EX), 0), "its own shared lock is in nobody's way");
    cr_assert(eq(int, disk_file_lock(one, LOCK_SH), -EWOULDBLOCK));
    cr_assert(eq(int, disk_file_lock(two, LOCK_EX), 0));
    close_(two);
    cr_assert(eq(int, disk_file_lock(one, LOCK_EX), 0), "the last close unlocks");
    close_(one);
    close_(three);
}

Test(disk_file, the_null_device_takes_everything_and_gives_nothing)
{
    struct disk_file *file = open_("/dev/null", O_RDWR | O_TRUNC | O_CREAT);
    char text[4];
    cr_assert(eq(int, (int)file_put(file, "lost"), 4));
    cr_assert(eq(int, (int)file_get(file, text, 4), 0));
    cr_assert(eq(u64, file->node->bytes, 0));
    close_(file);
}

Test(disk_file, faults_strike_as_often_as_they_are_set_to_and_never_unasked)
{
    struct disk_file *file = open_("/file", O_RDWR);
    choice_begin(CHOICE_SEEDED, 1);
    for (int i = 0; i < 1000; i++)
        cr_assert(eq(int, (int)file_put(file, "four"), 4));
    disk_settings(fixture.disk)->eio_per_million = 100000;
    disk_settings(fixture.disk)->enospc_per_million = 100000;
    disk_settings(fixture.disk)->short_write_per_million = 200000;
    int io = 0, full = 0, cut = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t before = file->offset;
        ssize_t result = file_put(file, "four");
        io += result == -EIO;
        full += result == -ENOSPC;
        cut += result > 0 && result < 4;
        cr_assert(result != 0 && file->offset == before + (uint64_t)(result > 0 ? result : 0));
    }
    choice_end();
    cr_assert(io > 50 && io < 150 && full > 50 && full < 150 && cut > 100 && cut < 250, "%d %d %d", io, full,
              cut);
    close_(file);
}

Test(disk_file, a_sync_takes_its_usual_time_or_by_choice_longer)
{
    choice_begin(CHOICE_SEEDED, 1);
    int64_t usual_ns = disk_settings(fixture.disk)->fsync_ns;
    int slow = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t time_ns = disk_fault_sync_ns(fixture.disk);
        cr_assert(time_ns >= usual_ns && time_ns <= usual_ns << 8);
        slow += time_ns > usual_ns;
    }
    choice_end();
    cr_assert(slow > 5 && slow < 50, "%d of 1000", slow);
    cr_assert(eq(i64, disk_fault_sync_ns(fixture.disk), usual_ns));
}

/* --- the tap ------------------------------------------------------------------------------------------------------------ */

static char seen[1000];

static void on_event(void *opaque, const struct disk_event *event)
{
    static const char *const kinds[] = {"create", "link",    "rename", "unlink", "mkdir",
                                        "rmdir",  "symlink", "write",  "resize", "sync"};
    size_t used = strlen(seen);
    (void)opaque;
    snprintf(seen + used, sizeof(seen) - used, "%s %s%s%s %lu;", kinds[event->kind],
             event->path ? event->path : "", event->old_path ? " from " : "",
             event->old_path ? event->old_path : "", event->bytes);
}

Test(disk_file, the_tap_sees_every_change_after_it_has_happened)
{
    disk_set_tap(&(struct disk_tap){.on_event = on_event});
    disk_name_make_directory(&(struct disk_at){fixture.disk, NULL, "/d"}, 0755);
    struct disk_file *file = open_("/d/part", O_WRONLY | O_CREAT);
    file_put(file, "abc");
    disk_file_sync(file);
    disk_file_resize(file, 2);
    close_(file);
    struct disk_at part = at(&fixture, "/d/part"), done = at(&fixture, "/tmp/../done");
    disk_name_link(&part, &done, false);
    disk_name_unlink(&part);
    disk_name_rename(&done, &part, false);
    disk_name_unlink(&part);
    disk_name_remove_directory(&(struct disk_at){fixture.disk, NULL, "d/"});
    cr_assert(
        eq(str, seen,
           "mkdir /d 0;create /d/part 0;write  3;sync /d/part 3;resize  2;link /done 2;unlink /d/part 2;"
           "rename /d/part from /done 2;unlink /d/part 2;rmdir /d 0;"));
}

/* --- from outside ------------------------------------------------------------------------------------------------------- */

static void list(void *opaque, const struct disk_item *item)
{
    size_t used = strlen(seen);
    (void)opaque;
    if (!strncmp(item->path, "/x", 2))
        snprintf(seen + used, sizeof(seen) - used, "%s%s ", item->path, item->is_directory ? "/" : "");
}

Test(disk_file, outsiders_put_read_and_list_files)
{
    cr_assert(eq(int, disk_put_file(fixture.disk, "/x/y/file", "one", 3), 0));
    cr_assert(eq(int, disk_put_file(fixture.disk, "/x/y/file", "other", 5), 0));
    cr_assert(eq(int, disk_put_directory(fixture.disk, "/x/y/"), 0));
    cr_assert(eq(int, disk_put_directory(fixture.disk, "/file/y"), -ENOTDIR));
    cr_assert(eq(int, disk_put_file(fixture.disk, "/x/y", "one", 3), -EISDIR));
    cr_assert(eq(str, (char *)(uintptr_t)content("/x/y/file"), "other"));
    cr_assert(eq(u64, disk_usage(fixture.disk).dirty_count, 0));
    cr_assert(eq(int, disk_each(fixture.disk, "/", list, NULL), 0));
    cr_assert(eq(str, seen, "/x/ /x/y/ /x/y/file "));
    seen[0] = '\0';
    cr_assert(eq(int, disk_each(fixture.disk, "/x/y", list, NULL), 0));
    cr_assert(eq(str, seen, "/x/y/file "));
    disk_settings(fixture.disk)->capacity_bytes = disk_usage(fixture.disk).used_bytes;
    cr_assert(eq(int, disk_put_file(fixture.disk, "/x/full", "one", 3), -ENOSPC));
    cr_assert(eq(i64, disk_file_bytes(fixture.disk, "/x/full"), -ENOENT));
}
