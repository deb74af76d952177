# SPDX-License-Identifier: Apache-2.0
"""What check.py knows of a network: how PyTorch makes it, its weights, inputs and outputs."""

import dataclasses
import importlib
import math
import re
import typing

import torch
import torchvision
from torch import nn


def pictures(dims):
    return {"image": torch.randn(dims)}


def as_list(found):
    return [found] if isinstance(found, torch.Tensor) else list(found)


@dataclasses.dataclass
class Network:
    make: typing.Callable  # dims -> module
    sizes: tuple = ((2, 3, 64, 64), (2, 3, 96, 64))
    outputs: tuple = ("logits",)
    inputs: typing.Callable = pictures  # dims -> tensors by name, the first of those dims
    run: typing.Callable = lambda module, *inputs: module(*inputs)
    ignore: tuple = ()  # starts of the names of tensors that the network does not read
    rename: typing.Callable = lambda name: name
    per_size: bool = False  # the weights belong to a size of input
    calm: str = ""  # norms whose scales are drawn small, a regex of names: ends of residual branches
    package: str = ""  # its trained weights, in ../packages.py; no random ones are drawn
    chooses: bool = False  # by comparing computed numbers: inputs are drawn until none are nearly equal,
    margin: float = 2e-6  # that is, until inputs this far off choose the same


def vision(name, **options):
    """A classifier of torchvision."""
    return lambda dims: getattr(torchvision.models, name)(weights=None, **options)


def timm_net(name, **options):
    def make(dims):
        import timm

        return timm.create_model(name, pretrained=False, **options)

    return make


def rewritten_in(module, name, *arguments, **options):
    def make(dims):
        return getattr(importlib.import_module(module), name)(*arguments, **options)

    return make


def package_module(builder, **options):
    """A network of a package that has its trained weights: torch_packages.py."""

    def make(dims):
        import torch_packages

        return getattr(torch_packages, builder)(**options)

    return make


def draw_constants(net):
    """Biases, scales and tokens that constructors leave at 0 or 1."""
    for module in net.modules():
        is_norm = "norm" in type(module).__name__.lower()
        for name, value in module.named_parameters(recurse=False):
            if is_norm and name == "weight":
                nn.init.uniform_(value, 0.5, 1.5)
            elif value.dim() == 1:
                nn.init.normal_(value, std=0.1)
            elif value.numel() and value.min() == value.max():
                nn.init.normal_(value, std=0.2)


def dims_of_statistics(network):
    """Eight times the pictures that are compared: the last layers see four pixels of each, and statistics of eight
    pixels put other pictures' far outside. YOLO11-s had logits of 50,000 then, whose roundings moved angles by 0.002.
    """
    dims = network.sizes[0]
    return (8 * dims[0], *dims[1:]) if len(dims) == 4 else dims


def spread_statistics(net, network):
    """Running statistics of batch norms: those of a random input, moved by up to a fifth."""
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    outputs_of(net, network, network.inputs(dims_of_statistics(network)))
    for norm in norms:
        norm.eval()
        spread = norm.running_var.sqrt()
        norm.running_mean += 0.2 * spread * (2 * torch.rand_like(spread) - 1)
        norm.running_var *= torch.empty_like(spread).uniform_(0.8, 1.25)


def outputs_of(net, network, inputs):
    values = [x.double() if x.is_floating_point() else x for x in inputs.values()]
    return as_list(network.run(net, *values))


def clear_inputs(net, network, dims, tries=400):
    """Inputs, those of a network that chooses such that numbers a little off choose the same, and that
    pictures of a batch differ in how much is chosen."""
    for _ in range(tries):
        inputs = network.inputs(dims)
        if not network.chooses:
            return inputs
        exact = outputs_of(net, network, inputs)
        if all(float(y.std()) > 0 for y in exact) and all(
            (one - other).abs().max() < 1e-3 * one.abs().max()
            for _ in range(2)
            for one, other in zip(
                exact, outputs_of(net, network, slightly_off(inputs, network.margin)), strict=True
            )
        ):
            return inputs
    raise ValueError(
        f"of {tries} inputs each had choices between numbers that are nearly equal, or equal counts"
    )


def slightly_off(inputs, margin):
    """By more than the roundings of float32 on the way to what is compared."""
    return {name: x * (1 + margin * torch.randn_like(x)) for name, x in inputs.items()}


def build(network, dims, seed):
    """The module in float64, with numbers that a float32 file holds exactly."""
    torch.manual_seed(seed)
    net = network.make(dims).eval()
    if network.package:
        return net.double()
    draw_constants(net)
    for name, value in net.named_parameters():
        if network.calm and re.fullmatch(network.calm, name):
            value.data *= 0.03
    net.double()
    spread_statistics(net, network)
    return net.float().double()


def state(net, network):
    """The tensors that the network of the zoo reads, by its names."""
    if network.package:
        import torch_packages

        return torch_packages.weights_of(network.package)
    out = {}
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked") or name.startswith(tuple(network.ignore)):
            continue
        if value.is_floating_point():
            out[network.rename(name)] = value.float().contiguous().clone()
    return out


def spread_of(values):
    spread = float(values.double().std())
    if not math.isfinite(spread) or spread == 0:
        raise ValueError(f"the outputs spread by {spread}: such weights test nothing")
    return spread
