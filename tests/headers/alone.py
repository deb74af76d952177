# SPDX-License-Identifier: Apache-2.0
"""Compiles every header by itself, as the only include of an otherwise empty file.

usage: alone.py all|top INCLUDE_DIR COMPILER [FLAGS...]

"top" leaves out the headers in folders, unless LAMINA_TEST_LONG is set.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys


def main(which, include_dir, *command):
    root = pathlib.Path(include_dir)
    found = (
        root.glob("*/*.hpp")
        if which == "top" and not os.environ.get("LAMINA_TEST_LONG")
        else root.rglob("*.h*")
    )
    headers = sorted(h.relative_to(root).as_posix() for h in found if not h.name.endswith("_generated.h"))

    def output(header):
        run = subprocess.run(
            [*command, "-fsyntax-only", "-x", "c++", "-"],
            text=True,
            input=f"#include <{header}>\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return run.stdout if run.returncode else ""

    with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        faults = {h: text for h, text in zip(headers, pool.map(output, headers)) if text}
    for header, text in faults.items():
        print(f"{header} does not compile alone:\n{text[:3000]}")
    print(f"{len(headers)} headers, {len(faults)} do not compile alone")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
