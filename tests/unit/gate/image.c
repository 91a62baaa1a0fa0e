/* SPDX-License-Identifier: Apache-2.0 */
/* What a library keeps from one world to the next is a finding, unless it is named with a reason. */
#include "sim/world/image.h"

#include <criterion/criterion.h>
#include <string.h>
#include "tests/unit/gate/group.h"

Test(gate_image, the_allow_list_is_short_and_every_word_on_it_has_a_name_and_a_reason)
{
    size_t count;
    const struct image_allowed *allowed = image_allowed(&count);
    cr_assert_leq(count, (size_t)IMAGE_ALLOWED_MAX);
    cr_assert_leq(IMAGE_ALLOWED_MAX, 8);
    for (size_t i = 0; i < count; i++) {
        cr_expect(strlen(allowed[i].name) > 0 && strlen(allowed[i].reason) > 10, "word %zu", i);
        cr_expect_geq(strlen(allowed[i].build_id), 8, "%s", allowed[i].name);
        cr_expect_eq(allowed[i].offset % 8, 0, "%s", allowed[i].name);
    }
}

Test(gate_image, a_static_that_a_world_changes_is_reported_with_its_library)
{
    image_add_root("libplanted.so");
    static struct group_result result;
    group_play(&(struct group_options){.seed = 1}, &result);
    cr_assert_eq(result.report.finding_count, 0, "%s", result.finding.text);
    group_play(&(struct group_options){.seed = 1, .plant = PLANT_STATIC}, &result);
    cr_assert_eq(result.report.finding_count, 1);
    cr_expect_eq(result.finding.kind, FINDING_IMAGE);
    cr_expect_not_null(strstr(result.finding.text, "libplanted.so"), "%s", result.finding.text);
    cr_expect_null(strstr(result.finding.text, "librdkafka"), "%s", result.finding.text);
    /* Restored before the next one. */
    group_play(&(struct group_options){.seed = 1}, &result);
    cr_expect_eq(result.report.finding_count, 0, "%s", result.finding.text);
}
