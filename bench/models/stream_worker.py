# SPDX-License-Identifier: Apache-2.0
"""A framework's side of bench/throughput.py: one process that runs a stream of pictures when told to.

usage: stream_worker.py openvino|onnxruntime --network NAME --batch N --threads N --contexts N --data DIR

OpenVINO chooses its streams by its THROUGHPUT hint, from all threads: N contexts of N threads are their
product. ONNX Runtime has as many sessions as contexts, each with so many threads and run by a thread of its own.
Commands are {"cmd": "run", "seconds": S} and {"cmd": "output"}; see peer_worker.py.
"""

import argparse
import json
import pathlib
import sys
import threading
import time

import numpy


class OpenVino:
    def __init__(self, given, model):
        import openvino

        compiled = openvino.Core().compile_model(
            model,
            "CPU",
            {
                "PERFORMANCE_HINT": "THROUGHPUT",
                "INFERENCE_NUM_THREADS": given.threads * given.contexts,
                "INFERENCE_PRECISION_HINT": "f32",
            },
        )
        self.queue = openvino.AsyncInferQueue(compiled)
        self.request = compiled.create_infer_request()
        self.contexts = len(self.queue)

    def stream(self, image, seconds):
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            self.queue.start_async([image], share_inputs=True)
            done += 1
        self.queue.wait_all()
        return done / (time.perf_counter() - start)

    def once(self, image):
        return list(self.request.infer([image]).values())


class OnnxRuntime:
    def __init__(self, given, model):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads, options.inter_op_num_threads = given.threads, 1
        self.contexts = given.contexts
        self.sessions = [
            onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            for _ in range(given.contexts)
        ]
        self.name = self.sessions[0].get_inputs()[0].name

    def stream(self, image, seconds):
        start, done = time.perf_counter(), [0] * len(self.sessions)

        def work(i):
            while time.perf_counter() - start < seconds:
                self.sessions[i].run(None, {self.name: image})
                done[i] += 1

        threads = [threading.Thread(target=work, args=(i,)) for i in range(len(self.sessions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / (time.perf_counter() - start)

    def once(self, image):
        return self.sessions[0].run(None, {self.name: image})


PEERS = {"openvino": OpenVino, "onnxruntime": OnnxRuntime}


def main():
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("peer", choices=PEERS)
    asked.add_argument("--network", required=True)
    for number in ["batch", "threads", "contexts"]:
        asked.add_argument(f"--{number}", type=int, required=True)
    asked.add_argument("--data", type=pathlib.Path, required=True)
    asked.add_argument("--outputs", type=pathlib.Path, required=True)
    given = asked.parse_args()
    image = numpy.load(given.data / f"{given.network}.input.b{given.batch}.npy")
    try:
        peer = PEERS[given.peer](given, str(given.data / f"{given.network}.b{given.batch}.onnx"))
    except Exception as fault:
        print(json.dumps({"failed": f"{type(fault).__name__}: {fault}"}), flush=True)
        sys.exit(1)
    print(json.dumps({"ready": True, "contexts": peer.contexts}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["cmd"] == "output":
            files = []
            for number, values in enumerate(peer.once(image)):
                files.append(str(given.outputs / f"{number}.npy"))
                numpy.save(files[-1], numpy.ascontiguousarray(values, numpy.float32))
            answer = {"outputs": files}
        else:
            answer = {"per_second": peer.stream(image, command["seconds"]) * given.batch}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
