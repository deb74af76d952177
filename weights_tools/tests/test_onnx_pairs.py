# SPDX-License-Identifier: Apache-2.0
# ONNX files with QuantizeLinear and DequantizeLinear: floats of their weights, and the ranges of their values.
import numpy as np
import pytest
from lamina_weights import files

onnx = pytest.importorskip("onnx")
helper, arrays = onnx.helper, onnx.numpy_helper


def saved(path, nodes, constants, inputs=("image",)):
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        nodes,
        "g",
        [value(name, onnx.TensorProto.FLOAT, None) for name in inputs],
        [value("y", onnx.TensorProto.FLOAT, None)],
        [arrays.from_array(np.asarray(data), name) for name, data in constants.items()],
    )
    onnx.save(helper.make_model(made), str(path))
    return {name: t.data for name, t in files.read(str(path))[0].items()}


def node(kind, inputs, out, **attributes):
    return helper.make_node(kind, inputs.split(), [out], **attributes)


def stored(x, name):
    return [
        node("QuantizeLinear", f"{x} {name}_s {name}_z", f"{name}_q"),
        node("DequantizeLinear", f"{name}_q {name}_s {name}_z", f"{name}_f"),
    ]


WEIGHT = np.array([[[[3]]], [[[-5]]]], "int8")
RANGES = {"in_s": np.float32(0.5), "in_z": np.uint8(7), "out_s": np.float32(0.25), "out_z": np.int8(-128)}


@pytest.fixture
def convolution(tmp_path):
    """What onnxruntime.quantization writes: int8 weights with a scale an output, an int32 bias."""
    nodes = [
        *stored("image", "in"),
        node("DequantizeLinear", "c.weight_quantized ws wz", "w", axis=0),
        node("DequantizeLinear", "c.bias_quantized bs bz", "b", axis=0),
        node("Conv", "in_f w b", "raw"),
        node("Relu", "raw", "positive"),
        *stored("positive", "out"),
        node("Add", "out_f table", "y"),
    ]
    constants = RANGES | {
        "c.weight_quantized": WEIGHT,
        "ws": np.array([0.5, 2], "float32"),
        "wz": np.zeros(2, "int8"),
        "c.bias_quantized": np.array([8, -4], "int32"),
        "bs": np.array([0.25, 1], "float32"),
        "bz": np.zeros(2, "int32"),
        "table": np.ones((1, 2, 1, 1), "float32"),
    }
    return saved(tmp_path / "net.onnx", nodes, constants)


def test_weights_become_the_floats_that_their_numbers_stand_for(convolution):
    assert set(convolution) == {
        "c.weight",
        "c.bias",
        "table",
        "image.output_scale",
        "image.output_zero_point",
        "c.output_scale",
        "c.output_zero_point",
    }
    assert convolution["c.weight"].dtype == np.float32
    assert convolution["c.weight"].ravel().tolist() == [1.5, -10]
    assert convolution["c.bias"].tolist() == [2, -4]


def test_ranges_are_named_after_the_layer_before_and_are_those_of_u8(convolution):
    assert convolution["image.output_scale"].tolist() == [0.5]
    assert convolution["image.output_zero_point"].tolist() == [7]
    assert convolution["c.output_scale"].tolist() == [0.25]
    assert convolution["c.output_zero_point"].tolist() == [0]  # int8's -128


def test_weights_of_training_are_rounded_as_their_pair_says(tmp_path):
    """torch.onnx's file of a model trained with quantization: floats, then a pair."""
    nodes = [
        node("QuantizeLinear", "fc.weight ws wz", "q", axis=0),
        node("DequantizeLinear", "q ws wz", "w", axis=0),
        node("Gemm", "image w", "y", transB=1),
    ]
    constants = {
        "fc.weight": np.array([[0.6, 900], [-0.24, 0.26]], "float32"),
        "ws": np.array([0.5, 0.125], "float32"),
        "wz": np.zeros(2, "int8"),
    }
    found = saved(tmp_path / "net.onnx", nodes, constants)
    assert set(found) == {"fc.weight"}
    assert found["fc.weight"].tolist() == [[0.5, 63.5], [-0.25, 0.25]]


def test_a_second_value_of_a_layer_gets_a_number(tmp_path):
    constants = RANGES | {"c.weight": np.ones((2, 1, 1, 1), "float32")}
    nodes = [
        node("Conv", "image c.weight", "raw"),
        *stored("raw", "in"),
        node("Sigmoid", "in_f", "gate"),
        *stored("gate", "out"),
        node("Relu", "out_f", "y"),
    ]
    found = saved(tmp_path / "net.onnx", nodes, constants)
    assert found["c.output_scale"].tolist() == [0.5]
    assert found["c.2.output_scale"].tolist() == [0.25]


def test_a_scale_that_the_graph_computes_is_trouble(lamina, tmp_path):
    nodes = [
        node("Abs", "other", "s"),
        node("QuantizeLinear", "image s", "q"),
        node("DequantizeLinear", "q s", "y"),
    ]
    path = tmp_path / "net.onnx"
    with pytest.raises(Exception, match="scale of 'image' is computed in the graph"):
        saved(path, nodes, {"table": np.ones(1, "float32")}, ("image", "other"))
    code, _, err = lamina("lamina-export", path, tmp_path / "net.safetensors")
    assert code == 2 and "quantize with static ranges" in err
