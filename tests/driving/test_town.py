"""The procedural town: connected, drivable, houses off the road, seeds that repeat and differ."""

from __future__ import annotations

import functools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from wm_envs import _native

SEEDS = 200
Network = _native.DrivingNetwork


@functools.cache
def town(seed: int, **options: Any) -> Network:
    return Network.build("town", [seed], **options)


@functools.cache
def lanes(seed: int) -> list[dict[str, Any]]:
    network = town(seed)
    return [network.lane(k) for k in range(network.num_lanes)]


def reachable(start: int, edges: list[list[int]]) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for k in edges[waiting.pop()]:
            if k not in seen:
                seen.add(k)
                waiting.append(k)
    return seen


def test_every_lane_reaches_every_other() -> None:
    for seed in range(SEEDS):
        rows = lanes(seed)
        assert all(row["next"] and row["previous"] for row in rows if row["kind"] == "connector"), seed
        assert all(row["next"] for row in rows), f"dead end in town {seed}"
        beside = [[k for k in (row["left"], row["right"]) if k >= 0 and row["kind"] == "road"] for row in rows]
        forwards = [row["next"] + more for row, more in zip(rows, beside, strict=True)]
        backwards: list[list[int]] = [[] for _ in rows]
        for k, following in enumerate(forwards):
            for other in following:
                backwards[other].append(k)
        assert len(reachable(0, forwards)) == len(rows), seed
        assert len(reachable(0, backwards)) == len(rows), seed


def test_lanes_are_smooth_and_wide_enough_to_drive() -> None:
    for seed in range(SEEDS):
        network = town(seed)
        for k, row in enumerate(lanes(seed)):
            points = network.points(k)
            assert np.isfinite(points).all()
            assert row["length"] > 4.0
            assert row["width"] >= 3.0
            assert 4.0 <= row["speed_limit"] <= 14.0
            # 4 m is what a passenger car turns in with its steering at about 35 degrees.
            assert np.abs(points[:, 3]).max() < 1 / 4.5, (seed, k, row["kind"], float(np.abs(points[:, 3]).max()))
            for after in row["next"]:
                gap = network.points(after)[0] - points[-1]
                assert math.hypot(gap[0], gap[1]) < 1e-3
                assert abs(math.remainder(float(gap[2]), math.tau)) < 1e-3


def corners(obstacle: tuple[float, ...]) -> np.ndarray:
    x, y, heading, half_length, half_width, _ = obstacle
    forward = np.array([math.cos(heading), math.sin(heading)])
    aside = np.array([-forward[1], forward[0]])
    along, across = np.linspace(-half_length, half_length, 7), np.linspace(-half_width, half_width, 7)
    rim = [(a, b) for a in along for b in (-half_width, half_width)] + [
        (a, b) for a in (-half_length, half_length) for b in across
    ]
    return np.array([x, y]) + np.array(rim) @ np.stack([forward, aside])


def test_no_house_within_a_metre_of_a_lane() -> None:
    for seed in range(0, SEEDS, 4):
        network = town(seed)
        rims = np.concatenate([corners(o) for o in network.obstacles()])
        for k, row in enumerate(lanes(seed)):
            ends = network.points(k)[:, :2]
            count = max(len(ends), int(row["length"] / 2.0))  # every 2 m at least
            line = np.array([network.pose(k, s)[:2] for s in np.linspace(0.0, row["length"], count)])
            near = rims[np.all((rims > line.min(0) - 8.0) & (rims < line.max(0) + 8.0), axis=1)]
            if len(near):
                apart = np.sqrt(((near[:, None] - line[None]) ** 2).sum(-1)).min()
                assert apart > 0.5 * row["width"] + 1.0, (seed, k)


def test_houses_do_not_overlap_and_there_are_some() -> None:
    for seed in range(0, SEEDS, 10):
        obstacles = town(seed).obstacles()
        assert len(obstacles) >= 40
        centres = np.array([o[:2] for o in obstacles])
        inner = np.array([min(o[3], o[4]) for o in obstacles])  # circles inside of the houses must be apart
        apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1)) + 1e3 * np.eye(len(obstacles))
        assert (apart > inner[:, None] + inner[None]).all()


def test_seeds_repeat_and_differ() -> None:
    hashes = [town(seed).hash for seed in range(SEEDS)]
    assert len(set(hashes)) == SEEDS
    assert [Network.build("town", [seed]).hash for seed in range(20)] == hashes[:20]


def test_variety() -> None:
    """Over the seeds, every kind of junction and street occurs."""
    found: Counter[str] = Counter()
    for seed in range(60):
        rows = lanes(seed)
        found["signals"] += bool(town(seed).signals())
        found["without signals"] += not town(seed).signals()
        found["crossings"] += bool(town(seed).crossings())
        found["parking"] += bool(town(seed).layout()["places"])
        found["two lanes"] += any(row["left"] >= 0 for row in rows)
        found["one lane"] += not any(row["left"] >= 0 for row in rows)
        found["priority"] += any(row["priority"] > 0 for row in rows)
        found["curves"] += any(row["kind"] == "road" and len(town(seed).points(k)) > 2 for k, row in enumerate(rows))
        found["turns left"] += any(row["turn"] == "left" for row in rows)
    assert all(found[name] >= 3 for name in ("without signals", "one lane")), found
    assert all(count >= 20 for name, count in found.items() if name not in ("without signals", "one lane")), found


def test_opposite_greens_only() -> None:
    """Lights of a junction are never green, or yellow, for crossing directions at the same time."""
    for seed in range(0, 60, 5):
        network, rows = town(seed), lanes(seed)
        for row in rows:
            for conflict in row["conflicts"]:
                other = rows[conflict["other"]]
                if row["signal"] < 0 or other["signal"] in (row["signal"], -1):
                    continue
                a, b = network.signals()[row["signal"]], network.signals()[other["signal"]]
                if abs(math.cos(a[2] - b[2])) > 0.75:
                    continue  # the same axis: left turns give way
                for time in np.linspace(0.0, 90.0, 181):
                    assert "red" in (network.light(row["signal"], time), network.light(other["signal"], time)), (
                        seed,
                        time,
                    )


def test_options() -> None:
    for seed in range(10):
        assert not Network.build("town", [seed], signals=False).signals()
        one = Network.build("town", [seed], lanes=1)
        assert all(one.lane(k)["left"] < 0 for k in range(one.num_lanes))
        three = Network.build("town", [seed], lanes=3)
        rows = [three.lane(k) for k in range(three.num_lanes)]
        assert any(row["left"] >= 0 and rows[row["left"]]["left"] >= 0 for row in rows)
        assert all(row["next"] for row in rows)


def test_layout_lies_on_the_map() -> None:
    for seed in range(0, 40, 4):
        network, rows, layout = town(seed), lanes(seed), town(seed).layout()
        assert len(layout["starts"]) >= 32
        for lane, s, speed, _, _ in layout["starts"]:
            assert rows[lane]["kind"] == "road"
            assert 0.0 < s < rows[lane]["length"] - 10.0
            assert 0.0 <= speed <= rows[lane]["speed_limit"]
        for lane, start, end, flow in layout["traffic"]:
            assert 0.0 <= start < end <= rows[lane]["length"]
            assert flow > 0
        for x, y, heading, lane in layout["places"]:
            at = network.project(lane, x, y)
            assert at is not None
            assert -3.5 < at["d"] < -0.5 * rows[lane]["width"] - 0.9  # half a car's width beyond the lane
            assert abs(math.remainder(at["heading"] - heading, math.tau)) < 0.1


def test_roads_are_drivable_and_gardens_are_not() -> None:
    rng = np.random.default_rng(1)
    for seed in range(0, 20, 4):
        network, rows = town(seed), lanes(seed)
        for k, row in enumerate(rows):
            x, y, heading = network.pose(k, rng.uniform(0.05, 0.95) * row["length"])
            assert network.drivable(x, y), (seed, k)
            if row["kind"] == "road":
                assert network.locate(x, y, heading)["lane"] == k
        for obstacle in network.obstacles():
            assert not network.drivable(obstacle[0], obstacle[1])


@pytest.mark.parametrize("name", ["twon", "map"])
def test_unknown_scenario(name: str) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        Network.build(name, [0])
