"""Agents: what they remember, when they forget it, and their folders."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_zoo.agent import Agent, load_agent
from wm_zoo.api import Dims
from wm_zoo.errors import AgentError, CheckpointError
from wm_zoo.manager import make
from wm_zoo.memory import join_memories, split_memory


def frames(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 36, 36, 3), dtype=np.uint8)


class Watcher:
    """A controller that keeps what it saw; its action is the mean of the features, or noise."""

    def __init__(self):
        self.seen = []

    def act(self, features, *, deterministic=False, generator=None):
        self.seen.append(features.clone())
        mean = features.mean(-1, keepdim=True).tanh()
        return mean if generator is None else mean * 0 + generator.uniform(len(features), 1)


class Counter:
    """A planner that counts the decisions of each lane's episode."""

    def plan(self, world, state, *, memory=None, generator=None):
        n = len(state["z"])
        count = torch.zeros(n, 1) if memory is None else memory["count"][0] + 1
        return count / 100, {"count": (count,)}


@pytest.fixture
def mlp(world):
    part = {"id": "wm/mlp-policy-v0", "config": {"hidden": [8]}}
    torch.manual_seed(0)
    controller = make(part["id"], world.dims, hidden=(8,))
    with torch.no_grad():
        for p in controller.parameters():
            p.copy_(torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel())))
    return Agent(world, controller, part=part, name="toy driver")


def test_filtering_uses_the_previous_action_and_starts_from_blank(world):
    """Act by hand, one observe at a time: the controller sees exactly these features."""
    controller = Watcher()
    agent = Agent(world, controller)
    obs = frames(6)
    for episode in range(2):
        agent.reset(seed=episode)
        controller.seen.clear()
        actions = [agent.act(o) for o in obs]
        state, action = world.blank(1), torch.zeros(1, 1)
        for t, o in enumerate(obs):
            state = world.observe(state, action, torch.from_numpy(o[None]))
            torch.testing.assert_close(controller.seen[t][:1], world.features(state), rtol=0, atol=1e-6)
            action = torch.from_numpy(np.asarray(actions[t])[None])


def test_changing_the_last_frame_or_an_earlier_one_changes_the_action(mlp):
    obs = frames(4)
    mlp.reset()
    plain = [mlp.act(o) for o in obs]
    for t in range(4):
        other = obs.copy()
        other[t] = 255 - other[t]
        mlp.reset()
        actions = [mlp.act(o) for o in other]
        assert not np.array_equal(actions[-1], plain[-1])


def test_predict_is_act_for_one_and_for_many(mlp):
    obs = frames(5)
    mlp.reset(seed=0)
    one_by_one = [mlp.act(o) for o in obs]
    state, single = None, []
    for t, o in enumerate(obs):
        action, state = mlp.predict(o, state, np.array([t == 0]), deterministic=True)
        single.append(action)
    state, batch = None, []
    for t in range(5):
        action, state = mlp.predict(np.stack([obs[t]] * 70), state, np.full(70, t == 0), deterministic=True)
        batch.append(action)
    for t in range(5):
        assert np.array_equal(one_by_one[t], single[t])
        assert all(np.array_equal(one_by_one[t], row) for row in batch[t])


def test_episode_start_forgets_that_lane_only(mlp):
    obs = frames(3)
    fresh, _ = mlp.predict(obs, None, None, deterministic=True)
    _, state = mlp.predict(frames(3, seed=1), None, None, deterministic=True)
    kept, _ = mlp.predict(obs, state, np.zeros(3, np.bool_), deterministic=True)
    mixed, _ = mlp.predict(obs, state, np.array([False, True, False]), deterministic=True)
    assert np.array_equal(mixed[1], fresh[1])
    assert np.array_equal(mixed[[0, 2]], kept[[0, 2]])
    assert not np.array_equal(kept[1], fresh[1])


def test_batch_policy_depends_on_episode_seeds_not_on_lanes(mlp):
    from wm_zoo.data.policies import BatchPolicy

    obs = frames(4)

    def drive(order):
        policy = mlp.batch()
        assert isinstance(policy, BatchPolicy)
        policy.reset(len(order), 0)
        policy.reset_lanes(np.ones(len(order), np.bool_), np.array([10 + i for i in order]))
        return np.stack([policy.act(obs[order]) for _ in range(3)])

    whole, swapped, part = drive([0, 1, 2, 3]), drive([3, 1, 0, 2]), drive([2])
    assert np.array_equal(whole[:, [3, 1, 0, 2]], swapped)
    assert np.array_equal(whole[:, [2]], part)
    assert len(np.unique(whole[0])) == 4


def test_executed_actions_replace_the_agents_own(world):
    controller = Watcher()
    policy = Agent(world, controller).batch(deterministic=True)
    obs = frames(1)
    policy.reset(1, 0)
    policy.act(obs)
    policy.executed(np.array([[0.75]], np.float32))
    policy.act(obs)
    state = world.observe(world.blank(1), torch.zeros(1, 1), torch.from_numpy(obs))
    state = world.observe(state, torch.tensor([[0.75]]), torch.from_numpy(obs))
    torch.testing.assert_close(controller.seen[1][:1], world.features(state), rtol=0, atol=1e-6)


def test_noise_mixed_into_an_agent_reaches_its_memory(world):
    from wm_zoo.data import NoisyPolicy

    controller = Watcher()
    policy = NoisyPolicy(Agent(world, controller).batch(deterministic=True), world.spaces.action, lanes=1.0, most=1.0)
    obs = frames(1)
    policy.reset(1, 0)
    policy.reset_lanes(np.ones(1, np.bool_), np.array([3]))
    controller.seen.clear()
    done = policy.act(obs)
    policy.act(obs)
    own = controller.seen[0][:1].mean(-1, keepdim=True).tanh()
    assert abs(float(done[0, 0]) - float(own)) > 1e-3
    state = world.observe(world.blank(1), torch.zeros(1, 1), torch.from_numpy(obs))
    state = world.observe(state, torch.from_numpy(done), torch.from_numpy(obs))
    torch.testing.assert_close(controller.seen[1][:1], world.features(state), rtol=0, atol=1e-6)


def test_planner_memory_ends_with_the_episode_of_its_lane(world):
    agent = Agent(world, planner=Counter())
    state, counts = None, []
    for start in ([1, 1, 1], [0, 0, 0], [0, 1, 0], [0, 0, 0]):
        action, state = agent.predict(frames(3), state, np.array(start, np.bool_), deterministic=True)
        counts.append((action[:, 0] * 100).round().tolist())
    assert counts == [[0, 0, 0], [1, 1, 1], [2, 0, 2], [3, 1, 3]]


def test_memories_split_and_join():
    memory = {"a": torch.arange(6).view(3, 2), "b": [None, torch.arange(3)]}
    parts = split_memory(memory, 3)
    assert torch.equal(join_memories(parts)["a"], memory["a"])
    assert join_memories(parts)["b"][0] is None
    with pytest.raises(AgentError, match="one row a lane"):
        split_memory({"a": torch.zeros(2)}, 3)
    with pytest.raises(AgentError, match="holds 'words'"):
        split_memory("words", 3)


@pytest.mark.parametrize("planner", ["random-shooting-v0", "cem-v0"])
def test_the_zoos_planners_drive(world, planner):
    config = {"horizon": 3, "samples": 16}
    part = {"id": f"wm/{planner}", "config": config}
    agent = Agent(world, planner=make(part["id"], world.dims, **config), part=part)
    state = None
    for t in range(3):
        action, state = agent.predict(frames(2), state, np.array([t == 0, True]), deterministic=False)
        assert all(world.spaces.action.contains(a) for a in action)


def test_observations_of_another_environment_are_refused(mlp):
    with pytest.raises(AgentError, match="learned from uint8 of shape"):
        mlp.act(np.zeros((96, 96, 3), np.uint8))
    with pytest.raises(AgentError, match="observations are float64"):
        mlp.act(np.zeros((36, 36, 3)))


def test_exactly_one_of_controller_and_planner(world):
    for wrong in ((None, None), (Watcher(), Counter())):
        with pytest.raises(AgentError, match="exactly one"):
            Agent(world, *wrong)


def test_folders(mlp, world, tmp_path):
    mlp.save(tmp_path / "run" / "agent")
    for place in (tmp_path / "run", tmp_path / "run" / "agent"):
        again = load_agent(place)
        assert again.name == "toy driver"
        assert again.world.fingerprint == world.fingerprint
        assert np.array_equal(again.act(frames(1)[0]), load_agent(place).act(frames(1)[0]))
        again.reset()
        mlp.reset()
        assert np.array_equal(again.act(frames(1)[0]), mlp.act(frames(1)[0]))
    weights = tmp_path / "run" / "agent" / "controller.safetensors"
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match=r"controller\.safetensors"):
        load_agent(tmp_path / "run")
    with pytest.raises(AgentError, match="no agent"):
        load_agent("nobody")


def test_a_planner_agent_goes_round(world, tmp_path):
    part = {"id": "wm/random-shooting-v0", "config": {"samples": 4, "horizon": 2}}
    agent = Agent(world, planner=make(part["id"], world.dims, **part["config"]), part=part)
    agent.save(tmp_path / "a")
    assert np.array_equal(load_agent(tmp_path / "a").act(frames(1)[0]), agent.act(frames(1)[0]))


def test_discrete_actions(toy):
    world = toy.toy_world(discrete=True)
    controller = make("wm/linear-v0", world.dims)
    action = Agent(world, controller).act(frames(1)[0])
    assert gym.spaces.Discrete(3).contains(action)
    assert isinstance(world.dims, Dims)
