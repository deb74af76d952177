#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every convolution of ResNet-50, MobileNetV2 and VGG-16 alone: Lamina's kernel against oneDNN's.

usage: compare_onednn.py [--json FILE] [--history] [--threads N]... [--only TEXT] [--network NAME]...

Rows {network, layer, batch, threads, lamina_us, lamina_gflops, lamina_share, onednn_us, ..., ratio}; ratio =
onednn_us / lamina_us, above 1 Lamina is faster; shares are of the FMA peak measured in the same run. Both
sides convolve, add a bias and clamp, on inputs in their own layout with packed weights; both work on the
same arrays again and again, so that what fits a cache is there. Rows are printed, the slowest first by
what Lamina loses.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "models"))
sys.path.insert(0, str(HERE.parent))
import common  # noqa: E402
import compare  # noqa: E402
import race  # noqa: E402
from environment import enter_environment  # noqa: E402


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the rows there")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/kernels.jsonl")
    asked.add_argument("--threads", action="append", type=int, help="default: 1 and 2")
    asked.add_argument("--batch", type=int, default=1)
    asked.add_argument("--network", action="append", help="resnet50, mobilenet_v2, vgg16; default: all")
    asked.add_argument("--only", default="", metavar="TEXT", help="layers whose label has this")
    asked.add_argument("--rounds", type=int, default=3, help="windows of each (3)")
    asked.add_argument("--seconds", type=float, default=0.1, help="length of a window (0.1)")
    asked.add_argument("--pin", metavar="CORES", help="run both on these cores alone, as taskset has them")
    asked.add_argument(
        "--build",
        type=pathlib.Path,
        default=os.environ.get("LAMINA_BUILD_DIR") or ROOT / "build/bench",
        help="also LAMINA_BUILD_DIR",
    )
    asked.add_argument("--no-build", action="store_true")
    asked.add_argument("--venv", type=pathlib.Path, default=ROOT / "build/bench-venv")
    given = asked.parse_args()
    given.threads = given.threads or [1, 2]
    return given


def measure(workers, layer, given):
    """Least and median milliseconds of each side, and what the sides said of themselves."""
    said = {name: [] for name in workers}
    for turn in range(given.rounds):
        for name in sorted(workers, reverse=turn % 2):
            said[name].append(workers[name].ask("run", layer=layer, batch=given.batch, seconds=given.seconds))
    return {
        name: {
            **all_of[-1],
            "ms": statistics.median(one["ms"] for one in all_of),
            "best_ms": min(one["best_ms"] for one in all_of),
        }
        for name, all_of in said.items()
    }


def rows_of(given, layers, threads):
    program = given.build / "bench/bench_kernels_conv_shapes"
    log = given.build / "compare_onednn.%s.txt"

    def start(name, command, environment=None):
        return race.Worker(name, command, str(log) % name, environment, pin=given.pin)

    calibrator = start("calibrate", [given.build / "bench/models/bench_calibrate", threads])
    workers = {
        "lamina": start(
            "lamina",
            [program, "--serve"],
            {
                "POCL_MAX_PTHREAD_COUNT": str(threads),
                "LAMINA_DEVICE": "cpu",
                **({"POCL_AFFINITY": "1"} if threads == os.cpu_count() and not given.pin else {}),
            },
        ),
        "onednn": start("onednn", [sys.executable, HERE / "onednn_worker.py", threads]),
    }
    peak, rows = 0, []
    try:
        for layer in layers:
            peak = max(peak, calibrator.ask("run")["gflops"])
            try:
                one = measure(workers, layer, given)
            except race.Failed as fault:
                print(f"{layer['label']}: {fault}", flush=True)
                continue
            gflop = one["lamina"]["gflop"]
            row = {
                "network": layer["network"],
                "layer": layer["label"],
                "batch": given.batch,
                "threads": threads,
                "kernel": one["lamina"]["kernel"],
                "tactic": one["lamina"]["tactic"],
                "way": one["onednn"]["how"],
            }
            for name, side in one.items():
                row.update(
                    {
                        f"{name}_us": side["ms"] * 1e3,
                        f"{name}_best_us": side["best_ms"] * 1e3,
                        f"{name}_gflops": gflop / side["best_ms"] * 1e3,
                    }
                )
            row["ratio"] = row["onednn_best_us"] / row["lamina_best_us"]
            rows.append(row)
    finally:
        for worker in [calibrator, *workers.values()]:
            worker.close()
    for row in rows:
        row["peak_gflops"] = peak
        row.update({f"{name}_share": row[f"{name}_gflops"] / peak for name in workers})
    return [{key: compare.round_for_people(value) for key, value in row.items()} for row in rows]


def print_rows(rows, threads):
    print(
        f"{threads} thread{'s' * (threads > 1)}, FMA peak {rows[0]['peak_gflops']:.0f} GFLOP/s; least times"
    )
    print(
        f"{'network':<13}{'layer':<28}{'kernel':<18}{'tactic':<20}{'us':>9}{'GFLOP/s':>9}{'peak':>6}"
        f"{'oneDNN us':>11}{'GFLOP/s':>9}{'ratio':>7}"
    )
    for row in sorted(rows, key=lambda row: row["onednn_best_us"] - row["lamina_best_us"]):
        print(
            f"{row['network']:<13}{row['layer']:<28}{row['kernel']:<18}{row['tactic']:<20}"
            f"{row['lamina_best_us']:>9.1f}{row['lamina_gflops']:>9.0f}{100 * row['lamina_share']:>5.0f}%"
            f"{row['onednn_best_us']:>11.1f}{row['onednn_gflops']:>9.0f}{row['ratio']:>7.2f}"
        )
    for network in dict.fromkeys(row["network"] for row in rows):
        mean = compare.geometric_mean(row["ratio"] for row in rows if row["network"] == network)
        print(f"{network}: geometric mean of the ratios {mean:.2f}")


def main():
    given = arguments()
    enter_environment(given.venv)
    common.build_workers(given, "bench_kernels_conv_shapes", "bench_calibrate")
    listed = subprocess.run(
        [given.build / "bench/bench_kernels_conv_shapes", "--list"],
        capture_output=True,
        text=True,
        check=True,
    )
    layers = [
        layer
        for layer in json.loads(listed.stdout)
        if layer["is_convolution"]
        and given.only in layer["label"]
        and (not given.network or layer["network"] in given.network)
    ]
    if not layers:
        sys.exit(f"no layer's label has '{given.only}'; bench_kernels_conv_shapes --list shows them")
    rows = []
    for threads in given.threads:
        rows += (new := rows_of(given, layers, threads))
        if new:
            print_rows(new, threads)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")
    if given.history:
        asked = compare.what_was_asked(
            given, "batch", "threads", "network", "only", "rounds", "seconds", "pin"
        )
        line = {
            "commit": compare.commit(),
            "date": datetime.date.today().isoformat(),
            "bench": f"bench/kernels/compare_onednn.py {asked}",
            "device": compare.cpu_name(),
            "cores": os.cpu_count(),
            "rows": rows,
        }
        with (HERE.parent / "history/kernels.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
