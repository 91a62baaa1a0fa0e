#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""apply.py NAME PATCH ORIGINAL.. OUTPUT..: a patched copy of each original, in the same order.

A patch that does not fit, or that changes a file that was not named, fails the build with the canary's name.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    name, patch, *paths = sys.argv[1:]
    originals, outputs = paths[:len(paths) // 2], paths[len(paths) // 2:]
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for original in originals:
            source = pathlib.Path(original)
            home = 'sim/cli' if source.parent.name == 'cli' else source.parent.name
            copies.append(pathlib.Path(folder, home, source.name))
            copies[-1].parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copies[-1])
        with open(patch, encoding='utf-8') as diff:
            done = subprocess.run(['patch', '-d', folder, '-p1', '-s', '-f', '--no-backup-if-mismatch', '-r', '-'],
                                  stdin=diff, stdout=sys.stderr)
        if done.returncode != 0:
            sys.exit(f'canary {name}: {patch} does not fit the sources any more')
        for copy, output in zip(copies, outputs):
            shutil.copy(copy, output)


main()
