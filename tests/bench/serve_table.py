#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What serve measured as Markdown: medians of the rounds, and ratios to Apache Kafka. usage: serve_table.py LINES COMMIT"""
import collections
import datetime
import os
import statistics
import sys

HUNDREDTHS = 100


def main():
    turns = collections.defaultdict(list)
    for line in open(sys.argv[1]):
        workload, server, *numbers = line.rstrip("\n").split("\t")
        turns[workload, server].append([int(number) for number in numbers])
    print(f"\n## {datetime.date.today()}, commit {sys.argv[2]}: serve, Apache Kafka 4.3.0, kfake\n\n"
          f"{os.cpu_count()} cores, which the client shares; load average {os.getloadavg()[0]:.1f} at the end. Medians of "
          f"turns taken alternately (least to most).\n")
    print("| workload | server | produced a s | to Kafka | consumed a s | to Kafka | server's CPU s to produce, consume | "
          "resident / payload |\n|---|---|---|---|---|---|---|---|")
    for (workload, server), rows in turns.items():
        if workload == "warm-up":
            continue
        columns = list(zip(*rows))
        cells = []
        for index in (0, 1):
            rates = columns[index]
            median = statistics.median(rates)
            real = turns.get((workload, "kafka"))
            ratio = f"{median / statistics.median(row[index] for row in real):.2f}" if real else "-"
            cells += [f"{median:,.0f} ({min(rates):,} to {max(rates):,})", ratio]
        cpu = ", ".join(f"{statistics.median(columns[index]) / HUNDREDTHS:.2f}" for index in (2, 3))
        kilobytes, retained = rows[-1][4:6]
        resident = "on disk" if server == "kafka" else f"{kilobytes * 1024 / retained:.2f} of {retained / 1e6:,.0f} MB"
        print(f"| {workload} | {server} | {' | '.join(cells)} | {cpu} | {resident} |")


main()
