/* SPDX-License-Identifier: Apache-2.0 */
/* What the exactly-once copy programs agree on: settings, records, and where a copy belongs. */
#include <criterion/criterion.h>
#include <string.h>
#include "sim/cli/copy.h"

static const struct copy_call call = {.events = 11, .bytes = 20};
static char key[16], value[COPY_BYTES_MAX];

static rd_kafka_message_t message_of(const char *number, uint32_t n)
{
    strcpy(key, number);
    copy_value(&call, n, value);
    return (rd_kafka_message_t){.key = key, .key_len = strlen(key), .payload = value, .len = call.bytes};
}

static bool is_record(const rd_kafka_message_t *message)
{
    uint32_t n;
    return copy_is_record(&call, message, &n);
}

Test(copy_record, each_of_the_source_is_known_by_its_number)
{
    for (uint32_t n = 0; n < call.events; n++) {
        char number[16];
        uint32_t found = 99;
        snprintf(number, sizeof number, "%u", n);
        rd_kafka_message_t message = message_of(number, n);
        cr_expect(copy_is_record(&call, &message, &found), "record %u", n);
        cr_expect_eq(found, n);
    }
}

Test(copy_record, another_key_or_value_is_none)
{
    rd_kafka_message_t message = message_of("11", 11);
    cr_expect(!is_record(&message), "the source sends numbers below 11");
    message = message_of("3", 4);
    cr_expect(!is_record(&message), "another record's value");
    message = message_of("03", 3);
    cr_expect(!is_record(&message), "a number is written in one way");
    message = message_of("3", 3);
    value[19] = 'y';
    cr_expect(!is_record(&message), "a changed byte");
    message = message_of("3", 3);
    message.len--;
    cr_expect(!is_record(&message), "a byte too few");
    message = message_of("3", 3);
    message.key = NULL;
    cr_expect(!is_record(&message), "no key");
}

Test(copy_record, copies_of_one_input_partition_go_to_all_partitions)
{
    bool is_met[4] = {false};
    for (uint32_t n = 0; n < 4; n++) {
        int32_t partition = copy_partition(n, 3, 4);
        cr_assert(partition >= 0 && partition < 4 && !is_met[partition]);
        is_met[partition] = true;
    }
}

Test(copy_record, the_last_of_equal_settings_counts)
{
    char *argv[] = {"copier", "5", "40", "-o", "rate=1", "-o", "rated=2", "-o", "rate=3", NULL};
    struct copy_call parsed;
    cr_assert(copy_call_of(9, argv, &parsed));
    cr_expect(parsed.events == 5 && parsed.bytes == 40);
    cr_expect_eq(copy_number(&parsed, "rate", 0), 3);
    cr_expect_eq(copy_number(&parsed, "rate.ms", 7), 7);
    cr_expect_null(copy_setting(&parsed, "member"));
}

Test(copy_record, arguments_that_are_no_settings_are_refused)
{
    struct copy_call untouched = {.events = 77};
    char *odd[] = {"copier", "5", "40", "-o", NULL}, *other[] = {"copier", "5", "40", "-x", "a=b", NULL},
         *bare[] = {"copier", "5", "40", "-o", "a", NULL};
    cr_expect(!copy_call_of(4, odd, &untouched));
    cr_expect(!copy_call_of(5, other, &untouched));
    cr_expect(!copy_call_of(5, bare, &untouched));
    cr_expect_eq(untouched.events, 77);
}

Test(copy_record, a_setting_for_consumers_is_none_of_producers)
{
    char *argv[] = {"copier",
                    "5",
                    "40",
                    "-o",
                    "kafka.consumer.session.timeout.ms=7000",
                    "-o",
                    "kafka.producer.linger.ms=9",
                    "-o",
                    "kafka.client.id=x",
                    NULL};
    static const char *const pairs[] = {"group.id", "copy", NULL};
    char text[64];
    size_t bytes = sizeof text;
    struct copy_call parsed;
    cr_assert(copy_call_of(9, argv, &parsed));
    rd_kafka_conf_t *consumer = copy_configuration(&parsed, RD_KAFKA_CONSUMER, pairs);
    rd_kafka_conf_t *producer = copy_configuration(&parsed, RD_KAFKA_PRODUCER, pairs + 2);
    cr_assert(consumer && producer);
    rd_kafka_conf_get(consumer, "session.timeout.ms", text, &bytes);
    cr_expect_str_eq(text, "7000");
    bytes = sizeof text;
    rd_kafka_conf_get(producer, "linger.ms", text, &bytes);
    cr_expect_str_eq(text, "9");
    bytes = sizeof text;
    rd_kafka_conf_get(producer, "client.id", text, &bytes);
    cr_expect_str_eq(text, "x");
    rd_kafka_conf_destroy(consumer);
    rd_kafka_conf_destroy(producer);
}
