"""A script written for CarRacing-v3 works by changing the id: checkers, workers, learners; warnings are errors."""

from __future__ import annotations

import functools
import subprocess
import sys
import textwrap
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as check_gymnasium
from gymnasium.vector import AsyncVectorEnv, AutoresetMode

import wm_envs.car_racing

STOCK, OURS = "CarRacing-v3", "wm_envs:wm/CarRacing-v0"
OPTIONS = [
    {},
    {"continuous": False},
    {"domain_randomize": True, "lap_complete_percent": 0.9, "verbose": False},  # stock's own
    {"obs_size": 64, "frame_skip": 4, "grayscale": True},
    {"actions": "accel", "painter": "exact"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gymnasiums_checker(options):
    """Rendering included: every mode is made, reset, stepped and closed."""
    env = gym.make(OURS, render_mode="rgb_array", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # stock's own pedals are not symmetric either: Gymnasium warns of that action space on purpose
        warnings.filterwarnings("ignore", message=".*symmetric and normalized.*")
        check_gymnasium(env.unwrapped)


@pytest.mark.parametrize(
    "options", [{"actions": "accel"}, {"continuous": False}, {"actions": "accel", "obs_size": 64}], ids=str
)
def test_sb3s_checker(options):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checker.check_env(gym.make(OURS, render_mode="rgb_array", **options))


def test_sb3s_checker_says_of_the_pedals_what_it_says_of_stock(make_stock):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    said = []
    for env in (make_stock(), gym.make(OURS).unwrapped):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            checker.check_env(env)
        said.append([str(warning.message) for warning in caught])
    assert said[0] == said[1]
    assert len(said[1]) == 1
    assert "symmetric and normalized" in said[1][0]


def test_spaces_and_limit_are_stocks(make_stock):
    for options in ({}, {"continuous": False}):
        stock, ours = make_stock(**options), gym.make(OURS, **options)
        assert ours.action_space == stock.action_space
        assert ours.observation_space == stock.observation_space
        assert ours.spec.max_episode_steps == gym.spec(STOCK).max_episode_steps
        assert ours.spec.reward_threshold == gym.spec(STOCK).reward_threshold
        assert set(ours.unwrapped.metadata["render_modes"]) == set(stock.metadata["render_modes"])


def test_what_scripts_read_is_there_and_read_only(make_stock):
    stock, ours = make_stock(draw=False), gym.make(OURS).unwrapped
    stock.reset(seed=2), ours.reset(seed=2)
    for _ in range(30):
        stock.step(np.array([0.3, 0.6, 0.0])), ours.step(np.array([0.3, 0.6, 0.0]))
    assert ours.track == stock.track
    assert (ours.tile_visited_count, ours.t, ours.reward) == (stock.tile_visited_count, stock.t, stock.reward)
    for a, b in zip([ours.car.hull, *ours.car.wheels], [stock.car.hull, *stock.car.wheels], strict=True):
        assert tuple(a.position) == tuple(b.position)
        assert a.position[0] == b.position.x == a.position.x
    a, b = ours.car.hull, stock.car.hull
    assert (a.angle, tuple(a.linearVelocity), a.angularVelocity) == (
        b.angle,
        tuple(b.linearVelocity),
        b.angularVelocity,
    )
    assert a.linearVelocity.length == pytest.approx(b.linearVelocity.length)
    for one, other in zip(ours.car.wheels, stock.car.wheels, strict=True):
        assert (one.omega, one.phase, one.joint.angle) == (other.omega, other.phase, other.joint.angle)
    for target, name in (
        (ours, "track"),
        (ours, "tile_visited_count"),
        (a, "position"),
        (a, "angle"),
        (ours.car.wheels[0], "omega"),
    ):
        with pytest.raises(AttributeError):
            setattr(target, name, 0)


def test_what_else_stocks_bodies_tell(make_stock):
    """Beyond the usual reads: bodies, pedals, and b2Vec2's arithmetic."""
    stock, ours = make_stock(draw=False), gym.make(OURS).unwrapped
    stock.reset(seed=4), ours.reset(seed=4)
    for t in range(50):
        action = np.array([0.4, 0.7, 0.1 * (t > 30)])
        stock.step(action), ours.step(action)
    for name in ("continuous", "domain_randomize", "lap_complete_percent"):
        assert getattr(ours, name) == getattr(stock, name)
    for a, b in zip([ours.car.hull, *ours.car.wheels], [stock.car.hull, *stock.car.wheels], strict=True):
        assert (a.angle, a.angularVelocity, a.mass) == (b.angle, b.angularVelocity, b.mass)
        assert tuple(a.linearVelocity) == tuple(b.linearVelocity)
        assert tuple(a.worldCenter) == tuple(b.worldCenter)
        for axis in ((0, 1), (1, 0), (0.3, -2)):
            assert tuple(a.GetWorldVector(axis)) == tuple(b.GetWorldVector(axis))
    for one, other in zip(ours.car.wheels, stock.car.wheels, strict=True):
        assert (one.gas, one.brake, one.steer) == (other.gas, other.brake, other.steer)
        assert (len(one.tiles) > 0) == (len(other.tiles) > 0)
    a, b = (env.car.hull.position for env in (ours, stock))
    c, d = (env.car.wheels[0].position for env in (ours, stock))
    for mine, boxed in ((a - c, b - d), (a + c, b + d), (2.5 * a, 2.5 * b), (a * 0.1, b * 0.1), (-a, -b)):
        assert tuple(mine) == tuple(boxed)
    assert a.lengthSquared == pytest.approx(b.lengthSquared)
    assert a.dot(c) == pytest.approx(b.dot(d))


def test_verbose_writes_a_line_a_track(capsys):
    env = wm_envs.car_racing.CarRacingEnv(verbose=True)
    env.reset(seed=0)
    assert capsys.readouterr().out == f"Track generation: {len(env.track)}-tiles track\n"


@pytest.mark.parametrize("context", ["spawn", "forkserver"])
def test_workers_of_gymnasium(context):
    """The id carries its module, so that a fresh process registers it."""
    make_one = functools.partial(gym.make, OURS, max_episode_steps=4)  # a worker cannot import this test's module
    envs = AsyncVectorEnv([make_one] * 2, context=context, autoreset_mode=AutoresetMode.SAME_STEP)
    native = gym.make_vec(OURS, num_envs=2, autoreset_mode="SameStep", max_episode_steps=4)
    try:
        np.testing.assert_array_equal(envs.reset(seed=3)[0], native.reset(seed=3)[0])
        for _ in range(9):
            action = np.tile(np.array([0.1, 0.5, 0.0], np.float32), (2, 1))
            one, other = envs.step(action), native.step(action)
            for a, b in zip(one[:4], other[:4], strict=True):
                np.testing.assert_array_equal(a, b)
    finally:
        envs.close()


@pytest.mark.slow
@pytest.mark.parametrize("context", ["spawn", "forkserver"])
def test_workers_of_sb3(context):
    script = f"""
        import numpy as np
        from stable_baselines3.common.env_util import make_vec_env
        from stable_baselines3.common.vec_env import SubprocVecEnv

        if __name__ == "__main__":
            workers = {{"start_method": "{context}"}}
            envs = make_vec_env("{OURS}", 2, seed=5, vec_env_cls=SubprocVecEnv, vec_env_kwargs=workers)
            obs = envs.reset()
            for _ in range(5):
                obs, rewards, dones, infos = envs.step(np.tile(np.array([0.1, 0.5, 0.0], np.float32), (2, 1)))
            assert obs.shape == (2, 96, 96, 3) and infos[0]["tiles_total"] > 200
            assert envs.env_method("get_state")[0] != envs.env_method("get_state")[1]
            envs.close()
    """
    run(script)


def run(script: str) -> str:
    """A script of its own, as a user would run it, with warnings as errors (but those of others' imports)."""
    filters = ["-W", "error::DeprecationWarning:__main__", "-W", "error::UserWarning"]
    result = subprocess.run(
        [sys.executable, "-P", *filters, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


CLEANRL = """
    # The loop of CleanRL's ppo_continuous_action and dqn_atari, shortened: only the id was changed.
    import gymnasium as gym
    import torch
    from torch import nn

    torch.set_num_threads(1)
    env_id = "ENV_ID"

    def make_env(env_id, idx, run_name):
        def thunk():
            env = gym.make(env_id, render_mode="rgb_array", continuous=False, **EXTRA)
            env = gym.wrappers.TimeLimit(env, 12)
            env = gym.wrappers.RecordEpisodeStatistics(env)
            env = gym.wrappers.GrayscaleObservation(env)
            env = gym.wrappers.FrameStackObservation(env, 4)
            env.action_space.seed(idx)
            return env
        return thunk

    envs = gym.vector.SyncVectorEnv([make_env(env_id, i, "run") for i in range(2)])
    assert isinstance(envs.single_action_space, gym.spaces.Discrete)
    torch.manual_seed(1)
    head = nn.Linear(8 * 144, envs.single_action_space.n)
    policy = nn.Sequential(nn.Conv2d(4, 8, 8, stride=8), nn.ReLU(), nn.Flatten(), head)
    obs, _ = envs.reset(seed=1)
    total, lengths = 0.0, []
    for step in range(30):
        with torch.no_grad():
            logits = policy(torch.tensor(obs / 255.0, dtype=torch.float32))
        actions = torch.distributions.Categorical(logits=logits).sample().numpy()
        obs, rewards, terminations, truncations, infos = envs.step(actions)
        total += float(rewards.sum())
        if "episode" in infos:
            lengths += infos["episode"]["l"][infos["_episode"]].tolist()
    frame = envs.envs[0].render()
    assert frame.shape == (400, 600, 3)
    envs.close()
    print(repr(total), lengths, obs.shape)
"""


@pytest.mark.slow
def test_a_cleanrl_script_with_another_id():
    """The exact painter gives the script the same pictures, so that it prints the same numbers."""
    ours = run(CLEANRL.replace("ENV_ID", OURS).replace("EXTRA", "{'painter': 'exact'}"))
    stock = run(CLEANRL.replace("ENV_ID", STOCK).replace("EXTRA", "{}"))
    assert ours == stock
    assert "[12, 12" in ours


SB3 = """
    import torch
    from stable_baselines3 import PPO

    torch.set_num_threads(1)
    model = PPO("CnnPolicy", "ENV_ID", n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu")
    model.learn(32)
    env = model.get_env()
    action, _ = model.predict(env.reset(), deterministic=True)
    assert action.shape == (1, 3)
    print(model.num_timesteps)
"""


@pytest.mark.slow
def test_an_sb3_script_with_another_id():
    assert run(SB3.replace("ENV_ID", OURS)) == "32\n"
