# SPDX-License-Identifier: Apache-2.0
"""Detectors and segmenters that no package defines, as PyTorch modules: written after the papers for check.py."""

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch_rewritten import conv_bn


def seq(*layers):
    return nn.Sequential(*layers)


def resnet_stages(net, x):
    """The outputs of a torchvision ResNet's four stages."""
    x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    out = []
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        x = stage(x)
        out.append(x)
    return out


def headless(depth, **options):
    net = getattr(torchvision.models, f"resnet{depth}")(weights=None, **options)
    del net.fc
    return net


class PspNet(nn.Module):
    """Zhao et al. 2017: means over 1, 4, 9 and 36 parts of the image beside it."""

    def __init__(self, depth=50, classes=21):
        super().__init__()
        self.backbone = headless(depth, replace_stride_with_dilation=[False, True, True])
        self.ppm = nn.Module()
        self.ppm.features = nn.ModuleList(
            seq(nn.AdaptiveAvgPool2d(parts), *conv_bn(2048, 512, 1), nn.ReLU()) for parts in (1, 2, 3, 6)
        )
        self.cls = seq(*conv_bn(4096, 512, 3), nn.ReLU(), nn.Dropout(), nn.Conv2d(512, classes, 1))

    def forward(self, image):
        x = resnet_stages(self.backbone, image)[3]
        parts = [
            F.interpolate(p(x), x.shape[2:], mode="bilinear", align_corners=True) for p in self.ppm.features
        ]
        x = self.cls(torch.cat([x, *parts], 1))
        return F.interpolate(x, image.shape[2:], mode="bilinear", align_corners=True)


class CenterNet(nn.Module):
    """Zhou et al. 2019 on ResNet-18: three transposed convolutions and three heads."""

    def __init__(self, depth=18):
        super().__init__()
        for name, part in headless(depth).named_children():
            self.add_module(name, part)
        layers, inputs = [], 512
        for _ in range(3):
            layers += [nn.ConvTranspose2d(inputs, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU()]
            inputs = 256
        self.deconv_layers = seq(*layers)
        for name, out in {"hm": 80, "wh": 2, "reg": 2}.items():
            self.add_module(name, seq(nn.Conv2d(256, 64, 3, 1, 1), nn.ReLU(), nn.Conv2d(64, out, 1)))

    def forward(self, x):
        x = self.deconv_layers(resnet_stages(self, x)[3])
        return self.hm(x), self.wh(x), self.reg(x)


class ThreeDPose(nn.Module):
    """Three pictures through one ResNet-34, four heads on what it finds in them."""

    def __init__(self, joints=24, depth=28):
        super().__init__()
        for name, part in headless(34).named_children():
            self.add_module(name, part)
        self.deconv = seq(nn.ConvTranspose2d(1536, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU())
        heads = {"heatmap2d": 1, "offset2d": 2, "heatmap": depth, "offset": 3 * depth}
        for name, maps in heads.items():
            last = nn.Tanh() if name.startswith("offset") else nn.Sigmoid()
            self.add_module(
                name, seq(nn.Conv2d(256, maps * joints, 1, bias=False), nn.BatchNorm2d(maps * joints), last)
            )

    def forward(self, image, before, earlier):
        found = [resnet_stages(self, picture)[3] for picture in (image, before, earlier)]
        x = self.deconv(torch.cat(found, 1))
        return self.heatmap2d(x), self.offset2d(x), self.heatmap(x), self.offset(x)


class DbNet(nn.Module):
    """Liao et al. 2019 on ResNet-18, the map of texts alone."""

    def __init__(self, depth=18):
        super().__init__()
        self.backbone = headless(depth)
        self.decoder = nn.Module()
        for level, inputs in zip((2, 3, 4, 5), (64, 128, 256, 512)):
            self.decoder.add_module(f"in{level}", nn.Conv2d(inputs, 256, 1, bias=False))
            out = nn.Conv2d(256, 64, 3, 1, 1, bias=False)
            self.decoder.add_module(
                f"out{level}", out if level == 2 else seq(out, nn.Upsample(scale_factor=2 ** (level - 2)))
            )
        self.decoder.binarize = seq(
            *conv_bn(256, 64, 3),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 64, 2, 2),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 1, 2, 2),
            nn.Sigmoid(),
        )

    def forward(self, image):
        d = self.decoder
        c2, c3, c4, c5 = resnet_stages(self.backbone, image)
        p5 = d.in5(c5)
        p4 = F.interpolate(p5, scale_factor=2) + d.in4(c4)
        p3 = F.interpolate(p4, scale_factor=2) + d.in3(c3)
        p2 = F.interpolate(p3, scale_factor=2) + d.in2(c2)
        return d.binarize(torch.cat([d.out5(p5), d.out4(p4), d.out3(p3), d.out2(p2)], 1))


class PseNet(nn.Module):
    """Wang et al. 2019 on ResNet-50: a feature pyramid and seven maps."""

    def __init__(self, depth=50):
        super().__init__()
        for name, part in headless(depth).named_children():
            self.add_module(name, part)
        shapes = {"toplayer": (2048, 1), "latlayer1": (1024, 1), "latlayer2": (512, 1), "latlayer3": (256, 1)}
        shapes.update({f"smooth{i}": (256, 3) for i in (1, 2, 3)})
        for name, (inputs, kernel) in shapes.items():
            self.add_module(name, nn.Conv2d(inputs, 256, kernel, 1, kernel // 2))
            self.add_module(f"{name}_bn", nn.BatchNorm2d(256))
        self.conv2, self.conv3 = nn.Conv2d(1024, 256, 3, 1, 1), nn.Conv2d(256, 7, 1)
        self.bn2 = nn.BatchNorm2d(256)

    def layer(self, name, x):
        return F.relu(getattr(self, f"{name}_bn")(getattr(self, name)(x)))

    def forward(self, image):
        def to(x, like):
            return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)

        c = resnet_stages(self, image)
        levels = [self.layer("toplayer", c[3])]
        for i, feature in enumerate((c[2], c[1], c[0]), 1):
            beside = self.layer(f"latlayer{i}", feature)
            levels.append(self.layer(f"smooth{i}", to(levels[-1], beside) + beside))
        p2 = levels[3]
        x = torch.cat([p2, to(levels[2], p2), to(levels[1], p2), to(levels[0], p2)], 1)
        return to(self.conv3(F.relu(self.bn2(self.conv2(x)))), image)


def leaky(inputs, out, kernel, stride=1, groups=1):
    return [*conv_bn(inputs, out, kernel, stride, groups), nn.LeakyReLU(0.1)]


class Ssh(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv3X3 = seq(*conv_bn(64, 32, 3))
        self.conv5X5_1, self.conv5X5_2 = seq(*leaky(64, 16, 3)), seq(*conv_bn(16, 16, 3))
        self.conv7X7_2, self.conv7x7_3 = seq(*leaky(16, 16, 3)), seq(*conv_bn(16, 16, 3))

    def forward(self, x):
        first = self.conv5X5_1(x)
        seven = self.conv7x7_3(self.conv7X7_2(first))
        return F.relu(torch.cat([self.conv3X3(x), self.conv5X5_2(first), seven], 1))


class RetinaFace(nn.Module):
    """Deng et al. 2019 on MobileNet 0.25, with a feature pyramid of three levels."""

    def __init__(self):
        super().__init__()
        widths = [8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256]
        blocks = [seq(*leaky(3, 8, 3, 2))]
        for i, (inputs, out) in enumerate(zip(widths[:-1], widths[1:])):
            stride = 2 if i in (1, 3, 5, 11) else 1
            blocks.append(seq(*leaky(inputs, inputs, 3, stride, inputs), *leaky(inputs, out, 1)))
        self.body = nn.Module()
        self.body.stage1, self.body.stage2 = seq(*blocks[:6]), seq(*blocks[6:12])
        self.body.stage3 = seq(*blocks[12:])
        self.fpn = nn.Module()
        for i, inputs in enumerate((64, 128, 256), 1):
            self.fpn.add_module(f"output{i}", seq(*leaky(inputs, 64, 1)))
            self.add_module(f"ssh{i}", Ssh())
        self.fpn.merge1, self.fpn.merge2 = seq(*leaky(64, 64, 3)), seq(*leaky(64, 64, 3))
        for name, numbers in {"BboxHead": 4, "ClassHead": 2, "LandmarkHead": 10}.items():
            heads = nn.ModuleList(nn.ModuleDict({"conv1x1": nn.Conv2d(64, 2 * numbers, 1)}) for _ in range(3))
            self.add_module(name, heads)

    def forward(self, x):
        first = self.body.stage1(x)
        second = self.body.stage2(first)
        fpn = self.fpn
        one, two, three = fpn.output1(first), fpn.output2(second), fpn.output3(self.body.stage3(second))
        two = fpn.merge2(two + F.interpolate(three, two.shape[2:]))
        one = fpn.merge1(one + F.interpolate(two, one.shape[2:]))
        levels = [self.ssh1(one), self.ssh2(two), self.ssh3(three)]
        out = []
        for name, numbers in {"BboxHead": 4, "ClassHead": 2, "LandmarkHead": 10}.items():
            parts = [head["conv1x1"](x).permute(0, 2, 3, 1) for head, x in zip(getattr(self, name), levels)]
            out.append(torch.cat([p.reshape(len(x), -1, numbers) for p in parts], 1))
        return out


class L2Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), 10.0))

    def forward(self, x):
        return self.weight[:, None, None] * F.normalize(x, eps=1e-10)


class RefineDet(nn.Module):
    """Zhang et al. 2018, RefineDet320 on VGG-16."""

    def __init__(self, classes=21):
        super().__init__()
        layers, inputs = [], 3
        for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(count):
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
                inputs = width
            layers.append(nn.MaxPool2d(2, ceil_mode=width == 256))
        layers += [nn.Conv2d(512, 1024, 3, padding=3, dilation=3), nn.ReLU(), nn.Conv2d(1024, 1024, 1)]
        self.vgg = nn.ModuleList([*layers, nn.ReLU()])
        self.conv4_3_L2Norm, self.conv5_3_L2Norm = L2Norm(512), L2Norm(512)
        self.extras = nn.ModuleList([nn.Conv2d(1024, 256, 1), nn.Conv2d(256, 512, 3, 2, 1)])
        widths = (512, 512, 1024, 512)
        for name, inputs, numbers in (("arm_loc", widths, 4), ("arm_conf", widths, 2)):
            self.add_module(name, nn.ModuleList(nn.Conv2d(i, 3 * numbers, 3, padding=1) for i in inputs))
        for name, numbers in (("odm_loc", 4), ("odm_conf", classes)):
            self.add_module(name, nn.ModuleList(nn.Conv2d(256, 3 * numbers, 3, padding=1) for _ in widths))
        conv = [nn.Conv2d(256, 256, 3, padding=1) for _ in range(8)]
        before = [[nn.Conv2d(i, 256, 3, padding=1), nn.ReLU(), conv[k]] for k, i in enumerate(widths)]
        behind = [[nn.ReLU(), conv[4 + k], nn.ReLU()] for k in range(4)]
        self.tcb0 = nn.ModuleList([part for parts in before for part in parts])
        self.tcb1 = nn.ModuleList(nn.ConvTranspose2d(256, 256, 2, 2) for _ in range(3))
        self.tcb2 = nn.ModuleList([part for parts in behind for part in parts])

    def forward(self, x):
        def heads(kind, levels, numbers):
            parts = [head(y).permute(0, 2, 3, 1) for head, y in zip(getattr(self, kind), levels)]
            return torch.cat([p.reshape(len(p), -1, numbers) for p in parts], 1)

        seen = []
        for number, layer in enumerate(self.vgg):
            x = layer(x)
            if number == 22:
                seen.append(self.conv4_3_L2Norm(x))
            if number == 29:
                seen.append(self.conv5_3_L2Norm(x))
        seen += [x, F.relu(self.extras[1](F.relu(self.extras[0](x))))]
        finer, last = [None] * 4, None
        for k in (3, 2, 1, 0):
            y = seen[k]
            for layer in self.tcb0[3 * k : 3 * k + 3]:
                y = layer(y)
            if last is not None:
                y = y + self.tcb1[k](last)
            for layer in self.tcb2[3 * k : 3 * k + 3]:
                y = layer(y)
            finer[k] = last = y
        classes = self.odm_conf[0].out_channels // 3
        first = [heads("arm_loc", seen, 4), heads("arm_conf", seen, 2)]
        return [*first, heads("odm_loc", finer, 4), heads("odm_conf", finer, classes)]
