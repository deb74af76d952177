# SPDX-License-Identifier: Apache-2.0
"""Compiles a file that must not compile, and looks for the promised sentences in the output.

usage: must_fail.py FILE COMPILER [FLAGS...]

The first lines of FILE hold `// EXPECT: text`, one or more. A message that reaches the user through
template arguments is cut into padded pieces, piece{"resnet18.hpp:20: add: both     "}; they are put
together again before the search. White space does not count, as a piece may end inside a long word.
"""
import re
import subprocess
import sys

LITERAL = re.compile(r'\{"((?:[^"\\]|\\.)*)"\}')


def expectations(source):
    return re.findall(r"^// EXPECT: *(.+?) *$", source, re.MULTILINE)


def squeeze(text):
    return re.sub(r"\s+", "", text)


def searchable(output):
    """The output as it is, then its pieces joined."""
    pieces = (re.sub(r"\\(.)", r"\1", piece) for piece in LITERAL.findall(output))
    return squeeze(output) + "\n" + squeeze("".join(pieces))


def missing(wanted, output):
    text = searchable(output)
    return [sentence for sentence in wanted if squeeze(sentence) not in text]


def main(path, *compile_command):
    with open(path) as file:
        wanted = expectations(file.read())
    if not wanted:
        return f"{path}: holds no '// EXPECT: text' line; say there what the compiler must print"
    run = subprocess.run([*compile_command, "-fsyntax-only", path], text=True, errors="replace",
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode == 0:
        return f"{path}: compiled, but must not"
    absent = missing(wanted, run.stdout)
    if absent:
        return "\n".join([run.stdout, f"{path}: these are not in the output above:", *absent])
    print(f"{len(run.stdout.splitlines())} lines, {len(run.stdout)} bytes of output")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
