/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a power failure leaves. The second half compares every outcome of all short lists of operations with a model that
 * knows nothing of pages and undo logs: names as of a prefix of the journal, and each file's bytes written back or not.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim/world/choice.h"
#include "sim/world/disk_crash.h"
#include "sim/world/schedule.h"
#include "tests/unit/disk_fixture.h"

static struct fixture fixture;

static void begin(void)
{
    schedule_clock.now_ns = 0;
    fixture_begin(&fixture);
}

static void end(void)
{
    choice_end();
    disk_free(fixture.disk);
}

TestSuite(disk_crash, .init = begin, .fini = end);

static struct disk_file *open_(const char *path, int flags)
{
    int error;
    struct disk_file *file = file_open_at(&fixture, path, flags, &error);
    cr_assert(file != NULL, "%s: %d", path, error);
    return file;
}

static void put(const char *path, int flags, const char *text, bool syncs)
{
    struct disk_file *file = open_(path, O_WRONLY | O_CREAT | flags);
    file_put(file, text);
    if (syncs)
        disk_file_sync(file);
    open_file_release(&file->open);
}

static void sync_directory(const char *path)
{
    struct disk_file *file = open_(path, O_RDONLY);
    disk_file_sync(file);
    open_file_release(&file->open);
}

static void rename_(const char *from, const char *to)
{
    struct disk_at old = at(&fixture, from), new = at(&fixture, to);
    cr_assert(disk_name_rename(&old, &new, false) == 0);
}

/* Zeros are shown as '0'. */
static const char *content(const char *path)
{
    static char text[4][64];
    static int turn;
    char *out = text[turn++ % 4];
    int64_t bytes = disk_read_file(fixture.disk, path, out, 63);
    if (bytes < 0)
        return "(none)";
    out[bytes] = '\0';
    for (int64_t i = 0; i < bytes; i++)
        out[i] = out[i] ? out[i] : '0';
    return out;
}

/* The picks of the first crash: lost steps, then one fate for every file. */
enum { KEPT, LOST, FIRST_PAGES, EACH_PAGE };
static struct disk_loss crash_with(uint32_t steps, uint32_t fate)
{
    choice_begin(CHOICE_REPLAY, 1);
    choice_replay_add(0, "disk/crash_journal", 0, steps);
    for (uint64_t inode = 2; inode < 40; inode++)
        choice_replay_add(0, "disk/crash_file", inode << 24, fate);
    return disk_crash(fixture.disk);
}

#define EXPECT(PATH, TEXT) cr_expect(eq(str, (char *)(uintptr_t)content(PATH), TEXT))

/* --- single rules ------------------------------------------------------------------------------------------------- */

Test(disk_crash, without_a_choice_everything_is_kept_and_durable)
{
    put("/tmp/a", 0, "one", false);
    rename_("/tmp/a", "/b");
    struct disk_loss loss = disk_crash(fixture.disk);
    cr_expect(loss.steps == 0 && loss.pages_lost == 0);
    EXPECT("/b", "one");
    cr_expect(eq(u64, disk_usage(fixture.disk).dirty_count, 0));
    loss = crash_with(9, LOST);
    cr_expect(loss.steps == 0, "nothing was at stake any more");
    EXPECT("/b", "one");
}

Test(disk_crash, what_was_synced_with_its_directory_stays)
{
    put("/a", 0, "one", true);
    sync_directory("/");
    crash_with(9, LOST);
    EXPECT("/a", "one");
}

Test(disk_crash, a_file_that_was_not_synced_may_be_there_empty)
{
    put("/a", 0, "one", false);
    sync_directory("/");
    struct disk_loss loss = crash_with(0, LOST);
    cr_expect(loss.pages_lost == 1);
    EXPECT("/a", "");
}

Test(disk_crash, an_fsync_commits_all_that_was_done_before_it)
{
    put("/a", 0, "one", false);
    put("/b", 0, "two", true);
    rename_("/a", "/c");
    crash_with(9, KEPT);
    EXPECT("/a", "one");
    EXPECT("/c", "(none)");
    EXPECT("/b", "two");
}

Test(disk_crash, a_name_that_is_lost_takes_the_later_ones_with_it)
{
    put("/a", 0, "one", true);
    struct disk_at a = at(&fixture, "/a"), b = at(&fixture, "/b");
    cr_assert(disk_name_link(&a, &b, false) == 0);
    cr_assert(disk_name_unlink(&a) == 0);
    cr_expect(crash_with(1, KEPT).steps == 1);
    EXPECT("/a", "one");
    EXPECT("/b", "one");
}

Test(disk_crash, a_rename_is_all_or_nothing_and_what_it_replaced_comes_back)
{
    put("/a", 0, "old", true);
    put("/new", 0, "new", true);
    rename_("/new", "/a");
    cr_expect(eq(u64, disk_usage(fixture.disk).file_count, 2), "/dev/null and /a");
    crash_with(1, KEPT);
    EXPECT("/a", "old");
    EXPECT("/new", "new");
}

Test(disk_crash, replacing_by_rename_never_leaves_an_empty_file)
{
    put("/a", 0, "old", true);
    put("/new", 0, "new", false);
    rename_("/new", "/a");
    crash_with(0, LOST);
    EXPECT("/a", "new");
}

Test(disk_crash, replacing_by_truncation_may_but_not_once_it_was_closed_and_committed)
{
    put("/a", 0, "old", true);
    struct disk_file *file = open_("/a", O_WRONLY | O_TRUNC);
    file_put(file, "new");
    sync_directory("/"); /* took no part, so commits nothing */
    crash_with(0, LOST);
    EXPECT("/a", "");
    open_file_release(&file->open);
    put("/a", O_TRUNC, "newer", false);
    crash_with(0, LOST);
    EXPECT("/a", "newer");
}

Test(disk_crash, a_truncation_that_is_lost_gives_back_what_it_cut)
{
    put("/a", 0, "0123456789", true);
    struct disk_file *file = open_("/a", O_WRONLY);
    disk_file_resize(file, 4);
    struct iovec iov = {.iov_base = "xyz", .iov_len = 3};
    disk_file_write_at(file, &iov, 1, 4);
    open_file_release(&file->open);
    EXPECT("/a", "0123xyz");
    crash_with(1, KEPT);
    EXPECT("/a", "0123456789");
}

Test(disk_crash, a_truncation_of_a_file_without_a_name_leaves_nothing_behind)
{
    struct disk_usage before = disk_usage(fixture.disk);
    put("/a", 0, "0123456789", true);
    struct disk_file *file = open_("/a", O_WRONLY);
    struct disk_at place = at(&fixture, "/a");
    cr_assert(disk_name_unlink(&place) == 0);
    disk_file_resize(file, 4);
    open_file_release(&file->open);
    crash_with(1, KEPT);
    struct disk_usage after = disk_usage(fixture.disk);
    cr_expect(eq(u64, after.orphan_count, 0));
    cr_expect(eq(u64, after.file_count, before.file_count));
    cr_expect(eq(u64, after.used_bytes, before.used_bytes));
}

Test(disk_crash, an_appended_tail_may_be_zeros)
{
    put("/a", 0, "12345", true);
    put("/a", O_APPEND, "678", false);
    choice_begin(CHOICE_REPLAY, 1);
    uint64_t inode = 5; /* after /, /tmp, /dev and /dev/null: 2.. */
    inode += 1;
    choice_replay_add(0, "disk/crash_file", inode << 24, LOST);
    choice_replay_add(0, "disk/crash_tail", (inode << 24) ^ 1, 1);
    disk_crash(fixture.disk);
    EXPECT("/a", "12345000");
}

Test(disk_crash, a_page_with_a_block_may_be_torn_at_a_sector)
{
    static char old[4097], new[4097], got[4096];
    memset(old, 'o', 4096);
    memset(new, 'n', 4096);
    put("/a", 0, old, true);
    put("/a", 0, new, false);
    choice_begin(CHOICE_REPLAY, 1);
    uint64_t inode = UINT64_C(6) << 24;
    choice_replay_add(0, "disk/crash_file", inode, EACH_PAGE);
    choice_replay_add(0, "disk/crash_page", inode ^ 1, 2);
    choice_replay_add(0, "disk/crash_sectors", inode ^ 1, 4);
    cr_expect(disk_crash(fixture.disk).pages_torn == 1);
    cr_assert(disk_read_file(fixture.disk, "/a", got, 4096) == 4096);
    cr_expect(memcmp(got, new, 3 * 512) == 0 && memcmp(got + 3 * 512, old, 5 * 512) == 0);
}

Test(disk_crash, pages_written_back_behind_a_lost_one_leave_a_hole)
{
    static char pages[3 * 4096 + 1], got[3 * 4096];
    memset(pages, 'x', 3 * 4096);
    put("/a", 0, pages, false);
    choice_begin(CHOICE_REPLAY, 1);
    uint64_t inode = UINT64_C(6) << 24;
    choice_replay_add(0, "disk/crash_file", inode, EACH_PAGE);
    choice_replay_add(0, "disk/crash_page", inode ^ 1, 1);
    choice_replay_add(0, "disk/crash_page", inode ^ 3, 1);
    disk_crash(fixture.disk);
    cr_assert(eq(i64, disk_read_file(fixture.disk, "/a", got, sizeof got), 2 * 4096));
    cr_expect(got[0] == 0 && got[4095] == 0 && got[4096] == 'x');
}

Test(disk_crash, age_makes_durable)
{
    put("/a", 0, "one", false);
    schedule_clock.now_ns = DISK_COMMIT_NS;
    put("/b", 0, "two", false);
    schedule_clock.now_ns = DISK_WRITEBACK_NS;
    put("/c", 0, "three", false);
    cr_expect(crash_with(9, LOST).steps == 1);
    EXPECT("/a", "one");
    EXPECT("/b", "");
    EXPECT("/c", "(none)");
}

Test(disk_crash, what_a_failed_sync_gave_up_is_not_saved_by_the_next_one)
{
    for (int rewrites = 0; rewrites <= 1; rewrites++) {
        const char *path = rewrites ? "/again" : "/once";
        struct disk_file *file = open_(path, O_WRONLY | O_CREAT);
        file_put(file, "one");
        disk_settings(fixture.disk)->eio_calls = DISK_EIO_SYNC;
        cr_assert(disk_file_sync(file) == -EIO);
        disk_settings(fixture.disk)->eio_calls = 0;
        if (rewrites)
            file_put(file, "two");
        cr_assert(disk_file_sync(file) == 0, "nothing is left to do");
        open_file_release(&file->open);
    }
    crash_with(0, LOST);
    EXPECT("/once", "000");
    EXPECT("/again", "onetwo");
}

static char told[400];

static void on_event(void *opaque, const struct disk_event *event)
{
    (void)opaque;
    size_t used = strlen(told);
    cr_assert_eq(event->process, 0);
    snprintf(told + used, sizeof told - used, "%s %s %s; ", event->kind == DISK_UNLINKED ? "lost" : "found",
             event->path, content(event->path));
}

Test(disk_crash, a_crash_tells_what_it_takes_and_what_it_brings_back)
{
    put("/kept", 0, "kept", true);
    put("/old", 0, "old", true);
    put("/kept", O_APPEND, "more", false);
    rename_("/old", "/new");
    told[0] = '\0';
    disk_set_tap(&(struct disk_tap){.on_event = on_event});
    crash_with(1, LOST);
    disk_set_tap(NULL);
    cr_expect(eq(str, told, "lost /new old; found /old old; lost /kept keptmore; found /kept kept; "));
}

/* --- against a model ------------------------------------------------------------------------------------------------ */

enum {
    OPERATIONS = 11,
    LENGTH_MAX = 6,
    INODES_MAX = 8,
    EVENTS_MAX = 16,
    OUTCOMES_MAX = 512,
    TEXT_BYTES = 48
};
enum operation {
    WRITE_A,
    WRITE_B,
    REPLACE_A,
    SYNC_A,
    SYNC_B,
    A_TO_B,
    B_TO_A,
    LINK_B,
    UNLINK_A,
    CUT_A,
    SYNC_ROOT
};

enum event_kind { WRITTEN, CUT, SYNCED, FLUSHED };
struct event {
    enum event_kind kind;
    uint32_t step;
    char text[TEXT_BYTES];
};

struct inode {
    struct event events[EVENTS_MAX];
    uint32_t count, change; /* change: not 0 while it has part in what is not committed */
};

struct model {
    struct inode inodes[INODES_MAX];
    uint32_t inode_count, root_change;
    int names[LENGTH_MAX * 2 + 1][2]; /* after each step: inode of a and b, -1: none */
    uint32_t step, committed;
};

static void add(struct model *model, int inode, enum event_kind kind, uint32_t step, const char *text)
{
    struct inode *to = &model->inodes[inode];
    struct event *event = &to->events[to->count++];
    event->kind = kind;
    event->step = step;
    snprintf(event->text, sizeof event->text, "%s", text);
    to->change = model->step + (kind == WRITTEN); /* what is written is part of what comes next */
}

static int *next_step(struct model *model)
{
    model->step++;
    memcpy(model->names[model->step], model->names[model->step - 1], sizeof model->names[0]);
    return model->names[model->step];
}

static int *names(struct model *model)
{
    return model->names[model->step];
}

static void model_write(struct model *model, int name, const char *text)
{
    if (names(model)[name] < 0) {
        next_step(model)[name] = (int)model->inode_count++;
        model->root_change = model->step;
        model->inodes[names(model)[name]].change = model->step;
    }
    add(model, names(model)[name], WRITTEN, 0, text);
}

/* Does its page lie in memory only, without a block? Then a flush is a step. */
static bool needs_flush(const struct inode *inode)
{
    bool needs = false;
    for (uint32_t i = 0; i < inode->count; i++) {
        if (inode->events[i].kind == WRITTEN)
            needs |= i == 0 || inode->events[i - 1].kind == CUT;
        else
            needs = false;
    }
    return needs;
}

static void model_rename(struct model *model, int from, int to)
{
    int inode = names(model)[from], target = names(model)[to];
    if (inode < 0 || inode == target)
        return;
    int *now = next_step(model);
    now[to] = inode;
    now[from] = -1;
    model->root_change = model->inodes[inode].change = model->step;
    if (target >= 0) {
        model->inodes[target].change = model->step;
        if (needs_flush(&model->inodes[inode]))
            add(model, inode, FLUSHED, model->step, "");
    }
}

static void commit(struct model *model)
{
    model->committed = model->step;
    model->root_change = 0;
    for (uint32_t i = 0; i < model->inode_count; i++)
        model->inodes[i].change = 0;
}

static void model_sync(struct model *model, int inode)
{
    if (inode < 0)
        return;
    uint32_t change = model->inodes[inode].change;
    add(model, inode, SYNCED, 0, "");
    model->inodes[inode].change = 0;
    if (change)
        commit(model);
}

static void model_cut(struct model *model, int name)
{
    int inode = names(model)[name];
    next_step(model);
    add(model, inode, CUT, model->step, "");
}

static void model_do(struct model *model, enum operation operation, const char *text)
{
    int *now = names(model);
    switch (operation) {
    case WRITE_A:
    case WRITE_B:
        model_write(model, operation == WRITE_B, text);
        break;
    case REPLACE_A:
        if (now[0] >= 0)
            model_cut(model, 0);
        bool is_new = now[0] < 0;
        model_write(model, 0, text);
        if (!is_new) {
            next_step(model);
            add(model, names(model)[0], FLUSHED, model->step, "");
        }
        break;
    case SYNC_A:
    case SYNC_B:
        model_sync(model, now[operation == SYNC_B]);
        break;
    case A_TO_B:
    case B_TO_A:
        model_rename(model, operation == B_TO_A, operation == A_TO_B);
        break;
    case LINK_B:
        if (now[0] < 0 || now[1] >= 0)
            break;
        now = next_step(model);
        now[1] = now[0];
        model->root_change = model->inodes[now[0]].change = model->step;
        break;
    case UNLINK_A:
        if (now[0] < 0)
            break;
        model->root_change = model->inodes[now[0]].change = model->step + 1;
        next_step(model)[0] = -1;
        break;
    case CUT_A:
        if (now[0] >= 0)
            model_cut(model, 0);
        break;
    case SYNC_ROOT:
        if (model->root_change)
            commit(model);
        break;
    }
}

/* The candidates for a file's bytes when steps up to kept are kept; how many. */
static int candidates(const struct inode *inode, uint32_t kept, char out[3][TEXT_BYTES])
{
    char now[TEXT_BYTES] = "", platter[TEXT_BYTES] = "";
    bool has_block = false, is_certain = true;
    uint32_t flush = 0;
    for (uint32_t i = 0; i < inode->count; i++) {
        const struct event *event = &inode->events[i];
        if (event->kind == CUT && event->step > kept)
            break;
        bool arrives = event->kind == SYNCED || (event->kind == WRITTEN && flush);
        if (arrives) {
            strcpy(platter, now);
            has_block = *now;
        }
        if (event->kind == WRITTEN || event->kind == CUT)
            strcpy(now, event->text);
        if (event->kind == CUT)
            strcpy(platter, ""), has_block = false;
        flush = event->kind == FLUSHED && !has_block ? event->step : event->kind == FLUSHED ? flush : 0;
        is_certain = event->kind == WRITTEN ? false : event->kind == FLUSHED ? is_certain : true;
    }
    strcpy(out[0], now);
    if (is_certain || (flush && flush <= kept))
        return 1;
    strcpy(out[1], platter);
    if (!has_block || strlen(now) <= strlen(platter))
        return 2;
    strcpy(out[2], platter);
    memset(out[2] + strlen(platter), '0', strlen(now) - strlen(platter));
    out[2][strlen(now)] = '\0';
    return 3;
}

struct outcomes {
    char text[OUTCOMES_MAX][2 * TEXT_BYTES];
    uint32_t count;
};

static void note(struct outcomes *outcomes, const char *a, const char *b)
{
    char text[2 * TEXT_BYTES];
    snprintf(text, sizeof text, "%s|%s", a, b);
    for (uint32_t i = 0; i < outcomes->count; i++)
        if (!strcmp(outcomes->text[i], text))
            return;
    cr_assert(outcomes->count < OUTCOMES_MAX);
    strcpy(outcomes->text[outcomes->count++], text);
}

static void model_outcomes(const struct model *model, struct outcomes *outcomes)
{
    for (uint32_t kept = model->committed; kept <= model->step; kept++) {
        const int *now = model->names[kept];
        char a[3][TEXT_BYTES] = {"(none)"}, b[3][TEXT_BYTES] = {"(none)"};
        int a_count = now[0] < 0 ? 1 : candidates(&model->inodes[now[0]], kept, a);
        int b_count = now[1] < 0 ? 1 : candidates(&model->inodes[now[1]], kept, b);
        for (int i = 0; i < a_count; i++)
            for (int k = 0; k < b_count; k++)
                if (now[0] != now[1] || i == k)
                    note(outcomes, a[i], b[k]);
    }
}

static void disk_do(enum operation operation, const char *text)
{
    struct disk_at a = at(&fixture, "/a"), b = at(&fixture, "/b");
    struct disk_node *node;
    switch (operation) {
    case WRITE_A:
    case WRITE_B:
        put(operation == WRITE_A ? "/a" : "/b", 0, text, false);
        break;
    case REPLACE_A:
        put("/a", O_TRUNC, text, false);
        break;
    case SYNC_A:
    case SYNC_B:
        if (!disk_name_find(operation == SYNC_A ? &a : &b, false, &node))
            disk_node_sync(node);
        break;
    case A_TO_B:
        disk_name_rename(&a, &b, false);
        break;
    case B_TO_A:
        disk_name_rename(&b, &a, false);
        break;
    case LINK_B:
        disk_name_link(&a, &b, false);
        break;
    case UNLINK_A:
        disk_name_unlink(&a);
        break;
    case CUT_A:
        if (!disk_name_find(&a, false, &node)) {
            disk_node_resize(node, 0);
            disk_node_close(node);
        }
        break;
    case SYNC_ROOT:
        sync_directory("/");
        break;
    }
}

/* Longer each time, so that the last one written covers those before. */
static const char *text_of(int index)
{
    static const char *const texts[LENGTH_MAX] = {"A", "BB", "CCC", "DDDD", "EEEEE", "FFFFFF"};
    return texts[index];
}

static void compare(const int *operations, int length, int seeds)
{
    static struct outcomes expected, found;
    static struct model model;
    char list[64] = "";
    memset(&model, 0, sizeof model);
    model.names[0][0] = model.names[0][1] = -1;
    expected.count = found.count = 0;
    for (int i = 0; i < length; i++) {
        model_do(&model, (enum operation)operations[i], text_of(i));
        snprintf(list + strlen(list), sizeof list - strlen(list), " %d", operations[i]);
    }
    model_outcomes(&model, &expected);
    for (int seed = 1; seed <= seeds; seed++) {
        fixture_begin(&fixture);
        for (int i = 0; i < length; i++)
            disk_do((enum operation)operations[i], text_of(i));
        choice_begin(CHOICE_SEEDED, (uint64_t)seed);
        disk_crash(fixture.disk);
        choice_end();
        uint32_t known = found.count;
        note(&found, content("/a"), content("/b"));
        disk_free(fixture.disk);
        uint32_t i = 0;
        while (known < found.count && i < expected.count && strcmp(expected.text[i], found.text[known]) != 0)
            i++;
        cr_assert(i < expected.count, "operations%s: %s, and the model knows no such", list,
                  found.text[known]);
    }
    cr_assert(found.count == expected.count, "operations%s: %u of %u outcomes were met", list, found.count,
              expected.count);
}

Test(disk_crash, every_list_of_three_operations_ends_as_a_model_says)
{
    disk_free(fixture.disk);
    for (int list = 0; list < OPERATIONS * OPERATIONS * OPERATIONS; list++) {
        int operations[3] = {list % OPERATIONS, list / OPERATIONS % OPERATIONS,
                             list / OPERATIONS / OPERATIONS};
        compare(operations, 3, 200);
    }
    fixture_begin(&fixture);
}

Test(disk_crash, longer_lists_of_operations_end_as_a_model_says)
{
    disk_free(fixture.disk);
    uint64_t random = 1;
    for (int list = 0; list < 300; list++) {
        int operations[LENGTH_MAX];
        for (int i = 0; i < LENGTH_MAX; i++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            operations[i] = (int)(random >> 33) % OPERATIONS;
        }
        compare(operations, LENGTH_MAX, 1000);
    }
    fixture_begin(&fixture);
}
