# SPDX-License-Identifier: Apache-2.0
"""Compiles every header by itself, as the only include of an otherwise empty file.

usage: alone.py all|top INCLUDE_DIR COMPILER [FLAGS...]

"top" leaves out the headers in folders, unless LAMINA_TEST_LONG is set.

Most of a header's time goes into what it includes. For clang, headers that many others include are
precompiled, and a header begins with one that it includes anyhow. That finds the same mistakes: names that
an earlier header brings are missed only if a header of ours needs what stands before it, and that header is
in the list too.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MOST_PRECOMPILED = 16
# What a header costs beside its own lines, in lines: the standard library's headers, and those of packages.
STANDARD, PACKAGE = 2000, 30000


def included(root, headers):
    """{header: (the headers of ours that it includes, its cost in lines without them)}"""
    found = {}
    for header in headers:
        text = (root / header).read_text()
        names = re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M)
        beside = {n: (pathlib.PurePosixPath(header).parent / n).as_posix() for n in names}
        ours = [n if n in headers else beside[n] for n in names if n in headers or beside[n] in headers]
        foreign = [n for n in names if n not in headers and beside[n] not in headers]
        cost = text.count("\n") + sum(PACKAGE if "/" in n else STANDARD for n in foreign)
        found[header] = (ours, cost)
    return found


def reached(graph, header):
    """All headers of ours that come with one, itself among them."""
    seen, todo = set(), [header]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += graph[name][0]
    return seen


def choose(graph, reach, most):
    """The headers to precompile: one after another, whichever then saves the most lines."""
    cost = {h: sum(graph[x][1] for x in reach[h]) for h in graph}
    # Not one that includes the header itself, as an .impl.hpp does: nothing of it would be left to check.
    users = {one: [h for h in graph if one in reach[h] and h not in reach[one]] for one in graph}
    saved, chosen = dict.fromkeys(graph, 0), []

    def gain(one):
        return sum(max(0, cost[one] - saved[h]) for h in users[one]) - cost[one]

    while len(chosen) < most:
        best = max(graph, key=lambda one: (gain(one), one))
        if gain(best) <= 0:
            break
        chosen.append(best)
        for h in users[best]:
            saved[h] = max(saved[h], cost[best])
    return {h: max((c for c in chosen if h in users[c]), key=cost.get, default=None) for h in graph}


def main(which, include_dir, *command):
    root = pathlib.Path(include_dir)
    is_all = which == "all" or os.environ.get("LAMINA_TEST_LONG")
    everything = sorted(h.relative_to(root).as_posix() for h in root.rglob("*.h*"))
    headers = [h for h in everything if (is_all or h.count("/") == 1) and not h.endswith("_generated.h")]
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout
    graph = included(root, set(everything))
    reach = {h: reached(graph, h) for h in everything}
    first = choose(graph, reach, MOST_PRECOMPILED) if is_all and "clang" in version else {}

    def output(header, *options):
        run = subprocess.run(
            [*command, *(options or ["-fsyntax-only", "-x", "c++"]), "-"],
            text=True,
            input=f"#include <{header}>\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return run.stdout if run.returncode else ""

    with (
        tempfile.TemporaryDirectory() as folder,
        concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool,
    ):
        made = {h: f"{folder}/{i}.pch" for i, h in enumerate(sorted(set(first.values()) - {None}))}
        # One that does not compile is not used: whatever includes it shows the mistake.
        broken = pool.map(lambda h: output(h, "-x", "c++-header", "-o", made[h]), made)
        made = {h: file for (h, file), text in zip(list(made.items()), broken) if not text}

        def check(header):
            before = made.get(first.get(header))
            options = ["-include-pch", before] if before else []
            return output(header, *options, "-fsyntax-only", "-x", "c++")

        faults = {h: text for h, text in zip(headers, pool.map(check, headers)) if text}
    for header, text in faults.items():
        print(f"{header} does not compile alone:\n{text[:3000]}")
    print(f"{len(headers)} headers, {len(faults)} do not compile alone")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
