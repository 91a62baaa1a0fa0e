#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hunt.py NAME PROGRAM PROPERTY SOUND [SIM_TIME]: is the bug planted in PROGRAM found, and can it be seen again?

Plays pipeline-churn until the first failure, at most SEEDS seeds; PROPERTY must have failed. The trace is replayed from
another directory, by file and by seed, and SOUND, the millrace-sim without the bug, must not follow it. With the PROPERTY
none, PROGRAM is the control: nothing may be found, and each world is that of SOUND. SIM_TIME is another budget for worlds
that hang. Prints TAP, and what it took to find the bug.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

SEEDS = 500
CONTROL_SEEDS = 50
SCENARIO = 'pipeline-churn'
count = 0
is_bad = False


def ok(is_so, what, detail=''):
    global count, is_bad
    count += 1
    is_bad |= not is_so
    print(f'{"ok" if is_so else "not ok"} {count} - {what}')
    if not is_so:
        for line in str(detail).splitlines():
            print(f'# {line}')
    return is_so


def finish():
    print(f'1..{count}')
    sys.exit(1 if is_bad else 0)


def call(*arguments):
    return subprocess.run(arguments, cwd='/', stdin=subprocess.DEVNULL, capture_output=True, text=True)


def last_line(text):
    return text.splitlines()[-1] if text else ''


def run(program, scenario, folder, *more):
    """Its exit code, its failures and its summary."""
    done = call(program, 'run', scenario, '-o', folder, '--output', 'jsonl', '--no-regressions', '--no-shrink', *more)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    if not said or said[-1]['type'] != 'summary':
        ok(False, 'run ends with a summary', f'exit {done.returncode}\n{done.stdout}{done.stderr}')
        finish()
    return done.returncode, [line for line in said if line['type'] == 'failure'], said[-1]


def with_budget(program, sim_time, folder):
    """The scenario with another budget, as a file."""
    text = call(program, 'scenario', 'show', SCENARIO).stdout
    changed, places = re.subn(r'^( *sim_time: )\w+', rf'\g<1>{sim_time}', text, flags=re.MULTILINE)
    if places != 1:
        ok(False, 'the scenario has a budget', text)
        finish()
    path = os.path.join(folder, 'scenario.yaml')
    with open(path, 'w', encoding='utf-8') as out:
        out.write(changed)
    return path


def acquit(name, program, sound, folder):
    code, failures, summary = run(program, SCENARIO, folder, '--seeds', f'1..{CONTROL_SEEDS}')
    ok(code in (0, 3) and not failures and summary['seeds'] == CONTROL_SEEDS,
       f'{name} is not accused in {CONTROL_SEEDS} seeds', summary)
    for seed in ('1', '2', '3'):
        ours, theirs = (call(it, 'replay', SCENARIO, '--seed', seed) for it in (program, sound))
        ok(ours.stdout == theirs.stdout and last_line(ours.stdout).startswith('history '),
           f'seed {seed} leads to the history of millrace-sim', ours.stdout + theirs.stdout)


def see_again(program, sound, arguments, history):
    done = call(program, 'replay', *arguments)
    what = 'its trace' if len(arguments) == 1 else 'its seed'
    ok(done.returncode == 1 and last_line(done.stdout) == f'history {history}',
       f'{what} replays with exit 1 and history {history}', f'exit {done.returncode}\n{done.stdout}{done.stderr}')
    if len(arguments) == 1:
        done = call(sound, 'replay', *arguments)
        ok(done.returncode == 4, 'the sound pipeline leaves the history of the trace', done.stdout + done.stderr)


def hunt(name, program, wanted, sound, scenario, folder):
    code, failures, summary = run(program, scenario, folder, '--seeds', f'1..{SEEDS}', '--max-failures', '1', '-j', '2')
    if not ok(code == 1 and len(failures) == 1, f'{name} is found within {SEEDS} seeds', summary):
        return
    found = failures[0]
    print(f'# {name}: seed {found["seed"]}, {summary["cpu_seconds"]:.2f} CPU seconds: {found["signature"]}')
    ok(found['property'] == wanted, f'by {wanted}', found)
    traces = glob.glob(os.path.join(folder, 'failures', '*', 'trace.jsonl'))
    if not ok(len(traces) == 1, 'it leaves one trace', os.listdir(folder)):
        return
    with open(traces[0], encoding='utf-8') as lines:
        verdict = [json.loads(line) for line in lines if line.startswith('{"verdict"')]
    ok(len(verdict) == 1 and verdict[0]['hash'] == found['history'] and verdict[0]['property'] == wanted,
       'the trace holds the verdict', verdict)
    see_again(program, sound, [traces[0]], found['history'])
    with open(os.path.join(os.path.dirname(traces[0]), 'REPRODUCE'), encoding='utf-8') as reproduce:
        lines = re.findall(r'^millrace-sim replay (.*)$', reproduce.read(), re.MULTILINE)
    by_seed = [line.split() for line in lines if ' --seed ' in line]
    ok(len(lines) == 2 and len(by_seed) == 1 and [traces[0]] in [line.split() for line in lines],
       'REPRODUCE has a line by seed and one by trace', lines)
    for arguments in by_seed:
        see_again(program, sound, arguments, found['history'])
        done = call(sound, 'replay', *arguments)
        ok(done.returncode == 0, 'the sound pipeline passes that seed', done.stdout + done.stderr)


def main():
    name, wanted = sys.argv[1], sys.argv[3]
    program, sound = (os.path.abspath(path) for path in (sys.argv[2], sys.argv[4]))
    with tempfile.TemporaryDirectory() as folder:
        if wanted == 'none':
            acquit(name, program, sound, os.path.join(folder, 'out'))
        else:
            scenario = with_budget(sound, sys.argv[5], folder) if len(sys.argv) > 5 else SCENARIO
            hunt(name, program, wanted, sound, scenario, os.path.join(folder, 'out'))
    finish()


main()
