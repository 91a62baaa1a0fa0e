/* SPDX-License-Identifier: Apache-2.0 */
/* admin: see admin.h. */
#include "sim/kafka/admin.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/wire/errors.h"

enum { MESSAGE_MAX = 40000 }; /* a value of 32767 bytes and some words */

struct admin_fault admin_no_fault(void)
{
    return (struct admin_fault){0, {NULL, -1}};
}

static struct wire_string text_of(struct kafka_request *request, const char *format, va_list arguments)
{
    va_list again;
    char *text;
    int bytes;

    assert(format); /* which gcc cannot see when it sanitizes */
    va_copy(again, arguments);
    bytes = vsnprintf(NULL, 0, format, arguments);
    if (bytes > MESSAGE_MAX)
        bytes = MESSAGE_MAX;
    text = kafka_request_take(request, (size_t)bytes + 1);
    vsnprintf(text, (size_t)bytes + 1, format, again);
    va_end(again);
    return (struct wire_string){text, bytes};
}

struct wire_string admin_text(struct kafka_request *request, const char *format, ...)
{
    va_list arguments;
    struct wire_string text;

    va_start(arguments, format);
    text = text_of(request, format, arguments);
    va_end(arguments);
    return text;
}

struct admin_fault admin_fault(struct kafka_request *request, int16_t error, const char *format, ...)
{
    va_list arguments;
    struct admin_fault fault = {error, {NULL, -1}};

    va_start(arguments, format);
    fault.message = text_of(request, format, arguments);
    va_end(arguments);
    return fault;
}

struct admin_fault admin_fault_plain(int16_t error)
{
    static const struct {
        int16_t error;
        const char *message;
    } words[] = {
        {KAFKA_UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition."},
        {KAFKA_INVALID_REQUEST,
         "This most likely occurs because of a request being malformed by the client library or the message "
         "was sent to an incompatible broker. See the broker logs for more details."},
        {KAFKA_TOPIC_DELETION_DISABLED, "Topic deletion is disabled."},
        {KAFKA_PREFERRED_LEADER_NOT_AVAILABLE, "The preferred leader was not available."},
        {KAFKA_ELIGIBLE_LEADERS_NOT_AVAILABLE, "Eligible topic partition leaders are not available."},
        {KAFKA_ELECTION_NOT_NEEDED, "Leader election not needed for topic partition."},
        {KAFKA_UNKNOWN_TOPIC_ID, "This server does not host this topic ID."},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].error == error)
            return (struct admin_fault){error, wire_string_of(words[i].message)};
    return (struct admin_fault){error, {NULL, -1}};
}

bool admin_is_no_id(const struct wire_uuid *id)
{
    static const struct wire_uuid zero;

    return memcmp(id, &zero, sizeof zero) == 0;
}

struct admin_fault admin_name_check(struct kafka_request *request, struct wire_string name)
{
    static const char is_invalid[] = "Topic name is invalid: ";
    int bytes = name.bytes > 0 ? (int)name.bytes : 0;
    int16_t error = KAFKA_INVALID_TOPIC_EXCEPTION;

    if (kafka_topic_is_legal(name))
        return admin_no_fault();
    if (bytes == 0)
        return admin_fault(request, error, "%sthe empty string is not allowed", is_invalid);
    if (bytes <= 2 && name.text[0] == '.' && name.text[bytes - 1] == '.')
        return admin_fault(request, error, "%s'%.*s' is not allowed", is_invalid, bytes, name.text);
    if (bytes > KAFKA_TOPIC_NAME_MAX)
        return admin_fault(request, error, "%sthe length of '%.*s' is longer than the max allowed length %d",
                           is_invalid, bytes, name.text, KAFKA_TOPIC_NAME_MAX);
    return admin_fault(
        request, error,
        "%s'%.*s' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        is_invalid, bytes, name.text);
}

/* ---- assignments ---------------------------------------------------------------------------------------- */

/* The least broker of the assignment that is above another; -1: none. */
static int32_t next_broker(const struct admin_assignment *assignment, int64_t above)
{
    int64_t least = INT64_MAX;

    for (int32_t i = 0; i < assignment->count; i++)
        if (assignment->brokers[i] > above && assignment->brokers[i] < least)
            least = assignment->brokers[i];
    return least == INT64_MAX ? -1 : (int32_t)least;
}

static int32_t times(const struct admin_assignment *assignment, int32_t broker)
{
    int32_t count = 0;

    for (int32_t i = 0; i < assignment->count; i++)
        count += assignment->brokers[i] == broker;
    return count;
}

/* In the order of ids, as Kafka does. */
static struct admin_fault check_brokers(struct kafka_request *request,
                                        const struct admin_assignment *assignment)
{
    int64_t above = (int64_t)INT32_MIN - 1;

    for (int32_t i = 0; i < assignment->count;) {
        int32_t broker = next_broker(assignment, above);
        if (!kafka_broker_of(request->cluster, broker))
            return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                               "The manual partition assignment includes broker %d, but no such broker is "
                               "registered.",
                               broker);
        if (times(assignment, broker) > 1)
            return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                               "The manual partition assignment includes the broker %d more than once.",
                               broker);
        above = broker;
        i++;
    }
    return admin_no_fault();
}

struct admin_fault admin_assignment_check(struct kafka_request *request,
                                          const struct admin_assignment *assignment, int32_t replica_count,
                                          struct kafka_assignment *out)
{
    struct admin_fault fault;
    bool is_any_alive = false;

    if (assignment->count <= 0)
        return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                           "The manual partition assignment includes an empty replica list.");
    fault = check_brokers(request, assignment);
    if (fault.error)
        return fault;
    if (replica_count && assignment->count != replica_count)
        return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                           "The manual partition assignment includes a partition with %d replica(s), but "
                           "this is not consistent with previous partitions, which have %d replica(s).",
                           assignment->count, replica_count);
    if (assignment->count > KAFKA_REPLICAS_MAX) /* simplified: ours */
        return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT, "A partition has at most %d replicas.",
                           KAFKA_REPLICAS_MAX);
    out->count = assignment->count;
    for (int32_t i = 0; i < assignment->count; i++) {
        out->brokers[i] = assignment->brokers[i];
        is_any_alive |= kafka_broker_is_listed(kafka_broker_of(request->cluster, out->brokers[i]));
    }
    if (!is_any_alive)
        return admin_fault(request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                           "All brokers specified in the manual partition assignment for partition %d are "
                           "fenced or in controlled shutdown.",
                           assignment->partition);
    return admin_no_fault();
}

struct admin_fault admin_place(struct kafka_request *request, int32_t first, int32_t count,
                               int32_t replica_count, struct kafka_assignment *out)
{
    const struct kafka_cluster *cluster = request->cluster;
    bool is_cordoned_told = cluster->model.has_cordoned_directories;
    bool is_any_alive = false;

    if (kafka_topic_place(request->cluster, first, count, replica_count, out))
        return admin_no_fault();
    if (replica_count > KAFKA_REPLICAS_MAX && replica_count <= cluster->broker_count) /* simplified: ours */
        return admin_fault(request, KAFKA_INVALID_REPLICATION_FACTOR, "A partition has at most %d replicas.",
                           KAFKA_REPLICAS_MAX);
    for (int32_t i = 0; i < cluster->broker_count; i++)
        is_any_alive |= kafka_broker_is_listed(&cluster->brokers[i]);
    if (!is_any_alive)
        return admin_fault(request, KAFKA_INVALID_REPLICATION_FACTOR, "All brokers are currently fenced%s.",
                           is_cordoned_told ? ", or have all their log directories cordoned" : "");
    return admin_fault(request, KAFKA_INVALID_REPLICATION_FACTOR,
                       "The target replication factor of %d cannot be reached because only %d broker(s) are "
                       "registered%s.",
                       replica_count, cluster->broker_count,
                       is_cordoned_told ? " or some brokers have all their log directories cordoned" : "");
}
