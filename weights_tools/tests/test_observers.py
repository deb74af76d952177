# SPDX-License-Identifier: Apache-2.0
# State dicts of torch.ao.quantization: ranges of values by the names that plans for int8 ask for.
import numpy as np
import pytest
from lamina_weights import files

torch = pytest.importorskip("torch")
pytest.importorskip("torch.ao.quantization")  # later versions of torch leave it to torchao


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.quant = torch.ao.quantization.QuantStub()
        self.conv1 = torch.nn.Conv2d(3, 4, 3)
        self.relu = torch.nn.ReLU()
        self.conv2 = torch.nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.conv2(self.relu(self.conv1(self.quant(x))))


@pytest.fixture
def trained():
    torch.manual_seed(20)
    net = torch.ao.quantization.fuse_modules_qat(Net().train(), ["conv1", "relu"])
    net.qconfig = torch.ao.quantization.get_default_qat_qconfig("fbgemm")
    net = torch.ao.quantization.prepare_qat(net)
    for _ in range(3):
        net(torch.rand(2, 3, 8, 8) - 0.25)
    return net.eval()


def exported(lamina, tmp_path, state):
    torch.save(state, tmp_path / "net.pt")
    code, _, err = lamina("lamina-export", tmp_path / "net.pt", tmp_path / "net.safetensors", "--half")
    assert code == 0, err
    return {name: t.data for name, t in files.read(str(tmp_path / "net.safetensors"))[0].items()}, err


LAYERS = {"conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"}
RANGES = {f"{name}.output_{part}" for name in ("quant", "conv1", "conv2") for part in ("scale", "zero_point")}


def test_ranges_of_training_get_the_names_of_their_layers(lamina, tmp_path, trained):
    found, err = exported(lamina, tmp_path, trained.state_dict())
    assert set(found) == LAYERS | RANGES
    assert "3 ranges of values written" in err
    own = trained.conv1.activation_post_process
    assert found["conv1.output_scale"].dtype == np.float32  # not by --half
    assert found["conv1.output_scale"].tolist() == own.scale.tolist()
    assert found["conv1.output_zero_point"].tolist() == [0]
    assert found["quant.output_zero_point"][0] > 20


def test_a_converted_model_has_floats_of_its_numbers(lamina, tmp_path, trained):
    converted = torch.ao.quantization.convert(trained)
    found, _ = exported(lamina, tmp_path, converted.state_dict())
    assert set(found) == LAYERS | RANGES
    weight = converted.conv1.weight()
    assert weight.qscheme() == torch.per_channel_affine
    assert np.allclose(found["conv1.weight"], weight.dequantize().numpy(), rtol=1e-3)
    assert found["conv2.output_scale"].tolist() == pytest.approx([converted.conv2.scale])


def test_other_scales_stay(lamina, tmp_path):
    state = {"norm.scale": torch.ones(1), "norm.zero_point": torch.zeros(1), "a.weight": torch.ones(2, 2)}
    found, err = exported(lamina, tmp_path, state)
    assert set(found) == set(state)
    assert "ranges" not in err
