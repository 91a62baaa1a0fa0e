#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py SOUND FOLDER: are planted bugs found by walking all runs of group-small, with as few steps as they need?

FOLDER has the programs millrace-sim-NAME. Each bug below needs one step away from the uneventful run: without a step
nothing is found, with one it is; the trace holds that step alone, replays, and SOUND does not follow it. Prints TAP.
"""
import json
import os
import subprocess
import sys
import tempfile

WANTED = (
    ('commit-highest-offset', '--max-deviations', 'commit-ahead'),
    ('temporary-file-stays', '--max-faults', 'leaks'),
)
SOUND, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
count = 0
is_bad = False


def ok(is_so, what, detail):
    global count, is_bad
    count += 1
    is_bad |= not is_so
    print(f'{"ok" if is_so else "not ok"} {count} - {what}')
    if not is_so:
        for line in str(detail).splitlines():
            print(f'# {line}')


def call(*arguments):
    return subprocess.run(arguments, cwd='/', stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def check(program, budget, steps, out):
    done = call(program, 'check', 'group-small', budget, str(steps), '--output', 'jsonl', '-o', out)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stdout + done.stderr


def hunt(name, budget, wanted, out):
    program = os.path.join(FOLDER, f'millrace-sim-{name}')
    code, said, text = check(program, budget, 0, out)
    ok(code == 0 and said and said[-1]['exhausted'], f'{name} does no harm in the uneventful run', text)
    code, said, text = check(program, budget, 1, out)
    found = said[0] if said and said[0]['type'] == 'failure' else {}
    ok(code == 1 and found.get('property') == wanted and found.get('steps') == 1,
       f'{name} is found by {wanted} with one step', text)
    if not found:
        return
    print(f'# {name}: after {said[-1]["runs"]} runs, {said[-1]["cpu_seconds"]:.2f} CPU seconds: {found["signature"]}')
    with open(found['trace'], encoding='utf-8') as lines:
        choices = [line for line in lines if line.startswith('{"actor"')]
    ok(1 <= len(choices) <= 2, 'its trace holds that step alone', choices)
    done = call(program, 'replay', found['trace'])
    ok(done.returncode == 1 and done.stdout.splitlines()[-1] == f'history {found["history"]}',
       f'its trace replays with exit 1 and history {found["history"]}', done.stdout + done.stderr)
    done = call(SOUND, 'replay', found['trace'])
    ok(done.returncode == 4, 'the sound pipeline leaves the history of the trace', done.stdout + done.stderr)


def main():
    for budget in ('--max-deviations', '--max-faults'):
        with tempfile.TemporaryDirectory() as out:
            code, said, text = check(SOUND, budget, 1, out)
            ok(code == 0 and said and said[-1]['exhausted'] and said[-1]['runs'] > 1000,
               f'the sound pipeline passes all runs of {budget} 1', text)
            print(f'# {said[-1]["verdict"] if said else "no verdict"}')
    for name, budget, wanted in WANTED:
        with tempfile.TemporaryDirectory() as out:
            hunt(name, budget, wanted, out)
    print(f'1..{count}')
    sys.exit(1 if is_bad else 0)


main()
