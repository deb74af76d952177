# SPDX-License-Identifier: Apache-2.0
"""A framework's side of bench/compare.py: one process that loads one network and runs it when told to.

usage: peer_worker.py PEER --network NAME --batch N --threads N --data DIR --work DIR [--precision NAME]
                      [--dims N ...]

Commands come as one JSON object a line, {"cmd": "run" | "output" | "memory"}, answers likewise. Every
framework gets the configuration that its documentation gives for latency on a CPU in that precision, and its
own defaults for how its threads wait. A run takes a plain NCHW float array and ends with the
outputs as plain arrays.
Int8 networks are made once, calibrated on the input that is timed: by ONNX Runtime's quantize_static (QDQ, u8 by s8,
weights per channel) and by OpenVINO's NNCF. A peer that has no way to a precision says so.
With --dims, for bench/shapes.py, the network is NAME.shapes.onnx, whose axes change. Commands have the "dims"
of their run, whose values are the first ones of NAME.shapes.npy; --dims are those of the first run.
"""

import argparse
import contextlib
import importlib.metadata
import json
import math
import os
import pathlib
import subprocess
import sys
import sysconfig
import time

import numpy


def memory_mb(what):
    """A line of /proc/self/status in MB: VmHWM is the peak of resident memory."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1.024e-3
    return 0


def onnx_file(given):
    if given.dims:
        return given.data / f"{given.network}.shapes.onnx"
    return given.data / f"{given.network}.b{given.batch}.onnx"


def tool(name):
    """A console program of the Python environment that runs this file."""
    return str(pathlib.Path(sysconfig.get_path("scripts")) / name)


def convert(target, *command):
    """Runs a converter in the folder of `target`, unless an earlier run made the file."""
    if not target.exists():
        done = subprocess.run(
            command,
            cwd=target.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        print(done.stdout, file=sys.stderr)
        if not target.exists():
            raise RuntimeError(
                f"{pathlib.Path(command[0]).name} ended with {done.returncode} and wrote no "
                f"{target.name}: {' / '.join(done.stdout.strip().splitlines()[-3:])}"
            )


def only(given, peer, *precisions):
    """Errors  another precision is asked for."""
    if given.precision not in precisions:
        raise RuntimeError(f"{peer} is set up for {', '.join(precisions)} here, not for {given.precision}")


class OneInput:
    """The calibration data of onnxruntime.quantization: the input, once."""

    def __init__(self, name, image):
        self.left = [{name: image}]

    def get_next(self):
        return self.left.pop() if self.left else None


def quantized_onnx(given, image):
    """The network with QuantizeLinear and DequantizeLinear, made by ONNX Runtime."""
    target = given.work / f"{given.network}.b{given.batch}.qdq.onnx"
    if target.exists():
        return target
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(onnx_file(given)), str(prepared), skip_symbolic_shape=True)
    quantization.quantize_static(
        str(prepared),
        str(target),
        OneInput(onnx.load(prepared).graph.input[0].name, image),
        quant_format=quantization.QuantFormat.QDQ,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
    )
    given.restart()  # so that the calibration does not count as memory


class OnnxRuntime:
    """All graph optimisations, threads inside operators only. Its kernels for CPUs have no bf16."""

    def __init__(self, given):
        import onnxruntime

        only(given, "ONNX Runtime", "fp32", "int8")
        given.imported()
        file = quantized_onnx(given, given.image) if given.precision == "int8" else onnx_file(given)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = given.threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def run(self, image):
        return self.session.run(None, {self.name: image})


class OpenVino:
    """Latency hint; without the precision hint it would compute in bf16 where the CPU can. In int8 what NNCF
    leaves is f32, as in Lamina's plan."""

    def __init__(self, given):
        import openvino

        given.imported()
        file = onnx_file(given)
        if given.precision == "int8":
            file = given.work / f"{given.network}.b{given.batch}.nncf.xml"
            if not file.exists():
                import nncf

                model = openvino.Core().read_model(str(onnx_file(given)))
                openvino.save_model(nncf.quantize(model, nncf.Dataset([given.image])), str(file), False)
                given.restart()  # so that the calibration does not count as memory
        compiled = openvino.Core().compile_model(
            str(file),
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": given.threads,
                "INFERENCE_PRECISION_HINT": "bf16" if given.precision == "bf16" else "f32",
            },
        )
        self.outputs = len(compiled.outputs)
        self.request = compiled.create_infer_request()

    def run(self, image):
        self.request.infer([image], share_inputs=True)
        return [numpy.array(self.request.get_output_tensor(i).data) for i in range(self.outputs)]


class PyTorch:
    """The module of torch_nets.py in one of three modes; compare.py keeps the fastest."""

    def __init__(self, given, mode):
        import safetensors.torch
        import torch
        import torch_nets

        only(given, "PyTorch", "fp32", "bf16")
        given.imported()
        self.type = torch.bfloat16 if given.precision == "bf16" else torch.float32
        torch.set_num_threads(given.threads)
        torch.set_grad_enabled(False)
        self.torch = torch
        state = safetensors.torch.load_file(given.data / f"{given.network}.safetensors")
        self.module = torch_nets.NETWORKS[given.network][0]().eval()
        missing, unused = self.module.load_state_dict(state, strict=False, assign=True)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        if missing or unused:
            raise RuntimeError(f"the weights lack {missing} and have unused {unused}; write them again")
        self.module = self.module.to(self.type)
        if mode == "frozen":
            image = self.cast(torch.from_numpy(given.image))
            traced = torch.jit.trace(self.module, image, check_trace=False)
            self.module = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
        elif mode == "compile":
            import torch._inductor.config

            torch._inductor.config.freezing = True
            self.module = torch.compile(self.module)
        self.mode = mode
        self.inference_mode = torch.inference_mode if mode == "eager" else torch.no_grad

    def cast(self, image):
        return image.to(self.type) if image.is_floating_point() else image

    def run(self, image):
        with self.inference_mode():
            outputs = self.module(self.cast(self.torch.from_numpy(image)))
        if isinstance(outputs, self.torch.Tensor):
            outputs = [outputs]
        return [output.float().numpy() for output in outputs]


class Ncnn:
    """Converted by pnnx without half precision; batches are pictures one after another."""

    def __init__(self, given):
        import ncnn

        only(given, "ncnn", "fp32", "bf16")
        given.imported()
        self.ncnn = ncnn
        stem = given.work / f"{given.network}.ncnn"
        source = given.work / f"{given.network}.onnx"
        if not source.exists():
            source.symlink_to((given.data / f"{given.network}.b1.onnx").resolve())
        convert(given.work / f"{given.network}.ncnn.bin", tool("pnnx"), source.name, "fp16=0")
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = given.threads
        options.use_vulkan_compute = False
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = options.use_bf16_packed = given.precision == "bf16"
        options.use_packing_layout = True
        options.use_winograd_convolution = options.use_sgemm_convolution = True
        if self.net.load_param(f"{stem}.param") or self.net.load_model(f"{stem}.bin"):
            raise RuntimeError(f"ncnn cannot load {stem}.param, which pnnx wrote")
        self.inputs, self.outputs = self.net.input_names(), self.net.output_names()

    def run(self, image):
        parts = []
        for picture in image:
            with self.net.create_extractor() as extractor:
                extractor.input(self.inputs[0], self.ncnn.Mat(picture))
                parts.append([numpy.array(extractor.extract(name)[1]) for name in self.outputs])
        return [numpy.stack(all_of_one) for all_of_one in zip(*parts)]


class Mnn:
    """Precision high is fp32. Its largest Winograd tiles lose digits; where they lose too many, the
    smaller ones run ("winograd level 1")."""

    def __init__(self, given):
        import MNN
        import MNN.expr
        import MNN.nn

        only(given, "MNN", "fp32")
        given.imported()
        self.mnn, self.given = MNN, given
        model = given.work / f"{given.network}.b{given.batch}.mnn"
        known = model.with_suffix(".json")
        if not known.exists():
            convert(
                model,
                tool("mnnconvert"),
                "-f",
                "ONNX",
                "--modelFile",
                str(onnx_file(given).resolve()),
                "--MNNModel",
                model.name,
                "--bizCode",
                "bench",
            )
            known.write_text(json.dumps(self.find_out(str(model))))
            given.restart()  # so that the trials do not count as memory
        self.names, level = json.loads(known.read_text())
        self.load(str(model), level)
        self.mode = f"winograd level {level}"

    def find_out(self, model):
        """Names of inputs and outputs, and the highest level that computes well enough."""
        probe = self.mnn.Interpreter(model)
        session = probe.createSession({"backend": "CPU"})
        self.names = [
            list(names) for names in (probe.getSessionInputAll(session), probe.getSessionOutputAll(session))
        ]
        for level in (3, 1):
            self.load(model, level)
            if self.difference() < 1e-3:
                break
        return self.names, level

    def load(self, model, level):
        self.runtime = self.mnn.nn.create_runtime_manager(
            ({"backend": "CPU", "numThread": self.given.threads, "precision": "high"},)
        )
        self.runtime.set_hint(3, level)  # WINOGRAD_MEMORY_LEVEL, 3 is the default
        self.module = self.mnn.nn.load_module_from_file(model, *self.names, runtime_manager=self.runtime)

    def difference(self):
        stem = f"{self.given.network}.%s.b{self.given.batch}.npy"
        image, expected = (numpy.load(self.given.data / (stem % what)) for what in ("input", "output"))
        got = numpy.concatenate([part.reshape(len(image), -1) for part in self.run(image)], 1)
        return numpy.abs(got - expected.reshape(got.shape)).max() / numpy.abs(expected).max()

    def run(self, image):
        expr = self.mnn.expr
        given = expr.placeholder(list(image.shape), expr.NCHW)
        given.write(image)
        return [numpy.array(expr.convert(one, expr.NCHW).read()) for one in self.module.forward([given])]


PEERS = {
    "onnxruntime": OnnxRuntime,
    "openvino": OpenVino,
    "ncnn": Ncnn,
    "mnn": Mnn,
    "pytorch-eager": lambda given: PyTorch(given, "eager"),
    "pytorch-frozen": lambda given: PyTorch(given, "frozen"),
    "pytorch-compile": lambda given: PyTorch(given, "compile"),
}
PACKAGES = {
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
    "ncnn": "ncnn",
    "mnn": "mnn",
    "pytorch": "torch",
    "nncf": "nncf",
}


def versions():
    found = {}
    for peer, package in PACKAGES.items():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[peer] = importlib.metadata.version(package)
    return found


def measure(peer, image, seconds, least):
    times, cores, start = [], [], time.perf_counter()
    while len(times) < least or time.perf_counter() - start < seconds:
        before, used = time.perf_counter(), time.process_time()
        peer.run(image)
        times.append((time.perf_counter() - before) * 1e3)
        cores.append((time.process_time() - used) * 1e3)
    return {"ms": times, "cpu_ms": cores}


def save(peer, image, folder):
    """Every output as a file of its own; of equal ones in the network's order."""
    files = []
    for number, values in enumerate(peer.run(image)):
        files.append(str(folder / f"{number}.npy"))
        numpy.save(files[-1], numpy.ascontiguousarray(values, numpy.float32))
    return {"outputs": files}


def main():
    options = argparse.ArgumentParser(description="Runs a network in a framework for bench/compare.py.")
    options.add_argument("peer", choices=PEERS)
    options.add_argument("--network", required=True)
    options.add_argument("--batch", type=int, required=True)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--data", type=pathlib.Path, required=True)
    options.add_argument("--work", type=pathlib.Path, required=True, help="folder for converted networks")
    options.add_argument("--outputs", type=pathlib.Path, required=True)
    options.add_argument("--precision", choices=["fp32", "bf16", "int8"], default="fp32")
    options.add_argument(
        "--dims", type=int, nargs="+", help="of the first run of a network whose axes change"
    )
    given = options.parse_args()

    # Libraries print what they like: the answers get a channel of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def restart():
        os.dup2(answers.fileno(), 1)
        os.execv(sys.executable, [sys.executable, *sys.argv])

    given.restart = restart

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)

    stem = "shapes" if given.dims else f"input.b{given.batch}"
    numbers = numpy.load(given.data / f"{given.network}.{stem}.npy")

    def image_for(dims):
        return numbers[: math.prod(dims)].reshape(dims) if dims else numbers

    image = given.image = image_for(given.dims)
    mb = {"empty_mb": memory_mb("VmRSS")}
    given.imported = lambda: mb.update(imported_mb=memory_mb("VmRSS"))
    start = time.perf_counter()
    try:
        peer = PEERS[given.peer](given)
        load_ms, start = (time.perf_counter() - start) * 1e3, time.perf_counter()
        peer.run(image)
    except BaseException as fault:
        say({"failed": f"{type(fault).__name__}: {str(fault)[:300]}"})
        raise
    mode = {"mode": peer.mode} if hasattr(peer, "mode") else {}
    say({"ready": True, **mb, **mode, "load_ms": load_ms, "first_ms": (time.perf_counter() - start) * 1e3})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command["cmd"] == "quit":
                break
            image = image_for(command.get("dims", given.dims))
            say(
                {
                    "run": lambda: measure(peer, image, command.get("seconds", 0.5), command.get("min", 3)),
                    "output": lambda: save(peer, image, given.outputs),
                    "memory": lambda: {"peak_mb": memory_mb("VmHWM")},
                }[command["cmd"]]()
            )
        except Exception as fault:
            say({"failed": f"{type(fault).__name__}: {str(fault)[:300]}"})
    sys.stdout.flush()
    os._exit(0)  # some libraries wait for their threads for ever


if __name__ == "__main__":
    main()
