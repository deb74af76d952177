# SPDX-License-Identifier: Apache-2.0
"""Starts programs again and again and writes how long they took to their first result.

usage: start.py FOLDER_OF_PROGRAMS [--json FILE] [--times N]

Rows {program, start, ms, process_ms, cpu_ms, times}: medians of N starts.
  start       cold: both caches of kernels empty; warm: filled by a start before; plan: a .plan file
              that carries this device's compiled kernels, caches empty
  ms          from the start of main() to the first result, as the program itself says
  process_ms  from before the process is made until it has ended (it runs ten more times)
  cpu_ms      user and system time of the whole process, which other work on the machine disturbs less
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def cpu_seconds():
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start(command, caches):
    """Returns (ms to the first result, ms of the whole process, its CPU time)."""
    places = {"LAMINA_CACHE_DIR": str(caches / "lamina"), "POCL_CACHE_DIR": str(caches / "pocl")}
    for place in places.values():
        os.makedirs(place, exist_ok=True)
    used, before = cpu_seconds(), time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **places}, stdout=subprocess.PIPE, text=True)
    process_ms = (time.perf_counter() - before) * 1000
    said = re.search(r"first result after ([0-9.]+) ms", done.stdout)
    if done.returncode or not said:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode} and said {done.stdout!r}; "
                 "run it by hand to see why")
    return float(said[1]), process_ms, (cpu_seconds() - used) * 1000


def measure(program, kind, command, times, caches):
    if kind == "warm":
        start(command, caches)
    starts = []
    for _ in range(times):
        if kind != "warm":
            shutil.rmtree(caches, ignore_errors=True)
        starts.append(start(command, caches))
    ms, process_ms, cpu_ms = (statistics.median(column) for column in zip(*starts))
    row = {"program": program, "start": kind, "ms": ms, "process_ms": round(process_ms, 1),
           "cpu_ms": round(cpu_ms, 1), "times": times}
    print(f"{program:20} {kind:5} {ms:8.1f} ms to the first result, {process_ms:8.1f} ms in all, "
          f"{cpu_ms:8.1f} ms of CPU",
          file=sys.stderr)
    return row


def main():
    options = argparse.ArgumentParser(description="Measures how fast programs start.")
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--json", help="file to write the rows to; standard output without it")
    options.add_argument("--times", type=int, default=11)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        caches, plan = pathlib.Path(folder) / "caches", pathlib.Path(folder) / "resnet20.plan"
        subprocess.run([given.folder / "make_plan", plan, "--binaries"], check=True,
                       stdout=subprocess.DEVNULL)
        embedded, from_plan, run_plan = (
            [given.folder / "resnet20_embedded"], [given.folder / "plan_embedded"],
            [given.folder / "run_plan", plan])
        rows = [measure(name, kind, command, given.times, caches) for name, kind, command in [
            ("resnet20_embedded", "cold", embedded), ("resnet20_embedded", "warm", embedded),
            ("plan_embedded", "cold", from_plan), ("plan_embedded", "warm", from_plan),
            ("run_plan", "plan", run_plan), ("run_plan", "warm", run_plan)]]
    text = json.dumps(rows, indent=1)
    if given.json:
        pathlib.Path(given.json).write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
