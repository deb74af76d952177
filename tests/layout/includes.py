# SPDX-License-Identifier: Apache-2.0
"""Keeps the picture of the folders true: who may include whom, file sizes, and fresh files of flatc.

usage: includes.py INCLUDE_DIR/lamina
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# folder -> what its files may include: folders, or single files of another folder
MAY_INCLUDE = {
    "core": ["core"],
    "graph": ["graph", "core"],
    # Layers that others are made of may be included one by one.
    "layers": [
        "core",
        "graph",
        "layers/detail",
        "layers/activation.hpp",
        "layers/argmax.hpp",
        "layers/binary.hpp",
        "layers/cast.hpp",
        "layers/compare.hpp",
        "layers/concat.hpp",
        "layers/cumsum.hpp",
        "layers/embedding.hpp",
        "layers/gather.hpp",
        "layers/logical.hpp",
        "layers/matmul.hpp",
        "layers/nms.hpp",
        "layers/nonzero.hpp",
        "layers/permute.hpp",
        "layers/range.hpp",
        "layers/reduce.hpp",
        "layers/reshape.hpp",
        "layers/resize.hpp",
        "layers/scatter.hpp",
        "layers/slice.hpp",
        "layers/softmax.hpp",
        "layers/topk.hpp",
        "layers/where.hpp",
    ],
    "kernels": ["kernels", "planner", "core", "graph"],
    "planner": ["planner", "core", "graph", "kernels", "plan/write.hpp", "plan/tables.hpp"],
    "plan": ["plan", "core"],
    "calibration": ["calibration", "core", "graph", "plan", "runtime"],
    "runtime": [
        "runtime",
        "core",
        "plan",
        "embed",
        "kernels/catalog.hpp",
        "kernels/reach.hpp",
        "kernels/run_steps.cl.hpp",
    ],
    "reference": ["reference", "core", "graph", "plan"],
    "embed": ["embed", "core"],
}
# files whose rules are not their folder's: texts of kernels, which the runtime reads without the
# planner, and the list of layers
OWN_RULES = {
    "kernels/catalog.hpp": ["kernels"],
    "kernels/kernel_text.hpp": ["kernels"],
    "kernels/texts.hpp": ["kernels"],
    "kernels/reach.hpp": ["kernels"],
    "layers/all.hpp": ["layers"],
}
# what a kernel's text may include of ours besides other texts: what its row in the catalogue is made of
TEXT_MAY_INCLUDE = ["kernels/text_names.hpp", "kernels/kernel_text.hpp"]

# first part of a third-party include -> where it may stand
THIRD_PARTY = {
    "CL": ["runtime"],
    "CLI": ["calibrate_program.hpp"],
    "clblast_c.h": ["runtime/gemm.impl.hpp"],
    "Eigen": ["reference"],
    "flatbuffers": ["plan/flat_tables.hpp", "plan/timing_cache_generated.h"],
    "sodium.h": ["runtime/digest.hpp"],
}
# headers of the standard library that cost a network file 0.05 s and more (<iterator> brings streams
# along) -> what a network file includes, which does without them; run-time files there may have them
HEAVY = {
    "algorithm",
    "chrono",
    "filesystem",
    "format",
    "fstream",
    "functional",
    "iostream",
    "iterator",
    "map",
    "memory",
    "optional",
    "ostream",
    "ranges",
    "regex",
    "sstream",
    "string",
    "unordered_map",
    "variant",
}
LIGHT = [
    "define.hpp",
    "plan.hpp",
    "core",
    "graph",
    "layers",
    "planner",
    "kernels",
    "plan/write.hpp",
    "plan/frozen.hpp",
    "plan/struct_form.hpp",
    "plan/tables.hpp",
]
RUN_TIME = ["core/error.hpp", "core/printable.hpp", "kernels/join.hpp", "kernels/prelude.hpp"]
# the operating system's own headers
SYSTEM = ["runtime", "embed"]

# doors at the top -> folders that may be reached through them, directly or not (None: all)
DOORS = {
    "define.hpp": ["core", "graph", "layers"],
    "plan.hpp": ["core", "graph", "layers", "planner", "kernels", "plan"],
    "run.hpp": None,
    "debug.hpp": None,
    "calibrate.hpp": None,
    "calibrate_program.hpp": None,
    "int8_report.hpp": None,
    "plan_at_run_time.hpp": None,
    "plan_for.hpp": None,
    "show.hpp": None,
    "lamina.hpp": None,
}
# doors of the compiled runtime
COMPILED_DOORS = ["run.hpp", "plan_at_run_time.hpp", "debug.hpp", "show.hpp", "calibrate.hpp"]
FLATC_OPTIONS = ["--cpp", "--scoped-enums", "--cpp-std", "c++17"]
LOOK_AT, TOO_LONG = 300, 500


def allowed(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


def includes(root, file):
    """Yields (line number, path below root or None, text) of each #include."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        text = found[2]
        beside = (file.parent / text).resolve()
        if found[1] == '"' and beside.is_file() and beside.is_relative_to(root):
            yield number, beside.relative_to(root).as_posix(), text
        elif text.startswith("lamina/"):
            yield number, text[len("lamina/") :], text
        else:
            yield number, None, text


def third_party(name, text):
    """Why file `name` may not include the foreign header `text`, or an empty string."""
    first = text.split("/")[0]
    if first in THIRD_PARTY:
        places = THIRD_PARTY[first]
        return "" if allowed(name, places) else f"only {', '.join(places)} may include it"
    if re.fullmatch(r"[a-z_0-9]+", text):  # the C++ standard library
        is_heavy = text in HEAVY and allowed(name, LIGHT) and not allowed(name, RUN_TIME)
        return (
            "it costs every network file time; do without it or list the file in RUN_TIME" if is_heavy else ""
        )
    return "" if allowed(name, SYSTEM) else "not a header of the C++ standard library"


def check(root):
    """Returns (faults, notes)."""
    root = pathlib.Path(root).resolve()
    files = {f.relative_to(root).as_posix(): f for f in sorted(root.rglob("*.h*"))}
    faults, notes, graph = [], [], {}
    for name, file in files.items():
        folder = name.split("/")[0] if "/" in name else ""
        if not folder and name.replace(".impl.hpp", ".hpp") not in DOORS:
            faults.append(f"{name}: a header at the top is not in the table; put it in a folder")
        if folder and folder not in MAY_INCLUDE:
            faults.append(f"{name}: folder '{folder}' is not in the table of layout/includes.py")
            continue
        graph[name] = []
        places = OWN_RULES.get(
            name, TEXT_MAY_INCLUDE if name.endswith(".cl.hpp") else MAY_INCLUDE.get(folder, [])
        )
        for number, ours, text in includes(root, file):
            at = f"{name}:{number}: includes {text}"
            if ours is None:
                why = third_party(name, text)
                if why:
                    faults.append(f"{at}; {why}")
                elif text.split("/")[0] in THIRD_PARTY:
                    graph[name].append("third-party " + text)
                continue
            graph[name].append(ours)
            if ours not in files:
                faults.append(f"{at}; there is no such file")
            elif name.endswith(".cl.hpp") and ours.endswith(".cl.hpp"):
                continue
            elif folder and not allowed(ours, places):
                faults.append(f"{at}; {name} may include {', '.join(places) or 'nothing of ours'}")
        text = file.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            if name.endswith(".cl.hpp") and re.search(r'\)CLC"(?!sv\b)', line):
                faults.append(
                    f'{name}:{number}: a text ends with )CLC"sv, or the compiler counts its letters'
                )
        lines = len(text.splitlines())
        if lines > TOO_LONG and not name.endswith("_generated.h"):
            faults.append(f"{name}: {lines} lines; {TOO_LONG} is the limit, look for a second idea in it")
        elif lines > LOOK_AT and not name.endswith("_generated.h"):
            notes.append(f"{name}: {lines} lines; from {LOOK_AT} on, look for a second idea in it")

    for door, folders in DOORS.items():
        seen, todo = set(), [door] if door in files and folders is not None else []
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            todo += graph.get(name, [])
        for name in sorted(seen - {door}):
            if name.startswith("third-party ") or ("/" in name and name.split("/")[0] not in folders):
                faults.append(f"{door}: reaches {name}; only {', '.join(folders)} may be reached from it")
    # What a file includes that uses the compiled runtime: declarations, and OpenCL's own header.
    for door in COMPILED_DOORS:
        seen, todo = set(), [door] if door in files else []
        while todo:
            name = todo.pop()
            if name in seen or name.endswith(".impl.hpp"):
                continue
            seen.add(name)
            todo += graph.get(name, [])
        for name in sorted(seen):
            if name.startswith("third-party ") and not name.startswith("third-party CL/"):
                faults.append(
                    f"{door}: reaches {name} without an .impl.hpp between; move what needs it there"
                )
    if not files:
        faults.append(f"{root}: holds no headers")
    return faults, notes


def stale(root, name):
    """Compares NAME_generated.h with what flatc makes of NAME.fbs now; returns (fault, note)."""
    root, made = pathlib.Path(root), name + "_generated.h"
    schema, committed = root / f"plan/{name}.fbs", root / f"plan/{made}"
    flatc = shutil.which("flatc")
    if not schema.exists() or not committed.exists() or not flatc:
        return "", f"{made}: not compared (needs {name}.fbs, {made} and flatc)"
    version = subprocess.run([flatc, "--version"], capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([flatc, *FLATC_OPTIONS, "-o", folder, schema], check=True, stdout=subprocess.DEVNULL)
        fresh = next(pathlib.Path(folder).glob("*.h")).read_text()

    def essence(text):  # without comments, blank lines and the assertion of flatc's own version
        text = re.sub(r"static_assert\(FLATBUFFERS_VERSION.*?\);", "", text, flags=re.DOTALL)
        lines = (re.sub(r"//.*", "", line).strip() for line in text.splitlines())
        return [line for line in lines if line]

    if essence(fresh) == essence(committed.read_text()):
        return "", f"{made}: fresh ({version})"
    if "2.0.8" not in version:
        return "", f"{made}: not compared, it was made by flatc 2.0.8 and this is {version}"
    return f"{made}: differs from what flatc makes of {name}.fbs; run flatc with " + " ".join(
        FLATC_OPTIONS
    ), ""


def main(root):
    faults, notes = check(root)
    for name in ["timing_cache"]:
        fault, note = stale(root, name)
        faults += filter(None, [fault])
        notes += filter(None, [note])
    for line in [*notes, *faults]:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
