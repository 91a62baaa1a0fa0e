/* SPDX-License-Identifier: Apache-2.0 */
/* When bytes arrive, and what partitions do: latency, retries, timeouts. Time is virtual. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/world/host.h"
#include "tests/unit/network_scene.h"

#define MS                     INT64_C(1000000)
#define S                      (1000 * MS)
#define IS_ABOUT(TOOK, WANTED) ((TOOK) >= (WANTED) && (TOOK) < (WANTED) + MS / 2) /* calls cost a little */

static int accept_and_echo(int argc, char **argv)
{
    (void)argc, (void)argv;
    char bytes[64];
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    ssize_t count;
    while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0)
        send(fd, bytes, (size_t)count, MSG_NOSIGNAL);
    scene_server.error = count < 0 ? errno : 0;
    close(fd);
    close(listener);
    return 0;
}

static int connect_timed(int argc, char **argv)
{
    (void)argc, (void)argv;
    scene_sleep_ms(1);
    int64_t begun_ns = scene_now_ns();
    int fd = scene_connect();
    scene_client.error = fd < 0 ? errno : 0;
    scene_client.took_ns = scene_now_ns() - begun_ns;
    if (fd >= 0)
        close(fd);
    return 0;
}

/* Connects, waits, and times one exchange. */
static int exchange_timed(int argc, char **argv)
{
    (void)argc, (void)argv;
    char byte = 'x';
    scene_sleep_ms(1);
    int fd = scene_connect();
    scene_sleep_ms(99);
    int64_t begun_ns = scene_now_ns();
    send(fd, &byte, 1, MSG_NOSIGNAL);
    scene_client.count = recv(fd, &byte, 1, 0);
    scene_client.error = scene_client.count < 0 ? errno : 0;
    scene_client.took_ns = scene_now_ns() - begun_ns;
    close(fd);
    return 0;
}

Test(network_time, a_connect_takes_one_round_trip)
{
    scene_run(&(struct scene){
        .server = accept_and_echo, .client = connect_timed, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, 0);
    cr_assert(IS_ABOUT(scene_client.took_ns, 2 * MS), "%ld ns", (long)scene_client.took_ns);
}

Test(network_time, a_connect_where_nobody_listens_is_refused_after_one_round_trip)
{
    scene_run(&(struct scene){.client = connect_timed, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, ECONNREFUSED);
    cr_assert(IS_ABOUT(scene_client.took_ns, 2 * MS), "%ld ns", (long)scene_client.took_ns);
}

static void block_to_server(void)
{
    scene_block_to_server(true);
}

static void block_to_client(void)
{
    scene_block_to_client(true);
}

Test(network_time, a_connect_into_a_partition_times_out_whichever_way_is_blocked)
{
    void (*const ways[])(void) = {block_to_server, block_to_client};
    for (int i = 0; i < 2; i++) {
        scene_run(
            &(struct scene){.client = connect_timed, .prepare = ways[i], .settings = scene_settings(1000)});
        cr_assert_eq(scene_client.error, ETIMEDOUT);
        cr_assert(IS_ABOUT(scene_client.took_ns, 127 * S), "%ld ns", (long)scene_client.took_ns);
    }
}

static int connect_to_nowhere(int argc, char **argv)
{
    (void)argc, (void)argv;
    int64_t begun_ns = scene_now_ns();
    scene_connect_to("10.9.9.9", SCENE_PORT);
    scene_client.error = errno;
    scene_client.took_ns = scene_now_ns() - begun_ns;
    return 0;
}

Test(network_time, an_address_that_nobody_has_is_a_black_hole)
{
    scene_run(&(struct scene){.client = connect_to_nowhere, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, ETIMEDOUT);
    cr_assert(IS_ABOUT(scene_client.took_ns, 127 * S), "%ld ns", (long)scene_client.took_ns);
}

Test(network_time, an_exchange_takes_one_round_trip)
{
    scene_run(&(struct scene){
        .server = accept_and_echo, .client = exchange_timed, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.count, 1);
    cr_assert(IS_ABOUT(scene_client.took_ns, 2 * MS), "%ld ns", (long)scene_client.took_ns);
}

static struct network_link slow_link = {.minimum_us = 1000, .maximum_us = 1000, .bytes_per_s = 55000};

static void slow_down_to_server(void)
{
    network_set_link(host_by_name("client"), host_by_name("server"), &slow_link);
}

Test(network_time, bandwidth_adds_the_time_that_the_bytes_need)
{
    scene_run(&(struct scene){.server = accept_and_echo,
                              .client = exchange_timed,
                              .prepare = slow_down_to_server,
                              .settings = scene_settings(1000)});
    /* One byte and 54 of headers at 55,000 a second: 1 ms. */
    cr_assert(IS_ABOUT(scene_client.took_ns, 3 * MS), "%ld ns", (long)scene_client.took_ns);
}

/* A partition begins 50 ms before the exchange of exchange_timed and lasts as long as asked. */
static int64_t partition_ms;
static void (*partition)(bool is_blocked);

static int part_and_echo(int argc, char **argv)
{
    char bytes[64];
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    (void)argc, (void)argv;
    scene_sleep_ms(50);
    partition(true);
    scene_sleep_ms(partition_ms);
    partition(false);
    ssize_t count = 0;
    do {
        if (count > 0)
            send(fd, bytes, (size_t)count, MSG_NOSIGNAL);
        count = recv(fd, bytes, sizeof bytes, 0);
    } while (count > 0);
    scene_server.error = count < 0 ? errno : 0;
    close(fd);
    close(listener);
    return 0;
}

Test(network_time, what_was_sent_into_a_partition_arrives_by_the_first_retry_after_it)
{
    partition = scene_block_to_server;
    partition_ms = 1000;
    scene_run(
        &(struct scene){.server = part_and_echo, .client = exchange_timed, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.count, 1);
    /* Retries 0.2, 0.6, 1.4 s after it was sent; the partition ends about 0.95 s after. */
    cr_assert(IS_ABOUT(scene_client.took_ns, 1400 * MS + 2 * MS), "%ld ns", (long)scene_client.took_ns);
}

Test(network_time, who_hears_no_acknowledgement_for_a_quarter_of_an_hour_gives_up)
{
    partition = scene_block_to_client;
    partition_ms = 2000000;
    scene_run(
        &(struct scene){.server = part_and_echo, .client = exchange_timed, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, ETIMEDOUT);
    cr_assert(IS_ABOUT(scene_client.took_ns, INT64_C(924600) * MS), "%ld ns", (long)scene_client.took_ns);
    /* The byte did come through. It is echoed after the partition, to somebody who has forgotten all. */
    cr_assert_eq(scene_server.error, ECONNRESET);
}

/* The queue of one holds two; the third SYN comes again after a second. */
static int accept_late(int argc, char **argv)
{
    (void)argc, (void)argv;
    int listener = scene_listen(1), fds[3];
    scene_sleep_ms(500);
    for (int i = 0; i < 3; i++)
        fds[i] = accept(listener, NULL, NULL);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(listener);
    return 0;
}

static int connect_three(int argc, char **argv)
{
    (void)argc, (void)argv;
    scene_sleep_ms(1);
    int64_t begun_ns = scene_now_ns();
    int fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = scene_connect();
    scene_client.took_ns = scene_now_ns() - begun_ns;
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    return 0;
}

Test(network_time, a_full_backlog_drops_the_syn_which_comes_again_after_a_second)
{
    scene_run(
        &(struct scene){.server = accept_late, .client = connect_three, .settings = scene_settings(1000)});
    cr_assert(IS_ABOUT(scene_client.took_ns, 1000 * MS + 6 * MS), "%ld ns", (long)scene_client.took_ns);
}

static int part_and_ask(int argc, char **argv)
{
    (void)argc, (void)argv;
    char byte;
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    scene_block_to_server(true);
    scene_sleep_ms(1000);
    scene_block_to_server(false);
    scene_sleep_ms(10000);
    scene_server.is_wrong = recv(fd, &byte, 1, MSG_DONTWAIT) != -1 || errno != EAGAIN;
    scene_server.is_wrong |= send(fd, "?", 1, MSG_NOSIGNAL) != 1;
    scene_server.count = recv(fd, &byte, 1, 0);
    scene_server.error = errno;
    close(fd);
    close(listener);
    return 0;
}

static int send_and_abort(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct linger at_once = {.l_onoff = 1};
    scene_sleep_ms(1);
    int fd = scene_connect();
    scene_sleep_ms(100);
    send(fd, "lost", 4, MSG_NOSIGNAL);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    return 0;
}

Test(network_time, who_aborts_in_a_partition_is_not_heard_of_until_asked)
{
    scene_run(
        &(struct scene){.server = part_and_ask, .client = send_and_abort, .settings = scene_settings(1000)});
    cr_assert(!scene_server.is_wrong);
    cr_assert_eq(scene_server.count, -1);
    cr_assert_eq(scene_server.error, ECONNRESET);
}
