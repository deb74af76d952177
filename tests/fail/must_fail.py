# SPDX-License-Identifier: Apache-2.0
"""Compiles a file that must not compile, and looks for the promised sentences in the output.

usage: must_fail.py FILE COMPILER [FLAGS...] [--or COMPILER [FLAGS...]]

The first lines of FILE hold `// EXPECT: text`, one or more. A message that reaches the user through
template arguments is cut into padded pieces, piece{"resnet18.hpp:20: add: both     "}; they are put
together again before the search. White space does not count, as a piece may end inside a long word.
A line `// NOT: text` names what must not be there.
A line `// CASES: n` compiles the file n times, with -DCASE=1 to n: each must fail and say all of it.
Of two compilers one is drawn for each file, by LAMINA_TEST_SEED or without it anew each time;
LAMINA_TEST_LONG takes both.
"""

import os
import random
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


def compile_one(path, command, wanted, unwanted):
    """None, or what is wrong with the compiler's verdict."""
    run = subprocess.run(
        [*command, "-fsyntax-only", path],
        text=True,
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if run.returncode == 0:
        return f"{path}: compiled, but must not"
    absent = missing(wanted, run.stdout)
    if absent:
        return "\n".join([run.stdout, f"{path}: these are not in the output above:", *absent])
    present = [text for text in unwanted if not missing([text], run.stdout)]
    if present:
        return "\n".join([run.stdout, f"{path}: these are in the output above:", *present])
    print(f"{len(run.stdout.splitlines())} lines, {len(run.stdout)} bytes of output")
    return None


def chosen(path, commands):
    """The compile commands to try on this file."""
    if os.environ.get("LAMINA_TEST_LONG"):
        return commands
    seed = os.environ.get("LAMINA_TEST_SEED") or random.SystemRandom().getrandbits(32)
    return [random.Random(f"{seed} {os.path.basename(path)}").choice(commands)]


def main(path, *words):
    commands = [list(words)]
    if "--or" in words:
        middle = words.index("--or")
        commands = [list(words[:middle]), list(words[middle + 1 :])]
    with open(path) as file:
        source = file.read()
    wanted = expectations(source)
    unwanted = re.findall(r"^// NOT: *(.+?) *$", source, re.MULTILINE)
    cases = int((re.findall(r"^// CASES: *(\d+)", source, re.MULTILINE) or [1])[0])
    if not wanted:
        return f"{path}: holds no '// EXPECT: text' line; say there what the compiler must print"
    for command in chosen(path, commands):
        for case in range(1, cases + 1):
            fault = compile_one(
                path, [*command, *([f"-DCASE={case}"] if cases > 1 else [])], wanted, unwanted
            )
            if fault:
                where = command[0] + (f", case {case}" if cases > 1 else "")
                return f"{fault} ({where})"
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
