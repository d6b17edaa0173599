"""The folder for wake words of the user's own."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file, strict_json

from .heads import MAX_FILE_BYTES, ONNX_SUFFIX, SUFFIXES
from .probe import probe_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

MAX_FILES: Final = 200
"""More files mean that the wrong folder was shared."""

_MAX_DESCRIPTION_BYTES: Final = 100_000
_MAX_TEXT_CHARACTERS: Final = 100
_VERSION: Final = re.compile(r"[ _.-]*v?\d+(\.\d+)*$", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[a-z]{2}([-_][A-Za-z]{2})?")
_STILL_WRITING: Final = "the file is still being written"


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One model in the folder, usable or not."""

    path: Path
    stamp: tuple[int, int]
    id: str
    phrase: str
    languages: tuple[str, ...]
    licence: str
    author: str
    problem: str | None


type _Prober = Callable[[list["Path"]], dict["Path", str | None]]


class WordFolder:
    """Scans the folder; tries every new file in a separate process."""

    def __init__(self, folder: Path, prober: _Prober = probe_files) -> None:
        """Set the folder, which need not exist."""
        self._folder = folder
        self._prober = prober
        self._seen: dict[Path, tuple[int, int]] = {}
        self._verdicts: dict[tuple[Path, tuple[int, int]], str | None] = {}

    def scan(self) -> list[ModelFile]:
        """Return the models in the folder. Takes a while if there are new ones."""
        stamps = self._stamps()
        # A file is tried when its size did not change between two scans, or when it
        # was there at the first scan.
        settled = {
            path: stamp
            for path, stamp in stamps.items()
            if self._seen.get(path, stamp) == stamp
        }
        new = [item for item in settled.items() if item not in self._verdicts]
        if new:
            verdicts = self._prober([path for path, _ in new])
            for path, stamp in new:
                self._verdicts[path, stamp] = verdicts[path]
        self._seen = stamps
        self._verdicts = {
            key: verdict for key, verdict in self._verdicts.items() if key[0] in stamps
        }
        return [
            _describe(path, stamp, self._verdicts.get((path, stamp), _STILL_WRITING))
            for path, stamp in stamps.items()
        ]

    def _stamps(self) -> dict[Path, tuple[int, int]]:
        """Return the model files with size and time, the preferred format first."""
        stamps: dict[Path, tuple[int, int]] = {}
        try:
            paths = sorted(
                (
                    path
                    for path in self._folder.rglob("*")
                    if path.suffix.lower() in SUFFIXES
                ),
                key=lambda path: (path.suffix.lower() != ONNX_SUFFIX, path),
            )
        except OSError as err:
            _LOGGER.warning("Cannot read the folder of wake words: %s", err)
            return stamps
        if len(paths) > MAX_FILES:
            _LOGGER.warning(
                "There are %d files in %s; the first %d are used",
                len(paths),
                self._folder,
                MAX_FILES,
            )
        for path in paths[:MAX_FILES]:
            try:
                status = path.stat()
            except OSError:
                continue  # deleted, or a broken link
            stamps[path] = (status.st_size, status.st_mtime_ns)
        return stamps


def _describe(path: Path, stamp: tuple[int, int], problem: str | None) -> ModelFile:
    """Return what the name, the folder and the description of a file say."""
    description = _read_description(path.with_suffix(".json"))
    name = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "word"
    spoken = _VERSION.sub("", path.stem) or path.stem
    phrase = re.sub(r"[\s_-]+", " ", spoken).strip().lower()
    languages = description.get("trained_languages")
    if not isinstance(languages, list):
        folder = path.parent.name
        languages = [folder] if _LANGUAGE.fullmatch(folder) else []
    if stamp[0] > MAX_FILE_BYTES:
        problem = f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
    return ModelFile(
        path=path,
        stamp=stamp,
        id=name,
        phrase=_text(description, "wake_word") or phrase,
        languages=tuple(str(item)[:10] for item in languages[:20]),
        licence=_text(description, "license"),
        author=_text(description, "author"),
        problem=problem,
    )


def _read_description(path: Path) -> dict[str, Any]:
    """Return the JSON file beside a model, as microWakeWord writes it, or nothing."""
    try:
        description = strict_json.loads(
            json_file.read_bytes(path, _MAX_DESCRIPTION_BYTES)
        )
    except (OSError, ValueError):
        return {}
    return description if isinstance(description, dict) else {}


def _text(description: dict[str, Any], key: str) -> str:
    """Return a short text from the description."""
    value = description.get(key)
    return value[:_MAX_TEXT_CHARACTERS] if isinstance(value, str) else ""
