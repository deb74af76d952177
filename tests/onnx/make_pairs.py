# SPDX-License-Identifier: Apache-2.0
"""Records what ONNX Runtime computes for a network with QuantizeLinear and DequantizeLinear, for tests/models/int8_pairs.cpp.

usage: make_pairs.py [pairs.safetensors]      needs onnx, onnxruntime, safetensors

The network is `recorded` of that test: weights are int8 with a scale for each output, activations uint8. Keys:
LAYER.weight (what its int8 numbers stand for), LAYER.bias, VALUE.scale and VALUE.zero_point of each stored value, "x", and
the outputs "sum" and "rows". Before, ranges come from a run in floats.
"""

import pathlib
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

random = np.random.default_rng(20)
# name, inputs, outputs, kernel, stride, groups; 0: a linear layer
LAYERS = [
    ("stem", 3, 24, 3, 2, 1),
    ("a", 24, 32, 3, 1, 1),
    ("b", 32, 24, 1, 1, 1),
    ("deep", 24, 24, 3, 1, 24),
    ("c", 24, 40, 1, 1, 1),
    ("fc", 40, 20, 0, 0, 1),
]
VALUES = ["image", "stem", "a", "sum", "deep", "c", "pooled", "rows"]


def drawn():
    tensors = {"x": random.uniform(-2.1, 2.6, (2, 3, 18, 22)).astype(np.float32)}
    for name, inputs, outputs, kernel, _, groups in LAYERS:
        dims = (outputs, inputs // groups) + ((kernel, kernel) if kernel else ())
        bound = (3 / np.prod(dims[1:])) ** 0.5
        tensors[f"{name}.weight"] = random.uniform(-bound, bound, dims).astype(np.float32)
        tensors[f"{name}.bias"] = random.uniform(-0.3, 0.3, outputs).astype(np.float32)
    return tensors


def model(tensors, ranges=None):
    """The network in floats, or with pairs around what has a range."""
    nodes, constants = [], {}

    def add(kind, inputs, out, **attributes):
        nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def constant(name, array):
        constants[name] = numpy_helper.from_array(np.asarray(array), name)
        return name

    def stored(x, name):
        if not ranges:
            return add("Identity", [x], f"{name}_value")
        numbers = [constant(f"{name}_s", ranges[name][0]), constant(f"{name}_z", ranges[name][1])]
        q = add("QuantizeLinear", [x, *numbers], f"{name}_q")
        return add("DequantizeLinear", [q, *numbers], f"{name}_value")

    def layer(x, source, name, stride, groups, out):
        weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        pads = [weight.shape[-1] // 2] * 4 if weight.ndim == 4 else None
        if ranges:
            scale = np.abs(weight.reshape(len(weight), -1)).max(1) / np.float32(127)
            shape = (-1,) + (1,) * (weight.ndim - 1)
            q = np.clip(np.rint(weight / scale.reshape(shape)), -127, 127).astype(np.int8)
            tensors[f"{name}.weight"] = q.astype(np.float32) * scale.reshape(shape)
            each = scale * ranges[source][0]
            whole = np.rint(bias / each).astype(np.int32)
            tensors[f"{name}.bias"] = (whole * each.astype(np.float64)).astype(np.float32)
            inputs = []
            for key, numbers, factor in (("w", q, scale), ("b", whole, each)):
                names = [
                    constant(f"{name}_{key}", numbers),
                    constant(f"{name}_{key}s", factor.astype(np.float32)),
                    constant(f"{name}_{key}z", np.zeros_like(numbers, shape=factor.shape)),
                ]
                inputs.append(add("DequantizeLinear", names, f"{name}_{key}f", axis=0))
        else:
            inputs = [constant(f"{name}_w", weight), constant(f"{name}_b", bias)]
        if pads is None:
            return add("Gemm", [x, *inputs], out, transB=1)
        return add("Conv", [x, *inputs], out, pads=pads, strides=[stride] * 2, group=groups)

    def conv(x, source, name, relu=True):
        _, _, _, _, stride, groups = next(row for row in LAYERS if row[0] == name)
        y = layer(x, source, name, stride, groups, f"{name}_conv")
        return add("Relu", [y], f"{name}_relu") if relu else y

    skip = stored(conv(stored("x", "image"), "image", "stem"), "stem")
    a = stored(conv(skip, "stem", "a"), "a")
    both = add("Relu", [add("Add", [conv(a, "a", "b", relu=False), skip], "both")], "both_relu")
    b = stored(both, "sum")
    deep = stored(conv(b, "sum", "deep"), "deep")
    c = stored(conv(deep, "deep", "c"), "c")
    pooled = stored(add("GlobalAveragePool", [c], "mean"), "pooled")
    flat = add("Flatten", [pooled], "flat")
    stored(layer(flat, "pooled", "fc", 1, 1, "fc_out"), "rows")
    names = [f"{name}_value" for name in VALUES]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, tensors["x"].shape)
    if ranges:
        values = [v for v in values if v.name in ("sum_value", "rows_value")]
    graph = helper.make_graph(nodes, "pairs", [x], values, list(constants.values()))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip([v.name for v in values], session.run(None, {"x": tensors["x"]}), strict=True))


def main(to):
    tensors = drawn()
    ranges = {}
    for name, seen in zip(VALUES, model(tensors).values(), strict=True):
        # Slightly less than all: some numbers are cut.
        low, high = min(float(seen.min()), 0) * 0.97, max(float(seen.max()), 0) * 0.97
        scale = np.float32((high - low) / 255)
        ranges[name] = (scale, np.uint8(round(-low / float(scale))))
    outputs = model(tensors, ranges)
    for name, (scale, zero) in ranges.items():
        tensors[f"{name}.scale"] = np.array([scale], np.float32)
        tensors[f"{name}.zero_point"] = np.array([zero], np.float32)
    tensors["sum"], tensors["rows"] = outputs["sum_value"], outputs["rows_value"]
    save_file(tensors, to)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("pairs.safetensors"))
