"""The files of Kokoro on this machine: found, or downloaded and verified."""

from __future__ import annotations

import contextlib
import hashlib
import os
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import HearkenError

from .kokoro import NETWORK_FILES, SPEAKERS_FILE, Kokoro

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = "kokoro"
"""In the folder ``voices`` of the data folder."""
SOURCE: Final = (
    "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"
)
ENVIRONMENT: Final = "HEARKEN_VOICES"
"""Names a folder that has the folder ``kokoro``."""

_SUMS: Final = {
    NETWORK_FILES[
        0
    ]: "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    SPEAKERS_FILE: "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
}
_MAX_BYTES: Final = 150_000_000
_PIECE_BYTES: Final = 1 << 20
_SILENCE_SECONDS: Final = 30.0


class VoicesDownloadError(HearkenError):
    """The voices cannot be downloaded."""


def find_kokoro(data_dir: Path) -> Path | None:
    """Return the folder with Kokoro, None if it is not installed."""
    given = os.environ.get(ENVIRONMENT)
    folders = [data_dir / "voices" / FOLDER]
    if given:
        folders.insert(0, Path(given) / FOLDER)
    return next((folder for folder in folders if Kokoro.is_in(folder)), None)


def download_kokoro(
    data_dir: Path,
    source: str = SOURCE,
    on_progress: Callable[[int], None] = lambda _bytes: None,
) -> Path:
    """Download Kokoro, check its sums, and return its folder.

    Raise VoicesDownloadError if that fails; what is damaged is deleted.
    """
    folder = data_dir / "voices" / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        msg = f"{folder} cannot be made: {err.strerror or err}"
        raise VoicesDownloadError(msg) from err
    for name, wanted in _SUMS.items():
        if not (folder / name).is_file():
            _fetch(f"{source}/{name}", folder / name, wanted, on_progress)
    return folder


def _fetch(
    address: str, path: Path, wanted: str, on_progress: Callable[[int], None]
) -> None:
    """Download one file beside its place, and move it there when its sum is right."""
    if not address.startswith(("https://", "http://")):
        msg = f"{address} is no web address"
        raise VoicesDownloadError(msg)
    partial = path.with_name(f".{path.name}.partial")
    found, size = hashlib.sha256(), 0
    try:
        with (
            contextlib.closing(
                urllib.request.urlopen(address, timeout=_SILENCE_SECONDS)  # noqa: S310 - checked above
            ) as answer,
            partial.open("wb") as file,
        ):
            while piece := answer.read(_PIECE_BYTES):
                size += len(piece)
                if size > _MAX_BYTES:
                    msg = f"{address} is too large"
                    raise VoicesDownloadError(msg)
                found.update(piece)
                file.write(piece)
                on_progress(size)
        if found.hexdigest() != wanted:
            msg = f"{address} is damaged: its checksum is wrong"
            raise VoicesDownloadError(msg)
        partial.replace(path)
    except (OSError, ValueError) as err:
        msg = f"{address} cannot be downloaded: {err}"
        raise VoicesDownloadError(msg) from err
    finally:
        partial.unlink(missing_ok=True)
