/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_offsets: where a partition starts, ends, and what came when.
 *
 *   -1 latest            high watermark; for read_committed the last stable offset
 *   -2 earliest, -4 earliest in local storage   start of the log
 *   -3 largest timestamp (since version 7), and any timestamp >= 0: the first record that late, if it may be read yet
 *   -5 latest in remote storage (9), -6 earliest to be uploaded (11)   -1: there is no remote storage here
 *
 * A leader whose high watermark is below the start of its term answers OFFSET_NOT_AVAILABLE (before version 5:
 * LEADER_NOT_AVAILABLE) where that could be a step back. Version 0 answers with offsets of segments. Source:
 * ReplicaManager.fetchOffset, Partition.fetchOffsetForTimestamp, UnifiedLog.legacyFetchOffsetsBefore (3.9).
 */
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"

enum {
    LATEST = -1,
    EARLIEST = -2,
    LARGEST_TIMESTAMP = -3,
    EARLIEST_LOCAL = -4,
    LATEST_TIERED = -5,
    EARLIEST_PENDING_UPLOAD = -6,
};

enum { CONSUMER = -1, DEBUGGER = -2 }; /* replica_id */
enum { READ_COMMITTED = 1, NOT_AVAILABLE_SINCE = 5, LEADER_EPOCH_SINCE = 4 };

/* INT16_MAX: there is no such special timestamp. */
static int16_t supported_since(int64_t timestamp)
{
    switch (timestamp) {
    case LATEST:
    case EARLIEST:
        return 1;
    case LARGEST_TIMESTAMP:
        return 7;
    case EARLIEST_LOCAL:
        return 8;
    case LATEST_TIERED:
        return 9;
    case EARLIEST_PENDING_UPLOAD:
        return 11;
    default:
        return timestamp >= 0 ? 1 : INT16_MAX;
    }
}

/* The replica that answers, or NULL and an error. The debugging consumer may ask any replica. */
static struct kafka_replica *replica_of(struct kafka_request *request, struct kafka_partition *partition,
                                        int32_t leader_epoch, int16_t *error_out)
{
    const struct wire_list_offsets_request *body = request->body;
    struct kafka_replica *replica = kafka_partition_at(request->broker, partition, leader_epoch, error_out);
    if (!replica && *error_out == KAFKA_NOT_LEADER_OR_FOLLOWER && body->replica_id == DEBUGGER) {
        replica = kafka_partition_replica(partition, request->broker->id);
        if (replica)
            *error_out = KAFKA_NONE;
    }
    return replica;
}

/* Behind what a client may see. Other brokers may see everything. */
static int64_t readable_end(const struct wire_list_offsets_request *body, const struct kafka_replica *replica)
{
    if (body->replica_id != CONSUMER)
        return replica->log.end_offset;
    return body->isolation_level == READ_COMMITTED ? kafka_partition_last_stable(replica)
                                                   : replica->high_watermark;
}

/* The high watermark does not yet cover what the leaders before had: to answer with it could be a step back. */
static bool is_lagging(const struct wire_list_offsets_request *body, const struct kafka_replica *replica)
{
    const struct kafka_log *log = &replica->log;
    if (body->replica_id != CONSUMER || replica->learned.leader != replica->broker || log->epoch_count == 0)
        return false;
    const struct kafka_log_epoch *latest = &log->epochs[log->epoch_count - 1];
    return latest->epoch == replica->learned.leader_epoch && latest->start_offset > replica->high_watermark;
}

/* The record that is meant. False: there is none. */
static bool find_record(const struct kafka_request *request, const struct kafka_log *log, int64_t timestamp,
                        struct kafka_log_moment *out)
{
    const struct wire_codecs *codecs = request->cluster->seam.codecs;
    return timestamp == LARGEST_TIMESTAMP ? kafka_log_latest_time(log, codecs, out)
                                          : kafka_log_by_time(log, codecs, timestamp, out);
}

static void answer_record(struct kafka_request *request, const struct kafka_replica *replica,
                          int64_t timestamp, struct wire_list_offsets_response_partition *answer)
{
    const struct wire_list_offsets_request *body = request->body;
    struct kafka_log_moment moment;
    if (find_record(request, &replica->log, timestamp, &moment) &&
        moment.offset < readable_end(body, replica)) {
        answer->offset = moment.offset;
        answer->timestamp = moment.timestamp_ms;
        answer->leader_epoch = moment.leader_epoch;
    } else if (is_lagging(body, replica)) {
        answer->error_code = KAFKA_OFFSET_NOT_AVAILABLE;
    }
}

static void answer_offset(struct kafka_request *request, const struct kafka_replica *replica,
                          int64_t timestamp, struct wire_list_offsets_response_partition *answer)
{
    const struct kafka_log *log = &replica->log;
    switch (timestamp) {
    case LATEST:
        if (is_lagging(request->body, replica)) {
            answer->error_code = KAFKA_OFFSET_NOT_AVAILABLE;
            break;
        }
        answer->offset = readable_end(request->body, replica);
        answer->leader_epoch = replica->learned.leader_epoch;
        break;
    case EARLIEST:
    case EARLIEST_LOCAL:
        answer->offset = log->start_offset;
        answer->leader_epoch = kafka_log_epoch_at(log, log->start_offset);
        break;
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
        break;
    default:
        answer_record(request, replica, timestamp, answer);
        break;
    }
}

static void answer_one(struct kafka_request *request, const struct kafka_topic *topic,
                       const struct wire_list_offsets_request_partition *asked,
                       struct wire_list_offsets_response_partition *answer)
{
    int16_t version = request->header.api_version;
    if (version < supported_since(asked->timestamp)) {
        answer->error_code = KAFKA_UNSUPPORTED_VERSION;
        return;
    }
    struct kafka_partition *partition = topic ? kafka_topic_partition(topic, asked->partition_index) : NULL;
    const struct kafka_replica *replica =
        replica_of(request, partition, asked->current_leader_epoch, &answer->error_code);
    if (!partition || !replica)
        return;
    answer_offset(request, replica, asked->timestamp, answer);
    if (answer->error_code == KAFKA_OFFSET_NOT_AVAILABLE && version < NOT_AVAILABLE_SINCE)
        answer->error_code = KAFKA_LEADER_NOT_AVAILABLE;
    if (version < LEADER_EPOCH_SINCE)
        answer->leader_epoch = -1;
}

/* ---- version 0 ------------------------------------------------------------------------------------------- */

/* Where segments begin, and the end of the log, newest first; at most count_max. A timestamp asks for those that were
 * written to last before it: by the file's time in Kafka, by its largest timestamp here. */
static int32_t segment_offsets(const struct kafka_log *log, int64_t timestamp, int32_t count_max,
                               int64_t now_ms, int64_t *out)
{
    int32_t count = 0;
    if (timestamp == EARLIEST) {
        if (count_max > 0)
            out[count++] = log->start_offset;
        return count;
    }
    bool is_within = timestamp == LATEST || timestamp >= now_ms;
    if (log->segment_bytes > 0 && is_within && count < count_max)
        out[count++] = log->end_offset;
    if (log->segment_bytes == 0 && is_within && count < count_max)
        out[count++] = log->segment_offset > log->start_offset ? log->segment_offset : log->start_offset;
    int64_t largest_ms = -1;
    for (size_t i = log->count; i-- > 0 && count < count_max;) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        if (entry->max_timestamp_ms > largest_ms)
            largest_ms = entry->max_timestamp_ms;
        if (!entry->starts_segment)
            continue;
        is_within = is_within || largest_ms <= timestamp;
        if (is_within)
            out[count++] = entry->base_offset > log->start_offset ? entry->base_offset : log->start_offset;
        largest_ms = -1;
    }
    return count;
}

static int32_t segment_count(const struct kafka_log *log)
{
    int32_t count = 2;
    for (size_t i = 0; i < log->count; i++)
        count += kafka_log_entry(log, i)->starts_segment;
    return count;
}

static void answer_one_of_old(struct kafka_request *request, const struct kafka_topic *topic,
                              const struct wire_list_offsets_request_partition *asked,
                              struct wire_list_offsets_response_partition *answer)
{
    const struct wire_list_offsets_request *body = request->body;
    struct kafka_partition *partition = topic ? kafka_topic_partition(topic, asked->partition_index) : NULL;
    if (asked->timestamp < EARLIEST) {
        answer->error_code = KAFKA_UNSUPPORTED_VERSION;
        return;
    }
    const struct kafka_replica *replica = replica_of(request, partition, -1, &answer->error_code);
    if (!replica)
        return;
    if (asked->max_num_offsets < 0) { /* a Java array of negative size */
        answer->error_code = KAFKA_UNKNOWN_SERVER_ERROR;
        return;
    }
    int32_t count_max = segment_count(&replica->log);
    if (asked->max_num_offsets < count_max)
        count_max = asked->max_num_offsets;
    int64_t *offsets = kafka_request_take(request, (size_t)count_max * sizeof *offsets);
    int32_t count = segment_offsets(&replica->log, asked->timestamp, count_max,
                                    kafka_cluster_now_ms(request->cluster), offsets);
    /* A consumer sees the high watermark in place of all that is beyond. */
    int32_t beyond = 0;
    while (body->replica_id == CONSUMER && beyond < count && offsets[beyond] > replica->high_watermark)
        beyond++;
    if (beyond > 0)
        offsets[--beyond] = replica->high_watermark;
    answer->old_style_offsets.items = offsets + beyond;
    answer->old_style_offsets.count = count - beyond;
}

/* ---- all ------------------------------------------------------------------------------------------------- */

/* All partitions that are asked for, in the request's order. */
static struct kafka_asked *match(struct kafka_request *request)
{
    const struct wire_list_offsets_request *body = request->body;
    int32_t count = 0;
    for (int32_t i = 0; i < body->topics.count; i++)
        count += body->topics.items[i].partitions.count;
    struct kafka_asked *asked = kafka_request_take(request, (size_t)count * sizeof *asked);
    count = 0;
    for (int32_t i = 0; i < body->topics.count; i++)
        for (int32_t j = 0; j < body->topics.items[i].partitions.count; j++)
            asked[count++] =
                (struct kafka_asked){.topic = body->topics.items[i].name,
                                     .partition = body->topics.items[i].partitions.items[j].partition_index};
    kafka_asked_match(request, asked, count);
    return asked;
}

/* place: of its first partition among all of the request. */
static void answer_topic(struct kafka_request *request, const struct wire_list_offsets_request_topic *asked,
                         const struct kafka_asked *all, int32_t place,
                         struct wire_list_offsets_response_topic *answer)
{
    const struct kafka_topic *topic = kafka_topic_find(request->cluster, asked->name);
    answer->name = asked->name;
    answer->partitions.items =
        kafka_request_take(request, (size_t)asked->partitions.count * sizeof *answer->partitions.items);
    for (int32_t i = 0; i < asked->partitions.count; i++) {
        bool is_old = request->header.api_version == 0;
        const struct kafka_asked *matched = &all[place + i];
        if (!is_old && matched->first != place + i && !request->cluster->model.answers_doubles_twice)
            continue; /* answered already */
        struct wire_list_offsets_response_partition *partition =
            &answer->partitions.items[answer->partitions.count++];
        *partition = (struct wire_list_offsets_response_partition){
            .partition_index = asked->partitions.items[i].partition_index,
            .timestamp = -1,
            .offset = -1,
            .leader_epoch = -1};
        if (is_old)
            answer_one_of_old(request, topic, &asked->partitions.items[i], partition);
        else if (matched->first != matched->last)
            partition->error_code = KAFKA_INVALID_REQUEST;
        else
            answer_one(request, topic, &asked->partitions.items[i], partition);
    }
}

void kafka_list_offsets(struct kafka_request *request)
{
    const struct wire_list_offsets_request *body = request->body;
    struct wire_list_offsets_response response = {0};
    const struct kafka_asked *all = match(request);
    int32_t place = 0;
    response.topics.items =
        kafka_request_take(request, (size_t)body->topics.count * sizeof *response.topics.items);
    for (int32_t i = 0; i < body->topics.count; i++) {
        struct wire_list_offsets_response_topic *answer = &response.topics.items[response.topics.count];
        answer_topic(request, &body->topics.items[i], all, place, answer);
        place += body->topics.items[i].partitions.count;
        if (answer->partitions.count > 0 || request->header.api_version == 0)
            response.topics.count++;
    }
    kafka_request_answer(request, &response);
}
