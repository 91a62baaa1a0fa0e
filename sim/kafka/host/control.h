/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: the line protocol by which a test or a fault strikes a cluster, whatever the cluster is made of.
 *
 * Pure: what a cluster does is behind control_backend.
 */
#ifndef SIM_KAFKA_HOST_CONTROL_H
#define SIM_KAFKA_HOST_CONTROL_H

#include "sim/kafka/host/gate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A command is a line, its answer a line, `ok [..]` or `error TEXT`:
 *   stop B | crash B [lose] | start B      controlled shutdown; kill -9 (lose: with its machine: unflushed data may go); start
 *   isolate B | heal B                     cut it off from controller and brokers, not from clients; and no more
 *   elect TOPIC PARTITION B                move leadership to broker B, cleanly
 *   lead B N [coordinators|unclean]        B leads the Nth (modulo) partition whose replica it has and does not lead: of
 *                                          data, of coordinators; unclean: also not in sync, those first
 *   slow B MS                              each request at B waits so long; 0: no more
 *   brokers | seen API                     `ok 1:up 2:down`; `ok N`: request frames since the last reset
 *   advance MS                             move time, where that is possible
 *   hold API [COUNT] | release API         hold the next COUNT (1) request frames until released
 *   drop API [request|response [ADDRESS]]  the next request takes its connection down: unapplied, or applied
 *   delay API MS                           the next request waits
 *   late API MS [ADDRESS]                  the next request's connection dies, and it is applied all the same, so much later
 *   fail API ERROR [ADDRESS]               the next request is answered with an error (Kafka's name), unapplied
 *   reset                                  forget all gate commands, let go what is held
 * ADDRESS: only of this client, "10.0.0.7". API is Kafka's name ("Produce") or its number.
 */
enum { CONTROL_LINE_BYTES_MAX = 512, CONTROL_WORDS_MAX = 8 };

enum control_lead { CONTROL_LEAD_DATA, CONTROL_LEAD_COORDINATORS, CONTROL_LEAD_UNCLEAN };

/* What a cluster can do. Each returns NULL, or why it did not (without a line feed, borrowed until the next
 * command). A NULL function is answered `error cannot`. */
struct control_backend {
    const char *(*stop)(void *context, int32_t broker);
    const char *(*crash)(void *context, int32_t broker);
    const char *(*crash_host)(void *context, int32_t broker);
    const char *(*isolate)(void *context, int32_t broker);
    const char *(*heal)(void *context, int32_t broker);
    const char *(*start)(void *context, int32_t broker);
    const char *(*elect)(void *context, const char *topic, int32_t partition, int32_t broker);
    const char *(*lead)(void *context, int32_t broker, uint32_t number, enum control_lead how);
    const char *(*slow)(void *context, int32_t broker, uint32_t delay_ms);
    const char *(*advance)(void *context, int64_t time_ms);
    /* Writes "1:up 2:down". */
    const char *(*brokers)(void *context, char *out, size_t out_bytes);
    /* The gate's rules have changed: look at what is held again. May be NULL. */
    void (*gate_changed)(void *context);
    bool takes_shots; /* asks the gate by gate_request_from, and knows all its verdicts */
};

struct control {
    struct gate *gate;                     /* borrowed */
    const struct control_backend *backend; /* borrowed */
    void *context;                         /* of the backend */
};

/* Obeys one line (its line feed may be missing) and writes the answer, line feed included.
 * answer_bytes >= CONTROL_LINE_BYTES_MAX. */
void control_run(const struct control *control, const char *line, char *answer_out, size_t answer_bytes);

#endif
