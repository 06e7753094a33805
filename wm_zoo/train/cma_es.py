"""CMA-ES for controllers with a flat parameter vector, in a dream or in any vectorised evaluator.

Hansen's `cma` package does the search, fed with the noise of its own `numpy.random.Generator`: global NumPy state is
neither read nor written. A search is restored by replaying its fitness history through ask and tell, which gives the
same numbers to the bit and needs no pickle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wm_zoo.api import FlatParameters, State, World
from wm_zoo.api.nn import Generator
from wm_zoo.api.planning import SharedNoise
from wm_zoo.errors import WMError

Evaluate = Callable[[Tensor, int], npt.NDArray[Any]]
"""(parameter vectors float32 ``[N, P]``, generation) -> fitness ``[N]``, larger is better. For a search that resumes to
the same numbers its randomness must follow from the generation number."""


class EvolutionError(WMError):
    """The evolution cannot go on: impossible fitness, or a stored history that does not belong here."""


class CmaEs:
    """Covariance matrix adaptation (Hansen 2016, arXiv:1604.00772) of a controller's parameters; maximises.

    Args:
        controller: gives the first mean; not changed by the search.
        population: N, candidates in a generation.
        sigma: first standard deviation, in units of the parameters.
        seed: of all the noise.
        diagonal: adapt variances only: for controllers of more than some thousand parameters, where the full
            covariance (P x P) is too large to decompose.
    """

    def __init__(
        self, controller: FlatParameters, *, population: int, sigma: float, seed: int, diagonal: bool = False
    ) -> None:
        self._setup(_vector(controller), population, sigma, seed, diagonal)

    def _setup(self, start: npt.NDArray[np.float64], population: int, sigma: float, seed: int, diagonal: bool) -> None:
        if population < 4 or sigma <= 0 or start.size < 2:
            raise EvolutionError(
                f"population={population}, sigma={sigma}, parameters={start.size}: CMA-ES needs a population of 4 or "
                "more, a positive sigma and at least 2 parameters"
            )
        self.population, self.initial_sigma, self.seed, self.diagonal = population, sigma, seed, diagonal
        self._start = start
        self._history: list[npt.NDArray[np.float64]] = []
        self._asked: list[npt.NDArray[np.float64]] | None = None
        self._search = _search(start, population, sigma, seed, diagonal)

    @property
    def generation(self) -> int:
        """Generations told so far."""
        return len(self._history)

    @property
    def sigma(self) -> float:
        """Current step size."""
        return float(self._search.sigma)

    def ask(self) -> Tensor:
        """Candidates float32 ``[N, P]``; asking again before `tell` returns the same ones."""
        if self._asked is None:
            self._asked = self._search.ask()
        return torch.from_numpy(np.asarray(self._asked, dtype=np.float32))

    def tell(self, fitness: npt.ArrayLike) -> None:
        """Fitness ``[N]`` of the candidates last asked, larger is better.

        Raises:
            EvolutionError: without a preceding `ask`, for another length, or for values that are not finite.
        """
        values = np.asarray(fitness, dtype=np.float64)
        if self._asked is None:
            raise EvolutionError("tell() without candidates; call ask() first")
        if values.shape != (self.population,):
            raise EvolutionError(f"expected fitness of shape ({self.population},), got {values.shape}")
        if not np.isfinite(values).all():
            bad = np.flatnonzero(~np.isfinite(values)).tolist()
            raise EvolutionError(f"fitness of candidates {bad} is not finite; does the world or environment diverge?")
        self._search.tell(self._asked, (-values).tolist())
        self._asked = None
        self._history.append(values.copy())

    def result(self) -> Tensor:
        """Mean of the search distribution, float32 ``[P]``: steadier than the best candidate ever seen."""
        return torch.from_numpy(np.asarray(self._search.mean, dtype=np.float32))

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that `restore` needs, as plain arrays (P + N x generations numbers): ready for safetensors."""
        history = np.stack(self._history) if self._history else np.zeros((0, self.population))
        return {
            "start": self._start.copy(),  # [P]
            "fitness": history,  # [G, N]
            "mean": np.array(self._search.mean, dtype=np.float64),  # [P] proof that a replay ended at the same place
            "settings": np.array([self.population, self.seed, int(self.diagonal)], dtype=np.int64),
            "sigma": np.array([self.initial_sigma], dtype=np.float64),
        }

    @classmethod
    def restore(cls, controller: FlatParameters, state: Mapping[str, npt.ArrayLike]) -> CmaEs:
        """Rebuild a search from `state()`; it goes on with the same numbers as if it had never stopped.

        Raises:
            EvolutionError: if the state is of another controller, incomplete, or does not replay to the same mean.
        """
        missing = sorted({"start", "fitness", "mean", "settings", "sigma"} - set(state))
        if missing:
            raise EvolutionError(f"stored CMA-ES state lacks {missing}; it was not written by CmaEs.state()")
        start = np.asarray(state["start"], dtype=np.float64)
        if start.shape != _vector(controller).shape:
            raise EvolutionError(
                f"stored CMA-ES state has {start.size} parameters, the controller {_vector(controller).size}; "
                "resume with the recipe that started the run, or start a new one"
            )
        population, seed, diagonal = (int(x) for x in np.asarray(state["settings"]))
        search = cls.__new__(cls)
        search._setup(start, population, float(np.asarray(state["sigma"])[0]), seed, bool(diagonal))
        for fitness in np.asarray(state["fitness"], dtype=np.float64):
            search.ask()
            search.tell(fitness)
        if not np.allclose(search._search.mean, np.asarray(state["mean"]), rtol=1e-6, atol=1e-9):
            raise EvolutionError(
                f"replaying {search.generation} generations did not end at the stored mean; "
                "was the run written by another version of `cma`, or the file altered?"
            )
        return search


def _search(start: npt.NDArray[np.float64], population: int, sigma: float, seed: int, diagonal: bool) -> Any:
    import cma  # imports matplotlib and scipy: a second that only those who evolve should pay

    rng = np.random.default_rng(seed)
    options = {
        "popsize": population,
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,  # "do not touch numpy's global state"
        "CMA_diagonal": diagonal,
        "verbose": -9,
        "verb_log": 0,
        "verb_disp": 0,
    }
    return cma.CMAEvolutionStrategy(start.copy(), sigma, options)


def _vector(controller: FlatParameters) -> npt.NDArray[np.float64]:
    return controller.flat_parameters().detach().cpu().double().numpy()


@dataclass(frozen=True)
class Generation:
    """Metrics of one generation; fitness in the evaluator's units."""

    index: int
    best: float
    mean: float
    worst: float
    sigma: float

    def metrics(self) -> dict[str, float]:
        """Named numbers for a metrics file."""
        return {"best": self.best, "mean": self.mean, "worst": self.worst, "sigma": self.sigma}


def evolve(search: CmaEs, evaluate: Evaluate, *, generations: int) -> Iterator[Generation]:
    """Run the search up to `generations` in all, yielding after each: the place to log, save and stop.

    A restored search goes on where it was. `evaluate` sees the whole population at once: `dream_fitness` in a dream, on
    real environments any function that steps them as one batch.
    """
    while search.generation < generations:
        index = search.generation
        fitness = np.asarray(evaluate(search.ask(), index), dtype=np.float64)
        search.tell(fitness)
        yield Generation(index, float(fitness.max()), float(fitness.mean()), float(fitness.min()), search.sigma)


@torch.no_grad()
def dream_fitness(
    world: World,
    controller: FlatParameters,
    vectors: Tensor,
    states: State,
    horizon: int,
    generator: Generator | None,
    temperature: float,
    *,
    pessimism: float = 0.0,
) -> npt.NDArray[np.float64]:
    """Mean dream return of each candidate, all candidates and starts imagined as one batch.

    Every candidate starts from the same states and meets the same noise (common random numbers), so that differences of
    fitness are differences of candidates. A predicted end is not drawn but weighted: rewards count with the
    probability that the episode still runs.

    Args:
        world: dreams; never changed.
        controller: of whose kind the vectors are; its own parameters do not matter.
        vectors: float32 ``[N, P]``.
        states: B start states, tensors ``[B, ...]``.
        horizon: imagined steps.
        generator: noise of the B lanes, or None for the most likely continuation.
        temperature: of the dream.
        pessimism: k in ``reward - k * uncertainty``.

    Returns:
        float64 ``[N]``, units of reward.
    """
    count, lanes = vectors.shape[0], next(iter(states.values())).shape[0]
    state: State = {name: t.unsqueeze(0).expand(count, *t.shape).flatten(0, 1) for name, t in states.items()}
    noise = None if generator is None else SharedNoise(generator, lanes)
    device = next(iter(states.values())).device
    vectors = vectors.to(device)
    total = torch.zeros(count * lanes, dtype=torch.float64, device=device)
    weight = torch.ones_like(total)
    for _ in range(horizon):
        features = world.features(state).view(count, lanes, -1)
        action = controller.act_population(vectors, features).flatten(0, 1)  # [N * B, A]
        step = world.imagine(state, action, temperature=temperature, generator=noise)
        total = total + weight * (step.reward - pessimism * step.uncertainty)
        weight = weight * (1.0 - step.terminated)
        state = step.state
    fitness: npt.NDArray[np.float64] = total.view(count, lanes).mean(1).cpu().numpy()
    return fitness
