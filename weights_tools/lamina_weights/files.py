# SPDX-License-Identifier: Apache-2.0
# Picks the reader by suffix, and puts finished files in place all together or not at all.
# Between the formats (safetensors_file, wts_file, torch_file, onnx_file) and the commands.
from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Callable

from . import onnx_file, safetensors_file, torch_file, wts_file
from .format import Tensor, Trouble, shown

READABLE = (".safetensors", ".wts", onnx_file.SUFFIX) + torch_file.SUFFIXES


def silent(sentence: str) -> None:
    pass


def read(
    path: str, note: Callable[[str], None] = silent, key: str | None = None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of any file these tools know; trouble carries the file's name. `key` is
    the place of the state dict in a PyTorch checkpoint."""
    file = Path(path)
    if file.suffix not in READABLE:
        raise Trouble(
            f"{shown(path)}: ends in '{shown(file.suffix)}', expected one of "
            f"{' '.join(READABLE)}; rename or convert it"
        )
    try:
        if not file.is_file() and file.exists():
            raise Trouble("not a regular file; name a file")
        if file.suffix == ".safetensors":
            return safetensors_file.read(file, note)
        if file.suffix == ".wts":
            return wts_file.read(file), {}
        if file.suffix == onnx_file.SUFFIX:
            return onnx_file.read(file, note)
        return torch_file.read(file, note, key), {}
    except Trouble as trouble:
        raise Trouble(f"{shown(path)}: {trouble}") from None
    except OSError as problem:
        raise Trouble(
            f"{shown(path)}: cannot be read ({problem.strerror or problem}); "
            "check the path and its permissions"
        ) from None


def write_together(outputs: dict[str, Iterable[bytes]]) -> None:
    """Writes each file beside its place, then moves all in; on trouble no place has changed."""
    waiting: list[tuple[str, str]] = []
    try:
        for path, chunks in outputs.items():
            place = os.path.realpath(path)  # keeps a link a link
            try:
                if os.path.exists(place) and not os.path.isfile(place):
                    raise Trouble(f"{shown(path)}: not a regular file; name a file to write")
                folder, name = os.path.split(place)
                beside = os.path.join(folder, f".{name}.{os.getpid()}.part")
                handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                waiting.append((beside, place))
                with os.fdopen(handle, "wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())  # a full disk may speak up only here
            except OSError as problem:
                raise unwritable(path, problem) from None
        while waiting:
            beside, place = waiting[0]
            try:
                os.replace(beside, place)
            except OSError as problem:
                raise unwritable(place, problem) from None
            waiting.pop(0)
    finally:
        for beside, _ in waiting:
            try:
                os.remove(beside)
            except OSError:
                pass


def unwritable(path: str, problem: OSError) -> Trouble:
    return Trouble(
        f"{shown(path)}: cannot be written ({problem.strerror or problem}), nothing was "
        "left there; check the folder, its permissions and the free space"
    )
