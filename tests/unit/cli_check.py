#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_check.py PROGRAM: millrace-sim check from outside: what it says it has walked, and that it is always the same.

How runs are walked is tested over small trees in explore_bounded.c; bugs are found by it in tests/canaries. Prints TAP.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback

PROGRAM = os.path.abspath(sys.argv[1])
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(('MILLRACE_', 'CI', 'NO_COLOR'))}
tests = []


def test(function):
    tests.append(function)
    return function


def call(directory, *arguments):
    return subprocess.run((PROGRAM,) + arguments, cwd=directory, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def check(directory, code, *arguments):
    """Its failures and its summary."""
    done = call(directory, 'check', *arguments, '--output', 'jsonl', '-o', 'out')
    assert done.returncode == code, f'{arguments}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}'
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert said[-1]['type'] == 'summary' and said[-1]['exit'] == code, said[-1]
    with open(os.path.join(directory, 'out', 'summary.json'), encoding='utf-8') as summary:
        assert json.load(summary) == said[-1]
    return said[:-1], said[-1]


def scenario(directory, name, *changes, base='group-small'):
    text = call(directory, 'scenario', 'show', base).stdout
    for pattern, replacement in changes:
        text, places = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert places, pattern
    with open(os.path.join(directory, name), 'w', encoding='utf-8') as out:
        out.write(text)
    return name


@test
def the_uneventful_run_alone_is_exhausted_without_a_budget(directory):
    failures, summary = check(directory, 0, 'group-small', '--max-deviations', '0')
    assert not failures and summary['exhausted'] and summary['runs'] == 1, summary
    assert {'schedule/reorder', 'network/jitter', 'timer/late'} <= summary['walked'].keys(), summary
    assert summary['guard'] in ('on', 'off') and summary['excluded'], summary


@test
def a_kill_at_every_named_point_is_a_run_for_each(directory):
    only_named = scenario(directory, 'named.yaml', (r'^( *point:) (?!fiu_fail)\w+', r'\1 test/nowhere'))
    histories = set()
    for workers in ('1', '3'):
        failures, summary = check(directory, 0, only_named, '--max-faults', '1', '-j', workers)
        points = sum(summary['faults'].values())
        assert not failures and summary['exhausted'] and summary['means']['faults'] > 0.9, summary
        assert points >= 15 and summary['runs_by_steps'] == [1, points], summary
        assert 'fault/here/pipeline/download/after_link' in summary['faults'], summary
        histories.add(summary['histories'])
    assert len(histories) == 1, histories


@test
def the_verdict_is_one_line_that_says_what_was_walked(directory):
    done = call(directory, 'check', 'group-small', '--max-deviations', '0', '--output', 'plain', '-o', 'out')
    line = done.stdout.splitlines()[-1]
    assert done.returncode == 0 and re.match(
        r'exhausted group-small: 0 deviations over .*schedule/reorder \d+.*: 1 run, 0 violations, '
        r'excluded: lock preemptions \(schedule/preempt\), .*all faults; latency in 8 buckets$', line), line


@test
def what_is_not_done_in_time_is_not_exhausted_and_exit_3(directory):
    _, summary = check(directory, 3, 'group-small', '--max-deviations', '2', '--for', '500ms')
    assert not summary['exhausted'] and summary['runs'] > 0, summary
    assert summary['verdict'].startswith('not exhausted group-small: '), summary['verdict']


@test
def a_violation_is_exit_1_and_leaves_a_trace_that_replays(directory):
    short = scenario(directory, 'short.yaml', (r'^( *sim_time:) \w+', r'\1 1s'), (r'^( *faults_until:) \w+', r'\1 0s'))
    failures, summary = check(directory, 1, short)
    assert len(failures) == 1 and failures[0]['steps'] == 0 and summary['runs'] == 1, (failures, summary)
    traces = glob.glob(os.path.join(directory, 'out/failures/*/trace.jsonl'))
    assert traces == [failures[0]['trace']], traces
    done = call('/', 'replay', traces[0])
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == f'history {failures[0]["history"]}', done.stdout
    with open(os.path.join(os.path.dirname(traces[0]), 'REPRODUCE'), encoding='utf-8') as reproduce:
        text = reproduce.read()
    assert f'millrace-sim replay {traces[0]}\n' in text and '--seed' not in text, text


@test
def wrong_arguments_are_one_line_and_exit_2(directory):
    for arguments in ((), ('nosuch',), ('group-small', '--max-faults', 'x'), ('group-small', '--max-deviations', '99'),
                      ('group-small', '--output', 'junit=x'), ('group-small', '--for', 'ever'), ('one', 'two')):
        done = call(directory, 'check', *arguments)
        assert done.returncode == 2 and done.stderr.count('\n') == 1 and not done.stdout, (arguments, done)


def main():
    print(f'1..{len(tests)}')
    is_bad = False
    for number, function in enumerate(tests, 1):
        name = function.__name__.replace('_', ' ')
        with tempfile.TemporaryDirectory() as directory:
            try:
                function(os.path.realpath(directory))
                print(f'ok {number} - {name}')
            except Exception:  # every failure is told as one
                is_bad = True
                print(f'not ok {number} - {name}')
                for line in traceback.format_exc().splitlines():
                    print(f'# {line}')
        sys.stdout.flush()
    sys.exit(1 if is_bad else 0)


main()
