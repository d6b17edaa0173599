"""Test what hassfest and HACS check in the manifest and its folder."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

import homeassistant.components as core
import pytest
from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.const import Platform
from packaging.requirements import Requirement

from tests.contract.files import INTEGRATION, LANGUAGES, ROOT, load, source


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Return the manifest."""
    content: dict[str, Any] = load(INTEGRATION / "manifest.json")
    return content


def test_keys_are_known_and_in_order(manifest: dict[str, Any]) -> None:
    """Domain and name come first, followed by the others in alphabetical order."""
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]
    assert set(keys) == {
        "after_dependencies",
        "codeowners",
        "config_flow",
        "dependencies",
        "documentation",
        "domain",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "name",
        "requirements",
        "version",
        "zeroconf",
    }


def test_values_are_allowed(manifest: dict[str, Any]) -> None:
    """Each value is accepted by hassfest."""
    assert manifest["domain"] == INTEGRATION.name
    assert manifest["integration_type"] == "device"
    assert manifest["iot_class"] == "local_push"
    assert manifest["config_flow"] is True
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert manifest["documentation"].startswith("https://")
    assert manifest["issue_tracker"] == f"{manifest['documentation']}/issues"
    assert AwesomeVersion(manifest["version"]).strategy in (
        AwesomeVersionStrategy.CALVER,
        AwesomeVersionStrategy.SEMVER,
    )


def test_dependencies_are_all_there(manifest: dict[str, Any]) -> None:
    """The dependencies are exactly the core integrations that the code imports."""
    imported = set(re.findall(r"from homeassistant\.components\.(\w+)", source())) | {
        name.strip()
        for names in re.findall(r"from homeassistant\.components import (.+)", source())
        for name in names.split(",")
    }
    platforms = {platform.value for platform in Platform}
    # Core, and the integrations that load files of these names.
    always_there = {
        "device_automation",
        "diagnostics",
        "homeassistant",
        "logbook",
        "repairs",
        "system_health",
    }
    needed = (imported - platforms - always_there) | {
        name for name in imported & platforms if name in manifest["dependencies"]
    }
    # Optional integrations are used only if they are set up.
    needed -= set(manifest["after_dependencies"])
    assert needed <= set(manifest["dependencies"])
    assert manifest["dependencies"] == sorted(set(manifest["dependencies"]))
    for name in manifest["dependencies"]:
        assert (ROOT.joinpath(core.__path__[0], name)).is_dir(), name


def test_is_found(manifest: dict[str, Any]) -> None:
    """Discovery through the app and the network is declared, with our service names."""
    assert manifest["after_dependencies"] == ["hassio", "todo", "zeroconf"]
    assert manifest["zeroconf"] == ["_hearken._tcp.local."]


@pytest.mark.parametrize(
    ("name", "core_integration"),
    [("sentence-stream", "elevenlabs"), ("wyoming", "wyoming")],
)
def test_requirements_fit_core(
    manifest: dict[str, Any], name: str, core_integration: str
) -> None:
    """Each requirement that core has, too, allows the version that core pins."""
    requirements = {
        requirement.name: requirement
        for requirement in map(Requirement, manifest["requirements"])
    }
    # Core has no library for pairing with a short code.
    assert set(requirements) == {"sentence-stream", "spake2", "wyoming"}
    pinned = load(ROOT.joinpath(core.__path__[0], core_integration, "manifest.json"))
    (core_text,) = [
        text for text in pinned["requirements"] if Requirement(text).name == name
    ]
    specifier = requirements[name].specifier
    assert core_text.partition("==")[2] in specifier
    assert version(name) in specifier


def test_hacs_description() -> None:
    """hacs.json has the name, the oldest Home Assistant, and no unknown keys."""
    hacs = load(ROOT / "hacs.json")
    assert set(hacs) <= {"name", "homeassistant", "zip_release", "filename"}
    assert hacs["name"] == "Hearken"
    assert AwesomeVersion(hacs["homeassistant"]) <= AwesomeVersion(
        version("homeassistant")
    )


def test_there_is_one_integration() -> None:
    """HACS uses the first folder, so there is only one."""
    folders = [
        path.name
        for path in (ROOT / "custom_components").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    ]
    assert folders == ["hearken"]


def test_no_file_is_taken_for_an_app() -> None:
    """The Supervisor treats every file of these names as an app."""
    for folder in ("custom_components", "tests", "docs", "scripts"):
        for suffix in ("yaml", "yml", "json"):
            assert not list((ROOT / folder).rglob(f"config.{suffix}"))


def test_languages_are_complete() -> None:
    """Each language has its file, and there is no strings.json."""
    files = {path.stem for path in (INTEGRATION / "translations").glob("*.json")}
    assert files == set(LANGUAGES)
    assert not (INTEGRATION / "strings.json").exists()


def test_brand_is_there() -> None:
    """The icon comes with the integration."""
    for name in ("icon.png", "icon@2x.png", "logo.png", "logo@2x.png"):
        assert (INTEGRATION / "brand" / name).is_file(), name
