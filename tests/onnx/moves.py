# SPDX-License-Identifier: Apache-2.0
"""ONNX's operators that move elements by index, repeat them, add them up along an axis or sort them."""

import numpy as np
from program import Unsupported
from translate import TYPES, floats, operator, scalar

WHOLE = [np.float32, np.int32, np.int64]
for moved in ("Gather", "GatherElements", "GatherND", "Expand", "Tile", "Trilu"):
    TYPES[moved] = [*WHOLE, np.bool_]
TYPES["CumSum"] = [*WHOLE, np.float64]
TYPES["CumProd"] = [*WHOLE, np.float64]
TYPES["Mod"] = WHOLE
TYPES["Range"] = WHOLE
TYPES["NonZero"] = [*WHOLE, np.bool_]
TYPES["OneHot"] = WHOLE


@operator("Gather", "GatherElements")
def gather(node, p):
    layer = "gather" if node.op == "Gather" else "gather_elements"
    return [p.layer(layer, [node.value(p, 0), node.value(p, 1)], axis=node.attribute("axis", 0))]


@operator("GatherND")
def gather_nd(node, p):
    inputs = [node.value(p, 0), node.value(p, 1)]
    return [p.layer("gather_nd", inputs, batch_dims=node.attribute("batch_dims", 0))]


@operator("Scatter", "ScatterElements", "ScatterND")
def scatter(node, p):
    layer = "scatter_nd" if node.op == "ScatterND" else "scatter_elements"
    inputs = [node.value(p, i) for i in range(3)]
    reduce = node.attribute("reduction", "none")
    return [p.layer(layer, inputs, axis=node.attribute("axis", 0), reduce=reduce)]


@operator("OneHot")
def one_hot(node, p):
    off, on = (float(v) for v in node.array(2))
    indices = p.input(node.names[0], node.array(0).astype(np.int32))
    y = p.layer("one_hot", indices, classes=int(node.numbers(1)[0]))
    y = scalar(p, "add", scalar(p, "mul", y, on - off), off)
    rank = node.array(0).ndim + 1
    axis = node.attribute("axis", -1) % rank
    order = [*range(axis), rank - 1, *range(axis, rank - 1)]
    y = p.layer("permute", y, order=order)
    return [p.layer("cast", y, type="i32") if node.expected[0].dtype.kind in "iu" else y]


@operator("Hardmax")
def hardmax(node, p):
    rank = node.array(0).ndim
    axis = node.attribute("axis", -1) % rank
    index = p.layer("argmax", node.value(p, 0), axis=axis, keep_dims=False, last=False)
    y = p.layer("one_hot", index, classes=node.array(0).shape[axis])
    return [p.layer("permute", y, order=[*range(axis), rank - 1, *range(axis, rank - 1)])]


@operator("Expand")
def expand(node, p):
    return [p.layer("expand", node.value(p, 0), dims=list(node.expected[0].shape))]


@operator("Tile")
def tile(node, p):
    return [p.layer("tile", node.value(p, 0), counts=node.numbers(1))]


@operator("Trilu")
def triangle(node, p):
    diagonal = node.numbers(1)[0] if node.array(1) is not None else 0
    return [p.layer("triu" if node.attribute("upper", 1) else "tril", node.value(p, 0), diagonal=diagonal)]


@operator("CumSum", "CumProd")
def scan(node, p):
    options = {name: bool(node.attribute(name, 0)) for name in ("exclusive", "reverse")}
    return [p.layer(node.op.lower(), node.value(p, 0), axis=node.numbers(1)[0], **options)]


@operator("Range")
def counted(node, p):
    start, stop, step = (float(np.ravel(a)[0]) for a in node.arrays)
    count = len(node.expected[0])
    y = p.layer("arange", [], start=0, stop=count, step=1)
    if node.expected[0].dtype.kind == "f":
        return [scalar(p, "add", scalar(p, "mul", p.layer("cast", y, type="f32"), step), start)]
    return [p.layer("arange", [], start=int(start), stop=int(stop), step=int(step))]


@operator("Mod")
def modulo(node, p):
    layer = "fmod" if node.attribute("fmod", 0) else "remainder"
    return [p.layer(layer, [node.value(p, 0), node.value(p, 1)])]


@operator("NonZero")
def nonzero(node, p):
    most = node.expected[0].shape[1]
    if not most:
        raise Unsupported("no place for any element")
    places, _ = p.layer("nonzero", node.value(p, 0), count=2, most=most)
    return [p.layer("permute", places, order=[1, 0])]


@operator("ReverseSequence")
def reverse_sequence(node, p):
    """Steps of each sequence in reverse order, those behind its end as they are."""
    x, lengths = node.array(0), node.numbers(1)
    time, batch = node.attribute("time_axis", 0), node.attribute("batch_axis", 1)
    first = np.zeros((*x.shape[:2], 2), np.int32)
    for at in np.ndindex(x.shape[:2]):
        step, sequence = at[time], at[batch]
        length = lengths[sequence]
        source = length - 1 - step if step < length else step
        first[at] = (source, sequence) if time == 0 else (sequence, source)
    return [p.layer("gather_nd", [node.value(p, 0), p.input("order", first)], batch_dims=0)]


@operator("Einsum")
def einsum(node, p):
    inputs = [node.value(p, i) for i in range(len(node.arrays))]
    return [p.layer("einsum", inputs, equation=node.attribute("equation"))]


TYPES["Einsum"] = [np.float32, np.float64]


@operator("LRN")
def local_response_norm(node, p):
    options = {"alpha": 1e-4, "beta": 0.75, "bias": 1.0}
    given = {name: floats(node.attribute(name, default)) for name, default in options.items()}
    return [p.layer("local_response_norm", node.value(p, 0), size=node.attribute("size"), **given)]


@operator("LpNormalization")
def lp_normalize(node, p):
    # A line of zeros stays one.
    options = {"p": node.attribute("p", 2), "axis": node.attribute("axis", -1), "eps": 1e-30}
    return [p.layer("lp_normalize", node.value(p, 0), **options)]


@operator("Col2Im")
def fold(node, p):
    size, kernel = node.numbers(1), node.numbers(2)
    if len(size) != 2:
        raise Unsupported("an image of three axes, the language has NxCxHxW")
    return [
        p.layer(
            "fold",
            node.value(p, 0),
            size=size,
            kernel=kernel,
            stride=node.attribute("strides", [1, 1]),
            pad=node.attribute("pads", [0, 0, 0, 0]),
            dilation=node.attribute("dilations", [1, 1]),
        )
    ]
