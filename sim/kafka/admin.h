/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin: what the requests of administrators have in common: faults in Kafka's words, names, assignments.
 *
 * Under KRaft every broker forwards them to the controller, so that nobody answers NOT_CONTROLLER; here they are done
 * within the call, however long their timeouts. Source: ReplicationControlManager.java, ControllerApis.scala.
 */
#ifndef SIM_KAFKA_ADMIN_H
#define SIM_KAFKA_ADMIN_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/kafka/request.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/wire.h"

struct admin_fault {
    int16_t error;              /* of errors.h; 0: there is none */
    struct wire_string message; /* null: none */
};

struct admin_fault admin_no_fault(void);
/* Lasts as long as the request does. */
struct wire_string admin_text(struct kafka_request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* With a message that lasts as long as the request does. */
struct admin_fault admin_fault(struct kafka_request *request, int16_t error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* With the message that Errors.java has for it, if it is one that administrators are told without another. */
struct admin_fault admin_fault_plain(int16_t error);

bool admin_is_no_id(const struct wire_uuid *id); /* all zero */

/* INVALID_TOPIC_EXCEPTION, in the words and the order of Topic.validate. */
struct admin_fault admin_name_check(struct kafka_request *request, struct wire_string name);

/* The brokers that somebody asks for as one partition's replicas: replica_count of them, or any number if 0. */
struct admin_assignment {
    const int32_t *brokers;
    int32_t count;
    int32_t partition;
};
struct admin_fault admin_assignment_check(struct kafka_request *request,
                                          const struct admin_assignment *assignment, int32_t replica_count,
                                          struct kafka_assignment *out);
/* Places them, as kafka_topic_place does; INVALID_REPLICATION_FACTOR. */
struct admin_fault admin_place(struct kafka_request *request, int32_t first, int32_t count,
                               int32_t replica_count, struct kafka_assignment *out);

#endif
