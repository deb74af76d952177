# SPDX-License-Identifier: Apache-2.0
"""Compiles plan<Net> for each network of networks/ and reports what the compiler took.

Seconds are user and system time of the compiler, the median of some runs; peak_mb is its largest
resident size. For clang the smallest -fconstexpr-steps is reported too: it depends on the code alone,
so it shows a change where seconds are too noisy. Needs Python and one compiler, nothing else.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NETWORKS = ["first_network", "resnet18", "resnet50", "resnet284"]  # 20, 70, 175, 1000 nodes

# A file that runs a plan of another file, with each of the two ways to have the runtime.
MAIN = """#include <lamina/run.hpp>
#include <cstdio>
extern const std::span<const std::byte> plan;
int main(int count, char** words) {
    const lamina::weights file = lamina::weights::open(words[count - 1]);
    const lamina::engine engine(plan, file);
    std::vector<float> image(3 * 224 * 224);
    std::printf("%d", lamina::argmax_of(engine.run(image)));
}
"""
MAINS = {"main_compiled": ["-DLAMINA_COMPILED=1"], "main_header_only": []}

# What the documentation promises for g++: network or main file, seconds, MB.
PROMISES = [("resnet50", 3.0, 400), ("main_compiled", 1.5, 250), ("main_header_only", 30.0, 1100)]

PROGRAM = """#include <lamina/plan.hpp>
#include "{network}.hpp"
#include <cstdio>
inline constexpr const auto& made = lamina::plan<{network}>;
int main() {{ std::printf("%d %d", made.nodes, made.steps); }}
"""


def limits(compiler_is_clang):
    """The compiler options that the CMake target Lamina::define passes on."""
    name = "LAMINA_CLANG_LIMITS" if compiler_is_clang else "LAMINA_GNU_LIMITS"
    found = re.search(rf"set\({name} ([^)]*)\)", (ROOT / "CMakeLists.txt").read_text())
    if not found:
        sys.exit(f"CMakeLists.txt does not set {name}, which holds the compiler's limits")
    return found.group(1).split()


def is_clang(compiler):
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    return "clang" in said.stdout


def compiler_version(compiler):
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def command(compiler, source, options):
    return [compiler, "-std=c++20", f"-I{ROOT / 'include'}", f"-I{HERE / 'networks'}", *options, str(source)]


def run_measured(words):
    """Exit status, seconds of user and system time, peak in MB."""
    environment = dict(os.environ, CCACHE_DISABLE="1")
    child = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if platform.system() == "Darwin" else 1024
    return child.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6


def least_steps(compiler, source):
    """The smallest -fconstexpr-steps that compiles the file, within one part in a hundred."""
    others = [o for o in limits(True) if not o.startswith("-fconstexpr-steps")]

    def passes(steps):
        options = [*others, f"-fconstexpr-steps={steps}", "-fsyntax-only"]
        return run_measured(command(compiler, source, options))[0] == 0

    low, high = 0, 1 << 17
    while not passes(high):
        low, high = high, high * 2
        if high > 1 << 31:
            return None
    while (high - low) * 100 > high:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def measure(network, compiler, folder, runs, wants_steps):
    source, made = folder / f"{network}.cpp", folder / network
    source.write_text(PROGRAM.format(network=network))
    clang = is_clang(compiler)
    options = [*limits(clang), "-c", "-o", f"{made}.o"]
    taken = [run_measured(command(compiler, source, options)) for _ in range(runs)]
    if any(status for status, _, _ in taken):
        subprocess.run(command(compiler, source, options), check=False)
        sys.exit(f"{compiler} did not compile {network}; its messages are above")
    subprocess.run([compiler, f"{made}.o", "-o", str(made)], check=True)
    facts = subprocess.run([str(made)], capture_output=True, text=True, check=True).stdout
    nodes, steps = map(int, facts.split())
    row = {
        "network": network,
        "nodes": nodes,
        "steps": steps,
        "compiler": pathlib.Path(compiler).name,
        "seconds": round(statistics.median(s for _, s, _ in taken), 2),
        "peak_mb": round(statistics.median(mb for _, _, mb in taken)),
    }
    if clang and wants_steps:
        row["constexpr_steps"] = least_steps(compiler, source)
    return row


def measure_main(name, compiler, folder, runs):
    """A row without nodes and steps: the file holds no plan."""
    source = folder / f"{name}.cpp"
    source.write_text(MAIN)
    options = [*MAINS[name], "-O2", "-c", "-o", str(folder / f"{name}.o")]
    taken = [run_measured(command(compiler, source, options)) for _ in range(runs)]
    if any(status for status, _, _ in taken):
        subprocess.run(command(compiler, source, options), check=False)
        sys.exit(f"{compiler} did not compile {name}; its messages are above")
    return {
        "network": name,
        "nodes": 0,
        "steps": 0,
        "compiler": pathlib.Path(compiler).name,
        "seconds": round(statistics.median(s for _, s, _ in taken), 2),
        "peak_mb": round(statistics.median(mb for _, _, mb in taken)),
    }


def default_compilers():
    found = [c for c in (os.environ.get("CXX"), "g++") if c and shutil.which(c)][:1]
    found += [c for c in ("clang++-16", "clang++") if c not in found and shutil.which(c)][:1]
    return found


def cpu_name():
    try:
        found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        return found.group(1) if found else platform.machine()
    except OSError:
        return platform.processor() or platform.machine()


def commit():
    said = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() if said.returncode == 0 else "unknown"


def print_row(row):
    steps = row.get("constexpr_steps")
    print(
        f"{row['network']:<14} {row['nodes']:>5} {row['steps']:>5}  {row['compiler']:<12}"
        f" {row['seconds']:>7.2f} {row['peak_mb']:>7} {steps if steps else '-':>11}",
        flush=True,
    )


def broken_promises(rows):
    for network, seconds, peak in PROMISES:
        for row in rows:
            if (
                row["network"] == network
                and row["compiler"].startswith("g++")
                and (row["seconds"] > seconds or row["peak_mb"] > peak)
            ):
                yield (
                    f"{network} took {row['seconds']} s and {row['peak_mb']} MB with"
                    f" {row['compiler']}, the promise is {seconds} s and {peak} MB;"
                    " see how time is found in bench/README.md"
                )


def main():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--json", metavar="FILE", help="write the rows there")
    asked.add_argument(
        "--history", action="store_true", help="append them to bench/history/compile_time.jsonl"
    )
    asked.add_argument("--check", action="store_true", help="fail if a promise is broken")
    asked.add_argument(
        "--no-steps",
        action="store_true",
        help="leave out clang's least -fconstexpr-steps, which takes 10 compilations",
    )
    asked.add_argument("--runs", type=int, default=3, help="compilations, of which the median (3)")
    asked.add_argument("--compiler", action="append", help="default: $CXX or g++, and clang++")
    asked.add_argument("--network", action="append", choices=NETWORKS, help="default: all")
    options = asked.parse_args()
    compilers = options.compiler or default_compilers()
    missing = [c for c in compilers if not shutil.which(c)]
    if missing or not compilers:
        sys.exit(
            f"found no compiler {' or '.join(missing) or 'g++ or clang++'};"
            " install one or name it with --compiler"
        )

    print(
        f"{'network':<14} {'nodes':>5} {'steps':>5}  {'compiler':<12} {'seconds':>7}"
        f" {'peak_mb':>7} {'clang steps':>11}"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for network in options.network or NETWORKS:
            for compiler in compilers:
                rows.append(
                    measure(network, compiler, pathlib.Path(folder), options.runs, not options.no_steps)
                )
                print_row(rows[-1])
        for name in MAINS if not options.network else []:
            for compiler in compilers:
                rows.append(measure_main(name, compiler, pathlib.Path(folder), options.runs))
                print_row(rows[-1])
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")
    if options.history:
        line = {
            "commit": commit(),
            "date": datetime.date.today().isoformat(),
            "cpu": cpu_name(),
            "compilers": [compiler_version(c) for c in compilers],
            "rows": rows,
        }
        history = ROOT / "bench" / "history" / "compile_time.jsonl"
        history.parent.mkdir(exist_ok=True)
        with history.open("a") as file:
            file.write(json.dumps(line) + "\n")
    found = list(broken_promises(rows)) if options.check else []
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
