"""Stock Gymnasium `CarRacing-v3` in the clothes of `wm/CarRacing-v0`, so that an agent meets the original unchanged.

The environment itself is Gymnasium's: its track, Box2D, rewards, pictures and time limit. Only what `wm/CarRacing-v0`
offers as options (64x64 view, grey, frame skip, the two-number action) is put around it, with the same arithmetic.
"""

from __future__ import annotations

import difflib
import importlib
import math
import warnings
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

STOCK_ID = "CarRacing-v3"
NATIVE_ID = "wm/CarRacing-v0"
STOCK_FRAMES = 1000
"""Frames after which stock `CarRacing-v3` truncates an episode."""

ACTION_MODES = ("pedals", "accel")
BRAKE = 0.8  # of the pedal at accel = -1
_GRAY = np.array([0.2125, 0.7154, 0.0721])  # gymnasium.wrappers.GrayscaleObservation
_UNSEEN = ("num_threads", "painter")  # native options that change nothing that the agent sees


def shrink_to_64(frame: Frame) -> Frame:
    """Area resize 96 to 64: a 3:2 box filter (weights 2, 1 and 1, 2), rounded to nearest; ninths have no ties.

    Args:
        frame: uint8 ``[96, 96, C]`` (or ``[..., 96, 96, C]``).

    Returns:
        uint8 ``[..., 64, 64, C]``, to the bit what the native environment's ``obs_size=64`` makes of the same picture.

    Raises:
        ValueError: another size.
    """
    if frame.ndim < 3 or frame.shape[-3:-1] != (96, 96):
        raise ValueError(f"expected a picture [..., 96, 96, C], got {frame.shape}")
    columns = _three_to_two(np.moveaxis(frame.astype(np.uint16), -3, -1))  # [..., 96, C, 64]
    both = _three_to_two(np.moveaxis(columns, -3, -1))  # [..., C, 64 rows, 64 columns]
    return np.ascontiguousarray(np.moveaxis((both + 4) // 9, -3, -1).astype(np.uint8))


def _three_to_two(x: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Three times the area resize of the last axis, 96 to 64."""
    triples = x.reshape(*x.shape[:-1], 32, 3)
    left, right = 2 * triples[..., 0] + triples[..., 1], triples[..., 1] + 2 * triples[..., 2]
    out: NDArray[np.uint16] = np.stack([left, right], -1).reshape(*x.shape[:-1], 64)
    return out


def to_gray(frame: Frame) -> Frame:
    """RGB ``[..., 3]`` to grey ``[..., 1]``, with the weights of Gymnasium's `GrayscaleObservation`."""
    gray: Frame = np.sum(frame * _GRAY, axis=-1, keepdims=True).astype(np.uint8)
    return gray


class StockCarRacing(gym.Wrapper[Any, Any, Any, Any]):
    """Options of `wm/CarRacing-v0` around a stock `CarRacing-v3`.

    Args:
        env: stock environment, with its time limit in frames.
        obs_size: 96, or 64 for the area-resized picture.
        frame_skip: frames an action is held; rewards are summed, the last frame is seen, an end stops it early.
        actions: ``"pedals"`` (steer, gas, brake) or ``"accel"`` (steer, accel), gas = max(accel, 0) and
            brake = 0.8 max(-accel, 0), each in [-1, 1].
        grayscale: one channel instead of three.
        draw_skipped: stock draws also the frames that a frame skip throws away, which is three quarters of its time at
            skip 4. The drawing feeds back into nothing, so they are left out unless this is True; every observation,
            reward and flag is the same.
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        *,
        obs_size: int = 96,
        frame_skip: int = 1,
        actions: str = "pedals",
        grayscale: bool = False,
        draw_skipped: bool = False,
    ) -> None:
        super().__init__(env)
        self._obs_size, self._frame_skip, self._grayscale = obs_size, frame_skip, grayscale
        self._accel = actions == "accel" and isinstance(env.action_space, gym.spaces.Box)
        self.observation_space = gym.spaces.Box(0, 255, (obs_size, obs_size, 1 if grayscale else 3), np.uint8)
        if self._accel:
            self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self._brush = None if draw_skipped or frame_skip == 1 else _Brush(env.unwrapped)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Frame, dict[str, Any]]:
        """Reset; the picture is always drawn."""
        self._draw(True)
        obs, info = self.env.reset(seed=seed, options=options)
        return self._view(obs), info

    def step(self, action: Any) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """One decision of up to `frame_skip` frames.

        Raises:
            ValueError: NaN or infinity in the action (stock would poison its physics for good).
        """
        stock = self._controls(action)
        total, terminated, truncated = 0.0, False, False
        for frame in range(self._frame_skip):
            self._draw(frame == self._frame_skip - 1)
            obs, reward, terminated, truncated, info = self.env.step(stock)
            total += float(reward)
            if terminated or truncated:
                break
        if self._brush is not None and self._brush.stale:  # ended within the skip
            obs = self._brush.catch_up()
        return self._view(obs), total, bool(terminated), bool(truncated), info

    def _controls(self, action: Any) -> Any:
        if not isinstance(self.env.action_space, gym.spaces.Box):
            return int(action)
        values = np.asarray(action, np.float64)
        if not np.isfinite(values).all():
            raise ValueError(f"action {values.tolist()} is not finite; expected numbers of {self.action_space}")
        if self._accel:
            steer, accel = values.tolist()
            values = np.array([steer, max(accel, 0.0), BRAKE * max(-accel, 0.0)])
        return values

    def _draw(self, on: bool) -> None:
        if self._brush is not None:
            self._brush.on = on

    def _view(self, obs: Frame) -> Frame:
        obs = shrink_to_64(obs) if self._obs_size == 64 else obs
        return to_gray(obs) if self._grayscale else obs


class _Brush:
    """Stands between one stock environment and its `_render`, to leave out pictures that nobody sees.

    The score in the picture is the one before the frame's -0.1 is paid, so that a picture drawn late (the episode
    ended within a frame skip) is drawn with the score put back.
    """

    def __init__(self, env: Any) -> None:
        self.on, self.stale = True, False
        self._env, self._render, self._score = env, env._render, 0.0
        self._blank = np.zeros((96, 96, 3), np.uint8)
        env._render = self._maybe

    def _maybe(self, mode: str) -> Any:
        if mode != "state_pixels":
            return self._render(mode)
        self._score, self.stale = self._env.reward, not self.on
        return self._render(mode) if self.on else self._blank

    def catch_up(self) -> Frame:
        """Draw the picture that was left out last."""
        now, self._env.reward = self._env.reward, self._score
        self.stale = False
        picture: Frame = self._render("state_pixels")
        self._env.state, self._env.reward = picture, now
        return picture


def make_stock_car_racing(
    *,
    obs_size: int = 96,
    frame_skip: int = 1,
    actions: str = "pedals",
    grayscale: bool = False,
    continuous: bool = True,
    max_episode_steps: int | None = None,
    draw_skipped: bool = False,
    **stock_kwargs: Any,
) -> gym.Env[Frame, Any]:
    """Stock Gymnasium `CarRacing-v3` that looks like ``gym.make("wm/CarRacing-v0", …)`` with the same kwargs.

    Args:
        obs_size: 96 or 64.
        frame_skip: frames an action is held, >= 1.
        actions: "pedals" or "accel"; ignored for ``continuous=False``.
        grayscale: observations ``[size, size, 1]`` instead of ``[size, size, 3]``.
        continuous: False: five discrete actions.
        max_episode_steps: time limit in decisions; None: stock's 1000 frames (250 decisions at skip 4).
        draw_skipped: see `StockCarRacing`.
        stock_kwargs: of `CarRacing-v3` itself: lap_complete_percent, domain_randomize, render_mode, verbose.

    Returns:
        An environment with uint8 observations and the action space of the native one.

    Raises:
        ValueError: an option out of range, or unknown; names the nearest valid one.
    """
    _check(obs_size, frame_skip, actions, stock_kwargs)
    _import_box2d()
    limit = STOCK_FRAMES if max_episode_steps is None else max_episode_steps * frame_skip
    # The passive checker complains about float64 controls, which are what the native environment computes with.
    env = gym.make(STOCK_ID, continuous=continuous, max_episode_steps=limit, disable_env_checker=True, **stock_kwargs)
    return StockCarRacing(
        env,
        obs_size=obs_size,
        frame_skip=frame_skip,
        actions=actions,
        grayscale=grayscale,
        draw_skipped=draw_skipped,
    )


def make_real(
    env_id: str,
    like_id: str | None = None,
    like_kwargs: Mapping[str, Any] | None = None,
    max_episode_steps: int | None = None,
    **env_kwargs: Any,
) -> gym.Env[Any, Any]:
    """The environment `env_id`, looking like the one that an agent was trained on.

    Args:
        env_id: where to drive. `CarRacing-v3` for an agent of `wm/CarRacing-v0` gives stock in the agent's clothes;
            any other id is a plain `gym.make`.
        like_id: environment that the agent was trained on.
        like_kwargs: its kwargs.
        max_episode_steps: time limit in decisions; None: the environment's own.
        env_kwargs: override `like_kwargs`.
    """
    given = dict(like_kwargs or {})
    if env_id == STOCK_ID and like_id == NATIVE_ID:
        kwargs = {k: v for k, v in given.items() if k not in _UNSEEN} | env_kwargs
        return make_stock_car_racing(max_episode_steps=max_episode_steps, **kwargs)
    kwargs = (given if env_id == like_id else {}) | env_kwargs
    return gym.make(env_id, max_episode_steps=max_episode_steps, **kwargs)


def decisions(frame_skip: int, frames: int = STOCK_FRAMES) -> int:
    """Decisions in a number of frames; the last may be cut short."""
    return math.ceil(frames / frame_skip)


def _import_box2d() -> None:
    """Box2D's SWIG types warn on import, and under ``-W error`` that warning is a segmentation fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("gymnasium.envs.box2d")


_STOCK_OPTIONS = ("lap_complete_percent", "domain_randomize", "render_mode", "verbose")
_OPTIONS = ("obs_size", "frame_skip", "actions", "grayscale", "continuous", "max_episode_steps", "draw_skipped")


def _check(obs_size: int, frame_skip: int, actions: str, others: Mapping[str, Any]) -> None:
    if obs_size not in (96, 64):
        raise ValueError(f"obs_size={obs_size!r}: expected 96 (stock) or 64 (area-resized)")
    if frame_skip < 1 or frame_skip != int(frame_skip):
        raise ValueError(f"frame_skip={frame_skip!r}: expected an integer >= 1")
    if actions not in ACTION_MODES:
        raise ValueError(f"actions={actions!r}: expected one of {', '.join(ACTION_MODES)}")
    for name in others:
        if name not in _STOCK_OPTIONS:
            known = (*_OPTIONS, *_STOCK_OPTIONS)
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"unknown option {name!r} for stock CarRacing: {hint}")
