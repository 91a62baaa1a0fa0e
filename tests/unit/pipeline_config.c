/* SPDX-License-Identifier: Apache-2.0 */
/* config: who wins, where a value came from, and every way in which it can be wrong. */
#include "pipeline/client.h"
#include "pipeline/config.h"

#include <criterion/criterion.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

static const char *no_variables(const char *name)
{
    (void)name;
    return NULL;
}

static const char *some_variables(const char *name)
{
    if (strcmp(name, "MILLRACE_STORAGE_URL") == 0)
        return "file:///from/variable";
    if (strcmp(name, "MILLRACE_KAFKA_BOOTSTRAP_SERVERS") == 0)
        return "variable:9092";
    return NULL;
}

static const char *bad_variable(const char *name)
{
    return strcmp(name, "MILLRACE_DOWNLOAD_CONCURRENCY") == 0 ? "501" : NULL;
}

Test(config, flags_beat_variables_beat_the_file_beats_defaults_in_any_order_of_reading)
{
    /* 0 file, 1 variables, 2 flag: all six orders. */
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int order = 0; order < 6; order++) {
        struct config config;
        char error[CONFIG_ERROR_BYTES];
        config_init(&config);
        for (int i = 0; i < 3; i++) {
            bool done = false;
            if (orders[order][i] == 0)
                done = config_read_text(&config, "f",
                                        "storage.url=file:///f\ninstance = 7 \nlog.level=debug\n", error);
            if (orders[order][i] == 1)
                done = config_read_environment(&config, some_variables, error);
            if (orders[order][i] == 2)
                done = config_read_flag(&config, "instance=9", error);
            cr_assert(done, "%s", error);
        }
        cr_assert_str_eq(config_string(&config, OPTION_STORAGE_URL), "file:///from/variable");
        cr_assert_str_eq(config_string(&config, OPTION_INSTANCE), "9");
        cr_assert_str_eq(config_string(&config, OPTION_LOG_LEVEL), "debug");
        cr_assert_eq(config_number(&config, OPTION_DOWNLOAD_CONCURRENCY), 50);
        config_deinit(&config);
    }
}

Test(config, each_wrong_line_is_one_error_with_its_place)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"foo = 1", "c:1: unknown key \"foo\""},
        {"\n# x\n  nothing  ", "c:3: expected \"key = value\""},
        {"= 1", "c:1: expected \"key = value\""},
        {"download.concurrency = many", "c:1: download.concurrency: \"many\" is not a whole number"},
        {"download.concurrency = ", "c:1: download.concurrency: \"\" is not a whole number"},
        {"download.concurrency = 0x10", "c:1: download.concurrency: \"0x10\" is not a whole number"},
        {"download.concurrency = 0", "c:1: download.concurrency: 0 is not in 1..500"},
        {"download.concurrency = 501", "c:1: download.concurrency: 501 is not in 1..500"},
        {"download.concurrency = -1", "c:1: download.concurrency: -1 is not in 1..500"},
        {"download.concurrency = 99999999999999999999",
         "c:1: download.concurrency: 99999999999999999999 is not in 1..500"},
        {"allow.http = yes", "c:1: allow.http: \"yes\" is neither true nor false"},
        {"log.level = loud", "c:1: log.level: \"loud\" is not one of error|warn|info|debug"},
        {"log.level = ", "c:1: log.level: \"\" is not one of error|warn|info|debug"},
        {"instance = a\ninstance = b", "c:2: instance: given before, at c:1"},
        {"kafka.a = 1\nkafka.a = 2", "c:2: kafka.a: given before, at c:1"},
        {"kafka. = 1", "c:1: \"kafka.\" lacks a property name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config;
        char error[CONFIG_ERROR_BYTES] = "";
        config_init(&config);
        cr_assert_not(config_read_text(&config, "c", rows[i].text, error), "%s", rows[i].text);
        cr_assert_str_eq(error, rows[i].error);
        config_deinit(&config);
    }
}

Test(config, a_wrong_flag_variable_or_file_is_named)
{
    struct config config;
    char error[CONFIG_ERROR_BYTES] = "";
    config_init(&config);
    cr_assert_not(config_read_flag(&config, "instance", error));
    cr_assert_str_eq(error, "-o: expected key=value, not \"instance\"");
    cr_assert_not(config_read_flag(&config, "foo=1", error));
    cr_assert_str_eq(error, "-o: unknown key \"foo\"");
    cr_assert_not(config_read_environment(&config, bad_variable, error));
    cr_assert_str_eq(error, "MILLRACE_DOWNLOAD_CONCURRENCY: download.concurrency: 501 is not in 1..500");
    cr_assert_not(config_read_file(&config, "/nowhere/millrace.conf", error));
    cr_assert_str_eq(error, "/nowhere/millrace.conf: No such file or directory");
    config_deinit(&config);
}

Test(config, a_misspelt_variable_is_found)
{
    char *const good[] = {"PATH=/bin", "MILLRACE_ALLOW_HTTP=true", "MILLRACE_KAFKA_SASL_PASSWORD=x", NULL};
    char *const bad[] = {"MILLRACE_ALOW_HTTP=true", NULL};
    char error[CONFIG_ERROR_BYTES] = "";
    cr_assert(config_check_environment(good, error), "%s", error);
    cr_assert_not(config_check_environment(bad, error));
    cr_assert_str_eq(error, "MILLRACE_ALOW_HTTP: no option has this variable");
}

Test(config, what_is_shown_tells_the_origin_and_hides_secrets)
{
    struct config config;
    char error[CONFIG_ERROR_BYTES];
    struct text out = {0};
    config_init(&config);
    cr_assert(config_read_text(&config, "c",
                               "kafka.sasl.password = hunter2\nkafka.client.rack = r1\n"
                               "storage.url = https://user:pw@h/p?sig=abc\n",
                               error),
              "%s", error);
    config_show(&config, true, &out);
    cr_assert(strstr(out.data, "kafka.sasl.password = ***  # c:1\n"));
    cr_assert(strstr(out.data, "kafka.client.rack = r1  # c:2\n"));
    cr_assert(strstr(out.data, "storage.url = https://***@h/p?***  # c:3\n"));
    cr_assert(strstr(out.data, "download.concurrency = 50  # default\n"));
    cr_assert_null(strstr(out.data, "hunter2"));
    cr_assert_null(strstr(out.data, "abc"));
    text_deinit(&out);
    config_deinit(&config);
}

Test(config, lists_are_compared_item_by_item)
{
    struct config config;
    char error[CONFIG_ERROR_BYTES];
    config_init(&config);
    cr_assert(config_list_is_empty(&config, OPTION_ALLOW_HOSTS));
    cr_assert(config_read_flag(&config, "allow.hosts= a.example , b.example,", error));
    cr_assert(config_list_has(&config, OPTION_ALLOW_HOSTS, "a.example"));
    cr_assert(config_list_has(&config, OPTION_ALLOW_HOSTS, "B.EXAMPLE"));
    cr_assert_not(config_list_has(&config, OPTION_ALLOW_HOSTS, "example"));
    cr_assert_not(config_list_has(&config, OPTION_ALLOW_HOSTS, "a.example.evil"));
    cr_assert_not(config_list_has(&config, OPTION_ALLOW_HOSTS, ""));
    config_deinit(&config);
}

static void expect_client_error(const char *text, const struct client_property *required,
                                const char *expected)
{
    struct config config;
    char error[CONFIG_ERROR_BYTES] = "";
    config_init(&config);
    cr_assert(config_read_text(&config, "c", text, error), "%s", error);
    cr_assert_null(client_conf(&config, CLIENT_CONSUMER, required, error), "%s", text);
    cr_assert(strncmp(error, expected, strlen(expected)) == 0, "%s", error);
    config_deinit(&config);
}

Test(config, a_property_that_librdkafka_refuses_is_traced_to_its_line)
{
    static const struct client_property required[] = {{"enable.auto.commit", "false"}, {NULL, NULL}};
    expect_client_error("kafka.no.such = 1", NULL, "c:1: kafka.no.such: No such configuration property");
    expect_client_error("\nkafka.consumer.session.timeout.ms = x", NULL,
                        "c:2: kafka.consumer.session.timeout.ms: Invalid value");
    expect_client_error("kafka.enable.auto.commit = true", required,
                        "c:1: kafka.enable.auto.commit: is set by millrace itself");
}

Test(config, properties_of_one_client_beat_those_of_both_and_do_not_reach_the_other)
{
    struct config config;
    char error[CONFIG_ERROR_BYTES], value[64];
    size_t bytes = sizeof value;
    config_init(&config);
    cr_assert(config_read_environment(&config, no_variables, error));
    cr_assert(config_read_text(&config, "c",
                               "kafka.consumer.client.id = mine\nkafka.client.id = both\n"
                               "kafka.producer.linger.ms = 7\n",
                               error));
    rd_kafka_conf_t *conf = client_conf(&config, CLIENT_CONSUMER, NULL, error);
    cr_assert_not_null(conf, "%s", error);
    cr_assert_eq(rd_kafka_conf_get(conf, "client.id", value, &bytes), RD_KAFKA_CONF_OK);
    cr_assert_str_eq(value, "mine");
    rd_kafka_conf_destroy(conf);
    config_deinit(&config);
}
