/* SPDX-License-Identifier: Apache-2.0 */
/* What ends connections, what an observer sees, and that no bytes are lost, doubled or made up on the way. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/world/host.h"
#include "sim/world/process.h"
#include "tests/unit/network_scene.h"

enum { BULK_BYTES = 300000, BULK_SEEDS = 100 };

static unsigned char bulk_byte(size_t index)
{
    return (unsigned char)(index * 7 + (index >> 8));
}

/* --- bytes ---------------------------------------------------------------------------------------------------- */

static struct {
    size_t read, written;
    unsigned connects, closes, resets;
    bool is_wrong;
} seen;

static void see_connect(void *opaque, const struct network_peers *peers)
{
    (void)opaque;
    seen.connects++;
    seen.is_wrong |= peers->id != 1 || peers->client_process != 2 || peers->server_process != 1 ||
                     peers->server_port != SCENE_PORT || strcmp(peers->server_host->name, "server") != 0;
    free(malloc(100)); /* an observer may use libc */
}

static void see_read(void *opaque, uint64_t id, const void *data, size_t bytes)
{
    (void)opaque, (void)id;
    for (size_t i = 0; i < bytes; i++)
        seen.is_wrong |= ((const unsigned char *)data)[i] != bulk_byte(seen.read++);
}

static void see_write(void *opaque, uint64_t id, const void *data, size_t bytes)
{
    (void)opaque, (void)id, (void)data;
    seen.written += bytes;
}

static void see_close(void *opaque, uint64_t id, bool is_reset)
{
    (void)opaque, (void)id;
    seen.closes++;
    seen.resets += is_reset;
}

static void tap(void)
{
    static const struct network_tap observer = {see_connect, see_read, see_write, see_close};
    memset(&seen, 0, sizeof seen);
    network_set_tap(&observer, NULL);
}

static int read_bulk(int argc, char **argv)
{
    (void)argc, (void)argv;
    unsigned char bytes[5000];
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    for (;;) {
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        poll(&poller, 1, -1);
        ssize_t peeked = recv(fd, bytes, 3, MSG_PEEK);
        ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        scene_server.is_wrong |= count < 0 || peeked < 0 || (peeked > 0) != (count > 0);
        if (count <= 0)
            break;
        for (ssize_t i = 0; i < count; i++)
            scene_server.is_wrong |= bytes[i] != bulk_byte((size_t)scene_server.count++);
    }
    send(fd, "done", 4, MSG_NOSIGNAL);
    close(fd);
    close(listener);
    return 0;
}

static int write_bulk(int argc, char **argv)
{
    (void)argc, (void)argv;
    unsigned char *bytes = malloc(BULK_BYTES);
    char answer[8];
    for (size_t i = 0; i < BULK_BYTES; i++)
        bytes[i] = bulk_byte(i);
    scene_sleep_ms(1);
    int fd = scene_connect();
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (size_t sent = 0; sent < BULK_BYTES;) {
        struct pollfd poller = {.fd = fd, .events = POLLOUT};
        poll(&poller, 1, -1);
        ssize_t count = send(fd, bytes + sent, BULK_BYTES - sent, MSG_NOSIGNAL);
        scene_client.is_wrong |= count < 0;
        if (count < 0)
            break;
        sent += (size_t)count;
        scene_client.count++;
    }
    shutdown(fd, SHUT_WR);
    fcntl(fd, F_SETFL, 0);
    scene_client.is_wrong |= recv(fd, answer, sizeof answer, MSG_WAITALL) != 4;
    close(fd);
    free(bytes);
    return 0;
}

Test(network_fault, bytes_cross_whole_and_in_order_whatever_the_picks)
{
    struct scene scene = {
        .server = read_bulk, .client = write_bulk, .prepare = tap, .choices = CHOICE_SEEDED};
    scene.settings = (struct network_settings){
        .link = {.minimum_us = 10, .maximum_us = 900, .tail_us = 50000, .jitter_per_million = 400000},
        .short_read_per_million = 300000,
        .short_write_per_million = 300000,
        .window_bytes = 20000,
    };
    uint64_t histories[BULK_SEEDS];
    for (scene.seed = 0; scene.seed < BULK_SEEDS; scene.seed++) {
        histories[scene.seed] = scene_run(&scene);
        cr_assert(!scene_server.is_wrong && !scene_client.is_wrong, "seed %lu", (unsigned long)scene.seed);
        cr_assert_eq(scene_server.count, BULK_BYTES, "seed %lu", (unsigned long)scene.seed);
        cr_assert_geq(scene_client.count, BULK_BYTES / 20000, "no write is larger than the window");
        cr_assert(!seen.is_wrong && seen.read == BULK_BYTES && seen.written == 4);
        cr_assert(seen.connects == 1 && seen.closes == 1 && seen.resets == 0);
    }
    for (scene.seed = 0; scene.seed < BULK_SEEDS; scene.seed++)
        cr_assert_eq(scene_run(&scene), histories[scene.seed], "seed %lu again", (unsigned long)scene.seed);
    for (int i = 1; i < BULK_SEEDS; i++)
        cr_assert_neq(histories[i], histories[i - 1], "seeds %d and %d are one world", i - 1, i);
}

static int write_until_full(int argc, char **argv)
{
    (void)argc, (void)argv;
    static char bytes[1000];
    scene_sleep_ms(1);
    int fd = scene_connect();
    ssize_t count;
    while ((count = send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
        scene_client.count += count;
    scene_client.error = errno;
    scene_sleep_ms(100);
    close(fd);
    return 0;
}

static int accept_and_sleep(int argc, char **argv)
{
    (void)argc, (void)argv;
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    scene_sleep_ms(50);
    close(fd);
    close(listener);
    return 0;
}

Test(network_fault, a_writer_stops_where_the_window_ends)
{
    scene_run(&(struct scene){
        .server = accept_and_sleep, .client = write_until_full, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.count, 65536);
    cr_assert_eq(scene_client.error, EAGAIN);
}

/* --- ends ----------------------------------------------------------------------------------------------------- */

/* Reads at most as many bytes as asked, then waits to be killed. */
static long bytes_to_read;

static int read_and_wait(int argc, char **argv)
{
    (void)argc, (void)argv;
    char bytes[64];
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    if (bytes_to_read > 0)
        recv(fd, bytes, (size_t)bytes_to_read, MSG_WAITALL);
    for (;;)
        scene_sleep_ms(1000);
    return 0;
}

static int send_and_read(int argc, char **argv)
{
    (void)argc, (void)argv;
    char byte;
    scene_sleep_ms(1);
    int fd = scene_connect();
    send(fd, "0123456789", 10, MSG_NOSIGNAL);
    scene_sleep_ms(100);
    process_kill(process_by_name("server"));
    scene_client.count = recv(fd, &byte, 1, 0);
    scene_client.error = scene_client.count < 0 ? errno : 0;
    close(fd);
    return 0;
}

Test(network_fault, a_killed_process_ends_its_connections_by_fin)
{
    bytes_to_read = 10;
    scene_run(&(struct scene){
        .server = read_and_wait, .client = send_and_read, .prepare = tap, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.count, 0);
    cr_assert(seen.connects == 1 && seen.closes == 1 && seen.resets == 0);
}

Test(network_fault, a_killed_process_with_unread_bytes_ends_its_connections_by_rst)
{
    bytes_to_read = 9;
    scene_run(&(struct scene){
        .server = read_and_wait, .client = send_and_read, .prepare = tap, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, ECONNRESET);
    cr_assert(seen.connects == 1 && seen.closes == 1 && seen.resets == 1);
}

static int read_to_the_end(int argc, char **argv)
{
    (void)argc, (void)argv;
    char byte;
    int listener = scene_listen(8), fd = accept(listener, NULL, NULL);
    ssize_t count;
    while ((count = recv(fd, &byte, 1, 0)) > 0)
        scene_server.count++;
    scene_server.error = count < 0 ? errno : 0;
    close(fd);
    close(listener);
    return 0;
}

static int be_reset(int argc, char **argv)
{
    (void)argc, (void)argv;
    scene_sleep_ms(1);
    int fd = scene_connect();
    send(fd, "arrived", 7, MSG_NOSIGNAL);
    scene_sleep_ms(100);
    send(fd, "in flight", 9, MSG_NOSIGNAL);
    struct connection *connection = network_first();
    struct network_peers peers = network_peers(connection);
    scene_client.is_wrong = network_connection_count() != 1 || network_next(connection) ||
                            network_connection(peers.id) != connection || peers.client_process != 2 ||
                            peers.server_process != 1 || peers.server_port != SCENE_PORT;
    network_reset(connection);
    scene_client.is_wrong |= network_connection_count() != 0;
    scene_client.count = send(fd, "x", 1, MSG_NOSIGNAL);
    scene_client.error = errno;
    close(fd);
    return 0;
}

Test(network_fault, a_reset_from_outside_is_seen_by_both_ends)
{
    scene_run(&(struct scene){
        .server = read_to_the_end, .client = be_reset, .prepare = tap, .settings = scene_settings(1000)});
    cr_assert(!scene_client.is_wrong);
    cr_assert_eq(scene_client.error, ECONNRESET);
    cr_assert_eq(scene_server.error, ECONNRESET);
    cr_assert_eq(scene_server.count, 7, "what had arrived was read, what was in flight is lost");
    cr_assert_eq(seen.resets, 1);
}

/* --- loopback ------------------------------------------------------------------------------------------------- */

static int connect_to_loopback(int argc, char **argv)
{
    (void)argc, (void)argv;
    scene_sleep_ms(1);
    int64_t begun_ns = scene_now_ns();
    int fd = scene_connect_to("127.0.0.1", SCENE_PORT);
    scene_client.error = fd < 0 ? errno : 0;
    scene_client.took_ns = scene_now_ns() - begun_ns;
    if (fd >= 0)
        close(fd);
    else
        process_kill(process_by_name("server"));
    return 0;
}

Test(network_fault, loopback_is_a_host_s_own)
{
    scene_run(&(struct scene){
        .server = accept_and_sleep, .client = connect_to_loopback, .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, ECONNREFUSED);
}

/* --- refusal -------------------------------------------------------------------------------------------------- */

static int connect_twice(int argc, char **argv)
{
    (void)argc, (void)argv;
    scene_sleep_ms(1);
    int fd = scene_connect();
    scene_client.error = fd < 0 ? errno : 0;
    network_refuse(host_by_name("server"), false);
    fd = scene_connect();
    scene_client.is_wrong = fd < 0;
    if (fd >= 0)
        close(fd);
    process_kill(process_by_name("server"));
    return 0;
}

static void refuse(void)
{
    network_refuse(host_by_name("server"), true);
}

Test(network_fault, a_host_that_refuses_looks_as_if_nobody_listened_until_it_does_no_more)
{
    scene_run(&(struct scene){.server = accept_and_sleep,
                              .client = connect_twice,
                              .prepare = refuse,
                              .settings = scene_settings(1000)});
    cr_assert_eq(scene_client.error, ECONNREFUSED);
    cr_assert(!scene_client.is_wrong);
}

/* --- aliases -------------------------------------------------------------------------------------------------- */

enum { ALIAS_ADDRESS = 0x0a000003 };

static void make_alias(void)
{
    host_serve_for(host_new("alias"), host_by_name("server"));
}

static void cut_off_server(void)
{
    make_alias();
    scene_block_to_server(true);
}

static void cut_off_alias(void)
{
    make_alias();
    network_block(host_by_name("client"), host_by_name("alias"), true);
}

static void make_stranger(void)
{
    host_new("alias");
}

/* Listens at the alias's address, and at that of its own host on the same port. */
static int serve_at_both(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(SCENE_PORT), .sin_addr.s_addr = htonl(ALIAS_ADDRESS)};
    int alias = socket(AF_INET, SOCK_STREAM, 0), own = socket(AF_INET, SOCK_STREAM, 0);
    scene_server.error = bind(alias, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    address.sin_addr.s_addr = htonl(0x0a000001);
    scene_server.is_wrong = bind(own, (struct sockaddr *)&address, sizeof address) < 0;
    if (scene_server.error == 0 && listen(alias, 1) == 0) {
        struct pollfd slot = {.fd = alias, .events = POLLIN};
        scene_server.count = poll(&slot, 1, 10000);
        int client = scene_server.count == 1 ? accept(alias, NULL, NULL) : -1;
        if (client >= 0)
            close(client);
    }
    close(alias);
    close(own);
    return 0;
}

static int connect_to_alias(int argc, char **argv)
{
    (void)argc, (void)argv;
    scene_sleep_ms(1);
    int64_t begun_ns = scene_now_ns();
    int fd = scene_connect_to("10.0.0.3", SCENE_PORT);
    scene_client.error = fd < 0 ? errno : 0;
    scene_client.took_ns = scene_now_ns() - begun_ns;
    if (fd >= 0)
        close(fd);
    return 0;
}

static void run_alias(void (*prepare)(void))
{
    scene_run(&(struct scene){.server = serve_at_both,
                              .client = connect_to_alias,
                              .prepare = prepare,
                              .settings = scene_settings(1000)});
}

Test(network_fault, a_process_serves_at_the_address_of_its_host_s_alias)
{
    run_alias(make_alias);
    cr_assert_eq(scene_server.error, 0);
    cr_assert(!scene_server.is_wrong, "the port of its own address is another one");
    cr_assert_eq(scene_client.error, 0);
    cr_assert_geq(scene_client.took_ns, 2000000);
}

Test(network_fault, a_partition_from_the_serving_host_does_not_cut_off_its_alias)
{
    run_alias(cut_off_server);
    cr_assert_eq(scene_client.error, 0);
    cr_assert_eq(scene_server.count, 1);
}

Test(network_fault, a_partition_from_the_alias_does)
{
    run_alias(cut_off_alias);
    cr_assert_eq(scene_client.error, ETIMEDOUT);
    cr_assert_eq(scene_server.count, 0);
}

Test(network_fault, another_host_s_address_cannot_be_bound)
{
    run_alias(make_stranger);
    cr_assert_eq(scene_server.error, EADDRNOTAVAIL);
    cr_assert_eq(scene_client.error, ECONNREFUSED);
}

/* --- a full queue --------------------------------------------------------------------------------------------- */

static int accept_nobody(int argc, char **argv)
{
    (void)argc, (void)argv;
    int listener = scene_listen(0), fds[2];
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(SCENE_PORT)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    scene_server.error = poll(&(struct pollfd){.fd = fds[1], .events = POLLOUT}, 1, 200000);
    socklen_t bytes = sizeof scene_server.count;
    getsockopt(fds[1], SOL_SOCKET, SO_ERROR, &scene_server.count, &bytes);
    close(fds[0]);
    close(fds[1]);
    close(listener);
    return 0;
}

Test(network_fault, a_syn_that_a_full_queue_drops_comes_again_until_the_patience_ends)
{
    scene_run(&(struct scene){.server = accept_nobody});
    cr_expect_eq(scene_server.error, 1, "the poll has nothing to say");
    cr_expect_eq(scene_server.count, ETIMEDOUT);
}
