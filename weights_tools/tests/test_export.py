# SPDX-License-Identifier: Apache-2.0
# Claims about lamina-export: names, types, and that it writes all of its files or none.
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, leftovers
from lamina_weights import files
from lamina_weights.format import tensor


@pytest.fixture
def parallel(save):
    """What DataParallel saves: every name with 'module.' before it."""
    return save(
        "parallel.safetensors",
        {
            "module.conv1.weight": tensor("f32", np.ones((2, 1, 3, 3))),
            "module.bn1.num_batches_tracked": tensor("i64", np.array(7)),
            "module.fc.bias": tensor("f32", np.zeros(4)),
        },
    )


def test_module_is_stripped_only_when_asked(parallel, lamina, tmp_path):
    out = tmp_path / "net.safetensors"
    _, _, err = lamina("lamina-export", parallel, out)
    assert "--strip module." in err
    assert set(files.read(str(out))[0]) == {"module.conv1.weight", "module.fc.bias"}
    _, _, err = lamina("lamina-export", parallel, out, "--strip", "module.")
    assert "--strip" not in err and "dropped 1 num_batches_tracked" in err
    assert set(files.read(str(out))[0]) == {"conv1.weight", "fc.bias"}


@pytest.mark.parametrize("prefix", ["model.", "net.", "_orig_mod.", "module.model."])
def test_every_wrapper_is_noted_like_module(save, lamina, tmp_path, prefix):
    names = ["conv1.weight", "fc.bias"]
    path = save("in.safetensors", {prefix + n: tensor("f32", np.ones(2)) for n in names})
    out = tmp_path / "net.safetensors"
    _, _, err = lamina("lamina-export", path, out)
    assert f"every name begins with '{prefix}'" in err and f"--strip {prefix} would" in err
    assert lamina("lamina-export", path, out, "--strip", prefix)[0] == 0
    assert set(files.read(str(out))[0]) == set(names)
    path = save(
        "in.safetensors", {prefix + "a": tensor("f32", np.ones(2)), "head": tensor("f32", np.ones(2))}
    )
    assert "begins with" not in lamina("lamina-export", path, out)[2]


def test_what_matched_or_described_nothing_is_noted(small, save, lamina, tmp_path):
    path, out = save("in.safetensors", small), tmp_path / "net.safetensors"
    assert "--strip gone. matched no name" in lamina("lamina-export", path, out, "--strip", "gone.")[2]
    assert "--rename gone=x matched no name" in lamina("lamina-export", path, out, "--rename", "gone=x")[2]
    note = lamina("lamina-export", path, tmp_path / "net.weights.hpp")[2]
    assert "the manifest describes net.safetensors, which this run does not write" in note


def test_tied_tensors_are_noted_and_can_be_dropped(save, lamina, tmp_path):
    table = np.arange(12.0).reshape(4, 3)
    other = table.copy()
    other[3, 2] += 1
    path = save(
        "in.safetensors",
        {
            "wte.weight": tensor("f32", table),
            "lm_head.weight": tensor("f32", table),
            "other.weight": tensor("f32", other),
            "half.weight": tensor("f16", table),
            "bias": tensor("f32", np.arange(12.0)),
            "zeros.0": tensor("f32", np.zeros((2, 2))),
            "zeros.1": tensor("f32", np.zeros((2, 2))),
            "none.0": tensor("f32", np.zeros((0, 2))),
            "none.1": tensor("f32", np.zeros((0, 2))),
        },
    )
    out = tmp_path / "net.safetensors"
    err = lamina("lamina-export", path, out)[2]
    assert err.count("tied?") == 1 and " equals " in err
    name = err.partition("--drop ")[2].split()[0]
    assert {name} < {"wte.weight", "lm_head.weight"}
    assert "tied?" not in lamina("lamina-export", path, out, "--drop", name)[2]
    assert name not in files.read(str(out))[0]


def test_a_file_without_tensors_is_refused(save, refused, tmp_path):
    counters = save("in.safetensors", {"bn.num_batches_tracked": tensor("i64", np.array(7))})
    assert "no tensors, expected one at least; check what was saved" in refused(
        "lamina-export", counters, tmp_path / "net.safetensors"
    )
    (tmp_path / "folder.safetensors").mkdir()
    assert "not a regular file; name a file" in refused("lamina-list", tmp_path / "folder.safetensors")


def test_renames_apply_in_order_after_strip(parallel, lamina, tmp_path):
    out = tmp_path / "net.safetensors"
    code, _, err = lamina(
        "lamina-export",
        parallel,
        out,
        "--strip",
        "module.",
        "--rename",
        r"^conv(\d)=stem.\1",
        "--rename",
        "stem=start",
        "--rename",
        "^(?=fc)=head.",
        "--rename",
        "nowhere=x",
    )
    assert code == 0 and "nowhere=x matched no name" in err
    assert set(files.read(str(out))[0]) == {"start.1.weight", "head.fc.bias"}


@pytest.mark.parametrize(
    "rule, words",
    [
        ("conv", "expected REGEX=REPLACEMENT"),
        ("(=x", "expected REGEX=REPLACEMENT"),
        (r"conv=\9", "groups of its regex"),
        (".+=same", "both become 'same'"),
        (".+=", "lost its whole name"),
    ],
)
def test_a_rename_that_cannot_work_is_refused(parallel, refused, tmp_path, rule, words):
    assert words in refused("lamina-export", parallel, tmp_path / "o.safetensors", "--rename", rule)
    assert not (tmp_path / "o.safetensors").exists()


def test_half_writes_every_float_as_f16_and_says_so(small, save, lamina, tmp_path):
    del small["brain"]  # holds inf, which f16 keeps; tested below
    out = tmp_path / "net.safetensors"
    code, _, err = lamina("lamina-export", save("in.safetensors", small), out, "--half")
    assert code == 0 and "f32 and f64 written as f16" in err
    back = files.read(str(out))[0]
    assert {t.type for name, t in back.items()} == {"f16", "i8", "u8", "i32", "i64", "boolean"}
    assert np.array_equal(back["wide"].data, small["wide"].data.astype("f2"))


def test_half_refuses_a_number_that_f16_cannot_hold(save, refused, lamina, tmp_path):
    path = save("in.safetensors", {"a": tensor("f32", np.array([1.0, 70000.0]))})
    assert "'a' holds 70000, f16 ends at 65504" in refused(
        "lamina-export", path, tmp_path / "o.safetensors", "--half"
    )
    path = save("in.safetensors", {"a": tensor("f32", np.array([np.inf, -np.inf]))})
    assert lamina("lamina-export", path, tmp_path / "o.safetensors", "--half")[0] == 0


def test_nan_weights_are_pointed_out(save, lamina, tmp_path):
    path = save("in.safetensors", {"a": tensor("f32", np.array([np.nan]))})
    assert "NaN in 'a'" in lamina("lamina-export", path, tmp_path / "o.safetensors")[2]


def test_three_outputs_of_one_run_describe_each_other(real_weights, lamina, tmp_path):
    outs = [tmp_path / f"net{suffix}" for suffix in (".safetensors", ".wts", ".weights.hpp")]
    assert lamina("lamina-export", real_weights, *outs)[0] == 0
    assert lamina("lamina-diff", outs[0], outs[1])[0] == 0
    again = tmp_path / "again.weights.hpp"
    assert lamina("lamina-manifest", outs[0], again)[0] == 0
    assert outs[2].read_bytes() == again.read_bytes()


def test_the_file_it_reads_may_be_the_file_it_writes(small, save, lamina):
    path = save("net.safetensors", small)
    assert lamina("lamina-export", path, path, "--rename", "^conv1=stem")[0] == 0
    assert "stem.weight" in files.read(str(path))[0]


@pytest.mark.parametrize("out", ["gone/net.safetensors", "file/net.safetensors", "dir.safetensors"])
def test_a_place_that_cannot_be_written_is_named(small, save, refused, tmp_path, out):
    (tmp_path / "file").write_text("")
    (tmp_path / "dir.safetensors").mkdir()
    path = save("in.safetensors", small)
    assert str(tmp_path / out) in refused("lamina-export", path, tmp_path / "ok.wts", tmp_path / out)
    assert not (tmp_path / "ok.wts").exists() and not leftovers(tmp_path)


def test_a_read_only_folder_is_named(small, save, refused):
    path = save("in.safetensors", small)
    assert "cannot be written" in refused("lamina-export", path, "/proc/net.safetensors")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs Linux")
def test_a_full_disk_leaves_the_old_file_and_no_part(save, tmp_path):
    path = save("in.safetensors", {"a": tensor("f32", np.ones(100_000))})
    old = tmp_path / "out.safetensors"
    old.write_bytes(b"what was there before")
    # A limit on file size acts like a full disk: write() fails half way.
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000)); "
        "from lamina_weights.export import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(old)],
        capture_output=True,
        text=True,
        cwd=ROOT / "weights_tools",
    )
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr and "nothing was left there" in done.stderr
    assert old.read_bytes() == b"what was there before" and not leftovers(tmp_path)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((), "required"),
        (("a.pt", "b.tflite"), "expected an output that ends in"),
        (("a.tflite", "b.wts"), "ends in '.tflite'"),
        (("a.wts", "b.safetensors"), "lost its shapes"),
        (("a.pt", "b.wts", "b.wts"), "named twice"),
        (("a.pt", "b.wts", "--hlaf"), "--hlaf"),
    ],
)
def test_wrong_arguments_are_one_sentence(refused, arguments, words):
    assert words in refused("lamina-export", *arguments)


def test_the_safetensors_reserved_name_is_refused(save, refused, tmp_path):
    path = save("in.safetensors", {"a": tensor("f32", np.ones(1))})
    assert "'__metadata__'" in refused(
        "lamina-export", path, tmp_path / "o.safetensors", "--rename", "a=__metadata__"
    )
