#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fault_kinds.py PROGRAM: every kind of fault, alone in worlds of the pipeline, is told there and has its effect.

The kinds are those that `scenario show` lists; one without a case here fails the test. A case says how a scenario asks for
it, and what its history must show. A world may miss it (nobody was there, nothing was under way): a few seeds are tried. Prints TAP.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith('MILLRACE_')}
SEEDS = 8
SECOND = 1_000_000_000
CLUSTER_TOPICS = {'xact.events.raw': 6, 'xact.events.dlq': 1, 'xact.downloads.pending': 6, 'xact.downloads.results': 6,
                  'xact.downloads.dlq': 1}


def scenario(fault):
    topics = ''.join(f'    {name}: {{partitions: {count}, replication: 3}}\n' for name, count in CLUSTER_TOPICS.items())
    member = 'config: {kafka.consumer.session.timeout.ms: 6000, kafka.consumer.heartbeat.interval.ms: 1000}'
    return f'''name: kinds
cluster:
  brokers: 3
  initial_rebalance_delay: 500ms
  settings: {{min.insync.replicas: 2, broker.session.timeout.ms: 3000, replica.lag.time.max.ms: 3000}}
  topics:
{topics}load: {{events: 60, attachments: 1, rate: 8/s}}
stages:
  ingest: {{members: 1, {member}}}
  download: {{members: 3, {member}}}
  results: {{members: 1, {member}}}
network: {{latency: 500us..3ms}}
http: {{latency: 2ms..20ms}}
profile: protocol-hazard
faults: [{{{fault}}}]
budget: {{faults_until: 14s, again: 0s, sim_time: 3min}}
'''


def play(directory, fault, seed):
    """The events of one world, and its last lines."""
    with open(f'{directory}/s.yaml', 'w', encoding='utf-8') as out:
        out.write(scenario(fault))
    done = subprocess.run((PROGRAM, 'replay', 's.yaml', '--seed', str(seed)), cwd=directory, text=True,
                          env=ENVIRONMENT | {'MILLRACE_LOG': f'{directory}/log'}, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    with open(f'{directory}/log', encoding='utf-8', errors='replace') as log:
        return [json.loads(line) for line in log if line.startswith('{"event"')]


# --- what histories show ---------------------------------------------------------------------------------------------


def of(events, kind, **fields):
    return [event for event in events if event['event'] == kind and
            all(event.get(key) == value for key, value in fields.items())]


def strikes(events, name):
    return of(events, 'fault', name=name)


def after(events, strike, seconds):
    """What happened in so many seconds from the strike on."""
    begin = strike['time_ns']
    return [event for event in events if begin <= event['time_ns'] < begin + seconds * SECOND]


def any_strike(name, shows, seconds):
    """Is there a strike of which the seconds behind it show that?"""
    return lambda events: any(shows(after(events, strike, seconds), strike) for strike in strikes(events, name))


def ends_by(life):
    return lambda events, strike: of(events, 'process', step=life, process_name=strike['target'])


def leads(**fields):
    return lambda events, _: [event for event in of(events, 'log', step='lead') if
                              all(event.get(key) == value for key, value in fields.items())]


def is_silent(events, strike):
    """No request of the process in the middle of the 5 s for which it is cut off."""
    begin = strike['time_ns']
    return not [event for event in events if event.get('process_name') == strike['target'] and
                event.get('step') == 'requested' and begin + 2 * SECOND < event['time_ns'] < begin + 5 * SECOND]


def is_slower(events):
    """Fewer requests in the 3 s after a strike than in those before."""
    def count(strike, first, last):
        return len([event for event in events if event.get('process_name') == strike['target'] and
                    event.get('step') == 'requested' and
                    first * SECOND <= event['time_ns'] - strike['time_ns'] < last * SECOND])
    return any(2 * count(strike, 0, 3) < count(strike, -3, 0) for strike in strikes(events, 'latency'))


def answer_of(events, request):
    for event in of(events, 'produce', step='answered', process=request['process'], topic=request['topic'],
                    partition=request['partition'], base_sequence=request.get('base_sequence')):
        if event['time_ns'] >= request['time_ns']:
            return event
    return None


def appends_of(events, request, seconds):
    return [event for event in of(events, 'log', step='append', topic=request['topic'], partition=request['partition'])
            if 0 <= event['time_ns'] - request['time_ns'] < seconds * SECOND]


def first_produce(events, strike):
    requests = of(events, 'produce', step='requested', process_name=strike['target'])
    return requests[0] if requests else None


def produces(events, name):
    """The request that each strike met, and how long after it its partition's log grew."""
    met = []
    for strike in strikes(events, name):
        later = after(events, strike, 1000)
        request = first_produce(later, strike)
        appends = appends_of(later, request, 1000) if request else []
        if appends:
            met.append((request, (appends[0]['time_ns'] - request['time_ns']) / SECOND))
    return met


def has_error(events, strike):
    return of(events, 'produce', step='answered', error=19, process_name=strike['target'])


def is_slow_broker(events):
    waits = []
    for strike in strikes(events, 'slow_broker'):
        begun = {}
        for event in of(after(events, strike, 5), 'commit'):
            if event['step'] == 'requested':
                begun[event['sequence']] = event['time_ns']
            elif event['sequence'] in begun:
                waits.append(event['time_ns'] - begun[event['sequence']])
    return any(wait >= 4_000_000 for wait in waits)


def is_told(name):
    return lambda events: strikes(events, name)


def rolls(events):
    ends = [event['process_name'] for event in of(events, 'process', step='sigterm')]
    return {'download.0', 'download.1', 'download.2'} <= set(ends)


def shrinks(events, strike):
    gone = {event['process_name'] for event in of(events, 'process', step='exit')}
    return gone and not {'download.0', 'download.1', 'download.2'} <= gone


# --- the cases -------------------------------------------------------------------------------------------------------

WORKERS = '"download.*"'
BROKERS = '"kafka-*"'
# Told here; the effect of these is shown call by call in faults_machine.c.
MACHINES = {'crash_host': WORKERS, 'crash_storage': WORKERS, 'fill_disk': WORKERS, 'fail_disk': WORKERS,
            'slow_disk': WORKERS, 'shorten_writes': WORKERS, 'step_clock': WORKERS, 'skew_clock': WORKERS,
            'fail_allocation': WORKERS, 'http_error': 'origin', 'http_stall': 'origin', 'http_reset': 'origin',
            'http_truncate': 'origin', 'http_slow': 'origin', 'http_refuse': 'origin'}

CASES = {
    'kill': (f'kill: {WORKERS}, every: 3s', any_strike('kill', ends_by('kill'), 1)),
    'pause': (f'pause: {WORKERS}, for: 3s, every: 3s', any_strike('pause', ends_by('pause'), 1)),
    'terminate': (f'terminate: {WORKERS}, every: 3s', any_strike('terminate', ends_by('exit'), 20)),
    'reset': (f'reset: {WORKERS}, every: 1s',
              any_strike('reset', lambda events, _: of(events, 'connection', step='reset'), 1)),
    'partition': (f'partition: {WORKERS}, for: 5s, every: 4s', any_strike('partition', is_silent, 6)),
    'latency': (f'latency: {WORKERS}, for: 5s, every: 4s', is_slower),
    'crash_broker': (f'crash_broker: {BROKERS}, for: 4s, every: 3s', any_strike('crash_broker', leads(), 5)),
    'stop_broker': (f'stop_broker: {BROKERS}, for: 2s, every: 3s', any_strike('stop_broker', leads(), 1)),
    'crash_broker_host': (f'crash_broker_host: {BROKERS}, for: 4s, every: 3s',
                          any_strike('crash_broker_host', leads(), 5)),
    'isolate_broker': (f'isolate_broker: {BROKERS}, for: 6s, every: 3s', any_strike('isolate_broker', leads(), 6)),
    'fail_request': (f'fail_request: {WORKERS}, api: Produce, error: NOT_ENOUGH_REPLICAS, every: 1s',
                     any_strike('fail_request', has_error, 2)),
    'drop_request': (f'drop_request: {WORKERS}, api: Produce, every: 1s',
                     lambda events: any(wait > 0.001 for _, wait in produces(events, 'drop_request'))),
    'drop_response': (f'drop_response: {WORKERS}, api: Produce, every: 1s',
                      lambda events: any(wait < 0.001 and not answer_of(after(events, request, 0.05), request)
                                         for request, wait in produces(events, 'drop_response'))),
    'delay_request': (f'delay_request: {WORKERS}, api: Produce, late_by: 50ms, every: 1s',
                      lambda events: any(wait >= 0.050 for _, wait in produces(events, 'delay_request'))),
    'elect_leader': (f'elect_leader: {BROKERS}, every: 1s', any_strike('elect_leader', leads(), 0.1)),
    'elect_unclean': (f'elect_unclean: {BROKERS}, every: 1s', any_strike('elect_unclean', leads(unclean=True), 0.1)),
    'move_coordinator': (f'move_coordinator: {BROKERS}, every: 1s',
                         any_strike('move_coordinator', leads(topic='__consumer_offsets'), 0.1)),
    'slow_broker': (f'slow_broker: {BROKERS}, for: 5s, every: 2s', is_slow_broker),
    'rolling_restart': (f'rolling_restart: {WORKERS}, every: 4s', rolls),
    'scale': (f'scale: {WORKERS}, for: 3s, every: 4s', any_strike('scale', shrinks, 3)),
} | {name: (f'{name}: {target}, for: 3s, every: 2s' if not name.startswith('crash') else f'{name}: {target}, every: 3s',
            is_told(name)) for name, target in MACHINES.items()}


def kinds():
    """By `scenario show`: below the key faults, one comment line each."""
    shown = subprocess.run((PROGRAM, 'scenario', 'show', 'pipe-100'), capture_output=True, text=True, check=True).stdout
    block = re.search(r'# what goes wrong.*\n((?:#   .*\n)*)faults:', shown).group(1)
    return re.findall(r'^#   (\w+): \S', block, flags=re.MULTILINE)


def main():
    names = kinds()
    failed = 0
    print(f'1..{len(names)}')
    for number, name in enumerate(names, 1):
        text = 'no case'
        with tempfile.TemporaryDirectory() as directory:
            for seed in range(1, SEEDS + 1) if name in CASES else ():
                events = play(directory, CASES[name][0], seed)
                text = f'{len(strikes(events, name))} strikes at the last of {seed} seeds'
                if strikes(events, name) and CASES[name][1](events):
                    break
            else:
                failed += 1
                print('not ', end='')
        print(f'ok {number} - {name} is told and has its effect # {text}', flush=True)
    return failed > 0


sys.exit(main())
