# SPDX-License-Identifier: Apache-2.0
"""Runs ONNX's node tests through Lamina and compares with the table of what is not supported.

usage: check.py FOLDER PROGRAM [--device [TARGET...]] [--all] [--seconds S]

Without --device the reference executor computes every case: one that fails and has no row in
unsupported.txt is an error, and so is a row whose case passes. With it, plans for the targets run on the
default device: a sample of the cases, drawn by LAMINA_TEST_SEED or without it anew each time, until the
seconds are over; with --all all of them. FOLDER is where the cases are written, PROGRAM is run_cases.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys

import cases

TARGETS = ["cpu", "cpu_avx2", "cpu_neon", "gpu", "cpu:fp16", "gpu:fp16"]
TABLE = pathlib.Path(__file__).with_name("unsupported.txt")
SAMPLE = 40  # every so manieth case


def read_table():
    """{case: reason} of unsupported.txt: 'case: reason' a line, # begins a comment."""
    table = {}
    for line in TABLE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, reason = line.partition(":")
        if not reason.strip() or name in table:
            sys.exit(f"{TABLE.name}: '{name}' has no reason or two rows")
        table[name] = reason.strip()
    return table


def run(program, folder, targets, *options):
    """{(case, target): None if it passes, "late" or what differs}."""
    found = {}
    made = subprocess.run(
        [program, folder, *targets, *map(str, options)], text=True, stdout=subprocess.PIPE, check=True
    )
    for line in made.stdout.splitlines():
        verdict, target, rest = line.split(" ", 2)
        name, _, why = rest.partition(": ")
        found[name, target] = {"ok": None, "no": why}.get(verdict, verdict)
    return found


def check_reference(program, folder, names, refused, table):
    found = run(program, folder, ["reference"])
    failing = dict(refused) | {name: why for (name, _), why in found.items() if why}
    faults = [f"{name} fails: {why}" for name, why in failing.items() if name not in table]
    faults += [
        f"{name} passes and has a row in {TABLE.name}; remove it"
        for name in table
        if name in names and name not in failing
    ]
    faults += [f"{name} of {TABLE.name} is no case of this version" for name in table if name not in names]
    print(f"{len(names) - len(failing)} of {len(names)} float cases pass, {len(failing)} do not")
    return faults


def check_device(program, folder, table, targets, is_whole, seconds):
    seed = int(os.environ.get("LAMINA_TEST_SEED") or random.SystemRandom().getrandbits(32)) % SAMPLE
    options = [] if is_whole else ["--first", seed, "--every", SAMPLE, "--seconds", seconds]
    found = run(program, folder, targets or TARGETS, *options)
    late = sum(why == "late" for why in found.values())
    faults = [
        f"{name} on {target}: {why}"
        for (name, target), why in found.items()
        if why and why != "late" and name not in table
    ]
    print(
        f"{len(found) - late} runs{'' if is_whole else f' of cases {seed}, {seed} + {SAMPLE}, ...'}, "
        f"{late} not made within {seconds} s"
    )
    return faults if found else ["no case was run"]


def main():
    read = argparse.ArgumentParser(usage=__doc__)
    read.add_argument("folder")
    read.add_argument("program")
    read.add_argument("--device", nargs="*")
    read.add_argument("--all", action="store_true")
    read.add_argument("--seconds", type=float, default=60)
    said = read.parse_args()
    names, refused = cases.write_cases(said.folder)
    table = read_table()
    if said.device is None:
        faults = check_reference(said.program, said.folder, names, refused, table)
    else:
        faults = check_device(said.program, said.folder, table, said.device, said.all, said.seconds)
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
