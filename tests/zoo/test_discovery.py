"""Registries are found and judged without importing a plugin."""

from __future__ import annotations

import sys

import pytest

from wm_zoo import list_components, make
from wm_zoo.errors import MissingDependency, PluginBroken, PluginDisabled, PluginIncompatible, PluginNotFound
from wm_zoo.manager import component, manager, refresh
from wm_zoo.manifest import Status

REGISTRY = (
    'schema = 1\napi = 1\nnamespace = "{0}"\n[component.toy-v0]\nkind = "controller"\nmodule = "{1}"\nsummary = "x"\n'
)


def test_installed_distribution_is_found_without_import(zoo):
    zoo.distribution(
        "acme-wm",
        "1.2",
        "acme_wm:registry.toml",
        {
            "acme_wm/__init__.py": "raise RuntimeError('imported by listing')",
            "acme_wm/registry.toml": REGISTRY.format("acme", "acme_wm.toy"),
            "acme_wm/toy.py": "",
        },
    )
    entry = zoo.entry("acme/toy-v0")
    assert entry.status is Status.OK
    assert entry.source.label == "acme-wm 1.2 (acme_wm/registry.toml)"
    assert "acme_wm" not in sys.modules
    with pytest.raises(PluginBroken, match="RuntimeError: imported by listing"):
        component("acme/toy")
    assert zoo.entry("acme/toy-v0").status is Status.BROKEN


def test_duplicate_ids_name_both_sides_and_spare_the_rest(zoo):
    for name in ("acme-one", "acme-two"):
        package = name.replace("-", "_")
        zoo.distribution(
            name,
            "1.0",
            f"{package}:registry.toml",
            {
                f"{package}/__init__.py": "",
                f"{package}/registry.toml": REGISTRY.format("acme", package),
            },
        )
    both = [entry for entry in list_components() if entry.id == "acme/toy-v0"]
    assert [entry.status for entry in both] == [Status.BROKEN] * 2
    with pytest.raises(PluginBroken, match=r"acme-one 1.0 .* and by acme-two 1.0"):
        make("toy")
    assert component("linear").id == "wm/linear-v0"


def test_the_zoos_own_namespace_is_reserved(zoo):
    zoo.local(namespace="wm", name="mine-v0")
    assert "reserved" in zoo.entry("wm/mine-v0").reason
    assert zoo.entry("wm/pca-v0").status is Status.OK


def test_disabled_before_import(zoo, monkeypatch):
    zoo.local("raise SystemExit('imported')")
    monkeypatch.setenv("WM_DISABLE_PLUGINS", "acme/*, other/*")
    assert zoo.entry("acme/toy-v0").status is Status.DISABLED
    with pytest.raises(PluginDisabled, match="WM_DISABLE_PLUGINS"):
        make("toy")


def test_other_api_is_incompatible_before_import(zoo):
    zoo.local("raise SystemExit('imported')", head="api = 7")
    assert zoo.entry("acme/toy-v0").status is Status.INCOMPATIBLE
    with pytest.raises(PluginIncompatible, match="api 7, this host has api 1"):
        make("toy")


def test_missing_extra_prints_the_install_line(zoo):
    zoo.distribution(
        "acme-wm",
        "1.0",
        "acme_wm:registry.toml",
        {
            "acme_wm/__init__.py": "",
            "acme_wm/registry.toml": REGISTRY.format("acme", "acme_wm")
            + 'extra = "turbo"\nneeds = ["no_such_package"]\n',
        },
    )
    with pytest.raises(MissingDependency, match=r'needs no_such_package: pip install "acme-wm\[turbo\]"'):
        make("toy")


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ('capabilites = ["reward"]', "unknown key 'capabilites'; did you mean 'capabilities'"),
        ('capabilities = ["rewards"]', "no capability 'rewards'; did you mean 'reward'"),
        ('requires.dynamic = ["reward"]', "no such kind; did you mean 'dynamics'"),
        ('status = "experimentl"', "did you mean 'experimental'"),
        ('module = "acme"', "exactly one of 'module'"),
        ("since = 1", "since = 1, expected a string"),
        ('api = "two"', "api = 'two', expected an integer"),
        ("api = [1]", "api = [1], expected an integer"),
        ("api = 1.5", "api = 1.5, expected an integer"),
        ("api = true", "api = True, expected an integer"),
        ("status = [1]", "status = [1], expected a string"),
    ],
)
def test_bad_entry_is_one_broken_line(zoo, extra, reason):
    full = zoo.local(extra=extra)
    assert zoo.entry(full).status is Status.BROKEN
    assert reason in zoo.entry(full).reason
    assert zoo.entry("wm/linear-v0").status is Status.OK


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not toml", "not valid TOML"),
        ('schema = 2\napi = 1\nnamespace = "a"', "schema = 2"),
        ('schema = 1\nnamespace = "a"', "api = None"),
        ('schema = 1\napi = true\nnamespace = "a"', "api = True"),
        ('schema = true\napi = 1\nnamespace = "a"', "schema = True"),
        ("x = " + "[" * 3000, "Error"),
        ('schema = 1\napi = 1\nnamespace = "A b"', "namespace = 'A b'"),
        (
            'schema = 1\napi = 1\nnamespace = "a"\n[components.x-v0]',
            "unknown key 'components'; did you mean 'component'",
        ),
        ('schema = 1\napi = 1\nnamespace = "a"\n[component]\nx = 3', "must be tables"),
    ],
)
def test_bad_registry_is_one_broken_line(zoo, text, reason):
    path = zoo.registry(text)
    assert reason in zoo.entry(str(path)).reason
    with pytest.raises(PluginNotFound):
        make("nothing-like-this")


def test_absent_registry_and_absent_module_are_broken(zoo, monkeypatch):
    zoo.registry(REGISTRY.format("acme", "no_such_module.deep"))
    monkeypatch.setenv("WM_REGISTRY", f"{zoo.registries[0]}:{zoo.root / 'absent.toml'}")
    assert "no module 'no_such_module.deep'" in zoo.entry("acme/toy-v0").reason
    assert "No such file" in zoo.entry(str(zoo.root / "absent.toml")).reason


def test_deprecated_warns_and_an_alias_leads_to_its_successor(zoo):
    zoo.registry(
        'schema = 1\napi = 1\nnamespace = "acme"\n[component.old-v0]\nkind = "encoder"\nsummary = "x"\n'
        'status = "deprecated"\nreplaced-by = "wm/pca-v0"\n'
    )
    assert zoo.entry("acme/old-v0").status is Status.DEPRECATED
    with pytest.warns(FutureWarning, match="use wm/pca-v0"):
        assert component("old").id == "wm/pca-v0"


def test_strict_mode_raises_at_once(zoo, monkeypatch):
    zoo.local(extra='status = "odd"')
    monkeypatch.setenv("WM_STRICT_PLUGINS", "1")
    with pytest.raises(PluginBroken, match="status = 'odd'"):
        manager()


def test_same_registry_twice_counts_once(zoo, monkeypatch):
    full = zoo.local()
    monkeypatch.setenv("WM_REGISTRY", f"{zoo.registries[0]}:{zoo.registries[0]}")
    refresh()
    assert zoo.entry(full).status is Status.OK


def test_list_filters_and_refuses_unknown_words():
    assert {entry.id for entry in list_components(pattern="*vae*")} == {"wm/conv-vae-v0"}
    assert all(entry.kind == "planner" for entry in list_components("planner"))
    with pytest.raises(PluginNotFound, match="did you mean 'encoder'"):
        list_components("encodr")


def test_assets_resolve(zoo):
    zoo.registry(
        'schema = 1\napi = 1\nnamespace = "acme"\n[world.track-v0]\npath = "worlds/track"\n'
        '[agent.fast-v0]\nencoder = "pca"\ndynamics = "mdn-rnn"\ncontroller = "linear"\n'
    )
    assert manager().asset("world", "track").values["path"] == "worlds/track"
    assert manager().agent("fast")["controller"] == "linear"
    with pytest.raises(PluginNotFound, match="did you mean 'track'"):
        manager().asset("world", "trak")


def test_paths_that_are_none_are_broken(zoo, monkeypatch):
    zoo.registry('schema = 1\napi = 1\nnamespace = "acme"\n[component.toy-v0]\nkind = "planner"\npath = "\\u0000"\n')
    monkeypatch.setenv("WM_REGISTRY", f"{zoo.registries[0]}:~nosuchuser/x")
    assert "path = '\\x00' is no path" in zoo.entry("acme/toy-v0").reason
    assert "home directory" in zoo.entry("~nosuchuser/x").reason
    assert zoo.entry("wm/linear-v0").status is Status.OK
    with pytest.raises(PluginNotFound, match=r"1 registry could not be read: ~nosuchuser/x$"):
        make("acme/nothing-v0")


def test_an_intruder_does_not_break_what_it_imitates(zoo):
    zoo.local(namespace="wm", name="linear-v0", extra='[agent.x-v0]\nmodule = "nowhere"')
    entries = {entry.source.local: entry for entry in list_components() if entry.id == "wm/linear-v0"}
    assert entries[False].status is Status.OK
    assert "reserved" in entries[True].reason
    assert component("linear").id == "wm/linear-v0"
    assert manager().find("linear").status is Status.OK
    assert not [asset for asset in manager().assets("agent") if asset.id == "wm/x-v0"]
    assert "ignored" in zoo.entry(zoo.registries[0]).reason


@pytest.mark.parametrize("switch", ["acme-two", "acme_two", "LOCAL"])
def test_a_duplicate_ends_by_switching_one_off(zoo, monkeypatch, switch):
    full = zoo.local()
    files = {"acme_two/__init__.py": "", "acme_two/registry.toml": REGISTRY.format("acme", "acme_two")}
    zoo.distribution("acme-two", "1.0", "acme_two:registry.toml", files)
    assert manager().find(full).status is Status.BROKEN
    assert "switch one off, e.g. WM_DISABLE_PLUGINS=" in manager().find(full).reason
    monkeypatch.setenv("WM_DISABLE_PLUGINS", zoo.registries[0] if switch == "LOCAL" else switch)
    assert manager().find(full).status is Status.OK
    assert manager().find(full).source.local is (switch != "LOCAL")
    both = [entry.status for entry in list_components() if entry.id == full]
    assert sorted(both) == [Status.DISABLED, Status.OK]
