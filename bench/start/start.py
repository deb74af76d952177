# SPDX-License-Identifier: Apache-2.0
"""Starts programs again and again and writes how long they took to their first result.

usage: start.py FOLDER_OF_EXAMPLES FOLDER_OF_BENCHMARKS [--json FILE] [--history] [--check]
                [--times N] [--cold-times N] [--cores N] [--weights FILE.safetensors]
                [--only NAME] [--device cpu|gpu] [--driver-ready]

Rows {program, start, ms, least_ms, process_ms, cpu_ms, times, cores}: medians of N starts.
  start       cold: both caches of kernels empty; warm: filled by a start before; plan: a .plan file
              that carries this device's compiled kernels, caches empty
              --driver-ready: but for what the driver keeps of its own there when a context is made for
              the first time, by whatever program (NVIDIA's takes 0.1 s more then)
  ms          from the start of main() to the first result, as the program itself says
  least_ms    the shortest of them
  process_ms  from before the process is made until it has ended (resnet20's run ten more times)
  cpu_ms      user and system time of the whole process, which other work on the machine disturbs less
ResNet-50's rows also have `promise_ms`, and they and the Conformer's `parts`, the medians of what the start
consists of: device, engine (checks and then kernels beside weights), context, run; and `used`, the processor time of all that.
The Conformer's, whose number of frames changes, have `lengths`: of a hundred other lengths the milliseconds that
the first run takes more than a later one (`new`, median, and `most`), how many of them built a program, and the
processor time of all (`later`).
"""

import argparse
import datetime
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Milliseconds to the first result of ResNet-50: on two cores; on a GPU, in fp16.
PROMISES = {"cpu": {"cold": 20000, "warm": 500, "plan": 200}, "gpu": {"cold": 3000, "warm": 300, "plan": 200}}
PARTS = ("device", "engine", "checks", "kernels", "weights", "context", "run", "used")


def cpu_seconds():
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment_of(caches):
    places = {
        "LAMINA_CACHE_DIR": str(caches / "lamina"),
        "POCL_CACHE_DIR": str(caches / "pocl"),
        "XDG_CACHE_HOME": str(caches),
        "CUDA_CACHE_PATH": str(caches / "nvidia"),
    }
    for place in places.values():
        os.makedirs(place, exist_ok=True)
    return {**os.environ, **places}


class Start:
    """One start of a program: what it said and what it used."""

    def __init__(self, command, caches, cores):
        used, before = cpu_seconds(), time.perf_counter()
        done = subprocess.run(
            command,
            env={**environment_of(caches), "POCL_MAX_PTHREAD_COUNT": str(len(cores))},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        self.process_ms = (time.perf_counter() - before) * 1000
        self.cpu_ms = (cpu_seconds() - used) * 1000
        said = re.search(r"first result after ([0-9.]+) ms", done.stdout)
        if done.returncode or not said:
            sys.exit(
                f"{' '.join(map(str, command))} ended with {done.returncode} and said "
                f"{done.stdout!r}; run it by hand to see why"
            )
        self.ms = float(said[1])
        told = re.findall(r"(\w+) ([0-9.]+)\b", done.stdout) if "beside weights" in done.stdout else []
        self.parts = {name: float(ms) for name, ms in told if name in PARTS}
        lengths = re.search(r"then 100 lengths: (.*)", done.stdout)
        said_then = re.findall(r"(\w+) ([0-9.]+)", lengths[1]) if lengths else []
        self.lengths = {name: float(number) for name, number in said_then}
        scores = re.search(r"sum of scores (\S+)", done.stdout)
        self.scores = scores and scores[1]


def measure(program, kind, command, times, caches, cores, make_context=None):
    """`make_context`: a command that comes before each start with empty caches."""
    if kind == "warm":
        Start(command, caches, cores)
    starts = []
    for _ in range(times):
        if kind != "warm":
            shutil.rmtree(caches, ignore_errors=True)
            if make_context:
                subprocess.run(make_context, env=environment_of(caches), check=True)
        starts.append(Start(command, caches, cores))
    if len({one.scores for one in starts}) > 1:
        sys.exit(f"{program}: the results differ between starts: {[one.scores for one in starts]}")

    def median(of):
        return round(statistics.median(map(of, starts)), 1)

    row = {
        "program": program,
        "start": kind,
        "ms": median(lambda one: one.ms),
        "least_ms": min(one.ms for one in starts),
        "process_ms": median(lambda one: one.process_ms),
        "cpu_ms": median(lambda one: one.cpu_ms),
        "times": times,
        "cores": len(cores),
    }
    if make_context:
        row["driver_ready"] = True
    if starts[0].parts:
        row["parts"] = {name: median(lambda one: one.parts[name]) for name in starts[0].parts}
        if program == "resnet50":
            row["promise_ms"] = PROMISES[os.environ["LAMINA_DEVICE"]][kind]
        row["least_used_ms"] = min(one.parts["used"] for one in starts)
    if starts[0].lengths:
        row["lengths"] = {name: median(lambda one: one.lengths[name]) for name in starts[0].lengths}
    print(
        f"{program:20} {kind:5} {row['ms']:8.1f} ms to the first result, at least "
        f"{row['least_ms']:8.1f}, {row['process_ms']:8.1f} ms in all, {row['cpu_ms']:8.1f} ms of CPU",
        file=sys.stderr,
    )
    return row


def resnet20(given, folder, caches, cores):
    programs, plan = given.examples, folder / "resnet20.plan"
    subprocess.run([programs / "make_plan", plan, "--binaries"], check=True, stdout=subprocess.DEVNULL)
    for name, command, kinds in [
        ("resnet20_embedded", [programs / "resnet20_embedded"], ["cold", "warm"]),
        ("plan_embedded", [programs / "plan_embedded"], ["cold", "warm"]),
        ("run_plan", [programs / "run_plan", plan], ["plan", "warm"]),
    ]:
        for kind in kinds:
            yield measure(name, kind, command, given.times, caches, cores)


def resnet50(given, folder, caches, cores):
    program, plan = given.benchmarks / "bench_start_resnet50", folder / "resnet50.plan"
    weights = given.weights or folder / "resnet50.safetensors"
    if not given.weights:
        subprocess.run([program, "--make-weights", weights], check=True)
    make_context = [program, "--context"] if given.driver_ready else None
    yield measure("resnet50", "cold", [program, weights], given.cold_times, caches, cores, make_context)
    yield measure("resnet50", "warm", [program, weights], given.times, caches, cores)
    Start([program, weights, "--save", plan], caches, cores)
    yield measure("resnet50", "plan", [program, plan], given.times, caches, cores, make_context)


def conformer(given, folder, caches, cores):
    program = given.benchmarks / "bench_start_conformer"
    yield measure("conformer", "cold", [program], given.cold_times, caches, cores)
    yield measure("conformer", "warm", [program], given.times, caches, cores)


def asked(command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def cpu_name():
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found[1] if found else "unknown"


def main():
    options = argparse.ArgumentParser(description="Measures how fast programs start.")
    options.add_argument("examples", type=pathlib.Path)
    options.add_argument("benchmarks", type=pathlib.Path)
    options.add_argument("--json", help="file to write the rows to; standard output without it")
    options.add_argument("--history", action="store_true", help="append them to bench/history/start.jsonl")
    options.add_argument("--check", action="store_true", help="fail if a promise is broken")
    options.add_argument("--times", type=int, default=11)
    options.add_argument("--cold-times", type=int, default=3, help="cold starts of all but ResNet-20 (3)")
    options.add_argument("--cores", type=int, default=2, help="that programs may use (2)")
    options.add_argument(
        "--weights", type=pathlib.Path, help="of torchvision's ResNet-50; numbers from a formula without it"
    )
    options.add_argument("--only", choices=["resnet20", "resnet50", "conformer"])
    options.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="that programs run on (cpu)")
    options.add_argument(
        "--driver-ready",
        action="store_true",
        help="ResNet-50's empty caches have what the driver keeps of its own",
    )
    given = options.parse_args()
    os.environ["LAMINA_DEVICE"] = given.device
    cores = sorted(os.sched_getaffinity(0))[: given.cores]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for family in (resnet20, resnet50, conformer):
            if given.only in (None, family.__name__):
                rows += family(given, folder, folder / "caches", cores)
    text = json.dumps(rows, indent=1)
    if given.json:
        pathlib.Path(given.json).write_text(text + "\n")
    else:
        print(text)
    if given.history:
        line = {
            "commit": asked(["git", "rev-parse", "--short", "HEAD"]),
            "date": datetime.date.today().isoformat(),
            "bench": "bench/start/run.sh",
            "cpu": cpu_name(),
            "device": given.device,
            "rows": rows,
        }
        with (ROOT / "bench" / "history" / "start.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
    # The shortest start: other work on the machine is not the program's fault.
    broken = [row for row in rows if row["least_ms"] > row.get("promise_ms", row["least_ms"])]
    for row in broken:
        print(
            f"{row['program']} {row['start']}: {row['least_ms']} ms at least, the promise is {row['promise_ms']} ms",
            file=sys.stderr,
        )
    return 1 if given.check and broken else 0


if __name__ == "__main__":
    sys.exit(main())
