"""CMA-ES inside a dream: a population of controllers drives in parallel from common real states."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from wm_zoo.api import Config, FlatParameters, Option, World
from wm_zoo.train.cma_es import CmaEs, dream_fitness
from wm_zoo.train.dream_ppo import Starts
from wm_zoo.train.trainer import pack, unpack


class DreamCmaEsConfig(Config):
    """Hyperparameters of `DreamCmaEs`; population and sigma as in Ha & Schmidhuber (2018)."""

    population: int = Option(64, ge=4, description="candidates of one generation")
    sigma: float = Option(0.1, gt=0, description="first standard deviation of the parameters")
    dreams: int = Option(16, ge=1, description="dreams of every candidate, from starts common to all candidates")
    horizon: int = Option(100, ge=1, description="steps of a dream; nothing behind it counts")
    temperature: float = Option(1.0, ge=0, description="of the dream: 0 is the most likely future")
    pessimism: float = Option(0.0, ge=0, description="reward minus this times the world's uncertainty")
    diagonal: bool = Option(False, description="adapt variances only: for controllers of thousands of parameters")


class DreamCmaEs:
    """Evolves a flat-parameters controller on imagined drives; a `Trainer`, one update being one generation.

    The controller always holds the mean of the search. A checkpoint holds the fitness history, from which a resumed
    search is replayed. A search that takes over the weights of a finished one starts afresh around them, with the first
    sigma: in a new world the old step size is worth nothing.

    Args:
        policy: module with the `FlatParameters` methods.
        world: what is dreamt in; never changed.
        starts: draws real start states.
        config: hyperparameters.
        updates: number of generations.
        generator: start states and noise of the dreams.
        seed: of the search.
    """

    def __init__(
        self,
        policy: FlatParameters,
        world: World,
        starts: Starts,
        config: DreamCmaEsConfig,
        *,
        updates: int,
        generator: torch.Generator,
        seed: int,
    ) -> None:
        assert isinstance(policy, nn.Module)
        self.policy, self.world, self.starts, self.config = policy, world, starts, config
        self.updates, self.done, self._generator = updates, 0, generator
        self._search = self._begin(seed)

    def update(self) -> dict[str, float]:
        """Dream with one generation of candidates, then move the search."""
        c, g = self.config, self._generator
        states = self.starts(c.dreams, g)
        noise = g if c.temperature > 0 else None
        candidates = self._search.ask()
        fitness = dream_fitness(
            self.world, self.policy, candidates, states, c.horizon, noise, c.temperature, pessimism=c.pessimism
        )
        self._search.tell(fitness)
        self.policy.load_flat_parameters(self._search.result())
        self.done += 1
        best, mean = float(fitness.max()), float(fitness.mean())
        return {"dream_reward": mean, "best": best, "worst": float(fitness.min()), "sigma": self._search.sigma}

    def state(self) -> dict[str, Tensor]:
        """The controller, and what replays the search: fitness history, settings, generator, counter."""
        assert isinstance(self.policy, nn.Module)
        search = {name: torch.from_numpy(array) for name, array in self._search.state().items()}
        loop = {"generator": self._generator.get_state(), "done": torch.tensor(self.done), **search}
        return pack(policy=self.policy.state_dict(), loop=loop)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from `state`."""
        assert isinstance(self.policy, nn.Module)
        self.policy.load_state_dict(unpack(state, "policy"))
        loop = unpack(state, "loop")
        self._generator.set_state(loop.pop("generator"))
        self.done = int(loop.pop("done"))
        if len(loop["fitness"]):
            self._search = CmaEs.restore(self.policy, {name: tensor.numpy() for name, tensor in loop.items()})
        else:  # nothing told yet: weights taken over from a finished search, or a checkpoint before the first update
            self._search = self._begin(int(loop["settings"][1]))

    def _begin(self, seed: int) -> CmaEs:
        c = self.config
        return CmaEs(self.policy, population=c.population, sigma=c.sigma, seed=seed, diagonal=c.diagonal)
