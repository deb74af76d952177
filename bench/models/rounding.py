# SPDX-License-Identifier: Apache-2.0
"""How far a network's outputs are off when PyTorch computes them in fewer bits: what to expect of anybody.

A network with random weights may lose nearly all digits in bf16 where trained ones lose few, so one limit for all
networks is too wide for some and too narrow for others. The errors here are shares of the largest number, as in
common.difference().
"""

import copy

import torch
from torch import nn

WEIGHTS = {nn.modules.conv._ConvNd: "weight", nn.Linear: "weight", nn.MultiheadAttention: "in_proj_weight"}


def cast(net, x, dtype):
    """All weights and activations in `dtype`, as PyTorch's users have them."""
    return net.to(dtype)(x if x.dtype == torch.int32 else x.to(dtype))


def to_tf32(x):
    """Rounded to 10 bits of mantissa, ties away from 0."""
    return ((x.contiguous().view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)


def to_int8(x, dims):
    """Rounded to 255 steps of one size, symmetric, for each index of the dimensions that are not in `dims`."""
    step = x.abs().amax(dims, keepdim=True).clamp_min(1e-30) / 127
    return (x / step).round() * step


def with_rounded_products(net, x, of_input, of_weight):
    """Convolutions and linear layers on rounded inputs and weights; sums and all else stay as they are."""
    for module in net.modules():
        for kind, weight in WEIGHTS.items():
            if isinstance(module, kind):
                getattr(module, weight).copy_(of_weight(getattr(module, weight)))
                module.register_forward_pre_hook(lambda _, given: tuple(map(of_input, given)))
    return net(x)


WAYS = {
    "bf16": lambda net, x: cast(net, x, torch.bfloat16),
    "fp16": lambda net, x: cast(net, x, torch.float16),
    "tf32": lambda net, x: with_rounded_products(net, x, to_tf32, to_tf32),
    "int8": lambda net, x: with_rounded_products(
        net,
        x,
        lambda given: to_int8(given, tuple(range(given.dim()))),
        lambda weight: to_int8(weight, tuple(range(1, weight.dim()))),
    ),
}


def rounding_errors(net, x, join):
    """{precision: error} of `join(net(x))` in each of WAYS."""
    expected = join(net(x))
    return {
        name: float((join(way(copy.deepcopy(net), x)).float() - expected).abs().max() / expected.abs().max())
        for name, way in WAYS.items()
    }
