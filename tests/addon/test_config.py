"""Test that the Supervisor accepts the app's configuration."""

import re
from typing import Any, Final

import pytest
import yaml

from .paths import ADDON, ROOT

REQUIRED: Final = {"name", "version", "slug", "description", "arch"}
# All keys of the Supervisor except deprecated ones. It silently drops unknown keys,
# so a typo would go unnoticed.
KNOWN: Final = REQUIRED | {
    *("machine", "url", "startup", "boot", "init", "stage", "ports", "webui"),
    *("ingress", "ingress_port", "ingress_entry", "ingress_stream"),
    *("panel_icon", "panel_title", "panel_admin", "homeassistant", "host_network"),
    *("devices", "udev", "tmpfs", "map", "environment", "privileged", "apparmor"),
    *("audio", "video", "gpio", "usb", "uart", "devicetree", "kernel_modules"),
    *("realtime", "hassio_api", "hassio_role", "homeassistant_api", "stdin"),
    *("auth_api", "services", "discovery", "backup", "backup_exclude"),
    *("backup_pre", "backup_post", "options", "schema", "image", "ulimits"),
    *("timeout", "journald", "breaking_versions"),
}
ELEMENT: Final = re.compile(
    r"(bool|email|url|port|device(\(subsystem=[a-z]+\))?"
    r"|(str|password|int|float)(\([-\d.]*,[-\d.]*\))?"
    r"|match\(.*\)|list\((?P<choices>.+)\))\??"
)


@pytest.fixture(name="config")
def config_fixture() -> dict[str, Any]:
    """Return the configuration as the Supervisor reads it."""
    loaded = yaml.safe_load((ADDON / "config.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_keys_are_known(config: dict[str, Any]) -> None:
    """All required keys and no unknown ones are present."""
    assert set(config) >= REQUIRED
    assert set(config) <= KNOWN


def test_values_have_the_form_the_supervisor_wants(config: dict[str, Any]) -> None:
    """Slug, architectures and ports are well-formed."""
    assert re.fullmatch(r"[-_.A-Za-z0-9]+", config["slug"])
    assert set(config["arch"]) == {"aarch64", "amd64"}
    assert config["init"] is False
    assert all(re.fullmatch(r"\d+/(tcp|udp)", port) for port in config["ports"])


def test_ports_are_closed_towards_the_house(config: dict[str, Any]) -> None:
    """No port is reachable from outside the app network unless the owner opens it."""
    assert set(config["ports"].values()) == {None}


def test_options_fit_their_schema(config: dict[str, Any]) -> None:
    """Each option has a known type and, unless it is optional, a valid default."""
    needed = {name for name, kind in config["schema"].items() if kind[-1] != "?"}
    assert set(config["options"]) == needed
    for name, element in config["schema"].items():
        match = ELEMENT.fullmatch(element)
        assert match is not None, f"{name}: {element} is no type"
        if choices := match["choices"]:
            assert config["options"][name] in choices.split("|")


def test_discovery_names_the_integration(config: dict[str, Any]) -> None:
    """Discovery names the domain whose config flow Home Assistant starts."""
    (integration,) = (ROOT / "custom_components").glob("[!_]*/")
    assert config["discovery"] == [integration.name]


def test_image_has_a_registry_and_no_tag(config: dict[str, Any]) -> None:
    """The Supervisor appends the version as the tag."""
    assert re.fullmatch(r"[a-z.]+(/[a-z-]+)+", config["image"])


def test_there_is_one_app_in_the_repository() -> None:
    """The Supervisor treats every file of this name as an app, so there is only one."""
    ignored = {".venv", ".demo", "build", "dist", "rootfs"}
    found = [
        path.relative_to(ROOT)
        for kind in ("yaml", "yml", "json")
        for path in ROOT.glob(f"[!.]*/**/config.{kind}")
        if not ignored & set(path.relative_to(ROOT).parts)
    ]
    assert [str(path) for path in found] == ["addon/config.yaml"]


def test_repository_has_a_name() -> None:
    """The repository has a name and a URL for the store."""
    repository = yaml.safe_load((ROOT / "repository.yaml").read_text())
    assert repository["name"] == "Hearken"
    assert repository["url"].startswith("https://")
