#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""command.py SOUND CANARY: does `millrace-sim canary` say so when a bug is missed, or a control accused?

A copy of SOUND lies beside a list of its own, in which CANARY, a millrace-sim with a planted bug, and SOUND itself stand
for what they are and for what they are not. Prints TAP.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

SOUND, CANARY = (os.path.abspath(path) for path in sys.argv[1:3])
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


def entry(name, kind, program, properties):
    return {'name': name, 'kind': kind, 'what': '', 'rows': '', 'program': program, 'scenario': 'pipeline-churn',
            'properties': properties}


ENTRIES = [
    entry('found', 'program', CANARY, ['commit-ahead']),
    entry('found-by-another', 'program', CANARY, ['leaks']),
    entry('none-planted', 'program', SOUND, ['commit-ahead']),
    entry('clean', 'control', SOUND, []),
    entry('accused', 'control', CANARY, []),
    entry('no-program', 'program', '/nowhere', ['leaks']),
    entry('no-control', 'control', '/nowhere', []),
]


def hunt(folder, *names):
    done = subprocess.run([os.path.join(folder, 'millrace-sim'), 'canary', *names, '-n', '3', '--control-seeds', '2',
                           '--repeat', '2', '-o', os.path.join(folder, 'out'), '--output', 'jsonl', '--output', 'plain'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done, lines[:-1], lines[-1] if lines else {}


def main():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SOUND, os.path.join(folder, 'millrace-sim'))
        os.makedirs(os.path.join(folder, 'tests', 'canaries'))
        path = os.path.join(folder, 'tests', 'canaries', 'canaries.json')
        with open(path, 'w', encoding='utf-8') as out:
            json.dump(ENTRIES, out)

        done, lines, summary = hunt(folder, 'found', 'clean')
        ok(done.returncode == 0 and summary.get('found') == summary.get('canaries') == 1 and summary['accused'] == 0,
           'all found and none accused is exit 0', f'exit {done.returncode} {summary}')
        ok([line['name'] for line in lines] == ['found', 'clean'] and lines[0]['times_found'] == 2
           and lines[0]['hunts'][0]['seed'] != lines[0]['hunts'][1]['seed'],
           'each repetition has other seeds', lines)
        for name, key in (('found-by-another', 'missed'), ('none-planted', 'missed'), ('accused', 'accused_controls')):
            done, lines, summary = hunt(folder, name, 'clean')
            ok(done.returncode == 1 and summary.get(key) == [name], f'{name} is exit 1',
               f'exit {done.returncode} {summary}')
        done, lines, summary = hunt(folder, 'no-program')
        ok(done.returncode == 2 and '/nowhere: No such file' in lines[0]['hunts'][0]['problem'], 'what cannot be hunted is exit 2',
           f'exit {done.returncode} {summary}')
        done, lines, summary = hunt(folder, 'no-control')
        ok(done.returncode == 2 and summary.get('accused_controls') == [] and 'UNKNOWN' in done.stderr
           and 'clean' not in done.stderr, 'a control that cannot be played is neither clean nor accused',
           f'exit {done.returncode} {summary} {done.stderr}')
        done, lines, summary = hunt(folder, 'unheard-of')
        ok(done.returncode == 2 and not lines and 'unheard-of' in done.stderr, 'an unknown name is exit 2', done.stderr)
        with open(path, 'w', encoding='utf-8') as out:
            json.dump(ENTRIES[:1] + [{'name': 'half'}], out)
        done, lines, summary = hunt(folder)
        ok(done.returncode == 2 and 'entry 2' in done.stderr, 'a list that is wrong is exit 2', done.stderr)
    print(f'1..{count}')
    sys.exit(1 if is_bad else 0)


main()
