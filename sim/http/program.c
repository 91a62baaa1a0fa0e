/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: see program.h.
 */
#include "sim/http/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHARED_OPTIONS = 15, BODY_BYTES_MAX = 64 * 1024, TIME_MAX = 1000 * 1000 * 1000 };

/* The arguments as numbers, before they find their places. */
struct arguments {
    const char *bind_address;
    const char *latency_us;
    uint64_t port;
    uint64_t stop_fd;
    uint64_t ready_fd;
    uint64_t connections_max;
    uint64_t idle_ms;
    uint64_t gap_us;
    uint64_t heal_ms;
    uint64_t per_million[HTTP_FAULT_COUNT];
};

void http_program_complain(const struct http_program *program, const char *what, const char *detail)
{
    char line[256];
    int bytes = snprintf(line, sizeof line - 1, "%s: %s: %s", program->name, what, detail);

    if (bytes < 0)
        return;
    if ((size_t)bytes > sizeof line - 2)
        bytes = (int)sizeof line - 2;
    line[bytes++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)bytes) < 0)
        return; /* there is nobody else to tell */
}

/* Decimal digits up to end (which is exclusive). */
static bool parse_number(const char *text, const char *end, uint64_t max, uint64_t *number_out)
{
    uint64_t number = 0;

    if (text == end)
        return false;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || number > UINT64_MAX / 10 - 1)
            return false;
        number = number * 10 + (uint64_t)(*text - '0');
    }
    if (number > max)
        return false;
    *number_out = number;
    return true;
}

static bool parse_range(const char *text, uint64_t max, uint64_t *min_out, uint64_t *max_out)
{
    const char *dots = strstr(text, "..");
    uint64_t low;
    uint64_t high;

    if (!dots || !parse_number(text, dots, max, &low) ||
        !parse_number(dots + 2, text + strlen(text), max, &high) || low > high)
        return false;
    *min_out = low;
    *max_out = high;
    return true;
}

static const struct http_option *find_option(const struct http_option *options, const char *name)
{
    for (; options->name; options++)
        if (!strcmp(options->name, name))
            return options;
    return NULL;
}

static bool parse_arguments(const struct http_program *program, const struct http_option *shared,
                            const struct http_option *own, char **argv)
{
    for (; *argv; argv += 2) {
        const struct http_option *option = find_option(shared, argv[0]);

        if (!option)
            option = find_option(own, argv[0]);
        if (!option) {
            http_program_complain(program, "unknown option", argv[0]);
            return false;
        }
        if (!argv[1]) {
            http_program_complain(program, "a value is missing after", argv[0]);
            return false;
        }
        if (option->text) {
            *option->text = argv[1];
        } else if (!parse_number(argv[1], argv[1] + strlen(argv[1]), option->max, option->number)) {
            http_program_complain(program, "bad number after", argv[0]);
            return false;
        }
    }
    return true;
}

int http_program_init(struct http_program *program, const char *name, const struct http_option *own, int argc,
                      char **argv)
{
    struct arguments given = {
        .bind_address = "127.0.0.1",
        .latency_us = "0..0",
        .stop_fd = INT32_MAX,
        .ready_fd = INT32_MAX,
        .connections_max = 1024,
        .idle_ms = 75000, /* as nginx */
        .gap_us = 100000,
    };
    const struct http_option shared[SHARED_OPTIONS + 1] = {
        {.name = "--bind", .text = &given.bind_address},
        {.name = "--latency-us", .text = &given.latency_us},
        {.name = "--port", .max = UINT16_MAX, .number = &given.port},
        {.name = "--stop-fd", .max = INT32_MAX - 1, .number = &given.stop_fd},
        {.name = "--ready-fd", .max = INT32_MAX - 1, .number = &given.ready_fd},
        {.name = "--connections-max", .max = HTTP_CONNECTIONS_MAX, .number = &given.connections_max},
        {.name = "--idle-ms", .max = TIME_MAX, .number = &given.idle_ms},
        {.name = "--gap-us", .max = TIME_MAX, .number = &given.gap_us},
        {.name = "--heal-ms", .max = TIME_MAX, .number = &given.heal_ms},
        {.name = "--error-ppm", .max = 1000000, .number = &given.per_million[HTTP_FAULT_ERROR]},
        {.name = "--reset-ppm", .max = 1000000, .number = &given.per_million[HTTP_FAULT_RESET]},
        {.name = "--stall-ppm", .max = 1000000, .number = &given.per_million[HTTP_FAULT_STALL]},
        {.name = "--truncate-ppm", .max = 1000000, .number = &given.per_million[HTTP_FAULT_TRUNCATE]},
        {.name = "--slow-ppm", .max = 1000000, .number = &given.per_million[HTTP_FAULT_SLOW]},
        {.name = "--lost-reply-ppm", .max = 1000000, .number = &given.per_million[HTTP_FAULT_LOST_REPLY]},
    };

    memset(program, 0, sizeof *program);
    program->name = name;
    if (!parse_arguments(program, shared, own, argv + (argc > 0)))
        return HTTP_EXIT_USAGE;
    if (!parse_range(given.latency_us, TIME_MAX, &program->faults.latency_us_min,
                     &program->faults.latency_us_max)) {
        http_program_complain(program, "not a range MIN..MAX", given.latency_us);
        return HTTP_EXIT_USAGE;
    }
    if (given.connections_max == 0 || given.idle_ms == 0) {
        http_program_complain(program, "must not be 0", "--connections-max, --idle-ms");
        return HTTP_EXIT_USAGE;
    }
    for (int i = 0; i < HTTP_FAULT_COUNT; i++)
        program->faults.per_million[i] = (uint32_t)given.per_million[i];
    program->faults.gap_us = given.gap_us;
    program->faults.heal_ms = given.heal_ms;
    program->config = (struct http_server_config){
        .bind_address = given.bind_address,
        .port = (uint16_t)given.port,
        .stop_fd = given.stop_fd == INT32_MAX ? -1 : (int)given.stop_fd,
        .ready_fd = given.ready_fd == INT32_MAX ? -1 : (int)given.ready_fd,
        .connections_max = (uint32_t)given.connections_max,
        .idle_ns = (int64_t)given.idle_ms * 1000000,
        .body_bytes_max = BODY_BYTES_MAX,
    };
    http_faults_init(&program->faults, name);
    return 0;
}

int http_program_run(struct http_program *program, const struct http_server_owner *owner)
{
    int error = http_server_run(&program->config, owner);

    if (!error)
        return HTTP_EXIT_STOPPED;
    http_program_complain(program, "cannot serve", strerrordesc_np(error));
    return HTTP_EXIT_FAILED;
}
