"""Test configuring, downloading, choosing and deleting the model in use."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import override

import pytest

from hearken_speech.errors import ModelError
from hearken_speech.models import catalogue
from hearken_speech.models.catalogue import HubModel
from hearken_speech.models.choice import Limits, Requirements
from hearken_speech.models.download import Progress
from hearken_speech.models.errors import (
    DownloadCancelledError,
    DownloadError,
    DownloadPausedError,
    UnknownModelError,
)
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.models.manager import ManagerOptions, ModelManager
from tests.simulators.model_hub import Hub, running

NOWHERE = "http://127.0.0.1:9"
FAST = Requirements(
    language="de", limits=Limits(budget_seconds=30.0, memory_limit_mb=220)
)
"""Requirements that tiny and base satisfy."""


@pytest.fixture
def hub(tmp_path: Path, toy_folder: Path) -> Iterator[Hub]:
    """Return a hub that serves small models under the names of real ones."""
    for name in ("faster-whisper-tiny-int8", "faster-whisper-base-int8"):
        shutil.copytree(toy_folder, tmp_path / "hub" / name)
    with running(tmp_path / "hub") as made:
        yield made


def _manager(tmp_path: Path, hub: str) -> ModelManager:
    """Return a manager with an empty folder."""
    return ModelManager(tmp_path / "models", ManagerOptions(hub=hub))


def test_best_model_is_downloaded_and_used(tmp_path: Path, hub: Hub) -> None:
    """The choice is stored: the second time nothing is measured or downloaded."""
    manager = _manager(tmp_path, hub.address)
    assert manager.choose(FAST).name == "base-int8"
    assert manager.in_use == "base-int8"
    assert manager.measurements.seconds("base-int8") is not None
    hub.behaviour.requests.clear()
    again = _manager(tmp_path, hub.address)
    assert again.choose(FAST).name == "base-int8"
    assert hub.behaviour.requests == []


def test_slow_model_gives_way_to_a_faster_one(tmp_path: Path, hub: Hub) -> None:
    """A model that measures over the budget is not used."""
    manager = _manager(tmp_path, hub.address)
    manager.measurements.record("base-int8", 99.0)
    assert manager.choose(FAST).name == "tiny-int8"


def test_without_network_the_embedded_model_serves(tmp_path: Path) -> None:
    """English falls back to the embedded model; the choice is not stored."""
    manager = _manager(tmp_path, NOWHERE)
    requirements = Requirements(
        language="en", limits=Limits(budget_seconds=30.0, memory_limit_mb=220)
    )
    chosen = manager.choose(requirements)
    assert chosen.name == EMBEDDED_MODEL
    assert "check the network" in str(chosen.failure)
    assert manager.measurements.choice(requirements) is None


def test_without_network_other_languages_are_told(tmp_path: Path) -> None:
    """The error is raised, and the embedded model stays in use."""
    manager = _manager(tmp_path, NOWHERE)
    with pytest.raises(DownloadError, match="check the network"):
        manager.choose(FAST)
    assert manager.in_use == EMBEDDED_MODEL


def test_installed_models_are_enough_without_download(
    tmp_path: Path, toy_folder: Path
) -> None:
    """Only installed models are considered."""
    manager = _manager(tmp_path, NOWHERE)
    shutil.copytree(toy_folder, tmp_path / "models" / "tiny-int8")
    assert manager.choose(FAST, download=False).name == "tiny-int8"


def test_nothing_fast_enough_is_said(tmp_path: Path) -> None:
    """The error says that no model is fast enough."""
    manager = _manager(tmp_path, NOWHERE)
    with pytest.raises(ModelError, match="fast enough"):
        manager.choose(Requirements(language="de", limits=Limits(budget_seconds=1e-9)))


def test_damaged_model_does_not_replace_the_one_in_use(
    tmp_path: Path, toy_folder: Path
) -> None:
    """The model before stays in use."""
    manager = _manager(tmp_path, NOWHERE)
    manager.use(EMBEDDED_MODEL)
    folder = shutil.copytree(toy_folder, tmp_path / "models" / "bad")
    (folder / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="bad"):
        manager.use("bad")
    assert manager.slot.engine().name == EMBEDDED_MODEL


def test_deleting_the_model_in_use_goes_back(tmp_path: Path, hub: Hub) -> None:
    """The embedded model replaces it."""
    manager = _manager(tmp_path, hub.address)
    manager.install("tiny-int8")
    manager.use("tiny-int8")
    manager.delete("tiny-int8")
    assert manager.slot.engine().name == EMBEDDED_MODEL
    assert not (tmp_path / "models" / "tiny-int8").exists()


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    """All methods raise UnknownModelError."""
    manager = _manager(tmp_path, NOWHERE)
    for call in (manager.use, manager.install, manager.delete, manager.measure):
        with pytest.raises(UnknownModelError):
            call("hugest")
    assert not manager.cancel("hugest")


def test_choice_that_is_not_wanted_any_more_ends(tmp_path: Path, hub: Hub) -> None:
    """No smaller model is tried instead."""
    manager = _manager(tmp_path, hub.address)
    stop = threading.Event()

    def report(_: Progress) -> None:
        stop.set()

    with pytest.raises(DownloadCancelledError):
        manager.choose(FAST, report=report, stop=stop)
    assert manager.in_use == EMBEDDED_MODEL
    assert not manager.library.has("tiny-int8")


def test_damaged_choice_gives_way_to_a_whole_model(tmp_path: Path, hub: Hub) -> None:
    """Another model is chosen if the files of the first one are damaged."""
    manager = _manager(tmp_path, hub.address)
    manager.install("tiny-int8")
    assert manager.choose(FAST).name == "base-int8"
    (tmp_path / "models" / "base-int8" / "model.bin").write_bytes(b"nonsense")
    again = _manager(tmp_path, NOWHERE)
    chosen = again.choose(FAST)
    assert chosen.name == again.in_use == "tiny-int8"
    assert "base-int8" in str(chosen.failure)


def test_language_that_no_model_speaks_downloads_nothing(
    tmp_path: Path, hub: Hub
) -> None:
    """Irish is none of Whisper's languages; Cantonese is one of the newest's."""
    manager = _manager(tmp_path, hub.address)
    with pytest.raises(ModelError, match="no speech model is known that speaks: ga"):
        manager.choose(Requirements(language="ga", limits=Limits(budget_seconds=30.0)))
    assert hub.behaviour.requests == []
    speakers = [m.name for m in catalogue.known_models() if m.speaks("yue")]
    assert speakers == ["large-v3", "large-v3-turbo"]
    assert len(catalogue.whisper_languages()) == 99


class _Looked(threading.Event):
    """An event that records whether it was checked."""

    def __init__(self) -> None:
        """Start unchecked."""
        super().__init__()
        self.asked = threading.Event()

    @override
    def is_set(self) -> bool:
        """Return whether to stop."""
        self.asked.set()
        return super().is_set()


def _two_who_want_it(
    pool: ThreadPoolExecutor, manager: ModelManager, hub: Hub
) -> tuple[Future[None], Future[None]]:
    """Start a download that pauses, and another one that waits for it."""
    first = pool.submit(manager.install, "tiny-int8")
    assert hub.paused.wait(30)
    stop = _Looked()
    second = pool.submit(manager.install, "tiny-int8", stop=stop)
    assert stop.asked.wait(30)
    assert not second.done()
    return first, second


def test_download_that_runs_already_is_waited_for(tmp_path: Path, hub: Hub) -> None:
    """Two callers share one download."""
    hub.behaviour.pause_after_bytes = 500_000
    manager = _manager(tmp_path, hub.address)
    with ThreadPoolExecutor(2) as pool:
        first, second = _two_who_want_it(pool, manager, hub)
        hub.go_on.set()
        first.result(30)
        second.result(30)
    assert manager.library.has("tiny-int8")


def test_who_waits_for_a_download_hears_that_it_was_stopped(
    tmp_path: Path, hub: Hub
) -> None:
    """The waiting caller is cancelled, too."""
    hub.behaviour.pause_after_bytes = 500_000
    manager = _manager(tmp_path, hub.address)
    with ThreadPoolExecutor(2) as pool:
        first, second = _two_who_want_it(pool, manager, hub)
        assert manager.cancel("tiny-int8")
        hub.go_on.set()
        for waiting in (first, second):
            with pytest.raises(DownloadCancelledError):
                waiting.result(30)
    assert not manager.library.has("tiny-int8")


def test_what_a_lost_connection_left_can_be_removed(tmp_path: Path, hub: Hub) -> None:
    """A partial download is listed with its size until it is deleted or complete."""
    manager = _manager(tmp_path, hub.address)
    for finish in (False, True):
        hub.behaviour.cut_after_bytes = 700_000
        with pytest.raises(DownloadError):
            manager.install("tiny-int8")
        assert manager.unfinished["tiny-int8"] >= 700_000
        if finish:
            manager.install("tiny-int8")
        else:
            manager.delete("tiny-int8")
        assert manager.unfinished == {}
        assert manager.library.has("tiny-int8") is finish


def test_download_goes_on_after_a_restart(tmp_path: Path, hub: Hub) -> None:
    """A download that was interrupted by a stop is resumed."""
    hub.behaviour.pause_after_bytes = 700_000
    manager = _manager(tmp_path, hub.address)
    with ThreadPoolExecutor(2) as pool:
        downloads = _two_who_want_it(pool, manager, hub)
        manager.close()
        hub.go_on.set()
        for download in downloads:
            with pytest.raises(DownloadPausedError, match="the next time"):
                download.result(30)
    kept = manager.unfinished["tiny-int8"]
    assert kept >= 700_000
    hub.behaviour.pause_after_bytes = None
    hub.behaviour.requests.clear()
    again = _manager(tmp_path, hub.address)
    again.install("tiny-int8")
    assert again.library.has("tiny-int8")
    assert any("bytes=" in request for request in hub.behaviour.requests)


def test_server_that_ends_looks_for_no_other_model(tmp_path: Path, hub: Hub) -> None:
    """No other model is tried while the server is stopping."""
    manager = _manager(tmp_path, hub.address)
    manager.close()
    with pytest.raises(DownloadPausedError):
        manager.choose(FAST)
    assert set(manager.unfinished) == {"base-int8"}


def test_choice_among_what_is_here_says_so(tmp_path: Path) -> None:
    """The error says that no installed model fits."""
    manager = _manager(tmp_path, NOWHERE)
    with pytest.raises(ModelError, match="no installed speech model knows de"):
        manager.choose(FAST, download=False)


def test_model_that_is_being_downloaded_is_not_removed(
    tmp_path: Path, hub: Hub
) -> None:
    """The error says to cancel first, and the download continues."""
    hub.behaviour.pause_after_bytes = 500_000
    manager = _manager(tmp_path, hub.address)
    with ThreadPoolExecutor(1) as pool:
        download = pool.submit(manager.install, "tiny-int8")
        assert hub.paused.wait(30)
        assert manager.unfinished == {}
        with pytest.raises(ModelError, match="cancel"):
            manager.delete("tiny-int8")
        with pytest.raises(DownloadError, match="another program"):
            _manager(tmp_path, hub.address).delete("tiny-int8")
        hub.go_on.set()
        download.result(30)
    assert manager.library.has("tiny-int8")


LARGE = Requirements(
    language="de", limits=Limits(budget_seconds=30.0, memory_limit_mb=420)
)
"""Requirements that a model satisfies that takes a while to download."""


def test_small_model_serves_until_the_large_one_is_here(
    tmp_path: Path, toy_folder: Path, hub: Hub
) -> None:
    """The best of those that arrive soon; it is tried first and used meanwhile."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-small-int8")
    manager = _manager(tmp_path, hub.address)
    meanwhile: list[tuple[str, str]] = []

    def report(progress: Progress) -> None:
        meanwhile.append((progress.model, manager.in_use))

    assert manager.choose(LARGE, report=report).name == "small-int8"
    assert set(meanwhile) == {
        ("base-int8", EMBEDDED_MODEL),
        ("small-int8", "base-int8"),
    }
    assert manager.in_use == "small-int8"


def test_model_that_is_here_serves_until_the_large_one_is(
    tmp_path: Path, toy_folder: Path, hub: Hub
) -> None:
    """Nothing else is downloaded on the way."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-small-int8")
    manager = _manager(tmp_path, hub.address)
    manager.install("tiny-int8")
    manager.choose(LARGE)
    assert manager.in_use == "small-int8"
    assert not manager.library.has("base-int8")


def test_unreachable_hub_is_not_asked_for_each_model(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed model serves at once; the failure is kept."""
    asked: list[str] = []

    def files(_hub: object, model: HubModel) -> None:
        asked.append(model.name)
        msg = "check the network"
        raise DownloadError(msg)

    monkeypatch.setattr("hearken_speech.models.hub.Hub.files", files)
    manager = _manager(tmp_path, NOWHERE)
    shutil.copytree(toy_folder, tmp_path / "models" / "tiny-int8")
    chosen = manager.choose(LARGE)
    assert chosen.name == manager.in_use == "tiny-int8"
    assert "check the network" in str(chosen.failure)
    assert asked == ["small-int8"]


def test_model_that_is_not_offered_counts_if_it_is_here(
    tmp_path: Path, toy_folder: Path
) -> None:
    """The owner has put it into a share."""
    share = tmp_path / "share"
    shutil.copytree(toy_folder, share / "base")
    manager = ModelManager(
        tmp_path / "models", ManagerOptions(hub=NOWHERE, other_folders=(share,))
    )
    assert manager.choose(FAST, download=False).name == "base"
    (listed,) = [one for one in manager.list_models() if one.name == "base"]
    assert listed.is_own


def test_names_may_be_written_in_any_way(tmp_path: Path, hub: Hub) -> None:
    """One model is downloaded, measured, used and deleted under several names."""
    manager = _manager(tmp_path, hub.address)
    manager.install("Tiny INT8 ")
    manager.install("tiny_int8")
    assert [one for one in hub.behaviour.requests if "tree" in one][1:] == []
    assert manager.measure("TINY-int8") > 0
    assert manager.use("tiny.int8").name == manager.in_use == "tiny-int8"
    manager.delete("rhasspy/faster-whisper-tiny-int8")
    assert manager.in_use == EMBEDDED_MODEL
    assert not manager.library.has("tiny-int8")
