# SPDX-License-Identifier: Apache-2.0
"""The networks of bench/compare.py as PyTorch modules, written out for Lamina and its peers.

usage: torch_nets.py --out DIR [--network NAME ...] [--batch 1 8] [--no-onnx] [--shapes] [--list]
needs  torch, torchvision, numpy, safetensors, and onnx without --no-onnx (all from PyPI)

For each network DIR gets
    NAME.safetensors    the weights, under the names that examples/ asks for
    NAME.bN.onnx        the network for batch N, opset 17, with the same weights
    NAME.input.bN.npy   Nx3xHxW, standard normal numbers, or Nx128 token numbers (int32) for BERT;
                        image or text i is the same for every N
    NAME.output.bN.npy  what PyTorch (eager, float32) computes; of several outputs each image's
                        numbers one after another, in the order of OUTPUTS: [N, all]
    NAME.rounding.json  with --rounding: how far PyTorch is off in fewer bits, see rounding.py
    NAME.shapes.onnx    with --shapes: the network with dynamic axes (AXES), for bench/shapes.py
    NAME.made.json      what they were made with; files made the same way are kept

Weights are random with a fixed seed, by torchvision's own constructors. What those leave constant
(biases, class tokens, scales of norms) is drawn too, and batch norms take their statistics from a
few random images, so that activations keep a sane size and nothing is zero. The networks of
examples/ have their real weights where these are found (LAMINA_SHARED_DATA or ../shared/data).
"""

import argparse
import json
import os
import pathlib
import sys

import numpy as np
import torch
import torchvision
from bert_base import BertBase
from rounding import rounding_errors
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples/zoo"))
from torch_rewritten import UNet, YoloV3Tiny  # noqa: E402
from torch_rewritten_misc import Crnn  # noqa: E402

RECIPE = 1  # bump when the same arguments would write something else


def conv_bn(inputs, out, kernel, stride=1, groups=1, dilation=1, norm=nn.BatchNorm2d):
    pad = dilation * (kernel // 2)
    return [nn.Conv2d(inputs, out, kernel, stride, pad, dilation, groups, bias=False), norm(out)]


class ResNet20(nn.Module):
    """examples/resnet20: He et al. 2015, section 4.2, with projection shortcuts."""

    def __init__(self):
        super().__init__()

        def block(i, o, s):
            return torchvision.models.resnet.BasicBlock(
                i, o, s, nn.Sequential(*conv_bn(i, o, 1, s)) if s > 1 else None
            )

        self.conv1, self.bn1 = conv_bn(3, 16, 3)
        self.layer1 = nn.Sequential(*[block(16, 16, 1) for _ in range(3)])
        self.layer2 = nn.Sequential(block(16, 32, 2), block(32, 32, 1), block(32, 32, 1))
        self.layer3 = nn.Sequential(block(32, 64, 2), block(64, 64, 1), block(64, 64, 1))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.fc(x.mean((2, 3)))


class SameConv(nn.Conv2d):
    """TensorFlow's SAME padding: with stride 2 the image is padded below and at the right."""

    def forward(self, x):
        total = [
            max((-(-s // t) - 1) * t + k - s, 0)
            for s, k, t in zip(x.shape[2:], self.kernel_size, self.stride)
        ]
        top, left = (t // 2 for t in total)
        if total[0] % 2 == 0 and total[1] % 2 == 0:
            return F.conv2d(x, self.weight, self.bias, self.stride, (top, left), 1, self.groups)
        x = F.pad(x, (left, total[1] - left, top, total[0] - top))
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, 1, self.groups)


class MobileNetV2TF(nn.Module):
    """examples/mobilenetv2: batch norms folded, 1001 classes."""

    class Block(nn.Module):
        def __init__(self, inputs, expand, out, stride):
            super().__init__()
            wide = inputs * expand
            self.adds = stride == 1 and inputs == out
            if expand > 1:
                self.expand = nn.Conv2d(inputs, wide, 1)
            self.dw = SameConv(wide, wide, 3, stride, groups=wide)
            self.project = nn.Conv2d(wide, out, 1)

        def forward(self, x):
            y = F.relu6(self.expand(x)) if hasattr(self, "expand") else x
            y = self.project(F.relu6(self.dw(y)))
            return x + y if self.adds else y

    def __init__(self):
        super().__init__()
        layers, inputs = [SameConv(3, 32, 3, 2), nn.ReLU6()], 32
        blocks = []
        for expand, out, count, stride in [
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ]:
            for i in range(count):
                blocks.append(self.Block(inputs, expand, out, 1 if i else stride))
                inputs = out
        self.features = nn.ModuleList([layers[0], *blocks, nn.Conv2d(320, 1280, 1)])
        self.classifier = nn.Linear(1280, 1001)

    def forward(self, x):
        x = F.relu6(self.features[0](x))
        for block in self.features[1:18]:
            x = block(x)
        return self.classifier(F.relu6(self.features[18](x)).mean((2, 3)))


class UltraFace(nn.Module):
    """examples/ultraface: an SSD with one receptive field block, version RFB-320."""

    class Basic(nn.Module):
        def __init__(self, inputs, out, kernel, dilation=1, act=False):
            super().__init__()
            self.conv, self.bn = conv_bn(inputs, out, kernel, dilation=dilation)
            self.act = act

        def forward(self, x):
            x = self.bn(self.conv(x))
            return F.relu(x) if self.act else x

    class Field(nn.Module):
        def __init__(self):
            super().__init__()
            basic = UltraFace.Basic
            self.branch0, self.branch1 = (
                nn.Sequential(basic(64, 8, 1), basic(8, 16, 3, act=True), basic(16, 16, 3, d)) for d in (2, 3)
            )
            self.branch2 = nn.Sequential(
                basic(64, 8, 1), basic(8, 12, 3, act=True), basic(12, 16, 3, act=True), basic(16, 16, 3, 5)
            )
            self.ConvLinear, self.shortcut = basic(48, 64, 1), basic(64, 64, 1)

        def forward(self, x):
            joined = torch.cat([self.branch0(x), self.branch1(x), self.branch2(x)], 1)
            return F.relu(self.ConvLinear(joined) + self.shortcut(x))

    def __init__(self):
        super().__init__()

        def separable(i, o, s=1):
            return nn.Sequential(*conv_bn(i, i, 3, s, i), nn.ReLU(), *conv_bn(i, o, 1), nn.ReLU())

        self.base_net = nn.Sequential(
            nn.Sequential(*conv_bn(3, 16, 3, 2), nn.ReLU()),
            separable(16, 32),
            separable(32, 32, 2),
            separable(32, 32),
            separable(32, 64, 2),
            separable(64, 64),
            separable(64, 64),
            self.Field(),
            separable(64, 128, 2),
            separable(128, 128),
            separable(128, 128),
            separable(128, 256, 2),
            separable(256, 256),
        )

        def plain(i, o, s=1):
            return nn.Sequential(nn.Conv2d(i, i, 3, s, 1, groups=i), nn.ReLU(), nn.Conv2d(i, o, 1))

        self.extras = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(256, 64, 1), nn.ReLU(), plain(64, 256, 2), nn.ReLU())]
        )

        def heads(n):
            return nn.ModuleList(
                [plain(64, 3 * n), plain(128, 2 * n), plain(256, 2 * n), nn.Conv2d(256, 3 * n, 3, 1, 1)]
            )

        self.classification_headers, self.regression_headers = heads(2), heads(4)

    def forward(self, x):
        seen = []
        for i, layer in enumerate(self.base_net):
            x = layer(x)
            if i in (7, 10, 12):
                seen.append(x)
        seen.append(self.extras[0](x))

        def rows(x, n):
            return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, n)

        return tuple(
            torch.cat([rows(head(y), n) for head, y in zip(heads, seen)], 1)
            for heads, n in ((self.classification_headers, 2), (self.regression_headers, 4))
        )


def torchvision_net(name, **options):
    return lambda: getattr(torchvision.models, name)(weights=None, **options)


# name -> constructor, shape of one input: a picture's (channels, rows, columns), a text's tokens
PICTURE = (3, 224, 224)
NETWORKS = {
    "resnet18": (torchvision_net("resnet18"), PICTURE),
    "resnet50": (torchvision_net("resnet50"), PICTURE),
    "mobilenet_v2": (torchvision_net("mobilenet_v2"), PICTURE),
    "mobilenet_v3_large": (torchvision_net("mobilenet_v3_large"), PICTURE),
    "squeezenet1_1": (torchvision_net("squeezenet1_1"), PICTURE),
    "vgg16": (torchvision_net("vgg16"), PICTURE),
    "efficientnet_b0": (torchvision_net("efficientnet_b0"), PICTURE),
    "densenet121": (torchvision_net("densenet121"), PICTURE),
    "googlenet": (
        torchvision_net("googlenet", aux_logits=False, transform_input=False, init_weights=True),
        PICTURE,
    ),
    "yolov3_tiny": (YoloV3Tiny, (3, 416, 416)),
    "unet": (UNet, (3, 256, 256)),
    "vit_b_16": (torchvision_net("vit_b_16"), PICTURE),
    "resnet20": (ResNet20, (3, 32, 32)),
    "mobilenetv2": (MobileNetV2TF, PICTURE),
    "ultraface": (UltraFace, (3, 240, 320)),
    "bert_base": (BertBase, (128,)),
    "crnn": (Crnn, (1, 32, 100)),
}
# Axes of the input that change in NAME.shapes.onnx.
AXES = {
    "resnet50": {0: "batch", 2: "height", 3: "width"},
    "yolov3_tiny": {0: "batch", 2: "height", 3: "width"},
    "bert_base": {0: "batch", 1: "length"},
    "crnn": {0: "batch", 3: "width"},
}
VOCABULARY = {"bert_base": BertBase.VOCABULARY}  # of networks that read token numbers
OUTPUTS = {
    "yolov3_tiny": ["coarse", "fine"],
    "unet": ["classes"],
    "ultraface": ["confidences", "locations"],
    "bert_base": ["hidden", "pooled"],
}
TRAINED = {
    "resnet20": ROOT / "examples/resnet20/resnet20_lamina.safetensors",
    "mobilenetv2": "mobilenetv2_imagenet/mobilenetv2_imagenet.safetensors",
    "ultraface": "ultraface_rfb320/ultraface_rfb320.safetensors",
}


def trained_weights(name):
    """The file with real weights, or None."""
    if name not in TRAINED:
        return None
    shared = os.environ.get("LAMINA_SHARED_DATA") or ROOT.parent / "shared" / "data"
    path = pathlib.Path(shared) / TRAINED[name]  # an absolute path stays as it is
    return path if path.is_file() else None


def draw_what_is_constant(net):
    """Biases, scales and tokens that the constructors set to 0 or 1."""
    for module in net.modules():
        is_norm = isinstance(module, (nn.BatchNorm2d, nn.LayerNorm))
        for name, value in module.named_parameters(recurse=False):
            if is_norm and name == "weight":
                nn.init.uniform_(value, 0.5, 1.5)
            elif value.dim() == 1:
                nn.init.normal_(value, std=0.1)
            elif value.min() == value.max():
                nn.init.normal_(value, std=value.shape[-1] ** -0.5)


def calibrate(net, picture):
    """Running statistics: the mean over two batches of random images."""
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for _ in range(2 if norms else 0):
        net(torch.randn(4, *picture))
    net.eval()


def build(name):
    """The module in eval mode, with its weights."""
    torch.manual_seed(list(NETWORKS).index(name) + 1)
    constructor, picture = NETWORKS[name]
    net = constructor().eval()
    if trained_weights(name):
        missing, unused = net.load_state_dict(load_file(trained_weights(name)), strict=False)
        wrong = [m for m in missing if not m.endswith("num_batches_tracked")] + unused
        if wrong:
            raise SystemExit(f"{name}: {trained_weights(name)} does not fit, see {wrong[0]}")
    else:
        draw_what_is_constant(net)
        calibrate(net, picture)
    return net


def images(name, batch):
    source = torch.Generator().manual_seed(1000 + list(NETWORKS).index(name))
    shape = (batch, *NETWORKS[name][1])
    if name in VOCABULARY:
        return torch.randint(VOCABULARY[name], shape, generator=source, dtype=torch.int32)
    return torch.randn(shape, generator=source)


def joined(outputs):
    """One array: the only output, or each image's outputs one after another."""
    if isinstance(outputs, torch.Tensor):
        return outputs
    return torch.cat([y.flatten(1) for y in outputs], 1)


def export(net, name, x, file, axes=None):
    given = "ids" if name in VOCABULARY else "image"
    torch.onnx.export(
        net,
        (x,),
        str(file),
        dynamo=False,
        opset_version=17,
        input_names=[given],
        output_names=OUTPUTS.get(name, ["logits"]),
        dynamic_axes={given: axes} if axes else None,
    )


def outdated(name, out, what):
    """NAME.what and the module with the weights that make() has written, or None twice where the file is newer."""
    file, weights = out / f"{name}.{what}", out / f"{name}.safetensors"
    if file.exists() and file.stat().st_mtime >= weights.stat().st_mtime:
        return None, None
    net = NETWORKS[name][0]().eval()
    net.load_state_dict(load_file(weights), strict=False)
    return file, net


def write_with_axes(name, out):
    file, net = outdated(name, out, "shapes.onnx")
    if file:
        export(net, name, images(name, 2), file, AXES[name])


def write_rounding(name, out):
    file, net = outdated(name, out, "rounding.json")
    if file:
        file.write_text(json.dumps(rounding_errors(net, images(name, 1), joined)) + "\n")


def write(net, name, batch, out, with_onnx):
    x = images(name, batch)
    y = joined(net(x))
    spread = float(y.std())
    if not np.isfinite(spread) or not 1e-4 < spread < 1e4:
        raise SystemExit(f"{name}: the outputs spread by {spread}, about 1 is wanted; see calibrate()")
    np.save(out / f"{name}.input.b{batch}.npy", x.numpy())
    np.save(out / f"{name}.output.b{batch}.npy", y.contiguous().numpy())
    if with_onnx:
        export(net, name, x, out / f"{name}.b{batch}.onnx")
    return spread


def make(name, batches, out, with_onnx=True):
    made = {
        "recipe": RECIPE,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "weights": str(trained_weights(name) or "random"),
    }
    stamp = out / f"{name}.made.json"
    old = json.loads(stamp.read_text()) if stamp.is_file() else {}
    done = set(old.pop("batches", []))
    as_onnx = set(old.pop("onnx", done))
    if old != made:
        done, as_onnx = set(), set()
    missing = sorted(set(batches) - (done & as_onnx if with_onnx else done))
    if not missing:
        return print(f"{name}: kept")
    stamp.unlink(missing_ok=True)
    net = build(name)
    state = {k: v.contiguous() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    save_file(state, out / f"{name}.safetensors")
    for batch in missing:
        spread = write(net, name, batch, out, with_onnx)
        print(f"{name}: batch {batch}, outputs spread by {spread:.3g}", flush=True)
    done, as_onnx = done | set(missing), as_onnx | set(missing if with_onnx else [])
    stamp.write_text(json.dumps({**made, "batches": sorted(done), "onnx": sorted(as_onnx)}) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", type=pathlib.Path, help="folder for the files")
    arguments.add_argument("--network", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    arguments.add_argument("--batch", nargs="+", type=int, default=[1, 8])
    arguments.add_argument("--no-onnx", action="store_true", help="leave the ONNX files out")
    arguments.add_argument("--shapes", action="store_true", help="write NAME.shapes.onnx, too")
    arguments.add_argument("--rounding", action="store_true", help="write NAME.rounding.json, too")
    arguments.add_argument("--list", action="store_true", help="print the names and stop")
    given = arguments.parse_args()
    if given.list:
        return print("\n".join(NETWORKS))
    if not given.out:
        arguments.error("--out names the folder for the files")
    given.out.mkdir(parents=True, exist_ok=True)
    torch.backends.mha.set_fastpath_enabled(False)  # one fused operator that ONNX does not have
    with torch.inference_mode():
        for name in given.network:
            make(name, given.batch, given.out, not given.no_onnx)
            if given.rounding:
                write_rounding(name, given.out)
            if given.shapes:
                write_with_axes(name, given.out)


if __name__ == "__main__":
    sys.exit(main())
