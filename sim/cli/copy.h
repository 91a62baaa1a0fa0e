/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy: the exactly-once copy program: source -> topic `in` -> copiers (one group) -> topic `out` -> auditor.
 *
 * Plain librdkafka, as an application would use it, in a world as well as against real brokers. A record's key is its
 * number, its value the number and padding; its copy has the same key and value, the header `from`, which names the input
 * ("in/3/17"), and a partition that follows from both. So every output can be judged by itself.
 *
 * Arguments of each: NAME EVENTS BYTES [-o SETTING=VALUE].. Settings: kafka.NAME (of each client), kafka.consumer.NAME,
 * kafka.producer.NAME, and those of the roles below.
 */
#ifndef SIM_CLI_COPY_H
#define SIM_CLI_COPY_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define COPY_INPUT  "in"
#define COPY_OUTPUT "out"
#define COPY_GROUP  "copy"
#define COPY_FROM   "from" /* the header */

enum { COPY_BYTES_MAX = 1 << 16, COPY_PARTITIONS_USUAL = 12 };

/* How the programs end. */
enum copy_exit {
    COPY_DONE = 0,
    COPY_FAILED = 1, /* source: not all is surely written; copier: a fatal error; auditor: not exactly once */
    COPY_USAGE = 2,
    COPY_FENCED =
        3, /* copier: a successor has its transactional id, or the coordinator lost patience with it */
};

/* Produces EVENTS records to `in`, `rate` a second (0: at once), none twice. */
int copy_source_main(int argc, char **argv);
/* Copies in transactions, until SIGTERM. `member`: who it is, over restarts; it is its transactional id. `batch.records`
 * (10) and `batch.ms` (200) end a transaction; `partitions` (12) of the output. */
int copy_copier_main(int argc, char **argv);
/* Reads committed records of `out` from the beginning until all EVENTS have come and nothing more does, and says as a line
 * of JSON what it saw. `partitions` (12); `wait.ms` (0: for ever): gives up after so long. */
int copy_auditor_main(int argc, char **argv);
/* The bench: EVENTS transactions of one record to `out`, one after another; `member` as above. Says what they took as a
 * line of JSON. */
int copy_transactor_main(int argc, char **argv);

/* ---- what they share ---- */

struct copy_call {
    uint32_t events, bytes;
    int argc;
    char **argv;
};

/* False: said what is wrong. Borrows argv. */
bool copy_call_of(int argc, char **argv, struct copy_call *call_out);
/* A setting's value, the last if there are more; NULL: not set. Borrowed from argv. */
const char *copy_setting(const struct copy_call *call, const char *name);
int64_t copy_number(const struct copy_call *call, const char *name, int64_t standard);
int64_t copy_now_ms(void);

/* The call's settings for a client of this type, on top of pairs (name, value, .., NULL). NULL: said what is wrong. */
rd_kafka_conf_t *copy_configuration(const struct copy_call *call, rd_kafka_type_t type,
                                    const char *const *pairs);
/* Takes configuration, which may be NULL. NULL: said what is wrong. */
rd_kafka_t *copy_client(rd_kafka_type_t type, rd_kafka_conf_t *configuration);

/* The record number n: bytes_out has room for COPY_BYTES_MAX, and gets call->bytes. */
void copy_value(const struct copy_call *call, uint32_t n, char *bytes_out);
/* The record's number, if this is its key and value. */
bool copy_is_record(const struct copy_call *call, const rd_kafka_message_t *message, uint32_t *n_out);
/* Where the copy of record n of this input partition belongs. */
int32_t copy_partition(uint32_t n, int32_t input_partition, int64_t partitions);

#endif
