/* SPDX-License-Identifier: Apache-2.0 */
/*
 * produce: appends, and with acks=all answers when the high watermark has passed what was appended.
 *
 *   acks 0   answered with nothing; on an error the connection is closed, so that the client asks who leads
 *   acks 1   answered after the append
 *   acks -1  waits: appended -> high watermark there         NONE, or NOT_ENOUGH_REPLICAS_AFTER_APPEND
 *                            -> somebody else leads           NOT_LEADER_OR_FOLLOWER, although appended (KAFKA-13574)
 *                            -> timeout_ms is over            REQUEST_TIMED_OUT, although appended
 *
 * Before a transaction's first batch its coordinator is asked. simplified: Produce 12 is no AddPartitionsToTxn (KIP-890, 2).
 * Source: KafkaApis.handleProduceRequest, ReplicaManager.handleProduceAppend, DelayedProduce.scala,
 * AddPartitionsToTxnManager.java, Partition.checkEnoughReplicasReachOffset.
 */
#include "sim/kafka/acknowledge.h"
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/bug.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/errors.h"

enum { ACKS_NONE = 0, ACKS_LEADER = 1, ACKS_ALL = -1 };
enum { BY_TOPIC_ID_SINCE = 13, MAGIC_OFFSET = 16, MAGIC_OF_BATCHES = 2 };

enum { ABORTABLE_SINCE = 11 };

/* What a transaction's coordinator says of one partition's batch (KIP-890). */
struct permit {
    int16_t error;
    struct wire_string message;
    int64_t guard; /* kafka_producers_check */
};

struct production {
    struct wire_produce_response response;
    struct kafka_asked *asked; /* all partitions of the request, in its order */
    struct permit *permits;    /* one each */
    struct kafka_acknowledge acknowledge;
    int16_t refusal; /* of the whole request */
    struct wire_string refusal_message;
};

static int32_t partition_count(const struct wire_produce_request *body)
{
    int32_t count = 0;
    for (int32_t i = 0; i < body->topic_data.count; i++)
        count += body->topic_data.items[i].partition_data.count;
    return count;
}

/* All partitions of the request, in its order. Of one that is named twice only the last counts. */
static struct kafka_asked *match(struct kafka_request *request)
{
    const struct wire_produce_request *body = request->body;
    bool is_by_id = request->header.api_version >= BY_TOPIC_ID_SINCE;
    int32_t count = partition_count(body);
    struct kafka_asked *asked = kafka_request_take(request, (size_t)count * sizeof *asked);
    count = 0;
    for (int32_t i = 0; i < body->topic_data.count; i++) {
        const struct wire_produce_request_topic *topic = &body->topic_data.items[i];
        struct wire_string id = {.text = (const char *)topic->topic_id.byte,
                                 .bytes = sizeof topic->topic_id.byte};
        for (int32_t j = 0; j < topic->partition_data.count; j++)
            asked[count++] = (struct kafka_asked){.topic = is_by_id ? id : topic->name,
                                                  .partition = topic->partition_data.items[j].index};
    }
    kafka_asked_match(request, asked, count);
    return asked;
}

/* What refuses a partition before its log is looked at. */
static int16_t check(const struct kafka_request *request, const struct kafka_topic *topic,
                     const struct kafka_partition *partition, const struct permit *permit)
{
    const struct wire_produce_request *body = request->body;
    if (!partition)
        return !topic && request->header.api_version >= BY_TOPIC_ID_SINCE ? KAFKA_UNKNOWN_TOPIC_ID
                                                                          : KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    if (body->acks < ACKS_ALL || body->acks > ACKS_LEADER)
        return KAFKA_INVALID_REQUIRED_ACKS;
    return topic->is_internal ? KAFKA_INVALID_TOPIC_EXCEPTION : permit->error; /* only brokers write there */
}

static void append_one(struct kafka_request *request, struct kafka_partition *partition,
                       const struct kafka_replica *leader, const struct kafka_partition_offer *offer,
                       struct wire_produce_response_partition *answer)
{
    struct production *production = request->wait;
    struct kafka_partition_append appended;
    kafka_partition_append(partition, offer, &request->memory, &appended);
    answer->error_code = appended.error;
    answer->error_message = appended.message;
    answer->record_errors.count = appended.record_errors.count;
    answer->record_errors.items = appended.record_errors.items;
    answer->base_offset = appended.base_offset;
    answer->log_append_time_ms = appended.append_time_ms;
    answer->log_start_offset = appended.start_offset;
    if (!appended.error)
        production->acknowledge.parts[production->acknowledge.count++] =
            (struct kafka_acknowledge_part){.partition = partition,
                                            .offset = appended.end_offset,
                                            .leader_epoch = leader->learned.leader_epoch,
                                            .error_out = &answer->error_code};
}

/* place: among the partitions of the request. */
static void answer_one(struct kafka_request *request, const struct kafka_topic *topic,
                       const struct wire_produce_request_partition *asked, int32_t place,
                       struct wire_produce_response_partition *answer)
{
    const struct wire_produce_request *body = request->body;
    const struct production *production = request->wait;
    const struct permit *permit = &production->permits[place];
    struct kafka_partition *partition = kafka_topic_partition(topic, asked->index);
    const struct kafka_replica *leader = NULL;
    *answer =
        (struct wire_produce_response_partition){.index = asked->index,
                                                 .error_code = production->refusal,
                                                 .base_offset = -1,
                                                 .log_append_time_ms = -1,
                                                 .log_start_offset = -1,
                                                 .error_message = production->refusal_message,
                                                 .current_leader = {.leader_id = -1, .leader_epoch = -1}};
    if (answer->error_code)
        return;
    answer->error_code = check(request, topic, partition, permit);
    if (answer->error_code && answer->error_code == permit->error)
        answer->error_message = permit->message;
    if (!answer->error_code)
        leader = kafka_partition_at(request->broker, partition, -1, &answer->error_code);
    if (answer->error_code == KAFKA_NOT_LEADER_OR_FOLLOWER) {
        answer->current_leader.leader_id = partition->leader;
        answer->current_leader.leader_epoch = partition->leader_epoch;
    }
    if (!leader)
        return;
    struct kafka_partition_offer offer = {.records = asked->records,
                                          .version = request->header.api_version,
                                          .is_acks_all = body->acks == ACKS_ALL,
                                          .broker = request->broker->id,
                                          .guard = permit->guard};
    append_one(request, partition, leader, &offer, answer);
}

static const struct kafka_topic *topic_of(const struct kafka_request *request,
                                          const struct wire_produce_request_topic *asked)
{
    return request->header.api_version >= BY_TOPIC_ID_SINCE
               ? kafka_topic_by_id(request->cluster, &asked->topic_id)
               : kafka_topic_find(request->cluster, asked->name);
}

static bool has_error(const struct wire_produce_response *response)
{
    for (int32_t i = 0; i < response->responses.count; i++)
        for (int32_t j = 0; j < response->responses.items[i].partition_responses.count; j++)
            if (response->responses.items[i].partition_responses.items[j].error_code)
                return true;
    return false;
}

static void answer(struct kafka_request *request, struct kafka_acknowledge *acknowledge)
{
    kafka_request_answer(request, &KAFKA_OWNER(acknowledge, struct production, acknowledge)->response);
}

/* first: the place of its first partition among those of the request. */
static void answer_topic(struct kafka_request *request, const struct wire_produce_request_topic *asked,
                         int32_t first, struct wire_produce_response_topic *answer)
{
    const struct production *production = request->wait;
    const struct kafka_topic *topic = topic_of(request, asked);
    answer->name = asked->name;
    answer->topic_id = asked->topic_id;
    answer->partition_responses.items = kafka_request_take(
        request, (size_t)asked->partition_data.count * sizeof *answer->partition_responses.items);
    for (int32_t i = 0; i < asked->partition_data.count; i++)
        if (production->asked[first + i].last == first + i)
            answer_one(request, topic, &asked->partition_data.items[i], first + i,
                       &answer->partition_responses.items[answer->partition_responses.count++]);
}

static void append_all(struct kafka_request *request)
{
    const struct wire_produce_request *body = request->body;
    struct production *production = request->wait;
    struct wire_produce_response *response = &production->response;
    int32_t first = 0;
    response->responses.count = body->topic_data.count;
    response->responses.items =
        kafka_request_take(request, (size_t)body->topic_data.count * sizeof *response->responses.items);
    for (int32_t i = 0; i < body->topic_data.count; i++) {
        answer_topic(request, &body->topic_data.items[i], first, &response->responses.items[i]);
        first += body->topic_data.items[i].partition_data.count;
    }
    if (body->acks == ACKS_ALL)
        kafka_acknowledge(request, &production->acknowledge, body->timeout_ms);
    else if (body->acks != ACKS_NONE)
        kafka_request_answer(request, response);
    else if (has_error(response))
        kafka_request_close(request);
    else
        kafka_request_finish(request);
}

/* ---- transactions ---------------------------------------------------------------------------------------- */

static bool read_transactional(struct wire_bytes records, struct wire_batch *out)
{
    if (records.bytes < WIRE_BATCH_HEADER_BYTES || records.data[MAGIC_OFFSET] != MAGIC_OF_BATCHES)
        return false;
    wire_batch_header_read(records, out);
    return out->is_transactional;
}

/* Whose records are transactional has to name a transactional id, and be one producer, else nothing of the request is
 * taken. */
static void refuse(const struct kafka_request *request, struct production *production)
{
    const struct wire_produce_request *body = request->body;
    struct wire_batch first = {.producer_id = -1}, batch;
    for (int32_t i = 0; i < body->topic_data.count; i++) {
        for (int32_t j = 0; j < body->topic_data.items[i].partition_data.count; j++) {
            if (!read_transactional(body->topic_data.items[i].partition_data.items[j].records, &batch))
                continue;
            if (body->transactional_id.bytes < 0) {
                production->refusal = KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
                return;
            }
            if (first.producer_id < 0)
                first = batch;
            else if (batch.producer_id >= 0 && (batch.producer_id != first.producer_id ||
                                                batch.producer_epoch != first.producer_epoch)) {
                production->refusal = KAFKA_INVALID_PRODUCER_ID_MAPPING;
                production->refusal_message =
                    wire_string_of("Transactional records contained more than one producer ID");
            }
        }
    }
}

/* Errors that a producer tries again after: it knows this one without a new look at the metadata. */
static const char *unverified_text(int16_t error)
{
#define UNVERIFIED "Unable to verify the partition has been added to the transaction. Underlying error: "
    switch (error) {
    case KAFKA_CONCURRENT_TRANSACTIONS:
        return UNVERIFIED "CONCURRENT_TRANSACTIONS";
    case KAFKA_NETWORK_EXCEPTION:
        return UNVERIFIED "NETWORK_EXCEPTION";
    case KAFKA_COORDINATOR_LOAD_IN_PROGRESS:
        return UNVERIFIED "COORDINATOR_LOAD_IN_PROGRESS";
    case KAFKA_COORDINATOR_NOT_AVAILABLE:
        return UNVERIFIED "COORDINATOR_NOT_AVAILABLE";
    case KAFKA_NOT_COORDINATOR:
        return UNVERIFIED "NOT_COORDINATOR";
    default:
        return NULL;
    }
#undef UNVERIFIED
}

/* error: what kafka_transaction_verify said. Source: AddPartitionsToTxnManager.java, ReplicaManager.handleProduceAppend. */
static void deny(const struct kafka_request *request, int16_t error, struct permit *permit)
{
    const char *text = unverified_text(error);
    permit->error = error;
    if (text)
        permit->error = KAFKA_NOT_ENOUGH_REPLICAS;
    else if (error == KAFKA_PRODUCER_FENCED)
        permit->error = KAFKA_INVALID_PRODUCER_EPOCH;
    else if (error == KAFKA_TRANSACTION_ABORTABLE && request->header.api_version < ABORTABLE_SINCE)
        permit->error = KAFKA_INVALID_TXN_STATE;
    if (permit->error == KAFKA_INVALID_TXN_STATE)
        text = "Partition was not added to the transaction";
    if (text)
        permit->message = wire_string_of(text);
}

static void verify_one(const struct kafka_request *request, struct kafka_partition *partition,
                       const struct wire_batch *batch, struct permit *permit)
{
    const struct wire_produce_request *body = request->body;
    struct kafka_replica *leader = kafka_partition_at(request->broker, partition, -1, &permit->error);
    if (!leader)
        return;
    const struct kafka_producer *known = kafka_producers_find(&leader->log.producers, batch->producer_id);
    if (request->cluster->model.refuses_old_epochs_first && known && batch->producer_epoch < known->epoch) {
        permit->error = KAFKA_INVALID_PRODUCER_EPOCH;
        return;
    }
    permit->guard =
        kafka_producers_verify(&leader->log.producers, batch, kafka_cluster_now_ms(request->cluster));
    if (permit->guard == KAFKA_GUARD_NONE)
        return;
    int16_t error = kafka_transaction_verify(request->cluster, body->transactional_id, batch->producer_id,
                                             batch->producer_epoch, partition);
    if (error)
        deny(request, error, permit);
}

/* True: some coordinator was asked. */
static bool verify_all(struct kafka_request *request, struct production *production)
{
    const struct wire_produce_request *body = request->body;
    const struct kafka_cluster *cluster = request->cluster;
    bool is_off = kafka_bug_is_in(cluster->model.bugs, KAFKA_BUG_APPENDS_OUTSIDE_TRANSACTIONS) ||
                  !kafka_configs_flag(cluster, "transaction.partition.verification.enable");
    bool was_asked = false;
    int32_t place = 0;
    for (int32_t i = 0; i < body->topic_data.count; i++) {
        const struct wire_produce_request_topic *asked = &body->topic_data.items[i];
        const struct kafka_topic *topic = topic_of(request, asked);
        for (int32_t j = 0; j < asked->partition_data.count; j++, place++) {
            const struct wire_produce_request_partition *data = &asked->partition_data.items[j];
            struct kafka_partition *partition = kafka_topic_partition(topic, data->index);
            struct permit *permit = &production->permits[place];
            struct wire_batch batch;
            if (!partition || !read_transactional(data->records, &batch) || batch.producer_id < 0)
                continue;
            if (is_off)
                permit->guard = KAFKA_GUARD_OFF;
            else if (production->asked[place].last == place)
                verify_one(request, partition, &batch, permit);
            was_asked = was_asked || permit->guard > KAFKA_GUARD_NONE;
        }
    }
    return was_asked;
}

/* The coordinator's word is under way. False: it is here already. simplified: if the client goes meanwhile, so does the
 * request. */
static bool wait_for_word(struct kafka_request *request)
{
    int64_t wait_ms =
        kafka_cluster_draw(request->cluster, kafka_configs_transaction_verify_max_ms(request->cluster));
    if (wait_ms == 0)
        return false;
    request->on_due = append_all;
    request->ends_with_client = true;
    kafka_request_wait(request, request->cluster->now_ns + wait_ms * NS_PER_MS, 0);
    return true;
}

void kafka_produce(struct kafka_request *request)
{
    const struct wire_produce_request *body = request->body;
    const struct wire_string no_text = {.bytes = -1};
    struct production *production = kafka_request_take(request, sizeof *production);
    size_t count = (size_t)partition_count(body);
    production->acknowledge = (struct kafka_acknowledge){
        .parts = kafka_request_take(request, count * sizeof *production->acknowledge.parts),
        .is_settled = kafka_acknowledge_appended,
        .answer = answer,
    };
    production->permits = kafka_request_take(request, count * sizeof *production->permits);
    production->asked = match(request);
    production->refusal_message = no_text;
    for (size_t i = 0; i < count; i++)
        production->permits[i].message = no_text;
    request->wait = production;
    refuse(request, production);
    bool was_asked =
        !production->refusal && body->transactional_id.bytes >= 0 && verify_all(request, production);
    if (!was_asked || !wait_for_word(request))
        append_all(request);
}
