/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka-proxy: the control interface over real brokers.
 *
 *   kafka-proxy --broker ID:LISTEN:TARGET .. --control PORT [--broker-command SCRIPT]
 *
 * Frames to 127.0.0.1:LISTEN go through the gate to 127.0.0.1:TARGET. What strikes a broker is done by the script,
 * called as `SCRIPT stop|crash|start ID` and `SCRIPT elect TOPIC PARTITION ID`; it returns when it is done, 0 if
 * it is. Frames flow in the main thread, commands run in a second one, so that a slow shutdown stops no frame.
 */
#include "sim/kafka/host/control_server.h"
#include "sim/kafka/host/proxy.h"

#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { BROKERS_MAX = 16, NUMBER_BYTES = 16 };

extern char **environ;

struct host {
    struct gate gate;
    pthread_mutex_t gate_lock;
    struct proxy *proxy;
    const char *script; /* NULL = brokers cannot be struck */
    size_t broker_count;
    struct {
        int32_t id;
        bool is_up;
    } broker[BROKERS_MAX];
};

/* The control thread holds gate_lock while a command runs, so as to change the gate; not while a script does. */
static const char *run_script(struct host *host, const char *const *words)
{
    char *arguments[8] = {(char *)(uintptr_t)host->script};
    pid_t pid;
    int status = -1;
    if (!host->script)
        return "cannot";
    for (size_t i = 0; words[i]; i++)
        arguments[i + 1] = (char *)(uintptr_t)words[i];
    pthread_mutex_unlock(&host->gate_lock);
    if (posix_spawnp(&pid, host->script, NULL, NULL, arguments, environ) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    pthread_mutex_lock(&host->gate_lock);
    return status == 0 ? NULL : "the broker command failed";
}

static const char *strike(struct host *host, const char *verb, int32_t id, bool is_up_then)
{
    char number[NUMBER_BYTES];
    for (size_t i = 0; i < host->broker_count; i++) {
        if (host->broker[i].id != id)
            continue;
        if (host->broker[i].is_up == is_up_then)
            return is_up_then ? "the broker is up" : "the broker is down";
        snprintf(number, sizeof(number), "%d", id);
        const char *error = run_script(host, (const char *const[]){verb, number, NULL});
        if (!error)
            host->broker[i].is_up = is_up_then;
        return error;
    }
    return "there is no such broker";
}

static const char *on_stop(void *context, int32_t broker)
{
    return strike(context, "stop", broker, false);
}

static const char *on_crash(void *context, int32_t broker)
{
    return strike(context, "crash", broker, false);
}

static const char *on_start(void *context, int32_t broker)
{
    return strike(context, "start", broker, true);
}

static const char *on_elect(void *context, const char *topic, int32_t partition, int32_t broker)
{
    struct host *host = context;
    char partition_text[NUMBER_BYTES], broker_text[NUMBER_BYTES];
    if (host->broker_count == 1)
        return host->broker[0].id == broker ? NULL : "there is no such broker";
    snprintf(partition_text, sizeof(partition_text), "%d", partition);
    snprintf(broker_text, sizeof(broker_text), "%d", broker);
    return run_script(host, (const char *const[]){"elect", topic, partition_text, broker_text, NULL});
}

static const char *on_brokers(void *context, char *out, size_t out_bytes)
{
    struct host *host = context;
    size_t used = 0;
    for (size_t i = 0; i < host->broker_count && used < out_bytes; i++)
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%d:%s", i ? " " : "", host->broker[i].id,
                                 host->broker[i].is_up ? "up" : "down");
    return NULL;
}

static void on_gate_changed(void *context)
{
    proxy_wake(((struct host *)context)->proxy);
}

static const struct control_backend backend = {.stop = on_stop,
                                               .crash = on_crash,
                                               .start = on_start,
                                               .elect = on_elect,
                                               .brokers = on_brokers,
                                               .gate_changed = on_gate_changed};

struct control_thread {
    struct host *host;
    struct control_server *server;
};

static void *serve_control(void *argument)
{
    struct control_thread *thread = argument;
    struct pollfd fds[CONTROL_SERVER_FDS_MAX];
    for (;;) {
        size_t count = control_server_fill(thread->server, fds);
        if (poll(fds, (nfds_t)count, -1) < 0 && errno != EINTR)
            return NULL;
        pthread_mutex_lock(&thread->host->gate_lock);
        control_server_step(thread->server, fds, count);
        pthread_mutex_unlock(&thread->host->gate_lock);
    }
}

static int refuse(const char *message, const char *what)
{
    fprintf(stderr, "kafka-proxy: %s: %s\n", message, what);
    return 2;
}

static bool add_broker(struct host *host, const char *text)
{
    unsigned listen_port, target_port;
    int id;
    char rest;
    if (host->broker_count == BROKERS_MAX ||
        sscanf(text, "%d:%u:%u%c", &id, &listen_port, &target_port, &rest) != 3 || listen_port > UINT16_MAX ||
        target_port > UINT16_MAX ||
        proxy_add_route(host->proxy, (uint16_t)listen_port, (uint16_t)target_port) < 0)
        return false;
    host->broker[host->broker_count].id = id;
    host->broker[host->broker_count++].is_up = true;
    return true;
}

int main(int argc, char **argv)
{
    struct host host = {.gate_lock = PTHREAD_MUTEX_INITIALIZER};
    struct control control = {.gate = &host.gate, .backend = &backend, .context = &host};
    struct control_thread thread = {.host = &host};
    pthread_t unused;
    uint16_t port;
    host.proxy = proxy_new(&host.gate, &host.gate_lock);
    if (!host.proxy)
        return refuse("no memory", strerror(errno));
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return refuse("no value", argv[i]);
        if (strcmp(argv[i], "--broker") == 0) {
            if (!add_broker(&host, argv[i + 1]))
                return refuse("not ID:LISTEN:TARGET, or the port is taken", argv[i + 1]);
        } else if (strcmp(argv[i], "--control") == 0 && !thread.server) {
            thread.server = control_server_new(&control, (uint16_t)atoi(argv[i + 1]), &port);
            if (!thread.server)
                return refuse("cannot listen for commands", strerror(errno));
        } else if (strcmp(argv[i], "--broker-command") == 0) {
            host.script = argv[i + 1];
        } else {
            return refuse("unknown option", argv[i]);
        }
    }
    if (host.broker_count == 0)
        return refuse("no broker", "--broker ID:LISTEN:TARGET");
    if (thread.server && pthread_create(&unused, NULL, serve_control, &thread) != 0)
        return refuse("no thread", "--control");
    while (proxy_step(host.proxy))
        continue;
    return 1;
}
