# SPDX-License-Identifier: Apache-2.0
"""Keeps code in the documentation equal to files that the tests build and run.

usage: snippets.py ROOT [--write]

In a page, `<!-- snippet: PATH#REGION -->` stands directly above a fenced block. PATH is relative to ROOT.
The block must be the lines between `// [REGION]` and `// [/REGION]` of that file (or `# [REGION]`), without
their common indentation, or else the struct or function of that name that starts at the left margin;
without #REGION it is the whole file, less leading `# mask:` lines. --write puts
the file's lines into the pages. A C++ or CMake block without such a line is a fault: nobody tests it.
`<!-- tested by: PATH -->` above a block names a test that reads the page itself.
"""

import pathlib
import re
import sys
import textwrap

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
MARK = re.compile(r"<!-- (snippet|tested by): (\S+?)(?:#([\w./-]+))? -->\n$")
NEEDS_A_SOURCE = {"cpp", "c++", "cmake"}
SKIPPED = ("docs/reference/", "docs/format/plan.md", "docs/format/timings.md")  # made by reference.py


def region(root, path, name):
    """Lines of a file's region. Raises LookupError with a sentence."""
    file = root / path
    if not file.is_file():
        raise LookupError(f"there is no file {path}")
    text = file.read_text()
    if not name:
        lines = text.splitlines()
        while lines and lines[0].startswith("# mask:"):
            lines.pop(0)
        return "\n".join(lines) + "\n"
    mark = r"^[ \t]*(?://|#) \[%s\][ \t]*\n"
    found = re.search(mark % re.escape(name) + r"(.*?)" + mark % re.escape("/" + name), text, re.M | re.S)
    if not found:
        lines = declaration(text.splitlines(), name)
        if not lines:
            raise LookupError(f"{path} has no region between [{name}] and [/{name}] and declares no {name}")
        return "\n".join(lines) + "\n"
    inner = re.sub(r"^[ \t]*(?://|#) \[/?[\w./-]+\][ \t]*\n", "", found[1], flags=re.M)
    return textwrap.dedent(inner).strip("\n") + "\n"


def declaration(lines, name):
    """Lines of a struct or function at the left margin, with its comment; none if it is not there."""
    for at, line in enumerate(lines):
        head = re.split(r"[(=]", re.sub(r"^template <[^>]*>", "", line))[0]
        if re.match(r"\w", line) and re.search(rf"\b{re.escape(name)}\b", head):
            first = at
            while first and lines[first - 1].startswith(("///", "template")):
                first -= 1
            for last in range(at, len(lines)):
                if re.match(r"\}", lines[last]) or (last == at and line.endswith(";")):
                    return lines[first : last + 1]
    return []


def pages(root):
    for page in [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]:
        if page.is_file() and not page.relative_to(root).as_posix().startswith(SKIPPED):
            yield page


def check_page(root, name, text):
    """Returns (text with fresh snippets, faults)."""
    faults, out, end = [], [], 0
    for fence in FENCE.finditer(text):
        line = text.count("\n", 0, fence.start()) + 1
        mark = MARK.search(text[: fence.start()])
        if not mark:
            if fence[1] in NEEDS_A_SOURCE:
                faults.append(
                    f"{name}:{line}: this block comes from no tested file; "
                    "write `<!-- snippet: PATH#REGION -->` above it"
                )
            continue
        if mark[1] == "tested by":
            if not (root / mark[2]).is_file():
                faults.append(f"{name}:{line}: there is no file {mark[2]}")
            continue
        try:
            wanted = region(root, mark[2], mark[3])
        except LookupError as why:
            faults.append(f"{name}:{line}: {why}")
            continue
        if fence[2] != wanted:
            faults.append(
                f"{name}:{line}: differs from {mark[2]}{'#' + mark[3] if mark[3] else ''}; "
                "run `python3 docs/tools/snippets.py . --write`"
            )
        out += [text[end : fence.start()], f"```{fence[1]}\n{wanted}```"]
        end = fence.end()
    return "".join(out) + text[end:], faults


def main(root, *options):
    root = pathlib.Path(root).resolve()
    faults = []
    for page in pages(root):
        name = page.relative_to(root).as_posix()
        text, found = check_page(root, name, page.read_text())
        if "--write" in options and text != page.read_text():
            page.write_text(text)
            print(f"wrote {name}")
            found = check_page(root, name, text)[1]
        faults += found
    print("\n".join(faults) if faults else "all snippets are fresh")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
