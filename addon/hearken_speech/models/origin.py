"""Where the files of a downloaded model come from, and what was made of them."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.json_file import JsonFileError
from hearken_speech.models.checksums import checksum, sha256
from hearken_speech.models.errors import DamagedModelError
from hearken_speech.models.layout import WEIGHTS_FILE
from hearken_speech.models.quantization import quantize

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.models.catalogue import HubModel
    from hearken_speech.models.hub import HubFile

_LOGGER = logging.getLogger(__name__)

RECORD_FILE: Final = "origin.json"
_CHECKED_FILE: Final = "checked.json"
_NEW_WEIGHTS_FILE: Final = "model.bin.new"


def read_name(folder: Path) -> str | None:
    """Return the name under which a model was downloaded; None if it was not."""
    name = _read(folder).get("name")
    return name if isinstance(name, str) else None


def is_intact(path: Path, file: HubFile) -> bool:
    """Return whether a file is that of the hub, or was made from it."""
    if not path.is_file():
        return False
    if path.stat().st_size == file.size_bytes:
        return checksum(path, file.checksum) == file.checksum
    return is_quantized(path, file)


def is_quantized(path: Path, file: HubFile) -> bool:
    """Return whether a file holds the weights of the hub as 8-bit integers."""
    weights = _read(path.parent).get("weights")
    return (
        path.name == WEIGHTS_FILE
        and isinstance(weights, dict)
        and weights.get("source") == file.checksum
        and path.is_file()
        and weights.get("stored") == sha256(path)
    )


def check_weights(folder: Path) -> None:
    """Raise DamagedModelError if the weights are not those that were downloaded.

    They are read once per change: their size and time are kept when they were right.
    """
    path = folder / WEIGHTS_FILE
    record = _read(folder)
    expected = _expected(record)
    if expected is None or not path.is_file():
        return
    status = path.stat()
    stamp = {"size": status.st_size, "time_ns": status.st_mtime_ns, "sum": expected}
    try:
        if json_file.load(folder / _CHECKED_FILE) == stamp:
            return
    except JsonFileError:
        pass  # it is written again
    if checksum(path, expected) != expected:
        msg = f'The weights of the model "{record.get("name")}" are damaged.'
        raise DamagedModelError(msg)
    try:
        json_file.save(folder / _CHECKED_FILE, stamp)
    except JsonFileError as err:
        _LOGGER.debug("the weights will be checked again: %s", err)


def _expected(record: dict[str, Any]) -> str | None:
    """Return the checksum of the weights, None if it is not recorded."""
    weights, files = record.get("weights"), record.get("files")
    expected = weights.get("stored") if isinstance(weights, dict) else None
    if expected is None and isinstance(files, dict):
        expected = files.get(WEIGHTS_FILE)
    return expected if isinstance(expected, str) else None


def settle(folder: Path, model: HubModel, files: list[HubFile]) -> None:
    """Convert the weights of a downloaded model, and write down its origin.

    An interruption leaves a folder that is recognized as intact.
    """
    (weights,) = (file for file in files if file.name == WEIGHTS_FILE)
    path, new = folder / WEIGHTS_FILE, folder / _NEW_WEIGHTS_FILE
    if is_quantized(path, weights):
        return
    is_new = quantize(path, new)
    record: dict[str, Any] = {
        "name": model.name,
        "repository": model.repo,
        "revision": model.revision,
        "files": {file.name: file.checksum for file in files},
    }
    if is_new:
        stored = sha256(new)
        record["weights"] = {"source": weights.checksum, "stored": stored}
    with (folder / RECORD_FILE).open("w", encoding="utf-8") as out:
        json.dump(record, out, indent=2)
        out.flush()
        os.fsync(out.fileno())
    if is_new:
        new.replace(path)


def _read(folder: Path) -> dict[str, Any]:
    """Return the record, an empty one if there is none."""
    try:
        return json_file.load(folder / RECORD_FILE)
    except JsonFileError:
        return {}
