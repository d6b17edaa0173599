"""The model in use: configured, downloaded, chosen, deleted."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearken_speech.errors import ModelError
from hearken_speech.stt.choice import Wishes
from hearken_speech.stt.download import Progress
from hearken_speech.stt.errors import (
    DownloadCancelledError,
    DownloadError,
    UnknownModelError,
)
from hearken_speech.stt.loading import EMBEDDED_MODEL
from hearken_speech.stt.manager import ManagerOptions, ModelManager
from tests.simulators.model_hub import Hub, running

NOWHERE = "http://127.0.0.1:9"
FAST = Wishes(language="de", budget_seconds=30.0, memory_limit_mb=220)
"""Wishes that tiny and base satisfy."""


@pytest.fixture
def hub(tmp_path: Path, toy_folder: Path) -> Iterator[Hub]:
    """Return a hub that has small models under the names of real ones."""
    for name in ("faster-whisper-tiny-int8", "faster-whisper-base-int8"):
        shutil.copytree(toy_folder, tmp_path / "hub" / name)
    with running(tmp_path / "hub") as made:
        yield made


def _manager(tmp_path: Path, hub: str) -> ModelManager:
    """Return a manager with an empty folder."""
    return ModelManager(tmp_path / "models", ManagerOptions(hub=hub))


def test_best_model_is_downloaded_and_used(tmp_path: Path, hub: Hub) -> None:
    """The choice is kept: the second time nothing is measured or fetched."""
    manager = _manager(tmp_path, hub.address)
    assert manager.choose(FAST).name == "base-int8"
    assert manager.model == "base-int8"
    assert manager.measurements.seconds("base-int8") is not None
    hub.behaviour.requests.clear()
    again = _manager(tmp_path, hub.address)
    assert again.choose(FAST).name == "base-int8"
    assert hub.behaviour.requests == []


def test_slow_model_gives_way_to_a_faster_one(tmp_path: Path, hub: Hub) -> None:
    """What measures over the budget is not used."""
    manager = _manager(tmp_path, hub.address)
    manager.measurements.note("base-int8", 99.0)
    assert manager.choose(FAST).name == "tiny-int8"


def test_without_network_the_embedded_model_serves(tmp_path: Path) -> None:
    """English goes on with it; the choice is tried again another time."""
    manager = _manager(tmp_path, NOWHERE)
    wishes = Wishes(language="en", budget_seconds=30.0, memory_limit_mb=220)
    chosen = manager.choose(wishes)
    assert chosen.name == EMBEDDED_MODEL
    assert "check the network" in str(chosen.missed)
    assert manager.measurements.choice(wishes) is None


def test_without_network_other_languages_are_told(tmp_path: Path) -> None:
    """The reason reaches the owner, and the embedded model stays."""
    manager = _manager(tmp_path, NOWHERE)
    with pytest.raises(DownloadError, match="check the network"):
        manager.choose(FAST)
    assert manager.model == EMBEDDED_MODEL


def test_installed_models_are_enough_without_download(
    tmp_path: Path, toy_folder: Path
) -> None:
    """Only what is here is considered."""
    manager = _manager(tmp_path, NOWHERE)
    shutil.copytree(toy_folder, tmp_path / "models" / "tiny-int8")
    assert manager.choose(FAST, download=False).name == "tiny-int8"


def test_nothing_fast_enough_is_said(tmp_path: Path) -> None:
    """A budget nobody can keep."""
    manager = _manager(tmp_path, NOWHERE)
    with pytest.raises(ModelError, match="fast enough"):
        manager.choose(Wishes(language="de", budget_seconds=1e-9))


def test_damaged_model_does_not_replace_the_one_in_use(
    tmp_path: Path, toy_folder: Path
) -> None:
    """The model before goes on."""
    manager = _manager(tmp_path, NOWHERE)
    manager.use(EMBEDDED_MODEL)
    folder = shutil.copytree(toy_folder, tmp_path / "models" / "bad")
    (folder / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="bad"):
        manager.use("bad")
    assert manager.slot.engine().name == EMBEDDED_MODEL


def test_deleting_the_model_in_use_goes_back(tmp_path: Path, hub: Hub) -> None:
    """The embedded one takes over."""
    manager = _manager(tmp_path, hub.address)
    manager.install("tiny-int8")
    manager.use("tiny-int8")
    manager.delete("tiny-int8")
    assert manager.slot.engine().name == EMBEDDED_MODEL
    assert not (tmp_path / "models" / "tiny-int8").exists()


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    """For every command."""
    manager = _manager(tmp_path, NOWHERE)
    for call in (manager.use, manager.install, manager.delete, manager.measure):
        with pytest.raises(UnknownModelError):
            call("hugest")
    assert not manager.cancel("hugest")


def test_choice_that_is_not_wanted_any_more_ends(tmp_path: Path, hub: Hub) -> None:
    """It does not go on with a smaller model."""
    manager = _manager(tmp_path, hub.address)
    stop = threading.Event()

    def report(_: Progress) -> None:
        stop.set()

    with pytest.raises(DownloadCancelledError):
        manager.choose(FAST, report=report, stop=stop)
    assert manager.model == EMBEDDED_MODEL
    assert not manager.library.has("tiny-int8")
