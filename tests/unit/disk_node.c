/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "tests/unit/disk_fixture.h"

TestSuite(disk_node);

enum { MODEL_BYTES = 10 * DISK_PAGE_BYTES };

/* What a file should hold, in the plainest form. */
struct model {
    uint8_t data[MODEL_BYTES];
    size_t bytes;
};

static uint32_t draw(uint64_t *state, uint32_t options)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % options;
}

static void write_both(struct model *model, struct disk_node *node, uint64_t *state)
{
    uint8_t data[DISK_PAGE_BYTES * 2];
    size_t offset = draw(state, MODEL_BYTES - sizeof(data)), bytes = 1 + draw(state, sizeof(data));
    memset(data, (int)draw(state, 256), bytes);
    memcpy(model->data + offset, data, bytes);
    if (offset + bytes > model->bytes)
        model->bytes = offset + bytes;
    cr_assert(disk_node_write(node, offset, data, bytes) == (int64_t)bytes);
}

static void resize_both(struct model *model, struct disk_node *node, uint64_t *state)
{
    size_t bytes = draw(state, MODEL_BYTES);
    if (bytes < model->bytes)
        memset(model->data + bytes, 0, model->bytes - bytes);
    model->bytes = bytes;
    cr_assert(disk_node_resize(node, bytes) == 0);
}

Test(disk_node, holds_what_was_written_wherever_holes_and_cuts_fall)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct fixture fixture;
        fixture_begin(&fixture);
        struct disk_node *node = disk_node_new(fixture.disk, DISK_REGULAR, 0644);
        static struct model model;
        memset(&model, 0, sizeof(model));
        uint64_t state = seed;
        for (int step = 0; step < 200; step++) {
            if (draw(&state, 5))
                write_both(&model, node, &state);
            else
                resize_both(&model, node, &state);
            static uint8_t found[MODEL_BYTES];
            size_t offset = draw(&state, MODEL_BYTES), left = model.bytes > offset ? model.bytes - offset : 0;
            cr_assert(disk_node_read(node, offset, found, MODEL_BYTES) == left, "seed %lu step %d", seed,
                      step);
            cr_assert(memcmp(found, model.data + offset, left) == 0, "seed %lu step %d", seed, step);
        }
        disk_node_release(node);
        cr_assert(disk_usage(fixture.disk).used_bytes == 0);
        disk_free(fixture.disk);
    }
}

Test(disk_node, a_hole_of_a_terabyte_takes_one_page)
{
    struct fixture fixture;
    fixture_begin(&fixture);
    struct disk_node *node = disk_node_new(fixture.disk, DISK_REGULAR, 0644);
    cr_assert(eq(i64, disk_node_write(node, UINT64_C(1) << 40, "end", 3), 3));
    cr_assert(eq(u64, disk_usage(fixture.disk).used_bytes, DISK_PAGE_BYTES));
    char bytes[2] = "xx";
    cr_assert(eq(sz, disk_node_read(node, 1 << 30, bytes, 2), 2));
    cr_assert(bytes[0] == 0 && bytes[1] == 0);
    cr_assert(eq(i64, disk_node_write(node, DISK_FILE_BYTES_MAX, "x", 1), -EFBIG));
    disk_node_release(node);
    disk_free(fixture.disk);
}

Test(disk_node, a_full_disk_takes_what_fits_and_then_refuses)
{
    struct fixture fixture;
    fixture_begin(&fixture);
    disk_settings(fixture.disk)->capacity_bytes = 3 * DISK_PAGE_BYTES;
    struct disk_node *node = disk_node_new(fixture.disk, DISK_REGULAR, 0644);
    static const uint8_t data[5 * DISK_PAGE_BYTES];
    cr_assert(eq(i64, disk_node_write(node, 100, data, sizeof(data)), 3 * DISK_PAGE_BYTES - 100));
    cr_assert(eq(i64, disk_node_write(node, 3 * DISK_PAGE_BYTES, data, 1), -ENOSPC));
    cr_assert(eq(i64, disk_node_write(node, 0, data, 200), 200), "what has its page can be overwritten");
    disk_node_resize(node, 0);
    cr_assert(eq(i64, disk_node_write(node, 0, data, 1), 1), "a cut gives room back");
    disk_node_release(node);
    disk_free(fixture.disk);
}

Test(disk_node, a_page_remembers_what_is_on_the_platter_until_it_is_synced)
{
    struct fixture fixture;
    fixture_begin(&fixture);
    struct disk_node *node = disk_node_new(fixture.disk, DISK_REGULAR, 0644);
    disk_node_write(node, 0, "0123456789", 10);
    cr_assert(node->is_dirty && node->disk_bytes == 0);
    cr_assert(node->pages[0].is_dirty && !node->pages[0].stable, "no block yet");
    disk_node_sync(node);
    cr_assert(node->disk_bytes == 10 && !node->is_dirty && !node->pages[0].is_dirty);
    disk_node_write(node, 3, "x", 1);
    disk_node_write(node, 4, "y", 1);
    cr_assert(node->is_dirty && node->pages[0].is_dirty);
    cr_assert(memcmp(node->pages[0].stable, "0123456789", 10) == 0, "what the first write met");
    disk_node_sync(node);
    cr_assert(node->pages[0].stable == NULL);
    disk_node_resize(node, 2);
    cr_assert(eq(u64, node->disk_bytes, 2));
    cr_assert(eq(u64, disk_usage(fixture.disk).dirty_count, 1));
    disk_node_release(node);
    cr_assert(eq(u64, disk_usage(fixture.disk).dirty_count, 0));
    disk_free(fixture.disk);
}

static void enter_many(struct disk_node *directory, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[16];
        int bytes = snprintf(name, sizeof(name), "file-%04u", i);
        disk_node_enter(directory, name, (size_t)bytes, disk_node_new(directory->disk, DISK_REGULAR, 0644));
    }
}

Test(disk_node, entries_are_listed_once_each_in_an_order_that_is_neither_sorted_nor_that_of_creation)
{
    struct fixture fixture;
    fixture_begin(&fixture);
    struct disk_node *directory = fixture.disk->root;
    enter_many(directory, 1000);
    unsigned count = 0, ascending = 0;
    const char *last = "";
    for (uint64_t position = 0;;) {
        const struct disk_entry *entry = disk_node_entry_from(directory, position);
        if (!entry)
            break;
        position = entry->position + 1;
        ascending += strcmp(last, entry->name) < 0;
        last = entry->name;
        count++;
    }
    cr_assert(eq(uint, count, 1002)); /* with tmp and dev */
    cr_assert(ascending > 300 && ascending < 700, "%u of them ascend", ascending);
    disk_free(fixture.disk);
}

Test(disk_node, every_name_is_found_and_no_other)
{
    struct fixture fixture;
    fixture_begin(&fixture);
    struct disk_node *directory = fixture.disk->root;
    enter_many(directory, 300);
    cr_assert(disk_node_find(directory, "file-0000", 9) && disk_node_find(directory, "file-0299", 9));
    cr_assert(disk_node_find(directory, "file-0300", 9) == NULL);
    cr_assert(disk_node_find(directory, "file-000", 8) == NULL);
    for (unsigned i = 0; i < 300; i += 2) {
        char name[16];
        snprintf(name, sizeof(name), "file-%04u", i);
        disk_node_leave(directory, disk_node_find(directory, name, 9));
    }
    cr_assert(disk_node_find(directory, "file-0000", 9) == NULL && disk_node_find(directory, "file-0299", 9));
    cr_assert(eq(u64, disk_usage(fixture.disk).file_count, 151)); /* with the null device */
    disk_free(fixture.disk);
}
