# SPDX-License-Identifier: Apache-2.0
# Claims about lamina-list; mirrors lamina_weights/show.py.
import json
import os
import subprocess
import sys

import numpy as np
from conftest import ROOT
from lamina_weights.format import tensor


def test_a_row_holds_type_shape_range_mean_and_nan(save, lamina):
    path = save("net.safetensors", {"a": tensor("f32", np.array([[1.0, np.nan, -3.0, 5.0]]))})
    code, out, _ = lamina("lamina-list", path)
    assert code == 0
    assert out.splitlines()[0].split() == ["name", "dtype", "shape", "min", "max", "mean", "NaN"]
    assert out.splitlines()[1].split() == ["a", "f32", "1x4", "-3", "5", "1", "1"]
    assert out.splitlines()[-1] == "1 tensor, 4 elements, 16 bytes"


def test_json_has_every_type_and_stays_json(small, save, lamina):
    small["nothing"] = tensor("f32", np.ones((0, 3)))
    small["all_nan"] = tensor("f16", np.array([np.nan]))
    code, out, _ = lamina("lamina-list", save("net.safetensors", small, {"who": "test"}), "--json")
    rows = {row["name"]: row for row in json.loads(out)["tensors"]}
    assert code == 0 and rows.keys() == small.keys() and json.loads(out)["metadata"]["who"] == "test"
    assert rows["brain"]["max"] == "inf" and rows["brain"]["min"] == -2
    assert rows["long"] == {
        "name": "long",
        "dtype": "i64",
        "shape": [1],
        "min": 1 << 40,
        "max": 1 << 40,
        "mean": float(1 << 40),
        "nan": 0,
    }
    assert rows["mask"]["mean"] == 2 / 3 and rows["mask"]["max"] == 1
    assert rows["scale"]["shape"] == [] and rows["nothing"]["min"] is None
    assert rows["all_nan"]["nan"] == 1 and rows["all_nan"]["mean"] is None


def test_a_name_cannot_drive_the_terminal(save, lamina):
    path = save("net.safetensors", {"\x1b[2Jgone": tensor("f32", np.ones(1))})
    out = lamina("lamina-list", path)[1]
    assert "\x1b" not in out and "\\x1b[2Jgone" in out


def test_a_full_stdout_is_trouble(small, save):
    if not os.path.exists("/dev/full"):
        return
    path = save("net.safetensors", small)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lamina_weights.show", str(path)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT / "weights_tools",
        )
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
