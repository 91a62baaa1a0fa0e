/* SPDX-License-Identifier: Apache-2.0 */
/* millrace: the command line. */
#include "pipeline/millrace.h"

#include "pipeline/client.h"
#include "pipeline/config.h"
#include "pipeline/dlq.h"
#include "pipeline/environment.h"
#include "pipeline/field.h"
#include "pipeline/inventory.h"
#include "pipeline/load.h"
#include "pipeline/log.h"
#include "pipeline/memory.h"
#include "pipeline/stage.h"
#include "pipeline/text.h"
#include "pipeline/topics.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: millrace [-c FILE] [-o KEY=VALUE].. COMMAND\n"
    "\n"
    "  ingest | download | retry | results\n"
    "                                     run a stage until SIGTERM\n"
    "  topics create [--dry-run]          create the topics and the groups' first offsets\n"
    "  load --events N [--attachments A] [--rate R] [--repeat K] [--ids PREFIX]\n"
    "       [--seed S] [--url-template T] [--ledger FILE]\n"
    "                                     produce N events, each K-th of them twice; {n} and {k} in T\n"
    "                                     are event and attachment\n"
    "  load --verify LEDGER               compare the inventory with what was sent\n"
    "  inventory list                     print the rows\n"
    "  inventory verify [--blobs] [--topics] [--json]\n"
    "                                     holes, overlaps, what the topics say otherwise; sums as JSON\n"
    "  dlq list [FILTER..] [--json]       dead letters; FILTER: --category C, --trace-id T, --source S,\n"
    "                                     --since TIME, --until TIME, --unresolved (default), --all\n"
    "  dlq show ID                        everything about one, e.g. of xact.downloads.dlq/2/17\n"
    "  dlq replay ID..|FILTER.. [--dry-run]\n"
    "                                     send the failed tasks once more, each exactly once\n"
    "  dlq resolve ID..|FILTER.. --reason TEXT [--dry-run]\n"
    "                                     note that nothing more is to be done\n"
    "  dlq export [ID..|FILTER..]         as JSON lines, bytes included\n"
    "  config check                       is the configuration valid?\n"
    "  config show [--origin]             print it, secrets hidden\n"
    "  version\n"
    "\n"
    "Configuration: -o beats MILLRACE_* variables, which beat the file. Keys: millrace config show.\n"
    "Exit codes: 0 done, 1 a check found a difference, 2 usage or configuration, 3 stopped by an error,\n"
    "4 out of memory, 5 second signal.\n";

/* The command line without -c and -o. */
struct command {
    char **words;
    int count;
    struct config config;
    struct log log;
};

/* format is one of ours, with at most one %s. */
static int fail_usage(const char *format, const char *detail)
{
    struct text line = {0};
    const char *mark = strstr(format, "%s");
    text_append(&line, format, mark ? (size_t)(mark - format) : strlen(format));
    if (mark) {
        text_add(&line, detail);
        text_add(&line, mark + 2);
    }
    log_usage(line.data);
    text_deinit(&line);
    return MILLRACE_USAGE;
}

/* ---- load ---- */

static bool parse_count(const char *text, int64_t maximum, int64_t *out)
{
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno || value > maximum)
        return false;
    *out = value;
    return true;
}

struct load_flags {
    struct load load;
    int64_t seed;
    const char *verify;
};

/* One flag and its value; false: not a flag, or a bad value. */
static bool take_load_flag(struct load_flags *flags, const char *name, const char *value)
{
    struct load *load = &flags->load;
    const struct {
        const char *name;
        const char **text;
        int64_t *number;
        int64_t maximum;
    } rows[] = {
        {"--events", NULL, &load->events, INT64_C(1) << 40},
        {"--attachments", NULL, &load->attachments, LOAD_ATTACHMENTS_MAX},
        {"--rate", NULL, &load->rate, 10000000},
        {"--repeat", NULL, &load->repeat, 1000000},
        {"--seed", NULL, &flags->seed, INT64_MAX},
        {"--ids", &load->ids, NULL, 0},
        {"--url-template", &load->url_template, NULL, 0},
        {"--ledger", &load->ledger, NULL, 0},
        {"--verify", &flags->verify, NULL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (rows[i].number)
            return parse_count(value, rows[i].maximum, rows[i].number);
        *rows[i].text = value;
        return *value != '\0';
    }
    return false;
}

static int run_load(struct command *command)
{
    struct load_flags flags = {.load = {.events = -1,
                                        .attachments = 1,
                                        .ids = "load",
                                        .url_template = "http://127.0.0.1:8080/a/{n}-{k}.pdf"}};
    for (int i = 1; i < command->count; i += 2) {
        if (i + 1 == command->count)
            return fail_usage("load: %s needs a value", command->words[i]);
        if (!take_load_flag(&flags, command->words[i], command->words[i + 1]))
            return fail_usage("load: unknown flag or bad value at %s", command->words[i]);
    }
    if (flags.verify)
        return load_verify(flags.verify, &command->config, &command->log);
    if (flags.load.events < 0)
        return fail_usage("load: --events is missing", NULL);
    flags.load.seed = (uint64_t)flags.seed;
    return load_run(&flags.load, &command->config, &command->log);
}

/* ---- config ---- */

static int check_config(const struct config *config)
{
    char error[CLIENT_ERROR_BYTES];
    for (enum client_kind kind = CLIENT_CONSUMER; kind <= CLIENT_ADMIN; kind++) {
        rd_kafka_conf_t *conf = client_conf(config, kind, NULL, error);
        if (!conf)
            return fail_usage("%s", error);
        rd_kafka_conf_destroy(conf);
    }
    return MILLRACE_OK;
}

static int run_config(struct command *command)
{
    if (command->count == 2 && strcmp(command->words[1], "check") == 0)
        return check_config(&command->config);
    bool with_origin = command->count == 3 && strcmp(command->words[2], "--origin") == 0;
    if (command->count < 2 || strcmp(command->words[1], "show") != 0 || (command->count > 2 && !with_origin))
        return fail_usage("config: expected \"check\" or \"show [--origin]\"", NULL);
    struct text out = {0};
    config_show(&command->config, with_origin, &out);
    bool done = text_write(1, out.data, out.length);
    text_deinit(&out);
    return done ? MILLRACE_OK : MILLRACE_STOPPED;
}

/* ---- others ---- */

static int run_stage(struct command *command)
{
    static const struct worker_stage *const stages[] = {&stage_ingest, &stage_download, &stage_retry,
                                                        &stage_results};
    if (command->count > 1)
        return fail_usage("unexpected argument %s", command->words[1]);
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        if (strcmp(stages[i]->name, command->words[0]) == 0)
            return worker_run(stages[i], &command->config, &command->log);
    }
    return fail_usage("unknown stage %s", command->words[0]);
}

static int run_topics(struct command *command)
{
    bool dry_run = command->count == 3 && strcmp(command->words[2], "--dry-run") == 0;
    if (command->count < 2 || strcmp(command->words[1], "create") != 0 || (command->count > 2 && !dry_run))
        return fail_usage("topics: expected \"create [--dry-run]\"", NULL);
    return topics_create(&command->config, &command->log, dry_run);
}

static int run_inventory(struct command *command)
{
    if (command->count == 2 && strcmp(command->words[1], "list") == 0)
        return inventory_list(&command->config, &command->log);
    if (command->count < 2 || strcmp(command->words[1], "verify") != 0)
        return fail_usage("inventory: expected \"list\" or \"verify [--blobs] [--topics] [--json]\"", NULL);
    struct inventory_checks checks = {0};
    for (int i = 2; i < command->count; i++) {
        bool *flag = strcmp(command->words[i], "--blobs") == 0    ? &checks.with_blobs
                     : strcmp(command->words[i], "--topics") == 0 ? &checks.with_topics
                     : strcmp(command->words[i], "--json") == 0   ? &checks.is_json
                                                                  : NULL;
        if (!flag)
            return fail_usage("inventory verify: unknown argument %s", command->words[i]);
        *flag = true;
    }
    return inventory_verify(&command->config, &command->log, &checks);
}

static int run_dlq(struct command *command)
{
    return dlq_command(command->words + 1, command->count - 1, &command->config, &command->log);
}

static int run_version(struct command *command)
{
    (void)command;
    struct text out = {0};
    text_format(&out, "millrace %s\nlibrdkafka %s\nlibcurl %s\njansson %s\n%s\n", MILLRACE_VERSION,
                rd_kafka_version_str(), curl_version_info(CURLVERSION_NOW)->version, jansson_version_str(),
                OpenSSL_version(OPENSSL_VERSION));
    bool done = text_write(1, out.data, out.length);
    text_deinit(&out);
    return done ? MILLRACE_OK : MILLRACE_STOPPED;
}

static int run_help(struct command *command)
{
    (void)command;
    return text_write(1, usage, sizeof usage - 1) ? MILLRACE_OK : MILLRACE_STOPPED;
}

static int dispatch(struct command *command)
{
    static const struct {
        const char *name;
        int (*run)(struct command *command);
    } rows[] = {
        {"ingest", run_stage},        {"download", run_stage},    {"retry", run_stage},
        {"results", run_stage},       {"topics", run_topics},     {"load", run_load},
        {"inventory", run_inventory}, {"dlq", run_dlq},           {"config", run_config},
        {"version", run_version},     {"--version", run_version}, {"help", run_help},
        {"--help", run_help},         {"-h", run_help},
    };
    if (command->count == 0)
        return fail_usage("no command (see: millrace help)", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, command->words[0]) == 0)
            return rows[i].run(command);
    }
    return fail_usage("unknown command \"%s\" (see: millrace help)", command->words[0]);
}

/* Takes -c and -o out of the arguments, wherever they stand; the others stay in words. NULL-free; false:
 * error. */
static bool read_arguments(struct command *command, int argc, char **argv, char *error)
{
    const char *file = NULL;
    for (int i = 1; i < argc; i++) {
        bool is_file = strcmp(argv[i], "-c") == 0;
        bool is_option = strcmp(argv[i], "-o") == 0;
        if (!is_file && !is_option) {
            command->words[command->count++] = argv[i];
            continue;
        }
        if (++i == argc) {
            strcpy(error, is_file ? "-c: needs a file" : "-o: needs key=value");
            return false;
        }
        if (is_file && file) {
            strcpy(error, "-c: given twice");
            return false;
        }
        if (is_file)
            file = argv[i];
        else if (!config_read_flag(&command->config, argv[i], error))
            return false;
    }
    /* Whatever the order of reading, the stronger source wins (config.h). */
    return config_read_environment(&command->config, environment_lookup, error) &&
           (!file || config_read_file(&command->config, file, error));
}

int millrace_main(int argc, char **argv)
{
    field_open();
    struct command command = {.words = memory_new((size_t)(argc > 0 ? argc : 1) * sizeof *command.words)};
    char error[CONFIG_ERROR_BYTES];
    config_init(&command.config);
    int code;
    if (!read_arguments(&command, argc, argv, error)) {
        code = fail_usage("%s", error);
    } else if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        code = fail_usage("libcurl cannot start", NULL);
    } else {
        log_init(&command.log, (enum log_level)config_number(&command.config, OPTION_LOG_LEVEL),
                 command.count > 0 ? command.words[0] : "", config_string(&command.config, OPTION_INSTANCE));
        code = dispatch(&command);
        curl_global_cleanup();
    }
    config_deinit(&command.config);
    free(command.words);
    return code;
}
