"""Test that the published image is the one that was built, started and tested."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.contract.files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = ROOT / ".github" / "workflows" / "image.yml"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
DIGEST = "sha256:" + "0f" * 32


def _find_base(folder: Path, digest: str) -> tuple[int, str]:
    """Run the step that finds the base image with a stand-in for Docker."""
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\necho '{digest}'\n")
    docker.chmod(0o755)
    output = folder / "output"
    output.touch()
    step = next(step for step in JOBS["prepare"]["steps"] if step.get("id") == "base")
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],  # noqa: S607 - as on GitHub
        cwd=ROOT,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output)},
        check=False,
    )
    return done.returncode, output.read_text()


def test_the_base_image_is_pinned_by_its_digest(tmp_path: Path) -> None:
    """What the tag means today is found once, and both architectures use it."""
    code, output = _find_base(tmp_path, DIGEST)
    assert code == 0
    assert output == f"base=ghcr.io/home-assistant/base-debian:trixie@{DIGEST}\n"
    assert JOBS["prepare"]["outputs"]["base"] == "${{ steps.base.outputs.base }}"
    build = next(step for step in JOBS["build"]["steps"] if step.get("name") == "Build")
    base = "${{ needs.prepare.outputs.base }}"
    assert build["with"]["build-args"] == f"BASE_IMAGE={base}"
    assert f"image.base.name={base}" in build["with"]["labels"]


@pytest.mark.parametrize("digest", ["", "latest", "sha256:1234"])
def test_nothing_is_built_without_a_digest(tmp_path: Path, digest: str) -> None:
    """An answer that is no digest fails the job."""
    code, output = _find_base(tmp_path, digest)
    assert code != 0
    assert output == ""


def test_only_an_image_that_was_started_is_the_latest() -> None:
    """Both images are built, then started, before a job calls them the latest."""
    names = [step["name"] for step in JOBS["build"]["steps"] if "name" in step]
    assert names.index("Build") < names.index("Start it and ask it what it can do")
    start = next(
        step for step in JOBS["build"]["steps"] if step.get("name") == names[-1]
    )
    assert "/usr/lib/hearken/health" in start["run"]
    assert "if" not in start
    assert not start.get("continue-on-error")
    naming = [
        name
        for name, job in JOBS.items()
        if any(":latest" in step.get("run", "") for step in job["steps"])
    ]
    assert naming == ["manifest"]
    assert "build" in JOBS["manifest"]["needs"]
    tags = [step.get("with", {}).get("image-tags") for step in JOBS["build"]["steps"]]
    assert not any("latest" in tag for tag in tags if tag)
