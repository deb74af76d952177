# SPDX-License-Identifier: Apache-2.0
# Claims about reading and writing .safetensors; mirrors lamina_weights/safetensors_file.py.
import json
import random

import numpy as np
import pytest
from lamina_weights import files
from lamina_weights.format import Trouble
from safetensors import safe_open


def with_header(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_a_written_file_reads_back_the_same(small, save):
    back, metadata = files.read(str(save("net.safetensors", small, {"who": "test"})))
    assert metadata == {"who": "test"} and back.keys() == small.keys()
    for name, t in small.items():
        assert (back[name].type, back[name].shape, back[name].bytes()) == (t.type, t.shape, t.bytes())


def test_the_safetensors_library_reads_what_was_written(small, save):
    path = save("net.safetensors", small)
    del small["brain"]  # numpy has no bf16; test_torch_file.py reads it through torch
    with safe_open(str(path), "np") as file:
        for name, t in small.items():
            assert np.array_equal(file.get_tensor(name), t.data)
            assert file.get_tensor(name).dtype == t.data.dtype


def test_tensors_are_aligned_and_keep_their_order(small, save):
    path = save("net.safetensors", small)
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    for name, t in small.items():
        assert (8 + length + header[name]["data_offsets"][0]) % t.data.itemsize == 0
    floats = [name for name in header if small[name].type == "f32"]
    assert floats == ["conv1.weight", "conv1.bias", "scale"]


def test_bf16_values_are_widened_exactly(small):
    assert small["brain"].values().tolist() == [1.0, -2.0, np.inf]


@pytest.mark.parametrize(
    "kept, words",
    [
        (0, "does not begin like a safetensors file"),
        (7, "does not begin like a safetensors file"),
        (8, "its header alone needs"),
        (200, "its header alone needs"),
        (-1, "its header describes"),
    ],
)
def test_a_truncated_file_is_refused_with_both_sizes(small, save, refused, kept, words):
    path = save("net.safetensors", small)
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    sentence = refused("lamina-list", path)
    assert sentence.startswith(f"{path}: ") and words in sentence


def test_bytes_behind_the_last_tensor_are_refused(small, save, refused):
    path = save("net.safetensors", small)
    path.write_bytes(path.read_bytes() + b"\0")
    assert "its header describes" in refused("lamina-list", path)


@pytest.mark.parametrize(
    "header, data, words",
    [
        (b"not json", b"", "not the JSON of a safetensors file"),
        (b"[]", b"", "not the JSON of a safetensors file"),
        (b"[" * 9000, b"", "not the JSON of a safetensors file"),
        ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"\0" * 4, "contradicts itself"),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"\0" * 8, "contradicts itself"),
        (
            {
                "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            },
            b"\0" * 4,
            "contradicts itself",
        ),
        (
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
            b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            b"\0" * 4,
            "names 'a' twice",
        ),
        ({"a": {"dtype": "F32", "shape": [1] * 70, "data_offsets": [0, 4]}}, b"\0" * 4, "70 extents"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, refused, header, data, words):
    assert words in refused("lamina-list", with_header(tmp_path / "x.safetensors", header, data))


def test_a_type_that_no_tool_knows_refuses_nothing_else(tmp_path, lamina):
    header = {
        "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "b": {"dtype": "F8_E8M0", "shape": [4], "data_offsets": [4, 8]},
    }
    path = with_header(tmp_path / "x.safetensors", header, b"\0" * 8)
    code, out, err = lamina("lamina-list", path)
    assert code == 0 and "left out what no tool here reads: 'b' (F8_E8M0)" in err
    assert "1 tensor, 1 element, 4 bytes" in out


def test_flipped_bits_end_in_tensors_or_trouble_and_nothing_else(small, save):
    path = save("net.safetensors", small)
    whole = path.read_bytes()
    chance = random.Random(11)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(1000)] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            files.read(str(path))
        except Trouble as trouble:
            assert str(trouble).startswith(str(path))


def test_a_file_that_is_not_there_is_named(tmp_path, refused):
    assert "No such file" in refused("lamina-list", tmp_path / "gone.safetensors")


def test_an_unknown_suffix_is_named(tmp_path, refused):
    assert "ends in '.tflite'" in refused("lamina-list", tmp_path / "net.tflite")
