# SPDX-License-Identifier: Apache-2.0
"""Makes the lists of files that C++ needs: headers of layers, kernel families, references of ops.

usage: lists.py ROOT [--write]

Each list is a header of includes. Where the files define rows (`inline constexpr TYPE NAME{...};` at the
start of a line), it also has them as one array, in the order of files and lines. Without --write nothing
is written: the script says which lists are not fresh.
"""

import pathlib
import re
import sys

# list -> files, the type of their rows, the array of them, its namespace, and what the list is
LISTS = {
    "layers/all.hpp": ("layers/*.hpp", None, None, None, "Every layer."),
    "kernels/families.hpp": (
        "{kernels,planner}/*.hpp",
        "family_row",
        "all_families",
        "lamina::planner",
        "The kernel families with the ops that they serve.",
    ),
    "kernels/texts.hpp": (
        "kernels/*.cl.hpp",
        "kernel_text",
        "catalog",
        "lamina::kernels",
        "The texts of all kernel families.",
    ),
    "reference/all.hpp": (
        "reference/*.hpp",
        "reference_row",
        "all_rows",
        "lamina::reference_op",
        "The reference of every op.",
    ),
}
HEAD = """// SPDX-License-Identifier: Apache-2.0
// {} Made by tests/layout/lists.py;
// run it with --write when a file or a row comes or goes.
#pragma once
"""


def expand(base, pattern):
    """Files of a pattern like {a,b}/*.hpp, by path."""
    found = re.match(r"\{(.*)\}(.*)", pattern)
    patterns = [folder + found[2] for folder in found[1].split(",")] if found else [pattern]
    return sorted({path for each in patterns for path in base.glob(each)})


def made(base, name):
    pattern, kind, array, namespace, what = LISTS[name]
    includes, rows = [], []
    for path in expand(base, pattern):
        own = path.relative_to(base).as_posix()
        found = re.findall(rf"^inline constexpr {kind} (\w+)\{{", path.read_text(), re.M)
        if own in LISTS or (kind and not found):
            continue
        includes.append(f"#include <lamina/{own}>")
        rows += found
    text = HEAD.format(what) + "\n".join(sorted(includes)) + "\n"
    if kind:
        text += f"\nnamespace {namespace} {{\n\n// clang-format off\n"
        text += f"inline constexpr {kind} {array}[] = {{\n" + "".join(f"    {row},\n" for row in rows)
        text += f"}};\n// clang-format on\n\n}}  // namespace {namespace}\n"
    return text


def main(root, *options):
    base = pathlib.Path(root) / "include/lamina"
    stale = 0
    for name in LISTS:
        text, path = made(base, name), base / name
        if path.is_file() and path.read_text() == text:
            continue
        stale += 1
        if "--write" in options:
            path.write_text(text)
        print(f"include/lamina/{name}: " + ("written" if "--write" in options else "not fresh; use --write"))
    if not stale:
        print(f"{len(LISTS)} lists are fresh")
    return 1 if stale and "--write" not in options else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
