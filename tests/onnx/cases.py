# SPDX-License-Identifier: Apache-2.0
"""Collects the node tests of the installed `onnx` package and writes them as networks of Lamina's layers."""

import json
import logging
import pathlib
import warnings

import attention  # noqa: F401  (adds its operator)
import moves  # noqa: F401  (adds its operators)
import numpy as np
import onnx
import quantized  # noqa: F401  (adds its operators)
import sequences  # noqa: F401  (adds its operators)
import sound  # noqa: F401  (adds its operators)
import vision  # noqa: F401  (adds its operators)
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases
from program import Program, Unsupported
from translate import OPERATORS, TYPES, Node


def array_of(tensor):
    return numpy_helper.to_array(tensor) if isinstance(tensor, onnx.TensorProto) else np.asarray(tensor)


def float_cases():
    """(name, Node) of every case with one operator that OPERATORS has and whose data are float32, or of
    another of its TYPES."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        collected = collect_testcases(None)
    for case in collected:
        graph = case.model.graph
        if len(graph.node) != 1 or graph.node[0].op_type not in OPERATORS:
            continue
        operator = graph.node[0]
        inputs, outputs = case.data_sets[0]
        given = dict(zip((i.name for i in graph.input), map(array_of, inputs)))
        arrays = [given[name] if name else None for name in operator.input]
        if not arrays or arrays[0].dtype not in TYPES.get(operator.op_type, [np.float32]):
            continue
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in operator.attribute}
        node = Node(
            operator.op_type,
            attributes,
            list(operator.input),
            arrays,
            list(map(array_of, outputs)),
            case.model.opset_import[0].version,
            [bool(name) for name in operator.output],
        )
        yield case.name, node


def is_rounded(node):
    """Whether the expected numbers were written by hand with four digits."""
    first = node.expected[0]
    return (
        first.dtype.kind == "f"
        and first.size > 0
        and np.array_equal(np.round(first, 4).astype(np.float32), first)
        and not np.array_equal(np.round(first, 2).astype(np.float32), first)
    )


def program_of(node):
    program = Program()
    values = OPERATORS[node.op](node, program)
    for value, expected in zip(values, node.expected):
        program.output(value, expected)
    if len(values) < len(node.expected):
        raise Unsupported(f"only the first {len(values)} of {len(node.expected)} outputs")
    return program


def write_cases(folder):
    """Writes cases.json and numbers.bin; returns all names, and the reason of those not written."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    numbers, described, names, refused = [], [], [], {}
    size = 0

    def put(array):
        nonlocal size
        is_index = array.dtype.kind in "iub"
        names = {"bool": "boolean", "int8": "i8", "uint8": "u8"}
        type_name = names.get(str(array.dtype), "i32" if is_index else "f32")
        data = np.ascontiguousarray(array, dtype=np.int32 if is_index else np.float32)
        at, size = size, size + data.size
        numbers.append(data.tobytes())
        return {"dims": list(array.shape), "type": type_name, "at": at}

    for name, node in float_cases():
        names.append(name)
        try:
            program = program_of(node)
        except Unsupported as reason:
            refused[name] = str(reason)
            continue
        described.append(
            {
                "name": name,
                "relative": 1e-3 if is_rounded(node) else 1e-5,
                "steps": program.steps,
                "inputs": [{"name": n, **put(a)} for n, a in program.inputs.items()],
                "weights": [{"name": n, **put(a)} for n, a in program.weights.items()],
                "outputs": [{"value": v, **put(a)} for v, a in program.outputs],
            }
        )
    (folder / "numbers.bin").write_bytes(b"".join(numbers))
    (folder / "cases.json").write_text(json.dumps(described))
    return names, refused
