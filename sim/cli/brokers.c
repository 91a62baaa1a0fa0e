/* SPDX-License-Identifier: Apache-2.0 */
/* brokers: see brokers.h. */
#include "sim/cli/brokers.h"

#include <assert.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/cli/command.h"
#include "sim/kafka/host/server.h"
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/world.h"

#define HOST_NAMES "kafka-"

enum { ARGUMENTS_MAX = 240, ERROR_BYTES = 512, FLUSH_MS = 10000, POLL_MS = 200, POLLS_MAX = 100 };

/* Of the world that runs. A process' main is given nothing but its arguments. */
static struct {
    void (*on_note)(void *opaque, const struct kafka_note *note);
    void *opaque;
} listener;

/* --- in a world ------------------------------------------------------------------------------------------------ */

static void on_output(void *opaque, struct process *process, int fd, const void *data, size_t bytes)
{
    (void)process;
    struct brokers *brokers = opaque;
    size_t used = strlen(brokers->complaint);
    if (fd == STDOUT_FILENO)
        brokers->is_ready = true;
    else if (used + bytes < sizeof brokers->complaint)
        memcpy(brokers->complaint + used, data, bytes);
}

static void on_end(void *opaque, struct process *process, const struct process_end *end)
{
    const struct brokers *brokers = opaque;
    if (!end->killed)
        world_find(FINDING_CRASH, "%s ended with status %d: %s", process->name, end->status,
                   brokers->complaint);
}

void brokers_note(void (*on_note)(void *opaque, const struct kafka_note *note), void *opaque)
{
    listener.on_note = on_note;
    listener.opaque = opaque;
}

static void tell(void *note)
{
    if (listener.on_note)
        listener.on_note(listener.opaque, note);
}

static void on_note(void *context, const struct kafka_note *note)
{
    (void)context;
    world_call_outside(tell, (void *)(uintptr_t)note);
}

static int brokers_main(int argc, char **argv)
{
    return serve_noted(argc, argv, listener.on_note ? on_note : NULL);
}

void brokers_start(struct brokers *brokers, uint32_t count, const char *const *arguments)
{
    const char *all[ARGUMENTS_MAX + 1] = {"brokers", "--listen"};
    char listen[32], number[16], control[16];
    size_t used = 2;
    assert(count >= 1 && count <= BROKERS_MAX);
    *brokers = (struct brokers){0};
    snprintf(listen, sizeof listen, HOST_NAMES "%%d:%d", BROKERS_PORT);
    snprintf(number, sizeof number, "%" PRIu32, count);
    all[used++] = listen;
    all[used++] = "--brokers";
    all[used++] = number;
    snprintf(control, sizeof control, "%d", BROKERS_CONTROL_PORT);
    all[used++] = "--control";
    all[used++] = control;
    for (; *arguments; arguments++) {
        assert(used < ARGUMENTS_MAX);
        all[used++] = *arguments;
    }
    struct host *host = host_new("brokers");
    for (uint32_t i = 1; i <= count; i++) {
        char name[32], *end = brokers->bootstrap + strlen(brokers->bootstrap);
        snprintf(name, sizeof name, HOST_NAMES "%" PRIu32, i);
        host_serve_for(host_new(name), host);
        snprintf(end, sizeof brokers->bootstrap - (size_t)(end - brokers->bootstrap), "%s%s:%d",
                 i > 1 ? "," : "", name, BROKERS_PORT);
    }
    brokers->process = process_start(&(struct process_spec){.name = "brokers",
                                                            .host = host,
                                                            .main = brokers_main,
                                                            .arguments = all,
                                                            .on_output = on_output,
                                                            .on_end = on_end,
                                                            .opaque = brokers});
}

/* say LINE: what brokers_command starts. */
static int say_main(int argc, char **argv)
{
    char answer[ERROR_BYTES];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(BROKERS_CONTROL_PORT),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool is_said = argc == 2 && fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                   dprintf(fd, "%s\n", argv[1]) > 0;
    size_t used = 0;
    ssize_t got = is_said ? 1 : 0;
    while (got > 0 && used < sizeof answer - 1 && !memchr(answer, '\n', used)) {
        got = read(fd, answer + used, sizeof answer - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    answer[used] = '\0';
    if (fd >= 0)
        close(fd);
    if (strncmp(answer, "ok", 2) == 0)
        return 0;
    fprintf(stderr, "%s: %s", argc == 2 ? argv[1] : "say", *answer ? answer : "no answer\n");
    return 1;
}

static void on_said(void *opaque, struct process *process, const struct process_end *end)
{
    (void)opaque;
    if (end->status != 0)
        world_find(FINDING_CRASH, "%s: the brokers refused a command of the control interface",
                   process->name);
}

void brokers_command(struct brokers *brokers, const char *line)
{
    char name[24];
    const char *arguments[] = {"say", line, NULL};
    snprintf(name, sizeof name, "control.%" PRIu32, brokers->command_count++);
    process_start(&(struct process_spec){.name = name,
                                         .host = brokers->process->host,
                                         .main = say_main,
                                         .arguments = arguments,
                                         .on_end = on_said});
}

uint32_t brokers_id(const char *host_name)
{
    if (strncmp(host_name, HOST_NAMES, strlen(HOST_NAMES)) != 0)
        return 0;
    return (uint32_t)strtoul(host_name + strlen(HOST_NAMES), NULL, 10);
}

void brokers_name(uint32_t id, char name_out[BROKERS_NAME_BYTES])
{
    snprintf(name_out, BROKERS_NAME_BYTES, HOST_NAMES "%" PRIu32, id);
}

/* --- the warm-up ----------------------------------------------------------------------------------------------- */

struct exercise {
    int stop_fds[2];
    int ready_fds[2];
    bool is_served;
};

static void on_ready(void *context, const char *bootstrap, uint16_t control_port)
{
    const struct exercise *exercise = context;
    (void)control_port;
    if (write(exercise->ready_fds[1], bootstrap, strlen(bootstrap)) < 0)
        abort();
}

static void *serve(void *argument)
{
    struct exercise *exercise = argument;
    static const struct kafka_server_topic topic = {"topic", 2, 1};
    static const char *const settings[] = {"offsets.topic.replication.factor=1", NULL};
    struct kafka_server_config config = {
        .broker_count = 1,
        .host = "127.0.0.1",
        .settings = settings,
        .topics = &topic,
        .topic_count = 1,
        .stop_fd = exercise->stop_fds[0],
        .on_ready = on_ready,
        .context = exercise,
    };
    char error[ERROR_BYTES] = "";
    kafka_model_of("4.3", &config.model);
    exercise->is_served = kafka_server_run(&config, error, sizeof error);
    if (!exercise->is_served)
        fprintf(stderr, "brokers: %s\n", error);
    close(exercise->ready_fds[1]);
    return NULL;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *bootstrap)
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap, error, sizeof error);
    if (type == RD_KAFKA_CONSUMER) {
        rd_kafka_conf_set(configuration, "group.id", "group", error, sizeof error);
        rd_kafka_conf_set(configuration, "auto.offset.reset", "earliest", error, sizeof error);
        rd_kafka_conf_set(configuration, "partition.assignment.strategy", "cooperative-sticky", error,
                          sizeof error);
    }
    return rd_kafka_new(type, configuration, error, sizeof error);
}

static int produce_and_consume(rd_kafka_t *producer, rd_kafka_t *consumer)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, "topic", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "topic"},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t) "value", 5}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t) "key", 3}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };
    rd_kafka_error_destroy(rd_kafka_produceva(producer, fields, sizeof fields / sizeof fields[0]));
    int result = rd_kafka_flush(producer, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 2;
    for (int polls = 0; polls < POLLS_MAX && result == 1; polls++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);
        if (message && !message->err)
            result = 0;
        if (message)
            rd_kafka_message_destroy(message);
    }
    rd_kafka_commit(consumer, NULL, 0);
    rd_kafka_consumer_close(consumer);
    return result;
}

static int use_clients(const char *bootstrap)
{
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, bootstrap);
    rd_kafka_t *consumer = new_client(RD_KAFKA_CONSUMER, bootstrap);
    int result = produce_and_consume(producer, consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    return result;
}

int brokers_exercise(void)
{
    struct exercise exercise = {0};
    char bootstrap[KAFKA_SERVER_ADDRESS_BYTES] = "";
    pthread_t server;
    if (pipe(exercise.stop_fds) < 0 || pipe(exercise.ready_fds) < 0 ||
        pthread_create(&server, NULL, serve, &exercise) != 0)
        return 2;
    bool is_up = read(exercise.ready_fds[0], bootstrap, sizeof bootstrap - 1) > 0;
    int result = is_up ? use_clients(bootstrap) : 2;
    close(exercise.stop_fds[1]);
    pthread_join(server, NULL);
    close(exercise.stop_fds[0]);
    close(exercise.ready_fds[0]);
    return exercise.is_served ? result : 2;
}
