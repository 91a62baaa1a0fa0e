/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve: the simulated brokers on real sockets, in memory, for any client; and, as a world's process, the brokers that
 * everything in it talks to.
 *
 * What Apache Kafka's own single-node configuration changes for few brokers (factors of its internal topics), this does,
 * too; everything else has Kafka's defaults.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "sim/cli/bug_flag.h"
#include "sim/cli/command.h"
#include "sim/cli/options.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/host/server.h"
#include "sim/kafka/observe/codec.h"
#include "sim/kafka/topic.h"

enum {
    SETTINGS_MAX = 256,
    TOPICS_MAX = 256,
    PARTITIONS_MAX = 10000,
    TEXT_BYTES = 128,
    USERS_BYTES = 4096,
    DEFAULTS = 5,
    ERROR_BYTES = 512,
    PORT_DEFAULT = 9092,
    HOST_BYTES = 256,
    BROKERS_USUAL = 3, /* replicas of an internal topic */
};

struct serving {
    struct kafka_server_config config;
    char host[HOST_BYTES];
    const char *settings[SETTINGS_MAX + 1];
    size_t setting_count;
    char users[USERS_BYTES]; /* "user:password,.." */
    struct kafka_server_topic topics[TOPICS_MAX];
    size_t topic_count;
    struct bug_flag bugs;
};

/* --- options --------------------------------------------------------------------------------------------------- */

/* "HOST", "HOST:PORT". */
static bool set_listen(void *into, const char *value, char *error_out)
{
    struct serving *serving = into;
    const char *colon = strrchr(value, ':');
    size_t bytes = colon ? (size_t)(colon - value) : strlen(value);
    uint64_t port = PORT_DEFAULT;
    if (bytes == 0 || bytes >= sizeof serving->host ||
        (colon && !options_read_number(colon + 1, 0, UINT16_MAX, &port))) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected ADDR or ADDR:PORT");
        return false;
    }
    snprintf(serving->host, sizeof serving->host, "%.*s", (int)bytes, value);
    serving->config.port = (uint16_t)port;
    return true;
}

static bool set_advertise(void *into, const char *value, char *error_out)
{
    if (!*value || strlen(value) >= HOST_BYTES) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a host name");
        return false;
    }
    ((struct serving *)into)->config.advertised_host = value;
    return true;
}

static bool set_brokers(void *into, const char *value, char *error_out)
{
    uint64_t count;
    if (!options_read_number(value, 1, KAFKA_BROKERS_MAX, &count)) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected a number from 1 to %d", KAFKA_BROKERS_MAX);
        return false;
    }
    ((struct serving *)into)->config.broker_count = (int32_t)count;
    return true;
}

static bool set_control(void *into, const char *value, char *error_out)
{
    static const char loopback[] = "127.0.0.1:";
    struct serving *serving = into;
    uint64_t port;
    const char *number =
        strncmp(value, loopback, sizeof loopback - 1) == 0 ? value + sizeof loopback - 1 : value;
    if (!options_read_number(number, 0, UINT16_MAX, &port)) {
        snprintf(error_out, OPTIONS_ERROR_BYTES,
                 "expected PORT or 127.0.0.1:PORT: it is for this machine only");
        return false;
    }
    serving->config.has_control = true;
    serving->config.control_port = (uint16_t)port;
    return true;
}

static bool set_release(void *into, const char *value, char *error_out)
{
    if (kafka_model_of(value, &((struct serving *)into)->config.model))
        return true;
    snprintf(error_out, OPTIONS_ERROR_BYTES, "expected 3.9 or 4.3");
    return false;
}

/* "NAME:PARTITIONS", "NAME:PARTITIONS:REPLICATION". */
static bool set_topic(void *into, const char *value, char *error_out)
{
    struct serving *serving = into;
    char *name = strdup(value), *rest = name;
    uint64_t partitions = 0, replicas = 1;
    strsep(&rest, ":");
    const char *partitions_text = strsep(&rest, ":");
    bool is_sound = *name && partitions_text &&
                    options_read_number(partitions_text, 1, PARTITIONS_MAX, &partitions) &&
                    (!rest || options_read_number(rest, 1, KAFKA_REPLICAS_MAX, &replicas));
    if (!is_sound || serving->topic_count == TOPICS_MAX) {
        snprintf(error_out, OPTIONS_ERROR_BYTES,
                 is_sound ? "more than %d topics" : "expected NAME:PARTITIONS[:REPLICATION]", TOPICS_MAX);
        free(name);
        return false;
    }
    serving->topics[serving->topic_count++] = (struct kafka_server_topic){
        .name = name, .partition_count = (int32_t)partitions, .replica_count = (int32_t)replicas};
    return true;
}

static bool set_setting(void *into, const char *value, char *error_out)
{
    struct serving *serving = into;
    const char *equals = strchr(value, '=');
    if (!equals || equals == value || serving->setting_count == SETTINGS_MAX) {
        snprintf(error_out, OPTIONS_ERROR_BYTES, "expected name=value, at most %d times", SETTINGS_MAX);
        return false;
    }
    serving->settings[serving->setting_count++] = value;
    return true;
}

static bool set_sasl(void *into, const char *value, char *error_out)
{
    struct serving *serving = into;
    size_t used = strlen(serving->users);
    const char *colon = strchr(value, ':');
    if (!colon || colon == value || strchr(value, ',') || used + strlen(value) + 2 > sizeof serving->users) {
        snprintf(error_out, OPTIONS_ERROR_BYTES,
                 "expected user:password without a comma, %d characters in all", USERS_BYTES);
        return false;
    }
    snprintf(serving->users + used, sizeof serving->users - used, "%s%s", used ? "," : "", value);
    return true;
}

static bool set_bug(void *into, const char *value, char *error_out)
{
    return bug_flag_add(&((struct serving *)into)->bugs, value, error_out);
}

static const struct options_flag flags[] = {
    {"--listen", "ADDR[:PORT]", OPTIONS_VALUE, NULL,
     "where the first broker listens, the others on the ports\nbehind; default 127.0.0.1:9092. Port 0: any "
     "free "
     "ones. With\na %d in ADDR that is the broker's id, and the port the same",
     set_listen},
    {"--advertise", "HOST", OPTIONS_VALUE, NULL, "what clients are told instead of ADDR", set_advertise},
    {"--brokers", "N", OPTIONS_VALUE, NULL, "how many brokers; default 1", set_brokers},
    {"--release", "3.9|4.3", OPTIONS_VALUE, NULL, "which Apache Kafka they are like; default 4.3",
     set_release},
    {"--topic", "NAME:P[:R]", OPTIONS_VALUE, NULL,
     "a topic of P partitions, R replicas each (1), from the start;\nmore than one", set_topic},
    {"--set", "name=value", OPTIONS_VALUE, NULL, "a broker's configuration, by Kafka's names; more than one",
     set_setting},
    {"--sasl", "USER:PASSWORD", OPTIONS_VALUE, NULL,
     "clients have to log in by SASL/PLAIN, this one can; more than\none", set_sasl},
    {"--control", "PORT", OPTIONS_VALUE, NULL,
     "take commands there, on 127.0.0.1, a line each: stop 1,\ncrash 1 [lose], start 1, isolate 1, heal 1, "
     "elect TOPIC\n"
     "PARTITION BROKER, lead BROKER N, slow BROKER MS,\nhold|release|drop API, delay API MS, late API MS, "
     "fail API\n"
     "ERROR, advance MS, brokers, reset",
     set_control},
    {BUG_FLAG, "NAME", OPTIONS_VALUE, NULL, BUG_FLAG_HELP, set_bug},
    {0},
};

static const struct options_command command = {
    .name = "serve",
    .usage = "[--listen ADDR[:PORT]] [--brokers N] [--release 3.9|4.3] [--topic NAME:P[:R]]..\n"
             "                          [--set name=value].. [--sasl USER:PASSWORD].. [--control PORT]\n"
             "                          [" BUG_FLAG " NAME]..",
    .about = "Kafka brokers of simulation on real sockets: any client can use them. They hold everything in "
             "memory, and "
             "create\ntopics that a client asks for. One line tells when they are ready.\n",
    .more = "SIGINT or SIGTERM ends them: exit code 0. What they held is gone then.\n" BUG_FLAG_NAMES,
    .flags = flags,
    .positional_max = 0,
};

/* --- the command ----------------------------------------------------------------------------------------------- */

static void on_ready(void *context, const char *bootstrap, uint16_t control_port)
{
    (void)context;
    printf("ready bootstrap.servers=%s", bootstrap);
    if (control_port)
        printf(" control=127.0.0.1:%u", (unsigned)control_port);
    printf("\n");
    fflush(stdout);
}

/* Readable once SIGINT or SIGTERM came. */
static int open_stop(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* In front of the user's own, which win. text: where they lie. */
static void gather_settings(const struct serving *serving, char text[DEFAULTS][USERS_BYTES + TEXT_BYTES],
                            const char *list_out[DEFAULTS + SETTINGS_MAX + 1])
{
    static const struct {
        const char *name;
        int32_t most;
    } factors[] = {{"offsets.topic.replication.factor", BROKERS_USUAL},
                   {"transaction.state.log.replication.factor", BROKERS_USUAL},
                   {"transaction.state.log.min.isr", BROKERS_USUAL - 1}};
    enum { FACTORS = sizeof factors / sizeof factors[0] };
    size_t count = 0;
    int32_t brokers = serving->config.broker_count;
    for (; count < FACTORS; count++) {
        int32_t factor = brokers < factors[count].most ? brokers : factors[count].most;
        snprintf(text[count], USERS_BYTES, "%s=%d", factors[count].name, (int)factor);
        list_out[count] = text[count];
    }
    list_out[count++] = "millrace.group.write.ms=5"; /* as a real log with followers takes */
    if (*serving->users) {
        snprintf(text[count], USERS_BYTES + TEXT_BYTES, "sasl.plain.users=%s", serving->users);
        list_out[count] = text[count];
        count++;
    }
    for (size_t i = 0; i < serving->setting_count; i++)
        list_out[count++] = serving->settings[i];
    list_out[count] = NULL;
}

static int serve(struct serving *serving)
{
    const char *settings[DEFAULTS + SETTINGS_MAX + 1];
    static const size_t text_bytes = DEFAULTS * (USERS_BYTES + TEXT_BYTES);
    char(*text)[USERS_BYTES + TEXT_BYTES] = malloc(text_bytes), error[ERROR_BYTES] = "";
    if (!text)
        return options_complain("serve", "out of memory");
    gather_settings(serving, text, settings);
    serving->config.model.bugs = bug_flag_set(&serving->bugs);
    serving->config.host = serving->host;
    serving->config.settings = settings;
    serving->config.codecs = &codec_all;
    serving->config.topics = serving->topics;
    serving->config.topic_count = serving->topic_count;
    serving->config.stop_fd = open_stop();
    bool is_done = kafka_server_run(&serving->config, error, sizeof error);
    if (serving->config.stop_fd >= 0)
        close(serving->config.stop_fd);
    free(text);
    return is_done ? COMMAND_PASS : options_complain("serve", "%s", error);
}

int serve_command(int argc, char **argv)
{
    return serve_noted(argc, argv, NULL);
}

int serve_noted(int argc, char **argv, void (*on_note)(void *context, const struct kafka_note *note))
{
    struct serving *serving = calloc(1, sizeof *serving);
    struct options_positional none;
    if (!serving)
        return options_complain("serve", "out of memory");
    snprintf(serving->host, sizeof serving->host, "127.0.0.1");
    serving->config = (struct kafka_server_config){
        .broker_count = 1, .port = PORT_DEFAULT, .on_ready = on_ready, .on_note = on_note};
    kafka_model_of("4.3", &serving->config.model);
    int code = options_parse(&command, argc, argv, serving, &none);
    if (code == OPTIONS_GO)
        code = serve(serving);
    for (size_t i = 0; i < serving->topic_count; i++)
        free((char *)(uintptr_t)serving->topics[i].name);
    free(serving);
    return code;
}
