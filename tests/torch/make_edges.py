# SPDX-License-Identifier: Apache-2.0
"""Records what PyTorch's functions give at the ends of the range of floats, for the tests edges.cpp.

usage: make_edges.py [edges.safetensors]      needs torch, numpy, safetensors

Keys: x, the inputs; FUNCTION, its results, computed in float64 and rounded once. FUNCTION is the
output of that name in tests/support/edges.hpp.
"""

import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

MAGNITUDES = [
    0,
    1e-45,
    1e-40,
    1.1754944e-38,
    1e-30,
    1e-12,
    1e-7,
    1e-3,
    0.1,
    0.49,
    0.7,
    0.7001,
    1,
    1.5,
    2.5,
    2.9999,
    3,
    4.2,
    5.5,
    6,
    9.01,
    9.02,
    12.9,
    14,
    19.9,
    20.1,
    43,
    64.5,
    86.9,
    87.33,
    87.7,
    88,
    88.37,
    88.72,
    88.73,
    89.5,
    103,
    104,
    350,
    65504,
    1e9,
    1e13,
    1.8e19,
    3e38,
    3.4028235e38,
    numpy.inf,
]
# Quiet NaNs of both signs, with their lowest bits clear and set: bit tricks tend to lose one of them.
NANS = [0x7FC00000, 0xFFC00000, 0x7FC00001, 0xFFFFFFFF]

FUNCTIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "hard_swish": F.hardswish,
    "mish": F.mish,
    "gelu_erf": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "softplus": F.softplus,
    "clamp": lambda x: torch.clamp(x, -1.5, 2.5),
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "neg": torch.neg,
    "add": lambda x: x + 1.5,
    "rsub": lambda x: 1.5 - x,
    "mul": lambda x: x * -2.25,
    "rdiv": lambda x: 2 / x,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "inverse": lambda x: x**-1,
    "power": lambda x: x**1.5,
    "rpow": lambda x: torch.pow(2, x),
    "min": lambda x: torch.minimum(x, torch.tensor(0.5).double()),
    "max": lambda x: torch.maximum(x, torch.tensor(0.5).double()),
}


def main(to):
    nans = numpy.array(NANS, dtype=numpy.uint32).view(numpy.float32)
    numbers = numpy.array(MAGNITUDES, dtype=numpy.float32)
    x = numpy.concatenate([numbers, -numbers, nans])
    assert len(x) == 96
    tensors = {"x": x}
    for name, function in FUNCTIONS.items():
        with numpy.errstate(all="ignore"):
            tensors[name] = function(torch.from_numpy(x).double()).numpy().astype(numpy.float32)
    save_file(tensors, to)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("edges.safetensors"))
