"""Test the workflows on GitHub: pinned actions and minimal permissions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.contract.files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
OWN = "./.github/workflows/"


def load(path: Path) -> dict[str, Any]:
    """Return a YAML file of .github; the key `on` is read as true."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    found: dict[str, dict[str, Any]] = load(path)["jobs"]
    return found


def used(job: dict[str, Any]) -> list[str]:
    """Return the actions and workflows used by a job."""
    steps = [job, *job.get("steps", ())]
    return [step["uses"] for step in steps if "uses" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_and_runs_are_limited(path: Path) -> None:
    """Jobs have minimal permissions, time limits, and cancel older runs."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for name, job in jobs(path).items():
        assert "permissions" in job, name
        assert "uses" in job or "timeout-minutes" in job, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned(path: Path) -> None:
    """Third-party actions are pinned to a commit."""
    for job in jobs(path).values():
        for name in used(job):
            if name.startswith(OWN):
                assert (ROOT / name).is_file(), name
            else:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name), name


def test_called_workflows_do_not_cancel_their_caller() -> None:
    """Each workflow has its own group: a called one sees its caller's name."""
    groups = [load(path)["concurrency"]["group"] for path in WORKFLOWS]
    assert len(set(groups)) == len(groups)
    assert not any("github.workflow" in group for group in groups)


def test_a_release_waits_for_everything() -> None:
    """Nothing is published before lint, tests and the version check have passed."""
    release = jobs(GITHUB / "workflows" / "release.yml")

    def before(name: str) -> set[str]:
        needs = release[name].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*(before(each) for each in direct))

    called = {
        used(release[name])[0].removeprefix(OWN)
        for name in before("release")
        if used(release[name])[0].startswith(OWN)
    }
    assert {"lint.yml", "test.yml", "image.yml"} == called
    assert before("image") == {"version", "lint", "test"}


def test_forms_for_issues_are_complete() -> None:
    """Each form has a name, a description and fields with distinct IDs."""
    forms = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
    assert forms
    for path in forms:
        form = load(path)
        assert form["name"]
        assert form["description"]
        ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
        assert len(set(ids)) == len(ids) > 0


def test_updates_cover_what_is_pinned() -> None:
    """Dependabot checks only folders that have dependencies for it."""
    wanted = {
        "pip": "*.txt",
        "docker": "Dockerfile",
        "github-actions": ".github/workflows/*.yml",
    }
    updates = load(GITHUB / "dependabot.yml")["updates"]
    kinds = {update["package-ecosystem"] for update in updates}
    assert kinds == set(wanted)
    for update in updates:
        folder = ROOT / update["directory"].lstrip("/")
        assert list(folder.glob(wanted[update["package-ecosystem"]])), update
        assert update["schedule"]["interval"] == "weekly"
        assert update["groups"]
