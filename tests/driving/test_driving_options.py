"""Options: every field of the native configuration is a checked keyword, and does something."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from wm_envs import _native
from wm_envs.driving import DrivingEnv, DrivingVectorEnv
from wm_envs.driving.infos import NAMES
from wm_envs.driving.options import COST_TERMS, REWARD_TERMS, SCENARIOS, SENSORS, DrivingOptions

ROOT = Path(__file__).parents[2]
GAS = np.array([0.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"senario": "town"}, "no option 'senario'; did you mean 'scenario'"),
        ({"camera_hight": 64}, "did you mean 'camera_height'"),
    ],
)
def test_unknown_options(options, words):
    with pytest.raises(TypeError, match=words):
        DrivingEnv(**options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scenario": "hihgway"}, "did you mean 'highway'"),
        ({"weather": "wett"}, "did you mean 'wet'"),
        ({"model": "mb"}, "expected 'st', 'ks'"),
        ({"actions": "pedal"}, "did you mean 'pedals'"),
        ({"sensors": "camera"}, "one or more of camera"),
        ({"sensors": []}, "one or more of camera"),
        ({"sensors": ["state", "state"]}, "each once"),
        ({"sensors": ["lidars"]}, "did you mean 'lidar'"),
        ({"vehicle": 4}, "whole number from 1 to 3"),
        ({"vehicle": 2.0}, "whole number from 1 to 3"),
        ({"density": -0.1}, "number from 0 to 3"),
        ({"density": float("nan")}, "number from 0 to 3"),
        ({"friction": 0.0}, r"number from 0\.05 to 2"),
        ({"signals": 1}, "expected True or False"),
        ({"camera_width": 4}, "from 8 to 1024"),
        ({"control_step": 0.5}, "needs at least 5"),
        ({"reward_weights": {"progres": 1}}, "did you mean 'progress'"),
        ({"reward_weights": {"progress": "1"}}, "expected a number"),
        ({"reward_weights": 1.0}, "expected a dict of progress"),
        ({"scenario": "map"}, "give a file's path"),
        ({"map": "x.xodr"}, "give a file's path"),
        ({"render_mode": "rgb"}, "did you mean 'rgb_array'"),
    ],
)
def test_values_out_of_range(options, words):
    with pytest.raises(ValueError, match=words):
        DrivingEnv(**options)


def test_reset_has_no_options():
    with pytest.raises(ValueError, match="no option 'randomize'"):
        DrivingEnv(scenario="highway", sensors=["state"]).reset(options={"randomize": True})


def test_every_native_field_is_a_keyword():
    """config.h and the Python options do not drift apart."""
    text = (ROOT / "native/include/wm/driving/config.h").read_text()
    native = set()
    for block in re.findall(r"struct (?:Scenario|Dynamics|Sensor|Task)Config \{(.*?)\n\};", text, re.S):
        code = re.sub(r"//.*", "", block)
        native |= set(re.findall(r"(\w+)\s*(?:=[^,;]*)?[,;]", code)) - {"false", "true"}
    known = {f.name for f in dataclasses.fields(DrivingOptions)} | set(SENSORS) | {f"w_{t}" for t in REWARD_TERMS}
    assert {name for name in native if not name[0].isdigit()} <= known, native - known


def test_native_defaults_are_the_documented_ones():
    """A bare native batch and one with all of the Python side's defaults start from the same world."""
    bare = _native.DrivingBatch(entropy=[0], scenario="town")
    ours = DrivingOptions().native(num_envs=1, num_threads=1, max_episode_steps=0, autoreset="disabled")
    for batch in (bare, ours):
        batch.seed(0, [3])
        batch.reset(np.ones(1, np.bool_), {})
    assert bare.get_state(0) == ours.get_state(0)


def test_native_checks_again():
    with pytest.raises(ValueError, match=r"density: expected a number from 0\.0 to 3\.0"):
        _native.DrivingBatch(entropy=[0], density=9.0)
    with pytest.raises(TypeError, match="no option 'densty'"):
        _native.DrivingBatch(entropy=[0], densty=1.0)
    with pytest.raises(ValueError, match="one of 'highway'"):
        _native.DrivingBatch(entropy=[0], scenario="motorway")


def test_names_agree_with_the_core():
    assert {f"cost_{name}" for name in COST_TERMS} == {n for n in NAMES if n.startswith("cost_")}
    assert {f"reward_{name}" for name in REWARD_TERMS} == {n for n in NAMES if n.startswith("reward_")}


@pytest.mark.parametrize("sensor", SENSORS)
def test_sensors_and_sizes(sensor):
    env = DrivingEnv(
        scenario="roundabout", sensors=[sensor], camera_height=32, camera_width=48, birdseye_size=40, lidar_beams=31
    )
    obs, _ = env.reset(seed=0)
    shapes = {
        "camera": (32, 48, 3),
        "birdseye": (40, 40, 3),
        "lidar": (31,),
        "state": (_native.DrivingBatch.state_size(),),
    }
    assert {name: values.shape for name, values in obs.items()} == {sensor: shapes[sensor]}
    assert env.observation_space.contains(obs)


def test_sensors_do_not_touch_the_world():
    """Noise has its own stream: whoever senses what, the same things happen."""
    plain = DrivingEnv(scenario="town", sensors=["state"])
    noisy = DrivingEnv(scenario="town", sensors=["lidar", "state"], lidar_noise=1.0, lidar_dropout=0.5, state_noise=0.5)
    clean = plain.reset(seed=2)[0]["state"]
    assert (noisy.reset(seed=2)[0]["state"] != clean).any()
    for _ in range(30):
        _, *one = plain.step(GAS)
        _, *other = noisy.step(GAS)
        assert one == other
        if one[1]:
            break


def test_dropout():
    env = DrivingEnv(
        scenario="highway",
        sensors=["camera", "lidar", "state"],
        camera_dropout=1.0,
        lidar_dropout=1.0,
        state_dropout=1.0,
    )
    obs, _ = env.reset(seed=0)
    assert (obs["camera"] == 0).all()
    assert (obs["lidar"] == 1).all()
    assert (obs["state"] == 0).all()


def _metres_to_stop(**options):
    env = DrivingEnv(scenario="highway", sensors=["state"], vehicles=0, **options)
    _, info = env.reset(seed=1)
    start = np.array([info["position_x"], info["position_y"]])
    for _ in range(600):
        *_, info = env.step(np.array([0.0, 0.0, 1.0]))
        if info["speed"] == 0.0:
            return float(np.hypot(*(np.array([info["position_x"], info["position_y"]]) - start)))
    raise AssertionError("did not stop")


def test_weather_lengthens_braking():
    dry, wet, ice = (_metres_to_stop(weather=w) for w in ("dry", "wet", "ice"))
    assert dry * 1.3 < wet < dry * 1.6
    assert dry * 4 < ice < dry * 6
    assert _metres_to_stop(friction=0.7, weather="ice") == wet


def test_models_and_vehicles_differ():
    def after(**options):
        env = DrivingEnv(scenario="highway", sensors=["state"], vehicles=0, **options)
        env.reset(seed=1)
        for _ in range(10):
            *_, info = env.step(np.array([0.1, 1.0, 0.0]))
        return info["position_x"], info["position_y"], info["heading"]

    assert len({after(model=m, vehicle=v) for m in ("st", "ks") for v in (1, 2, 3)}) == 6


def test_reverse():
    env = DrivingEnv(scenario="parking", sensors=["state"], reverse=True, vehicles=0)
    env.reset(seed=0)
    for _ in range(10):
        *_, info = env.step(np.array([0.0, 0.0, 0.6]))
    assert info["speed"] < -0.5
    env = DrivingEnv(scenario="parking", sensors=["state"], vehicles=0)
    env.reset(seed=0)
    for _ in range(10):
        *_, info = env.step(np.array([0.0, 0.0, 0.6]))
    assert info["speed"] == 0.0


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s not in {"map", "parking"}])
def test_traffic_density(scenario):
    def vehicles(**options):
        env = DrivingEnv(scenario=scenario, sensors=["state"], parked=0.0, pedestrians=0, broken_down=0, **options)
        env.reset(seed=0)
        return len(env.actors()) - 1

    assert vehicles(density=0.0) == 0
    assert 0 < vehicles(density=0.5) < vehicles(density=1.0)
    assert vehicles(vehicles=3) == 3


def test_route_length():
    env = DrivingEnv(scenario="town", sensors=["state"], route_length=250.0)
    lengths = [env.reset(seed=s)[1]["route_length"] for s in range(10)]
    assert max(lengths) == 250.0
    assert min(lengths) > 50.0


def test_too_many_agents():
    with pytest.raises(ValueError, match="has room for"):
        DrivingOptions(scenario="intersection").native(
            num_envs=1, num_threads=1, max_episode_steps=0, autoreset="disabled", num_agents=64
        )


STRAIGHT = """<OpenDRIVE><header revMajor="1" revMinor="6"/>
<road name="" length="400" id="1" junction="-1">
<planView><geometry s="0" x="0" y="0" hdg="0.5" length="400"><line/></geometry></planView>
<lanes><laneSection s="0"><center><lane id="0" type="none" level="false"/></center>
<right><lane id="-1" type="driving" level="false"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right>
</laneSection></lanes></road></OpenDRIVE>"""


def test_imported_maps(tmp_path):
    file = tmp_path / "straight.xodr"
    file.write_text(STRAIGHT)
    env = gym.make("wm_envs:wm/Driving-v0", scenario="map", map=str(file), sensors=["state"], route_length=100.0)
    obs, info = env.reset(seed=0)
    assert env.observation_space.contains(obs)
    assert info["heading"] == pytest.approx(0.5, abs=1e-4)
    snapshot = env.unwrapped.get_state()
    env.step(np.array([0, 0.5, 0], np.float32))
    env.unwrapped.set_state(snapshot)
    assert "map" in env.spec.to_json()


def test_batch_options_are_the_same():
    batch = DrivingVectorEnv(2, scenario="merge", sensors=["state"], weather="ice")
    assert batch.options == DrivingEnv(scenario="merge", sensors=["state"], weather="ice").options
