# SPDX-License-Identifier: Apache-2.0
# Claims about the manifest header; mirrors lamina_weights/manifest.py.
import hashlib
import shutil
import subprocess

import numpy as np
import pytest
from conftest import ROOT
from lamina_weights.format import TYPES, tensor

GOLDEN = """\
// Names and shapes of tiny-net.v2.safetensors, written by lamina-manifest.
#pragma once
#include <lamina/core/manifest.hpp>
inline constexpr lamina::manifest_entry tiny_net_v2_weights_entries[] = {
    {"conv1.weight", lamina::dtype::f32, {4, 3, 1, 1}},
    {"bias", lamina::dtype::f32, {4}},
    {"scale", lamina::dtype::f32, {}},
    {"half", lamina::dtype::bf16, {2}},
    {"mask", lamina::dtype::boolean, {1}},
};
inline constexpr lamina::manifest tiny_net_v2_weights{"tiny-net.v2.safetensors", "DIGEST", \
tiny_net_v2_weights_entries};
"""


def tiny():
    return {
        "conv1.weight": tensor("f32", np.ones((4, 3, 1, 1))),
        "bias": tensor("f32", np.ones(4)),
        "scale": tensor("f32", np.array(1)),
        "half": tensor("bf16", np.ones(2)),
        "mask": tensor("boolean", np.ones(1)),
    }


def test_the_text_is_exactly_this(save, lamina, tmp_path):
    path = save("tiny-net.v2.safetensors", tiny())
    out = tmp_path / "tiny.weights.hpp"
    assert lamina("lamina-manifest", path, out)[0] == 0
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert out.read_text() == GOLDEN.replace("DIGEST", digest)


def test_name_replaces_the_name_of_the_file(save, lamina, tmp_path):
    out = tmp_path / "tiny.weights.hpp"
    assert lamina("lamina-manifest", save("t.safetensors", tiny()), out, "--name", "my_net")[0] == 0
    assert "manifest my_net{" in out.read_text() and "my_net_entries[]" in out.read_text()


@pytest.mark.parametrize("name", ["2net", "a-b", "a b", "a__b", "_a", "a;int x"])
def test_a_name_that_cxx_would_not_take_is_refused(save, refused, tmp_path, name):
    path = save("t.safetensors", tiny())
    assert "--name is" in refused("lamina-manifest", path, tmp_path / "t.weights.hpp", "--name", name)


def test_other_files_and_files_without_tensors_are_refused(save, refused, tmp_path):
    out = tmp_path / "t.weights.hpp"
    assert "no tensors, expected one at least" in refused("lamina-manifest", save("t.safetensors", {}), out)
    assert "expected IN.safetensors and OUT.weights.hpp" in refused("lamina-manifest", "a.wts", out)


@pytest.mark.parametrize(
    "bad, words", [(tensor("f32", np.ones((1,) * 7)), "'bad' is 1x1x1x1x1x1x1, expected at most 6")]
)
def test_what_lamina_does_not_read_is_refused(save, refused, tmp_path, bad, words):
    path = save("t.safetensors", {"bad": bad})
    assert words in refused("lamina-manifest", path, tmp_path / "t.weights.hpp")
    assert not (tmp_path / "t.weights.hpp").exists()


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_every_element_type_compiles_and_refuses_nothing(save, lamina, tmp_path):
    types = {name: tensor(name, np.ones((2, 3))) for name in TYPES}
    path = save("t.safetensors", types)
    assert lamina("lamina-manifest", path, tmp_path / "t.weights.hpp", "--name", "t")[0] == 0
    checks = "".join(
        f"static_assert(to_text(t.entries[{i}].type) == t.entries[{i}].name);\n" for i in range(len(types))
    )
    (tmp_path / "t.cpp").write_text('#include "t.weights.hpp"\n' + checks)
    done = subprocess.run(
        ["g++", "-std=c++20", "-fsyntax-only", f"-I{ROOT / 'include'}", "t.cpp"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_any_tensor_name_compiles_to_itself(save, lamina, tmp_path):
    name = 'a"b\\c\n1?\u00e9\u202e'
    path = save(
        "t.safetensors",
        {
            name: tensor("f32", np.ones((2, 3))),
            "scalar": tensor("boolean", np.ones(())),
            "void": tensor("f32", np.ones((0, 3))),
        },
    )
    assert lamina("lamina-manifest", path, tmp_path / "t.weights.hpp", "--name", "t")[0] == 0
    spelled = "".join(f'\\x{byte:02x}""' for byte in name.encode())
    (tmp_path / "t.cpp").write_text(
        '#include "t.weights.hpp"\n#include <string_view>\n'
        f'static_assert(t.entries[0].name == std::string_view("{spelled}"));\n'
        "static_assert(t.entries.size() == 3 && t.entries[0].dims.rank == 2);\n"
        "static_assert(t.entries[0].dims[1] == 3 && t.entries[2].dims.rank == 0);\n"
        "static_assert(t.entries[2].type == lamina::dtype::boolean);\n"
        "static_assert(t.entries[1].dims.rank == 2 && t.entries[1].dims.is_empty());\n"
    )
    done = subprocess.run(
        [
            "g++",
            "-std=c++20",
            "-fsyntax-only",
            "-Wall",
            "-Wextra",
            "-Werror",
            f"-I{ROOT / 'include'}",
            "t.cpp",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_committed_manifest_is_fresh(lamina, tmp_path):
    folder = ROOT / "examples/resnet20"
    weights = folder / "resnet20_lamina.safetensors"
    if not weights.is_file():
        pytest.skip("examples/resnet20 is not here")
    out = tmp_path / "resnet20_lamina.weights.hpp"
    assert lamina("lamina-manifest", weights, out)[0] == 0
    assert out.read_bytes() == (folder / "resnet20_lamina.weights.hpp").read_bytes()
