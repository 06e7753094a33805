"""CMA-ES: learns in a toy world, resumes to the same bits, leaves the global generators alone."""

from __future__ import annotations

import math

import gymnasium as gym
import numpy as np
import pytest
import torch

from wm_plugins.linear import LinearConfig
from wm_plugins.linear.model import Linear
from wm_zoo.api import Dims, Spaces, Step
from wm_zoo.api.nn import normal
from wm_zoo.train.cma_es import CmaEs, EvolutionError, dream_fitness, evolve

SPACES = Spaces(gym.spaces.Box(-10, 10, (2,), np.float32), gym.spaces.Box(-1.0, 1.0, (1,), np.float32))


class PointMass:
    """A point pushed along a line, rewarded near the origin; may end where ``|x| > wall``."""

    spaces, feature_dim, feature_limit = SPACES, 2, 100.0

    def __init__(self, wall=math.inf):
        self.wall = wall

    def initial(self, n, *, generator, where="anywhere"):
        start = normal(n, 2, generator)
        return {"x": 2.0 * start[:, 0], "v": start[:, 1]}

    def imagine(self, state, action, *, temperature=1.0, generator=None):
        push = action[:, 0]
        if generator is not None:
            push = push + temperature * normal(len(push), 1, generator)[:, 0]
        v = 0.8 * state["v"] + 0.5 * push
        x = state["x"] + 0.5 * v
        return Step({"x": x, "v": v}, -(x**2), (x.abs() > self.wall).float(), push.abs())

    def features(self, state):
        return torch.stack([state["x"], state["v"]], -1)


def controller():
    return Linear(LinearConfig(), Dims(SPACES, 1, latent=2, features=2))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def evaluate(vectors, generation):
    """Fitness in the dream; all randomness follows from the generation."""
    noise = seeded(1000 + generation)
    return dream_fitness(PointMass(), controller(), vectors, PointMass().initial(8, generator=noise), 20, noise, 0.2)


def search(seed=1, **options):
    return CmaEs(controller(), population=12, sigma=0.5, seed=seed, **options)


def test_learns_to_return_to_the_origin():
    es = search()
    log = list(evolve(es, evaluate, generations=15))
    assert [g.index for g in log] == list(range(15))
    assert all(g.worst <= g.mean <= g.best for g in log)
    assert set(log[0].metrics()) == {"best", "mean", "worst", "sigma"}
    test_set = PointMass().initial(64, generator=seeded(99))
    vectors = torch.stack([torch.zeros(3), es.result()])
    before, after = dream_fitness(PointMass(), controller(), vectors, test_set, 20, seeded(3), 0.2)
    assert after > 0.4 * before  # negative: less than half the cost of the untrained controller, on unseen starts
    assert es.result()[0] < 0  # it pushes against the displacement


def test_maximises_any_evaluator():
    target = torch.tensor([0.5, -1.0, 2.0])
    es = search()
    log = list(evolve(es, lambda vectors, _: (-((vectors - target) ** 2).sum(1)).numpy(), generations=40))
    assert torch.allclose(es.result(), target, atol=0.05)
    assert log[-1].sigma < log[0].sigma


@pytest.mark.parametrize("diagonal", [False, True])
def test_resumes_to_the_same_bits(diagonal):
    whole = search(diagonal=diagonal)
    expected = list(evolve(whole, evaluate, generations=9))
    killed = search(diagonal=diagonal)
    head = list(evolve(killed, evaluate, generations=4))
    killed.ask()  # killed between ask and tell: the pending candidates must come back
    resumed = CmaEs.restore(controller(), killed.state())
    assert resumed.generation == 4
    assert torch.equal(resumed.ask(), killed.ask())
    assert head + list(evolve(resumed, evaluate, generations=9)) == expected
    assert torch.equal(resumed.result(), whole.result())
    assert all(np.array_equal(a, resumed.state()[key]) for key, a in whole.state().items())


def test_starts_from_the_controller_and_resume_ignores_its_later_parameters():
    model = controller()
    model.load_flat_parameters(torch.tensor([1.0, 2.0, 3.0]))
    es = CmaEs(model, population=8, sigma=0.1, seed=0)
    assert torch.equal(es.result(), torch.tensor([1.0, 2.0, 3.0]))
    list(evolve(es, evaluate, generations=2))
    model.load_flat_parameters(es.result())
    assert torch.equal(CmaEs.restore(model, es.state()).result(), es.result())


def test_state_is_plain_arrays_and_a_snapshot():
    es = search()
    list(evolve(es, evaluate, generations=2))
    state = es.state()
    assert all(isinstance(a, np.ndarray) and a.dtype != object for a in state.values())
    copy = {key: a.copy() for key, a in state.items()}
    list(evolve(es, evaluate, generations=4))
    assert all(np.array_equal(copy[key], state[key]) for key in copy)


def test_seeds_matter_and_repeat():
    assert torch.equal(search(1).ask(), search(1).ask())
    assert not torch.equal(search(1).ask(), search(2).ask())


def test_global_generators_untouched():
    np.random.seed(7)
    torch.manual_seed(7)
    numpy_before, torch_before = np.random.get_state(), torch.random.get_rng_state()
    es = search()
    list(evolve(es, evaluate, generations=3))
    CmaEs.restore(controller(), es.state())
    numpy_after = np.random.get_state()
    assert np.array_equal(numpy_before[1], numpy_after[1])
    assert numpy_before[2:] == numpy_after[2:]
    assert torch.equal(torch_before, torch.random.get_rng_state())
    np.random.seed(8)
    again = search()
    list(evolve(again, evaluate, generations=3))
    assert torch.equal(es.result(), again.result())


def test_batched_fitness_equals_one_by_one():
    vectors, states = torch.randn(5, 3, generator=seeded()), PointMass().initial(4, generator=seeded(1))
    together = dream_fitness(PointMass(), controller(), vectors, states, 10, seeded(2), 1.0)
    assert together.shape == (5,)
    assert together.dtype == np.float64
    alone = [dream_fitness(PointMass(), controller(), v[None], states, 10, seeded(2), 1.0)[0] for v in vectors]
    assert np.allclose(together, alone, rtol=1e-5)  # also: all candidates met the same noise


def test_equal_candidates_have_equal_fitness():
    vectors, states = torch.ones(6, 3), PointMass().initial(4, generator=seeded(1))
    assert len(set(dream_fitness(PointMass(), controller(), vectors, states, 10, seeded(2), 1.0))) == 1


def test_termination_stops_the_reward():
    states = {"x": torch.full((1,), 3.0), "v": torch.zeros(1)}
    vector = torch.zeros(1, 3)  # no push: the point stays at 3, reward -9 a step
    free = dream_fitness(PointMass(), controller(), vector, states, 10, None, 1.0)
    ended = dream_fitness(PointMass(wall=2.0), controller(), vector, states, 10, None, 1.0)
    assert free == pytest.approx([-90.0])
    assert ended == pytest.approx([-9.0])  # the step that ends the episode still counts


def test_pessimism_costs_uncertainty():
    vector, states = torch.tensor([[0.0, 0.0, 50.0]]), PointMass().initial(4, generator=seeded(1))  # always pushes 1
    plain, careful = (
        dream_fitness(PointMass(), controller(), vector, states, 10, None, 1.0, pessimism=k) for k in (0.0, 2.0)
    )
    assert plain - careful == pytest.approx([20.0])


def test_impossible_input_is_named():
    es = search()
    with pytest.raises(EvolutionError, match="ask"):
        es.tell(np.zeros(12))
    es.ask()
    with pytest.raises(EvolutionError, match=r"\(12,\)"):
        es.tell(np.zeros(11))
    with pytest.raises(EvolutionError, match=r"\[3\]"):
        es.tell(np.where(np.arange(12) == 3, np.nan, 0.0))
    with pytest.raises(EvolutionError, match="population of 4"):
        CmaEs(controller(), population=2, sigma=0.1, seed=0)


def test_altered_or_foreign_state_is_refused():
    es = search()
    list(evolve(es, evaluate, generations=3))
    state = es.state()
    with pytest.raises(EvolutionError, match="replay"):
        CmaEs.restore(controller(), {**state, "fitness": state["fitness"][:, ::-1]})
    with pytest.raises(EvolutionError, match="lacks"):
        CmaEs.restore(controller(), {"fitness": state["fitness"]})
    other = Linear(LinearConfig(bias=False), Dims(SPACES, 1, latent=2, features=2))
    with pytest.raises(EvolutionError, match="3 parameters, the controller 2"):
        CmaEs.restore(other, state)
