"""Row-stable evaluation: the same bits for a lane whatever else is in its batch.

A matrix product of one row and the same row inside a batch differ in the last bits, because the library picks another
kernel for another shape; so do vectorised and scalar forms of exp and tanh, and torch runs the last few elements of an
array through the scalar form. Models are therefore run on batches of one fixed size, padded at the end, in which the
number of elements of any contiguous tensor is a multiple of 32 = two AVX-512 registers: no scalar tail, one kernel.
Measured on an EPYC with AVX-512 (torch 2.13, LSTM of 256 with its mixture head, one thread): 0.05 ms for one unpadded
row, 0.38 ms for 32, 3.6 ms for 256 at once: padding costs a single dream 0.33 ms a step, and cutting into 32s makes a
batch of 256 faster, not slower. Chunks of 1 are stable too but give 20,000 rows/s instead of 83,000; 2, 4, 8, 16 and 48
were caught giving unequal bits.

A world that says `row_independent = True` promises the same bits for any batch (`wm_zoo.api.nn.RowNetwork` keeps such a
promise); it is evaluated on all lanes at once.

The thread count can move the seams of a parallel loop, so the calling thread runs models single-threaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wm_envs import _native

if TYPE_CHECKING:
    from torch import Tensor

CHUNK = 32
"""Rows of a model evaluation."""

IMAGE_CHUNK = 8
"""Rows when they are pictures: 8 of a multiple of 4 numbers keep the rule of 32, and 32 are slow for a single dream."""


def chunk_for(shape: Sequence[int]) -> int:
    """Rows to evaluate at once for observations of this shape."""
    return IMAGE_CHUNK if len(shape) == 3 and int(np.prod(shape)) % 4 == 0 else CHUNK


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch operators of this thread without a parallel loop (0.4 µs)."""
    import torch

    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def chunks(lanes: NDArray[np.intp], size: int = CHUNK) -> Iterator[NDArray[np.intp]]:
    """Cut lane indices into pieces of at most `size`."""
    for first in range(0, len(lanes), size):
        yield lanes[first : first + size]


def independent(world: Any) -> bool:
    """Whether the world promises rows that are independent to the bit: all lanes are then evaluated at once."""
    return bool(getattr(world, "row_independent", False))


def gather(tensors: Mapping[str, Tensor], lanes: NDArray[np.intp], size: int = CHUNK) -> dict[str, Tensor]:
    """Rows `lanes` of every tensor ``[N, ...]``, padded to `size` rows with the first of them."""
    import torch

    index = np.full(size, lanes[0])
    index[: len(lanes)] = lanes
    rows = torch.from_numpy(index)
    return {name: tensor.index_select(0, rows.to(tensor.device)) for name, tensor in tensors.items()}


def pad(tensor: Tensor, size: int = CHUNK) -> Tensor:
    """A tensor ``[M, ...]`` with its first row repeated at the end until there are `size`."""
    import torch

    missing = size - len(tensor)
    return torch.cat([tensor, tensor[:1].expand(missing, *tensor.shape[1:])]) if missing else tensor


def in_chunks(function: Callable[[dict[str, Tensor]], Tensor], rows: Mapping[str, Tensor], size: int = CHUNK) -> Tensor:
    """`function` of named tensors ``[N, ...]`` evaluated in padded chunks, ``[N, ...]``."""
    import torch

    n, parts = len(next(iter(rows.values()))), []
    with one_thread():
        for begin in range(0, n, size):
            part = {name: pad(tensor[begin : begin + size], size) for name, tensor in rows.items()}
            parts.append(function(part)[: n - begin])
    return torch.cat(parts)


def merge(states: Sequence[Mapping[str, Tensor]], counts: Sequence[int]) -> dict[str, Tensor]:
    """Join padded states ``[size, ...]``, of which the first `counts` rows are real, into one ``[N, ...]``."""
    import torch

    return {name: torch.cat([s[name][:n] for s, n in zip(states, counts, strict=True)]) for name in states[0]}


def all_finite(parts: Sequence[Tensor]) -> bool:
    """Whether every number is known to be finite; False where `finite_rows` must look closer."""
    import torch

    floats = [part for part in parts if part.is_floating_point()]
    if not all(part.dtype == torch.float32 and part.is_cpu and part.is_contiguous() for part in floats):
        return False
    return _native.all_finite([part.numpy() for part in floats])


def finite_rows(*parts: Any) -> NDArray[np.bool_]:
    """Where every number of row i of all tensors ``[M, ...]`` is finite; integer tensors count as finite."""
    import torch

    good: Any = True
    for part in parts:
        if part.is_floating_point():
            good = torch.isfinite(part.reshape(len(part), -1)).all(-1) & good
    result: NDArray[np.bool_] = good.cpu().numpy()
    return result
