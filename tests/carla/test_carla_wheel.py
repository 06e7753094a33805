"""The real wheel, where it is installed: every call that the wrapper makes is one that the binary takes.

No server is needed. The fake of the other tests is thereby tied to the wheel: same classes, methods and arguments.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

carla: Any = pytest.importorskip("carla", reason="the carla wheel is not installed")
if not hasattr(carla, "Client"):
    pytest.skip("'carla' is not the wheel", allow_module_level=True)

_ARGUMENT = re.compile(r"\(([A-Za-z_0-9]+)\)([A-Za-z_0-9]+)(?:=[^\[\],]*)?")
Make = Callable[..., Any]


def overloads(function: Any, name: str) -> list[tuple[list[str], int]]:
    """(argument names, how many are required) of every overload, self included, from Boost.Python's docstring."""
    found = []
    for line in (function.__doc__ or "").splitlines():
        match = re.match(rf"\s*{name}\((.*)\) ->", line)
        if match:
            inside = re.sub(r"=<[^>]*>", "=default", match.group(1))
            required = inside.split("[", 1)[0]
            found.append(([m[1] for m in _ARGUMENT.findall(inside)], len(_ARGUMENT.findall(required))))
    return found


def accepts(names: list[str], required: int, count: int, keywords: tuple[str, ...]) -> bool:
    given = 1 + count  # self
    if given > len(names) or any(key not in names[given:] for key in keywords):
        return False
    return set(names[given:required]) <= set(keywords)


def test_the_parser_reads_signatures() -> None:
    assert overloads(carla.World.tick, "tick") == [(["arg1", "seconds"], 1)]
    names, required = overloads(carla.Map.get_waypoint, "get_waypoint")[0]
    assert (names, required) == (["arg1", "location", "project_to_road", "lane_type"], 2)
    assert accepts(names, required, 1, ("lane_type",))
    assert not accepts(names, required, 0, ())
    assert not accepts(names, required, 1, ("road",))
    assert not accepts(names, required, 4, ())


def use_everything(make: Make, server: Any, fake: Any) -> None:
    """Episodes that make every kind of call."""
    env = make(pedestrians=2, town="Town03", render_mode="human")
    env.reset(seed=0)
    for _ in range(3):
        env.step(np.array([0.1, 0.5, 0.0], np.float32))
    server.dies_at_tick = server.ticks + 1
    env.step(np.zeros(3, np.float32))
    server.restart()
    env.reset(seed=1)
    env.close()


def test_every_call_fits_a_signature_of_the_binary(make: Make, server: Any, fake: Any) -> None:
    use_everything(make, server, fake)
    calls = sorted(set(server.calls))
    assert len({(owner, name) for owner, name, _, _ in calls}) >= 45
    wrong = []
    for owner, name, count, keywords in calls:
        kind = {"Actor": "Actor"}.get(owner, owner)
        function = getattr(getattr(carla, kind), name, None)
        known = overloads(function, name)
        if not any(accepts(names, required, count, keywords) for names, required in known):
            wrong.append(f"{owner}.{name}: {count} arguments, keywords {keywords}; the wheel has {known}")
    assert not wrong, "\n".join(wrong)


def test_every_attribute_that_is_read_exists(fake: Any) -> None:
    checked = 0
    for name, kind in vars(fake).items():
        if isinstance(kind, type) and kind.__module__ == "carla" and hasattr(carla, name):
            for attribute in inspect.get_annotations(kind):
                if not attribute.startswith("_"):
                    assert hasattr(getattr(carla, name), attribute), f"{name}.{attribute}"
                    checked += 1
    assert checked >= 40


def test_every_name_of_an_enumeration_exists(fake: Any) -> None:
    for owner, values in fake.ENUMS.items():
        for name in vars(values):
            assert hasattr(getattr(carla, owner), name), f"{owner}.{name}"


def test_what_the_wrapper_builds() -> None:
    from wm_envs.carla import convert, lights
    from wm_envs.carla.options import WEATHERS

    control = convert.vehicle_control(carla, 0.25, 0.5, 0.0)
    assert (control.steer, control.throttle, control.brake) == (-0.25, 0.5, 0.0)
    place = carla.Transform(carla.Location(x=1.0, z=1.4), carla.Rotation(pitch=-3.0))
    assert (place.location.x, place.location.y, place.rotation.pitch) == pytest.approx((1.0, 0.0, -3.0))
    carla.Transform(carla.Location(1.0, 2.0, 3.0), carla.Rotation(pitch=-15.0, yaw=90.0))
    carla.Transform(carla.Location(1.0, 2.0, 3.0))
    carla.Transform()
    for name in WEATHERS:
        assert isinstance(getattr(carla.WeatherParameters, name), carla.WeatherParameters)

    class Light:
        def get_state(self) -> Any:
            return carla.TrafficLightState.Red

    assert lights._name(Light()) == "Red"


def test_settings_take_what_is_set() -> None:
    settings = carla.WorldSettings()
    settings.synchronous_mode = settings.substepping = True
    settings.deterministic_ragdolls = settings.no_rendering_mode = True
    settings.fixed_delta_seconds, settings.max_substep_delta_time, settings.max_substeps = 0.1, 0.01, 10
    assert settings.fixed_delta_seconds == pytest.approx(0.1)


def test_axes_agree_with_the_wheels_own_geometry() -> None:
    from wm_envs.carla import convert

    rotation = carla.Rotation(yaw=30.0)  # clockwise seen from above
    forward = carla.Transform(carla.Location(), rotation).get_forward_vector()
    angle = convert.heading(rotation)
    assert (forward.x, -forward.y) == pytest.approx((math.cos(angle), math.sin(angle)))
    ahead, left = convert.in_frame(forward, convert.heading(rotation))
    assert (ahead, left) == pytest.approx((1.0, 0.0), abs=1e-6)


def test_no_server_is_named_with_the_real_client(monkeypatch: pytest.MonkeyPatch) -> None:
    from wm_envs.carla import CarlaEnv
    from wm_envs.carla.errors import CarlaServerLost

    monkeypatch.setitem(sys.modules, "carla", carla)
    env = CarlaEnv(port=47123, timeout=0.5, connect_timeout=0.6)
    with pytest.raises(CarlaServerLost, match="no CARLA server answers"):
        env.reset(seed=0)
    env.close()


LEFT_BEND = """<?xml version="1.0"?><OpenDRIVE><header revMajor="1" revMinor="4" name="bend"/>
<road name="r" length="{length}" id="1" junction="-1"><planView>
<geometry s="0" x="0" y="0" hdg="0" length="50"><line/></geometry>
<geometry s="50" x="50" y="0" hdg="0" length="{arc}"><arc curvature="0.02"/></geometry></planView>
<lanes><laneSection s="0"><center><lane id="0" type="none" level="false"/></center>
<right><lane id="-1" type="driving" level="false"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right>
</laneSection></lanes></road></OpenDRIVE>"""


def test_routes_on_a_map_of_the_wheel() -> None:
    from wm_envs.carla import route

    arc = 0.5 * math.pi / 0.02
    world_map = carla.Map("bend", LEFT_BEND.format(length=50 + arc, arc=arc))
    start = world_map.get_waypoint(carla.Location(x=2.0, y=1.75))  # the right lane: UE's y is to the right
    path = route.plan(start, 100.0, np.random.default_rng(0))
    assert path.length == 100.0
    assert path.points[0] == pytest.approx((2.0, -1.75), abs=0.1)  # ours: y to the left
    assert path.ahead(90.0)[2] == pytest.approx((90.0 - 48.0) / 51.75, abs=0.05)  # turned to the left, positive
    assert path.ahead(80.0)[3] == pytest.approx(1 / 51.75, rel=0.05)
    place = path.locate(10.0, -1.0)
    assert (place.s, place.d, place.width) == pytest.approx((8.0, 0.75, 3.5), abs=0.05)
    beside = carla.Location(x=10.0, y=9.0)
    assert world_map.get_waypoint(beside, project_to_road=False, lane_type=carla.LaneType.Driving) is None
