# SPDX-License-Identifier: Apache-2.0
"""What compare.py does alike for CPUs and GPUs: building workers, writing data, facts for the history."""

import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys

import race

MODELS = pathlib.Path(__file__).resolve().parent
ROOT = MODELS.parents[1]
PICTURE_NETWORKS = [
    "resnet18",
    "resnet50",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "squeezenet1_1",
    "vgg16",
    "efficientnet_b0",
    "densenet121",
    "googlenet",
    "yolov3_tiny",
    "unet",
    "vit_b_16",
    "resnet20",
    "mobilenetv2",
    "ultraface",
]


def build_workers(given, *targets):
    if not given.no_build:
        if not (given.build / "CMakeCache.txt").exists():
            subprocess.run(
                [
                    "cmake",
                    "-S",
                    ROOT,
                    "-B",
                    given.build,
                    "-DCMAKE_BUILD_TYPE=Release",
                    "-DLAMINA_BUILD_TESTS=OFF",
                    "-DLAMINA_BUILD_EXAMPLES=OFF",
                ],
                check=True,
                stdout=sys.stderr,
            )
        subprocess.run(
            ["cmake", "--build", given.build, "--target", *targets, "-j", str(os.cpu_count())],
            check=True,
            stdout=sys.stderr,
        )


def write_data(given, with_onnx=True):
    """Networks whose files are missing are written by torch_nets.py."""
    parts = [
        "safetensors",
        *(f"{what}.b{batch}.npy" for what in ["input", "output"] for batch in given.batch),
    ]
    if with_onnx:
        parts += [f"b{batch}.onnx" for batch in given.batch]
    rounded = set(getattr(given, "precision", None) or []) - {"fp32"}
    if rounded:
        parts += ["rounding.json"]
    wanted = [
        name for name in given.network if not all((given.data / f"{name}.{part}").exists() for part in parts)
    ]
    if wanted:
        batches = map(str, given.batch)
        subprocess.run(
            [sys.executable, MODELS / "torch_nets.py", "--out", given.data, "--network", *wanted]
            + ["--batch", *batches]
            + ["--no-onnx"] * (not with_onnx)
            + ["--rounding"] * bool(rounded),
            check=True,
            stdout=sys.stderr,
        )


def parse(asked, device):
    """The options, or one sentence about those that this device does not have."""
    given, unknown = asked.parse_known_args()
    if unknown:
        asked.error(
            f"'{unknown[0]}' is no option of --device {device}; compare.py --device {device} --help lists them"
        )
    return given


def require_tools(given):
    if not shutil.which("cmake") and not given.no_build:
        sys.exit(
            "there is no cmake on the PATH, which builds Lamina's workers; install it or give --no-build"
        )
    if given.resume and not given.json:
        sys.exit("--resume keeps the rows of --json FILE, and no file is given; name it with --json")


def difference(files, expected_file, batch):
    """How far a worker's outputs are off, as a share of the largest number that PyTorch gives."""
    import numpy

    expected = numpy.load(expected_file).reshape(batch, -1)
    got = numpy.concatenate([numpy.load(file).reshape(batch, -1) for file in files], 1)
    if got.shape != expected.shape:
        raise race.Failed(f"its outputs have {got.shape[1]} numbers, {expected.shape[1]} are right")
    return float(numpy.abs(got - expected).max() / numpy.abs(expected).max())


# fp32 sums in another order differ by 1e-6 or so after 100 layers; large Winograd tiles lose two or three digits more.
FP32_LIMIT = 1e-3
# In fewer bits, times what PyTorch itself is off by rounding: errors of another order of rounding, or of ranges
# calibrated by another rule, are of the same size, not the same; some peers round attention's products too.
ROUNDING_LIMIT = 4


def checked_difference(files, data, network, batch, precision):
    """difference(); a worker whose outputs are further off than its precision explains is not timed."""
    limit = FP32_LIMIT
    if precision != "fp32":
        errors = json.loads((data / f"{network}.rounding.json").read_text())
        limit = max(limit, ROUNDING_LIMIT * errors[precision])
    off = difference(files, data / f"{network}.output.b{batch}.npy", batch)
    if not off <= limit:
        raise race.Failed(
            f"its outputs are off by {off:.1e} of the largest, at most {limit:.1e} is right in {precision}"
        )
    return off


def without_folders(said, given):
    """A sentence in which this machine's folders have short names."""
    for folder, short in [
        (given.data, "DATA"),
        (given.build, "BUILD"),
        (sys.prefix, "VENV"),
        (ROOT, "LAMINA"),
    ]:
        said = said.replace(str(folder), short)
    return said


def add_places(asked):
    """Options that say where files lie, the same for every device."""
    asked.add_argument(
        "--data",
        type=pathlib.Path,
        default=ROOT / "build/bench-data",
        help="where weights, inputs and outputs lie, or are written by models/torch_nets.py",
    )
    asked.add_argument(
        "--build",
        type=pathlib.Path,
        default=os.environ.get("LAMINA_BUILD_DIR") or ROOT / "build/bench",
        help="where to build Lamina's workers; also LAMINA_BUILD_DIR",
    )
    asked.add_argument("--no-build", action="store_true", help="take the workers as they are")
    asked.add_argument(
        "--venv",
        type=pathlib.Path,
        default=ROOT / "build/bench-venv",
        help="Python environment with models/requirements.txt, made if it is missing",
    )


def round_for_people(value):
    return float(f"{value:.5g}") if isinstance(value, float) else value


def geometric_mean(values):
    values = [value for value in values if value]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def cpu_name():
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else os.uname().machine


def commit():
    said = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    )
    return said.stdout.strip() or "unknown"


def what_was_asked(given, *options):
    """The options that say what is measured, without those that say where files lie."""
    words = [
        f"--{name.replace('_', '-')} {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for name in options
        if (value := getattr(given, name)) not in (None, "", [])
    ]
    return " ".join(words)
