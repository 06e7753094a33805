"""The six values of Safety-Gymnasium, taken by a loop written for it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import wm_envs  # noqa: F401  (registers the ids)
from wm_envs.safety import SafetyVectorWrapper, SafetyWrapper

LIMIT = 7


class Costly(gym.Env[np.ndarray, int]):
    """Action 1 costs one; the episode terminates after seven steps."""

    observation_space = gym.spaces.Box(0.0, 10.0, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(1, np.float32), {"cost": 0.0}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        return np.full(1, self.steps, np.float32), 0.5, self.steps == LIMIT, False, {"cost": float(action)}


def safety_rollout(env: Any, policy: Any, epochs: int) -> list[tuple[float, float, int]]:
    """Return, cost return and length of episodes, as OmniSafe's adapters and SafePO's runners collect them."""
    found = []
    for epoch in range(epochs):
        obs, _ = env.reset(seed=epoch)
        ep_ret = ep_cost = 0.0
        ep_len = 0
        while True:
            obs, reward, cost, terminated, truncated, _ = env.step(policy(obs))
            ep_ret += reward
            ep_cost += cost
            ep_len += 1
            if terminated or truncated:
                break
        found.append((ep_ret, ep_cost, ep_len))
    return found


def test_a_loop_for_safety_gymnasium() -> None:
    env = SafetyWrapper(Costly())
    found = safety_rollout(env, lambda obs: int(obs[0]) % 2, 2)
    assert found == [(3.5, 3.0, LIMIT)] * 2


def test_types_and_attributes() -> None:
    env = SafetyWrapper(gym.wrappers.TimeLimit(Costly(), 3))
    obs, info = env.reset(seed=0)
    assert info["cost"] == 0.0
    obs, reward, cost, terminated, _, info = env.step(1)
    assert (type(reward), type(cost), type(terminated)) == (float, float, bool)
    assert info["cost"] == cost == 1.0
    assert env.observation_space.contains(obs)
    assert env.action_space == Costly.action_space
    assert env.unwrapped.steps == 1  # type: ignore[attr-defined]
    assert "SafetyWrapper" in repr(env)
    assert env.step(0)[3:5] == (False, False)
    assert env.step(0)[3:5] == (False, True)  # the time limit truncates
    with pytest.raises(AttributeError):
        _ = env.nonsense


def test_an_environment_without_costs_is_named() -> None:
    env = SafetyWrapper(gym.make("wm/CarRacing-v0"))
    env.reset(seed=0)
    with pytest.raises(KeyError, match=r"gives no info\['cost'\].*tiles_visited"):
        env.step(np.zeros(3, np.float32))
    env.close()


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_batches(mode: AutoresetMode) -> None:
    env = SafetyVectorWrapper(SyncVectorEnv([Costly] * 3, autoreset_mode=mode))
    env.reset(seed=0)
    totals = np.zeros(3)
    for step in range(LIMIT):
        _, rewards, costs, terminated, _, _ = env.step(np.array([0, 1, step % 2]))
        assert costs.dtype == np.float64
        assert costs.shape == rewards.shape == (3,)
        totals += costs
    assert totals.tolist() == [0.0, LIMIT, LIMIT // 2]  # the last step's cost is not lost to the reset
    assert terminated.all()
    assert env.num_envs == 3
    env.close()


def test_the_right_wrapper_for_the_right_thing() -> None:
    with pytest.raises(TypeError, match="SafetyVectorWrapper"):
        SafetyWrapper(SyncVectorEnv([Costly]))  # type: ignore[arg-type]


def test_driving_gives_costs() -> None:
    env = SafetyWrapper(gym.make("wm/Highway-v0", sensors=["state"]))
    found = safety_rollout(env, lambda _: np.array([0.3, 1.0, 0.0], np.float32), 3)
    assert all(cost >= 1.0 for _, cost, _ in found)  # off the road, or into somebody
    batch = SafetyVectorWrapper(gym.make_vec("wm/Highway-v0", num_envs=2, sensors=["state"]))
    batch.reset(seed=0)
    total = sum(batch.step(np.tile(np.array([0.3, 1.0, 0.0], np.float32), (2, 1)))[2] for _ in range(40))
    assert (total >= 1.0).all()
