/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the simulated TCP like Linux'? Every sequence of a few calls on both ends of a connection runs once on the kernel's
 * loopback and once in a world, and all results, errors and poll answers have to be the same.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

enum { STEPS_MAX = 6, RECORDS_MAX = 1 << 23, LISTENER_USES = 500 };

/* What happened, as a row of numbers. */
struct log {
    int32_t *records;
    size_t count;
};

struct stage {
    int listener, client, server; /* -1: closed, or not there yet */
    struct sockaddr_in address;
    int uses;
    struct log *log;
};

static void note(struct log *log, long result)
{
    if (log->count < RECORDS_MAX)
        log->records[log->count++] = (int32_t)(result < 0 ? -errno : result);
}

/* Or the kernel keeps a second small segment back until the first is acknowledged. */
static int open_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

static void open_listener(struct stage *stage)
{
    socklen_t bytes = sizeof stage->address;
    stage->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    stage->listener = open_socket();
    bind(stage->listener, (struct sockaddr *)&stage->address, bytes);
    listen(stage->listener, 4);
    getsockname(stage->listener, (struct sockaddr *)&stage->address, &bytes);
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void look_at(struct stage *stage, int fd)
{
    if (fd < 0)
        return;
    struct pollfd poller = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI};
    note(stage->log, poll(&poller, 1, 0));
    note(stage->log, poller.revents);
}

static void look_closer(struct stage *stage, int fd)
{
    if (fd < 0)
        return;
    struct sockaddr_in name;
    socklen_t bytes = sizeof name;
    int unread = -1, error = -1;
    note(stage->log, getpeername(fd, (struct sockaddr *)&name, &bytes));
    note(stage->log, ioctl(fd, FIONREAD, &unread));
    note(stage->log, unread);
    bytes = sizeof error;
    note(stage->log, getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes));
    note(stage->log, error);
}

static void abort_close(int *fd)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    shut(fd);
}

enum { END_CALLS = 8 };

static void call_on_end(struct stage *stage, int *fd, int call)
{
    char bytes[2];
    if (*fd < 0)
        return;
    switch (call) {
    case 0:
        note(stage->log, send(*fd, "abc", 3, MSG_NOSIGNAL));
        break;
    case 1:
        note(stage->log, recv(*fd, bytes, sizeof bytes, 0));
        break;
    case 2:
        note(stage->log, shutdown(*fd, SHUT_WR));
        break;
    case 3:
        note(stage->log, shutdown(*fd, SHUT_RD));
        break;
    case 4:
        note(stage->log, shutdown(*fd, SHUT_RDWR));
        break;
    case 5:
        shut(fd);
        break;
    case 6:
        abort_close(fd);
        break;
    case 7:
        note(stage->log, recv(*fd, bytes, sizeof bytes, MSG_PEEK));
        break;
    }
}

static void connect_client(struct stage *stage)
{
    if (stage->client < 0)
        stage->client = open_socket();
    note(stage->log, connect(stage->client, (struct sockaddr *)&stage->address, sizeof stage->address));
}

static void accept_server(struct stage *stage)
{
    if (stage->listener < 0 || stage->server >= 0)
        return;
    stage->server = accept4(stage->listener, NULL, NULL, SOCK_NONBLOCK);
    note(stage->log, stage->server < 0 ? -1 : 0);
}

enum { WHOLE_LIFE_CALLS = 4 + END_CALLS + 4 };

/* From the first socket on: connects, accepts and what may come between. */
static void call_of_whole_life(struct stage *stage, int call)
{
    static const int server_calls[] = {0, 1, 2, 5};
    if (call == 0)
        connect_client(stage);
    else if (call == 1)
        accept_server(stage);
    else if (call == 2)
        shut(&stage->listener);
    else if (call == 3 && stage->listener >= 0)
        note(stage->log, shutdown(stage->listener, SHUT_RDWR));
    else if (call >= 4 && call < 4 + END_CALLS)
        call_on_end(stage, &stage->client, call - 4);
    else if (call >= 4 + END_CALLS)
        call_on_end(stage, &stage->server, server_calls[call - 4 - END_CALLS]);
}

/* On a connection that both ends have. */
static void call_on_connection(struct stage *stage, int call)
{
    call_on_end(stage, call < END_CALLS ? &stage->client : &stage->server, call % END_CALLS);
}

struct family {
    void (*call)(struct stage *stage, int call);
    int calls, steps;
    bool is_connected; /* at the beginning */
};

static const struct family families[] = {
    {call_on_connection, 2 * END_CALLS, 4, true},
    {call_of_whole_life, WHOLE_LIFE_CALLS, 4, false},
};
enum { FAMILIES = sizeof families / sizeof families[0] };

static long sequences_of(const struct family *family)
{
    long count = 1;
    for (int i = 0; i < family->steps; i++)
        count *= family->calls;
    return count;
}

static void play(struct stage *stage, const struct family *family, long sequence)
{
    if (stage->listener < 0 || ++stage->uses == LISTENER_USES) {
        shut(&stage->listener); /* another port: the kernel's TIME_WAIT keeps pairs of ports busy */
        open_listener(stage);
        stage->uses = 0;
    }
    stage->client = stage->server = -1;
    if (family->is_connected) {
        connect_client(stage);
        accept_server(stage);
    }
    for (int i = 0; i < family->steps; i++) {
        family->call(stage, (int)(sequence % family->calls));
        sequence /= family->calls;
        look_at(stage, stage->client);
        look_at(stage, stage->server);
        look_at(stage, stage->listener);
    }
    look_closer(stage, stage->client);
    look_closer(stage, stage->server);
    if (stage->client >= 0)
        abort_close(&stage->client);
    if (stage->server >= 0)
        abort_close(&stage->server);
    if (!family->is_connected)
        shut(&stage->listener);
}

/* Where each sequence's records end. */
static void play_all(struct log *log, size_t *ends, const struct family *family)
{
    struct stage stage = {.listener = -1, .log = log};
    for (long sequence = 0; sequence < sequences_of(family); sequence++) {
        play(&stage, family, sequence);
        ends[sequence] = log->count;
    }
    shut(&stage.listener);
}

static struct {
    const struct family *family;
    struct log log;
    size_t *ends;
} in_world;

static int program(int argc, char **argv)
{
    (void)argc, (void)argv;
    play_all(&in_world.log, in_world.ends, in_world.family);
    return 0;
}

static void play_in_world(void)
{
    static const char *const arguments[] = {"program", NULL};
    world_begin(&(struct world_options){.choices = CHOICE_ZERO, .livelock_points = UINT64_MAX});
    process_start(&(struct process_spec){
        .name = "program", .host = host_new("alone"), .main = program, .arguments = arguments});
    world_run();
}

/* The kernel alone, once more: with many sockets in TIME_WAIT it now and then forgets one. */
static bool is_so_at_second_sight(const struct family *family, long sequence, const int32_t *records,
                                  size_t count)
{
    struct log again = {malloc(RECORDS_MAX * sizeof *again.records), 0};
    struct stage stage = {.listener = -1, .log = &again};
    play(&stage, family, sequence);
    shut(&stage.listener);
    bool is_same = again.count == count && memcmp(again.records, records, count * sizeof *records) == 0;
    free(again.records);
    return is_same;
}

static void compare_logs(const struct family *family, const struct log *native, const size_t *ends)
{
    size_t at = 0, at_in_world = 0;
    for (long i = 0; i < sequences_of(family); i++) {
        const int32_t *ours = in_world.log.records + at_in_world;
        size_t count = in_world.ends[i] - at_in_world;
        bool is_same = ends[i] - at == count && memcmp(native->records + at, ours, count * sizeof *ours) == 0;
        if (!is_same && !is_so_at_second_sight(family, i, ours, count)) {
            size_t j = 0;
            while (j < count && native->records[at + j] == ours[j])
                j++;
            cr_assert_fail(
                "sequence %ld (base %d, first call lowest) differs in record %zu: Linux %d, world %d", i,
                family->calls, j, native->records[at + j], ours[j]);
        }
        at = ends[i];
        at_in_world = in_world.ends[i];
    }
}

static void compare(const struct family *family)
{
    size_t count = (size_t)sequences_of(family);
    size_t *ends = malloc(count * sizeof *ends);
    struct log native = {malloc(RECORDS_MAX * sizeof *native.records), 0};
    in_world.family = family;
    in_world.log = (struct log){malloc(RECORDS_MAX * sizeof *native.records), 0};
    in_world.ends = malloc(count * sizeof *ends);
    play_all(&native, ends, family);
    play_in_world();

    cr_assert_eq(world_finding_count(), 0, "%s", world_finding_count() ? world_finding(0)->text : "");
    struct world_report report;
    world_end(&report);
    cr_assert_eq(report.engine_live_bytes, 0, "the network gives back all its memory");
    cr_assert_gt(native.count, count, "something was recorded");
    cr_assert_lt(native.count, RECORDS_MAX);
    compare_logs(family, &native, ends);
    free(ends);
    free(native.records);
    free(in_world.log.records);
    free(in_world.ends);
}

Test(network_native, all_short_sequences_on_a_connection_end_as_on_linux)
{
    compare(&families[0]);
}

Test(network_native, all_short_sequences_from_connect_on_end_as_on_linux)
{
    compare(&families[1]);
}
