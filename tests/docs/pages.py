# SPDX-License-Identifier: Apache-2.0
"""Checks what the pages promise: links lead somewhere, every error id has a row, every page is reachable,
and README names layers that exist.

usage: pages.py ROOT
"""

import pathlib
import re
import sys

LINK = re.compile(
    r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)|<img[^>]*src=\"([^\"]+)\"|!\[[^\]]*\]\(([^)\s]+)\)"
)


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def links_of(page):
    for found in LINK.finditer(without_code(page.read_text())):
        target = found[1] or found[2] or found[3]
        if not re.match(r"[a-z]+:", target):
            yield target


def error_ids(root):
    """Ids of both kinds: (id, where it is declared)."""
    header = (root / "include/lamina/core/error.hpp").read_text()
    body = re.search(r"enum class errc[^{]*\{(.*?)\};", header, re.S)[1]
    for name, number in re.findall(r"(\w+) = (\d+)", body):
        yield f"LAM-R{int(number):02}", name
    header = (root / "include/lamina/graph/problem.hpp").read_text()
    body = re.search(r"enum class problem_id[^{]*\{(.*?)\};", header, re.S)[1]
    number = 0
    for name, value in re.findall(r"^\s*(\w+)(?: = (\d+))?,", body, re.M):
        number = int(value) if value else number + 1
        yield f"LAM-{number:02}", name


def unknown_layers(root):
    """Layers that README's table names and that no reference page shows with an example."""
    table = (root / "README.md").read_text().split("## Layers and features")[1].split("\n\n- **")[0]
    named = set(re.findall(r"`(\w+)`", table))
    reference = root / "docs/reference"
    shown = {
        re.match(r"\w+", section)[0]
        for page in [*sorted((reference / "layers").glob("*.md")), reference / "graph/function.md"]
        for section in page.read_text().split("\n## ")[1:]
        if "**Example**" in section
    }
    return sorted(named - shown)


def check(root):
    faults = []
    pages = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]
    for page in pages:
        for target in links_of(page):
            if not (page.parent / target).exists():
                faults.append(f"{page.relative_to(root)}: links to {target}, which is not there")

    rows = {}
    for line in (root / "docs/errors.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and re.fullmatch(r"LAM-R?\d\d", cells[0]):
            if cells[0] in rows:
                faults.append(f"docs/errors.md: {cells[0]} has two rows")
            rows[cells[0]] = cells
    declared = dict(error_ids(root))
    for number, name in declared.items():
        if number not in rows:
            faults.append(f"docs/errors.md: {number} ({name}) has no row")
        elif not all(rows[number][1:]):
            faults.append(f"docs/errors.md: a cell of {number} is empty")
        elif "R" in number and rows[number][1] != f"`{name}`":
            faults.append(f"docs/errors.md: {number} is `{name}` in core/error.hpp, {rows[number][1]} here")
    for number in rows.keys() - declared.keys():
        faults.append(f"docs/errors.md: {number} is declared nowhere")

    for name in unknown_layers(root):
        faults.append(f"README.md: the table of layers names `{name}`, which no page of docs/reference shows")

    seen, todo = set(), [root / "README.md", root / "docs/index.md"]
    while todo:
        page = todo.pop().resolve()
        if page in seen or not page.is_file() or page.suffix != ".md":
            continue
        seen.add(page)
        todo += [page.parent / target for target in links_of(page)]
    for page in pages:
        if page.resolve() not in seen and page.name != "CHANGELOG.md":
            faults.append(f"{page.relative_to(root)}: no link from README.md or docs/index.md leads there")
    return faults


def main(root):
    faults = check(pathlib.Path(root).resolve())
    print("\n".join(faults) if faults else "links, rows and pages are complete")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
