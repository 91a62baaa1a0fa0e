#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""outlive.py SOUND BUGGY [CHANGED..]: does a trace of the bug in BUGGY outlive changes of the code?

A failing trace of pipeline-churn, as it was recorded, shrinks to the same few deviations with any number of workers; BUGGY
replays it strictly, each CHANGED, which has the bug and a harmless change, leniently with the same failure, and SOUND,
which has no bug, leniently without one. BUGGY's run finds its bug among the regressions. Prints TAP.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

SEEDS = 200
DEVIATIONS_MAX = 14
BUDGET = '20s'
REGRESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'traces', 'regress')
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


def text_of(done):
    return f'{done.args}: exit {done.returncode}\n{done.stdout}{done.stderr}'


def last_line(done):
    return done.stdout.splitlines()[-1] if done.stdout else ''


def read(path):
    with open(path, encoding='utf-8') as lines:
        return lines.read()


def record(buggy, folder):
    done = call(buggy, 'run', 'pipeline-churn', '--seeds', f'1..{SEEDS}', '--max-failures', '1', '--no-regressions',
                '--no-shrink', '-o', folder, '--output', 'jsonl')
    traces = glob.glob(os.path.join(folder, 'failures', '*', 'trace.jsonl'))
    ok(done.returncode == 1 and len(traces) == 1, 'the bug leaves a trace', text_of(done))
    return traces


def shrink(buggy, trace, folder):
    one, other = (os.path.join(folder, f'{jobs}.min.jsonl') for jobs in ('1', '2'))
    shrunk = call(buggy, 'shrink', trace, '-o', one, '-j', '1', '--budget', BUDGET)
    again = call(buggy, 'shrink', trace, '-o', other, '-j', '2', '--budget', BUDGET)
    print(f'# {last_line(shrunk)}')
    found = re.match(r'shrunk (\d+) -> (\d+) deviations: ', last_line(shrunk))
    if not ok(found and int(found[2]) <= DEVIATIONS_MAX, f'it shrinks to {DEVIATIONS_MAX} deviations at most, within '
              f'{BUDGET}', text_of(shrunk)):
        return None
    ok(again.returncode == 0 and read(one) == read(other), 'two workers shrink it to what one does', text_of(again))
    replayed = call(buggy, 'replay', one)
    hashes = re.findall(r'"hash":"(\w+)"', read(one))
    ok(replayed.returncode == 1 and last_line(replayed) == f'history {hashes[-1]}', 'the shrunk trace replays strictly',
       text_of(replayed))
    again = call(buggy, 'shrink', one, '-o', other, '--budget', BUDGET)
    ok(re.match(rf'shrunk {found[2]} -> {found[2]} ', last_line(again)), 'it does not shrink any further', text_of(again))
    return one


def outlive(sound, changed, trace):
    for program in changed:
        done = call(program, 'replay', '--lenient', trace)
        ok(done.returncode == 1 and ': the same failure, ' in done.stdout,
           f'{os.path.basename(program)} fails alike', text_of(done))
    done = call(sound, 'replay', '--lenient', trace)
    ok(done.returncode == 0 and ': no failure, where there was ' in done.stdout, 'without the bug the trace passes',
       text_of(done))


def regress(sound, buggy, folder):
    kept = os.path.join(REGRESS, os.path.basename(buggy).removesuffix('-none') + '.jsonl')
    done = call(buggy, 'replay', '--lenient', kept)
    ok(done.returncode == 1 and ': the same failure, ' in done.stdout,
       'its trace in the repository still fails (else put a new one there)', text_of(done))
    done = call(buggy, 'run', 'pipeline-churn', '-n', '1', '--max-failures', '1', '--no-shrink', '-o', folder, '--output',
                'plain')
    name = re.search(r'FAIL .* regression ([a-z-]+)$', done.stdout, re.MULTILINE)
    ok(done.returncode == 1 and name and 'regressions ' in done.stdout, 'a run fails in its regressions first',
       text_of(done))
    done = call(sound, 'run', 'pipeline-churn', '-n', '1', '--no-shrink', '-o', folder, '--output', 'plain')
    told = re.search(r'^regressions (\d+)/(\d+) passed$', done.stdout, re.MULTILINE)
    ok(told and told[1] == told[2], 'without the bug all regressions pass', text_of(done))


def main():
    sound, buggy, *changed = (os.path.abspath(path) for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        for recorded in record(buggy, os.path.join(folder, 'out')):
            shrunk = shrink(buggy, recorded, folder)
            if shrunk:
                outlive(sound, changed, shrunk)
        regress(sound, buggy, os.path.join(folder, 'regress'))
    print(f'1..{count}')
    sys.exit(1 if is_bad else 0)


main()
