# SPDX-License-Identifier: Apache-2.0
"""Compares docs/architecture.md with the tree: its files exist, and what its last table says about them is so.

usage: architecture.py ROOT
"""

import pathlib
import re
import sys

# to add -> how many files of include/ that may take, and how many of tests/
LIMITS = {
    "a layer made of existing ops": (1, 1),
    "an activation": (1, 1),
    "an op with a kernel": (5, 1),
    "a kernel family for an existing op": (2, 1),
}


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def files_naming(root, word):
    """The headers whose code, comments aside, has the word. Lists that a script makes do not count."""
    whole = re.compile(rf"\b{re.escape(word)}\b")
    for path in sorted((root / "include").rglob("*.hpp")):
        text = path.read_text()
        if "Made by tests/layout/lists.py" not in text and whole.search(without_comments(text)):
            yield path.relative_to(root).as_posix()


def rows_of(page):
    """Rows of the table below "To add something": (what, files, tests, example)."""
    table = page.split("## To add something")[1]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and "`" in cells[3]:
            yield (
                cells[0],
                re.findall(r"`([^`]+)`", cells[1]),
                re.findall(r"`([^`]+)`", cells[2]),
                cells[3].strip("`"),
            )


def faults_of(root, page):
    for path in re.findall(r"`((?:include|tests|docs)/[\w./]+\.\w+)`", page):
        if not (root / path).is_file():
            yield f"{path} is not in the tree"
    rows = list(rows_of(page))
    if sorted(row[0] for row in rows) != sorted(LIMITS):
        yield f"the rows are {[row[0] for row in rows]}, expected {list(LIMITS)}"
        return
    for what, patterns, tests, example in rows:
        files = [pattern.replace("*", example) for pattern in patterns]
        most, most_tests = LIMITS[what]
        if len(files) > most or len(tests) > most_tests:
            yield f"{what}: {len(files)} files and {len(tests)} tests, at most {most} and {most_tests}"
        named = set(files_naming(root, example))
        # A file may be touched without naming it, but not the other way round.
        for path in sorted(named - set(files)):
            yield f"{what}: {path} names '{example}' and is not in the row"
        for path in files:
            if not (root / path).is_file():
                yield f"{what}: {path} is not in the tree"
            elif path not in named and "*" in patterns[files.index(path)]:
                yield f"{what}: {path} does not name '{example}'"
        for path in tests:
            if not re.search(rf"\b{example}\b", (root / path).read_text()) and "kernel family" not in what:
                yield f"{what}: {path} does not name '{example}'"


def main(root):
    root = pathlib.Path(root)
    faults = list(faults_of(root, (root / "docs/architecture.md").read_text()))
    print("\n".join(faults) or "docs/architecture.md agrees with the tree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
