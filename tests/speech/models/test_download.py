"""Test downloads from a misbehaving hub."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hearken_speech.models import partial
from hearken_speech.models.catalogue import CatalogueModel
from hearken_speech.models.checksums import checksum
from hearken_speech.models.download import (
    Downloader,
    Progress,
)
from hearken_speech.models.errors import (
    DamagedFileError,
    DownloadCancelledError,
    DownloadError,
    NotEnoughSpaceError,
)
from hearken_speech.models.loading import load_model
from tests.simulators.model_hub import Hub, running

MODEL = CatalogueModel(
    name="toy",
    repo="somebody/toy",
    languages=None,
    rank=2,
    size_mb=5,
    memory_mb=100,
    cost=1,
)


@pytest.fixture
def hub(toy_folder: Path) -> Iterator[Hub]:
    """Return a hub with one model."""
    with running(toy_folder.parent) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder for models."""
    return tmp_path / "models"


def _left(folder: Path) -> list[str]:
    """Return the files in the folder for models."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_model_is_downloaded_and_usable(hub: Hub, folder: Path) -> None:
    """All files are downloaded, and the progress reaches the total."""
    seen: list[Progress] = []
    path = Downloader(folder, hub.address).download(MODEL, seen.append)
    assert _left(folder) == ["toy"]
    assert load_model(path).name == "toy"
    done = [progress.done_bytes for progress in seen]
    assert done == sorted(done)
    assert done[-1] == seen[-1].total_bytes


def test_installed_model_is_not_fetched_again(hub: Hub, folder: Path) -> None:
    """An installed model needs no request."""
    downloader = Downloader(folder, hub.address)
    downloader.download(MODEL)
    hub.behaviour.requests.clear()
    downloader.download(MODEL)
    assert hub.behaviour.requests == []


def test_broken_connection_is_resumed(hub: Hub, folder: Path) -> None:
    """The second attempt requests only the rest."""
    hub.behaviour.cut_after_bytes = 700_000
    downloader = Downloader(folder, hub.address)
    with pytest.raises(DownloadError, match="connection"):
        downloader.download(MODEL)
    assert _left(folder) == [".partial-toy"]
    path = downloader.download(MODEL)
    assert any("bytes=700000-" in request for request in hub.behaviour.requests)
    assert load_model(path).name == "toy"


def test_hub_that_cannot_resume_starts_over(hub: Hub, folder: Path) -> None:
    """Without range support, the whole file is downloaded again."""
    hub.behaviour.cut_after_bytes = 700_000
    downloader = Downloader(folder, hub.address)
    with pytest.raises(DownloadError):
        downloader.download(MODEL)
    hub.behaviour.ranges = False
    seen: list[Progress] = []
    path = downloader.download(MODEL, seen.append)
    assert seen[-1].done_bytes == seen[-1].total_bytes
    assert load_model(path).name == "toy"


@pytest.mark.parametrize("name", ["model.bin", "preprocessor_config.json"])
def test_damaged_file_is_found_and_nothing_left(
    hub: Hub, folder: Path, name: str
) -> None:
    """Checksums of large and small files are verified."""
    hub.behaviour.damage = {name}
    with pytest.raises(DamagedFileError, match=name):
        Downloader(folder, hub.address).download(MODEL)
    assert _left(folder) == []


def test_cancelled_download_leaves_nothing(hub: Hub, folder: Path) -> None:
    """A cancelled download leaves nothing behind."""
    cancelled = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.done_bytes > 500_000:
            cancelled.set()

    with pytest.raises(DownloadCancelledError):
        Downloader(folder, hub.address).download(MODEL, stop_soon, cancelled)
    assert _left(folder) == []


def test_full_disk_is_noticed_before_it_is_full(hub: Hub, folder: Path) -> None:
    """A model larger than the disk is refused at once."""
    hub.behaviour.claimed_bytes = shutil.disk_usage(folder.parent).total * 2
    with pytest.raises(NotEnoughSpaceError, match="not enough space"):
        Downloader(folder, hub.address).download(MODEL)
    assert _left(folder) == []
    assert not any("resolve" in request for request in hub.behaviour.requests)


def test_disk_that_fills_up_meanwhile_leaves_nothing(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program filled the disk during the download."""
    usual = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if self.name == "model.bin" and "b" in mode and mode != "rb":
            return usual(Path("/dev/full"), "wb", *rest, **options)
        return usual(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(NotEnoughSpaceError):
        Downloader(folder, hub.address).download(MODEL)
    assert _left(folder) == []


def test_unreachable_hub_is_explained(folder: Path) -> None:
    """Without a network, the error says what to do."""
    with pytest.raises(DownloadError, match="check the network"):
        Downloader(folder, "http://127.0.0.1:9").download(MODEL)
    assert _left(folder) == []


def test_model_the_hub_does_not_have(hub: Hub, folder: Path) -> None:
    """The error contains the hub's status."""
    absent = CatalogueModel(**{**MODEL.__dict__, "repo": "somebody/else"})
    with pytest.raises(DownloadError, match="404"):
        Downloader(folder, hub.address).download(absent)


def test_hub_must_be_a_web_address(folder: Path) -> None:
    """Only web addresses are accepted as a hub."""
    with pytest.raises(DownloadError, match="web address"):
        Downloader(folder, "file:///etc")


def test_leftovers_are_removed(hub: Hub, folder: Path) -> None:
    """Partial downloads can be removed by age."""
    hub.behaviour.cut_after_bytes = 700_000
    with pytest.raises(DownloadError):
        Downloader(folder, hub.address).download(MODEL)
    assert partial.remove_old(folder, older_than_seconds=3_600) == 0
    # Started long ago, but resumed just now.
    (incomplete,) = folder.iterdir()
    os.utime(incomplete, (0, 0))
    assert partial.remove_old(folder, older_than_seconds=3_600) == 0
    assert partial.remove_old(folder) == 1
    assert _left(folder) == []


def test_checksums_are_git_and_sha256(tmp_path: Path) -> None:
    """Checksums of a known text are correct."""
    path = tmp_path / "x"
    path.write_bytes(b"hello\n")
    assert checksum(path, "0" * 40) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert checksum(path, "0" * 64).startswith("5891b5b522d5df086d0ff0b110fbd9d2")


def test_remains_of_a_model_are_completed(hub: Hub, folder: Path) -> None:
    """Intact files are reused; damaged or missing ones are downloaded."""
    downloader = Downloader(folder, hub.address)
    path = downloader.download(MODEL)
    (path / "config.json").unlink()
    (path / "tokenizer.json").write_text("{}")
    hub.behaviour.requests.clear()
    assert load_model(downloader.download(MODEL)).name == "toy"
    fetched = {r.split()[0].split("/")[-1] for r in hub.behaviour.requests}
    assert fetched - {"main"} == {"config.json", "tokenizer.json"}
    assert _left(folder) == ["toy"]


def test_empty_folder_is_no_model(hub: Hub, folder: Path) -> None:
    """An incomplete folder of that name does not count as installed."""
    (folder / "toy").mkdir(parents=True)
    assert load_model(Downloader(folder, hub.address).download(MODEL)).name == "toy"


def test_cancelled_while_the_hub_is_silent(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported as cancelled, not as an unreachable hub."""
    monkeypatch.setattr("hearken_speech.models.hub._TIMEOUT_SECONDS", 0.5)
    hub.behaviour.pause_after_bytes = 700_000
    cancelled = threading.Event()

    def cancel() -> None:
        if hub.paused.wait(10):
            cancelled.set()

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(DownloadCancelledError):
        Downloader(folder, hub.address).download(MODEL, cancelled=cancelled)
    hub.go_on.set()
    assert _left(folder) == []


def test_key_that_interrupts_leaves_nothing(hub: Hub, folder: Path) -> None:
    """Ctrl-C at a terminal cancels a download."""

    def interrupt(progress: Progress) -> None:
        if progress.done_bytes > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Downloader(folder, hub.address).download(MODEL, interrupt)
    assert _left(folder) == []


def test_two_programs_do_not_fill_one_folder(hub: Hub, folder: Path) -> None:
    """The second program is refused, and cleaning up skips the folder in use."""
    hub.behaviour.pause_after_bytes = 700_000
    downloader = Downloader(folder, hub.address)
    first = threading.Thread(target=downloader.download, args=(MODEL,))
    first.start()
    assert hub.paused.wait(10)
    with pytest.raises(DownloadError, match="another program"):
        Downloader(folder, hub.address).download(MODEL)
    assert partial.remove_old(folder) == 0
    hub.go_on.set()
    first.join(10)
    assert _left(folder) == ["toy"]
