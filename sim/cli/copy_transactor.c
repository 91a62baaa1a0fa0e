/* SPDX-License-Identifier: Apache-2.0 */
/* copy_transactor: what does a transaction of one record cost (copy.h)? Time by its own clock; CPU is for others to tell. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "sim/cli/copy.h"

enum { CALL_MS = 60000, WARM_UP = 20, NS_PER_MS = 1000000 };

struct transactor {
    struct copy_call call;
    rd_kafka_t *producer;
    int64_t partitions;
    uint32_t written;
};

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct transactor *transactor = opaque;
    (void)producer;
    transactor->written += !message->err && message->offset >= 0;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

static bool is_good(rd_kafka_error_t *error)
{
    if (!error)
        return true;
    fprintf(stderr, "transactor: %s\n", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return false;
}

static bool transact(struct transactor *transactor, uint32_t n, char *value)
{
    copy_value(&transactor->call, n, value);
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = COPY_OUTPUT},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = copy_partition(n, 0, transactor->partitions)},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {value, transactor->call.bytes}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };
    return is_good(rd_kafka_begin_transaction(transactor->producer)) &&
           is_good(rd_kafka_produceva(transactor->producer, fields, sizeof fields / sizeof fields[0])) &&
           is_good(rd_kafka_commit_transaction(transactor->producer, CALL_MS));
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void tell(int64_t *took_ns, uint32_t count)
{
    double sum = 0;
    for (uint32_t n = 0; n < count; n++)
        sum += (double)took_ns[n];
    qsort(took_ns, count, sizeof *took_ns, compare);
    printf("{\"role\":\"transactor\",\"transactions\":%" PRIu32 ",\"mean_ms\":%.3f,\"median_ms\":%.3f,"
           "\"p99_ms\":%.3f}\n",
           count, sum / count / NS_PER_MS, (double)took_ns[count / 2] / NS_PER_MS,
           (double)took_ns[count - 1 - count / 100] / NS_PER_MS);
    fflush(stdout);
}

static int run(struct transactor *transactor)
{
    uint32_t count = transactor->call.events;
    int64_t *took_ns = calloc((size_t)count + WARM_UP + 1, sizeof *took_ns);
    char *value = malloc(COPY_BYTES_MAX);
    bool is_done = took_ns && value && is_good(rd_kafka_init_transactions(transactor->producer, CALL_MS));
    for (uint32_t n = 0; n < count + WARM_UP && is_done; n++) {
        int64_t began_ns = now_ns();
        is_done = transact(transactor, n, value);
        took_ns[n] = now_ns() - began_ns;
    }
    is_done = is_done && transactor->written == count + WARM_UP;
    if (is_done && count)
        tell(took_ns + WARM_UP, count);
    free(took_ns);
    free(value);
    return is_done ? COPY_DONE : COPY_FAILED;
}

int copy_transactor_main(int argc, char **argv)
{
    struct transactor transactor = {0};
    if (!copy_call_of(argc, argv, &transactor.call))
        return COPY_USAGE;
    const char *member = copy_setting(&transactor.call, "member");
    const char *const pairs[] = {"transactional.id", member ? member : "transactor", "linger.ms", "0", NULL};
    transactor.partitions = copy_number(&transactor.call, "partitions", COPY_PARTITIONS_USUAL);
    rd_kafka_conf_t *configuration = copy_configuration(&transactor.call, RD_KAFKA_PRODUCER, pairs);
    if (configuration) {
        rd_kafka_conf_set_dr_msg_cb(configuration, on_report);
        rd_kafka_conf_set_opaque(configuration, &transactor);
    }
    transactor.producer = copy_client(RD_KAFKA_PRODUCER, configuration);
    if (!transactor.producer)
        return COPY_USAGE;
    int status = run(&transactor);
    rd_kafka_destroy(transactor.producer);
    return status;
}
