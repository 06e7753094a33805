"""Assertions with a text (a plain `assert` says nothing outside pytest, and nothing at all under `python -O`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def expect(condition: object, message: str) -> None:
    """Raise AssertionError with `message` unless `condition` holds."""
    if not condition:
        raise AssertionError(message)


def expect_tensor(name: str, value: object, shape: tuple[int, ...]) -> None:
    """`value` must be a finite float32 tensor of `shape`."""
    import torch

    expect(isinstance(value, torch.Tensor), f"{name} is {type(value).__name__}, expected a Tensor")
    assert isinstance(value, torch.Tensor)
    expect(tuple(value.shape) == shape, f"{name} has shape {list(value.shape)}, expected {list(shape)}")
    expect(value.dtype == torch.float32, f"{name} is {value.dtype}, expected torch.float32")
    expect(bool(torch.isfinite(value).all()), f"{name} has NaN or infinite values")


def expect_same(one: Mapping[str, Tensor], other: Mapping[str, Tensor], why: str) -> None:
    """Both mappings must hold the same bits."""
    import torch

    expect(one.keys() == other.keys(), f"{why}: {sorted(one)} and {sorted(other)}")
    for name in one:
        expect(
            torch.equal(one[name], other[name]), f"{why}: {name} differs by up to {distance(one[name], other[name])}"
        )


def expect_close(one: Mapping[str, Tensor], other: Mapping[str, Tensor], why: str, tolerance: float = 1e-4) -> None:
    """Both mappings must agree up to rounding; integers (pixels) may differ by one."""
    for name in one:
        scale = 1.0 + float(one[name].detach().abs().max()) if one[name].numel() else 1.0
        limit = tolerance * scale if one[name].is_floating_point() else 1.0
        gap = distance(one[name], other[name])
        expect(gap <= limit, f"{why}: {name} differs by up to {gap:.3g}")


def distance(one: Tensor, other: Tensor) -> float:
    """Largest absolute difference; infinite for different shapes."""
    if one.shape != other.shape:
        return float("inf")
    return float((one.detach().double() - other.detach().double()).abs().max()) if one.numel() else 0.0
