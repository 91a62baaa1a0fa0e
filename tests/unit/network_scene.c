/* SPDX-License-Identifier: Apache-2.0 */
/* Two hosts, a server and a client on them. */
#include "tests/unit/network_scene.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sim/world/host.h"
#include "sim/world/process.h"

struct scene_result scene_server, scene_client;

struct network_settings scene_settings(uint32_t latency_us)
{
    return (struct network_settings){.link = {.minimum_us = latency_us, .maximum_us = latency_us},
                                     .window_bytes = 65536};
}

static void start(const char *name, int (*program)(int argc, char **argv))
{
    const char *const arguments[] = {name, NULL};
    if (program)
        process_start(&(struct process_spec){
            .name = name, .host = host_by_name(name), .main = program, .arguments = arguments});
}

uint64_t scene_run(const struct scene *scene)
{
    scene_server = scene_client = (struct scene_result){0};
    world_begin(&(struct world_options){.choices = scene->choices, .seed = scene->seed});
    host_new("server");
    host_new("client");
    if (scene->settings.window_bytes)
        network_set(&scene->settings);
    if (scene->prepare)
        scene->prepare();
    start("server", scene->server);
    start("client", scene->client);
    world_run();
    cr_assert_eq(world_finding_count(), 0, "%s", world_finding_count() ? world_finding(0)->text : "");
    struct world_report report;
    world_end(&report);
    cr_assert_eq(report.engine_live_bytes, 0, "%lu bytes were not given back",
                 (unsigned long)report.engine_live_bytes);
    return report.history;
}

int scene_listen(int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(SCENE_PORT)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, backlog) < 0)
        return -1;
    return fd;
}

int scene_connect_to(const char *text, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    inet_pton(AF_INET, text, &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

int scene_connect(void)
{
    return scene_connect_to("10.0.0.1", SCENE_PORT);
}

int64_t scene_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void scene_sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

void scene_block_to_server(bool is_blocked)
{
    network_block(host_by_name("client"), host_by_name("server"), is_blocked);
}

void scene_block_to_client(bool is_blocked)
{
    network_block(host_by_name("server"), host_by_name("client"), is_blocked);
}
