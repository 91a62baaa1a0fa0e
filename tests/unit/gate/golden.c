/* SPDX-License-Identifier: Apache-2.0 */
/* Twenty histories are kept in the tree: whoever changes what the world does, on purpose or not, learns it here. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>
#include "tests/unit/gate/group.h"

enum { LINE_BYTES = 160 };

/* Lines of golden.txt: librdkafka's version, seed, history. */
Test(gate_golden, twenty_seeds_have_the_histories_that_are_written_down)
{
    FILE *file = fopen(GATE_GOLDEN, "r");
    cr_assert_not_null(file, GATE_GOLDEN);
    static struct group_result result;
    char line[LINE_BYTES], version[LINE_BYTES];
    uint32_t model, compared = 0, differing = 0;
    uint64_t seed, written;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%159s %" SCNu32 " %" SCNu64 " %" SCNx64, version, &model, &seed, &written) != 4 ||
            strcmp(version, rd_kafka_version_str()) != 0 || model != GROUP_MODEL)
            continue;
        group_play(&(struct group_options){.seed = seed, .kills = GROUP_GOLDEN_KILLS}, &result);
        compared++;
        differing += result.report.history != written;
    }
    fclose(file);
    if (!compared)
        cr_skip_test("no histories of librdkafka %s, model %d are written down", rd_kafka_version_str(),
                     GROUP_MODEL);
    cr_expect_eq(compared, 20);
    cr_expect_eq(
        differing, 0,
        "%u of %u histories changed. If the world was meant to change: replace the lines of librdkafka %s in "
        "tests/unit/gate/golden.txt by what BUILD/tests/unit/gate/gate-hashes 1 20 --golden yes prints, and "
        "say "
        "in CHANGELOG.md what changed the world's histories.",
        differing, compared, rd_kafka_version_str());
}
