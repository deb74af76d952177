# SPDX-License-Identifier: Apache-2.0
"""Networks of ultralytics, for torch_networks.py."""

from torch_network import Network


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


def yolo_classifier(name):
    def make(dims):
        from ultralytics.nn import tasks

        return tasks.ClassificationModel(f"{name}.yaml", nc=1000, verbose=False)

    return Network(make, run=lambda net, image: [net(image)[1]])


def yolov5_classifier(size):
    """ClassificationModel of ultralytics/yolov5: a detector's layers up to 8, and a head with new layers."""

    def make(dims):
        from torch import nn
        from ultralytics.nn import modules, tasks

        layers = list(tasks.DetectionModel(f"yolov5{size}.yaml", verbose=False).model[:9])
        channels = layers[-1].cv3.conv.out_channels
        return nn.ModuleDict({"model": nn.Sequential(*layers, modules.Classify(channels, 1000))})

    return Network(make, run=lambda net, image: [net["model"](image)[1]])


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


# v6 is a row of 90 layers of relu without shortcuts, which makes roundings larger in each, unless some norms leave
# most numbers on one side of 0; v12 has attention behind attention, and v11 blocks in blocks too (inputs that are
# off by 1e-6 moved the angles of l by 1e-3 in float64). PyTorch's float32 is 3e-4 off in v9e, where Winograd's larger
# roundings come to 1e-2, as long as its bottlenecks are not calm.
CALM = {
    "yolov6": r"model\.\d+\.\d*[0369]\.bn\.weight",
    "yolov9e": r".*\.m\.\d+\.cv2\.bn\.weight",
    "yolo11": r".*(m\.\d+\.m\.\d+\.cv2|attn\.proj|ffn\.1)\.bn\.weight",
    "yolo12": r".*(attn\.proj|mlp\.1)\.bn\.weight",
}


def yolo_network(name):
    task = name.partition("-")[2].replace("spp", "")
    ignore = [f"model.{layer}.dfl" for layer in (*range(20, 30), 42)]
    if name.startswith("yolov10"):
        ignore += ["model.23.cv2", "model.23.cv3"]
    return Network(
        yolo(name),
        outputs=tuple(YOLO_OUTPUTS[task]),
        run=yolo_outputs(task),
        ignore=tuple(ignore),
        sizes=((2, 3, 64, 64), (2, 3, 96, 64)),
        calm=next((norms for start, norms in CALM.items() if name.startswith(start)), ""),
    )


def yolov5_with_anchors(size, masks=False):
    """DetectionModel and SegmentationModel of ultralytics/yolov5: a detector up to layer 23, and another head."""

    def make(dims):
        from torch_rewritten_yolos import AnchorHeads

        net = yolo(f"yolov5{size}")(dims)
        ends = net.model[-1].f
        widths = [net.model[at].cv3.conv.out_channels for at in ends]
        heads = AnchorHeads(widths, 255 + 3 * 32 * masks, widths[0] if masks else 0)
        heads.i, heads.f, heads.type = len(net.model) - 1, ends, "heads"
        net.model[-1] = heads
        return net

    names = ("fine", "medium", "coarse", *(("prototypes",) if masks else ()))
    return Network(make, outputs=names, sizes=((2, 3, 64, 64), (2, 3, 96, 64)))


YOLOS = [
    "yolov3",
    "yolov3-spp",
    *(
        f"{version}{size}"
        for version in ("yolov5", "yolov6", "yolov8", "yolo11", "yolo12")
        for size in "nsmlx"
    ),
    *(
        f"{version}{size}-{task}"
        for version in ("yolov8", "yolo11")
        for task in ("seg", "pose", "obb")
        for size in "nsmlx"
    ),
    *(f"yolov9{size}" for size in "tsmce"),
    *(f"yolov10{size}" for size in "nsmblx"),
]

YOLO_NETWORKS = {
    **{name: yolo_network(name) for name in YOLOS},
    **{f"yolov5{size}_anchors": yolov5_with_anchors(size) for size in "ns"},
    **{f"yolov5{size}-seg": yolov5_with_anchors(size, masks=True) for size in "nsmlx"},
    **{f"yolov5{size}-cls": yolov5_classifier(size) for size in "nsmlx"},
    **{
        f"{version}{size}-cls": yolo_classifier(f"{version}{size}-cls")
        for version in ("yolov8", "yolo11")
        for size in "nsmlx"
    },
}
