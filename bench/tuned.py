# SPDX-License-Identifier: Apache-2.0
"""How far the plans' own tactics are from measured ones: each network as it is against itself tuned.

usage: tuned.py [--network NAME]... [--batch N] [--threads N] [--seconds S] [--json FILE] [--history]
                [--device gpu --precision NAME]

Networks and weights are those of compare.py, which makes them and builds the worker. One process runs
both engines in turn; the least of the rounds counts, by the clock and in CPU time, which other
processes disturb less. A step whose own tactic is 15 % slower than the fastest is named. On a GPU the ratio is
of device times: medians of queued runs in turn.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(HERE / "models")]
import race  # noqa: E402
from compare import NETWORKS, commit, cpu_name, what_was_asked  # noqa: E402

LIMIT = 1.15


def arguments():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--network", action="append", choices=NETWORKS, help="default: all")
    asked.add_argument("--batch", type=int, choices=[1, 8, 32], default=1)
    asked.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    asked.add_argument("--precision", choices=["fp32", "tf32", "fp16", "bf16", "int8"], default="fp32")
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--seconds", type=float, default=60, help="budget of each network (60)")
    asked.add_argument("--rounds", type=int, default=15)
    asked.add_argument("--json", type=pathlib.Path, metavar="FILE")
    asked.add_argument("--history", action="store_true", help="append them to bench/history/tuned.jsonl")
    asked.add_argument("--pin", metavar="CORES", help="run on these cores alone, as taskset has them")
    asked.add_argument("--data", type=pathlib.Path, default=ROOT / "build/bench-data")
    asked.add_argument("--build", type=pathlib.Path, default=ROOT / "build/bench")
    asked.add_argument("--work", type=pathlib.Path, default=ROOT / "build/bench-work")
    return asked.parse_args()


def measure(given, network):
    name = f"t{given.threads}" if given.device == "cpu" else f"{given.device}.{given.precision}"
    folder = given.work / f"{network}.b{given.batch}.{name}" / "tuned"
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        given.build / "bench/models/bench_lamina_worker",
        network,
        "--batch",
        given.batch,
        "--target",
        given.device,
        "--precision",
        given.precision,
        "--weights",
        given.data / f"{network}.safetensors",
        "--input",
        given.data / f"{network}.input.b{given.batch}.npy",
        "--outputs",
        folder,
        "--timings",
        folder / "lamina.timings",
    ]
    worker = race.Worker(
        "lamina",
        command,
        folder / "log.txt",
        {
            "POCL_MAX_PTHREAD_COUNT": str(given.threads),
            "LAMINA_DEVICE": os.environ.get("LAMINA_DEVICE") or given.device,
        },
        pin=given.pin,
    )
    row = worker.ask("tune", seconds=given.seconds, rounds=given.rounds)
    worker.close()
    what = "device_ms" if "device_ms" in row else "cpu_ms"
    row["ratio"] = row[what] / row[f"tuned_{what}"]
    where = {"threads": given.threads}
    if given.device == "gpu":
        where = {"precision": given.precision, "device": worker.facts["device"]}
    return {"network": network, "batch": given.batch, **where, **row}


def append_history(rows, given):
    which = ["device", "precision"] if given.device == "gpu" else ["threads"]
    asked = what_was_asked(given, "network", "batch", *which, "seconds", "rounds", "pin")
    line = {
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "bench": f"bench/tuned.py {asked}",
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "rows": rows,
    }
    with (HERE / "history/tuned.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def main():
    given = arguments()
    rows = []
    for network in given.network or NETWORKS:
        try:
            row = measure(given, network)
        except race.Failed as fault:
            print(f"{network}: {fault}")
            continue
        rows.append(row)
        print(
            f"{network:20} run {row['ms']:9.3f} ms, tuned {row['tuned_ms']:9.3f}; CPU {row['cpu_ms']:9.3f} ms,"
            f" tuned {row['tuned_cpu_ms']:9.3f}"
            + (
                f"; device {row['device_ms']:9.4f} ms, tuned {row['tuned_device_ms']:9.4f}"
                if "device_ms" in row
                else ""
            )
            + f", ratio {row['ratio']:.3f}, {row['seconds']:.0f} s; steps with tactics"
            f" {row['own_ms']:9.3f} ms, tuned {row['fastest_ms']:9.3f}; {row['remaining']} tactics left"
        )
        for one in row["slower"]:
            factor = one["us"] / one["tuned_us"]
            print(
                f"    {'*' if factor > LIMIT else ' '} {one['name']} x {one['steps']} ({one['kernel']}):"
                f" {one['tactic']} {one['us']:.1f} us, {one['tuned']} {one['tuned_us']:.1f} us, {factor:.2f}"
            )
        sys.stdout.flush()
        if given.json:
            given.json.write_text(json.dumps(rows, indent=1))
    if given.history:
        append_history(rows, given)
    return 1 if any(row["ratio"] > LIMIT for row in rows) or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
