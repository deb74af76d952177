# SPDX-License-Identifier: Apache-2.0
"""Compares the examples with trained weights of packages with what the packages themselves find.

usage: packages_test.py EXAMPLE PROGRAM      skipped (77) where the package or what it needs is missing
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import wave

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / "examples" / "pictures"
sys.path.insert(0, str(ROOT / "examples"))
sys.path.insert(0, str(ROOT / "examples" / "zoo"))

import packages  # noqa: E402  (of the folder above)


class Skip(Exception):
    """Why a comparison cannot be made here."""


def sound_file():
    """A sound of the shared data, and its samples."""
    import numpy

    folder = pathlib.Path(os.environ.get("LAMINA_SHARED_DATA") or "/nowhere") / "audio"
    found = sorted(folder.glob("*.wav"))
    if not found:
        raise Skip("LAMINA_SHARED_DATA has no audio")
    with wave.open(str(found[0])) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2")
    return found[0], samples.astype("float32") / 32768


def near(name, found, wanted, within):
    import numpy

    found, wanted = numpy.asarray(found, "float64"), numpy.asarray(wanted, "float64")
    assert found.shape == wanted.shape, f"{name}: shape {found.shape}, expected {wanted.shape}"
    off = float(numpy.abs(found - wanted).max(initial=0))
    print(f"{name}: off by at most {off:.3g}, {within:g} is allowed")
    assert off <= within, f"{name} is off by {off:g}, {within:g} is allowed"


def read_text(run, weights):
    from rapidocr_onnxruntime import RapidOCR

    picture = PICTURES / "poster.png"
    expected, _ = RapidOCR()(str(picture))
    found = run("--image", picture, "--weights", weights)["lines"]
    wanted = {text.replace(" ", ""): (box, score) for box, text, score in expected}
    assert {line["text"].replace(" ", "") for line in found} == set(wanted), (found, expected)
    for line in found:
        box, score = wanted[line["text"].replace(" ", "")]
        near(
            line["text"], line["box"], box, 2
        )  # pixels: the boxes are rounded, the contours not quite the same
        near("its score", line["score"], score, 0.03)


def landmarks(run, weights):
    import torch
    import torch_packages
    from PIL import Image

    torch_packages.unstarted("facenet_pytorch")
    from facenet_pytorch.models.mtcnn import MTCNN

    picture = PICTURES / "astronaut.png"
    finder = MTCNN(min_face_size=40, device=torch.device("cpu"))
    boxes, scores, points = finder.detect(Image.open(picture).convert("RGB"), landmarks=True)
    found = run("--image", picture, "--weights", weights)["faces"]
    near("boxes", [face["box"] for face in found], boxes, 0.01)
    near("scores", [face["score"] for face in found], scores, 1e-4)
    near("landmarks", [face["landmarks"] for face in found], [[*p[:, 0], *p[:, 1]] for p in points], 0.01)


def speech(run, weights):
    import torch
    from silero_vad import get_speech_timestamps, load_silero_vad

    path, samples = sound_file()
    model = load_silero_vad()
    found = run("--sound", path, "--weights", weights / "silero_vad.safetensors")
    model.reset_states()
    whole = len(samples) // 512 * 512
    each = [float(model(torch.from_numpy(part.copy()), 16000)) for part in samples[:whole].reshape(-1, 512)]
    near("probabilities", found["probabilities"][: len(each)], each, 1e-4)
    expected = get_speech_timestamps(torch.from_numpy(samples), model, return_seconds=True, time_resolution=3)
    near("starts", [s["start"] for s in found["segments"]], [s["start"] for s in expected], 2e-3)
    near("ends", [s["end"] for s in found["segments"]], [s["end"] for s in expected], 2e-3)


def pitch(run, weights):
    found = run("--weights", weights / "crepe_tiny.safetensors")
    names = [note["name"] for note in found["notes"]]
    assert names == ["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5"], names
    near("starts of notes", [note["start"] for note in found["notes"]], [0.4 * i for i in range(8)], 0.03)


def voices(run, weights):
    import numpy
    from resemblyzer import VoiceEncoder
    from resemblyzer.audio import normalize_volume

    path, samples = sound_file()
    encoder = VoiceEncoder("cpu", verbose=False)
    found = run("--sound", path, "--weights", weights / "voice_encoder.safetensors")
    for i, one in enumerate(found):
        part = samples[i * 48000 : (i + 1) * 48000]
        wanted = encoder.embed_utterance(normalize_volume(part, -30, increase_only=True))
        near(f"the voice at {one['name']}", one["voice"], wanted, 1e-3)
        assert abs(numpy.linalg.norm(one["voice"]) - 1) < 1e-5


def file_types(run, weights):
    from magika import Magika

    files = [ROOT / "README.md", ROOT / "CMakeLists.txt", PICTURES / "chelsea.png", pathlib.Path(__file__)]
    files += [ROOT / "examples" / "run.sh", ROOT / "docs" / "pictures" / "models.svg"]
    magika = Magika()
    labels = ["--labels", weights / "magika.txt"]
    for one, path in zip(
        run(*files, "--weights", weights / "magika.safetensors", *labels), files, strict=True
    ):
        wanted = magika.identify_path(path)
        assert one["type"] == str(wanted.dl.label), (one, wanted.dl.label)
        near(path.name, one["probability"], wanted.score, 1e-3)


NEEDS = {
    "read_text": ["pp_ocr_det", "pp_ocr_cls", "pp_ocr_rec"],
    "landmarks": ["mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"],
    "speech": ["silero_vad"],
    "pitch": ["crepe_tiny"],
    "voices": ["voice_encoder"],
    "file_types": ["magika"],
}


def main(example, program):
    def run(*words):
        done = subprocess.run(
            [program, *map(str, words), "--json"], stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout)

    with tempfile.TemporaryDirectory() as folder:
        try:
            for network in NEEDS[example]:
                packages.convert(network, folder)
            globals()[example](run, pathlib.Path(folder))
        except (ImportError, packages.Missing, Skip) as why:
            print(f"skipped: {why}")
            return 77
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
