/* SPDX-License-Identifier: Apache-2.0 */
/* storage: the first writer wins, the second is told whose bytes are there, and no temporary file stays. */
#include "pipeline/storage.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file storage in a directory of its own. */
struct scene {
    char directory[64];
    struct config config;
    struct http http;
    struct storage *storage;
    struct body_spool spool;
    struct storage_answer answer; /* the last one */
    char data[64];
    int answers;
};

static void setup(struct scene *scene, int64_t threshold)
{
    char error[CONFIG_ERROR_BYTES], flag[128];
    *scene = (struct scene){.directory = "/tmp/millrace-storage-XXXXXX"};
    cr_assert_not_null(mkdtemp(scene->directory));
    config_init(&scene->config);
    snprintf(flag, sizeof flag, "storage.url=file://%s/store", scene->directory);
    cr_assert(config_read_flag(&scene->config, flag, error), "%s", error);
    cr_assert(http_init(&scene->http, 1));
    scene->storage = storage_open(&scene->config, &scene->http, error);
    cr_assert_not_null(scene->storage, "%s", error);
    body_spool_init(&scene->spool, storage_spool_directory(scene->storage), "test", threshold);
}

static int count_temporary(const struct scene *scene)
{
    DIR *directory = opendir(storage_spool_directory(scene->storage));
    cr_assert_not_null(directory);
    int count = -2; /* "." and ".." */
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static void teardown(struct scene *scene)
{
    cr_assert_eq(count_temporary(scene), 0);
    storage_close(scene->storage);
    http_deinit(&scene->http);
    body_spool_deinit(&scene->spool);
    config_deinit(&scene->config);
    nftw(scene->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void on_done(void *context, const struct storage_answer *answer)
{
    struct scene *scene = context;
    scene->answer = *answer;
    scene->answers++;
    if (answer->data)
        snprintf(scene->data, sizeof scene->data, "%.*s", (int)answer->bytes, answer->data);
}

static enum storage_outcome put(struct scene *scene, const char *path, const char *bytes)
{
    struct body body;
    body_init(&body, &scene->spool);
    cr_assert(body_append(&body, bytes, strlen(bytes)));
    body_finish(&body);
    struct storage_put request = {.path = path, .body = &body, .on_done = on_done, .context = scene};
    storage_put_start(scene->storage, &request);
    storage_finish(scene->storage);
    body_deinit(&body);
    return scene->answer.outcome;
}

static enum storage_outcome get(struct scene *scene, const char *path)
{
    struct storage_get request = {.path = path, .bytes_max = 10, .on_done = on_done, .context = scene};
    storage_get_start(scene->storage, &request);
    storage_finish(scene->storage);
    return scene->answer.outcome;
}

/* The same from memory (threshold 100) and from a spooled file that can be linked (threshold 0). */
static void first_writer_wins(int64_t threshold)
{
    struct scene scene;
    setup(&scene, threshold);
    cr_assert_eq(put(&scene, "a/b/c/d", "first"), STORAGE_STORED);
    cr_assert_eq(scene.answer.bytes, 5);
    char first[DIGEST_HEX_BYTES];
    strcpy(first, scene.answer.sha256);
    cr_assert_eq(put(&scene, "a/b/c/d", "the second"), STORAGE_EXISTS);
    cr_assert_eq(scene.answer.bytes, 5, "it describes the bytes that won");
    cr_assert_str_eq(scene.answer.sha256, first);
    cr_assert_eq(get(&scene, "a/b/c/d"), STORAGE_FOUND);
    cr_assert_str_eq(scene.data, "first");
    teardown(&scene);
}

Test(storage, the_first_writer_wins_from_memory)
{
    first_writer_wins(100);
}

Test(storage, the_first_writer_wins_from_a_spooled_file)
{
    first_writer_wins(0);
}

Test(storage, what_is_absent_or_too_large_is_said_to_be)
{
    struct scene scene;
    setup(&scene, 100);
    cr_assert_eq(get(&scene, "a/b"), STORAGE_ABSENT);
    cr_assert_eq(put(&scene, "a/b", "0123456789"), STORAGE_STORED);
    cr_assert_eq(get(&scene, "a/b"), STORAGE_FOUND);
    cr_assert_eq(put(&scene, "a/c", "0123456789a"), STORAGE_STORED);
    cr_assert_eq(get(&scene, "a/c"), STORAGE_REFUSED);
    teardown(&scene);
}

Test(storage, an_obstacle_is_answered_with_a_later_try)
{
    struct scene scene;
    setup(&scene, 100);
    cr_assert_eq(put(&scene, "a", "a file"), STORAGE_STORED);
    cr_assert_eq(put(&scene, "a/b", "below a file"), STORAGE_RETRY);
    cr_assert(strstr(scene.answer.reason, "Not a directory"), "%s", scene.answer.reason);
    teardown(&scene);
}

Test(storage, a_cancelled_put_gives_no_answer)
{
    struct scene scene;
    struct body body;
    setup(&scene, 100);
    body_init(&body, &scene.spool);
    body_finish(&body);
    struct storage_put request = {.path = "a", .body = &body, .on_done = on_done, .context = &scene};
    struct storage_op *first = storage_put_start(scene.storage, &request);
    request.path = "b";
    storage_put_start(scene.storage, &request);
    storage_cancel(first);
    storage_finish(scene.storage);
    cr_assert_eq(scene.answers, 1);
    body_deinit(&body);
    teardown(&scene);
}

Test(storage, only_this_instances_left_overs_are_swept)
{
    struct scene scene;
    setup(&scene, 0);
    static const char *const names[] = {"spool-test-1-1",  "spool-test-12-345", "spool-test-b-1-1",
                                        "spool-other-1-1", "spool-test-1-1x",   "spool-test--1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", storage_spool_directory(scene.storage), names[i]);
        close(open(path, O_WRONLY | O_CREAT, 0600));
    }
    cr_assert_eq(body_sweep(&scene.spool), 2);
    cr_assert_eq(count_temporary(&scene), 4);
    for (size_t i = 2; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", storage_spool_directory(scene.storage), names[i]);
        unlink(path);
    }
    teardown(&scene);
}

Test(storage, a_url_it_cannot_use_is_one_clear_line)
{
    static const char *const rows[][2] = {
        {"storage.url=", "storage.url is not set"},
        {"storage.url=ftp://x", "storage.url: \"ftp://x\" is neither file:// nor http(s)://"},
        {"storage.url=file://relative", "storage.url: file:// needs an absolute directory below the root"},
        {"storage.url=file:///", "storage.url: file:// needs an absolute directory below the root"},
        {"storage.url=file:///nowhere/at/all", "storage.url: /nowhere/at/all: No such file or directory"},
        {"storage.url=http://h/p?x=1", "storage.url: a query or fragment cannot be a prefix"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config;
        struct http http = {0};
        char error[CONFIG_ERROR_BYTES] = "";
        config_init(&config);
        cr_assert(config_read_flag(&config, rows[i][0], error), "%s", error);
        cr_assert_null(storage_open(&config, &http, error));
        cr_assert_str_eq(error, rows[i][1]);
        config_deinit(&config);
    }
}
