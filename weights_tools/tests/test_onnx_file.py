# SPDX-License-Identifier: Apache-2.0
# ONNX files: which tensors are read, under which names, and what the options for them do.
import numpy as np
import pytest
from lamina_weights import files

onnx = pytest.importorskip("onnx")
helper, arrays = onnx.helper, onnx.numpy_helper


def constant(name, values):
    return helper.make_node("Constant", [], [name], value=arrays.from_array(values, name))


@pytest.fixture
def model(tmp_path):
    """y = x w + b with w an initialiser and b of a Constant node, and what is not weights."""
    w = np.arange(6, dtype="float32").reshape(2, 3)
    b = np.array([[1, 2, 3]], "float32")
    nodes = [
        constant("b", b),
        constant("shape", np.array([1, 3])),  # whole numbers of a node are no weights
        constant("epsilon", np.array(1e-5, "float32")),  # nor is a number without axes
        helper.make_node("MatMul", ["x", "w"], ["p"]),
        helper.make_node("Add", ["p", "b"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    x, y = value("x", onnx.TensorProto.FLOAT, [1, 2]), value("y", onnx.TensorProto.FLOAT, [1, 3])
    table = arrays.from_array(np.array([4, 5], "int64"), "table")
    half = arrays.from_array(np.array([0.5], "float16"), "half")
    graph = helper.make_graph(nodes, "g", [x], [y], [arrays.from_array(w, "w"), table, half])
    made = helper.make_model(graph)
    helper.set_model_props(made, {"character": "a\nb"})
    path = tmp_path / "net.onnx"
    onnx.save(made, str(path))
    return path


def test_initialisers_and_constants_with_axes_are_read(model):
    tensors, metadata = files.read(str(model))
    assert {name: (t.type, t.shape) for name, t in tensors.items()} == {
        "w": ("f32", (2, 3)),
        "table": ("i64", (2,)),
        "half": ("f16", (1,)),
        "b": ("f32", (1, 3)),
    }
    assert metadata == {"character": "a\nb"}
    assert (tensors["w"].data == np.arange(6).reshape(2, 3)).all()


def test_export_gives_them_the_shapes_of_pytorch(lamina, model, tmp_path):
    out = tmp_path / "net.safetensors"
    options = ["--rename", "^w$=fc.weight", "--rename", "^b$=fc.bias", "--drop", "^(table|half)$"]
    code, _, err = lamina(
        "lamina-export", model, out, *options, "--transpose", r"fc\.weight", "--squeeze", "bias"
    )
    assert code == 0, err
    tensors, metadata = files.read(str(out))
    assert set(tensors) == {"fc.weight", "fc.bias"} and metadata["character"] == "a\nb"
    assert (tensors["fc.weight"].data == np.arange(6).reshape(2, 3).T).all()
    assert tensors["fc.bias"].shape == (3,)


def test_one_number_keeps_one_axis(lamina, save, tmp_path):
    from lamina_weights.format import tensor

    given = {"bias": tensor("f32", np.ones((1, 1, 1, 1))), "scale": tensor("f32", np.array(2.0))}
    out = tmp_path / "out.safetensors"
    code, _, err = lamina("lamina-export", save("in.safetensors", given), out, "--squeeze", ".")
    assert code == 0, err
    assert {name: t.shape for name, t in files.read(str(out))[0].items()} == {"bias": (1,), "scale": ()}


def test_what_matches_nothing_is_said(lamina, model, tmp_path):
    out = tmp_path / "out.safetensors"
    for option in ("--drop", "--squeeze", "--transpose"):
        code, _, err = lamina("lamina-export", model, out, option, "^nothing$")
        assert code == 0 and f"note: {option} ^nothing$ matched no name" in err


def test_wrong_rules_are_refused(refused, model, tmp_path):
    out = tmp_path / "out.safetensors"
    assert "--drop got '('" in refused("lamina-export", model, out, "--drop", "(")
    sentence = refused("lamina-export", model, out, "--transpose", "^half$")
    assert "'half' has the shape 1, --transpose ^half$ turns matrices only" in sentence


def test_a_damaged_file_is_one_sentence(refused, tmp_path):
    path = tmp_path / "cut.onnx"
    path.write_bytes(b"\x08\x07\x12\xff\xff\x03abc")
    assert "does not read as an ONNX model" in refused("lamina-export", path, tmp_path / "o.safetensors")
    missing = tmp_path / "missing.onnx"
    assert "cannot be read" in refused("lamina-export", missing, tmp_path / "o.safetensors")
