# SPDX-License-Identifier: Apache-2.0
"""Runs every kernel text through clang's OpenCL C front end; no device is needed.

usage: check_texts.py DUMP_PROGRAM FOLDER CLANG

`DUMP_PROGRAM FOLDER` writes one .cl file per kernel text and set of options. The first lines of a file
may hold `// FLAGS: -DTILE=8 --target=nvptx64`, given to clang. Warnings are errors. `// LINES OF PTX: 2000`: clang's
code for NVIDIA's devices has no more lines than that.
"""

import pathlib
import re
import shutil
import subprocess
import sys


def lines_of_ptx(clang, file):
    """Lines of clang's code for NVIDIA's devices; 0 if it has no code for them."""
    options = ["-x", "cl", "-cl-std=CL1.2", "-Xclang", "-finclude-default-header", "-w", "-O3"]
    run = subprocess.run(
        [clang, *options, "--target=nvptx64", "-S", "-o", "-", str(file)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return 0 if run.returncode else run.stdout.count("\n")


def main(dump, folder, clang=""):
    if not clang or not shutil.which(clang):
        print("skipped: no clang++ 16 or newer here")
        return 77
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([dump, str(folder)], check=True)
    files, faults = sorted(folder.glob("**/*.cl")), 0
    for file in files:
        flags = " ".join(re.findall(r"^// FLAGS: (.*)$", file.read_text(), re.MULTILINE)).split()
        run = subprocess.run(
            [
                clang,
                "-x",
                "cl",
                "-cl-std=CL1.2",
                "-Xclang",
                "-finclude-default-header",
                "-fsyntax-only",
                "-Wall",
                "-Wno-unused",
                "-Wno-pass-failed",
                "-Werror",
                *flags,
                str(file),
            ],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if run.returncode:
            faults += 1
            print(f"{file.name}:\n{run.stdout[:3000]}")
        most = re.match(r"// LINES OF PTX: (\d+)\n", file.read_text())
        if most and (count := lines_of_ptx(clang, file)) > int(most[1]):
            faults += 1
            print(f"{file.name}: {count} lines of PTX, at most {most[1]} are wanted")
    print(f"{len(files)} kernel texts, {faults} with faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
