# SPDX-License-Identifier: Apache-2.0
"""An ONNX file as a PyTorch module that computes in float64: the operators that the packages' networks use."""

import torch
from torch.nn import functional as F

TYPES = {1: torch.float64, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: torch.float64}


def sides(a, count):
    """pads of ONNX as (before and after of each axis alike) or None."""
    pads = a.get("pads", [0] * 2 * count)
    if pads[:count] != pads[count:]:
        raise NotImplementedError(f"pads {pads}")
    return pads[:count]


def conv(a, x, w, b=None):
    count = w.dim() - 2
    call = {1: F.conv1d, 2: F.conv2d}[count]
    strides, dilations = a.get("strides", [1] * count), a.get("dilations", [1] * count)
    return call(x, w, b, strides, sides(a, count), dilations, a.get("group", 1))


def pool(call):
    return lambda a, x: call(
        x, a["kernel_shape"], a["strides"], sides(a, 2), ceil_mode=bool(a.get("ceil_mode", 0))
    )


def average(a, x):
    return F.avg_pool2d(x, a["kernel_shape"], a["strides"], sides(a, 2), bool(a.get("ceil_mode", 0)), False)


def reduced(call):
    def run(a, x, axes=None):
        axes = a["axes"] if axes is None else axes.tolist()
        return call(x, axes, bool(a.get("keepdims", 1)))

    return run


def part(a, x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps, strict=True):
        extent = x.shape[axis]
        begin, stop = (min(max(e + extent if e < 0 else e, 0), extent) for e in (start, end))
        x = x.narrow(axis, begin, max(stop - begin, 0))
        x = x if step == 1 else x.index_select(axis, torch.arange(0, x.shape[axis], step))
    return x


def shaped(a, x, dims):
    dims = [x.shape[i] if extent == 0 else extent for i, extent in enumerate(dims.tolist())]
    return x.reshape(dims)


def squeezed(a, x, axes=None):
    for axis in sorted(a["axes"] if axes is None else axes.tolist(), reverse=True):
        x = x.squeeze(axis)
    return x


def unsqueezed(a, x, axes):
    for axis in sorted(axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def enlarged(a, x, _, scales):
    """Whole factors, nearest, asymmetric: each element is repeated."""
    for axis, scale in enumerate(scales.tolist()):
        x = x.repeat_interleave(int(scale), axis)
    return x


def normed(a, x, weight, bias, mean, variance):
    return F.batch_norm(x, mean, variance, weight, bias, eps=a.get("epsilon", 1e-5))


def cut(a, x, low, high):
    return torch.minimum(torch.maximum(x, low), high)


OPERATORS = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": average,
    "BatchNormalization": normed,
    "Cast": lambda a, x: x.to(TYPES[a["to"]]),
    "Clip": cut,
    "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Conv": conv,
    "ConvTranspose": lambda a, x, w, b=None: F.conv_transpose2d(x, w, b, a["strides"], sides(a, 2)),
    "Div": lambda a, x, y: x / y,
    "Equal": lambda a, x, y: x == y,
    "Exp": lambda a, x: x.exp(),
    "Expand": lambda a, x, dims: x * torch.ones(dims.tolist(), dtype=x.dtype),
    "GlobalAveragePool": lambda a, x: x.mean(tuple(range(2, x.dim())), True),
    "GlobalMaxPool": lambda a, x: x.amax(tuple(range(2, x.dim())), True),
    "HardSigmoid": lambda a, x: (a["alpha"] * x + a["beta"]).clamp(0, 1),
    "Identity": lambda a, x: x,
    "MatMul": lambda a, x, y: x @ y,
    "Max": lambda a, x, y: torch.maximum(x, y),
    "MaxPool": pool(F.max_pool2d),
    "Mul": lambda a, x, y: x * y,
    "Pow": lambda a, x, y: x**y,
    "Reciprocal": lambda a, x: 1 / x,
    "ReduceMax": reduced(torch.amax),
    "ReduceMean": reduced(torch.mean),
    "ReduceSum": reduced(torch.sum),
    "Relu": lambda a, x: x.relu(),
    "Reshape": shaped,
    "Resize": enlarged,
    "Shape": lambda a, x: torch.tensor(x.shape),
    "Sigmoid": lambda a, x: x.sigmoid(),
    "Slice": part,
    "Softmax": lambda a, x: x.softmax(a.get("axis", -1)),
    "Sqrt": lambda a, x: x.sqrt(),
    "Squeeze": squeezed,
    "Sub": lambda a, x, y: x - y,
    "Tanh": lambda a, x: x.tanh(),
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Unsqueeze": unsqueezed,
}


class OnnxModule(torch.nn.Module):
    """`path`'s graph, node after node; gives its outputs in their order."""

    def __init__(self, path):
        super().__init__()
        import onnx

        self.helper, self.arrays = onnx.helper, onnx.numpy_helper
        self.graph = onnx.load(str(path)).graph
        self.constants = {t.name: self.wide(t) for t in self.graph.initializer}

    def wide(self, tensor):
        value = torch.from_numpy(self.arrays.to_array(tensor).copy())
        return value.double() if value.is_floating_point() else value

    def forward(self, *inputs):
        known = dict(self.constants)
        given = [i.name for i in self.graph.input if i.name not in known]
        known.update(zip(given, inputs, strict=True))
        known[""] = None
        for node in self.graph.node:
            a = {one.name: self.helper.get_attribute_value(one) for one in node.attribute}
            if node.op_type == "Constant":
                known[node.output[0]] = self.wide(a["value"])
            else:
                known[node.output[0]] = OPERATORS[node.op_type](a, *(known[name] for name in node.input))
        return [known[output.name] for output in self.graph.output]
