# SPDX-License-Identifier: Apache-2.0
"""What make_goldens.py's cases of the zoo's decoders compare with: torchvision's coders, and independent
writings of ultralytics', RetinaFace's and CenterNet's."""

import torch
import torch.nn.functional as F
from vision import ops

ANCHORS = [(10.0, 13.0), (16.0, 30.0), (33.0, 23.0)]


def grid_of(h, w):
    """Columns and rows of the places of a map, [h w] each."""
    rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    return columns.reshape(-1).double(), rows.reshape(-1).double()


def yolo(x, stride, squares):
    """ultralytics' Detect of v5, or of v3 with exp: boxes and scores side by side."""
    n, _, h, w = x.shape
    raw = x.view(n, 3, -1, h, w).permute(0, 1, 3, 4, 2)
    columns, rows = grid_of(h, w)
    grid = torch.stack([columns, rows], 1).view(1, 1, h, w, 2)
    anchors = torch.tensor(ANCHORS).double().view(1, 3, 1, 1, 2)
    s = raw.sigmoid()
    if squares:
        middle, size = ((s[..., :2] * 2 - 0.5 + grid) * stride, (s[..., 2:4] * 2) ** 2 * anchors)
    else:
        middle, size = (s[..., :2] + grid) * stride, raw[..., 2:4].exp() * anchors
    out = torch.cat([middle - size / 2, middle + size / 2, s[..., 5:] * s[..., 4:5]], -1)
    return out.reshape(n, -1, out.shape[-1])


def distances(x, maps, bins):
    """ultralytics' DFL and dist2bbox: boxes [N, places, 4]."""
    mean = (x.view(x.shape[0], 4, bins, -1).softmax(2) * torch.arange(bins).view(1, 1, -1, 1)).sum(2)
    points, strides = [], []
    for h, w, stride in maps:
        columns, rows = grid_of(h, w)
        points.append(torch.stack([columns + 0.5, rows + 0.5]))
        strides.append(torch.full((h * w,), float(stride)))
    at = torch.cat(points, 1)[None]
    return (torch.cat([at - mean[:, :2], at + mean[:, 2:]], 1) * torch.cat(strides)).permute(0, 2, 1)


def anchors_of(h, w, stride, offset):
    """Anchors x1, y1, x2, y2 of all places, those of a place side by side."""
    columns, rows = grid_of(h, w)
    middle = (torch.stack([columns, rows], 1) + offset) * stride
    size = torch.tensor(ANCHORS).double()
    return torch.cat([middle[:, None] - size / 2, middle[:, None] + size / 2], -1).reshape(-1, 4)


def deltas(x, stride, offset, of_middle=1.0, of_size=1.0):
    """torchvision's BoxCoder."""
    from torchvision.models.detection._utils import BoxCoder

    n, _, h, w = x.shape
    coder = BoxCoder((1 / of_middle, 1 / of_middle, 1 / of_size, 1 / of_size))
    anchors = anchors_of(h, w, stride, offset)
    rows = x.view(n, 3, 4, h, w).permute(0, 3, 4, 1, 2).reshape(n, -1, 4)
    return torch.stack([coder.decode_single(each, anchors) for each in rows])


def landmarks(x, stride, points):
    """RetinaFace's: variance 0.1, of anchors in the middle of their places."""
    n, _, h, w = x.shape
    rows = x.view(n, 3, 2 * points, h, w).permute(0, 3, 4, 1, 2).reshape(n, -1, points, 2)
    anchors = anchors_of(h, w, stride, 0.5)
    middle, size = ((anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2])
    return (middle[:, None] + rows * 0.1 * size[:, None]).flatten(2)


def peaks(heat, maps, most, stride):
    """CenterNet's ctdet_decode: boxes, score and class of each peak."""
    _, _, h, w = heat.shape
    score = heat.sigmoid()
    score = score * (F.max_pool2d(score, 3, 1, 1) == score)
    best, order = score.flatten(1).topk(most)
    kind, place = order // (h * w), order % (h * w)
    of = maps.flatten(2).gather(2, place[:, None].expand(-1, 4, -1))
    x, y = (place % w + of[:, 2]) * stride, (place // w + of[:, 3]) * stride
    half_w, half_h = of[:, 0] * stride / 2, of[:, 1] * stride / 2
    return torch.stack([x - half_w, y - half_h, x + half_w, y + half_h, best, kind.double()], 2)


def proposals(levels, height, width, before, after, iou, least):
    """torchvision's filter_proposals: boxes, score and count."""
    out = torch.zeros(levels[0][0].shape[0], after, 6, dtype=torch.double)
    for image in range(out.shape[0]):
        boxes, scores, numbers = [], [], []
        for number, (objectness, moves, stride) in enumerate(levels):
            score = objectness[image].permute(1, 2, 0).reshape(-1)
            best, order = score.topk(min(before, len(score)))
            boxes.append(deltas(moves, stride, 0)[image][order])
            scores.append(best.sigmoid())
            numbers.append(torch.full_like(order, number))
        b, s, k = torch.cat(boxes), torch.cat(scores), torch.cat(numbers)
        b = ops.clip_boxes_to_image(b, (height, width))
        keep = ops.remove_small_boxes(b, least)
        b, s, k = b[keep], s[keep], k[keep]
        keep = ops.batched_nms(b, s, k, iou)[:after]
        out[image, : len(keep), :4], out[image, : len(keep), 4] = b[keep], s[keep]
        out[image, :, 5] = len(keep)
    return out
