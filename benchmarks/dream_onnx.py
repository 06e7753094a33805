"""ONNX Runtime's and OpenVINO's side of `dream.py`, for a Python that has them and onnx (torch is not needed).

    python dream_onnx.py weights.npz onnxruntime|openvino THREADS

Reads the network's weights, prints the runtime's version (an empty line if it is not there), then, for every line
"batch repeats" on stdin, the seconds of each forward.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

try:
    import openvino
except ImportError:
    openvino = None


class Graph:
    """ONNX nodes one after another; every method returns the name of a value."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.nodes: list = []
        self.weights = weights

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def linear(self, x: str, layer: str) -> str:
        return self.op("Gemm", x, f"{layer}.weight", f"{layer}.bias", transB=1)

    def mlp(self, x: str, name: str) -> str:
        if f"{name}.weight" in self.weights:
            return self.linear(x, name)
        return self.linear(self.op("Elu", self.linear(x, f"{name}.0")), f"{name}.2")

    def split(self, x: str, parts: int) -> list[str]:
        names = [f"s{len(self.nodes)}.{i}" for i in range(parts)]
        self.nodes.append(helper.make_node("Split", [x], names, axis=-1, num_outputs=parts))
        return names


def graph_of(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """(z, action, h[, c]) to (h[, c], mixtures, heads): what the model computes before it samples."""
    g = Graph(weights)
    sizes = {"z": int(weights["sizes"][0]), "a": int(weights["sizes"][1]), "h": int(weights["sizes"][2])}
    x = g.op("Concat", "z", "a", axis=-1)
    fed = g.op("Gemm", x, "rnn.weight_ih_l0", "rnn.bias_ih_l0", transB=1)
    kept = g.op("Gemm", "h", "rnn.weight_hh_l0", "rnn.bias_hh_l0", transB=1)
    outputs = {}
    if weights["rnn.weight_hh_l0"].shape[0] == 3 * sizes["h"]:
        (r1, u1, n1), (r2, u2, n2) = g.split(fed, 3), g.split(kept, 3)
        reset, update = g.op("Sigmoid", g.op("Add", r1, r2)), g.op("Sigmoid", g.op("Add", u1, u2))
        fresh = g.op("Tanh", g.op("Add", n1, g.op("Mul", reset, n2)))
        hidden = g.op("Add", fresh, g.op("Mul", update, g.op("Sub", "h", fresh)))
    else:
        sizes["c"] = sizes["h"]
        i, f, n, o = g.split(g.op("Add", fed, kept), 4)
        old = g.op("Mul", g.op("Sigmoid", f), "c")
        cell = g.op("Add", old, g.op("Mul", g.op("Sigmoid", i), g.op("Tanh", n)))
        hidden = g.op("Mul", g.op("Sigmoid", o), g.op("Tanh", cell))
        outputs[cell] = sizes["h"]
    context = g.op("Concat", hidden, "z", "a", axis=-1)
    for name in (hidden, g.mlp(context, "latent_head"), g.mlp(context, "reward_head")):
        outputs[name] = None
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        g.nodes,
        "dream",
        [value(name, TensorProto.FLOAT, ["n", width]) for name, width in sizes.items()],
        [value(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items() if name != "sizes"],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def in_onnxruntime(model: onnx.ModelProto, threads: int) -> Callable[[int], Callable[[], object]]:
    """Forwards of a batch whose numbers are bound already."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    run = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def at(batch: int) -> Callable[[], object]:
        bound = run.io_binding()
        for i in run.get_inputs():
            values = onnxruntime.OrtValue.ortvalue_from_numpy(numbers(batch, i.shape[1]))
            bound.bind_ortvalue_input(i.name, values)
        for i in run.get_outputs():
            bound.bind_output(i.name)
        return lambda: run.run_with_iobinding(bound)

    return at


def in_openvino(model: onnx.ModelProto, threads: int) -> Callable[[int], Callable[[], object]]:
    """Compiled for each batch; the numbers are bound already."""
    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}

    def at(batch: int) -> Callable[[], object]:
        graph = core.read_model(model.SerializeToString())
        graph.reshape({i.any_name: [batch, i.partial_shape[1].get_length()] for i in graph.inputs})
        request = core.compile_model(graph, "CPU", settings).create_infer_request()
        for i in graph.inputs:
            request.set_tensor(i.any_name, openvino.Tensor(numbers(batch, i.shape[1]), shared_memory=False))
        return request.infer

    return at


def numbers(batch: int, width: int) -> np.ndarray:
    """Standard normal."""
    return np.random.default_rng(0).standard_normal((batch, width), np.float32)


def main() -> None:
    """Answer lines until there are no more."""
    file, runtime, threads = sys.argv[1:]
    if runtime == "openvino" and openvino is None:
        print(flush=True)
        return
    with np.load(file) as weights:
        model = graph_of(dict(weights))
    at = {"onnxruntime": in_onnxruntime, "openvino": in_openvino}[runtime](model, int(threads))
    print(onnxruntime.__version__ if runtime == "onnxruntime" else openvino.__version__, flush=True)
    forwards: dict[int, Callable[[], object]] = {}
    for line in sys.stdin:
        batch, repeats = map(int, line.split())
        forward = forwards[batch] if batch in forwards else forwards.setdefault(batch, at(batch))
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            forward()
            seconds.append(time.perf_counter() - start)
        print(" ".join(map(repr, seconds)), flush=True)


if __name__ == "__main__":
    main()
