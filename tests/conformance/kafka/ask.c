/* SPDX-License-Identifier: Apache-2.0 */
/* ask: see ask.h. Each request has a connection of its own: brokers come and go. */
#include "tests/conformance/kafka/ask.h"
#include "tests/conformance/kafka/frame_link.h"
#include "tests/conformance/kafka/frame_print.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TRIES_MAX = 600, PAUSE_MS = 100, ADDRESS_BYTES = 256 };

struct ask {
    struct frame_names names;
    struct wire_memory memory;
    int32_t correlation_id;
    uint8_t response[FRAME_LINK_BYTES_MAX];
};

void ask_free(struct ask *ask)
{
    if (ask)
        wire_memory_deinit(&ask->memory);
    free(ask);
}

static struct ask *ask_of(struct conformance *c)
{
    if (!c->ask) {
        c->ask = calloc(1, sizeof(*c->ask));
        if (!c->ask)
            abort();
        snprintf(c->ask->names.prefix, sizeof(c->ask->names.prefix), "%s", c->prefix);
    }
    return c->ask;
}

/* The bootstrap addresses are in the order of the ids. */
static int connect_to(const struct conformance *c, int broker)
{
    char address[ADDRESS_BYTES];
    const char *at = c->bootstrap;
    for (int i = 1; i < broker && at; i++)
        at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL;
    if (!at)
        return -1;
    snprintf(address, sizeof(address), "%.*s", (int)strcspn(at, ","), at);
    char *colon = strrchr(address, ':');
    if (!colon)
        return -1;
    *colon = '\0';
    return frame_link_open(address, colon + 1);
}

static void write_request(struct conformance *c, const char *text, struct frame_request *request,
                          struct wire_output *output)
{
    struct ask *ask = ask_of(c);
    char complaint[FRAME_ERROR_BYTES];
    wire_memory_reset(&ask->memory);
    *request = (struct frame_request){
        .header = {.correlation_id = ++ask->correlation_id, .client_id = {.text = "ask", .bytes = 3}}};
    if (!frame_text_read(text, &ask->names, &ask->memory, request, output, complaint)) {
        fprintf(stderr, "%s: %s\n", text, complaint);
        abort();
    }
}

void ask_and_die(struct conformance *c, int broker, const char *text)
{
    struct frame_request request;
    struct wire_output output = {0};
    write_request(c, text, &request, &output);
    int fd = connect_to(c, broker);
    if (fd >= 0) {
        if (!frame_link_send(fd, &output))
            outcome(c, "cannot be sent");
        close(fd);
    }
    free(output.data);
}

/* The decoded answer, which lasts until the next; NULL: none. */
static void *converse(struct conformance *c, int broker, const char *text, struct frame_request *request)
{
    struct ask *ask = ask_of(c);
    struct wire_output output = {0};
    struct wire_bytes frame;
    struct wire_error error;
    void *body = NULL;
    write_request(c, text, request, &output);
    int fd = connect_to(c, broker);
    if (fd >= 0 && frame_link_send(fd, &output) &&
        frame_link_receive(fd, ask->response, &frame) == FRAME_ANSWER)
        body = wire_response_decode(frame, &request->header, &ask->memory, &error);
    if (fd >= 0)
        close(fd);
    free(output.data);
    return body;
}

bool ask_value(struct conformance *c, int broker, const char *text, const char *path,
               char value_out[ASK_VALUE_BYTES])
{
    struct frame_request request;
    void *body = converse(c, broker, text, &request);
    *value_out = '\0';
    return body && frame_print_find(&request, body, path, value_out, ASK_VALUE_BYTES);
}

void ask_outcome(struct conformance *c, const char *label, int broker, const char *text, const char *path)
{
    char value[ASK_VALUE_BYTES];
    outcome(c, "%s %s", label, ask_value(c, broker, text, path, value) ? value : "nothing");
}

bool ask_keep(struct conformance *c, int broker, const char *text, const char *path, const char *variable)
{
    char value[ASK_VALUE_BYTES];
    bool is_there = ask_value(c, broker, text, path, value);
    if (is_there)
        frame_names_set(&ask_of(c)->names, variable, value);
    return is_there;
}

void ask_set(struct conformance *c, const char *variable, const char *value)
{
    frame_names_set(&ask_of(c)->names, variable, value);
}

void ask_set_now(struct conformance *c)
{
    struct timespec now;
    char now_ms[24];
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(now_ms, sizeof(now_ms), "%" PRId64, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    ask_set(c, "now", now_ms);
}

bool ask_await(struct conformance *c, int broker, const char *text, const char *path, const char *wanted)
{
    char value[ASK_VALUE_BYTES];
    for (int i = 0; i < TRIES_MAX; i++) {
        if (ask_value(c, broker, text, path, value) && strcmp(value, wanted) == 0)
            return true;
        poll(NULL, 0, PAUSE_MS);
    }
    outcome(c, "%s stays %s, not %s", path, value, wanted);
    return false;
}

bool ask_await_in_sync(struct conformance *c, int broker, const char *suffix, int count)
{
    char text[ADDRESS_BYTES], last[32], beyond[32], value[ASK_VALUE_BYTES];
    snprintf(text, sizeof(text), "Metadata 9 {topics: [{name: ~%s}]}", suffix);
    snprintf(last, sizeof(last), "isr_nodes[%d]", count - 1);
    snprintf(beyond, sizeof(beyond), "isr_nodes[%d]", count);
    for (int i = 0; i < TRIES_MAX; i++) {
        if (ask_value(c, broker, text, last, value) && !ask_value(c, broker, text, beyond, value))
            return true;
        poll(NULL, 0, PAUSE_MS);
    }
    outcome(c, "never %d in sync", count);
    return false;
}
