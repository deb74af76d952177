#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How Lamina and its peers scale with the number of threads, on one machine in one call.

usage: threads.py [--threads N]... [--network NAME]... [--batch N]... [--peer NAME]... [--minutes N]
                  [--json FILE [--resume]] [--history] [--no-build]

Races as compare.py does, for 1, 2, 4, 8 and 16 threads as far as the machine has cores, on the first
cores alone, and prints for each network and batch the milliseconds, the ratio to the fastest peer and
the parallel efficiency: the time on one thread, divided by the threads and by their time. Only peers
whose packages this Python has take part; nothing is installed. bench/README.md has the rest.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "models")]
import common  # noqa: E402
import compare  # noqa: E402
import race  # noqa: E402

PACKAGES = {"onnxruntime": "onnxruntime", "openvino": "openvino", "pytorch": "torch"}
NETWORKS = ["resnet18", "resnet50", "mobilenet_v2", "vgg16", "vit_b_16", "efficientnet_b0"]


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--threads", action="append", type=int, help="default: 1, 2, 4, 8 and 16")
    asked.add_argument("--network", action="append", choices=compare.NETWORKS, help="default: six")
    asked.add_argument("--batch", action="append", type=int, choices=[1, 8], help="default: 1 and 8")
    asked.add_argument("--peer", action="append", choices=PACKAGES, help="default: those that are installed")
    asked.add_argument("--minutes", type=float, default=1e9, help="begin no cell after so many minutes")
    asked.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the rows there")
    asked.add_argument("--resume", action="store_true", help="keep the rows of FILE, measure the others")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/models.jsonl")
    asked.add_argument("--rounds", type=int, default=5, help="windows of each (5)")
    asked.add_argument("--seconds", type=float, default=0.2, help="length of a window (0.2)")
    asked.add_argument("--budget", type=float, default=6, help="seconds for the windows of a cell (6)")
    common.add_places(asked)
    given = common.parse(asked, "cpu")
    common.require_tools(given)
    missing = [name for name in given.peer or [] if not importlib.util.find_spec(PACKAGES[name])]
    if missing:
        sys.exit(f"{sys.executable} lacks {', '.join(missing)}; install them or leave --peer out")
    given.peer = given.peer or [
        name for name, package in PACKAGES.items() if importlib.util.find_spec(package)
    ]
    cores = os.cpu_count()
    if wrong := [n for n in given.threads or [] if not 1 <= n <= cores]:
        sys.exit(f"--threads is {wrong[0]}, this machine has {cores} cores; give 1 to {cores}")
    given.threads = given.threads or [n for n in [1, 2, 4, 8, 16] if n <= cores]
    given.network, given.batch = given.network or NETWORKS, given.batch or [1, 8]
    given.work = given.data / "work"
    # What a cell of compare.py asks for.
    given.device, given.torch_mode, given.patience = "cpu", ["pytorch-eager"], 0.3
    given.urgent, given.keepers, given.profile, given.pin = False, None, False, None
    return given


def table(rows):
    """One line a network, batch and number of threads: Lamina, the fastest peer, ratio, efficiencies."""
    cells = {}
    for row in rows:
        cells.setdefault((row["network"], row["batch"]), {}).setdefault(row["threads"], []).append(row)
    lines = [
        "| network | batch | threads | Lamina ms | fastest peer | ms | ratio | Lamina's efficiency | the peer's |",
        "|---|--:|--:|--:|---|--:|--:|--:|--:|",
    ]

    def percent(first, threads, now):
        return f"{100 * first / threads / now:.0f} %" if first and now else ""

    for (network, batch), by_threads in sorted(cells.items()):
        for threads in sorted(by_threads):
            ours = by_threads[threads][0]["lamina_ms"]
            best = min(
                (row for row in by_threads[threads] if row["peer_ms"]),
                key=lambda row: row["peer_ms"],
                default=None,
            )
            alone = by_threads.get(1, [])
            name = best["peer"] if best else ""
            theirs = best["peer_ms"] if best else None
            first = alone[0]["lamina_ms"] if alone else None
            their_first = next((row["peer_ms"] for row in alone if row["peer"] == name), None)
            lines.append(
                f"| {network} | {batch} | {threads} | {f'{ours:.2f}' if ours else ''} | {name} |"
                f" {f'{theirs:.2f}' if theirs else ''} | {f'{theirs / ours:.2f}' if theirs and ours else ''} |"
                f" {percent(first, threads, ours)} | {percent(their_first, threads, theirs)} |"
            )
    return "\n".join(lines)


def main():
    given = arguments()
    given.data.mkdir(parents=True, exist_ok=True)
    given.work.mkdir(exist_ok=True)
    common.build_workers(given, "bench_models")
    common.write_data(given)
    rows = json.loads(given.json.read_text()) if given.resume and given.json and given.json.exists() else []
    begin, left_out = time.monotonic(), []
    # Every number of threads of a network, then the next one: each network that was reached has all.
    for network in given.network:
        for batch in given.batch:
            for threads in given.threads:
                # As compare.py pins workers, with each of PoCL's threads on a core of its own.
                given.pin = f"0-{threads - 1}" if threads < os.cpu_count() else None
                cell = compare.Cell(given, network, batch, threads)
                if any(all(row[what] == cell.key[what] for what in cell.key) for row in rows):
                    continue
                if time.monotonic() - begin > given.minutes * 60:
                    left_out.append(f"{network} batch {batch} threads {threads}")
                    continue
                print(f"{network}, batch {batch}, {threads} thread{'s' * (threads > 1)}", flush=True)
                try:
                    rows += (new := cell.measure())
                except race.Failed as fault:
                    print(f"  {fault}", flush=True)
                    continue
                compare.print_cell(new)
                if given.json:
                    given.json.write_text(json.dumps(rows, indent=1) + "\n")
    compare.print_means(rows)
    print("\n" + table(rows))
    for one in left_out:
        print(f"left out, {given.minutes:g} minutes are over: {one}")
    if given.history:
        given.pin = None  # as this program does
        compare.append_history(rows, given, "threads.py")


if __name__ == "__main__":
    main()
