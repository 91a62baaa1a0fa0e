/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks before it begins: versions, who it is, a producer id. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/kafka_fixture.h"
#include "sim/kafka/broker.h"
#include "sim/kafka/wire/session.h"

enum { FETCH = 1, METADATA = 3, HANDSHAKE = 17, VERSIONS = 18, INIT_PRODUCER_ID = 22, AUTHENTICATE = 36 };

static struct kafka_fixture *fixture;

static void begin(void)
{
    fixture = kafka_fixture_new("4.3", 3, NULL);
}

static void end(void)
{
    kafka_fixture_free(fixture);
}

TestSuite(session, .init = begin, .fini = end);

static const struct wire_api_versions_response *ask_versions(struct kafka_fixture *of, int16_t version,
                                                             const char *software)
{
    struct wire_api_versions_request body;

    KAFKA_FIXTURE_BODY(api_versions, body);
    body.client_software_name = kafka_fixture_string(software);
    body.client_software_version = kafka_fixture_string("1.0");
    return kafka_fixture_ask(of, 1, VERSIONS, version, &body);
}

static const struct wire_api_versions_response_api_version *
find(const struct wire_api_versions_response *response, int16_t key)
{
    for (int32_t i = 0; i < response->api_keys.count; i++)
        if (response->api_keys.items[i].api_key == key)
            return &response->api_keys.items[i];
    return NULL;
}

static void expect_versions(const struct wire_api_versions_response *response, int16_t key, int16_t first,
                            int16_t last)
{
    const struct wire_api_versions_response_api_version *api = find(response, key);

    cr_assert_not_null(api, "%d", key);
    cr_expect_eq(api->min_version, first, "%d: %d", key, api->min_version);
    cr_expect_eq(api->max_version, last, "%d: %d", key, api->max_version);
}

Test(session, a_release_offers_its_own_versions)
{
    struct kafka_fixture *old = kafka_fixture_new("3.9", 1, NULL);
    const struct wire_api_versions_response *response = ask_versions(fixture, 4, "me");

    expect_versions(response, METADATA, 0, 13);
    expect_versions(response, FETCH, 4, 18);
    expect_versions(response, INIT_PRODUCER_ID, 0, 5);
    response = ask_versions(old, 4, "me");
    expect_versions(response, METADATA, 0, 12);
    expect_versions(response, FETCH, 0, 17);
    kafka_fixture_free(old);
}

Test(session, produce_is_offered_from_version_0_although_it_is_refused)
{
    expect_versions(ask_versions(fixture, 3, "me"), 0, 0, 13);
}

Test(session, neither_the_new_groups_nor_the_new_transactions_are_among_the_features)
{
    const struct wire_api_versions_response *response = ask_versions(fixture, 4, "me");

    cr_assert_eq(response->finalized_features.count, 1);
    cr_expect(kafka_fixture_says(response->finalized_features.items[0].name, "metadata.version"));
    cr_expect_eq(response->finalized_features.items[0].max_version_level, 30);
    cr_assert_eq(response->supported_features.count, 1);
    cr_expect_eq(response->supported_features.items[0].min_version, 7);
}

Test(session, a_client_software_of_no_proper_name_is_an_invalid_request)
{
    static const char *const wrong[] = {"", "-a", "a.", "a b", "a/b"};
    static const char *const right[] = {"a", "librdkafka", "a-b.c", "9"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct wire_api_versions_response *response = ask_versions(fixture, 3, wrong[i]);
        cr_expect_eq(response->error_code, KAFKA_INVALID_REQUEST, "%s", wrong[i]);
        cr_expect_eq(response->api_keys.count, 0);
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        cr_expect_eq(ask_versions(fixture, 3, right[i])->error_code, 0, "%s", right[i]);
    cr_expect_eq(ask_versions(fixture, 2, "")->error_code, 0, "older versions name none");
}

/* ---- over one connection -------------------------------------------------------------------------------- */

static const char *const with_users[] = {"sasl.plain.users=alice:secret,bob:hidden", NULL};

/* One client, whose state lasts; answers are decoded nowhere: the struct is looked at when it is given. */
struct talk {
    struct kafka_cluster *cluster;
    struct kafka_client client;
    enum kafka_answer answer;
    int16_t error, version;
    int32_t listed;
    char message[128];
};

static void on_answer(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response)
{
    struct talk *talk = context;
    const struct wire_sasl_authenticate_response *authenticated = response;

    talk->answer = answer;
    talk->version = request->header.api_version;
    talk->message[0] = '\0';
    if (answer == KAFKA_ANSWER_SEND && request->header.api_key == HANDSHAKE) {
        talk->error = ((const struct wire_sasl_handshake_response *)response)->error_code;
        talk->listed = ((const struct wire_sasl_handshake_response *)response)->mechanisms.count;
    } else if (answer == KAFKA_ANSWER_SEND && request->header.api_key == VERSIONS) {
        talk->error = ((const struct wire_api_versions_response *)response)->error_code;
        talk->listed = ((const struct wire_api_versions_response *)response)->api_keys.count;
    } else if (answer == KAFKA_ANSWER_SEND && request->header.api_key == AUTHENTICATE) {
        talk->error = authenticated->error_code;
        snprintf(talk->message, sizeof talk->message, "%.*s", (int)authenticated->error_message.bytes,
                 authenticated->error_message.text);
    }
    wire_memory_deinit(&request->memory);
}

static uint64_t no_random(void *context)
{
    (void)context;
    return 4;
}

static void start(struct talk *talk, const char *const *settings)
{
    const struct kafka_seam seam = {.context = talk, .on_answer = on_answer, .random = no_random};
    struct kafka_cluster_options options = {.broker_count = 1, .host = "host", .settings = settings};
    char error[128];

    memset(talk, 0, sizeof *talk);
    kafka_model_of("4.3", &options.model);
    talk->cluster = kafka_cluster_new(&options, &seam, error, sizeof error);
    cr_assert_not_null(talk->cluster);
}

/* False: the connection would be closed. */
static bool say(struct talk *talk, int16_t key, int16_t version, const void *body)
{
    struct kafka_request request = {
        .broker = kafka_broker_of(talk->cluster, 1),
        .client = &talk->client,
        .header = {.api_key = key, .api_version = version, .api = wire_api_of(key)},
        .body = body,
    };

    kafka_cluster_request(talk->cluster, &request);
    return talk->answer == KAFKA_ANSWER_SEND;
}

static bool handshake(struct talk *talk, const char *mechanism)
{
    struct wire_sasl_handshake_request body = {kafka_fixture_string(mechanism)};

    return say(talk, HANDSHAKE, 1, &body);
}

static bool log_in(struct talk *talk, const char *tokens, int32_t bytes)
{
    struct wire_sasl_authenticate_request body = {{(const uint8_t *)tokens, bytes}};

    return say(talk, AUTHENTICATE, 2, &body);
}

static bool ask_any(struct talk *talk, int16_t key)
{
    static const struct wire_init_producer_id_request nothing = {
        .transactional_id = {NULL, -1}, .producer_id = -1, .producer_epoch = -1};
    static const struct wire_api_versions_request no_name = {0};

    return say(talk, key, 0, key == VERSIONS ? (const void *)&no_name : &nothing);
}

#define TOKENS(TEXT) TEXT, (int32_t)sizeof(TEXT) - 1

Test(session, without_users_nobody_has_to_log_in_nor_can)
{
    struct talk talk;

    start(&talk, NULL);
    cr_expect(ask_any(&talk, INIT_PRODUCER_ID));
    cr_expect(handshake(&talk, "PLAIN"));
    cr_expect_eq(talk.error, KAFKA_ILLEGAL_SASL_STATE);
    cr_expect_eq(talk.listed, 0);
    cr_expect(log_in(&talk, TOKENS("\0alice\0secret")));
    cr_expect_eq(talk.error, KAFKA_ILLEGAL_SASL_STATE);
    cr_expect(ask_any(&talk, INIT_PRODUCER_ID), "nothing has happened");
    kafka_cluster_free(talk.cluster);
}

Test(session, with_users_only_who_has_logged_in_is_answered)
{
    struct talk talk;

    start(&talk, with_users);
    cr_expect(!ask_any(&talk, INIT_PRODUCER_ID));
    cr_expect(!log_in(&talk, TOKENS("\0alice\0secret")), "there was no handshake");
    cr_expect(ask_any(&talk, VERSIONS));
    cr_expect(handshake(&talk, "PLAIN"));
    cr_expect_eq(talk.error, 0);
    cr_expect_eq(talk.listed, 1);
    cr_expect(!ask_any(&talk, INIT_PRODUCER_ID));
    cr_expect(log_in(&talk, TOKENS("\0bob\0hidden")));
    cr_expect_eq(talk.error, 0);
    cr_expect_str_eq(talk.client.principal, "bob");
    cr_expect(ask_any(&talk, INIT_PRODUCER_ID));
    cr_expect(handshake(&talk, "PLAIN"));
    cr_expect_eq(talk.error, KAFKA_ILLEGAL_SASL_STATE);
    cr_expect(log_in(&talk, TOKENS("\0bob\0hidden")));
    cr_expect_eq(talk.error, KAFKA_ILLEGAL_SASL_STATE);
    cr_expect(ask_any(&talk, INIT_PRODUCER_ID), "it is still logged in");
    kafka_cluster_free(talk.cluster);
}

Test(session, an_unknown_mechanism_is_told_the_known_one_and_then_ends)
{
    struct talk talk;

    start(&talk, with_users);
    cr_expect(handshake(&talk, "SCRAM-SHA-256"));
    cr_expect_eq(talk.error, KAFKA_UNSUPPORTED_SASL_MECHANISM);
    cr_expect_eq(talk.listed, 1);
    cr_expect_eq(talk.client.sasl, KAFKA_SASL_FAILED);
    cr_expect(!handshake(&talk, "PLAIN"));
    kafka_cluster_free(talk.cluster);
}

Test(session, between_handshake_and_password_nothing_else_may_be_asked)
{
    for (int i = 0; i < 2; i++) {
        struct talk talk;
        start(&talk, with_users);
        cr_expect(handshake(&talk, "PLAIN"));
        cr_expect(i ? ask_any(&talk, VERSIONS) : handshake(&talk, "PLAIN"));
        cr_expect_eq(talk.error, KAFKA_ILLEGAL_SASL_STATE);
        cr_expect(!log_in(&talk, TOKENS("\0alice\0secret")));
        kafka_cluster_free(talk.cluster);
    }
}

Test(session, each_way_to_log_in_wrongly_is_told_in_kafkas_words)
{
    static const struct {
        const char *tokens;
        int32_t bytes;
        const char *message;
    } rows[] = {
        {TOKENS("\0alice\0wrong"), "Authentication failed: Invalid username or password"},
        {TOKENS("\0alice\0hidden"), "Authentication failed: Invalid username or password"},
        {TOKENS("\0alic\0secret"), "Authentication failed: Invalid username or password"},
        {TOKENS("\0alice:secret\0bob"), "Authentication failed: Invalid username or password"},
        {TOKENS("\0\0x"), "Authentication failed: username not specified"},
        {TOKENS("\0alice\0"), "Authentication failed: password not specified"},
        {TOKENS("bob\0alice\0secret"),
         "Authentication failed: Client requested an authorization id that is different from username"},
        {TOKENS("alice\0secret"), "Invalid SASL/PLAIN response: expected 3 tokens, got 2"},
        {TOKENS("\0a\0b\0c"), "Invalid SASL/PLAIN response: expected 3 tokens, got 4"},
        {NULL, 0, "Invalid SASL/PLAIN response: expected 3 tokens, got 1"},
        {TOKENS("alice\0alice\0secret"), ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_wrong = rows[i].message[0] != '\0';
        struct talk talk;
        start(&talk, with_users);
        cr_expect(handshake(&talk, "PLAIN"));
        cr_expect(log_in(&talk, rows[i].tokens, rows[i].bytes));
        cr_expect_str_eq(talk.message, rows[i].message);
        cr_expect_eq(talk.error, is_wrong ? KAFKA_SASL_AUTHENTICATION_FAILED : 0);
        cr_expect_eq(ask_any(&talk, INIT_PRODUCER_ID), !is_wrong, "%s", rows[i].message);
        kafka_cluster_free(talk.cluster);
    }
}

Test(session, versions_that_are_not_offered_close_the_connection_but_for_api_versions)
{
    struct talk talk;

    start(&talk, NULL);
    cr_expect(say(&talk, VERSIONS, 99, NULL));
    cr_expect_eq(talk.error, KAFKA_UNSUPPORTED_VERSION);
    cr_expect_eq(talk.version, 0, "that is how it is written");
    cr_expect_eq(talk.listed, 1);
    cr_expect(!say(&talk, METADATA, 99, NULL));
    cr_expect(!say(&talk, FETCH, 3, NULL));
    cr_expect(!say(&talk, 999, 0, NULL));
    kafka_cluster_free(talk.cluster);
}

/* ---- producer ids --------------------------------------------------------------------------------------- */

static const struct wire_init_producer_id_response *init(int32_t broker, const char *transactional_id,
                                                         int64_t id, int16_t epoch)
{
    struct wire_init_producer_id_request body;

    KAFKA_FIXTURE_BODY(init_producer_id, body);
    body.transactional_id = kafka_fixture_string(transactional_id);
    body.transaction_timeout_ms = 60000;
    body.producer_id = id;
    body.producer_epoch = epoch;
    return kafka_fixture_ask(fixture, broker, INIT_PRODUCER_ID, 4, &body);
}

Test(session, each_broker_gives_out_producer_ids_of_its_own_block_of_1000)
{
    cr_expect_eq(init(2, NULL, -1, -1)->producer_id, 0);
    cr_expect_eq(init(1, NULL, -1, -1)->producer_id, 1000);
    for (int64_t i = 1; i < 1000; i++)
        cr_expect_eq(init(2, NULL, -1, -1)->producer_id, i);
    cr_expect_eq(init(2, NULL, -1, -1)->producer_id, 2000, "the block is used up");
    cr_expect_eq(init(1, NULL, -1, -1)->producer_id, 1001);
    cr_expect_eq(init(1, NULL, -1, -1)->producer_epoch, 0);
}

Test(session, a_broker_that_restarts_begins_another_block)
{
    cr_expect_eq(init(1, NULL, -1, -1)->producer_id, 0);
    kafka_broker_stop(kafka_broker_of(fixture->cluster, 1));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 1));
    cr_expect_eq(init(1, NULL, -1, -1)->producer_id, 1000);
}

/* RPCProducerIdManager.java */
Test(session, a_broker_without_producer_ids_says_that_it_loads_until_the_controller_has_answered)
{
    static const char *const settings[] = {"millrace.producer.ids.ms=20", NULL};
    struct kafka_fixture *usual = fixture;
    fixture = kafka_fixture_new("4.3", 2, settings);
    for (int i = 0; i < 2; i++)
        cr_expect_eq(init(1, NULL, -1, -1)->error_code, KAFKA_COORDINATOR_LOAD_IN_PROGRESS);
    kafka_fixture_advance_ms(fixture, 20);
    cr_expect_eq(init(1, NULL, -1, -1)->producer_id, 0);
    cr_expect_eq(init(1, NULL, -1, -1)->producer_id, 1);
    cr_expect_eq(init(2, NULL, -1, -1)->producer_id, -1);
    kafka_broker_crash(kafka_broker_of(fixture->cluster, 2));
    kafka_broker_start(kafka_broker_of(fixture->cluster, 2));
    kafka_fixture_advance_ms(fixture, 20);
    cr_expect_eq(init(2, NULL, -1, -1)->error_code, KAFKA_COORDINATOR_LOAD_IN_PROGRESS,
                 "the answer was for the broker before the crash");
    kafka_fixture_free(fixture);
    fixture = usual;
}

Test(session, a_producer_that_comes_back_without_a_transactional_id_is_new)
{
    cr_expect_eq(init(1, NULL, 77, 3)->producer_id, 0);
    cr_expect_eq(init(1, NULL, 77, -1)->error_code, KAFKA_INVALID_REQUEST);
    cr_expect_eq(init(1, NULL, -1, 3)->error_code, KAFKA_INVALID_REQUEST);
    cr_expect_eq(init(1, NULL, -1, 3)->producer_id, -1);
}
