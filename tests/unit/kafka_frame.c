/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/kafka/frame_print.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct text {
    struct frame_names names;
    struct wire_memory memory;
    struct frame_request request;
    struct wire_output frame;
    char error[FRAME_ERROR_BYTES];
};

static bool read_text(struct text *text, const char *from)
{
    memset(text, 0, sizeof(*text));
    strcpy(text->names.prefix, "run");
    frame_names_set(&text->names, "v", "seven");
    text->request.header.correlation_id = 5;
    text->request.header.client_id = (struct wire_string){.text = "c", .bytes = 1};
    return frame_text_read(from, &text->names, &text->memory, &text->request, &text->frame, text->error);
}

static void text_deinit(struct text *text)
{
    wire_memory_deinit(&text->memory);
    free(text->frame.data);
}

static void expect_frame(const char *from, const char *bytes, size_t count)
{
    struct text text;
    cr_assert(read_text(&text, from), "%s: %s", from, text.error);
    cr_expect_eq(text.frame.bytes, count, "%s: %zu bytes", from, text.frame.bytes);
    cr_expect_arr_eq(text.frame.data, bytes, count, "%s", from);
    text_deinit(&text);
}

Test(frame_text, a_text_becomes_the_frame_it_says)
{
    expect_frame("Metadata 1 {topics: [{name: ab}]}", "\0\0\0\x13\0\3\0\1\0\0\0\5\0\1c\0\0\0\1\0\2ab", 23);
    expect_frame("Metadata 1 {topics: null}", "\0\0\0\x0f\0\3\0\1\0\0\0\5\0\1c\xff\xff\xff\xff", 19);
}

Test(frame_text, names_get_the_prefix_and_variables_their_value)
{
    expect_frame("Metadata 1 {topics: [{name: ~t}]}", "\0\0\0\x16\0\3\0\1\0\0\0\5\0\1c\0\0\0\1\0\5run.t", 26);
    expect_frame("Metadata 1 {topics: [{name: $v}]}", "\0\0\0\x16\0\3\0\1\0\0\0\5\0\1c\0\0\0\1\0\5seven", 26);
}

Test(frame_text, damage_is_done_to_the_bytes)
{
    expect_frame("!cut 2 Metadata 1 {topics: []}", "\0\0\0\x0d\0\3\0\1\0\0\0\5\0\1c\0\0", 17);
    expect_frame("!append aabb Metadata 1 {topics: []}", "\0\0\0\x11\0\3\0\1\0\0\0\5\0\1c\0\0\0\0\xaa\xbb",
                 21);
    expect_frame("!poke 6 0063 Metadata 1 {topics: []}", "\0\0\0\x0f\0\3\0\x63\0\0\0\5\0\1c\0\0\0\0", 19);
}

Test(frame_text, what_is_no_frame_is_an_error)
{
    static const char *const texts[] = {
        "",
        "Nonsense 1 {}",
        "Metadata 1",
        "Metadata 1 {nothing: 1}",
        "Metadata 1 {topics 1}",
        "Metadata 1 {topics: [}",
        "Metadata 1 {topics: [{name: $unset}]}",
        "!what 1 Metadata 1 {}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text text;
        cr_expect_not(read_text(&text, texts[i]), "%s", texts[i]);
        cr_expect(*text.error, "%s", texts[i]);
        text_deinit(&text);
    }
}

Test(frame_print, ids_and_names_are_masked_and_the_rest_is_told)
{
    struct text text;
    struct wire_output lines = {0};
    struct wire_error error;
    char kept[32];
    /* JoinGroup 2's response: throttle, error, generation, protocol, leader, member, members. */
    static const uint8_t response[] =
        "\0\0\0\5\0\0\0\0\0\0\0\0\0\3\0\1p\0\2m1\0\2m2\0\0\0\1\0\2m1\0\0\0\4abcd";
    cr_assert(read_text(&text, "JoinGroup 2 {group_id: g}"));
    struct wire_bytes frame = {.data = response, .bytes = sizeof(response) - 1};
    void *body = wire_response_decode(frame, &text.request.header, &text.memory, &error);
    cr_assert(body, "%s", error.message);
    cr_assert(frame_print_find(&text.request, body, "member_id", kept, sizeof(kept)));
    cr_expect_str_eq(kept, "m2");
    frame_print(&text.request, body, &text.names, &lines);
    wire_output_append(&lines, "", 1);
    cr_expect_str_eq((char *)lines.data,
                     "throttle_time_ms=0\nerror_code=0\ngeneration_id=3\nprotocol_name=p\n"
                     "leader=member#0\nmember_id=member#1\nmembers[0].member_id=member#0\n"
                     "members[0].metadata=abcd\n");
    free(lines.data);
    text_deinit(&text);
}
