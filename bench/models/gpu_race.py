# SPDX-License-Identifier: Apache-2.0
"""Lamina against PyTorch and JAX on one GPU: compare.py --device gpu.

usage: compare.py --device gpu [--network NAME]... [--precision NAME]... [--batch N]... [--peer NAME]...
                  [--json FILE [--resume]] [--minutes N] [--history] [--no-venv] [--no-build]

Rows {network, batch, precision, device, lamina_ms, peer, peer_ms, ratio, ...}: device time of a run,
ratio = peer_ms / lamina_ms. bench/README.md says what is measured, and how. LAMINA_DEVICE=cpu runs
Lamina's gpu plans on an OpenCL CPU: a check of the bench, no measurement.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

import common
import race
from environment import GPU_MODULES, enter_environment

NETWORKS = [*common.PICTURE_NETWORKS, "bert_base"]
PRECISIONS = ["fp32", "tf32", "fp16", "bf16", "int8"]
PEER_PRECISION = {"int8": "fp16"}  # the peers have no int8 on GPUs, and run in what they have
PEERS = ["pytorch-eager", "pytorch-graph", "pytorch-compile", "jax"]
HISTORY = common.ROOT / "bench/history/gpu.jsonl"


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="compare.py")
    asked.add_argument("--device", choices=["cpu", "gpu"], help="cpu has other options")
    asked.add_argument(
        "--json", type=pathlib.Path, metavar="FILE", help="write the rows there, after each cell"
    )
    asked.add_argument("--resume", action="store_true", help="keep the rows of FILE and measure the others")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/gpu.jsonl")
    asked.add_argument("--network", action="append", choices=NETWORKS, help="default: all")
    asked.add_argument(
        "--precision", action="append", choices=PRECISIONS, help="default: fp32, tf32 and fp16"
    )
    asked.add_argument("--batch", action="append", type=int, choices=[1, 8, 32], help="default: all three")
    asked.add_argument("--peer", action="append", choices=PEERS, help="default: all")
    asked.add_argument("--rounds", type=int, default=5, help="windows of each (5)")
    asked.add_argument("--seconds", type=float, default=0.1, help="length of a window of each kind (0.1)")
    asked.add_argument(
        "--minutes", type=float, default=1e9, help="end after so many minutes; --resume goes on from there"
    )
    asked.add_argument(
        "--patience", type=float, default=480, help="seconds that a peer may take to compile a network (480)"
    )
    asked.add_argument(
        "--no-venv", action="store_true", help="take this Python's packages, make no environment"
    )
    common.add_places(asked)
    given = common.parse(asked, "gpu")
    for option in ["rounds", "seconds", "minutes", "patience"]:
        if not getattr(given, option) > 0:
            asked.error(f"--{option} is {getattr(given, option):g}; it must be above 0")
    given.network, given.batch = given.network or NETWORKS, given.batch or [1, 8, 32]
    given.precision, given.peer = given.precision or ["fp32", "tf32", "fp16"], given.peer or PEERS
    given.work = given.data / "work"
    return given


class OutOfTime(Exception):
    """The command's minutes are over; what was begun is measured by the next one."""


class Peers:
    """Processes that live as long as the command: starting a framework takes longer than most networks."""

    def __init__(self, given):
        self.given, self.workers, self.absent = given, {}, {}

    def get(self, name):
        """The process, or the sentence that says why there is none on this machine."""
        if name in self.absent:
            raise race.Failed(self.absent[name])
        if name not in self.workers:
            script = common.MODELS / "gpu_peer_worker.py"
            command = [sys.executable, script, name, "--data", self.given.data, "--work", self.given.work]
            try:
                self.workers[name] = race.Worker(name, command, self.given.work / f"{name}.log")
            except race.Failed as fault:
                self.absent[name] = common.without_folders(str(fault), self.given)
                raise race.Failed(self.absent[name]) from fault
        return self.workers[name]

    def drop(self, name):
        """Ends a process that is no longer to be trusted; the next network starts another."""
        if name in self.workers:
            self.workers.pop(name).close(at_once=True)

    def close(self):
        for worker in self.workers.values():
            worker.close()


def process_mb(pid):
    """Memory of the GPU that a process holds, all of it, or None where the driver does not tell."""
    try:
        said = subprocess.run(
            ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    for line in said.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if fields[0] == str(pid) and fields[1].isdigit():
            return int(fields[1]) * 1.048576
    return None


def window(worker, seconds):
    """One window of each kind: device time of queued runs, then whole runs one after another."""
    queued = worker.ask("queue", seconds=seconds, min=3)
    single = worker.ask("run", seconds=seconds, min=3)["ms"]
    out = {"ms": statistics.median(queued["ms"]), "held": queued["held"], "runs": queued["runs"]}
    if queued.get("event_ms"):
        out["event_ms"] = statistics.median(queued["event_ms"])
    if "enqueue_ms" in queued:
        out["enqueue_ms"] = queued["enqueue_ms"]
    return {**out, "wall_ms": statistics.median(single), "wall_best": min(single)}


def summary(windows):
    """Median of the windows' medians, and the quartiles of the device times."""
    device = sorted(one["ms"] for one in windows)
    low, high = statistics.quantiles(device, n=4, method="inclusive")[::2] if len(device) > 1 else device * 2
    out = {
        "ms": statistics.median(device),
        "low": low,
        "high": high,
        "wall_ms": statistics.median(one["wall_ms"] for one in windows),
        "wall_best": min(one["wall_best"] for one in windows),
        "held": all(one["held"] for one in windows),
        "runs": windows[-1]["runs"],
        "windows": len(windows),
    }
    if all("enqueue_ms" in one for one in windows):
        out["enqueue_ms"] = min(one["enqueue_ms"] for one in windows)
    if all("event_ms" in one for one in windows):
        out["event_ms"] = statistics.median(one["event_ms"] for one in windows)
    return out


class Cell:
    """One network, batch and precision, and the peers that have no row of it yet."""

    def __init__(self, given, peers, network, batch, precision):
        self.given, self.peers = given, peers
        self.network, self.batch, self.precision = network, batch, precision
        self.key = {"network": network, "batch": batch, "precision": precision, "device": "gpu"}
        self.workers, self.facts, self.failed, self.errors = {}, {}, {}, {}

    def missing(self, rows):
        done = {row["peer"] for row in rows if all(row[what] == self.key[what] for what in self.key)}
        return [name for name in self.given.peer if name not in done]

    def folder(self, name):
        folder = self.given.work / f"{self.network}.b{self.batch}.{self.precision}" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def check(self, name, worker):
        """Wrong outputs are not timed."""
        files = worker.ask("output", folder=str(self.folder(name)))["outputs"]
        self.errors[name] = common.checked_difference(
            files, self.given.data, self.network, self.batch, self.precision
        )

    def start_lamina(self):
        program = self.given.build / "bench/models/bench_lamina_worker"
        if not program.exists():
            raise race.Failed(
                f"there is no {program}; install CLI11 and build bench_lamina_worker, or leave --no-build out"
            )
        data = self.given.data
        command = [program, self.network, "--batch", self.batch, "--target", "gpu"]
        command += ["--precision", self.precision, "--weights", data / f"{self.network}.safetensors"]
        command += ["--input", data / f"{self.network}.input.b{self.batch}.npy"]
        folder = self.folder("lamina")
        environment = {"LAMINA_DEVICE": os.environ.get("LAMINA_DEVICE") or "gpu"}
        worker = race.Worker(
            "lamina", [*command, "--outputs", folder], folder / "log.txt", environment, self.given.patience
        )
        self.workers["lamina"], self.facts["lamina"] = worker, worker.facts
        self.check("lamina", worker)

    def start_peer(self, name, deadline):
        worker = self.peers.get(name)
        left = deadline - time.monotonic()
        try:
            self.facts[name] = worker.ask(
                "load",
                patience=max(1, min(self.given.patience, left)),
                network=self.network,
                batch=self.batch,
                precision=PEER_PRECISION.get(self.precision, self.precision),
            )
            self.workers[name] = worker
            self.check(name, worker)
        except race.Failed:
            self.workers.pop(name, None)
            self.peers.drop(name)
            if time.monotonic() >= deadline:
                raise OutOfTime from None
            raise

    def start_all(self, wanted, deadline):
        for name in ["lamina", *wanted]:
            try:
                if name == "lamina":
                    self.start_lamina()
                else:
                    self.start_peer(name, deadline)
                self.facts[name]["process_mb"] = process_mb(self.workers[name].process.pid)
            except race.Failed as fault:
                self.failed[name] = common.without_folders(str(fault), self.given)
                if name == "lamina" and name in self.workers:
                    self.workers.pop(name).close()
                print(f"  {name}: {self.failed[name]}", flush=True)

    def measure(self, wanted, deadline):
        """Rows of the cell against the peers that are wanted."""
        windows = {}
        try:
            self.start_all(wanted, deadline)
            for worker in self.workers.values():
                window(worker, self.given.seconds / 4)  # clocks go up, buffers and graphs are made
            windows = {name: [] for name in self.workers}
            workers = list(self.workers.items())
            for turn in range(self.given.rounds if workers else 0):
                start = turn % len(workers)
                order = workers[start:] + workers[:start]
                for name, worker in order if turn % 2 == 0 else order[::-1]:
                    windows[name].append(window(worker, self.given.seconds))
            return self.rows(wanted, windows)
        except race.Failed:  # a process that ended well until now: none of them is sure to be sound
            for name in wanted:
                self.peers.drop(name)
            raise
        finally:
            if "lamina" in self.workers:
                self.workers["lamina"].close()

    def one_side(self, name, windows):
        facts, said = self.facts[name], summary(windows)
        said |= {"max_error": self.errors[name], "process_mb": facts["process_mb"]}
        for what in ["load_ms", "mode", "gpu_mb", "arena_mb", "packed_mb", "steps", "kernels"]:
            if what in facts:
                said[what] = facts[what]
        if name == "lamina":
            said["gpu_mb"] = facts["arena_mb"] + facts["packed_mb"] + facts["bound_mb"]
            said["device"] = facts["device"]
        else:
            said["versions"] = self.peers.workers[name].facts["versions"]
        return said

    def rows(self, wanted, windows):
        said = {name: self.one_side(name, one) for name, one in windows.items()}
        ours = {f"lamina_{what}": value for what, value in said.get("lamina", {}).items()}
        rows = []
        for name in wanted:
            row = {**self.key, "lamina_ms": None, "peer": name, "peer_ms": None, "ratio": None, **ours}
            row |= {f"peer_{what}": value for what, value in said.get(name, {}).items()}
            if self.precision in PEER_PRECISION:
                row["peer_precision"] = PEER_PRECISION[self.precision]
            for side, who in [("lamina", "lamina"), ("peer", name)]:
                if who in self.failed:
                    row[f"{side}_failed"] = self.failed[who]
            if row["lamina_ms"] and row["peer_ms"]:
                row["ratio"] = row["peer_ms"] / row["lamina_ms"]
                row["ratio_wall"] = row["peer_wall_ms"] / row["lamina_wall_ms"]
                pairs = zip(windows["lamina"], windows[name])
                row["ratio_paired"] = statistics.median(b["ms"] / a["ms"] for a, b in pairs)
            rows.append({what: common.round_for_people(value) for what, value in row.items()})
        return rows


def print_cell(rows):
    sides = [("lamina", "lamina", rows[0]), *((row["peer"], "peer", row) for row in rows)]
    for name, side, row in sides:
        if row[f"{side}_ms"]:
            memory = row[f"{side}_process_mb"]
            print(
                f"  {name:<16} {row[f'{side}_ms']:9.3f} ms device  {row[f'{side}_wall_ms']:9.3f} ms wall"
                f"  {row[f'{side}_gpu_mb']:6.0f} MB"
                + (f" of {memory:.0f}" if memory else "")
                + f"  error {row[f'{side}_max_error']:.0e}"
                + ("" if row[f"{side}_held"] else "  not held: the host's time is in it")
                + (
                    f"  ratio {row['ratio']:.2f}, wall {row['ratio_wall']:.2f}"
                    if side == "peer" and row["ratio"]
                    else ""
                )
            )
    sys.stdout.flush()


def print_means(rows):
    """Geometric means of the ratios of device time over the networks."""
    cells = sorted({(row["precision"], row["batch"]) for row in rows})
    print(
        f"\ngeometric mean of the ratios\n{'precision':>9} {'batch':>5}"
        + "".join(f"{name:>17}" for name in PEERS)
    )
    for precision, batch in cells:
        of_cell = [row for row in rows if (row["precision"], row["batch"]) == (precision, batch)]
        means = [
            common.geometric_mean(row["ratio"] for row in of_cell if row["peer"] == name) for name in PEERS
        ]
        shown = ["-" if math.isnan(mean) else f"{mean:.2f}" for mean in means]
        print(f"{precision:>9} {batch:>5}" + "".join(f"{mean:>17}" for mean in shown))


def gpu_facts(rows):
    """Name and driver of the GPU, and the versions of what ran on it."""
    try:
        said = (
            subprocess.run(
                ["nvidia-smi", "--query-gpu=name,driver_version,clocks.max.sm", "--format=csv,noheader"],
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            )
            .stdout.strip()
            .splitlines()
        )
        name, driver, clock = (field.strip() for field in said[0].split(","))
        facts = {"device": name, "driver": driver, "clock": clock}
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        facts = {
            "device": next((row["lamina_device"] for row in rows if row.get("lamina_device")), "unknown")
        }
    versions = {row["peer"]: row["peer_versions"] for row in rows if "peer_versions" in row}
    return {**facts, "versions": versions}


def append_history(rows, given):
    asked = common.what_was_asked(given, "network", "precision", "batch", "peer", "rounds", "seconds")
    line = {
        "commit": common.commit(),
        "date": datetime.date.today().isoformat(),
        "bench": f"bench/compare.py --device gpu {asked}",
        **gpu_facts(rows),
        "rows": rows,
    }
    with HISTORY.open("a") as file:
        file.write(json.dumps(line) + "\n")


def measure_all(given, peers, rows, deadline):
    """Adds the rows that are missing, until the minutes are over. Each network's data are written when
    its first cell comes: all of them would take minutes."""
    left_out = 0
    for network in given.network:
        has_data = False
        for batch in given.batch:
            for precision in given.precision:
                cell = Cell(given, peers, network, batch, precision)
                wanted = cell.missing(rows)
                if not wanted:
                    continue
                if time.monotonic() >= deadline:
                    left_out += 1
                    continue
                if not has_data:
                    common.write_data(
                        argparse.Namespace(**{**vars(given), "network": [network]}), with_onnx=False
                    )
                    has_data = True
                print(f"{network}, batch {batch}, {precision}", flush=True)
                try:
                    new = cell.measure(wanted, deadline)
                except OutOfTime:
                    left_out += 1
                    continue
                except race.Failed as fault:
                    print(f"  {fault}", flush=True)
                    continue
                rows += new
                print_cell(new)
                if given.json:
                    given.json.write_text(json.dumps(rows, indent=1) + "\n")
    if left_out:
        print(f"{given.minutes:g} minutes are over, {left_out} cells are left out; go on with --resume")


def main():
    begin = time.monotonic()
    given = arguments()
    deadline = begin + given.minutes * 60
    common.require_tools(given)
    enter_environment(given.venv, GPU_MODULES, make=not given.no_venv)
    given.data.mkdir(parents=True, exist_ok=True)
    given.work.mkdir(exist_ok=True)
    common.build_workers(given, "bench_lamina_worker")
    rows = json.loads(given.json.read_text()) if given.resume and given.json.exists() else []
    peers = Peers(given)
    try:
        measure_all(given, peers, rows, deadline)
        print_means(rows)
        if given.history:
            append_history(rows, given)
    finally:
        peers.close()
