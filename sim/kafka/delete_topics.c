/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete_topics: DeleteTopics, by name and, since version 6, by id.
 *
 * Its answer lists first what was asked wrongly, then what is not there, then what is gone. Internal topics may be
 * deleted like others. Source: ControllerApis.deleteTopics.
 */
#include <string.h>
#include "sim/kafka/admin.h"
#include "sim/kafka/api.h"
#include "sim/kafka/asked.h"
#include "sim/kafka/cluster.h"
#include "sim/kafka/group.h"
#include "sim/kafka/transaction.h"
#include "sim/kafka/wire/admin.h"
#include "sim/kafka/wire/errors.h"

enum { SAYS_DISABLED_SINCE = 3, HAS_IDS_SINCE = 6 };

/* What is asked for, whichever way the version says it. */
struct asked {
    struct wire_string name; /* text NULL: by id */
    struct wire_uuid id;
    int32_t times; /* how often; counted at the first of them, 0 at the others */
    struct kafka_topic *topic;
};

struct deletion {
    struct kafka_request *request;
    struct asked *asked;
    int32_t count;
    struct wire_delete_topics_response response;
};

static void append(struct deletion *deletion, const struct asked *asked, struct admin_fault fault)
{
    deletion->response.responses.items[deletion->response.responses.count++] =
        (struct wire_delete_topics_response_deletable_topic_result){.name = asked->name,
                                                                    .topic_id = asked->id,
                                                                    .error_code = fault.error,
                                                                    .error_message = fault.message};
}

static void gather(struct deletion *deletion)
{
    const struct wire_delete_topics_request *body = deletion->request->body;
    bool has_ids = deletion->request->header.api_version >= HAS_IDS_SINCE;
    int32_t count = has_ids ? body->topics.count : body->topic_names.count;
    struct kafka_asked *same; /* partition 1: by id */

    deletion->count = count > 0 ? count : 0;
    deletion->asked =
        kafka_request_take(deletion->request, (size_t)deletion->count * sizeof *deletion->asked);
    deletion->response.responses.items = kafka_request_take(
        deletion->request, (size_t)deletion->count * sizeof *deletion->response.responses.items);
    same = kafka_request_take(deletion->request, (size_t)deletion->count * sizeof *same);
    for (int32_t i = 0; i < deletion->count; i++) {
        struct asked *asked = &deletion->asked[i];
        asked->name = has_ids ? body->topics.items[i].name : body->topic_names.items[i];
        if (has_ids)
            asked->id = body->topics.items[i].topic_id;
        same[i].topic = asked->name;
        same[i].partition = !asked->name.text;
        if (!asked->name.text)
            same[i].topic =
                (struct wire_string){(const char *)body->topics.items[i].topic_id.byte, sizeof asked->id};
    }
    kafka_asked_match(deletion->request, same, deletion->count);
    for (int32_t i = 0; i < deletion->count; i++)
        deletion->asked[same[i].first].times++;
}

static void refuse_all(struct deletion *deletion)
{
    struct kafka_request *request = deletion->request;
    struct admin_fault fault =
        request->header.api_version < SAYS_DISABLED_SINCE
            ? admin_fault(request, KAFKA_INVALID_REQUEST, "This version does not support topic deletion.")
            : admin_fault_plain(KAFKA_TOPIC_DELETION_DISABLED);

    for (int32_t i = 0; i < deletion->count; i++)
        append(deletion, &deletion->asked[i], fault);
}

/* Those that say too little or too much; they are done with then. */
static void refuse_wrong(struct deletion *deletion)
{
    struct kafka_request *request = deletion->request;

    for (int32_t i = 0; i < deletion->count; i++) {
        struct asked *asked = &deletion->asked[i];
        bool has_id = !admin_is_no_id(&asked->id), has_name = asked->name.text != NULL;
        if (has_id != has_name || asked->times == 0)
            continue;
        for (int32_t j = 0; j < asked->times; j++)
            append(deletion, asked,
                   admin_fault(request, KAFKA_INVALID_REQUEST, "%s",
                               has_id ? "You may not specify both topic name and topic id."
                                      : "Neither topic name nor id were specified."));
        asked->times = 0;
    }
    for (int32_t i = 0; i < deletion->count; i++) {
        struct asked *asked = &deletion->asked[i];
        if (asked->times <= 1)
            continue;
        append(deletion, asked,
               admin_fault(request, KAFKA_INVALID_REQUEST, "%s",
                           asked->name.text ? "Duplicate topic name." : "Duplicate topic id."));
        asked->times = 0;
    }
}

static void find(struct deletion *deletion)
{
    const struct kafka_cluster *cluster = deletion->request->cluster;

    for (int32_t i = 0; i < deletion->count; i++) {
        struct asked *asked = &deletion->asked[i];
        if (asked->times == 0)
            continue;
        asked->topic = asked->name.text ? kafka_topic_find(cluster, asked->name)
                                        : kafka_topic_by_id(cluster, &asked->id);
        if (asked->topic)
            continue;
        append(
            deletion, asked,
            admin_fault_plain(asked->name.text ? KAFKA_UNKNOWN_TOPIC_OR_PARTITION : KAFKA_UNKNOWN_TOPIC_ID));
    }
}

/* By id and by name, one topic may be meant twice. */
static bool is_meant_before(const struct deletion *deletion, int32_t index)
{
    for (int32_t i = 0; i < deletion->count; i++) {
        const struct asked *other = &deletion->asked[i];
        if (i != index && other->topic == deletion->asked[index].topic && !other->name.text)
            return deletion->asked[index].name.text != NULL;
    }
    return false;
}

static void delete_found(struct deletion *deletion)
{
    struct kafka_cluster *cluster = deletion->request->cluster;

    for (int32_t i = 0; i < deletion->count; i++) {
        struct asked *asked = &deletion->asked[i];
        if (!asked->topic || !is_meant_before(deletion, i))
            continue;
        asked->topic = NULL;
        append(deletion, asked,
               admin_fault(deletion->request, KAFKA_INVALID_REQUEST,
                           "The provided topic name maps to an ID that was already supplied."));
    }
    for (int32_t i = 0; i < deletion->count; i++) {
        struct asked *asked = &deletion->asked[i];
        if (!asked->topic)
            continue;
        asked->id = asked->topic->id;
        if (!asked->name.text) /* the topic takes its own with it */
            asked->name = admin_text(deletion->request, "%s", asked->topic->name);
        append(deletion, asked, admin_no_fault());
        kafka_groups_on_topic_deleted(cluster->groups, asked->topic);
        kafka_transactions_on_topic_deleted(cluster->transactions, asked->topic);
        kafka_topic_free(asked->topic);
    }
}

void kafka_delete_topics(struct kafka_request *request)
{
    struct deletion deletion = {.request = request};

    wire_init(&wire_delete_topics_response_schema, &deletion.response);
    gather(&deletion);
    if (!kafka_configs_flag(request->cluster, "delete.topic.enable")) {
        refuse_all(&deletion);
    } else {
        refuse_wrong(&deletion);
        find(&deletion);
        delete_found(&deletion);
    }
    kafka_request_answer(request, &deletion.response);
}
