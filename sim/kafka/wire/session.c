/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: the tables of session.h, written by schema.py from Apache Kafka's message definitions. Columns: schema.h.
 */
#include "sim/kafka/wire/session.h"
#include "sim/kafka/wire/schema.h"

/* clang-format off */

#define S wire_api_versions_request
static const struct wire_field wire_api_versions_request_fields[] = {
    FIELD(client_software_name, STRING, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(client_software_version, STRING, 3, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_api_versions_request);
#undef S

#define S wire_api_versions_response_api_version
static const struct wire_field wire_api_versions_response_api_version_fields[] = {
    FIELD(api_key, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(min_version, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(max_version, INT16, 0, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_api_versions_response_api_version);
#undef S

#define S wire_api_versions_response_supported_feature_key
static const struct wire_field wire_api_versions_response_supported_feature_key_fields[] = {
    FIELD(name, STRING, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(min_version, INT16, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(max_version, INT16, 3, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_api_versions_response_supported_feature_key);
#undef S

#define S wire_api_versions_response_finalized_feature_key
static const struct wire_field wire_api_versions_response_finalized_feature_key_fields[] = {
    FIELD(name, STRING, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(max_version_level, INT16, 3, EVER, NEVER, 0, UNTAGGED),
    FIELD(min_version_level, INT16, 3, EVER, NEVER, 0, UNTAGGED),
};
static SCHEMA(wire_api_versions_response_finalized_feature_key);
#undef S

#define S wire_api_versions_response
static const struct wire_field wire_api_versions_response_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(api_keys, wire_api_versions_response_api_version, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(throttle_time_ms, INT32, 1, EVER, NEVER, 0, UNTAGGED),
    STRUCTS(supported_features, wire_api_versions_response_supported_feature_key, 3, EVER, NEVER, 0, 0),
    FIELD(finalized_features_epoch, INT64, 3, EVER, NEVER, -1, 1),
    STRUCTS(finalized_features, wire_api_versions_response_finalized_feature_key, 3, EVER, NEVER, 0, 2),
    FIELD(zk_migration_ready, BOOL, 3, EVER, NEVER, 0, 3),
};
SCHEMA(wire_api_versions_response);
#undef S

#define S wire_init_producer_id_request
static const struct wire_field wire_init_producer_id_request_fields[] = {
    FIELD(transactional_id, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(transaction_timeout_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 3, EVER, NEVER, -1, UNTAGGED),
    FIELD(producer_epoch, INT16, 3, EVER, NEVER, -1, UNTAGGED),
    FIELD(enable2_pc, BOOL, 6, EVER, NEVER, 0, UNTAGGED),
    FIELD(keep_prepared_txn, BOOL, 6, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_init_producer_id_request);
#undef S

#define S wire_init_producer_id_response
static const struct wire_field wire_init_producer_id_response_fields[] = {
    FIELD(throttle_time_ms, INT32, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(producer_id, INT64, 0, EVER, NEVER, -1, UNTAGGED),
    FIELD(producer_epoch, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(ongoing_txn_producer_id, INT64, 6, EVER, NEVER, -1, UNTAGGED),
    FIELD(ongoing_txn_producer_epoch, INT16, 6, EVER, NEVER, -1, UNTAGGED),
};
SCHEMA(wire_init_producer_id_response);
#undef S

#define S wire_sasl_handshake_request
static const struct wire_field wire_sasl_handshake_request_fields[] = {
    FIELD(mechanism, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_sasl_handshake_request);
#undef S

#define S wire_sasl_handshake_response
static const struct wire_field wire_sasl_handshake_response_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    ARRAY(mechanisms, STRING, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_sasl_handshake_response);
#undef S

#define S wire_sasl_authenticate_request
static const struct wire_field wire_sasl_authenticate_request_fields[] = {
    FIELD(auth_bytes, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_sasl_authenticate_request);
#undef S

#define S wire_sasl_authenticate_response
static const struct wire_field wire_sasl_authenticate_response_fields[] = {
    FIELD(error_code, INT16, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(error_message, STRING, 0, EVER, 0, 0, UNTAGGED),
    FIELD(auth_bytes, BYTES, 0, EVER, NEVER, 0, UNTAGGED),
    FIELD(session_lifetime_ms, INT64, 1, EVER, NEVER, 0, UNTAGGED),
};
SCHEMA(wire_sasl_authenticate_response);
#undef S
