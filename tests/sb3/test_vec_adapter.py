"""SB3's vector interface over dreams, native batches and copies of single environments."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.env_util import make_vec_env as sb3_make_vec_env
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecMonitor, VecNormalize

from wm_envs.dream.env import DreamEnv
from wm_envs.dream.vector import DreamVectorEnv
from wm_zoo.errors import ConfigError
from wm_zoo.sb3 import VecAdapter, make_vec_env


def pushes(n, t):
    return np.sin(np.arange(n) + 0.3 * t).astype(np.float32)[:, None]


def test_it_equals_sb3s_own_vector_of_single_dreams(world):
    """Same seeds: observations, rewards, dones and the infos of ended lanes, through many episode ends."""
    options = {"horizon": 5, "termination": "sample"}
    ours = make_vec_env("wm/Dream-v0", 4, seed=3, monitor=False, info_keys=["uncertainty"], world=world, **options)
    theirs = DummyVecEnv([lambda: DreamEnv(world, **options)] * 4)
    theirs.seed(3)
    assert isinstance(ours, VecAdapter)
    assert isinstance(ours.env.unwrapped, DreamVectorEnv)
    assert np.array_equal(ours.reset(), theirs.reset())
    assert ours.reset_infos == theirs.reset_infos
    ended = 0
    for t in range(40):
        a, b = ours.step(pushes(4, t)), theirs.step(pushes(4, t))
        for x, y in zip(a[:3], b[:3], strict=True):
            assert np.array_equal(x, y)
            assert x.dtype == y.dtype
        for lane in range(4):
            mine, other = a[3][lane], b[3][lane]
            if not a[2][lane]:
                assert mine == {"uncertainty": other["uncertainty"]}
                continue
            ended += 1
            assert np.array_equal(mine.pop("terminal_observation"), other.pop("terminal_observation"))
            assert mine == other
            assert ours.reset_infos[lane] == theirs.reset_infos[lane]
    assert ended > 20


def test_monitor_and_truncation_flag(toy):
    venv = make_vec_env("wm/Dream-v0", 3, seed=0, world=toy.toy_world(edge=100.0), horizon=4)
    assert isinstance(venv, VecMonitor)
    venv.reset()
    for t in range(4):
        _, _, dones, infos = venv.step(pushes(3, t))
    assert dones.all()
    for info in infos:
        assert info["episode"]["l"] == 4
        assert info["TimeLimit.truncated"] is True
        assert info["uncertainty"] > 0
        assert info["terminal_observation"].shape == venv.observation_space.shape


def test_seed_makes_runs_equal(world):
    def run():
        venv = make_vec_env("wm/Dream-v0", 2, seed=7, world=world)
        return np.concatenate([venv.reset(), venv.step(pushes(2, 0))[0], venv.step(pushes(2, 1))[0]])

    assert np.array_equal(run(), run())


def test_module_prefix_and_bad_options(saved):
    venv = make_vec_env("wm_envs:wm/Dream-v0", 2, world=saved)
    assert venv.reset().shape == (2, 19)
    with pytest.raises(TypeError, match="did you mean 'horizon'"):
        make_vec_env("wm/Dream-v0", 2, world=saved, horison=3)
    odd = make_vec_env("wm/Dream-v0", 2, world=saved, info_keys=["uncertainly"])
    odd.reset()
    with pytest.raises(ConfigError, match="did you mean 'uncertainty'"):
        odd.step(pushes(2, 0))
    with pytest.raises(ConfigError, match="SAME_STEP"):
        VecAdapter(DreamVectorEnv(saved, 2))


def test_attributes_methods_and_rendering_of_a_native_batch(world):
    venv = make_vec_env("wm/Dream-v0", 2, world=world, render_mode="rgb_array")
    venv.reset()
    assert venv.render_mode == "rgb_array"
    assert venv.get_attr("world") == [world, world]
    assert venv.env_is_wrapped(Monitor) == [False, False]
    assert len(venv.env_method("get_state", indices=[0])[0]) > 0
    assert venv.env_method("render", indices=[1])[0].shape == (288, 288, 3)
    assert venv.render().shape == (576, 288, 3)
    venv.set_attr("note", 5)
    assert venv.get_attr("note", indices=0) == [5]
    with pytest.raises(ConfigError, match="all 2 lanes at once"):
        venv.set_attr("note", 5, indices=[0])
    with pytest.raises(AttributeError, match="did you mean 'get_state'"):
        venv.get_attr("get_stat")
    assert not venv.has_attr("nothing")
    venv.close()
    venv.close()


def test_environments_without_a_batch_of_their_own():
    venv = make_vec_env("Pendulum-v1", 3, seed=1, max_episode_steps=3)
    reference = DummyVecEnv([lambda: gym.make("Pendulum-v1", max_episode_steps=3)] * 3)
    reference.seed(1)
    assert np.array_equal(venv.reset(), reference.reset())
    for t in range(7):
        a, b = venv.step(pushes(3, t)), reference.step(pushes(3, t))
        assert np.array_equal(a[0], b[0])
        np.testing.assert_allclose(a[1], b[1], rtol=1e-6)
        assert np.array_equal(a[2], b[2])
        if a[2][0]:
            assert np.array_equal(a[3][0]["terminal_observation"], b[3][0]["terminal_observation"])
    assert venv.get_attr("g") == [10.0] * 3
    venv.set_attr("g", 9.0, indices=[1])
    assert venv.get_attr("g") == [10.0, 9.0, 10.0]
    assert venv.env_is_wrapped(gym.wrappers.TimeLimit) == [True] * 3
    assert len(venv.env_method("get_wrapper_attr", "max_torque")) == 3
    venv.close()


def test_an_environment_whose_batch_knows_no_same_step():
    """Gymnasium's own CartPole batch: falls back to copies instead of wrong resets."""
    venv = make_vec_env("CartPole-v1", 2, seed=0)
    venv.reset()
    for _ in range(60):
        _, _, dones, infos = venv.step(np.array([1, 1]))
        for lane in np.flatnonzero(dones):
            assert abs(infos[lane]["terminal_observation"]).max() > 0.2
            assert infos[lane]["TimeLimit.truncated"] is False
            return
    pytest.fail("pushing right for 60 steps never dropped the pole")


def test_options_reach_the_batch():
    venv = make_vec_env("Pendulum-v1", 2, monitor=False)
    venv.set_options({"x_init": 0.0, "y_init": 0.0})
    assert np.array_equal(venv.reset(), np.float32([[1, 0, 0]] * 2))
    venv.set_options([{"x_init": 0.0}, {}])
    with pytest.raises(ConfigError, match="one set of options"):
        venv.reset()


def test_sb3_make_vec_env_and_vec_normalize_work_on_single_dreams(saved):
    venv = sb3_make_vec_env("wm_envs:wm/Dream-v0", 2, seed=0, env_kwargs={"world": saved})
    assert VecNormalize(venv).reset().shape == (2, 19)


def test_spawned_workers_find_the_dream(saved):
    import os

    venv = sb3_make_vec_env(
        "wm_envs:wm/Dream-v0",
        1,
        seed=0,
        env_kwargs={"world": saved},
        vec_env_cls=SubprocVecEnv,
        vec_env_kwargs={"start_method": "spawn"},
    )
    try:
        assert np.array_equal(venv.reset()[0], DreamEnv(saved).reset(seed=0)[0])
        assert os.environ["WM_REGISTRY"]
    finally:
        venv.close()
