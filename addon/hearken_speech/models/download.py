"""Models from the hub: resumed where they stopped, checked before they are used."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import http.client
import json
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from hearken_speech.models.errors import (
    DamagedFileError,
    DownloadCancelledError,
    DownloadError,
    DownloadPausedError,
    NotEnoughSpaceError,
)
from hearken_speech.models.loading import MODEL_FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hearken_speech.models.catalogue import CatalogueModel

DEFAULT_HUB: Final = "https://huggingface.co"
HUB_VARIABLE: Final = "HF_ENDPOINT"
"""Names another hub, such as a mirror in the house."""

_PARTIAL_PREFIX: Final = ".partial-"
_OPTIONAL_FILES: Final = ("preprocessor_config.json",)
_VOCABULARY_PREFIX: Final = "vocabulary."
SPARE_BYTES: Final = 64 << 20
"""What stays free beside the models, for everything else."""
_CHUNK_BYTES: Final = 256 << 10
_TIMEOUT_SECONDS: Final = 20.0
_LONGEST_LIST_BYTES: Final = 4 << 20
_SHA1_LENGTH: Final = 40


class Stop(Protocol):
    """Says whether a download is still wanted; a ``threading.Event`` does."""

    def is_set(self) -> bool:
        """Tell whether to stop."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a download is."""

    model: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """A file of a model on the hub."""

    name: str
    size_bytes: int
    checksum: str
    """SHA-256 of large files; for small ones the SHA-1 that git gives them."""


def hub_address() -> str:
    """Return where models are downloaded from."""
    return os.environ.get(HUB_VARIABLE, DEFAULT_HUB).rstrip("/")


class Downloader:
    """Downloads models into one folder."""

    def __init__(
        self, folder: Path, hub: str | None = None, closing: Stop | None = None
    ) -> None:
        """Take the folder that holds the models, and what tells that all ends."""
        self._folder = folder
        self._closing = closing
        self._hub = hub or hub_address()
        if urllib.parse.urlsplit(self._hub).scheme not in {"http", "https"}:
            msg = f"the model hub {self._hub!r} is not a web address"
            raise DownloadError(msg)

    def files(self, model: CatalogueModel) -> list[HubFile]:
        """Return the files that a model consists of."""
        address = f"{self._hub}/api/models/{model.repo}/tree/{model.revision}"
        try:
            with _open(address) as answer:
                listed = json.loads(answer.read(_LONGEST_LIST_BYTES))
            files = [_hub_file(entry) for entry in listed if _wanted(entry)]
        except (OSError, http.client.HTTPException) as err:
            raise _unreachable(model.name, err) from err
        except (ValueError, KeyError, TypeError) as err:
            msg = f"the model hub gave no list of the files of {model.name}"
            raise DownloadError(msg) from err
        missing = set(MODEL_FILES) - {file.name for file in files}
        if missing:
            names = ", ".join(sorted(missing))
            msg = f"the model hub has no {names} for {model.name}"
            raise DownloadError(msg)
        return files

    def download(
        self,
        model: CatalogueModel,
        report: Callable[[Progress], None] | None = None,
        cancelled: Stop | None = None,
    ) -> Path:
        """Download a model and return its folder.

        What a lost connection or the end of the program leaves behind is used the next
        time, and so is what is left of a model that was whole. A file that is wrong, a
        full disk or a cancelled download leave nothing behind.
        """
        target = self._folder / model.name
        if all((target / name).is_file() for name in MODEL_FILES):
            return target
        partial = partial_folder(self._folder, model.name)
        files = self.files(model)
        watch = _Watch(report, cancelled, self._closing)
        try:
            partial.mkdir(parents=True, exist_ok=True)
            with _alone(partial, model.name):
                self._fill(model, files, partial, watch)
                partial.rename(target)
        except OSError as err:
            if err.errno in {errno.ENOSPC, errno.EDQUOT}:
                shutil.rmtree(partial, ignore_errors=True)
                raise _full(model.name, self._folder, _bytes(files)) from err
            msg = f"{model.name} cannot be kept in {self._folder}: {err.strerror}"
            raise DownloadError(msg) from err
        return target

    def _fill(
        self,
        model: CatalogueModel,
        files: list[HubFile],
        partial: Path,
        watch: _Watch,
    ) -> None:
        """Bring a whole model into the folder; remove the folder where that is right.

        KeyboardInterrupt is how somebody at a terminal cancels.
        """
        target = self._folder / model.name
        try:
            if target.is_dir():
                _keep(target, files, partial)
            self._check_space(partial, files, model.name)
            self._fetch(model, files, partial, watch)
        except (
            DownloadCancelledError,
            NotEnoughSpaceError,
            DamagedFileError,
            KeyboardInterrupt,
        ):
            shutil.rmtree(partial, ignore_errors=True)
            raise
        except DownloadError as err:
            if not watch.stopped:
                raise
            # It was cancelled while it waited for a hub that did not answer.
            shutil.rmtree(partial, ignore_errors=True)
            raise _cancelled(model.name) from err

    def _fetch(
        self,
        model: CatalogueModel,
        files: list[HubFile],
        partial: Path,
        watch: _Watch,
    ) -> None:
        """Bring all files into the folder."""
        done, total = 0, _bytes(files)
        for file in files:
            transfer = _Transfer(
                model=model.name,
                address=self._address(model, file),
                path=partial / file.name,
                file=file,
            )
            for more in transfer.run():
                done += more
                watch.tell(
                    Progress(model=model.name, done_bytes=done, total_bytes=total)
                )

    def _address(self, model: CatalogueModel, file: HubFile) -> str:
        """Return where a file is."""
        name = urllib.parse.quote(file.name)
        return f"{self._hub}/{model.repo}/resolve/{model.revision}/{name}"

    def _check_space(self, partial: Path, files: list[HubFile], name: str) -> None:
        """Raise NotEnoughSpaceError where the model would fill the disk."""
        there = sum(path.stat().st_size for path in partial.iterdir())
        needed = _bytes(files) - there
        if shutil.disk_usage(partial).free < needed + SPARE_BYTES:
            raise _full(name, self._folder, needed)


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who wants to know of a download, and may stop it."""

    report: Callable[[Progress], None] | None
    cancelled: Stop | None
    closing: Stop | None

    @property
    def paused(self) -> bool:
        """Tell whether the program ends, and the download is to go on later."""
        return self.closing is not None and self.closing.is_set()

    @property
    def stopped(self) -> bool:
        """Tell whether nobody wants it any more."""
        is_cancelled = self.cancelled is not None and self.cancelled.is_set()
        return is_cancelled and not self.paused

    def tell(self, progress: Progress) -> None:
        """Report progress; raise a DownloadError when it is not to go on now."""
        if self.report:
            self.report(progress)
        if self.paused:
            raise paused(progress.model)
        if self.stopped:
            raise _cancelled(progress.model)


@dataclass(frozen=True, kw_only=True)
class _Transfer:
    """The way of one file from the hub to the disk."""

    model: str
    address: str
    path: Path
    file: HubFile

    def run(self) -> Iterator[int]:
        """Fetch what is missing, yielding the bytes that were gained, and check."""
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
        """Fetch the rest of the file."""
        try:
            answer = _open(self.address, there)
        except (OSError, http.client.HTTPException) as err:
            raise _unreachable(self.model, err) from err
        with answer:
            resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            if there and not resumed:
                yield -there
            with self.path.open("ab" if resumed else "wb") as out:
                while chunk := self._read(answer):
                    if out.tell() + len(chunk) > self.file.size_bytes:
                        msg = f"the hub sends more than it said of {self.model}"
                        raise DownloadError(msg)
                    out.write(chunk)
                    yield len(chunk)
                # A model that is there is whole, after a power cut, too.
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
            raise _unreachable(self.model, err) from err


def partial_folder(folder: Path, name: str) -> Path:
    """Return where a model lies that is not whole."""
    return folder / f"{_PARTIAL_PREFIX}{name}"


def remove_leftovers(folder: Path, older_than_seconds: float = 0.0) -> int:
    """Remove what unfinished downloads left behind; return how many there were.

    A download that nobody has gone on with for so long is not resumed any more.
    """
    latest = time.time() - older_than_seconds
    count = 0
    for path in folder.glob(f"{_PARTIAL_PREFIX}*"):
        # What another program is about to fill or has just removed is its own.
        with contextlib.suppress(DownloadError, OSError), _alone(path, path.name):
            touched = [
                path.stat().st_mtime,
                *(f.stat().st_mtime for f in path.iterdir()),
            ]
            if max(touched) <= latest:
                shutil.rmtree(path, ignore_errors=True)
                count += 1
    return count


def unfinished(folder: Path) -> dict[str, int]:
    """Return the models that are not whole any more or not yet, with their bytes."""
    found: dict[str, int] = {}
    for path in folder.glob(f"{_PARTIAL_PREFIX}*"):
        # A download may end, and its folder go, meanwhile.
        with contextlib.suppress(OSError):
            size = sum(file.stat().st_size for file in path.iterdir())
            found[path.name.removeprefix(_PARTIAL_PREFIX)] = size
    return found


def remove_unfinished(folder: Path, name: str) -> bool:
    """Remove what there is of an unfinished model; tell whether there was something.

    DownloadError where another program is downloading it, or it cannot be removed.
    """
    path = partial_folder(folder, name)
    if not path.is_dir():
        return False
    try:
        with _alone(path, name):
            shutil.rmtree(path)
    except OSError as err:
        msg = f"what is here of {name} cannot be removed: {err.strerror or err}"
        raise DownloadError(msg) from err
    return True


@contextlib.contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Keep other programs from filling the same folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            msg = f"another program is downloading {name} already"
            raise DownloadError(msg) from err
        yield
    finally:
        os.close(descriptor)


def _keep(old: Path, files: list[HubFile], partial: Path) -> None:
    """Take over what is whole of a model that is not; its folder goes."""
    for file in files:
        path = old / file.name
        if path.is_file() and checksum(path, file.checksum) == file.checksum:
            path.replace(partial / file.name)
    shutil.rmtree(old)


def checksum(path: Path, like: str) -> str:
    """Return the checksum of a file, of the same kind as another checksum."""
    if len(like) == _SHA1_LENGTH:
        data = path.read_bytes()
        header = b"blob %d\0" % len(data)
        return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open(address: str, first_byte: int = 0) -> Any:
    """Open an address of the hub, from a byte on."""
    request = urllib.request.Request(address)  # noqa: S310 - Downloader checks the hub
    request.add_header("User-Agent", "hearken")
    if first_byte:
        request.add_header("Range", f"bytes={first_byte}-")
    return urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)  # noqa: S310 - as above


def _wanted(entry: dict[str, Any]) -> bool:
    """Tell whether a file on the hub is part of a model."""
    name = str(entry["path"])
    return entry.get("type") == "file" and (
        name in MODEL_FILES
        or name in _OPTIONAL_FILES
        or (name.startswith(_VOCABULARY_PREFIX) and "/" not in name)
    )


def _hub_file(entry: dict[str, Any]) -> HubFile:
    """Read one entry of the hub's list."""
    large = entry.get("lfs")
    digest = large["oid"] if isinstance(large, dict) else entry["oid"]
    return HubFile(
        name=str(entry["path"]),
        size_bytes=int(entry["size"]),
        checksum=str(digest).removeprefix("sha256:"),
    )


def _unreachable(model: str, err: Exception) -> DownloadError:
    """Return the error for a hub that does not answer as it should."""
    reason = getattr(err, "reason", None) or err
    if isinstance(err, urllib.error.HTTPError):
        with contextlib.suppress(OSError):
            err.close()
        reason = f"it answered {err.code}"
    return DownloadError(
        f"the model hub cannot be reached for {model} ({reason}); "
        "check the network and try again"
    )


def _cancelled(model: str) -> DownloadCancelledError:
    """Return the error for a download that nobody wants any more."""
    return DownloadCancelledError(f"the download of {model} was cancelled")


def paused(model: str) -> DownloadPausedError:
    """Return the error for a download that ends with the program."""
    return DownloadPausedError(f"the download of {model} goes on the next time")


def _bytes(files: list[HubFile]) -> int:
    """Return how large the files are together."""
    return sum(file.size_bytes for file in files)


def _full(model: str, folder: Path, needed_bytes: int) -> NotEnoughSpaceError:
    """Return the error for a disk without room."""
    return NotEnoughSpaceError(
        f"there is not enough space for {model} in {folder}; delete one",
        needed_bytes + SPARE_BYTES,
    )
