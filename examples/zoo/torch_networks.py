# SPDX-License-Identifier: Apache-2.0
"""How PyTorch calls the networks of networks.cpp: constructors, inputs, outputs.

A network of the zoo is a line here, under the name that it has there. Sizes are dims of the first input,
small ones: two, not square, with batch 2. torch_rewritten*.py have modules for those that no package defines.
"""

import torch
import torchvision
from torch_detectors import DETECTION_NETWORKS
from torch_languages import LANGUAGE_NETWORKS
from torch_network import Network, rewritten_in, spread_statistics, timm_net, vision
from torch_trained import PACKAGE_NETWORKS
from torch_yolos import YOLO_NETWORKS


def rewritten(name, *arguments, **options):
    return rewritten_in("torch_rewritten", name, *arguments, **options)


def rewritten_boxes(name):
    return rewritten_in("torch_rewritten_boxes", name)


def rewritten_misc(name, *arguments, **options):
    return rewritten_in("torch_rewritten_misc", name, *arguments, **options)


def segmenter(name):
    return Network(
        lambda dims: getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None),
        run=lambda net, image: [net(image)["out"]],
        outputs=("classes",),
    )


def run_ssd(net, image):
    found = net.head(list(net.backbone(image).values()))
    return [found["bbox_regression"], found["cls_logits"]]


def vision_transformer(name):
    def make(dims):
        return getattr(torchvision.models, name)(weights=None, image_size=dims[2])

    return make


def deployed_repvgg(name):
    """As it is deployed: one convolution a block."""

    def make(dims):
        import timm
        from timm.utils import reparameterize_model

        net = timm.create_model(name, pretrained=False).eval().double()
        spread_statistics(net, Network(None))
        return reparameterize_model(net)

    return make


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
                for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")
            ),
            *(f"convnext_{size}" for size in ("tiny", "small", "base", "large")),
        ]
    },
    **{
        f"efficientnet_{member}": Network(
            vision(f"efficientnet_{member}"), calm=r"features\.\d+\.\d+\.block\.[123]\.1\.weight"
        )
        for member in (*(f"b{number}" for number in range(8)), *(f"v2_{size}" for size in "sml"))
    },
    **{name: Network(timm_net(name)) for name in ["seresnet50", "seresnext50_32x4d", "res2net50_26w_4s"]},
    **{
        name: Network(timm_net(timm_name))
        for name, timm_name in {
            "mobilenet_v1": "mobilenetv1_100",
            "mobilenet_v4_small": "mobilenetv4_conv_small",
            "ghostnet": "ghostnet_100",
            "repvgg_a0": "repvgg_a0",
            "repvgg_b1": "repvgg_b1",
            "convnext_v2_atto": "convnextv2_atto",
            "convnext_v2_nano": "convnextv2_nano",
        }.items()
    },
    "inception_v4": Network(timm_net("inception_v4"), sizes=((2, 3, 75, 75), (2, 3, 107, 91))),
    "repvgg_a0_deployed": Network(deployed_repvgg("repvgg_a0")),
    **{
        f"deit_{size}": Network(
            lambda dims, size=size: timm_net(f"deit_{size}_patch16_224", img_size=dims[2:])(dims),
            sizes=((2, 3, 64, 64), (2, 3, 96, 64)),
            per_size=True,
        )
        for size in ("tiny", "small", "base")
    },
    **LANGUAGE_NETWORKS,
    "deeplab_v3_resnet50": segmenter("deeplabv3_resnet50"),
    "deeplab_v3_resnet101": segmenter("deeplabv3_resnet101"),
    "fcn_resnet50": segmenter("fcn_resnet50"),
    "pspnet_resnet50": Network(rewritten_boxes("PspNet"), outputs=("classes",)),
    "ssd300_vgg16": Network(
        lambda dims: torchvision.models.detection.ssd300_vgg16(weights=None, weights_backbone=None),
        run=run_ssd,
        sizes=((2, 3, 300, 300),),
        outputs=("boxes", "scores"),
    ),
    "crnn": Network(
        rewritten_misc("Crnn"),
        inputs=lambda dims: {"lines": torch.randn(dims)},
        sizes=((2, 1, 32, 48), (3, 1, 32, 36)),
        outputs=("characters",),
    ),
    "lprnet": Network(
        rewritten_misc("LprNet"),
        inputs=lambda dims: {"plates": torch.randn(dims)},
        sizes=((2, 3, 24, 94), (3, 3, 24, 94)),
        outputs=("characters",),
    ),
    **{
        f"arcface_r{depth}": Network(
            rewritten_misc("ArcFace", blocks),
            inputs=lambda dims: {"faces": torch.randn(dims)},
            sizes=((2, 3, 112, 112),),
            outputs=("features",),
        )
        for depth, blocks in {18: (2, 2, 2, 2), 50: (3, 4, 14, 3), 100: (3, 13, 30, 3)}.items()
    },
    "superpoint": Network(
        rewritten_misc("SuperPoint"),
        sizes=((2, 1, 32, 40), (2, 1, 48, 32)),
        outputs=("points", "descriptors"),
    ),
    **{
        name: Network(
            rewritten_misc("RealEsrgan", blocks),
            inputs=lambda dims: {"picture": torch.rand(dims)},
            sizes=((2, 3, 12, 16), (2, 3, 9, 13)),
            outputs=("enlarged",),
        )
        for name, blocks in {"real_esrgan_x4": 23, "real_esrgan_x4_anime": 6}.items()
    },
    "openpose": Network(rewritten_misc("OpenPose"), outputs=("fields", "joints")),
    **{
        f"swin_{size}": Network(vision(f"swin_{size}"), sizes=((2, 3, 64, 64), (2, 3, 96, 128)))
        for size in "tsb"
    },
    "dcgan": Network(
        rewritten_misc("Dcgan"),
        inputs=lambda dims: {"noise": torch.randn(dims)},
        sizes=((2, 100, 1, 1), (3, 100, 1, 1)),
        outputs=("picture",),
    ),
    **{
        name: Network(
            rewritten_misc("U2Net", small=small),
            outputs=("salient",),
            calm=r"stage\dd?\.rebnconv1d\.bn_s1\.weight",
        )
        for name, small in (("u2net", False), ("u2netp", True))
    },
    "tsm_resnet50": Network(
        rewritten_misc("Tsm"),
        inputs=lambda dims: {"frames": torch.randn(dims)},
        sizes=((16, 3, 64, 64), (16, 3, 96, 64)),
    ),
    "csra_resnet101": Network(rewritten_misc("Csra")),
    "centernet_resnet18": Network(rewritten_boxes("CenterNet"), outputs=("peaks", "sizes", "offsets")),
    "three_d_pose": Network(
        rewritten_boxes("ThreeDPose"),
        inputs=lambda dims: {name: torch.randn(dims) for name in ("image", "before", "earlier")},
        sizes=((2, 3, 128, 96), (2, 3, 96, 160)),
        outputs=("places", "offsets", "volumes", "volume_offsets"),
    ),
    "retinaface": Network(rewritten_boxes("RetinaFace"), outputs=("boxes", "scores", "landmarks")),
    "dbnet_resnet18": Network(rewritten_boxes("DbNet"), outputs=("text",)),
    "psenet_resnet50": Network(rewritten_boxes("PseNet"), outputs=("kernels",)),
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
    **DETECTION_NETWORKS,
    **YOLO_NETWORKS,
    **PACKAGE_NETWORKS,
    "style_transfer": Network(
        rewritten("StyleTransfer"),
        inputs=lambda dims: {"picture": 255 * torch.rand(dims)},
        sizes=((2, 3, 32, 40), (2, 3, 48, 36)),
        outputs=("painting",),
    ),
    "yolov3_tiny": Network(rewritten("YoloV3Tiny"), outputs=("coarse", "fine")),
}
