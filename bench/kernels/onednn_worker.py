# SPDX-License-Identifier: Apache-2.0
"""oneDNN's side of bench/kernels/compare_onednn.py: runs single convolutions when it is told to.

usage: onednn_worker.py THREADS

{"cmd": "run", "layer": {side, in, out, kernel, stride, groups}, "batch": N, "seconds": S} is answered with
{"ms": milliseconds of one convolution, "best_ms": the least, "how": WAY}. Ways, of which the fastest at the
first call is kept, both with prepacked weights, bias and relu fused:
    channels last     the picture as NHWC, how torch.compile runs convolutions
    blocked           in and out in oneDNN's own layout, without any reordering; without relu
A call from Python costs some microseconds, so a script of PyTorch's calls many times.
"""

import json
import os
import statistics
import sys
import time

import torch

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
torch.set_num_threads(int(sys.argv[1]))
torch.set_grad_enabled(False)


# TorchScript unrolls loops and removes unused results: so the picture has two names, and the size of every
# result is used.
@torch.jit.script
def many(
    times: int, x: list[torch.Tensor], w: torch.Tensor, b: torch.Tensor, pad: int, stride: int, groups: int
):
    pictures = 0
    for i in range(times):
        y = torch.ops.mkldnn._convolution_pointwise(
            x[i % 2], w, b, [pad, pad], [stride, stride], [1, 1], groups, "relu", [], ""
        )
        pictures += y.size(0)
    return pictures


@torch.jit.script
def many_blocked(
    times: int, x: list[torch.Tensor], w: torch.Tensor, b: torch.Tensor, pad: int, stride: int, groups: int
):
    pictures = 0
    for i in range(times):
        y = torch.mkldnn_convolution(x[i % 2], w, b, [pad, pad], [stride, stride], [1, 1], groups)
        pictures += y.size(0)
    return pictures


class Convolution:
    def __init__(self, layer, batch):
        side, inputs, out, kernel, stride, groups = (
            layer[key] for key in ("side", "in", "out", "kernel", "stride", "groups")
        )
        x = torch.rand(batch, inputs, side, side) - 0.5
        w = (torch.rand(out, inputs // groups, kernel, kernel) - 0.5) * 0.2
        b = torch.rand(out) - 0.5
        pad = kernel // 2
        last = x.to(memory_format=torch.channels_last)
        packed = torch.ops.mkldnn._reorder_convolution_weight(
            w, [pad, pad], [stride, stride], [1, 1], groups, list(x.shape)
        )
        self.ways = {"channels last": lambda times: many(times, [last, last], packed, b, pad, stride, groups)}
        expected = torch.conv2d(x, w, b, stride, pad, 1, groups)
        found = torch.ops.mkldnn._convolution_pointwise(
            last, packed, b, [pad, pad], [stride, stride], [1, 1], groups, "relu", [], ""
        )
        self.error = float((found - expected.relu()).abs().max() / expected.abs().max())
        try:  # a convolution's output has oneDNN's layout: an identity makes such an input
            reorder = torch._C._nn.mkldnn_reorder_conv2d_weight
            before = torch.eye(inputs)[:, :, None, None].to_mkldnn()
            b_packed, w_packed = (
                b.to_mkldnn(),
                reorder(w.to_mkldnn(), [pad, pad], [stride, stride], [1, 1], groups, list(x.shape)),
            )
            blocked = torch.mkldnn_convolution(x.to_mkldnn(), before, None, [0, 0], [1, 1], [1, 1], 1)
            y = torch.mkldnn_convolution(
                blocked, w_packed, b_packed, [pad, pad], [stride, stride], [1, 1], groups
            ).to_dense()
            if (y - expected).abs().max() < 1e-3 * expected.abs().max():
                self.ways["blocked"] = lambda times: many_blocked(
                    times, [blocked, blocked], w_packed, b_packed, pad, stride, groups
                )
        except RuntimeError as fault:
            print(layer, fault, file=sys.stderr)
        for way in self.ways.values():
            way(2)
        self.how = min(self.ways, key=lambda way: min(self.time(way, 3) for _ in range(3)))

    def time(self, way, times):
        start = time.perf_counter()
        self.ways[way](times)
        return (time.perf_counter() - start) * 1e3 / times

    def run(self, seconds):
        once = self.time(self.how, 2)
        times = max(1, min(200, int(2 / once)))
        rounds, begin = [], time.perf_counter()
        while len(rounds) < 3 or time.perf_counter() - begin < seconds:
            rounds.append(self.time(self.how, times))
        return {"ms": statistics.median(rounds), "best_ms": min(rounds), "how": self.how, "error": self.error}


def main():
    known = {}
    print(json.dumps({"ready": True, "version": torch.__version__}), file=answers, flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            key = json.dumps([command["layer"], command["batch"]])
            if key not in known:
                known.clear()  # one at a time
                known[key] = Convolution(command["layer"], command["batch"])
            answer = known[key].run(command.get("seconds", 0.1))
        except Exception as fault:
            answer = {"failed": f"{type(fault).__name__}: {str(fault)[:300]}"}
        print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
