#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes README.md from results.json and from the heads of the networks' files.

usage: readme.py [--write]      without --write it says whether README.md is fresh
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent

HEAD = """<!-- Made by readme.py from results.json and the heads of the files; do not edit. -->
# Zoo

%d networks in %d files, with the weight names of the framework that they come from. A network is a template:
`lamina::plan<zoo::resnet<50>>`; blocks that several share are in [`blocks/`](blocks). [`networks.cpp`](networks.cpp)
lists them by name for programs that define them while running. [`changing.hpp`](changing.hpp) makes any of them one
whose batch and sizes change while the program runs ([shapes](../../docs/guide/shapes.md)); `small_changes` in
`networks.cpp` says what of each may.

Each is compared with PyTorch: random weights (or, where a package of PyPI carries them, the trained ones), spread
statistics of batch norms, batch 2, two sizes of input, every element within the error bound of the arithmetic
([precision](../../docs/guide/precision.md)) and 0.001 of the largest. `check.py` repeats it for the names that it is
given, or for all:

```sh
python3 examples/zoo/check.py 'yolo11*'      # needs torch, torchvision, timm, transformers, ultralytics
```

A new network is its file, a line in `networks.cpp` and one in [`torch_networks.py`](torch_networks.py);
`torch_rewritten*.py` have modules for networks that no package defines, `torch_packages.py` those with trained
weights. `check.py NAME` then adds its line below.

- *GFLOP, steps, MB*: floating point operations, kernel launches and the arena's size of a plan for a CPU, for the
  input of the table.
- *CPU ms*: the median of nine runs on two cores of a Zen 5 (AMD EPYC), batch 1, fp32 (`check.py --time-only`); empty
  where none was measured.
- *GPU ms*: the device's time of a run on an H100, with a star on an H200, batch 1, fp32 without TF32, plans as they
  are made, untuned (`check.py --time-gpu`); empty where none was measured.
- *compile*: seconds and MB of g++ 12 for a file that only names the plan, on a Zen 4
  (`bench/compile_time/zoo.py`); with a star on a Zen 3, which takes more than twice as long (15.6 s for
  `rtdetr-x`); other work makes the seconds larger; empty where none was measured.
- *error*: the largest error over the largest magnitude of the output; *of its bound*: the error of the worst
  element over what rounding explains (`-`: the network chooses by numbers that it computes, so that what
  follows the choice has no such bound; its inputs are drawn until no choice is close).
- *on*: what was compared: the reference executor (R), plans for CPUs with AVX-512 (C), with AVX2 (A) and for GPUs
  (G), all of them run on a CPU.
"""

LETTERS = {"reference": "R", "cpu": "C", "cpu_avx2": "A", "cpu_neon": "N", "gpu": "G"}


def head_of(file):
    """The title and the fields (Task, Source) of the comment at the start of a network's file."""
    lines = []
    for line in (HERE / file).read_text().splitlines()[1:]:
        if not line.startswith("//"):
            break
        lines.append(line[2:].strip())
    title, _, rest = "\n".join(lines).partition("\n\n")
    fields = dict(re.findall(r"^(\w+) {2,}(.*?)(?=^\w+ {2,}|\Z)", rest, re.M | re.S))
    for key in ("Task", "Source"):
        if key not in fields:
            raise SystemExit(f"{file}: the comment at its start has no line '// {key}     ...'")
    return " ".join(title.split()), {key: " ".join(text.split()) for key, text in fields.items()}


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def compile_cost(name):
    file = HERE / "compile_times.json"
    known = json.loads(file.read_text()).get(name) if file.is_file() else None
    star = "\\*" if known and "on" in known else ""
    return f"{known['seconds']:.1f}{star} / {known['mb']}" if known else ""


def gpu_time(r):
    star = "" if "H100" in r.get("gpu", "H100") else "\\*"
    return f"{number(r['gpu_ms'])}{star}" if "gpu_ms" in r else ""


def row(name, r):
    letters = "".join(LETTERS[t] for t in r["targets"])
    cells = [
        f"`{name}`",
        r["input"],
        f"{r['parameters']:,}",
        number(r["gflop"]),
        str(r["steps"]),
        number(r["arena_mb"]),
        number(r["cpu_ms"]) if "cpu_ms" in r else "",
        gpu_time(r),
        compile_cost(name),
        f"{r['error']:.1g}",
        f"{r['bound']:.1g}" if "bound" in r else "-",
        letters,
    ]
    return f"| {' | '.join(cells)} |"


HEADINGS = """\
| name | input | parameters | GFLOP | steps | MB | CPU ms | GPU ms | compile | error | of its bound | on |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
"""


def page():
    results = json.loads((HERE / "results.json").read_text())
    files = {}
    for name, r in results.items():
        files.setdefault(r["file"], []).append((name, r))
    parts = [HEAD % (len(results), len(files))]
    for file, rows in files.items():
        title, fields = head_of(file)
        parts.append(f"\n## [`{file}`]({file})\n\n{title}\n")
        parts.append(f"\n*Task:* {fields['Task']}. *Source:* {fields['Source'].rstrip('.')}.\n\n")
        parts.append(HEADINGS)
        parts += [row(name, r) + "\n" for name, r in rows]
    return "".join(parts)


def main():
    readme = HERE / "README.md"
    if "--write" in sys.argv[1:]:
        readme.write_text(page())
    elif not readme.is_file() or readme.read_text() != page():
        sys.exit("examples/zoo/README.md is not fresh; run python3 examples/zoo/readme.py --write")


if __name__ == "__main__":
    sys.exit(main())
