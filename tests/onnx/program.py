# SPDX-License-Identifier: Apache-2.0
"""A network as a list of Lamina's layers, written by translate.py and built by run_cases.cpp."""

import numpy as np


class Unsupported(Exception):
    """An operator's options that the language does not have; the text says which."""


class Program:
    """Layers in order. Values are names; a layer takes values and options and gives values."""

    def __init__(self):
        self.inputs = {}  # name: array, what the caller of the network passes
        self.weights = {}  # name: array, the weights file
        self.steps = []
        self.outputs = []  # (value, expected array)

    def input(self, name, array):
        """A network's input: float32, bool, int8, uint8, or int32 for indices."""
        array = np.asarray(array)
        if array.dtype.kind in "iu" and array.dtype.itemsize > 1:
            array = array.astype(np.int32)
        elif array.dtype.kind == "f" and array.dtype != np.float32:
            array = array.astype(np.float32)
        self.inputs[name] = array
        return name

    def weight(self, name, array):
        """A tensor of the weights file, which a layer asks for by its name."""
        self.weights[name] = np.ascontiguousarray(array, dtype=np.float32)

    def constant(self, array):
        """A tensor of the weights file as a value (network::parameter)."""
        name = f"constant{len(self.weights)}"
        self.weight(name, array)
        return self.layer("parameter", [], name=name, dims=list(np.shape(array)))

    def layer(self, layer, inputs, count=1, **options):
        """Appends a layer; returns its value, or the list of them where there are several."""
        if isinstance(inputs, str):
            inputs = [inputs]
        made = [f"v{len(self.steps)}.{i}" for i in range(count)]
        self.steps.append({"layer": layer, "in": list(inputs), "gives": made, **options})
        return made[0] if count == 1 else made

    def output(self, value, expected):
        self.outputs.append((value, np.asarray(expected)))
