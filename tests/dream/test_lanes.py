"""Per-lane noise: independent of batch, order and padding; well distributed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wm_zoo.api import nn as api_nn
from wm_zoo.lanes import LaneGenerator

SEEDS = list(range(70))


@pytest.mark.parametrize("draw", ["normal", "uniform"])
@pytest.mark.parametrize("k", [1, 3, 16, 37])
def test_a_lane_alone_gets_the_bits_it_gets_in_any_batch(draw, k):
    for n in (1, 2, 7, 33, 70):
        order = np.random.default_rng(n).permutation(SEEDS)[:n]
        batch = LaneGenerator([int(s) for s in order])
        rows = torch.cat([getattr(batch, draw)(n, k), getattr(batch, draw)(n, k)], 1)
        for i, seed in enumerate(order):
            alone = LaneGenerator([int(seed)])
            expected = torch.cat([getattr(alone, draw)(1, k), getattr(alone, draw)(1, k)], 1)
            assert torch.equal(rows[i : i + 1], expected)


def test_select_shares_the_counts_and_padding_does_not_disturb():
    whole, parts = LaneGenerator(SEEDS[:8]), LaneGenerator(SEEDS[:8])
    expected = whole.normal(8, 5)
    some = parts.select([5, 2, 7]).normal(3, 5)
    padded = parts.select([0, 1, 3], pad_to=32).normal(32, 5)[:3]
    rest = parts.select(np.arange(8)).select([4, 6]).normal(2, 5)
    assert torch.equal(some, expected[[5, 2, 7]])
    assert torch.equal(padded, expected[[0, 1, 3]])
    assert torch.equal(rest, expected[[4, 6]])
    assert torch.equal(parts.normal(8, 3), whole.normal(8, 3))  # every lane has drawn once


def test_reseed_restarts_one_lane_only():
    noise = LaneGenerator([1, 2, 3])
    first = noise.normal(3, 4)
    noise.reseed([1], [2])
    second = noise.normal(3, 4)
    assert torch.equal(second[1], first[1])
    assert not torch.equal(second[0], first[0])
    assert torch.equal(LaneGenerator([2, 1]).normal(2, 4)[1], first[0])


def test_state_goes_round():
    noise = LaneGenerator([1, 2, 3])
    noise.uniform(3, 2)
    copy = LaneGenerator([0, 0, 0])
    copy.set_state(noise.get_state())
    assert torch.equal(copy.normal(3, 9), noise.normal(3, 9))
    with pytest.raises(ValueError, match="3 lanes given to a generator of 2"):
        LaneGenerator([1, 2]).set_state(noise.get_state())


def test_a_wrong_number_of_lanes_is_refused():
    with pytest.raises(ValueError, match="asked for noise of 4 lanes, this generator has 2"):
        LaneGenerator([1, 2]).normal(4, 1)


def test_the_protocol_helpers_take_it():
    assert api_nn.normal(2, 3, LaneGenerator([1, 2])).shape == (2, 3)
    assert api_nn.uniform(2, 3, LaneGenerator([1, 2])).dtype == torch.float32


def test_distribution():
    """100,000 numbers over lanes, draws and columns: moments, tails and neighbours."""
    noise = LaneGenerator(list(range(100)))
    normal = torch.stack([noise.normal(100, 20) for _ in range(50)]).double()  # [draw, lane, column]
    n = normal.numel()
    assert abs(float(normal.mean())) < 4 / n**0.5
    assert abs(float(normal.var()) - 1) < 4 * (2 / n) ** 0.5
    assert abs(float((normal**4).mean()) - 3) < 4 * (96 / n) ** 0.5
    uniform = torch.stack([noise.uniform(100, 20) for _ in range(50)]).double()
    assert float(uniform.min()) >= 0
    assert float(uniform.max()) < 1
    counts = np.histogram(uniform.numpy(), 64, (0, 1))[0]
    chi2 = ((counts - n / 64) ** 2 / (n / 64)).sum()
    assert chi2 < 63 + 5 * (2 * 63) ** 0.5
    for axis in range(3):  # neighbouring draws, lanes and columns do not correlate
        a, b = normal.narrow(axis, 0, normal.shape[axis] - 1), normal.narrow(axis, 1, normal.shape[axis] - 1)
        assert abs(float((a * b).mean())) < 5 / n**0.5
