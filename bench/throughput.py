#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures per second of a stream: Lamina's infer_queue against OpenVINO's THROUGHPUT hint and ONNX Runtime sessions.

usage: throughput.py [--network NAME]... [--batch N]... [--threads N]... [--devices N]... [--peer NAME]...
                     [--json FILE] [--history] [--no-build]

For each number of threads a context has, all cores are shared out among contexts. Windows of all participants
take turns, and each figure is the median of its windows. With --devices, Lamina alone runs on the first N devices
of LAMINA_DEVICE's type: one engine each from one set of packed weights. bench/README.md has the rest.
"""

import argparse
import datetime
import importlib.util
import json
import os
import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "models")]
import common  # noqa: E402
import race  # noqa: E402

PEERS = ["openvino", "onnxruntime"]
NETWORKS = ["resnet18", "resnet50", "mobilenet_v2", "vgg16", "vit_b_16"]


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--network", action="append", choices=common.PICTURE_NETWORKS, help="default: five")
    asked.add_argument("--batch", action="append", type=int, choices=[1, 8], help="of a request; default: 1")
    asked.add_argument("--threads", action="append", type=int, help="of a context; default: 1, 2 and 4")
    asked.add_argument("--devices", action="append", type=int, help="measure Lamina on so many devices")
    asked.add_argument("--peer", action="append", choices=PEERS, help="default: those that are installed")
    asked.add_argument("--rounds", type=int, default=3, help="windows of each (3)")
    asked.add_argument("--seconds", type=float, default=1, help="length of a window (1)")
    asked.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the rows there")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/throughput.jsonl")
    asked.add_argument("--target", choices=["cpu", "gpu"], help="device class; default: gpu with --devices")
    common.add_places(asked)
    given = asked.parse_args()
    given.peer = [
        name for name in given.peer or PEERS if not given.devices and importlib.util.find_spec(name)
    ]
    given.network, given.batch = given.network or NETWORKS, given.batch or [1]
    given.threads = [0] if given.devices else given.threads or [n for n in [1, 2, 4] if n <= os.cpu_count()]
    given.target = given.target or ("gpu" if given.devices else "cpu")
    given.work, given.device = given.data / "work", "devices" if given.devices else "cpu"
    given.resume = False
    return given


class Cell:
    """The workers of one network and batch, whose outputs are right."""

    def __init__(self, given, network, batch):
        self.given, self.network, self.batch = given, network, batch
        self.workers = []

    def start(self, name, command, environment=None):
        folder = self.given.work / f"{self.network}.b{self.batch}.stream" / name
        folder.mkdir(parents=True, exist_ok=True)
        worker = race.Worker(name, [*command, "--outputs", folder], folder / "log.txt", environment)
        self.workers.append(worker)
        common.checked_difference(
            worker.ask("output")["outputs"], self.given.data, self.network, self.batch, "fp32"
        )
        return worker

    def lamina(self):
        data = self.given.data
        parts = {"--weights": "safetensors", "--input": f"input.b{self.batch}.npy"}
        command = [self.given.build / "bench/models/bench_lamina_worker", self.network]
        command += ["--batch", self.batch, "--target", self.given.target]
        for option, part in parts.items():
            command += [option, data / f"{self.network}.{part}"]
        environment = {} if self.given.devices else {"LAMINA_DEVICE": "cpu", "POCL_AFFINITY": "1"}
        return self.start("lamina", command, environment)

    def peer(self, name, contexts, threads):
        command = [sys.executable, HERE / "models/stream_worker.py", name, "--network", self.network]
        command += ["--batch", self.batch, "--data", self.given.data]
        return self.start(f"{name}.{threads}", [*command, "--threads", threads, "--contexts", contexts])

    def measure(self):
        """One row a configuration."""
        try:
            streams = []  # its row, its worker, its command
            lamina = self.lamina()
            for devices in self.given.devices or [1]:
                for threads in self.given.threads:
                    contexts = os.cpu_count() // threads if threads else 0
                    row = {"who": "lamina", "devices": devices, "threads": threads}
                    command = {"devices": devices, "threads": threads, "contexts": contexts}
                    streams.append((row, lamina, "stream", command))
            rows = []
            for name in self.given.peer:
                # OpenVINO shares its threads out by itself.
                for threads in [1] if name == "openvino" else self.given.threads:
                    contexts = os.cpu_count() // threads
                    row = {"who": name, "threads": threads, "contexts": contexts}
                    try:
                        worker = self.peer(name, contexts, threads)
                    except race.Failed as fault:
                        said = common.without_folders(str(fault), self.given)
                        rows.append({"network": self.network, "batch": self.batch, **row, "failed": said})
                        continue
                    row["contexts"] = worker.facts["contexts"]
                    streams.append((row, worker, "run", {}))
            found = [[] for _ in streams]
            for turn in range(self.given.rounds + 1):
                for i in range(len(streams)):
                    which = (i + turn) % len(streams)
                    row, worker, command, more = streams[which]
                    answer = worker.ask(command, seconds=self.given.seconds, **more)
                    if turn:  # the first one warms up
                        found[which].append(answer["per_second"])
                        row.update({k: v for k, v in answer.items() if k != "per_second"})
            for (row, *_), windows in zip(streams, found):
                rows.append(
                    {
                        "network": self.network,
                        "batch": self.batch,
                        **row,
                        "per_second": common.round_for_people(statistics.median(windows)),
                        "best": common.round_for_people(max(windows)),
                    }
                )
            return rows
        finally:
            for worker in self.workers:
                worker.close()


def main():
    given = arguments()
    given.data.mkdir(parents=True, exist_ok=True)
    given.work.mkdir(exist_ok=True)
    common.build_workers(given, "bench_models")
    common.write_data(given, with_onnx=bool(given.peer))
    rows = []
    print("| network | batch | who | devices | contexts | threads of each | pictures per second |")
    print("|---|--:|---|--:|--:|--:|--:|", flush=True)
    for network in given.network:
        for batch in given.batch:
            try:
                rows += (new := Cell(given, network, batch).measure())
            except race.Failed as fault:
                print(f"{network}, batch {batch}: {fault}", file=sys.stderr, flush=True)
                continue
            for row in new:
                speed = row.get("failed") or f"{row['per_second']:.1f}"
                print(
                    f"| {network} | {batch} | {row['who']} | {row.get('devices', '')} | {row['contexts']} |"
                    f" {row['threads'] or ''} | {speed} |",
                    flush=True,
                )
            if given.json:
                given.json.write_text(json.dumps(rows, indent=1) + "\n")
    if given.history and rows:
        asked = common.what_was_asked(given, "network", "batch", "threads", "devices", "peer")
        line = {
            "commit": common.commit(),
            "date": datetime.date.today().isoformat(),
            "bench": f"bench/throughput.py {asked}",
            "cpu": common.cpu_name(),
            "cores": os.cpu_count(),
            "rows": rows,
        }
        with (HERE / "history/throughput.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
