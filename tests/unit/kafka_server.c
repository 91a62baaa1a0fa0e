/* SPDX-License-Identifier: Apache-2.0 */
/* The brokers' host over real sockets: frames in and out, and what happens to connections. */
#include "sim/kafka/host/server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/session.h"

enum {
    PRODUCE = 0,
    FETCH = 1,
    METADATA = 3,
    SASL_HANDSHAKE = 17,
    CREATE_TOPICS = 19,
    BROKERS = 3,
    NAMES_MAX = 20000,
    ANSWER_MAX = 16 << 20
};
enum { PIPELINED = 200, LARGE_BYTES = 9 << 20, LONG_MS = 1000 * 1000 };

/* Present in a build with ASan. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static struct {
    pthread_t thread;
    int stop_fds[2], ready_fds[2];
    uint16_t ports[BROKERS], control_port;
    bool has_served;
    char error[256];
    const char *users; /* a setting more, or NULL */
} server;

static void on_ready(void *context, const char *bootstrap, uint16_t control_port)
{
    (void)context;
    int broker = 0;
    for (const char *colon = strchr(bootstrap, ':'); colon; colon = strchr(colon + 1, ':'))
        server.ports[broker++] = (uint16_t)strtoul(colon + 1, NULL, 10);
    server.control_port = control_port;
    cr_assert_eq(write(server.ready_fds[1], "", 1), 1);
}

static void *serve(void *unused)
{
    (void)unused;
    static const struct kafka_server_topic topic = {"topic", 1, 3};
    const char *const settings[] = {"auto.create.topics.enable=false", server.users, NULL};
    struct kafka_server_config config = {
        .broker_count = BROKERS,
        .host = "127.0.0.1",
        .settings = settings,
        .topics = &topic,
        .topic_count = 1,
        .has_control = true,
        .stop_fd = server.stop_fds[0],
        .on_ready = on_ready,
    };
    kafka_model_of("4.3", &config.model);
    server.has_served = kafka_server_run(&config, server.error, sizeof server.error);
    return NULL;
}

static void start(void)
{
    char byte;
    cr_assert_eq(pipe(server.stop_fds), 0);
    cr_assert_eq(pipe(server.ready_fds), 0);
    cr_assert_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
    cr_assert_eq(read(server.ready_fds[0], &byte, 1), 1);
}

/* Whatever a test did: the server ends clean. */
static void stop(void)
{
    close(server.stop_fds[1]);
    pthread_join(server.thread, NULL);
    close(server.stop_fds[0]);
    close(server.ready_fds[0]);
    close(server.ready_fds[1]);
    cr_assert(server.has_served, "%s", server.error);
    if (__lsan_do_recoverable_leak_check)
        cr_assert_eq(__lsan_do_recoverable_leak_check(), 0);
}

/* --- a client -------------------------------------------------------------------------------------------------- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void send_all(int fd, const void *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = send(fd, (const char *)data + done, bytes - done, MSG_NOSIGNAL);
        cr_assert_gt(count, 0);
        done += (size_t)count;
    }
}

/* False: the connection ended first. */
static bool read_all(int fd, void *out, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = recv(fd, (char *)out + done, bytes - done, 0);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

/* The frame that comes next without its length, to be freed; NULL: the connection ended. */
static uint8_t *read_frame(int fd, int32_t *bytes_out)
{
    uint8_t length[4];
    if (!read_all(fd, length, sizeof length))
        return NULL;
    *bytes_out = wire_int32(length);
    cr_assert(*bytes_out >= 4 && *bytes_out < ANSWER_MAX);
    uint8_t *frame = malloc((size_t)*bytes_out);
    cr_assert(frame && read_all(fd, frame, (size_t)*bytes_out));
    return frame;
}

static struct wire_request_header header_of(int16_t api_key, int16_t version, int32_t correlation_id)
{
    const struct wire_api *api = wire_api_of(api_key);
    return (struct wire_request_header){.api_key = api_key,
                                        .api_version = version,
                                        .correlation_id = correlation_id,
                                        .client_id = {"test", 4},
                                        .api = api,
                                        .is_flexible = version >= api->flexible};
}

static void add_metadata(struct wire_output *output, int32_t correlation_id, int32_t name_count)
{
    static struct wire_metadata_request_topic topics[NAMES_MAX];
    struct wire_request_header header = header_of(METADATA, 4, correlation_id);
    struct wire_metadata_request body;
    wire_init(header.api->request, &body);
    for (int32_t i = 0; i < name_count; i++)
        topics[i].name = (struct wire_string){"there-is-no-topic-of-this-name", 30};
    body.topics.items = topics;
    body.topics.count = name_count;
    wire_request_encode(&header, &body, output);
}

static void add_produce(struct wire_output *output, int32_t bytes, int16_t acks)
{
    struct wire_request_header header = header_of(PRODUCE, 7, 1);
    uint8_t *garbage = calloc(1, (size_t)bytes);
    struct wire_produce_request_partition partition = {.index = 0, .records = {garbage, bytes}};
    struct wire_produce_request_topic topic = {.name = {"topic", 5}, .partition_data = {&partition, 1}};
    struct wire_produce_request body;
    wire_init(header.api->request, &body);
    body.acks = acks;
    body.topic_data.items = &topic;
    body.topic_data.count = 1;
    wire_request_encode(&header, &body, output);
    free(garbage);
}

/* Waits at the partition's end, for ever. */
static void add_fetch(struct wire_output *output, int32_t correlation_id)
{
    struct wire_request_header header = header_of(FETCH, 11, correlation_id);
    struct wire_fetch_request_partition partition;
    memset(&partition, 0, sizeof partition);
    partition.current_leader_epoch = -1;
    partition.partition_max_bytes = 1000;
    struct wire_fetch_request_topic topic = {.topic = {"topic", 5}, .partitions = {&partition, 1}};
    struct wire_fetch_request body;
    wire_init(header.api->request, &body);
    body.replica_id = -1;
    body.max_wait_ms = LONG_MS;
    body.min_bytes = 1;
    body.max_bytes = 1000;
    body.session_epoch = -1;
    body.topics.items = &topic;
    body.topics.count = 1;
    wire_request_encode(&header, &body, output);
}

static void send_output(int fd, struct wire_output *output)
{
    cr_assert(!output->is_failed);
    send_all(fd, output->data, output->bytes);
    free(output->data);
    *output = (struct wire_output){0};
}

static void expect_answer(int fd, int32_t correlation_id)
{
    int32_t bytes;
    uint8_t *frame = read_frame(fd, &bytes);
    cr_assert_not_null(frame, "no answer to %d", correlation_id);
    cr_assert_eq(wire_int32(frame), correlation_id);
    free(frame);
}

static void expect_end(int fd)
{
    uint8_t byte;
    cr_assert_leq(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static int32_t leader_port(void)
{
    struct wire_output output = {0};
    struct wire_request_header header = header_of(METADATA, 4, 1);
    struct wire_metadata_request_topic topic = {.name = {"topic", 5}};
    struct wire_metadata_request body;
    wire_init(header.api->request, &body);
    body.topics.items = &topic;
    body.topics.count = 1;
    wire_request_encode(&header, &body, &output);
    int fd = connect_to(server.ports[0]);
    send_output(fd, &output);
    int32_t bytes, port = 0;
    uint8_t *frame = read_frame(fd, &bytes);
    struct wire_memory memory = {0};
    struct wire_error error;
    const struct wire_metadata_response *response =
        wire_response_decode((struct wire_bytes){frame, bytes}, &header, &memory, &error);
    cr_assert_not_null(response);
    for (int32_t i = 0; i < response->brokers.count; i++)
        if (response->brokers.items[i].node_id == response->topics.items[0].partitions.items[0].leader_id)
            port = response->brokers.items[i].port;
    wire_memory_deinit(&memory);
    free(frame);
    close(fd);
    return port;
}

static void add_create(struct wire_output *output, const char *name)
{
    struct wire_request_header header = header_of(CREATE_TOPICS, 4, 1);
    struct wire_create_topics_request_creatable_topic topic;
    struct wire_create_topics_request body;
    memset(&topic, 0, sizeof topic);
    wire_init(header.api->request, &body);
    topic.name = wire_string_of(name);
    topic.num_partitions = topic.replication_factor = 1;
    body.topics.items = &topic;
    body.topics.count = 1;
    wire_request_encode(&header, &body, output);
}

static int16_t topic_error(const char *name)
{
    struct wire_output output = {0};
    struct wire_request_header header = header_of(METADATA, 4, 1);
    struct wire_metadata_request_topic topic = {.name = wire_string_of(name)};
    struct wire_metadata_request body;
    wire_init(header.api->request, &body);
    body.topics.items = &topic;
    body.topics.count = 1;
    body.allow_auto_topic_creation = false;
    wire_request_encode(&header, &body, &output);
    int fd = connect_to(server.ports[0]);
    send_output(fd, &output);
    int32_t bytes;
    uint8_t *frame = read_frame(fd, &bytes);
    struct wire_memory memory = {0};
    struct wire_error error;
    const struct wire_metadata_response *response =
        wire_response_decode((struct wire_bytes){frame, bytes}, &header, &memory, &error);
    cr_assert(response && response->topics.count == 1);
    int16_t code = response->topics.items[0].error_code;
    wire_memory_deinit(&memory);
    free(frame);
    close(fd);
    return code;
}

/* Sends a line to the control interface and expects its answer to begin so. */
static void control(const char *line, const char *answer)
{
    char got[256] = "";
    int fd = connect_to(server.control_port);
    cr_assert_geq(fd, 0);
    send_all(fd, line, strlen(line));
    send_all(fd, "\n", 1);
    cr_assert_gt(recv(fd, got, sizeof got - 1, 0), 0);
    cr_assert_eq(strncmp(got, answer, strlen(answer)), 0, "%s: %s", line, got);
    close(fd);
}

/* A request of this API has come to the gate. */
static void await_seen(const char *api)
{
    char line[64], answer[64] = "";
    snprintf(line, sizeof line, "seen %s\n", api);
    while (strncmp(answer, "ok ", 3) != 0 || answer[3] == '0') {
        int fd = connect_to(server.control_port);
        send_all(fd, line, strlen(line));
        cr_assert_gt(recv(fd, answer, sizeof answer - 1, 0), 0);
        close(fd);
    }
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

Test(kafka_server, a_frame_may_come_byte_by_byte)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to(server.ports[0]);
    add_metadata(&output, 7, 0);
    for (size_t i = 0; i < output.bytes; i++)
        send_all(fd, output.data + i, 1);
    free(output.data);
    expect_answer(fd, 7);
    close(fd);
    stop();
}

Test(kafka_server, pipelined_requests_are_answered_in_order)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to(server.ports[1]);
    for (int32_t i = 0; i < PIPELINED; i++)
        add_metadata(&output, i, i % 7 * 100);
    send_output(fd, &output);
    for (int32_t i = 0; i < PIPELINED; i++)
        expect_answer(fd, i);
    close(fd);
    stop();
}

struct sender {
    int fd;
    struct wire_output output;
};

static void *send_in_background(void *argument)
{
    struct sender *sender = argument;
    send_output(sender->fd, &sender->output);
    return NULL;
}

Test(kafka_server, answers_longer_than_the_socket_s_buffer_arrive_whole)
{
    pthread_t thread;
    start();
    struct sender sender = {.fd = connect_to(server.ports[0])};
    for (int32_t i = 0; i < 20; i++)
        add_metadata(&sender.output, i, NAMES_MAX);
    cr_assert_eq(pthread_create(&thread, NULL, send_in_background, &sender), 0);
    control("brokers", "ok"); /* it serves others while nobody reads those answers */
    for (int32_t i = 0; i < 20; i++)
        expect_answer(sender.fd, i);
    pthread_join(thread, NULL);
    close(sender.fd);
    stop();
}

Test(kafka_server, a_long_frame_is_read_whole_and_what_follows_is_served)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to((uint16_t)leader_port());
    add_produce(&output, LARGE_BYTES, 1);
    add_metadata(&output, 2, 0);
    send_output(fd, &output);
    expect_answer(fd, 1);
    expect_answer(fd, 2);
    close(fd);
    stop();
}

Test(kafka_server, a_length_out_of_range_ends_the_connection)
{
    static const uint8_t lengths[][4] = {
        {0x7f, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xff}, {0x06, 0x40, 0, 1}};
    start();
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int fd = connect_to(server.ports[0]);
        send_all(fd, lengths[i], 4);
        expect_end(fd);
    }
    stop();
}

Test(kafka_server, a_malformed_frame_ends_the_connection)
{
    static const uint8_t frames[][18] = {
        {0, 0, 0, 0},                                               /* empty */
        {0, 0, 0, 3, 0, 3, 0},                                      /* cut off in the header */
        {0, 0, 0, 14, 0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 1}, /* more topics than bytes */
        {0, 0, 0, 14, 0x70, 0, 0, 4, 0, 0, 0, 1, 0xff, 0xff},       /* no such API */
    };
    start();
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        int fd = connect_to(server.ports[0]);
        send_all(fd, frames[i], 4 + (size_t)wire_int32(frames[i]));
        expect_end(fd);
    }
    stop();
}

/* --- ends ------------------------------------------------------------------------------------------------------ */

Test(kafka_server, a_client_that_cannot_log_in_is_told_and_cut_off)
{
    struct wire_output output = {0};
    struct wire_request_header header = header_of(SASL_HANDSHAKE, 1, 7);
    struct wire_sasl_handshake_request body = {.mechanism = {"GSSAPI", 6}};
    server.users = "sasl.plain.users=alice:secret";
    start();
    int fd = connect_to(server.ports[0]);
    wire_request_encode(&header, &body, &output);
    send_output(fd, &output);
    expect_answer(fd, 7);
    expect_end(fd);
    stop();
}

Test(kafka_server, a_client_that_ends_its_stream_still_gets_its_answers)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to(server.ports[2]);
    add_metadata(&output, 1, 10);
    add_metadata(&output, 2, 10);
    send_output(fd, &output);
    shutdown(fd, SHUT_WR);
    expect_answer(fd, 1);
    expect_answer(fd, 2);
    expect_end(fd);
    stop();
}

Test(kafka_server, a_client_that_vanishes_while_its_request_waits_leaves_nothing_behind)
{
    struct wire_output output = {0};
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    start();
    int fd = connect_to((uint16_t)leader_port());
    add_fetch(&output, 1);
    send_output(fd, &output);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    fd = connect_to(server.ports[0]);
    add_metadata(&output, 1, 0);
    send_output(fd, &output);
    expect_answer(fd, 1);
    close(fd);
    stop();
}

Test(kafka_server, a_request_that_waits_when_the_server_ends_is_closed)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to((uint16_t)leader_port());
    add_fetch(&output, 1);
    send_output(fd, &output);
    await_seen("Fetch");
    stop();
    expect_end(fd);
}

/* --- the control interface ------------------------------------------------------------------------------------- */

Test(kafka_server, time_moves_on_by_command_and_what_waited_behind_a_request_goes_on)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to((uint16_t)leader_port());
    add_fetch(&output, 5);
    add_metadata(&output, 6, 0);
    send_output(fd, &output);
    while (recv(fd, &(uint8_t){0}, 1, MSG_PEEK | MSG_DONTWAIT) < 1)
        control("advance 1000", "ok");
    expect_answer(fd, 5);
    expect_answer(fd, 6);
    close(fd);
    stop();
}

Test(kafka_server, a_stopped_broker_drops_its_clients_and_refuses_others_until_it_starts)
{
    struct wire_output output = {0};
    start();
    int fd = connect_to(server.ports[1]);
    add_metadata(&output, 1, 0);
    send_output(fd, &output);
    expect_answer(fd, 1);
    control("stop 2", "ok");
    control("stop 2", "error");
    control("brokers", "ok 1:up 2:down 3:up");
    cr_assert_eq(connect_to(server.ports[1]), -1);
    expect_end(fd);
    control("start 2", "ok");
    fd = connect_to(server.ports[1]);
    add_metadata(&output, 2, 0);
    send_output(fd, &output);
    expect_answer(fd, 2);
    close(fd);
    stop();
}

Test(kafka_server, a_crashed_broker_s_waiting_requests_end_with_it)
{
    struct wire_output output = {0};
    char line[32];
    start();
    uint16_t port = (uint16_t)leader_port();
    int fd = connect_to(port), broker = 0;
    while (server.ports[broker] != port)
        broker++;
    add_fetch(&output, 1);
    send_output(fd, &output);
    await_seen("Fetch");
    snprintf(line, sizeof line, "crash %d", broker + 1);
    control(line, "ok");
    expect_end(fd);
    stop();
}

Test(kafka_server, brokers_are_isolated_and_healed_and_crash_with_their_machine)
{
    start();
    control("isolate 1", "ok");
    control("isolate 1", "error the broker is isolated");
    control("heal 1", "ok");
    control("heal 1", "error the broker is not isolated");
    control("crash 1 lose", "ok");
    control("crash 1 lose", "error the broker is not up");
    control("start 1", "ok");
    stop();
}

Test(kafka_server, a_held_request_and_all_behind_it_wait_for_their_release)
{
    struct wire_output output = {0};
    uint8_t byte;
    start();
    control("hold Metadata", "ok");
    int fd = connect_to(server.ports[0]), other = connect_to(server.ports[0]);
    add_metadata(&output, 1, 0);
    add_metadata(&output, 2, 0);
    send_output(fd, &output);
    await_seen("Metadata");
    add_metadata(&output, 3, 0);
    send_output(other, &output);
    expect_answer(other, 3);
    cr_assert_lt(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    control("release Metadata", "ok");
    expect_answer(fd, 1);
    expect_answer(fd, 2);
    close(fd);
    close(other);
    stop();
}

Test(kafka_server, a_dropped_request_or_answer_ends_the_connection)
{
    struct wire_output output = {0};
    static const char *const lines[] = {"drop Metadata request", "drop Metadata response"};
    start();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        control(lines[i], "ok");
        int fd = connect_to(server.ports[0]);
        add_metadata(&output, 1, 0);
        send_output(fd, &output);
        expect_end(fd);
    }
    int fd = connect_to(server.ports[0]);
    add_metadata(&output, 1, 0);
    send_output(fd, &output);
    expect_answer(fd, 1);
    close(fd);
    stop();
}

Test(kafka_server, a_request_can_be_answered_with_an_error_and_is_not_applied)
{
    struct wire_output output = {0};
    struct wire_request_header header = header_of(PRODUCE, 7, 1);
    struct wire_memory memory = {0};
    struct wire_error error;
    int32_t bytes;
    start();
    control("fail Produce NOT_ENOUGH_REPLICAS 127.0.0.1", "ok");
    int fd = connect_to((uint16_t)leader_port());
    add_produce(&output, 1, 1);
    send_output(fd, &output);
    uint8_t *frame = read_frame(fd, &bytes);
    cr_assert_not_null(frame);
    const struct wire_produce_response *response =
        wire_response_decode((struct wire_bytes){frame, bytes}, &header, &memory, &error);
    cr_assert_not_null(response);
    cr_expect_eq(response->responses.items[0].partition_responses.items[0].error_code,
                 KAFKA_NOT_ENOUGH_REPLICAS);
    add_metadata(&output, 2, 0);
    send_output(fd, &output);
    expect_answer(fd, 2);
    free(frame);
    wire_memory_deinit(&memory);
    close(fd);
    stop();
}

Test(kafka_server, a_late_request_ends_its_connection_and_is_applied_later)
{
    struct wire_output output = {0};
    start();
    control("late CreateTopics 1000", "ok");
    int fd = connect_to(server.ports[0]);
    add_create(&output, "late");
    send_output(fd, &output);
    expect_end(fd);
    cr_expect_eq(topic_error("late"), KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    control("advance 1001", "ok");
    cr_expect_eq(topic_error("late"), KAFKA_NONE);
    stop();
}

Test(kafka_server, a_slow_broker_lets_each_request_wait)
{
    struct wire_output output = {0};
    uint8_t byte;
    start();
    control("slow 1 3600000", "ok");
    int fd = connect_to(server.ports[0]), other = connect_to(server.ports[1]);
    add_metadata(&output, 1, 0);
    send_output(fd, &output);
    await_seen("Metadata");
    add_metadata(&output, 2, 0);
    send_output(other, &output);
    expect_answer(other, 2);
    cr_assert_lt(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    control("advance 3600001", "ok");
    expect_answer(fd, 1);
    control("slow 1 0", "ok");
    control("slow 9 1", "error no such broker");
    close(fd);
    close(other);
    stop();
}

Test(kafka_server, brokers_take_over_partitions_and_coordinators)
{
    start();
    int32_t before = leader_port(), after = before;
    for (int id = 1; id <= BROKERS && after == before; id++) {
        char line[32];
        snprintf(line, sizeof line, "lead %d 0", id);
        control(line, "ok");
        after = leader_port();
    }
    cr_expect_neq(after, before, "a broker that has a replica takes the topic's only partition over");
    control("lead 1 5 coordinators", "ok");
    control("lead 9 0", "error no such broker");
    stop();
}

Test(kafka_server, a_port_that_is_taken_is_told)
{
    start();
    struct kafka_server_config config = {
        .broker_count = 1, .host = "127.0.0.1", .port = server.ports[0], .stop_fd = -1};
    char error[256] = "", expected[32];
    snprintf(expected, sizeof expected, "127.0.0.1:%u: ", (unsigned)server.ports[0]);
    cr_assert(!kafka_server_run(&config, error, sizeof error));
    cr_assert_eq(strncmp(error, expected, strlen(expected)), 0, "%s", error);
    stop();
}
