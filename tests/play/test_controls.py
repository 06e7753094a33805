"""Wishes to actions; keys that move a wheel; pads that come and go."""

import re
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from wm_zoo.play.actions import action_map, steers_left
from wm_zoo.play.controls import Controls, strongest, toward
from wm_zoo.play.errors import PlayError

PEDALS = gym.spaces.Box(np.array([-1, 0, 0], np.float32), np.array([1, 1, 1], np.float32))
ACCEL = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
RIGHT = Controls(steer=0.5, gas=0.75, brake=0.25)


@pytest.mark.parametrize(
    ("space", "env_id", "expected"),
    [
        (PEDALS, "wm/CarRacing-v0", [0.5, 0.75, 0.25]),
        (ACCEL, "wm/CarRacing-v0", [0.5, 0.5]),
        (PEDALS, "wm/Town-v0", [-0.5, 0.75, 0.25]),
        (ACCEL, "wm/Driving-v0", [-0.5, 0.5]),
        (gym.spaces.Box(-1, 1, (1,), np.float32), "Pendulum-v1", [0.5]),
    ],
)
def test_boxes(space, env_id, expected):
    action = action_map(space, env_id)(RIGHT)
    np.testing.assert_array_equal(action, np.array(expected, np.float32))
    assert action.dtype == space.dtype
    assert space.contains(action)


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        (Controls(), 0),
        (Controls(steer=1), 1),
        (Controls(steer=-1, gas=1), 2),
        (Controls(gas=1), 3),
        (Controls(gas=1, brake=1), 4),
        (Controls(steer=1, digit=3), 3),
        (Controls(digit=9), 0),
    ],
)
def test_five_discrete_actions_are_car_racings(controls, expected):
    assert action_map(gym.spaces.Discrete(5), "wm/CarRacing-v0")(controls) == expected


def test_other_discrete_spaces():
    three = action_map(gym.spaces.Discrete(3, start=7), "MountainCar-v0")
    assert [three(Controls(steer=steer)) for steer in (-1, 0, 1)] == [7, 8, 9]
    seven = action_map(gym.spaces.Discrete(7), "x")
    assert [seven(Controls(steer=1)), seven(Controls(digit=6))] == [0, 6]


def test_a_space_that_nobody_can_drive_says_what_is_expected():
    with pytest.raises(PlayError, match=r"Humanoid cannot be driven by hand: .*17.*expected a Box of 3"):
        action_map(gym.spaces.Box(-1, 1, (17,), np.float32), "Humanoid")


def test_steering_right_turns_right():
    """The car itself decides what right is: on screen for CarRacing, clockwise for driving."""
    import wm_envs

    assert not steers_left("wm/CarRacing-v0")
    for env_id in wm_envs.ENV_IDS:
        assert steers_left(env_id) == (not re.search("CarRacing|Dream", env_id)), env_id
    env = gym.make("wm/Highway-v0", sensors=("state",), vehicles=0)
    env.reset(seed=0)
    before = env.unwrapped.car_state[4]
    for _ in range(5):
        env.step(action_map(env.action_space, "wm/Highway-v0")(Controls(steer=0.3, gas=0.3)))
    assert env.unwrapped.car_state[4] < before  # heading is counter-clockwise
    env.close()


def test_mixing():
    assert toward(0.0, 1.0, 0.3) == 0.3
    assert toward(0.9, 1.0, 0.3) == 1.0
    assert toward(0.2, -1.0, 0.3) == pytest.approx(-0.1)
    assert strongest(Controls(steer=0.2, gas=1), Controls(steer=-0.9, brake=1)) == Controls(-0.9, 1, 1)


@pytest.fixture
def pygame():
    import pygame

    pygame.display.init()
    pygame.joystick.init()
    return pygame


def _key(pygame, name, down=True):
    return pygame.event.Event(pygame.KEYDOWN if down else pygame.KEYUP, key=pygame.key.key_code(name))


def test_keys_turn_the_wheel_at_a_rate(pygame):
    from wm_zoo.play.keyboard import CENTRE, TURN, Keyboard

    keyboard = Keyboard()
    keyboard.handle(_key(pygame, "right"))
    keyboard.handle(_key(pygame, "w"))
    first = keyboard.update(0.1)
    assert first.steer == pytest.approx(0.1 * TURN)
    assert 0 < first.gas < 1
    for _ in range(10):
        now = keyboard.update(0.1)
    assert (now.steer, now.gas) == (1, 1)
    keyboard.handle(_key(pygame, "right", down=False))
    keyboard.handle(_key(pygame, "a"))
    assert keyboard.update(0.01).steer == pytest.approx(1 - 0.01 * CENTRE)
    keyboard.handle(pygame.event.Event(pygame.WINDOWFOCUSLOST))
    for _ in range(10):
        now = keyboard.update(0.1)
    assert now == Controls()


def test_a_tap_between_two_frames_counts_once(pygame):
    from wm_zoo.play.keyboard import Keyboard

    keyboard = Keyboard(smooth=False)
    for down in (True, False):
        keyboard.handle(_key(pygame, "left", down))
        keyboard.handle(_key(pygame, "4", down))
    assert keyboard.update(0.1) == Controls(steer=-1, digit=4)
    assert keyboard.update(0.1) == Controls()


def _axis(pygame, axis, value, instance=0):
    return pygame.event.Event(pygame.JOYAXISMOTION, instance_id=instance, axis=axis, value=value)


def test_pads(pygame, monkeypatch):
    from wm_zoo.play import gamepad

    monkeypatch.setattr(gamepad.sys, "platform", "linux")
    pads = gamepad.Gamepads()
    assert pads.update() == Controls()
    pads.handle(_axis(pygame, 0, 0.05))
    assert pads.update().steer == 0  # sticks never rest at zero
    pads.handle(_axis(pygame, 0, -1.0))
    pads.handle(_axis(pygame, 5, 0.0))
    pads.handle(_axis(pygame, 2, -1.0))
    assert pads.update() == Controls(steer=-1, gas=0.5, brake=0)
    pads.handle(_axis(pygame, 2, 1.0))
    pads.handle(_axis(pygame, 1, 1.0))  # nobody steers with the other axis
    assert pads.update() == Controls(steer=-1, gas=0.5, brake=1)
    pads.handle(_axis(pygame, 0, 0.0))
    pads.handle(pygame.event.Event(pygame.JOYHATMOTION, instance_id=0, hat=0, value=(1, 0)))
    assert pads.update().steer == 1
    pads.handle(pygame.event.Event(pygame.JOYDEVICEREMOVED, instance_id=0))
    assert pads.update() == Controls()


class _Pad:
    def __init__(self, name, instance):
        self._name, self._instance = name, instance

    def get_name(self):
        return self._name

    def get_instance_id(self):
        return self._instance


def test_pads_are_plugged_in_and_out(pygame, monkeypatch):
    from wm_zoo.play import gamepad

    names = ["Xbox Wireless", "Sony DualSense"]
    monkeypatch.setattr(pygame.joystick, "Joystick", lambda index: _Pad(names[index], index + 10))
    monkeypatch.setattr(gamepad.sys, "platform", "linux")
    pads = gamepad.Gamepads()
    added = [pads.handle(pygame.event.Event(pygame.JOYDEVICEADDED, device_index=index)) for index in (0, 1, 1)]
    assert added == ["gamepad: Xbox Wireless", "gamepad: Sony DualSense", None]
    pads.handle(_axis(pygame, 4, 1.0, instance=11))  # its left trigger
    pads.handle(_axis(pygame, 4, 1.0, instance=10))  # the other one's right stick
    assert pads.update() == Controls(brake=1)
    assert pads.handle(pygame.event.Event(pygame.JOYDEVICEREMOVED, instance_id=11)) == "gamepad unplugged"
    assert pads.update() == Controls()
    assert pads.names == ["Xbox Wireless"]


def test_a_pad_that_is_gone_again_is_ignored(pygame):
    from wm_zoo.play.gamepad import Gamepads

    assert Gamepads().handle(pygame.event.Event(pygame.JOYDEVICEADDED, device_index=99)) is None


def test_every_key_is_known_to_pygame_free_and_documented(pygame):
    from wm_zoo.play.keys import BINDINGS, HELD, help_rows

    names = [*(name for b in BINDINGS for name in b.keys), *(name for keys in HELD.values() for name in keys)]
    codes = [pygame.key.key_code(name) for name in names]
    assert len(set(codes)) == len(codes)
    buttons = [b.button for b in BINDINGS if b.button is not None]
    assert len(set(buttons)) == len(buttons)
    page = (Path(__file__).parents[2] / "docs" / "play.md").read_text()
    for key, pad, words in help_rows():
        assert f"| {key} | {pad} | {words} |" in page
