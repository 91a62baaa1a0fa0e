/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy between a client and a broker that are sockets of this test: all in one thread, and proxy_step only
 * where something is there for it.
 */
#include "sim/kafka/host/proxy.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_BYTES = 12 }; /* length, api key, version, correlation id */

struct scene {
    struct gate gate;
    struct proxy *proxy;
    int listener, client, broker;
};

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void scene_init(struct scene *scene)
{
    struct sockaddr_in address = loopback(0);
    socklen_t bytes = sizeof(address);
    memset(scene, 0, sizeof(*scene));
    scene->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(scene->listener, (struct sockaddr *)&address, bytes), 0);
    cr_assert_eq(listen(scene->listener, 4), 0);
    cr_assert_eq(getsockname(scene->listener, (struct sockaddr *)&address, &bytes), 0);
    scene->proxy = proxy_new(&scene->gate, NULL);
    cr_assert(scene->proxy);
    int port = proxy_add_route(scene->proxy, 0, ntohs(address.sin_port));
    cr_assert_gt(port, 0);
    scene->client = socket(AF_INET, SOCK_STREAM, 0);
    address = loopback((uint16_t)port);
    cr_assert_eq(connect(scene->client, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert(proxy_step(scene->proxy));
    scene->broker = accept(scene->listener, NULL, NULL);
    cr_assert_geq(scene->broker, 0);
}

static void scene_deinit(struct scene *scene)
{
    proxy_free(scene->proxy);
    close(scene->client);
    close(scene->broker);
    close(scene->listener);
}

static void put_request(int fd, uint8_t api, uint8_t correlation_id)
{
    uint8_t frame[FRAME_BYTES] = {0, 0, 0, 8, 0, api, 0, 1, 0, 0, 0, correlation_id};
    cr_assert_eq(write(fd, frame, sizeof(frame)), FRAME_BYTES);
}

static void put_response(int fd, uint8_t correlation_id)
{
    uint8_t frame[8] = {0, 0, 0, 4, 0, 0, 0, correlation_id};
    cr_assert_eq(write(fd, frame, sizeof(frame)), 8);
}

/* The last byte of what can be read without waiting, -1 = nothing, -2 = the end. */
static int last_byte(int fd)
{
    uint8_t data[256];
    ssize_t got = recv(fd, data, sizeof(data), MSG_DONTWAIT);
    if (got == 0)
        return -2;
    return got < 0 ? -1 : data[got - 1];
}

Test(proxy, frames_pass_both_ways)
{
    struct scene scene;
    scene_init(&scene);
    put_request(scene.client, 3, 77);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), 77);
    put_response(scene.broker, 77);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.client), 77);
    scene_deinit(&scene);
}

Test(proxy, a_held_request_and_those_behind_it_wait_for_the_release)
{
    struct scene scene;
    scene_init(&scene);
    gate_hold(&scene.gate, 0, 1);
    put_request(scene.client, 0, 1);
    put_request(scene.client, 3, 2);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), -1);
    gate_release(&scene.gate, 0);
    proxy_wake(scene.proxy);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), 2);
    scene_deinit(&scene);
}

Test(proxy, a_dropped_request_never_arrives_and_both_connections_end)
{
    struct scene scene;
    scene_init(&scene);
    gate_drop_request(&scene.gate, 0);
    put_request(scene.client, 0, 1);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), -2);
    cr_expect_eq(last_byte(scene.client), -2);
    scene_deinit(&scene);
}

Test(proxy, a_dropped_response_ends_the_connection_after_the_request_arrived)
{
    struct scene scene;
    scene_init(&scene);
    put_request(scene.client, 3, 1);
    cr_assert(proxy_step(scene.proxy));
    gate_drop_response(&scene.gate, 0);
    put_request(scene.client, 0, 2);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), 2);
    put_response(scene.broker, 1);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.client), 1, "the other request is answered");
    put_response(scene.broker, 2);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.client), -2);
    scene_deinit(&scene);
}

Test(proxy, what_is_no_frame_goes_through_as_it_is)
{
    struct scene scene;
    scene_init(&scene);
    cr_assert_eq(write(scene.client, "\xff\xff\xff\xff!", 5), 5);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), '!');
    scene_deinit(&scene);
}

Test(proxy, a_cut_frame_and_the_end_of_the_connection_reach_the_broker)
{
    struct scene scene;
    scene_init(&scene);
    cr_assert_eq(write(scene.client, "\0\0\0\x20\0\3", 6), 6);
    shutdown(scene.client, SHUT_WR);
    cr_assert(proxy_step(scene.proxy));
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), 3);
    cr_expect_eq(last_byte(scene.broker), -2);
    scene_deinit(&scene);
}

Test(proxy, a_request_held_when_its_client_goes_away_arrives_late)
{
    struct scene scene;
    scene_init(&scene);
    gate_hold(&scene.gate, 0, 1);
    put_request(scene.client, 0, 5);
    cr_assert(proxy_step(scene.proxy));
    shutdown(scene.client, SHUT_RDWR);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), -1);
    gate_release(&scene.gate, 0);
    proxy_wake(scene.proxy);
    cr_assert(proxy_step(scene.proxy));
    cr_expect_eq(last_byte(scene.broker), 5);
    scene_deinit(&scene);
}
