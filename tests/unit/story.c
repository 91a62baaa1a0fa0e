/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: see story.h.
 */
#include "tests/unit/story.h"
#include "properties/sometimes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct history_bytes bytes(const char *text)
{
    return (struct history_bytes){.data = text, .bytes = text ? strlen(text) : 0};
}

static const char *group_of(const char *topic)
{
    if (strcmp(topic, RAW) == 0)
        return "xact-event-ingester";
    return strcmp(topic, PENDING) == 0 ? "xact-download-worker" : "xact-result-processor";
}

void story_begin_with(struct story *story, const struct property_config *config)
{
    memset(story, 0, sizeof(*story));
    story->set = property_set_new(config);
    cr_assert_not_null(story->set);
    story_event(story, 0, (struct history_event){.kind = HISTORY_WORLD, .world = {HISTORY_WORLD_BEGIN, 0}});
}

void story_begin(struct story *story)
{
    struct property_config config = property_config_default();
    story_begin_with(story, &config);
}

void story_free(struct story *story)
{
    property_set_free(story->set);
}

void story_event(struct story *story, uint32_t process, struct history_event event)
{
    event.time_ns = story->now_ns += 1000000;
    event.process = process;
    event.incarnation = 1;
    property_set_event(story->set, &event);
}

/* ---- records --------------------------------------------------------------------------------------------
 * */

static struct story_record *append(struct story *story, const char *topic, const char *key, const char *value)
{
    cr_assert_lt(story->record_count, STORY_RECORDS_MAX);
    struct story_record *record = &story->records[story->record_count];
    snprintf(record->topic, sizeof(record->topic), "%s", topic);
    snprintf(record->key, sizeof(record->key), "%s", key);
    snprintf(record->value, sizeof(record->value), "%s", value);
    for (size_t i = 0; i < story->record_count; i++)
        record->offset += strcmp(story->records[i].topic, topic) == 0;
    story->record_count++;
    return record;
}

static void show_produce(struct story *story, uint32_t process, const struct story_record *record,
                         enum history_step step)
{
    struct history_record shown = {.offset = step == HISTORY_ANSWERED ? record->offset : -1,
                                   .key = bytes(record->key),
                                   .value = bytes(record->value)};
    struct history_event event = {.kind = HISTORY_PRODUCE};
    event.produce = (struct history_produce){.step = step,
                                             .topic = bytes(record->topic),
                                             .acks = -1,
                                             .base_offset = shown.offset,
                                             .producer_id = -1,
                                             .records = &shown,
                                             .record_count = 1};
    story_event(story, process, event);
}

int64_t story_produce_unanswered(struct story *story, uint32_t process, const char *topic, const char *key,
                                 const char *value)
{
    struct story_record *record = append(story, topic, key, value);
    show_produce(story, process, record, HISTORY_REQUESTED);
    return record->offset;
}

int64_t story_produce(struct story *story, uint32_t process, const char *topic, const char *key,
                      const char *value)
{
    int64_t offset = story_produce_unanswered(story, process, topic, key, value);
    show_produce(story, process, &story->records[story->record_count - 1], HISTORY_ANSWERED);
    return offset;
}

void story_reject(struct story *story, uint32_t process, const char *topic, const char *source_topic,
                  int64_t source_offset)
{
    char offset_text[24];
    snprintf(offset_text, sizeof(offset_text), "%lld", (long long)source_offset);
    struct history_header headers[] = {{bytes("source_topic"), bytes(source_topic)},
                                       {bytes("source_partition"), bytes("0")},
                                       {bytes("source_offset"), bytes(offset_text)}};
    struct story_record *record = append(story, topic, "", "garbage");
    struct history_record shown = {
        .offset = record->offset, .value = bytes(record->value), .headers = headers, .header_count = 3};
    struct history_event event = {.kind = HISTORY_PRODUCE};
    event.produce = (struct history_produce){.step = HISTORY_ANSWERED,
                                             .topic = bytes(record->topic),
                                             .acks = -1,
                                             .base_offset = record->offset,
                                             .records = &shown,
                                             .record_count = 1};
    story_event(story, process, event);
}

void story_fetch(struct story *story, uint32_t process, const char *topic, int64_t from)
{
    struct history_record shown[STORY_RECORDS_MAX];
    uint32_t count = 0;
    for (size_t i = 0; i < story->record_count; i++) {
        const struct story_record *record = &story->records[i];
        if (strcmp(record->topic, topic) == 0 && record->offset >= from)
            shown[count++] = (struct history_record){
                .offset = record->offset, .key = bytes(record->key), .value = bytes(record->value)};
    }
    struct history_event event = {.kind = HISTORY_FETCH};
    event.fetch = (struct history_fetch){.topic = bytes(topic),
                                         .fetch_offset = from,
                                         .high_watermark = from + count,
                                         .records = shown,
                                         .record_count = count};
    story_event(story, process, event);
}

/* ---- commits --------------------------------------------------------------------------------------------
 * */

static void show_commit(struct story *story, uint32_t process, struct history_commit commit,
                        const char *topic)
{
    struct history_event event = {.kind = HISTORY_COMMIT};
    commit.group = bytes(group_of(topic));
    commit.member = bytes("member");
    commit.topic = bytes(topic);
    commit.generation = 1;
    event.commit = commit;
    story_event(story, process, event);
}

uint64_t story_commit_requested(struct story *story, uint32_t process, const char *topic, int64_t offset)
{
    struct history_commit commit = {
        .step = HISTORY_REQUESTED, .sequence = ++story->sequence, .offset = offset};
    show_commit(story, process, commit, topic);
    return commit.sequence;
}

void story_commit_answered(struct story *story, uint32_t process, const char *topic, int64_t offset,
                           uint64_t sequence, int16_t error)
{
    struct history_commit commit = {
        .step = HISTORY_ANSWERED, .sequence = sequence, .offset = offset, .error = error};
    show_commit(story, process, commit, topic);
}

void story_commit(struct story *story, uint32_t process, const char *topic, int64_t offset)
{
    story_commit_answered(story, process, topic, offset,
                          story_commit_requested(story, process, topic, offset), 0);
}

/* ---- the rest -------------------------------------------------------------------------------------------
 * */

void story_life(struct story *story, uint32_t process, enum history_life life)
{
    story_event(story, process, (struct history_event){.kind = HISTORY_PROCESS, .life = {.life = life}});
}

void story_file(struct story *story, uint32_t process, enum history_file_step step, const char *path,
                const char *target, const char *content)
{
    struct history_event event = {.kind = HISTORY_FILE};
    event.file = (struct history_file){
        .step = step, .path = bytes(path), .target = bytes(target), .content = bytes(content)};
    story_event(story, process, event);
}

void story_end(struct story *story, enum history_end_reason reason)
{
    story_event(story, 0,
                (struct history_event){.kind = HISTORY_WORLD, .world = {HISTORY_WORLD_END, reason}});
    property_set_end(story->set);
}

void story_load(struct story *story, const char *trace_id, const char *urls_json, bool is_poison)
{
    char value[STORY_TEXT_MAX];
    struct history_bytes urls[2] = {bytes("a"), bytes("b")};
    struct history_event event = {.kind = HISTORY_LOAD};
    event.load =
        (struct history_load){.trace_id = bytes(trace_id), .attachments = urls, .is_poison = is_poison};
    event.load.attachment_count = (strstr(urls_json, "\"a\"") != NULL) + (strstr(urls_json, "\"b\"") != NULL);
    story_event(story, LOADER, event);
    snprintf(value, sizeof(value),
             "{\"payload\":{\"trace_id\":\"not me\"},\"trace_id\":\"%s\",\"attachments\":%s}", trace_id,
             urls_json);
    story_produce(story, LOADER, RAW, trace_id, value);
}

int64_t story_task(struct story *story, uint32_t process, const char *trace_id, const char *url)
{
    char value[STORY_TEXT_MAX];
    snprintf(value, sizeof(value), "{\"trace_id\":\"%s\",\"attachment_url\":\"%s\"}", trace_id, url);
    return story_produce(story, process, PENDING, trace_id, value);
}

int64_t story_result(struct story *story, uint32_t process, const char *trace_id, const char *url)
{
    char value[STORY_TEXT_MAX];
    snprintf(value, sizeof(value),
             "{\"trace_id\":\"%s\",\"attachment_url\":\"%s\",\"destination_path\":\"x/"
             "%s\",\"status\":\"success\"}",
             trace_id, url, url);
    return story_produce(story, process, RESULT, trace_id, value);
}

void story_segment(struct story *story, const char *name, const char *trace_id, const char *url)
{
    char content[STORY_TEXT_MAX], path[128];
    snprintf(content, sizeof(content), "{\"trace_id\":\"%s\",\"attachment_url\":\"%s\"}\n", trace_id, url);
    snprintf(path, sizeof(path), "/data/inventory/%s", name);
    story_file(story, RESULTS, HISTORY_FILE_CREATE, "/data/.part", NULL, NULL);
    story_file(story, RESULTS, HISTORY_FILE_LINK, "/data/.part", path, content);
    story_file(story, RESULTS, HISTORY_FILE_UNLINK, "/data/.part", NULL, NULL);
}

void story_good(struct story *story)
{
    story_load(story, "t1", "[\"a\",null,\" \",\"b\"]", false);
    story_fetch(story, INGEST, RAW, 0);
    story_task(story, INGEST, "t1", "a");
    story_task(story, INGEST, "t1", "b");
    story_commit(story, INGEST, RAW, 1);
    story_fetch(story, DOWNLOAD, PENDING, 0);
    story_result(story, DOWNLOAD, "t1", "b");
    story_result(story, DOWNLOAD, "t1", "a");
    story_commit(story, DOWNLOAD, PENDING, 2);
    story_fetch(story, RESULTS, RESULT, 0);
    story_segment(story, "0", "t1", "b");
    story_segment(story, "1", "t1", "a");
    story_commit(story, RESULTS, RESULT, 2);
    story_event(story, INGEST, (struct history_event){.kind = HISTORY_LEAK, .leak = {.is_clean = true}});
}

/* ---- what came of it ------------------------------------------------------------------------------------
 * */

size_t story_findings(const struct story *story, const char *property)
{
    size_t count, found = 0;
    const struct property_finding *findings = property_set_findings(story->set, &count);
    for (size_t i = 0; i < count; i++)
        found += !property || strcmp(findings[i].property, property) == 0;
    return found;
}

const char *story_signature(const struct story *story, const char *property)
{
    size_t count;
    const struct property_finding *findings = property_set_findings(story->set, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(findings[i].property, property) == 0)
            return findings[i].signature;
    return "";
}

uint64_t story_judged(const struct story *story, const char *property)
{
    for (size_t i = 0; i < property_count(); i++)
        if (strcmp(property_name(i), property) == 0)
            return property_set_report(story->set, i).judged;
    cr_assert_fail("no property %s", property);
    return 0;
}

uint64_t story_number(const struct story *story, const char *name)
{
    size_t count;
    const struct property_number *numbers = property_set_numbers(story->set, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(numbers[i].name, name) == 0)
            return numbers[i].value;
    cr_assert_fail("no number %s", name);
    return 0;
}

uint64_t story_hits(const struct story *story, const char *probe)
{
    int index = sometimes_find(probe);
    cr_assert_geq(index, 0, "no probe %s", probe);
    return property_set_hits(story->set, (size_t)index);
}
