#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py OUT.c FILE.yaml..: the files as C arrays, for scenario_shipped.h."""
import pathlib
import sys

files = sorted((pathlib.Path(name) for name in sys.argv[2:]), key=lambda file: file.stem)
lines = ['/* Generated from sim/scenarios: edit those. */', '#include "sim/cli/scenario_shipped.h"', '']
for number, file in enumerate(files):
    data = ', '.join(str(byte) for byte in file.read_bytes() + b'\0')
    lines.append(f'static const char text_{number}[] = {{{data}}};')
lines.append('const struct scenario_shipped scenario_shipped[] = {')
lines += [f'    {{"{file.stem}", text_{number}, sizeof text_{number} - 1}},' for number, file in enumerate(files)]
lines += ['};', 'const size_t scenario_shipped_count = sizeof scenario_shipped / sizeof scenario_shipped[0];', '']
pathlib.Path(sys.argv[1]).write_text('\n'.join(lines))
