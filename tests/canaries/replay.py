#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""replay.py CANARY CONTROL SOUND: are planted programs what they claim to be, seen through replay?

The failure of CANARY, a millrace-sim with a planted bug, is seen again from another directory, by trace and by seed; SOUND,
the millrace-sim without it, leaves the trace's history and passes the seed. CONTROL has the very histories of SOUND. Whether
each bug is found is another question: `millrace-sim canary`. Prints TAP.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

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


def call(*arguments):
    return subprocess.run(arguments, cwd='/', stdin=subprocess.DEVNULL, capture_output=True, text=True)


def last_line(text):
    return text.splitlines()[-1] if text else ''


def see_again(canary, sound, arguments, history):
    what = 'by trace' if len(arguments) == 1 else 'by seed'
    done = call(canary, 'replay', *arguments)
    ok(done.returncode == 1 and last_line(done.stdout) == f'history {history}',
       f'{what} it fails again, with history {history}', f'exit {done.returncode}\n{done.stdout}{done.stderr}')
    done, wanted = call(sound, 'replay', *arguments), 4 if len(arguments) == 1 else 0
    ok(done.returncode == wanted, f'{what} the sound program ends with {wanted}', done.stdout + done.stderr)


def check_canary(canary, sound, folder):
    done = call(canary, 'run', SCENARIO, '-n', '50', '--max-failures', '1', '-o', folder, '--output', 'jsonl',
                '--no-regressions', '--no-shrink')
    found = [line for line in map(json.loads, done.stdout.splitlines()) if line['type'] == 'failure']
    traces = glob.glob(os.path.join(folder, 'failures', '*', 'trace.jsonl'))
    if not ok(done.returncode == 1 and len(found) == 1 and len(traces) == 1, 'it is found and leaves one trace',
              done.stdout + done.stderr):
        return
    with open(os.path.join(os.path.dirname(traces[0]), 'REPRODUCE'), encoding='utf-8') as reproduce:
        lines = [line.split() for line in re.findall(r'^millrace-sim replay (.*)$', reproduce.read(), re.MULTILINE)]
    ok(len(lines) == 2 and [traces[0]] in lines, 'REPRODUCE has a line by seed and one by trace', lines)
    for arguments in lines:
        see_again(canary, sound, arguments, found[0]['history'])


def check_control(control, sound):
    for seed in ('1', '2', '3'):
        ours, theirs = (call(it, 'replay', SCENARIO, '--seed', seed) for it in (control, sound))
        ok(ours.stdout == theirs.stdout and last_line(ours.stdout).startswith('history '),
           f'seed {seed} of the control leads to the history of the sound program', ours.stdout + theirs.stdout)


def main():
    canary, control, sound = (os.path.abspath(path) for path in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as folder:
        check_canary(canary, sound, os.path.join(folder, 'out'))
    check_control(control, sound)
    print(f'1..{count}')
    sys.exit(1 if is_bad else 0)


main()
