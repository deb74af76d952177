# SPDX-License-Identifier: Apache-2.0
# lamina-list: one row per tensor of any weights file: name, type, shape, range, mean, NaN.
# Reads through files.py; writes a table for people, or JSON for programs.
from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import numpy as np

from . import command, files
from .format import FLOAT_TYPES, Tensor, counted, dims, shown


def facts(name: str, t: Tensor) -> dict:
    """min, max and mean are over the numbers that are not NaN; None where there are none."""
    values = t.values().reshape(-1)
    nan = 0
    if t.type in FLOAT_TYPES:
        is_nan = np.isnan(values)
        nan = int(is_nan.sum())
        values = values[~is_nan] if nan else values
    low = high = mean = None
    if values.size and t.type != "c64":  # complex numbers have no order
        exact = float if t.type in FLOAT_TYPES else int
        low, high = exact(values.min()), exact(values.max())
        with np.errstate(invalid="ignore"):  # inf and -inf together
            mean = float(values.mean(dtype=np.float64))
    return {
        "name": name,
        "dtype": t.type,
        "shape": list(t.shape),
        "min": low,
        "max": high,
        "mean": mean,
        "nan": nan,
    }


def for_json(row: dict) -> dict:
    """JSON has no infinity: 'inf', '-inf' and 'nan' are strings there."""
    return {
        key: str(value) if isinstance(value, float) and not np.isfinite(value) else value
        for key, value in row.items()
    }


def table(rows: list[dict]) -> str:
    cells = [["name", "dtype", "shape", "min", "max", "mean", "NaN"]]
    for row in rows:
        numbers = ["-" if row[k] is None else f"{row[k]:.6g}" for k in ("min", "max", "mean")]
        cells.append([shown(row["name"]), row["dtype"], dims(tuple(row["shape"])), *numbers, str(row["nan"])])
    widths = [max(len(line[i]) for line in cells) for i in range(7)]
    lines = []
    for line in cells:
        left = [cell.ljust(width) for cell, width in zip(line[:3], widths[:3])]
        right = [cell.rjust(width) for cell, width in zip(line[3:], widths[3:])]
        lines.append("  ".join(left + right))
    return "\n".join(lines)


def job(argv: Sequence[str]) -> int:
    parser = command.Parser(
        prog="lamina-list",
        description=("Lists the tensors of a weights file: name, type, shape, min, max, mean, NaN."),
    )
    parser.add_argument("file", metavar="FILE", help="one of " + " ".join(files.READABLE))
    parser.add_argument(
        "--key", metavar="NAME", help="where in a checkpoint the state dict is, as lamina-export"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args(argv)
    tensors, metadata = files.read(args.file, command.note, args.key)
    rows = [facts(name, t) for name, t in tensors.items()]
    elements = sum(t.data.size for t in tensors.values())
    size = sum(t.data.nbytes for t in tensors.values())
    if args.json:
        print(
            json.dumps(
                {
                    "file": args.file,
                    "metadata": metadata,
                    "elements": elements,
                    "bytes": size,
                    "tensors": [for_json(row) for row in rows],
                },
                indent=1,
                allow_nan=False,
            )
        )
    else:
        print(table(rows))
        print(f"{counted(len(rows), 'tensor')}, {counted(elements, 'element')}, {counted(size, 'byte')}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    return command.run(job, argv)


if __name__ == "__main__":
    sys.exit(main())
