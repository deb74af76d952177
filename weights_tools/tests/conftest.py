# SPDX-License-Identifier: Apache-2.0
# Fixtures of the weights_tools tests: a small model's tensors, and a command run in this process.
# Commands are found through pyproject.toml, so its table of console commands is tested as well.
import importlib
import os
import re
from pathlib import Path

import numpy as np
import pytest
from lamina_weights import files, safetensors_file
from lamina_weights.format import tensor

ROOT = Path(__file__).resolve().parents[2]


def console_commands() -> dict:
    text = (ROOT / "weights_tools" / "pyproject.toml").read_text()
    return dict(re.findall(r'^(lamina-\w+) = "([\w.:]+)"$', text, re.M))


@pytest.fixture
def lamina(capsys):
    """lamina('lamina-list', path) -> (exit code, stdout, stderr)"""

    def call(command, *arguments):
        module, function = console_commands()[command].split(":")
        main = getattr(importlib.import_module(module), function)
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def refused(lamina):
    """Runs a command that must fail: exit code 2, nothing on stdout, one sentence, returned."""

    def call(command, *arguments):
        code, out, err = lamina(command, *arguments)
        sentences = [line for line in err.splitlines() if not line.startswith("note: ")]
        assert (code, out, len(sentences)) == (2, "", 1), (code, out, err)
        assert "Traceback" not in err and "invalid" not in sentences[0] and "!" not in sentences[0]
        return sentences[0]

    return call


@pytest.fixture
def small():
    """Every type of Lamina, odd shapes, a scalar; numbers from a fixed seed (7)."""
    random = np.random.default_rng(7)
    return {
        "conv1.weight": tensor("f32", random.normal(size=(5, 3, 3, 3))),
        "conv1.bias": tensor("f32", random.normal(size=5)),
        "scale": tensor("f32", np.array(0.5)),
        "half": tensor("f16", random.normal(size=(2, 7))),
        "brain": tensor("bf16", np.array([0x3F80, 0xC000, 0x7F80])),  # 1, -2, inf
        "wide": tensor("f64", random.normal(size=3)),
        "small": tensor("i8", np.array([-128, 127])),
        "byte": tensor("u8", np.array([0, 255])),
        "index": tensor("i32", np.array([[1, -1]])),
        "long": tensor("i64", np.array([1 << 40])),
        "mask": tensor("boolean", np.array([True, False, True])),
    }


@pytest.fixture
def save(tmp_path):
    def write(name, tensors, metadata=None):
        path = tmp_path / name
        files.write_together({str(path): safetensors_file.to_chunks(tensors, metadata or {})})
        return path

    return write


@pytest.fixture
def real_weights():
    """The ResNet-20 trained for this project: from the examples, else from the shared data."""
    places = [ROOT / "examples/resnet20/resnet20_lamina.safetensors"]
    if os.environ.get("LAMINA_SHARED_DATA"):
        places.append(Path(os.environ["LAMINA_SHARED_DATA"]) / "resnet20_lamina/resnet20_cifar10.safetensors")
    for place in places:
        if place.is_file():
            return place
    pytest.skip("no ResNet-20 weights here")


def leftovers(folder):
    return [path.name for path in Path(folder).iterdir() if path.name.endswith(".part")]
