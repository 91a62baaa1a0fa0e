/* SPDX-License-Identifier: Apache-2.0 */
#include "properties/identity.h"
#include "properties/sometimes.h"
#include "tests/unit/story.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct history_bytes bytes(const char *text)
{
    return (struct history_bytes){.data = text, .bytes = strlen(text)};
}

static void begin_with_two_tasks(struct story *story)
{
    story_begin(story);
    story_task(story, INGEST, "t1", "a");
    story_task(story, INGEST, "t1", "b");
}

Test(sometimes, sees_a_kill_between_acknowledgement_and_commit)
{
    struct story story;
    begin_with_two_tasks(&story);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_life(&story, DOWNLOAD, HISTORY_LIFE_KILL);
    cr_expect_eq(story_hits(&story, "kill-between-ack-and-commit"), 1);
    story_life(&story, DOWNLOAD, HISTORY_LIFE_START);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_commit(&story, DOWNLOAD, PENDING, 1);
    story_life(&story, DOWNLOAD, HISTORY_LIFE_KILL);
    cr_expect_eq(story_hits(&story, "kill-between-ack-and-commit"), 1);
    cr_expect_eq(story_hits(&story, "kill"), 2);
    story_free(&story);
}

Test(sometimes, sees_a_kill_between_link_and_output)
{
    struct story story;
    begin_with_two_tasks(&story);
    story_file(&story, DOWNLOAD, HISTORY_FILE_LINK, "/data/.part", "/data/x/a", "body");
    story_result(&story, DOWNLOAD, "t1", "a");
    story_life(&story, DOWNLOAD, HISTORY_LIFE_KILL);
    cr_expect_eq(story_hits(&story, "kill-between-link-and-output"), 0);
    story_life(&story, DOWNLOAD, HISTORY_LIFE_START);
    story_file(&story, DOWNLOAD, HISTORY_FILE_LINK, "/data/.part", "/data/x/b", "body");
    story_life(&story, DOWNLOAD, HISTORY_LIFE_KILL);
    cr_expect_eq(story_hits(&story, "kill-between-link-and-output"), 1);
    story_free(&story);
}

static void assign(struct story *story, uint32_t process, uint32_t count)
{
    struct history_partition partition = {bytes(PENDING), 0};
    struct history_event event = {.kind = HISTORY_SYNC};
    event.sync = (struct history_sync){.step = HISTORY_ANSWERED,
                                       .group = bytes("xact-download-worker"),
                                       .assigned = &partition,
                                       .assigned_count = count};
    story_event(story, process, event);
}

static void rejoin(struct story *story, uint32_t process, bool owns)
{
    struct history_partition partition = {bytes(PENDING), 0};
    struct history_event event = {.kind = HISTORY_JOIN};
    event.join = (struct history_join){
        .group = bytes("xact-download-worker"), .says_owned = true, .owned = &partition, .owned_count = owns};
    story_event(story, process, event);
}

Test(sometimes, sees_a_partition_go_while_its_records_are_in_flight)
{
    struct story story;
    begin_with_two_tasks(&story);
    assign(&story, DOWNLOAD, 1);
    story_fetch(&story, DOWNLOAD, PENDING, 0);
    rejoin(&story, DOWNLOAD, true);
    cr_expect_eq(story_hits(&story, "revoke-with-inflight"), 0);
    assign(&story, DOWNLOAD, 0);
    cr_expect_eq(story_hits(&story, "revoke-with-inflight"), 1);
    story_free(&story);
}

Test(sometimes, sees_an_eager_member_give_up_what_it_has_in_flight)
{
    struct story story;
    begin_with_two_tasks(&story);
    assign(&story, DOWNLOAD, 1);
    story_fetch(&story, DOWNLOAD, PENDING, 0);
    rejoin(&story, DOWNLOAD, false);
    cr_expect_eq(story_hits(&story, "revoke-with-inflight"), 1);
    story_free(&story);
}

Test(sometimes, does_not_take_finished_work_for_work_in_flight)
{
    struct story story;
    begin_with_two_tasks(&story);
    assign(&story, DOWNLOAD, 1);
    story_fetch(&story, DOWNLOAD, PENDING, 0);
    story_result(&story, DOWNLOAD, "t1", "a");
    story_result(&story, DOWNLOAD, "t1", "b");
    assign(&story, DOWNLOAD, 0);
    cr_expect_eq(story_hits(&story, "revoke-with-inflight"), 0);
    story_free(&story);
}

Test(sometimes, counts_commits_that_were_refused_for_their_generation)
{
    struct story story;
    begin_with_two_tasks(&story);
    for (int16_t error = 20; error < 30; error++)
        story_commit_answered(&story, DOWNLOAD, PENDING, 0, 1, error);
    cr_expect_eq(story_hits(&story, "commit-refused-generation"), 3);
    story_free(&story);
}

Test(sometimes, counts_new_generations_pauses_and_resets)
{
    struct story story;
    story_begin(&story);
    struct history_event event = {.kind = HISTORY_JOIN};
    event.join = (struct history_join){.step = HISTORY_ANSWERED, .group = bytes("g"), .generation = 1};
    story_event(&story, DOWNLOAD, event);
    cr_expect_eq(story_hits(&story, "rebalance"), 0);
    event.join.generation = 2;
    story_event(&story, DOWNLOAD, event);
    story_event(&story, OTHER_DOWNLOAD, event);
    cr_expect_eq(story_hits(&story, "rebalance"), 1);
    story_life(&story, DOWNLOAD, HISTORY_LIFE_PAUSE);
    cr_expect_eq(story_hits(&story, "pause"), 1);
    story_event(
        &story, DOWNLOAD,
        (struct history_event){.kind = HISTORY_CONNECTION, .connection = {HISTORY_CONNECTION_RESET, 1, 1}});
    cr_expect_eq(story_hits(&story, "reset"), 1);
    story_free(&story);
}

/* ---- identity -------------------------------------------------------------------------------------------
 * */

Test(identity, finds_the_outermost_members_only)
{
    struct identity identity = {0};
    cr_assert(identity_parse(&identity,
                             bytes("{\"x\":{\"trace_id\":\"no\"},\"trace_id\":\"yes\",\"n\":[1,{\"a\":2}],"
                                   "\"attachments\":[\"u1\",null,\"  \",7,{\"q\":[]},\"u2\"]} ")));
    cr_expect(history_bytes_equal(identity.trace_id, bytes("yes")));
    cr_expect_eq(identity.attachment_count, 2);
    cr_expect(history_bytes_equal(identity.attachments[1], bytes("u2")));
    identity_deinit(&identity);
}

Test(identity, undoes_escapes)
{
    struct identity identity = {0};
    cr_assert(identity_parse(
        &identity,
        bytes("{\"trace_id\":\"a\\\"\\u00e9\\ud83d\\ude00\\n\",\"attachment_url\":\"http:\\/\\/h\"}")));
    cr_expect(history_bytes_equal(identity.trace_id, bytes("a\"\xc3\xa9\xf0\x9f\x98\x80\n")));
    cr_expect(history_bytes_equal(identity.attachment_url, bytes("http://h")));
    identity_deinit(&identity);
}

Test(identity, refuses_every_truncation)
{
    static const char json[] = "{\"trace_id\":\"t\\u0041\",\"attachments\":[\"u\",{}],\"n\":1}";
    for (size_t length = 0; length < sizeof(json) - 1; length++) {
        struct identity identity = {0};
        char *exact = malloc(length + 1);
        memcpy(exact, json, length);
        cr_expect_not(identity_parse(&identity, (struct history_bytes){exact, length}), "%zu", length);
        free(exact);
        identity_deinit(&identity);
    }
}
