/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch: reads batches of the leader's log, and waits until there are min_bytes of them, an error, or max_wait_ms.
 *
 * A read begins with the batch that holds the offset (the client skips what lies before it) and ends at the high
 * watermark. The first batch is sent however large it is; so a consumer always gets on (KIP-74). Between high watermark
 * and end of the log there is nothing to read, and no error. Source: KafkaApis.handleFetchRequest,
 * ReplicaManager.fetchMessages, readFromLog, DelayedFetch.scala. A consumer may be sent to a follower: rack.h.
 * Simplified: no fetch sessions (KIP-227: the answer's session id is 0, so clients ask for everything each time).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/rack.h"
#include "sim/kafka/replication.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/convert.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"

enum {
    READ_COMMITTED = 1,
    FROM_FOLLOWER_SINCE = 11,
    BY_TOPIC_ID_SINCE = 13,
    FOLLOWER_STATE_SINCE = 15,
    CURRENT_MAGIC = 2
};

/* What one partition has for this fetch. */
struct slice {
    const struct kafka_log *log;
    size_t first, count; /* entries */
    size_t bytes;
    bool is_committed; /* the aborted transactions are told */
};

/* The batches from offset on that end at or below limit, as far as bytes_max goes; with must_progress the first of them
 * in any case. */
static struct slice cut(const struct kafka_log *log, int64_t offset, int64_t limit, int64_t bytes_max,
                        bool must_progress)
{
    struct slice slice = {.log = log, .first = kafka_log_find(log, offset)};
    for (size_t i = slice.first; i < log->count; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(log, i);
        bool fits = (int64_t)(slice.bytes + entry->batch->bytes) <= bytes_max;
        if (entry->last_offset >= limit || (!fits && (slice.count || !must_progress)))
            break;
        slice.bytes += entry->batch->bytes;
        slice.count++;
    }
    return slice;
}

/* DelayedFetch.tryComplete: how much there is to read from the slice's offset on. It counts what is left of bytes_max where
 * no whole batch fits, so that a fetch does not wait for what it could not take. */
static int64_t available_bytes(const struct slice *slice, int64_t limit, int64_t bytes_max)
{
    int64_t bytes = (int64_t)slice->bytes;
    for (size_t i = slice->first + slice->count; i < slice->log->count && bytes < bytes_max; i++) {
        const struct kafka_log_entry *entry = kafka_log_entry(slice->log, i);
        if (entry->last_offset >= limit)
            break;
        bytes += entry->batch->bytes;
    }
    return bytes < bytes_max ? bytes : bytes_max;
}

static struct wire_bytes records_of(struct kafka_request *request, const struct slice *slice)
{
    if (!slice->count)
        return (struct wire_bytes){.data = (const uint8_t *)"", .bytes = 0};
    if (slice->count == 1) {
        const struct kafka_batch *only = kafka_log_entry(slice->log, slice->first)->batch;
        return (struct wire_bytes){.data = only->data, .bytes = (int32_t)only->bytes};
    }
    uint8_t *data = wire_memory_take(&request->memory, slice->bytes);
    assert(data);
    size_t at = 0;
    for (size_t i = slice->first; i < slice->first + slice->count; i++) {
        const struct kafka_batch *batch = kafka_log_entry(slice->log, i)->batch;
        memcpy(data + at, batch->data, batch->bytes);
        at += batch->bytes;
    }
    return (struct wire_bytes){.data = data, .bytes = (int32_t)at};
}

/* The aborted transactions of what was read from offset on, and a few more: LocalLog.addAbortedTransactions. */
static void list_aborted(struct kafka_request *request, const struct slice *slice, int64_t offset,
                         struct wire_fetch_response_partition *answer)
{
    const struct kafka_aborted *aborted = &slice->log->aborted;
    int64_t upper_offset = kafka_log_upper_bound(slice->log, slice->first, slice->first + slice->count);
    size_t first = kafka_aborted_find(aborted, offset);
    size_t count = kafka_aborted_reach(aborted, first, upper_offset);
    answer->aborted_transactions.items =
        kafka_request_take(request, count * sizeof *answer->aborted_transactions.items);
    for (size_t i = first; i < first + count; i++) {
        const struct kafka_transaction_end *end = &aborted->items[i];
        if (end->first_offset < upper_offset)
            answer->aborted_transactions.items[answer->aborted_transactions.count++] =
                (struct wire_fetch_response_aborted_transaction){.producer_id = end->producer_id,
                                                                 .first_offset = end->first_offset};
    }
}

static const struct wire_fetch_response_partition empty_answer = {
    .high_watermark = -1,
    .last_stable_offset = -1,
    .log_start_offset = -1,
    .diverging_epoch = {.epoch = -1, .end_offset = -1},
    .current_leader = {.leader_id = -1, .leader_epoch = -1},
    .snapshot_id = {.epoch = -1, .end_offset = -1},
    .aborted_transactions = {.count = -1},
    .preferred_read_replica = -1,
    .records = {.data = (const uint8_t *)"", .bytes = 0},
};

/* For clients of old: message sets of magic 0 or 1. The log keeps its batches. */
static void convert(struct kafka_request *request, int64_t offset,
                    struct wire_fetch_response_partition *answer)
{
    struct convert_target target = {.magic = convert_magic_of_fetch(request->header.api_version),
                                    .first_offset = offset,
                                    .codecs = request->cluster->seam.codecs};
    struct wire_output set = {0};
    if (target.magic == CURRENT_MAGIC || !answer->records.bytes)
        return;
    answer->error_code = (int16_t)convert_down(answer->records, &target, &set);
    answer->records = empty_answer.records;
    if (!answer->error_code && set.bytes) {
        uint8_t *data = wire_memory_take(&request->memory, set.bytes);
        assert(data);
        answer->records =
            (struct wire_bytes){.data = memcpy(data, set.data, set.bytes), .bytes = (int32_t)set.bytes};
    }
    free(set.data);
}

static struct kafka_topic *topic_of(const struct kafka_request *request,
                                    const struct wire_fetch_request_topic *asked)
{
    return request->header.api_version >= BY_TOPIC_ID_SINCE
               ? kafka_topic_by_id(request->cluster, &asked->topic_id)
               : kafka_topic_find(request->cluster, asked->topic);
}

/* A fetch under way: what it would answer now. */
struct reading {
    struct wire_fetch_response response;
    struct slice *slices; /* one a partition, in the response's order */
    bool has_waited;
    int32_t count;
    int32_t bytes_max, bytes_min; /* of the request, within what the broker allows (fetch.max.bytes) */
    size_t bytes;
    int64_t available_bytes; /* as far as each partition's limit goes, even within a batch */
    bool is_urgent;          /* an error, or a log that has diverged: it does not wait */
};

/* The broker that fetches as a follower; -1: a consumer. */
static int32_t follower_of(const struct kafka_request *request)
{
    const struct wire_fetch_request *body = request->body;
    return request->header.api_version >= FOLLOWER_STATE_SINCE ? body->replica_state.replica_id
                                                               : body->replica_id;
}

/* Partition.readRecords: OFFSET_OUT_OF_RANGE, or where the log of the last epoch that was fetched ended. */
static int16_t check_range(const struct kafka_log *log, const struct wire_fetch_request_partition *asked,
                           struct wire_fetch_response_epoch_end_offset *diverging_out)
{
    int32_t epoch;
    int64_t end_offset;
    if (asked->fetch_offset < log->start_offset)
        return KAFKA_OFFSET_OUT_OF_RANGE;
    if (asked->last_fetched_epoch >= 0) {
        kafka_log_epoch_end(log, asked->last_fetched_epoch, &epoch, &end_offset);
        if (epoch < 0 || end_offset < 0)
            return KAFKA_OFFSET_OUT_OF_RANGE;
        if (epoch < asked->last_fetched_epoch || end_offset < asked->fetch_offset) {
            *diverging_out =
                (struct wire_fetch_response_epoch_end_offset){.epoch = epoch, .end_offset = end_offset};
            return KAFKA_NONE;
        }
    }
    return asked->fetch_offset > log->end_offset ? KAFKA_OFFSET_OUT_OF_RANGE : KAFKA_NONE;
}

static int64_t limit_of(const struct kafka_request *request, const struct kafka_replica *replica)
{
    const struct wire_fetch_request *body = request->body;
    if (follower_of(request) >= 0)
        return replica->log.end_offset;
    return body->isolation_level == READ_COMMITTED ? kafka_partition_last_stable(replica)
                                                   : replica->high_watermark;
}

static bool is_committed(const struct kafka_request *request)
{
    const struct wire_fetch_request *body = request->body;
    return body->isolation_level == READ_COMMITTED && follower_of(request) < 0;
}

/* A consumer that may say its rack is served by a follower, too. One that is to lead, and has not begun, serves nobody.
 * Source: ReplicaManager.fetchMessages (clientMetadata), Partition.localLogWithEpochOrThrow. */
static struct kafka_replica *follower_to_read(const struct kafka_request *request,
                                              struct kafka_partition *partition)
{
    bool may_read = request->header.api_version >= FROM_FOLLOWER_SINCE && follower_of(request) < 0 &&
                    partition->leader != request->broker->id;
    struct kafka_replica *replica = may_read ? kafka_partition_replica(partition, request->broker->id) : NULL;
    return replica && replica->learned.leader_epoch >= 0 ? replica : NULL;
}

/* The leader mostly. */
static struct kafka_replica *replica_of(struct kafka_request *request, struct kafka_topic *topic,
                                        const struct wire_fetch_request_partition *asked,
                                        struct wire_fetch_response_partition *answer)
{
    struct kafka_partition *partition = kafka_topic_partition(topic, asked->partition);
    struct kafka_replica *leader =
        kafka_partition_at(request->broker, partition, asked->current_leader_epoch, &answer->error_code);
    if (answer->error_code == KAFKA_NOT_LEADER_OR_FOLLOWER)
        leader = follower_to_read(request, partition);
    if (leader)
        answer->error_code = KAFKA_NONE;
    if (!topic && request->header.api_version >= BY_TOPIC_ID_SINCE)
        answer->error_code = KAFKA_UNKNOWN_TOPIC_ID;
    if (!partition)
        answer->aborted_transactions.count = 0; /* not null, as in every other error */
    else if (leader && follower_of(request) >= 0 &&
             !kafka_partition_replica(partition, follower_of(request))) {
        answer->error_code = KAFKA_NOT_LEADER_OR_FOLLOWER; /* who follows has to be a replica */
        return NULL;
    }
    if (answer->error_code == KAFKA_NOT_LEADER_OR_FOLLOWER ||
        answer->error_code == KAFKA_FENCED_LEADER_EPOCH) {
        answer->current_leader.leader_id = partition->leader;
        answer->current_leader.leader_epoch = partition->leader_epoch;
    }
    return leader;
}

static int32_t preferred_of(const struct kafka_request *request, const struct kafka_replica *replica,
                            int64_t fetch_offset)
{
    const struct wire_fetch_request *body = request->body;
    bool may_leave = request->header.api_version >= FROM_FOLLOWER_SINCE && follower_of(request) < 0 &&
                     kafka_replication_leads(replica);
    return may_leave ? kafka_rack_preferred(replica, body->rack_id, fetch_offset) : KAFKA_NOBODY;
}

/* One partition's answer, but for its records: they are in the slice. */
static void look(struct kafka_request *request, struct kafka_topic *topic,
                 const struct wire_fetch_request_partition *asked, struct reading *reading,
                 struct wire_fetch_response_partition *answer)
{
    struct slice *slice = &reading->slices[reading->count++];
    *slice = (struct slice){0};
    *answer = empty_answer;
    answer->partition_index = asked->partition;
    struct kafka_replica *replica = replica_of(request, topic, asked, answer);
    if (!replica)
        return;
    const struct kafka_log *log = &replica->log;
    answer->error_code = check_range(log, asked, &answer->diverging_epoch);
    if (answer->error_code)
        return;
    answer->high_watermark = replica->high_watermark;
    answer->last_stable_offset = kafka_partition_last_stable(replica);
    answer->log_start_offset = log->start_offset;
    if (answer->diverging_epoch.epoch >= 0)
        return;
    answer->preferred_read_replica = preferred_of(request, replica, asked->fetch_offset);
    if (answer->preferred_read_replica != KAFKA_NOBODY)
        return;
    if (is_committed(request))
        answer->aborted_transactions.count = 0;
    int64_t limit = limit_of(request, replica);
    int64_t bytes_left = (int64_t)reading->bytes_max - (int64_t)reading->bytes;
    int64_t bytes_max = asked->partition_max_bytes < bytes_left ? asked->partition_max_bytes : bytes_left;
    *slice = cut(log, asked->fetch_offset, limit, bytes_max, reading->bytes == 0);
    slice->is_committed = is_committed(request) && asked->fetch_offset < limit;
    reading->available_bytes += available_bytes(slice, limit, asked->partition_max_bytes);
}

/* Looks at all partitions anew. */
static void look_at_all(struct kafka_request *request, struct reading *reading)
{
    const struct wire_fetch_request *body = request->body;
    reading->count = 0;
    reading->bytes = 0;
    reading->available_bytes = 0;
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_fetch_request_topic *asked = &body->topics.items[i];
        struct kafka_topic *topic = topic_of(request, asked);
        for (int32_t j = 0; j < asked->partitions.count; j++) {
            struct wire_fetch_response_partition *answer =
                &reading->response.responses.items[i].partitions.items[j];
            look(request, topic, &asked->partitions.items[j], reading, answer);
            reading->bytes += reading->slices[reading->count - 1].bytes;
            if (answer->error_code || answer->diverging_epoch.epoch >= 0 ||
                answer->preferred_read_replica != KAFKA_NOBODY)
                reading->is_urgent = true;
        }
    }
}

static void answer(struct kafka_request *request, struct reading *reading)
{
    const struct wire_fetch_request *body = request->body;
    bool omits_aborted =
        reading->has_waited && kafka_bug_is_in(request->cluster->model.bugs, KAFKA_BUG_OMITS_ABORTED_LIST);
    int32_t index = 0;
    for (int32_t i = 0; i < reading->response.responses.count; i++) {
        struct wire_fetch_response_topic *topic = &reading->response.responses.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            const struct slice *slice = &reading->slices[index++];
            int64_t offset = body->topics.items[i].partitions.items[j].fetch_offset;
            topic->partitions.items[j].records = records_of(request, slice);
            if (slice->is_committed && !omits_aborted)
                list_aborted(request, slice, offset, &topic->partitions.items[j]);
            convert(request, offset, &topic->partitions.items[j]);
        }
    }
    kafka_request_answer(request, &reading->response);
}

static void on_change(struct kafka_request *request)
{
    struct reading *reading = request->wait;
    look_at_all(request, reading);
    if (reading->is_urgent || reading->available_bytes >= reading->bytes_min)
        answer(request, reading);
}

static void on_due(struct kafka_request *request)
{
    look_at_all(request, request->wait);
    answer(request, request->wait);
}

static void wait_for_data(struct kafka_request *request, struct reading *reading)
{
    const struct wire_fetch_request *body = request->body;
    request->wait = reading;
    reading->has_waited = true;
    request->on_change = on_change;
    request->on_due = on_due;
    request->ends_with_client = true;
    kafka_request_wait(request, request->cluster->now_ns + (int64_t)body->max_wait_ms * NS_PER_MS,
                       reading->count);
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct kafka_topic *topic = topic_of(request, &body->topics.items[i]);
        for (int32_t j = 0; j < body->topics.items[i].partitions.count; j++)
            kafka_request_watch(
                request,
                &kafka_topic_partition(topic, body->topics.items[i].partitions.items[j].partition)->watched);
    }
}

static struct reading *reading_new(struct kafka_request *request)
{
    const struct wire_fetch_request *body = request->body;
    struct reading *reading = kafka_request_take(request, sizeof *reading);
    struct wire_fetch_response *response = &reading->response;
    int32_t allowed = kafka_configs_fetch_bytes_max(request->cluster);
    size_t partitions = 0;
    reading->bytes_max = body->max_bytes < allowed ? body->max_bytes : allowed;
    reading->bytes_min = body->min_bytes < reading->bytes_max ? body->min_bytes : reading->bytes_max;
    response->responses.count = body->topics.count;
    response->responses.items =
        kafka_request_take(request, (size_t)body->topics.count * sizeof *response->responses.items);
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_fetch_request_topic *asked = &body->topics.items[i];
        struct wire_fetch_response_topic *topic = &response->responses.items[i];
        topic->topic = asked->topic;
        topic->topic_id = asked->topic_id;
        topic->partitions.count = asked->partitions.count;
        topic->partitions.items =
            kafka_request_take(request, (size_t)asked->partitions.count * sizeof *topic->partitions.items);
        partitions += (size_t)asked->partitions.count;
    }
    reading->slices = kafka_request_take(request, partitions * sizeof *reading->slices);
    return reading;
}

void kafka_fetch(struct kafka_request *request)
{
    const struct wire_fetch_request *body = request->body;
    struct reading *reading = reading_new(request);
    if (body->session_id) {
        reading->response.error_code = KAFKA_FETCH_SESSION_ID_NOT_FOUND;
        reading->response.responses.count = 0;
        kafka_request_answer(request, &reading->response);
        return;
    }
    look_at_all(request, reading);
    if (reading->is_urgent || !reading->count || body->max_wait_ms <= 0 ||
        (int64_t)reading->bytes >= reading->bytes_min || reading->available_bytes >= reading->bytes_min)
        answer(request, reading);
    else
        wait_for_data(request, reading);
}
