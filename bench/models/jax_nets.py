# SPDX-License-Identifier: Apache-2.0
"""The networks of torch_nets.py for JAX: torch.export's graph of the module, computed by jax.numpy.

load() gives a function of weights and input, to be compiled by jax.jit, so that JAX computes the very network
that PyTorch does. An operator that is not in OPERATORS is an error with its name.
"""

import functools

import jax
import safetensors.numpy
import torch
import torch_nets
from jax import lax, numpy as jnp


def pairs(padding):
    return [(one, one) for one in padding]


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    y = lax.conv_general_dilated(
        x,
        weight,
        stride,
        pairs(padding),
        rhs_dilation=dilation,
        dimension_numbers=("NCHW", "OIHW", "NCHW"),
        feature_group_count=groups,
    )
    return y if bias is None else y + bias[:, None, None]


def conv_transpose2d(x, weight, bias=None, stride=(1, 1)):
    """Without padding, as the networks have it: the input spread out, then a convolution backwards."""
    full = [(size - 1, size - 1) for size in weight.shape[2:]]
    y = lax.conv_general_dilated(
        x,
        jnp.flip(weight, (2, 3)),
        (1, 1),
        full,
        lhs_dilation=stride,
        dimension_numbers=("NCHW", "IOHW", "NCHW"),
    )
    return y if bias is None else y + bias[:, None, None]


def batch_norm(x, weight, bias, mean, variance, training, momentum, eps, cudnn):
    scale = weight * lax.rsqrt(variance.astype(jnp.float32) + eps).astype(x.dtype)
    return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]


def layer_norm(x, shape, weight, bias, eps=1e-5, cudnn=True):
    wide = x.astype(jnp.float32)
    mean = wide.mean(-1, keepdims=True)
    variance = ((wide - mean) ** 2).mean(-1, keepdims=True)
    return ((wide - mean) * lax.rsqrt(variance + eps)).astype(x.dtype) * weight + bias


def windows(x, kernel, stride, padding, ceil_mode):
    """Padding of each axis that makes the pooled picture as large as PyTorch's."""
    sides = []
    for size, k, s, p in zip(x.shape[2:], kernel, stride, padding):
        count = (size + 2 * p - k + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (count - 1) * s >= size + p:
            count -= 1
        sides.append((p, max((count - 1) * s + k - size - p, 0)))
    return (1, 1, *kernel), (1, 1, *stride), ((0, 0), (0, 0), *sides)


def max_pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), ceil_mode=False):
    shape = windows(x, kernel, stride or kernel, padding, ceil_mode)
    return lax.reduce_window(x, -jnp.inf, lax.max, *shape)


def avg_pool2d(x, kernel, stride=None):
    shape = windows(x, kernel, stride or kernel, (0, 0), False)
    return lax.reduce_window(x, 0.0, lax.add, *shape) / (kernel[0] * kernel[1])


def adaptive_avg_pool2d(x, size):
    if any(size_in % wanted for size_in, wanted in zip(x.shape[2:], size)):
        raise NotImplementedError(f"adaptive_avg_pool2d from {x.shape[2:]} to {size}")
    kernel = [size_in // wanted for size_in, wanted in zip(x.shape[2:], size)]
    return avg_pool2d(x, kernel)


def attention(q, k, v):
    scores = jnp.einsum("...ld,...sd->...ls", q, k) * q.shape[-1] ** -0.5
    return jnp.einsum("...ls,...sd->...ld", jax.nn.softmax(scores, -1), v)


def expand(x, shape):
    return jnp.broadcast_to(x, [have if want == -1 else want for have, want in zip(x.shape, shape)])


def unflatten(x, axis, sizes):
    axis %= x.ndim
    return x.reshape(*x.shape[:axis], *sizes, *x.shape[axis + 1 :])


def flatten(x, start=0, end=-1):
    end %= x.ndim
    return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])


def pad(x, sides, mode="constant", value=None):
    """PyTorch names the last axis first."""
    each = [(sides[2 * i], sides[2 * i + 1]) for i in range(len(sides) // 2)][::-1]
    return jnp.pad(x, [(0, 0)] * (x.ndim - len(each)) + each, constant_values=value or 0)


def upsample_nearest2d(x, size, scales):
    factors = [int(scale) for scale in scales]
    if size is not None or factors != list(scales):
        raise NotImplementedError(f"upsample_nearest2d to {size or scales}")
    return x.repeat(factors[0], 2).repeat(factors[1], 3)


def slice_axis(x, axis=0, start=0, end=None, step=1):
    return lax.slice_in_dim(x, start or 0, min(end or x.shape[axis], x.shape[axis]), step, axis)


OPERATORS = {
    "adaptive_avg_pool2d.default": adaptive_avg_pool2d,
    "add.Tensor": jnp.add,
    "avg_pool2d.default": avg_pool2d,
    "batch_norm.default": batch_norm,
    "cat.default": lambda parts, axis=0: jnp.concatenate(parts, axis),
    "contiguous.default": lambda x: x,
    "conv2d.default": conv2d,
    "conv_transpose2d.input": conv_transpose2d,
    "dropout.default": lambda x, share, training: x,
    "embedding.default": lambda table, ids: table[ids],
    "expand.default": expand,
    "flatten.using_ints": flatten,
    "gelu.default": functools.partial(jax.nn.gelu, approximate=False),
    "hardsigmoid.default": lambda x: jnp.clip(x + 3, 0, 6) / 6,
    "hardswish.default": lambda x: x * jnp.clip(x + 3, 0, 6) / 6,
    "hardtanh.default": jnp.clip,
    "layer_norm.default": layer_norm,
    "leaky_relu.default": jax.nn.leaky_relu,
    "linear.default": lambda x, weight, bias=None: x @ weight.T + (0 if bias is None else bias),
    "max_pool2d.default": max_pool2d,
    "mean.dim": lambda x, axes: x.mean(tuple(axes)),
    "mul.Tensor": jnp.multiply,
    "pad.default": pad,
    "permute.default": jnp.transpose,
    "relu.default": jax.nn.relu,
    "relu6.default": lambda x: jnp.clip(x, 0, 6),
    "reshape.default": jnp.reshape,
    "scaled_dot_product_attention.default": attention,
    "select.int": lambda x, axis, index: lax.index_in_dim(x, index, axis, keepdims=False),
    "sigmoid.default": jax.nn.sigmoid,
    "silu.default": jax.nn.silu,
    "slice.Tensor": slice_axis,
    "squeeze.dim": jnp.squeeze,
    "tanh.default": jnp.tanh,
    "transpose.int": jnp.swapaxes,
    "unflatten.int": unflatten,
    "unsqueeze.default": jnp.expand_dims,
    "upsample_nearest2d.vec": upsample_nearest2d,
    "view.default": jnp.reshape,
}


def operator(target):
    """Writing in place is the same here: nothing reads what was there before."""
    name = str(target).removeprefix("aten.")
    found = OPERATORS.get(name) or OPERATORS.get(name.replace("_.", ".", 1))
    if not found:
        raise NotImplementedError(f"jax_nets.py has no {name}; add it to OPERATORS")
    return found


def load(name, file, image):
    """The function f(weights, input), a tuple of outputs, and the weights as arrays of NumPy."""
    constructor, _ = torch_nets.NETWORKS[name]
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.device("meta"), torch.no_grad():
        dtype = torch.int32 if name in torch_nets.VOCABULARY else torch.float32
        module = constructor().eval()
        program = torch.export.export(module, (torch.zeros(image.shape, dtype=dtype),))
    signature = program.graph_signature
    parameters = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    read = safetensors.numpy.load_file(file)
    unused = [parameter for parameter in parameters.values() if parameter.endswith("num_batches_tracked")]
    weights = {node: read[parameter] for node, parameter in parameters.items() if parameter not in unused}

    def function(weights, x):
        values = {}

        def of(argument):
            if isinstance(argument, torch.fx.Node):
                return values[argument.name]
            return [of(one) for one in argument] if isinstance(argument, (list, tuple)) else argument

        for node in program.graph.nodes:
            if node.op == "placeholder":
                values[node.name] = weights.get(node.name) if node.name in parameters else x
            elif node.op == "call_function":
                values[node.name] = operator(node.target)(*map(of, node.args))
            elif node.op == "output":
                return tuple(of(node.args[0]))

    return function, weights
