"""ONNX Runtime's side of `dream.py`, for a Python that has onnx and onnxruntime (torch is not needed).

Reads the network's weights (.npz), then, for every line "batch repeats" on stdin, prints the seconds of each forward.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


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


def session(weights: dict[str, np.ndarray]) -> onnxruntime.InferenceSession:
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
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def main() -> None:
    """Answer lines until there are no more."""
    with np.load(sys.argv[1]) as file:
        run = session(dict(file))
    print(f"onnxruntime {onnxruntime.__version__}", flush=True)
    rng = np.random.default_rng(0)
    for line in sys.stdin:
        batch, repeats = map(int, line.split())
        feed = {i.name: rng.standard_normal((batch, i.shape[1]), np.float32) for i in run.get_inputs()}
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            run.run(None, feed)
            seconds.append(time.perf_counter() - start)
        print(" ".join(map(repr, seconds)), flush=True)


if __name__ == "__main__":
    main()
