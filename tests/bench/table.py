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
              f">= {AT_LEAST.get(name, '')} | {means['events']:,.0f} | {means['faults']:.1f} | "
              f"{means['rebalances']:.1f} | {means['virtual_seconds']:.1f} | {count} | {line['guard']} |")


def main():
    lines = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
    load = os.getloadavg()[0]
    print(f"\n## {datetime.date.today()}, commit {sys.argv[2]}\n\n{os.cpu_count()} cores, {platform.machine()}, "
          f"load average {load:.1f} at the end.\n")
    world_rows(lines)
    print()
    engine_rows(lines)
    print()
    idle_row(lines)


main()
