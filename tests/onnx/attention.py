# SPDX-License-Identifier: Apache-2.0
"""ONNX's Attention as layers: heads out of rows, grouped heads repeated, masks made before the run."""

import math

import numpy as np
from program import Unsupported
from translate import binary, operator, scalar, simple


def heads_of(p, x, shape, heads):
    """NxLx(heads D) as NxheadsxLxD."""
    apart = p.layer("reshape", x, dims=[shape[0], shape[1], heads, shape[2] // heads])
    return p.layer("permute", apart, order=[0, 2, 1, 3])


def repeated(p, x, shape, times):
    """Each head `times` times in a row: grouped queries share keys and values."""
    if times == 1:
        return x
    heads = p.layer("split", x, count=shape[1], sizes=[1] * shape[1], axis=1) if shape[1] > 1 else [x]
    return p.layer("concat", [head for head in heads for _ in range(times)], axis=1)


def is_plain_causal(node):
    """Whether query i sees keys 0 to i, which the attention layer has an option for."""
    wants_scores = len(node.expected) > (3 if node.array(4) is not None else 1)
    return (
        bool(node.attribute("is_causal", 0))
        and node.array(4) is None
        and node.array(6) is None
        and not node.attribute("softcap", 0.0)
        and not wants_scores
    )


def mask_of(node, batch, heads, queries, keys, past):
    """All that hides keys, as numbers that are added to the scores; None where nothing does.

    Booleans, lengths and windows become a tensor before the run: the language adds masks."""
    hidden = np.zeros((batch, heads, queries, keys), bool)
    added, given = 0.0, node.array(3)
    if given is not None:
        short = keys - given.shape[-1]
        if given.dtype == bool:
            wide = np.pad(given, [(0, 0)] * (given.ndim - 1) + [(0, short)], constant_values=False)
            hidden = hidden | ~wide
        else:
            added = np.pad(
                given.astype(np.float32), [(0, 0)] * (given.ndim - 1) + [(0, short)], constant_values=-np.inf
            )
    lengths = node.array(6)
    offset = np.full(batch, past)
    if lengths is not None:
        hidden = hidden | (np.arange(keys) >= lengths[:, None, None, None])
        offset = lengths - queries
    at = np.arange(queries)[None, :, None] + offset[:, None, None]
    key = np.arange(keys)[None, None, :]
    if node.attribute("is_causal", 0) and not is_plain_causal(node):
        hidden = hidden | (key > at)[:, None]
    left, right = node.attribute("left_window_size", -1), node.attribute("right_window_size", -1)
    if left >= 0:
        hidden = hidden | (key < at - left)[:, None]
    if right >= 0:
        hidden = hidden | (key > at + right)[:, None]
    if given is None and not hidden.any():
        return None
    return np.where(hidden, np.float32(-np.inf), np.float32(0)) + np.asarray(added, np.float32)


@operator("Attention")
def attention(node, p):
    q, k, v = (node.value(p, i) for i in range(3))
    shapes = [list(node.array(i).shape) for i in range(3)]
    is_rows = len(shapes[0]) == 3
    if is_rows:
        counts = [
            node.attribute("q_num_heads"),
            node.attribute("kv_num_heads"),
            node.attribute("kv_num_heads"),
        ]
        q, k, v = (heads_of(p, x, shape, n) for x, shape, n in zip((q, k, v), shapes, counts))
        shapes = [[s[0], n, s[1], s[2] // n] for s, n in zip(shapes, counts)]
    past, presents = 0, []
    if node.array(4) is not None:
        past = node.array(4).shape[2]
        k = p.layer("concat", [node.value(p, 4), k], axis=2)
        v = p.layer("concat", [node.value(p, 5), v], axis=2)
        for shape in shapes[1:]:
            shape[2] += past
        presents = [k, v]
    times = shapes[0][1] // shapes[1][1]
    k, v = repeated(p, k, shapes[1], times), repeated(p, v, shapes[2], times)
    batch, heads, queries, width = shapes[0]
    keys = shapes[1][2]
    scale = node.attribute("scale", 1 / math.sqrt(width))
    cap = node.attribute("softcap", 0.0)
    wants_scores = len(node.expected) > (3 if presents else 1)
    mask = mask_of(node, batch, heads, queries, keys, past)
    if cap or wants_scores:
        scores = scalar(p, "mul", p.layer("matmul", [q, k], transpose_b=True), scale)
        stages = [scores]
        if cap:
            scores = scalar(p, "mul", simple(p, "tanh", scalar(p, "mul", scores, 1 / cap)), cap)
        stages.append(scores)
        mode, kept = node.attribute("qk_matmul_output_mode", 0), None
        if mask is not None:
            empty = np.isneginf(mask).all(axis=-1, keepdims=True)
            if empty.any():  # softmax gives NaN for such a row, the operator 0
                if wants_scores and mode == 2:
                    raise Unsupported("the masked scores of a row that is masked everywhere")
                mask, kept = (
                    np.where(empty, np.float32(0), mask),
                    np.where(empty, np.float32(0), np.float32(1)),
                )
            scores = binary(p, "add", scores, p.input("mask", mask))
        stages.append(scores)
        shares = p.layer("softmax", scores, axis=-1)
        if kept is not None:
            shares = binary(p, "mul", shares, p.input("kept", kept))
        stages.append(shares)
        y = p.layer("matmul", [shares, v])
        extra = [stages[mode]] if wants_scores else []
    else:
        inputs = [q, k, v] + ([p.input("mask", mask)] if mask is not None else [])
        y = p.layer("attention", inputs, scale=float(scale), causal=is_plain_causal(node))
        extra = []
    if is_rows:
        y = p.layer("permute", y, order=[0, 2, 1, 3])
        y = p.layer("reshape", y, dims=list(node.expected[0].shape))
    return [y, *presents, *extra]
