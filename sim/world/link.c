/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: one direction between two hosts.
 *
 * Links are made on first use, one for each ordered pair of hosts. Most segments take the usual latency and cost one
 * pick; links without jitter cost none.
 */
#include "sim/world/link.h"

#include <assert.h>
#include <string.h>

#include "sim/world/choice.h"
#include "sim/world/host.h"
#include "sim/world/schedule.h"
#include "sim/world/world.h"

enum { LATENCY_OPTIONS = 16 };
#define RETRY_NS_MAX INT64_C(120000000000)

static struct choice_point jitter_point = CHOICE_POINT("network/jitter");
static struct choice_point latency_point = CHOICE_POINT("network/latency");

static struct link *links[HOSTS_MAX][HOSTS_MAX];
static struct link nowhere;

void link_begin(void)
{
    memset(links, 0, sizeof links);
    nowhere = (struct link){.is_blocked = true, .is_own = true};
}

void link_end(void)
{
    for (uint32_t from = 0; from < HOSTS_MAX; from++) {
        for (uint32_t to = 0; to < HOSTS_MAX; to++) {
            world_free(links[from][to]);
            links[from][to] = NULL;
        }
    }
}

static void take_defaults(struct link *link, const struct network_settings *settings)
{
    if (link->is_loopback)
        link->settings = (struct network_link){settings->loopback_us, settings->loopback_us, 0, 0, 0};
    else if (!link->is_own)
        link->settings = settings->link;
}

struct link *link_between(const struct host *from, const struct host *to)
{
    if (!from || !to)
        return &nowhere;
    assert(from->number < HOSTS_MAX && to->number < HOSTS_MAX);
    struct link **place = &links[from->number][to->number];
    if (!*place) {
        *place = world_alloc(sizeof **place);
        (*place)->is_loopback = from == to;
        take_defaults(*place, network_settings());
    }
    return *place;
}

void link_set_defaults(const struct network_settings *settings)
{
    for (uint32_t from = 0; from < HOSTS_MAX; from++)
        for (uint32_t to = 0; to < HOSTS_MAX; to++)
            if (links[from][to])
                take_defaults(links[from][to], settings);
}

static uint64_t usual_us(const struct network_link *settings)
{
    return ((uint64_t)settings->minimum_us + settings->maximum_us) / 2;
}

static uint64_t picked_us(const struct network_link *settings)
{
    uint32_t picked =
        choice_pick_rarely(&jitter_point, settings->jitter_per_million, &latency_point, LATENCY_OPTIONS);
    if (picked == 0)
        return usual_us(settings);
    if (picked == LATENCY_OPTIONS - 1)
        return settings->tail_us ? settings->tail_us : settings->maximum_us;
    uint64_t spread_us = settings->maximum_us - settings->minimum_us;
    return settings->minimum_us + spread_us * (picked - 1) / (LATENCY_OPTIONS - 3);
}

int64_t link_usual_ns(const struct link *link)
{
    return (int64_t)usual_us(&link->settings) * 1000;
}

int64_t link_arrival_ns(struct link *link, size_t bytes, bool is_chosen)
{
    int64_t departs_ns = schedule_now();
    if (link->settings.bytes_per_s) {
        if (departs_ns < link->free_ns)
            departs_ns = link->free_ns;
        departs_ns += (int64_t)(bytes * UINT64_C(1000000000) / link->settings.bytes_per_s);
        link->free_ns = departs_ns;
    }
    uint64_t latency_us = is_chosen ? picked_us(&link->settings) : usual_us(&link->settings);
    return departs_ns + (int64_t)latency_us * 1000;
}

int64_t link_retry_ns(int64_t sent_ns, int64_t first_ns, int64_t now_ns)
{
    int64_t gap_ns = first_ns, retry_ns = sent_ns + first_ns;
    while (retry_ns < now_ns) {
        gap_ns = gap_ns * 2 < RETRY_NS_MAX ? gap_ns * 2 : RETRY_NS_MAX;
        retry_ns += gap_ns;
    }
    return retry_ns;
}
