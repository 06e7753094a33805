"""The model's step on native kernels: the same numbers to within rounding, faster, and each row's own to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from wm_zoo.api import State
from wm_zoo.api.nn import (
    Generator,
    RowNetwork,
    StepProgram,
    normal,
    sample_gaussian_mixture,
    uniform,
)

if TYPE_CHECKING:
    from .model import MdnRnn


def memory_of(state: State) -> list[str]:
    """Names of the recurrent part of a state."""
    return [name for name in ("h", "c") if name in state]


def build_observe(model: MdnRnn) -> RowNetwork:
    """(z, action, memory) to the new memory."""
    network = RowNetwork()
    _recur(network, model)
    return network


def build_imagine(model: MdnRnn) -> RowNetwork:
    """(z, action, memory) to the new memory, the mixtures, [reward, end reward], and the probability of the end."""
    network = RowNetwork()
    hidden, z, action = _recur(network, model)
    context = [hidden, z, action]
    network.output(network.mlp(context, model.latent_head))
    inner, _, last = model.reward_head
    assert isinstance(inner, nn.Linear)
    assert isinstance(last, nn.Linear)
    units = network.linear(context, inner.weight, inner.bias, "elu")
    network.output(network.linear([units], last.weight[:2], last.bias[:2]))
    network.output(network.linear([units], last.weight[2:], last.bias[2:], "sigmoid"))
    return network


def imagine_rows(
    model: MdnRnn, network: RowNetwork, state: State, action: Tensor, temperature: float, generator: Generator | None
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, dict[str, Tensor]]:
    """Reward, end reward and probability of the end ``[B]``, latent ``[B, Z]``, spread ``[B]``, and the new memory."""
    c, z, names = model.config, state["z"], memory_of(state)
    *memory, mixtures, rewards, probability = network(z, action, *(state[name] for name in names))
    noise = chance = None
    if generator is not None:
        noise = normal(len(z), model.latent_dim, generator)
        if c.mixtures > 1:
            chance = uniform(len(z), model.latent_dim * c.mixtures, generator)
    latent, spread = sample_gaussian_mixture(
        mixtures,
        z if c.residual else None,
        noise,
        chance,
        dims=model.latent_dim,
        components=c.mixtures,
        log_std_limits=(c.log_std_min, c.log_std_max),
        temperature=temperature,
    )
    return rewards[:, 0], rewards[:, 1], probability[:, 0], latent, spread, dict(zip(names, memory, strict=True))


def build_program(model: MdnRnn) -> StepProgram:
    """All that `imagine` and `features` compute, for dreams to run without the model."""
    c = model.config
    memory = ("h", "c") if c.cell == "lstm" else ("h",)
    return StepProgram(
        network=build_imagine(model),
        inputs=("z", "action", *memory),
        latent="z",
        memory=memory,
        features=("z", "h"),
        components=c.mixtures,
        log_std_limits=(c.log_std_min, c.log_std_max),
        residual=c.residual,
        reward_scale=c.reward_scale,
        reward_limit=c.reward_limit,
        end_deadband=c.termination_deadband,
    )


def _recur(network: RowNetwork, model: MdnRnn) -> tuple[int, int, int]:
    """Add the cell; its new memory is the first output. Returns new hidden, z and action."""
    rnn = model.rnn
    z, action, hidden = (network.input(width) for width in (model.latent_dim, model.action_dim, model.config.hidden))
    if isinstance(rnn, nn.GRU):
        memory = [network.gru([z, action], hidden, rnn)]
    else:
        assert isinstance(rnn, nn.LSTM)
        memory = list(network.lstm([z, action], hidden, network.input(model.config.hidden), rnn))
    network.output(*memory)
    return memory[0], z, action
