#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the compiler takes for plan<Net> of each network of examples/zoo, in a file that only names the plan.

usage: zoo.py [NAME...] [--compiler g++] [--write [--on MACHINE]] [--check]
--write keeps the numbers in examples/zoo/compile_times.json, from where readme.py has them; --on names a machine
that is not the table's. --check fails where g++ takes more than is promised. Seconds are user and system time, one
run each.
"""

import argparse
import fnmatch
import json
import pathlib
import re
import sys
import tempfile

import measure

ZOO = measure.ROOT / "examples" / "zoo"
TIMES = ZOO / "compile_times.json"
MOST_SECONDS, MOST_MB = 8, 800

PROGRAM = """#include <lamina/plan.hpp>
#include "{file}"
namespace zoo {{
inline constexpr const auto& made = lamina::plan<{type}>;
}}
int main() {{ return zoo::made.steps == 0; }}
"""


def networks():
    """Names of networks.cpp with their types and files."""
    text = (ZOO / "networks.cpp").read_text()
    files = re.findall(r'^#include "(\w+\.hpp)"$', text, re.M)
    owners = {}
    for file in files:
        for name in re.findall(
            r"^(?:struct|using) (\w+)|^template <[^;{]*?> ?(?:struct|using) (\w+)|^struct (\w+)",
            (ZOO / file).read_text(),
            re.M,
        ):
            owners.setdefault("".join(name), file)
    for name, kinds in re.findall(r'\{"([^"]+)",\s*define(?:_either)?<(.+?)>\},?$', text, re.M):
        kind, several, _ = kinds.partition(">, ")
        kind += ">" if several else ""
        yield name, kind, owners[kind.partition("<")[0]]


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("names", nargs="*", help="or patterns of names; all without any")
    asked.add_argument("--compiler", default="g++")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--on", default="", metavar="MACHINE", help="of the numbers, if not the table's")
    asked.add_argument("--check", action="store_true")
    given = asked.parse_args()
    flags = measure.limits(measure.is_clang(given.compiler))
    too_much = []
    for name, kind, file in networks():
        if given.names and not any(fnmatch.fnmatch(name, pattern) for pattern in given.names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "plan.cpp"
            source.write_text(PROGRAM.format(file=file, type=kind))
            options = [*flags, f"-I{ZOO}", "-c", "-o", f"{folder}/plan.o"]
            status, seconds, mb = measure.run_measured(measure.command(given.compiler, source, options))
        if status:
            raise SystemExit(f"{given.compiler} refuses {name} ({kind} of {file}) or ran out of memory")
        over = seconds > MOST_SECONDS or mb > MOST_MB
        print(f"{name:24} {seconds:5.2f} s {mb:5.0f} MB{'  too much' if over else ''}", flush=True)
        if over:
            too_much.append(name)
        if given.write:
            known = json.loads(TIMES.read_text()) if TIMES.is_file() else {}
            known[name] = {"seconds": round(seconds, 2), "mb": round(mb)}
            if given.on:
                known[name]["on"] = given.on
            TIMES.write_text(json.dumps(known, indent=1) + "\n")
    if given.check and too_much:
        raise SystemExit(f"above {MOST_SECONDS} s or {MOST_MB} MB: {' '.join(too_much)}")


if __name__ == "__main__":
    sys.exit(main())
