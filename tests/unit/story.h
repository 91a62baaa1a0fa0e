/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: made-up histories for the properties' tests. It keeps the logs, so that a story need only say who
 * produces, reads and commits.
 */
#ifndef TESTS_UNIT_STORY_H
#define TESTS_UNIT_STORY_H

#include "properties/registry.h"

enum { STORY_RECORDS_MAX = 128, STORY_TEXT_MAX = 512 };

struct story_record {
    char topic[64], key[32], value[STORY_TEXT_MAX];
    int32_t partition;
    int64_t offset;
};

struct story {
    struct property_set *set;
    int64_t now_ns;
    uint64_t sequence;
    struct story_record records[STORY_RECORDS_MAX];
    size_t record_count;
};

/* The workers of the stories. */
enum { LOADER = 1, INGEST, DOWNLOAD, RESULTS, OTHER_DOWNLOAD };

#define RAW     "xact.events.raw"
#define PENDING "xact.downloads.pending"
#define RESULT  "xact.downloads.results"
#define DLQ     "xact.downloads.dlq"
#define BAD     "xact.events.dlq"

void story_begin(struct story *story);
void story_begin_with(struct story *story, const struct property_config *config);
void story_free(struct story *story);

/* Shows an event; fills in its time and process. */
void story_event(struct story *story, uint32_t process, struct history_event event);

/* Appended and acknowledged; returns the offset. */
int64_t story_produce(struct story *story, uint32_t process, const char *topic, const char *key,
                      const char *value);
/* Appended, but the answer is never written. */
int64_t story_produce_unanswered(struct story *story, uint32_t process, const char *topic, const char *key,
                                 const char *value);
/* A rejection that points at partition 0 of source_topic. */
void story_reject(struct story *story, uint32_t process, const char *topic, const char *source_topic,
                  int64_t source_offset);
/* All of partition 0 from this offset on. */
void story_fetch(struct story *story, uint32_t process, const char *topic, int64_t from);
void story_commit(struct story *story, uint32_t process, const char *topic, int64_t offset);
/* step by step: returns the sequence. */
uint64_t story_commit_requested(struct story *story, uint32_t process, const char *topic, int64_t offset);
void story_commit_answered(struct story *story, uint32_t process, const char *topic, int64_t offset,
                           uint64_t sequence, int16_t error);
void story_life(struct story *story, uint32_t process, enum history_life life);
void story_file(struct story *story, uint32_t process, enum history_file_step step, const char *path,
                const char *target, const char *content);
void story_end(struct story *story, enum history_end_reason reason);

/* What a sentence of the story usually is. */
void story_load(struct story *story, const char *trace_id, const char *urls_json, bool is_poison);
int64_t story_task(struct story *story, uint32_t process, const char *trace_id, const char *url);
int64_t story_result(struct story *story, uint32_t process, const char *trace_id, const char *url);
void story_segment(struct story *story, const char *name, const char *trace_id, const char *url);

/* Event t1 with attachments a and b goes all the way, everything is committed; the world is not ended. */
void story_good(struct story *story);

size_t story_findings(const struct story *story, const char *property);
const char *story_signature(const struct story *story, const char *property); /* of the first, or "" */
uint64_t story_judged(const struct story *story, const char *property);
uint64_t story_number(const struct story *story, const char *name);
uint64_t story_hits(const struct story *story, const char *probe);

#endif
