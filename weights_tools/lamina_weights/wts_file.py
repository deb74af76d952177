# SPDX-License-Identifier: Apache-2.0
# Reads and writes .wts, the text format of tensorrtx: names, counts, big-endian float32 in hex.
# It holds no shapes and no types: reading gives flat f32 tensors.
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .format import Tensor, Trouble, shown, tensor

HEX_WORD = re.compile(r"[0-9a-fA-F]{8}")


def read(path: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    with open(path, encoding="utf-8", newline="\n") as file:
        try:
            first = file.readline(64).strip()
            if not (first.isascii() and first.isdigit()):
                raise Trouble(
                    f"line 1 is '{shown(first[:32])}', expected the number of tensors; "
                    "is this a tensorrtx .wts file?"
                )
            for number, line in enumerate(file, 2):
                if not line.strip():
                    continue
                name, data = parse_line(number, line)
                if name in tensors:
                    raise Trouble(
                        f"line {number}: '{shown(name)}' was there before, expected each "
                        "name once; export the file again"
                    )
                tensors[name] = tensor("f32", data, flat=True)
        except UnicodeDecodeError:
            raise Trouble("not text, expected a tensorrtx .wts file; check which file it is") from None
    if len(tensors) != int(first):
        raise Trouble(
            f"{len(tensors)} tensors, line 1 promises {int(first)}; "
            "the file was cut short or edited, export it again"
        )
    return tensors


def parse_line(number: int, line: str) -> tuple[str, np.ndarray]:
    name, *words = line.split()
    count = words.pop(0) if words else ""
    if not (count.isascii() and count.isdigit()):
        raise Trouble(
            f"line {number}: '{shown(name[:64])}' is followed by '{shown(count[:32])}', "
            "expected its number of values; export the file again"
        )
    if len(words) != int(count):
        raise Trouble(
            f"line {number}: '{shown(name)}' has {len(words)} values, {int(count)} "
            "promised; the file was cut short or edited, export it again"
        )
    odd = next((word for word in words if not HEX_WORD.fullmatch(word)), None)
    if odd is not None:
        raise Trouble(
            f"line {number}: '{shown(name)}' holds '{shown(odd[:32])}', expected values "
            "of 8 hexadecimal digits; export the file again"
        )
    return name, np.frombuffer(bytes.fromhex("".join(words)), ">f4")


def to_chunks(tensors: dict[str, Tensor]) -> Iterator[bytes]:
    """The file line by line; numbers of other types are written as float32 (export reports it)."""
    for name in tensors:
        if not name or len(name.split()) != 1 or name != name.strip():
            raise Trouble(
                f"tensor '{shown(name)}' has a name with a blank, expected one word in a "
                ".wts file; rename it with --rename"
            )
    yield f"{len(tensors)}\n".encode()
    for name, t in tensors.items():
        words = t.values().astype(">f4").tobytes().hex(" ", 4)
        # Two blanks behind the count, as tensorrtx's own gen_wts.py has them.
        yield f"{name} {t.data.size}  {words}\n".encode()
