/* SPDX-License-Identifier: Apache-2.0 */
/* Files and streams as programs in the world see them: what outlives a kill, what a fault looks like, who waits. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/posix/call.h"
#include "sim/world/disk.h"
#include "tests/unit/world.h"

/* A world with one process, which a test can look at before it is ended. */
static struct process *start(int (*program)(int, char **), uint64_t seed)
{
    static bool is_warm;
    if (!is_warm)
        world_warm_up(world_nothing);
    is_warm = true;
    world_begin(
        &(struct world_options){.choices = CHOICE_SEEDED, .seed = seed, .preempt_per_million = 100000});
    static const char *const arguments[] = {"program", NULL};
    return process_start(&(struct process_spec){.name = "program",
                                                .host = host_new("host"),
                                                .main = program,
                                                .arguments = arguments,
                                                .directory = "/data/work"});
}

static void finish(void)
{
    struct world_report report;
    world_end(&report);
    cr_assert(report.finding_count == 0, "%s", world_finding(0)->text);
    cr_assert(eq(u64, report.engine_live_bytes, 0));
}

static struct disk *disk(void)
{
    return host_by_name("host")->disk;
}

static const char *content(const char *path)
{
    static char text[200];
    int64_t bytes = disk_read_file(disk(), path, text, sizeof(text) - 1);
    text[bytes < 0 ? 0 : bytes] = '\0';
    return bytes < 0 ? "(none)" : text;
}

/* --- what outlives a kill ------------------------------------------------------------------------------------------------ */

/* Publishes "part" as "done" the careful way. */
static int publish(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fd = open("part", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (write(fd, "whole", 5) != 5 || fsync(fd) < 0 || close(fd) < 0)
        return 1;
    if (link("part", "done") < 0 && errno != EEXIST)
        return 2;
    return unlink("part") < 0 ? 3 : 0;
}

Test(disk_world, a_kill_at_any_call_leaves_what_was_written_and_a_restart_goes_on)
{
    static const enum call calls[] = {CALL_OPEN, CALL_WRITE, CALL_FSYNC, CALL_CLOSE, CALL_LINK, CALL_UNLINK};
    static const char *const parts[][2] = {{"(none)", ""},     {"", "whole"},      {"whole", "whole"},
                                           {"whole", "whole"}, {"whole", "whole"}, {"whole", "(none)"}};
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        for (uint64_t point = 1; point <= 2; point++) { /* on entry, and when it has done its work */
            struct process *process = start(publish, 1 + i);
            process_kill_at(process, point, calls[i]);
            world_run();
            cr_assert(process->state == PROCESS_DEAD);
            cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/part"),
                         (char *)(uintptr_t)parts[i][point - 1]),
                      "call %zu point %lu", i, point);
            bool is_linked = calls[i] == CALL_UNLINK || (calls[i] == CALL_LINK && point == 2);
            cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/done"), is_linked ? "whole" : "(none)"));
            process_restart(process);
            world_run();
            cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/done"), "whole"));
            cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/part"), "(none)"));
            cr_assert(eq(u64, disk_usage(disk()).open_count, 0));
            finish();
        }
    }
}

static int sync_time_us;

static int measure_sync(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fd = open("file", O_WRONLY | O_CREAT, 0644);
    (void)!write(fd, "x", 1);
    int64_t before_ns = schedule_now();
    fsync(fd);
    sync_time_us = (int)((schedule_now() - before_ns) / 1000);
    close(fd);
    return 0;
}

static void kill_program(struct timer *timer)
{
    (void)timer;
    process_kill(process_by_name("program"));
}

Test(disk_world, a_sync_takes_time_in_which_a_kill_leaves_it_undone)
{
    struct process *process = start(measure_sync, 1);
    world_run();
    cr_assert(sync_time_us >= 1000 && sync_time_us < 300000, "%d us", sync_time_us);
    uint64_t dirty_before = disk_usage(disk()).dirty_count; /* the directory has a new name */
    cr_assert(eq(u64, dirty_before, 1));
    process_restart(process);
    static struct timer timer;
    timer_start(&timer, schedule_now() + 500000, kill_program);
    world_run();
    cr_assert(eq(u64, disk_usage(disk()).dirty_count, dirty_before + 1));
    finish();
}

/* --- streams ----------------------------------------------------------------------------------------------------------------- */

static int write_and_leave(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    FILE *file = fopen("left", "w"), *closed = fopen("closed", "w");
    fprintf(closed, "%s-%d", "closed", 1);
    fclose(closed);
    fputs("left", file);
    getppid(); /* no call of the world's: nothing is written by it */
    sync();
    return 0; /* exit() flushes */
}

Test(disk_world, exit_flushes_streams_and_a_kill_does_not)
{
    struct process *process = start(write_and_leave, 1);
    process_kill_at(process, 1, CALL_SYNC);
    world_run();
    cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/closed"), "closed-1"));
    cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/left"), ""));
    process_restart(process);
    world_run();
    cr_assert(eq(str, (char *)(uintptr_t)content("/data/work/left"), "left"));
    finish();
}

static int memory_result;

static int print_to_memory(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&text, &bytes);
    fprintf(memory, "%d and ", 42);
    fputs("more", memory);
    fputc('!', memory);
    fclose(memory);
    memory_result = strcmp(text, "42 and more!");
    free(text);
    FILE *reader = fmemopen((char[]){"7 8"}, 3, "r");
    int seven = 0;
    memory_result |= fscanf(reader, "%d", &seven) != 1 || seven != 7 || fgetc(reader) != ' ';
    fclose(reader);
    return 0;
}

Test(disk_world, streams_over_memory_are_still_libcs)
{
    memory_result = -1;
    start(print_to_memory, 1);
    world_run();
    cr_assert(eq(int, memory_result, 0));
    finish();
}

static FILE *shared_stream;

static void *print_lines(void *argument)
{
    for (int i = 0; i < 50; i++) {
        flockfile(shared_stream);
        fputs(argument, shared_stream);
        usleep(10); /* with the lock held: the others have to wait */
        fputs("\n", shared_stream);
        funlockfile(shared_stream);
    }
    return NULL;
}

static int whole_lines;

static int share_a_stream(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    shared_stream = fopen("lines", "w");
    setvbuf(shared_stream, NULL, _IONBF, 0);
    pthread_t threads[3];
    static char *const lines[] = {"aaaa", "bbbb", "cccc"};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, print_lines, lines[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    freopen("lines", "r", shared_stream);
    char line[16];
    whole_lines = 0;
    while (fgets(line, sizeof(line), shared_stream))
        whole_lines += strlen(line) == 5 && line[0] == line[3] && line[4] == '\n';
    fclose(shared_stream);
    return 0;
}

Test(disk_world, a_locked_stream_keeps_other_tasks_out)
{
    start(share_a_stream, 1);
    world_run();
    cr_assert(eq(int, whole_lines, 150));
    finish();
}

/* --- faults and waiting ---------------------------------------------------------------------------------------------------- */

static int failures[4];

static int meet_faults(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    memset(failures, 0, sizeof(failures));
    for (int i = 0; i < 200; i++) {
        FILE *file = fopen("file", "w");
        if (!file) {
            failures[0] += errno == ENOSPC;
            continue;
        }
        fputs("some text", file);
        failures[1] += fclose(file) == EOF && (errno == EIO || errno == ENOSPC);
        int fd = open("file", O_RDWR);
        failures[2] += fsync(fd) < 0 && errno == EIO;
        close(fd);
        failures[3] += unlink("file") < 0;
    }
    return 0;
}

Test(disk_world, faults_reach_a_program_as_errors_of_its_calls)
{
    start(meet_faults, 7);
    struct disk_settings *settings = disk_settings(disk());
    settings->eio_per_million = settings->enospc_per_million = settings->short_write_per_million = 100000;
    world_run();
    cr_assert(failures[0] > 5 && failures[1] > 10 && failures[2] > 5 && failures[3] == 0, "%d %d %d %d",
              failures[0], failures[1], failures[2], failures[3]);
    finish();
}

static int order[4], order_count;

static void *take_lock(void *argument)
{
    int fd = open("lock", O_RDWR | O_CREAT, 0644);
    flock(fd, LOCK_EX);
    order[order_count++] = *(int *)argument;
    usleep(1000);
    order[order_count++] = *(int *)argument;
    close(fd);
    return NULL;
}

static int contend(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int numbers[2] = {1, 2};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, take_lock, &numbers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

Test(disk_world, flock_waits_until_the_holder_closes)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        order_count = 0;
        start(contend, seed);
        world_run();
        cr_assert(order_count == 4 && order[0] == order[1] && order[2] == order[3], "seed %lu", seed);
        finish();
    }
}

/* --- sorting ---------------------------------------------------------------------------------------------------------------- */

static int out_of_order;

static int compare_tens(const void *one, const void *other)
{
    return *(const int *)one / 10 - *(const int *)other / 10;
}

static int sort_numbers(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    enum { COUNT = 2000 };
    static int numbers[COUNT];
    for (int i = 0; i < COUNT; i++)
        numbers[i] = (i * 7919) % 500 * 10 + i / 500; /* the last digit says who came first */
    qsort(numbers, COUNT, sizeof(*numbers), compare_tens);
    out_of_order = 0;
    for (int i = 1; i < COUNT; i++)
        out_of_order += numbers[i - 1] >= numbers[i];
    return 0;
}

Test(disk_world, large_arrays_are_sorted_and_equals_keep_their_order)
{
    out_of_order = -1;
    start(sort_numbers, 1);
    world_run();
    cr_assert(eq(int, out_of_order, 0));
    finish();
}

/* --- the tap ------------------------------------------------------------------------------------------------------------------ */

static uint32_t linker;
static char linked_path[100], linked_content[20];

static void on_event(void *opaque, const struct disk_event *event)
{
    (void)opaque;
    if (event->kind != DISK_LINKED)
        return;
    linker = event->process;
    snprintf(linked_path, sizeof(linked_path), "%s %s", event->host->name, event->path);
    disk_read_file(event->host->disk, event->path, linked_content, sizeof(linked_content) - 1);
}

Test(disk_world, the_tap_tells_who_linked_what)
{
    disk_set_tap(&(struct disk_tap){.on_event = on_event});
    struct process *process = start(publish, 1);
    world_run();
    cr_assert(eq(u32, linker, process->number));
    cr_assert(eq(str, linked_path, "host /data/work/done"));
    cr_assert(eq(str, linked_content, "whole"));
    finish();
    disk_set_tap(NULL);
}
