# SPDX-License-Identifier: Apache-2.0
# Reads the weights of an .onnx file with the onnx package (`pip install onnx`): initialisers, and the
# floats of Constant nodes, where PaddlePaddle puts them. Nothing of the graph is run or kept.
from __future__ import annotations

from pathlib import Path
from typing import Callable

from . import onnx_pairs
from .format import TYPES, Tensor, Trouble, shown, tensor

SUFFIX = ".onnx"

# onnx.TensorProto's names of element types -> ours.
ELEMENTS = {
    "FLOAT": "f32",
    "DOUBLE": "f64",
    "FLOAT16": "f16",
    "INT8": "i8",
    "UINT8": "u8",
    "INT32": "i32",
    "INT64": "i64",
    "BOOL": "boolean",
}


def read(path: Path, note: Callable[[str], None] = lambda sentence: None) -> tuple[dict[str, Tensor], dict]:
    """Tensors by their names in the graph, and the file's metadata."""
    try:
        import onnx
    except ImportError:
        raise Trouble(
            "an ONNX file, which is read with the onnx package that this Python lacks; pip install onnx"
        ) from None
    with open(path, "rb"):
        pass  # a missing file is the caller's OSError, not the parser's
    try:
        model = onnx.load(str(path))
    except Exception as problem:
        lines = str(problem).strip().splitlines() or [type(problem).__name__]
        raise Trouble(
            f"does not read as an ONNX model ({shown(lines[0][:120])}); "
            "the file or its external data is damaged or missing, copy them again"
        ) from None
    tensors: dict[str, Tensor] = {}
    left_out: list[str] = []
    for name, value in stored(model.graph):
        element = ELEMENTS.get(onnx.TensorProto.DataType.Name(value.data_type))
        if element is None:
            left_out.append(name)
        elif name in tensors:
            raise Trouble(f"names two tensors '{shown(name)}'; give them different names")
        else:
            data = onnx.numpy_helper.to_array(value)
            tensors[name] = tensor(element, data.astype(TYPES[element][1]))
    if left_out:
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        note(f"left out of types that these tools do not read: {', '.join(map(shown, left_out[:3]))}{more}")
    if onnx_pairs.has_pairs(model.graph):
        tensors = onnx_pairs.Pairs(model.graph, tensors).unpacked()
    return tensors, {entry.key: entry.value for entry in model.metadata_props}


def stored(graph):
    """(name, tensor) of all initialisers, and of Constant nodes that hold float tensors with axes."""
    for value in graph.initializer:
        yield value.name, value
    for node in graph.node:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value" and attribute.t.data_type in (1, 10, 11) and attribute.t.dims:
                    yield node.output[0], attribute.t
