"""Dreams that step natively are, to the bit, those that step in Python; the Python path is the reference."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
import torch

import wm_envs  # noqa: F401  (registers the ids)
from wm_envs.dream.actions import ActionCodec
from wm_envs.dream.env import DreamEnv
from wm_envs.dream.options import DreamOptions
from wm_envs.dream.vector import DreamVectorEnv
from wm_zoo.api import Dims, Spaces
from wm_zoo.manager import make
from wm_zoo.starts import StartBank
from wm_zoo.world import ComposedWorld, WorldCard

ACTIONS = {
    "pedals": gym.spaces.Box(np.float32([-1, 0, 0]), np.float32([1, 1, 1])),
    "matrix": gym.spaces.Box(-2, 2, (2, 2), np.float64),
    "keys": gym.spaces.Discrete(4, start=-1),
}
CONFIGS = {
    "gru": {"cell": "gru", "mixtures": 1, "head": 16, "hidden": 37, "reward_scale": 0.3},
    "gru-5": {"cell": "gru", "mixtures": 5, "hidden": 24, "residual": False},
    "lstm-3": {"cell": "lstm", "mixtures": 3, "hidden": 19, "termination_deadband": 0.3},
}


class PythonWorld(ComposedWorld):
    """The same world, which does not say what its step computes."""

    step_program = None


def world_pair(toy, config="gru", action="pedals"):
    """A world with a random MDN-RNN, and its `PythonWorld`."""
    spaces = Spaces(toy.spaces().observation, ACTIONS[action])
    size = ActionCodec(spaces.action).size
    torch.manual_seed(0)
    v = make("toy/levels-v0", Dims(spaces, size))
    m = make("wm/mdn-rnn-v0", Dims(spaces, size, latent=2), **CONFIGS[config])
    with torch.no_grad():
        for parameter in m.parameters():
            parameter.mul_(2.0)
    g = torch.Generator().manual_seed(1)
    episodes = [(torch.rand(21, 2, generator=g) * 2 - 1, torch.rand(20, size, generator=g)) for _ in range(4)]
    starts = StartBank.from_sequences(m, episodes, generator=g, per_episode=8)
    card = WorldCard("pair", {"id": "toy/levels-v0"}, {"id": "wm/mdn-rnn-v0", "config": CONFIGS[config]})
    return tuple(kind(v, m, spaces, starts, card) for kind in (ComposedWorld, PythonWorld))


def actions_at(space, n, t):
    """Actions ``[n, ...]``, some beyond the bounds of a Box."""
    rng = np.random.default_rng(t)
    if isinstance(space, gym.spaces.Discrete):
        return rng.integers(space.n, size=n) + space.start
    return rng.normal(0, 1.5, (n, *space.shape)).astype(space.dtype)


def equal(a, b):
    """Nested results, NaN being equal to NaN."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray) and a.dtype == object:
        return a.shape == b.shape and equal(list(a), list(b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and a == b


def assert_native(env, native=True):
    assert (env._core.native is not None) is native


def inside(env):
    """All that a snapshot holds."""
    core = env._core
    state = {name: tensor.numpy() for name, tensor in core.state.items()}
    return {**state, "steps": core.steps, "alive": core.alive, "noise": core.noise.get_state()}


def make_nan(name, lane, *envs):
    with torch.inference_mode():
        for env in envs:
            env._core.state[name][lane, 0] = torch.nan


OPTIONS = [
    {"horizon": 7},
    {"horizon": None, "termination": "sample", "temperature": 1.4, "obs": "latent"},
    {"horizon": 30, "temperature": 0.0, "threshold": 0.3, "pessimism": 0.7, "max_reward": 0.1, "start": "episode"},
    {"horizon": 5, "max_uncertainty": 1.0, "max_reward": 0.2, "obs": "pixels", "termination": "sample"},
]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_batches_equal_the_python_path(toy, config, action, options):
    """All that a vector environment returns, over resets in both modes, thread counts, and lanes that become NaN."""
    native, python = world_pair(toy, config, action)
    for mode, threads, n in (("NextStep", 1, 5), ("SameStep", 2, 60), ("NextStep", 3, 60)):
        ours = DreamVectorEnv(native, n, autoreset_mode=mode, num_threads=threads, **options)
        theirs = DreamVectorEnv(python, n, autoreset_mode=mode, **options)
        assert equal(ours.reset(seed=3), theirs.reset(seed=3))
        for t in range(24):
            chosen = actions_at(ACTIONS[action], n, t)
            assert equal(ours.step(chosen), theirs.step(chosen)), (mode, threads, t)
            if t % 10 == 4:
                make_nan("h", t % n, ours, theirs)
        assert equal(inside(ours), inside(theirs))
        assert_native(ours)
        assert_native(theirs, False)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_single_dreams_equal_the_python_path(toy, action, options):
    native, python = world_pair(toy, "lstm-3", action)
    ours, theirs = (gym.make("wm/Dream-v0", world=world, **options) for world in (native, python))
    invalid = 0
    for seed in (0, None, 7):
        assert equal(ours.reset(seed=seed), theirs.reset(seed=seed))
        for t in range(12):
            chosen = actions_at(ACTIONS[action], 1, t)[0]
            if t == 2 * (seed is not None):
                make_nan("c", 0, ours.unwrapped, theirs.unwrapped)
            step = ours.step(chosen)
            assert equal(step, theirs.step(chosen)), t
            invalid += step[4].get("invalid", False)
            if step[2] or step[3]:
                break
    assert_native(ours.unwrapped)
    assert invalid


def test_snapshots_travel_between_the_two_paths(toy):
    native, python = world_pair(toy)
    for there, back in ((native, python), (python, native)):
        first = DreamVectorEnv(there, 6, horizon=9)
        first.reset(seed=1)
        for t in range(4):
            first.step(actions_at(ACTIONS["pedals"], 6, t))
        state = first.get_state()
        second = DreamVectorEnv(back, 6, horizon=9)
        second.set_state(state)
        assert equal(inside(second), inside(first))
        for t in range(12):
            chosen = actions_at(ACTIONS["pedals"], 6, t)
            assert equal(first.step(chosen), second.step(chosen)), t
        first.set_state(state)
        second.set_state(state)
        assert equal(first.step(chosen), second.step(chosen))


def test_a_snapshot_from_before_the_first_reset(toy):
    native, _ = world_pair(toy)
    env = DreamEnv(native)
    env.reset(seed=0)
    env.set_state(_fresh_snapshot(native))
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.zeros(3, np.float32))
    assert np.array_equal(env.reset(seed=4)[0], DreamEnv(native).reset(seed=4)[0])


def _fresh_snapshot(world):
    """Lane 1 of a batch has begun, lane 0 has not; its snapshot as one of a single lane that has not."""
    env = DreamEnv(world)
    env.reset(seed=0)
    env._core.alive[:] = False
    return env.get_state()


@pytest.mark.parametrize("action", ACTIONS)
def test_bad_actions_change_nothing(toy, action):
    native, _ = world_pair(toy, action=action)
    space = ACTIONS[action]
    bad = {
        "pedals": [np.float32([0, np.nan, 0]), np.zeros(2, np.float32), np.zeros((3, 1), np.float32)],
        "matrix": [np.full((2, 2), np.inf), np.zeros(4), np.zeros((2, 2, 1))],
        "keys": [3, -2, True, 1.0, np.array([1])],
    }[action]
    env, twin = DreamEnv(native), DreamEnv(native)
    env.reset(seed=1)
    twin.reset(seed=1)
    for one in bad:
        with pytest.raises(ValueError, match="action"):
            env.step(one)
    good = actions_at(space, 1, 0)[0]
    assert equal(env.step(good), twin.step(good))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_lane_that_begins_anew_ignores_its_action(toy, action):
    envs = [DreamVectorEnv(world, 6, horizon=3) for world in world_pair(toy, action=action)]
    for env in envs:
        env.reset(seed=0)
        env.step(actions_at(ACTIONS[action], 6, 0))
        env.reset(options={"reset_mask": np.arange(6) < 2})  # two lanes end later than the others
    begun = 0
    for t in range(9):
        chosen = actions_at(ACTIONS[action], 6, t)
        ended = envs[0]._ended.copy()
        chosen[ended] = 99 if action == "keys" else np.nan
        assert equal(*(env.step(chosen) for env in envs)), t
        begun += ended.any() and not ended.all()
        going = np.flatnonzero(~envs[0]._ended)
        if len(going):
            chosen[going[0]] = 99 if action == "keys" else np.nan
            for env in envs:
                with pytest.raises(ValueError, match="action"):
                    env.step(chosen)
    assert begun


@pytest.mark.parametrize("same", [np.int32(1), np.array(1), 1])
def test_every_kind_of_integer_is_a_key(toy, same):
    native, _ = world_pair(toy, action="keys")
    env, twin = DreamEnv(native), DreamEnv(native)
    env.reset(seed=1)
    twin.reset(seed=1)
    assert equal(env.step(same), twin.step(np.int64(1)))


def test_changed_weights_are_seen_at_the_next_reset(toy):
    native, python = world_pair(toy)
    envs = [DreamVectorEnv(world, 3, horizon=4) for world in (native, python)]
    for env in envs:
        env.reset(seed=0)
    with torch.no_grad():
        native.dynamics.reward_head[-1].bias.add_(1.0)  # of both: they share the model
    for env in envs:
        env.reset(seed=5)
    chosen = actions_at(ACTIONS["pedals"], 3, 0)
    assert equal(*(env.step(chosen) for env in envs))
    native.dynamics.train()
    envs[0].reset()
    assert_native(envs[0], False)
    native.dynamics.eval()
    envs[0].reset()
    assert_native(envs[0])


def test_copies_go_their_own_way(toy):
    native, _ = world_pair(toy)
    chosen = [actions_at(ACTIONS["pedals"], 3, t) for t in range(4)]
    env = DreamVectorEnv(native, 3)
    env.reset(seed=0)
    env.step(chosen[0])
    single = DreamEnv(native)
    single.reset(seed=0)
    single.step(chosen[0][0])
    for one, pick in ((env, slice(None)), (single, 0)):
        twin = copy.deepcopy(one)
        thawed = pickle.loads(pickle.dumps(one._core))
        assert equal(thawed.noise.get_state(), one._core.noise.get_state())
        expected = [one.step(each[pick]) for each in chosen[1:]]
        assert equal([twin.step(each[pick]) for each in chosen[1:]], expected)
        assert_native(twin)


def test_options_that_only_python_knows_keep_to_python(toy, monkeypatch):
    import wm_envs.dream.native as module

    native, _ = world_pair(toy)
    env = DreamEnv(native, pessimism=0.5)
    env.reset(seed=0)
    assert_native(env)
    monkeypatch.setattr(module, "_KNOWN", module._KNOWN - {"pessimism"})
    env.reset(seed=0)
    assert_native(env, False)
    env.step(np.zeros(3, np.float32))
    at_default = DreamEnv(native)
    at_default.reset(seed=0)
    assert_native(at_default)
    assert set(DreamOptions.__dataclass_fields__) >= module._KNOWN


def test_a_program_that_does_not_fit_is_refused(toy, monkeypatch):
    native, _ = world_pair(toy)
    program = native.step_program
    for change, text in (
        ({"memory": ()}, "outputs must be the memory"),
        ({"inputs": ("h", "action", "z")}, "another width"),
        ({"components": 2}, "mixtures have another width"),
    ):
        monkeypatch.setattr(ComposedWorld, "step_program", replace(program, **change))
        with pytest.raises(ValueError, match=text):
            DreamEnv(native).reset(seed=0)
    monkeypatch.setattr(ComposedWorld, "step_program", replace(program, latent="y"))
    env = DreamEnv(native)
    env.reset(seed=0)  # an entry that the states lack: the program is of something else
    assert_native(env, False)


def test_bad_thread_counts(toy):
    native, _ = world_pair(toy)
    with pytest.raises(ValueError, match="num_threads=-1"):
        DreamVectorEnv(native, 2, num_threads=-1)
    every = DreamVectorEnv(native, 2, num_threads=0)
    every.reset(seed=0)
    assert every._core.native.batch.num_threads >= 1
