"""Download models from the hub: resumable, and verified before use."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from hearken_speech.models import layout, origin, partial
from hearken_speech.models.errors import (
    DamagedFileError,
    DownloadCancelledError,
    DownloadError,
    DownloadPausedError,
    NotEnoughSpaceError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hearken_speech.models.catalogue import HubModel
    from hearken_speech.models.hub import Hub, HubFile

SPARE_BYTES: Final = 64 << 20
"""Disk space that stays free for everything else."""
_CONVERTED_SHARE: Final = 0.5
"""Size of 8-bit weights, relative to the 16-bit ones they are made from."""


class Stop(Protocol):
    """Tells whether to stop; a ``threading.Event`` is one."""

    def is_set(self) -> bool:
        """Return whether to stop."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Progress of a download."""

    model: str
    done_bytes: int
    total_bytes: int


class Downloader:
    """Downloads models into one folder."""

    def __init__(
        self, folder: Path, hub: str | None = None, closing: Stop | None = None
    ) -> None:
        """Set the folder for models, the hub, and what ends all downloads."""
        self._folder = folder
        self._closing = closing
        from hearken_speech.models.hub import Hub  # noqa: PLC0415 - heavy

        self._hub = Hub(hub)

    def download(
        self,
        model: HubModel,
        report: Callable[[Progress], None] | None = None,
        cancelled: Stop | None = None,
    ) -> Path:
        """Download a model and return its folder.

        Its weights are stored as 8-bit integers, as they are used. A lost connection
        or the end of the program leaves files that the next download resumes from, and
        so does an incomplete model. A damaged file, a full disk or a cancellation
        leaves nothing behind.
        """
        target = self._folder / model.folder_name
        if layout.is_model(target):
            return target
        incomplete = partial.folder_of(self._folder, model.folder_name)
        files = self._hub.files(model)
        monitor = _Monitor(report, cancelled, self._closing)
        try:
            incomplete.mkdir(parents=True, exist_ok=True)
            with partial.locked(incomplete, model.name):
                self._fill(model, files, incomplete, monitor)
                origin.settle(incomplete, model, files)
                incomplete.rename(target)
        except OSError as err:
            if err.errno in {errno.ENOSPC, errno.EDQUOT}:
                shutil.rmtree(incomplete, ignore_errors=True)
                raise _full(model.name, self._folder, _bytes(files)) from err
            msg = f"{model.name} cannot be saved in {self._folder}: {err.strerror}"
            raise DownloadError(msg) from err
        return target

    def _fill(
        self,
        model: HubModel,
        files: list[HubFile],
        incomplete: Path,
        monitor: _Monitor,
    ) -> None:
        """Download a whole model into the folder; delete the folder on final errors.

        KeyboardInterrupt is how a user at a terminal cancels.
        """
        target = self._folder / model.folder_name
        try:
            if target.is_dir():
                _reuse_files(target, files, incomplete)
            self._check_space(incomplete, files, model.name)
            self._fetch(model, files, incomplete, monitor)
        except (
            DownloadCancelledError,
            NotEnoughSpaceError,
            DamagedFileError,
            KeyboardInterrupt,
        ):
            shutil.rmtree(incomplete, ignore_errors=True)
            raise
        except DownloadError as err:
            if not monitor.is_cancelled:
                raise
            # It was cancelled while it waited for a hub that did not answer.
            shutil.rmtree(incomplete, ignore_errors=True)
            raise _cancelled(model.name) from err

    def _fetch(
        self,
        model: HubModel,
        files: list[HubFile],
        incomplete: Path,
        monitor: _Monitor,
    ) -> None:
        """Download all files into the folder."""
        done, total = 0, _bytes(files)
        for file in files:
            transfer = _Transfer(self._hub, model, file, incomplete / file.name)
            for more in transfer.run():
                done += more
                monitor.update(
                    Progress(model=model.name, done_bytes=done, total_bytes=total)
                )

    def _check_space(self, incomplete: Path, files: list[HubFile], name: str) -> None:
        """Raise NotEnoughSpaceError if the model would fill the disk."""
        there = sum(path.stat().st_size for path in incomplete.iterdir())
        weights = sum(f.size_bytes for f in files if f.name == layout.WEIGHTS_FILE)
        needed = _bytes(files) - there + int(weights * _CONVERTED_SHARE)
        if shutil.disk_usage(incomplete).free < needed + SPARE_BYTES:
            raise _full(name, self._folder, needed)


@dataclass(frozen=True, slots=True)
class _Monitor:
    """Reports the progress of a download, and stops it on request."""

    report: Callable[[Progress], None] | None
    cancelled: Stop | None
    closing: Stop | None

    @property
    def is_paused(self) -> bool:
        """Return whether the program is stopping and the download resumes later."""
        return self.closing is not None and self.closing.is_set()

    @property
    def is_cancelled(self) -> bool:
        """Return whether the download is no longer wanted."""
        cancelled = self.cancelled is not None and self.cancelled.is_set()
        return cancelled and not self.is_paused

    def update(self, progress: Progress) -> None:
        """Report progress; raise DownloadError if the download has to stop."""
        if self.report:
            self.report(progress)
        if self.is_paused:
            raise paused(progress.model)
        if self.is_cancelled:
            raise _cancelled(progress.model)


@dataclass(frozen=True, slots=True)
class _Transfer:
    """Download of one file."""

    hub: Hub
    model: HubModel
    file: HubFile
    path: Path

    def run(self) -> Iterator[int]:
        """Download what is missing, yield the bytes gained, and verify the file."""
        if origin.is_quantized(self.path, self.file):
            yield self.file.size_bytes
            return
        there = self.path.stat().st_size if self.path.exists() else 0
        if there > self.file.size_bytes:
            self.path.unlink()
            there = 0
        if there:
            yield there
        if there < self.file.size_bytes:
            yield from self._fetch(there)
        if not origin.is_intact(self.path, self.file):
            self.path.unlink()
            msg = (
                f"{self.file.name} of {self.model.name} arrived damaged and was "
                "removed; download it again"
            )
            raise DamagedFileError(msg)

    def _fetch(self, there: int) -> Iterator[int]:
        """Download the rest of the file."""
        with self.hub.open(self.model, self.file, there) as answer:
            if there and not answer.is_rest:
                yield -there
            with self.path.open("ab" if answer.is_rest else "wb") as out:
                for chunk in answer.chunks():
                    if out.tell() + len(chunk) > self.file.size_bytes:
                        msg = (
                            "the hub sent more data than announced for "
                            f"{self.model.name}"
                        )
                        raise DownloadError(msg)
                    out.write(chunk)
                    yield len(chunk)
                # An installed model has to be whole, even after a power cut.
                out.flush()
                os.fsync(out.fileno())
        if self.path.stat().st_size != self.file.size_bytes:
            msg = f"the connection was lost while {self.model.name} was downloaded"
            raise DownloadError(msg)


def paused(model: str) -> DownloadPausedError:
    """Return the error for a download that ends with the program."""
    return DownloadPausedError(f"the download of {model} resumes the next time")


def _reuse_files(old: Path, files: list[HubFile], incomplete: Path) -> None:
    """Move the intact files of an incomplete model, then delete its folder."""
    for file in files:
        path = old / file.name
        if origin.is_intact(path, file):
            path.replace(incomplete / file.name)
    record = old / origin.RECORD_FILE
    if record.is_file():
        record.replace(incomplete / origin.RECORD_FILE)
    shutil.rmtree(old)


def _cancelled(model: str) -> DownloadCancelledError:
    """Return the error for a download that was cancelled."""
    return DownloadCancelledError(f"the download of {model} was cancelled")


def _bytes(files: list[HubFile]) -> int:
    """Return the total size of the files."""
    return sum(file.size_bytes for file in files)


def _full(model: str, folder: Path, needed_bytes: int) -> NotEnoughSpaceError:
    """Return the error for a disk without enough space."""
    return NotEnoughSpaceError(
        f"there is not enough space for {model} in {folder}; delete one",
        needed_bytes + SPARE_BYTES,
    )
