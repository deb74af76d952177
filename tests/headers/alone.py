# SPDX-License-Identifier: Apache-2.0
"""Compiles every header by itself, as the only include of an otherwise empty file.

usage: alone.py all|top INCLUDE_DIR COMPILER [FLAGS...]

"top" draws five of the headers outside folders, by LAMINA_TEST_SEED or without it anew each time. For
"all" clang checks all headers in one run, in a fifth of the time: each is a submodule of one module, and a submodule sees only what it includes, so a name that a header
forgets to include is an error there as it is alone. Headers that this run complains about are compiled
alone, and only those that fail there are reported: clang 16 does not take every header of the standard
library twice. Two headers of which one must be complained about show that the run sees such mistakes;
otherwise, and with LAMINA_TEST_LONG, every header is compiled alone, by either compiler.
"""

import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

# What clang 16 warns of in a module and not in a file that includes the same text: enumerators of C's headers
# that several submodules include, and a literal format behind `stderr`, which is a macro of itself.
SEEN_IN_MODULES_ALONE = ("modules-ambiguous-internal-linkage", "format-security")
DRAWN_HEADERS = 5
FIRST = "#pragma once\nnamespace alone_test { struct first {}; }\n"
FORGETS = "#pragma once\nnamespace alone_test { struct second { first member; }; }\n"


def suspects(root, headers, folder, command):
    """Headers that may not compile alone, or None where the run did not see a mistake made for it."""
    files = {(root / h).resolve(): h for h in headers}
    canary = []
    for name, text in (("first.hpp", FIRST), ("forgets.hpp", FORGETS)):
        canary.append((pathlib.Path(folder) / name).resolve())
        canary[-1].write_text(text)
    # A header and the definitions that it includes at its end, which include it, are one submodule.
    parts = {}
    for file in [*canary, *files]:
        declared = file.with_name(file.name.replace(".impl.hpp", ".hpp"))
        parts.setdefault(declared if declared in files else file, []).append(f'header "{file}"')
    rows = [
        f"module m{i} {{ {' '.join(sorted(part, key=len))} export * }}"
        for i, part in enumerate(parts.values())
    ]
    map_file = pathlib.Path(folder) / "module.modulemap"
    map_file.write_text("module every_header {\n" + "\n".join(rows) + "\n}\n")
    run = subprocess.run(
        [
            *command,
            *("-fmodules", "-fcxx-modules", "-Xclang", "-fmodules-local-submodule-visibility"),
            *("-fmodule-name=every_header", "-Xclang", "-emit-module", "-ferror-limit=0"),
            *(f"-Wno-{warning}" for warning in SEEN_IN_MODULES_ALONE),
            *("-x", "c++", "-c", str(map_file), "-o", f"{folder}/every_header.pcm"),
        ],
        text=True,
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    # The file of each error, and those which include it.
    found, stack, explained = set(), [], run.returncode in (0, 1)
    for line in run.stdout.splitlines():
        including = re.match(r"In file included from (.+?):\d+:", line)
        error = re.match(r"(.+?):\d+:\d+: (?:fatal )?error:", line)
        if including:
            stack.append(including[1])
        elif error:
            places = {pathlib.Path(p).resolve() for p in [*stack, error[1]]}
            ours = places & {*files, *canary}
            explained = explained and bool(ours)
            found |= ours
        if not including:
            stack = []
    if not explained or canary[1] not in found:
        return None
    return [files[f] for f in files if f in found]


def main(which, include_dir, *command):
    root = pathlib.Path(include_dir)
    is_long = bool(os.environ.get("LAMINA_TEST_LONG"))
    headers = sorted(h.relative_to(root).as_posix() for h in root.rglob("*.h*"))
    headers = [h for h in headers if not h.endswith("_generated.h")]
    if which == "top" and not is_long:
        seed = os.environ.get("LAMINA_TEST_SEED") or random.SystemRandom().getrandbits(32)
        headers = random.Random(seed).sample([h for h in headers if h.count("/") == 1], DRAWN_HEADERS)
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout

    def check(header):
        run = subprocess.run(
            [*command, "-fsyntax-only", "-x", "c++", "-"],
            text=True,
            input=f"#include <{header}>\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return run.stdout if run.returncode else ""

    to_compile = headers
    if which == "all" and "clang" in version and not is_long:
        with tempfile.TemporaryDirectory() as folder:
            found = suspects(root, headers, folder, command)
        if found is None:
            print("the run over all headers at once says nothing; each is compiled")
        else:
            to_compile = found
    with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        faults = {h: text for h, text in zip(to_compile, pool.map(check, to_compile)) if text}
    for header, text in faults.items():
        print(f"{header} does not compile alone:\n{text[:3000]}")
    print(
        f"{len(headers)} headers, {len(to_compile)} compiled one by one, {len(faults)} do not compile alone"
    )
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
