/* SPDX-License-Identifier: Apache-2.0 */
/*
 * committer_transaction: exactly once. See committer.h.
 *
 *     begin -- produce -- all acknowledged, all durable -- send the offsets -- commit
 *        \_______ anything abortable: abort; the same batch is tried again _______/
 *
 * What librdkafka says about an error decides what may be done next. A call that is retriable is made again for as long as it
 * takes: a commit that has timed out may have happened, so it can only be repeated. Two things librdkafka 2.0.2 does not
 * take care of, so the producer is replaced, which gives it a new epoch:
 *   after an abort with outputs that were purged: their sequence numbers are given to what comes next, and where a log holds
 *     the purged, the next is taken for the same once more, acknowledged, and lost;
 *   after a commit during which a connection was lost: a first request that is still under way could end a later transaction
 *     (KIP-890).
 */
#include "pipeline/committer_private.h"

#include "pipeline/clock.h"
#include "pipeline/point.h"

#include <string.h>

enum verdict { VERDICT_DONE, VERDICT_AGAIN, VERDICT_ABORT, VERDICT_STOP };

/* What was not done in its time never is. */
static enum verdict at_last(const struct committer *committer, enum verdict verdict)
{
    return verdict == VERDICT_AGAIN && !committer->is_closing ? VERDICT_STOP : verdict;
}

/* Takes error. */
static enum verdict judge(struct committer *committer, const char *what, rd_kafka_error_t *error)
{
    if (!error)
        return VERDICT_DONE;
    enum verdict verdict = VERDICT_STOP;
    if (!rd_kafka_error_is_fatal(error) && !rd_kafka_fatal_error(committer->producer, NULL, 0)) {
        if (rd_kafka_error_is_retriable(error))
            verdict = VERDICT_AGAIN;
        else if (rd_kafka_error_txn_requires_abort(error))
            verdict = VERDICT_ABORT;
    }
    committer_because(committer, COMMITTER_AGAIN, what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return verdict;
}

enum committer_end committer_init_transactions(struct committer *committer)
{
    enum verdict verdict = VERDICT_AGAIN;
    while (verdict == VERDICT_AGAIN && committer_may_go_on(committer))
        verdict =
            judge(committer, "init", rd_kafka_init_transactions(committer->producer, COMMITTER_CALL_MS));
    verdict = at_last(committer, verdict);
    return verdict == VERDICT_DONE    ? COMMITTER_DONE
           : verdict == VERDICT_AGAIN ? COMMITTER_AGAIN
                                      : COMMITTER_STOPPED;
}

/* What has become of the batch is known; the producer may be of no more use. */
static enum committer_end replace_producer(struct committer *committer, enum committer_end end)
{
    rd_kafka_purge(committer->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    char error[CLIENT_ERROR_BYTES];
    rd_kafka_t *producer = committer_new_producer(committer, error);
    if (!producer)
        return committer_because(committer, COMMITTER_STOPPED, "producer", error);
    rd_kafka_destroy(committer->producer);
    committer->producer = producer;
    char reason[CLIENT_ERROR_BYTES];
    memcpy(reason, committer->reason, sizeof reason);
    if (committer_init_transactions(committer) == COMMITTER_STOPPED)
        return COMMITTER_STOPPED;
    memcpy(committer->reason, reason, sizeof reason);
    return end;
}

static enum committer_end abort_transaction(struct committer *committer)
{
    char reason[CLIENT_ERROR_BYTES];
    memcpy(reason, committer->reason, sizeof reason);
    enum verdict verdict = VERDICT_AGAIN;
    while (verdict == VERDICT_AGAIN && committer_may_go_on(committer))
        verdict =
            judge(committer, "abort", rd_kafka_abort_transaction(committer->producer, COMMITTER_CALL_MS));
    verdict = at_last(committer, verdict);
    if (verdict != VERDICT_DONE)
        return verdict == VERDICT_AGAIN ? COMMITTER_AGAIN : COMMITTER_STOPPED;
    memcpy(committer->reason, reason, sizeof reason);
    enum committer_end end = COMMITTER_AGAIN;
    if (committer->failed > 0)
        end = committer_undelivered(committer);
    return committer->written < committer->sent ? replace_producer(committer, end) : end;
}

static enum verdict send_offsets(struct committer *committer)
{
    enum verdict verdict = VERDICT_AGAIN;
    while (verdict == VERDICT_AGAIN && committer_may_go_on(committer))
        verdict = judge(committer, "offsets",
                        rd_kafka_send_offsets_to_transaction(committer->producer, committer->batch.offsets,
                                                             committer->membership, COMMITTER_CALL_MS));
    return verdict == VERDICT_AGAIN ? VERDICT_ABORT : verdict;
}

/* Until every output has an offset. */
static enum verdict flush(struct committer *committer)
{
    while (rd_kafka_flush(committer->producer, COMMITTER_FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR &&
           committer->failed == 0) {
        if (!committer_may_go_on(committer))
            return VERDICT_ABORT;
        /* A transaction that has failed sends nothing more, and only such a call says so. */
        enum verdict verdict = send_offsets(committer);
        if (verdict != VERDICT_DONE)
            return verdict;
    }
    char text[CLIENT_ERROR_BYTES];
    if (rd_kafka_fatal_error(committer->producer, text, sizeof text)) {
        committer_because(committer, COMMITTER_STOPPED, "produce", text);
        return VERDICT_STOP;
    }
    return committer->written == committer->sent ? VERDICT_DONE : VERDICT_ABORT;
}

static enum verdict prepare(struct committer *committer)
{
    const struct committer_options *options = &committer->options;
    committer_produce(committer);
    enum verdict verdict = committer->failed ? VERDICT_ABORT : flush(committer);
    if (verdict != VERDICT_DONE)
        return verdict;
    if (options->points.after_ack)
        POINT(options->points.after_ack);
    if (options->make_durable && !options->make_durable(options->context)) {
        committer_because(committer, COMMITTER_AGAIN, "storage", "not durable");
        return VERDICT_ABORT;
    }
    return send_offsets(committer);
}

static enum committer_end commit_transaction(struct committer *committer)
{
    if (committer->options.points.before_commit)
        POINT(committer->options.points.before_commit);
    committer->was_disconnected = false;
    enum verdict verdict = VERDICT_AGAIN;
    /* Closing or not: what may have happened has to come to its end. */
    while (verdict == VERDICT_AGAIN && clock_now_ns() < committer->deadline_ns)
        verdict =
            judge(committer, "commit", rd_kafka_commit_transaction(committer->producer, COMMITTER_CALL_MS));
    if (verdict == VERDICT_ABORT)
        return abort_transaction(committer);
    if (verdict != VERDICT_DONE)
        return COMMITTER_STOPPED;
    if (committer->options.points.after_commit)
        POINT(committer->options.points.after_commit);
    rd_kafka_poll(committer->producer, 0); /* did it lose a connection? */
    return committer->was_disconnected ? replace_producer(committer, COMMITTER_DONE) : COMMITTER_DONE;
}

enum committer_end committer_in_transaction(struct committer *committer)
{
    if (!committer->membership)
        return committer_because(committer, COMMITTER_AGAIN, "offsets", "not a member of the group");
    for (size_t i = 0; i < committer->batch.output_count; i++)
        committer->batch.outputs[i]->is_delivered = false; /* an earlier transaction was aborted */
    enum verdict verdict = judge(committer, "begin", rd_kafka_begin_transaction(committer->producer));
    if (verdict == VERDICT_DONE)
        verdict = prepare(committer);
    else if (verdict == VERDICT_AGAIN)
        return COMMITTER_AGAIN;
    switch (verdict) {
    case VERDICT_DONE:
        return commit_transaction(committer);
    case VERDICT_ABORT:
    case VERDICT_AGAIN:
        return abort_transaction(committer);
    case VERDICT_STOP:
        break;
    }
    return COMMITTER_STOPPED;
}
