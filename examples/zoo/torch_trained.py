# SPDX-License-Identifier: Apache-2.0
"""Networks of packages that have trained weights, for torch_networks.py; torch_packages.py makes them."""

import torch
from torch_network import Network, package_module


def onnx_network(name):
    return package_module("onnx_network", name=name)


def texts(dims):
    return {"lines": torch.randn(dims).clamp(-1, 1)}


def windows_and_states(dims):
    states = {name: 0.5 * torch.randn(1, 1, 128) for name in "hc"}
    return {"windows": 0.1 * torch.randn(dims), **states}


PACKAGE_NETWORKS = {
    "mtcnn_pnet": Network(
        package_module("mtcnn", name="PNet"),
        sizes=((2, 3, 40, 40), (2, 3, 61, 42)),
        outputs=("boxes", "faces"),
    ),
    "mtcnn_rnet": Network(
        package_module("mtcnn", name="RNet"),
        sizes=((2, 3, 24, 24), (5, 3, 24, 24)),
        outputs=("boxes", "faces"),
    ),
    "mtcnn_onet": Network(
        package_module("mtcnn", name="ONet"),
        sizes=((2, 3, 48, 48), (5, 3, 48, 48)),
        outputs=("boxes", "landmarks", "faces"),
    ),
    "pp_ocr_det": Network(onnx_network("pp_ocr_det"), outputs=("text",)),
    "pp_ocr_cls": Network(
        onnx_network("pp_ocr_cls"),
        inputs=texts,
        sizes=((2, 3, 48, 192), (2, 3, 48, 96)),
        outputs=("directions",),
    ),
    "pp_ocr_rec": Network(
        onnx_network("pp_ocr_rec"),
        inputs=texts,
        sizes=((2, 3, 48, 64), (2, 3, 48, 104)),
        outputs=("characters",),
    ),
    "silero_vad": Network(
        package_module("SileroVad"),
        inputs=windows_and_states,
        sizes=((3, 576), (8, 576)),
        outputs=("speech", "next_h", "next_c"),
    ),
    **{
        f"crepe_{size}": Network(
            package_module("crepe", model=size),
            inputs=lambda dims: {"frames": torch.randn(dims)},
            sizes=((2, 1024), (5, 1024)),
            outputs=("pitches",),
        )
        for size in ("tiny", "full")
    },
    "voice_encoder": Network(
        package_module("VoiceEncoder"),
        inputs=lambda dims: {"mels": 0.1 * torch.rand(dims) ** 4},
        sizes=((2, 24, 40), (3, 31, 40)),
        outputs=("voice",),
    ),
    "magika": Network(
        onnx_network("magika"),
        inputs=lambda dims: {"bytes": torch.randint(0, 257, dims, dtype=torch.int32)},
        sizes=((2, 2048), (3, 2048)),
        outputs=("types",),
    ),
}


for name, network in PACKAGE_NETWORKS.items():
    network.package = name
