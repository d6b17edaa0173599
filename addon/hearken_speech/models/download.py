"""Download models from the hub: resumable, and verified before use."""

from __future__ import annotations

import errno
import http.client
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from hearken_speech.models import partial
from hearken_speech.models.errors import (
    DamagedFileError,
    DownloadCancelledError,
    DownloadError,
    DownloadPausedError,
    NotEnoughSpaceError,
)
from hearken_speech.models.hub import Hub, checksum, open_address, unreachable
from hearken_speech.models.loading import MODEL_FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hearken_speech.models.catalogue import CatalogueModel
    from hearken_speech.models.hub import HubFile

SPARE_BYTES: Final = 64 << 20
"""Disk space that stays free for everything else."""
_CHUNK_BYTES: Final = 256 << 10


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
        self._hub = Hub(hub)

    def download(
        self,
        model: CatalogueModel,
        report: Callable[[Progress], None] | None = None,
        cancelled: Stop | None = None,
    ) -> Path:
        """Download a model and return its folder.

        A lost connection or the end of the program leaves files that the next download
        resumes from, and so does an incomplete model. A damaged file, a full disk or
        a cancellation leaves nothing behind.
        """
        target = self._folder / model.name
        if all((target / name).is_file() for name in MODEL_FILES):
            return target
        incomplete = partial.folder_of(self._folder, model.name)
        files = self._hub.files(model)
        monitor = _Monitor(report, cancelled, self._closing)
        try:
            incomplete.mkdir(parents=True, exist_ok=True)
            with partial.locked(incomplete, model.name):
                self._fill(model, files, incomplete, monitor)
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
        model: CatalogueModel,
        files: list[HubFile],
        incomplete: Path,
        monitor: _Monitor,
    ) -> None:
        """Download a whole model into the folder; delete the folder on final errors.

        KeyboardInterrupt is how a user at a terminal cancels.
        """
        target = self._folder / model.name
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
        model: CatalogueModel,
        files: list[HubFile],
        incomplete: Path,
        monitor: _Monitor,
    ) -> None:
        """Download all files into the folder."""
        done, total = 0, _bytes(files)
        for file in files:
            transfer = _Transfer(
                model=model.name,
                address=self._hub.address_of(model, file),
                path=incomplete / file.name,
                file=file,
            )
            for more in transfer.run():
                done += more
                monitor.update(
                    Progress(model=model.name, done_bytes=done, total_bytes=total)
                )

    def _check_space(self, incomplete: Path, files: list[HubFile], name: str) -> None:
        """Raise NotEnoughSpaceError if the model would fill the disk."""
        there = sum(path.stat().st_size for path in incomplete.iterdir())
        needed = _bytes(files) - there
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


@dataclass(frozen=True, kw_only=True)
class _Transfer:
    """Download of one file."""

    model: str
    address: str
    path: Path
    file: HubFile

    def run(self) -> Iterator[int]:
        """Download what is missing, yield the bytes gained, and verify the file."""
        there = self.path.stat().st_size if self.path.exists() else 0
        if there > self.file.size_bytes:
            self.path.unlink()
            there = 0
        if there:
            yield there
        if there < self.file.size_bytes:
            yield from self._fetch(there)
        if checksum(self.path, self.file.checksum) != self.file.checksum:
            self.path.unlink()
            msg = (
                f"{self.file.name} of {self.model} arrived damaged and was removed; "
                "download it again"
            )
            raise DamagedFileError(msg)

    def _fetch(self, there: int) -> Iterator[int]:
        """Download the rest of the file."""
        try:
            answer = open_address(self.address, there)
        except (OSError, http.client.HTTPException) as err:
            raise unreachable(self.model, err) from err
        with answer:
            resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            if there and not resumed:
                yield -there
            with self.path.open("ab" if resumed else "wb") as out:
                while chunk := self._read(answer):
                    if out.tell() + len(chunk) > self.file.size_bytes:
                        msg = f"the hub sent more data than announced for {self.model}"
                        raise DownloadError(msg)
                    out.write(chunk)
                    yield len(chunk)
                # An installed model has to be whole, even after a power cut.
                out.flush()
                os.fsync(out.fileno())
        if self.path.stat().st_size != self.file.size_bytes:
            msg = f"the connection was lost while {self.model} was downloaded"
            raise DownloadError(msg)

    def _read(self, answer: Any) -> bytes:
        """Return the next bytes of the file."""
        try:
            return bytes(answer.read(_CHUNK_BYTES))
        except http.client.IncompleteRead as err:
            return err.partial
        except (OSError, http.client.HTTPException) as err:
            raise unreachable(self.model, err) from err


def paused(model: str) -> DownloadPausedError:
    """Return the error for a download that ends with the program."""
    return DownloadPausedError(f"the download of {model} resumes the next time")


def _reuse_files(old: Path, files: list[HubFile], incomplete: Path) -> None:
    """Move the intact files of an incomplete model, then delete its folder."""
    for file in files:
        path = old / file.name
        if path.is_file() and checksum(path, file.checksum) == file.checksum:
            path.replace(incomplete / file.name)
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
