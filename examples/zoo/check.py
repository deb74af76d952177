#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares networks of the zoo with PyTorch, and writes the table of README.md.

usage: check.py [NAME...] [--target reference cpu ...] [--seed N] [--missing] [--limit SECONDS]
                [--time | --time-only | --time-gpu] [--build FOLDER] [--readme]
needs  torch, torchvision, timm, transformers, ultralytics, segmentation_models_pytorch, numpy, safetensors
       (PyPI), CMake and a compiler

Each network gets random weights from a fresh seed (printed; --seed repeats it), batch norms statistics
that are spread, and runs with batch 2 on inputs of two sizes: in PyTorch with float64, and in Lamina by
the reference and by plans for each target on this machine's CPU (LAMINA_DEVICE chooses another device).
Every element must be within the error bound of the target's arithmetic, and within 0.001 of the largest output;
where a network chooses by numbers that it computes (the best of all places, boxes that overlap), what follows
has no bound and must be within the latter. A network's line of results.json is replaced where all holds (unless
it has more targets); --time adds milliseconds with the usual input at batch 1, --time-only measures those
alone, on a machine that does nothing else, and renews what plans say of themselves. --time-gpu measures a GPU's
time of a run in fp32, with random weights and inputs; it needs none of the packages. --missing leaves out networks
that have passed on all asked targets, those of fewest steps first.
Most of the time goes to building programs, which no other network reads: nothing is stored in Lamina's cache of
programs unless LAMINA_CACHE_DIR says where (PoCL compiles each kernel a second time to store it).
--readme writes README.md from that file and the heads of the networks' files, and checks nothing.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.json"
TARGETS = ["reference", "cpu", "cpu_avx2", "gpu"]
# The bounds of deep networks with gates and attention can be wider than their outputs: no error of more than
# this share of the largest output passes, whatever the bound.
LARGEST_ERROR = 1e-3


def build(folder):
    """The path of zoo_check."""
    if not (folder / "CMakeCache.txt").is_file():
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DLAMINA_BUILD_TESTS=OFF", "-DLAMINA_BUILD_BENCH=OFF"]
        subprocess.run(["cmake", "-S", ROOT, "-B", folder, *options], check=True, stdout=sys.stderr)
    command = ["cmake", "--build", folder, "--target", "zoo_check"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return folder / "examples" / "zoo_check"


def lines_of(program, *words, limit=None):
    """The answers of zoo_check; one that failed, or took longer than limit seconds, says why."""
    surroundings = {"LAMINA_CACHE_DIR": "off", **os.environ}
    try:
        found = subprocess.run(
            [program, *map(str, words)], capture_output=True, text=True, env=surroundings, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return [{"failed": f"zoo_check {words[0]} took longer than the limit of {limit} s"}]
    answers = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    if found.returncode and not any("failed" in answer for answer in answers):
        answers.append({"failed": found.stderr.strip() or f"zoo_check ended with {found.returncode}"})
    return answers


def write_case(nets, network, dims, seed, folder):
    """Weights and data of one size: the paths of both files."""
    import torch
    from safetensors.torch import save_file

    weights, data = folder / "weights.safetensors", folder / "data.safetensors"
    with torch.inference_mode():
        net = nets.build(network, dims, seed)
        save_file(nets.state(net, network), weights)
        inputs = nets.clear_inputs(net, network, dims)
        outputs = nets.outputs_of(net, network, inputs)
        case = {f"input.{name}": x for name, x in inputs.items()}
        for name, y in zip(network.outputs, outputs, strict=True):
            nets.spread_of(y)
            case[f"output.{name}"] = y.float().contiguous()
    save_file(case, data)
    return weights, data


def check(program, nets, name, network, targets, seed, limit=None):
    """Errors and bounds, the worst of each; the sentences of what does not hold."""
    worst = {"error": 0.0, "bound": 0.0, "allowed": 0.0}
    faults = []
    for dims in network.sizes:
        with tempfile.TemporaryDirectory() as folder:
            try:
                weights, data = write_case(nets, network, dims, seed, pathlib.Path(folder))
            except ValueError as fault:
                return worst, [f"{dims}: {fault}"]
            words = ["compare", name, "--weights", weights, "--data", data, "--target", *targets]
            answers = lines_of(program, *words, limit=limit)
        for answer in answers:
            if "failed" in answer:
                faults.append(answer["failed"])
                continue
            for key in worst:  # JSON has no infinity and no NaN
                worst[key] = max(worst[key], float("inf") if answer[key] is None else answer[key])
            judged = answer["judged"] or network.chooses  # what a choice decides has no bound
            is_near = answer["error"] is not None and answer["error"] <= LARGEST_ERROR
            if not answer["holds"] or not judged or not is_near:
                where = f"{answer['dims']} on {answer['target']}, {answer['output']}"
                faults.append(f"{where}: {answer['sentence']}; {answer.get('step', '')}")
    return worst, faults


def measure(program, nets, name, network, seed):
    """Milliseconds of a run with the usual input, batch 1."""
    import torch
    from safetensors.torch import save_file

    fact = lines_of(program, "facts", name)[0]
    dims = tuple(map(int, fact["input"].split("x")))
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        weights = pathlib.Path(folder) / "weights.safetensors"
        torch.manual_seed(seed)
        net = network.make(dims).eval()
        if not network.package:
            nets.draw_constants(net)
        save_file(nets.state(net, network), weights)
        answer = lines_of(program, "time", name, "--weights", weights)[-1]
    if "failed" in answer:
        raise SystemExit(f"{name}: {answer['failed']}")
    return answer["ms"]


def row_of(fact):
    """What results.json has of a network's facts."""
    return {key: value for key, value in fact.items() if key not in ("network", "plan_seconds")}


def time_only(program, nets, networks, facts, names, seed):
    """Replaces milliseconds and facts in results.json; what was not compared gets no row."""
    for name in names:
        results = json.loads(RESULTS.read_text())
        if name in results:
            results[name].update(row_of(facts[name]))
            results[name]["cpu_ms"] = float(f"{measure(program, nets, name, networks[name], seed):.3g}")
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            print(f"{name:24} {results[name]['cpu_ms']} ms", flush=True)


def time_gpu(program, names):
    """Replaces the milliseconds of GPUs in results.json; what was not compared gets no row."""
    for name in names:
        answer = lines_of(program, "time", name, "--target", "gpu")[-1]
        if "failed" in answer:
            raise SystemExit(f"{name}: {answer['failed']}")
        results = json.loads(RESULTS.read_text())
        if name in results:
            results[name]["gpu_ms"] = float(f"{answer['ms']:.3g}")
            results[name]["gpu"] = answer["device"]
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            print(f"{name:24} {results[name]['gpu_ms']} ms on {answer['device']}", flush=True)


def commit():
    words = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("names", nargs="*", help="or patterns of names; all without any")
    asked.add_argument("--target", nargs="+", default=TARGETS)
    asked.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "little"))
    asked.add_argument("--missing", action="store_true", help="only networks not compared on all targets yet")
    asked.add_argument("--limit", type=float, help="seconds for a size; a network that takes longer fails")
    asked.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "zoo")
    asked.add_argument("--program", type=pathlib.Path, help="a zoo_check that is built already")
    asked.add_argument("--time", action="store_true", help="milliseconds at batch 1, too")
    asked.add_argument("--time-only", action="store_true", help="milliseconds of networks that were compared")
    asked.add_argument("--time-gpu", action="store_true", help="the same on the GPU (LAMINA_DEVICE)")
    asked.add_argument("--readme", action="store_true", help="write README.md and stop")
    given = asked.parse_args()
    if given.readme:
        import readme

        return (HERE / "README.md").write_text(readme.page())
    program = given.program or build(given.build)
    listed = subprocess.run([program, "list"], capture_output=True, text=True, check=True).stdout.split()
    names = [n for n in listed if not given.names or any(fnmatch.fnmatch(n, p) for p in given.names)]
    if given.time_gpu:
        return time_gpu(program, names)
    import torch
    import torch_network as nets
    from torch_networks import NETWORKS

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.backends.mha.set_fastpath_enabled(False)
    unknown = set(listed) - set(NETWORKS)
    if unknown:
        raise SystemExit(f"torch_networks.py lacks {sorted(unknown)}, which networks.cpp lists")
    if given.missing:
        passed = json.loads(RESULTS.read_text())
        names = [n for n in names if not set(given.target) <= set(passed.get(n, {}).get("targets", []))]
    facts = {fact["network"]: fact for fact in lines_of(program, "facts", *names)}
    if given.missing:
        names.sort(key=lambda n: facts[n]["steps"])
    if given.time_only:
        return time_only(program, nets, NETWORKS, facts, names, given.seed)
    failed = []
    print(f"seed {given.seed}")
    for name in names:
        start = time.time()
        worst, faults = check(program, nets, name, NETWORKS[name], given.target, given.seed, given.limit)
        results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}  # other runs write it too
        row = row_of(facts[name])
        judged = {"error": worst["error"]} if NETWORKS[name].chooses else worst
        row.update({key: float(f"{value:.3g}") for key, value in judged.items()})
        row["commit"] = commit()
        if given.time:
            row["cpu_ms"] = float(f"{measure(program, nets, name, NETWORKS[name], given.seed):.3g}")
        for kept in ("cpu_ms", "gpu_ms", "gpu"):
            if name in results and kept in results[name]:
                row.setdefault(kept, results[name][kept])
        state = "FAILED" if faults else "ok"
        print(
            f"{name:24} {state:6} error {worst['error']:.2g} of the largest, {worst['bound']:.2g} of its"
            f" bound, {time.time() - start:.0f} s",
            flush=True,
        )
        for fault in faults:
            print(f"    {fault}", flush=True)
        if faults:
            failed.append(name)
        elif set(given.target) >= set(results.get(name, {}).get("targets", [])):
            row["targets"] = given.target
            results[name] = row
            known = {n: results[n] for n in listed if n in results}
            ordered = {**known, **results}  # a program that is built already may list fewer
            RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
    if failed:
        raise SystemExit(f"{len(failed)} of {len(names)} networks differ: {' '.join(failed)}")
    print(f"all {len(names)} networks agree with PyTorch")


if __name__ == "__main__":
    sys.exit(main())
