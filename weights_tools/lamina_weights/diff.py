# SPDX-License-Identifier: Apache-2.0
# lamina-diff: what differs between two weights files, a line each: names, shapes, types, numbers.
# Reads through files.py; exit code 0 same, 1 different, 2 trouble, as cmp and diff have it.
from __future__ import annotations

import difflib
import math
import sys
from collections.abc import Sequence

import numpy as np

from . import command, files
from .format import Tensor, Trouble, counted, dims, shown


def largest_difference(a: np.ndarray, b: np.ndarray) -> tuple[float, int]:
    """Largest |a - b| and its place; NaN against NaN is no difference, against a number inf."""
    a, b = a.reshape(-1), b.reshape(-1)
    if np.array_equal(a, b):  # the common case; also exact for 64 bit integers
        return 0.0, 0
    with np.errstate(invalid="ignore"):
        wide = np.complex128 if a.dtype.kind == "c" or b.dtype.kind == "c" else np.float64
        gap = np.abs(a.astype(wide) - b.astype(wide))
    same = (a == b) | ((a != a) & (b != b))
    gap[np.isnan(gap)] = np.inf
    # Integers beyond 2^53 may differ and still subtract to 0.
    gap[~same & (gap == 0)] = np.finfo(np.float64).tiny
    gap[same] = 0
    place = int(gap.argmax())
    return float(gap[place]), place


def hint(name: str, others: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(name, others, 1)
    return f"; nearest is '{shown(nearest[0])}'" if nearest else ""


def differences(a: dict[str, Tensor], b: dict[str, Tensor], tolerance: float) -> tuple[list[str], float]:
    """One line per difference, missing and extra names first; and the largest number seen."""
    missing = [name for name in a if name not in b]
    extra = [name for name in b if name not in a]
    lines = [f"missing  '{shown(name)}' {dims(a[name].shape)}{hint(name, extra)}" for name in missing]
    lines += [f"extra    '{shown(name)}' {dims(b[name].shape)}{hint(name, missing)}" for name in extra]
    largest = 0.0
    for name in a:
        if name not in b:
            continue
        one, two = a[name], b[name]
        flat = one.flat or two.flat  # .wts holds neither shapes nor types
        if one.data.size != two.data.size or (one.shape != two.shape and not flat):
            lines.append(f"shape    '{shown(name)}' {dims(one.shape)} and {dims(two.shape)}")
            continue
        if one.type != two.type and not flat:
            lines.append(f"dtype    '{shown(name)}' {one.type} and {two.type}")
        gap, place = largest_difference(one.values(), two.values())
        largest = max(largest, gap)
        if gap > tolerance:
            shape = two.shape if one.flat else one.shape
            index = [int(i) for i in np.unravel_index(place, shape)]
            x, y = one.values().reshape(-1)[place], two.values().reshape(-1)[place]
            lines.append(f"numbers  '{shown(name)}' differ by {gap:.6g} at {index}: {x:.9g} and {y:.9g}")
    return lines, largest


def job(argv: Sequence[str]) -> int:
    parser = command.Parser(
        prog="lamina-diff",
        description=("Compares two weights files. Exit code 0: same, 1: different, 2: trouble."),
    )
    parser.add_argument("a", metavar="A", help="one of " + " ".join(files.READABLE))
    parser.add_argument("b", metavar="B", help="the same; a .wts is compared without shapes and types")
    parser.add_argument(
        "--tolerance",
        default="0",
        metavar="T",
        help="largest absolute difference that counts as the same (default 0)",
    )
    parser.add_argument(
        "--key", metavar="NAME", help="where in a checkpoint the state dict is, as lamina-export"
    )
    args = parser.parse_args(argv)
    try:
        tolerance = float(args.tolerance)
    except ValueError:
        tolerance = math.nan
    if not (tolerance >= 0 and math.isfinite(tolerance)):
        raise Trouble(
            f"lamina-diff: --tolerance is '{shown(args.tolerance)}', expected 0 or a "
            "positive number; correct it"
        )
    a, _ = files.read(args.a, command.note, args.key)
    b, _ = files.read(args.b, command.note, args.key)
    lines, largest = differences(a, b, tolerance)
    for line in lines:
        print(line)
    common = len(a.keys() & b.keys())
    verdict = counted(len(lines), "difference") if lines else "same"
    print(
        f"{verdict}: {len(a)} and {len(b)} tensors, {common} in both, "
        f"largest absolute difference {largest:.6g}, tolerance {tolerance:g}"
    )
    return 1 if lines else 0


def main(argv: Sequence[str] | None = None) -> int:
    return command.run(job, argv)


if __name__ == "__main__":
    sys.exit(main())
