# SPDX-License-Identifier: Apache-2.0
# Claims about lamina-diff and its exit codes; mirrors lamina_weights/diff.py.
import numpy as np
import pytest
from lamina_weights.format import tensor


def test_a_file_is_the_same_as_itself(small, save, lamina):
    small["nan"] = tensor("f32", np.array([np.nan, np.inf]))
    path = save("a.safetensors", small)
    code, out, _ = lamina("lamina-diff", path, path)
    assert code == 0 and out.startswith("same: 12 and 12 tensors, 12 in both")


def test_every_kind_of_difference_has_its_line(small, save, lamina):
    a = save("a.safetensors", small)
    changed = dict(small)
    changed["layer.conv1.weight"] = changed.pop("conv1.weight")
    changed["half"] = tensor("f32", small["half"].data)
    changed["index"] = tensor("i32", np.array([1, -1]))
    changed["conv1.bias"] = tensor("f32", small["conv1.bias"].data + np.array([0, 0, 0.25, 0, 0]))
    code, out, _ = lamina("lamina-diff", a, save("b.safetensors", changed))
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert code == 1
    assert lines["missing"].endswith("'conv1.weight' 5x3x3x3; nearest is 'layer.conv1.weight'")
    assert lines["extra"].endswith("'layer.conv1.weight' 5x3x3x3; nearest is 'conv1.weight'")
    assert lines["shape"] == "shape    'index' 1x2 and 2"
    assert lines["dtype"] == "dtype    'half' f16 and f32"
    assert "'conv1.bias' differ by 0.25 at [2]" in lines["numbers"]
    assert lines["5"].startswith("5 differences: 11 and 11 tensors, 10 in both")


@pytest.mark.parametrize("tolerance, code", [("0", 1), ("0.4", 1), ("0.5", 0), ("1", 0)])
def test_tolerance_is_the_largest_difference_allowed(save, lamina, tolerance, code):
    a = save("a.safetensors", {"x": tensor("f32", np.array([1.0, 2.0]))})
    b = save("b.safetensors", {"x": tensor("f32", np.array([1.0, 2.5]))})
    assert lamina("lamina-diff", a, b, "--tolerance", tolerance)[0] == code


@pytest.mark.parametrize(
    "one, other",
    [
        (tensor("f32", np.array([np.nan])), tensor("f32", np.array([0.0]))),
        (tensor("f32", np.array([np.inf])), tensor("f32", np.array([-np.inf]))),
        (tensor("i64", np.array([1 << 60])), tensor("i64", np.array([(1 << 60) + 1]))),
        (tensor("boolean", np.array([True])), tensor("boolean", np.array([False]))),
    ],
)
def test_differences_that_arithmetic_hides_are_found(save, lamina, one, other):
    a, b = save("a.safetensors", {"x": one}), save("b.safetensors", {"x": other})
    assert lamina("lamina-diff", a, b)[0] == 1


def test_trouble_is_exit_code_2(small, save, refused, tmp_path):
    a = save("a.safetensors", small)
    refused("lamina-diff", a, tmp_path / "gone.safetensors")
    for tolerance in ("-1", "nan", "x"):
        assert "--tolerance" in refused("lamina-diff", a, a, "--tolerance=" + tolerance)
