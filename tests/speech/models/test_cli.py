"""Test ``hearken-models`` as a user runs it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.model_hub import Hub, running


@pytest.fixture
def hub(tmp_path: Path, toy_folder: Path) -> Iterator[Hub]:
    """Return a hub with one model of the catalogue."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    with running(tmp_path / "hub") as made:
        yield made


def _run(
    tmp_path: Path, *arguments: str, hub: str = "http://127.0.0.1:9"
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    code = "import sys; from hearken_speech.cli import models; sys.exit(models())"
    folder = ["--folder", str(tmp_path / "models"), "--hub", hub]
    return subprocess.run(
        [sys.executable, "-c", code, *folder, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_models_are_downloaded_listed_measured_and_deleted(
    tmp_path: Path, hub: Hub
) -> None:
    """A model can be downloaded, listed, measured and deleted."""
    done = _run(tmp_path, "download", "tiny-int8", hub=hub.address)
    assert done.returncode == 0, done.stderr
    assert "100 %" in done.stdout
    assert _run(tmp_path, "measure", "tiny-int8").returncode == 0
    lines = _run(tmp_path, "list").stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("tiny-int8")]
    assert line.endswith("installed")
    assert " s " in line
    assert _run(tmp_path, "delete", "tiny-int8").returncode == 0
    assert not (tmp_path / "models" / "tiny-int8").exists()


def test_unfinished_model_is_listed_and_deleted(tmp_path: Path, hub: Hub) -> None:
    """A partial download is listed with its size and can be deleted."""
    hub.behaviour.cut_after_bytes = 700_000
    lost = _run(tmp_path, "download", "tiny-int8", hub=hub.address)
    assert lost.returncode == 1
    lines = _run(tmp_path, "list").stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("tiny-int8")]
    assert line.endswith("unfinished, 1 MB")
    assert _run(tmp_path, "delete", "tiny-int8").returncode == 0
    assert list((tmp_path / "models").iterdir()) == []


def test_choice_without_network(tmp_path: Path) -> None:
    """English falls back to the embedded model; German reports why there is none."""
    english = _run(tmp_path, "auto", "en", "--no-download")
    assert "hearken-commands-en is the choice for en" in english.stdout
    german = _run(tmp_path, "auto", "de", "--budget-seconds", "30")
    assert german.returncode == 1
    assert "check the network" in german.stderr
    assert "Traceback" not in german.stderr


@pytest.mark.parametrize("command", ["download", "delete", "measure"])
def test_mistakes_are_explained(tmp_path: Path, command: str) -> None:
    """Errors are one line without a traceback."""
    done = _run(tmp_path, command, "hugest")
    assert done.returncode == 1
    assert "hugest" in done.stderr
    assert "Traceback" not in done.stderr
