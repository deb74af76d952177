# SPDX-License-Identifier: Apache-2.0
"""Records what PyTorch computes for one small network per layer option, for tests/reference.

usage: make_goldens.py [--add] [goldens.safetensors]      needs torch 1.13 or newer
--add: cases that the file has stay as they are (versions of torch differ in the last place).

Keys: CASE/input0 ..., CASE/param/NAME, CASE/output. Every case has a network of the same name in
tests/support/torch_cases_*.cpp, some with PyTorch's expression beside it (stated_cases). Everything is computed in float64 from float32 inputs and rounded
once, so that a golden is off by half a unit in the last place and no more.
"""

import json
import math
import pathlib
import re
import struct
import sys

import detectors  # noqa: F401  (cases name what it has)
import torch
import torch.nn.functional as F
import vision  # noqa: F401
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(20)
tensors = {}


def random(*dims):
    return torch.randn(*dims)


def positive(*dims):
    return torch.rand(*dims) * 3 + 0.05


def case(name, function, *inputs, **params):
    """Runs function(*inputs, **params) in float64 and records all of it; x__y means parameter x.y."""
    assert f"{name}/output" not in tensors, name
    for index, value in enumerate(inputs):
        tensors[f"{name}/input{index}"] = value
    for key, value in params.items():
        tensors[f"{name}/param/{key.replace('__', '.')}"] = value

    def wide(value):
        return value.double() if value.is_floating_point() else value.long()

    out = function(*map(wide, inputs), **{k: wide(v) for k, v in params.items()})
    tensors[f"{name}/output"] = out.float() if out.is_floating_point() else out.int()


def weighted(name, x, function, **params):
    """One layer called `layer`: params weight, bias, ... become layer.weight, layer.bias, ..."""
    case(
        name,
        lambda x, **p: function(x, *list(p.values())),
        x,
        **{f"layer__{k}": v for k, v in params.items()},
    )


def convolutions():
    def conv(name, dims, out, kernel, bias=False, groups=1, before=None, **options):
        """before: zeros put around the input first, top, left, bottom, right."""
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        params = {"weight": random(out, dims[1] // groups, *kernel)}
        if bias:
            params["bias"] = random(out)

        def run(x, weight, bias=None):
            if before:
                top, left, bottom, right = before
                x = F.pad(x, (left, right, top, bottom))
            return F.conv2d(x, weight, bias, groups=groups, **options)

        weighted(name, random(*dims), run, **params)

    conv("conv2d_plain", (2, 3, 7, 5), 4, 3)
    conv("conv2d_bias", (2, 3, 7, 5), 4, 3, bias=True, padding=1)
    conv("conv2d_1x1", (2, 5, 6, 7), 8, 1, bias=True)
    conv("conv2d_1x1_stride", (2, 5, 6, 7), 3, 1, stride=2)
    conv("conv2d_1x1_wide", (2, 40, 5, 3), 50, 1)
    conv("conv2d_stride", (2, 3, 9, 11), 5, 3, stride=2, padding=1)
    conv("conv2d_rectangular", (2, 3, 9, 8), 5, (3, 5), stride=(2, 1), padding=(1, 2), bias=True)
    conv("conv2d_dilation", (2, 3, 9, 7), 4, 3, dilation=2, padding=2)
    conv("conv2d_dilation_uneven", (2, 3, 9, 11), 4, (3, 2), dilation=(2, 3), stride=(1, 2))
    conv("conv2d_groups", (2, 6, 7, 5), 4, 3, groups=2, padding=1, bias=True)
    conv("conv2d_groups_of_three", (2, 6, 7, 5), 9, (1, 3), groups=3)
    conv("conv2d_depthwise", (2, 5, 7, 6), 5, 3, groups=5, padding=1, bias=True)
    conv("conv2d_depthwise_stride", (2, 19, 9, 7), 19, 3, groups=19, padding=1, stride=2)
    conv("conv2d_depthwise_multiplier", (2, 3, 7, 6), 6, 3, groups=3, padding=1)
    conv("conv2d_depthwise_dilation", (2, 4, 9, 9), 4, 3, groups=4, padding=2, dilation=2)
    conv("conv2d_asymmetric_pad", (2, 3, 6, 7), 4, 3, before=(0, 1, 2, 3), bias=True)
    conv("conv2d_same_even", (1, 3, 8, 8), 4, 3, before=(0, 0, 1, 1), stride=2)
    conv("conv2d_same_mixed", (2, 3, 7, 10), 4, 3, before=(1, 0, 1, 1), stride=2)
    conv("conv2d_same_even_kernel", (2, 3, 7, 5), 4, 4, before=(1, 1, 2, 2))
    conv("conv2d_same_dilation", (2, 3, 7, 5), 4, 3, padding="same", dilation=2)
    conv("conv2d_whole_input", (3, 4, 5, 3), 7, (5, 3), bias=True)
    conv("conv2d_wide", (2, 33, 6, 5), 17, 3, padding=1, bias=True)
    conv("conv2d_stem", (1, 3, 23, 19), 16, 7, stride=2, padding=3)
    conv("conv2d_few_1", (2, 1, 9, 37), 1, 3, bias=True, padding=1)
    conv("conv2d_few_2", (2, 20, 3, 33), 2, 1)
    conv("conv2d_few_3", (2, 18, 5, 35), 3, 3, bias=True, padding=1, stride=(2, 1))
    conv("conv2d_few_5", (2, 5, 5, 37), 5, (3, 5), padding=(1, 3), dilation=(1, 2))
    conv("conv2d_few_stride", (2, 3, 5, 71), 2, 3, padding=1, stride=2)
    conv("conv2d_few_depthwise", (2, 3, 7, 35), 3, 3, groups=3, bias=True, padding=1)
    conv("conv2d_few_groups", (2, 4, 3, 39), 2, 3, groups=2, padding=1)

    def transpose(name, dims, out, kernel, bias=False, groups=1, **options):
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        params = {"weight": random(dims[1], out // groups, *kernel)}
        if bias:
            params["bias"] = random(out)
        weighted(
            name,
            random(*dims),
            lambda x, w, b=None: F.conv_transpose2d(x, w, b, groups=groups, **options),
            **params,
        )

    transpose("conv_transpose2d_plain", (2, 3, 4, 5), 4, 3)
    transpose("conv_transpose2d_stride", (2, 3, 4, 5), 4, 2, stride=2, bias=True)
    transpose(
        "conv_transpose2d_output_padding",
        (2, 3, 4, 5),
        4,
        3,
        stride=2,
        padding=1,
        output_padding=1,
        bias=True,
    )
    transpose(
        "conv_transpose2d_uneven",
        (2, 3, 4, 3),
        5,
        (2, 4),
        stride=(2, 3),
        padding=(0, 1),
        output_padding=(1, 2),
    )
    transpose("conv_transpose2d_groups", (2, 6, 4, 3), 4, 3, stride=2, padding=1, groups=2, bias=True)
    transpose("conv_transpose2d_depthwise", (2, 5, 4, 3), 5, 4, stride=2, padding=1, groups=5)
    transpose("conv_transpose2d_dilation", (2, 3, 4, 5), 4, 3, dilation=2, padding=1, bias=True)
    transpose(
        "conv_transpose2d_dilation_output_padding",
        (2, 3, 4, 5),
        4,
        3,
        dilation=3,
        stride=2,
        padding=2,
        output_padding=2,
    )
    transpose("conv_transpose2d_few_1", (2, 18, 3, 19), 1, 4, bias=True, stride=2, padding=1)
    transpose("conv_transpose2d_few_2", (2, 20, 3, 35), 2, 3, padding=1, dilation=2)
    transpose("conv_transpose2d_few_3", (2, 3, 3, 21), 3, 3, stride=2, output_padding=1, bias=True)
    transpose("conv_transpose2d_few_5", (2, 5, 2, 17), 5, 2, stride=(1, 3), groups=5)


def products():
    def linear(name, dims, out, bias):
        params = {"weight": random(out, dims[-1])}
        if bias:
            params["bias"] = random(out)
        weighted(name, random(*dims), F.linear, **params)

    linear("linear_bias", (3, 7), 5, True)
    linear("linear_no_bias", (2, 7), 5, False)
    linear("linear_rank3", (2, 3, 7), 9, True)
    linear("linear_rank4", (2, 3, 2, 5), 4, True)
    linear("linear_wide", (3, 130), 37, True)
    weighted(
        "linear_behind_pool",
        random(2, 5, 3, 4),
        lambda x, w, b: F.linear(x.mean((2, 3)), w, b),
        weight=random(4, 5),
        bias=random(4),
    )

    case("matmul_rank2", torch.matmul, random(5, 7), random(7, 3))
    case("matmul_batched", torch.matmul, random(3, 5, 7), random(3, 7, 4))
    case("matmul_broadcast", torch.matmul, random(2, 1, 3, 4), random(5, 4, 6))
    case("matmul_one_matrix", torch.matmul, random(2, 3, 5, 4), random(4, 6))
    case("matmul_transpose_a", lambda a, b: a.mT @ b, random(2, 7, 5), random(2, 7, 3))
    case("matmul_transpose_b", lambda a, b: a @ b.mT, random(2, 5, 7), random(2, 3, 7))
    case("matmul_transpose_both", lambda a, b: a.mT @ b.mT, random(2, 7, 5), random(2, 3, 7))
    case("matmul_wide", torch.matmul, random(2, 19, 67), random(2, 67, 35))

    def attention(q, k, v, mask=None, causal=False, scale=None):
        scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
        if mask is not None:
            scores = scores + mask
        if causal:
            seen = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
            scores = scores.masked_fill(~seen, -math.inf)
        return scores.softmax(-1) @ v

    def qkv(*lead, rows=5, columns=5, depth=8, width=8):
        return (random(*lead, rows, depth), random(*lead, columns, depth), random(*lead, columns, width))

    case("attention_plain", attention, *qkv(2, 3))
    case("attention_rank3", attention, *qkv(2, rows=3, columns=7, depth=4, width=6))
    case("attention_causal", lambda q, k, v: attention(q, k, v, causal=True), *qkv(2, 2))
    case(
        "attention_causal_cross",
        lambda q, k, v: attention(q, k, v, causal=True),
        *qkv(1, 2, rows=4, columns=6),
    )
    case("attention_mask", attention, *qkv(2, 3), random(2, 3, 5, 5))
    case("attention_mask_broadcast", attention, *qkv(2, 3, rows=4, columns=6), random(4, 6))
    case("attention_scale", lambda q, k, v: attention(q, k, v, scale=0.25), *qkv(2, 3))
    hidden = torch.zeros(2, 1, 1, 6)
    hidden[0, :, :, 4:] = -1e9
    hidden[1, :, :, 3:] = -1e9
    case("attention_padding_mask", attention, *qkv(2, 3, rows=6, columns=6), hidden)


def normalisations():
    def batch_norm(name, dims, affine=True, eps=1e-5):
        channels = dims[1]
        params = {"weight": random(channels), "bias": random(channels)} if affine else {}
        params |= {"running_mean": random(channels), "running_var": positive(channels)}

        def run(x, *p):
            return F.batch_norm(x, p[-2], p[-1], *p[:-2], training=False, eps=eps)

        weighted(name, random(*dims), run, **params)

    batch_norm("batch_norm_image", (2, 5, 3, 4))
    batch_norm("batch_norm_rank2", (3, 7))
    batch_norm("batch_norm_rank3", (2, 4, 5))
    batch_norm("batch_norm_no_affine", (2, 5, 3, 4), affine=False)
    batch_norm("batch_norm_eps", (2, 5, 3, 4), eps=0.5)

    def layer_norm(name, dims, axes, affine=True, eps=1e-5):
        inner = dims[-axes:]
        params = {"weight": random(*inner), "bias": random(*inner)} if affine else {}
        weighted(name, random(*dims) + 2, lambda x, *p: F.layer_norm(x, inner, *p, eps=eps), **params)

    layer_norm("layer_norm_last", (2, 3, 7), 1)
    layer_norm("layer_norm_last_two", (2, 3, 4, 5), 2)
    layer_norm("layer_norm_no_affine", (3, 9), 1, affine=False)
    layer_norm("layer_norm_eps", (2, 3, 7), 1, eps=0.1)
    layer_norm("layer_norm_wide", (3, 131), 1)
    weighted(
        "layer_norm_no_bias", random(2, 3, 7) + 2, lambda x, w: F.layer_norm(x, (7,), w), weight=random(7)
    )

    def rms(x, *weight, eps):
        x = x / (x.square().mean(-1, keepdim=True) + eps).sqrt()
        return x * weight[0] if weight else x

    weighted("rms_norm", random(2, 3, 7), lambda x, w: rms(x, w, eps=1e-6), weight=random(7))
    weighted("rms_norm_no_affine", random(2, 3, 7), lambda x: rms(x, eps=1e-6))
    weighted("rms_norm_eps", random(2, 9), lambda x, w: rms(x, w, eps=0.1), weight=random(9))

    def group_norm(name, dims, groups, affine=True, eps=1e-5):
        params = {"weight": random(dims[1]), "bias": random(dims[1])} if affine else {}
        weighted(name, random(*dims) + 1, lambda x, *p: F.group_norm(x, groups, *p, eps=eps), **params)

    group_norm("group_norm", (2, 6, 3, 5), 2)
    group_norm("group_norm_each_channel", (2, 4, 3, 5), 4)
    group_norm("group_norm_one_group", (2, 4, 3, 5), 1, eps=0.1)
    group_norm("group_norm_no_affine", (2, 6, 3, 5), 3, affine=False)
    group_norm("group_norm_rank3", (2, 6, 5), 2)

    def instance_norm(name, dims, affine, eps=1e-5):
        params = {"weight": random(dims[1]), "bias": random(dims[1])} if affine else {}
        weighted(name, random(*dims) + 1, lambda x, *p: F.instance_norm(x, None, None, *p, eps=eps), **params)

    instance_norm("instance_norm", (2, 5, 3, 4), False)
    instance_norm("instance_norm_affine", (2, 5, 3, 4), True)
    instance_norm("instance_norm_eps", (2, 3, 5, 4), True, eps=0.1)


def pools():
    def pool(name, function, dims, *args, before=None, **options):
        def run(x):
            if before:
                top, left, bottom, right = before
                x = F.pad(x, (left, right, top, bottom), value=-math.inf)
            return function(x, *args, **options)

        case(name, run, random(*dims))

    most, mean = F.max_pool2d, F.avg_pool2d
    pool("max_pool_plain", most, (2, 3, 6, 8), 2)
    pool("max_pool_overlap", most, (2, 3, 9, 7), 3, 2, 1)
    pool("max_pool_rectangular", most, (2, 3, 9, 8), (3, 2), (2, 1), (1, 0))
    pool("max_pool_ceil", most, (2, 3, 8, 6), 3, 2, ceil_mode=True)
    pool("max_pool_ceil_pad", most, (2, 3, 7, 6), 2, 3, 1, ceil_mode=True)
    pool("max_pool_dilation", most, (2, 3, 9, 8), 3, 1, 1, dilation=2)
    pool("max_pool_wide", most, (2, 19, 5, 7), 3, 2, 1)
    pool("max_pool_same", most, (2, 3, 8, 7), 3, 2, before=(0, 1, 1, 1))
    pool("avg_pool_plain", mean, (2, 3, 6, 8), 2)
    pool("avg_pool_pad", mean, (2, 3, 9, 7), 3, 2, 1)
    pool("avg_pool_pad_not_counted", mean, (2, 3, 9, 7), 3, 2, 1, count_include_pad=False)
    pool("avg_pool_rectangular", mean, (2, 3, 9, 8), (3, 2), (2, 1), (1, 0))
    pool("avg_pool_ceil", mean, (2, 3, 8, 6), 3, 2, ceil_mode=True)
    pool("avg_pool_ceil_pad", mean, (2, 3, 8, 6), 3, 2, 1, ceil_mode=True)
    pool("avg_pool_ceil_far", mean, (2, 3, 8, 7), 4, 3, 1, ceil_mode=True)
    pool(
        "avg_pool_ceil_pad_not_counted", mean, (2, 3, 8, 6), 3, 2, 1, ceil_mode=True, count_include_pad=False
    )
    pool("avg_pool_divisor", mean, (2, 3, 7, 6), 3, 2, 1, divisor_override=5)
    pool("avg_pool_wide", mean, (2, 19, 5, 7), 2, 2)
    pool("adaptive_avg_pool_one", F.adaptive_avg_pool2d, (2, 5, 7, 5), 1)
    pool("adaptive_avg_pool_bins", F.adaptive_avg_pool2d, (2, 5, 7, 5), (3, 2))
    pool("adaptive_avg_pool_more_bins", F.adaptive_avg_pool2d, (2, 3, 4, 5), (6, 7))
    pool("adaptive_max_pool_bins", F.adaptive_max_pool2d, (2, 5, 7, 5), (3, 4))
    case("global_avg_pool", lambda x: x.mean((2, 3), keepdim=True), random(2, 19, 7, 5))
    case("global_max_pool", lambda x: x.amax((2, 3), keepdim=True), random(2, 19, 7, 5))

    # TensorFlow's SAME: the sums of zero-padded windows over how many elements each has.
    def same(x):
        total, ones = (F.avg_pool2d(F.pad(v, (1, 1, 0, 1)), 3, 2) for v in (x, torch.ones_like(x)))
        return total / ones

    case("avg_pool_same", same, random(2, 3, 8, 7))


def functions():
    def of_one(name, function, values=None):
        if values is None:  # both sides of every kink; small, since errors count against the largest
            values = (random(2, 3, 5, 3) * 1.5).clamp(-4, 4)
            values.view(-1)[:10] = torch.tensor([0, 1, -1, 3, -3, 2.5, -2.5, 3.5, -3.5, 0.01])
        case(name, function, values)

    def far(name, function):
        """Where exponentials are large and a careless formula overflows."""
        case(
            name + "_far",
            function,
            torch.tensor(
                [
                    [5, 9, 12.5, 19.5, 20.5, 30, 50, 80, 88, 89, 100],
                    [-5, -9, -12.5, -19.5, -20.5, -30, -50, -80, -88, -89, -100],
                ]
            ),
        )

    of_one("relu", F.relu)
    of_one("relu6", F.relu6, random(2, 3, 5, 3) * 4 + 3)
    of_one("leaky_relu", F.leaky_relu)
    of_one("leaky_relu_slope", lambda x: F.leaky_relu(x, 0.25))
    of_one("elu", F.elu)
    of_one("elu_alpha", lambda x: F.elu(x, 0.5))
    of_one("sigmoid", torch.sigmoid)
    of_one("hard_sigmoid", F.hardsigmoid)
    of_one("tanh", torch.tanh)
    of_one("silu", F.silu)
    of_one("hard_swish", F.hardswish)
    of_one("mish", F.mish)
    of_one("gelu_erf", F.gelu)
    of_one("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"))
    of_one("softplus", F.softplus)
    of_one("softplus_options", lambda x: F.softplus(x, beta=2, threshold=5))
    for name, function in (
        ("elu", F.elu),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
        ("silu", F.silu),
        ("mish", F.mish),
        ("gelu_erf", F.gelu),
        ("gelu_tanh", lambda x: F.gelu(x, approximate="tanh")),
        ("softplus", F.softplus),
    ):
        far(name, function)
    of_one("clamp", lambda x: x.clamp(-1.5, 2.5))
    of_one("exp", torch.exp, random(2, 3, 5, 3) * 2)
    of_one("log", torch.log, positive(2, 3, 5, 3))
    of_one("sqrt", torch.sqrt, positive(2, 3, 5, 3))
    of_one("abs", torch.abs)
    of_one("neg", torch.neg)
    of_one("add_scalar", lambda x: x + 1.5)
    of_one("sub_scalar", lambda x: x - 1.5)
    of_one("scalar_sub", lambda x: 1.5 - x)
    of_one("mul_scalar", lambda x: x * -2.25)
    of_one("div_scalar", lambda x: x / 4)
    of_one("scalar_div", lambda x: 2 / x, positive(2, 3, 5))
    of_one("pow_scalar", lambda x: x**1.5, positive(2, 3, 5))
    of_one("pow_scalar_square", lambda x: x**2, random(2, 3, 5))
    of_one("scalar_pow", lambda x: 2.0**x, random(2, 3, 5))
    of_one("min_scalar", lambda x: x.clamp(max=0.5))
    of_one("max_scalar", lambda x: x.clamp(min=0.5))

    weighted("prelu_shared", random(2, 3, 5, 4), F.prelu, weight=torch.tensor([0.3]))
    weighted("prelu_channels", random(2, 3, 5, 4), F.prelu, weight=random(3))
    weighted("prelu_rank2", random(4, 5), F.prelu, weight=random(5))

    case("add", torch.add, random(2, 3, 4, 5), random(2, 3, 4, 5))
    case("add_channels", torch.add, random(2, 3, 4, 5), random(1, 3, 1, 1))
    case("sub_lower_rank", torch.sub, random(2, 3, 4, 5), random(4, 5))
    case("sub_first_stretches", torch.sub, random(5), random(2, 3, 4, 5))
    case("mul_both_stretch", torch.mul, random(2, 1, 4, 1), random(1, 3, 1, 5))
    case("mul_one_element", torch.mul, random(2, 3, 4), random(1))
    case("mul_squeeze_excite", torch.mul, random(2, 19, 4, 5), random(2, 19, 1, 1))
    case("div", torch.div, random(2, 3, 4), positive(2, 3, 4))
    case("min", torch.minimum, random(2, 3, 4, 5), random(3, 1, 5))
    case("max", torch.maximum, random(2, 3, 4, 5), random(2, 3, 4, 5))
    case("pow", torch.pow, positive(2, 3, 4, 5), random(2, 3, 4, 5))
    case("add_rank6", torch.add, random(2, 1, 3, 2, 1, 2), random(2, 1, 2, 3, 2))


def shapes():
    def of(name, function, *dims):
        case(name, function, *[random(*d) for d in dims])

    of("concat_channels", lambda *x: torch.cat(x, 1), (2, 3, 4, 5), (2, 1, 4, 5), (2, 5, 4, 5))
    of("concat_batch", lambda *x: torch.cat(x, 0), (2, 3, 4, 5), (1, 3, 4, 5))
    of("concat_height", lambda *x: torch.cat(x, 2), (2, 3, 4, 5), (2, 3, 2, 5))
    of("concat_last", lambda *x: torch.cat(x, -1), (2, 3, 4), (2, 3, 3))
    of("concat_wide", lambda *x: torch.cat(x, 1), (2, 16, 3, 5), (2, 19, 3, 5))
    of("split_swapped", lambda x: torch.cat(x.split([1, 4, 2], 1)[::-1], 1), (2, 7, 3, 4))
    of("chunk_sum", lambda x: sum(x.chunk(3, 1)), (2, 6, 3, 4))
    of("chunk_uneven", lambda x: torch.cat([x.chunk(3, 2)[2], x.chunk(3, 2)[0]], 2), (2, 2, 7, 3))
    of("slice_channels", lambda x: x[:, 2:5], (2, 7, 3, 4))
    of("slice_step", lambda x: x[:, :, 1::2, ::3], (2, 3, 8, 7))
    of("slice_last", lambda x: x[..., -3:-1], (2, 3, 8))
    of("reshape", lambda x: x.reshape(3, 8, 5), (2, 3, 4, 5))
    of("reshape_rest", lambda x: x.reshape(2, -1, 6), (2, 3, 4, 5))
    of("flatten", lambda x: x.flatten(1), (2, 3, 4, 5))
    of("flatten_axis", lambda x: x.flatten(2), (2, 3, 4, 5))
    of("permute_image", lambda x: x.permute(0, 2, 3, 1), (2, 3, 4, 5))
    of("permute_rank3", lambda x: x.permute(2, 0, 1), (2, 3, 4))
    of("transpose", lambda x: x.transpose(1, -1), (2, 3, 4, 5))
    of("permute_rank6", lambda x: x.permute(3, 0, 5, 1, 4, 2), (2, 3, 2, 4, 1, 3))
    of("squeeze", lambda x: x.squeeze(2), (2, 3, 1, 5))
    of("squeeze_all", lambda x: x.squeeze(), (1, 3, 1, 5))
    of("unsqueeze", lambda x: x.unsqueeze(1), (2, 3, 5))
    of("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), (2, 12, 3, 5))
    of("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, 3), (2, 2, 6, 9))
    of(
        "channel_shuffle",
        lambda x: x.reshape(2, 3, 4, 3, 5).transpose(1, 2).reshape(2, 12, 3, 5),
        (2, 12, 3, 5),
    )
    of("pad_constant", lambda x: F.pad(x, (3, 4, 1, 2)), (2, 3, 4, 5))
    of("pad_value", lambda x: F.pad(x, (2, 0, 0, 1), value=-1.5), (2, 3, 4, 5))
    of("pad_channels", lambda x: F.pad(x, (0, 0, 0, 0, 1, 2)), (2, 3, 4, 5))
    of("pad_reflect", lambda x: F.pad(x, (3, 4, 1, 2), mode="reflect"), (2, 3, 4, 5))
    of("pad_replicate", lambda x: F.pad(x, (3, 6, 1, 5), mode="replicate"), (2, 3, 4, 5))


def resizes():
    def to(name, dims, size, **options):
        # Nearest takes places in the input's type: those of float32 are recorded, on every version.
        is_nearest = options["mode"].startswith("nearest")
        case(name, lambda x: F.interpolate(x.float() if is_nearest else x, size, **options), random(*dims))

    to("resize_nearest_double", (2, 3, 4, 5), (8, 10), mode="nearest")
    to("resize_nearest_up", (2, 3, 4, 5), (7, 9), mode="nearest")
    to("resize_nearest_down", (2, 3, 9, 8), (4, 5), mode="nearest")
    to("resize_nearest_rounding", (1, 1, 2, 4), (82, 94), mode="nearest")
    to("resize_nearest_exact_up", (2, 3, 4, 5), (7, 9), mode="nearest-exact")
    to("resize_nearest_exact_down", (2, 3, 9, 8), (4, 5), mode="nearest-exact")
    to("resize_bilinear_double", (2, 3, 4, 5), (8, 10), mode="bilinear", align_corners=False)
    to("resize_bilinear_up", (2, 3, 4, 5), (7, 9), mode="bilinear", align_corners=False)
    to("resize_bilinear_down", (2, 3, 9, 8), (4, 5), mode="bilinear", align_corners=False)
    to("resize_bilinear_corners_up", (2, 3, 4, 5), (7, 9), mode="bilinear", align_corners=True)
    to("resize_bilinear_corners_down", (2, 3, 9, 8), (4, 5), mode="bilinear", align_corners=True)
    to("resize_bilinear_corners_one", (2, 3, 4, 5), (1, 3), mode="bilinear", align_corners=True)

    def by(name, dims, factor, **options):
        case(name, lambda x: F.interpolate(x, scale_factor=factor, **options), random(*dims))

    # 5 rows times 1.75 are 8, and one step is 1 / 1.75, not 5 / 8.
    by("resize_nearest_scale", (2, 3, 5, 7), (1.75, 2.5), mode="nearest")
    by("resize_nearest_exact_scale", (2, 3, 5, 7), (1.75, 2.5), mode="nearest-exact")
    by("resize_bilinear_scale", (2, 3, 5, 7), (1.75, 2.5), mode="bilinear", align_corners=False)
    by("resize_bilinear_scale_down", (2, 3, 9, 7), 0.375, mode="bilinear", align_corners=False)

    def asymmetric(x, height, width):
        """TensorFlow 1's bilinear: output i lies at i * in / out."""
        for axis, size in ((2, height), (3, width)):
            extent = x.shape[axis]
            at = torch.arange(size, dtype=torch.float64) * extent / size
            first = at.floor().long()
            share = (at - first).view([-1] + [1] * (3 - axis))
            second = (first + 1).clamp(max=extent - 1)
            x = x.index_select(axis, first) * (1 - share) + x.index_select(axis, second) * share
        return x

    case("resize_bilinear_asymmetric_up", lambda x: asymmetric(x, 7, 9), random(2, 3, 4, 5))
    case("resize_bilinear_asymmetric_down", lambda x: asymmetric(x, 4, 5), random(2, 3, 9, 8))


def reductions():
    def of(name, function, *dims):
        case(name, function, random(*dims))

    of("softmax_rank2", lambda x: x.softmax(1), 3, 11)
    of("softmax_last", lambda x: x.softmax(-1), 2, 3, 7)
    of("softmax_channels", lambda x: x.softmax(1), 2, 5, 3, 4)
    of("softmax_first", lambda x: x.softmax(0), 4, 5)
    case("softmax_large", lambda x: x.softmax(1), random(3, 9) * 200)
    of("log_softmax_rank2", lambda x: x.log_softmax(1), 3, 11)
    of("log_softmax_channels", lambda x: x.log_softmax(1), 2, 5, 3, 4)
    of("reduce_mean_image", lambda x: x.mean((2, 3), keepdim=True), 2, 5, 4, 3)
    of("reduce_mean_dropped", lambda x: x.mean((2, 3)), 2, 5, 4, 3)
    of("reduce_mean_last", lambda x: x.mean(-1, keepdim=True), 2, 3, 7)
    of("reduce_mean_all", lambda x: x.mean().view(1), 2, 3, 7)
    of("reduce_sum_channels", lambda x: x.sum(1), 2, 5, 4, 3)
    of("reduce_sum_outer", lambda x: x.sum((0, 2), keepdim=True), 2, 5, 4, 3)
    of("reduce_max_last", lambda x: x.amax(-1), 2, 3, 7)
    of("reduce_max_channels", lambda x: x.amax(1, keepdim=True), 2, 5, 4, 3)
    of("reduce_min_two", lambda x: x.amin((1, 3)), 2, 5, 4, 3)
    of("reduce_sum_rank2", lambda x: x.sum(1, keepdim=True), 3, 131)
    of("argmax_rank2", lambda x: x.argmax(1), 4, 11)
    of("argmax_channels_kept", lambda x: x.argmax(1, keepdim=True), 2, 5, 3, 4)
    of("argmax_last", lambda x: x.argmax(-1), 2, 3, 7)
    ties = torch.randint(0, 3, (2, 9, 4)).float()
    firsts = (ties == ties.amax(1, keepdim=True)).int()  # torch does not promise the first; count
    case("argmax_ties", lambda x: (firsts.cumsum(1) == 0).sum(1), ties)
    case(
        "embedding",
        lambda i, layer__weight: F.embedding(i, layer__weight),
        torch.randint(0, 11, (2, 5), dtype=torch.int32),
        layer__weight=random(11, 7),
    )
    case(
        "embedding_rank1",
        lambda i, layer__weight: F.embedding(i, layer__weight),
        torch.randint(0, 6, (9,), dtype=torch.int32),
        layer__weight=random(6, 3),
    )


def blocks():
    def norm(x, p, at):
        return F.batch_norm(
            x, p[at + "__running_mean"], p[at + "__running_var"], p[at + "__weight"], p[at + "__bias"]
        )

    def norm_params(at, channels):
        return {
            at + "__weight": random(channels),
            at + "__bias": random(channels),
            at + "__running_mean": random(channels),
            at + "__running_var": positive(channels),
        }

    def residual(x, **p):
        y = F.relu(norm(F.conv2d(x, p["conv1__weight"], stride=2, padding=1), p, "bn1"))
        y = norm(F.conv2d(y, p["conv2__weight"], padding=1), p, "bn2")
        return F.relu(y + norm(F.conv2d(x, p["down__weight"], stride=2), p, "down_bn"))

    case(
        "block_residual",
        residual,
        random(2, 5, 9, 7),
        conv1__weight=random(8, 5, 3, 3) / 5,
        conv2__weight=random(8, 8, 3, 3) / 6,
        down__weight=random(8, 5, 1, 1),
        **norm_params("bn1", 8),
        **norm_params("bn2", 8),
        **norm_params("down_bn", 8),
    )

    def inverted(x, **p):
        y = F.relu6(norm(F.conv2d(x, p["expand__weight"]), p, "bn1"))
        y = F.relu6(norm(F.conv2d(y, p["depth__weight"], padding=1, groups=20), p, "bn2"))
        return x + norm(F.conv2d(y, p["project__weight"]), p, "bn3")

    case(
        "block_inverted_residual",
        inverted,
        random(2, 5, 6, 7),
        expand__weight=random(20, 5, 1, 1),
        depth__weight=random(20, 1, 3, 3),
        project__weight=random(5, 20, 1, 1) / 4,
        **norm_params("bn1", 20),
        **norm_params("bn2", 20),
        **norm_params("bn3", 5),
    )

    def excite(x, **p):
        s = F.relu(F.conv2d(x.mean((2, 3), keepdim=True), p["fc1__weight"], p["fc1__bias"]))
        return x * F.hardsigmoid(F.conv2d(s, p["fc2__weight"], p["fc2__bias"]))

    case(
        "block_squeeze_excite",
        excite,
        random(2, 12, 5, 7),
        fc1__weight=random(3, 12, 1, 1),
        fc1__bias=random(3),
        fc2__weight=random(12, 3, 1, 1),
        fc2__bias=random(12),
    )

    def inception(x, **p):
        a = F.relu(F.conv2d(x, p["a__weight"]))
        b = F.relu(F.conv2d(x, p["b__weight"], padding=1))
        return torch.cat([a, b, F.max_pool2d(x, 3, 1, 1)], 1)

    case(
        "block_inception",
        inception,
        random(2, 5, 6, 7),
        a__weight=random(4, 5, 1, 1),
        b__weight=random(6, 5, 3, 3),
    )

    def googlenet_block(x, **p):
        def unit(value, at, pad=0):
            value = F.conv2d(value, p[at + "__conv__weight"], padding=pad)
            mean, var = p[at + "__bn__running_mean"], p[at + "__bn__running_var"]
            return F.relu(
                F.batch_norm(value, mean, var, p[at + "__bn__weight"], p[at + "__bn__bias"], eps=1e-3)
            )

        x = F.relu(x)
        b, c = unit(unit(x, "b1"), "b2", 1), unit(unit(x, "c1"), "c2", 1)
        return torch.cat([unit(x, "a"), b, c, unit(F.max_pool2d(x, 3, 1, 1), "d")], 1)

    def unit_params(at, out, into, kernel=1):
        return {
            at + "__conv__weight": random(out, into, kernel, kernel) / (into * kernel * kernel) ** 0.5,
            at + "__bn__weight": positive(out),
            at + "__bn__bias": random(out),
            at + "__bn__running_mean": random(out),
            at + "__bn__running_var": positive(out),
        }

    case(
        "block_googlenet",
        googlenet_block,
        random(2, 18, 5, 7),
        **unit_params("a", 32, 18),
        **unit_params("b1", 16, 18),
        **unit_params("b2", 9, 16, 3),
        **unit_params("c1", 12, 18),
        **unit_params("c2", 7, 12, 3),
        **unit_params("d", 5, 18),
    )

    def grouped_queries(x, **p):
        def heads(at, count):
            y = F.linear(x, p[at + "__weight"], p.get(at + "__bias"))
            return y.reshape(2, 5, count, 8).permute(0, 2, 1, 3)

        # Two heads of queries to each of keys and values.
        q, k, v = heads("q", 4), heads("k", 2), heads("v", 2)
        k, v = k.repeat_interleave(2, 1), v.repeat_interleave(2, 1)
        y = F.scaled_dot_product_attention(q, k, v)
        return F.linear(y.permute(0, 2, 1, 3).reshape(2, 5, 32), p["out__weight"])

    case(
        "block_grouped_queries",
        grouped_queries,
        random(2, 5, 11),
        q__weight=random(32, 11) / 3,
        q__bias=random(32),
        k__weight=random(16, 11) / 3,
        v__weight=random(16, 11) / 3,
        v__bias=random(16),
        out__weight=random(6, 32) / 6,
    )

    def transformer(x, **p):
        y = F.layer_norm(x, (12,), p["ln1__weight"], p["ln1__bias"])
        q, k, v = F.linear(y, p["qkv__weight"], p["qkv__bias"]).reshape(2, 5, 3, 3, 4).permute(2, 0, 3, 1, 4)
        y = (q @ k.mT / 2).softmax(-1) @ v
        x = x + F.linear(y.permute(0, 2, 1, 3).reshape(2, 5, 12), p["out__weight"], p["out__bias"])
        y = F.layer_norm(x, (12,), p["ln2__weight"], p["ln2__bias"])
        return x + F.linear(F.gelu(F.linear(y, p["up__weight"])), p["down__weight"])

    case(
        "block_transformer",
        transformer,
        random(2, 5, 12),
        ln1__weight=random(12),
        ln1__bias=random(12),
        qkv__weight=random(36, 12) / 3,
        qkv__bias=random(36),
        out__weight=random(12, 12) / 3,
        out__bias=random(12),
        ln2__weight=random(12),
        ln2__bias=random(12),
        up__weight=random(24, 12) / 3,
        down__weight=random(12, 24) / 4,
    )

    def two_heads(x, **p):
        y = F.silu(F.conv2d(x, p["conv__weight"], p["conv__bias"], padding=1))
        y = F.interpolate(F.max_pool2d(y, 2), (5, 7), mode="nearest")
        return torch.cat([x, y], 1).flatten(2).permute(0, 2, 1).softmax(-1)

    case(
        "block_two_heads",
        two_heads,
        random(2, 3, 5, 7),
        conv__weight=random(4, 3, 3, 3),
        conv__bias=random(4),
    )


def options():
    """What one of PyTorch and ONNX refuses and the other has, and values at the edge of options.

    A group behind the others, with a seed of its own: values of the cases above stay what they were.
    """
    torch.manual_seed(21)
    most, mean = F.max_pool2d, F.avg_pool2d

    def padded(x, pad, value=0.0):
        top, left, bottom, right = pad
        return F.pad(x, (left, right, top, bottom), value=value)

    # The only window hangs over the edge.
    case("max_pool_ceil_larger", lambda x: most(x, 3, 2, ceil_mode=True), random(2, 3, 2, 2))
    case(
        "max_pool_ceil_larger_pad", lambda x: most(x, (5, 4), 3, (1, 0), ceil_mode=True), random(2, 19, 1, 5)
    )
    case("avg_pool_ceil_larger", lambda x: mean(x, 3, 2, ceil_mode=True), random(2, 3, 2, 2))
    case(
        "avg_pool_ceil_larger_pad", lambda x: mean(x, (5, 4), 3, (1, 0), ceil_mode=True), random(2, 19, 1, 5)
    )

    # More padding than half the kernel, or than the kernel; uneven padding.
    case("max_pool_far_pad", lambda x: most(padded(x, (4, 3, 3, 4), -math.inf), 3, 1), random(2, 3, 4, 5))
    case(
        "max_pool_far_pad_wide", lambda x: most(padded(x, (9, 9, 9, 9), -math.inf), 8, 2), random(2, 19, 4, 4)
    )
    case(
        "max_pool_uneven_pad",
        lambda x: most(padded(x, (0, 2, 1, 3), -math.inf), (3, 2), (2, 1)),
        random(2, 3, 6, 5),
    )
    case("avg_pool_far_pad", lambda x: mean(padded(x, (4, 3, 3, 4)), 3, 1), random(2, 3, 4, 5))
    case("avg_pool_far_pad_wide", lambda x: mean(padded(x, (9, 9, 9, 9)), 8, 2), random(2, 19, 4, 4))

    def counted(x, kernel, pad, **options):
        """Means over the elements of the input alone."""
        sums = [
            F.unfold(padded(v, pad), kernel, **options).unflatten(1, (-1, kernel[0] * kernel[1])).sum(2)
            for v in (x, torch.ones_like(x))
        ]
        return sums[0] / sums[1]

    case(
        "avg_pool_far_pad_not_counted",
        lambda x: counted(x, (3, 3), (2, 2, 1, 2)).unflatten(2, (5, 7)),
        random(2, 3, 4, 5),
    )
    case(
        "avg_pool_dilation_not_counted",
        lambda x: counted(x, (2, 3), (1, 2, 0, 2), dilation=(3, 2)).unflatten(2, (5, 7)),
        random(2, 3, 7, 7),
    )
    case(
        "avg_pool_dilation",
        lambda x: (
            F.unfold(x, (3, 2), (2, 3), (2, 1), (1, 2)).unflatten(1, (-1, 6)).mean(2).unflatten(2, (8, 3))
        ),
        random(2, 19, 8, 7),
    )
    case(
        "avg_pool_dilation_ceil",
        lambda x: torch.stack([x[..., 0:3:2].mean(-1), x[..., 2:5:2].mean(-1), x[..., 4]], -1),
        random(2, 3, 4, 6),
    )

    def halves(*dims):
        """What half storage does not round, so that no new ties come."""
        return random(*dims).half().float()

    def indices(name, dims, *args, **options):
        case(name, lambda x: most(x, *args, return_indices=True, **options)[1], halves(*dims))

    indices("max_pool_indices", (2, 3, 6, 8), 2)
    indices("max_pool_indices_overlap", (2, 19, 9, 7), 3, 2, 1)
    indices("max_pool_indices_uneven", (2, 3, 9, 8), (3, 2), (2, 1), (1, 0), (1, 3), ceil_mode=True)
    ties = torch.randint(0, 3, (2, 3, 7, 7)).float()
    case("max_pool_indices_ties", lambda x: most(x, 3, 2, return_indices=True)[1], ties)
    case(
        "max_pool_indices_tensor",
        lambda x: most(x, 2, return_indices=True)[1] + torch.arange(6).view(2, 3, 1, 1) * 48,
        halves(2, 3, 6, 8),
    )
    case("max_unpool", lambda x: F.max_unpool2d(*most(x, 2, return_indices=True), 2), halves(2, 19, 6, 8))
    case(
        "max_unpool_overlap",
        lambda x: F.max_unpool2d(*most(x, 3, 2, return_indices=True), 3, 2, output_size=(10, 8)),
        halves(2, 3, 9, 7),
    )

    case("argmin_rank2", lambda x: x.argmin(1), random(4, 11))
    case("argmin_channels_kept", lambda x: x.argmin(1, keepdim=True), random(2, 5, 3, 4))

    def first(is_it):
        return (is_it.int().cumsum(1) == 0).sum(1)

    def last(is_it):
        return is_it.shape[1] - 1 - first(is_it.flip(1))

    ties = torch.randint(0, 3, (2, 9, 4)).float()
    case("argmin_ties", lambda x: first(x == x.amin(1, keepdim=True)), ties)
    case("argmin_take_last", lambda x: last(x == x.amin(1, keepdim=True)), ties)
    case("argmax_take_last", lambda x: last(x == x.amax(1, keepdim=True)), ties)
    long = torch.randint(0, 3, (2, 300)).float()
    case("argmax_take_last_long", lambda x: last(x == x.amax(1, keepdim=True)), long)

    # Scalars: of the weights file, of the caller, of reductions.
    case(
        "scalar_parameter",
        lambda x, logit_scale: logit_scale.exp() * x,
        random(2, 3, 4),
        logit_scale=torch.tensor(2.6593),
    )
    case(
        "scalar_parameter_image",
        lambda x, scale: F.max_pool2d(x, 2) * scale + scale,
        random(2, 19, 4, 6),
        scale=torch.tensor(-0.75),
    )
    case("scalar_input", lambda x, s: (x - s) * s, random(5, 7), torch.tensor(1.25))
    case("scalar_alone", lambda s: torch.tanh(s) + 1, torch.tensor(0.5))
    case(
        "scalar_linear",
        lambda x, s, fc__weight: F.linear(x, fc__weight) * s,
        random(3, 7),
        torch.tensor(-2.0),
        fc__weight=random(5, 7),
    )
    case("reduce_sum_scalar", lambda x: x.sum(), random(2, 3, 7))
    case("reduce_mean_scalar", lambda x: x - x.mean(), random(2, 5, 4, 3))
    case("reduce_max_scalar", lambda x: x.amax().exp(), random(5))
    case("reduce_of_scalar", lambda s: s.sum() * 2, torch.tensor(3.5))
    case("argmax_scalar", lambda x: x.argmax(0), random(9))
    case("scalar_squeezed", lambda x: x.squeeze(), random(1, 1, 1))
    case("scalar_unsqueezed", lambda s: s.view(1, 1).expand(1, 3) * torch.ones(1, 3), torch.tensor(3.0))

    case("clamp_crossed", lambda x: x.clamp(1.5, -0.5), random(2, 3, 5, 3) * 2)
    case("clamp_low", lambda x: x.clamp(min=-0.5), random(2, 3, 5, 3))
    case("clamp_high", lambda x: x.clamp(max=0.5), random(2, 3, 5, 3))


def keep(path):
    """Puts the file's values in place of those just made, where it has them."""
    data = path.read_bytes()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    for name, entry in json.loads(data[8:end]).items():
        if name in tensors:
            first, last = entry["data_offsets"]
            kind = torch.float32 if entry["dtype"] == "F32" else torch.int32
            values = torch.frombuffer(bytearray(data[end + first : end + last]), dtype=kind)
            tensors[name] = values.reshape(entry["shape"])


def write(path):
    """safetensors: 8 bytes of header length, the header as JSON, the bytes."""
    header, blobs, end = {}, [], 0
    for name, value in tensors.items():
        blob = value.contiguous().numpy().astype("<f4" if value.is_floating_point() else "<i4").tobytes()
        header[name] = {
            "dtype": "F32" if value.is_floating_point() else "I32",
            "shape": list(value.shape),
            "data_offsets": [end, end + len(blob)],
        }
        blobs.append(blob)
        end += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def resize_options():
    """What came later: behind all others, so that their numbers stay."""

    def to(name, dims, size, **options):
        case(name, lambda x: F.interpolate(x, size, **options), random(*dims))

    for mode in ("bilinear", "bicubic"):
        for name, dims, size in (
            ("up", (2, 3, 4, 5), (7, 9)),
            ("down", (2, 17, 9, 8), (4, 5)),
            ("mixed", (1, 5, 11, 4), (3, 13)),
            ("far", (1, 2, 23, 31), (2, 3)),
        ):
            if mode == "bicubic":
                to(f"resize_bicubic_{name}", dims, size, mode=mode, align_corners=False)
                to(f"resize_bicubic_corners_{name}", dims, size, mode=mode, align_corners=True)
            to(f"resize_{mode}_antialias_{name}", dims, size, mode=mode, align_corners=False, antialias=True)
    case(
        "resize_bicubic_scale",
        lambda x: F.interpolate(x, scale_factor=(1.75, 0.6), mode="bicubic"),
        random(2, 3, 5, 7),
    )
    case(
        "resize_bicubic_scale_up",
        lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"),
        random(2, 16, 5, 7),
    )
    case(
        "resize_bilinear_antialias_scale",
        lambda x: F.interpolate(x, scale_factor=(0.4, 0.7), mode="bilinear", antialias=True),
        random(2, 3, 12, 11),
    )


def flips():
    def of(name, function, *dims):
        case(name, function, random(*dims))

    of("flip_columns", lambda x: x.flip(3), 2, 3, 4, 5)
    of("flip_image", lambda x: F.relu(x.flip((2, 3))), 2, 17, 4, 5)
    of("flip_channels", lambda x: x.flip(1), 2, 17, 3, 5)
    of("flip_rank6", lambda x: x.flip((0, 3, -1)), 2, 3, 2, 4, 1, 3)
    of("flip_rank1", lambda x: x.flip(0), 7)
    of("slice_backwards", lambda x: x[:, :, 1:7].flip(2)[:, :, ::2], 2, 3, 8, 7)
    of("slice_backwards_all", lambda x: x.flip(-1)[..., ::3], 2, 3, 8)
    of("flip_between", lambda x: F.max_pool2d(F.relu(x), 2).flip(3) + F.avg_pool2d(x, 2), 2, 19, 6, 8)

    def depth_to_space(x, r):
        n, c, h, w = x.shape
        return (
            x.reshape(n, r, r, c // r**2, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // r**2, h * r, w * r)
        )

    def space_to_depth(x, r):
        n, c, h, w = x.shape
        return (
            x.reshape(n, c, h // r, r, w // r, r)
            .permute(0, 3, 5, 1, 2, 4)
            .reshape(n, c * r**2, h // r, w // r)
        )

    of("pixel_shuffle_dcr", lambda x: depth_to_space(x, 2), 2, 12, 3, 5)
    of("pixel_unshuffle_dcr", lambda x: space_to_depth(x, 3), 2, 2, 6, 9)


def drawn_values(kind, dims):
    """Inputs of a case that states in torch_cases_*.cpp what PyTorch computes."""
    count = math.prod(dims)
    if kind == "special":  # of activations: their kinks, and values far away from 0
        values = (random(*dims) * 1.5).clamp(-4, 4)
        values.view(-1)[:12] = torch.tensor([0, 1, -1, 3, -3, 0.25, -0.25, 0.5, -0.5, 60, -60, 0.01])
        return values
    if kind == "spaced":  # no two alike, nor alike as halves
        return ((torch.randperm(count) - count // 2).float() / 8).view(*dims)
    if kind == "tied":  # few different values
        return torch.randint(0, 5, tuple(dims)).float()
    if kind == "positive":
        return positive(*dims)
    assert not kind, f"no values are called '{kind}'"
    return random(*dims)


def melscale(n_freqs, f_min, f_max, n_mels, rate, norm=None, scale="htk"):
    """torchaudio.functional.melscale_fbanks, [n_freqs, n_mels]."""

    def mel(hertz):
        if scale == "htk":
            return 2595 * math.log10(1 + hertz / 700)
        return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)

    def hertz(mel):
        if scale == "htk":
            return 700 * (10 ** (mel / 2595) - 1)
        return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) / 27 * math.log(6.4))

    low, high = mel(f_min), mel(f_max)
    corners = [hertz(low + (high - low) * k / (n_mels + 1)) for k in range(n_mels + 2)]
    at = torch.linspace(0, rate // 2, n_freqs, dtype=torch.float64)
    out = []
    for left, middle, right in zip(corners, corners[1:], corners[2:]):
        share = torch.minimum((at - left) / (middle - left), (right - at) / (right - middle)).clamp(min=0)
        out.append(share * 2 / (right - left) if norm == "slaney" else share)
    return torch.stack(out, 1).float().double()  # as a table of floats


def log_mel_of_whisper(x):
    """openai-whisper's log_mel_spectrogram."""
    window = torch.hann_window(400).double()
    power = torch.stft(x, 400, 160, window=window, return_complex=True)[..., :-1].abs() ** 2
    logs = (melscale(201, 0, 8000, 80, 16000, "slaney", "slaney").T @ power).clamp(min=1e-10).log10()
    return (torch.maximum(logs, logs.max() - 8) + 4) / 4


def stated_cases():
    """The cases with a line "// torch: EXPRESSION" above them in tests/support/torch_cases_*.cpp."""
    folder = pathlib.Path(__file__).parent.parent / "support"
    stated = re.compile(
        r'^ *// torch(?:, (\w+))?: ([^\n]+)\n *\{"(\w+)",(.*?)(?=^ *// torch|^ {8}\{"|^ {4}\};)', re.M | re.S
    )
    for path in sorted(folder.glob("torch_cases_*.cpp")):
        text = path.read_text()
        # Networks around a layer, of which a case has the layer alone.
        around = dict(
            re.findall(r"^template <auto Layer> void (\w+)\(network& net\) \{(.*?)^\}", text, re.M | re.S)
        )
        for kind, expression, name, body in stated.findall(text):
            called = re.search(r"\b(of_\w+)<", body)
            if called and called[1] == "of_one":
                kind = kind or "special"
            inputs = [
                drawn_values(kind, [int(n) for n in dims.split(",")])
                for dims in re.findall(
                    r'input\("input\d", \{([\d, ]+)\}', around[called[1]] if called else body
                )
            ]
            arguments = ", ".join("xyzw"[: len(inputs)])
            case(name, eval(f"lambda {arguments}: {expression}", globals()), *inputs)


def several_outputs():
    """Networks around ops of two outputs."""
    case(
        "topk_channels",
        lambda x, conv__weight: F.relu(F.conv2d(x, conv__weight)).topk(5, 1)[0].exp(),
        random(2, 3, 5, 7),
        conv__weight=random(19, 3, 1, 1) / 2,
    )

    def both(x, layer__weight):
        values, indices = x.topk(3)
        return layer__weight[indices] * values.softmax(1).unsqueeze(2)

    case("topk_both", both, drawn_values("spaced", [2, 11]), layer__weight=random(11, 5))


def places():
    """Attention whose queries stand somewhere among the keys, and what tells it how far apart they are."""

    def attend(q, k, v, seen=None, bias=None):
        k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], 1) for t in (k, v))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        scores = scores if bias is None else scores + bias
        scores = scores if seen is None else scores.masked_fill(~seen, -math.inf)
        return scores.softmax(-1).nan_to_num(0) @ v

    def inputs(heads=6, groups=2, rows=5, keys=9):
        return random(2, heads, rows, 8), random(2, groups, keys, 8), random(2, groups, keys, 4)

    def distance(rows, keys, at):
        return torch.arange(keys) - (torch.arange(rows)[:, None] + at)

    def limited(name, seen, *given, **sizes):
        case(name, lambda q, k, v: attend(q, k, v, seen), *(given or inputs(**sizes)))

    case("gqa", attend, *inputs())
    limited("gqa_causal", distance(5, 9, 0) <= 0)
    case("gqa_mask_rows", lambda q, k, v, m: attend(q, k, v, None, m), *inputs(), random(5, 9))
    case("gqa_mask_heads", lambda q, k, v, m: attend(q, k, v, None, m), *inputs(), random(6, 5, 9))
    case("mqa_mask_keys", lambda q, k, v, m: attend(q, k, v, None, m), *inputs(3, 1), random(2, 1, 1, 9))
    case("mqa_mask_head_keys", lambda q, k, v, m: attend(q, k, v, None, m), *inputs(3, 1), random(3, 1, 9))
    limited("attention_position", distance(5, 9, 3) <= 0, groups=6)
    each = distance(5, 9, torch.tensor([1, 4])[:, None, None, None])
    limited("attention_positions", each <= 0)
    short = torch.arange(9) < torch.tensor([4, 0])[:, None, None, None]
    limited("attention_length", short.expand(2, 1, 5, 9), groups=6)
    near = distance(5, 9, 3)
    limited("attention_window", (near <= 0) & (near >= -2))
    near = distance(37, 41, 2)
    limited("attention_window_both", (near <= 2) & (near >= -1), rows=37, keys=41, heads=2)
    near = distance(1, 41, 37)
    limited("attention_step", (near <= 0) & (near >= -19), rows=1, keys=41)
    limited("attention_long", distance(40, 200, 150) <= 0, rows=40, keys=200, heads=4)
    near = distance(40, 200, 150)
    limited("attention_long_window", (near <= 0) & (near >= -30), rows=40, keys=200, heads=2)

    def turn(x, dims, at=0, interleaved=False, theta=10000.0):
        first, rest = x[..., :dims], x[..., dims:]
        angles = (torch.arange(x.shape[-2]) + at)[..., None] * theta ** (
            -torch.arange(dims // 2) * 2.0 / dims
        )
        pairs = first.unflatten(-1, (-1, 2) if interleaved else (2, -1))
        pairs = pairs if interleaved else pairs.transpose(-1, -2)
        turned = torch.view_as_complex(pairs.contiguous()) * torch.polar(
            torch.ones(()).double(), angles.double()
        )
        turned = torch.view_as_real(turned)
        turned = turned if interleaved else turned.transpose(-1, -2)
        return torch.cat([turned.flatten(-2), rest], -1)

    case("rotary", lambda x: turn(x, 8), random(2, 3, 5, 8))
    case("rotary_position", lambda x: turn(x, 8, 300, theta=500.0), random(2, 3, 5, 8))
    case("rotary_interleaved", lambda x: turn(x, 8, 7, True), random(2, 3, 5, 8))
    case("rotary_partial", lambda x: turn(x, 6, 7), random(2, 3, 5, 11))
    case("rotary_partial_interleaved", lambda x: turn(x, 6, 7, True), random(3, 5, 11))
    starts = torch.tensor([2, 9])[:, None, None]
    case("rotary_positions", lambda x: turn(x, 8, starts), random(2, 3, 5, 8))

    def heads(x):
        apart = x.reshape(2, 5, 3, 22).transpose(1, 2)
        return (turn(apart, 22, starts) / 4 + apart).transpose(1, 2).reshape(2, 5, 66)

    case("rotary_heads", heads, random(2, 5, 66))
    case("rotary_rows", lambda x: turn(x * 2, 36, interleaved=True).relu(), random(7, 40))

    def pixels(x, layer__weight):
        n = len(x)
        q, k, v = F.max_pool2d(x, 2).reshape(n, 2, 32, 24).split([8, 8, 16], 2)
        seen = F.scaled_dot_product_attention(q.mT, k.mT, v.mT).mT.reshape(n, 32, 4, 6)
        return seen + F.conv2d(v.reshape(n, 32, 4, 6), layer__weight, padding=1, groups=32)

    def areas(x, layer__weight):
        n = len(x)
        both = F.max_pool2d(x, 2).reshape(n, 2, 3, 16, 2, 12).permute(2, 0, 4, 1, 5, 3)
        q, k, v = both.flatten(1, 2)

        def image(y):
            return y.reshape(n, 2, 2, 12, 16).permute(0, 2, 4, 1, 3).reshape(n, 32, 4, 6)

        seen = image(F.scaled_dot_product_attention(q, k, v))
        return seen + F.conv2d(image(v), layer__weight, padding=1, groups=32)

    for name, rows in (("", 1), ("_batch", 2)):
        taps = random(32, 1, 3, 3)
        case("attention_pixels" + name, pixels, random(rows, 64, 8, 12), layer__weight=taps)
        case("attention_areas" + name, areas, random(rows, 96, 8, 12), layer__weight=taps)

    slopes = torch.tensor([2.0**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3])[:, None, None]
    case("alibi", lambda x: x + slopes * torch.arange(9), random(6, 1, 9))

    def bucket(far, buckets, most, both):
        """T5Attention._relative_position_bucket of transformers."""
        out = torch.zeros_like(far)
        if both:
            buckets //= 2
            out = out + (far > 0).long() * buckets
            far = far.abs()
        else:
            far = -torch.min(far, torch.zeros_like(far))
        exact = buckets // 2
        large = exact + (torch.log(far.float() / exact) / math.log(most / exact) * (buckets - exact)).long()
        return out + torch.where(far < exact, far, large.clamp(max=buckets - 1))

    def bias(x, relative__weight, rows, keys, at=0, buckets=32, most=128, both=True):
        return x + relative__weight[bucket(distance(rows, keys, at), buckets, most, both)].permute(2, 0, 1)

    table = random(32, 3)
    case(
        "relative_bias",
        lambda x, relative__weight: bias(x, relative__weight, 2, 300, 150),
        random(3, 2, 300),
        relative__weight=table,
    )
    case(
        "relative_bias_before",
        lambda x, relative__weight: bias(x, relative__weight, 3, 150, 140, 16, 40, False),
        random(3, 3, 150),
        relative__weight=random(16, 3),
    )

    def window(x, table):
        h, w = 3, 4
        place = torch.stack(torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")).flatten(1)
        apart = place[:, :, None] - place[:, None, :]
        index = (apart[0] + h - 1) * (2 * w - 1) + apart[1] + w - 1
        return x + table[index].permute(2, 0, 1)

    case("window_bias", lambda x, table: window(x, table), random(2, 12, 12), table=random(35, 2))

    def bag(name, x, function, **weights):
        case(name, function, x, bag__weight=random(11, 4), **weights)

    def fixed(**options):
        return lambda x, bag__weight: F.embedding_bag(x, bag__weight, **options)

    ids = torch.tensor([[1, 7, 3, 3, 0], [10, 2, 2, 5, 9], [3, 3, 3, 3, 3]]).int()
    for mode in ("sum", "mean", "max"):
        bag(f"bag_{mode}", ids, fixed(mode=mode))
        bag(f"bag_{mode}_padding", ids, fixed(mode=mode, padding_idx=3))
        bag(
            f"bag_{mode}_offsets",
            ids.flatten(),
            lambda x, bag__weight, mode=mode: F.embedding_bag(
                x, bag__weight, torch.tensor([0, 4, 4, 9]), mode=mode
            ),
        )
    bag(
        "bag_mean_offsets_padding",
        ids.flatten(),
        lambda x, bag__weight: F.embedding_bag(x, bag__weight, torch.tensor([0, 4, 10]), padding_idx=3),
    )

    def weighted_bag(x, w, bag__weight, offsets=None):
        return F.embedding_bag(x, bag__weight, offsets, mode="sum", per_sample_weights=w)

    case("bag_weights", weighted_bag, ids, random(3, 5), bag__weight=random(11, 4))
    case(
        "bag_weights_offsets",
        lambda x, w, bag__weight: weighted_bag(x, w, bag__weight, torch.tensor([0, 4, 9])),
        ids.flatten(),
        random(15),
        bag__weight=random(11, 4),
    )

    def penalised(x, tokens):
        seen = x.gather(1, tokens)
        return x.scatter(1, tokens, torch.where(seen < 0, seen * 1.25, seen / 1.25))

    case("repetition_penalty", penalised, random(2, 11), torch.tensor([[3, 3, 7], [0, 10, 1]]).int())


def sequences():
    def conv(name, dims, out, kernel, bias=False, groups=1, **options):
        params = {"weight": random(out, dims[1] // groups, kernel)}
        if bias:
            params["bias"] = random(out)
        weighted(
            name, random(*dims), lambda x, w, b=None: F.conv1d(x, w, b, groups=groups, **options), **params
        )

    conv("conv1d_plain", (2, 3, 11), 4, 3)
    conv("conv1d_bias", (2, 3, 11), 4, 3, bias=True, padding=1)
    conv("conv1d_1", (2, 19, 7), 33, 1, bias=True)
    conv("conv1d_wide", (2, 33, 21), 17, 5, padding=2)
    conv("conv1d_stride", (2, 20, 29), 18, 4, stride=3, padding=2)
    conv("conv1d_dilation", (2, 5, 23), 6, 3, padding=4, dilation=4)
    conv("conv1d_groups", (2, 6, 9), 4, 3, bias=True, groups=2, padding=1)
    conv("conv1d_depthwise", (2, 19, 17), 19, 5, groups=19, padding=2)
    conv("conv1d_same", (2, 3, 10), 5, 4, padding="same", dilation=2)
    conv("conv1d_whole_input", (3, 4, 9), 7, 9, bias=True)
    weighted(
        "conv1d_causal", random(2, 3, 10), lambda x, w: F.conv1d(F.pad(x, (3, 0)), w), weight=random(5, 3, 4)
    )

    def residual(x, first__weight, second__weight, second__bias, **norm):
        y = F.conv1d(x, first__weight, padding=1)
        y = F.batch_norm(
            y, norm["norm__running_mean"], norm["norm__running_var"], norm["norm__weight"], norm["norm__bias"]
        )
        return F.relu(x + F.conv1d(F.relu(y), second__weight, second__bias, padding=1))

    case(
        "conv1d_residual",
        residual,
        random(2, 20, 13),
        first__weight=random(24, 20, 3) / 4,
        second__weight=random(20, 24, 3) / 4,
        second__bias=random(20),
        norm__running_mean=random(24),
        norm__running_var=positive(24),
        norm__weight=random(24),
        norm__bias=random(24),
    )

    def around(x, first__weight, second__weight, third__weight, norm__weight, norm__bias):
        y = F.silu(F.conv1d(x, first__weight, padding=1))
        z = F.group_norm(F.conv1d(y, second__weight), 4, norm__weight, norm__bias)
        return F.conv1d(torch.cat([y, z], 1)[:, :, 1:15], third__weight, stride=2)

    case(
        "conv1d_around",
        around,
        random(2, 3, 17),
        first__weight=random(16, 3, 3),
        second__weight=random(16, 16, 1),
        third__weight=random(3, 32, 2),
        norm__weight=random(16),
        norm__bias=random(16),
    )

    def transpose(name, dims, out, kernel, bias=False, groups=1, **options):
        params = {"weight": random(dims[1], out // groups, kernel)}
        if bias:
            params["bias"] = random(out)
        weighted(
            name,
            random(*dims),
            lambda x, w, b=None: F.conv_transpose1d(x, w, b, groups=groups, **options),
            **params,
        )

    transpose("conv_transpose1d_plain", (2, 3, 7), 4, 3)
    transpose("conv_transpose1d_stride", (2, 20, 7), 18, 4, bias=True, stride=2, padding=1)
    transpose(
        "conv_transpose1d_output_padding", (2, 3, 6), 5, 3, stride=3, padding=1, output_padding=2, dilation=2
    )
    transpose("conv_transpose1d_groups", (2, 6, 5), 4, 3, groups=2, stride=2)


def volumes():
    def conv(name, dims, out, kernel, bias=False, groups=1, before=None, after=None, **options):
        """before, after: zeros put around the input first, (front, top, left) and (back, bottom, right)."""
        kernel = (kernel,) * 3 if isinstance(kernel, int) else kernel
        params = {"weight": random(out, dims[1] // groups, *kernel)}
        if bias:
            params["bias"] = random(out)

        def run(x, weight, bias=None):
            if before:
                sides = zip(reversed(before), reversed(after), strict=True)
                x = F.pad(x, [extent for pair in sides for extent in pair])
            return F.conv3d(x, weight, bias, groups=groups, **options)

        weighted(name, random(*dims), run, **params)

    conv("conv3d_plain", (2, 3, 5, 7, 6), 4, 3)
    conv("conv3d_bias", (2, 3, 4, 5, 6), 5, 3, bias=True, padding=1)
    conv("conv3d_1", (2, 19, 3, 4, 5), 33, 1, bias=True)
    conv("conv3d_flat", (2, 33, 3, 9, 7), 20, (1, 3, 3), padding=(0, 1, 1))
    conv("conv3d_flat_stride", (2, 20, 5, 6, 7), 17, (1, 3, 3), stride=(2, 1, 2))
    conv("conv3d_time", (2, 17, 5, 4, 6), 18, (3, 1, 1), padding=(1, 0, 0))
    conv("conv3d_stem", (2, 3, 4, 15, 13), 18, (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3))
    conv("conv3d_wide", (2, 20, 4, 6, 5), 33, 3, padding=1)
    conv("conv3d_stride", (2, 18, 7, 9, 8), 19, 3, bias=True, stride=2, padding=1)
    conv("conv3d_dilation", (2, 5, 9, 7, 8), 6, 3, padding=(2, 1, 2), dilation=(3, 1, 2))
    conv("conv3d_groups", (2, 6, 4, 5, 5), 4, (2, 3, 3), bias=True, groups=2, padding=(0, 1, 1))
    conv("conv3d_groups_wide", (2, 32, 3, 5, 4), 32, 3, groups=2, padding=1)
    conv("conv3d_depthwise", (2, 19, 4, 9, 7), 19, 3, groups=19, padding=1)
    conv("conv3d_same", (2, 3, 5, 6, 7), 5, (3, 2, 3), padding="same")
    conv("conv3d_deep_pad", (2, 4, 2, 5, 5), 6, 3, before=(3, 1, 0), after=(2, 0, 1))
    conv("conv3d_whole_input", (2, 4, 3, 4, 5), 7, (3, 4, 5), bias=True)

    def transpose(name, dims, out, kernel, bias=False, groups=1, **options):
        kernel = (kernel,) * 3 if isinstance(kernel, int) else kernel
        params = {"weight": random(dims[1], out // groups, *kernel)}
        if bias:
            params["bias"] = random(out)
        weighted(
            name,
            random(*dims),
            lambda x, w, b=None: F.conv_transpose3d(x, w, b, groups=groups, **options),
            **params,
        )

    transpose("conv_transpose3d_plain", (2, 3, 3, 4, 5), 4, 3)
    transpose("conv_transpose3d_stride", (2, 20, 3, 4, 5), 18, 2, bias=True, stride=2)
    transpose("conv_transpose3d_pad", (2, 17, 3, 5, 4), 16, (4, 3, 4), stride=2, padding=1)
    transpose(
        "conv_transpose3d_output_padding",
        (2, 3, 3, 4, 3),
        5,
        3,
        stride=(3, 2, 2),
        padding=1,
        output_padding=(2, 1, 0),
        dilation=(2, 1, 1),
    )
    transpose("conv_transpose3d_groups", (2, 6, 2, 3, 4), 4, 3, groups=2, stride=(1, 2, 2))

    def residual(x, w):
        y = F.conv3d(x, w["stem__weight"], padding="same")
        y = F.relu(
            F.batch_norm(
                y, w["norm__running_mean"], w["norm__running_var"], w["norm__weight"], w["norm__bias"]
            )
        )
        z = F.relu(F.conv3d(y, w["frame__weight"], padding=(0, 1, 1)))
        z = F.conv3d(z, w["time__weight"], padding=(1, 0, 0))
        return F.relu(y + z).mean((2, 3, 4))

    case(
        "conv3d_residual",
        lambda x, **w: residual(x, w),
        random(2, 3, 4, 9, 8),
        stem__weight=random(18, 3, 3, 5, 5) / 8,
        norm__weight=random(18),
        norm__bias=random(18),
        norm__running_mean=random(18),
        norm__running_var=positive(18),
        frame__weight=random(20, 18, 1, 3, 3) / 8,
        time__weight=random(18, 20, 3, 1, 1) / 8,
    )

    def unet(x, w):
        a = F.conv3d(x, w["first__weight"], padding=1)
        a = F.relu(F.group_norm(a, 4, w["norm__weight"], w["norm__bias"]))
        y = F.relu(F.conv3d(F.max_pool3d(a, 2), w["deep__weight"], w["deep__bias"], padding=1))
        y = F.conv_transpose3d(y, w["up__weight"], w["up__bias"], stride=2)
        y = F.silu(F.conv3d(torch.cat([a, y], 1), w["last__weight"], padding=1))
        return F.conv3d(y, w["classes__weight"], w["classes__bias"])

    case(
        "unet3d",
        lambda x, **w: unet(x, w),
        random(2, 2, 4, 6, 8),
        first__weight=random(16, 2, 3, 3, 3) / 4,
        norm__weight=random(16),
        norm__bias=random(16),
        deep__weight=random(32, 16, 3, 3, 3) / 16,
        deep__bias=random(32),
        up__weight=random(32, 16, 2, 2, 2) / 4,
        up__bias=random(16),
        last__weight=random(16, 32, 3, 3, 3) / 16,
        classes__weight=random(3, 16, 1, 1, 1),
        classes__bias=random(3),
    )

    def gated(x, w):
        y = F.conv3d(x, w["first__weight"], padding=(0, 1, 1))
        gate = F.conv3d(y.mean((2, 3, 4), keepdim=True), w["gate__weight"]).sigmoid()
        return F.prelu(F.conv3d(y, w["last__weight"], padding=1), w["slope__weight"]) * gate

    case(
        "gate3d",
        lambda x, **w: gated(x, w),
        random(2, 20, 3, 5, 4),
        first__weight=random(18, 20, 2, 3, 3) / 8,
        gate__weight=random(18, 18, 1, 1, 1),
        last__weight=random(18, 18, 3, 3, 3) / 8,
        slope__weight=random(1),
    )
    case(
        "instance_norm3d_affine",
        lambda x, layer__weight, layer__bias: (
            F.relu(F.instance_norm(F.max_pool3d(x, 2, 1), weight=layer__weight, bias=layer__bias))
            + F.max_pool3d(x, 2, 1)
        ),
        random(2, 19, 3, 5, 4),
        layer__weight=random(19),
        layer__bias=random(19),
    )
    case(
        "group_norm3d",
        lambda x, layer__weight, layer__bias: F.group_norm(
            F.max_pool3d(x, 2, 1), 5, layer__weight, layer__bias
        ),
        random(2, 20, 3, 5, 4),
        layer__weight=random(20),
        layer__bias=random(20),
    )
    weighted(
        "batch_norm3d",
        random(2, 19, 3, 5, 4),
        lambda x, weight, bias, mean, var: F.batch_norm(x, mean, var, weight, bias),
        weight=random(19),
        bias=random(19),
        running_mean=random(19),
        running_var=positive(19),
    )


def deformed():
    """torchvision.ops.deform_conv2d in PyTorch's own functions: each tap samples the image at its places."""

    def sample(x, h, w):
        """x [N, C, H, W] at h, w [N, H', W'], zeros outside."""
        height, width = x.shape[2:]
        top, left = h.floor(), w.floor()
        out = 0
        for down in (0, 1):
            for right in (0, 1):
                row, column = top + down, left + right
                share = (1 - (h - row).abs()) * (1 - (w - column).abs())
                inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                place = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
                index = place.long().flatten(1)[:, None].expand(-1, x.shape[1], -1)
                values = x.flatten(2).gather(2, index).view(*x.shape[:2], *h.shape[1:])
                out = out + values * (share * inside)[:, None]
        return out

    def deform(x, offset, weight, bias=None, mask=None, stride=1, padding=(0, 0), dilation=1, groups=1):
        kh, kw = weight.shape[2:]
        height, width = offset.shape[2:]
        own = offset.shape[1] // (2 * kh * kw)
        rows = torch.arange(height, dtype=x.dtype)[:, None] * stride - padding[0]
        columns = torch.arange(width, dtype=x.dtype) * stride - padding[1]
        taps = []
        for tap in range(kh * kw):
            parts = []
            for group, part in enumerate(x.chunk(own, 1)):
                at = group * kh * kw + tap
                h = rows + tap // kw * dilation + offset[:, 2 * at]
                w = columns + tap % kw * dilation + offset[:, 2 * at + 1]
                value = sample(part, h, w)
                parts.append(value if mask is None else value * mask[:, at : at + 1])
            taps.append(torch.cat(parts, 1))
        taps = torch.stack(taps, 2)
        return F.conv3d(taps, weight.flatten(2)[..., None, None], bias, groups=groups)[:, :, 0]

    def network(name, dims, out, kernel, offset, mask=None, bias=False, groups=1, **options):
        params = {"layer__weight": random(out, dims[1] // groups, *kernel)}
        if bias:
            params["layer__bias"] = random(out)
        inputs = [random(*dims), random(*offset) * 1.5]
        if mask:
            inputs.append(random(*mask).sigmoid())

        def run(x, offset, mask=None, layer__weight=None, layer__bias=None):
            return deform(x, offset, layer__weight, layer__bias, mask, groups=groups, **options)

        case(name, run, *inputs, **params)

    network("deform_conv2d_plain", (2, 5, 7, 6), 4, (3, 3), (2, 18, 5, 4))
    network(
        "deform_conv2d_mask",
        (2, 19, 7, 9),
        18,
        (3, 3),
        (2, 18, 4, 5),
        (2, 9, 4, 5),
        bias=True,
        stride=2,
        padding=(1, 1),
    )
    network(
        "deform_conv2d_groups",
        (2, 8, 6, 7),
        6,
        (2, 3),
        (2, 24, 6, 5),
        (2, 12, 6, 5),
        groups=2,
        padding=(1, 1),
        dilation=2,
    )
    network("deform_conv2d_wide_groups", (2, 32, 5, 4), 20, (3, 3), (2, 36, 5, 4), padding=(1, 1))
    network("deform_conv2d_1x1", (2, 17, 5, 4), 16, (1, 1), (2, 2, 5, 4))

    def block(x, w):
        offset = F.conv2d(x, w["offset__weight"], w["offset__bias"], padding=1)
        mask = F.conv2d(x, w["mask__weight"], w["mask__bias"], padding=1).sigmoid()
        y = deform(x, offset, w["layer__weight"], mask=mask, padding=(1, 1))
        y = F.batch_norm(
            y, w["norm__running_mean"], w["norm__running_var"], w["norm__weight"], w["norm__bias"]
        )
        return F.relu(y + x)

    case(
        "deform_conv2d_block",
        lambda x, **w: block(x, w),
        random(2, 18, 6, 7),
        offset__weight=random(18, 18, 3, 3) / 16,
        offset__bias=random(18),
        mask__weight=random(9, 18, 3, 3) / 8,
        mask__bias=random(9),
        layer__weight=random(18, 18, 3, 3) / 8,
        norm__weight=random(18),
        norm__bias=random(18),
        norm__running_mean=random(18),
        norm__running_var=positive(18),
    )


def recurrent():
    def flat(*all):
        return torch.cat([x.reshape(-1) for x in all])

    def network(
        name, kind, dims, hidden, *states, lengths=None, keep=lambda y, *last: flat(y, *last), **options
    ):
        """keep: what becomes the output, of the output and the last states; states: their dims; lengths: of
        the sequences, packed."""
        module = kind(dims[-1], hidden, **options).eval()
        params = {f"layer__{key}": random(*value.shape) * 0.4 for key, value in module.named_parameters()}
        module = module.double()

        first = options.get("batch_first", False)

        def run(x, *given, **weights):
            if lengths:
                *given, steps = given
                total = x.shape[int(first)]
                x = pack_padded_sequence(x, steps, batch_first=first, enforce_sorted=False)
            begin = tuple(given) if len(given) > 1 else given[0] if given else None
            arguments = (x,) if begin is None else (x, begin)
            out = torch.func.functional_call(
                module, {key.replace("layer__", ""): value for key, value in weights.items()}, arguments
            )
            if isinstance(out, torch.Tensor):
                return out
            y, last = out
            if lengths:
                y = pad_packed_sequence(y, batch_first=first, total_length=total)[0]
            return keep(y, *(last if isinstance(last, tuple) else (last,)))

        inputs = [random(*dims), *[random(*each) for each in states]]
        if lengths:
            inputs.append(torch.tensor(lengths, dtype=torch.int32))
        case(name, run, *inputs, **params)

    lstm, gru, rnn = torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN

    def only_output(y, *last):
        return y

    network("lstm_plain", lstm, (5, 2, 3), 7, keep=only_output)
    network("lstm_states", lstm, (4, 3, 5), 19, (1, 3, 19), (1, 3, 19), keep=lambda *all: torch.cat(all))
    network("lstm_layers", lstm, (6, 2, 3), 5, (4, 2, 5), (4, 2, 5), num_layers=2, bidirectional=True)
    network("lstm_projection", lstm, (5, 2, 3), 19, (2, 2, 5), (2, 2, 19), bidirectional=True, proj_size=5)
    network("lstm_batch_first", lstm, (2, 6, 3), 17, num_layers=2, bias=False, batch_first=True)
    network("lstm_unbatched", lstm, (6, 3), 4, (2, 4), (2, 4), num_layers=2)
    network("lstm_many_rows", lstm, (3, 9, 4), 18, keep=lambda y, h, c: flat(y, c))
    network("gru_plain", gru, (5, 2, 3), 7, keep=only_output)
    network("gru_layers", gru, (6, 2, 3), 17, (4, 2, 17), num_layers=2, bidirectional=True)
    network("gru_batch_first", gru, (9, 4, 3), 18, bias=False, batch_first=True)
    network("rnn_plain", rnn, (5, 2, 3), 7, keep=only_output)
    network(
        "rnn_relu_layers", rnn, (6, 2, 3), 5, (4, 2, 5), num_layers=2, bidirectional=True, nonlinearity="relu"
    )

    network(
        "lstm_lengths",
        lstm,
        (6, 3, 4),
        5,
        (4, 3, 5),
        (4, 3, 5),
        lengths=(4, 6, 1),
        num_layers=2,
        bidirectional=True,
    )
    network(
        "lstm_lengths_projection",
        lstm,
        (9, 5, 3),
        19,
        lengths=(2, 5, 5, 1, 3, 4, 2, 5, 1),
        batch_first=True,
        proj_size=5,
    )
    network(
        "gru_lengths", gru, (3, 7, 4), 18, (2, 3, 18), lengths=(3, 7, 6), batch_first=True, bidirectional=True
    )
    network("rnn_lengths", rnn, (5, 2, 3), 6, lengths=(5, 2), bidirectional=True)

    def cell(name, kind, states, hidden, bias=True):
        module = kind(3, hidden, bias=bias).double()
        params = {f"layer__{key}": random(*value.shape) * 0.4 for key, value in module.named_parameters()}

        def run(x, *given, **weights):
            begin = given if len(given) > 1 else given[0] if given else None
            out = torch.func.functional_call(
                module,
                {key.replace("layer__", ""): value for key, value in weights.items()},
                (x,) if begin is None else (x, begin),
            )
            return flat(*out) if isinstance(out, tuple) else out

        case(name, run, random(2, 3), *[random(2, hidden) for _ in range(states)], **params)

    cell("lstm_cell", torch.nn.LSTMCell, 2, 6)
    cell("gru_cell", torch.nn.GRUCell, 1, 6)
    cell("rnn_cell", torch.nn.RNNCell, 0, 6, bias=False)

    def reset_first(x, h, lengths=None, **p):
        """As torch.nn.GRU, but the reset gate scales h before the product."""
        w, v, b, c = (p[f"layer__{key}_l0"] for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        h, steps = h[0], []
        for time, step in enumerate(x):
            xr, xz, xn = (step @ w.T + b).chunk(3, 1)
            vr, vz, vn = v.chunk(3)
            cr, cz, cn = c.chunk(3)
            r, z = (xr + h @ vr.T + cr).sigmoid(), (xz + h @ vz.T + cz).sigmoid()
            n = (xn + (r * h) @ vn.T + cn).tanh()
            on = torch.ones(len(h), 1) if lengths is None else (time < lengths)[:, None]
            h = torch.where(on > 0, (1 - z) * n + z * h, h)
            steps.append(h * on)
        return flat(torch.stack(steps), h)

    for name, lengths in (
        ("gru_reset_first", []),
        ("gru_reset_first_lengths", [torch.tensor((5, 2, 4), dtype=torch.int32)]),
    ):
        case(
            name,
            reset_first,
            random(5, 3, 4),
            random(1, 3, 19),
            *lengths,
            layer__weight_ih_l0=random(57, 4) * 0.4,
            layer__weight_hh_l0=random(57, 19) * 0.4,
            layer__bias_ih_l0=random(57) * 0.4,
            layer__bias_hh_l0=random(57) * 0.4,
        )

    def peepholes(x, h, c, ending="_l0", **p):
        """One direction of an LSTM whose gates i and f read the last c, and o the new one."""
        w, v, b, d, peep = (
            p[f"layer__{key}{ending}"]
            for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ch")
        )
        pi, pf, po = peep.chunk(3)
        steps = []
        for step in x:
            i, f, g, o = (step @ w.T + b + h @ v.T + d).chunk(4, 1)
            c = (f + pf * c).sigmoid() * c + (i + pi * c).sigmoid() * g.tanh()
            h = (o + po * c).sigmoid() * c.tanh()
            steps.append(h)
        return torch.stack(steps), h, c

    def both_ways(x, h, c, **p):
        ahead = peepholes(x, h[0], c[0], **p)
        back = peepholes(x.flip(0), h[1], c[1], "_l0_reverse", **p)
        y = torch.cat([ahead[0], back[0].flip(0)], 2)
        return flat(y, torch.stack([ahead[1], back[1]]), torch.stack([ahead[2], back[2]]))

    def of_peepholes(hidden, *endings):
        shapes = {
            "weight_ih": (4 * hidden, 3),
            "weight_hh": (4 * hidden, hidden),
            "bias_ih": (4 * hidden,),
            "bias_hh": (4 * hidden,),
            "weight_ch": (3 * hidden,),
        }
        return {
            f"layer__{key}{ending}": random(*dims) * 0.4 for ending in endings for key, dims in shapes.items()
        }

    def of_cell(gates, hidden, features, ending="_l0", **others):
        shapes = {
            "weight_ih": (gates * hidden, features),
            "weight_hh": (gates * hidden, hidden),
            "bias_ih": (gates * hidden,),
            "bias_hh": (gates * hidden,),
            **others,
        }
        return {f"layer__{key}{ending}": random(*dims) * 0.4 for key, dims in shapes.items()}

    # With clip and functions of ONNX's operators, whose numbers ONNX Runtime gives: what functions f and g get
    # is clamped, what h gets is not.
    def lstm_steps(x, h, c, clip, functions, couples=False, ending="_l0", **p):
        f, g, of_c = functions
        w, v, b, d = (p[f"layer__{key}{ending}"] for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        peep = p.get(f"layer__weight_ch{ending}", torch.zeros(3 * h.shape[1], dtype=h.dtype))
        pi, pf, po = peep.chunk(3)
        steps = []
        for step in x:
            i, forget, new, o = (step @ w.T + b + h @ v.T + d).chunk(4, 1)
            i = f((i + pi * c).clamp(-clip, clip))
            forget = 1 - i if couples else f((forget + pf * c).clamp(-clip, clip))
            c = forget * c + i * g(new.clamp(-clip, clip))
            h = f((o + po * c).clamp(-clip, clip)) * of_c(c)
            steps.append(h)
        return torch.stack(steps), h, c

    def other_lstm(*given, **p):
        return flat(*lstm_steps(*given, **p))

    def gru_steps(x, h, clip, functions, resets_first, ending="_l0", **p):
        f, g = functions
        w, v, b, d = (p[f"layer__{key}{ending}"] for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        steps = []
        (vr, vz, vn), (dr, dz, dn) = v.chunk(3), d.chunk(3)
        for step in x:
            xr, xz, xn = (step @ w.T + b).chunk(3, 1)
            r = f((xr + h @ vr.T + dr).clamp(-clip, clip))
            z = f((xz + h @ vz.T + dz).clamp(-clip, clip))
            inner = (r * h) @ vn.T + dn if resets_first else r * (h @ vn.T + dn)
            h = (1 - z) * g((xn + inner).clamp(-clip, clip)) + z * h
            steps.append(h)
        return torch.stack(steps), h

    def other_gru(x, h, *options, **p):
        return flat(*gru_steps(x, h[0], *options, **p))

    def apart(run, x, states, functions, endings):
        """Both directions of a layer, each with functions of its own; states by direction."""
        ahead = run(x, *(s[0] for s in states), functions[0], endings[0])
        back = run(x.flip(0), *(s[1] for s in states), functions[1], endings[1])
        y = torch.cat([ahead[0], back[0].flip(0)], 2)
        return y, *(torch.stack(both) for both in zip(ahead[1:], back[1:]))

    def lstm_apart(x, h, c, **p):
        def run(x, h, c, functions, ending):
            return lstm_steps(x, h, c, 3, functions, False, ending, **p)

        usual = (torch.sigmoid, torch.tanh, torch.tanh)
        other = (lambda v: (0.25 * v + 0.5).clamp(0, 1), lambda v: same.leaky_relu(v, 0.125), same.softsign)
        return flat(*apart(run, x, (h, c), (usual, other), ("_l0", "_l0_reverse")))

    def gru_apart(x, h, **p):
        def run(x, h, functions, ending):
            return gru_steps(x, h, 1e9, functions, False, ending, **p)

        functions, last = ((torch.sigmoid, torch.relu), (torch.sigmoid, torch.tanh)), []
        for layer in range(2):
            endings = f"_l{layer}", f"_l{layer}_reverse"
            x, h_end = apart(run, x, (h[2 * layer : 2 * layer + 2],), functions, endings)
            last.append(h_end)
        return flat(x, torch.cat(last))

    def other_rnn(x, h, **p):
        w, v, b, d = (p[f"layer__{key}_l0"] for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        h, steps = h[0], []
        for step in x:
            h = (step @ w.T + b + h @ v.T + d).clamp(-4, 4).log()
            steps.append(h)
        return flat(torch.stack(steps), h)

    same = torch.nn.functional

    def states(count):
        return [random(1, 3, 19) for _ in range(count)]

    case(
        "lstm_clip",
        lambda x, h, c, **p: other_lstm(
            x, h[0], c[0], 0.5, (torch.sigmoid, torch.tanh, torch.tanh), True, **p
        ),
        random(5, 3, 4),
        *states(2),
        **of_cell(4, 19, 4, weight_ch=(57,)),
    )
    case(
        "lstm_activations",
        lambda x, h, c, **p: other_lstm(
            x, h[0], c[0], 3, (same.hardsigmoid, lambda v: same.leaky_relu(v, 0.125), same.softsign), **p
        ),
        random(5, 3, 4),
        *states(2),
        **of_cell(4, 19, 4),
    )
    case(
        "gru_activations",
        lambda x, h, **p: other_gru(x, h, 0.75, (same.hardsigmoid, same.softplus), False, **p),
        random(5, 3, 4),
        *states(1),
        **of_cell(3, 19, 4),
    )
    case(
        "gru_reset_first_activations",
        lambda x, h, **p: other_gru(x, h, 0.75, (same.softsign, same.elu), True, **p),
        random(5, 3, 4),
        *states(1),
        **of_cell(3, 19, 4),
    )
    # Sums far above 0, where the logarithm is infinite.
    positive_sums = of_cell(1, 19, 4)
    positive_sums["layer__weight_hh_l0"] *= 0.1
    positive_sums["layer__bias_ih_l0"] += 4
    case("rnn_activation", other_rnn, random(5, 3, 4), *states(1), **positive_sums)
    case(
        "lstm_cell_activations",
        lambda x, h, c, **p: other_lstm(
            x[None], h, c, 1, (torch.sigmoid, torch.tanh, torch.relu), True, "", **p
        )[12:],
        random(2, 3),
        random(2, 6),
        random(2, 6),
        **of_cell(4, 6, 3, ""),
    )
    case(
        "lstm_reverse_activations",
        lstm_apart,
        random(5, 3, 4),
        random(2, 3, 19),
        random(2, 3, 19),
        **of_cell(4, 19, 4),
        **of_cell(4, 19, 4, "_l0_reverse"),
    )
    case(
        "gru_reverse_activations",
        gru_apart,
        random(5, 3, 4),
        random(4, 3, 19),
        **of_cell(3, 19, 4),
        **of_cell(3, 19, 4, "_l0_reverse"),
        **of_cell(3, 19, 38, "_l1"),
        **of_cell(3, 19, 38, "_l1_reverse"),
    )
    case(
        "lstm_peepholes",
        both_ways,
        random(5, 2, 3),
        random(2, 2, 18),
        random(2, 2, 18),
        **of_peepholes(18, "_l0", "_l0_reverse"),
    )
    case(
        "lstm_cell_peepholes",
        lambda x, h, c, **p: flat(*peepholes(x[None], h, c, "", **p)[1:]),
        random(2, 3),
        random(2, 6),
        random(2, 6),
        **of_peepholes(6, ""),
    )


if __name__ == "__main__":
    arguments = [each for each in sys.argv[1:] if each != "--add"]
    target = pathlib.Path(
        arguments[0] if arguments else pathlib.Path(__file__).with_name("goldens.safetensors")
    )
    for group in (
        convolutions,
        products,
        normalisations,
        pools,
        functions,
        shapes,
        resizes,
        reductions,
        blocks,
        resize_options,
        flips,
        options,
        stated_cases,
        several_outputs,
        sequences,
        volumes,
        deformed,
        recurrent,
        places,
    ):
        group()
    if "--add" in sys.argv:
        keep(target)
    write(target)
    cases = sum(name.endswith("/output") for name in tensors)
    print(f"{target}: {cases} cases, {len(tensors)} tensors, {target.stat().st_size} bytes")
