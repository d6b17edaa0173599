"""Test that the image's Dockerfile fits the files it is built from."""

import os
import re
import stat
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest
import yaml

from .paths import ADDON, ROOTFS, SERVICES

DOCKERFILE: Final = (ADDON / "Dockerfile").read_text().replace("\\\n", " ")


def _instructions(name: str) -> list[str]:
    """Return the arguments of all instructions of one kind."""
    return re.findall(rf"^{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def test_both_stages_start_from_the_same_debian() -> None:
    """Building and running use the same glibc-based image."""
    assert "BASE_IMAGE=ghcr.io/home-assistant/base-debian:trixie" in _instructions(
        "ARG"
    )
    assert [line.split()[0] for line in _instructions("FROM")] == ["${BASE_IMAGE}"] * 2


@pytest.mark.parametrize("argument", ["BUILD_ARCH", "BUILD_VERSION"])
def test_build_arguments_reach_the_labels(argument: str) -> None:
    """The arguments of the Supervisor and the builder are used."""
    assert argument in _instructions("ARG")
    assert f"${{{argument}}}" in _instructions("LABEL")[0]


def test_copied_files_exist_and_reach_the_build() -> None:
    """Every copied file exists and is not excluded by .dockerignore."""
    allowed = [
        line.removeprefix("!").rstrip("/")
        for line in (ADDON / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    sources = {
        source
        for line in _instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert {"requirements.txt", "hearken_speech", "rootfs"} <= sources
    for source in sources:
        assert (ADDON / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in allowed), source


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_requirements_are_installed_by_their_hashes(name: str) -> None:
    """Only locked packages are installed in the image or used to build it."""
    installs = [line for line in _instructions("RUN") if name in line.split()]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    text = (ADDON / name).read_text()
    names = re.findall(r"^\S+==\S+(?=[ ;])", text, re.MULTILINE)
    hashed = re.findall(r"^\S+==\S+.*\\\n +--hash=sha256:", text, re.MULTILINE)
    assert len(names) == len(hashed) > 0


def test_nothing_is_fetched_without_a_hash() -> None:
    """Our own package is built and installed offline."""
    for line in _instructions("RUN"):
        for command in line.split("&&"):
            if re.search(r"\bpip\b.* install\b", command):
                assert "--require-hashes" in command or "--no-index" in command
            if "pip wheel" in command:
                assert {"--no-deps", "--no-build-isolation"} <= set(command.split())


def _model_step() -> str:
    """Return the command of the image that gets a speech model."""
    (line,) = [line for line in _instructions("RUN") if "hearken-models" in line]
    return line


@pytest.mark.parametrize(
    ("model", "commands"),
    [
        ("", []),
        ("base-int8", ["download base-int8", "measure base-int8"]),
    ],
)
def test_model_can_be_built_into_the_image(
    tmp_path: Path, model: str, commands: list[str]
) -> None:
    """With a build argument, the real step gets and tries a model; otherwise none."""
    assert {'MODEL=""', 'HF_ENDPOINT=""'} <= set(_instructions("ARG"))
    program = tmp_path / "hearken-models"
    program.write_text('#!/bin/sh\necho "$*" >>"$CALLS"\n')
    program.chmod(0o755)
    calls, folder = tmp_path / "calls", tmp_path / "models"
    step = _model_step()
    for real, stand_in in (
        ("/opt/hearken/bin/hearken-models", program),
        ("/opt/hearken-models", folder),
    ):
        assert real in step
        step = step.replace(real, str(stand_in))
    subprocess.run(
        ["/bin/sh", "-ec", step],
        env={"PATH": os.environ["PATH"], "MODEL": model, "CALLS": str(calls)},
        check=True,
        timeout=20,
    )
    assert folder.is_dir()
    written = calls.read_text().splitlines() if calls.exists() else []
    assert written == [f"--folder {folder} {command}" for command in commands]


def test_model_of_the_image_is_where_the_server_looks() -> None:
    """The folder is copied to the image and passed to the server."""
    copied = [line.split()[-1] for line in _instructions("COPY")]
    assert "/opt/hearken-models" in copied
    assert "/opt/hearken-models" in _model_step()
    run = (SERVICES / "hearken" / "run").read_text()
    assert "--more-models /opt/hearken-models" in run


def test_usage_reports_are_off() -> None:
    """Usage reports of all libraries are turned off."""
    environment = _instructions("ENV")[0]
    assert "ORT_DISABLE_TELEMETRY=1" in environment
    assert "HF_HUB_DISABLE_TELEMETRY=1" in environment


def test_ports_are_those_of_the_app() -> None:
    """The image, the app and the start script use the same ports."""
    exposed = _instructions("EXPOSE")[0].split()
    config = yaml.safe_load((ADDON / "config.yaml").read_text())
    assert [f"{port}/tcp" for port in exposed] == list(config["ports"])
    run = (SERVICES / "hearken" / "run").read_text()
    assert all(f"port {port}" in run for port in exposed)


def test_programs_of_the_image_can_be_started() -> None:
    """Scripts that are started directly are executable and have a shebang."""
    programs = [
        SERVICES / "hearken" / "run",
        SERVICES / "hearken" / "finish",
        ROOTFS / (SERVICES / "discovery" / "up").read_text().strip().lstrip("/"),
        ROOTFS / "usr" / "lib" / "hearken" / "health",
    ]
    assert "/usr/lib/hearken/health" in DOCKERFILE
    for program in programs:
        assert program.stat().st_mode & stat.S_IXUSR, program
        assert program.read_text().startswith("#!"), program


def test_services_are_started_in_order() -> None:
    """The discovery service waits until the server is ready."""
    started = {path.name for path in (SERVICES / "user" / "contents.d").iterdir()}
    assert started == {"hearken", "discovery"}
    assert (SERVICES / "hearken" / "type").read_text().strip() == "longrun"
    assert (SERVICES / "hearken" / "notification-fd").read_text().strip() == "3"
    assert (SERVICES / "discovery" / "type").read_text().strip() == "oneshot"
    assert (SERVICES / "discovery" / "dependencies.d" / "hearken").exists()


def test_apparmor_limits_what_is_written() -> None:
    """Only the app's data and what vanishes with the container can be changed."""
    profile = (ADDON / "apparmor.txt").read_text()
    rules = re.findall(r"^  (\S+)(?: (\w+))?,$", profile, re.MULTILINE)
    assert "file" not in {path for path, _ in rules}
    written = {path for path, access in rules if "w" in access and "/" in path}
    assert written
    folder = re.compile(r"/(data|run|tmp|var/\{run,tmp\}|dev)/\{|@\{PROC\}/@\{pid\}/")
    assert all(folder.match(path) for path in written), written
