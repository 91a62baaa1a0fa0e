/* SPDX-License-Identifier: Apache-2.0 */
/* blob_path: nothing escapes its directory, nothing overwrites its neighbour. */
#include "pipeline/blob_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct blob_path_event plain = {
    .event_subtype = "documentsReceived", .assignment_id = "A1", .trace_id = "t-1"};

static void expect_one(const struct blob_path_event *event, const char *url, const char *expected)
{
    char *path;
    blob_path_make(event, &url, 1, &path);
    cr_assert_str_eq(path, expected, "%s", url);
    cr_assert(blob_path_is_safe(path), "%s", path);
    free(path);
}

Test(blob_path, a_file_is_named_after_assignment_and_url)
{
    expect_one(&plain, "https://h/x/scan.pdf?sig=1#f", "documentsReceived/A1/t-1/A1_scan.pdf");
    expect_one(&plain, "https://h/a%20b.pdf", "documentsReceived/A1/t-1/A1_a_b.pdf");
    expect_one(&plain, "https://h/", "documentsReceived/A1/t-1/A1_");
    expect_one(&plain, "https://h?x=/y.pdf", "documentsReceived/A1/t-1/A1_");
}

Test(blob_path, notices_and_estimates_carry_their_mark)
{
    struct blob_path_event event = plain;
    event.event_subtype = "firstNoticeOfLossReceived";
    expect_one(&event, "https://h/n.xml", "firstNoticeOfLossReceived/A1/t-1/A1_FNOL_n.xml");
    event.event_subtype = "estimatePackageReceived";
    expect_one(&event, "https://h/n.xml", "estimatePackageReceived/A1/t-1/A1_unknown_n.xml");
    event.estimate_version = "3";
    expect_one(&event, "https://h/n.xml", "estimatePackageReceived/A1/t-1/A1_3_n.xml");
}

Test(blob_path, every_single_byte_in_an_id_stays_inside_its_component)
{
    for (int byte = 1; byte < 256; byte++) {
        char id[4] = {'a', (char)byte, 'b', '\0'};
        char *component = blob_path_component(id);
        cr_assert(!strchr(component, '/'));
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
        cr_assert_eq(strcmp(component, id) == 0, is_plain, "byte %d", byte);
        free(component);
    }
}

Test(blob_path, no_id_made_of_dots_and_slashes_escapes)
{
    /* All strings of up to 6 characters over this alphabet. */
    static const char alphabet[] = "./a\\";
    for (int length = 0; length <= 6; length++) {
        for (int number = 0; number < 1 << (2 * length); number++) {
            char id[8] = "";
            for (int i = 0; i < length; i++)
                id[i] = alphabet[number >> (2 * i) & 3];
            struct blob_path_event event = {.event_subtype = id, .assignment_id = id, .trace_id = id};
            char url[32];
            snprintf(url, sizeof url, "http://h/%s", id);
            const char *urls[] = {url};
            char *path;
            blob_path_make(&event, urls, 1, &path);
            cr_assert(blob_path_is_safe(path), "%s -> %s", id, path);
            free(path);
        }
    }
}

Test(blob_path, different_ids_never_share_a_directory)
{
    static const char *const ids[] = {"a/b", "a_b", "a b", "a:b",       ".a",
                                      "_a",  "",    "_",   "inventory", "Inventory"};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    for (int i = 0; i < COUNT; i++) {
        for (int j = i + 1; j < COUNT; j++) {
            char *left = blob_path_component(ids[i]);
            char *right = blob_path_component(ids[j]);
            cr_assert_str_neq(left, right, "%s and %s", ids[i], ids[j]);
            free(left);
            free(right);
        }
    }
}

Test(blob_path, over_long_parts_are_cut_and_stay_different)
{
    char id[400], other[400], url[1200] = "https://h/";
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    memcpy(other, id, sizeof id);
    other[sizeof other - 2] = 'y';
    char *left = blob_path_component(id), *right = blob_path_component(other);
    cr_assert_eq(strlen(left), BLOB_PATH_ID_MAX);
    cr_assert_str_neq(left, right);
    free(left);
    free(right);

    memset(url + 10, 'n', 1000);
    strcpy(url + 1010, ".pdf");
    struct blob_path_event event = {.event_subtype = "estimatePackageReceived",
                                    .assignment_id = id,
                                    .trace_id = id,
                                    .estimate_version = id};
    const char *urls[] = {url};
    char *path;
    blob_path_make(&event, urls, 1, &path);
    const char *file = strrchr(path, '/') + 1;
    cr_assert_eq(strlen(file), BLOB_PATH_FILE_MAX);
    cr_assert_str_eq(file + strlen(file) - 4, ".pdf");
    cr_assert(blob_path_is_safe(path));
    free(path);
}

Test(blob_path, names_that_collide_get_a_digest_of_their_url)
{
    static const char *const urls[] = {"https://h/1/scan.pdf", "https://h/2/scan.pdf",
                                       "https://h/3/other.pdf"};
    char *paths[3];
    blob_path_make(&plain, urls, 3, paths);
    cr_assert_str_eq(paths[0], "documentsReceived/A1/t-1/A1_scan-711015cf.pdf");
    cr_assert_str_neq(paths[0], paths[1]);
    cr_assert_str_eq(paths[2], "documentsReceived/A1/t-1/A1_other.pdf");
    for (int i = 0; i < 3; i++)
        free(paths[i]);
}

Test(blob_path, a_name_built_to_look_like_anothers_digest_is_kept_apart)
{
    static const char *const urls[] = {"https://h/1/scan.pdf", "https://h/2/scan.pdf",
                                       "https://h/scan-711015cf.pdf"};
    char *paths[3];
    blob_path_make(&plain, urls, 3, paths);
    for (int i = 0; i < 3; i++) {
        for (int j = i + 1; j < 3; j++)
            cr_assert_str_neq(paths[i], paths[j]);
    }
    for (int i = 0; i < 3; i++)
        free(paths[i]);
}

Test(blob_path, paths_over_the_wire_are_not_trusted)
{
    static const char *const bad[] = {
        "",         "a",        "a/b/c",    "a/b/c/d/e",     "/a/b/c/d",        "a//b/c",    "a/b/c/",
        "../b/c/d", "a/../c/d", "a/b/c/..", "a/b/c/.hidden", "inventory/b/c/d", "a/b/c/d e", "a/b/c/d\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(blob_path_is_safe(bad[i]), "%s", bad[i]);
    cr_assert(blob_path_is_safe("a/inventory/c/d.pdf"));
}
