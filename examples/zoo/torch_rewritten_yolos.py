# SPDX-License-Identifier: Apache-2.0
"""YOLOv4, YOLOv7, YOLOP and the heads of YOLOv5 as PyTorch modules: lists of numbered layers, each with the numbers of those whose
outputs it reads, for check.py."""

import itertools

import torch
from torch import nn
from torch.nn import functional as F


class Numbered(nn.Module):
    """Layers that are run one after another. A row is (layers read, module); negative numbers count back from
    the row. The outputs are those of the rows in `wanted`."""

    def __init__(self, prefix, rows, wanted):
        super().__init__()
        self.reads = [[read] if isinstance(read, int) else read for read, _ in rows]
        self.add_module(prefix, nn.ModuleList(module for _, module in rows))
        self.prefix, self.wanted = prefix, wanted
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-4 if prefix == "module_list" else 1e-3

    def forward(self, image):
        seen = []
        for number, (reads, module) in enumerate(zip(self.reads, getattr(self, self.prefix))):
            inputs = [seen[read if read >= 0 else number + read] if seen else image for read in reads]
            seen.append(module(*inputs))
        return [
            y
            for number in self.wanted
            for y in (seen[number] if isinstance(seen[number], list) else [seen[number]])
        ]


class Join(nn.Module):
    def forward(self, *parts):
        return torch.cat(parts, 1)


class Sum(nn.Module):
    def forward(self, x, y):
        return x + y


def pool(kernel):
    return nn.MaxPool2d(kernel, 1, kernel // 2)


class Unit(nn.Module):
    """Convolution, batch norm, activation."""

    def __init__(self, inputs, out, kernel=1, stride=1, act=F.silu):
        super().__init__()
        self.conv = nn.Conv2d(inputs, out, kernel, stride, kernel // 2, bias=False)
        self.bn, self.act = nn.BatchNorm2d(out), act

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


# YOLOv4


def darknet_conv(inputs, out, kernel, stride, act):
    parts = {
        "Conv2d": nn.Conv2d(inputs, out, kernel, stride, kernel // 2, bias=False),
        "BatchNorm2d": nn.BatchNorm2d(out),
        "activation": act,
    }
    net = nn.Sequential()
    for name, part in parts.items():
        net.add_module(name, part)
    return net


class YoloV4Rows:
    def __init__(self):
        self.rows, self.widths = [], []

    def add(self, reads, module, width):
        self.rows.append((reads, module))
        self.widths.append(width)
        return len(self.rows) - 1

    def conv(self, read, out, kernel, stride=1, mish=False):
        at = read if read >= 0 else len(self.rows) + read
        inputs = self.widths[at] if self.rows else 3
        act = nn.Mish() if mish else nn.LeakyReLU(0.1)
        return self.add(read, darknet_conv(inputs, out, kernel, stride, act), out)

    def join(self, *reads):
        return self.add(list(reads), Join(), sum(self.widths[r] for r in reads))

    def head(self, width):
        self.conv(-1, width, 3)
        module = nn.Sequential()
        module.add_module("Conv2d", nn.Conv2d(width, 255, 1))
        at = self.add(-1, module, 255)
        self.add(-1, nn.Identity(), 255)
        return at


def yolov4():
    net = YoloV4Rows()
    net.conv(0, 32, 3, mish=True)
    ends = []
    for out, part, inner, repeats in (
        (64, 64, 32, 1),
        (128, 64, 64, 2),
        (256, 128, 128, 8),
        (512, 256, 256, 8),
        (1024, 512, 512, 4),
    ):
        down = net.conv(-1, out, 3, 2, mish=True)
        side = net.conv(down, part, 1, mish=True)
        net.add(down, nn.Identity(), out)
        last = net.conv(down, part, 1, mish=True)
        for _ in range(repeats):
            net.conv(last, inner, 1, mish=True)
            y = net.conv(-1, part, 3, mish=True)
            last = net.add([y, last], Sum(), part)
        net.join(net.conv(last, part, 1, mish=True), side)
        ends.append(net.conv(-1, out, 1, mish=True))
    for out, kernel in ((512, 1), (1024, 3), (512, 1)):
        x = net.conv(-1, out, kernel)
    pools = []
    for kernel in (5, 9, 13):
        pools.append(net.add(x, pool(kernel), 512))
        if kernel < 13:
            net.add(x, nn.Identity(), 512)
    net.join(*reversed(pools), x)
    for out, kernel in ((512, 1), (1024, 3), (512, 1)):
        deep = net.conv(-1, out, kernel)

    def five(width):
        for out, kernel in ((width, 1), (2 * width, 3), (width, 1), (2 * width, 3), (width, 1)):
            at = net.conv(-1, out, kernel)
        return at

    levels = [deep]
    for width, end in ((256, ends[3]), (128, ends[2])):
        net.conv(levels[-1], width, 1)
        up = net.add(-1, nn.Upsample(scale_factor=2), width)
        net.add(end, nn.Identity(), net.widths[end])
        net.join(net.conv(end, width, 1), up)
        levels.append(five(width))
    wanted, last = [net.head(256)], levels[2]
    for width, side in ((256, levels[1]), (512, levels[0])):
        net.add(last, nn.Identity(), width // 2)
        net.join(net.conv(last, width, 3, 2), side)
        last = five(width)
        wanted.append(net.head(2 * width))
    assert len(net.rows) == 162
    return Numbered("module_list", net.rows, wanted)


# YOLOv7


class Pyramid(nn.Module):
    def __init__(self, inputs, out):
        super().__init__()
        shapes = [(inputs, 1), (inputs, 1), (out, 3), (out, 1), (4 * out, 1), (out, 3), (2 * out, 1)]
        for number, (width, kernel) in enumerate(shapes, 1):
            self.add_module(f"cv{number}", Unit(width, out, kernel))

    def forward(self, x):
        y = self.cv4(self.cv3(self.cv1(x)))
        y = torch.cat([y, *(F.max_pool2d(y, k, 1, k // 2) for k in (5, 9, 13))], 1)
        return self.cv7(torch.cat([self.cv6(self.cv5(y)), self.cv2(x)], 1))


class RepConv(nn.Module):
    def __init__(self, inputs, out, deployed):
        super().__init__()
        if deployed:
            self.rbr_reparam = nn.Conv2d(inputs, out, 3, padding=1)
            return
        for name, kernel in {"rbr_dense": 3, "rbr_1x1": 1}.items():
            conv = nn.Conv2d(inputs, out, kernel, padding=kernel // 2, bias=False)
            self.add_module(name, nn.Sequential(conv, nn.BatchNorm2d(out)))

    def forward(self, x):
        deployed = hasattr(self, "rbr_reparam")
        return F.silu(self.rbr_reparam(x) if deployed else self.rbr_dense(x) + self.rbr_1x1(x))


class Implicit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.implicit = nn.Parameter(1 + 0.1 * torch.randn(1, width, 1, 1))


class YoloV7Heads(nn.Module):
    def __init__(self, widths, deployed):
        super().__init__()
        self.m = nn.ModuleList(nn.Conv2d(width, 255, 1) for width in widths)
        self.deployed = deployed
        if not deployed:
            self.ia = nn.ModuleList(Implicit(width) for width in widths)
            self.im = nn.ModuleList(Implicit(255) for _ in widths)

    def forward(self, *levels):
        if self.deployed:
            return [conv(x) for conv, x in zip(self.m, levels)]
        parts = zip(self.m, self.ia, self.im, levels)
        return [conv(x + a.implicit) * m.implicit for conv, a, m, x in parts]


class YoloV7Rows:
    def __init__(self, act):
        self.rows, self.widths, self.act = [], [], act

    def add(self, reads, module, width):
        self.rows.append((reads, module))
        self.widths.append(width)
        return len(self.rows) - 1

    def conv(self, read, out, kernel=1, stride=1):
        at = read if read >= 0 else len(self.rows) + read
        inputs = self.widths[at] if self.rows else 3
        return self.add(read, Unit(inputs, out, kernel, stride, self.act), out)

    def join(self, *reads):
        at = [r if r >= 0 else len(self.rows) + r for r in reads]
        return self.add(at, Join(), sum(self.widths[r] for r in at))

    def block(self, widths, depth, back):
        """The joined rows are numbered back from the join."""
        outer, inner, out = widths
        self.conv(-1, outer)
        self.conv(-2, outer)
        for _ in range(depth):
            self.conv(-1, inner, 3)
        self.join(*back)
        return self.conv(-1, out)

    def half(self, out, *sides):
        self.add(-1, nn.MaxPool2d(2), self.widths[-1])
        self.conv(-1, out)
        self.conv(-3, out)
        self.conv(-1, out, 3, 2)
        self.join(-1, -3, *sides)

    def up(self, out, side):
        self.conv(-1, out)
        self.add(-1, nn.Upsample(scale_factor=2), out)
        self.conv(side, out)
        self.join(-1, -2)

    def end(self, ends, deployed):
        widths = [self.widths[at] for at in ends]
        at = self.add(ends, YoloV7Heads(widths, deployed), 0)
        return Numbered("model", self.rows, [at])


def yolov7(size, deployed=False):
    if size == "t":
        return yolov7_tiny()
    x = size == "x"
    wide = (lambda channels: channels * 5 // 4) if x else (lambda channels: channels)
    depth, skip = (6, (-1, -3, -5, -7, -8)) if x else (4, (-1, -3, -5, -6))
    neck_back = skip if x else (-1, -2, -3, -4, -5, -6)
    net = YoloV7Rows(F.silu)
    for out, stride in ((32, 1), (64, 2), (64, 1), (128, 2)):
        net.conv(0 if not net.rows else -1, wide(out), 3, stride)
    net.block((64, 64, wide(256)), depth, skip)
    ends = []
    for inner, out, down in ((128, 512, 128), (256, 1024, 256), (256, 1024, 512)):
        net.half(wide(down))
        ends.append(net.block((inner, inner, wide(out)), depth, skip))
    deep = net.add(-1, Pyramid(wide(1024), wide(512)), wide(512))

    def neck(width):
        return net.block((width, width if x else width // 2, wide(width)), depth, neck_back)

    net.up(wide(256), ends[1])
    middle = neck(256)
    net.up(wide(128), ends[0])
    outs = [neck(128)]
    net.half(wide(128), middle)
    outs.append(neck(256))
    net.half(wide(256), deep)
    outs.append(neck(512))
    last = []
    for read, out in zip(outs, (256, 512, 1024)):
        if x:
            last.append(net.conv(read, wide(out), 3))
        else:
            last.append(net.add(read, RepConv(net.widths[read], out, deployed), out))
    return net.end(last, deployed)


def yolov7_tiny():
    net = YoloV7Rows(lambda x: F.leaky_relu(x, 0.1))
    four = (-1, -2, -3, -4)
    net.conv(0, 32, 3, 2)
    net.conv(-1, 64, 3, 2)
    ends = [net.block((32, 32, 64), 2, four)]
    for width in (64, 128, 256):
        net.add(-1, nn.MaxPool2d(2), net.widths[-1])
        ends.append(net.block((width, width, 2 * width), 2, four))
    net.conv(-1, 256)
    net.conv(-2, 256)
    for number, kernel in enumerate((5, 9, 13), 1):
        net.add(-number, pool(kernel), 256)
    net.join(*four)
    net.conv(-1, 256)
    net.join(-1, -7)
    levels = [net.conv(-1, 256)]
    for width, end in ((128, ends[2]), (64, ends[1])):
        net.up(width, end)
        levels.append(net.block((width // 2, width // 2, width), 2, four))
    outs = [levels[2]]
    for width, side in ((128, levels[1]), (256, levels[0])):
        net.conv(-1, width, 3, 2)
        net.join(-1, side)
        outs.append(net.block((width // 2, width // 2, width), 2, four))
    last = [net.conv(read, width, 3) for read, width in zip(outs, (128, 256, 512))]
    return net.end(last, False)


# YOLOv5


class AnchorHeads(nn.Module):
    """1x1 convolutions, and with a width of prototypes what makes these of the finest level."""

    def __init__(self, widths, out, prototypes=0):
        super().__init__()
        self.m = nn.ModuleList(nn.Conv2d(width, out, 1) for width in widths)
        if prototypes:
            self.proto = nn.ModuleDict(
                {
                    "cv1": Unit(widths[0], prototypes, 3),
                    "cv2": Unit(prototypes, prototypes, 3),
                    "cv3": Unit(prototypes, 32),
                }
            )
            for unit in self.proto.values():
                unit.bn.eps = 1e-3

    def forward(self, levels):
        found = [conv(x) for conv, x in zip(self.m, levels)]
        if not hasattr(self, "proto"):
            return found
        x = F.interpolate(self.proto["cv1"](levels[0]), scale_factor=2, mode="nearest")
        return [*found, self.proto["cv3"](self.proto["cv2"](x))]


# YOLOP


def hard(inputs, out, kernel=1, stride=1):
    return Unit(inputs, out, kernel, stride, F.hardswish)


class Csp(nn.Module):
    def __init__(self, inputs, out, repeats=1, shortcut=False):
        super().__init__()
        half = out // 2
        self.cv1, self.cv4 = hard(inputs, half), hard(2 * half, out)
        self.cv2, self.cv3 = (nn.Conv2d(inputs, half, 1, bias=False), nn.Conv2d(half, half, 1, bias=False))
        self.bn, self.shortcut = nn.BatchNorm2d(2 * half), shortcut
        blocks = [
            nn.ModuleDict({"cv1": hard(half, half), "cv2": hard(half, half, 3)}) for _ in range(repeats)
        ]
        self.m = nn.ModuleList(blocks)

    def forward(self, x):
        y = self.cv1(x)
        for block in self.m:
            z = block["cv2"](block["cv1"](y))
            y = y + z if self.shortcut else z
        joined = torch.cat([self.cv3(y), self.cv2(x)], 1)
        return self.cv4(F.leaky_relu(self.bn(joined), 0.1))


class Spp(nn.Module):
    def __init__(self, inputs, out):
        super().__init__()
        self.cv1, self.cv2 = hard(inputs, inputs // 2), hard(2 * inputs, out)

    def forward(self, x):
        x = self.cv1(x)
        return self.cv2(torch.cat([x, *(F.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13))], 1))


class Focus(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = hard(12, 32, 3)

    def forward(self, x):
        corners = itertools.product((0, 1), (0, 1))
        return self.conv(torch.cat([x[..., row::2, column::2] for column, row in corners], 1))


class YolopHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.ModuleList(nn.Conv2d(width, 18, 1) for width in (128, 256, 512))

    def forward(self, *levels):
        return [conv(x) for conv, x in zip(self.m, levels)]


class Map(nn.Module):
    """A last convolution, whose map is between 0 and 1."""

    def __init__(self):
        super().__init__()
        unit = hard(8, 2, 3)
        self.conv, self.bn = unit.conv, unit.bn

    def forward(self, x):
        return F.hardswish(self.bn(self.conv(x))).sigmoid()


def yolop():
    def up():
        return nn.Upsample(scale_factor=2)

    rows = [
        (0, Focus()),
        (-1, hard(32, 64, 3, 2)),
        (-1, Csp(64, 64, 1, True)),
        (-1, hard(64, 128, 3, 2)),
        (-1, Csp(128, 128, 3, True)),
        (-1, hard(128, 256, 3, 2)),
        (-1, Csp(256, 256, 3, True)),
        (-1, hard(256, 512, 3, 2)),
        (-1, Spp(512, 512)),
        (-1, Csp(512, 512)),
        (-1, hard(512, 256)),
        (-1, up()),
        ([-1, 6], Join()),
        (-1, Csp(512, 256)),
        (-1, hard(256, 128)),
        (-1, up()),
        ([-1, 4], Join()),
        (-1, Csp(256, 128)),
        (-1, hard(128, 128, 3, 2)),
        ([-1, 14], Join()),
        (-1, Csp(256, 256)),
        (-1, hard(256, 256, 3, 2)),
        ([-1, 10], Join()),
        (-1, Csp(512, 512)),
        ([17, 20, 23], YolopHeads()),
    ]
    for _ in ("area", "lanes"):
        rows += [
            (16, hard(256, 128, 3)),
            (-1, up()),
            (-1, Csp(128, 64)),
            (-1, hard(64, 32, 3)),
            (-1, up()),
            (-1, hard(32, 16, 3)),
            (-1, Csp(16, 8)),
            (-1, up()),
            (-1, Map()),
        ]
    return Numbered("model", rows, [24, 33, 42])
