/* SPDX-License-Identifier: Apache-2.0 */
/* asked: partitions that are named more than once. See asked.h. */
#include "sim/kafka/asked.h"

#include <stdlib.h>
#include <string.h>
#include "sim/kafka/request.h"

static int compare_names(const struct kafka_asked *one, const struct kafka_asked *other)
{
    if (one->partition != other->partition)
        return one->partition < other->partition ? -1 : 1;
    return wire_string_compare(one->topic, other->topic);
}

/* Those of one name in the order of the request: last is their own index still. */
static int compare(const void *left, const void *right)
{
    const struct kafka_asked *one = *(struct kafka_asked *const *)left;
    const struct kafka_asked *other = *(struct kafka_asked *const *)right;
    int order = compare_names(one, other);
    return order ? order : (one->last > other->last) - (one->last < other->last);
}

void kafka_asked_match(struct kafka_request *request, struct kafka_asked *asked, int32_t count)
{
    struct kafka_asked **sorted = kafka_request_take(request, (size_t)count * sizeof(struct kafka_asked *));
    for (int32_t i = 0; i < count; i++) {
        asked[i].own = asked[i].first = asked[i].last = i;
        sorted[i] = &asked[i];
    }
    if (count > 1)
        qsort(sorted, (size_t)count, sizeof(struct kafka_asked *), compare);
    for (int32_t i = 1; i < count; i++)
        if (compare_names(sorted[i - 1], sorted[i]) == 0)
            sorted[i]->first = sorted[i - 1]->first;
    for (int32_t i = count - 1; i > 0; i--)
        if (compare_names(sorted[i - 1], sorted[i]) == 0)
            sorted[i - 1]->last = sorted[i]->last;
}

struct kafka_asked *kafka_asked_names(struct kafka_request *request, const struct wire_string *names,
                                      int32_t count, size_t stride)
{
    struct kafka_asked *asked = kafka_request_take(request, (size_t)count * sizeof *asked);
    for (int32_t i = 0; i < count; i++)
        asked[i].topic = *(const struct wire_string *)((const char *)names + (size_t)i * stride);
    kafka_asked_match(request, asked, count);
    return asked;
}
