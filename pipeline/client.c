/* SPDX-License-Identifier: Apache-2.0 */
/* client: see client.h. */
#include "pipeline/client.h"

#include "pipeline/memory.h"

#include <stdio.h>
#include <string.h>

static const struct client_property consumer_defaults[] = {
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"isolation.level", "read_committed"},
    {"queued.max.messages.kbytes", "16384"},
    {"topic.metadata.refresh.interval.ms", "60000"},
    {NULL, NULL},
};

static const struct client_property producer_defaults[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"partitioner", "murmur2_random"},
    {"linger.ms", "20"},
    {"queue.buffering.max.messages", "200000"},
    {NULL, NULL},
};

static bool set(rd_kafka_conf_t *conf, const char *name, const char *value, char *error)
{
    return rd_kafka_conf_set(conf, name, value, error, CLIENT_ERROR_BYTES) == RD_KAFKA_CONF_OK;
}

static bool set_all(rd_kafka_conf_t *conf, const struct client_property *property, char *error)
{
    for (; property && property->name; property++) {
        if (!set(conf, property->name, property->value, error))
            return false;
    }
    return true;
}

/* The property's name for a client of this kind, or NULL if the key is another kind's. */
static const char *name_for_kind(const char *name, enum client_kind kind, bool *is_own_out)
{
    bool is_consumers = strncmp(name, "consumer.", 9) == 0;
    bool is_producers = strncmp(name, "producer.", 9) == 0;
    *is_own_out = is_consumers || is_producers;
    if (!*is_own_out)
        return name;
    if ((is_consumers && kind == CLIENT_CONSUMER) || (is_producers && kind == CLIENT_PRODUCER))
        return name + 9;
    return NULL;
}

static bool is_required(const struct client_property *required, const char *name)
{
    for (; required && required->name; required++) {
        if (strcmp(required->name, name) == 0)
            return true;
    }
    return false;
}

static bool set_users(rd_kafka_conf_t *conf, const struct config *config, enum client_kind kind,
                      const struct client_property *required, char *error)
{
    /* Keys of one kind beat keys of both, whatever the order. */
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < config->kafka_count; i++) {
            const struct config_kafka *key = &config->kafka[i];
            bool is_own;
            const char *name = name_for_kind(key->name, kind, &is_own);
            if (!name || is_own != (round == 1))
                continue;
            char inner[CLIENT_ERROR_BYTES / 2];
            if (is_required(required, name)) {
                snprintf(error, CLIENT_ERROR_BYTES, "%.100s: kafka.%.80s: is set by millrace itself",
                         key->origin, key->name);
                return false;
            }
            if (rd_kafka_conf_set(conf, name, key->text, inner, sizeof inner) != RD_KAFKA_CONF_OK) {
                snprintf(error, CLIENT_ERROR_BYTES, "%.100s: kafka.%.80s: %s", key->origin, key->name, inner);
                return false;
            }
        }
    }
    return true;
}

rd_kafka_conf_t *client_conf(const struct config *config, enum client_kind kind,
                             const struct client_property *required, char error[CLIENT_ERROR_BYTES])
{
    rd_kafka_conf_t *conf = memory_check(rd_kafka_conf_new());
    const struct client_property *defaults = kind == CLIENT_CONSUMER   ? consumer_defaults
                                             : kind == CLIENT_PRODUCER ? producer_defaults
                                                                       : NULL;
    if (set(conf, "client.id", "millrace", error) && set_all(conf, defaults, error) &&
        set_users(conf, config, kind, required, error) && set_all(conf, required, error))
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static enum log_level level_of(int syslog_level)
{
    if (syslog_level <= 3)
        return LOG_ERROR;
    if (syslog_level == 4)
        return LOG_WARN;
    /* librdkafka's notices and infos concern its developers. */
    return LOG_DEBUG;
}

/* Runs on librdkafka's threads. */
static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    const struct client_opaque *opaque = rd_kafka_opaque(client);
    struct log_line line;
    log_begin(&line, opaque ? opaque->log : NULL, level_of(level), "librdkafka");
    log_string(&line, "facility", facility);
    log_string(&line, "detail", text);
    log_end(&line);
}

void client_log_error(rd_kafka_t *client, int error, const char *reason, void *opaque)
{
    (void)client;
    const struct client_opaque *own = opaque;
    struct log_line line;
    log_begin(&line, own->log, LOG_WARN, "kafka error");
    log_string(&line, "error", rd_kafka_err2name((rd_kafka_resp_err_t)error));
    log_string(&line, "detail", reason);
    log_end(&line);
}

void client_set_opaque(rd_kafka_conf_t *conf, struct client_opaque *opaque)
{
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, client_log_error);
}

rd_kafka_t *client_new(enum client_kind kind, rd_kafka_conf_t *conf, char error[CLIENT_ERROR_BYTES])
{
    rd_kafka_type_t type = kind == CLIENT_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    rd_kafka_t *client = rd_kafka_new(type, conf, error, CLIENT_ERROR_BYTES);
    if (!client)
        rd_kafka_conf_destroy(conf);
    return client;
}
