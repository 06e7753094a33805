"""Worlds: heads, start states, limits, and folders that notice tampering."""

from __future__ import annotations

import pytest
import torch

import wm_zoo
from wm_zoo.api import World
from wm_zoo.errors import CheckpointError, WorldError
from wm_zoo.lanes import LaneGenerator
from wm_zoo.starts import StartBank
from wm_zoo.world import load_world


def test_it_is_a_world(world):
    from wm_envs.dream.protocol import DreamWorld

    assert isinstance(world, World)
    assert isinstance(world, DreamWorld)


@pytest.mark.parametrize(
    ("dynamics", "text"),
    [
        ("no-reward-v0", "toy/no-reward-v0 has no reward head"),
        ("no-heads-v0", "toy/no-heads-v0 has no reward and no termination head"),
    ],
)
def test_a_missing_head_is_refused_by_name(toy, dynamics, text):
    with pytest.raises(WorldError, match=text) as caught:
        toy.toy_world(dynamics=dynamics)
    assert "toy/linear-motion-v0" in str(caught.value)  # what would do
    assert caught.value.exit_code == 2


def test_start_states_are_what_filtering_real_frames_gives(toy):
    """Burn-in by hand, one observe at a time, gives exactly the stored states; none is the last of an episode."""
    world = toy.toy_world()
    m = world.dynamics
    g = torch.Generator().manual_seed(3)
    latent, action = torch.rand(12, 2, generator=g), torch.rand(11, 1, generator=g)
    bank = StartBank.from_sequences(m, [(latent, action)], generator=g, per_episode=99, burn_in=4)
    state, by_hand = m.initial(1), []
    with torch.no_grad():
        for t in range(12):
            led_by = action[t - 1 : t] if t else torch.zeros(1, 1)
            state = m.observe(state, led_by, latent[t : t + 1])
            by_hand.append(torch.cat([state["z"], state["h"]], 1))
    stored = torch.cat([bank.anywhere["z"], bank.anywhere["h"]], 1)
    torch.testing.assert_close(stored, torch.cat(by_hand[3:11]))
    torch.testing.assert_close(torch.cat([bank.episode["z"], bank.episode["h"]], 1), by_hand[0])


def test_start_states_need_burn_in_and_long_enough_episodes(world):
    g = torch.Generator().manual_seed(0)
    episode = (torch.zeros(5, 2), torch.zeros(4, 1))
    with pytest.raises(WorldError, match="at least 3 real frames"):
        StartBank.from_sequences(world.dynamics, [episode], generator=g, burn_in=2)
    with pytest.raises(WorldError, match="none of 1 episodes is longer"):
        StartBank.from_sequences(world.dynamics, [episode], generator=g, burn_in=5)
    with pytest.raises(WorldError, match="expected one of anywhere, episode"):
        world.initial(1, generator=LaneGenerator([0]), where="nowhere")


def test_every_start_state_is_drawn_and_each_lane_draws_for_itself(world):
    many = world.initial(2000, generator=torch.Generator().manual_seed(0))
    assert len(torch.unique(many["z"], dim=0)) == len(world.starts.anywhere["z"])
    batch = world.initial(3, generator=LaneGenerator([5, 6, 7]))
    assert torch.equal(world.initial(1, generator=LaneGenerator([6]))["z"], batch["z"][1:2])


def test_latents_are_clamped_in_encodings_and_dreams(world):
    state = {"z": torch.tensor([[1.99, 1.9]]), "h": torch.zeros(1, 17)}
    step = world.imagine(state, torch.ones(1, 1))
    assert step.state["z"].max() == 2.0
    assert world.features(step.state).abs().max() <= world.feature_limit
    assert world.encode(torch.full((1, 36, 36, 3), 255, dtype=torch.uint8)).max() <= 2.0


def test_observe_depends_on_the_observation_and_the_action(world):
    state = world.blank(1)
    dark, light = (torch.full((1, 36, 36, 3), level, dtype=torch.uint8) for level in (0, 200))
    a = world.observe(state, torch.zeros(1, 1), dark)
    b = world.observe(state, torch.zeros(1, 1), light)
    c = world.observe(a, torch.ones(1, 1), light)
    d = world.observe(a, torch.zeros(1, 1), light)
    assert not torch.equal(world.features(a), world.features(b))
    assert not torch.equal(world.features(c), world.features(d))
    assert world.decode(a)[0, 0, 0].tolist() == [0, 0, 0]


def test_no_gradients_and_no_changed_weights(world):
    before = {k: v.clone() for k, v in world.dynamics.state_dict().items()}
    step = world.imagine(world.blank(2), torch.ones(2, 1, requires_grad=True))
    assert not step.reward.requires_grad
    assert not step.reward.is_inference()  # trainers may build on it
    assert all(p.requires_grad for p in world.dynamics.parameters())  # another round of training may follow
    assert all(torch.equal(v, before[k]) for k, v in world.dynamics.state_dict().items())


def test_save_and_load_gives_the_same_world(world, saved, tmp_path):
    again = load_world(saved)
    assert again.fingerprint == world.fingerprint
    assert again.spaces == world.spaces
    assert again.card.env == {"id": "toy/Real-v0"}
    assert again.feature_limit == world.feature_limit
    state = world.initial(4, generator=LaneGenerator([1, 2, 3, 4]))
    twin = again.initial(4, generator=LaneGenerator([1, 2, 3, 4]))
    assert torch.equal(world.imagine(state, torch.ones(4, 1)).reward, again.imagine(twin, torch.ones(4, 1)).reward)
    world.save(saved)  # over an old one
    assert load_world(saved).fingerprint == world.fingerprint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["toy"]  # no temporary folder is left


def test_load_from_a_run_folder_and_the_lazy_name(world, tmp_path):
    world.save(tmp_path / "run" / "world")
    assert wm_zoo.load_world(tmp_path / "run").fingerprint == world.fingerprint


@pytest.mark.parametrize("file", ["encoder.safetensors", "dynamics.safetensors", "starts.safetensors", "world.toml"])
@pytest.mark.parametrize("damage", ["truncate", "flip", "remove"])
def test_damage_is_named(saved, file, damage, tmp_path):
    path = tmp_path / "toy" / file
    data = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    else:
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data[:-5]) if damage == "truncate" else bytes(data))
    with pytest.raises((CheckpointError, WorldError), match=file.replace(".", r"\.")):
        load_world(saved)


def test_every_truncation_of_the_card_is_noticed(saved, tmp_path):
    path = tmp_path / "toy" / "world.toml"
    data = path.read_bytes()
    for cut in range(0, len(data) - 1, 37):
        path.write_bytes(data[:cut])
        with pytest.raises(CheckpointError, match=r"world\.toml"):
            load_world(saved)


def test_unknown_names_point_to_the_nearest(tmp_path, monkeypatch):
    registry = tmp_path / "r.toml"
    registry.write_text('schema = 1\napi = 1\nnamespace = "toy"\n[world.hills]\npath = "hills"\n')
    monkeypatch.setenv("WM_REGISTRY", str(registry))
    with pytest.raises(WorldError, match="hills") as caught:
        load_world("hils")
    assert "world folder" in str(caught.value)
    with pytest.raises(WorldError, match=r"no world\.toml in it"):
        load_world(tmp_path)
    with pytest.raises(CheckpointError, match=r"hills/world\.toml"):
        load_world("hills")  # listed, but its files are gone


def test_a_registered_name_loads(world, tmp_path, monkeypatch, toy):
    import os

    registry = tmp_path / "r.toml"
    registry.write_text('schema = 1\napi = 1\nnamespace = "toy"\n[world.hills]\npath = "hills"\n')
    monkeypatch.setenv("WM_REGISTRY", os.environ["WM_REGISTRY"] + os.pathsep + str(registry))
    world.save(tmp_path / "hills")
    assert load_world("hills").fingerprint == world.fingerprint
    assert load_world("toy/hills").fingerprint == world.fingerprint


def test_weights_of_another_component_do_not_load(toy, tmp_path):
    from wm_zoo import atomic
    from wm_zoo.cards import read_card, write_card

    folder = tmp_path / "w"
    toy.toy_world().save(folder)
    digest = atomic.save_tensors(folder / "dynamics.safetensors", {"other": torch.zeros(2)})
    card = read_card(folder / "world.toml")
    card["files"]["dynamics.safetensors"] = digest
    write_card(folder / "world.toml", card)
    with pytest.raises(CheckpointError, match=r"dynamics\.safetensors: its tensors do not fit toy/linear-motion-v0"):
        load_world(folder)


def test_a_killed_save_leaves_the_old_world(world, toy, saved, monkeypatch):
    from wm_zoo import atomic

    def fail(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write_toml", fail)
        with pytest.raises(KeyboardInterrupt):
            toy.toy_world(seed=4).save(saved)
    assert load_world(saved).fingerprint == world.fingerprint


def test_a_world_without_starts_cannot_dream(world):
    from wm_zoo.world import ComposedWorld

    bare = ComposedWorld(world.encoder, world.dynamics, world.spaces, None, world.card)
    with pytest.raises(WorldError, match="no start states"):
        bare.initial(1, generator=LaneGenerator([0]))
