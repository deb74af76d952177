# SPDX-License-Identifier: Apache-2.0
"""A framework's side of compare.py --device gpu: a process that loads one network after another.

usage: gpu_peer_worker.py PEER --data DIR --work DIR

Commands come as one JSON object a line, answers likewise: {"cmd": "load", "network", "batch", "precision"},
then "output" {"folder"}, "run" and "queue" {"seconds", "min"}. Inputs and weights lie on the GPU; "run" takes
and gives plain float arrays of the host. "queue" measures as bench/models/queued_runs.hpp does.
"""

import argparse
import gc
import json
import os
import pathlib
import sys
import time

import numpy


class QueuedRuns:
    """Runs behind a kernel that holds the GPU, on the host's clock from the kernel's end to theirs.

    `network` has hold(ms), which gives an object with done() and wait(); step(); mark(), behind the
    last step; finish(); and event_ms(runs), the same time by the framework's own events, or None.
    """

    MOST_RUNS, LOST_AT_MOST = 20, 20

    def __init__(self, network):
        self.network, self.runs, self.hold_ms, self.held = network, self.MOST_RUNS, 2.0, False
        while True:
            for _ in range(3):
                if not self.held:
                    _, _, was_held, enqueue_ms = self.run_queue()
                    self.held = was_held and self.hold_ms > 1.2 * enqueue_ms
                    if not self.held:
                        self.hold_ms = min(1 + 1.5 * enqueue_ms, 200.0)
            if self.held or self.runs == 1:
                break
            self.runs, self.hold_ms = self.runs // 2, 2.0

    def run_queue(self):
        self.network.finish()
        hold = self.network.hold(self.hold_ms)
        start = time.perf_counter()
        for _ in range(self.runs):
            self.network.step()
        self.network.mark()
        enqueue_ms = (time.perf_counter() - start) * 1e3
        held = not hold.done()
        hold.wait()
        start = time.perf_counter()
        self.network.finish()
        ms = (time.perf_counter() - start) * 1e3 / self.runs
        return ms, self.network.event_ms(self.runs), held, enqueue_ms

    def measure(self, seconds, least):
        times, events, lost, start = [], [], 0, time.perf_counter()
        while len(times) < least or time.perf_counter() - start < seconds:
            ms, event_ms, held, _ = self.run_queue()
            lost += self.held and not held
            if self.held and not held and lost <= self.LOST_AT_MOST:
                continue
            self.held = self.held and held
            times.append(ms)
            events += [event_ms] if event_ms is not None else []
        return {"ms": times, "event_ms": events, "runs": self.runs, "held": self.held}


class TorchHold:
    """Ends with the waiting kernel; its event is also where the framework's own time begins."""

    def __init__(self, torch, cycles):
        torch.cuda._sleep(cycles)
        self.event = torch.cuda.Event(enable_timing=True)
        self.event.record()
        self.done, self.wait = self.event.query, self.event.synchronize


class TorchNetwork:
    """A module of torch_nets.py on the GPU: eager, as a CUDA graph, or compiled and then a CUDA graph."""

    def __init__(self, mode, given, network, batch, precision):
        import safetensors.torch
        import torch
        import torch_nets

        self.torch, self.mode = torch, None
        self.grad_off = torch.inference_mode if mode == "eager" else torch.no_grad
        torch._dynamo.reset()
        torch.cuda.empty_cache()
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)
        state = safetensors.torch.load_file(given.data / f"{network}.safetensors")
        self.module = torch_nets.NETWORKS[network][0]().eval()
        missing, unused = self.module.load_state_dict(state, strict=False, assign=True)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        if missing or unused:
            raise RuntimeError(f"the weights lack {missing} and have unused {unused}; write them again")
        self.module = self.module.requires_grad_(False).cuda().to(dtype)
        self.host = torch.from_numpy(numpy.load(given.data / f"{network}.input.b{batch}.npy")).pin_memory()
        self.staged = self.host.cuda()
        self.x = self.staged.to(dtype) if self.host.is_floating_point() else self.staged.clone()
        self.is_picture = self.x.dim() == 4
        half = dtype != torch.float32
        with self.grad_off():
            if mode == "graph":
                self.choose_layout()
            else:
                self.take_layout("channels last" if half and self.is_picture else "contiguous")
                if mode == "compile":
                    self.compile()
                    self.capture()
                else:
                    self.call = lambda: self.module(self.x)
            gc.collect()  # what tuning and trials took is not what a run needs
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            self.host_outputs = [
                torch.empty(y.shape, dtype=torch.float32, pin_memory=True) for y in self.outputs(self.call())
            ]
            torch.cuda.synchronize()
        self.facts = {"gpu_mb": torch.cuda.max_memory_reserved() / 1e6}
        self.cycles_per_ms = self.calibrate()
        self.queued = None

    def outputs(self, y):
        return [y] if isinstance(y, self.torch.Tensor) else list(y)

    def take_layout(self, layout):
        form = self.torch.channels_last if layout == "channels last" else self.torch.contiguous_format
        if self.is_picture:
            self.module = self.module.to(memory_format=form)
            self.x = self.x.contiguous(memory_format=form)
        self.mode = layout

    def compile(self):
        import torch._inductor.config

        torch._inductor.config.freezing = True
        # Its kernels; the graph around them is ours, as for the eager module, which spares its guards.
        self.module = self.torch.compile(self.module, mode="max-autotune-no-cudagraphs")

    def capture(self):
        """Warms up, which tunes cuDNN and compiles, and records a run; call() replays it."""
        torch = self.torch
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(3):
                self.module(self.x)
        torch.cuda.current_stream().wait_stream(beside)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = self.module(self.x)
        self.graph = graph

        def call():
            graph.replay()
            return y

        self.call = call

    def choose_layout(self):
        """The faster of the two layouts of pictures, each tuned and recorded."""
        times = {}
        layouts = ["contiguous", "channels last"] if self.is_picture else ["contiguous"]
        for layout in [*layouts, None]:
            if layout is None:
                layout = min(times, key=times.get)
                if layout == self.mode:
                    break
            self.take_layout(layout)
            self.capture()
            trials = []
            for _ in range(3):
                self.torch.cuda.synchronize()
                start = time.perf_counter()
                for _ in range(5):
                    self.call()
                self.torch.cuda.synchronize()
                trials.append(time.perf_counter() - start)
            times[layout] = min(trials)

    def calibrate(self):
        cycles, begin, end = 1_000_000, *(self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        for _ in range(2):
            begin.record()
            self.torch.cuda._sleep(cycles)
            end.record()
            end.synchronize()
        return cycles / begin.elapsed_time(end)

    def hold(self, ms):
        self.begin = TorchHold(self.torch, int(ms * self.cycles_per_ms))
        return self.begin

    def step(self):
        with self.grad_off():
            self.call()

    def mark(self):
        self.end = self.torch.cuda.Event(enable_timing=True)
        self.end.record()

    def finish(self):
        self.torch.cuda.synchronize()

    def event_ms(self, runs):
        return self.begin.event.elapsed_time(self.end) / runs

    def run(self):
        with self.grad_off():
            self.staged.copy_(self.host, non_blocking=True)
            self.x.copy_(self.staged)
            for host, y in zip(self.host_outputs, self.outputs(self.call())):
                host.copy_(y.float(), non_blocking=True)
        self.torch.cuda.synchronize()
        return [host.numpy() for host in self.host_outputs]


class JaxHold:
    def __init__(self, result):
        self.done, self.wait = result.is_ready, result.block_until_ready


class JaxNetwork:
    """The graph that torch.export gives of the same module, computed by jax.numpy and compiled by XLA."""

    HOLD_SIDE = 8192  # of the square product that holds the GPU

    def __init__(self, given, network, batch, precision):
        import jax
        import jax_nets

        self.jax, self.mode, self.queued = jax, None, None
        jax.clear_caches()
        if precision in ("fp32", "tf32"):
            name = "highest" if precision == "fp32" else "tensorfloat32"
            jax.config.update("jax_default_matmul_precision", name)
        else:
            jax.config.update("jax_default_matmul_precision", None)
        dtype = {"fp16": "float16", "bf16": "bfloat16"}.get(precision, "float32")
        self.host = numpy.load(given.data / f"{network}.input.b{batch}.npy")
        self.is_real = self.host.dtype == numpy.float32
        function, weights = jax_nets.load(network, given.data / f"{network}.safetensors", self.host)
        cast = jax.jit(lambda values: values.astype(dtype))
        self.cast = cast if self.is_real else (lambda values: values)
        self.weights = {name: cast(jax.device_put(values)) for name, values in weights.items()}
        del weights
        self.x = self.cast(jax.device_put(self.host))
        self.call = jax.jit(function).lower(self.weights, self.x).compile()
        self.last = self.call(self.weights, self.x)
        self.finish()
        sizes = self.call.memory_analysis()  # the allocator's own peak is that of all networks so far
        total = sizes.argument_size_in_bytes + sizes.output_size_in_bytes + sizes.temp_size_in_bytes
        self.facts = {"gpu_mb": total / 1e6}
        self.product = None

    def hold(self, ms):
        numbers = self.jax.numpy
        if self.product is None:
            self.square = numbers.ones((self.HOLD_SIDE, self.HOLD_SIDE), numbers.float32)
            self.product = self.jax.jit(lambda a: numbers.matmul(a, a, precision="highest"))
            self.product(self.square).block_until_ready()
            start = time.perf_counter()
            self.product(self.square).block_until_ready()
            self.product_ms = (time.perf_counter() - start) * 1e3
        for _ in range(max(1, min(8, round(ms / self.product_ms + 0.5)))):
            result = self.product(self.square)
        return JaxHold(result)

    def step(self):
        self.last = self.call(self.weights, self.x)

    def mark(self):
        pass

    def finish(self):
        self.jax.block_until_ready(self.last)

    def event_ms(self, runs):
        return None  # JAX has no events

    def run(self):
        y = self.call(self.weights, self.cast(self.jax.device_put(self.host)))
        return [numpy.asarray(one, numpy.float32) for one in y]


def torch_facts():
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError(f"no CUDA device: PyTorch {torch.__version__} sees none on this machine")
    return {"torch": torch.__version__, "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}


def jax_facts():
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    try:
        import jax
    except ImportError as fault:
        raise RuntimeError(
            f"JAX is not installed ({fault}); pip install 'jax[cuda13]' adds this peer"
        ) from None
    if jax.default_backend() != "gpu":
        raise RuntimeError(f"no CUDA device: JAX {jax.__version__} computes on {jax.default_backend()} here")
    return {"jax": jax.__version__}


PEERS = {
    "pytorch-eager": (torch_facts, lambda *what: TorchNetwork("eager", *what)),
    "pytorch-graph": (torch_facts, lambda *what: TorchNetwork("graph", *what)),
    "pytorch-compile": (torch_facts, lambda *what: TorchNetwork("compile", *what)),
    "jax": (jax_facts, JaxNetwork),
}


class Server:
    """Holds the network that was loaded last and answers one command after another."""

    def __init__(self, given, load_network):
        self.given, self.load_network, self.network = given, load_network, None

    def load(self, command):
        self.network = None
        gc.collect()
        start = time.perf_counter()
        self.network = self.load_network(
            self.given, command["network"], command["batch"], command["precision"]
        )
        mode = {"mode": self.network.mode} if self.network.mode else {}
        return {**self.network.facts, **mode, "load_ms": (time.perf_counter() - start) * 1e3}

    def output(self, command):
        files = []
        for number, values in enumerate(self.network.run()):
            files.append(f"{command['folder']}/{number}.npy")
            numpy.save(files[-1], numpy.ascontiguousarray(values, numpy.float32))
        return {"outputs": files}

    def run(self, command):
        times, start = [], time.perf_counter()
        while len(times) < command["min"] or time.perf_counter() - start < command["seconds"]:
            before = time.perf_counter()
            self.network.run()
            times.append((time.perf_counter() - before) * 1e3)
        return {"ms": times}

    def queue(self, command):
        if self.network.queued is None:
            self.network.queued = QueuedRuns(self.network)
        return self.network.queued.measure(command["seconds"], command["min"])

    def answer(self, command):
        known = {"load": self.load, "output": self.output, "run": self.run, "queue": self.queue}
        try:
            return known[command["cmd"]](command)
        except Exception as fault:  # whatever a framework throws is the answer
            return {"failed": f"{type(fault).__name__}: {str(fault)[:300]}"}


def main():
    options = argparse.ArgumentParser(description="Runs networks in a framework for compare.py --device gpu.")
    options.add_argument("peer", choices=PEERS)
    options.add_argument("--data", type=pathlib.Path, required=True)
    options.add_argument("--work", type=pathlib.Path, required=True, help="folder for compiled networks")
    given = options.parse_args()
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str((given.work / "inductor").resolve()))

    # Libraries print what they like: the answers get a channel of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    read_facts, load_network = PEERS[given.peer]
    try:
        facts = {"ready": True, "versions": read_facts()}
    except RuntimeError as fault:
        facts = {"failed": str(fault)}
    print(json.dumps(facts), file=answers, flush=True)
    server = Server(given, load_network)
    for line in sys.stdin if "failed" not in facts else []:
        print(json.dumps(server.answer(json.loads(line))), file=answers, flush=True)
    sys.stdout.flush()
    os._exit(0)  # some libraries wait for their threads for ever


if __name__ == "__main__":
    main()
