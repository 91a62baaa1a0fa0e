#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli_world.py PROGRAM: the real millrace-sim from outside: exit codes, one-line errors, reports, traces, determinism.

What does not depend on the worlds is tested over fake ones in cli_command.c; the planted bugs are hunted in
tests/canaries. Prints TAP.
"""
import glob
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree

PROGRAM = os.path.abspath(sys.argv[1])
UNWANTED = ('MILLRACE_', 'NO_COLOR', 'CI', 'GITHUB_ACTIONS', 'MALLOC_PERTURB_', 'TERM')
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
tests = []


def test(function):
    tests.append(function)
    return function


class World:
    """A directory to run in."""

    def __init__(self, directory):
        self.directory = directory

    def call(self, *arguments, cwd=None, **environment):
        return subprocess.run((PROGRAM,) + arguments, cwd=cwd or self.directory, env=ENVIRONMENT | environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as out:
            out.write(text)
        return name

    def scenario(self, name, pattern, replacement, base='pipe-100'):
        """A shipped scenario with one line changed, under a new name."""
        text = self.call('scenario', 'show', base).stdout
        changed, places = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert places == 1, (pattern, places)
        return self.write(name, changed)

    def failing_trace(self):
        """A world of pipe-100 that is not given the time it needs: its trace's lines."""
        self.scenario('short.yaml', r'^( *sim_time:) \w+', r'\1 2s')
        done = self.call('run', 'short.yaml', '-n', '1', '-o', 'short')
        expect_code(done, 1)
        traces = glob.glob(self.path('short/failures/*/trace.jsonl'))
        assert len(traces) == 1, traces
        with open(traces[0], encoding='utf-8') as lines:
            return traces[0], lines.readlines()


def expect_code(done, code):
    assert done.returncode == code, f'{done.args}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}'


def expect_complaint(done, code, part=''):
    """One line on stderr, nothing on stdout."""
    expect_code(done, code)
    assert done.stderr.startswith('millrace-sim') and done.stderr.count('\n') == 1 and part in done.stderr, done.stderr
    assert done.stdout == '', done.stdout


def last_line(text):
    return text.splitlines()[-1]


def summary_of(done):
    summary = json.loads(last_line(done.stdout))
    assert summary['type'] == 'summary', summary
    return summary


# --- usage and configuration -----------------------------------------------------------------------------------------

@test
def wrong_arguments_are_one_line_and_exit_2(world):
    for arguments in ((), ('frobnicate',), ('--frobnicate',), ('run', '--frobnicate'), ('run', '--seeds', '5..3'),
                      ('run', 'nosuch'), ('run', 'nosuch.yaml'), ('run', 'pipe-100', '-n', '1', '-o', '/proc/nowhere'),
                      ('replay',), ('replay', 'nosuch.jsonl'), ('replay', 'pipe-100'), ('scenario', 'show', 'nosuch')):
        expect_complaint(world.call(*arguments), 2)


@test
def a_bad_scenario_is_named_with_its_line(world):
    whole = world.call('scenario', 'show', 'pipe-100').stdout.splitlines(True)

    def line_of(pattern):
        return next(number for number, line in enumerate(whole, 1) if re.match(pattern, line))

    for pattern, replacement, key in ((r'^( *brokers:) \d+', r'\1 none', r' *brokers:'),
                                      (r'^( *brokers:) \d+', r'\1 1000', r' *brokers:'),
                                      (r'^( *sim_time:)', r' soon:', r' *sim_time:'),
                                      (r'^( *faults_until:) \w+', r'\1 -1s', r' *faults_until:')):
        world.scenario('bad.yaml', pattern, replacement)
        for command in (('run', 'bad.yaml', '-n', '1'), ('replay', 'bad.yaml', '--seed', '1'), ('scenario', 'lint', 'bad.yaml')):
            expect_complaint(world.call(*command), 2, f'bad.yaml:{line_of(key)}: ')
    for key in ('never', 'eventually', 'sometimes', 'allow'):
        world.scenario('bad.yaml', rf'^( *{key}: \[)', r'\1no-such-thing, ')
        expect_complaint(world.call('run', 'bad.yaml', '-n', '1'), 2, f"check.{key}: 'no-such-thing'")
    world.scenario('bad.yaml', r'^( *allow: \[)', r'\1leaks')
    expect_complaint(world.call('run', 'bad.yaml', '-n', '1'), 2, "check.allow: 'leaks'")
    for text, line in (('name: x\nname: y\n', 2), ('name: [x\n', 2), ('nam: x\n', 1), ('- x\n', 1)):
        world.write('worse.yaml', text)
        expect_complaint(world.call('run', 'worse.yaml'), 2, f'worse.yaml:{line}: ')


@test
def what_cannot_be_written_is_named(world):
    world.write('file', '')
    expect_complaint(world.call('run', 'pipe-100', '-n', '1', '-o', 'file/below'), 2, 'file/below')


# --- shrinking and lenient replay ------------------------------------------------------------------------------------

@test
def a_trace_of_format_1_is_read_and_still_fails(world):
    trace = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fixtures', 'trace-format-1.jsonl')
    with open(trace, encoding='utf-8') as lines:
        assert '"format":1,' in next(lines)
    done = world.call('replay', '--lenient', trace)
    expect_code(done, 1)
    assert re.search(r'^matched [0-9]+/[0-9]+.*: the same failure, liveness:copy-input$', done.stdout, re.MULTILINE), done.stdout
    assert re.fullmatch('history [0-9a-f]{16}', last_line(done.stdout)), done.stdout


@test
def a_shrunk_trace_is_beside_the_recorded_one_and_replays_strictly(world):
    trace, lines = world.failing_trace()
    shrunk = os.path.join(os.path.dirname(trace), 'trace.min.jsonl')
    done = world.call('replay', shrunk)
    expect_code(done, 1)
    with open(shrunk, encoding='utf-8') as kept:
        few = kept.readlines()
    assert json.loads(few[0])['shrunk_from'] == sum('"point"' in line for line in lines), few[0]
    assert last_line(done.stdout) == 'history ' + json.loads(few[-1])['hash'], done.stdout
    assert not any('"point"' in line for line in few), 'it fails for want of time, whatever is chosen'
    with open(os.path.join(os.path.dirname(trace), 'REPRODUCE'), encoding='utf-8') as reproduce:
        assert reproduce.read().endswith(f'shrunk to 0 choices\nmillrace-sim replay {os.path.realpath(shrunk)}\n')
    expect_code(world.call('run', 'short.yaml', '-n', '1', '-o', 'short', '--no-shrink'), 1)
    assert not os.path.exists(shrunk), 'it was of an earlier run into the same directory'


@test
def what_cannot_be_shrunk_is_one_line(world):
    trace, lines = world.failing_trace()
    world.write('passed.jsonl', ''.join(lines[:-1]) + lines[-1].replace('"fail"', '"pass"'))
    expect_complaint(world.call('shrink', 'passed.jsonl'), 2, 'nothing to shrink')
    world.write('cut.jsonl', ''.join(lines[:-1]))
    expect_complaint(world.call('shrink', 'cut.jsonl'), 2, 'ends without a verdict')
    world.write('other.jsonl', ''.join(lines[:-1]) + lines[-1].replace('copy-input', 'elsewhere'))
    done = world.call('shrink', 'other.jsonl')
    expect_code(done, 4)
    assert 'does not fail with liveness:elsewhere' in done.stderr, done.stderr


# --- run -------------------------------------------------------------------------------------------------------------

SUMMARY = {'type', 'scenario', 'seeds', 'failures', 'signatures', 'virtual_seconds', 'wall_seconds', 'cpu_seconds',
           'seeds_per_second', 'determinism', 'observed', 'sometimes', 'scenario_hash', 'means', 'guard'}


@test
def the_summary_has_every_field_that_readers_rely_on(world):
    done = world.call('run', 'pipe-100', '-n', '20', '--output', 'jsonl', '-o', 'out')
    expect_code(done, 0)
    summary = summary_of(done)
    assert SUMMARY <= summary.keys(), SUMMARY - summary.keys()
    assert {'events', 'faults', 'rebalances', 'virtual_seconds'} <= summary['means'].keys(), summary['means']
    assert {'checked', 'diverged'} == summary['determinism'].keys(), summary['determinism']
    assert (summary['scenario'], summary['seeds'], summary['failures'], summary['signatures']) == ('pipe-100', 20, 0, [])
    assert summary['observed']['conservation'] == 20 * 100, summary['observed']
    assert summary['guard'] in ('on', 'off') and len(summary['scenario_hash']) >= 16
    with open(world.path('out/summary.json'), encoding='utf-8') as kept:
        assert json.load(kept) == summary


@test
def two_workers_tell_what_one_tells(world):
    world.scenario('short.yaml', r'^( *sim_time:) \w+', r'\1 4600ms')
    alone, together = (world.call('run', 'short.yaml', '-n', '20', '--output', 'jsonl', '-o', 'out', '-j', jobs)
                       for jobs in ('1', '2'))
    expect_code(together, alone.returncode)
    told = []
    for done in (alone, together):
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(lines) > 1, 'some worlds have to fail, for their hashes to be told'
        for key in ('wall_seconds', 'cpu_seconds', 'seeds_per_second'):
            del lines[-1][key]
        told.append(lines)
    assert told[0] == told[1], f'{told[0]}\n{told[1]}'


@test
def a_calm_pipeline_passes(world):
    expect_code(world.call('run', 'pipeline-calm', '-n', '3', '-o', 'out'), 0)


@test
def twenty_worlds_played_twice_are_the_same(world):
    done = world.call('run', 'pipe-100', '-n', '20', '--check-determinism=1', '--output', 'jsonl', '-o', 'out')
    expect_code(done, 0)
    assert summary_of(done)['determinism'] == {'checked': 20, 'diverged': 0}, done.stdout


@test
def what_never_happens_is_inconclusive(world):
    world.scenario('never.yaml', r'^( *sometimes:).*', r'\1 [kill-between-link-and-output]')
    done = world.call('run', 'never.yaml', '-n', '2', '--output', 'jsonl', '-o', 'out')
    expect_code(done, 3)
    summary = summary_of(done)
    assert summary['failures'] == 0 and any('kill-between-link-and-output' in line for line in summary['inconclusive'])


@test
def a_world_that_runs_out_of_time_fails_liveness(world):
    trace, lines = world.failing_trace()
    assert json.loads(lines[-1])['property'] == 'liveness', lines[-1]
    done = world.call('replay', trace)
    expect_code(done, 1)
    assert 'FAIL liveness: liveness:budget' in done.stdout, done.stdout


# --- replay ----------------------------------------------------------------------------------------------------------

@test
def ci_systems_are_told_in_their_own_way(world):
    done = world.call('run', 'pipe-100', '--broker-bug', 'loses-acknowledged', '-n', '20', '--seeds-from', 'abcd', '--output', 'jsonl',
                      '--output', 'github', '--output', 'junit=here.xml', '-o', 'out', GITHUB_STEP_SUMMARY=world.path('table.md'))
    expect_code(done, 1)
    kinds = summary_of(done)['kinds']
    annotations = [line for line in done.stderr.splitlines() if line.startswith('::error ')]
    assert len(annotations) == len(kinds) > 0, done.stderr
    for kind, annotation in zip(kinds, annotations):
        assert kind['signature'].replace(':', '%3A') in annotation and f'--seed {kind["seed"]}%0A' in annotation, annotation
    with open(world.path('table.md'), encoding='utf-8') as table:
        assert table.read().count('millrace-sim replay') == len(kinds)
    for path in ('here.xml', 'out/junit.xml'):
        suite, = xml.etree.ElementTree.parse(world.path(path)).getroot()
        cases = {case.get('name'): case for case in suite}
        assert suite.get('name') == 'pipe-100' and int(suite.get('failures')) == len(kinds)
        assert int(suite.get('tests')) == len(suite.findall('testcase'))
        assert all(cases[kind['signature']].find('failure').get('type') == kind['property'] for kind in kinds)
        assert cases['malformed'].find('failure') is None


@test
def a_text_leads_to_seeds_of_its_own(world):
    def seeds(*arguments, **environment):
        done = world.call('run', 'pipe-100', '--broker-bug', 'loses-acknowledged', '--max-failures', '1', '-o', 'out', '--output',
                          'jsonl', *arguments, **environment)
        expect_code(done, 1)
        return json.loads(done.stdout.splitlines()[0])['seed']
    one, other = seeds('-n', '50', '--seeds-from', 'one'), seeds('-n', '50', '--seeds-from', 'other')
    assert one != other and one == seeds('-n', '50', MILLRACE_SEEDS_FROM='one') and min(one, other) > 1000
    expect_complaint(world.call('run', 'pipe-100', '--seeds', '1..2', '--seeds-from', 'one'), 2, '--seeds-from')
    assert seeds('--seeds', '1..50', MILLRACE_SEEDS_FROM='one') <= 50, 'a flag beats the environment'


@test
def what_is_allowed_is_counted_and_no_failure(world):
    done = world.call('run', 'pipe-100', '--broker-bug', 'loses-acknowledged', '-n', '20', '--output', 'jsonl', '-o', 'strict')
    expect_code(done, 1)
    broken = {kind['property'] for kind in summary_of(done)['kinds']}
    text = world.call('scenario', 'show', 'pipe-100').stdout
    names = set(re.findall(r'[\w-]+', re.search(r'never: \[(.*)\]', text).group(1)))
    world.write('lax.yaml', re.sub(r'^( *)(eventually|never): .*', r'\1\2: []', text, flags=re.MULTILINE).replace(
        'allow: []', f'allow: [{", ".join(sorted(names | {"liveness"}))}]'))
    done = world.call('run', 'lax.yaml', '--broker-bug', 'loses-acknowledged', '-n', '20', '--output', 'jsonl', '-o', 'lax')
    summary = summary_of(done)
    assert summary['failures'] == 0 and broken <= {name for name, count in summary['allowed'].items() if count}, summary


@test
def the_stages_are_started_once_more_when_all_is_done(world):
    world.scenario('calm.yaml', r'^( *events:) \d+', r'\1 5', base='pipeline-calm')
    world.scenario('once.yaml', r'^( *again:) \w+', r'\1 0s', base=world.path('calm.yaml'))
    for name, lives in (('calm', 2), ('once', 1)):
        log = world.path(f'{name}.log')
        expect_code(world.call('replay', f'{name}.yaml', '--seed', '1', MILLRACE_LOG=log), 0)
        with open(log, encoding='utf-8') as lines:
            events = [json.loads(line) for line in lines if line.startswith('{"event":"process"')]
        starts = [event['process_name'] for event in events if event['step'] == 'start']
        assert starts.count('load') == 1 and starts.count('download.0') == lives, starts


@test
def a_seed_leads_to_one_history_from_any_directory(world):
    here, there = world.call('replay', 'pipe-100', '--seed', '7'), world.call('replay', 'pipe-100', '--seed', '7', cwd='/')
    expect_code(here, 0)
    assert re.fullmatch(r'history [0-9a-f]{16,}', last_line(here.stdout)), here.stdout
    assert here.stdout == there.stdout, here.stdout + there.stdout


@test
def a_trace_replays_from_any_directory_without_its_scenario(world):
    trace, lines = world.failing_trace()
    os.remove(world.path('short.yaml'))
    done = world.call('replay', trace, cwd='/')
    expect_code(done, 1)
    assert last_line(done.stdout) == 'history ' + json.loads(lines[-1])['hash'], done.stdout


@test
def a_trace_holds_the_bugs_of_its_brokers(world):
    world.scenario('short.yaml', r'^( *sim_time:) \w+', r'\1 2s')
    done = world.call('run', 'short.yaml', '-n', '1', '--broker-bug', 'dead-joiner-blocks', '-o', 'short')
    expect_code(done, 1)
    trace, = glob.glob(world.path('short/failures/*/trace.jsonl'))
    with open(trace, encoding='utf-8') as lines:
        assert 'broker_bugs: [dead-joiner-blocks]' in json.loads(lines.readline())['config']
    expect_code(world.call('replay', trace), 1)
    world.scenario('bug.yaml', r'^( *broker_bugs:).*', r'\1 [eats-offsets]')
    expect_complaint(world.call('run', 'bug.yaml', '-n', '1'), 2, 'eats-offsets')


@test
def a_trace_with_another_choice_diverges(world):
    _, lines = world.failing_trace()
    at = next(number for number, line in enumerate(lines)
              if '"network/latency"' in line and json.loads(line)['pick'] > 1)
    choice = json.loads(lines[at])
    lines[at] = json.dumps(choice | {'pick': choice['pick'] - 1}, separators=(',', ':')) + '\n'
    done = world.call('replay', world.write('other.jsonl', ''.join(lines)))
    expect_code(done, 4)
    assert 'DIVERGED' in done.stdout and last_line(done.stdout).startswith('history '), done.stdout
    del lines[at]
    expect_code(world.call('replay', world.write('fewer.jsonl', ''.join(lines))), 4)


@test
def a_trace_with_another_verdict_hash_diverges(world):
    _, lines = world.failing_trace()
    verdict = json.loads(lines[-1])
    lines[-1] = json.dumps(verdict | {'hash': '0123456789abcdef'}, separators=(',', ':')) + '\n'
    expect_code(world.call('replay', world.write('other.jsonl', ''.join(lines))), 4)


@test
def a_damaged_trace_is_named_with_its_line(world):
    _, lines = world.failing_trace()
    whole = ''.join(lines)
    for name, text, line in (('half-a-line.jsonl', whole[:len(lines[0]) + 10], 2),
                             ('no-verdict.jsonl', ''.join(lines[:20]), 21),
                             ('no-header.jsonl', ''.join(lines[1:]), 1),
                             ('no-json.jsonl', ''.join(lines[:5]) + '{"actor":}\n' + ''.join(lines[5:]), 6),
                             ('yaml.jsonl', 'name: x\n', 1),
                             ('empty.jsonl', '', 1)):
        expect_complaint(world.call('replay', world.write(name, text)), 2, f'{name}:{line}: ')


# --- terminals -------------------------------------------------------------------------------------------------------

def at_a_terminal(world, **environment):
    """What run writes to a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen((PROGRAM, 'run', 'pipe-100', '-n', '3', '-o', 'out'), cwd=world.directory, stdin=theirs,
                             stdout=theirs, stderr=theirs, env=ENVIRONMENT | {'TERM': 'xterm'} | environment)
    os.close(theirs)
    said = b''
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert child.wait() == 0, said
    return said


@test
def colour_is_for_terminals_that_want_it(world):
    assert b'\x1b[32m' in at_a_terminal(world), 'a terminal gets colour'
    assert not re.search(rb'\x1b\[\d*m', at_a_terminal(world, NO_COLOR='1')), 'NO_COLOR'
    assert b'\x1b' not in at_a_terminal(world, CI='true'), 'CI'
    for output in ('plain', 'jsonl'):
        done = world.call('run', 'pipe-100', '-n', '3', '-o', 'out', '--output', output)
        assert '\x1b' not in done.stdout + done.stderr, output
    assert '\x1b' not in world.call('run', 'pipe-100', '-n', '3', '-o', 'out').stdout, 'a pipe'


def main():
    print(f'1..{len(tests)}')
    is_bad = False
    for number, function in enumerate(tests, 1):
        name = function.__name__.replace('_', ' ')
        with tempfile.TemporaryDirectory() as directory:
            try:
                function(World(directory))
                print(f'ok {number} - {name}', flush=True)
            except Exception:  # one test's failure is not the others'
                is_bad = True
                print(f'not ok {number} - {name}')
                for line in traceback.format_exc().splitlines():
                    print(f'# {line}', flush=True)
    sys.exit(is_bad)


main()
