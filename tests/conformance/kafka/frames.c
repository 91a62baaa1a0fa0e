/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames: conformance-frames, all raw frames against one target.
 *
 *   conformance-frames --bootstrap HOST:PORT [--prefix TEXT] [--ready | --ask TEXT]
 *
 * --ready only asks whether the broker answers: exit status 0 or 1. --ask sends this frame alone. See frames.h.
 */
#include "tests/conformance/kafka/frames.h"
#include "tests/conformance/kafka/frame_link.h"
#include "tests/conformance/kafka/frame_print.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 8, TRIES_MAX = 200, PAUSE_MS = 50 };

struct run {
    const char *host, *port;
    struct frame_names names;
    struct wire_memory memory;
    int32_t correlation_id;
    struct {
        int fd; /* -1 = not connected */
        struct frame_request sent;
    } connection[CONNECTIONS];
    uint8_t *response; /* FRAME_LINK_BYTES_MAX */
};

/* Asks ApiVersions 0 and sees that only that is answered. */
static void tell_silence(struct run *run, int fd)
{
    struct frame_request request = {.header = {.correlation_id = ++run->correlation_id}};
    struct wire_output output = {0};
    struct wire_bytes frame;
    char error[FRAME_ERROR_BYTES];
    if (!frame_text_read("ApiVersions 0 {}", &run->names, &run->memory, &request, &output, error))
        abort();
    if (!frame_link_send(fd, &output) || frame_link_receive(fd, run->response, &frame) != FRAME_ANSWER)
        printf("closed\n");
    else
        printf("%s\n", wire_int32(frame.data) == request.header.correlation_id ? "no answer" : "an answer");
    free(output.data);
}

static void keep(struct run *run, const struct frame_request *request, const void *body, const char *what)
{
    char path[64], value[128];
    const char *equals = strchr(what, '=');
    snprintf(path, sizeof(path), "%.*s", (int)(equals - what), what);
    if (frame_print_find(request, body, path, value, sizeof(value)))
        frame_names_set(&run->names, equals + 1, value);
}

/* Writes what came back, as text; returns the body, NULL if there is none. Closes fd if the broker did. */
static void *answer(struct run *run, int *fd, const struct frame_request *request, struct wire_output *text)
{
    struct wire_bytes frame;
    struct wire_error error;
    enum frame_answer got = frame_link_receive(*fd, run->response, &frame);
    const char *failure = got == FRAME_CLOSED ? "closed\n" : "no answer\n";
    void *body = NULL;
    if (got == FRAME_ANSWER) {
        body = wire_response_decode(frame, &request->header, &run->memory, &error);
        failure = body ? NULL : error.message;
    } else {
        close(*fd);
        *fd = -1;
    }
    if (body)
        frame_print(request, body, &run->names, text);
    else
        wire_output_append(text, failure, strlen(failure));
    return body;
}

/* The answer; asked for again while the request waits for a word in it. Prints it unless is_quiet. */
static void *converse(struct run *run, int *fd, const struct frame_request *request,
                      const struct wire_output *frame, bool is_quiet)
{
    struct wire_output text = {0};
    void *body = answer(run, fd, request, &text);
    for (int i = 0; *request->until && body && i < TRIES_MAX; i++) {
        if (memmem(text.data, text.bytes, request->until, strlen(request->until)))
            break;
        poll(NULL, 0, PAUSE_MS);
        text.bytes = 0;
        body = frame_link_send(*fd, frame) ? answer(run, fd, request, &text) : NULL;
    }
    if (!is_quiet)
        fwrite(text.data, 1, text.bytes, stdout);
    free(text.data);
    return body;
}

static void send_one(struct run *run, const struct frame *frame, bool is_quiet)
{
    int own = -1, *fd = frame->connection ? &run->connection[frame->connection - 'a'].fd : &own;
    struct frame_request request = {
        .header = {.correlation_id = ++run->correlation_id, .client_id = {.text = "frames", .bytes = 6}}};
    struct wire_output output = {0};
    char error[FRAME_ERROR_BYTES];
    void *body = NULL;
    if (!frame_text_read(frame->text, &run->names, &run->memory, &request, &output, error)) {
        printf("cannot be sent: %s\n", error);
        free(output.data);
        return;
    }
    if (*fd < 0)
        *fd = frame_link_open(run->host, run->port);
    if (request.is_receive_only)
        request = run->connection[frame->connection - 'a'].sent;
    else if (!frame_link_send(*fd, &output))
        printf("cannot be sent: broken\n");
    if (request.is_sent_only && output.bytes > 0)
        run->connection[frame->connection - 'a'].sent = request;
    else if (request.is_silent)
        tell_silence(run, *fd);
    else
        body = converse(run, fd, &request, &output, is_quiet);
    if (body && frame->keep)
        keep(run, &request, body, frame->keep);
    free(output.data);
    if (own >= 0)
        close(own);
}

/* Repeats a request, quietly, until the member that keep names has this value. */
static bool await(struct run *run, const char *text, const char *keep_as, const char *name, const char *value)
{
    struct frame frame = {.text = text, .keep = keep_as};
    for (int i = 0; i < TRIES_MAX; i++) {
        frame_names_set(&run->names, name, "");
        send_one(run, &frame, true);
        wire_memory_reset(&run->memory);
        if (strcmp(frame_names_get(&run->names, name), value) == 0)
            return true;
        poll(NULL, 0, PAUSE_MS);
    }
    return false;
}

/* The frames' records are of 1970, markers of now. */
#define ONE_SEGMENT ", configs: [{name: segment.ms, value: 4000000000000}, {name: retention.ms, value: -1}]"

static bool prepare(struct run *run)
{
    static const struct frame create = {
        .text = "CreateTopics 4 {timeout_ms: 10000, topics: ["
                "{name: ~one, num_partitions: 1, replication_factor: 1}, "
                "{name: ~two, num_partitions: 2, replication_factor: 1}, "
                "{name: ~refuse, num_partitions: 1, replication_factor: 1}, "
                "{name: ~committed, num_partitions: 1, replication_factor: 1" ONE_SEGMENT "}, "
                "{name: ~aborted, num_partitions: 1, replication_factor: 1" ONE_SEGMENT "}, "
                "{name: ~open, num_partitions: 2, replication_factor: 1" ONE_SEGMENT "}, "
                "{name: ~keyed, num_partitions: 1, replication_factor: 1, "
                "configs: [{name: cleanup.policy, value: compact}]}, "
                "{name: ~compact, num_partitions: 1, replication_factor: 1, "
                "configs: [{name: cleanup.policy, value: compact}]}]}"};
    static const char *const topics[] = {"one",     "two",       "refuse",  "keyed",
                                         "compact", "committed", "aborted", "open"};
    char text[128], variable[64];
    send_one(run, &create, true);
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        snprintf(text, sizeof(text), "Metadata 10 {topics: [{name: ~%s}]}", topics[i]);
        if (!await(run, text, "topics[0].partitions[0].leader_id=leader", "leader", "1"))
            return false;
        snprintf(variable, sizeof(variable), "topic_id=%s", topics[i]);
        send_one(run, &(struct frame){.text = text, .keep = variable}, true);
    }
    /* The first producer id takes a while, too. */
    return await(run, "InitProducerId 0 {transactional_id: null, transaction_timeout_ms: 1000}",
                 "error_code=error", "error", "0") &&
           await(run, "FindCoordinator 2 {key: ~group}", "error_code=error", "error", "0") &&
           await(run, "FindCoordinator 2 {key: ~x, key_type: 1}", "error_code=error", "error", "0") &&
           await(run, "InitProducerId 1 {transactional_id: ~ready, transaction_timeout_ms: 60000}",
                 "error_code=error", "error", "0");
}

static bool is_ready(struct run *run)
{
    frame_names_set(&run->names, "error", "");
    if (frame_link_open(run->host, run->port) >= 0)
        send_one(run, &(struct frame){.text = "ApiVersions 0 {}", .keep = "error_code=error"}, true);
    return strcmp(frame_names_get(&run->names, "error"), "0") == 0;
}

static void send_all(struct run *run, const struct frame *table)
{
    for (const struct frame *frame = table; frame->sentence; frame++) {
        printf("# %s\n> %s\n", frame->sentence, frame->text);
        send_one(run, frame, false);
        printf("\n");
        fflush(stdout);
        wire_memory_reset(&run->memory);
    }
}

static int refuse(const char *what)
{
    fprintf(stderr, "conformance-frames: %s\n", what);
    return 2;
}

static int play(struct run *run, const char *only)
{
    if (only && !*only)
        return is_ready(run) ? 0 : 1;
    if (only) {
        send_one(run, &(struct frame){.text = only}, false);
        return 0;
    }
    if (!prepare(run))
        return refuse("the topics do not come up");
    send_all(run, frames_session);
    send_all(run, frames_log);
    send_all(run, frames_group);
    send_all(run, frames_admin);
    send_all(run, frames_transaction);
    send_all(run, frames_isolation);
    return 0;
}

int frames_main(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof(*run));
    char address[256] = "", prefix[40];
    const char *only = NULL; /* "": is it ready? */
    struct timespec now;
    if (!run || !(run->response = malloc(FRAME_LINK_BYTES_MAX)))
        abort();
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(prefix, sizeof(prefix), "f%llx",
             (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--ready") == 0)
            only = "";
        else if (i + 1 < argc && strcmp(argv[i], "--ask") == 0)
            only = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--bootstrap") == 0)
            snprintf(address, sizeof(address), "%s", argv[++i]);
        else if (i + 1 < argc && strcmp(argv[i], "--prefix") == 0)
            snprintf(prefix, sizeof(prefix), "%s", argv[++i]);
        else
            return refuse(argv[i]);
    }
    char *colon = strrchr(address, ':');
    if (!colon)
        return refuse("--bootstrap HOST:PORT");
    *colon = '\0';
    run->host = address;
    run->port = colon + 1;
    snprintf(run->names.prefix, sizeof(run->names.prefix), "%s", prefix);
    for (size_t i = 0; i < CONNECTIONS; i++)
        run->connection[i].fd = -1;
    int status = play(run, only);
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (run->connection[i].fd >= 0)
            close(run->connection[i].fd);
    wire_memory_deinit(&run->memory);
    free(run->response);
    free(run);
    return status;
}
