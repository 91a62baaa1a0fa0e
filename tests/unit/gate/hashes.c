/* SPDX-License-Identifier: Apache-2.0 */
/* hashes: prints one line "SEED HASH" per seed of the gate's world: what parity compares over builds. With --golden,
 * "VERSION MODEL SEED HASH", as golden.txt has them. */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/world/arena.h"
#include "tests/unit/gate/group.h"

static int usage(void)
{
    fprintf(
        stderr,
        "usage: gate-hashes FIRST LAST [--kills N] [--plant N] [--layout N] [--fill BYTE] [--golden yes]\n");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc % 2 == 0)
        return usage();
    bool is_golden = false;
    struct group_options options = {0};
    for (int i = 3; i + 1 < argc; i += 2) {
        unsigned value = (unsigned)strtoul(argv[i + 1], NULL, 0);
        if (strcmp(argv[i], "--kills") == 0)
            options.kills = value;
        else if (strcmp(argv[i], "--plant") == 0)
            options.plant = (enum group_plant)value;
        else if (strcmp(argv[i], "--layout") == 0)
            options.layout = value;
        else if (strcmp(argv[i], "--fill") == 0)
            arena_set_fill((int)value);
        else if (strcmp(argv[i], "--golden") == 0)
            is_golden = true;
        else
            return usage();
    }
    if (is_golden)
        options.kills = GROUP_GOLDEN_KILLS;
    int status = 0;
    static struct group_result result;
    uint64_t last = strtoull(argv[2], NULL, 10);
    for (options.seed = strtoull(argv[1], NULL, 10); options.seed <= last; options.seed++) {
        group_play(&options, &result);
        if (is_golden)
            printf("%s %d ", rd_kafka_version_str(), GROUP_MODEL);
        printf("%" PRIu64 " %016" PRIx64 "\n", options.seed, result.report.history);
        if (result.converged && result.report.finding_count == 0)
            continue;
        fprintf(stderr, "seed %" PRIu64 ": %s\n", options.seed,
                result.report.finding_count ? result.finding.text : "not done");
        status = 1;
    }
    return status;
}
