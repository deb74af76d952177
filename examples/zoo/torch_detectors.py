# SPDX-License-Identifier: Apache-2.0
"""HRNet, DeepLab v3+, DETR, RT-DETR, for torch_networks.py."""

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch_network import Network, rewritten_in, timm_net
from torchvision.models.detection.image_list import ImageList


def trainable_norms(net):
    """Batch norms for the frozen ones, whose constructors leave numbers that test nothing."""
    for name, part in net.named_children():
        if "FrozenBatchNorm2d" in type(part).__name__:
            setattr(net, name, nn.BatchNorm2d(len(part.running_mean)))
        else:
            trainable_norms(part)
    return net


def hrnet_segmenter(width, classes=19):
    """timm's branches, enlarged as HRNet-Semantic-Segmentation does, and its last_layer."""

    def make(dims):
        net = timm_net(f"hrnet_w{width}", head="")(dims)
        for part in net.modules():
            if isinstance(part, nn.Upsample):
                part.mode, part.align_corners = "bilinear", True
        all_of = 15 * width
        norm, last = nn.BatchNorm2d(all_of), nn.Conv2d(all_of, classes, 1)
        net.last_layer = nn.Sequential(nn.Conv2d(all_of, all_of, 1), norm, nn.ReLU(), last)
        return net

    return make


def run_hrnet_segmenter(net, image):
    first, *others = net.forward_features(image)
    size = first.shape[2:]
    others = [F.interpolate(x, size=size, mode="bilinear", align_corners=True) for x in others]
    return net.last_layer(torch.cat([first, *others], 1))


def higher_hrnet(dims, width=32, joints=17):
    """timm's body up to the finest branch, and the heads of Cheng et al. 2020."""
    from timm.models.hrnet import BasicBlock

    net = timm_net(f"hrnet_w{width}", head="")(dims)
    last = net.stage4[-1]
    last.multi_scale_output = False
    last.fuse_layers = last._make_fuse_layers()
    enlarge = nn.ConvTranspose2d(width + 2 * joints, width, 4, 2, 1, bias=False)
    blocks = [nn.Sequential(BasicBlock(width, width)) for _ in range(4)]
    deconv = nn.Sequential(nn.Sequential(enlarge, nn.BatchNorm2d(width), nn.ReLU()), *blocks)
    net.deconv_layers = nn.ModuleList([deconv])
    net.final_layers = nn.ModuleList([nn.Conv2d(width, 2 * joints, 1), nn.Conv2d(width, joints, 1)])
    return net


def run_higher_hrnet(net, image):
    (x,) = net.forward_features(image)
    coarse = net.final_layers[0](x)
    return [coarse, net.final_layers[1](net.deconv_layers[0](torch.cat([x, coarse], 1)))]


def deeplab_v3_plus(dims):
    import segmentation_models_pytorch

    return segmentation_models_pytorch.DeepLabV3Plus("resnet50", encoder_weights=None, classes=21)


def detr(dims):
    from transformers import DetrConfig, DetrForObjectDetection

    return trainable_norms(DetrForObjectDetection(DetrConfig(num_labels=91)))


def run_detr(net, image):
    found = net(pixel_values=image)
    return [found.logits, found.pred_boxes]


def rt_detr(name):
    def make(dims):
        from ultralytics.nn.tasks import RTDETRDetectionModel

        return RTDETRDetectionModel(f"{name}.yaml", verbose=False)

    ends = r"(m\.\d|ec|cv[23])\.(conv2\.)?bn|out_proj|output_proj|linear2|fc2|sampling_offsets|layers\.2"
    unread = ["denoising_class_embed", *(f"dec_score_head.{layer}" for layer in range(5))]
    return Network(
        make,
        run=lambda net, image: [x[0] for x in net(image)[1][:2]],
        outputs=("boxes", "scores"),
        ignore=tuple(f"model.{head}.{part}" for head in (23, 28, 32) for part in unread),
        calm=rf".*({ends})\.weight",
        chooses=True,
        margin=8e-6 if name == "rtdetr-x" else 2e-6,  # the deepest: scores are 4e-5 of the largest off
    )


def rcnn(name):
    """One of torchvision with scores that differ enough to pass its threshold, and the smaller numbers of
    networks.cpp."""

    def make(dims):
        net = getattr(torchvision.models.detection, name)(weights=None, weights_backbone=None)
        net.roi_heads.box_predictor.cls_score.weight.data *= 3.2
        net.rpn._post_nms_top_n["testing"] = 64
        net.roi_heads.detections_per_img = 12
        return net

    return make


def run_rcnn(net, image):
    """Without torchvision's transform; boxes and masks behind the count are 0."""
    sizes = [tuple(image.shape[2:])] * len(image)
    features = net.backbone(image)
    proposals, _ = net.rpn(ImageList(image, sizes), features)
    found, _ = net.roi_heads(features, proposals, sizes)
    counts = torch.tensor([len(each["labels"]) for each in found])
    names = [name for name in ("boxes", "scores", "labels", "masks") if name in found[0]]
    out = {name: torch.stack([filled(each[name]) for each in found]) for name in names}
    masks = [out["masks"][:, :, 0]] if "masks" in out else []
    return [out["boxes"], out["scores"], out["labels"].double(), counts.double(), *masks]


def filled(x, most=12):
    return torch.cat([x, x.new_zeros(most - len(x), *x.shape[1:])])


def numbered(name, *arguments, outputs=(), **options):
    make = rewritten_in("torch_rewritten_yolos", name, *arguments)
    return Network(make, outputs=("fine", "medium", "coarse", *outputs), **options)


DETECTION_NETWORKS = {
    "faster_rcnn_resnet50": Network(
        rcnn("fasterrcnn_resnet50_fpn"),
        run=run_rcnn,
        outputs=("boxes", "scores", "classes", "count"),
        calm=r".*\.bn3\.weight",
        chooses=True,
    ),
    "mask_rcnn_resnet50": Network(
        rcnn("maskrcnn_resnet50_fpn"),
        run=run_rcnn,
        outputs=("boxes", "scores", "classes", "count", "masks"),
        calm=r".*\.bn3\.weight",
        chooses=True,
    ),
    "refinedet320_vgg16": Network(
        rewritten_in("torch_rewritten_boxes", "RefineDet"),
        sizes=((2, 3, 64, 64), (2, 3, 128, 64)),
        outputs=("moves", "objects", "boxes", "scores"),
    ),
    "yolov4": numbered("yolov4"),
    "yolov7-tiny": numbered("yolov7", "t"),
    "yolov7": numbered("yolov7", "m"),
    "yolov7_deployed": numbered("yolov7", "m", True),
    "yolov7x": numbered("yolov7", "x"),
    # A rounding of the input moves its maps by a hundredth, unless the ends of its blocks are calm.
    "yolop": numbered("yolop", outputs=("area", "lanes"), calm=r"model\.\d+\.(m\.\d+\.cv2|cv4)\.bn\.weight"),
    **{
        name: Network(timm_net(name))
        for name in ("hrnet_w18", "hrnet_w32", "hrnet_w48", "hrnet_w18_small_v2")
    },
    "hrnet_w48_segmenter": Network(hrnet_segmenter(48), run=run_hrnet_segmenter, outputs=("classes",)),
    "higher_hrnet_w32": Network(higher_hrnet, run=run_higher_hrnet, outputs=("joints", "finer")),
    "deeplab_v3_plus_resnet50": Network(deeplab_v3_plus, outputs=("classes",)),
    "detr_resnet50": Network(
        detr, run=run_detr, outputs=("logits", "boxes"), calm=r"model\.backbone.*\.bn3\.weight"
    ),
    **{name: rt_detr(name) for name in ("rtdetr-l", "rtdetr-x", "rtdetr-resnet50", "rtdetr-resnet101")},
}
