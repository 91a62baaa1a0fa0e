/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_line: whatever lines come in by the control interface, each has one line as its answer, and the gate can be
 * asked afterwards.
 */
#include "sim/kafka/host/control.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BROKERS = 3 };

static const char *strike(void *context, int32_t broker)
{
    (void)context;
    assert(broker >= 0);
    return broker <= BROKERS ? NULL : "no such broker";
}

static const char *elect(void *context, const char *topic, int32_t partition, int32_t broker)
{
    assert(*topic && partition >= 0);
    return strike(context, broker);
}

static const char *advance(void *context, int64_t time_ms)
{
    (void)context;
    assert(time_ms >= 0);
    return NULL;
}

static const char *brokers(void *context, char *out, size_t out_bytes)
{
    (void)context;
    snprintf(out, out_bytes, "1:up 2:down");
    return NULL;
}

static const char *lead(void *context, int32_t broker, uint32_t number, enum control_lead how)
{
    (void)number;
    assert(how <= CONTROL_LEAD_UNCLEAN);
    return strike(context, broker);
}

static const char *slow(void *context, int32_t broker, uint32_t delay_ms)
{
    (void)delay_ms;
    return strike(context, broker);
}

static const struct control_backend backend = {.stop = strike,
                                               .crash = strike,
                                               .elect = elect,
                                               .lead = lead,
                                               .slow = slow,
                                               .advance = advance,
                                               .brokers = brokers,
                                               .takes_shots = true};

static void run_line(const struct control *control, const char *line)
{
    char answer[CONTROL_LINE_BYTES_MAX];
    memset(answer, 'x', sizeof answer);
    control_run(control, line, answer, sizeof answer);
    const char *end = memchr(answer, '\0', sizeof answer);
    assert(end && end > answer && strchr(answer, '\n') == end - 1);
    assert(strncmp(answer, "ok", 2) == 0 || strncmp(answer, "error ", 6) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct gate gate = {0};
    const struct control control = {.gate = &gate, .backend = &backend};
    char *text = malloc(bytes + 1), *rest = text;
    assert(text);
    if (bytes)
        memcpy(text, data, bytes);
    text[bytes] = '\0';
    /* An empty line is one, too. */
    for (char *line; (line = strsep(&rest, "\n"));)
        run_line(&control, line);
    for (int16_t api = -1; api <= GATE_APIS_MAX; api++) {
        struct gate_decision decision = gate_request_from(&gate, api, "10.0.0.1");
        if (decision.verdict == GATE_HOLD)
            gate_is_held(&gate, &decision);
    }
    free(text);
    return 0;
}
