/* SPDX-License-Identifier: Apache-2.0 */
/* server: see server.h. One poll over [stop, control.., listeners.., connections..] a turn. */
#include "sim/kafka/host/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/host/control_server.h"
#include "sim/kafka/host/server_connection.h"
#include "sim/kafka/host/server_control.h"
#include "sim/kafka/topic.h"

/* How long no client is accepted after the system ran out of descriptors or memory. */
#define ACCEPT_PAUSE_NS (100 * NS_PER_MS)

enum {
    LISTEN_BACKLOG = 128,
    SLOT_STOP = 0,
    SLOT_CONTROL = 1,
    SLOT_LISTENERS = SLOT_CONTROL + CONTROL_SERVER_FDS_MAX,
    BOOTSTRAP_BYTES = KAFKA_BROKERS_MAX * KAFKA_SERVER_ADDRESS_BYTES,
};

struct listener {
    struct sockaddr_in address;
    int socket; /* -1: its broker is not up */
};

struct server {
    const struct kafka_server_config *config;
    struct server_shared shared;
    struct server_control control;
    struct control_server *control_server; /* NULL: none */
    struct listener listeners[KAFKA_BROKERS_MAX];
    int64_t clock_ns;  /* from the monotonic clock to the cluster's */
    int64_t accept_ns; /* not before */
    struct server_connection **connections;
    struct pollfd *slots;
    uint32_t count, capacity;
    bool has_failed; /* outside the loop; error says how */
    char *error;
    size_t error_bytes;
};

/* For kafka_server_run's caller; returns false. */
__attribute__((format(printf, 2, 3))) static bool fail(struct server *server, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(server->error, server->error_bytes, format, arguments);
    va_end(arguments);
    return false;
}

/* --- time and randomness --------------------------------------------------------------------------------------- */

static int64_t read_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now_ns(const struct server *server)
{
    return server->clock_ns + read_clock_ns(CLOCK_MONOTONIC);
}

static uint64_t random_bits(void *context)
{
    (void)context;
    uint64_t bits;
    ssize_t got = getrandom(&bits, sizeof bits, 0);
    assert(got == sizeof bits); /* as random(7) has it of so few bytes */
    return bits;
}

static void on_note(void *context, const struct kafka_note *note)
{
    const struct kafka_server_config *config = ((const struct server *)context)->config;
    config->on_note(config->context, note);
}

/* --- listeners ------------------------------------------------------------------------------------------------- */

static bool has_id(const char *pattern)
{
    return strstr(pattern, "%d") != NULL;
}

static void fill_in_id(char *out, size_t bytes, const char *pattern, int32_t id)
{
    const char *at = strstr(pattern, "%d");
    if (at)
        snprintf(out, bytes, "%.*s%d%s", (int)(at - pattern), pattern, (int)id, at + 2);
    else
        snprintf(out, bytes, "%s", pattern);
}

static bool resolve(struct server *server, const char *name, struct sockaddr_in *out)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    int error = getaddrinfo(name, NULL, &hints, &found);
    if (error)
        return fail(server, "%s: %s", name, gai_strerror(error));
    memcpy(out, found->ai_addr, sizeof *out);
    freeaddrinfo(found);
    return true;
}

/* 0, or errno. A port 0 becomes the one that it was given, and stays so. */
static int listen_again(struct listener *listener)
{
    socklen_t bytes = sizeof listener->address;
    int yes = 1;
    assert(listener->socket < 0);
    listener->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->socket >= 0 &&
        setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(listener->socket, (struct sockaddr *)&listener->address, bytes) == 0 &&
        listen(listener->socket, LISTEN_BACKLOG) == 0 &&
        getsockname(listener->socket, (struct sockaddr *)&listener->address, &bytes) == 0)
        return 0;
    int error = errno;
    if (listener->socket >= 0)
        close(listener->socket);
    listener->socket = -1;
    return error;
}

static bool open_listeners(struct server *server)
{
    const struct kafka_server_config *config = server->config;
    for (int32_t i = 0; i < config->broker_count; i++) {
        struct listener *listener = &server->listeners[i];
        char name[KAFKA_SERVER_ADDRESS_BYTES];
        uint16_t step = config->port && !has_id(config->host) ? (uint16_t)i : 0;
        fill_in_id(name, sizeof name, config->host, i + 1);
        if (!resolve(server, name, &listener->address))
            return false;
        if (config->port + step > UINT16_MAX)
            return fail(server, "%s: there is no port %d for broker %d", name, config->port + step,
                        (int)i + 1);
        listener->address.sin_port = htons((uint16_t)(config->port + step));
        int error = listen_again(listener);
        if (error)
            return fail(server, "%s:%d: %s", name, config->port + step, strerrordesc_np(error));
    }
    return true;
}

/* --- the cluster's side ---------------------------------------------------------------------------------------- */

static void on_answer(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response)
{
    (void)context;
    server_connection_on_answer(request, answer, response);
}

static bool make_cluster(struct server *server)
{
    const struct kafka_server_config *config = server->config;
    const char *host = config->advertised_host ? config->advertised_host : config->host;
    server->clock_ns = read_clock_ns(CLOCK_REALTIME) - read_clock_ns(CLOCK_MONOTONIC);
    struct kafka_cluster_options options = {
        .model = config->model,
        .broker_count = config->broker_count,
        .host = host,
        .settings = config->settings,
        .now_ns = now_ns(server),
    };
    /* Brokers come and go by the control interface only, which has it followed up: nothing to do in on_broker. */
    struct kafka_seam seam = {.context = server,
                              .on_answer = on_answer,
                              .on_note = config->on_note ? on_note : NULL,
                              .random = random_bits,
                              .codecs = config->codecs};
    server->shared.cluster = kafka_cluster_new(&options, &seam, server->error, server->error_bytes);
    if (!server->shared.cluster)
        return false;
    for (int32_t i = 0; i < config->broker_count; i++)
        kafka_broker_of(server->shared.cluster, i + 1)->port = ntohs(server->listeners[i].address.sin_port);
    server->shared.frame_bytes_max =
        (int32_t)kafka_configs_number(server->shared.cluster, "socket.request.max.bytes");
    return true;
}

static bool make_topics(struct server *server)
{
    struct kafka_cluster *cluster = server->shared.cluster;
    for (size_t i = 0; i < server->config->topic_count; i++) {
        const struct kafka_server_topic *topic = &server->config->topics[i];
        struct wire_string name = wire_string_of(topic->name);
        if (!kafka_topic_is_legal(name))
            return fail(server, "topic %s: a name is up to %d letters, digits, '.', '_' and '-'", topic->name,
                        KAFKA_TOPIC_NAME_MAX);
        if (kafka_topic_find(cluster, name) || kafka_topic_collision(cluster, name))
            return fail(server, "topic %s: there is one of that name", topic->name);
        struct kafka_assignment *assignments = calloc((size_t)topic->partition_count, sizeof *assignments);
        bool is_placed =
            assignments && topic->replica_count <= KAFKA_REPLICAS_MAX &&
            kafka_topic_place(cluster, 0, topic->partition_count, topic->replica_count, assignments);
        if (is_placed)
            kafka_topic_new(cluster, name, assignments, topic->partition_count);
        free(assignments);
        if (!is_placed)
            return fail(server, "topic %s: there are not %d brokers", topic->name, (int)topic->replica_count);
    }
    return true;
}

/* Listeners and connections go and come with their brokers. */
static void follow_brokers(void *context)
{
    struct server *server = context;
    for (int32_t i = 0; i < server->config->broker_count; i++) {
        struct listener *listener = &server->listeners[i];
        const struct kafka_broker *broker = kafka_broker_of(server->shared.cluster, i + 1);
        bool is_up = broker->state == KAFKA_BROKER_UP;
        if (is_up == (listener->socket >= 0))
            continue;
        if (is_up) {
            int error = listen_again(listener);
            server->has_failed |=
                error && !fail(server, "broker %d: %s", (int)broker->id, strerrordesc_np(error));
            continue;
        }
        close(listener->socket);
        listener->socket = -1;
        for (uint32_t j = 0; j < server->count; j++)
            if (server->connections[j]->broker == broker)
                server_connection_close(server->connections[j]);
    }
}

/* --- connections ----------------------------------------------------------------------------------------------- */

static bool reserve(struct server *server)
{
    if (server->count < server->capacity)
        return true;
    uint32_t capacity = server->capacity ? server->capacity * 2 : 32;
    uint32_t slot_count = SLOT_LISTENERS + (uint32_t)server->config->broker_count + capacity;
    struct server_connection **connections =
        realloc(server->connections, capacity * sizeof(struct server_connection *));
    if (connections)
        server->connections = connections;
    struct pollfd *slots = connections ? realloc(server->slots, slot_count * sizeof *slots) : NULL;
    if (!slots)
        return false;
    server->slots = slots;
    server->capacity = capacity;
    return true;
}

/* One a turn and listener. False: the listener itself is broken. */
static bool accept_client(struct server *server, struct listener *listener, struct kafka_broker *broker)
{
    struct sockaddr_in address;
    socklen_t address_bytes = sizeof address;
    char text[INET_ADDRSTRLEN] = "";
    int yes = 1;
    int client =
        accept4(listener->socket, (struct sockaddr *)&address, &address_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) {
        if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK || errno == EOPNOTSUPP)
            return fail(server, "broker %d: accept: %s", (int)broker->id, strerrordesc_np(errno));
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            server->accept_ns = server->shared.now_ns + ACCEPT_PAUSE_NS;
        return true;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    struct server_connection *connection = NULL;
    if (reserve(server))
        connection = server_connection_new(client, &server->shared, broker, text);
    else
        close(client);
    if (connection)
        server->connections[server->count++] = connection;
    else
        server->accept_ns = server->shared.now_ns + ACCEPT_PAUSE_NS;
    return true;
}

/* Drops those that are closed and that the cluster knows nothing of; the others keep their order. */
static void sweep(struct server *server)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < server->count; i++) {
        struct server_connection *connection = server->connections[i];
        if (connection->state == SERVER_CONNECTION_CLOSED && !connection->has_request)
            server_connection_free(connection);
        else
            server->connections[kept++] = connection;
    }
    server->count = kept;
}

/* --- the loop -------------------------------------------------------------------------------------------------- */

/* Fills in what to poll for, and until when (INT64_MAX: without end). */
static int64_t prepare(struct server *server)
{
    int32_t broker_count = server->config->broker_count;
    int64_t wake_ns = kafka_cluster_next_ns(server->shared.cluster);
    bool is_pausing = server->shared.now_ns < server->accept_ns;
    bool may_accept = !is_pausing && server->count < KAFKA_SERVER_CONNECTIONS_MAX;
    if (is_pausing && server->accept_ns < wake_ns)
        wake_ns = server->accept_ns;
    server->slots[SLOT_STOP] = (struct pollfd){.fd = server->config->stop_fd, .events = POLLIN};
    for (int i = SLOT_CONTROL; i < SLOT_LISTENERS; i++)
        server->slots[i] = (struct pollfd){.fd = -1};
    if (server->control_server)
        control_server_fill(server->control_server, server->slots + SLOT_CONTROL);
    for (int32_t i = 0; i < broker_count; i++)
        server->slots[SLOT_LISTENERS + i] =
            (struct pollfd){.fd = may_accept ? server->listeners[i].socket : -1, .events = POLLIN};
    struct pollfd *slot = server->slots + SLOT_LISTENERS + broker_count;
    for (uint32_t i = 0; i < server->count; i++) {
        const struct server_connection *connection = server->connections[i];
        slot[i] = (struct pollfd){.fd = connection->socket, .events = server_connection_events(connection)};
        bool waits =
            connection->state == SERVER_CONNECTION_HELD || connection->state == SERVER_CONNECTION_DYING;
        if (waits && connection->wake_ns < wake_ns)
            wake_ns = connection->wake_ns;
    }
    return wake_ns;
}

/* Rounded up, so that a wake-up is never a little too early. */
static int timeout_ms(int64_t wake_ns, int64_t now_ns)
{
    if (wake_ns == INT64_MAX)
        return -1;
    if (wake_ns <= now_ns)
        return 0;
    int64_t left_ms = (wake_ns - now_ns - 1) / NS_PER_MS + 1;
    return left_ms < INT32_MAX ? (int)left_ms : INT32_MAX;
}

/* Connections whose answer came on another's turn may have their next frame already. */
static void serve_ready(struct server_shared *shared)
{
    while (shared->ready) {
        struct server_connection *connection = shared->ready;
        shared->ready = connection->ready_next;
        if (!shared->ready)
            shared->ready_end = &shared->ready;
        connection->is_ready = false;
        server_connection_step(connection, 0);
    }
}

static void serve_no_more(struct server_shared *shared)
{
    for (; shared->ready; shared->ready = shared->ready->ready_next)
        shared->ready->is_ready = false;
}

static bool serve_slots(struct server *server)
{
    int32_t broker_count = server->config->broker_count;
    uint32_t count = server->count; /* those that poll was asked about */
    const struct pollfd *slot = server->slots + SLOT_LISTENERS + broker_count;
    for (uint32_t i = 0; i < count; i++) {
        if (slot[i].revents)
            server_connection_step(server->connections[i], slot[i].revents);
        else
            server_connection_look(server->connections[i]);
    }
    serve_ready(&server->shared);
    for (int32_t i = 0; i < broker_count; i++)
        if (server->slots[SLOT_LISTENERS + i].revents && server->listeners[i].socket >= 0 &&
            !accept_client(server, &server->listeners[i], kafka_broker_of(server->shared.cluster, i + 1)))
            return false;
    return true;
}

static bool serve(struct server *server)
{
    for (;;) {
        int64_t wake_ns = prepare(server);
        uint32_t count = SLOT_LISTENERS + (uint32_t)server->config->broker_count + server->count;
        if (poll(server->slots, count, timeout_ms(wake_ns, server->shared.now_ns)) < 0 && errno != EINTR)
            return fail(server, "poll: %s", strerrordesc_np(errno));
        if (server->slots[SLOT_STOP].revents)
            return true;
        server->shared.now_ns = now_ns(server);
        kafka_cluster_advance(server->shared.cluster, server->shared.now_ns);
        if (server->control_server)
            control_server_step(server->control_server, server->slots + SLOT_CONTROL, CONTROL_SERVER_FDS_MAX);
        if (server->has_failed || !serve_slots(server))
            return false;
        sweep(server);
    }
}

static bool open_control(struct server *server, uint16_t *port_out)
{
    if (!server->config->has_control)
        return true;
    server_control_init(&server->control, &server->shared, &server->clock_ns);
    server->control.on_brokers = follow_brokers;
    server->control.context = server;
    server->control_server =
        control_server_new(&server->control.control, server->config->control_port, port_out);
    if (!server->control_server)
        return fail(server, "control: 127.0.0.1:%d: %s", server->config->control_port,
                    strerrordesc_np(errno));
    return true;
}

static void announce(const struct server *server, uint16_t control_port)
{
    char bootstrap[BOOTSTRAP_BYTES];
    size_t used = 0;
    for (int32_t i = 0; i < server->config->broker_count; i++) {
        const struct kafka_broker *broker = kafka_broker_of(server->shared.cluster, i + 1);
        used += (size_t)snprintf(bootstrap + used, sizeof bootstrap - used, "%s%s:%u", i ? "," : "",
                                 broker->host, (unsigned)broker->port);
    }
    if (server->config->on_ready)
        server->config->on_ready(server->config->context, bootstrap, control_port);
}

static void deinit(struct server *server)
{
    control_server_free(server->control_server);
    kafka_cluster_free(server->shared.cluster); /* gives back the requests that wait */
    serve_no_more(&server->shared);
    for (uint32_t i = 0; i < server->count; i++)
        server_connection_free(server->connections[i]);
    for (int32_t i = 0; i < server->config->broker_count; i++)
        if (server->listeners[i].socket >= 0)
            close(server->listeners[i].socket);
    free(server->connections);
    free(server->slots);
}

bool kafka_server_run(const struct kafka_server_config *config, char *error_out, size_t error_bytes)
{
    struct server server = {.config = config, .error = error_out, .error_bytes = error_bytes};
    uint16_t control_port = 0;
    assert(config->broker_count >= 1 && config->broker_count <= KAFKA_BROKERS_MAX);
    server.shared.ready_end = &server.shared.ready;
    for (int32_t i = 0; i < config->broker_count; i++)
        server.listeners[i].socket = -1;
    bool is_open = (reserve(&server) || fail(&server, "out of memory")) && open_listeners(&server) &&
                   make_cluster(&server) && make_topics(&server) && open_control(&server, &control_port);
    if (is_open)
        announce(&server, control_port);
    bool is_done = is_open && serve(&server);
    deinit(&server);
    return is_done;
}
