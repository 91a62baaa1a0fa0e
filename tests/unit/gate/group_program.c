/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's programs: plain librdkafka and plain files. Their only traces are records, files and lines on output. */
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tests/unit/gate/group.h"
#include "tests/unit/gate/planted.h"

enum { ERROR_BYTES = 512, VALUE_BYTES = 32, FLUSH_MS = 120000, POLL_MS = 100, NAME_BYTES = 64 };

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *const settings[][2])
{
    char error[ERROR_BYTES];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    for (; (*settings)[0]; settings++)
        if (rd_kafka_conf_set(configuration, (*settings)[0], (*settings)[1], error, sizeof error) !=
            RD_KAFKA_CONF_OK)
            fprintf(stderr, "%s\n", error);
    rd_kafka_t *client = rd_kafka_new(type, configuration, error, sizeof error);
    if (!client)
        fprintf(stderr, "%s\n", error);
    return client;
}

/* --- the producer ---------------------------------------------------------------------------------------------- */

static unsigned char random_byte_by_instruction(void)
{
    unsigned char byte = 0;
#ifdef __x86_64__
    long number = SYS_getrandom;
    __asm__ volatile("syscall" : "+a"(number) : "D"(&byte), "S"(1L), "d"(0L) : "rcx", "r11", "memory");
#endif
    return byte;
}

static uint32_t auxiliary_word(void)
{
    uint32_t word;
    memcpy(&word, (const void *)(uintptr_t)getauxval(AT_RANDOM), sizeof word);
    return word;
}

static unsigned char device_byte(void)
{
    unsigned char byte = 0;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &byte, 1) != 1)
        fprintf(stderr, "no /dev/urandom\n");
    if (fd >= 0)
        close(fd);
    return byte;
}

static bool is_second_block_higher(void)
{
    char *first = malloc(48), *second = malloc(48);
    bool is_higher = (uintptr_t)second > (uintptr_t)first;
    free(first);
    free(second);
    return is_higher;
}

static uint64_t planted_value(enum group_plant plant)
{
    switch (plant) {
    case PLANT_NOTHING:
        return 0;
    case PLANT_AUXILIARY:
        return auxiliary_word();
    case PLANT_URANDOM:
        return random_byte_by_instruction();
    case PLANT_CLOCK:
        return __builtin_ia32_rdtsc();
    case PLANT_ORDER:
        return is_second_block_higher();
    case PLANT_STATIC:
        return planted_count() < 0;
    case PLANT_DEVICE:
        return device_byte();
    }
    return 0;
}

int group_producer_main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const char *const settings[][2] = {
        {"bootstrap.servers", argv[1]}, {"enable.idempotence", "true"}, {"linger.ms", "5"}, {NULL, NULL}};
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, settings);
    if (!producer)
        return 2;
    unsigned messages = (unsigned)strtoul(argv[2], NULL, 10);
    enum group_plant plant = (enum group_plant)strtoul(argv[3], NULL, 10);
    for (unsigned n = 0; n < messages; n++) {
        char value[VALUE_BYTES];
        int bytes = snprintf(value, sizeof value, "%u %llx", n, (unsigned long long)planted_value(plant));
        const rd_kafka_vu_t fields[] = {
            {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "topic"},
            {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {&n, sizeof n}},
            {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {value, (size_t)bytes}},
            {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        };
        rd_kafka_error_destroy(rd_kafka_produceva(producer, fields, sizeof fields / sizeof fields[0]));
    }
    rd_kafka_resp_err_t error = rd_kafka_flush(producer, FLUSH_MS);
    rd_kafka_destroy(producer);
    return error ? 1 : 0;
}

/* --- a member -------------------------------------------------------------------------------------------------- */

/* A file of the message's name is whole, or not there: also after a kill. */
static bool keep(const char *name, const void *value, size_t bytes)
{
    char whole[NAME_BYTES], part[NAME_BYTES];
    snprintf(whole, sizeof whole, "/data/%s", name);
    snprintf(part, sizeof part, "/data/%s.part", name);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool kept = write(fd, value, bytes) == (ssize_t)bytes && fsync(fd) == 0;
    kept = close(fd) == 0 && kept;
    kept = kept && (link(part, whole) == 0 || access(whole, F_OK) == 0);
    return unlink(part) == 0 && kept;
}

static void tell(const char *name)
{
    char line[NAME_BYTES];
    int bytes = snprintf(line, sizeof line, "%s\n", name);
    if (write(STDOUT_FILENO, line, (size_t)bytes) != bytes)
        abort();
}

static void take(rd_kafka_t *consumer, const rd_kafka_message_t *message)
{
    char name[VALUE_BYTES];
    size_t bytes = strcspn(message->payload, " ");
    if (bytes >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)bytes, (const char *)message->payload);
    if (!keep(name, message->payload, message->len))
        abort();
    tell(name);
    rd_kafka_commit_message(consumer, message, 0); /* refused: somebody else will have it again */
}

static bool is_asked_to_stop(int signals)
{
    struct signalfd_siginfo info;
    return read(signals, &info, sizeof info) == sizeof info;
}

int group_member_main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    int signals = signalfd(-1, &stop, SFD_NONBLOCK);
    mkdir("/data", 0700);
    const char *const settings[][2] = {{"bootstrap.servers", argv[1]},
                                       {"group.id", "group"},
                                       {"session.timeout.ms", "6000"},
                                       {"heartbeat.interval.ms", "1000"},
                                       {"enable.auto.commit", "false"},
                                       {"auto.offset.reset", "earliest"},
                                       {NULL, NULL}};
    rd_kafka_t *consumer = new_client(RD_KAFKA_CONSUMER, settings);
    if (!consumer)
        return 2;
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, "topic", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    while (!is_asked_to_stop(signals)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, POLL_MS);
        if (message && !message->err)
            take(consumer, message);
        if (message)
            rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    close(signals);
    return 0;
}
