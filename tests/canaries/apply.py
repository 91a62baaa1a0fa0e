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
        copies = pathlib.Path(folder, 'pipeline')
        copies.mkdir()
        for original in originals:
            shutil.copy(original, copies)
        with open(patch, encoding='utf-8') as diff:
            done = subprocess.run(['patch', '-d', folder, '-p1', '-s', '-f', '--no-backup-if-mismatch', '-r', '-'],
                                  stdin=diff, stdout=sys.stderr)
        if done.returncode != 0:
            sys.exit(f'canary {name}: {patch} does not fit the pipeline any more')
        for original, output in zip(originals, outputs):
            shutil.copy(copies / pathlib.Path(original).name, output)


main()
