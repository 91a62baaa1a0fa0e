/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kafka/host/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct seen {
    struct gate gate;
    char last[80]; /* what the backend was asked last */
    int gate_changes;
    char answer[CONTROL_LINE_BYTES_MAX];
};

static const char *stop(void *context, int32_t broker)
{
    struct seen *seen = context;
    snprintf(seen->last, sizeof(seen->last), "stop %d", broker);
    return broker == 9 ? "there is no broker 9" : NULL;
}

static const char *elect(void *context, const char *topic, int32_t partition, int32_t broker)
{
    struct seen *seen = context;
    snprintf(seen->last, sizeof(seen->last), "elect %s %d %d", topic, partition, broker);
    return NULL;
}

static const char *brokers(void *context, char *out, size_t out_bytes)
{
    (void)context;
    snprintf(out, out_bytes, "1:up 2:down");
    return NULL;
}

static void gate_changed(void *context)
{
    ((struct seen *)context)->gate_changes++;
}

static const struct control_backend backend = {
    .stop = stop, .elect = elect, .brokers = brokers, .gate_changed = gate_changed};

static const char *answer_to(struct seen *seen, const char *line)
{
    struct control control = {.gate = &seen->gate, .backend = &backend, .context = seen};
    control_run(&control, line, seen->answer, sizeof(seen->answer));
    return seen->answer;
}

Test(control, a_strike_goes_to_the_backend_with_the_broker)
{
    struct seen seen = {0};
    cr_expect_str_eq(answer_to(&seen, "stop 2\n"), "ok\n");
    cr_expect_str_eq(seen.last, "stop 2");
    cr_expect_str_eq(answer_to(&seen, "  elect  orders 3 1 \r\n"), "ok\n");
    cr_expect_str_eq(seen.last, "elect orders 3 1");
}

Test(control, the_backends_refusal_is_the_answer)
{
    struct seen seen = {0};
    cr_expect_str_eq(answer_to(&seen, "stop 9"), "error there is no broker 9\n");
}

Test(control, what_a_backend_lacks_it_cannot)
{
    struct seen seen = {0};
    cr_expect_str_eq(answer_to(&seen, "crash 1"), "error cannot\n");
    cr_expect_str_eq(answer_to(&seen, "crash 1 lose"), "error cannot\n");
    cr_expect_str_eq(answer_to(&seen, "crash 1 win"), "error crash a broker, or crash it and lose\n");
    cr_expect_str_eq(answer_to(&seen, "isolate 1"), "error cannot\n");
    cr_expect_str_eq(answer_to(&seen, "heal 1"), "error cannot\n");
    cr_expect_str_eq(answer_to(&seen, "start 1"), "error cannot\n");
    cr_expect_str_eq(answer_to(&seen, "advance 100"), "error cannot\n");
}

Test(control, brokers_are_listed_behind_the_ok)
{
    struct seen seen = {0};
    cr_expect_str_eq(answer_to(&seen, "brokers"), "ok 1:up 2:down\n");
}

Test(control, gate_commands_take_an_api_by_name_or_number)
{
    struct seen seen = {0};
    cr_expect_str_eq(answer_to(&seen, "hold Produce 2"), "ok\n");
    cr_expect_eq(seen.gate.rule[0].hold_count, 2);
    cr_expect_str_eq(answer_to(&seen, "hold 21"), "ok\n");
    cr_expect_eq(seen.gate.rule[21].hold_count, 1);
    cr_expect_str_eq(answer_to(&seen, "drop Fetch"), "ok\n");
    cr_expect_eq(seen.gate.rule[1].drop_request_count, 1);
    cr_expect_str_eq(answer_to(&seen, "drop Fetch response"), "ok\n");
    cr_expect_eq(seen.gate.rule[1].drop_response_count, 1);
    cr_expect_str_eq(answer_to(&seen, "delay Heartbeat 50"), "ok\n");
    cr_expect_eq(seen.gate.rule[12].delay_ms, 50);
    cr_expect_eq(seen.gate_changes, 5);
    cr_expect_str_eq(answer_to(&seen, "release Produce"), "ok\n");
    cr_expect_eq(seen.gate.rule[0].hold_count, 0);
}

Test(control, seen_counts_the_frames_since_the_reset)
{
    struct seen seen = {0};
    gate_request(&seen.gate, 0);
    gate_request(&seen.gate, 0);
    cr_expect_str_eq(answer_to(&seen, "seen Produce"), "ok 2\n");
    cr_expect_str_eq(answer_to(&seen, "reset"), "ok\n");
    cr_expect_str_eq(answer_to(&seen, "seen Produce"), "ok 0\n");
}

Test(control, what_is_not_understood_is_an_error_and_changes_nothing)
{
    static const char *const lines[] = {
        "",
        "\n",
        "stop",
        "stop x",
        "stop -1",
        "stop 1 2",
        "dance",
        "hold",
        "hold Nope",
        "hold 128",
        "drop Fetch reply",
        "drop Fetch request x",
        "delay 1",
        "delay 1 soon",
        "hold 1 many",
        "elect t p 1",
        "elect t 0 x",
        "advance soon",
        "seen Nope",
        "reset now",
        "brokers 1",
        "1 2 3 4 5 6 7 8 9 10",
        "stop 1x",
        "delay Nope 1",
    };
    struct seen seen = {0};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *answer = answer_to(&seen, lines[i]);
        cr_expect(strncmp(answer, "error ", 6) == 0, "\"%s\" is answered %s", lines[i], answer);
    }
    cr_expect_eq(seen.gate_changes, 0);
    cr_expect_str_empty(seen.last);
}

Test(control, a_line_too_long_is_an_error)
{
    struct seen seen = {0};
    char line[2 * CONTROL_LINE_BYTES_MAX];
    memset(line, ' ', sizeof(line));
    memcpy(line, "stop 1", 6);
    line[sizeof(line) - 1] = '\0';
    cr_expect_str_eq(answer_to(&seen, line), "error the line is too long\n");
    cr_expect_str_empty(seen.last);
}

static const char *lead(void *context, int32_t broker, uint32_t number, enum control_lead how)
{
    struct seen *seen = context;
    snprintf(seen->last, sizeof(seen->last), "lead %d %u %d", broker, number, (int)how);
    return NULL;
}

static const char *slow(void *context, int32_t broker, uint32_t delay_ms)
{
    struct seen *seen = context;
    snprintf(seen->last, sizeof(seen->last), "slow %d %u", broker, delay_ms);
    return NULL;
}

Test(control, what_aims_at_one_request_is_a_shot_of_the_gate)
{
    static const struct control_backend aiming = {.lead = lead, .slow = slow, .takes_shots = true};
    struct seen seen = {0};
    struct control control = {.gate = &seen.gate, .backend = &aiming, .context = &seen};
    static const char *const lines[] = {"fail Produce NOT_ENOUGH_REPLICAS 10.0.0.7", "late EndTxn 300",
                                        "drop OffsetCommit request 10.0.0.7", "drop 8 response 10.0.0.8"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        control_run(&control, lines[i], seen.answer, sizeof seen.answer);
        cr_assert_str_eq(seen.answer, "ok\n");
    }
    const struct gate_shot *shots = seen.gate.shots;
    cr_assert_eq(seen.gate.shot_count, 4);
    cr_expect(shots[0].verdict == GATE_FAIL && shots[0].error == 19 && !strcmp(shots[0].address, "10.0.0.7"));
    cr_expect(shots[1].verdict == GATE_LATE && shots[1].delay_ms == 300 && !*shots[1].address);
    cr_expect(shots[2].verdict == GATE_DROP_REQUEST && shots[2].api_key == 8);
    cr_expect(shots[3].verdict == GATE_DROP_RESPONSE && !strcmp(shots[3].address, "10.0.0.8"));
    control_run(&control, "fail Produce NO_SUCH_ERROR", seen.answer, sizeof seen.answer);
    cr_expect_str_eq(seen.answer, "error unknown error\n");
    cr_expect_str_eq(answer_to(&seen, "late Fetch 5"), "error cannot\n",
                     "who never asks for shots is given none");
}

Test(control, leaders_and_slowness_go_to_the_backend)
{
    static const struct control_backend aiming = {.lead = lead, .slow = slow};
    struct seen seen = {0};
    struct control control = {.gate = &seen.gate, .backend = &aiming, .context = &seen};
    static const char *const lines[][3] = {
        {"lead 2 17", "ok\n", "lead 2 17 0"},
        {"lead 2 17 coordinators", "ok\n", "lead 2 17 1"},
        {"lead 2 17 unclean", "ok\n", "lead 2 17 2"},
        {"slow 3 250", "ok\n", "slow 3 250"},
        {"lead 2 17 badly", "error lead cleanly, of coordinators, or unclean\n", ""},
        {"lead 2 x", "error a partition's place is a number\n", ""},
        {"slow x 1", "error a broker is a number\n", ""}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        *seen.last = '\0';
        control_run(&control, lines[i][0], seen.answer, sizeof seen.answer);
        cr_expect_str_eq(seen.answer, lines[i][1]);
        cr_expect_str_eq(seen.last, lines[i][2]);
    }
}
