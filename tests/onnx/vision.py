# SPDX-License-Identifier: Apache-2.0
"""ONNX's operators of images read at places and of boxes."""

import numpy as np
from program import Unsupported
from translate import floats, operator


@operator("GridSample")
def grid_sample(node, p):
    modes = {"linear": "bilinear", "cubic": "bicubic"}
    mode = node.attribute("mode", "linear")
    return [
        p.layer(
            "grid_sample",
            [node.value(p, 0), node.value(p, 1)],
            mode=modes.get(mode, mode),
            outside=node.attribute("padding_mode", "zeros"),
            align_corners=bool(node.attribute("align_corners", 0)),
        )
    ]


@operator("AffineGrid")
def affine_grid(node, p):
    size = node.numbers(1)[2:]
    return [
        p.layer(
            "affine_grid",
            node.value(p, 0),
            size=size[-2:],
            depth=size[0] if len(size) == 3 else 0,
            align_corners=bool(node.attribute("align_corners", 0)),
        )
    ]


@operator("RoiAlign")
def roi_align(node, p):
    if node.attribute("mode", "avg") != "avg":
        raise Unsupported("the largest of samples, which no framework exports; roi_pool takes elements")
    boxes = np.concatenate([node.array(2).astype(np.float32)[:, None], node.array(1)], 1)
    default = "half_pixel" if node.opset >= 16 else "output_half_pixel"
    return [
        p.layer(
            "roi_align",
            [node.value(p, 0), p.input("boxes", boxes)],
            size=[node.attribute("output_height", 1), node.attribute("output_width", 1)],
            scale=floats(node.attribute("spatial_scale", 1.0)),
            samples=node.attribute("sampling_ratio", 0),
            aligned=node.attribute("coordinate_transformation_mode", default) == "half_pixel",
        )
    ]


@operator("NonMaxSuppression")
def non_max_suppression(node, p):
    most = node.numbers(2)
    if not most or not most[0]:
        raise Unsupported("no place for any box")
    rows, _ = p.layer(
        "nms_list",
        [node.value(p, 0), node.value(p, 1)],
        count=2,
        most=min(most[0], node.array(0).shape[1]),
        iou=floats(node.number(3, 0.0)),
        score=floats(node.number(4, -3e38)),
        centre=bool(node.attribute("center_point_box", 0)),
        rows=len(node.expected[0]),
    )
    return [rows]
