/* SPDX-License-Identifier: Apache-2.0 */
/* interpret_commit: see interpret_commit.h. */
#include "sim/kafka/observe/interpret_commit.h"
#include "sim/kafka/observe/interpret_group.h"
#include "sim/kafka/wire/group.h"
#include "sim/kafka/wire/transaction.h"

/* A walk through the partitions of a request or a response; zero-initialised storage is one that has not begun. */
struct walk {
    int32_t topic, next; /* where it goes on */
    struct history_bytes name;
    int32_t partition;
    int64_t said; /* of this partition: the offset, or the error */
};

/* The four bodies have one shape, but types of their own. Goes on to the next partition; false: there is none. */
#define WALK(BODY, SAID)                                                                                     \
    static bool walk_##BODY(const void *of, struct walk *walk)                                               \
    {                                                                                                        \
        const struct wire_##BODY *body = of;                                                                 \
        for (; walk->topic < body->topics.count; walk->topic++, walk->next = 0) {                            \
            const struct wire_##BODY##_topic *topic = &body->topics.items[walk->topic];                      \
            if (walk->next >= topic->partitions.count)                                                       \
                continue;                                                                                    \
            const struct wire_##BODY##_partition *partition = &topic->partitions.items[walk->next++];        \
            walk->name = interpret_string(topic->name);                                                      \
            walk->partition = partition->partition_index;                                                    \
            walk->said = partition->SAID;                                                                    \
            return true;                                                                                     \
        }                                                                                                    \
        return false;                                                                                        \
    }

WALK(offset_commit_request, committed_offset)
WALK(offset_commit_response, error_code)
WALK(txn_offset_commit_request, committed_offset)
WALK(txn_offset_commit_response, error_code)

struct api {
    bool (*walk_request)(const void *of, struct walk *walk);
    bool (*walk_response)(const void *of, struct walk *walk);
    struct history_commit commit; /* what all events have in common */
};

/* The answer to what asked is at. */
static bool find_answer(const struct api *api, const void *response, const struct walk *asked,
                        int16_t *error_out)
{
    struct walk answered = {0};
    while (api->walk_response(response, &answered)) {
        if (answered.partition != asked->partition || !history_bytes_equal(answered.name, asked->name))
            continue;
        *error_out = (int16_t)answered.said;
        return true;
    }
    return false;
}

static void emit(struct interpret *interpret, const struct interpret_scene *scene, const struct api *api,
                 const struct interpret_request *request, const void *response)
{
    struct walk asked = {0};
    struct history_event event = interpret_event(scene, HISTORY_COMMIT);
    event.commit = api->commit;
    event.commit.sequence = request->sequence;
    event.commit.step = response ? HISTORY_ANSWERED : HISTORY_REQUESTED;
    while (api->walk_request(request->body, &asked)) {
        event.commit.topic = asked.name;
        event.commit.partition = asked.partition;
        event.commit.offset = asked.said;
        if (!response || find_answer(api, response, &asked, &event.commit.error))
            interpret_emit(interpret, &event);
    }
}

void interpret_commit(struct interpret *interpret, const struct interpret_scene *scene,
                      const struct interpret_request *request, const void *response)
{
    const struct wire_offset_commit_request *body = request->body;
    const struct api api = {
        .walk_request = walk_offset_commit_request,
        .walk_response = walk_offset_commit_response,
        .commit = {.group = interpret_string(body->group_id),
                   .member = interpret_string(body->member_id),
                   .generation = body->generation_id_or_member_epoch},
    };
    emit(interpret, scene, &api, request, response);
}

void interpret_txn_commit(struct interpret *interpret, const struct interpret_scene *scene,
                          const struct interpret_request *request, const void *response)
{
    const struct wire_txn_offset_commit_request *body = request->body;
    const struct api api = {
        .walk_request = walk_txn_offset_commit_request,
        .walk_response = walk_txn_offset_commit_response,
        .commit = {.group = interpret_string(body->group_id),
                   .member = interpret_string(body->member_id),
                   .generation = body->generation_id,
                   .is_transactional = true,
                   .producer_epoch = body->producer_epoch,
                   .producer_id = body->producer_id},
    };
    emit(interpret, scene, &api, request, response);
}
