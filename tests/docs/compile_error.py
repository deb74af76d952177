# SPDX-License-Identifier: Apache-2.0
"""Compiles wrong_network.cpp and looks for each line of wrong_network.output, which the README shows.

Lines of Lamina's own headers are not compared.

usage: compile_error.py ROOT COMPILER [FLAGS...]
"""

import os
import pathlib
import re
import subprocess
import sys


def hide(line):
    return re.sub(r"hpp:\d+:\d+", "hpp", line)


def main(root, *command):
    here = pathlib.Path(__file__).parent
    run = subprocess.run(
        [*command, "-fsyntax-only", here / "wrong_network.cpp"],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    if run.returncode == 0:
        print("wrong_network.cpp compiled, an error was expected")
        return 1
    said = {hide(line.removeprefix(f"{root}/")) for line in run.stderr.splitlines()}
    shown = (here / "wrong_network.output").read_text().splitlines()
    lost = [line for line in shown if hide(line) not in said]
    print("\n".join(["the compiler does not print:", *lost, "but:", run.stderr]) if lost else "as shown")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
