/* SPDX-License-Identifier: Apache-2.0 */
/* Whether librdkafka's own metadata is read rightly: its serialized form is opaque, and may change with a version. */
#include "pipeline/membership.h"

#include <criterion/criterion.h>

static bool is_of_member(int32_t generation, const char *member, const char *instance)
{
    rd_kafka_consumer_group_metadata_t *metadata =
        rd_kafka_consumer_group_metadata_new_with_genid("xact-download-worker", generation, member, instance);
    bool answer = membership_is_of(metadata, member);
    cr_expect_not(membership_is_of(metadata, "somebody-else"));
    cr_expect_not(membership_is_of(metadata, NULL));
    rd_kafka_consumer_group_metadata_destroy(metadata);
    return answer;
}

Test(membership, a_member_has_an_id_and_a_generation)
{
    cr_expect(is_of_member(0, "millrace-1", NULL));
    cr_expect(is_of_member(INT32_MAX, "m", NULL));
    cr_expect(is_of_member(7, "millrace-1", "download-0"));
}

Test(membership, without_a_generation_it_is_nobody)
{
    cr_expect_not(is_of_member(-1, "millrace-1", NULL));
    cr_expect_not(is_of_member(-1, "millrace-1", "download-0"));
}

Test(membership, without_an_id_it_is_nobody)
{
    cr_expect_not(is_of_member(0, "", NULL));
    cr_expect_not(is_of_member(3, "", "download-0"));
}

Test(membership, a_client_that_has_not_joined_is_nobody)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "group.id", "xact-download-worker", NULL, 0);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    cr_assert_not_null(consumer);
    cr_expect_null(membership_take(consumer));
    rd_kafka_destroy(consumer);
}
