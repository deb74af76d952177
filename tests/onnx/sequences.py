# SPDX-License-Identifier: Apache-2.0
"""ONNX's operators of language models and of spectra along any axis: rotary embeddings, causal convolutions
that go on, caches that are written in part, Fourier transforms, attention without masks."""

import math

import numpy as np
from program import Unsupported
from translate import binary, operator, scalar, simple


@operator("RotaryEmbedding")
def rotary(node, p):
    x, shape = node.value(p, 0), list(node.array(0).shape)
    heads = node.attribute("num_heads", 0)
    is_rows = len(shape) == 3
    if is_rows:
        x = p.layer("reshape", x, dims=[shape[0], shape[1], heads, shape[2] // heads])
        x = p.layer("permute", x, order=[0, 2, 1, 3])
    tables = [node.value(p, i) for i in (1, 2)]
    if node.array(3) is not None:
        tables = [p.layer("gather", [table, node.value(p, 3)], axis=0) for table in tables]
    y = p.layer("rotary", [x, *tables], interleaved=bool(node.attribute("interleaved", 0)))
    if is_rows:
        y = p.layer("reshape", p.layer("permute", y, order=[0, 2, 1, 3]), dims=shape)
    return [y]


@operator("CausalConvWithState")
def causal_convolution(node, p):
    """A depthwise convolution behind what the last call has left: zeros at the beginning."""
    weight, bias = node.array(1), node.array(2)
    channels, steps = node.array(0).shape[1:]
    before = weight.shape[2] - 1
    x = node.value(p, 0)
    if node.array(3) is not None:
        x = p.layer("concat", [node.value(p, 3), x], axis=2) if before else x
    elif before:
        x = p.layer("pad", x, before=[0, 0, before], after=[0, 0, 0], mode="constant", value=0.0)
    p.weight("conv.weight", weight[:, :, None])
    if bias is not None:
        p.weight("conv.bias", bias)
    y = p.layer(
        "conv2d",
        p.layer("unsqueeze", x, axis=2),
        name="conv",
        out=channels,
        kernel=[1, weight.shape[2]],
        stride=[1, 1],
        dilation=[1, 1],
        pad=[0, 0, 0, 0],
        groups=channels,
        bias=bias is not None,
    )
    y = p.layer("squeeze", y, axis=2)
    if node.attribute("activation", "none") in ("silu", "swish"):
        y = simple(p, "silu", y)
    return [y, p.layer("slice", x, axis=2, start=steps, stop=None, step=1)]


@operator("TensorScatter")
def cache_rows(node, p):
    """Rows of each batch at places of its own; circular: behind the last row comes the first."""
    cache, rows = node.array(0).shape, node.array(1).shape
    axis = node.attribute("axis", -2) % len(cache)
    first = np.zeros(cache[0], int) if node.array(2) is None else node.array(2)
    places = (first[:, None] + np.arange(rows[axis])) % cache[axis]
    spread = [cache[0]] + [1] * (len(cache) - 1)
    spread[axis] = rows[axis]
    places = p.input("places", np.ascontiguousarray(np.broadcast_to(places.reshape(spread), rows)))
    inputs = [node.value(p, 0), places, node.value(p, 1)]
    return [p.layer("scatter_elements", inputs, axis=axis, reduce="none")]


def spectrum(p, rows, length, onesided):
    """Of real rows [B, N]: [B, F, 2]."""
    y = p.layer("stft", rows, n_fft=length, hop=length, onesided=onesided)
    return p.layer("squeeze", y, axis=2)


@operator("DFT")
def fourier(node, p):
    """Along any axis: the rows of stft's one frame each."""
    shape = list(node.array(0).shape)
    rank = len(shape)
    axis = node.attribute("axis", 1) if node.opset < 20 else (node.numbers(2) or [-2])[0]
    axis %= rank
    onesided, inverse = bool(node.attribute("onesided", 0)), bool(node.attribute("inverse", 0))
    order = [*(i for i in range(rank - 1) if i != axis), axis, rank - 1]
    others = [shape[i] for i in order[:-2]]
    x = p.layer("permute", node.value(p, 0), order=order)
    batch, bins = math.prod(others), shape[axis]
    if inverse and onesided:
        length = node.expected[0].shape[axis]
        spectra = p.layer("reshape", x, dims=[batch, bins, 1, 2])
        y = p.layer("istft", spectra, n_fft=length, hop=length)
        y = p.layer("reshape", y, dims=[*others, length, 1])
    elif shape[-1] == 1:
        if inverse:
            raise Unsupported("the inverse of real numbers")
        y = spectrum(p, p.layer("reshape", x, dims=[batch, bins]), bins, onesided)
        y = p.layer("reshape", y, dims=[*others, bins // 2 + 1 if onesided else bins, 2])
    else:
        # The spectra of both parts together; an inverse is that of the conjugate, conjugate again.
        parts = p.layer("split", p.layer("reshape", x, dims=[batch, bins, 2]), count=2, sizes=[1, 1], axis=2)
        real, imaginary = (
            spectrum(p, p.layer("reshape", part, dims=[batch, bins]), bins, False) for part in parts
        )
        a, b = p.layer("split", real, count=2, sizes=[1, 1], axis=2)
        c, d = p.layer("split", imaginary, count=2, sizes=[1, 1], axis=2)
        if inverse:
            first, second = binary(p, "add", a, d), binary(p, "sub", c, b)
        else:
            first, second = binary(p, "sub", a, d), binary(p, "add", b, c)
        y = p.layer("concat", [first, second], axis=2)
        if inverse:
            y = scalar(p, "mul", y, 1 / bins)
        y = p.layer("reshape", y, dims=[*others, bins, 2])
    back = [order.index(i) for i in range(rank)]
    return [p.layer("permute", y, order=back)]


@operator("FlexAttention")
def flexible_attention(node, p):
    if node.attribute("score_mod") is not None or node.attribute("prob_mod") is not None:
        raise Unsupported("a function of scores that is a graph of its own; a network writes it as layers")
    inputs = [node.value(p, i) for i in range(3)]
    scale = node.attribute("scale", 1 / math.sqrt(node.array(0).shape[-1]))
    grouped = node.array(0).shape[1] != node.array(1).shape[1]
    return [p.layer("attention", inputs, scale=float(scale), causal=False, gqa=grouped)]
