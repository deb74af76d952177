#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lamina against ONNX Runtime, OpenVINO, ncnn, MNN and PyTorch: same networks, weights and outputs.

usage: compare.py [--device cpu] [--json FILE] [--history] [--plot FILE.png]
                  [--network NAME]... [--batch N]... [--threads N]... [--peer NAME]... [--minutes N]
                  [--precision fp32|bf16|int8]...
       compare.py --device gpu [--precision NAME]... ; models/gpu_race.py has the rest

Rows {network, batch, threads, precision, device, lamina_ms, peer, peer_ms, ratio, ...}, ratio =
peer_ms / lamina_ms: above 1 Lamina is faster. bench/README.md explains the rest, and how the
measuring is done. Missing Python packages are installed into an environment of their own.
"""

import argparse
import concurrent.futures
import datetime
import itertools
import json
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE / "models"
sys.path.insert(0, str(MODELS))
import common  # noqa: E402
import race  # noqa: E402
from common import (  # noqa: E402
    build_workers,
    commit,
    cpu_name,
    geometric_mean,
    round_for_people,
    what_was_asked,
    write_data,
)
from environment import MODULE_PEERS, MODULES, enter_environment  # noqa: E402

NETWORKS = [*common.PICTURE_NETWORKS, "bert_base"]
PEERS = ["onnxruntime", "openvino", "ncnn", "mnn", "pytorch"]
PEERS_OF = {"fp32": PEERS, "bf16": ["openvino", "ncnn", "pytorch"], "int8": ["onnxruntime", "openvino"]}
TORCH_MODES = ["pytorch-eager", "pytorch-frozen", "pytorch-compile"]
SPARE_CORES = 0.15  # more cores than threads that a worker may be seen to use


def device_asked():
    """Each device has options of its own, so this one is read first."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    return first.parse_known_args()[0].device


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument(
        "--device",
        choices=["cpu", "gpu"],
        default="cpu",
        help="gpu has other options: compare.py --device gpu --help",
    )
    asked.add_argument(
        "--json", type=pathlib.Path, metavar="FILE", help="write the rows there, after each cell"
    )
    asked.add_argument("--resume", action="store_true", help="keep the rows of FILE and measure the others")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/models.jsonl")
    asked.add_argument("--plot", type=pathlib.Path, metavar="FILE", help="draw the ratios")
    asked.add_argument("--network", action="append", choices=NETWORKS, help="default: all")
    asked.add_argument("--batch", action="append", type=int, choices=[1, 8], help="default: 1 and 8")
    asked.add_argument("--threads", action="append", type=int, help="default: 2 and 1")
    asked.add_argument(
        "--peer", action="append", choices=PEERS, help="default: all that are set up for the precision"
    )
    asked.add_argument(
        "--precision", action="append", choices=list(PEERS_OF), help="of Lamina and its peers; default: fp32"
    )
    asked.add_argument(
        "--torch-mode",
        action="append",
        choices=TORCH_MODES,
        help="modes of PyTorch of which the fastest races; default: all three",
    )
    asked.add_argument("--rounds", type=int, default=7, help="windows of each (7)")
    asked.add_argument("--seconds", type=float, default=0.3, help="length of a window (0.3)")
    asked.add_argument(
        "--budget",
        type=float,
        default=18,
        help="seconds that the windows of a cell may take, three rounds at least (18)",
    )
    asked.add_argument("--minutes", type=float, default=1e9, help="begin no cell after so many minutes")
    asked.add_argument("--patience", type=float, default=1, help="seconds to wait for a quiet machine (1)")
    asked.add_argument(
        "--urgent",
        action="store_true",
        help="run windows with the highest priority, which root may"
        " ask for: for a machine that is never quiet",
    )
    asked.add_argument(
        "--pin", metavar="CORES", help="run every worker on these cores alone, as taskset has them"
    )
    common.add_places(asked)
    asked.add_argument("--profile", action="store_true", help="print Lamina's ten slowest steps, too")
    given = common.parse(asked, "cpu")
    given.network, given.batch = given.network or NETWORKS, given.batch or [1, 8]
    given.threads, given.precision = given.threads or [2, 1], given.precision or ["fp32"]
    given.torch_mode = given.torch_mode or TORCH_MODES
    given.work = given.data / "work"
    return given


class Cell:
    """One network, batch and number of threads: its workers, and the rows that come of them."""

    def __init__(self, given, network, batch, threads, precision="fp32"):
        self.given, self.network, self.batch, self.threads = (given, network, batch, threads)
        self.precision, self.peers = precision, given.peer or PEERS_OF[precision]
        self.work_name = f"{network}.b{batch}.t{threads}" + f".{precision}" * (precision != "fp32")
        self.key = {
            "network": network,
            "batch": batch,
            "threads": threads,
            "precision": precision,
            "device": given.device,
        }
        self.workers, self.failed, self.errors, self.modes = {}, {}, {}, {}

    def start(self, name, command, environment=None):
        """A worker whose first output is right, and as it is after its second run."""
        folder = self.given.work / self.work_name / name
        folder.mkdir(parents=True, exist_ok=True)
        worker = race.Worker(
            name, [*command, "--outputs", folder], folder / "log.txt", environment, pin=self.given.pin
        )
        try:
            outputs = worker.ask("output")["outputs"]
            self.errors[name] = common.checked_difference(
                outputs, self.given.data, self.network, self.batch, self.precision
            )
        except race.Failed:
            worker.close()
            raise
        return worker

    def start_lamina(self):
        data = self.given.data
        command = [
            self.given.build / "bench/models/bench_lamina_worker",
            self.network,
            "--batch",
            self.batch,
            "--weights",
            data / f"{self.network}.safetensors",
            "--input",
            data / f"{self.network}.input.b{self.batch}.npy",
            "--precision",
            self.precision,
        ]
        if not command[0].exists():
            raise race.Failed(
                f"there is no {command[0]}; install CLI11 and build bench_models, or leave --no-build out"
            )
        environment = {"POCL_MAX_PTHREAD_COUNT": str(self.threads), "LAMINA_DEVICE": self.given.device}
        # A thread for each core stays on its own: PoCL's are pinned to the first cores.
        pin = self.given.pin
        if pin == f"0-{self.threads - 1}" or (self.threads == os.cpu_count() and not pin):
            environment["POCL_AFFINITY"] = "1"
        worker = self.start("lamina", command, environment)
        if worker.facts["cache_misses"]:  # measured as it is from the second start on
            worker.close()
            worker = self.start("lamina", command, environment)
        return worker

    def start_peer(self, name):
        return self.start(
            name,
            [
                sys.executable,
                MODELS / "peer_worker.py",
                name,
                "--network",
                self.network,
                "--batch",
                self.batch,
                "--threads",
                self.threads,
                "--data",
                self.given.data,
                "--work",
                self.given.work,
                "--precision",
                self.precision,
            ],
        )

    def start_pytorch(self):
        """The fastest mode of PyTorch, by a few windows of each, or by those of an earlier run."""
        if len(self.given.torch_mode) == 1:
            return self.start_peer(self.given.torch_mode[0])
        known = self.given.work / f"{self.work_name}.torch_modes.json"
        if known.exists():
            self.modes = json.loads(known.read_text())
            best = min((ms, mode) for mode, ms in self.modes.items() if isinstance(ms, float))[1]
            if best in self.given.torch_mode:
                return self.start_peer(best)
        best, self.modes = None, {}
        for mode in self.given.torch_mode:
            try:
                worker = self.start_peer(mode)
            except race.Failed as fault:
                self.modes[mode] = str(fault)
                continue
            worker.ask("run", seconds=0.1, min=1)
            self.modes[mode] = min(race.window(worker, 0.3, 2, self.given.keepers)["best"] for _ in range(3))
            if best is None or self.modes[mode] < self.modes[best.name]:
                best, worker = worker, best
            if worker:
                worker.close()
        if best is None:
            raise race.Failed("; ".join(f"{mode}: {why}" for mode, why in self.modes.items()))
        if self.given.torch_mode == TORCH_MODES:
            known.write_text(json.dumps(self.modes) + "\n")
        return best

    def start_one(self, name):
        try:
            self.workers[name] = (
                self.start_lamina()
                if name == "lamina"
                else self.start_pytorch()
                if name == "pytorch"
                else self.start_peer(name)
            )
        except race.Failed as fault:
            said = common.without_folders(str(fault), self.given)
            self.failed[name] = said
            print(f"  {name}: {said}", flush=True)

    def start_all(self):
        """PyTorch, which compiles for long, beside the others one after another."""
        others = ["lamina", *(name for name in self.peers if name != "pytorch")]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            beside = [pool.submit(self.start_one, name) for name in self.peers if name == "pytorch"]
            for name in others:
                self.start_one(name)
            for one in beside:
                one.result()
        self.workers = {name: self.workers[name] for name in ["lamina", *self.peers] if name in self.workers}

    def measure(self):
        """Rows of this cell."""
        calibrator = race.Worker(
            "calibrate",
            [self.given.build / "bench/models/bench_calibrate", self.threads],
            self.given.work / "calibrate.txt",
            pin=self.given.pin,
        )
        try:
            self.start_all()
            least = {}
            for worker in self.workers.values():
                slow = min(worker.ask("run", seconds=self.given.seconds / 2, min=1)["ms"]) / 1e3
                least[worker.name] = 3 if slow < self.given.seconds / 2 else 1
            windows = race.race(
                [calibrator, *self.workers.values()],
                self.given.rounds,
                self.given.seconds,
                self.given.patience,
                least,
                self.given.budget,
                self.given.keepers,
            )
            memory = {name: worker.ask("memory")["peak_mb"] for name, worker in self.workers.items()}
            if self.given.profile and "lamina" in self.workers:
                self.profile(self.workers["lamina"].ask("profile"))
            return self.rows(windows, memory)
        finally:
            for worker in [calibrator, *self.workers.values()]:
                worker.close()

    def profile(self, steps):
        """Prints Lamina's ten slowest steps, and keeps all of them in the folder of the work."""
        (self.given.work / f"{self.work_name}.profile.json").write_text(json.dumps(steps, indent=1) + "\n")
        total = sum(step["ms"] for step in steps["steps"])
        for step in sorted(steps["steps"], key=lambda step: -step["ms"])[:10]:
            print(
                f"  {step['ms']:8.3f} ms {100 * step['ms'] / total:4.1f} %  {step['gflops']:6.1f} GFLOP/s"
                f" {step['gbytes']:5.1f} GB/s  {step['kernel']} {step['tactic']}  {step['layers']}"
            )

    def check_threads(self, said):
        """A worker that used more cores than it was given has not won by being faster."""
        for name, one in list(said.items()):
            if one["cores"] > self.threads + SPARE_CORES:
                self.failed[name] = (
                    f"it used {one['cores']:.2f} cores where {self.threads} thread"
                    f"{'s' * (self.threads > 1)} were asked for"
                )
                print(f"  {name}: {self.failed[name]}", flush=True)
                del said[name]

    def rows(self, windows, memory):
        peak = {
            what: max(one[what] for one in race.counted(windows["calibrate"]))
            for what in ["gflops", "dram_gbs", "l3_gbs"]
        }
        facts = self.workers["lamina"].facts if "lamina" in self.workers else {}
        work = facts.get("gflop")
        said = {
            name: self.one_side(race.summary(windows[worker.name]), worker, memory[name], work, peak)
            for name, worker in self.workers.items()
        }
        self.check_threads(said)
        shared = {**{f"lamina_{what}": value for what, value in said.get("lamina", {}).items()}}
        for what in ["arena_mb", "packed_mb", "steps", "kernels"]:
            shared[f"lamina_{what}"] = facts.get(what)
        shared["gflop"] = work
        if "lamina" in said:
            shared["lamina_bandwidth_share"] = facts["gbyte"] / (shared["lamina_ms"] / 1e3) / peak["dram_gbs"]
        shared.update({f"peak_{what}": value for what, value in peak.items()})
        rows = []
        for name in self.peers:
            row = {**self.key, "lamina_ms": None, "peer": name, "peer_ms": None, "ratio": None, **shared}
            row.update({f"peer_{what}": value for what, value in said.get(name, {}).items()})
            if self.modes and name == "pytorch":
                row["peer_modes"] = self.modes
            for side, who in [("lamina", "lamina"), ("peer", name)]:
                if who in self.failed:
                    row[f"{side}_failed"] = self.failed[who]
            if row["lamina_ms"] and row["peer_ms"]:
                row["ratio"] = row["peer_ms"] / row["lamina_ms"]
                row["ratio_best"] = row["peer_best_run"] / row["lamina_best_run"]
                row["ratio_paired"] = race.paired_ratio(windows["lamina"], windows[self.workers[name].name])
            rows.append({what: round_for_people(value) for what, value in row.items()})
        return rows

    def one_side(self, summary, worker, peak_mb, work, peak):
        speed = work / (summary["ms"] / 1e3) if work else None
        return {
            **summary,
            "gflops": speed,
            "share": speed and speed / peak["gflops"],
            "max_error": self.errors[worker.name],
            "peak_mb": peak_mb,
            "empty_mb": worker.facts["empty_mb"],
            **{what: worker.facts[what] for what in ["imported_mb", "mode"] if what in worker.facts},
        }


def print_cell(rows):
    ours = rows[0]
    if ours["lamina_ms"]:
        print(
            f"  {'lamina':<12} {ours['lamina_ms']:8.2f} ms  best {ours['lamina_best']:8.2f}"
            f"  {ours['lamina_gflops']:6.0f} GFLOP/s  {100 * ours['lamina_share']:3.0f} % of the peak"
            f"  {ours['lamina_peak_mb']:5.0f} MB  error {ours['lamina_max_error']:.0e}"
            f"  {ours['lamina_clean']} of {ours['lamina_windows']} windows clean"
        )
    for row in rows:
        if row["peer_ms"]:
            print(
                f"  {row['peer']:<12} {row['peer_ms']:8.2f} ms  best {row['peer_best']:8.2f}"
                f"  {row.get('peer_gflops') or 0:6.0f} GFLOP/s  {100 * (row.get('peer_share') or 0):3.0f} % of the peak"
                f"  {row['peer_peak_mb']:5.0f} MB  error {row['peer_max_error']:.0e}"
                + (f"  ratio {row['ratio']:.2f}, paired {row['ratio_paired']:.2f}" if row["ratio"] else "")
            )
    sys.stdout.flush()


def print_means(rows):
    """Geometric means over the networks: against each peer, and against the fastest of each cell."""
    cells = {}
    for row in rows:
        cells.setdefault((row["batch"], row["threads"]), {}).setdefault(row["network"], []).append(row)
    peers = sorted({row["peer"] for row in rows}, key=PEERS.index)
    print(
        f"\ngeometric mean of the ratios\n{'batch':>5} {'threads':>7} {'fastest peer':>13}"
        + "".join(f"{peer:>13}" for peer in peers)
    )
    for (batch, threads), networks in sorted(cells.items()):
        fastest = [
            min((row["ratio"] for row in rows if row["ratio"]), default=None) for rows in networks.values()
        ]
        each = [
            geometric_mean(row["ratio"] for rows in networks.values() for row in rows if row["peer"] == peer)
            for peer in peers
        ]
        print(
            f"{batch:>5} {threads:>7} {geometric_mean(fastest):>13.2f}"
            + "".join(f"{one:>13.2f}" for one in each)
        )
    for row in rows:
        for side in ["lamina", "peer"]:
            if f"{side}_failed" in row:
                print(
                    f"{row['network']} batch {row['batch']} threads {row['threads']}:"
                    f" {'lamina' if side == 'lamina' else row['peer']} failed: {row[side + '_failed']}"
                )


def append_history(rows, given, program="compare.py"):
    import peer_worker

    asked = what_was_asked(
        given,
        "network",
        "batch",
        "threads",
        "peer",
        "precision",
        "torch_mode",
        "rounds",
        "seconds",
        "budget",
        "pin",
        "urgent",
    )
    line = {
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "bench": f"bench/{program} {asked}",
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "versions": peer_worker.versions(),
        "rows": rows,
    }
    with (HERE / "history/models.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def main():
    if device_asked() == "gpu":
        import gpu_race

        return gpu_race.main()
    given = arguments()
    common.require_tools(given)
    asked = {peer for precision in given.precision for peer in given.peer or PEERS_OF[precision]}
    modules = [one for one in MODULES if MODULE_PEERS.get(one, "all") in {*asked, "all"}]
    enter_environment(given.venv, modules + ["nncf"] * ("openvino" in asked and "int8" in given.precision))
    given.data.mkdir(parents=True, exist_ok=True)
    given.work.mkdir(exist_ok=True)
    build_workers(given, "bench_models")
    write_data(given)

    rows = json.loads(given.json.read_text()) if given.resume and given.json and given.json.exists() else []
    given.keepers = race.Keepers() if given.urgent else None
    begin = time.monotonic()
    cells = itertools.product(given.precision, given.threads, given.batch, given.network)
    for precision, threads, batch, network in cells:
        if time.monotonic() - begin > given.minutes * 60:
            print(
                f"{network}, batch {batch}, threads {threads}: left out, {given.minutes:g} minutes are over"
            )
            continue
        cell = Cell(given, network, batch, threads, precision)
        if any(all(row[what] == cell.key[what] for what in cell.key) for row in rows):
            continue
        print(f"{network}, batch {batch}, {threads} thread{'s' * (threads > 1)}, {precision}", flush=True)
        try:
            rows += (new := cell.measure())
        except race.Failed as fault:  # a worker that started well and then ended
            print(f"  {fault}", flush=True)
            continue
        print_cell(new)
        if given.json:
            given.json.write_text(json.dumps(rows, indent=1) + "\n")
    if given.keepers:
        given.keepers.close()
    print_means(rows)
    if given.history:
        append_history(rows, given)
    if given.plot:
        import plot

        plot.draw(rows, given.plot)


if __name__ == "__main__":
    main()
