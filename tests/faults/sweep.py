# SPDX-License-Identifier: Apache-2.0
"""Lets every OpenCL call, allocation, file call and thread of life.cpp fail, one in each run.

    sweep.py LIFE SHIM                 a sample of the calls, for about 25 seconds
    sweep.py LIFE SHIM --places        one call of each place in the program that makes calls: some 2,000
                                       runs, which are what covers the code; --seed picks other calls
    sweep.py LIFE SHIM --all           every call: some 14,000 runs, most of them of places tried before;
                                       --share 2/5 is the second fifth of them
    sweep.py LIFE SHIM --only cl:17    this one, with what the program prints

A run is good when it ends by itself in time, with the right numbers (exit code 0) or with a sentence
and the right numbers once the part that failed is tried again (3), and gave back all that it made.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

KINDS = ["cl", "alloc", "file", "short", "thread"]
MEANINGS = {
    2: "bad arguments",
    4: "a wrong number",
    5: "an error without a sentence",
    6: "the part that failed failed again",
}
TIMEOUT = 120
FIRST_TIMEOUT = 400  # in which PoCL compiles


class Sweep:
    def __init__(self, life, shim, work):
        self.life, self.shim, self.work = life, shim, work
        self.environment = dict(os.environ, LD_PRELOAD=shim)
        # All runs share PoCL's own cache: what its compiler does is not what is tried here.
        if "XDG_CACHE_HOME" not in os.environ:
            self.environment.setdefault("POCL_CACHE_DIR", str(work / "pocl"))
        self.environment["LAMINA_DEVICE"] = os.environ.get("LAMINA_DEVICE", "cpu")

    def run(self, fault=None, stacks=False, loud=False, timeout=TIMEOUT):
        """Exit code (None: it hung), what it printed, the shim's report and list of calls."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        environment = dict(self.environment, LAMINA_FAULT_REPORT=str(folder / "report"))
        if fault:
            environment["LAMINA_FAULT"] = fault
        if stacks:
            environment["LAMINA_FAULT_STACKS"] = str(folder / "stacks")
        try:
            done = subprocess.run(
                [self.life, str(folder)],
                env=environment,
                timeout=timeout,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            code, said = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as late:
            code, said = None, (late.stdout or b"").decode(errors="replace")
        report = read_lines(folder / "report")
        calls = [line.split() for line in read_lines(folder / "stacks")]
        shutil.rmtree(folder, ignore_errors=True)
        if loud:
            print(said, *report, sep="\n")
        return code, said, report, calls

    def judge(self, fault, usual):
        """Nothing, or a text: what is wrong with a run in which `fault` happened."""
        code, said, report, _ = self.run(fault)
        if code is None:
            return f"{fault}: still running after {TIMEOUT} s\n{said}"
        failed = next((line.split()[1] for line in report if line.startswith("failed ")), "?")
        head = f"{fault} ({failed})"
        if code < 0:
            return f"{head}: ended by signal {-code}\n{said}"
        if code not in (0, 3):
            return f"{head}: {MEANINGS.get(code, f'exit code {code}')}\n{said}"
        kept = alive_of(report)
        # What the failed call itself should have given back is nobody's leak.
        own = {"clEnqueueUnmapMemObject": "mapped buffers"}.get(failed)
        leaks = [
            f"{kept[what]} {what}, usually {usual[what]}"
            for what in kept
            if kept[what] > usual[what] + (what == own)
        ]
        if leaks:
            return f"{head}: left over: {'; '.join(leaks)}\n{said}"
        return None


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


def alive_of(report):
    parts = [line.split(maxsplit=2) for line in report if line.startswith("alive ")]
    return {what: int(number) for _, number, what in parts}


def chosen(calls, args):
    """The faults to try, of all calls that the program made."""
    if args.only:
        return args.only
    if args.all:
        first, step = args.share
        every = [f"{kind}:{number}" for kind, number, _ in calls if kind in args.kinds]
        return every[first - 1 :: step]
    places = {}
    for kind, number, stack in calls:
        if kind in args.kinds:
            places.setdefault((kind, stack), []).append(number)
    pick = random.Random(args.seed)
    faults = [f"{kind}:{pick.choice(numbers)}" for (kind, _), numbers in places.items()]
    pick.shuffle(faults)
    return faults


def share(text):
    """(2, 5) of 2/5: the second of five equal parts."""
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"'{text}' is no share: give it as 2/5, from 1/5 to 5/5")
    return int(part), int(parts)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("life")
    parser.add_argument("shim")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--share", type=share, metavar="K/N", help="of --all: its K-th of N parts")
    parser.add_argument("--places", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="KIND:NUMBER")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seconds", type=float, default=25, help="of the sample (25)")
    drawn = int(os.environ.get("LAMINA_TEST_SEED") or random.SystemRandom().getrandbits(32))
    parser.add_argument("--seed", type=int, default=drawn)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    if args.share and not args.all:
        parser.error("--share says which part of --all is tried: give --all too")
    args.share = args.share or (1, 1)

    with tempfile.TemporaryDirectory(prefix="lamina-faults-") as work:
        sweep = Sweep(args.life, args.shim, pathlib.Path(work))
        sweep.run(timeout=FIRST_TIMEOUT)  # fills PoCL's cache
        code, said, report, calls = sweep.run(stacks=True)
        if (code == 5 and "no OpenCL driver" in said) or (code == 6 and "LAM-R13" in said):
            print("skipped: no OpenCL device here")
            return 77
        if code != 0 or not calls:
            print(f"without a fault: exit code {code}, {len(calls)} calls\n{said}")
            return 1
        usual = alive_of(report)
        faults = chosen(calls, args)
        if args.only:
            for fault in faults:
                sweep.run(fault, loud=True)
        sampled = not (args.all or args.places or args.only)
        print(
            f"{len(calls)} calls, {len(faults)} to try"
            + (f", as many as {args.seconds:.0f} s allow" if sampled else "")
            + f"; seed {args.seed}",
            flush=True,
        )
        end = time.monotonic() + args.seconds if sampled else float("inf")
        tried, bad = 0, []
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:

            def one(fault):
                return time.monotonic() < end and (sweep.judge(fault, usual) or "good")

            for verdict in pool.map(one, faults):
                tried += bool(verdict)
                if verdict and not sampled and tried % 100 == 0:
                    print(f"{tried} tried", flush=True)
                if verdict and verdict != "good":
                    bad.append(verdict)
                    print(verdict, flush=True)
        print(f"{tried} runs, {len(bad)} of them bad")
        if tried == 0:
            print("none was tried: give it more --seconds")
        return 1 if bad or tried == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
