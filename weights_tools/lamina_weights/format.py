# SPDX-License-Identifier: Apache-2.0
# What a tensor is to these tools: an element type by Lamina's name, and its elements.
# Every reader makes these, every writer and command takes them; docs/format/weights.md in code.
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Lamina's name -> (name in a safetensors header, bytes in numpy).
# bf16 has no numpy type: its bits travel as u16.
TYPES = {
    "f32": ("F32", "<f4"),
    "f16": ("F16", "<f2"),
    "bf16": ("BF16", "<u2"),
    "f64": ("F64", "<f8"),
    "i8": ("I8", "i1"),
    "u8": ("U8", "u1"),
    "i32": ("I32", "<i4"),
    "i64": ("I64", "<i8"),
    "boolean": ("BOOL", "?"),
    # Not Lamina's: listed and compared by these tools, left out by lamina-export.
    "i16": ("I16", "<i2"),
    "u16": ("U16", "<u2"),
    "u32": ("U32", "<u4"),
    "u64": ("U64", "<u8"),
    "c64": ("C64", "<c8"),
    "f8_e4m3": ("F8_E4M3", "u1"),  # no numpy type either: bits
    "f8_e5m2": ("F8_E5M2", "u1"),
}
LAMINA_TYPES = ("f32", "f16", "bf16", "f64", "i8", "u8", "i32", "i64", "boolean")
FLOAT_TYPES = ("f32", "f16", "bf16", "f64", "f8_e4m3", "f8_e5m2")
BY_HEADER_NAME = {header: name for name, (header, _) in TYPES.items()}

MAX_RANK = 6  # the rank of lamina::shape


def e4m3_numbers() -> np.ndarray:
    """float8_e4m3fn: bias 7, no infinity, NaN where all seven bits are set."""
    bits = np.arange(128)
    power, part = bits >> 3, bits & 7
    numbers = np.where(power == 0, part / 8 * 2.0**-6, (1 + part / 8) * 2.0 ** (power - 7.0))
    numbers[127] = np.nan
    return np.concatenate([numbers, -numbers]).astype("<f4")


E4M3 = e4m3_numbers()


class Trouble(Exception):
    """Something the user has to fix: one sentence, shown on stderr, exit code 2."""


@dataclass(frozen=True)
class Tensor:
    type: str
    data: np.ndarray  # TYPES[type] elements, in the tensor's shape
    flat: bool = False  # True where the file holds no shape (.wts)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)

    def values(self) -> np.ndarray:
        """The numbers themselves: what numpy has no type for widened to float32 (exact), everything
        else as it is."""
        if self.type == "bf16":
            return np.asarray(np.left_shift(self.data, 16, dtype="<u4")).view("<f4")
        if self.type == "f8_e5m2":  # the upper half of an f16
            halves = np.asarray(np.left_shift(self.data, 8, dtype="<u2")).view("<f2")
            return halves.astype("<f4")
        if self.type == "f8_e4m3":
            return E4M3[self.data]
        return self.data

    def bytes(self) -> bytes:
        return np.ascontiguousarray(self.data).tobytes()


def tensor(type_name: str, data: np.ndarray, flat: bool = False) -> Tensor:
    """A Tensor whose elements are little-endian whatever the machine."""
    return Tensor(type_name, np.asarray(data, dtype=TYPES[type_name][1]), flat)


def shown(text: object) -> str:
    """A name or path that is safe to print: characters a terminal would obey are spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def counted(count: int, noun: str) -> str:
    """1 tensor, 2 tensors."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def dims(shape: tuple[int, ...]) -> str:
    """Shapes as every Lamina message writes them: 1x64x56x56; a scalar has none."""
    return "x".join(str(d) for d in shape) if shape else "scalar"
