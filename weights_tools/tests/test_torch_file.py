# SPDX-License-Identifier: Apache-2.0
# Claims about PyTorch checkpoints; mirrors lamina_weights/torch_file.py.
# What can act is refused before torch is imported, so those tests run without torch too.
import collections
import io
import os
import pickle
import sys
import tarfile
import zipfile

import numpy as np
import pytest

from lamina_weights import files


class Attack:
    """Unpickled, it runs a command that makes a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch '{self.target}'",)


def as_zip(path, data):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", data)
        archive.writestr("net/version", "3\n")
    return path


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_can_act_is_refused_and_not_run(tmp_path, refused, protocol, zipped):
    proof = tmp_path / "it_ran"
    data = pickle.dumps({"conv1.weight": Attack(proof)}, protocol)
    path = tmp_path / "net.pt"
    if zipped:
        as_zip(path, data)
    else:
        path.write_bytes(data)
    sentence = refused("lamina-export", path, tmp_path / "net.safetensors")
    if zipped or protocol:
        assert f"holds '{os.system.__module__}.system', expected plain tensors" in sentence
    assert not proof.exists() and not (tmp_path / "net.safetensors").exists()
    pickle.loads(data)  # the attack itself works, so the test means something
    assert proof.exists()


def test_a_second_pickle_in_the_archive_is_looked_at_too(tmp_path, refused):
    path = as_zip(tmp_path / "net.pt", pickle.dumps({}, 2))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/data.pkl", pickle.dumps(Attack(tmp_path / "it_ran"), 2))
    assert "expected plain tensors" in refused("lamina-list", path)


def test_a_whole_model_is_refused_and_its_class_named(tmp_path, refused):
    path = as_zip(tmp_path / "net.pth", b"\x80\x02ctorchvision.models.resnet\nResNet\n)\x81.")
    sentence = refused("lamina-list", path)
    assert "'torchvision.models.resnet.ResNet'" in sentence and "model.state_dict()" in sentence


def test_torchscript_and_tar_are_refused(tmp_path, refused):
    path = as_zip(tmp_path / "net.pt", pickle.dumps({}, 2))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("net/constants.pkl", pickle.dumps((), 2))
    assert "TorchScript" in refused("lamina-list", path)
    with tarfile.open(tmp_path / "old.pt", "w") as archive:
        archive.addfile(tarfile.TarInfo("pickle"), io.BytesIO())
    assert "tar archive" in refused("lamina-list", tmp_path / "old.pt")


def test_without_torch_one_sentence_says_what_to_do(tmp_path, refused, monkeypatch):
    path = as_zip(tmp_path / "net.pt", pickle.dumps(collections.OrderedDict(), 2))
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "needs torch, which does not import" in refused("lamina-list", path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x02", b"\x80\x02}q\x00.", b"hello"])
def test_what_is_no_checkpoint_is_refused(tmp_path, refused, data):
    path = tmp_path / "net.th"
    path.write_bytes(data)
    refused("lamina-list", path)


# From here on with torch.


def model_state(torch):
    torch.manual_seed(3)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    state = net.state_dict()
    state["transposed"] = torch.arange(6.0).reshape(2, 3).t()
    state["every_second"] = torch.arange(8.0)[::2]
    state["half"] = torch.tensor([1.5, -2.0]).half()
    state["brain"] = torch.tensor([1.0, -2.0]).bfloat16()
    state["scalar_brain"] = torch.tensor(3.0).bfloat16()
    state["wide"] = torch.tensor([0.1], dtype=torch.float64)
    state["long"] = torch.tensor([1 << 40])
    return state


@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_state_dict_becomes_the_same_tensors(tmp_path, lamina, new_format, wrapped):
    torch = pytest.importorskip("torch")
    state = model_state(torch)
    whole = {"state_dict": state, "epoch": 3, "arch": "net"} if wrapped else state
    torch.save(whole, str(tmp_path / "net.pt"), _use_new_zipfile_serialization=new_format)
    out = tmp_path / "net.safetensors"
    code, _, err = lamina("lamina-export", tmp_path / "net.pt", out)
    assert code == 0
    assert "dropped 1 num_batches_tracked" in err and "f64 written as f32: 'wide'" in err
    back = files.read(str(out))[0]
    assert back.keys() == {name for name in state if not name.endswith("num_batches_tracked")}
    for name, t in back.items():
        assert t.shape == tuple(state[name].shape)
        assert np.array_equal(
            t.values(), state[name].to(torch.float64).numpy().astype(t.values().dtype)
        )
    assert back["wide"].type == "f32" and back["long"].type == "i64"
    assert back["brain"].type == back["scalar_brain"].type == "bf16" and back["half"].type == "f16"


def test_a_number_beside_the_tensors_is_read_or_explained(tmp_path, lamina):
    torch = pytest.importorskip("torch")
    torch.save({"state_dict": {"a": torch.ones(1)}, "lr": 0.1}, str(tmp_path / "net.pt"))
    code, _, err = lamina("lamina-list", tmp_path / "net.pt")
    assert code == 0 or "save the state dict alone" in err  # torch 1.13 reads no floats there
    assert "weights_only" not in err


def test_safetensors_own_torch_reader_agrees(tmp_path, lamina):
    torch = pytest.importorskip("torch")
    safetensors_torch = pytest.importorskip("safetensors.torch")
    state = model_state(torch)
    torch.save(state, str(tmp_path / "net.pth"))
    assert lamina("lamina-export", tmp_path / "net.pth", tmp_path / "net.safetensors")[0] == 0
    try:
        back = safetensors_torch.load_file(str(tmp_path / "net.safetensors"))
    except AttributeError as problem:  # this safetensors wants a newer torch
        pytest.skip(str(problem))
    for name, value in back.items():
        assert torch.equal(value, state[name].to(value.dtype))


def test_a_torch_model_saved_whole_is_refused(tmp_path, refused):
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(2, 2), str(tmp_path / "net.pt"))
    assert "'torch.nn.modules.linear.Linear'" in refused("lamina-list", tmp_path / "net.pt")


def test_a_truncated_checkpoint_is_refused(tmp_path, refused):
    torch = pytest.importorskip("torch")
    for new_format in (True, False):
        path = tmp_path / "net.pt"
        torch.save(model_state(torch), str(path), _use_new_zipfile_serialization=new_format)
        whole = path.read_bytes()
        for kept in range(0, len(whole) - 1, max(1, len(whole) // 40)):
            path.write_bytes(whole[:kept])
            refused("lamina-list", path)


def test_an_entry_that_is_no_tensor_is_named(tmp_path, refused):
    torch = pytest.importorskip("torch")
    path = tmp_path / "net.pt"
    torch.save({"epoch": 3, "weights": {}}, str(path))
    assert "'epoch' is a int" in refused("lamina-list", path)
    torch.save([torch.ones(1)], str(path))
    assert "holds a list" in refused("lamina-list", path)
    torch.save({"a": torch.ones(1, dtype=torch.complex64)}, str(path))
    refused("lamina-list", path)
