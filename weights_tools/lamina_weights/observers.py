# SPDX-License-Identifier: Apache-2.0
# What torch.ao.quantization leaves in a state dict beside the weights: observers and fake quantizers of training with
# quantization (prepare_qat), or the scales of a converted model. Called by export.py.
from __future__ import annotations

import re

import numpy as np

from .command import note
from .format import Tensor, tensor

# conv1.activation_post_process.scale of training; conv1.scale beside conv1.weight, or quant.scale, of a converted model.
TRAINED = re.compile(r"(.+)\.activation_post_process\.(scale|zero_point)")
CONVERTED = re.compile(r"(.+)\.(scale|zero_point)")
OTHERS = re.compile(r".+\.(activation_post_process|weight_fake_quant)\..+|.+\.(fake_quant|observer)_enabled")


def is_one(t: Tensor) -> bool:
    return t.data.size == 1


def named(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Scales and zero points of values as LAYER.output_scale and LAYER.output_zero_point, of u8; without the rest of
    observers. Other tensors stay as they are."""
    trained = any(OTHERS.fullmatch(name) for name in tensors)
    pattern = TRAINED if trained else CONVERTED
    layers = {
        found[1]
        for found in map(pattern.fullmatch, tensors)
        if found and all(part_of(found[0], part) in tensors for part in ("scale", "zero_point"))
    }
    out: dict[str, Tensor] = {}
    count = 0
    for name, t in tensors.items():
        found = pattern.fullmatch(name)
        if found and found[1] in layers and is_one(t) and (trained or is_pair(tensors, found[0])):
            out[f"{found[1]}.output_{found[2]}"] = tensor("f32", t.data.astype("<f4").reshape(1))
            count += found[2] == "scale"
        elif not (trained and OTHERS.fullmatch(name)):
            out[name] = t
    if count:
        note(f"{count} ranges of values written as LAYER.output_scale and LAYER.output_zero_point")
    return out


def part_of(name: str, part: str) -> str:
    return name[: name.rindex(".") + 1] + part


def is_pair(tensors: dict[str, Tensor], name: str) -> bool:
    """A zero point of whole numbers beside the scale: other layers have a 'scale' too."""
    zero = tensors[part_of(name, "zero_point")]
    return zero.type in ("i32", "i64") and np.all((zero.data >= 0) & (zero.data <= 255))
