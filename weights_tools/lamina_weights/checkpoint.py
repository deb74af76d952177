# SPDX-License-Identifier: Apache-2.0
# Opens a PyTorch checkpoint (.pt, .pth, .th, .ckpt, .bin) without torch: the pickle is read with
# stand-ins for the few classes that plain tensors need, and nothing of the file's is ever called.
# torch_file.py looks for the state dict in what comes out.
from __future__ import annotations

import io
import pickle
import re
import tarfile
import zipfile
from pathlib import Path
from typing import BinaryIO, Optional

import numpy as np

from .format import TYPES, Trouble, shown, tensor

SAVE_HINT = "save it with torch.save(model.state_dict(), FILE)"

# torch's name of an element type -> ours, and the name of its storage class.
ELEMENTS = {
    "float32": ("f32", "Float"),
    "float64": ("f64", "Double"),
    "float16": ("f16", "Half"),
    "bfloat16": ("bf16", "BFloat16"),
    "uint8": ("u8", "Byte"),
    "int8": ("i8", "Char"),
    "int16": ("i16", "Short"),
    "int32": ("i32", "Int"),
    "int64": ("i64", "Long"),
    "bool": ("boolean", "Bool"),
    "complex64": ("c64", "ComplexFloat"),
    "uint16": ("u16", None),
    "uint32": ("u32", None),
    "uint64": ("u64", None),
    "float8_e4m3fn": ("f8_e4m3", None),
    "float8_e5m2": ("f8_e5m2", None),
}
STORAGES = {f"{short}Storage": name for name, short in ELEMENTS.values() if short}
# Tensors of torch.quantize_per_tensor and _per_channel: whole numbers with scales.
STORAGES |= {"QInt8Storage": "i8", "QUInt8Storage": "u8", "QInt32Storage": "i32"}

# Classes that training scripts put beside the weights. None of them is made: an object of such a
# class becomes a Standin, which keeps its class's name. Anything else refuses the file.
BESIDE = re.compile(
    r"torch (Tensor|Generator|device|\w*Storage|memory_format|contiguous_format|strided"
    r"|per_(tensor|channel)_\w+|q?u?int\w+|float\w+|complex\w+|bits\w+)"
    r"|torch\._utils _rebuild_(sparse_tensor|sparse_csr_tensor|meta_tensor_no_storage)"
    r"|torch\.(nn\.parameter (Parameter|Buffer)|serialization _get_layout|storage \w+)"
    r"|numpy(\._?core\.(multiarray|numeric))? (scalar|_reconstruct|_frombuffer|dtype|ndarray)"
    r"|numpy\.dtypes \w+|numpy (bool_?|u?int\d+|float\d+)"
    r"|_codecs encode"
    r"|collections (Counter|defaultdict|deque)"
    r"|(builtins|__builtin__) (int|float|bool|str|list|dict|tuple|set|frozenset|bytearray|complex"
    r"|slice|range|xrange|unicode|long)"
    r"|datetime (date|datetime|time|timedelta|timezone)"
    r"|pathlib(\._local)? \w*Path|argparse Namespace|types SimpleNamespace|enum auto"
    r"|(pytorch_lightning|lightning|lightning_fabric|omegaconf)[\w.]* \w+"
    r"|typing Any"
)
MAX_PICKLE_BYTES = 64 << 20  # names and shapes only: a large model needs a few hundred KB


class Standin:
    """Stands for an object of a class that is not created: it accepts whatever a pickle does to it."""

    def __init__(self, *_, **__):
        pass

    def __setstate__(self, _):
        pass

    def __setitem__(self, _, __):
        pass

    def append(self, _):
        pass

    def extend(self, _):
        pass

    add = append


class Ordered(dict):
    """collections.OrderedDict; the attributes that torch hangs on it (_metadata) are not kept."""

    def __setstate__(self, _):
        pass


class Element(str):
    """An element type by torch's name, as the later rebuild functions are given it."""


class Stored:
    """A dense tensor, read from its storage on demand."""

    def __init__(self, storage, element, offset, shape, strides, views):
        self.storage, self.element, self.offset = storage, element, offset
        self.shape, self.strides, self.views = tuple(shape), tuple(strides), views or {}

    def read(self):
        kind = TYPES[self.element][1]
        raw = self.storage.bytes()
        count = len(raw) // np.dtype(kind).itemsize
        flat = np.frombuffer(raw, kind, count)
        numbers = (self.offset, *self.shape, *self.strides)
        if len(self.shape) != len(self.strides) or any(not isinstance(n, int) or n < 0 for n in numbers):
            raise Trouble("has extents or strides that are not whole numbers from 0 on")
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides))
        if 0 not in self.shape and last >= count:
            raise Trouble(f"needs {last + 1} elements, its storage has {count}")
        if 0 in self.shape:
            return tensor(self.element, np.zeros(self.shape, kind))
        data = np.lib.stride_tricks.as_strided(
            flat[self.offset :], self.shape, [s * flat.itemsize for s in self.strides]
        )
        if self.views.get("conj"):
            data = np.conj(data)
        if self.views.get("neg"):
            data = -data
        return tensor(self.element, np.ascontiguousarray(data).reshape(self.shape))


class Storage:
    """The elements that tensors share: `element` is None where each tensor says its own."""

    def __init__(self, element: str | None, key: str):
        self.element, self.key = element, key
        self.load = None  # set once it is known where the bytes lie
        self.kept: bytes | None = None

    def bytes(self) -> bytes:
        if self.kept is None:
            if self.load is None:
                raise Trouble(f"has no elements in the file (storage '{shown(self.key)}')")
            self.kept = self.load()
        return self.kept


Storages = dict[tuple[str, Optional[str]], Storage]  # one key may be seen as several types


def rebuilt(storage, offset, shape, strides, *rest):
    """torch._utils._rebuild_tensor and _v2(..., requires_grad, hooks, views)."""
    if not isinstance(storage, Storage) or storage.element is None:
        return Unread("of an unknown type")
    views = rest[2] if len(rest) > 2 and isinstance(rest[2], dict) else None
    return Stored(storage, storage.element, offset, shape, strides, views)


def rebuilt_typed(storage, offset, shape, strides, _, __, element, views=None):
    """torch._utils._rebuild_tensor_v3: the tensor names its element type."""
    if not isinstance(storage, Storage) or element not in ELEMENTS:
        return Unread(str(element))
    return Stored(storage, ELEMENTS[element][0], offset, shape, strides, views)


class Quantized(Stored):
    """A tensor of whole numbers with a scale and a zero point, for all or along an axis; read as floats."""

    def __init__(self, stored: Stored, parameters: tuple):
        super().__init__(stored.storage, stored.element, stored.offset, stored.shape, stored.strides, None)
        self.parameters = parameters
        self.numbers, self.element = self.element, "f32"  # what candidates() sees

    def read(self):
        self.element = self.numbers
        whole = super().read().data.astype("<i8")
        self.element = "f32"
        _, scale, zero, *axis = self.parameters
        if axis:  # by channel
            shape = [-1 if i == axis[0] else 1 for i in range(whole.ndim)]
            scale, zero = (part.read().values().reshape(shape) for part in (scale, zero))
        return tensor("f32", ((whole - np.asarray(zero).astype("<i8")) * np.asarray(scale)).astype("<f4"))


def rebuilt_quantized(storage, offset, shape, strides, parameters, *_):
    """torch._utils._rebuild_qtensor: parameters are the scheme, scales, zero points, and the axis of channels."""
    stored = rebuilt(storage, offset, shape, strides)
    if not isinstance(stored, Stored) or not isinstance(parameters, tuple) or len(parameters) not in (3, 4):
        return Unread("of an unknown type")
    return Quantized(stored, parameters)


class Unread(Standin):
    """A tensor of an element type that these tools do not know."""

    def __init__(self, element: str = ""):
        super().__init__()
        self.element = element


def parameter(data, *_):
    return data


def from_type(function, _, arguments, __):
    return function(*arguments) if function in REBUILD else Standin()


MAKERS = {
    "collections OrderedDict": Ordered,
    "torch Size": tuple,
    "torch._utils _rebuild_tensor": rebuilt,
    "torch._utils _rebuild_tensor_v2": rebuilt,
    "torch._utils _rebuild_tensor_v3": rebuilt_typed,
    "torch._utils _rebuild_qtensor": rebuilt_quantized,
    "torch._utils _rebuild_parameter": parameter,
    "torch._utils _rebuild_parameter_with_state": parameter,
    "torch._tensor _rebuild_from_type_v2": from_type,
}
REBUILD = (rebuilt, rebuilt_typed, parameter)


class Reader(pickle.Unpickler):
    """Unpickles with the stand-ins above; `storages` collects what tensors refer to."""

    def __init__(self, file: BinaryIO, storages: Storages):
        super().__init__(file, encoding="utf-8")
        self.storages = storages

    def find_class(self, module: str, name: str):
        full = f"{module} {name}"
        if full in MAKERS:
            return MAKERS[full]
        if module == "torch" and name in ELEMENTS:
            return Element(name)
        if module in ("torch", "torch.cuda") and name in STORAGES:
            return type(name, (Standin,), {"element": STORAGES[name]})
        if module == "torch" and re.fullmatch(r"(q?u?int|float|bfloat|complex|bits)\w*", name):
            return Element(name)
        if BESIDE.fullmatch(full):
            return type(name, (Standin,), {"__module__": module})
        raise Trouble(
            f"holds '{shown(full).replace(' ', '.')}', expected plain tensors only; "
            f"nothing in it was run, {SAVE_HINT}"
        )

    def persistent_load(self, pid):
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise Trouble(f"refers to something that is no tensor storage; {SAVE_HINT}")
        key = str(pid[2])
        if len(pid) > 5 and pid[5] is not None:
            raise Trouble("holds views of storages (torch before 0.4); load and save it again with torch")
        element = getattr(pid[1], "element", None)
        return self.storages.setdefault((key, element), Storage(element, key))


def from_zip(path: Path) -> object:
    """torch 1.6 and later: one pickle, and a file for each storage."""
    archive = zipfile.ZipFile(path)  # stays open: storages are read on demand
    names = archive.namelist()
    if any(name.endswith("constants.pkl") for name in names):
        raise Trouble(f"a TorchScript archive, expected a state dict; {SAVE_HINT}")
    pickles = [entry for entry in archive.infolist() if entry.filename.endswith(".pkl")]
    roots = [entry for entry in pickles if entry.filename.endswith("/data.pkl")]
    if not roots:
        raise Trouble(f"a zip archive without data.pkl, expected a checkpoint; {SAVE_HINT}")
    for entry in pickles:
        if entry.file_size > MAX_PICKLE_BYTES:
            raise Trouble(
                f"its {shown(entry.filename)} has {entry.file_size} bytes, "
                f"expected at most {MAX_PICKLE_BYTES}; {SAVE_HINT}"
            )
    loaded = []
    for entry in pickles:  # all of them, so that a message can name what they contain
        storages: Storages = {}
        loaded.append((entry, Reader(io.BytesIO(archive.read(entry)), storages).load()))
        folder = entry.filename[: -len("data.pkl")]
        for (key, _), storage in storages.items():
            storage.load = lambda name=f"{folder}data/{key}": archive.read(name)
    order = roots[0].filename[: -len("data.pkl")] + "byteorder"
    if order in names and archive.read(order) != b"little":
        raise Trouble("written on a big-endian machine; load and save it again on another")
    if len(roots) > 1:
        raise Trouble(f"{len(roots)} checkpoints in one archive, expected one; {SAVE_HINT}")
    return next(value for entry, value in loaded if entry is roots[0])


def from_pickles(path: Path) -> object:
    """torch before 1.6: five pickles (magic, version, machine, object, storage keys), then for each
    storage its number of elements and they themselves."""
    with open(path, "rb") as file:
        storages: Storages = {}
        load = Reader(file, storages).load
        load()
        if file.tell() > 64:  # torch's magic number is the first of five
            raise Trouble(f"a pickle that torch.save did not write; {SAVE_HINT}")
        Reader(file, storages).load()
        machine = Reader(file, storages).load()
        if isinstance(machine, dict) and machine.get("little_endian") is False:
            raise Trouble("written on a big-endian machine; load and save it again on another")
        loaded = Reader(file, storages).load()
        keys = Reader(file, storages).load()
        if not isinstance(keys, list):
            raise Trouble(f"a pickle that torch.save did not write; {SAVE_HINT}")
        for key in keys:
            same = [storage for (name, _), storage in storages.items() if name == str(key)]
            element = same[0].element
            size = np.dtype(TYPES[element][1]).itemsize if element else 1
            count = int.from_bytes(exactly(file, 8), "little")
            data = exactly(file, count * size)
            for storage in same:
                storage.kept = data
    return loaded


def exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count) if count < 1 << 48 else b""
    if len(data) != count:
        raise EOFError(f"{count} bytes of a storage, the file has {len(data)}")
    return data


def open_file(path: Path) -> object:
    """What the checkpoint holds, tensors as Stored; trouble in one sentence for any bytes."""
    try:
        if zipfile.is_zipfile(path):
            return from_zip(path)
        if tarfile.is_tarfile(path):
            raise Trouble(
                "a tar archive (torch before 0.4), expected a checkpoint of a later torch; "
                "load and save it again with the torch that wrote it"
            )
        with open(path, "rb") as file:
            start = file.read(2)
            if start == b"PK":
                raise Trouble(
                    "begins like a torch checkpoint and has no end; the file was cut short, copy it again"
                )
            if start != b"\x80\x02":
                # Protocols 3 to 5 are no checkpoint; say what they hold if it is more than data.
                if start[:1] == b"\x80":
                    file.seek(0)
                    Reader(file, {}).load()
                raise Trouble(f"does not begin like a torch checkpoint (a zip or a pickle); {SAVE_HINT}")
        return from_pickles(path)
    except (Trouble, OSError):
        raise
    except Exception as problem:
        raise Trouble(
            f"does not read as a torch checkpoint ({first_line(problem)}); "
            "the file is damaged or cut short, copy it again"
        ) from None


def first_line(problem: Exception) -> str:
    """The first line of another library's message, short enough to be part of ours."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return shown(lines[0][:120])
