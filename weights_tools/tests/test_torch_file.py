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
from lamina_weights.format import Trouble


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


# Checkpoints as torch writes them, spelled in the pickle's own letters: no torch is needed.


def text(value):
    return b"V" + value.encode() + b"\n"


def number(value):
    return b"I%d\n" % value


def group(*parts):
    return b"(" + b"".join(parts) + b"t"


def named(module, name):
    return f"c{module}\n{name}\n".encode()


def entries(items):
    return b"(" + b"".join(text(name) + value for name, value in items.items()) + b"d"


def stored(key, extents, storage="Float", start=0, strides=None):
    """A tensor of storage number `key`, dense unless strides are given."""
    count = int(np.prod(extents))
    strides = strides or [int(np.prod(extents[i + 1 :])) for i in range(len(extents))]
    place = group(
        text("storage"), named("torch", f"{storage}Storage"), text(str(key)), text("cpu"), number(count)
    )
    hooks = named("collections", "OrderedDict") + b")R"
    return (
        named("torch._utils", "_rebuild_tensor_v2")
        + group(
            place + b"Q",
            number(start),
            group(*map(number, extents)),
            group(*map(number, strides)),
            b"I00\n",
            hooks,
        )
        + b"R"
    )


def checkpoint(path, root, *storages):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", b"\x80\x02" + root + b".")
        archive.writestr("net/byteorder", "little")
        for key, data in enumerate(storages):
            archive.writestr(f"net/data/{key}", np.asarray(data).tobytes())
    return path


def pickled(value):
    """A value inside of another pickle: without the protocol in front and the stop behind."""
    return pickle.dumps(value, 2)[2:-1]


NUMBERS = np.arange(12, dtype="<f4")
STATE = entries({"conv.weight": stored(0, [3, 4]), "conv.bias": stored(0, [3], start=2)})
OPTIMISER = entries(
    {
        "state": b"(" + number(0) + entries({"exp_avg": stored(0, [3, 4])}) + b"d",
        "param_groups": b"(" + entries({"lr": pickled(0.1)}) + b"l",
    }
)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".th", ".ckpt", ".bin"])
def test_a_checkpoint_is_read_without_torch(tmp_path, lamina, monkeypatch, suffix):
    monkeypatch.setitem(sys.modules, "torch", None)
    out = tmp_path / "net.safetensors"
    assert lamina("lamina-export", checkpoint(tmp_path / f"n{suffix}", STATE, NUMBERS), out)[0] == 0
    back = files.read(str(out))[0]
    assert np.array_equal(back["conv.weight"].data, NUMBERS.reshape(3, 4))
    assert np.array_equal(back["conv.bias"].data, NUMBERS[2:5])


PLACES = ["params_ema", "params", "ema", "state_dict_ema", "net", "weights", "model_state", "g_ema"]
PLACES += ["state_dict", "model", "model_state_dict", "whatever", "a.b", "model.inner"]


@pytest.mark.parametrize("place", PLACES)
def test_the_state_dict_is_found_wherever_it_is(tmp_path, lamina, place):
    inner = STATE
    for name in reversed([place] if place == "a.b" else place.split(".")):
        inner = entries({name: inner, "step": number(7)})
    # Behind it everything that training scripts put beside it.
    beside = {
        "optimizer": OPTIMISER,
        "best_loss": pickled(np.float64(0.25)),
        "history": pickled(np.arange(3)),
        "nothing": b"N",
        "rng_state": stored(0, [4], "Byte"),
        "milestones": pickled(collections.Counter([3, 5])),
        "callbacks": entries({"ModelCheckpoint": entries({"best_model_score": stored(0, [])})}),
        "hyper_parameters": named("pytorch_lightning.utilities.parsing", "AttributeDict") + b")R",
    }
    whole = inner[:-1] + entries(beside)[1:]
    code, _, err = lamina(
        "lamina-export", checkpoint(tmp_path / "n.ckpt", whole, NUMBERS), tmp_path / "n.safetensors"
    )
    assert code == 0 and f"took the state dict from '{place}'" in err, err
    back = files.read(str(tmp_path / "n.safetensors"))[0]
    assert set(back) == {"conv.weight", "conv.bias"}


def test_several_state_dicts_are_listed_and_key_chooses(tmp_path, lamina, refused):
    small = entries({"conv.weight": stored(0, [2, 2])})
    whole = entries({"params": STATE, "params_ema": small, "deep": entries({"x.y": small})})
    path = checkpoint(tmp_path / "n.pth", whole, NUMBERS)
    sentence = refused("lamina-list", path)
    assert "3 state dicts are in it: 'params' (2 tensors), 'params_ema' (1 tensor)" in sentence
    assert "'deep.x.y' (1 tensor); choose one with --key NAME" in sentence
    for key, count in [("params", 2), ("params_ema", 1), ("deep.x.y", 1)]:
        code, out, _ = lamina("lamina-list", path, "--key", key)
        assert code == 0 and f"{count} tensor" in out
    sentence = refused("lamina-list", path, "--key", "gone")
    assert "--key gone is no dict of tensors in it" in sentence and "'params_ema'" in sentence
    assert lamina("lamina-diff", path, path, "--key", "params")[0] == 0


def test_what_is_no_tensor_is_left_out_and_named(tmp_path, lamina):
    whole = STATE[:-1] + entries({"epoch": number(3), "loss": pickled(np.float64(1)), "x": b"N"})[1:]
    path = checkpoint(tmp_path / "n.pth", whole, NUMBERS)
    code, out, err = lamina("lamina-list", path)
    assert code == 0 and "2 tensors" in out
    assert "left out what is no dense tensor: 'epoch' (int), 'loss' (numpy scalar), 'x' (None)" in err


def test_types_that_lamina_does_not_read_are_left_out_and_named(tmp_path, lamina):
    typed = (
        named("torch._utils", "_rebuild_tensor_v3")
        + group(
            group(
                text("storage"), named("torch.storage", "UntypedStorage"), text("1"), text("cpu"), number(4)
            )
            + b"Q",
            number(0),
            group(number(2)),
            group(number(1)),
            b"I00\n",
            b"N",
            named("torch", "%s"),
        )
        + b"R"
    )
    f8, u16, f4 = (typed.replace(b"%s", n) for n in (b"float8_e4m3fn", b"uint16", b"float4_e2m1fn_x2"))
    state = entries({"a": stored(0, [3]), "f8": f8, "u16": u16, "f4": f4, "i16": stored(0, [2], "Short")})
    path = checkpoint(tmp_path / "n.pth", state, NUMBERS, np.array([0x38, 0xC0, 0x7F, 0], "u1"))
    code, out, err = lamina("lamina-list", path)
    assert code == 0 and "'f4' (float4_e2m1fn_x2)" in err
    assert "f8_e4m3" in out and " u16 " in out and " i16 " in out
    assert files.read(str(path))[0]["f8"].values().tolist() == [1.0, -2.0]
    code, _, err = lamina("lamina-export", path, tmp_path / "n.safetensors", tmp_path / "n.wts")
    assert code == 0 and "left out what Lamina does not read (f8_e4m3 and i16 and u16)" in err
    assert set(files.read(str(tmp_path / "n.safetensors"))[0]) == {"a"}


@pytest.mark.parametrize(
    "state, words",
    [
        (stored(0, [3, 5]), "needs 15 elements, its storage has 12"),
        (stored(0, [3], start=-1), "not whole numbers from 0 on"),
        (stored(0, [3], strides=[-1]), "not whole numbers from 0 on"),
        (stored(9, [3]), "does not read"),
    ],
)
def test_a_tensor_outside_of_its_storage_is_refused(tmp_path, refused, state, words):
    path = checkpoint(tmp_path / "n.pth", entries({"conv.weight": state}), NUMBERS)
    assert words in refused("lamina-list", path) and "'conv.weight'" in refused("lamina-list", path)


def test_nothing_of_a_stand_in_is_called(tmp_path, refused):
    """The classes beside the weights are not made, and no callable in them runs."""
    proof = tmp_path / "it_ran"
    code = f"open({str(proof)!r}, 'w')"
    for call in (
        named("pathlib", "PosixPath") + group(text(str(proof))) + b"R" + b"N" + b"b",
        named("collections", "defaultdict")
        + group(named("builtins", "eval"))
        + b"R"
        + b"("
        + text(code)
        + b"Nu",
        named("builtins", "eval") + group(text(code)) + b"R",
        named("torch.storage", "_load_from_bytes") + group(text(code)) + b"R",
    ):
        whole = STATE[:-1] + entries({"beside": call})[1:]
        path = checkpoint(tmp_path / "n.pth", whole, NUMBERS)
        try:
            files.read(str(path))
        except Trouble as trouble:
            assert "expected plain tensors only" in str(trouble)
        assert not proof.exists()


def test_an_archive_that_is_no_checkpoint_is_told_why(tmp_path, refused):
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/other.txt", "x")
    assert "a zip archive without data.pkl" in refused("lamina-list", path)
    checkpoint(path, STATE, NUMBERS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/data.pkl", pickle.dumps({}, 2))
    assert "2 checkpoints in one archive, expected one" in refused("lamina-list", path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickle.dumps({}, 2))
        archive.writestr("net/byteorder", "big")
    assert "written on a big-endian machine" in refused("lamina-list", path)


def test_damaged_archives_are_told_why(tmp_path, refused, monkeypatch):
    path = checkpoint(tmp_path / "net.pt", STATE)
    assert "does not read" in refused("lamina-list", path)  # without the storage's file
    checkpoint(path, b"}q", NUMBERS)
    assert "does not read as a torch checkpoint" in refused("lamina-list", path)
    monkeypatch.setattr("lamina_weights.checkpoint.MAX_PICKLE_BYTES", 100)
    checkpoint(path, STATE, NUMBERS)
    assert "bytes, expected at most 100" in refused("lamina-list", path)


def test_a_pickle_that_refers_to_no_storage_is_told_why(tmp_path, refused):
    storage = group(text("storage"), named("torch", "FloatStorage"), text("0"), text("cpu"), number(4))
    views = storage[:-1] + group(text("0"), number(0), number(2)) + b"t"
    for place, words in (
        (group(text("module"), text("0")), "refers to something that is no tensor storage"),
        (text("0"), "refers to something that is no tensor storage"),
        (views, "holds views of storages (torch before 0.4)"),
    ):
        path = checkpoint(tmp_path / "net.pt", entries({"conv.weight": place + b"Q"}), NUMBERS)
        assert words in refused("lamina-list", path)


def test_old_pickles_that_torch_did_not_write_are_told_why(tmp_path, refused):
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    version = pickle.dumps(1001, 2)
    little, big = (pickle.dumps({"little_endian": order}, 2) for order in (True, False))
    path = tmp_path / "net.pth"
    for parts, words in (
        ([pickle.dumps({"conv.weight": "x" * 100}, 2)], "a pickle that torch.save did not write"),
        ([magic, version, big, pickle.dumps({}, 2)], "written on a big-endian machine"),
        (
            [magic, version, little, pickle.dumps({}, 2), pickle.dumps({}, 2)],
            "a pickle that torch.save did not write",
        ),
        (
            [magic, version, little, b"\x80\x02" + STATE + b".", pickle.dumps(["0"], 2), b"\7\0\0\0\0\0\0\0"],
            "28 bytes of a storage, the file has 0",
        ),
        (
            [magic, version, little, b"\x80\x02" + STATE + b".", pickle.dumps([], 2)],
            "has no elements in the file (storage '0')",
        ),
    ):
        path.write_bytes(b"".join(parts))
        assert words in refused("lamina-list", path)
    path.write_bytes(b"PK\x03\x04")
    assert "the file was cut short, copy it again" in refused("lamina-list", path)
    path.write_bytes(b"hello")
    assert "does not begin like a torch checkpoint" in refused("lamina-list", path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x02", b"\x80\x02}q\x00.", b"hello"])
def test_what_is_no_checkpoint_is_refused(tmp_path, refused, data):
    path = tmp_path / "net.th"
    path.write_bytes(data)
    refused("lamina-list", path)


# From here on with torch, which wrote the file.


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
        assert np.array_equal(t.values(), state[name].to(torch.float64).numpy().astype(t.values().dtype))
    assert back["wide"].type == "f32" and back["long"].type == "i64"
    assert back["brain"].type == back["scalar_brain"].type == "bf16" and back["half"].type == "f16"


@pytest.mark.parametrize("new_format", [True, False])
def test_optimiser_scheduler_and_numbers_beside_the_tensors(tmp_path, lamina, new_format):
    torch = pytest.importorskip("torch")
    net = torch.nn.Linear(3, 2)
    adam = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3)).sum().backward()
    adam.step()
    steps = torch.optim.lr_scheduler.MultiStepLR(adam, [2, 5])
    whole = {
        "params_ema": net.state_dict(),
        "optimizer": adam.state_dict(),
        "scheduler": steps.state_dict(),
        "best": np.float32(0.5),
        "lr": 0.1,
        "rng": torch.get_rng_state(),
    }
    path = tmp_path / "net.ckpt"
    torch.save(whole, str(path), _use_new_zipfile_serialization=new_format)
    code, out, err = lamina("lamina-list", path)
    assert code == 0 and "2 tensors" in out and "from 'params_ema'" in err


def test_every_kind_of_tensor_reads_as_torch_says(tmp_path):
    torch = pytest.importorskip("torch")
    base = torch.arange(24.0).reshape(4, 6)
    state = {
        "transposed": base.t(),
        "part": base[1:3, 2:5],
        "stretched": base[0, :1].expand(5),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(base.clone()),
        "conjugated": torch.tensor([1 + 2j, 3 - 1j]).conj(),
        "negated": torch.tensor([1 + 2j, 3 - 1j]).conj().imag,
        "truth": torch.tensor([True, False]),
        "short": torch.tensor([-3, 7], dtype=torch.int16),
    }
    state["attribute"] = torch.ones(2)
    state["attribute"].note = 3
    for name, _old in (("float8_e4m3fn", False), ("float8_e5m2", False), ("uint16", False)):
        if hasattr(torch, name):
            state[name] = torch.tensor([0, 1, 2, 3, 7]).to(getattr(torch, name))
    path = tmp_path / "net.pt"
    torch.save(state, str(path))
    back = files.read(str(path))[0]
    assert back.keys() == state.keys()
    for name, value in state.items():
        wanted = value.detach().resolve_conj().resolve_neg()
        if not wanted.is_complex():
            wanted = wanted.to(torch.float64)
        assert back[name].shape == tuple(wanted.shape), name
        assert np.array_equal(back[name].values(), wanted.numpy()), name


def test_every_number_of_the_8_bit_floats(tmp_path):
    torch = pytest.importorskip("torch")
    bits = torch.arange(256, dtype=torch.int32).to(torch.uint8)
    state = {
        name: bits.view(getattr(torch, name))
        for name in ("float8_e4m3fn", "float8_e5m2")
        if hasattr(torch, name)
    }
    if not state:
        pytest.skip("this torch has no 8 bit floats")
    torch.save(state, str(tmp_path / "net.pt"))
    back = files.read(str(tmp_path / "net.pt"))[0]
    for name, value in state.items():
        assert np.array_equal(back[name].values(), value.float().numpy(), equal_nan=True), name


def test_a_module_that_torch_compile_or_lightning_wrapped_is_noted(tmp_path, lamina):
    torch = pytest.importorskip("torch")
    state = {f"model.{name}": value for name, value in torch.nn.Linear(2, 2).state_dict().items()}
    torch.save({"state_dict": state, "epoch": 1}, str(tmp_path / "net.ckpt"))
    _, _, err = lamina("lamina-export", tmp_path / "net.ckpt", tmp_path / "n.safetensors")
    assert "every name begins with 'model.'" in err and "--strip model." in err


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
    assert "it has 'epoch' (int), 'weights' (dict)" in refused("lamina-list", path)
    torch.save([torch.ones(1)], str(path))
    assert "holds a list" in refused("lamina-list", path)
