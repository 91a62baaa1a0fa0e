/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: what a client asks before it begins: which versions there are, who it is, a producer id.
 *
 *   KAFKA_SASL_NONE --SaslHandshake--> HANDSHAKEN --SaslAuthenticate--> DONE
 *         `--another request: closed       `--another request, wrong password: an error, then FAILED: closed
 *
 * Nobody has to log in unless the setting sasl.plain.users is there. Left out: the tokens without frames that follow
 * SaslHandshake 0, logging in anew. Simplified: a broker asks for its next producer ids once it has none left (Apache Kafka's
 * when a tenth is left), and has them at once unless millrace.producer.ids.ms is set. Source: KafkaApis.scala,
 * SaslServerAuthenticator.java, PlainSaslServer.java, RPCProducerIdManager.java.
 */
#include "sim/kafka/session.h"

#include <stdio.h>
#include <string.h>
#include "sim/kafka/api.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/config.h"
#include "sim/kafka/deadline.h"
#include "sim/kafka/request.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/session.h"

enum { KEY_PRODUCE = 0, KEY_SASL_HANDSHAKE = 17, KEY_API_VERSIONS = 18, KEY_SASL_AUTHENTICATE = 36 };
enum { NAMES_SOFTWARE_SINCE = 3, PRODUCER_ID_BLOCK = 1000 };

static const char *users_of(const struct kafka_request *request)
{
    return kafka_config_list_find(kafka_configs_settings(request->cluster), "sasl.plain.users");
}

bool kafka_session_allows(const struct kafka_request *request)
{
    int16_t key = request->header.api_key;

    if (!request->client || !users_of(request))
        return true;
    switch (request->client->sasl) {
    case KAFKA_SASL_NONE:
        return key == KEY_API_VERSIONS || key == KEY_SASL_HANDSHAKE;
    case KAFKA_SASL_HANDSHAKEN:
        return key == KEY_SASL_AUTHENTICATE || key == KEY_API_VERSIONS || key == KEY_SASL_HANDSHAKE;
    case KAFKA_SASL_DONE:
        return true;
    case KAFKA_SASL_FAILED:
        break;
    }
    return false;
}

/* ---- ApiVersions ---------------------------------------------------------------------------------------- */

/* [a-zA-Z0-9], and within that also '-' and '.'. */
static bool is_software_name(struct wire_string name)
{
    for (int32_t i = 0; i < name.bytes; i++) {
        char c = name.text[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && !((c == '-' || c == '.') && i > 0 && i < name.bytes - 1))
            return false;
    }
    return name.bytes > 0;
}

static void list_apis(struct kafka_request *request, struct wire_api_versions_response *response)
{
    size_t count = 0;

    while (kafka_api_at(count))
        count++;
    response->api_keys.items = kafka_request_take(request, count * sizeof *response->api_keys.items);
    response->api_keys.count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        const struct kafka_api *api = kafka_api_at(i);
        struct kafka_versions versions = kafka_api_versions_of(api, &request->cluster->model);
        response->api_keys.items[i] = (struct wire_api_versions_response_api_version){
            .api_key = api->key,
            /* Without Produce 0 librdkafka would take the broker for one that compresses nothing: 4.x offers what it
             * refuses (KAFKA-18659). */
            .min_version = api->key == KEY_PRODUCE ? 0 : versions.first,
            .max_version = versions.last,
        };
    }
}

/* What the releases finalize without a word, but for group.version and transaction.version: clients believe them. */
static void list_features(struct kafka_request *request, struct wire_api_versions_response *response)
{
    const struct kafka_model *model = &request->cluster->model;
    struct wire_api_versions_response_supported_feature_key *supported =
        kafka_request_take(request, sizeof *supported);
    struct wire_api_versions_response_finalized_feature_key *finalized =
        kafka_request_take(request, sizeof *finalized);

    *supported = (struct wire_api_versions_response_supported_feature_key){
        wire_string_of("metadata.version"), model->metadata_version_first, model->metadata_version_last};
    *finalized = (struct wire_api_versions_response_finalized_feature_key){
        supported->name, model->metadata_version_last, model->metadata_version_last};
    response->supported_features.items = supported;
    response->supported_features.count = 1;
    response->finalized_features.items = finalized;
    response->finalized_features.count = 1;
    response->finalized_features_epoch = 0;
}

void kafka_api_versions(struct kafka_request *request)
{
    const struct wire_api_versions_request *body = request->body;
    struct wire_api_versions_response response;

    wire_init(&wire_api_versions_response_schema, &response);
    if (users_of(request) && request->client && request->client->sasl == KAFKA_SASL_HANDSHAKEN) {
        request->client->sasl = KAFKA_SASL_FAILED;
        response.error_code = KAFKA_ILLEGAL_SASL_STATE;
    } else if (request->header.api_version >= NAMES_SOFTWARE_SINCE &&
               !(is_software_name(body->client_software_name) &&
                 is_software_name(body->client_software_version))) {
        response.error_code = KAFKA_INVALID_REQUEST;
    } else {
        list_apis(request, &response);
        list_features(request, &response);
    }
    kafka_request_answer(request, &response);
}

bool kafka_session_refuses_version(struct kafka_request *request)
{
    const struct kafka_api *api = kafka_api_of(KEY_API_VERSIONS);
    struct wire_api_versions_response response;
    struct wire_api_versions_response_api_version versions;

    if (request->header.api_key != KEY_API_VERSIONS ||
        kafka_api_offers(api, &request->cluster->model, request->header.api_version) ||
        !kafka_session_allows(request))
        return false;
    /* Version 0 is what every client can read. */
    struct kafka_versions offered = kafka_api_versions_of(api, &request->cluster->model);
    versions = (struct wire_api_versions_response_api_version){KEY_API_VERSIONS, offered.first, offered.last};
    wire_init(&wire_api_versions_response_schema, &response);
    response.error_code = KAFKA_UNSUPPORTED_VERSION;
    response.api_keys.items = &versions;
    response.api_keys.count = 1;
    request->header.api = wire_api_of(KEY_API_VERSIONS);
    request->header.api_version = 0;
    request->header.is_flexible = false;
    kafka_request_answer(request, &response);
    return true;
}

/* ---- SASL/PLAIN ----------------------------------------------------------------------------------------- */

void kafka_sasl_handshake(struct kafka_request *request)
{
    const struct wire_sasl_handshake_request *body = request->body;
    struct kafka_client *client = request->client;
    struct wire_string plain = wire_string_of("PLAIN");
    struct wire_sasl_handshake_response response;

    wire_init(&wire_sasl_handshake_response_schema, &response);
    if (!users_of(request) || !client || client->sasl != KAFKA_SASL_NONE) {
        response.error_code = KAFKA_ILLEGAL_SASL_STATE;
        if (client && client->sasl == KAFKA_SASL_HANDSHAKEN)
            client->sasl = KAFKA_SASL_FAILED;
    } else {
        bool is_plain = wire_string_is_same(body->mechanism, plain);
        response.error_code = is_plain ? KAFKA_NONE : KAFKA_UNSUPPORTED_SASL_MECHANISM;
        response.mechanisms.items = &plain;
        response.mechanisms.count = 1;
        client->sasl = is_plain ? KAFKA_SASL_HANDSHAKEN : KAFKA_SASL_FAILED;
    }
    kafka_request_answer(request, &response);
}

enum { TOKENS = 3 };

/* Cuts at each NUL. Returns how many tokens there are, which may be more than out has. */
static int32_t cut(struct wire_bytes bytes, struct wire_string out[TOKENS])
{
    const char *at = (const char *)bytes.data;
    int32_t left = bytes.bytes > 0 ? bytes.bytes : 0, count = 0;

    for (;;) {
        const char *end = left ? memchr(at, '\0', (size_t)left) : NULL;
        int32_t length = end ? (int32_t)(end - at) : left;
        if (count < TOKENS)
            out[count] = (struct wire_string){at, length};
        count++;
        if (!end)
            return count;
        at = end + 1;
        left -= length + 1;
    }
}

/* users: "alice:secret,bob:other". */
static bool knows(const char *users, struct wire_string user, struct wire_string password)
{
    while (*users) {
        size_t entry = strcspn(users, ","), name = strcspn(users, ":,");
        struct wire_string known = {users, (int32_t)name},
                           secret = {users + name + 1, (int32_t)(entry - name) - 1};
        if (name < entry && wire_string_is_same(user, known) && wire_string_is_same(password, secret))
            return true;
        users += entry + (users[entry] == ',');
    }
    return false;
}

/* PlainSaslServer.evaluateResponse. False: why. */
static bool log_in(struct kafka_request *request, char *why, size_t why_bytes)
{
    const struct wire_sasl_authenticate_request *body = request->body;
    struct wire_string tokens[TOKENS];
    int32_t count = cut(body->auth_bytes, tokens);
    const char *fault = NULL;

    if (count != TOKENS) {
        snprintf(why, why_bytes, "Invalid SASL/PLAIN response: expected %d tokens, got %d", TOKENS, count);
        return false;
    }
    if (tokens[1].bytes == 0)
        fault = "username not specified";
    else if (tokens[2].bytes == 0)
        fault = "password not specified";
    else if (!knows(users_of(request), tokens[1], tokens[2]))
        fault = "Invalid username or password";
    else if (tokens[0].bytes > 0 && !wire_string_is_same(tokens[0], tokens[1]))
        fault = "Client requested an authorization id that is different from username";
    if (fault) {
        snprintf(why, why_bytes, "Authentication failed: %s", fault);
        return false;
    }
    snprintf(request->client->principal, sizeof request->client->principal, "%.*s", (int)tokens[1].bytes,
             tokens[1].text);
    return true;
}

void kafka_sasl_authenticate(struct kafka_request *request)
{
    struct kafka_client *client = request->client;
    struct wire_sasl_authenticate_response response;
    char why[128] = "";

    wire_init(&wire_sasl_authenticate_response_schema, &response);
    response.error_message = wire_string_of("");
    if (!users_of(request) || !client || client->sasl != KAFKA_SASL_HANDSHAKEN) {
        response.error_code = KAFKA_ILLEGAL_SASL_STATE;
        response.error_message =
            wire_string_of("SaslAuthenticate request received after successful authentication");
    } else if (log_in(request, why, sizeof why)) {
        client->sasl = KAFKA_SASL_DONE;
    } else {
        client->sasl = KAFKA_SASL_FAILED;
        response.error_code = KAFKA_SASL_AUTHENTICATION_FAILED;
        response.error_message = wire_string_of(why);
    }
    kafka_request_answer(request, &response);
}

/* ---- producer ids --------------------------------------------------------------------------------------- */

static void take_producer_ids(struct kafka_broker *broker)
{
    struct kafka_cluster *cluster = broker->cluster;
    broker->producer_id_next = cluster->producer_id_next;
    cluster->producer_id_next += PRODUCER_ID_BLOCK;
    broker->producer_id_end = cluster->producer_id_next;
}

/* The controller's answer is lost with who cannot hear it. */
static void on_producer_ids(struct kafka_deadline *deadline)
{
    struct kafka_broker *broker = KAFKA_OWNER(deadline, struct kafka_broker, producer_ids);
    if (kafka_broker_is_connected(broker))
        take_producer_ids(broker);
}

bool kafka_session_next_producer_id(struct kafka_broker *broker, int64_t *id_out)
{
    struct kafka_cluster *cluster = broker->cluster;
    if (broker->producer_id_next == broker->producer_id_end) {
        int64_t wait_ms = kafka_configs_producer_ids_ms(cluster);
        if (wait_ms > 0) {
            broker->producer_ids.on_due = on_producer_ids;
            if (!broker->producer_ids.place)
                kafka_deadline_set(&cluster->deadlines, &broker->producer_ids,
                                   cluster->now_ns + wait_ms * NS_PER_MS);
            return false;
        }
        take_producer_ids(broker);
    }
    *id_out = broker->producer_id_next++;
    return true;
}

void kafka_init_producer_id(struct kafka_request *request)
{
    const struct wire_init_producer_id_request *body = request->body;
    struct wire_string id = body->transactional_id;
    struct wire_init_producer_id_response response;

    wire_init(&wire_init_producer_id_response_schema, &response);
    response.producer_id = -1;
    response.producer_epoch = -1;
    if ((body->producer_id == -1) != (body->producer_epoch == -1)) {
        response.error_code = KAFKA_INVALID_REQUEST;
    } else if (id.bytes < 0) {
        if (kafka_session_next_producer_id(request->broker, &response.producer_id))
            response.producer_epoch = 0;
        else
            response.error_code = KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
    } else if (id.bytes == 0) {
        response.error_code = KAFKA_INVALID_REQUEST;
    } else if (body->transaction_timeout_ms <= 0 ||
               body->transaction_timeout_ms >
                   kafka_configs_number(request->cluster, "transaction.max.timeout.ms")) {
        response.error_code = KAFKA_INVALID_TRANSACTION_TIMEOUT;
    } else {
        kafka_transaction_init(request);
        return;
    }
    kafka_request_answer(request, &response);
}
