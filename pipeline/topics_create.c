/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics_create: makes the topics, and gives every group that reads one a first offset.
 *
 * The stages read with auto.offset.reset=error, so that an offset that expired stops them loudly. For that to
 * mean expiry and nothing else, a partition without a committed offset must not exist: each gets 0 here. What
 * exists is left as it is; so the command may be repeated.
 */
#include "pipeline/topics.h"

#include "pipeline/client.h"
#include "pipeline/memory.h"
#include "pipeline/millrace.h"
#include "pipeline/text.h"

#include <stdio.h>

enum { ADMIN_TIMEOUT_MS = 30000, VISIBLE_ATTEMPTS = 60 };

struct admin {
    struct client_opaque opaque;
    const struct config *config;
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
};

static bool fail(struct admin *admin, const char *what, const char *subject, const char *detail)
{
    struct log_line line;
    log_begin(&line, admin->opaque.log, LOG_ERROR, what);
    log_string(&line, "subject", subject);
    log_string(&line, "detail", detail);
    log_end(&line);
    return false;
}

/* The event that answers a request, or NULL (logged) when it says that the request failed as a whole. */
static rd_kafka_event_t *await(struct admin *admin, const char *what)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(admin->queue, 2 * ADMIN_TIMEOUT_MS);
    if (!event) {
        fail(admin, what, "", "no answer");
        return NULL;
    }
    if (rd_kafka_event_error(event)) {
        fail(admin, what, "", rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
        return NULL;
    }
    return event;
}

static rd_kafka_AdminOptions_t *options_new(struct admin *admin, rd_kafka_admin_op_t operation)
{
    char error[CLIENT_ERROR_BYTES];
    rd_kafka_AdminOptions_t *options = memory_check(rd_kafka_AdminOptions_new(admin->client, operation));
    rd_kafka_AdminOptions_set_request_timeout(options, ADMIN_TIMEOUT_MS, error, sizeof error);
    return options;
}

/* ---- topics ---- */

static rd_kafka_NewTopic_t *new_topic(const struct config *config, enum topics_id id)
{
    char name[TOPICS_NAME_BYTES], error[CLIENT_ERROR_BYTES], retention[32];
    const struct topics_row *row = topics_row(id);
    int replication = (int)config_number(config, OPTION_TOPICS_REPLICATION);
    rd_kafka_NewTopic_t *topic = memory_check(rd_kafka_NewTopic_new(
        topics_name(config, id, name), row->partitions, replication, error, sizeof error));
    snprintf(retention, sizeof retention, "%lld", row->retention_days * 86400000LL);
    rd_kafka_NewTopic_set_config(topic, "retention.ms", retention);
    if (row->is_compacted)
        rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact,delete");
    return topic;
}

static bool check_topics(struct admin *admin, rd_kafka_event_t *event)
{
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        const char *name = rd_kafka_topic_result_name(results[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            log_simple(admin->opaque.log, LOG_INFO, "topic created", name);
        else if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            log_simple(admin->opaque.log, LOG_INFO, "topic exists", name);
        else
            done = fail(admin, "topic not created", name, rd_kafka_topic_result_error_string(results[i]));
    }
    return done;
}

static bool create_all(struct admin *admin)
{
    rd_kafka_NewTopic_t *topics[TOPICS_COUNT];
    size_t topic_count = 0;
    for (enum topics_id id = 0; id < TOPICS_COUNT; id++) {
        if (topics_exists(admin->config, id))
            topics[topic_count++] = new_topic(admin->config, id);
    }
    rd_kafka_AdminOptions_t *options = options_new(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(admin->client, topics, topic_count, options, admin->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy_array(topics, topic_count);
    rd_kafka_event_t *event = await(admin, "create topics");
    bool done = event && check_topics(admin, event);
    if (event)
        rd_kafka_event_destroy(event);
    return done;
}

/* ---- first offsets ---- */

/* How many partitions a topic has, 0 if it cannot be seen (yet). */
static int count_partitions(struct admin *admin, const char *name)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(admin->client, name, NULL);
    if (!topic)
        return 0;
    const struct rd_kafka_metadata *metadata;
    int count = 0;
    if (!rd_kafka_metadata(admin->client, 0, topic, &metadata, ADMIN_TIMEOUT_MS)) {
        if (metadata->topic_cnt == 1 && !metadata->topics[0].err)
            count = metadata->topics[0].partition_cnt;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
    return count;
}

/* A topic just created is not known to every broker at once. */
static int await_partitions(struct admin *admin, const char *name)
{
    for (int attempt = 0; attempt < VISIBLE_ATTEMPTS; attempt++) {
        int count = count_partitions(admin, name);
        if (count > 0)
            return count;
        rd_kafka_poll(admin->client, 500);
    }
    return 0;
}

static rd_kafka_topic_partition_list_t *partitions_of(struct admin *admin, enum topics_group group)
{
    rd_kafka_topic_partition_list_t *list = memory_check(rd_kafka_topic_partition_list_new(24));
    for (enum topics_id id = 0; id < TOPICS_COUNT; id++) {
        char name[TOPICS_NAME_BYTES];
        if (topics_row(id)->group != group || !topics_exists(admin->config, id))
            continue;
        topics_name(admin->config, id, name);
        int count = await_partitions(admin, name);
        if (count == 0) {
            fail(admin, "topic not visible", name, "");
            rd_kafka_topic_partition_list_destroy(list);
            return NULL;
        }
        rd_kafka_topic_partition_list_add_range(list, name, 0, count - 1);
    }
    return list;
}

/* The partitions of the list for which the group has no offset. NULL: failed. */
static rd_kafka_topic_partition_list_t *without_offset(struct admin *admin, const char *group,
                                                       const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_ListConsumerGroupOffsets_t *request =
        memory_check(rd_kafka_ListConsumerGroupOffsets_new(group, list));
    rd_kafka_AdminOptions_t *options = options_new(admin, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_ListConsumerGroupOffsets(admin->client, &request, 1, options, admin->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    rd_kafka_event_t *event = await(admin, "list offsets");
    if (!event)
        return NULL;
    size_t count;
    const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    rd_kafka_topic_partition_list_t *missing = NULL;
    if (count == 1 && !rd_kafka_group_result_error(groups[0])) {
        const rd_kafka_topic_partition_list_t *found = rd_kafka_group_result_partitions(groups[0]);
        missing = memory_check(rd_kafka_topic_partition_list_new(found->cnt));
        for (int i = 0; i < found->cnt; i++) {
            if (found->elems[i].offset < 0)
                rd_kafka_topic_partition_list_add(missing, found->elems[i].topic, found->elems[i].partition)
                    ->offset = 0;
        }
    } else {
        fail(admin, "list offsets", group,
             count == 1 ? rd_kafka_error_string(rd_kafka_group_result_error(groups[0])) : "no answer");
    }
    rd_kafka_event_destroy(event);
    return missing;
}

static bool check_altered(struct admin *admin, const char *group, rd_kafka_event_t *event)
{
    size_t count;
    const rd_kafka_group_result_t **groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
    if (count != 1)
        return fail(admin, "first offsets", group, "no answer");
    if (rd_kafka_group_result_error(groups[0]))
        return fail(admin, "first offsets", group,
                    rd_kafka_error_string(rd_kafka_group_result_error(groups[0])));
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(groups[0]);
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err)
            return fail(admin, "first offsets (is the group running?)", group,
                        rd_kafka_err2str(list->elems[i].err));
    }
    return true;
}

static bool commit_first(struct admin *admin, const char *group,
                         const rd_kafka_topic_partition_list_t *missing)
{
    rd_kafka_AlterConsumerGroupOffsets_t *request =
        memory_check(rd_kafka_AlterConsumerGroupOffsets_new(group, missing));
    rd_kafka_AdminOptions_t *options = options_new(admin, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
    rd_kafka_AlterConsumerGroupOffsets(admin->client, &request, 1, options, admin->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_AlterConsumerGroupOffsets_destroy(request);
    rd_kafka_event_t *event = await(admin, "first offsets");
    bool done = event && check_altered(admin, group, event);
    if (event)
        rd_kafka_event_destroy(event);
    return done;
}

static bool start_group(struct admin *admin, enum topics_group id)
{
    char group[TOPICS_NAME_BYTES];
    topics_group_name(admin->config, id, group);
    rd_kafka_topic_partition_list_t *all = partitions_of(admin, id);
    rd_kafka_topic_partition_list_t *missing = all ? without_offset(admin, group, all) : NULL;
    bool done = missing && (missing->cnt == 0 || commit_first(admin, group, missing));
    if (done && missing->cnt > 0)
        log_simple(admin->opaque.log, LOG_INFO, "first offsets committed", group);
    if (missing)
        rd_kafka_topic_partition_list_destroy(missing);
    if (all)
        rd_kafka_topic_partition_list_destroy(all);
    return done;
}

/* ---- the command ---- */

static int print(const struct config *config)
{
    struct text out = {0};
    for (enum topics_id id = 0; id < TOPICS_COUNT; id++) {
        char name[TOPICS_NAME_BYTES];
        const struct topics_row *row = topics_row(id);
        if (!topics_exists(config, id))
            continue;
        text_format(&out, "%s partitions=%d replication=%d retention.ms=%lld%s\n",
                    topics_name(config, id, name), row->partitions,
                    (int)config_number(config, OPTION_TOPICS_REPLICATION), row->retention_days * 86400000LL,
                    row->is_compacted ? " cleanup.policy=compact,delete" : "");
    }
    bool done = text_write(1, out.data, out.length);
    text_deinit(&out);
    return done ? MILLRACE_OK : MILLRACE_STOPPED;
}

int topics_create(const struct config *config, const struct log *log, bool dry_run)
{
    if (dry_run)
        return print(config);
    char error[CLIENT_ERROR_BYTES];
    struct admin admin = {.opaque.log = log, .config = config};
    rd_kafka_conf_t *conf = client_conf(config, CLIENT_ADMIN, NULL, error);
    if (conf)
        client_set_opaque(conf, &admin.opaque);
    admin.client = conf ? client_new(CLIENT_ADMIN, conf, error) : NULL;
    if (!admin.client) {
        log_usage(error);
        return MILLRACE_USAGE;
    }
    admin.queue = memory_check(rd_kafka_queue_new(admin.client));
    bool done = create_all(&admin);
    for (enum topics_group group = 0; done && group < TOPICS_GROUP_NONE; group++)
        done = start_group(&admin, group);
    rd_kafka_queue_destroy(admin.queue);
    rd_kafka_destroy(admin.client);
    return done ? MILLRACE_OK : MILLRACE_STOPPED;
}
