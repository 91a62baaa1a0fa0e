/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness: sees a world from outside, through its wire, its files and its processes' lives, and what the brokers tell of
 * their logs and transactions, and tells the properties. Neither the pipeline nor librdkafka knows of it. Called outside the world only.
 */
#ifndef SIM_CLI_WITNESS_H
#define SIM_CLI_WITNESS_H

#include <stdint.h>
#include <stdio.h>
#include "properties/config.h"
#include "traces/event.h"

struct observer_request;
struct process;
struct process_end;
struct property_set;
struct witness;

/* Somebody else who wants to see what the properties see. Any of the calls may be NULL. */
struct witness_guest {
    void (*on_event)(void *opaque, const struct history_event *event);
    void (*on_request)(void *opaque,
                       const struct observer_request *request); /* Kafka's, as a broker reads it */
    void *opaque;
};

/* Taps the network, the disks and the brokers of the world that has just begun. config's strings are borrowed. log: every event as a
 * line of JSON, or NULL. guest: copied, or NULL. */
struct witness *witness_new(const struct property_config *config, FILE *log,
                            const struct witness_guest *guest);
void witness_free(struct witness *witness);
struct property_set *witness_properties(struct witness *witness);

/* From here on connections to this process are Kafka's; its brokers' hosts have names as in brokers.h. */
void witness_brokers_are(struct witness *witness, const struct process *process);
/* What load is about to send. */
void witness_expect_load(struct witness *witness, size_t events, size_t attachments);
void witness_world(struct witness *witness, enum history_world_step step);
void witness_life(struct witness *witness, const struct process *process, enum history_life life, int status);
void witness_leaks(struct witness *witness, const struct process *process, const struct process_end *end);
/* broker 0: none was struck. */
void witness_fault(struct witness *witness, const char *name, const struct process *target, uint32_t broker);
/* The last event; the properties judge. */
void witness_end(struct witness *witness, enum history_end_reason reason);

#endif
