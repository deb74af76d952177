# SPDX-License-Identifier: Apache-2.0
"""What make_goldens.py's cases of pictures and boxes compare with: torchvision's operators, and independent
writings of what it does not have (OpenCV's rounding, soft-NMS, rotated boxes)."""

import math

import torch
import torch.nn.functional as F

try:
    from torchvision import ops
except ImportError:  # only these cases need it
    ops = None

# image, left, top, right, bottom: inside, across borders, outside, empty, reversed, of images that are not there
BOXES = [
    [0, 1.2, 0.7, 9.4, 6.1],
    [1, 0, 0, 15, 11],
    [1, -3.5, 2.25, 4.5, 17.5],
    [0, 5, 5, 5, 5],
    [0, 30.1, 2, 44.7, 9],
    [1, 10.3, 8.6, 3.1, 2.2],
    [0, 2.6, -7.3, 8.9, 30.2],
]


def boxes():
    return torch.tensor(BOXES, dtype=torch.float32).double()


def corners(y):
    """Boxes [..., 4] from numbers above 0: two of them the corner, two the extent."""
    first = y[..., :2] * 2
    return torch.cat([first, first + y[..., 2:] * 2], -1)


def numbered(b):
    """Boxes [N, k, 4] as [N k, 5]."""
    count = b.shape[1]
    image = torch.arange(b.shape[0]).repeat_interleave(count).to(b.dtype)
    return torch.cat([image[:, None], b.reshape(-1, 4)], 1)


def opencv_linear(x, h, w):
    """INTER_LINEAR of 8-bit pictures [N, H, W, C] in OpenCV's fixed point: weights of 11 bits, sums cut to 16."""

    def taps(count, extent):
        at = (torch.arange(count).double() + 0.5) * extent / count - 0.5
        first = at.floor()
        share = at - first
        share[(first < 0) | (first >= extent - 1)] = 0
        first = first.clamp(0, extent - 1).long()
        back, ahead = ((1 - share) * 2048).round().long(), (share * 2048).round().long()
        return first, (first + 1).clamp(max=extent - 1), back, ahead

    x = x.long()
    top, bottom, up, down = taps(h, x.shape[1])
    left, right, back, ahead = taps(w, x.shape[2])

    def row(r):
        line = x[:, r]
        return line[:, :, left] * back[None, None, :, None] + line[:, :, right] * ahead[None, None, :, None]

    def cut(line, weight):
        return (weight[None, :, None, None] * (line >> 4)) >> 16

    return ((cut(row(top), up) + cut(row(bottom), down) + 2) >> 2).clamp(0, 255)


def letterbox(x, h, w, pad=114, rounding="fixed", grow=True, centre=True, stretch=False, mode="bilinear"):
    """ultralytics' LetterBox of pictures [N, H, W, C]."""
    rows, columns = x.shape[1:3]
    by = min(h / rows, w / columns)
    if not grow:
        by = min(by, 1.0)
    new_h, new_w = (h, w) if stretch else (round(rows * by), round(columns * by))
    if mode == "nearest":
        planes = F.interpolate(x.permute(0, 3, 1, 2).double(), (new_h, new_w), mode="nearest")
        resized = planes.permute(0, 2, 3, 1)
    elif rounding == "fixed":
        resized = opencv_linear(x, new_h, new_w)
    else:
        planes = F.interpolate(x.permute(0, 3, 1, 2).double(), (new_h, new_w), mode="bilinear")
        resized = planes.permute(0, 2, 3, 1)
        if rounding == "nearest":  # what PyTorch's sums miss of a half is far below this
            resized = resized.mul(2**30).round().div(2**30).round()
    top, left = (round((h - new_h) / 2 - 0.1), round((w - new_w) / 2 - 0.1)) if centre else (0, 0)
    out = torch.full((x.shape[0], h, w, x.shape[3]), float(pad), dtype=torch.double)
    out[:, top : top + new_h, left : left + new_w] = resized.double()
    return out


def picture(x):
    """A case's random numbers as an 8-bit picture."""
    return (x.abs() * 60).clamp(max=255).to(torch.uint8)


def normalized(x, mean, std):
    """[N, H, W, C] as torchvision's ToTensor and Normalize give it, [N, C, H, W]."""
    x = x.double().permute(0, 3, 1, 2) / 255
    return (x - torch.tensor(mean).double().view(1, -1, 1, 1)) / torch.tensor(std).double().view(1, -1, 1, 1)


def padded(rows, most):
    """Rows of places and scores: places -1 and scores 0 behind the last."""
    places = torch.full((most,), -1.0, dtype=torch.double)
    scores = torch.zeros(most, dtype=torch.double)
    for k, (place, score) in enumerate(rows[:most]):
        places[k], scores[k] = float(place), score
    return torch.stack([places, scores])


def nms(boxes, scores, most, iou, score=None, classes=None):
    """torchvision's, [2, most]: places and scores."""
    keep = torch.arange(len(scores)) if score is None else (scores > score).nonzero()[:, 0]
    if classes is None:
        chosen = keep[ops.nms(boxes[keep], scores[keep], iou)]
    else:
        chosen = keep[ops.batched_nms(boxes[keep], scores[keep], classes[keep], iou)]
    return padded([(int(i), scores[i]) for i in chosen], most)


def lines(function, *batches):
    """A function of each image, or of each image and class, stacked."""
    return torch.stack([function(*each) for each in zip(*batches)])


def soft_nms(boxes, scores, most, score, iou=None, sigma=None, overlap=None):
    """Bodla et al. 2017, by its definition."""
    scores = scores.clone()
    area = overlap or (lambda a, b: ops.box_iou(a[None], b[None])[0, 0])
    rows, left = [], list(range(len(scores)))
    while left and len(rows) < most:
        best = max(left, key=lambda i: (float(scores[i]), -i))
        if not scores[best] > score:
            break
        rows.append((best, scores[best].clone()))
        left.remove(best)
        for i in left:
            o = area(boxes[i], boxes[best])
            if sigma is not None:
                scores[i] *= math.exp(-(float(o) ** 2) / sigma)
            elif o > iou:
                scores[i] *= 1 - o
    return padded(rows, most)


def rotated_iou(a, b):
    """The polygon of corners inside of the other box and of crossing sides, in order around its middle."""

    def points(r):
        x, y, w, h, angle = (float(v) for v in r)
        c, s = math.cos(angle), math.sin(angle)
        return [
            (x + p * w * c - q * h * s, y + p * w * s + q * h * c)
            for p, q in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
        ]

    def inside(p, r):
        x, y, w, h, angle = (float(v) for v in r)
        c, s = math.cos(angle), math.sin(angle)
        u, v = (p[0] - x) * c + (p[1] - y) * s, (p[1] - y) * c - (p[0] - x) * s
        return abs(u) <= w / 2 + 1e-9 and abs(v) <= h / 2 + 1e-9

    pa, pb = points(a), points(b)
    found = [p for p in pa if inside(p, b)] + [p for p in pb if inside(p, a)]
    for i in range(4):
        for j in range(4):
            (x1, y1), (x2, y2) = pa[i], pa[(i + 1) % 4]
            (x3, y3), (x4, y4) = pb[j], pb[(j + 1) % 4]
            d = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3)
            if abs(d) < 1e-12:
                continue
            t = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / d
            u = ((x3 - x1) * (y2 - y1) - (y3 - y1) * (x2 - x1)) / d
            if 0 <= t <= 1 and 0 <= u <= 1:
                found.append((x1 + t * (x2 - x1), y1 + t * (y2 - y1)))
    if len(found) < 3:
        return 0.0
    mx, my = (sum(p[0] for p in found) / len(found), sum(p[1] for p in found) / len(found))
    found.sort(key=lambda p: math.atan2(p[1] - my, p[0] - mx))
    area = abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(found, found[1:] + found[:1]))) / 2
    return area / (float(a[2] * a[3] + b[2] * b[3]) - area)


def probiou(a, b):
    """ultralytics' overlap of two rotated boxes as normal distributions."""

    def covariance(r):
        turn = torch.tensor([[math.cos(r[4]), -math.sin(r[4])], [math.sin(r[4]), math.cos(r[4])]]).double()
        return turn @ torch.diag(torch.stack([r[2] ** 2, r[3] ** 2]) / 12) @ turn.T

    p, q = covariance(a), covariance(b)
    both, d = (p + q) / 2, (a[:2] - b[:2]).double()
    apart = d @ torch.linalg.inv(both) @ d / 8
    apart = apart + 0.5 * torch.log(both.det() / (p.det() * q.det()).sqrt())
    return 1 - math.sqrt(1 - math.exp(-min(max(float(apart), 1e-7), 100)) + 1e-7)


def greedy(boxes, scores, most, iou, overlap):
    """Hard NMS with any overlap."""
    rows = []
    for i in sorted(range(len(scores)), key=lambda i: (-float(scores[i]), i)):
        if len(rows) < most and all(overlap(boxes[i], boxes[j]) <= iou for j, _ in rows):
            rows.append((i, scores[i]))
    return padded(rows, most)


def turned(y):
    """Rotated boxes [N, 5] of numbers above 0."""
    return torch.cat([y[:, :2] * 3, y[:, 2:4] * 2 + 0.5, y[:, 4:] * 1.3], 1)


def detections(boxes, scores, most, iou, score, one_class=False, across=False):
    """As torchvision's postprocess_detections: [B, most, 7] of a box, its score, its class, the count."""
    out = torch.zeros(boxes.shape[0], most, 7, dtype=torch.double)
    for image, (b, s) in enumerate(zip(boxes, scores)):
        if one_class:
            best, classes = s.max(1)
            place = torch.arange(len(b))
        else:
            place = torch.arange(len(b)).repeat(s.shape[1])
            classes = torch.arange(s.shape[1]).repeat_interleave(len(b))
            best = s.T.reshape(-1)
        keep = best > score
        place, classes, best = place[keep], classes[keep], best[keep]
        kept = ops.nms(b[place], best, iou) if across else ops.batched_nms(b[place], best, classes, iou)
        kept = kept[:most]
        count = len(kept)
        out[image, :count, :4] = b[place[kept]]
        out[image, :count, 4] = best[kept]
        out[image, :count, 5] = classes[kept].double()
        out[image, :, 6] = count
    return out
