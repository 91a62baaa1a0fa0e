/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sort: qsort. libc's asks the kernel how much memory the machine has before it sorts more than 1 KiB; this one does not.
 * It is the same merge sort in the same order of comparisons, so equal elements stay as they were, as programs on glibc
 * have come to expect.
 */
#include <stdlib.h>
#include <string.h>
#include "sim/posix/call.h"

enum { SORT_HERE_BYTES = 1024 };

struct sort {
    size_t bytes; /* of one element */
    int (*compare)(const void *, const void *, void *);
    void *argument;
    char *spare; /* room for all elements */
};

static void merge_sort(const struct sort *sort, char *data, size_t count)
{
    if (count <= 1)
        return;
    size_t left_count = count / 2, right_count = count - left_count, bytes = sort->bytes;
    char *left = data, *right = data + left_count * bytes, *merged = sort->spare;
    merge_sort(sort, left, left_count);
    merge_sort(sort, right, right_count);
    while (left_count && right_count) {
        bool takes_left = sort->compare(left, right, sort->argument) <= 0;
        char **from = takes_left ? &left : &right;
        memcpy(merged, *from, bytes);
        *from += bytes;
        merged += bytes;
        --*(takes_left ? &left_count : &right_count);
    }
    /* What is left on the right is in its place already. */
    memcpy(merged, left, left_count * bytes);
    memcpy(data, sort->spare, (count - right_count) * bytes);
}

/* Without memory for the spare: stable too, and slow. */
static void insertion_sort(const struct sort *sort, char *data, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (char *here = data + i * sort->bytes; here > data; here -= sort->bytes) {
            char *before = here - sort->bytes;
            if (sort->compare(before, here, sort->argument) <= 0)
                break;
            for (size_t k = 0; k < sort->bytes; k++) {
                char byte = here[k];
                here[k] = before[k];
                before[k] = byte;
            }
        }
    }
}

void qsort_r(void *data, size_t count, size_t bytes, int (*compare)(const void *, const void *, void *),
             void *argument)
{
    if (!task_inside()) {
        NEXT(qsort_r)(data, count, bytes, compare, argument);
        return;
    }
    char here[SORT_HERE_BYTES];
    size_t total = count * bytes;
    struct sort sort = {.bytes = bytes, .compare = compare, .argument = argument, .spare = here};
    if (total > sizeof(here))
        sort.spare = malloc(total);
    if (sort.spare)
        merge_sort(&sort, data, count);
    else
        insertion_sort(&sort, data, count);
    if (sort.spare != here)
        free(sort.spare);
}

static int compare_plainly(const void *one, const void *other, void *compare)
{
    return (*(int (**)(const void *, const void *))compare)(one, other);
}

void qsort(void *data, size_t count, size_t bytes, int (*compare)(const void *, const void *))
{
    if (task_inside())
        qsort_r(data, count, bytes, compare_plainly, &compare);
    else
        NEXT(qsort)(data, count, bytes, compare);
}
