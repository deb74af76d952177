# SPDX-License-Identifier: Apache-2.0
# QuantizeLinear and DequantizeLinear of an ONNX graph as tensors that Lamina reads: weights become the floats that
# their numbers stand for, and each value's scale and zero point get the names that plans for int8 ask for.
# Called by onnx_file.py.
from __future__ import annotations

import numpy as np

from .format import Tensor, Trouble, shown, tensor

PAIR = ("QuantizeLinear", "DequantizeLinear")
# What onnxruntime.quantization appends to the names of weights and biases.
SUFFIXES = ("_quantized", "_QuantizeLinear_Input")


def has_pairs(graph) -> bool:
    return any(node.op_type in PAIR for node in graph.node)


def axis_of(node) -> int:
    return next((a.i for a in node.attribute if a.name == "axis"), 1)


def along(numbers: np.ndarray, like: np.ndarray, axis: int) -> np.ndarray:
    """A scale or zero point of one number or one each along an axis, to be broadcast."""
    if numbers.size == 1:
        return numbers.reshape(())
    shape = [1] * like.ndim
    shape[axis] = numbers.size
    return numbers.reshape(shape)


class Pairs:
    def __init__(self, graph, tensors: dict[str, Tensor]):
        self.graph, self.tensors = graph, dict(tensors)
        self.makers = {out: node for node in graph.node for out in node.output}
        self.inputs = {value.name for value in graph.input}
        self.read_by_others = {
            name
            for node in graph.node
            for i, name in enumerate(node.input)
            if node.op_type not in PAIR or i == 0
        }

    def numbers(self, node, slot: int, of: str) -> np.ndarray:
        """The scale (1) or zero point (2) of a node of a pair."""
        name = node.input[slot] if len(node.input) > slot else ""
        if not name:
            return np.zeros((), "<f4")
        if name not in self.tensors:
            raise Trouble(
                f"the {'scale' if slot == 1 else 'zero point'} of '{shown(of)}' is computed in the graph, a "
                "constant is expected; quantize with static ranges"
            )
        return self.tensors[name].data

    def source(self, name: str) -> str:
        """The initialiser behind a chain of pairs, or the name itself."""
        while name in self.makers and self.makers[name].op_type in PAIR:
            name = self.makers[name].input[0]
        return name

    def floats(self, node) -> np.ndarray:
        """What a DequantizeLinear of an initialiser computes, through a QuantizeLinear before it."""
        name = node.input[0]
        scale, zero = self.numbers(node, 1, name), self.numbers(node, 2, name)
        if name in self.tensors:
            numbers = self.tensors[name].data
        else:
            before = self.makers[name]
            values = self.tensors[before.input[0]].values()
            own = [along(self.numbers(before, i, name), values, axis_of(before)) for i in (1, 2)]
            kind = self.numbers(before, 2, name).dtype
            ends = np.iinfo(kind if kind.kind in "iu" else np.uint8)
            numbers = np.clip(np.rint(values / own[0]) + own[1].astype("<i4"), ends.min, ends.max)
        axis = axis_of(node)
        wide = numbers.astype("<i8") - along(zero, numbers, axis).astype("<i8")
        return (wide.astype("<f4") * along(scale, numbers, axis)).astype("<f4")

    def weight_name(self, node) -> str:
        """NAME of the weights NAME.weight that a node multiplies by, or nothing."""
        for name in node.input[1:]:
            source = self.source(name)
            if source in self.tensors and self.plain(source).endswith(".weight"):
                return self.plain(source)[: -len(".weight")]
        return ""

    def plain(self, name: str) -> str:
        return next((name[: -len(end)] for end in SUFFIXES if name.endswith(end)), name)

    def label(self, value: str) -> str:
        """The layer whose result a value is: the last one with weights before it, or the network's input."""
        while value in self.makers:
            node = self.makers[value]
            found = self.weight_name(node) if node.op_type not in PAIR else ""
            if found or not node.input:
                return found or node.output[0]
            value = node.input[0]
        return value

    def unpacked(self) -> dict[str, Tensor]:
        """The tensors with floats in place of quantized weights, and LABEL.output_scale and .output_zero_point."""
        weights: dict[str, Tensor] = {}
        parts, ranges = set(), []
        for node in self.graph.node:
            if node.op_type not in PAIR:
                continue
            parts.update(name for name in node.input[1:] if name not in self.read_by_others)
            source = self.source(node.input[0])
            if source not in self.tensors:
                if node.op_type == "QuantizeLinear":
                    ranges.append(node)
            elif node.op_type == "DequantizeLinear":
                weights[self.plain(source)] = tensor("f32", self.floats(node))
                parts.add(source)
        out = {name: t for name, t in self.tensors.items() if name not in parts} | weights
        taken: set[str] = set()
        for node in ranges:
            scale, zero = self.numbers(node, 1, node.input[0]), self.numbers(node, 2, node.input[0])
            if scale.size != 1:
                continue  # not the range of a value: activations have one
            label = first = self.label(node.input[0])
            number = 1
            while label in taken:
                number += 1
                label = f"{first}.{number}"
            taken.add(label)
            added = 128 if zero.dtype == np.int8 else 0
            out[f"{label}.output_scale"] = tensor("f32", scale.astype("<f4").reshape(1))
            out[f"{label}.output_zero_point"] = tensor(
                "f32", zero.astype("<f4").reshape(1) + np.float32(added)
            )
        return out
