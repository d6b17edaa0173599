"""Test that there is one version, and that a release sets it everywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hearken_speech.version import VERSION
from tests.contract.files import APP, INTEGRATION, ROOT, load

if TYPE_CHECKING:
    from pathlib import Path

PLACES = (
    "custom_components/hearken/manifest.json",
    "addon/config.yaml",
    "addon/hearken_speech/version.py",
)
CHANGELOGS = ("CHANGELOG.md", "addon/CHANGELOG.md")


def release(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run scripts/release in a checkout."""
    script = str(ROOT / "scripts" / "release")
    return subprocess.run(
        [sys.executable, script, "--root", str(root), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the files that a release changes, with unreleased changes."""
    for name in (*PLACES, *CHANGELOGS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in CHANGELOGS:
        text = (tmp_path / name).read_text().replace("## Unreleased\n", "")
        start, heading, rest = text.partition("\n## ")
        news = f"\n## Unreleased\n\n- Something new in {name}.\n"
        (tmp_path / name).write_text(start + news + heading + rest)
    return tmp_path


def test_version_is_the_same_everywhere() -> None:
    """HACS, the Supervisor and Python see one version."""
    description = yaml.safe_load((ROOT / "addon" / "config.yaml").read_text())
    assert load(INTEGRATION / "manifest.json")["version"] == VERSION
    assert description["version"] == VERSION
    assert version("hearken-speech") == VERSION
    assert release("--check", f"v{VERSION}").returncode == 0


def test_no_project_file_states_a_version() -> None:
    """The build reads version.py; the tools' configuration has no version."""
    project: dict[str, Any] = tomllib.loads(
        (ROOT / "addon" / "pyproject.toml").read_text()
    )
    assert project["project"]["dynamic"] == ["version"]
    assert ROOT / "addon" / project["tool"]["hatch"]["version"]["path"] == (
        APP / "version.py"
    )
    assert "project" not in tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_a_release_sets_every_place(checkout: Path) -> None:
    """A release sets manifest, app configuration, package and changelogs."""
    result = release("98.7.6", root=checkout)
    assert result.returncode == 0, result.stderr
    assert "git tag v98.7.6" in result.stdout
    for name in (*PLACES, *CHANGELOGS):
        assert "98.7.6" in (checkout / name).read_text(), name
        assert "Unreleased" not in (checkout / name).read_text(), name
    assert release("--check", "v98.7.6", root=checkout).returncode == 0
    notes = release("--notes", root=checkout).stdout
    assert notes.strip() == "- Something new in CHANGELOG.md."


@pytest.mark.parametrize("name", PLACES)
def test_a_forgotten_place_fails_the_check(checkout: Path, name: str) -> None:
    """The release workflow fails for a version that does not match the tag."""
    release("98.7.6", root=checkout)
    shutil.copy(ROOT / name, checkout / name)
    result = release("--check", "v98.7.6", root=checkout)
    assert result.returncode == 1
    assert f"{name} says {VERSION} instead of 98.7.6" in result.stderr


def test_a_release_without_news_changes_nothing(checkout: Path) -> None:
    """On an error, either all files are written or none."""
    changelog = checkout / CHANGELOGS[1]
    changelog.write_text(changelog.read_text().replace("## Unreleased\n", ""))
    before = {name: (checkout / name).read_text() for name in PLACES}
    assert "no section" in release("98.7.6", root=checkout).stderr
    assert "not a version" in release("next", root=checkout).stderr
    assert before == {name: (checkout / name).read_text() for name in PLACES}
