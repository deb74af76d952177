# SPDX-License-Identifier: Apache-2.0
# Finds the state dict in a PyTorch checkpoint, wherever a training script has put it, and reads its
# tensors. checkpoint.py opens the file; nothing here or there runs what is in it.
from __future__ import annotations

from pathlib import Path
from typing import Callable

from .checkpoint import SAVE_HINT, Standin, Stored, Unread, first_line, open_file
from .format import FLOAT_TYPES, Tensor, Trouble, shown

SUFFIXES = (".pt", ".pth", ".th", ".ckpt", ".bin")
MAX_DEPTH = 6  # of dicts in dicts; scripts use two or three
LISTED = 12  # of candidates or names in one sentence


def read(
    path: Path, note: Callable[[str], None] = lambda sentence: None, key: str | None = None
) -> dict[str, Tensor]:
    state = state_dict(open_file(path), note, key)
    tensors: dict[str, Tensor] = {}
    left_out: list[str] = []
    for name, value in state.items():
        if isinstance(name, str) and isinstance(value, Stored):
            try:
                tensors[name] = value.read()
            except Trouble as trouble:
                raise Trouble(
                    f"tensor '{shown(name)}' {trouble}; the file is damaged, copy it again"
                ) from None
            except OSError:
                raise
            except Exception as problem:
                raise Trouble(
                    f"tensor '{shown(name)}' does not read ({first_line(problem)}); "
                    "the file is damaged or cut short, copy it again"
                ) from None
        else:
            left_out.append(f"'{shown(name)}' ({kind_of(value)})")
    if left_out:
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        note(f"left out what is no dense tensor: {', '.join(left_out[:3])}{more}")
    return tensors


KINDS = {"scalar": "numpy scalar", "_reconstruct": "numpy array", "NoneType": "None"}


def kind_of(value: object) -> str:
    if isinstance(value, Unread):
        return shown(value.element)
    if isinstance(value, Standin):
        kind = type(value).__name__
        return "tensor that is not dense" if "_rebuild_" in kind else shown(KINDS.get(kind, kind))
    return "tensor" if isinstance(value, Stored) else KINDS.get(type(value).__name__, type(value).__name__)


def is_weight_name(name: object) -> bool:
    return isinstance(name, str) and name.split(".")[-1] in ("weight", "bias")


def candidates(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where state dicts are: dicts by name that hold a float tensor of one axis or more. Not those
    of an optimiser, and not one that only keeps a few tensors beside the real one."""
    if not isinstance(value, dict) or len(path) > MAX_DEPTH:
        return []
    if "param_groups" in value and "state" in value:  # torch.optim
        return []
    inside = []
    for name, entry in value.items():
        if isinstance(name, str):
            inside += candidates(entry, path + (name,))
    own = [
        name
        for name, entry in value.items()
        if isinstance(name, str)
        and isinstance(entry, Stored)
        and entry.element in FLOAT_TYPES
        and entry.shape
    ]
    if own and (not inside or any(is_weight_name(name) for name in own)):
        inside.insert(0, path)
    return inside


def entry_at(value: object, key: str) -> object:
    """The entry of a dotted path; names may hold dots themselves. None if there is none."""
    if not isinstance(value, dict):
        return None
    if key in value:
        return value[key]
    for name in value:
        if isinstance(name, str) and key.startswith(name + "."):
            found = entry_at(value[name], key[len(name) + 1 :])
            if found is not None:
                return found
    return None


def listed(loaded: object, paths: list[tuple[str, ...]]) -> str:
    """'state_dict' (161 tensors), 'ema.shadow' (161 tensors)"""
    parts = []
    for path in paths[:LISTED]:
        value = loaded
        for name in path:
            value = value[name]
        count = sum(isinstance(entry, Stored) for entry in value.values())
        where = f"'{shown('.'.join(path))}'" if path else "the whole file"
        parts.append(f"{where} ({count} tensor{'' if count == 1 else 's'})")
    return ", ".join(parts) + (f" and {len(paths) - LISTED} more" if len(paths) > LISTED else "")


def state_dict(loaded: object, note: Callable[[str], None], key: str | None) -> dict:
    """The dict of tensors: the only one there is, or the one that --key names."""
    if not isinstance(loaded, dict):
        kind = f"{type(loaded).__module__}.{type(loaded).__name__}"
        raise Trouble(
            f"holds a {kind if isinstance(loaded, Standin) else type(loaded).__name__}, "
            f"expected a state dict; {SAVE_HINT}"
        )
    found = candidates(loaded)
    if key is not None:
        chosen = entry_at(loaded, key)
        if not isinstance(chosen, dict) or not any(isinstance(v, Stored) for v in chosen.values()):
            have = listed(loaded, found) if found else "none"
            raise Trouble(
                f"--key {shown(key)} is no dict of tensors in it; its state dicts are {have}, "
                "name one of these"
            )
        return chosen
    if not found:
        entries = ", ".join(
            f"'{shown(name)}' ({kind_of(value)})" for name, value in list(loaded.items())[:LISTED]
        )
        # A file of one scalar, or of indices alone, is a state dict too.
        if any(isinstance(value, Stored) for value in loaded.values()):
            return loaded
        raise Trouble(f"no dict in it holds tensors by name, it has {entries or 'nothing'}; {SAVE_HINT}")
    if len(found) > 1:
        raise Trouble(
            f"{len(found)} state dicts are in it: {listed(loaded, found)}; choose one with --key NAME"
        )
    if found[0]:
        note(f"took the state dict from '{shown('.'.join(found[0]))}'")
    for name in found[0]:
        loaded = loaded[name]
    return loaded
