/* SPDX-License-Identifier: Apache-2.0 */
/*
 * txn_offset_commit: TxnOffsetCommit: offsets that count once the transaction is committed.
 *
 *   topics and partitions that do not exist are refused first; then verification (KIP-890), the group (KIP-447), one
 *   transactional batch in the group's partition of __consumer_offsets; answered when that is replicated
 *
 * simplified: the leader refuses with fewer in-sync replicas than the minimum, where 4.3 would append and time out; an
 * offset whose request failed after the append stays pending in 3.9, too. Left out: version 5 adds the partition to
 * the transaction by itself. Source: KafkaApis.scala (handleTxnOffsetCommitRequest), OffsetMetadataManager.java,
 * ClassicGroup.java (validateOffsetCommit), CoordinatorOperationExceptionHelper.java; GroupCoordinator.scala of 3.9.
 */
#include "sim/kafka/api.h"

#include <stdlib.h>
#include "sim/kafka/acknowledge.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/config.h"
#include "sim/kafka/coordinator.h"
#include "sim/kafka/group_private.h"
#include "sim/kafka/partition.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/transaction.h"

enum {
    FIRST_VERSION_KNOWING_LOADING = 2,   /* COORDINATOR_LOAD_IN_PROGRESS */
    FIRST_VERSION_KNOWING_ABORTABLE = 4, /* TRANSACTION_ABORTABLE */
};

/* One partition that exists: what is asked for, and its answer. */
struct entry {
    const struct wire_txn_offset_commit_request_topic *topic;
    const struct wire_txn_offset_commit_request_partition *asked;
    struct wire_txn_offset_commit_response_partition *answer;
    bool is_refused; /* on its own: OFFSET_METADATA_TOO_LARGE */
};

struct commit {
    struct kafka_request *request;
    struct wire_txn_offset_commit_response response;
    int32_t *topic_of; /* the place in the response of the topic of that place in the request; -1: none yet */
    const struct kafka_asked *topics;
    const struct kafka_asked *partitions; /* of all topics, one behind the other */
    struct entry *entries;
    int32_t entry_count;
    bool merges; /* a topic that is named twice is answered once */
    struct kafka_acknowledge acknowledge;
    struct kafka_acknowledge_part batch; /* the only part */
    int16_t batch_error;
};

/* ---- the response, in Kafka's order ---- */

static int32_t partition_count(const struct wire_txn_offset_commit_request *body)
{
    int32_t count = 0;
    for (int32_t i = 0; i < body->topics.count; i++)
        count += body->topics.items[i].partitions.count;
    return count;
}

static void match(struct commit *commit)
{
    const struct wire_txn_offset_commit_request *body = commit->request->body;
    int32_t count = 0;
    struct kafka_asked *asked =
        kafka_request_take(commit->request, (size_t)partition_count(body) * sizeof(*asked));
    for (int32_t i = 0; i < body->topics.count; i++)
        for (int32_t j = 0; j < body->topics.items[i].partitions.count; j++)
            asked[count++] =
                (struct kafka_asked){.topic = body->topics.items[i].name,
                                     .partition = body->topics.items[i].partitions.items[j].partition_index};
    kafka_asked_match(commit->request, asked, count);
    commit->partitions = asked;
    if (body->topics.count > 0)
        commit->topics = kafka_asked_names(commit->request, &body->topics.items[0].name, body->topics.count,
                                           sizeof(*body->topics.items));
}

static struct wire_txn_offset_commit_response_partition *write(struct commit *commit, int32_t topic_index,
                                                               int32_t partition)
{
    const struct wire_txn_offset_commit_request *body = commit->request->body;
    int32_t place = commit->merges ? commit->topics[topic_index].first : topic_index;
    if (commit->topic_of[place] < 0) {
        commit->topic_of[place] = commit->response.topics.count++;
        struct wire_txn_offset_commit_response_topic *fresh =
            &commit->response.topics.items[commit->topic_of[place]];
        fresh->name = body->topics.items[topic_index].name;
        int32_t count = 0;
        for (int32_t i = 0; i < body->topics.count; i++)
            if (i == topic_index || (commit->merges && commit->topics[i].first == place))
                count += body->topics.items[i].partitions.count;
        fresh->partitions.items =
            kafka_request_take(commit->request, (size_t)count * sizeof(*fresh->partitions.items));
    }
    struct wire_txn_offset_commit_response_topic *topic =
        &commit->response.topics.items[commit->topic_of[place]];
    struct wire_txn_offset_commit_response_partition *answer =
        &topic->partitions.items[topic->partitions.count++];
    answer->partition_index = partition;
    answer->error_code = KAFKA_NONE;
    return answer;
}

/* Writes those that exist (as the coordinator then sees them), or those that do not. */
static void write_all(struct commit *commit, bool is_known)
{
    const struct wire_txn_offset_commit_request *body = commit->request->body;
    const struct kafka_cluster *cluster = commit->request->cluster;
    const struct kafka_asked *own = commit->partitions;
    for (int32_t i = 0; i < body->topics.count; i++) {
        const struct wire_txn_offset_commit_request_topic *asked = &body->topics.items[i];
        const struct kafka_topic *topic = kafka_topic_find(cluster, asked->name);
        for (int32_t j = 0; j < asked->partitions.count; j++, own++) {
            int32_t partition = asked->partitions.items[j].partition_index;
            if (is_known != (topic && kafka_topic_partition(topic, partition)))
                continue;
            if (is_known && cluster->model.has_old_coordinator && own->last != own->own)
                continue; /* 3.9 has a map of them */
            struct wire_txn_offset_commit_response_partition *answer = write(commit, i, partition);
            if (is_known)
                commit->entries[commit->entry_count++] =
                    (struct entry){.topic = asked, .asked = &asked->partitions.items[j], .answer = answer};
            else
                answer->error_code = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
        }
    }
}

/* ---- errors ---- */

static int16_t error_of(const struct kafka_request *request, int16_t error)
{
    bool has_old_coordinator = request->cluster->model.has_old_coordinator;
    switch (error) {
    case KAFKA_NETWORK_EXCEPTION:
        return request->header.api_version < FIRST_VERSION_KNOWING_LOADING
                   ? KAFKA_COORDINATOR_NOT_AVAILABLE
                   : KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    case KAFKA_REQUEST_TIMED_OUT:
        return has_old_coordinator ? error : kafka_coordinator_error(error);
    case KAFKA_MESSAGE_TOO_LARGE:
        return has_old_coordinator ? KAFKA_INVALID_COMMIT_OFFSET_SIZE : KAFKA_UNKNOWN_SERVER_ERROR;
    default:
        return kafka_coordinator_error(error);
    }
}

/* Who came as far as the append tells 3.9's coordinator apart from what was wrong with one offset. */
static void answer(struct commit *commit, int16_t error, bool is_of_append)
{
    bool keeps_own = is_of_append && commit->request->cluster->model.has_old_coordinator;
    for (int32_t i = 0; i < commit->entry_count; i++) {
        struct entry *entry = &commit->entries[i];
        if (entry->is_refused && (!error || keeps_own))
            entry->answer->error_code = KAFKA_OFFSET_METADATA_TOO_LARGE;
        else
            entry->answer->error_code = error_of(commit->request, error);
    }
    kafka_request_answer(commit->request, &commit->response);
}

/* ---- may it? ---- */

static int16_t verify(const struct kafka_request *request, const struct kafka_partition *partition,
                      const struct kafka_log *log)
{
    const struct wire_txn_offset_commit_request *body = request->body;
    const struct kafka_producer *producer = kafka_producers_find(&log->producers, body->producer_id);
    bool is_open = producer && producer->transaction_first_offset >= 0 &&
                   (producer->epoch == body->producer_epoch || request->cluster->model.has_old_coordinator);
    if (is_open || body->transactional_id.bytes < 0 ||
        !kafka_configs_flag(request->cluster, "transaction.partition.verification.enable"))
        return KAFKA_NONE;
    int16_t error = kafka_transaction_verify(request->cluster, body->transactional_id, body->producer_id,
                                             body->producer_epoch, partition);
    if (error == KAFKA_PRODUCER_FENCED)
        return KAFKA_INVALID_PRODUCER_EPOCH;
    if (error == KAFKA_TRANSACTION_ABORTABLE && request->header.api_version < FIRST_VERSION_KNOWING_ABORTABLE)
        return KAFKA_INVALID_TXN_STATE;
    return error;
}

/* A simple commit makes the group; in 3.9, any does. */
static int16_t group_fault(const struct kafka_request *request, struct kafka_group **group_out,
                           bool *is_fresh_out)
{
    const struct wire_txn_offset_commit_request *body = request->body;
    struct kafka_groups *groups = request->cluster->groups;
    struct kafka_group *group = kafka_group_find(groups, body->group_id);
    *is_fresh_out = !group;
    if (!group && body->generation_id >= 0 && !request->cluster->model.has_old_coordinator)
        return KAFKA_ILLEGAL_GENERATION;
    if (!group) {
        group = kafka_group_new(groups, body->group_id);
        kafka_offset_plan_expiry(group);
    }
    *group_out = group;
    if (body->generation_id < 0 && group->state == KAFKA_GROUP_EMPTY)
        return KAFKA_NONE;
    if (body->generation_id < 0 && body->member_id.bytes <= 0 && body->group_instance_id.bytes < 0)
        return KAFKA_NONE; /* of before KIP-447, from a group with members: nobody asks whose they are */
    int16_t fault = kafka_group_member_fault(group, body->member_id, body->group_instance_id);
    if (!fault && body->generation_id != group->generation)
        fault = KAFKA_ILLEGAL_GENERATION;
    return fault;
}

/* ---- the batch ---- */

static struct kafka_offset offset_of(const struct kafka_request *request, const struct entry *entry)
{
    int32_t leader_epoch = entry->asked->committed_leader_epoch;
    struct wire_string metadata = entry->asked->committed_metadata;
    return (struct kafka_offset){
        .topic = entry->topic->name,
        .partition = entry->asked->partition_index,
        .offset = entry->asked->committed_offset,
        .leader_epoch = leader_epoch < 0 ? -1 : leader_epoch,
        .metadata = metadata.bytes < 0 ? wire_string_of("") : metadata,
        .commit_ms = kafka_cluster_now_ms(request->cluster),
        .expire_ms = -1,
        .is_transactional = true,
    };
}

/* Appends the batch. 0 and where it ends, or why not. */
static int16_t append(const struct commit *commit, struct kafka_partition *partition, int32_t record_count,
                      int64_t *end_offset_out)
{
    const struct wire_txn_offset_commit_request *body = commit->request->body;
    struct wire_batch header = {
        .magic = 2,
        .producer_id = body->producer_id,
        .producer_epoch = body->producer_epoch,
        .base_timestamp_ms = kafka_cluster_now_ms(commit->request->cluster),
        .record_count = record_count,
        .is_transactional = true,
    };
    struct wire_output records = {0};
    int32_t count = 0;
    for (int32_t i = 0; i < commit->entry_count; i++) {
        struct kafka_offset offset = offset_of(commit->request, &commit->entries[i]);
        if (!commit->entries[i].is_refused)
            kafka_offset_record_append(&header, count++, body->group_id, &offset, &records);
    }
    int16_t error = KAFKA_MESSAGE_TOO_LARGE;
    if (records.bytes + WIRE_BATCH_HEADER_BYTES <= (size_t)partition->topic->config.max_message_bytes)
        error = kafka_partition_write(
            partition, &header, (struct wire_bytes){.data = records.data, .bytes = (int32_t)records.bytes},
            end_offset_out);
    free(records.data);
    return error;
}

static void pend(const struct commit *commit, struct kafka_group *group, int64_t base_offset)
{
    const struct wire_txn_offset_commit_request *body = commit->request->body;
    for (int32_t i = 0; i < commit->entry_count; i++) {
        struct kafka_offset offset = offset_of(commit->request, &commit->entries[i]);
        if (commit->entries[i].is_refused)
            continue;
        offset.record_offset = base_offset++;
        kafka_offset_pend(group, body->producer_id, &offset);
    }
}

static void answer_batch(struct kafka_request *request, struct kafka_acknowledge *acknowledge)
{
    struct commit *commit = KAFKA_OWNER(acknowledge, struct commit, acknowledge);
    int16_t error = commit->batch_error;
    (void)request;
    answer(commit, error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION ? KAFKA_NOT_LEADER_OR_FOLLOWER : error, true);
}

static void wait_for_replicas(struct commit *commit, struct kafka_partition *partition)
{
    struct kafka_request *request = commit->request;
    commit->batch.partition = partition;
    commit->batch.leader_epoch = partition->leader_epoch;
    commit->batch.error_out = &commit->batch_error;
    commit->acknowledge = (struct kafka_acknowledge){.parts = &commit->batch,
                                                     .count = 1,
                                                     .is_settled = kafka_acknowledge_appended,
                                                     .answer = answer_batch};
    kafka_acknowledge(request, &commit->acknowledge,
                      kafka_configs_number(request->cluster, "offsets.commit.timeout.ms"));
}

static void commit_all(struct commit *commit)
{
    struct kafka_request *request = commit->request;
    const struct wire_txn_offset_commit_request *body = request->body;
    if (body->group_id.bytes <= 0 || !kafka_coordinator_is(request->broker, body->group_id)) {
        answer(commit, body->group_id.bytes <= 0 ? KAFKA_INVALID_GROUP_ID : KAFKA_NOT_COORDINATOR, false);
        return;
    }
    struct kafka_partition *partition =
        kafka_coordinator_partition(request->cluster, KAFKA_GROUP_TOPIC, body->group_id);
    int16_t error = verify(request, partition, &kafka_partition_leader(partition)->log);
    if (!error && (body->producer_id < 0 || body->producer_epoch < 0))
        error = KAFKA_UNKNOWN_SERVER_ERROR; /* MemoryRecordsBuilder makes no such batch */
    struct kafka_group *group = NULL;
    bool is_fresh = false;
    if (!error)
        error = group_fault(request, &group, &is_fresh);
    if (error) {
        answer(commit, error, false);
        return;
    }
    int64_t metadata_max = kafka_configs_number(request->cluster, "offset.metadata.max.bytes");
    int32_t record_count = 0;
    for (int32_t i = 0; i < commit->entry_count; i++) {
        struct entry *entry = &commit->entries[i];
        entry->is_refused = kafka_coordinator_utf16_length(entry->asked->committed_metadata) > metadata_max;
        record_count += !entry->is_refused;
    }
    if (record_count == 0) {
        answer(commit, KAFKA_NONE, false);
        return;
    }
    error = append(commit, partition, record_count, &commit->batch.offset);
    if (error) {
        if (is_fresh && !request->cluster->model.has_old_coordinator)
            kafka_group_delete(group);
        answer(commit, error, true);
        return;
    }
    pend(commit, group, commit->batch.offset - record_count);
    wait_for_replicas(commit, partition);
}

void kafka_txn_offset_commit(struct kafka_request *request)
{
    const struct wire_txn_offset_commit_request *body = request->body;
    size_t topic_count = (size_t)(body->topics.count > 0 ? body->topics.count : 0);
    struct commit *commit = kafka_request_take(request, sizeof(*commit));
    commit->request = request;
    wire_init(&wire_txn_offset_commit_response_schema, &commit->response);
    commit->response.topics.items =
        kafka_request_take(request, topic_count * sizeof(*commit->response.topics.items));
    commit->topic_of = kafka_request_take(request, topic_count * sizeof(*commit->topic_of));
    for (size_t i = 0; i < topic_count; i++)
        commit->topic_of[i] = -1;
    commit->entries = kafka_request_take(request, (size_t)partition_count(body) * sizeof(*commit->entries));
    match(commit);
    commit->merges = true;
    write_all(commit, false);
    commit->merges = commit->response.topics.count > 0 || request->cluster->model.has_old_coordinator;
    write_all(commit, true);
    if (commit->entry_count > 0)
        commit_all(commit);
    else
        kafka_request_answer(request, &commit->response);
}
