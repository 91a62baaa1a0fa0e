#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON lines of run as Markdown. usage: table.py LINES COMMIT"""
import datetime
import json
import os
import platform
import sys

# Issue targets on one core: nanoseconds at most, worlds a CPU second at least.
AT_MOST_NS = {"switch": 25, "process_change": 50}
AT_LEAST = {"pipe-100": 200, "pipe-1000": 60, "pipeline-churn": 10}

AT_LEAST_MESSAGES = 150_000
PLAIN = ("", "enable.idempotence=true")


def engine_rows(lines):
    print("| engine | ns, least | ns, median | target |\n|---|---|---|---|")
    for line in lines:
        if "ns" in line:
            target = AT_MOST_NS.get(line["bench"])
            print(f"| {line['bench']} | {line['ns']:,.1f} | {line['median_ns']:,.1f} | "
                  f"{f'<= {target}' if target else ''} |")


def idle_row(lines):
    idle = {line["bench"]: line["ns"] for line in lines if line.get("bench", "").startswith("idle_second")}
    broker = idle.get("idle_second_of_broker")
    for name, ns in idle.items():
        if broker is not None and ns is not broker:
            print(f"- {name}: {(ns - broker) / 1e6:.3f} ms CPU a virtual second beyond the broker's own {broker / 1e6:.3f}")


def throughput_rows(lines):
    def key(line):
        return line["bytes"], line["partitions"], line["settings"]
    instructions = {key(line): line["instructions_per_message"] for line in lines
                    if line.get("bench") == "throughput_instructions"}
    print("Produced by librdkafka to our brokers and fetched again, all in one world; each message counts once.\n")
    print("| messages of | partitions | settings | a CPU s, most | median | produced only | target | instructions a message |\n"
          "|---|---|---|---|---|---|---|---|")
    for line in lines:
        if line.get("bench") == "throughput":
            count = f"{instructions[key(line)]:,}" if key(line) in instructions else "not counted"
            target = f">= {AT_LEAST_MESSAGES:,}" if line["settings"] in PLAIN and line["bytes"] == 100 else ""
            print(f"| {line['bytes']} B | {line['partitions']} | {line['settings'] or 'defaults'} | "
                  f"{line['messages_per_cpu_second']:,} | {line['median']:,} | {line['produced_only']:,} | {target} | {count} |")


def world_rows(lines):
    instructions = {line["scenario"]: line["instructions_per_world"] for line in lines
                    if line.get("bench") == "instructions"}
    print("| scenario | hash | worlds | worlds a CPU s | target | events | faults | rebalances | virtual s | "
          "instructions a world | guard |\n|---|---|---|---|---|---|---|---|---|---|---|")
    for line in lines:
        if line.get("type") != "summary":
            continue
        name, means = line["scenario"], line["means"]
        count = f"{instructions[name] / 1e6:,.0f} M" if name in instructions else "not counted"
        print(f"| {name} | {line['scenario_hash']} | {line['seeds']} | {line['seeds'] / line['cpu_seconds']:.1f} | "
              f"{'>= %d' % AT_LEAST[name] if name in AT_LEAST else ''} | {means['events']:,.0f} | {means['faults']:.1f} | "
              f"{means['rebalances']:.1f} | {means['virtual_seconds']:.1f} | {count} | {line['guard']} |")
    for line in lines:
        if line.get("bench") == "instrument":
            print(f"\nTaps, ghosts and properties take {line['share']:.1%} of the instructions of {line['scenario']} ({line['worlds']} "
                  f"worlds and the warm-up): without them there would be {1 / (1 - line['share']):.2f} times as many worlds (target: at most 1.25).")


def main():
    lines = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
    load = os.getloadavg()[0]
    print(f"\n## {datetime.date.today()}, commit {sys.argv[2]}\n\n{os.cpu_count()} cores, {platform.machine()}, "
          f"load average {load:.1f} at the end.\n")
    if any(line.get("type") == "summary" for line in lines):
        world_rows(lines)
        print()
    if any(line.get("bench") == "throughput" for line in lines):
        throughput_rows(lines)
        print()
    if any("ns" in line for line in lines):
        engine_rows(lines)
        print()
        idle_row(lines)


main()
