"""Networks whose rows are independent to the bit, evaluated natively; offered to plugins by `wm_zoo.api.nn`.

torch picks another kernel for another batch size, so one row of a batch differs from the same row alone in its last
bits. The native kernels sum in one order whatever the batch, and on a CPU are two to four times as fast for the small
layers of a world model. They compute no gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wm_envs import _native

Packed = TypeVar("Packed")

_ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.ELU: "elu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}


class RowNetwork:
    """A straight program over rows: inputs, then layers; float32 on the CPU, no gradients.

    Values are numbered: every method that adds one returns its number. Weights are copied when a layer is added.
    Calling it evaluates a batch of any size; the bits of a row depend on that row alone.
    """

    def __init__(self) -> None:
        self._native = _native.RowNetwork()
        self._widths: dict[int, int] = {}
        self._outputs: list[int] = []

    @property
    def native(self) -> _native.RowNetwork:
        """The compiled network."""
        return self._native

    def input(self, width: int) -> int:
        """A value that the call is given: a tensor ``[B, width]``."""
        return self._new(self._native.input(width), width)

    def linear(self, values: Sequence[int], weight: Tensor, bias: Tensor | None, activation: str = "identity") -> int:
        """``activation(weight @ values side by side + bias)``.

        Args:
            values: numbers of values; their widths sum to I.
            weight: ``[O, I]``.
            bias: ``[O]`` or None.
            activation: "identity", "relu", "elu", "tanh" or "sigmoid".
        """
        return self._new(self._native.dense(list(values), _array(weight), _maybe(bias), activation), len(weight))

    def mlp(self, values: Sequence[int], layers: nn.Linear | nn.Sequential) -> int:
        """A Linear, or a Sequential of Linears with ReLU, ELU, Tanh or Sigmoid after some of them.

        Raises:
            TypeError: for a layer of another kind.
        """
        modules = [layers] if isinstance(layers, nn.Linear) else list(layers)
        value = -1
        for layer, after in zip(modules, [*modules[1:], None], strict=True):
            if isinstance(layer, nn.Linear):
                value = self.linear(values, layer.weight, layer.bias, _ACTIVATIONS.get(type(after), "identity"))
                values = [value]
            elif type(layer) not in _ACTIVATIONS or (isinstance(layer, nn.ELU) and layer.alpha != 1.0):
                raise TypeError(f"{layer} cannot be evaluated natively: expected Linear, ReLU, ELU, Tanh or Sigmoid")
        return value

    def gru(self, values: Sequence[int], hidden: int, layer: nn.GRU) -> int:
        """One step of a single-layer GRU; the new hidden value ``[B, H]``."""
        return self._new(self._native.gru(list(values), hidden, *_recurrent(layer)), layer.hidden_size)

    def lstm(self, values: Sequence[int], hidden: int, cell: int, layer: nn.LSTM) -> tuple[int, int]:
        """One step of a single-layer LSTM; the new hidden and cell values ``[B, H]``."""
        new_hidden, new_cell = self._native.lstm(list(values), hidden, cell, *_recurrent(layer))
        return self._new(new_hidden, layer.hidden_size), self._new(new_cell, layer.hidden_size)

    def output(self, *values: int) -> None:
        """Let the call return these values, in this order."""
        for value in values:
            self._native.output(value)
            self._outputs.append(self._widths[value])

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """Tensors float32 ``[B, width]`` in the order of `input` to those of `output`."""
        rows = len(inputs[0])
        outputs = [np.empty((rows, width), np.float32) for width in self._outputs]
        self._native.run([_array(tensor) for tensor in inputs], outputs)
        return [torch.from_numpy(array) for array in outputs]

    def _new(self, value: int, width: int) -> int:
        self._widths[value] = width
        return value


class PackedRows(Generic[Packed]):
    """A `RowNetwork` (or what holds one) of some weights: packed when needed, and again when a weight has changed.

    Args:
        build: makes it from the module.
    """

    def __init__(self, build: Callable[[Any], Packed]) -> None:
        self._build = build
        self._packed: Packed | None = None
        self._weights: list[Tensor] = []
        self._versions: list[tuple[int, int]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> PackedRows[Packed]:
        return PackedRows(self._build)  # belongs to the weights of one module

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedRows, (self._build,)

    def clear(self) -> None:
        """Forget the packed weights: call it where a parameter may have been replaced."""
        self._packed = None

    def of(self, module: nn.Module) -> Packed:
        """What was built of this module's weights as they are now."""
        if self._packed is None or self._versions != [(w.data_ptr(), w._version) for w in self._weights]:
            self._weights = list(module.parameters())
            self._versions = [(w.data_ptr(), w._version) for w in self._weights]
            self._packed = self._build(module)
        return self._packed


def can_use_rows(weight: Tensor) -> bool:
    """Whether a module with this weight can be evaluated natively now: float32 on the CPU, nobody wants gradients."""
    return (
        weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and not torch.is_grad_enabled()
        and not weight.is_inference()  # such weights do not tell when they change
        and not torch.compiler.is_compiling()
    )


def sample_gaussian_mixture(
    outputs: Tensor,
    base: Tensor | None,
    noise: Tensor | None,
    uniform: Tensor | None,
    *,
    dims: int,
    components: int,
    log_std_limits: tuple[float, float],
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """Samples of independent Gaussian mixtures, one for each dimension; row by row to the bit, no gradients.

    Args:
        outputs: float32 ``[B, parts * Z * K]``: means, log standard deviations, logits (only for K > 1).
        base: added to the means, ``[B, Z]``.
        noise: standard normal, ``[B, Z]``; None for the mean of the heaviest component.
        uniform: in [0, 1), ``[B, Z * K]``; needed with noise for K > 1.
        dims: Z.
        components: K.
        log_std_limits: lower and upper end of the soft clamp on the log standard deviation.
        temperature: divides the logits, multiplies the variance.

    Returns:
        The samples ``[B, Z]``, and the standard deviation of the whole mixture, averaged over Z, ``[B]``.
    """
    latent, spread = np.empty((len(outputs), dims), np.float32), np.empty(len(outputs), np.float32)
    given = (_array(outputs), _maybe(base), _maybe(noise), _maybe(uniform))
    _native.sample_mixture(*given, latent, spread, components, *log_std_limits, temperature)
    return torch.from_numpy(latent), torch.from_numpy(spread)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().contiguous().numpy()
    return array


def _maybe(tensor: Tensor | None) -> NDArray[np.float32] | None:
    return None if tensor is None else _array(tensor)


def _recurrent(layer: nn.RNNBase) -> tuple[Any, ...]:
    weights: Any = layer  # torch types what it sets by name as Tensor | Module
    if layer.num_layers != 1 or layer.bidirectional or layer.proj_size:
        raise TypeError(f"{layer} cannot be evaluated natively: expected one layer, one direction, no projection")
    biases = (weights.bias_ih_l0, weights.bias_hh_l0) if layer.bias else (None, None)
    return _array(weights.weight_ih_l0), _array(weights.weight_hh_l0), _maybe(biases[0]), _maybe(biases[1])
