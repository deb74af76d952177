# SPDX-License-Identifier: Apache-2.0
"""Checks that the tree's files have the house format; run.sh finds the tools and calls this.

usage: check.py cpp|python|lint [ROOT]
"""

import os
import pathlib
import subprocess
import sys
import sysconfig

HERE = pathlib.Path(__file__).resolve().parent
RUFF_CONFIG = HERE / "ruff.toml"
SUFFIXES = {"cpp": (".hpp", ".cpp", ".h"), "python": (".py",)}
GENERATED = ("_generated.h", ".weights.hpp")


def files(root, suffixes):
    """The files that git tracks or would add; without git, all outside of build folders."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        names = [pathlib.Path(name) for name in listed.stdout.split("\0") if name]
    else:
        names = [path.relative_to(root) for path in root.rglob("*")]
        names = [name for name in names if not any(p.startswith((".", "build")) for p in name.parts)]
    return sorted(
        name.as_posix()
        for name in names
        if name.name.endswith(suffixes) and not name.name.endswith(GENERATED) and (root / name).is_file()
    )


def tool(name):
    """The program beside this Python, which is where pip has put it."""
    return str(pathlib.Path(sysconfig.get_path("scripts")) / name)


def run_in_parts(root, command, names):
    """Runs the command on the files, one process a core; returns the largest exit code."""
    count = os.cpu_count() or 1
    parts = [part for part in (names[i::count] for i in range(count)) if part]
    started = [subprocess.Popen([*command, *part], cwd=root) for part in parts]
    return max(process.wait() for process in started)


def main(kind, root=HERE.parents[1]):
    root = pathlib.Path(root).resolve()
    names = files(root, SUFFIXES["cpp" if kind == "cpp" else "python"])
    if not names:
        print(f"{root} has no files for '{kind}'; name the root of the tree")
        return 1
    ruff = [tool("ruff"), "--config", str(RUFF_CONFIG)]
    commands = {
        "cpp": [tool("clang-format"), "--dry-run", "-Werror", "--style=file"],
        "python": [*ruff, "format", "--no-cache", "--diff"],
        "lint": [*ruff, "check", "--no-cache", "--no-fix"],
    }
    fixes = {
        "cpp": "clang-format -i FILES",
        "python": "ruff format --config tests/format/ruff.toml FILES",
        "lint": "ruff check --config tests/format/ruff.toml FILES",
    }
    failed = run_in_parts(root, commands[kind], names)
    print(f"{len(names)} files" + (f", not all of them pass; run: {fixes[kind]}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
