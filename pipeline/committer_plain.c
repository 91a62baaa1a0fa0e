/* SPDX-License-Identifier: Apache-2.0 */
/* committer_plain: at least once. Outputs first; when all are acknowledged, the offsets. See committer.h. */
#include "pipeline/committer_private.h"

#include "pipeline/membership.h"
#include "pipeline/point.h"

#include <stdlib.h>

/* False: some output is not in the log. Those that are stay marked, and are not sent again. */
static bool deliver(struct committer *committer)
{
    committer_produce(committer);
    while (committer->written + committer->failed < committer->sent && committer_may_go_on(committer))
        rd_kafka_flush(committer->producer, COMMITTER_FLUSH_MS);
    return committer->written == committer->sent;
}

static rd_kafka_resp_err_t commit_offsets(struct committer *committer)
{
    char *member = committer->membership ? membership_member(committer->membership) : NULL;
    rd_kafka_consumer_group_metadata_t *now = membership_take(committer->options.consumer);
    bool is_same = now && membership_is_of(now, member);
    if (now)
        rd_kafka_consumer_group_metadata_destroy(now);
    free(member);
    if (!is_same)
        return RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID; /* as a broker would say, if it could tell */
    rd_kafka_topic_partition_list_t *offsets = committer->batch.offsets;
    rd_kafka_resp_err_t code = rd_kafka_commit(committer->options.consumer, offsets, 0);
    for (int i = 0; !code && i < offsets->cnt; i++)
        code = offsets->elems[i].err;
    return code;
}

enum committer_end committer_plainly(struct committer *committer)
{
    const struct committer_options *options = &committer->options;
    if (!deliver(committer)) {
        char text[CLIENT_ERROR_BYTES];
        if (rd_kafka_fatal_error(committer->producer, text, sizeof text))
            return committer_because(committer, COMMITTER_STOPPED, "produce", text);
        return committer_undelivered(committer);
    }
    if (options->points.after_ack)
        POINT(options->points.after_ack);
    if (options->make_durable && !options->make_durable(options->context))
        return committer_because(committer, COMMITTER_AGAIN, "storage", "not durable");
    if (options->points.before_commit)
        POINT(options->points.before_commit);
    rd_kafka_resp_err_t code = commit_offsets(committer);
    if (code)
        return committer_because(committer, COMMITTER_AGAIN, "commit", rd_kafka_err2name(code));
    if (options->points.after_commit)
        POINT(options->points.after_commit);
    return COMMITTER_DONE;
}
