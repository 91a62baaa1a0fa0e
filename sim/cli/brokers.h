/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brokers: the Kafka cluster of a world: one process, `millrace-sim serve`, and a host for each of its brokers
 * (kafka-1, kafka-2, ..), so that links, latencies and partitions can strike one of them.
 */
#ifndef SIM_CLI_BROKERS_H
#define SIM_CLI_BROKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kafka_note;
struct process;

enum { BROKERS_PORT = 9092, BROKERS_CONTROL_PORT = 9093, BROKERS_MAX = 16, BROKERS_COMPLAINT_BYTES = 256 };

struct brokers {
    struct process *process;
    uint32_t command_count;
    bool is_ready;                                          /* clients may connect */
    char bootstrap[BROKERS_MAX * sizeof "kafka-00:00000,"]; /* "kafka-1:9092,.." */
    char complaint[BROKERS_COMPLAINT_BYTES];                /* what it said on descriptor 2 */
};

/* Starts count brokers in the world that has begun. arguments: of `serve` beyond where to listen, NULL ends. The struct
 * must last as long as the world. Should the process end, that is a finding. */
void brokers_start(struct brokers *brokers, uint32_t count, const char *const *arguments);

/* on_note is told what happens within the brokers that are started next (sim/kafka/note.h): outside the world, which
 * knows nothing of it. NULL: nobody is. For as long as the world lasts. */
void brokers_note(void (*on_note)(void *opaque, const struct kafka_note *note), void *opaque);

/* Says a line of the control interface (sim/kafka/host/control.h) to them: a process beside them does, and goes. A refusal
 * is a finding. */
void brokers_command(struct brokers *brokers, const char *line);

/* The hosts of brokers are named so: the id, 1.., or 0 for another name. */
uint32_t brokers_id(const char *host_name);
enum { BROKERS_NAME_BYTES = 24 };
void brokers_name(uint32_t id, char name_out[BROKERS_NAME_BYTES]);

/* For the warm-up: a cluster, a producer and a consumer group in the calling process, once from beginning to end. 0: it
 * worked. */
int brokers_exercise(void);

#endif
