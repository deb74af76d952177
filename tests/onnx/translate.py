# SPDX-License-Identifier: Apache-2.0
"""ONNX operators as Lamina's layers, as somebody who writes the network by hand would use them.

`OPERATORS` has every operator that the language covers; a function gets a Node and a Program. What the
language does not have raises Unsupported with the reason.
"""

import math

import numpy as np
from program import Unsupported

OPERATORS = {}
# Of the first input, where an operator takes others than float32.
TYPES = {}


class Node:
    """One operator of a test case: attributes, input arrays (None: absent), expected outputs and which of
    the operator's outputs they are."""

    def __init__(self, op, attributes, names, arrays, expected, opset, wanted=()):
        self.op, self.attributes, self.names, self.arrays = (op, attributes, names, arrays)
        self.expected, self.opset, self.wanted = expected, opset, wanted

    def attribute(self, name, default=None):
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def array(self, i):
        return self.arrays[i] if i < len(self.arrays) else None

    def value(self, program, i):
        """Input i as a network's input."""
        return program.input(self.names[i], self.arrays[i])

    def numbers(self, i):
        """Input i as a list of ints, or None."""
        found = self.array(i)
        return None if found is None else [int(v) for v in np.ravel(found)]

    def number(self, i, default=None):
        found = self.array(i)
        return default if found is None else float(np.ravel(found)[0])


def operator(*names):
    def keep(function):
        for name in names:
            OPERATORS[name] = function
        return function

    return keep


def floats(value):
    """A float as JSON can carry it."""
    value = float(value)
    return str(value) if not math.isfinite(value) else value


def simple(program, layer, x, *arguments):
    return program.layer(layer, x, arguments=[floats(a) for a in arguments])


def scalar(program, function, x, number):
    """x with a number: add, sub, mul, div, min, max, pow; rsub, rdiv, rpow have it on the left."""
    return program.layer("scalar", x, function=function, number=floats(number))


def binary(program, function, a, b):
    return program.layer("binary", [a, b], function=function)


# Comparisons, logic, choices


@operator("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor")
def truth_of_two(node, p):
    names = {"Equal": "eq", "Less": "lt", "LessOrEqual": "le", "Greater": "gt", "GreaterOrEqual": "ge"}
    function = names.get(node.op, "logical_" + node.op.lower())
    return [p.layer("truth_of_two", [node.value(p, 0), node.value(p, 1)], function=function)]


for compared in ("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"):
    TYPES[compared] = [np.float32, np.int32, np.int8, np.uint8, np.bool_]
for logical in ("And", "Or", "Xor", "Not", "Where"):
    TYPES[logical] = [np.bool_]


@operator("Not", "IsNaN")
def truth_of_one(node, p):
    function = {"Not": "logical_not", "IsNaN": "isnan"}[node.op]
    return [p.layer("truth_of_one", node.value(p, 0), function=function)]


@operator("IsInf")
def is_inf(node, p):
    x = node.value(p, 0)
    found = p.layer("truth_of_one", x, function="isinf")
    for attribute, function in (("detect_positive", "gt"), ("detect_negative", "lt")):
        if not node.attribute(attribute, 1):  # then it has the other sign
            other = {"gt": "lt", "lt": "gt"}[function]
            side = p.layer("truth_of_number", x, function=other, number=0)
            found = p.layer("truth_of_two", [found, side], function="logical_and")
    return [found]


@operator("Where")
def where(node, p):
    return [p.layer("where", [node.value(p, i) for i in range(3)])]


# Functions of one value


@operator(
    "Relu",
    "Sigmoid",
    "Tanh",
    "HardSwish",
    "Mish",
    "Exp",
    "Log",
    "Sqrt",
    "Abs",
    "Neg",
    "Softplus",
    "Softsign",
    "Sin",
    "Cos",
    "Tan",
    "Asin",
    "Acos",
    "Atan",
    "Sinh",
    "Cosh",
    "Asinh",
    "Acosh",
    "Atanh",
    "Erf",
    "Floor",
    "Ceil",
    "Round",
    "Sign",
    "Reciprocal",
)
def plain_function(node, p):
    names = {"HardSwish": "hard_swish"}
    layer = names.get(node.op, node.op.lower())
    return [simple(p, layer, node.value(p, 0))]


@operator("LeakyRelu", "Elu")
def function_of_alpha(node, p):
    layer, default = {"LeakyRelu": ("leaky_relu", 0.01), "Elu": ("elu", 1.0)}[node.op]
    return [simple(p, layer, node.value(p, 0), node.attribute("alpha", default))]


@operator("Selu")
def selu(node, p):
    alpha, gamma = (
        node.attribute("alpha", 1.67326319217681884765625),
        node.attribute("gamma", 1.05070102214813232421875),
    )
    if round(alpha, 6) == 1.673263 and round(gamma, 6) == 1.050701:
        return [simple(p, "selu", node.value(p, 0))]
    return [scalar(p, "mul", simple(p, "elu", node.value(p, 0), alpha), gamma)]


@operator("Celu")
def celu(node, p):
    return [simple(p, "celu", node.value(p, 0), node.attribute("alpha", 1.0))]


@operator("HardSigmoid")
def hard_sigmoid(node, p):
    return [
        simple(p, "hard_sigmoid", node.value(p, 0), node.attribute("alpha", 0.2), node.attribute("beta", 0.5))
    ]


@operator("Gelu")
def gelu(node, p):
    layer = "gelu_tanh" if node.attribute("approximate", "none") == "tanh" else "gelu_erf"
    return [simple(p, layer, node.value(p, 0))]


@operator("Swish")
def swish(node, p):
    x, alpha = node.value(p, 0), node.attribute("alpha", 1.0)
    if alpha == 1:
        return [simple(p, "silu", x)]
    return [binary(p, "mul", x, simple(p, "sigmoid", scalar(p, "mul", x, alpha)))]


@operator("ThresholdedRelu")
def thresholded_relu(node, p):
    return [simple(p, "threshold", node.value(p, 0), node.attribute("alpha", 1.0), 0)]


@operator("Shrink")
def shrink(node, p):
    x, bound, bias = (node.value(p, 0), node.attribute("lambd", 0.5), node.attribute("bias", 0.0))
    if bias not in (0, bound):
        raise Unsupported("a bias that is neither 0 nor lambd")
    return [simple(p, "soft_shrink" if bias else "hard_shrink", x, bound)]


@operator("SwiGLU")
def swiglu(node, p):
    return [binary(p, "mul", swish(node, p)[0], node.value(p, 1))]


@operator("Clip")
def clip(node, p):
    x = node.value(p, 0)
    low = node.number(1, node.attribute("min"))
    high = node.number(2, node.attribute("max"))
    if low is not None and high is not None:
        return [simple(p, "clamp", x, low, high)]
    if low is not None:
        return [scalar(p, "max", x, low)]
    return [scalar(p, "min", x, high) if high is not None else x]


@operator("PRelu")
def prelu(node, p):
    x, slope = node.array(0), node.array(1)
    value = node.value(p, 0)
    channels = [1] * x.ndim
    if x.ndim > 1:
        channels[1] = x.shape[1]
    aligned = list(slope.shape)
    while len(aligned) < x.ndim:
        aligned.insert(0, 1)
    if slope.size == 1 or aligned == channels:
        p.weight("act.weight", slope.reshape(-1))
        return [p.layer("prelu", value, name="act", count=int(slope.size))]
    negative = binary(p, "mul", p.constant(slope), scalar(p, "min", value, 0))
    return [binary(p, "add", scalar(p, "max", value, 0), negative)]


# Functions of two values


@operator("Add", "Sub", "Mul", "Div", "Pow")
def function_of_two(node, p):
    return [binary(p, node.op.lower(), node.value(p, 0), float_value(node, p, 1))]


def float_value(node, p, i):
    """Input i as floats, also where the case has integers (an exponent)."""
    return p.input(node.names[i], node.arrays[i].astype(np.float32))


@operator("Min", "Max", "Sum", "Mean")
def function_of_many(node, p):
    function = {"Sum": "add", "Mean": "add"}.get(node.op, node.op.lower())
    out = node.value(p, 0)
    for i in range(1, len(node.arrays)):
        out = binary(p, function, out, node.value(p, i))
    return [scalar(p, "mul", out, 1 / len(node.arrays)) if node.op == "Mean" else out]


# Convolutions and pools


def as_image(p, x, rank):
    """NxCxW as NxCx1xW; the language's windows are those of images and volumes."""
    if rank == 3:
        return p.layer("unsqueeze", x, axis=2)
    if rank in (4, 5):
        return x
    raise Unsupported("a window of more than three axes, the language has volumes NxCxDxHxW")


def windowed(name, rank):
    """The layer's name for images, or for volumes."""
    volumes = {"conv2d": "conv3d", "conv_transpose2d": "conv_transpose3d"}
    if rank != 5:
        return name
    return volumes.get(name) or name.replace("pool", "pool3d")


def from_image(p, x, rank):
    return p.layer("squeeze", x, axis=2) if rank == 3 else x


def window(node, kernel):
    """Kernel, strides, dilations, pads of a window as options, for one to three axes."""
    axes, extents = len(kernel), node.array(0).shape[2:]
    stride = node.attribute("strides", [1] * axes)
    dilation = node.attribute("dilations", [1] * axes)
    pads = node.attribute("pads", [0] * 2 * axes)
    auto = node.attribute("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        before, after = [], []
        for i in range(axes):
            need = max(
                0,
                (math.ceil(extents[i] / stride[i]) - 1) * stride[i]
                + (kernel[i] - 1) * dilation[i]
                + 1
                - extents[i],
            )
            low = need // 2 if auto == "SAME_UPPER" else need - need // 2
            before.append(low)
            after.append(need - low)
        pads = before + after
    elif auto == "VALID":
        pads = [0] * 2 * axes
    if axes == 1:
        kernel, stride, dilation, pads = (
            [1, *kernel],
            [1, *stride],
            [1, *dilation],
            [0, pads[0], 0, pads[1]],
        )
    return {
        "kernel": list(map(int, kernel)),
        "stride": list(map(int, stride)),
        "dilation": list(map(int, dilation)),
        "pad": list(map(int, pads)),
    }


@operator("Conv")
def conv(node, p):
    weight, bias, rank = node.array(1), node.array(2), node.array(0).ndim
    x = as_image(p, node.value(p, 0), rank)
    options = window(node, weight.shape[2:])
    p.weight("conv.weight", weight[:, :, None] if rank == 3 else weight)
    if bias is not None:
        p.weight("conv.bias", bias)
    y = p.layer(
        windowed("conv2d", rank),
        x,
        name="conv",
        out=weight.shape[0],
        groups=node.attribute("group", 1),
        bias=bias is not None,
        **options,
    )
    return [from_image(p, y, rank)]


@operator("ConvTranspose")
def conv_transpose(node, p):
    weight, bias, rank = node.array(1), node.array(2), node.array(0).ndim
    x = as_image(p, node.value(p, 0), rank)
    axes, extents, kernel = rank - 2, node.array(0).shape[2:], weight.shape[2:]
    stride = node.attribute("strides", [1] * axes)
    dilation = node.attribute("dilations", [1] * axes)
    pads = node.attribute("pads", [0] * 2 * axes)
    extra = list(node.attribute("output_padding", [0] * axes))
    shape = node.attribute("output_shape")
    auto = node.attribute("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER") and shape is None:
        shape = [extents[i] * stride[i] for i in range(axes)]
    if shape is not None:
        before, after = [], []
        for i in range(axes):
            total = stride[i] * (extents[i] - 1) + extra[i] + (kernel[i] - 1) * dilation[i] + 1 - shape[i]
            if total < 0:
                extra[i] -= total
                total = 0
            low = total // 2 if auto == "SAME_UPPER" else total - total // 2
            before.append(low)
            after.append(total - low)
        pads = before + after
    groups = node.attribute("group", 1)
    if axes == 1:
        stride, dilation, extra, kernel = ([1, *stride], [1, *dilation], [0, *extra], (1, *kernel))
        pads, weight = [0, pads[0], 0, pads[1]], weight[:, :, None]
    p.weight("conv.weight", weight)
    if bias is not None:
        p.weight("conv.bias", bias)
    y = p.layer(
        windowed("conv_transpose2d", rank),
        x,
        name="conv",
        out=weight.shape[1] * groups,
        kernel=list(kernel),
        stride=list(stride),
        dilation=list(dilation),
        pad=list(pads),
        output_padding=list(extra),
        groups=groups,
        bias=bias is not None,
    )
    return [from_image(p, y, rank)]


@operator("DeformConv")
def deform_conv(node, p):
    weight, bias = node.array(1), node.array(3)
    p.weight("conv.weight", weight)
    if bias is not None:
        p.weight("conv.bias", bias)
    inputs = [node.value(p, 0), node.value(p, 2)]
    if node.array(4) is not None:
        inputs.append(node.value(p, 4))
    options = window(node, weight.shape[2:])
    options |= {"out": weight.shape[0], "groups": node.attribute("group", 1), "bias": bias is not None}
    return [p.layer("deform_conv2d", inputs, name="conv", **options)]


@operator("MaxPool")
def max_pool(node, p):
    rank = node.array(0).ndim
    x = as_image(p, node.value(p, 0), rank)
    options = window(node, node.attribute("kernel_shape"))
    options["ceil_mode"] = bool(node.attribute("ceil_mode", 0))
    if len(node.expected) == 1:
        return [from_image(p, p.layer(windowed("max_pool", rank), x, **options), rank)]
    if not node.attribute("storage_order", 0):
        both = p.layer(windowed("max_pool_with_indices", rank), x, count=2, **options)
        return [from_image(p, y, rank) for y in both]
    if rank == 5:
        raise Unsupported("indices of a volume, column after column")
    # Column after column: the rows of the transposed image.
    turned = {name: two[::-1] for name, two in options.items() if name in ("kernel", "stride", "dilation")}
    top, left, bottom, right = options["pad"]
    both = p.layer(
        "max_pool_with_indices",
        p.layer("permute", x, order=[0, 1, 3, 2]),
        count=2,
        **(options | turned | {"pad": [left, top, right, bottom]}),
    )
    return [from_image(p, p.layer("permute", y, order=[0, 1, 3, 2]), rank) for y in both]


@operator("MaxUnpool")
def max_unpool(node, p):
    kernel = node.attribute("kernel_shape")
    stride, pads = (node.attribute("strides", [1, 1]), node.attribute("pads", [0, 0, 0, 0]))
    extents, out = node.array(0).shape[2:], node.expected[0].shape[2:]
    size = [(extents[i] - 1) * stride[i] - pads[i] - pads[i + 2] + kernel[i] for i in (0, 1)]
    y = p.layer("max_unpool", [node.value(p, 0), node.value(p, 1)], size=size)
    if list(out) != size:  # output_shape: rows and columns more
        y = p.layer(
            "pad",
            y,
            before=[0] * 4,
            after=[0, 0, out[0] - size[0], out[1] - size[1]],
            mode="constant",
            value=0.0,
        )
    return [y]


@operator("AveragePool")
def average_pool(node, p):
    rank = node.array(0).ndim
    x = as_image(p, node.value(p, 0), rank)
    options = window(node, node.attribute("kernel_shape"))
    options["ceil_mode"] = bool(node.attribute("ceil_mode", 0))
    options["count_include_pad"] = bool(node.attribute("count_include_pad", 0))
    return [from_image(p, p.layer(windowed("avg_pool", rank), x, **options), rank)]


@operator("LpPool")
def lp_pool(node, p):
    rank, exponent = node.array(0).ndim, node.attribute("p", 2)
    x = as_image(p, scalar(p, "pow", simple(p, "abs", node.value(p, 0)), exponent), rank)
    options = window(node, node.attribute("kernel_shape"))
    options["ceil_mode"] = bool(node.attribute("ceil_mode", 0))
    sums = p.layer(windowed("avg_pool", rank), x, divisor_override=1, **options)
    return [from_image(p, scalar(p, "pow", sums, 1 / exponent), rank)]


@operator("GlobalAveragePool", "GlobalMaxPool")
def global_pool(node, p):
    layer = "global_avg_pool" if node.op == "GlobalAveragePool" else "global_max_pool"
    return [p.layer(layer, node.value(p, 0))]


# Products


@operator("Gemm")
def gemm(node, p):
    y = p.layer(
        "matmul",
        [node.value(p, 0), node.value(p, 1)],
        transpose_a=bool(node.attribute("transA", 0)),
        transpose_b=bool(node.attribute("transB", 0)),
    )
    alpha, beta = node.attribute("alpha", 1.0), node.attribute("beta", 1.0)
    if alpha != 1:
        y = scalar(p, "mul", y, alpha)
    if node.array(2) is None:
        return [y]
    c = node.value(p, 2)
    return [binary(p, "add", y, scalar(p, "mul", c, beta) if beta != 1 else c)]


@operator("MatMul")
def matmul(node, p):
    return [p.layer("matmul", [node.value(p, 0), node.value(p, 1)])]


# Shapes


@operator("Concat")
def concat(node, p):
    parts = [node.value(p, i) for i in range(len(node.arrays))]
    return [p.layer("concat", parts, axis=node.attribute("axis"))]


@operator("Identity")
def identity(node, p):
    return [node.value(p, 0)]


@operator("CenterCropPad")
def center_crop_pad(node, p):
    extents, rank = node.array(0).shape, node.array(0).ndim
    x, before, after = node.value(p, 0), [0] * rank, [0] * rank
    for axis, size in zip(node.attribute("axes", list(range(rank))), node.numbers(1)):
        spare = extents[axis] - size
        if spare > 0:
            x = p.layer("slice", x, axis=axis, start=spare // 2, stop=spare // 2 + size, step=1)
        before[axis] = max(0, -spare) // 2
        after[axis] = max(0, -spare) - before[axis]
    if any(before) or any(after):
        x = p.layer("pad", x, before=before, after=after, mode="constant", value=0.0)
    return [x]


@operator("Split")
def split(node, p):
    axis, extent = (node.attribute("axis", 0), node.array(0).shape[node.attribute("axis", 0)])
    sizes = node.numbers(1) or node.attribute("split")
    if sizes is None:
        count = node.attribute("num_outputs") or len(node.expected)
        each = -(-extent // count)
        sizes = [min(each, extent - i * each) for i in range(count)]
    made = p.layer("split", node.value(p, 0), count=len(sizes), sizes=list(map(int, sizes)), axis=axis)
    return [made] if len(sizes) == 1 else made


@operator("Slice")
def slice_(node, p):
    rank, starts, ends = node.array(0).ndim, node.numbers(1), node.numbers(2)
    axes = node.numbers(3) or list(range(len(starts)))
    steps = node.numbers(4) or [1] * len(starts)
    x = node.value(p, 0)
    for axis, start, end, step in zip(axes, starts, ends, steps):
        extent = node.array(0).shape[axis % rank]
        first, stop, stride = slice(start, end, step).indices(extent)
        x = p.layer("slice", x, axis=axis, start=first, stop=stop if stop >= 0 else None, step=stride)
    return [x]


@operator("Reshape", "Flatten")
def reshape(node, p):
    return [p.layer("reshape", node.value(p, 0), dims=list(node.expected[0].shape))]


@operator("Squeeze")
def squeeze(node, p):
    x, rank = node.value(p, 0), node.array(0).ndim
    axes = node.numbers(1) or node.attribute("axes")
    if axes is None:
        return [p.layer("squeeze", x)]
    for axis in sorted((a % rank for a in axes), reverse=True):
        x = p.layer("squeeze", x, axis=axis)
    return [x]


@operator("Unsqueeze")
def unsqueeze(node, p):
    x, rank = node.value(p, 0), node.expected[0].ndim
    for axis in sorted(a % rank for a in (node.numbers(1) or node.attribute("axes"))):
        x = p.layer("unsqueeze", x, axis=axis)
    return [x]


@operator("Transpose")
def transpose(node, p):
    order = node.attribute("perm") or list(reversed(range(node.array(0).ndim)))
    return [p.layer("permute", node.value(p, 0), order=list(order))]


@operator("Pad")
def pad(node, p):
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}.get(
        node.attribute("mode", "constant")
    )
    if mode is None:
        raise Unsupported(f"padding mode {node.attribute('mode')}")
    rank, amounts = node.array(0).ndim, node.numbers(1)
    axes = node.numbers(3) or list(range(rank))
    before, after = [0] * rank, [0] * rank
    for i, axis in enumerate(axes):
        before[axis], after[axis] = amounts[i], amounts[i + len(axes)]
    return [
        p.layer(
            "pad", node.value(p, 0), before=before, after=after, mode=mode, value=floats(node.number(2, 0))
        )
    ]


@operator("DepthToSpace", "SpaceToDepth")
def pixel_shuffle(node, p):
    layer = "pixel_shuffle" if node.op == "DepthToSpace" else "pixel_unshuffle"
    order = node.attribute("mode", "DCR").lower()
    return [p.layer(layer, node.value(p, 0), factor=node.attribute("blocksize"), order=order)]


@operator("Resize", "Upsample")
def resize(node, p):
    if node.op == "Upsample":
        roi, scales, sizes = None, node.array(1), None
    else:
        roi, scales, sizes = node.array(1), node.array(2), node.array(3)
    rank, out = node.array(0).ndim, node.expected[0].shape
    extents = node.array(0).shape
    axes = [a % rank for a in node.attribute("axes", list(range(rank)))]
    if rank != 4 or out[:2] != extents[:2]:
        raise Unsupported("resizing of other axes than height and width")
    options = {
        "mode": {"linear": "bilinear", "cubic": "bicubic"}.get(node.attribute("mode", "nearest"), "nearest")
    }
    options["coordinates"] = (
        "asymmetric"
        if node.op == "Upsample"
        else node.attribute("coordinate_transformation_mode", "half_pixel")
    )
    if options["mode"] == "nearest":
        options["rounding"] = (
            "floor" if node.op == "Upsample" else node.attribute("nearest_mode", "round_prefer_floor")
        )
    if options["mode"] == "bicubic":
        options["cubic_a"] = node.attribute("cubic_coeff_a", -0.75)
    for name in ("exclude_outside", "antialias"):
        if node.attribute(name, 0):
            options[name] = True
    if options["coordinates"] == "tf_crop_and_resize":
        at = {axis: i for i, axis in enumerate(axes)}
        options["roi"] = [
            floats(roi[at[axis] + end * len(axes)]) if axis in at else float(end)
            for end in (0, 1)
            for axis in (2, 3)
        ]
        options["extrapolation"] = floats(node.attribute("extrapolation_value", 0.0))
    if scales is not None and scales.size:
        by_axis = dict(zip(axes, scales))
        options["scale"] = [float(by_axis.get(axis, 1)) for axis in (2, 3)]
    else:
        options["size"] = [int(out[2]), int(out[3])]
        policy = node.attribute("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            factor = (min if policy == "not_larger" else max)(
                size / extents[axis] for size, axis in zip(np.ravel(sizes), axes)
            )
            if [math.floor(extents[axis] * factor) for axis in (2, 3)] == options["size"]:
                options["scale"] = [float(factor)] * 2
                del options["size"]
    return [p.layer("resize", node.value(p, 0), **options)]


# Reductions


@operator("Softmax", "LogSoftmax")
def softmax(node, p):
    return [
        p.layer(
            "softmax" if node.op == "Softmax" else "log_softmax",
            node.value(p, 0),
            axis=node.attribute("axis", -1),
        )
    ]


@operator(
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceSumSquare",
)
def reduce(node, p):
    x = node.value(p, 0)
    axes = node.numbers(1)
    if axes is None:
        axes = list(node.attribute("axes") or [])
    if not axes and node.attribute("noop_with_empty_axes", 0):
        if node.op in ("ReduceL1", "ReduceL2"):
            return [simple(p, "abs", x)]
        if node.op == "ReduceLogSum":
            return [simple(p, "log", x)]
        return [binary(p, "mul", x, x) if node.op == "ReduceSumSquare" else x]
    if node.op == "ReduceSumSquare":
        x = binary(p, "mul", x, x)
    kinds = ("Mean", "Max", "Min", "Prod", "L1", "L2", "LogSumExp")
    kind = node.op.removeprefix("Reduce")
    kind = kind.lower() if kind in kinds else "sum"
    y = p.layer("reduce", x, kind=kind, axes=axes, keep_dims=bool(node.attribute("keepdims", 1)))
    return [simple(p, "log", y) if node.op == "ReduceLogSum" else y]


@operator("ArgMax", "ArgMin")
def argmax(node, p):
    return [
        p.layer(
            node.op.lower(),
            node.value(p, 0),
            axis=node.attribute("axis", 0),
            keep_dims=bool(node.attribute("keepdims", 1)),
            last=bool(node.attribute("select_last_index", 0)),
        )
    ]


@operator("TopK")
def topk(node, p):
    return p.layer(
        "topk",
        node.value(p, 0),
        count=2,
        k=node.numbers(1)[0],
        axis=node.attribute("axis", -1),
        largest=bool(node.attribute("largest", 1)),
    )


# Recurrent layers


@operator("LSTM", "GRU", "RNN")
def recurrent(node, p):
    batch_first = node.attribute("layout", 0) == 1
    direction, hidden = (node.attribute("direction", "forward"), node.attribute("hidden_size"))
    usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[node.op]
    given = [a.decode() if isinstance(a, bytes) else a for a in node.attribute("activations", usual)]
    one, scalars = given[: len(usual)], ("activation_alpha", "activation_beta")
    if given != one * (len(given) // len(usual)) or any(node.attribute(each) for each in scalars):
        raise Unsupported("functions that differ by direction, or with numbers of their own")
    functions = [each.lower() for each in one]
    if not set(functions) <= {"sigmoid", "tanh", "relu", "softsign"}:
        raise Unsupported("functions whose defaults differ from PyTorch's")
    # ONNX has the gates as i, o, f, c and z, r, h, PyTorch as i, f, g, o and r, z, n.
    order = {"LSTM": [0, 2, 3, 1], "GRU": [1, 0, 2], "RNN": [0]}[node.op]

    def sorted_gates(array, gates):
        return np.concatenate([np.split(array, gates)[i] for i in order])

    for d, ending in enumerate(("", "_reverse")[: node.array(1).shape[0]]):
        p.weight(f"layer.weight_ih_l0{ending}", sorted_gates(node.array(1)[d], len(order)))
        p.weight(f"layer.weight_hh_l0{ending}", sorted_gates(node.array(2)[d], len(order)))
        if node.array(3) is not None:
            both = np.split(node.array(3)[d], 2)
            p.weight(f"layer.bias_ih_l0{ending}", sorted_gates(both[0], len(order)))
            p.weight(f"layer.bias_hh_l0{ending}", sorted_gates(both[1], len(order)))
        if node.array(7) is not None:  # i, o, f
            i, o, f = np.split(node.array(7)[d], 3)
            p.weight(f"layer.weight_ch_l0{ending}", np.concatenate([i, f, o]))

    def state(i):
        value = node.value(p, i)
        return p.layer("permute", value, order=[1, 0, 2]) if batch_first else value

    if direction == "reverse" and node.array(4) is not None:
        raise Unsupported("lengths of a single direction that begins at the last step")

    def turned(value):
        """One direction backwards is the layer between two flips."""
        axis = 1 if batch_first else 0
        return p.layer("flip", value, axes=[axis]) if direction == "reverse" else value

    inputs, has = [turned(node.value(p, 0))], []

    def give(what, value):
        inputs.append(value)
        has.append(what)

    if node.array(4) is not None:
        give("lengths", node.value(p, 4))
    if node.array(5) is not None:
        give("h", state(5))
    if node.op == "LSTM" and (node.array(5) is not None or node.array(6) is not None):
        zeros = np.zeros(
            (len(node.array(1)), node.array(0).shape[0 if batch_first else 1], hidden), np.float32
        )
        if node.array(5) is None:
            give("h", p.constant(zeros))
        give("c", state(6) if node.array(6) is not None else p.constant(zeros))
    outputs = p.layer(
        node.op.lower(),
        inputs,
        count=3 if node.op == "LSTM" else 2,
        name="layer",
        has=has,
        hidden_size=hidden,
        bias=node.array(3) is not None,
        batch_first=batch_first,
        bidirectional=direction == "bidirectional",
        **(
            {"linear_before_reset": bool(node.attribute("linear_before_reset", 0))}
            if node.op == "GRU"
            else {}
        ),
        functions=functions,
        clip=node.attribute("clip", 0.0),
        **(
            {"peepholes": node.array(7) is not None, "couples": bool(node.attribute("input_forget", 0))}
            if node.op == "LSTM"
            else {}
        ),
    )
    directions = len(node.array(1))
    y = p.layer("reshape", turned(outputs[0]), dims=[*node.array(0).shape[:2], directions, hidden])
    y = p.layer("permute", y, order=[0, 1, 2, 3] if batch_first else [0, 2, 1, 3])
    last = [p.layer("permute", x, order=[1, 0, 2]) if batch_first else x for x in outputs[1:]]
    return [x for x, is_wanted in zip([y, *last], node.wanted) if is_wanted]


# Normalisations


@operator("BatchNormalization")
def batch_norm(node, p):
    if node.attribute("training_mode", 0):
        raise Unsupported("training: statistics of the batch, and running ones as outputs")
    for i, suffix in enumerate(("weight", "bias", "running_mean", "running_var")):
        p.weight(f"bn.{suffix}", node.array(i + 1))
    return [p.layer("batch_norm", node.value(p, 0), name="bn", eps=node.attribute("epsilon", 1e-5))]


@operator("LayerNormalization")
def layer_norm(node, p):
    x, rank = node.value(p, 0), node.array(0).ndim
    first = node.attribute("axis", -1) % rank
    eps, bias = node.attribute("epsilon", 1e-5), node.array(2)
    p.weight("ln.weight", np.broadcast_to(node.array(1), node.array(0).shape[first:]))
    if bias is not None:
        p.weight("ln.bias", np.broadcast_to(bias, node.array(0).shape[first:]))
    out = [p.layer("layer_norm", x, name="ln", axes=rank - first, eps=eps, bias=bias is not None)]
    if len(node.expected) > 1:
        axes = list(range(first, rank))
        mean = p.layer("reduce", x, kind="mean", axes=axes, keep_dims=True)
        off = binary(p, "sub", x, mean)
        variance = p.layer("reduce", binary(p, "mul", off, off), kind="mean", axes=axes, keep_dims=True)
        out += [mean, scalar(p, "rdiv", simple(p, "sqrt", scalar(p, "add", variance, eps)), 1)]
    return out


@operator("RMSNormalization")
def rms_norm(node, p):
    rank = node.array(0).ndim
    first = node.attribute("axis", -1) % rank
    p.weight("rms.weight", np.broadcast_to(node.array(1), node.array(0).shape[first:]))
    return [
        p.layer(
            "rms_norm", node.value(p, 0), name="rms", axes=rank - first, eps=node.attribute("epsilon", 1e-5)
        )
    ]


@operator("GroupNormalization", "InstanceNormalization")
def channel_norm(node, p):
    p.weight("norm.weight", node.array(1))
    p.weight("norm.bias", node.array(2))
    eps = node.attribute("epsilon", 1e-5)
    if node.op == "InstanceNormalization":
        return [p.layer("instance_norm", node.value(p, 0), name="norm", eps=eps)]
    return [
        p.layer("group_norm", node.value(p, 0), name="norm", groups=node.attribute("num_groups"), eps=eps)
    ]


@operator("MeanVarianceNormalization")
def mean_variance(node, p):
    x, axes = node.value(p, 0), list(node.attribute("axes", [0, 2, 3]))
    mean = p.layer("reduce", x, kind="mean", axes=axes, keep_dims=True)
    off = binary(p, "sub", x, mean)
    variance = p.layer("reduce", binary(p, "mul", off, off), kind="mean", axes=axes, keep_dims=True)
    return [binary(p, "div", off, scalar(p, "add", simple(p, "sqrt", variance), 1e-9))]
