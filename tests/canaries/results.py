#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""results.py JSONL: results.md, from what `millrace-sim canary --repeat 5 --output jsonl` said."""
import json
import os
import sys
import time


def main():
    with open(sys.argv[1], encoding='utf-8') as lines:
        told = [json.loads(line) for line in lines]
    hunts, summary = told[:-1], told[-1]
    out = ['# What the canaries take', '',
           f'Made by `tests/canaries/results.py` on {time.strftime("%Y-%m-%d", time.gmtime())}, from `millrace-sim canary '
           f'--repeat {summary["repetitions"]} -j 2 --output jsonl`: medians over the repetitions, each with other seeds. CPU seconds '
           'are of one worker on a shared virtual machine; all else follows from the seeds.', '',
           f'{summary["found"]} of {summary["canaries"]} canaries found, {summary["accused"]} of {summary["controls"]} controls '
           f'accused; {summary["cpu_seconds"]:.0f} CPU seconds in all.', '',
           '| canary | stands for | scenario | found | seeds | CPU s | worst CPU s | virtual s | deviations | by |', '|---|---|---|---|---|---|---|---|---|---|']
    controls = ['', '| control | scenario | seeds | accused |', '|---|---|---|---|']
    for hunt in hunts:
        scenario = os.path.splitext(os.path.basename(hunt['scenario']))[0]
        if hunt['kind'] == 'control':
            seeds = sum(one['seeds'] for one in hunt['hunts'])
            controls.append(f'| {hunt["name"]} | {scenario} | {seeds} | {"YES" if hunt["accused"] else "no"} |')
            continue
        worst = max(one['cpu_seconds'] for one in hunt['hunts'])
        out.append(f'| {hunt["name"]} | {hunt["rows"] or "-"} | {scenario} | {hunt["times_found"]}/{hunt["repetitions"]} | '
                   f'{hunt["seeds"]:.0f} | {hunt["cpu_seconds"]:.2f} | {worst:.2f} | {hunt["virtual_seconds"]:.0f} | {hunt.get("deviations", "-")} | '
                   f'{hunt.get("signature", "-")} |')
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'results.md')
    with open(path, 'w', encoding='utf-8') as results:
        results.write('\n'.join(out + controls) + '\n')


main()
