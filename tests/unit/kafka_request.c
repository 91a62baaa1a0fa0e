/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that wait, and deadlines: sim/kafka/request.h, deadline.h. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/kafka/cluster.h"
#include "sim/kafka/request.h"

enum { DEADLINES = 200 };

struct alarm {
    struct kafka_deadline deadline;
    int64_t *calls;
    size_t *call_count;
};

static void note(struct kafka_deadline *deadline)
{
    struct alarm *alarm = KAFKA_OWNER(deadline, struct alarm, deadline);
    alarm->calls[(*alarm->call_count)++] = deadline->due_ns * 1000 + (int64_t)deadline->order;
}

Test(kafka_deadline, those_of_one_instant_come_in_the_order_of_their_setting)
{
    struct kafka_deadlines deadlines = {0};
    struct alarm alarms[DEADLINES];
    int64_t calls[DEADLINES];
    size_t count = 0;
    uint32_t state = 7;
    for (size_t i = 0; i < DEADLINES; i++) {
        alarms[i] = (struct alarm){.deadline.on_due = note, .calls = calls, .call_count = &count};
        state = state * 1664525 + 1013904223;
        kafka_deadline_set(&deadlines, &alarms[i].deadline, (int64_t)(state >> 28));
    }
    for (size_t i = 0; i < DEADLINES; i += 3)
        kafka_deadline_clear(&deadlines, &alarms[i].deadline);
    while (kafka_deadlines_step(&deadlines, 100)) {
    }
    cr_assert(eq(sz, count, DEADLINES - (DEADLINES + 2) / 3));
    for (size_t i = 1; i < count; i++)
        cr_assert(calls[i - 1] < calls[i]);
    kafka_deadlines_deinit(&deadlines);
}

Test(kafka_deadline, one_that_is_not_due_is_left)
{
    struct kafka_deadlines deadlines = {0};
    int64_t calls[1];
    size_t count = 0;
    struct alarm alarm = {.deadline.on_due = note, .calls = calls, .call_count = &count};
    kafka_deadline_set(&deadlines, &alarm.deadline, 5);
    kafka_deadline_set(&deadlines, &alarm.deadline, 9);
    cr_assert(not(kafka_deadlines_step(&deadlines, 8)));
    cr_assert(kafka_deadlines_step(&deadlines, 9));
    cr_assert(eq(sz, count, 1));
    kafka_deadlines_deinit(&deadlines);
}

/* ---- requests --------------------------------------------------------------------------------------------- */

struct scene {
    struct kafka_cluster cluster;
    struct kafka_request requests[3];
    struct kafka_watched watched[2];
    char story[64];
};

static void on_answer(void *context, struct kafka_request *request, enum kafka_answer answer,
                      const void *response)
{
    (void)answer;
    (void)response;
    struct scene *scene = context;
    size_t length = strlen(scene->story);
    scene->story[length] = (char)('a' + (request - scene->requests));
}

static void answer_it(struct kafka_request *request)
{
    kafka_request_finish(request);
}

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.cluster.seam = {.context = scene, .on_answer = on_answer}};
    for (size_t i = 0; i < 3; i++) {
        struct kafka_request *request = &scene->requests[i];
        *request =
            (struct kafka_request){.cluster = &scene->cluster, .on_change = answer_it, .on_due = answer_it};
        kafka_request_wait(request, (int64_t)(10 - i), 2);
    }
}

static void scene_deinit(struct scene *scene)
{
    while (scene->cluster.waiting_first)
        kafka_request_finish(scene->cluster.waiting_first);
    for (size_t i = 0; i < 3; i++)
        wire_memory_deinit(&scene->requests[i].memory);
    kafka_deadlines_deinit(&scene->cluster.deadlines);
}

Test(kafka_request, who_watches_is_asked_once_after_the_change_however_often_it_was_touched)
{
    struct scene scene;
    scene_init(&scene);
    kafka_request_watch(&scene.requests[0], &scene.watched[0]);
    kafka_request_watch(&scene.requests[0], &scene.watched[1]);
    kafka_request_watch(&scene.requests[2], &scene.watched[1]);
    kafka_watched_touch(&scene.watched[1]);
    kafka_watched_touch(&scene.watched[0]);
    cr_assert(eq(str, scene.story, ""));
    kafka_waiters_settle(&scene.cluster.touched);
    cr_assert(eq(str, scene.story, "ca"));
    kafka_waiters_settle(&scene.cluster.touched);
    cr_assert(eq(str, scene.story, "ca"));
    cr_assert(scene.watched[0].first == NULL && scene.watched[1].first == NULL);
    scene_deinit(&scene);
}

Test(kafka_request, its_time_ends_a_wait_and_all_it_watched)
{
    struct scene scene;
    scene_init(&scene);
    kafka_request_watch(&scene.requests[2], &scene.watched[0]);
    kafka_cluster_advance(&scene.cluster, 9);
    cr_assert(eq(str, scene.story, "cb"));
    cr_assert(scene.watched[0].first == NULL);
    cr_assert(eq(i64, kafka_cluster_next_ns(&scene.cluster), 10));
    scene_deinit(&scene);
}

Test(kafka_request, one_that_was_touched_and_answered_otherwise_is_not_asked_again)
{
    struct scene scene;
    scene_init(&scene);
    kafka_request_watch(&scene.requests[0], &scene.watched[0]);
    kafka_request_watch(&scene.requests[1], &scene.watched[0]);
    kafka_watched_touch(&scene.watched[0]);
    kafka_request_finish(&scene.requests[0]);
    kafka_waiters_settle(&scene.cluster.touched);
    cr_assert(eq(str, scene.story, "ab"));
    scene_deinit(&scene);
}

Test(kafka_request, what_goes_away_wakes_its_watchers_and_holds_them_no_more)
{
    struct scene scene;
    scene_init(&scene);
    kafka_request_watch(&scene.requests[1], &scene.watched[0]);
    kafka_watched_deinit(&scene.watched[0]);
    cr_assert(scene.requests[1].watches[0].watched == NULL);
    kafka_waiters_settle(&scene.cluster.touched);
    cr_assert(eq(str, scene.story, "b"));
    scene_deinit(&scene);
}
