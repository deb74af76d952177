# SPDX-License-Identifier: Apache-2.0
# Claims about tensorrtx's .wts text; mirrors lamina_weights/wts_file.py.
import struct

import numpy as np
import pytest
from lamina_weights import files
from lamina_weights.format import tensor


def test_the_text_is_what_tensorrtx_writes(save, lamina, tmp_path):
    tensors = {
        "fc.weight": tensor("f32", np.array([[1.0, -2.0], [0.5, 0.1]])),
        "fc.bias": tensor("f32", np.array([3.0])),
    }
    out = tmp_path / "net.wts"
    assert lamina("lamina-export", save("net.safetensors", tensors), out)[0] == 0
    # gen_wts.py: '{} {} ' and then ' ' + struct.pack('>f', value).hex() for each value
    lines = [
        f"{name} {t.data.size} "
        + "".join(" " + struct.pack(">f", v).hex() for v in t.data.reshape(-1).tolist())
        for name, t in sorted(tensors.items())
    ]
    assert sorted(out.read_text().splitlines()) == sorted(["2", *lines])
    assert out.read_text().startswith("2\n")


def test_real_weights_are_the_same_as_wts_and_as_safetensors(real_weights, lamina, tmp_path):
    out = tmp_path / "resnet20.wts"
    assert lamina("lamina-export", real_weights, out)[0] == 0
    assert lamina("lamina-diff", real_weights, out)[0] == 0
    ours, theirs = files.read(str(out))[0], files.read(str(real_weights))[0]
    assert list(ours) == list(theirs)
    for name in ours:
        assert ours[name].bytes() == theirs[name].bytes() and len(ours[name].shape) == 1


def test_integers_become_f32_and_it_is_said(small, save, lamina, tmp_path):
    out = tmp_path / "net.wts"
    code, _, err = lamina("lamina-export", save("net.safetensors", small), out)
    assert (code == 0 and "f32 only" in err and "'long'" in err) or "more" in err
    assert files.read(str(out))[0]["long"].data.tolist() == [float(1 << 40)]


@pytest.mark.parametrize(
    "text, words",
    [
        (b"", "line 1 is ''"),
        (b"two\n", "line 1 is 'two'"),
        (b"2\na 1 3f800000\n", "1 tensors, line 1 promises 2"),
        (b"1\na 2 3f800000\n", "line 2: 'a' has 1 values, 2 promised"),
        (b"1\na 1 3f8000\n", "holds '3f8000'"),
        (b"1\na 1 3f80000g\n", "holds '3f80000g'"),
        (b"1\na x 3f800000\n", "followed by 'x'"),
        (b"1\na\n", "followed by ''"),
        (b"2\na 1 3f800000\na 1 3f800000\n", "line 3: 'a' was there before"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_damaged_text_is_refused_with_its_line(tmp_path, refused, text, words):
    path = tmp_path / "net.wts"
    path.write_bytes(text)
    assert words in refused("lamina-list", path)


def test_every_shorter_file_is_refused(tmp_path, refused):
    path = tmp_path / "net.wts"
    whole = b"2\na 2  3f800000 40000000\nb 1  c0000000\n"
    for kept in range(len(whole) - 1):  # without its last line end it is still whole
        path.write_bytes(whole[:kept])
        refused("lamina-list", path)


def test_a_name_with_a_blank_cannot_go_into_wts(save, refused, tmp_path):
    path = save("net.safetensors", {"a b": tensor("f32", np.ones(1))})
    assert "name with a blank" in refused("lamina-export", path, tmp_path / "net.wts")
    assert not (tmp_path / "net.wts").exists()
