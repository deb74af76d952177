# SPDX-License-Identifier: Apache-2.0
"""The Python environment that holds the peers: made when it is missing, then entered."""

import importlib.util
import os
import pathlib
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).resolve().parent / "requirements.txt"
MODULES = ["onnxruntime", "openvino", "ncnn", "MNN", "torch", "torchvision", "onnx", "safetensors", "numpy"]
# What only one peer needs.
MODULE_PEERS = {"onnxruntime": "onnxruntime", "openvino": "openvino", "ncnn": "ncnn", "MNN": "mnn"}
GPU_MODULES = ["torch", "torchvision", "safetensors", "numpy"]


def enter_environment(folder, modules=MODULES, make=True):
    """Returns in a Python that has the peers: this one, or that of `folder`, which starts this script anew.
    Without `make` it has to be this one."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if not make:
        sys.exit(
            f"{sys.executable} lacks {', '.join(missing)}, and --no-venv says to make no environment; install"
            " them or leave --no-venv out"
        )
    python = pathlib.Path(folder) / "bin/python"
    if pathlib.Path(sys.prefix).resolve() == pathlib.Path(folder).resolve():
        sys.exit(
            f"{folder} lacks {', '.join(missing)}; remove the folder and it is made again, or run"
            f" {python} -m pip install -r {REQUIREMENTS}"
        )
    if not python.exists():
        print(f"making {folder} with the packages of {REQUIREMENTS} (about 6 GB)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS], check=True)
    os.execv(python, [str(python), *sys.argv])
