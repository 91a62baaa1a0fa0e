/* SPDX-License-Identifier: Apache-2.0 */
/* load: see load.h. The check is in load_verify.c. */
#include "pipeline/load.h"

#include "pipeline/clock.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/millrace.h"
#include "pipeline/producer.h"
#include "pipeline/shutdown.h"
#include "pipeline/text.h"
#include "pipeline/topics.h"
#include "pipeline/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STOP_MS_MAX = 60000,
    LEDGER_FLUSH_BYTES = 65536,
    PENDING_MAX = 20000,
    WAIT_MS_MAX = 500,
    REPEATED_AFTER = 32,
    EPOCH_S = 1767225600 /* 2026 */
};

struct generator {
    const struct load *load;
    const struct log *log;
    struct producer *producer;
    struct shutdown shutdown;
    struct wake wake;
    char topic[TOPICS_NAME_BYTES];
    struct text ledger; /* lines not yet written */
    int ledger_descriptor;
    int64_t next;               /* event to send */
    char *kept[REPEATED_AFTER]; /* the last events, by number; owned */
    int64_t acknowledged;
    bool has_failed;
};

/* One event in flight. */
struct sent {
    struct generator *generator;
    int64_t number; /* -1: sent before */
};

static void add_trace_id(const struct load *load, int64_t number, struct text *out)
{
    text_format(out, "%s-%08lld", load->ids, (long long)number);
}

/* Fills in {n} and {k}. */
static void add_url(const struct load *load, int64_t number, int64_t attachment, struct text *out)
{
    for (const char *c = load->url_template; *c; c++) {
        if (strncmp(c, "{n}", 3) == 0 || strncmp(c, "{k}", 3) == 0) {
            text_format(out, "%lld", (long long)(c[1] == 'n' ? number : attachment));
            c += 2;
        } else {
            text_append(out, c, 1);
        }
    }
}

/* A number that depends on seed and event alone (splitmix64). */
static uint64_t draw(const struct load *load, int64_t number)
{
    uint64_t x = load->seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static json_t *make_attachments(const struct load *load, int64_t number)
{
    json_t *urls = memory_check(json_array());
    for (int64_t k = 0; k < load->attachments; k++) {
        struct text url = {0};
        add_url(load, number, k, &url);
        if (json_array_append_new(urls, memory_check(json_string(url.data))))
            memory_exhausted();
        text_deinit(&url);
    }
    return urls;
}

/* JSON to free(). The same for the same number, whenever it is made: who sends again sends the same. */
static char *make_event(const struct load *load, int64_t number, const char *trace_id)
{
    static const char *const subtypes[] = {"documentsReceived", "firstNoticeOfLossReceived",
                                           "estimatePackageReceived", "photosReceived"};
    uint64_t drawn = draw(load, number);
    char now[CLOCK_TEXT_BYTES], assignment[24];
    snprintf(assignment, sizeof assignment, "A%06u", (unsigned)(drawn >> 32) % 1000000);
    json_t *event =
        memory_check(json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i}, s:o}", "trace_id", trace_id,
                               "event_type", "claim", "event_subtype", subtypes[drawn % 4], "timestamp",
                               clock_format((EPOCH_S + number) * CLOCK_NS_PER_S, now), "source_system",
                               "load", "payload", "assignment_id", assignment, "estimate_version",
                               (int)(drawn >> 8) % 9 + 9, "attachments", make_attachments(load, number)));
    char *dump = field_dump(event);
    json_decref(event);
    return dump;
}

static void flush_ledger(struct generator *generator)
{
    if (generator->ledger.length > 0 &&
        !text_write(generator->ledger_descriptor, generator->ledger.data, generator->ledger.length)) {
        log_simple(generator->log, LOG_ERROR, "ledger", strerrordesc_np(errno));
        generator->has_failed = true;
    }
    text_clear(&generator->ledger);
}

static void note_in_ledger(struct generator *generator, int64_t number)
{
    const struct load *load = generator->load;
    struct text trace_id = {0};
    add_trace_id(load, number, &trace_id);
    for (int64_t k = 0; k < load->attachments; k++) {
        struct text url = {0};
        add_url(load, number, k, &url);
        json_t *line =
            memory_check(json_pack("{s:s, s:s}", "trace_id", trace_id.data, "attachment_url", url.data));
        char *dump = field_dump(line);
        text_format(&generator->ledger, "%s\n", dump);
        free(dump);
        json_decref(line);
        text_deinit(&url);
    }
    text_deinit(&trace_id);
    if (generator->ledger.length >= LEDGER_FLUSH_BYTES)
        flush_ledger(generator);
}

static void on_delivered(void *context, enum producer_outcome outcome, const char *reason)
{
    struct sent *sent = context;
    struct generator *generator = sent->generator;
    switch (outcome) {
    case PRODUCER_DELIVERED:
        generator->acknowledged += sent->number >= 0;
        if (sent->number < 0)
            break;
        if (generator->ledger_descriptor >= 0)
            note_in_ledger(generator, sent->number);
        break;
    case PRODUCER_REFUSED:
        log_simple(generator->log, LOG_ERROR, "event refused", reason);
        generator->has_failed = true;
        break;
    case PRODUCER_DROPPED:
        generator->has_failed = true;
        break;
    }
    free(sent);
}

static void send_event(struct generator *generator, int64_t number, const char *value, bool is_repeated)
{
    struct text trace_id = {0};
    add_trace_id(generator->load, number, &trace_id);
    struct sent *sent = memory_new(sizeof *sent);
    *sent = (struct sent){.generator = generator, .number = is_repeated ? -1 : number};
    struct output_record record = {.topic = generator->topic,
                                   .key = trace_id.data,
                                   .key_bytes = trace_id.length,
                                   .value = value,
                                   .value_bytes = strlen(value)};
    producer_send(generator->producer, &record, on_delivered, sent);
    text_deinit(&trace_id);
}

/* The next event; with it, perhaps, an earlier one once more. */
static void send_next(struct generator *generator)
{
    int64_t number = generator->next++;
    char **kept = &generator->kept[number % REPEATED_AFTER];
    int64_t repeat = generator->load->repeat;
    if (*kept && repeat > 0 && (number - REPEATED_AFTER) % repeat == 0)
        send_event(generator, number - REPEATED_AFTER, *kept, true);
    struct text trace_id = {0};
    add_trace_id(generator->load, number, &trace_id);
    free(*kept);
    *kept = make_event(generator->load, number, trace_id.data);
    text_deinit(&trace_id);
    send_event(generator, number, *kept, false);
}

/* When the next event is due. */
static int64_t due_ns(const struct generator *generator, int64_t start_ns)
{
    if (generator->load->rate == 0)
        return start_ns;
    int64_t seconds = generator->next / generator->load->rate;
    int64_t rest = generator->next % generator->load->rate;
    return start_ns + seconds * CLOCK_NS_PER_S + rest * CLOCK_NS_PER_S / generator->load->rate;
}

static void wait_until(struct generator *generator, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns - clock_now_ns();
    int timeout_ms = left_ns <= 0                              ? 0
                     : left_ns > WAIT_MS_MAX * CLOCK_NS_PER_MS ? WAIT_MS_MAX
                                                               : (int)(left_ns / CLOCK_NS_PER_MS) + 1;
    struct pollfd wake = {.fd = generator->wake.read_descriptor, .events = POLLIN};
    poll(&wake, 1, timeout_ms);
}

static void generate(struct generator *generator)
{
    int64_t start_ns = clock_now_ns();
    const struct load *load = generator->load;
    while (!generator->has_failed && !shutdown_is_asked(&generator->shutdown)) {
        wake_clear(&generator->wake);
        while (generator->next < load->events && producer_pending(generator->producer) < PENDING_MAX &&
               due_ns(generator, start_ns) <= clock_now_ns())
            send_next(generator);
        producer_step(generator->producer, 0);
        if (generator->next == load->events && producer_pending(generator->producer) == 0)
            return;
        bool may_send = generator->next < load->events && producer_pending(generator->producer) < PENDING_MAX;
        int64_t deadline_ns = may_send ? due_ns(generator, start_ns) : CLOCK_NEVER;
        int64_t resend_ns = producer_deadline_ns(generator->producer);
        wait_until(generator, deadline_ns < resend_ns ? deadline_ns : resend_ns);
    }
}

static void print_end(const struct generator *generator, int64_t elapsed_ms)
{
    struct text out = {0};
    text_format(&out, "{\"events\":%lld,\"attachments\":%lld,\"acknowledged\":%lld,\"elapsed_ms\":%lld}\n",
                (long long)generator->next, (long long)(generator->next * generator->load->attachments),
                (long long)generator->acknowledged, (long long)elapsed_ms);
    (void)text_write(1, out.data, out.length);
    text_deinit(&out);
}

static int run(struct generator *generator, const struct config *config)
{
    char error[CLIENT_ERROR_BYTES];
    generator->producer = producer_new(config, generator->log, &generator->wake, error);
    if (!generator->producer) {
        log_usage(error);
        return MILLRACE_USAGE;
    }
    int64_t start_ns = clock_now_ns();
    generate(generator);
    producer_free(generator->producer);
    flush_ledger(generator);
    print_end(generator, (clock_now_ns() - start_ns) / CLOCK_NS_PER_MS);
    bool done = generator->acknowledged == generator->load->events && !generator->has_failed;
    return done ? MILLRACE_OK : MILLRACE_STOPPED;
}

int load_run(const struct load *load, const struct config *config, const struct log *log)
{
    struct generator generator = {.load = load, .log = log, .ledger_descriptor = -1};
    topics_name(config, TOPICS_EVENTS_RAW, generator.topic);
    if (load->ledger) {
        generator.ledger_descriptor = open(load->ledger, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (generator.ledger_descriptor < 0) {
            log_simple(log, LOG_ERROR, load->ledger, strerrordesc_np(errno));
            return MILLRACE_USAGE;
        }
    }
    if (!wake_open(&generator.wake) || !shutdown_open(&generator.shutdown, &generator.wake, STOP_MS_MAX)) {
        log_simple(log, LOG_ERROR, "no descriptors", strerrordesc_np(errno));
        return MILLRACE_STOPPED;
    }
    int code = run(&generator, config);
    shutdown_close(&generator.shutdown);
    wake_close(&generator.wake);
    if (generator.ledger_descriptor >= 0)
        close(generator.ledger_descriptor);
    text_deinit(&generator.ledger);
    for (int i = 0; i < REPEATED_AFTER; i++)
        free(generator.kept[i]);
    return code;
}
