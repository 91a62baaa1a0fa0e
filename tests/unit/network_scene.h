/* SPDX-License-Identifier: Apache-2.0 */
/* Two hosts, a server and a client on them: what the tests of the network have in common. */
#ifndef TESTS_UNIT_NETWORK_SCENE_H
#define TESTS_UNIT_NETWORK_SCENE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/world/network.h"
#include "sim/world/world.h"

enum { SCENE_PORT = 9092 };

/* What a program of the scene found out; tests judge it when the world has ended. */
struct scene_result {
    int error;  /* errno of the call that counts */
    long count; /* bytes, calls, .. */
    int64_t took_ns;
    bool is_wrong;
};

struct scene {
    int (*server)(int argc, char **argv); /* on the host "server" */
    int (*client)(int argc, char **argv); /* on the host "client" */
    void (*prepare)(void);                /* before the world runs; both hosts exist */
    struct network_settings settings;     /* taken if its window_bytes is not 0 */
    enum choice_mode choices;
    uint64_t seed;
};

extern struct scene_result scene_server, scene_client;

/* Runs the scene, asserts that nothing was found and that no memory was lost. Returns the history. */
uint64_t scene_run(const struct scene *scene);

/* Links of exactly this latency, nothing short. */
struct network_settings scene_settings(uint32_t latency_us);

/* For the programs: a listener on every address; a connection to the server; virtual time. */
int scene_listen(int backlog);
int scene_connect(void);
int scene_connect_to(const char *address, int port);
int64_t scene_now_ns(void);
void scene_sleep_ms(int64_t ms);

/* Blocks or heals the way between the two hosts, from now on. */
void scene_block_to_server(bool is_blocked);
void scene_block_to_client(bool is_blocked);

#endif
