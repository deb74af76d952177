# SPDX-License-Identifier: Apache-2.0
# What GPTQ and AWQ store of a linear layer, NAME.qweight, .qzeros, .scales and perhaps .g_idx, as the floats
# NAME.weight that it stands for. lamina-export --unpack calls it; docs/guide/precision.md has what engines read as it is.
from __future__ import annotations

import numpy as np

from .format import Tensor, Trouble, dims, shown, tensor

FORMATS = ("gptq", "gptq_v2")  # how zero points are stored: one less, or as they are. AWQ's are as they are
BITS = (2, 3, 4, 8)
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)  # of eight outputs, from a word's lowest bits on


def numbers(words: np.ndarray, bits: int) -> np.ndarray:
    """The numbers of each row's words, one stream from the lowest bits on: [rows, words] -> [rows, numbers]."""
    stream = np.unpackbits(np.ascontiguousarray(words, "<i4").view("u1"), axis=1, bitorder="little")
    return stream.reshape(len(words), -1, bits).astype("<i4") @ (1 << np.arange(bits, dtype="<i4"))


def weight_of(layer: str, found: dict[str, Tensor], zeros_format: str) -> Tensor:
    """The weight [outputs, inputs] of a layer, f32."""

    def fail(suffix: str, what: str):
        raise Trouble(f"tensor '{shown(layer)}{suffix}' {what}")

    for suffix in ("qweight", "qzeros", "scales"):
        if suffix not in found:
            fail(f".{suffix}", f"is missing beside '{shown(layer)}.qweight'; GPTQ and AWQ have both")
        if len(found[suffix].shape) != 2 or 0 in found[suffix].shape:
            fail(f".{suffix}", f"is {dims(found[suffix].shape)}, a matrix is expected; quantize again")
        if suffix != "scales" and found[suffix].type != "i32":
            fail(f".{suffix}", f"is of type {found[suffix].type}, i32 is expected; quantize again")
    packed, zeros, scales = (found[k].values() for k in ("qweight", "qzeros", "scales"))
    groups, outputs = scales.shape
    bits = 32 * zeros.shape[1] // outputs
    if zeros.shape[0] != groups or bits not in BITS or zeros.shape[1] * 32 != bits * outputs:
        fail(
            ".qzeros",
            f"is {dims(zeros.shape)}, which is not {groups} groups of {outputs} outputs in "
            f"{', '.join(map(str, BITS))} bits; quantize again",
        )
    zero = numbers(zeros, bits)
    if packed.shape[1] == outputs:
        q = numbers(packed.T, bits)  # GPTQ: neighbouring inputs in a word
        if zeros_format == "gptq":
            zero = (zero + 1) & ((1 << bits) - 1)
    elif bits == 4 and packed.shape[1] == zeros.shape[1]:
        order = np.argsort(AWQ_ORDER) + 8 * np.arange(outputs // 8)[:, None]
        q, zero = numbers(packed, 4)[:, order.ravel()].T, zero[:, order.ravel()]
    else:
        fail(".qweight", f"is {dims(packed.shape)}, neither GPTQ's nor AWQ's for {outputs} outputs")
    inputs = q.shape[1]
    if "g_idx" in found:
        of_input = found["g_idx"].values().reshape(-1)
        if len(of_input) != inputs or of_input.min() < 0 or of_input.max() >= groups:
            fail(".g_idx", f"is not a group below {groups} for each of {inputs} inputs; quantize again")
    elif inputs % groups:
        fail(".scales", f"has {groups} groups for {inputs} inputs, equal ones are expected")
    else:
        of_input = np.arange(inputs) // (inputs // groups)
    by_input = (q - zero.T[:, of_input]).astype("<f4")
    return tensor("f32", by_input * scales.T.astype("<f4")[:, of_input])


def unpack(tensors: dict[str, Tensor], zeros_format: str) -> dict[str, Tensor]:
    """All layers of such a file; what else it has stays as it is, in its place."""
    suffixes = ("qweight", "qzeros", "scales", "g_idx")
    layers = {name[: -len(".qweight")] for name in tensors if name.endswith(".qweight")}
    if not layers:
        raise Trouble("no tensor ends in '.qweight', --unpack is for files of GPTQ and AWQ; leave it out")
    out: dict[str, Tensor] = {}
    for name, t in tensors.items():
        layer, _, suffix = name.rpartition(".")
        if layer not in layers or suffix not in suffixes:
            out[name] = t
        elif suffix == "qweight":
            found = {s: tensors[f"{layer}.{s}"] for s in suffixes if f"{layer}.{s}" in tensors}
            out[f"{layer}.weight"] = weight_of(layer, found, zeros_format)
    return out
