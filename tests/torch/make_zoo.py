# SPDX-License-Identifier: Apache-2.0
"""Records what PyTorch computes for networks of examples/zoo, a sample, for tests/models/zoo.cpp.

usage: make_zoo.py [zoo.safetensors]      needs torch, torchvision, timm, ultralytics,
                                                  numpy, safetensors

Weights come from a formula that tests/support/formula_weights.hpp has too, so that only outputs are
stored, of large ones about a thousand elements; pictures are small, and so are the hidden layers of VGG-16,
U-Net and ViT. Keys: NETWORK/OUTPUT, and for networks by their names in examples/zoo NETWORK/dims.
Everything is computed in float64 from float32 numbers and rounded once.
"""

import pathlib
import sys

import numpy
import torch
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "examples/zoo"))
import torch_network  # noqa: E402
import torch_networks  # noqa: E402
import torch_rewritten  # noqa: E402
import torchvision  # noqa: E402

BATCH = 2


def formula(name, dims):
    """The numbers of a tensor: evenly spread in a range that its name and shape tell."""
    seed = numpy.uint32(2166136261)
    with numpy.errstate(over="ignore"):
        for byte in name.encode():
            seed = (seed ^ numpy.uint32(byte)) * numpy.uint32(16777619)
        x = numpy.arange(int(numpy.prod(dims)), dtype=numpy.uint32) * numpy.uint32(2654435769) + seed
        for factor in (0x85EBCA6B, 0xC2B2AE35):
            x = (x ^ (x >> numpy.uint32(16))) * numpy.uint32(factor)
        x ^= x >> numpy.uint32(16)
    share = (x >> numpy.uint32(8)).astype(numpy.float64) / 2**24
    if name.endswith("running_var") or (len(dims) == 1 and name.endswith(".weight")):
        low, high = 0.5, 1.5
    elif len(dims) == 1:
        low, high = -0.1, 0.1
    elif name == "image":
        low, high = -1, 1
    else:
        high = (6 / numpy.prod(dims[1:])) ** 0.5
        low = -high
    return (low + (high - low) * share).astype(numpy.float32).reshape(dims)


def classifier(name, **options):
    return lambda: getattr(torchvision.models, name)(weights=None, **options)


def vgg16():
    net = torchvision.models.vgg16(weights=None)
    net.classifier[0], net.classifier[3] = torch.nn.Linear(512 * 49, 48), torch.nn.Linear(48, 48)
    net.classifier[6] = torch.nn.Linear(48, 1000)
    return net


def vit():
    return torchvision.models.VisionTransformer(64, 16, 2, 12, 768, 3072)


# name -> constructor, rows and columns of its picture, names of its outputs
NETWORKS = {
    **{
        name: (classifier(name), 64, ["logits"])
        for name in [
            "resnet18",
            "resnet50",
            "mobilenet_v2",
            "mobilenet_v3_large",
            "squeezenet1_1",
            "efficientnet_b0",
            "densenet121",
        ]
    },
    "googlenet": (
        classifier("googlenet", aux_logits=False, transform_input=False, init_weights=False),
        64,
        ["logits"],
    ),
    "vgg16": (vgg16, 32, ["logits"]),
    "vit_b_16": (vit, 64, ["logits"]),
    "yolov3_tiny": (torch_rewritten.YoloV3Tiny, 64, ["coarse", "fine"]),
    "unet": (lambda: torch_rewritten.UNet(8), 32, ["classes"]),
}


# by their names in examples/zoo, with the first of their small inputs
LISTED = [
    "lenet",
    "res2net50_26w_4s",
    "resnet50_ibn_a",
    "mnasnet0_5",
    "shufflenet_v2_x0_5",
    "regnet_y_400mf",
    "yolov5n",
    "yolov8n-seg",
    "yolov9t",
    "yolov10n",
    "yolo11n",
]


def sampled(values):
    """About a thousand elements, an odd number apart."""
    flat = values.float().flatten()
    step = len(flat) // 1024 + (len(flat) // 1024 + 1) % 2
    return flat[::step].contiguous()


def all_networks():
    """Name, module, dims of the picture, names of outputs, how to run it, tensors that are not read."""
    for name, (make, side, names) in NETWORKS.items():
        yield name, make(), (BATCH, 3, side, side), names, lambda net, image: net(image), ()
    for name in LISTED:
        of = torch_networks.NETWORKS[name]
        yield name, of.make(of.sizes[0]), of.sizes[0], of.outputs, of.run, of.ignore


def main(path):
    recorded = {}
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.inference_mode():
        for name, net, dims, names, run, ignore in all_networks():
            net = net.eval().double()
            for key, value in net.state_dict().items():
                if not key.endswith("num_batches_tracked") and not key.startswith(tuple(ignore)):
                    value.copy_(torch.from_numpy(formula(key, tuple(value.shape))))
            image = torch.from_numpy(formula("image", dims)).double()
            found = torch_network.as_list(run(net, image))
            for key, value in zip(names, found, strict=True):
                recorded[f"{name}/{key}"] = sampled(value).numpy()
            if name in LISTED:
                recorded[f"{name}/dims"] = numpy.array(dims, dtype=numpy.float32)
            # A test would not see a wrong first layer if the output hardly depended on the picture.
            others = torch_network.as_list(run(net, image.flip(0)))
            change = [((a - b).abs().max() / a.abs().max()).item() for a, b in zip(found, others)]
            print(
                f"{name:20} largest {found[0].abs().max():8.3g}, another picture changes it by"
                f" {' '.join(f'{one:.2g}' for one in change)}"
            )
            assert min(change) > 0.01, name
    save_file(recorded, path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(HERE / "zoo.safetensors"))
