# SPDX-License-Identifier: Apache-2.0
"""ONNX's operators of sound: spectra and windows."""

import numpy as np
from program import Unsupported
from translate import TYPES, operator

TYPES["HannWindow"] = TYPES["BlackmanWindow"] = [np.int32, np.int64]


@operator("STFT")
def stft(node, p):
    signal, hop, window, length = (node.array(i) for i in range(4))
    if signal.shape[-1] != 1:
        raise Unsupported("a signal of complex numbers")
    n = int(length) if length is not None else window.shape[0]
    inputs = [p.layer("reshape", node.value(p, 0), dims=list(signal.shape[:2]))]
    if window is not None:
        inputs.append(node.value(p, 2))
    y = p.layer("stft", inputs, n_fft=n, hop=int(hop), onesided=bool(node.attribute("onesided", 1)))
    return [p.layer("permute", y, order=[0, 2, 1, 3])]


@operator("HannWindow", "BlackmanWindow")
def window(node, p):
    kind = node.op.removesuffix("Window").lower()
    periodic = bool(node.attribute("periodic", 1))
    return [p.layer("window", [], kind=kind, length=int(node.array(0)), periodic=periodic)]
