# SPDX-License-Identifier: Apache-2.0
"""Numbers of 8 bits with scales, for translate.py."""

import numpy as np
from program import Unsupported
from translate import TYPES, operator

TYPES["DequantizeLinear"] = [np.uint8, np.int8, np.int32]
BYTES = ("int8", "uint8")


@operator("QuantizeLinear", "DequantizeLinear")
def quantized(node, p):
    scale, zero_point = node.array(1), node.array(2)
    for array in (zero_point, node.expected[0] if node.op == "QuantizeLinear" else node.array(0)):
        if array is not None and str(array.dtype) not in BYTES:
            raise Unsupported(f"{array.dtype}; quantized numbers are i8 and u8")
    if scale.ndim > 1:
        raise Unsupported("a scale for each block of an axis")
    if scale.dtype != np.float32:
        raise Unsupported("a scale that is not float32")
    inputs = [node.value(p, i) for i in range(2 if zero_point is None else 3)]
    layer = "quantize" if node.op == "QuantizeLinear" else "dequantize"
    return [p.layer(layer, inputs, axis=node.attribute("axis", 1), type=str(node.expected[0].dtype))]
