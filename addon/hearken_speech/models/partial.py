"""Folders of models that are not complete: not yet, or no longer."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from typing import TYPE_CHECKING, Final

from hearken_speech.models.errors import DownloadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PREFIX: Final = ".partial-"


def folder_of(folder: Path, name: str) -> Path:
    """Return where the files of an incomplete model are kept."""
    return folder / f"{_PREFIX}{name}"


def sizes(folder: Path) -> dict[str, int]:
    """Return the incomplete models by name, with their sizes in bytes."""
    found: dict[str, int] = {}
    for path in folder.glob(f"{_PREFIX}*"):
        # A download may finish, and its folder disappear, meanwhile.
        with contextlib.suppress(OSError):
            size = sum(file.stat().st_size for file in path.iterdir())
            found[path.name.removeprefix(_PREFIX)] = size
    return found


def remove(folder: Path, name: str) -> bool:
    """Delete what there is of an incomplete model; return whether there was any.

    Raises DownloadError if another program is downloading it, or it cannot be
    deleted.
    """
    path = folder_of(folder, name)
    if not path.is_dir():
        return False
    try:
        with locked(path, name):
            shutil.rmtree(path)
    except OSError as err:
        reason = err.strerror or err
        msg = f"the unfinished download of {name} cannot be removed: {reason}"
        raise DownloadError(msg) from err
    return True


def remove_old(folder: Path, older_than_seconds: float = 0.0) -> int:
    """Delete downloads that nobody resumed for this long; return their number."""
    latest = time.time() - older_than_seconds
    count = 0
    for path in folder.glob(f"{_PREFIX}*"):
        # Another program may be filling or deleting the folder.
        with contextlib.suppress(DownloadError, OSError), locked(path, path.name):
            touched = [
                path.stat().st_mtime,
                *(f.stat().st_mtime for f in path.iterdir()),
            ]
            if max(touched) <= latest:
                shutil.rmtree(path, ignore_errors=True)
                count += 1
    return count


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Lock a folder so that other programs leave it alone."""
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
