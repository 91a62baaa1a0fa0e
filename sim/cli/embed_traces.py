#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed_traces.py OUT.c FILE.jsonl..: the traces as C arrays, for regress.h, each with the scenario that its header names."""
import json
import pathlib
import sys

files = sorted((pathlib.Path(name) for name in sys.argv[2:]), key=lambda file: file.stem)
lines = ['/* Generated from traces/regress: edit those. */', '#include "sim/cli/regress.h"', '']
scenarios = []
for number, file in enumerate(files):
    text = file.read_bytes()
    scenarios.append(json.loads(text.splitlines()[0])['scenario'])
    data = ', '.join(str(byte) for byte in text + b'\0')
    lines.append(f'static const char text_{number}[] = {{{data}}};')
lines.append('const struct regress regress_shipped[] = {')
lines += [f'    {{{json.dumps(file.stem)}, {json.dumps(scenario)}, text_{number}, sizeof text_{number} - 1}},'
          for number, (file, scenario) in enumerate(zip(files, scenarios))]
lines += ['};', 'const size_t regress_shipped_count = sizeof regress_shipped / sizeof regress_shipped[0];', '']
pathlib.Path(sys.argv[1]).write_text('\n'.join(lines))
