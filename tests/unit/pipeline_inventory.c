/* SPDX-License-Identifier: Apache-2.0 */
/* inventory: chains of segments, whole and not. */
#include "pipeline/inventory_chain.h"

#include <criterion/criterion.h>

struct piece {
    int32_t partition;
    int64_t start, end;
    enum inventory_link link;
};

static void expect(const char *name, const struct piece *pieces, size_t count)
{
    struct inventory_chain chain = {0};
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &pieces[i];
        cr_assert_eq(inventory_chain_add(&chain, piece->partition, piece->start, piece->end), piece->link,
                     "%s, piece %zu", name, i);
    }
    inventory_chain_deinit(&chain);
}
#define EXPECT(NAME, ...)                                                                                    \
    do {                                                                                                     \
        const struct piece pieces[] = {__VA_ARGS__};                                                         \
        expect(NAME, pieces, sizeof pieces / sizeof pieces[0]);                                              \
    } while (0)

Test(inventory_chain, each_partition_begins_at_0_and_goes_on_where_it_ended)
{
    EXPECT("whole", {0, 0, 5, INVENTORY_FITS}, {0, 5, 9, INVENTORY_FITS}, {3, 0, 1, INVENTORY_FITS});
    EXPECT("late begin", {0, 2, 5, INVENTORY_HOLE}, {0, 5, 9, INVENTORY_FITS});
    EXPECT("second partition begins late", {0, 0, 5, INVENTORY_FITS}, {1, 5, 9, INVENTORY_HOLE});
    EXPECT("hole", {0, 0, 5, INVENTORY_FITS}, {0, 6, 9, INVENTORY_HOLE}, {0, 9, 10, INVENTORY_FITS});
    EXPECT("overlap", {0, 0, 5, INVENTORY_FITS}, {0, 4, 9, INVENTORY_OVERLAP}, {0, 9, 10, INVENTORY_FITS});
    EXPECT("same name", {0, 0, 5, INVENTORY_FITS}, {0, 0, 5, INVENTORY_OVERLAP}, {0, 5, 6, INVENTORY_FITS});
    EXPECT("one within another", {0, 0, 9, INVENTORY_FITS}, {0, 2, 4, INVENTORY_OVERLAP},
           {0, 9, 10, INVENTORY_FITS});
    EXPECT("does not parse", {0, 0, 0, INVENTORY_FITS}, {0, 5, 6, INVENTORY_HOLE});
}

Test(inventory_chain, it_knows_the_end_of_each_partition)
{
    struct inventory_chain chain = {0};
    cr_assert_eq(inventory_chain_end(&chain, 0), 0);
    inventory_chain_add(&chain, 1, 0, 7);
    inventory_chain_add(&chain, 4, 0, 3);
    cr_assert_eq(inventory_chain_end(&chain, 1), 7);
    cr_assert_eq(inventory_chain_end(&chain, 2), 0);
    cr_assert_eq(inventory_chain_end(&chain, 4), 3);
    inventory_chain_deinit(&chain);
}
