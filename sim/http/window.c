/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: see window.h.
 */
#include "sim/http/window.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct server_windows {
    char name[32];
    uint32_t open[HTTP_FAULT_COUNT];
    int status;
};

static struct {
    struct server_windows servers[HTTP_WINDOW_SERVERS_MAX];
    uint32_t count;
} windows;

static struct server_windows *find(const char *server)
{
    for (uint32_t i = 0; i < windows.count; i++)
        if (!strcmp(windows.servers[i].name, server))
            return &windows.servers[i];
    return NULL;
}

void http_window_open(const char *server, enum http_fault fault, int status)
{
    struct server_windows *own = find(server);

    if (!own) {
        assert(windows.count < HTTP_WINDOW_SERVERS_MAX && strlen(server) < sizeof own->name);
        own = &windows.servers[windows.count++];
        snprintf(own->name, sizeof own->name, "%s", server);
    }
    own->open[fault]++;
    if (fault == HTTP_FAULT_ERROR) {
        assert(status >= 400 && status <= 599);
        own->status = status;
    }
}

void http_window_close(const char *server, enum http_fault fault)
{
    struct server_windows *own = find(server);

    assert(own && own->open[fault]);
    own->open[fault]--;
}

void http_window_reset(void)
{
    memset(&windows, 0, sizeof windows);
}

bool http_window_is_open(const char *server, enum http_fault fault)
{
    const struct server_windows *own = windows.count ? find(server) : NULL;

    return own && own->open[fault];
}

int http_window_status(const char *server)
{
    const struct server_windows *own = find(server);

    return own ? own->status : 0;
}
