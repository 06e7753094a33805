"""One dream as a Gymnasium environment: a batch of one."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from wm_envs.dream import render, snapshot
from wm_envs.dream.compare import Beside
from wm_envs.dream.core import DreamCore, resolve_world
from wm_envs.dream.filter import begin_at
from wm_envs.dream.options import DreamOptions, refuse_unknown, with_defaults

_LANE = np.array([0])


class DreamEnv(gym.Env[NDArray[Any], Any]):
    """An environment whose step is a world's prior step (id ``wm/Dream-v0``).

    Args:
        world: registry name, world folder, run folder, or a World object.
        render_mode: "rgb_array" (decoded frame, at least 256 pixels wide), "human" (a window), or None.
        compare: begin at a real episode's first moments, step the real environment with the same actions, and render
            real beside dream; info gets ``real_reward``, ``real_terminated`` and ``real_truncated``.
        **options: see `wm_envs.dream.options.DreamOptions`; those left out are the world's own defaults.

    Actions are the real environment's, clipped to its Box. ``info["uncertainty"]`` (float, >= 0, 0 after a reset) is in
    every info; ``info["invalid"]`` is True in the last step of an episode in which the world predicted NaN: it is
    truncated, with the last finite observation and reward 0.

    Raises:
        TypeError: for an unknown option (names the nearest), or a world that lacks what was asked for.
        ValueError: for an option out of range, or an action that is not finite.
    """

    metadata: dict[str, Any] = {"render_modes": list(render.RENDER_MODES), "render_fps": 50}  # noqa: RUF012 (as the base)

    def __init__(self, world: Any, *, render_mode: str | None = None, compare: bool = False, **options: Any) -> None:
        parse_options("DreamEnv", options, ("world", "render_mode", "compare"))  # before a world is loaded
        render.check_compare(compare, render_mode)
        self.world = resolve_world(world)
        parsed = DreamOptions(**with_defaults(self.world, options))
        render.check_render_mode(render_mode, self.world)
        self.render_mode = render_mode
        self._core = DreamCore(self.world, 1, parsed, [0])
        self._window: render.Window | None = None
        self._beside = Beside(self.world) if compare else None
        self.observation_space = self._core.view.space
        self.action_space = self.world.spaces.action

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Begin at a real moment; returns the observation and ``{"uncertainty": 0.0}``."""
        super().reset(seed=seed)
        if seed is None and not self._core.alive[0]:  # never seeded: take what np_random was (or is now) seeded with
            seed = int(self.np_random.integers(2**63))
        if self._beside is None:
            self._core.reset(_LANE, [seed])
        else:
            self._begin_beside(self._beside, seed)
        self._show()
        return self._core.obs[0].copy(), {"uncertainty": 0.0}

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Imagine one step."""
        native = self._core.native
        if native is not None and native.sees and self.render_mode != "human" and self._beside is None:
            done: tuple[NDArray[Any], float, bool, bool, dict[str, Any]] | None = native.batch.step_one(action)
            if done is not None:  # else an action that needs a closer look
                return done
        outcome = self._core.step(_LANE, np.asarray(action)[None])
        info: dict[str, Any] = {"uncertainty": float(outcome.uncertainty[0])}
        if outcome.invalid[0]:
            info["invalid"] = True
        if self._beside is not None:
            info |= self._beside.step(action)
        self._show()
        ends = bool(outcome.terminated[0]), bool(outcome.truncated[0])
        return self._core.obs[0].copy(), float(outcome.reward[0]), *ends, info

    def render(self) -> Any:
        """The decoded frame uint8 ``[H, W, 3]`` in mode "rgb_array"; None in the others."""
        if self.render_mode == "rgb_array":
            return self._frame()
        self._show()
        return None

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._window is not None:
            self._window.close()
            self._window = None
        if self._beside is not None:
            self._beside.close()

    def get_state(self) -> bytes:
        """Exact snapshot; `set_state` continues from it to the bit. TypeError with `compare`: reality is not in it."""
        self._refuse_beside()
        return snapshot.pack(self._core)

    def set_state(self, state: bytes) -> None:
        """Go back to a snapshot; raises ValueError if it is damaged or belongs to another world."""
        self._refuse_beside()
        snapshot.unpack(self._core, state)

    def _frame(self) -> NDArray[np.uint8]:
        if not self._core.alive[0]:
            raise gym.error.ResetNeeded("a dream must be reset before it is rendered")
        dream = self._core.decode(_LANE)[0]
        if self._beside is None:
            return render.picture(dream)
        return render.side_by_side(self._beside.obs, dream, over=self._beside.ended)

    def _begin_beside(self, beside: Beside, seed: int | None) -> None:
        """Begin a real episode and a dream of it; without a seed, the lane's own noise chooses the episode."""
        noise = self._core.noise
        if seed is None:
            seed = int(noise.uniform(1, 1)[0, 0] * 2**24) << 7
        else:
            noise.reseed(_LANE, [seed])
        begin_at(self._core, beside.reset(seed, self._core.options.start))

    def _refuse_beside(self) -> None:
        if self._beside is not None:
            raise TypeError("a snapshot holds a dream, not the real environment beside it: make it without compare")

    def _show(self) -> None:
        if self.render_mode != "human" or not self._core.alive[0]:
            return
        if self._window is None:
            self._window = render.Window("WM Suite: dream")
        self._window.show(self._frame(), self.metadata["render_fps"])


def parse_options(owner: str, options: dict[str, Any], others: tuple[str, ...]) -> DreamOptions:
    """Options of a dream from keywords; raises TypeError naming the nearest one if a keyword is unknown."""
    if "compare" in options:
        raise TypeError(f"{owner} has no option 'compare': one dream has reality beside it, made by gym.make")
    known = DreamOptions.__dataclass_fields__
    refuse_unknown(owner, {name: v for name, v in options.items() if name not in known}, others)
    return DreamOptions(**options)
