/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_frame: a whole cluster, played with what its host could bring it: frames of many connections, time, brokers
 * that stop, crash and start.
 *
 * Every request has to be ended exactly once, with an answer that can be encoded in its version and read again;
 * cluster_check says what holds of the cluster's state. With CLUSTER_LONG_WAIT, nobody may be left waiting after all
 * time-outs that a request can ask for. cluster.h describes an input.
 */
#include "tests/fuzz/cluster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/broker.h"
#include "sim/kafka/topic.h"
#include "sim/kafka/wire/data.h"
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/session.h"
#include "tests/fuzz/fuzz.h"

enum { LENGTH_BYTES = 4, OP_HEAD_BYTES = 4, NOBODY = -1 };
enum { KEY_JOIN_GROUP = 11, KEY_INIT_PRODUCER_ID = 22 };
enum { FLIP = 0x55 };

#define MS       INT64_C(1000000)
#define BEGIN_NS (INT64_C(1700000000000) * MS)
#define DAY_NS   (INT64_C(86400000) * MS)
/* More than twice INT32_MAX ms: a member may join again with another timeout. */
#define LONG_WAIT_NS (60 * DAY_NS)

/* A request that the cluster has; frees itself with its answer. */
struct ask {
    struct play *play;
    struct kafka_request request;
    int connection; /* NOBODY: it is gone */
    uint8_t *frame;
};

struct connection {
    struct kafka_client client;
    struct ask *ask; /* one at a time */
};

struct play {
    struct kafka_cluster *cluster;
    struct connection connections[CLUSTER_CONNECTIONS];
    struct cluster_known known[CLUSTER_CONNECTIONS];
    struct cluster_past past;
    uint64_t random;
    uint32_t waiting_count; /* requests without an answer */
};

bool cluster_op_next(const uint8_t *data, size_t bytes, size_t *position_inout, struct cluster_op *out)
{
    const uint8_t *at = data + *position_inout;
    if (bytes - *position_inout < OP_HEAD_BYTES)
        return false;
    *out = (struct cluster_op){
        .kind = at[0] % CLUSTER_KINDS, .who = at[1], .value = (uint16_t)wire_int16(at + 2)};
    *position_inout += OP_HEAD_BYTES;
    if (out->kind != CLUSTER_FRAME)
        return true;
    out->frame = at + OP_HEAD_BYTES;
    if (bytes - *position_inout < out->value)
        return false;
    *position_inout += out->value;
    return true;
}

void cluster_op_append(const struct cluster_op *op, struct wire_output *output)
{
    uint8_t head[OP_HEAD_BYTES] = {(uint8_t)op->kind, op->who, (uint8_t)(op->value >> 8), (uint8_t)op->value};
    wire_output_append(output, head, sizeof head);
    if (op->kind == CLUSTER_FRAME)
        wire_output_append(output, op->frame, op->value);
}

/* ---- the cluster's seam ---- */

static void hang_up(struct play *play, int at)
{
    struct connection *connection = &play->connections[at];
    if (connection->ask) {
        connection->ask->connection = NOBODY;
        kafka_cluster_abandon(&connection->ask->request);
    }
    *connection = (struct connection){0};
    strcpy(connection->client.address, "10.0.0.9");
}

static void learn(struct cluster_known *known, const struct kafka_request *request, const void *response)
{
    if (request->header.api_key == KEY_JOIN_GROUP) {
        const struct wire_join_group_response *joined = response;
        if (joined->member_id.bytes > 0 && (size_t)joined->member_id.bytes < sizeof known->member_id)
            snprintf(known->member_id, sizeof known->member_id, "%.*s", (int)joined->member_id.bytes,
                     joined->member_id.text);
        known->generation = joined->generation_id;
    }
    if (request->header.api_key == KEY_INIT_PRODUCER_ID) {
        const struct wire_init_producer_id_response *given = response;
        known->producer_id = given->producer_id;
        known->producer_epoch = given->producer_epoch;
    }
}

/* It can be encoded; what is read from that, too, and is the same. */
static void check_answer(const struct kafka_request *request, const void *response)
{
    struct wire_memory memory = {0};
    struct wire_output output = {0}, again = {0};
    struct wire_error error;
    wire_response_encode(&request->header, response, &output);
    assert(!output.is_failed);
    struct wire_bytes frame = {output.data + LENGTH_BYTES, (int32_t)(output.bytes - LENGTH_BYTES)};
    const void *body = wire_response_decode(frame, &request->header, &memory, &error);
    assert(body);
    wire_response_encode(&request->header, body, &again);
    assert(again.bytes == output.bytes && memcmp(again.data, output.data, output.bytes) == 0);
    free(output.data);
    free(again.data);
    wire_memory_deinit(&memory);
}

static void on_answer(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response)
{
    struct play *play = context;
    struct ask *ask = request->owner;
    int at = ask->connection;
    assert(ask->play == play && &ask->request == request && play->waiting_count > 0);
    if (answer == KAFKA_ANSWER_SEND) {
        check_answer(request, response);
        if (at != NOBODY)
            learn(&play->known[at], request, response);
    }
    play->waiting_count--;
    if (at != NOBODY) {
        play->connections[at].ask = NULL;
        if (answer == KAFKA_ANSWER_CLOSE)
            hang_up(play, at);
    }
    wire_memory_deinit(&request->memory);
    free(ask->frame);
    free(ask);
}

static void on_broker(void *context, int32_t broker_id, bool is_up)
{
    struct play *play = context;
    for (int i = 0; i < CLUSTER_CONNECTIONS && !is_up; i++)
        if (1 + i % play->cluster->broker_count == broker_id)
            hang_up(play, i);
}

static uint64_t draw(void *context)
{
    struct play *play = context;
    play->random = play->random * 6364136223846793005U + 1442695040888963407U;
    return play->random ^ play->random >> 29;
}

/* No library's: those have fuzzers of their own. */
static bool flip(enum wire_codec codec, struct wire_bytes in, struct wire_output *out)
{
    out->bytes = 0;
    wire_output_append(out, in.data, in.bytes > 0 ? (size_t)in.bytes : 0);
    for (size_t i = 0; i < out->bytes; i++)
        out->data[i] ^= FLIP;
    return codec != WIRE_CODEC_NONE && in.bytes > 0;
}

static const struct wire_codecs codecs = {.decompress = flip, .compress = flip};

/* ---- ops ---- */

static struct kafka_broker *broker_of(const struct play *play, uint8_t who)
{
    return kafka_broker_of(play->cluster, 1 + who % play->cluster->broker_count);
}

/* As server_connection's submit, but for references. */
static void send_frame(struct play *play, const struct cluster_op *op)
{
    int at = op->who % CLUSTER_CONNECTIONS;
    struct connection *connection = &play->connections[at];
    struct kafka_broker *broker = broker_of(play, (uint8_t)at);
    if (connection->ask || broker->state != KAFKA_BROKER_UP)
        return;
    struct ask *ask = calloc(1, sizeof *ask);
    assert(ask);
    *ask = (struct ask){.play = play, .connection = at, .frame = malloc(op->value + 1u)};
    assert(ask->frame);
    memcpy(ask->frame, op->frame, op->value);
    struct wire_bytes frame = {ask->frame, op->value};
    ask->request = (struct kafka_request){.broker = broker, .client = &connection->client, .owner = ask};
    struct kafka_request *request = &ask->request;
    struct wire_error error;
    size_t position;
    bool is_good = wire_request_header_read(frame, &request->header, &position, &error);
    if (is_good && request->header.api) {
        request->body = wire_request_decode(frame, &request->header, &request->memory, &error);
        is_good = request->body;
    }
    if (!is_good) {
        wire_memory_deinit(&request->memory);
        free(ask->frame);
        free(ask);
        hang_up(play, at);
        return;
    }
    if (request->body)
        cluster_resolve(request, play->cluster, play->known, op->who & CLUSTER_KEEP_CRC);
    connection->ask = ask;
    play->waiting_count++;
    kafka_cluster_request(play->cluster, request);
}

static void elect(struct play *play, const struct cluster_op *op)
{
    const struct kafka_cluster *cluster = play->cluster;
    if (cluster->topic_count == 0)
        return;
    const struct kafka_topic *topic = cluster->topics[(op->value >> 8) % cluster->topic_count];
    kafka_broker_elect(broker_of(play, op->who),
                       topic->partitions[(op->value & 0xff) % topic->partition_count]);
}

static void run(struct play *play, const struct cluster_op *op)
{
    struct kafka_cluster *cluster = play->cluster;
    int64_t ms = (int64_t)(op->value & 0xfff) << (op->value >> 12);
    switch (op->kind) {
    case CLUSTER_FRAME:
        send_frame(play, op);
        break;
    case CLUSTER_ADVANCE:
        kafka_cluster_advance(cluster, cluster->now_ns + ms * MS);
        assert(kafka_cluster_next_ns(cluster) > cluster->now_ns);
        break;
    case CLUSTER_ABANDON:
        hang_up(play, op->who % CLUSTER_CONNECTIONS);
        break;
    case CLUSTER_STOP:
        kafka_broker_stop(broker_of(play, op->who));
        break;
    case CLUSTER_CRASH:
        kafka_broker_crash(broker_of(play, op->who));
        break;
    case CLUSTER_START:
        kafka_broker_start(broker_of(play, op->who));
        break;
    case CLUSTER_ELECT:
        elect(play, op);
        break;
    case CLUSTER_CRASH_HOST:
        kafka_broker_crash_host(broker_of(play, op->who));
        break;
    case CLUSTER_ISOLATE:
        kafka_broker_isolate(broker_of(play, op->who), true);
        break;
    case CLUSTER_HEAL:
        kafka_broker_isolate(broker_of(play, op->who), false);
        break;
    case CLUSTER_KINDS:
        break;
    }
    cluster_check(cluster, &play->past);
}

/* ---- a cluster ---- */

static const char *const settings[] = {
    "millrace.partition.start.max.ms=3000",
    "group.initial.rebalance.delay.ms=0",
    "min.insync.replicas=2",
    "unclean.leader.election.enable=true",
    "log.cleanup.policy=compact",
    "sasl.plain.users=u:p",
    "log.segment.bytes=1048576",
    "log.retention.ms=60000",
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static void make_topic(struct kafka_cluster *cluster, const char *name, int32_t partition_count,
                       int32_t replica_count)
{
    struct kafka_assignment assignments[2];
    bool is_placed = kafka_topic_place(cluster, 0, partition_count, replica_count, assignments);
    assert(is_placed && partition_count <= 2);
    kafka_topic_new(cluster, (struct wire_string){name, (int32_t)strlen(name)}, assignments, partition_count);
}

static void begin(struct play *play, const uint8_t setup[CLUSTER_SETUP_BYTES])
{
    int32_t broker_count = 1 + (setup[0] & CLUSTER_BROKERS) / 2 % 3;
    const char *chosen[SETTINGS + 8] = {"offsets.topic.num.partitions=2",
                                        "transaction.state.log.num.partitions=2"};
    size_t count = 2;
    if (broker_count < 3) {
        chosen[count++] = "offsets.topic.replication.factor=1";
        chosen[count++] = "transaction.state.log.replication.factor=1";
        chosen[count++] = "transaction.state.log.min.isr=1";
    }
    if (setup[0] & CLUSTER_SLOW_FOLLOWERS)
        chosen[count++] = "millrace.replica.fetch.max.ms=500";
    if (setup[0] & CLUSTER_UNVERIFIED)
        chosen[count++] = "transaction.partition.verification.enable=false";
    for (size_t i = 0; i < SETTINGS; i++)
        if (setup[1] & 1 << i)
            chosen[count++] = settings[i];
    struct kafka_cluster_options options = {.broker_count = broker_count,
                                            .host = "broker-%d",
                                            .port_first = 9092,
                                            .settings = chosen,
                                            .now_ns = BEGIN_NS};
    bool is_release = kafka_model_of(setup[0] & CLUSTER_IS_NEW ? "4.3" : "3.9", &options.model);
    assert(is_release);
    struct kafka_seam seam = {
        .context = play, .on_answer = on_answer, .on_broker = on_broker, .random = draw, .codecs = &codecs};
    char error[256];
    *play = (struct play){.random = 1};
    play->cluster = kafka_cluster_new(&options, &seam, error, sizeof error);
    assert(play->cluster);
    for (int i = 0; i < CLUSTER_CONNECTIONS; i++)
        hang_up(play, i);
    make_topic(play->cluster, "a", 2, broker_count);
    make_topic(play->cluster, "b", 1, 1);
}

/* Brokers that are not up leave requests to nobody: all come back first. */
static void wait_long(struct play *play)
{
    for (uint8_t i = 0; i < play->cluster->broker_count; i++)
        run(play, &(struct cluster_op){.kind = CLUSTER_HEAL, .who = i});
    for (uint8_t i = 0; i < play->cluster->broker_count; i++)
        run(play, &(struct cluster_op){.kind = CLUSTER_START, .who = i});
    kafka_cluster_advance(play->cluster, play->cluster->now_ns + LONG_WAIT_NS);
    cluster_check(play->cluster, &play->past);
    cluster_check_idle(play->cluster);
}

static void play_input(const uint8_t *data, size_t bytes)
{
    struct play play;
    struct cluster_op op;
    size_t position = CLUSTER_SETUP_BYTES;
    begin(&play, data);
    for (int i = 0; i < CLUSTER_OPS_MAX && cluster_op_next(data, bytes, &position, &op); i++)
        run(&play, &op);
    if (data[0] & CLUSTER_LONG_WAIT)
        wait_long(&play);
    kafka_cluster_free(play.cluster);
    assert(play.waiting_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes >= CLUSTER_SETUP_BYTES && bytes <= INT32_MAX)
        play_input(data, bytes);
    return 0;
}
