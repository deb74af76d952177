# SPDX-License-Identifier: Apache-2.0
# Reads a PyTorch checkpoint (.pt, .pth, .th) that holds plain tensors, and refuses any other.
# The pickle inside is read twice: first only listed, by us; then loaded, by torch, weights_only.
from __future__ import annotations

import io
import pickletools
import re
import tarfile
import zipfile
from pathlib import Path
from typing import BinaryIO, Callable

import numpy as np

from .format import Tensor, Trouble, shown, tensor

SUFFIXES = (".pt", ".pth", ".th")
SAVE_HINT = "save it with torch.save(model.state_dict(), FILE)"

# What a state dict of tensors needs, and nothing that can act. Torch's weights_only has had holes
# (TorchScript and tar archives before 2.6), so this list stands before it.
PLAIN = re.compile(
    r"collections OrderedDict"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|parameter)"
    r"|torch (Float|Double|Half|BFloat16|Byte|Char|Short|Int|Long|Bool)Storage"
    r"|torch\.storage (UntypedStorage|TypedStorage|_UntypedStorage|_TypedStorage)"
    r"|torch (Size|float16|float32|float64|bfloat16|u?int8|int16|int32|int64|bool)"
)
MAX_PICKLE_BYTES = 64 << 20  # names and shapes only: a large model needs a few hundred KB
LEGACY_PICKLES = 5  # magic, version, machine, object, storage keys; then raw elements


def refuse_what_can_act(pickle: BinaryIO) -> None:
    """Lists the classes one pickle would make, without making any."""
    words: list[str] = []
    for operation, argument, _ in pickletools.genops(pickle):
        named = None
        if operation.name in ("GLOBAL", "INST"):
            named = str(argument)
        elif operation.name == "STACK_GLOBAL":  # never written by torch.save, which uses protocol 2
            named = " ".join(words[-2:])
        elif operation.name.startswith("EXT"):
            named = f"extension {argument}"
        elif isinstance(argument, str):
            words = (words + [argument])[-2:]
        if named is not None and (operation.name == "STACK_GLOBAL" or not PLAIN.fullmatch(named)):
            raise Trouble(
                f"holds '{shown(named).replace(' ', '.')}', expected plain tensors only; "
                f"nothing in it was run, {SAVE_HINT}"
            )


def check_pickles(path: Path) -> None:
    """Every pickle in the file passes refuse_what_can_act, whichever of torch's formats it is."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            pickles = [entry for entry in archive.infolist() if entry.filename.endswith(".pkl")]
            if any(entry.filename.endswith("constants.pkl") for entry in pickles):
                raise Trouble(f"a TorchScript archive, expected a state dict; {SAVE_HINT}")
            if not any(entry.filename.endswith("/data.pkl") for entry in pickles):
                raise Trouble(f"a zip archive without data.pkl, expected a checkpoint; {SAVE_HINT}")
            for entry in pickles:
                if entry.file_size > MAX_PICKLE_BYTES:
                    raise Trouble(
                        f"its {shown(entry.filename)} has {entry.file_size} bytes, "
                        f"expected at most {MAX_PICKLE_BYTES}; {SAVE_HINT}"
                    )
                refuse_what_can_act(io.BytesIO(archive.read(entry)))
        return
    if tarfile.is_tarfile(path):
        raise Trouble(
            "a tar archive (torch before 0.4), expected a checkpoint of a later torch; "
            "load and save it again with the torch that wrote it"
        )
    with open(path, "rb") as file:
        start = file.read(2)
        if start == b"PK":
            raise Trouble(
                "begins like a torch checkpoint and has no end; "
                "the file was cut short, copy it again"
            )
        if start != b"\x80\x02":
            # Protocols 3 to 5 are no checkpoint, but name what they hold if it is more than data.
            if start[:1] == b"\x80":
                file.seek(0)
                refuse_what_can_act(file)
            raise Trouble(
                f"does not begin like a torch checkpoint (a zip or a pickle); {SAVE_HINT}"
            )
        file.seek(0)
        for number in range(LEGACY_PICKLES):
            refuse_what_can_act(file)
            if number == 0 and file.tell() > 64:  # torch's magic number is the first of five
                raise Trouble(f"a pickle that torch.save did not write; {SAVE_HINT}")


def import_torch():
    try:
        import torch
    except Exception as problem:  # a broken install raises OSError and others too
        raise Trouble(
            f"reading it needs torch, which does not import ({shown(problem)}); "
            "run pip install torch, or export to .safetensors where torch is"
        ) from None
    return torch


def read(path: Path, note: Callable[[str], None] = lambda sentence: None) -> dict[str, Tensor]:
    try:
        check_pickles(path)
    except Trouble:
        raise
    except OSError:
        raise
    except Exception as problem:  # zipfile and pickletools raise many kinds on damaged bytes
        raise Trouble(
            f"does not read as a torch checkpoint ({sentence(problem)}); "
            "the file is damaged or cut short, copy it again"
        ) from None
    torch = import_torch()
    try:
        loaded = torch.load(str(path), map_location="cpu", weights_only=True)
    except TypeError:
        raise Trouble(
            f"torch {torch.__version__} cannot load with weights_only, expected 1.13 or "
            "later; run pip install -U torch"
        ) from None
    except (
        Exception
    ) as problem:  # torch raises RuntimeError, UnpicklingError, EOFError, KeyError...
        if "WeightsUnpickler error" in str(problem):
            # Torch's text advises weights_only=False, which we never pass on. 1.13 reads no floats.
            raise Trouble(
                f"torch {torch.__version__} finds more than plain tensors in it (numbers "
                "of a training script need a later torch than 1.13); save the state dict "
                "alone, with torch.save(model.state_dict(), FILE)"
            ) from None
        raise Trouble(
            f"torch does not load it ({sentence(problem)}); "
            "the file is damaged or cut short, copy it again"
        ) from None
    state = state_dict(loaded, torch, note)
    return {name: from_torch(name, value, torch) for name, value in state.items()}


def sentence(problem: Exception) -> str:
    """The first line of somebody else's message, short enough to stand inside ours."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return shown(lines[0][:120])


def state_dict(loaded: object, torch, note: Callable[[str], None]) -> dict:
    """The dict of tensors: the file's own, or the one a training script put under a known key."""
    if isinstance(loaded, dict):
        for key in ("state_dict", "model_state_dict", "model"):
            if isinstance(loaded.get(key), dict):
                note(f"took the state dict from '{key}'")
                loaded = loaded[key]
                break
    if not isinstance(loaded, dict):
        raise Trouble(f"holds a {type(loaded).__name__}, expected a state dict; {SAVE_HINT}")
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise Trouble(
                f"its entry '{shown(name)}' is a {type(value).__name__}, "
                f"expected tensors only; {SAVE_HINT}"
            )
    return loaded


def from_torch(name: str, value, torch) -> Tensor:
    names = {
        torch.float32: "f32",
        torch.float16: "f16",
        torch.bfloat16: "bf16",
        torch.float64: "f64",
        torch.int8: "i8",
        torch.uint8: "u8",
        torch.int16: "i16",
        torch.int32: "i32",
        torch.int64: "i64",
        torch.bool: "boolean",
    }
    if value.layout != torch.strided or value.is_quantized or value.dtype not in names:
        raise Trouble(
            f"tensor '{shown(name)}' is {value.dtype}, {value.layout}, expected a plain "
            f"dense one of {' '.join(names.values())}; convert it before saving"
        )
    value = value.detach().contiguous()
    bits = value.view(torch.int16) if value.dtype == torch.bfloat16 else value
    try:
        array = bits.numpy()
    except RuntimeError as problem:  # a torch built for numpy 1 beside numpy 2
        raise Trouble(
            f"torch {torch.__version__} and numpy {np.__version__} do not work together "
            f"({sentence(problem)}); install the numpy that this torch wants"
        ) from None
    if value.dtype == torch.bfloat16:
        array = array.view(np.uint16)
    return tensor(names[value.dtype], array)
