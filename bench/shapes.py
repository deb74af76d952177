#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a network costs whose shapes change: Lamina against ONNX Runtime, OpenVINO and PyTorch.

usage: shapes.py [--network NAME]... [--peer NAME]... [--shapes N] [--alone N] [--threads N] [--seed N]
                 [--device cpu|gpu] [--no-requests] [--json FILE] [--history] [--no-build] [--no-venv]

Each network runs at a random sequence of shapes, blocks of eight new ones of which each returns once; every
participant is a process of its own and all take turns at each shape, of four runs. Printed are, for each, the
milliseconds that the first run of a turn takes more than the later ones: at a new shape, at one that returns, and at
that of the turn before, which is what waking up costs in caches that others used; then the time of a run
against Lamina's, and the peak of memory against that of a process which runs the largest shape alone; for Lamina
also its speed against plans that are made for one shape. On a GPU Lamina runs alone, in fp16, its engine prepared
for min, opt and max; new shapes that compile a program all the same have a line of their own. Then requests of one item, from threads: through a
`batcher`, and with a context for each thread. bench/README.md has the rest.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE / "models"
sys.path.insert(0, str(MODELS))
import common  # noqa: E402
import race  # noqa: E402
from environment import enter_environment  # noqa: E402

NETWORKS = ["resnet50", "yolov3_tiny", "crnn", "bert_base"]
PEERS = {"onnxruntime": "onnxruntime", "openvino": "openvino", "pytorch-eager": "torch"}
NEEDED = ["torch", "torchvision", "safetensors", "numpy"]
BLOCK = 8  # new shapes before each of them returns: fewer than an engine keeps
LATER = 3  # runs behind the first one of a turn
REST = 0.06  # seconds before each turn
TOLERANCE = 1e-3  # as compare.py
# Requests through a batcher: one item of this shape from so many threads, (most, delay in microseconds, contexts);
# most 0 is a context for each thread.
REQUESTS = {
    "crnn": ((1, 1, 32, 100), 8, [(0, 0, 0), (4, 0, 1), (8, 0, 1), (8, 1000, 1), (8, 5000, 1), (4, 1000, 2)]),
    "resnet50": ((1, 3, 128, 128), 4, [(0, 0, 0), (4, 0, 1), (4, 2000, 1), (4, 10000, 1), (2, 1000, 2)]),
}


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--network", action="append", choices=NETWORKS, help="default: all four")
    asked.add_argument("--peer", action="append", choices=PEERS, help="default: all")
    asked.add_argument("--shapes", type=int, default=64, help="different shapes of a sequence (64)")
    asked.add_argument(
        "--alone", type=int, default=16, help="shapes with a race against a plan of its own (16)"
    )
    asked.add_argument("--threads", type=int, default=min(2, os.cpu_count()), help="of every participant (2)")
    asked.add_argument(
        "--seed", type=int, default=None, help="of the sequence; another one each time without it"
    )
    asked.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="that Lamina runs on (cpu)")
    asked.add_argument("--no-requests", action="store_true", help="leave the batcher out")
    asked.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the rows there")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/shapes.jsonl")
    asked.add_argument(
        "--no-venv", action="store_true", help="this Python has the packages; make no environment"
    )
    common.add_places(asked)
    given = common.parse(asked, "cpu")
    given.resume = False
    common.require_tools(given)
    if given.device == "gpu" and given.peer:
        asked.error("the peers run on CPUs; give --peer without --device gpu")
    given.network = given.network or NETWORKS
    given.peer = [] if given.device == "gpu" else given.peer or list(PEERS)
    given.seed = int.from_bytes(os.urandom(3), "little") if given.seed is None else given.seed
    given.work = given.data / "work"
    return given


class Sequence:
    """Shapes of one network, by the ranges of its dims as Lamina's worker says them."""

    def __init__(self, said, count, seed):
        self.ranges, self.usual = said["dims"], said["input"]
        names = ["batch", None, "height", "width"] if len(self.usual) == 4 else ["batch", "length"]
        self.axes = {name: axis for axis, name in enumerate(names) if name}
        draw = random.Random(seed)
        seen, self.values = set(), []
        while len(self.values) < min(count, self.possible()):
            one = {r["name"]: draw.randrange(r["min"], r["max"] + 1, r["step"]) for r in self.ranges}
            if tuple(one.values()) not in seen:
                seen.add(tuple(one.values()))
                self.values.append(one)
        self.visits = []  # (index of a shape, kind of turn)
        for first in range(0, len(self.values), BLOCK):
            block = list(range(first, min(first + BLOCK, len(self.values))))
            self.visits += [(i, "new") for i in block]
            draw.shuffle(block)
            self.visits += [(i, kind) for i in block for kind in ("known", "same")]

    def possible(self):
        return math.prod((r["max"] - r["min"]) // r["step"] + 1 for r in self.ranges)

    def dims(self, values):
        out = list(self.usual)
        for name, value in values.items():
            out[self.axes[name]] = value
        return out

    def largest(self):
        return self.dims({r["name"]: r["max"] for r in self.ranges})


class Race:
    """One network: its workers, and the rows that come of them."""

    def __init__(self, given, network):
        self.given, self.network, self.workers, self.failed = given, network, {}, {}
        self.built = {}  # programs that new shapes compiled, by the number of the shape

    def folder(self, name):
        folder = self.given.work / f"{self.network}.shapes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def lamina(self, *more):
        environment = {"POCL_MAX_PTHREAD_COUNT": str(self.given.threads), "LAMINA_DEVICE": self.given.device}
        if self.given.threads == os.cpu_count():
            environment["POCL_AFFINITY"] = "1"
        folder = self.folder("lamina")
        return race.Worker(
            "lamina",
            [self.given.build / "bench/models/bench_shapes_worker", self.network]
            + ["--weights", self.given.data / f"{self.network}.safetensors"]
            + ["--input", self.given.data / f"{self.network}.shapes.npy", "--outputs", folder, *more]
            + ["--prepare"] * (self.given.device == "gpu" and not more),
            folder / "log.txt",
            environment,
        )

    def peer(self, name, dims):
        folder = self.folder(name)
        return race.Worker(
            name,
            [sys.executable, MODELS / "peer_worker.py", name, "--network", self.network, "--batch", 1]
            + ["--threads", self.given.threads, "--data", self.given.data, "--work", self.given.work]
            + ["--outputs", folder, "--dims", *dims],
            folder / "log.txt",
        )

    def write_numbers(self):
        """Numbers for the largest input, of which smaller ones take the first."""
        import numpy

        count, source = math.prod(self.sequence.largest()), numpy.random.default_rng(7)
        if self.network == "bert_base":
            numbers = source.integers(0, 30522, count).astype(numpy.int32)
        else:
            numbers = source.standard_normal(count, numpy.float32)
        numpy.save(self.given.data / f"{self.network}.shapes.npy", numbers)

    def start(self):
        said = subprocess.run(
            [self.given.build / "bench/models/bench_shapes_worker", self.network, "--ranges"],
            capture_output=True,
            check=True,
        )
        self.sequence = Sequence(json.loads(said.stdout), self.given.shapes, self.given.seed)
        self.write_numbers()
        self.lamina().close()  # the caches of kernels are filled now
        self.workers["lamina"] = self.lamina()
        for name in self.given.peer:
            try:
                self.workers[name] = self.peer(name, self.sequence.usual)
            except race.Failed as fault:
                self.fail(name, fault)

    def fail(self, name, fault):
        self.failed[name] = common.without_folders(str(fault), self.given)
        print(f"  {name}: {self.failed[name]}", flush=True)
        if name in self.workers:
            self.workers.pop(name).close()

    def check(self):
        """Outputs at each shape against PyTorch's; a worker that is wrong leaves."""
        import numpy

        errors = dict.fromkeys(self.workers, 0.0)
        if "pytorch-eager" not in self.workers:
            return {}
        for values in self.sequence.values:
            dims = self.sequence.dims(values)
            found = {}
            for name, worker in self.workers.items():
                files = worker.ask("output", dims=dims)["outputs"]
                found[name] = [numpy.load(file).ravel() for file in files]
            right = numpy.concatenate(found["pytorch-eager"])
            for name, parts in found.items():
                got = numpy.concatenate(parts)
                if got.shape != right.shape:
                    errors[name] = math.inf
                    continue
                error = float(numpy.abs(got - right).max() / numpy.abs(right).max())
                errors[name] = max(errors[name], error)
        for name, error in errors.items():
            if not error <= TOLERANCE:
                self.fail(
                    name, f"its outputs are off by {error:.1e} of the largest, {TOLERANCE:.0e} is right"
                )
        return errors

    def turn(self, name, dims):
        """Milliseconds of one turn's runs. Threads of the participant before it may spin after their work (ONNX
        Runtime's for tens of milliseconds) and would take a core from the first run: they get time to lie down."""
        time.sleep(REST)
        return self.workers[name].ask("run", dims=dims, seconds=0, min=1 + LATER)["ms"]

    def visit(self):
        """Milliseconds of every run, by participant: lists of (shape, kind of its turn, [first, later...])."""
        seen = {name: [] for name in self.workers}
        for number, (shape, kind) in enumerate(self.sequence.visits):
            dims = self.sequence.dims(self.sequence.values[shape])
            names = list(self.workers)
            names = names[number % len(names) :] + names[: number % len(names)]
            for name in reversed(names) if number % 2 else names:
                seen[name].append((shape, kind, self.turn(name, dims)))
            if kind == "new":
                values = self.sequence.values[shape]
                self.built[shape] = self.workers["lamina"].ask("built", values=values)["built"]
        return seen

    def alone(self):
        """Lamina's engine at a shape against an engine of that shape alone: quotients of medians and of least times."""
        step = max(1, len(self.sequence.values) // max(1, self.given.alone))
        out = []
        for values in self.sequence.values[::step][: self.given.alone]:
            worker = self.workers["lamina"]
            answer = worker.ask("alone", values=values, rounds=9)
            pairs = [mine / other for mine, other in zip(answer["ms"], answer["alone_ms"], strict=True)]
            least = min(answer["ms"]) / min(answer["alone_ms"])
            out.append({"values": values, "paired": statistics.median(pairs), "least": least})
        return out

    def memory_of_max(self, name):
        dims = self.sequence.largest()
        if name == "lamina":
            self.lamina("--only-max").close()  # compiles its kernels, which takes memory too
        worker = self.lamina("--only-max") if name == "lamina" else self.peer(name, dims)
        try:
            worker.ask("run", dims=dims, seconds=0, min=2)
            return worker.ask("memory")["peak_mb"]
        finally:
            worker.close()

    def measure(self):
        self.start()
        try:
            seen = self.visit()
            peak = {name: worker.ask("memory")["peak_mb"] for name, worker in self.workers.items()}
            errors = self.check()
            alone = self.alone()
            requests = [] if self.given.no_requests else self.requests()
            rows = [self.row(name, seen, peak, errors) for name in self.workers]
            for row in rows:
                if row["participant"] == "lamina":
                    row["compiling_shapes"] = sum(count > 0 for count in self.built.values())
                    row["compiled_programs"] = sum(self.built.values())
                    row["alone"] = spread([one["paired"] for one in alone])
                    row["alone_least"] = spread([one["least"] for one in alone])
            rows += [
                {"network": self.network, "participant": name, "failed": why}
                for name, why in self.failed.items()
            ]
            return [rounded(row) for row in rows], [rounded(one) for one in requests]
        finally:
            for worker in self.workers.values():
                worker.close()

    def row(self, name, seen, peak, errors):
        later = [statistics.median(ms[1:]) for _, _, ms in seen[name]]
        ours = [statistics.median(ms[1:]) for _, _, ms in seen["lamina"]]
        extra = {"new": [], "known": [], "same": [], "compiled": []}
        for (shape, kind, ms), rest in zip(seen[name], later, strict=True):
            compiled = name == "lamina" and kind == "new" and self.given.device == "gpu" and self.built[shape]
            extra["compiled" if compiled else kind].append(ms[0] - rest)
        more = {"compiling_extra_ms": spread(extra["compiled"])} if extra["compiled"] else {}
        return more | {
            "network": self.network,
            "participant": name,
            "new_extra_ms": spread(extra["new"]),
            "known_extra_ms": spread(extra["known"]),
            "same_extra_ms": spread(extra["same"]),
            "run_ms": statistics.median(later),
            "ratio": common.geometric_mean(theirs / mine for theirs, mine in zip(later, ours, strict=True)),
            "peak_mb": peak[name],
            "peak_of_max_mb": self.memory_of_max(name),
            "max_error": errors.get(name),
        }

    def requests(self):
        if self.network not in REQUESTS:
            return []
        dims, threads, cases = REQUESTS[self.network]
        out = []
        for most, delay, contexts in cases:
            answer = self.workers["lamina"].ask(
                "requests",
                dims=dims,
                threads=threads,
                most=most,
                delay_us=delay,
                contexts=contexts,
                seconds=4,
            )
            ms = sorted(answer["ms"])
            out.append(
                {
                    "network": self.network,
                    "dims": dims,
                    "threads": threads,
                    "most": most,
                    "delay_us": delay,
                    "contexts": contexts,
                    "per_second": len(ms) / answer["seconds"],
                    "together": answer["items"] / answer["runs"] if answer.get("runs") else 1,
                    **{f"p{share}": ms[min(len(ms) - 1, len(ms) * share // 100)] for share in (50, 95, 99)},
                }
            )
        return out


def spread(values):
    """Median, ninth tenth and largest."""
    values = sorted(values) or [math.nan]
    return {
        "median": statistics.median(values),
        "p90": values[min(len(values) - 1, len(values) * 9 // 10)],
        "most": values[-1],
    }


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    return common.round_for_people(value)


def three(values):
    return f"{values['median']:.2f}, {values['p90']:.2f}, {values['most']:.2f}"


def table(rows):
    lines = [
        "| network | participant | new shape, extra ms | known shape, extra ms | same shape, extra ms | run ms"
        " | times Lamina's | peak MB, of max | against alone |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        if "failed" in row:
            lines.append(f"| {row['network']} | {row['participant']} | failed: {row['failed']} | | | | | | |")
            continue
        if "compiling_extra_ms" in row:
            lines.append(
                f"| {row['network']} | {row['compiling_shapes']} shapes that compiled"
                f" {row['compiled_programs']} programs | {three(row['compiling_extra_ms'])} | | | | | | |"
            )
        lines.append(
            f"| {row['network']} | {row['participant']} | {three(row['new_extra_ms'])} |"
            f" {three(row['known_extra_ms'])} | {three(row['same_extra_ms'])} | {row['run_ms']:.2f} |"
            f" {row['ratio']:.2f} |"
            f" {row['peak_mb']:.0f}, {row['peak_of_max_mb']:.0f} |"
            f" {three(row['alone_least']) if 'alone_least' in row else ''} |"
        )
    return "\n".join(lines)


def requests_table(requests):
    lines = [
        "| network | threads | most | delay, us | runs at once | requests a second | in a run | p50, p95, p99 ms |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in requests:
        most, delay, contexts = (
            (one["most"], one["delay_us"], one["contexts"]) if one["most"] else ("none", "", one["threads"])
        )
        lines.append(
            f"| {one['network']} | {one['threads']} | {most} | {delay} | {contexts} | {one['per_second']:.1f} |"
            f" {one['together']:.1f} | {one['p50']:.1f}, {one['p95']:.1f}, {one['p99']:.1f} |"
        )
    return "\n".join(lines)


def write_networks(given):
    subprocess.run(
        [sys.executable, MODELS / "torch_nets.py", "--out", given.data, "--network", *given.network]
        + ["--batch", "1", "--no-onnx", *["--shapes"] * bool(given.peer)],
        check=True,
        stdout=sys.stderr,
    )


def append_history(rows, requests, given):
    import importlib.metadata

    asked = common.what_was_asked(given, "network", "peer", "shapes", "alone", "threads", "seed")
    line = {
        "commit": common.commit(),
        "date": datetime.date.today().isoformat(),
        "bench": f"bench/shapes.py {asked}",
        "device": given.device,
        "cpu": common.cpu_name(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "versions": {name: importlib.metadata.version(PEERS[name]) for name in given.peer},
        "rows": rows,
        "requests": requests,
    }
    with (HERE / "history/shapes.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def main():
    given = arguments()
    needed = [*NEEDED, *["onnx"] * bool(given.peer), *(PEERS[name] for name in given.peer)]
    enter_environment(given.venv, needed, not given.no_venv)
    given.work.mkdir(parents=True, exist_ok=True)
    common.build_workers(given, "bench_shapes_worker")
    write_networks(given)
    rows, requests = [], []
    print(f"seed {given.seed}", flush=True)
    for network in given.network:
        print(network, flush=True)
        try:
            new, served = Race(given, network).measure()
        except race.Failed as fault:
            print(f"  {common.without_folders(str(fault), given)}", flush=True)
            continue
        rows, requests = rows + new, requests + served
        print(table(new), flush=True)
        if served:
            print(requests_table(served), flush=True)
        if given.json:
            given.json.write_text(json.dumps({"rows": rows, "requests": requests}, indent=1) + "\n")
    print("\n" + table(rows) + "\n\n" + requests_table(requests))
    if given.history:
        append_history(rows, requests, given)


if __name__ == "__main__":
    main()
