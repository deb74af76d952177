#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws rows of bench/compare.py: for each network, how many times as long each peer takes.

usage: plot.py ROWS.json PICTURE.svg      also what compare.py --plot PICTURE does
needs  matplotlib
"""

import json
import math
import sys

COLOURS = {
    "onnxruntime": "#3b6fb6",
    "openvino": "#7a4fa3",
    "ncnn": "#2f9e7d",
    "mnn": "#c8902c",
    "pytorch": "#d1495b",
}
NAMES = {
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "ncnn": "ncnn",
    "mnn": "MNN",
    "pytorch": "PyTorch",
}


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def draw_cell(axes, rows, networks, peers):
    """One batch and number of threads: a dot for each peer, a line of dots for each network."""
    lines = [*networks, "geometric mean"]
    for peer in peers:
        ratios = {row["network"]: row["ratio"] for row in rows if row["peer"] == peer and row["ratio"]}
        if ratios:
            ratios["geometric mean"] = mean(list(ratios.values()))
        axes.plot(
            list(ratios.values()),
            [lines.index(network) for network in ratios],
            "o",
            markersize=5,
            color=COLOURS[peer],
            label=NAMES[peer],
        )
    axes.axvline(1, color="black", linewidth=1)
    axes.axhline(len(networks) - 0.5, color="#999999", linewidth=0.5)
    axes.set_xscale("log", base=2)
    axes.set_xticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"])
    axes.set_xlim(0.4, 8)
    axes.set_yticks(range(len(lines)), lines)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.grid(axis="y", color="#dddddd", linewidth=0.5)
    first = rows[0]
    axes.set_title(
        f"batch {first['batch']}, {first['threads']} thread{'s' * (first['threads'] > 1)}", fontsize=10
    )


def draw(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    cells = {}
    for row in rows:
        cells.setdefault((row["threads"], row["batch"]), []).append(row)
    networks = list(dict.fromkeys(row["network"] for row in rows))
    peers = [peer for peer in COLOURS if any(row["peer"] == peer for row in rows)]
    figure, all_axes = pyplot.subplots(
        1, len(cells), figsize=(2 + 3.2 * len(cells), 5), sharey=True, squeeze=False
    )
    for axes, (_, cell) in zip(all_axes[0], sorted(cells.items())):
        draw_cell(axes, cell, networks, peers)
    figure.legend(
        *all_axes[0][0].get_legend_handles_labels(), fontsize=8, loc="upper center", ncol=len(peers)
    )
    figure.supxlabel("time of the peer / time of Lamina (right of 1: Lamina is faster)", fontsize=9)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    dated = {"Date": None} if str(path).endswith(".svg") else {}  # the same rows make the same file
    figure.savefig(path, metadata=dated)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        draw(json.load(file), sys.argv[2])
