# SPDX-License-Identifier: Apache-2.0
"""Networks that no package defines, as PyTorch modules: written after the papers for check.py."""

import torch
import torchvision
from torch import nn
from torch.nn import functional as F


def conv_bn(inputs, out, kernel, stride=1, groups=1, dilation=1):
    pad = dilation * (kernel // 2)
    return [nn.Conv2d(inputs, out, kernel, stride, pad, dilation, groups, bias=False), nn.BatchNorm2d(out)]


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class InstanceBatchNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.IN = nn.InstanceNorm2d(width // 2, affine=True)
        self.BN = nn.BatchNorm2d(width - width // 2)

    def forward(self, x):
        half = x.shape[1] // 2
        return torch.cat([self.IN(x[:, :half]), self.BN(x[:, half:])], 1)


def IbnResNet50():
    net = torchvision.models.resnet50(weights=None)
    for stage in (net.layer1, net.layer2, net.layer3):
        for block in stage:
            block.bn1 = InstanceBatchNorm(block.bn1.num_features)
    return net


class UNet(nn.Module):
    """Ronneberger et al. 2015, figure 1, with padding 1 and batch norm, RGB in, 2 classes out."""

    def __init__(self, base=64):
        super().__init__()

        def twice(i, o):
            return nn.Sequential(*conv_bn(i, o, 3), nn.ReLU(), *conv_bn(o, o, 3), nn.ReLU())

        widths = [base << i for i in range(5)]
        self.down = nn.ModuleList(twice(i, o) for i, o in zip([3] + widths[:3], widths[:4]))
        self.middle = twice(widths[3], widths[4])
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in widths[3::-1])
        self.join = nn.ModuleList(twice(2 * w, w) for w in widths[3::-1])
        self.head = nn.Conv2d(base, 2, 1)

    def forward(self, x):
        skips = []
        for down in self.down:
            skips.append(down(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.middle(x)
        for up, join in zip(self.up, self.join):
            x = join(torch.cat([skips.pop(), up(x)], 1))
        return self.head(x)


class YoloV3Tiny(nn.Module):
    """Darknet's yolov3-tiny.cfg; `layers` has its layer numbers. The pool of stride 1 is 3x3 (darknet
    pads a 2x2 window at one side). 3 boxes of 85 numbers for each place of two grids."""

    def __init__(self):
        super().__init__()

        def block(*shape):
            return nn.Sequential(*conv_bn(*shape), nn.LeakyReLU(0.1))

        self.layers = nn.ModuleDict(
            {
                "0": block(3, 16, 3),
                "2": block(16, 32, 3),
                "4": block(32, 64, 3),
                "6": block(64, 128, 3),
                "8": block(128, 256, 3),
                "10": block(256, 512, 3),
                "12": block(512, 1024, 3),
                "13": block(1024, 256, 1),
                "14": block(256, 512, 3),
                "15": nn.Conv2d(512, 255, 1),
                "18": block(256, 128, 1),
                "21": block(384, 256, 3),
                "22": nn.Conv2d(256, 255, 1),
            }
        )

    def forward(self, x):
        layers = self.layers
        for number in ("0", "2", "4", "6"):
            x = F.max_pool2d(layers[number](x), 2)
        fine = layers["8"](x)
        x = layers["10"](F.max_pool2d(fine, 2))
        x = layers["13"](layers["12"](F.max_pool2d(x, 3, stride=1, padding=1)))
        coarse = layers["15"](layers["14"](x))
        up = F.interpolate(layers["18"](x), scale_factor=2, mode="nearest")
        return coarse, layers["22"](layers["21"](torch.cat([up, fine], 1)))


def same_conv(x, conv):
    """TensorFlow's SAME: the odd row or column of zeros goes to the bottom and the right."""
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    pads = [max((-(-extent // stride) - 1) * stride + kernel - extent, 0) for extent in x.shape[2:]]
    (top, left), (bottom, right) = [p // 2 for p in pads], [p - p // 2 for p in pads]
    return conv(F.pad(x, (left, right, top, bottom)))


class StyleBlock(nn.Module):
    def __init__(self, inputs, out, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, out, kernel, stride, bias=False)
        self.norm = nn.InstanceNorm2d(out, eps=1e-3, affine=True)

    def forward(self, x):
        return self.norm(same_conv(x, self.conv))


class StyleEnlarge(nn.Module):
    def __init__(self, inputs, out):
        super().__init__()
        self.convT = nn.ConvTranspose2d(inputs, out, 3, 2, bias=False)
        self.norm = nn.InstanceNorm2d(out, eps=1e-3, affine=True)

    def forward(self, x):
        return F.relu(self.norm(self.convT(x)[:, :, :-1, :-1]))


class StyleTransfer(nn.Module):
    """lengstrom/fast-style-transfer's transform network."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = StyleBlock(3, 32, 9), StyleBlock(32, 64, 3, 2)
        self.conv3, self.out = StyleBlock(64, 128, 3, 2), StyleBlock(32, 3, 9)
        for i in range(1, 6):
            block = nn.ModuleDict({"a": StyleBlock(128, 128, 3), "b": StyleBlock(128, 128, 3)})
            setattr(self, f"res{i}", block)
        self.up1, self.up2 = StyleEnlarge(128, 64), StyleEnlarge(64, 32)

    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.relu(conv(x))
        for i in range(1, 6):
            block = getattr(self, f"res{i}")
            x = x + block["b"](F.relu(block["a"](x)))
        x = self.out(self.up2(self.up1(x)))
        return (150 * torch.tanh(x) + 127.5).clamp(0, 255)
