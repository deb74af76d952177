# SPDX-License-Identifier: Apache-2.0
"""Makes the lists that C++ needs: headers of layers, kernel families, references of ops, and fields of plans.

usage: lists.py ROOT [--write]

A list of files is a header of includes. Where the files define rows (`inline constexpr TYPE NAME{...};` at the
start of a line), it also has them as one array, in the order of files and lines. The fields of plans are
those of plan.fbs, by number and size. Without --write nothing is written: the script says which lists are
not fresh.
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


SCHEMA, FIELDS = "plan/plan.fbs", "plan/tables.hpp"
FIELDS_HEAD = """// SPDX-License-Identifier: Apache-2.0
// The tables of plan.fbs: each field's number, and its bytes in a table, 4 for a reference. All that a
// network's file needs of them to write a plan; plan/records.hpp has the values. Made by tests/layout/lists.py;
// run it with --write when plan.fbs changes.
#pragma once

namespace lamina::schema {

// clang-format off
"""
WIDE = {"ubyte": 1, "int": 4, "uint": 4, "float": 4, "ulong": 8}


def made_fields(schema):
    """The header of SCHEMA's tables."""
    schema = re.sub(r"//.*", "", schema)
    wide = WIDE | {enum: WIDE[base] for enum, base in re.findall(r"enum (\w+) : (\w+)", schema)}
    out = []
    for name, body in re.findall(r"(?:table|struct) (\w+) \{(.*?)\}", schema, re.DOTALL):
        fields = re.findall(r"(\w+):(\[?\w+\]?)", body)
        table = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
        out.append(
            f"struct {table} {{\n"
            f"    enum field : int {{ {', '.join(n for n, _ in fields)} }};\n"
            f"    static constexpr int count = {len(fields)};\n"
            f"    static constexpr int wide[] = {{{', '.join(str(wide.get(t, 4)) for _, t in fields)}}};\n"
            "};\n"
        )
    return FIELDS_HEAD + "".join(out) + "// clang-format on\n\n}  // namespace lamina::schema\n"


def expand(base, pattern):
    """Files of a pattern like {a,b}/*.hpp, by path."""
    found = re.match(r"\{(.*)\}(.*)", pattern)
    patterns = [folder + found[2] for folder in found[1].split(",")] if found else [pattern]
    return sorted({path for each in patterns for path in base.glob(each)})


def made(base, name):
    if name == FIELDS:
        return made_fields((base / SCHEMA).read_text())
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
    for name in [*LISTS, FIELDS]:
        text, path = made(base, name), base / name
        if path.is_file() and path.read_text() == text:
            continue
        stale += 1
        if "--write" in options:
            path.write_text(text)
        print(f"include/lamina/{name}: " + ("written" if "--write" in options else "not fresh; use --write"))
    if not stale:
        print(f"{len(LISTS) + 1} lists are fresh")
    return 1 if stale and "--write" not in options else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
