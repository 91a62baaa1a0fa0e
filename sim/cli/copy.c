/* SPDX-License-Identifier: Apache-2.0 */
/* copy: see copy.h. What the programs share, and the source. */
#include "sim/cli/copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ERROR_BYTES = 512, NAME_BYTES = 256, NUMBER_BYTES = 16, FLUSH_MS = 1000, BYTES_USUAL = 100 };

/* --- settings -------------------------------------------------------------------------------------------------- */

bool copy_call_of(int argc, char **argv, struct copy_call *call_out)
{
    struct copy_call call = {.argc = argc, .argv = argv};
    if (argc < 3 || argc % 2 == 0) {
        fprintf(stderr, "%s: expected EVENTS BYTES [-o SETTING=VALUE]..\n", argc ? argv[0] : "copy");
        return false;
    }
    call.events = (uint32_t)strtoul(argv[1], NULL, 10);
    call.bytes = (uint32_t)strtoul(argv[2], NULL, 10);
    if (call.bytes < NUMBER_BYTES || call.bytes > COPY_BYTES_MAX)
        call.bytes = BYTES_USUAL;
    for (int i = 3; i < argc; i += 2)
        if (strcmp(argv[i], "-o") != 0 || !strchr(argv[i + 1], '=')) {
            fprintf(stderr, "%s: expected -o SETTING=VALUE instead of %s %s\n", argv[0], argv[i],
                    argv[i + 1]);
            return false;
        }
    *call_out = call;
    return true;
}

const char *copy_setting(const struct copy_call *call, const char *name)
{
    size_t bytes = strlen(name);
    for (int i = call->argc - 1; i > 3; i -= 2)
        if (strncmp(call->argv[i], name, bytes) == 0 && call->argv[i][bytes] == '=')
            return call->argv[i] + bytes + 1;
    return NULL;
}

int64_t copy_number(const struct copy_call *call, const char *name, int64_t standard)
{
    const char *text = copy_setting(call, name);
    return text ? strtoll(text, NULL, 10) : standard;
}

int64_t copy_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool set(rd_kafka_conf_t *configuration, const char *name, const char *value)
{
    char error[ERROR_BYTES];
    if (rd_kafka_conf_set(configuration, name, value, error, sizeof error) == RD_KAFKA_CONF_OK)
        return true;
    fprintf(stderr, "copy: %s\n", error);
    return false;
}

/* What stands behind "kafka." is of which clients? */
static const char *name_for(rd_kafka_type_t type, const char *name)
{
    static const char consumer[] = "consumer.", producer[] = "producer.";
    if (strncmp(name, consumer, sizeof consumer - 1) == 0)
        return type == RD_KAFKA_CONSUMER ? name + sizeof consumer - 1 : NULL;
    if (strncmp(name, producer, sizeof producer - 1) == 0)
        return type == RD_KAFKA_PRODUCER ? name + sizeof producer - 1 : NULL;
    return name;
}

static bool set_all(rd_kafka_conf_t *configuration, const struct copy_call *call, rd_kafka_type_t type)
{
    for (int i = 4; i < call->argc; i += 2) {
        const char *setting = call->argv[i];
        const char *name = strncmp(setting, "kafka.", 6) == 0 ? name_for(type, setting + 6) : NULL;
        if (!name)
            continue;
        char copy[NAME_BYTES];
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(name, "="), name);
        if (!set(configuration, copy, strchr(setting, '=') + 1))
            return false;
    }
    return true;
}

rd_kafka_conf_t *copy_configuration(const struct copy_call *call, rd_kafka_type_t type,
                                    const char *const *pairs)
{
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    bool is_good = true;
    for (; *pairs && is_good; pairs += 2)
        is_good = set(configuration, pairs[0], pairs[1]);
    if (is_good && set_all(configuration, call, type))
        return configuration;
    rd_kafka_conf_destroy(configuration);
    return NULL;
}

rd_kafka_t *copy_client(rd_kafka_type_t type, rd_kafka_conf_t *configuration)
{
    char error[ERROR_BYTES];
    if (!configuration)
        return NULL;
    rd_kafka_t *client = rd_kafka_new(type, configuration, error, sizeof error);
    if (!client) {
        fprintf(stderr, "copy: %s\n", error);
        rd_kafka_conf_destroy(configuration);
    }
    return client;
}

/* --- records --------------------------------------------------------------------------------------------------- */

void copy_value(const struct copy_call *call, uint32_t n, char *bytes_out)
{
    char number[NUMBER_BYTES];
    int digits = snprintf(number, sizeof number, "%" PRIu32 " ", n);
    memset(bytes_out, 'x', call->bytes);
    memcpy(bytes_out, number, (size_t)digits);
}

bool copy_is_record(const struct copy_call *call, const rd_kafka_message_t *message, uint32_t *n_out)
{
    char key[NUMBER_BYTES] = "", again[NUMBER_BYTES], *value = malloc(COPY_BYTES_MAX);
    if (!message->key || message->key_len >= sizeof key || !value) {
        free(value);
        return false;
    }
    memcpy(key, message->key, message->key_len);
    uint32_t n = (uint32_t)strtoul(key, NULL, 10);
    snprintf(again, sizeof again, "%" PRIu32, n);
    copy_value(call, n, value);
    bool is_record = n < call->events && strcmp(key, again) == 0 && message->len == call->bytes &&
                     memcmp(message->payload, value, call->bytes) == 0;
    free(value);
    if (is_record)
        *n_out = n;
    return is_record;
}

int32_t copy_partition(uint32_t n, int32_t input_partition, int64_t partitions)
{
    return (int32_t)((n + (uint32_t)input_partition) % (uint32_t)partitions);
}

/* --- the source ------------------------------------------------------------------------------------------------ */

struct source {
    rd_kafka_t *producer;
    uint32_t written, failed;
};

/* Only a broker gives an offset: a report without one may be of a record that no log holds. */
static void on_source_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct source *source = opaque;
    (void)producer;
    if (!message->err && message->offset >= 0) {
        source->written++;
        return;
    }
    source->failed++;
    fprintf(stderr, "source: %.*s: %s\n", (int)message->key_len, (const char *)message->key,
            message->err ? rd_kafka_err2str(message->err) : "acknowledged without an offset");
}

static bool send_record(const struct copy_call *call, rd_kafka_t *producer, uint32_t n, char *value)
{
    char key[NUMBER_BYTES];
    size_t key_bytes = (size_t)snprintf(key, sizeof key, "%" PRIu32, n);
    copy_value(call, n, value);
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = COPY_INPUT},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key, key_bytes}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {value, call->bytes}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };
    for (;;) {
        rd_kafka_error_t *refused = rd_kafka_produceva(producer, fields, sizeof fields / sizeof fields[0]);
        rd_kafka_resp_err_t error = rd_kafka_error_code(refused);
        rd_kafka_error_destroy(refused);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return error == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_poll(producer, FLUSH_MS);
    }
}

static bool send_records(const struct copy_call *call, struct source *source)
{
    int64_t rate = copy_number(call, "rate", 0), began_ms = copy_now_ms();
    char *value = malloc(COPY_BYTES_MAX);
    bool is_sent = value != NULL;
    for (uint32_t n = 0; n < call->events && is_sent && !source->failed; n++) {
        int64_t due_ms = began_ms + (rate ? n * INT64_C(1000) / rate : 0);
        for (int64_t now_ms = copy_now_ms(); now_ms < due_ms; now_ms = copy_now_ms())
            rd_kafka_poll(source->producer, (int)(due_ms - now_ms));
        is_sent = send_record(call, source->producer, n, value);
        rd_kafka_poll(source->producer, 0);
    }
    free(value);
    return is_sent;
}

int copy_source_main(int argc, char **argv)
{
    /* One request at a time, so that no refused batch can pass for written (ARCHITECTURE.md). */
    static const char *const pairs[] = {"enable.idempotence", "true", "max.in.flight.requests.per.connection",
                                        "1", NULL};
    struct copy_call call;
    if (!copy_call_of(argc, argv, &call))
        return COPY_USAGE;
    struct source source = {0};
    rd_kafka_conf_t *configuration = copy_configuration(&call, RD_KAFKA_PRODUCER, pairs);
    if (configuration) {
        rd_kafka_conf_set_dr_msg_cb(configuration, on_source_report);
        rd_kafka_conf_set_opaque(configuration, &source);
    }
    source.producer = copy_client(RD_KAFKA_PRODUCER, configuration);
    if (!source.producer)
        return COPY_USAGE;
    bool is_sent = send_records(&call, &source);
    while (is_sent && rd_kafka_outq_len(source.producer) > 0)
        rd_kafka_flush(source.producer, FLUSH_MS);
    printf("{\"role\":\"source\",\"events\":%" PRIu32 ",\"written\":%" PRIu32 ",\"failed\":%" PRIu32 "}\n",
           call.events, source.written, source.failed);
    fflush(stdout);
    rd_kafka_destroy(source.producer);
    return source.written == call.events && !source.failed ? COPY_DONE : COPY_FAILED;
}
