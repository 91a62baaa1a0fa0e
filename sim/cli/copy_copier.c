/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy_copier: consume, transform, produce, in transactions (copy.h).
 *
 *   begin -- produce a batch -- send its offsets -- flush, look at every report -- commit
 *        \___________ anything abortable: abort, back to the committed offsets ________/
 *
 * Partitions are given up only once what was made of them is committed or aborted. A fatal error, being fenced among
 * them, ends the program with nothing more touched: its supervisor starts it again. What librdkafka delivers is checked
 * against the committed offsets, and a producer that has purged what it may have sent is replaced (ARCHITECTURE.md).
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "sim/cli/copy.h"

enum { POLL_MS = 100, CALL_MS = 5000, FLUSH_MS = 500, FROM_BYTES = 64 };

struct copier {
    struct copy_call call;
    rd_kafka_t *consumer, *producer;
    int signals;
    bool is_stopping;
    int64_t batch_records, batch_ms, partitions;

    /* As what the group knew us when we were given our partitions; NULL: it may think otherwise by now. Never asked for at
     * the commit: a member that has just been thrown out would commit as nobody, and nobody is never fenced. */
    rd_kafka_consumer_group_metadata_t *membership;
    bool is_rewinding; /* what is polled is not what comes next: drop it until we are back */
    rd_kafka_topic_partition_list_t *position; /* what comes next, at least, of each partition that is ours */

    bool is_open;
    int64_t deadline_ms;
    rd_kafka_topic_partition_list_t *next; /* the offsets behind what was consumed in it */
    uint32_t sent, written, failed;

    enum copy_exit end; /* COPY_DONE: goes on */
    uint64_t commits, aborts, records, rewinds, renewals;
};

/* --- errors ---------------------------------------------------------------------------------------------------- */

enum verdict { VERDICT_DONE, VERDICT_AGAIN, VERDICT_ABORT, VERDICT_STOP };

static void stop(struct copier *copier, const char *what, const char *why)
{
    char text[256];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(copier->producer, text, sizeof text);
    bool is_fenced = fatal == RD_KAFKA_RESP_ERR__FENCED || fatal == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                     fatal == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    copier->end = is_fenced ? COPY_FENCED : COPY_FAILED;
    fprintf(stderr, "copier: %s: %s%s\n", what, why, is_fenced ? " (fenced)" : "");
}

/* librdkafka says what may be done next; nothing else is safe. Takes error. */
static enum verdict judge(struct copier *copier, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return VERDICT_DONE;
    enum verdict verdict = VERDICT_STOP;
    if (rd_kafka_error_is_fatal(error) || rd_kafka_fatal_error(copier->producer, NULL, 0))
        stop(copier, what, rd_kafka_error_string(error));
    else if (rd_kafka_error_is_retriable(error))
        verdict = VERDICT_AGAIN;
    else if (rd_kafka_error_txn_requires_abort(error))
        verdict = VERDICT_ABORT;
    else
        stop(copier, what, rd_kafka_error_string(error));
    if (verdict == VERDICT_ABORT)
        fprintf(stderr, "copier: %s: %s\n", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return verdict;
}

/* --- the end of a transaction ---------------------------------------------------------------------------------- */

static void close_batch(struct copier *copier)
{
    copier->is_open = false;
    rd_kafka_topic_partition_list_destroy(copier->next);
    copier->next = rd_kafka_topic_partition_list_new(0);
}

static bool is_asked_to_stop(struct copier *copier)
{
    struct signalfd_siginfo info;
    copier->is_stopping |= read(copier->signals, &info, sizeof info) == sizeof info;
    return copier->is_stopping;
}

static rd_kafka_t *new_producer(struct copier *copier);

/* Ends what an earlier incarnation has left open. False: stopped, or asked to. */
static bool take_transactional_id(struct copier *copier)
{
    enum verdict verdict = VERDICT_AGAIN;
    while (verdict == VERDICT_AGAIN && !is_asked_to_stop(copier))
        verdict = judge(copier, "init", rd_kafka_init_transactions(copier->producer, CALL_MS));
    return verdict == VERDICT_DONE;
}

/* librdkafka gives the sequence numbers of what it purges to what comes next. If a log holds the purged, the next is taken for
 * the same once more, acknowledged, and lost; in a new epoch it cannot be. */
static void renew_producer(struct copier *copier)
{
    rd_kafka_destroy(copier->producer);
    copier->producer = new_producer(copier);
    if (!copier->producer)
        exit(COPY_USAGE);
    copier->renewals++;
    if (!take_transactional_id(copier))
        copier->is_stopping = true;
}

static void abort_batch(struct copier *copier)
{
    enum verdict verdict = VERDICT_AGAIN;
    while (verdict == VERDICT_AGAIN)
        verdict = judge(copier, "abort", rd_kafka_abort_transaction(copier->producer, CALL_MS));
    if (verdict == VERDICT_ABORT)
        stop(copier, "abort", "it cannot be aborted");
    copier->aborts++;
    copier->is_rewinding = true;
    close_batch(copier);
    if (copier->end == COPY_DONE && copier->written < copier->sent)
        renew_producer(copier);
}

static enum verdict send_offsets(struct copier *copier)
{
    enum verdict verdict = VERDICT_AGAIN;
    while (verdict == VERDICT_AGAIN)
        verdict = judge(copier, "offsets",
                        rd_kafka_send_offsets_to_transaction(copier->producer, copier->next,
                                                             copier->membership, CALL_MS));
    return verdict;
}

/* Has a broker given each record an offset? A report without one may be of a record that no log holds. */
static enum verdict flush(struct copier *copier)
{
    while (rd_kafka_flush(copier->producer, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR && !copier->failed) {
        /* A transaction that has failed sends nothing more, and only such a call says so. */
        enum verdict verdict = send_offsets(copier);
        if (verdict != VERDICT_DONE)
            return verdict;
    }
    if (rd_kafka_fatal_error(copier->producer, NULL, 0)) {
        stop(copier, "produce", "fatal");
        return VERDICT_STOP;
    }
    return copier->written == copier->sent ? VERDICT_DONE : VERDICT_ABORT;
}

static void end_batch(struct copier *copier)
{
    if (!copier->is_open || copier->end != COPY_DONE)
        return;
    rd_kafka_flush(copier->producer, FLUSH_MS); /* most often all is known then, whatever comes */
    enum verdict verdict = copier->membership && !copier->failed ? send_offsets(copier) : VERDICT_ABORT;
    if (verdict == VERDICT_DONE)
        verdict = flush(copier);
    if (verdict == VERDICT_DONE) {
        /* Perhaps committed already: aborting after a time-out could undo a success. */
        do
            verdict = judge(copier, "commit", rd_kafka_commit_transaction(copier->producer, CALL_MS));
        while (verdict == VERDICT_AGAIN);
    }
    if (verdict == VERDICT_ABORT) {
        abort_batch(copier);
    } else if (verdict == VERDICT_DONE) {
        copier->commits++;
        copier->records += copier->sent;
        close_batch(copier);
    }
}

/* --- the group ------------------------------------------------------------------------------------------------- */

static void forget_membership(struct copier *copier)
{
    if (copier->membership)
        rd_kafka_consumer_group_metadata_destroy(copier->membership);
    copier->membership = NULL;
}

/* The order counts: who is thrown out between the questions is found lost by the last. */
static void learn_membership(struct copier *copier)
{
    forget_membership(copier);
    char *member = rd_kafka_memberid(copier->consumer);
    bool is_member = member && *member;
    rd_kafka_mem_free(copier->consumer, member);
    if (is_member)
        copier->membership = rd_kafka_consumer_group_metadata(copier->consumer);
    if (rd_kafka_assignment_lost(copier->consumer))
        forget_membership(copier);
}

/* Fills in how far the group has come in each partition of the list; the beginning, where nothing is committed. What an
 * open transaction has still to decide is waited for (isolation.level). False: not known of all. */
static bool find_committed(struct copier *copier, rd_kafka_topic_partition_list_t *list)
{
    if (list->cnt && rd_kafka_committed(copier->consumer, list, CALL_MS))
        return false;
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err)
            return false;
        if (list->elems[i].offset < 0)
            list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    return true;
}

static rd_kafka_topic_partition_t *entry_of(rd_kafka_topic_partition_list_t *list, const char *topic,
                                            int32_t partition)
{
    rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_find(list, topic, partition);
    return entry ? entry : rd_kafka_topic_partition_list_add(list, topic, partition);
}

static void note_position(struct copier *copier, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        entry_of(copier->position, list->elems[i].topic, list->elems[i].partition)->offset =
            list->elems[i].offset;
}

/* Where to begin is asked for here: librdkafka asks once, and a refusal (NOT_COORDINATOR) leaves what is assigned
 * waiting for ever. */
static void take_on(struct copier *copier, rd_kafka_topic_partition_list_t *list, bool is_cooperative)
{
    if (copier->is_open && !is_cooperative && copier->end == COPY_DONE)
        abort_batch(copier); /* nobody told us that what it was made of was gone */
    learn_membership(copier);
    bool is_known = false;
    while (copier->membership && !is_asked_to_stop(copier) && !(is_known = find_committed(copier, list))) {
        rd_kafka_poll(copier->producer, POLL_MS);
        if (rd_kafka_assignment_lost(copier->consumer))
            forget_membership(copier);
    }
    if (is_known)
        note_position(copier, list);
    else
        copier->is_rewinding = true;
    if (is_cooperative)
        rd_kafka_error_destroy(rd_kafka_incremental_assign(copier->consumer, list));
    else
        rd_kafka_assign(copier->consumer, list);
}

static void give_up(struct copier *copier, rd_kafka_topic_partition_list_t *list, bool is_cooperative)
{
    learn_membership(copier);
    end_batch(copier); /* without a membership: aborts */
    if (is_cooperative) {
        rd_kafka_error_destroy(rd_kafka_incremental_unassign(copier->consumer, list));
        return;
    }
    rd_kafka_assign(copier->consumer, NULL);
    forget_membership(copier);
}

static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *list, void *opaque)
{
    const char *protocol = rd_kafka_rebalance_protocol(consumer);
    bool is_cooperative = protocol && strcmp(protocol, "COOPERATIVE") == 0;
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        take_on(opaque, list, is_cooperative);
    else
        give_up(opaque, list, is_cooperative);
}

/* Back to where the group has come. What does not succeed is tried again; until then nothing that comes is used. */
static void rewind_to_committed(struct copier *copier)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    if (rd_kafka_assignment(copier->consumer, &list))
        return;
    bool is_back = find_committed(copier, list);
    if (is_back && list->cnt) {
        rd_kafka_error_t *error = rd_kafka_seek_partitions(copier->consumer, list, CALL_MS);
        is_back = !error;
        rd_kafka_error_destroy(error);
    }
    for (int i = 0; i < list->cnt && is_back;
         i++) /* not begun: it will where it was assigned, and nothing is used yet */
        is_back = !list->elems[i].err || list->elems[i].err == RD_KAFKA_RESP_ERR__STATE;
    if (is_back)
        note_position(copier, list);
    rd_kafka_topic_partition_list_destroy(list);
    copier->is_rewinding = !is_back;
    copier->rewinds += is_back;
}

/* --- records --------------------------------------------------------------------------------------------------- */

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct copier *copier = opaque;
    (void)producer;
    bool is_written = !message->err && message->offset >= 0;
    copier->written += is_written;
    copier->failed += !is_written;
}

static bool open_batch(struct copier *copier)
{
    if (judge(copier, "begin", rd_kafka_begin_transaction(copier->producer)) != VERDICT_DONE) {
        if (copier->end == COPY_DONE)
            stop(copier, "begin", "it cannot be begun");
        return false;
    }
    copier->is_open = true;
    copier->deadline_ms = copy_now_ms() + copier->batch_ms;
    copier->sent = copier->written = copier->failed = 0;
    return true;
}

static bool send_copy(struct copier *copier, const rd_kafka_message_t *message)
{
    char from[FROM_BYTES];
    uint32_t n = 0;
    int from_bytes = snprintf(from, sizeof from, "%s/%" PRId32 "/%" PRId64, COPY_INPUT, message->partition,
                              message->offset);
    if (!copy_is_record(&copier->call, message, &n))
        stop(copier, "input", "this is no record of the source");
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = COPY_OUTPUT},
        {.vtype = RD_KAFKA_VTYPE_PARTITION,
         .u.i32 = copy_partition(n, message->partition, copier->partitions)},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {message->payload, message->len}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {COPY_FROM, from, from_bytes}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };
    for (;;) {
        rd_kafka_error_t *refused =
            rd_kafka_produceva(copier->producer, fields, sizeof fields / sizeof fields[0]);
        rd_kafka_resp_err_t error = rd_kafka_error_code(refused);
        rd_kafka_error_destroy(refused);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return error == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_poll(copier->producer, POLL_MS);
    }
}

/* Does it follow what was committed and consumed? */
static bool is_next(struct copier *copier, const rd_kafka_message_t *message)
{
    rd_kafka_topic_partition_t *position = rd_kafka_topic_partition_list_find(
        copier->position, rd_kafka_topic_name(message->rkt), message->partition);
    if (copier->is_rewinding || !copier->membership || !position || message->offset < position->offset)
        return false;
    position->offset = message->offset + 1;
    return true;
}

static void take(struct copier *copier, const rd_kafka_message_t *message)
{
    if (message->err) {
        fprintf(stderr, "copier: %s\n", rd_kafka_message_errstr(message));
        return;
    }
    if (!is_next(copier, message)) {
        copier->is_rewinding = true;
        return;
    }
    if (!copier->is_open && !open_batch(copier))
        return;
    copier->sent++;
    if (!send_copy(copier, message))
        copier->failed++;
    entry_of(copier->next, rd_kafka_topic_name(message->rkt), message->partition)->offset =
        message->offset + 1;
}

/* --- its life -------------------------------------------------------------------------------------------------- */

static void copy(struct copier *copier)
{
    while (copier->end == COPY_DONE && !is_asked_to_stop(copier)) {
        int64_t wait_ms = copier->is_open ? copier->deadline_ms - copy_now_ms() : POLL_MS;
        wait_ms = wait_ms < 0 ? 0 : wait_ms < POLL_MS ? wait_ms : POLL_MS;
        rd_kafka_message_t *message = rd_kafka_consumer_poll(copier->consumer, (int)wait_ms);
        if (message && copier->end == COPY_DONE)
            take(copier, message);
        if (message)
            rd_kafka_message_destroy(message);
        rd_kafka_poll(copier->producer, 0);
        if (copier->end == COPY_DONE && rd_kafka_fatal_error(copier->producer, NULL, 0))
            stop(copier, "produce", "fatal");
        if (copier->failed || copier->sent >= copier->batch_records || copy_now_ms() >= copier->deadline_ms)
            end_batch(copier);
        if (copier->end == COPY_DONE && copier->is_rewinding && copier->membership && !copier->is_open)
            rewind_to_committed(copier);
    }
    end_batch(copier);
}

static rd_kafka_t *new_consumer(struct copier *copier)
{
    static const char *const pairs[] = {"group.id",
                                        COPY_GROUP,
                                        "isolation.level",
                                        "read_committed",
                                        "enable.auto.commit",
                                        "false",
                                        "enable.auto.offset.store",
                                        "false",
                                        "auto.offset.reset",
                                        "earliest",
                                        NULL};
    rd_kafka_conf_t *configuration = copy_configuration(&copier->call, RD_KAFKA_CONSUMER, pairs);
    if (configuration) {
        rd_kafka_conf_set_rebalance_cb(configuration, on_rebalance);
        rd_kafka_conf_set_opaque(configuration, copier);
    }
    return copy_client(RD_KAFKA_CONSUMER, configuration);
}

static rd_kafka_t *new_producer(struct copier *copier)
{
    const char *const pairs[] = {"transactional.id", copy_setting(&copier->call, "member"), NULL};
    if (!pairs[1]) {
        fprintf(stderr, "copier: the setting member is missing\n");
        return NULL;
    }
    rd_kafka_conf_t *configuration = copy_configuration(&copier->call, RD_KAFKA_PRODUCER, pairs);
    if (configuration) {
        rd_kafka_conf_set_dr_msg_cb(configuration, on_report);
        rd_kafka_conf_set_opaque(configuration, copier);
    }
    return copy_client(RD_KAFKA_PRODUCER, configuration);
}

static bool subscribe(struct copier *copier)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, COPY_INPUT, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(copier->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return !error;
}

int copy_copier_main(int argc, char **argv)
{
    struct copier copier = {0};
    if (!copy_call_of(argc, argv, &copier.call))
        return COPY_USAGE;
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop_signals, NULL);
    copier.signals = signalfd(-1, &stop_signals, SFD_NONBLOCK);
    copier.batch_records = copy_number(&copier.call, "batch.records", 10);
    copier.batch_ms = copy_number(&copier.call, "batch.ms", 200);
    copier.partitions = copy_number(&copier.call, "partitions", COPY_PARTITIONS_USUAL);
    copier.next = rd_kafka_topic_partition_list_new(0);
    copier.position = rd_kafka_topic_partition_list_new(0);
    copier.producer = new_producer(&copier);
    copier.consumer = copier.producer ? new_consumer(&copier) : NULL;
    if (!copier.consumer)
        return COPY_USAGE;
    rd_kafka_poll_set_consumer(copier.consumer);
    if (take_transactional_id(&copier) && subscribe(&copier))
        copy(&copier);
    rd_kafka_consumer_close(copier.consumer);
    /* Lists hold partitions, and rd_kafka_destroy waits for those who do. */
    rd_kafka_topic_partition_list_destroy(copier.next);
    rd_kafka_topic_partition_list_destroy(copier.position);
    rd_kafka_destroy(copier.consumer);
    rd_kafka_destroy(copier.producer);
    forget_membership(&copier);
    close(copier.signals);
    printf("{\"role\":\"copier\",\"commits\":%" PRIu64 ",\"aborts\":%" PRIu64 ",\"rewinds\":%" PRIu64
           ",\"renewals\":%" PRIu64 ",\"records\":%" PRIu64 ",\"exit\":%d}\n",
           copier.commits, copier.aborts, copier.rewinds, copier.renewals, copier.records, (int)copier.end);
    fflush(stdout);
    return (int)copier.end;
}
