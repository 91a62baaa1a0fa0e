#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what parity measured: records per partition, and requests per 1,000 events by API.

Prints Markdown. Exit 0: the records are equal, and each ratio of an API with at least 1 request per 1,000 events on
either side is within 2 or has its cause in EXPLAINED."""
import collections
import sys

NAMES = {0: "Produce", 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 8: "OffsetCommit", 9: "OffsetFetch",
         10: "FindCoordinator", 11: "JoinGroup", 12: "Heartbeat", 13: "LeaveGroup", 14: "SyncGroup", 18: "ApiVersions",
         22: "InitProducerId"}
# What differs, and is known not to be a matter of the pipeline: by API, for ratios beyond FACTOR.
EXPLAINED = {
    "ListOffsets": "a constant, one a partition, at the first start: `topics create` commits offset 0 on Kafka; in the "
                   "world the brokers begin with the topics, nobody runs that command, and `consumer.start` decides",
    "InitProducerId": "a constant: the first time a node is asked after its start it has no block of producer ids yet, "
                      "and answers COORDINATOR_LOAD_IN_PROGRESS until its controller gave it one",
}
FACTOR = 2


def counted(path):
    counts, seconds = collections.Counter(), None
    for line in open(path):
        words = line.split()
        if words[0] == "requests":
            counts[(int(words[2]), words[1])] += int(words[4])
        elif words[0] == "seconds":
            seconds = float(words[1])
    return counts, seconds


def records(path):
    return collections.Counter(line.rstrip("\n") for line in open(path))


def compare_records(real, world):
    topics = sorted({line.split()[0] for line in real + world})
    print("| topic | partitions with records | records, Kafka | records, world | the same keys in each partition |")
    print("|---|---|---|---|---|")
    for topic in topics:
        here = {line: count for line, count in real.items() if line.split()[0] == topic}
        there = {line: count for line, count in world.items() if line.split()[0] == topic}
        partitions = len({line.split()[1] for line in here})
        same = "yes" if here == there else "**no**"
        print(f"| {topic} | {partitions} | {sum(here.values())} | {sum(there.values())} | {same} |")
    return real == world


def row(name, here, there, events):
    ratio = there / here if here else float("inf")
    return f"| {name} | {here * 1000 / events:.1f} | {there * 1000 / events:.1f} | {ratio:.2f} |", ratio


def compare_requests(real, world, events):
    print("| API | requests per 1,000 events, Kafka | world | world / Kafka |")
    print("|---|---|---|---|")
    beyond = []
    for key in sorted({key for key, _ in list(real) + list(world)}):
        here = sum(count for (api, _), count in real.items() if api == key)
        there = sum(count for (api, _), count in world.items() if api == key)
        name = NAMES.get(key, f"API {key}")
        text, ratio = row(name, here, there, events)
        print(text)
        if not 1 / FACTOR <= ratio <= FACTOR and max(here, there) * 1000 >= events:
            beyond.append(name)
    print("\nBy client:\n\n| client, API | Kafka | world | world / Kafka |\n|---|---|---|---|")
    for key, client in sorted(set(real) | set(world), key=lambda both: (both[1], both[0])):
        print(row(f"{client} {NAMES.get(key, key)}", real[(key, client)], world[(key, client)], events)[0])
    return beyond


def main():
    work, name, events, wait_ms = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    real, real_seconds = counted(f"{work}/real.counted")
    world, world_seconds = counted(f"{work}/world.counted")
    print(f"### {name}, fetch.wait.max.ms = {wait_ms}\n\n{name}: {real_seconds:.1f} s; the world: {world_seconds:.1f} "
          f"virtual seconds; {events} events.\n")
    same = compare_records(records(f"{work}/real.records"), records(f"{work}/world.records"))
    print()
    beyond = compare_requests(real, world, events)
    unexplained = [api for api in beyond if api not in EXPLAINED]
    print()
    for api in beyond:
        print(f"Beyond a factor of {FACTOR}: {api}: "
              f"{'**not explained**' if api in unexplained else EXPLAINED[api]}.")
    return 0 if same and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
