# SPDX-License-Identifier: Apache-2.0
"""Runs one example and compares its standard output with the file that the docs show.

usage: run_example.py PROGRAM STEM EXAMPLES_FOLDER

STEM.args    optional: the arguments, one a line; {examples} is the examples folder, {shared} the folder
             in LAMINA_SHARED_DATA, {out} an empty folder, {build} the folder of the built programs.
             Without {shared} data the test is skipped.
STEM.output  optional: what must be printed. Leading lines `# mask: REGEX` name what changes from run to
             run (times, devices); whatever matches is hidden on both sides. Without this file the
             program only has to exit with 0.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def split_masks(text):
    """Returns (masks, the rest) of an .output file."""
    masks, lines = [], text.splitlines()
    while lines and lines[0].startswith("# mask:"):
        masks.append(re.compile(lines.pop(0)[len("# mask:") :].strip()))
    return masks, lines


def hide(masks, lines):
    for mask in masks:
        lines = [mask.sub("<masked>", line) for line in lines]
    return [line.rstrip() for line in lines]


def difference(expected, actual):
    masks, lines = split_masks(expected)
    return list(
        difflib.unified_diff(
            hide(masks, lines), hide(masks, actual.splitlines()), "expected", "printed", lineterm=""
        )
    )


def main(program, stem, examples):
    arguments, expected = pathlib.Path(stem + ".args"), pathlib.Path(stem + ".output")
    text = arguments.read_text() if arguments.exists() else ""
    shared = os.environ.get("LAMINA_SHARED_DATA", "")
    if "{shared}" in text and not shared:
        print("skipped: LAMINA_SHARED_DATA is not set")
        return 77
    with tempfile.TemporaryDirectory() as out:
        places = {
            "{examples}": examples,
            "{shared}": shared,
            "{out}": out,
            "{build}": str(pathlib.Path(program).parent),
        }
        for place, folder in places.items():
            text = text.replace(place, folder)
        run = subprocess.run([program, *text.splitlines()], cwd=out, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        print(f"{run.stdout}\n{program} ended with {run.returncode}, 0 was expected")
        return 1
    changes = difference(expected.read_text(), run.stdout) if expected.exists() else []
    print("\n".join(changes or [run.stdout]))
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
