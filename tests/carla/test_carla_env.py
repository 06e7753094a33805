"""The contract with a CARLA server: its clock, its actors, what one episode is; against the fake module."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import wm_envs
from wm_envs.carla.errors import CarlaSpawnError, ForeignTick
from wm_envs.carla.session import substeps

GO = np.array([0.0, 0.6, 0.0], np.float32)
Make = Callable[..., Any]


def calls(server: Any, *names: str) -> list[str]:
    return [f"{owner}.{name}" for owner, name, _, _ in server.calls if name in names]


def test_gymnasiums_checks(server: Any, make: Make) -> None:
    server.stamp = False
    check_env(make(), skip_render_check=True)
    check_env(make(actions="accel", sensors=["state"]), skip_render_check=True)


def test_registered_with_plain_data(server: Any) -> None:
    wm_envs.register_all()
    env = gym.make("wm/Carla-v0", vehicles=0, sensors=["camera", "state"], sensor_timeout=0.5)
    assert env.spec is not None
    json.loads(env.spec.to_json())
    obs, _ = env.reset(seed=1)
    assert list(obs) == ["camera", "state"]
    env.close()
    assert not server.actors


def test_synchronous_mode_and_fixed_step_together_and_given_back(server: Any, make: Make) -> None:
    before = dict(server.settings)
    env = make(control_step=0.05)
    assert server.calls == []  # nothing is contacted before reset
    env.reset(seed=0)
    assert server.settings["synchronous_mode"]
    assert server.settings["fixed_delta_seconds"] == 0.05
    assert server.settings["deterministic_ragdolls"]
    assert server.traffic_synchronous
    env.close()
    assert server.settings == before
    assert not server.traffic_synchronous
    env.close()


@pytest.mark.parametrize("step", [0.01, 0.05, 0.1, 0.16, 0.2, 1 / 30])
def test_substeps_cover_the_step(step: float) -> None:
    length, count = substeps(step)
    assert length * count >= step - 1e-9
    assert count <= 16


def test_one_tick_a_step(server: Any, make: Make) -> None:
    env = make()
    env.reset(seed=0)
    before = server.ticks
    for _ in range(5):
        env.step(GO)
    assert server.ticks == before + 5


def test_each_step_reads_the_frame_of_its_tick(server: Any, make: Make) -> None:
    env = make()
    obs, _ = env.reset(seed=0)
    for _ in range(20):
        assert env.frame == server.frame
        assert obs["camera"][1, 1, 0] == server.frame % 256
        obs = env.step(GO)[0]


def test_another_clients_tick_is_an_error_that_leaves_the_server_clean(server: Any, make: Make) -> None:
    before = dict(server.settings)
    env = make()
    env.reset(seed=0)
    env.step(GO)
    server.frame += 1  # somebody else
    with pytest.raises(ForeignTick, match="another client ticks"):
        env.step(GO)
    assert not server.actors
    assert server.settings == before
    with pytest.raises(gym.error.ResetNeeded):
        env.step(GO)
    env.reset(seed=0)
    env.step(GO)


def test_everything_created_is_destroyed_sensors_first(server: Any, make: Make) -> None:
    env = make(pedestrians=3)
    for seed in range(4):
        env.reset(seed=seed)
        env.step(GO)
    env.close()
    assert sorted(server.created) == sorted(server.destroyed)
    kinds = [kind.split(".")[0] for kind in server.destroyed]
    episode = kinds[: len(kinds) // 4]
    assert episode == ["sensor"] * 4 + ["controller"] * 3 + ["walker"] * 3 + ["vehicle"] * 5
    assert calls(server, "listen", "stop").count("Sensor.stop") == calls(server, "listen").count("Sensor.listen") == 16


def test_settings_come_back_after_an_exception_in_reset(server: Any, make: Make) -> None:
    before = dict(server.settings)
    env = make(vehicle_blueprint="vehicle.nobody.knows")
    with pytest.raises(CarlaSpawnError, match=r"vehicle\.nobody\.knows"):
        env.reset(seed=0)
    assert server.settings == before
    assert not server.actors


def test_settings_come_back_when_nobody_closes(server: Any) -> None:
    from wm_envs.carla import CarlaEnv

    before = dict(server.settings)
    env: Any = CarlaEnv(vehicles=1, warm_up=1)
    env.reset(seed=0)
    assert server.settings != before
    del env
    gc.collect()
    assert server.settings == before
    assert not server.actors


def test_no_room_is_named(server: Any, make: Make, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake.World, "try_spawn_actor", lambda self, blueprint, transform: None)
    with pytest.raises(CarlaSpawnError, match="no free spawn point"):
        make().reset(seed=0)


def record(env: Any, seed: int, server: Any) -> tuple[Any, ...]:
    env.reset(seed=seed)
    others = [(a.type_id, a._transform.location.x, a.attributes.get("color")) for a in server.actors.values()]
    return str(server.weather), server.traffic_seeds[-1], server.walker_seeds[-1], others


def test_same_seed_same_weather_spawn_list_and_traffic_seed(server: Any, make: Make) -> None:
    env = make(vehicles=6)
    first, other, again = (record(env, seed, server) for seed in (3, 4, 3))
    assert first == again
    assert first[1:] != other[1:]


def test_weather_by_name(server: Any, make: Make) -> None:
    make(weather="HardRainNoon").reset(seed=0)
    assert str(server.weather) == "HardRainNoon"
    with pytest.raises(ValueError, match="did you mean 'ClearNoon'"):
        make(weather="ClearNon")


def test_town(server: Any, make: Make) -> None:
    make(town="Town03").reset(seed=0)
    assert server.town == "Town03"
    make().reset(seed=0)
    assert calls(server, "load_world") == ["Client.load_world"]


def test_rendering_only_where_needed(server: Any, make: Make) -> None:
    make(sensors=("lidar", "state")).reset(seed=0)
    assert server.settings["no_rendering_mode"]
    env = make(sensors=("state",), render_mode="rgb_array")
    env.reset(seed=0)
    assert not server.settings["no_rendering_mode"]
    assert env.render().shape == (400, 600, 3)
    assert env.render()[1, 1, 0] == server.frame % 256


def test_human_mode_moves_the_servers_view(server: Any, make: Make) -> None:
    env = make(render_mode="human")
    env.reset(seed=0)
    assert calls(server, "set_transform")
    assert env.render() is None


def drive(env: Any, steps: int, steer: float = 0.0) -> tuple[list[float], dict[str, Any], bool]:
    rewards = []
    info: dict[str, Any] = {}
    terminated = False
    for _ in range(steps):
        offset, error = info.get("lane_offset", 0.0), 0.0
        action = np.array([np.clip(steer - 0.15 * offset + error, -1, 1), 0.5, 0.0], np.float32)
        _, reward, terminated, truncated, info = env.step(action)
        assert not truncated
        rewards.append(float(reward))
        assert info["cost"] == pytest.approx(sum(v for k, v in info.items() if k.startswith("cost_")))
        assert reward == pytest.approx(sum(v for k, v in info.items() if k.startswith("reward_")))
        if terminated:
            break
    return rewards, info, terminated


def test_reaching_the_end_of_the_route(server: Any, make: Make) -> None:
    env = make(vehicles=0, route_length=40.0)
    env.reset(seed=0)
    rewards, info, terminated = drive(env, 120, steer=0.045)  # the ring bends to the left: steering left follows it
    assert terminated
    assert info["success"] is True
    assert info["route_completion"] == 1.0
    assert rewards[-1] > 10
    assert sum(rewards) == pytest.approx(10 + 4 + 1, abs=1.5)  # success, 0.1 a metre, some for speed


def test_leaving_the_road(server: Any, make: Make) -> None:
    env = make(vehicles=0)
    env.reset(seed=0)
    rewards, info, terminated = drive(env, 200, steer=0.9)
    assert terminated
    assert info["cost_off_road"] == 1.0
    assert info["success"] is False
    assert rewards[-1] < -9


def test_a_contact_costs_once(server: Any, make: Make) -> None:
    env = make(vehicles=0, end_on_collision=False, debounce_steps=3)
    env.reset(seed=0)
    costs = []
    for touching in [1, 1, 1, 0, 1, 0, 0, 0, 0, 1]:
        server.touched = ["vehicle.audi.tt", "vehicle.audi.tt"] * touching
        info = env.step(np.zeros(3, np.float32))[4]
        costs.append(info["cost_collision_vehicle"])
    assert costs == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_collision_ends_the_episode_by_kind(server: Any, make: Make) -> None:
    for kind, name in [("walker.pedestrian.0001", "pedestrian"), ("static.prop", "static"), ("vehicle.x", "vehicle")]:
        env = make(vehicles=0)
        env.reset(seed=0)
        server.touched = [kind]
        _, reward, terminated, _, info = env.step(GO)
        assert terminated
        assert info[f"cost_collision_{name}"] == info["cost"] == 1.0
        assert reward < -9
        env.close()


def test_falling_onto_the_wheels_is_no_collision(server: Any, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    env = make(vehicles=0)
    server.touched = ["static.road"]  # in the first tick of the warm-up
    env.reset(seed=0)
    assert env.step(GO)[4]["cost"] == 0.0


def test_lane_invasions_are_counted(server: Any, make: Make) -> None:
    env = make(vehicles=0)
    env.reset(seed=0)
    server.crossed_lines = 2
    assert env.step(GO)[4]["lane_invasions"] == 2
    assert env.step(GO)[4]["lane_invasions"] == 0


@pytest.mark.parametrize(("light", "cost"), [("Red", 1.0), ("Green", 0.0)])
def test_crossing_a_stop_line(server: Any, make: Make, fake: Any, light: str, cost: float) -> None:
    env = make(vehicles=0, route_length=600.0)
    env.reset(seed=0)
    server.light_state = getattr(fake.TrafficLightState, light)
    line = fake.Waypoint(np.pi / 2 - 0.06, 0.0, False).transform  # 6 m before it, the front bumper 3.6 m
    server.ego._transform = line
    env._task.route.at = int(np.argmin(np.hypot(*(env._task.route.points - (line.location.x, -line.location.y)).T)))
    env._task.now = env._task.now.__class__(**{**vars(env._task.now), "front": (line.location.x, -line.location.y)})
    server.ego.speed = 6.0
    paid = [env.step(np.array([0.05, 0.0, 0.0], np.float32))[4]["cost_red_light"] for _ in range(12)]
    assert sum(paid) == cost


def test_against_the_traffic(server: Any, make: Make, fake: Any) -> None:
    env = make(vehicles=0, end_off_road=False)
    env.reset(seed=0)
    here = server.ego._transform
    server.ego._transform = fake.Transform(here.location, fake.Rotation(0.0, here.rotation.yaw + 180.0, 0.0))
    server.ego.speed = 5.0
    assert env.step(np.zeros(3, np.float32))[4]["cost_wrong_way"] == pytest.approx(0.1)


def test_speeding_and_headway_are_rates(server: Any, make: Make, fake: Any) -> None:
    env = make(vehicles=0)
    env.reset(seed=0)
    server.ego.speed = 2 * 30 / 3.6
    info = env.step(np.zeros(3, np.float32))[4]
    assert info["cost_speeding"] == pytest.approx(0.1 * 0.95, rel=0.01)
    assert info["cost_headway"] == 0.0
    ahead = env._task.route.ahead(env._task.now.route.s + 10.0)
    other = fake.Vehicle(server, "vehicle.audi.tt", fake.Transform(fake.Location(ahead[0], -ahead[1], 0.0)))
    env._holdings.scene.others.append(other)
    server.actors[other.id] = other
    info = env.step(np.zeros(3, np.float32))[4]
    gap = 10.0 - 2 * 2.4 - 0.1 * server.ego.speed
    assert info["headway"] == pytest.approx(gap / server.ego.speed, rel=0.15)
    assert info["cost_headway"] == pytest.approx(0.1 * (1 - info["headway"]))


def test_steering_left_is_left(server: Any, make: Make) -> None:
    env = make(vehicles=0)
    env.reset(seed=0)
    server.ego.speed = 5.0
    env.step(np.array([0.5, 0.0, 0.0], np.float32))
    assert server.ego.control.steer == -0.5  # CARLA's right is positive
    assert env._task.now.yaw_rate > 0
    assert env._task.now.steer > 0


def test_accel_mode(server: Any, make: Make) -> None:
    env = make(actions="accel", vehicles=0)
    env.reset(seed=0)
    env.step(np.array([0.0, -0.25], np.float32))
    assert (server.ego.control.throttle, server.ego.control.brake) == (0.0, 0.25)


@pytest.mark.parametrize("action", [np.array([0, np.nan, 0]), np.zeros(2), "left"])
def test_bad_actions_move_nothing(server: Any, make: Make, action: Any) -> None:
    env = make()
    env.reset(seed=0)
    before = server.ticks
    with pytest.raises(ValueError, match="action: expected"):
        env.step(action)
    assert server.ticks == before
    env.step(GO)


def test_options_are_checked() -> None:
    from wm_envs.carla import CarlaEnv

    with pytest.raises(TypeError, match="did you mean 'vehicles'"):
        CarlaEnv(vehicle=3)
    with pytest.raises(ValueError, match="birdseye"):
        CarlaEnv(sensors=["birdseye"])
    with pytest.raises(ValueError, match="did you mean 'lidar'"):
        CarlaEnv(sensors=["lidr"])
    with pytest.raises(ValueError, match="port"):
        CarlaEnv(port=0)


def test_import_touches_no_wheel() -> None:
    code = "import sys, wm_envs.carla; from wm_envs.carla import CarlaEnv; CarlaEnv(); print('carla' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_state_vector_is_that_of_driving() -> None:
    from wm_envs import _native
    from wm_envs.carla import CarlaEnv, state
    from wm_envs.driving import DrivingEnv

    ours, driving = CarlaEnv(), DrivingEnv()
    assert ours.observation_space == driving.observation_space
    assert ours.action_space == driving.action_space
    assert CarlaEnv(actions="accel").action_space == DrivingEnv(actions="accel").action_space
    assert tuple(_native.DrivingBatch.state_names()) == state.NAMES


def test_what_the_state_says(server: Any, make: Make, fake: Any) -> None:
    from wm_envs.carla import state

    env = make(vehicles=0, sensors=["state"], route_length=100.0)
    obs, _ = env.reset(seed=0)
    named = dict(zip(state.NAMES, obs["state"].tolist(), strict=True))
    assert named["speed"] == named["lane_offset"] == named["headway"] - 1 == 0.0
    assert named["curvature"] == pytest.approx(0.01 / 0.1, rel=0.02)  # the ring bends to the left
    assert (named["lane_width"], named["lane_left"], named["lane_right"]) == pytest.approx((0.7, 1.0, 0.0))
    assert named["speed_limit"] == pytest.approx(30 / 3.6 / 40)
    assert named["route_10m_x"] * 50 == pytest.approx(100 * np.sin(0.1), rel=0.01)
    assert named["route_10m_y"] * 50 == pytest.approx(100 * (1 - np.cos(0.1)), rel=0.03)
    assert named["route_remaining"] * 400 == pytest.approx(100.0, abs=0.1)
    assert named["goal_sin"] == pytest.approx(np.sin(1.0), abs=0.01)
    server.ego.speed = 10.0
    spot = env._task.route.ahead(env._task.now.route.s + 21.0)
    other = fake.Vehicle(server, "vehicle.audi.tt", fake.Transform(fake.Location(spot[0], -spot[1], 0.0)))
    env._holdings.scene.others.append(other)
    server.actors[other.id] = other
    obs = env.step(np.array([0.1, 0.2, 0.0], np.float32))[0]
    named = dict(zip(state.NAMES, obs["state"].tolist(), strict=True))
    assert named["own_ahead_gap"] * 100 == pytest.approx(21 - 1 - 4.8, abs=0.2)
    assert named["own_ahead_speed"] * 20 == pytest.approx(-10, abs=0.2)
    assert named["headway"] * 30 == pytest.approx((21 - 1 - 4.8) / 10, rel=0.05)
    assert named["own_behind_gap"] == named["left_ahead_gap"] == 1.0
    assert (named["last_steer"], named["last_throttle"], named["last_brake"]) == pytest.approx((0.1, 0.2, 0.0))
    assert named["steering_angle"] == pytest.approx(0.05)
    assert named["yaw_rate"] > 0
    assert named["over_limit"] > 0
