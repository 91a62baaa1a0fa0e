/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: words of a line, a table of commands. See control.h.
 */
#include "sim/kafka/host/control.h"
#include "sim/kafka/wire/errors.h"
#include "sim/kafka/wire/wire.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_MAX = 512 };

static const char cannot[] = "cannot";

struct command {
    const struct control *control;
    char *words[CONTROL_WORDS_MAX];
    size_t word_count;
    char *answer; /* behind "ok": may stay empty */
    size_t answer_bytes;
};

static bool is_number(const char *word, int64_t max, int64_t *out)
{
    char *end;
    long long value = strtoll(word, &end, 10);
    if (end == word || *end != '\0' || value < 0 || value > max)
        return false;
    *out = value;
    return true;
}

static const char *read_broker(const char *word, int32_t *out)
{
    int64_t value;
    if (!is_number(word, INT32_MAX, &value))
        return "a broker is a number";
    *out = (int32_t)value;
    return NULL;
}

static const char *read_api(const char *word, int16_t *out)
{
    int64_t value;
    const struct wire_api *api;
    for (size_t i = 0; (api = wire_api_at(i)); i++) {
        if (strcmp(api->name, word) == 0) {
            *out = api->key;
            return NULL;
        }
    }
    if (!is_number(word, GATE_APIS_MAX - 1, &value))
        return "unknown API";
    *out = (int16_t)value;
    return NULL;
}

static const char *strike(struct command *command, const char *(*function)(void *, int32_t))
{
    int32_t broker;
    const char *error = read_broker(command->words[1], &broker);
    if (error)
        return error;
    return function ? function(command->control->context, broker) : cannot;
}

static const char *on_stop(struct command *command)
{
    return strike(command, command->control->backend->stop);
}

static const char *on_crash(struct command *command)
{
    if (command->word_count == 2)
        return strike(command, command->control->backend->crash);
    if (strcmp(command->words[2], "lose") != 0)
        return "crash a broker, or crash it and lose";
    return strike(command, command->control->backend->crash_host);
}

static const char *on_isolate(struct command *command)
{
    return strike(command, command->control->backend->isolate);
}

static const char *on_heal(struct command *command)
{
    return strike(command, command->control->backend->heal);
}

static const char *on_start(struct command *command)
{
    return strike(command, command->control->backend->start);
}

static const char *on_elect(struct command *command)
{
    const struct control *control = command->control;
    int32_t broker;
    int64_t partition;
    const char *error = read_broker(command->words[3], &broker);
    if (error)
        return error;
    if (!is_number(command->words[2], INT32_MAX, &partition))
        return "a partition is a number";
    if (!control->backend->elect)
        return cannot;
    return control->backend->elect(control->context, command->words[1], (int32_t)partition, broker);
}

static const char *on_lead(struct command *command)
{
    static const char *const words[] = {
        [CONTROL_LEAD_COORDINATORS] = "coordinators", [CONTROL_LEAD_UNCLEAN] = "unclean"};
    const struct control *control = command->control;
    enum control_lead how = CONTROL_LEAD_DATA;
    int32_t broker;
    int64_t number;
    const char *error = read_broker(command->words[1], &broker);
    if (error)
        return error;
    if (!is_number(command->words[2], INT32_MAX, &number))
        return "a partition's place is a number";
    if (command->word_count > 3) {
        how = CONTROL_LEAD_COORDINATORS;
        while (how <= CONTROL_LEAD_UNCLEAN && strcmp(command->words[3], words[how]) != 0)
            how++;
        if (how > CONTROL_LEAD_UNCLEAN)
            return "lead cleanly, of coordinators, or unclean";
    }
    return control->backend->lead ? control->backend->lead(control->context, broker, (uint32_t)number, how)
                                  : cannot;
}

static const char *on_slow(struct command *command)
{
    const struct control *control = command->control;
    int32_t broker;
    int64_t delay_ms;
    const char *error = read_broker(command->words[1], &broker);
    if (error)
        return error;
    if (!is_number(command->words[2], INT32_MAX, &delay_ms))
        return "milliseconds are a number";
    return control->backend->slow ? control->backend->slow(control->context, broker, (uint32_t)delay_ms)
                                  : cannot;
}

static const char *on_advance(struct command *command)
{
    const struct control *control = command->control;
    int64_t time_ms;
    if (!is_number(command->words[1], INT32_MAX, &time_ms))
        return "milliseconds are a number";
    return control->backend->advance ? control->backend->advance(control->context, time_ms) : cannot;
}

static const char *on_brokers(struct command *command)
{
    const struct control *control = command->control;
    if (!control->backend->brokers)
        return cannot;
    return control->backend->brokers(control->context, command->answer, command->answer_bytes);
}

static const char *gate_was(const struct command *command, bool is_done)
{
    const struct control *control = command->control;
    if (!is_done)
        return "the gate has no such API";
    if (control->backend->gate_changed)
        control->backend->gate_changed(control->context);
    return NULL;
}

static const char *on_hold(struct command *command)
{
    int64_t count = 1;
    int16_t api;
    const char *error = read_api(command->words[1], &api);
    if (error)
        return error;
    if (command->word_count > 2 && !is_number(command->words[2], INT32_MAX, &count))
        return "a count is a number";
    return gate_was(command, gate_hold(command->control->gate, api, (uint32_t)count));
}

static const char *on_release(struct command *command)
{
    int16_t api;
    const char *error = read_api(command->words[1], &api);
    return error ? error : gate_was(command, gate_release(command->control->gate, api));
}

/* The next frame of an API, and of the client that the command's last word names, if it has so many. */
static const char *shoot(const struct command *command, struct gate_shot shot, size_t address_word)
{
    if (!command->control->backend->takes_shots)
        return cannot;
    if (command->word_count > address_word) {
        if (strlen(command->words[address_word]) >= sizeof shot.address)
            return "an address is too long";
        strcpy(shot.address, command->words[address_word]);
    }
    return gate_shoot(command->control->gate, &shot) ? NULL
                                                     : "the gate has no such API, or too many are aimed at";
}

static const char *on_late(struct command *command)
{
    int64_t delay_ms;
    struct gate_shot shot = {.verdict = GATE_LATE};
    const char *error = read_api(command->words[1], &shot.api_key);
    if (error)
        return error;
    if (!is_number(command->words[2], INT32_MAX, &delay_ms))
        return "milliseconds are a number";
    shot.delay_ms = (uint32_t)delay_ms;
    return shoot(command, shot, 3);
}

static const char *on_fail(struct command *command)
{
    struct gate_shot shot = {.verdict = GATE_FAIL};
    const char *error = read_api(command->words[1], &shot.api_key), *name = NULL;
    if (error)
        return error;
    while (++shot.error < ERRORS_MAX &&
           (!(name = errors_name(shot.error)) || strcmp(name, command->words[2]) != 0))
        ;
    return shot.error < ERRORS_MAX ? shoot(command, shot, 3) : "unknown error";
}

static const char *on_drop(struct command *command)
{
    int16_t api;
    const char *error = read_api(command->words[1], &api);
    const char *what = command->word_count > 2 ? command->words[2] : "request";
    if (error)
        return error;
    if (command->word_count > 3 && (strcmp(what, "request") == 0 || strcmp(what, "response") == 0)) {
        bool is_request = strcmp(what, "request") == 0;
        return shoot(command,
                     (struct gate_shot){.api_key = api,
                                        .verdict = is_request ? GATE_DROP_REQUEST : GATE_DROP_RESPONSE},
                     3);
    }
    if (strcmp(what, "request") == 0)
        return gate_was(command, gate_drop_request(command->control->gate, api));
    if (strcmp(what, "response") == 0)
        return gate_was(command, gate_drop_response(command->control->gate, api));
    return "drop a request or a response";
}

static const char *on_delay(struct command *command)
{
    int64_t delay_ms;
    int16_t api;
    const char *error = read_api(command->words[1], &api);
    if (error)
        return error;
    if (!is_number(command->words[2], INT32_MAX, &delay_ms))
        return "milliseconds are a number";
    return gate_was(command, gate_delay(command->control->gate, api, (uint32_t)delay_ms));
}

static const char *on_seen(struct command *command)
{
    int16_t api;
    const char *error = read_api(command->words[1], &api);
    if (error)
        return error;
    snprintf(command->answer, command->answer_bytes, "%u", command->control->gate->rule[api].seen_count);
    return NULL;
}

static const char *on_reset(struct command *command)
{
    gate_reset(command->control->gate);
    return gate_was(command, true);
}

static const struct {
    const char *name;
    const char *(*run)(struct command *command);
    size_t words_min, words_max; /* the command's name included */
} commands[] = {
    {"stop", on_stop, 2, 2},       {"crash", on_crash, 2, 3},     {"start", on_start, 2, 2},
    {"isolate", on_isolate, 2, 2}, {"heal", on_heal, 2, 2},       {"elect", on_elect, 4, 4},
    {"advance", on_advance, 2, 2}, {"brokers", on_brokers, 1, 1}, {"hold", on_hold, 2, 3},
    {"release", on_release, 2, 2}, {"drop", on_drop, 2, 4},       {"delay", on_delay, 3, 3},
    {"seen", on_seen, 2, 2},       {"reset", on_reset, 1, 1},     {"lead", on_lead, 3, 4},
    {"slow", on_slow, 3, 3},       {"late", on_late, 3, 4},       {"fail", on_fail, 3, 4},
};

static const char *obey(struct command *command)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(command->words[0], commands[i].name) != 0)
            continue;
        if (command->word_count < commands[i].words_min || command->word_count > commands[i].words_max)
            return "wrong number of words";
        return commands[i].run(command);
    }
    return "unknown command";
}

void control_run(const struct control *control, const char *line, char *answer_out, size_t answer_bytes)
{
    char copy[CONTROL_LINE_BYTES_MAX], said[CONTROL_LINE_BYTES_MAX - 16] = "";
    struct command command = {.control = control, .answer = said, .answer_bytes = sizeof(said)};
    const char *error = NULL;
    char *rest = copy, *word;
    assert(answer_bytes >= CONTROL_LINE_BYTES_MAX);
    snprintf(copy, sizeof(copy), "%s", line);
    while ((word = strtok_r(rest, " \t\r\n", &rest))) {
        if (command.word_count == CONTROL_WORDS_MAX) {
            error = "wrong number of words";
            break;
        }
        command.words[command.word_count++] = word;
    }
    if (strlen(line) >= sizeof(copy))
        error = "the line is too long";
    if (!error)
        error = command.word_count ? obey(&command) : "an empty line";
    if (error)
        snprintf(answer_out, answer_bytes, "error %.400s\n", error);
    else
        snprintf(answer_out, answer_bytes, *said ? "ok %s\n" : "ok%s\n", said);
}
