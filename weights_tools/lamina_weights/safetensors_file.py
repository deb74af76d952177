# SPDX-License-Identifier: Apache-2.0
# Reads and writes .safetensors: an 8 byte length, a JSON header, the elements.
# The safetensors library checks what is read; the elements are mapped, not copied.
from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import numpy as np
from safetensors import SafetensorError, safe_open

from .format import BY_HEADER_NAME, TYPES, Tensor, Trouble, shown

MAX_HEADER_BYTES = 100_000_000  # the format's own limit


def unique(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Trouble(f"its header names '{shown(twice)}' twice, expected once; export it again")
    return found


def read_header(path: Path) -> tuple[dict, int]:
    """The header as a dict, and where the elements begin; says what is short in a short file."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > MAX_HEADER_BYTES:
            raise Trouble(
                "does not begin like a safetensors file (an 8 byte header length of at "
                f"most {MAX_HEADER_BYTES}); check which file it is"
            )
        if size < 8 + length:
            raise Trouble(
                f"{size} bytes, its header alone needs {8 + length}; "
                "the file was cut short, copy or export it again"
            )
        try:
            header = json.loads(file.read(length), object_pairs_hook=unique)
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
            needed = 8 + length + max(ends, default=0)
        except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError):
            raise Trouble(
                "its header is not the JSON of a safetensors file; copy or export it again"
            ) from None
    if size != needed:
        raise Trouble(
            f"{size} bytes, its header describes {needed}; the file was cut short or "
            "added to, copy or export it again"
        )
    return header, 8 + length


def read(
    path: Path, note: Callable[[str], None] = lambda sentence: None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors in the order they lie in the file, and the file's own metadata. Those of an element
    type that is not in format.py are left out, which is noted."""
    header, start = read_header(path)
    try:
        with safe_open(str(path), "np"):  # no holes, no overlaps, extents times size == bytes
            pass
    except SafetensorError:
        raise Trouble(
            "its header contradicts itself, expected tensors back to back with as many "
            "bytes as their shapes need; copy or export it again"
        ) from None
    metadata = header.pop("__metadata__", None) or {}
    raw = np.memmap(path, np.uint8, "r")
    tensors = {}
    left_out = []
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if entry["dtype"] not in BY_HEADER_NAME:
            left_out.append(f"'{shown(name)}' ({shown(entry['dtype'])})")
            continue
        type_name = BY_HEADER_NAME[entry["dtype"]]
        begin, end = entry["data_offsets"]
        data = np.asarray(raw[start + begin : start + end]).view(TYPES[type_name][1])
        try:
            tensors[name] = Tensor(type_name, data.reshape(entry["shape"]))
        except (ValueError, OverflowError):  # more extents, or larger ones, than numpy has
            raise Trouble(
                f"tensor '{shown(name)}' has {len(entry['shape'])} extents, expected at "
                "most 6 of ordinary size; reshape it before exporting"
            ) from None
    if left_out:
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        note(f"left out what no tool here reads: {', '.join(left_out[:3])}{more}")
    return tensors, metadata


def in_file_order(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The given order, wide elements first: every tensor is then aligned to its element size."""
    return dict(sorted(tensors.items(), key=lambda item: -item[1].data.itemsize))


def to_chunks(tensors: dict[str, Tensor], metadata: dict[str, str]) -> Iterator[bytes]:
    """The file, header first. Written here since the library's writer knows no bf16 without torch
    and sorts by name; the network's own order reads better in lists and manifests."""
    if "__metadata__" in tensors:
        raise Trouble(
            "a tensor is named '__metadata__', which safetensors keeps for itself; rename it with --rename"
        )
    header: dict = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, t in in_file_order(tensors).items():
        begin, end = end, end + t.data.nbytes
        header[name] = {"dtype": TYPES[t.type][0], "shape": list(t.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for t in in_file_order(tensors).values():
        yield t.bytes()
