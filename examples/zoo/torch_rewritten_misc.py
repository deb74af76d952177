# SPDX-License-Identifier: Apache-2.0
"""Readers, faces, pictures and videos that no package defines, as PyTorch modules: written after the papers for
check.py."""

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch_rewritten import conv_bn


def named(**parts):
    module = nn.Module()
    for name, part in parts.items():
        module.add_module(name, part)
    return module


class Crnn(nn.Module):
    """Shi et al. 2015, table 1."""

    def __init__(self, classes=37):
        super().__init__()
        widths = [1, 64, 128, 256, 256, 512, 512, 512]
        self.cnn = nn.Module()
        for i in range(7):
            conv = nn.Conv2d(widths[i], widths[i + 1], 2 if i == 6 else 3, 1, 0 if i == 6 else 1)
            self.cnn.add_module(f"conv{i}", conv)
            if i in (2, 4, 6):
                self.cnn.add_module(f"batchnorm{i}", nn.BatchNorm2d(widths[i + 1]))
        self.rnn = nn.ModuleList(
            named(rnn=nn.LSTM(inputs, 256, bidirectional=True), embedding=nn.Linear(512, out))
            for inputs, out in ((512, 256), (256, classes))
        )

    def forward(self, x):
        for i in range(7):
            x = getattr(self.cnn, f"conv{i}")(x)
            if i in (2, 4, 6):
                x = getattr(self.cnn, f"batchnorm{i}")(x)
            x = F.relu(x)
            if i < 2:
                x = F.max_pool2d(x, 2)
            if i in (3, 5):
                x = F.max_pool2d(x, 2, (2, 1), (0, 1))
        x = x.squeeze(2).permute(2, 0, 1)
        for layer in self.rnn:
            x = layer.embedding(layer.rnn(x)[0])
        return x


class LprBlock(nn.Module):
    def __init__(self, inputs, out):
        super().__init__()
        few = out // 4
        self.block = nn.Sequential(
            nn.Conv2d(inputs, few, 1),
            nn.ReLU(),
            nn.Conv2d(few, few, (3, 1), padding=(1, 0)),
            nn.ReLU(),
            nn.Conv2d(few, few, (1, 3), padding=(0, 1)),
            nn.ReLU(),
            nn.Conv2d(few, out, 1),
        )

    def forward(self, x):
        return self.block(x)


class ChannelPool(nn.Module):
    """A 3-D pool whose windows are one channel deep."""

    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, x):
        return F.max_pool3d(x[:, None], (1, 3, 3), self.stride)[:, 0]


class LprNet(nn.Module):
    """Zherzdev and Gruzdev 2018, as its PyTorch form has it."""

    def __init__(self, classes=68):
        super().__init__()

        def normed(width):
            return [nn.BatchNorm2d(width), nn.ReLU()]

        self.backbone = nn.Sequential(
            *[nn.Conv2d(3, 64, 3), *normed(64), ChannelPool((1, 1, 1))],
            *[LprBlock(64, 128), *normed(128), ChannelPool((2, 1, 2))],
            *[LprBlock(64, 256), *normed(256), LprBlock(256, 256), *normed(256), ChannelPool((4, 1, 2))],
            *[nn.Dropout(), nn.Conv2d(64, 256, (1, 4)), *normed(256), nn.Dropout()],
            *[nn.Conv2d(256, classes, (13, 1)), *normed(classes)],
        )
        self.container = nn.Sequential(nn.Conv2d(64 + 128 + 256 + classes, classes, 1))

    def forward(self, x):
        kept = []
        for i, layer in enumerate(self.backbone):
            x = layer(x)
            if i in (2, 6, 13, 22):
                kept.append(x)
        kept[0], kept[1] = F.avg_pool2d(kept[0], 5, 5), F.avg_pool2d(kept[1], 5, 5)
        kept[2] = F.avg_pool2d(kept[2], (4, 10), (4, 2))
        whole = [y / (y**2).mean((1, 2, 3), keepdim=True) for y in kept]
        return self.container(torch.cat(whole, 1)).mean(2)


class IresBlock(nn.Module):
    def __init__(self, inputs, out, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1, self.bn2 = conv_bn(inputs, out, 3)
        self.prelu = nn.PReLU(out)
        self.conv2, self.bn3 = conv_bn(out, out, 3, stride)
        changes = stride != 1 or inputs != out
        self.downsample = nn.Sequential(*conv_bn(inputs, out, 1, stride)) if changes else None

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (self.downsample(x) if self.downsample else x)


class ArcFace(nn.Module):
    """insightface's IResNet: norms before the convolutions."""

    def __init__(self, blocks):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(3, 64, 3)
        self.prelu = nn.PReLU(64)
        inputs = 64
        for stage, count in enumerate(blocks, 1):
            layers = []
            for i in range(count):
                layers.append(IresBlock(inputs, 32 << stage, 2 if i == 0 else 1))
                inputs = 32 << stage
            self.add_module(f"layer{stage}", nn.Sequential(*layers))
        self.bn2, self.fc, self.features = nn.BatchNorm2d(512), nn.Linear(512 * 49, 512), nn.BatchNorm1d(512)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.features(self.fc(self.bn2(x).flatten(1)))


class SuperPoint(nn.Module):
    """DeTone et al. 2018, figure 3."""

    def __init__(self):
        super().__init__()
        shapes = {"1a": (1, 64), "1b": (64, 64), "2a": (64, 64), "2b": (64, 64), "3a": (64, 128)}
        shapes.update(
            {"3b": (128, 128), "4a": (128, 128), "4b": (128, 128), "Pa": (128, 256), "Da": (128, 256)}
        )
        for name, (inputs, out) in shapes.items():
            self.add_module(f"conv{name}", nn.Conv2d(inputs, out, 3, 1, 1))
        self.convPb, self.convDb = nn.Conv2d(256, 65, 1), nn.Conv2d(256, 256, 1)

    def forward(self, x):
        for stage in "1234":
            x = F.relu(getattr(self, f"conv{stage}a")(x))
            x = F.relu(getattr(self, f"conv{stage}b")(x))
            if stage != "4":
                x = F.max_pool2d(x, 2)
        descriptors = self.convDb(F.relu(self.convDa(x)))
        return self.convPb(F.relu(self.convPa(x))), descriptors / descriptors.norm(2, 1, keepdim=True)


class DenseBlock(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(1, 6):
            self.add_module(f"conv{i}", nn.Conv2d(32 + 32 * i, 64 if i == 5 else 32, 3, 1, 1))

    def forward(self, x):
        parts = [x]
        for i in range(1, 5):
            parts.append(F.leaky_relu(getattr(self, f"conv{i}")(torch.cat(parts, 1)), 0.2))
        return 0.2 * self.conv5(torch.cat(parts, 1)) + x


class RealEsrgan(nn.Module):
    """Wang et al. 2018, figure 4: residual in residual dense blocks."""

    def __init__(self, blocks):
        super().__init__()
        self.conv_first = nn.Conv2d(3, 64, 3, 1, 1)
        self.body = nn.ModuleList(
            named(rdb1=DenseBlock(), rdb2=DenseBlock(), rdb3=DenseBlock()) for _ in range(blocks)
        )
        for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
            self.add_module(name, nn.Conv2d(64, 64, 3, 1, 1))
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    def forward(self, x):
        first = x = self.conv_first(x)
        for block in self.body:
            x = 0.2 * block.rdb3(block.rdb2(block.rdb1(x))) + x
        x = first + self.conv_body(x)
        for conv in (self.conv_up1, self.conv_up2):
            x = F.leaky_relu(conv(F.interpolate(x, scale_factor=2)), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(x), 0.2))


class Dcgan(nn.Module):
    """Radford et al. 2015: the generator."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 100
        for i, out in enumerate((512, 256, 128, 64)):
            conv = nn.ConvTranspose2d(inputs, out, 4, 2 if i else 1, 1 if i else 0, bias=False)
            layers += [conv, nn.BatchNorm2d(out), nn.ReLU()]
            inputs = out
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, x):
        return self.main(x)


class U2Conv(nn.Module):
    def __init__(self, inputs, out, dilation=1):
        super().__init__()
        self.conv_s1 = nn.Conv2d(inputs, out, 3, padding=dilation, dilation=dilation)
        self.bn_s1 = nn.BatchNorm2d(out)

    def forward(self, x):
        return F.relu(self.bn_s1(self.conv_s1(x)))


def stretched(x, like):
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


def halved(x):
    return F.max_pool2d(x, 2, 2, ceil_mode=True)


class Rsu(nn.Module):
    """A U of some levels and its input; `flat` dilates where others pool."""

    def __init__(self, height, inputs, inner, out, flat=False):
        super().__init__()
        self.height, self.flat = height, flat
        self.rebnconvin = U2Conv(inputs, out)
        for i in range(1, height + 1):
            dilation = 2 ** (i - 1) if flat else (2 if i == height else 1)
            self.add_module(f"rebnconv{i}", U2Conv(out if i == 1 else inner, inner, dilation))
        for i in range(1, height):
            dilation = 2 ** (i - 1) if flat else 1
            self.add_module(f"rebnconv{i}d", U2Conv(2 * inner, inner if i > 1 else out, dilation))

    def forward(self, x):
        first = y = self.rebnconvin(x)
        down = []
        for i in range(1, self.height):
            y = getattr(self, f"rebnconv{i}")(y if self.flat or i == 1 else halved(y))
            down.append(y)
        y = getattr(self, f"rebnconv{self.height}")(y)
        for i in range(self.height - 1, 0, -1):
            y = y if self.flat else stretched(y, down[i - 1])
            y = getattr(self, f"rebnconv{i}d")(torch.cat([y, down[i - 1]], 1))
        return y + first


class U2Net(nn.Module):
    """Qin et al. 2020, figure 5."""

    def __init__(self, small=False):
        super().__init__()
        heights, flat = (7, 6, 5, 4, 4, 4), (False, False, False, False, True, True)
        inner = (16,) * 6 if small else (32, 32, 64, 128, 256, 256)
        outs = (64,) * 6 if small else (64, 128, 256, 512, 512, 512)
        back = (16,) * 5 if small else (16, 32, 64, 128, 256)
        back_outs = (64,) * 5 if small else (64, 64, 128, 256, 512)
        for i in range(6):
            inputs = 3 if i == 0 else outs[i - 1]
            self.add_module(f"stage{i + 1}", Rsu(heights[i], inputs, inner[i], outs[i], flat[i]))
            side = back_outs[i] if i < 5 else outs[5]
            self.add_module(f"side{i + 1}", nn.Conv2d(side, 1, 3, padding=1))
        for i in range(5):
            below = back_outs[i + 1] if i < 4 else outs[5]
            self.add_module(
                f"stage{i + 1}d", Rsu(heights[i], below + outs[i], back[i], back_outs[i], flat[i])
            )
        self.outconv = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        down = []
        for i in range(6):
            x = getattr(self, f"stage{i + 1}")(x if i == 0 else halved(x))
            down.append(x)
        levels = [x]
        for i in range(4, -1, -1):
            x = getattr(self, f"stage{i + 1}d")(torch.cat([stretched(x, down[i]), down[i]], 1))
            levels.append(x)
        sides = [getattr(self, f"side{i + 1}")(levels[5 - i]) for i in range(6)]
        return torch.sigmoid(
            self.outconv(torch.cat([sides[0], *(stretched(s, sides[0]) for s in sides[1:])], 1))
        )


class Tsm(nn.Module):
    """Lin et al. 2018: shifts before the first convolution of each block of a ResNet-50."""

    def __init__(self, frames=8, classes=400):
        super().__init__()
        self.frames = frames
        for name, part in torchvision.models.resnet50(weights=None).named_children():
            if name != "fc":
                self.add_module(name, part)
        self.new_fc = nn.Linear(2048, classes)

    def shifted(self, x):
        video = x.unflatten(0, (-1, self.frames))
        part = x.shape[1] // 8
        out = video.clone()
        out[:, :, : 2 * part] = 0
        out[:, :-1, :part] = video[:, 1:, :part]
        out[:, 1:, part : 2 * part] = video[:, :-1, part : 2 * part]
        return out.flatten(0, 1)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            for block in stage:
                y = F.relu(block.bn1(block.conv1(self.shifted(x))))
                y = block.bn3(block.conv3(F.relu(block.bn2(block.conv2(y)))))
                x = F.relu(y + (block.downsample(x) if block.downsample else x))
        each = self.new_fc(x.mean((2, 3)))
        return each.unflatten(0, (-1, self.frames)).mean(1)


class Csra(nn.Module):
    """Zhu and Wu 2021: ResNet-101, one head, lambda 0.1."""

    def __init__(self, classes=80):
        super().__init__()
        for name, part in torchvision.models.resnet101(weights=None).named_children():
            if name not in ("fc", "avgpool"):
                self.add_module(name, part)
        self.classifier = named(
            multi_head=nn.ModuleList([named(head=nn.Conv2d(2048, classes, 1, bias=False))])
        )

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        head = self.classifier.multi_head[0].head
        lengths = head.weight.flatten(1).norm(dim=1)
        score = (head(x) / lengths[None, :, None, None]).flatten(2)
        return score.mean(2) + 0.1 * score.amax(2)


class OpenPose(nn.Module):
    """Cao et al. 2017, figure 3: a VGG and six stages of two branches."""

    def __init__(self):
        super().__init__()
        shapes = {}
        inputs = 3
        for stage, (count, width) in enumerate(((2, 64), (2, 128), (4, 256), (2, 512)), 1):
            for i in range(1, count + 1):
                shapes[f"conv{stage}_{i}"] = (inputs, width)
                inputs = width
        shapes.update({"conv4_3_CPM": (512, 256), "conv4_4_CPM": (256, 128)})
        self.model0 = named(**{name: nn.Conv2d(i, o, 3, 1, 1) for name, (i, o) in shapes.items()})
        for side, out in ((1, 38), (2, 19)):
            self.add_module(
                f"model1_{side}", self.branch(f"conv5_{{}}_CPM_L{side}", 128, [3, 3, 3, 1], 512, out)
            )
            for stage in range(2, 7):
                pattern = f"Mconv{{}}_stage{stage}_L{side}"
                self.add_module(f"model{stage}_{side}", self.branch(pattern, 185, [7] * 5 + [1], 128, out))

    @staticmethod
    def branch(pattern, inputs, kernels, last, out):
        parts = {}
        for i, kernel in enumerate(kernels, 1):
            width = last if i == len(kernels) else 128
            parts[pattern.format(i)] = nn.Conv2d(inputs, width, kernel, 1, kernel // 2)
            inputs = width
        parts[pattern.format(len(kernels) + 1)] = nn.Conv2d(inputs, out, 1)
        return named(**parts)

    def run(self, branch, x):
        layers = list(branch.children())
        for layer in layers[:-1]:
            x = F.relu(layer(x))
        return layers[-1](x)

    def forward(self, x):
        for name, layer in self.model0.named_children():
            if name in ("conv2_1", "conv3_1", "conv4_1"):
                x = F.max_pool2d(x, 2)
            x = F.relu(layer(x))
        fields, joints = self.run(self.model1_1, x), self.run(self.model1_2, x)
        for stage in range(2, 7):
            both = torch.cat([fields, joints, x], 1)
            fields = self.run(getattr(self, f"model{stage}_1"), both)
            joints = self.run(getattr(self, f"model{stage}_2"), both)
        return fields, joints
