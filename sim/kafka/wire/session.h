/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: what a client asks before it begins: ApiVersions, InitProducerId, SaslHandshake, SaslAuthenticate.
 *
 * Members are Kafka's fields under Kafka's names; which version has which stands in session.c. Written by
 * schema.py from Apache Kafka's message definitions.
 */
#ifndef SIM_KAFKA_WIRE_SESSION_H
#define SIM_KAFKA_WIRE_SESSION_H

#include "sim/kafka/wire/wire.h"

/* ApiVersionsRequest, versions 0-4 */
struct wire_api_versions_request {
    struct wire_string client_software_name;
    struct wire_string client_software_version;
};

/* ApiVersionsResponse, versions 0-4 */
struct wire_api_versions_response_api_version {
    int16_t api_key;
    int16_t min_version;
    int16_t max_version;
};

struct wire_api_versions_response_supported_feature_key {
    struct wire_string name;
    int16_t min_version;
    int16_t max_version;
};

struct wire_api_versions_response_finalized_feature_key {
    struct wire_string name;
    int16_t max_version_level;
    int16_t min_version_level;
};

struct wire_api_versions_response {
    int16_t error_code;
    WIRE_ARRAY(struct wire_api_versions_response_api_version) api_keys;
    int32_t throttle_time_ms;
    WIRE_ARRAY(struct wire_api_versions_response_supported_feature_key) supported_features;
    int64_t finalized_features_epoch;
    WIRE_ARRAY(struct wire_api_versions_response_finalized_feature_key) finalized_features;
    bool zk_migration_ready;
};

/* InitProducerIdRequest, versions 0-6 */
struct wire_init_producer_id_request {
    struct wire_string transactional_id;
    int32_t transaction_timeout_ms;
    int64_t producer_id;
    int16_t producer_epoch;
    bool enable2_pc;
    bool keep_prepared_txn;
};

/* InitProducerIdResponse, versions 0-6 */
struct wire_init_producer_id_response {
    int32_t throttle_time_ms;
    int16_t error_code;
    int64_t producer_id;
    int16_t producer_epoch;
    int64_t ongoing_txn_producer_id;
    int16_t ongoing_txn_producer_epoch;
};

/* SaslHandshakeRequest, versions 0-1 */
struct wire_sasl_handshake_request {
    struct wire_string mechanism;
};

/* SaslHandshakeResponse, versions 0-1 */
struct wire_sasl_handshake_response {
    int16_t error_code;
    WIRE_ARRAY(struct wire_string) mechanisms;
};

/* SaslAuthenticateRequest, versions 0-2 */
struct wire_sasl_authenticate_request {
    struct wire_bytes auth_bytes;
};

/* SaslAuthenticateResponse, versions 0-2 */
struct wire_sasl_authenticate_response {
    int16_t error_code;
    struct wire_string error_message;
    struct wire_bytes auth_bytes;
    int64_t session_lifetime_ms;
};

extern const struct wire_schema wire_api_versions_request_schema;
extern const struct wire_schema wire_api_versions_response_schema;
extern const struct wire_schema wire_init_producer_id_request_schema;
extern const struct wire_schema wire_init_producer_id_response_schema;
extern const struct wire_schema wire_sasl_handshake_request_schema;
extern const struct wire_schema wire_sasl_handshake_response_schema;
extern const struct wire_schema wire_sasl_authenticate_request_schema;
extern const struct wire_schema wire_sasl_authenticate_response_schema;

#endif
