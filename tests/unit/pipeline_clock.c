/* SPDX-License-Identifier: Apache-2.0 */
/* clock and duration: times and durations as text; and the retry topics that follow from them. */
#include "pipeline/clock.h"
#include "pipeline/duration.h"
#include "pipeline/topics.h"

#include <criterion/criterion.h>
#include <string.h>

Test(clock, what_is_written_is_read_as_the_same_millisecond)
{
    static const int64_t seconds[] = {0, 1, 951782400 /* 2000-02-29 */, 1700000000, 4102444799, -1, -86400};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        char text[CLOCK_TEXT_BYTES];
        int64_t wall_ns = seconds[i] * CLOCK_NS_PER_S + 123 * CLOCK_NS_PER_MS, read_ns = 0;
        cr_assert(clock_parse(clock_format(wall_ns, text), &read_ns), "%s", text);
        cr_expect(read_ns == wall_ns, "%s", text);
    }
}

Test(clock, fractions_of_any_length_are_read)
{
    int64_t wall_ns;
    cr_assert(clock_parse("1970-01-01T00:00:01Z", &wall_ns) && wall_ns == CLOCK_NS_PER_S);
    cr_assert(clock_parse("1970-01-01T00:00:01.5+00:00", &wall_ns) && wall_ns == 1500 * CLOCK_NS_PER_MS);
    cr_assert(clock_parse("1970-01-01T00:00:00.1234567891Z", &wall_ns) && wall_ns == 123456789);
}

Test(clock, what_is_no_time_or_beyond_the_range_is_refused)
{
    static const char *const bad[] = {"",
                                      "1970-01-01",
                                      "1970-13-01T00:00:00Z",
                                      "1970-01-01T00:00:00",
                                      "9999-01-01T00:00:00Z",
                                      "0000-01-01T00:00:00Z"};
    int64_t wall_ns = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(clock_parse(bad[i], &wall_ns), "%s", bad[i]);
    cr_expect(wall_ns == 42);
}

Test(duration, is_a_number_and_a_unit)
{
    static const struct {
        const char *text;
        int64_t ns; /* 0: none */
    } rows[] = {{"500ms", 500 * CLOCK_NS_PER_MS},
                {"2s", 2 * CLOCK_NS_PER_S},
                {"5m", 300 * CLOCK_NS_PER_S},
                {"1h", 3600 * CLOCK_NS_PER_S},
                {"720h", 2592000 * CLOCK_NS_PER_S},
                {"721h", 0},
                {"0s", 0},
                {"", 0},
                {"5", 0},
                {"m", 0},
                {"5 m", 0},
                {"-5m", 0},
                {"5mm", 0},
                {"99999999999999999999s", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ns = 0;
        bool is_one = duration_parse(rows[i].text, strlen(rows[i].text), &ns);
        cr_expect(is_one == (rows[i].ns != 0) && ns == rows[i].ns, "%s", rows[i].text);
    }
}

static void with_delays(struct config *config, const char *flag)
{
    char error[CONFIG_ERROR_BYTES];
    config_init(config);
    cr_assert(config_read_flag(config, flag, error), "%s", error);
}

Test(topics, retry_delays_name_the_topics_and_say_how_long_a_task_waits)
{
    struct config config;
    char name[TOPICS_NAME_BYTES];
    int64_t delay_ns = 0;
    with_delays(&config, "retry.delays=2s, 4s,1h");
    cr_expect_str_eq(topics_name(&config, TOPICS_RETRY_2, name), "xact.downloads.pending.retry.4s");
    cr_expect(topics_exists(&config, TOPICS_RETRY_3) && !topics_exists(&config, TOPICS_RETRY_4));
    cr_expect(topics_exists(&config, TOPICS_PENDING));
    cr_expect(topics_retry(&config, 0, 0, &delay_ns) == TOPICS_RETRY_1 && delay_ns == 2 * CLOCK_NS_PER_S);
    cr_expect(topics_retry(&config, 2, 0, &delay_ns) == TOPICS_RETRY_3);
    cr_expect(topics_retry(&config, 3, 0, &delay_ns) == TOPICS_COUNT);
    config_deinit(&config);
}

Test(topics, who_was_asked_to_wait_for_long_waits_in_a_topic_of_long_delays)
{
    struct config config;
    int64_t delay_ns = 0;
    with_delays(&config, "retry.delays=2s,4s,8s");
    cr_expect(topics_retry(&config, 0, 3 * CLOCK_NS_PER_S, &delay_ns) == TOPICS_RETRY_2);
    cr_expect(topics_retry(&config, 0, 60 * CLOCK_NS_PER_S, &delay_ns) == TOPICS_RETRY_3);
    cr_expect(delay_ns == 8 * CLOCK_NS_PER_S);
    config_deinit(&config);
}

Test(topics, bad_retry_delays_are_refused_with_the_key)
{
    static const char *const bad[] = {"", "5", "5m,5m", "300s,5m", "1s,2s,3s,4s,5s", "5m,,10m"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct config config;
        char flag[64] = "retry.delays=", error[CONFIG_ERROR_BYTES] = "";
        strcat(flag, bad[i]);
        config_init(&config);
        cr_expect_not(config_read_flag(&config, flag, error), "%s", bad[i]);
        cr_expect(strstr(error, "retry.delays"), "%s", error);
        config_deinit(&config);
    }
}
