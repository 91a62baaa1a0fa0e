/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/program.h"

#include <assert.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pipeline/millrace.h"
#include "sim/cli/brokers.h"
#include "sim/cli/copy.h"
#include "sim/cli/pipe.h"
#include "sim/cli/scenario.h"
#include "sim/http/origin.h"

enum { REPLICAS_USUAL = 3 };

#define IDS          "event"
#define ORIGIN_PORT  "8080"
#define URL_TEMPLATE "http://origin:" ORIGIN_PORT "/a/{n}-{k}.pdf?bytes=2300"

static const struct {
    const char *stage;
    int (*main)(int argc, char **argv);
    bool ends_by_itself;
} programs[] = {
    {"ingest", millrace_main, false},
    {"download", millrace_main, false},
    {"retry", millrace_main, false},
    {"results", millrace_main, false},
    {"feeder", pipe_feeder_main, true},
    {"copy", pipe_copy_main, false},
    {"checker", pipe_checker_main, true},
    {"source", copy_source_main, true},
    {"copier", copy_copier_main, false},
    {"auditor", copy_auditor_main, true},
    {"transactor", copy_transactor_main, true},
};
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

static size_t find(const char *stage)
{
    size_t i = 0;
    while (i < PROGRAMS && strcmp(programs[i].stage, stage) != 0)
        i++;
    return i;
}

bool program_is_known(const char *stage)
{
    return find(stage) < PROGRAMS;
}

bool program_ends_by_itself(const char *stage)
{
    return programs[find(stage)].ends_by_itself;
}

__attribute__((format(printf, 2, 3))) static void add(struct program_call *call, const char *format, ...)
{
    assert(call->count < PROGRAM_ARGUMENTS_MAX);
    char *text = call->text[call->count];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, PROGRAM_ARGUMENT_BYTES, format, arguments);
    va_end(arguments);
    assert(length < PROGRAM_ARGUMENT_BYTES);
    call->arguments[call->count++] = text;
    call->arguments[call->count] = NULL;
}

static void begin(struct program_call *call, int (*main)(int, char **), const char *name)
{
    call->main = main;
    call->count = 0;
    add(call, "%s", name);
}

static void add_setting(struct program_call *call, const char *key, const char *value)
{
    add(call, "-o");
    add(call, "%s=%s", key, value);
}

static void add_rate(struct program_call *call, double per_second)
{
    add(call, "-o");
    add(call, "rate=%" PRId64, (int64_t)per_second);
}

/* The pipeline's topics, unless the scenario names its own. */
static const struct {
    const char *name;
    uint32_t partitions;
} pipeline_topics[] = {
    {"xact.events.raw", 12},
    {"xact.events.dlq", 3},
    {"xact.ingest.seen", 12},
    {"xact.downloads.pending", 12},
    {"xact.downloads.pending.retry.5m", 6},
    {"xact.downloads.pending.retry.10m", 6},
    {"xact.downloads.pending.retry.20m", 6},
    {"xact.downloads.pending.retry.40m", 6},
    {"xact.downloads.results", 6},
    {"xact.downloads.dlq", 3},
};

static bool is_named(const struct scenario *scenario, const char *topic)
{
    for (size_t i = 0; i < scenario->topic_count; i++)
        if (strcmp(scenario->topics[i].name, topic) == 0)
            return true;
    return false;
}

static void add_topic(struct program_call *call, const char *name, uint32_t partitions, uint32_t replicas)
{
    add(call, "--topic");
    add(call, "%s:%" PRIu32 ":%" PRIu32, name, partitions, replicas);
}

/* Topics that nobody uses cost replicas that have to be followed. */
static bool has_copiers(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->stage_count; i++) {
        int (*main)(int, char **) = programs[find(scenario->stages[i].name)].main;
        if (main == copy_copier_main || main == copy_transactor_main)
            return true;
    }
    return false;
}

void program_for_brokers(struct program_call *call, const struct scenario *scenario)
{
    uint32_t replicas = scenario->brokers < REPLICAS_USUAL ? scenario->brokers : REPLICAS_USUAL;
    call->main = NULL;
    call->count = 0;
    add(call, "--set");
    add(call, "group.initial.rebalance.delay.ms=%" PRId64, scenario->initial_rebalance_delay_ns / 1000000);
    add(call, "--set");
    add(call, "millrace.partition.start.max.ms=%" PRId64, scenario->partition_start_max_ns / 1000000);
    for (size_t i = 0; i < scenario->broker_setting_count; i++) {
        add(call, "--set");
        add(call, "%s=%s", scenario->broker_settings[i].key, scenario->broker_settings[i].value);
    }
    for (size_t i = 0; i < scenario->broker_bug_count; i++) {
        add(call, "--broker-bug");
        add(call, "%s", scenario->broker_bugs[i]);
    }
    for (size_t i = 0; i < sizeof pipeline_topics / sizeof pipeline_topics[0] && !has_copiers(scenario); i++)
        if (!is_named(scenario, pipeline_topics[i].name))
            add_topic(call, pipeline_topics[i].name, pipeline_topics[i].partitions, replicas);
    for (size_t i = 0; i < scenario->topic_count; i++)
        add_topic(call, scenario->topics[i].name, scenario->topics[i].partitions,
                  scenario->topics[i].replication);
}

void program_for_origin(struct program_call *call, const struct scenario *scenario)
{
    begin(call, http_origin_main, "origin");
    add(call, "--bind");
    add(call, "0.0.0.0");
    add(call, "--port");
    add(call, ORIGIN_PORT);
    add(call, "--latency-us");
    add(call, "%" PRIu32 "..%" PRIu32, scenario->http_latency_us_min, scenario->http_latency_us_max);
    add(call, "--heal-ms");
    add(call, "%" PRId64, scenario->faults_until_ns / 1000000);
    const struct {
        const char *flag;
        uint32_t per_million;
    } faults[] = {
        {"--error-ppm", scenario->http_error_per_million},
        {"--stall-ppm", scenario->http_stall_per_million},
        {"--reset-ppm", scenario->http_reset_per_million},
        {"--slow-ppm", scenario->http_slow_per_million},
        {"--truncate-ppm", scenario->http_truncate_per_million},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        add(call, "%s", faults[i].flag);
        add(call, "%" PRIu32, faults[i].per_million);
    }
}

void program_for_load(struct program_call *call, const struct scenario *scenario, const char *bootstrap)
{
    begin(call, millrace_main, "millrace");
    add(call, "load");
    add_setting(call, "kafka.bootstrap.servers", bootstrap);
    add_setting(call, "log.level", "warn");
    add(call, "--events");
    add(call, "%" PRIu32, scenario->events);
    add(call, "--repeat");
    add(call, "%" PRIu32, scenario->repeat);
    add(call, "--attachments");
    add(call, "%" PRIu32, scenario->attachments);
    add(call, "--rate");
    add(call, "%" PRId64, (int64_t)scenario->events_per_second);
    add(call, "--ids");
    add(call, IDS);
    add(call, "--url-template");
    add(call, URL_TEMPLATE);
}

void program_for_stage(struct program_call *call, const struct scenario *scenario,
                       const struct scenario_stage *stage, const char *instance, const char *bootstrap)
{
    size_t program = find(stage->name);
    assert(program < PROGRAMS);
    begin(call, programs[program].main, programs[program].main == millrace_main ? "millrace" : stage->name);
    if (programs[program].main == millrace_main) {
        add(call, "%s", stage->name);
        add_setting(call, "instance", instance);
        add_setting(call, "storage.url", "file:///data");
        add_setting(call, "consumer.start", "earliest");
        add_setting(call, "allow.http", "true");
        add_setting(call, "allow.private", "true");
        add_setting(call, "log.level", "warn");
    } else {
        add(call, "%" PRIu32, scenario->events);
        add(call, "%" PRIu32, scenario->message_bytes);
    }
    add_setting(call, "kafka.bootstrap.servers", bootstrap);
    if (programs[program].main == copy_source_main)
        add_rate(call, scenario->events_per_second);
    if (programs[program].main == copy_copier_main || programs[program].main == copy_transactor_main)
        add_setting(call, "member", instance);
    for (size_t i = 0; i < stage->setting_count; i++)
        add_setting(call, stage->settings[i].key, stage->settings[i].value);
}

void program_trace_id(size_t n, char out[static 64])
{
    snprintf(out, 64, IDS "-%08zu", n);
}

void program_attachment_url(size_t n, size_t k, char out[static 128])
{
    snprintf(out, 128, "http://origin:" ORIGIN_PORT "/a/%zu-%zu.pdf?bytes=2300", n, k);
}

/* --- warm-up --------------------------------------------------------------------------------------------------- */

static size_t drop_body(char *data, size_t size, size_t count, void *opaque)
{
    (void)data;
    (void)opaque;
    return size * count;
}

/* Refused, but far enough to set up everything curl and OpenSSL set up once. Curl stays initialised: in the image. */
static void use_curl(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1:1/");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    CURLM *multi = curl_multi_init();
    curl_multi_add_handle(multi, easy);
    for (int running = 1; running;) {
        curl_multi_perform(multi, &running);
        if (running)
            curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
}

static void use_digest(void)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, "x", 1);
    EVP_DigestFinal_ex(context, digest, &bytes);
    EVP_MD_CTX_free(context);
}

int program_warm_up(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    use_curl();
    use_digest();
    json_t *json = json_pack("{s:i}", "n", 1);
    char *text = json_dumps(json, 0);
    json_decref(json);
    json_decref(json_loads(text, 0, NULL));
    free(text);
    /* millrace gives jansson its allocator, which is the library's from then on. */
    static char *const version[] = {"millrace", "version", NULL};
    millrace_main(2, (char **)(uintptr_t)version);
    return brokers_exercise();
}
