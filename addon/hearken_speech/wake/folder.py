"""A folder of wake words: the user's own, and those that were made here."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file, strict_json

from .heads import MAX_FILE_BYTES, ONNX_SUFFIX, SUFFIXES
from .naming import word_id
from .probe import probe_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOGGER = logging.getLogger(__name__)

MAX_WORDS: Final = 200
"""More words mean that the wrong folder was shared."""

_MAX_LISTED_FILES: Final = 1_000
_MAX_DESCRIPTION_BYTES: Final = 100_000
_MAX_TEXT_CHARACTERS: Final = 100
# Digits alone belong to the phrase, as in "r2d2" or "hal 9000".
_VERSION: Final = re.compile(r"[ _.-]*v\d+(\.\d+)*$|[ _.-]+\d+(\.\d+)+$", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[a-z]{2}([-_][A-Za-z]{2})?")
_LANGUAGE_OF_COUNTRY: Final = {"dk": "da"}
"""The community's collection calls a folder after a country."""
_STILL_WRITING: Final = "the file is still being written"
_LEFT_OUT: Final = f"it is left out: there are more than {MAX_WORDS} wake words"


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
    text: str
    """What was learned, which another name does not change."""
    is_checked: bool
    """Whether its description asks for the check by the speech model."""
    problem: str | None


type _Stamps = dict[Path, tuple[int, int]]
type _Prober = Callable[[list[Path]], dict[Path, str | None]]


class WordFolder:
    """Scans the folder; tries every new file in a separate process."""

    def __init__(
        self, folder: Path, prober: _Prober = probe_files, *, is_atomic: bool = False
    ) -> None:
        """Set the folder, which need not exist.

        In an atomic folder, every file is whole as soon as it is there.
        """
        self.problem: str | None = None
        """Why the folder, or a part of it, cannot be read."""
        self._folder = folder
        self._prober = prober
        self._is_atomic = is_atomic
        self._seen: _Stamps = {}
        self._verdicts: dict[tuple[Path, tuple[int, int]], str | None] = {}
        self._left_out = 0

    def scan(self) -> list[ModelFile]:
        """Return the models in the folder. Takes a while if there are new ones."""
        stamps, left_out = self._limit(self._stamps())
        # A file is tried when its size did not change between two scans, or when it
        # was there at the first scan.
        settled = {
            path: stamp
            for path, stamp in stamps.items()
            if self._is_atomic or self._seen.get(path, stamp) == stamp
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
            *(
                self._describe(
                    path, stamp, self._verdicts.get((path, stamp), _STILL_WRITING)
                )
                for path, stamp in stamps.items()
            ),
            *(self._describe(*item, _LEFT_OUT) for item in left_out.items()),
        ]

    def _stamps(self) -> _Stamps:
        """Return the model files with size and time, the preferred format first."""
        stamps: _Stamps = {}
        self.problem = None if self._folder.is_dir() else f"there is no {self._folder}"
        paths = sorted(
            self._files(), key=lambda path: (path.suffix.lower() != ONNX_SUFFIX, path)
        )
        for path in paths:
            try:
                status = path.stat()
            except OSError:
                continue  # deleted, or a broken link
            stamps[path] = (status.st_size, status.st_mtime_ns)
        return stamps

    def _files(self) -> Iterator[Path]:
        """Yield the files that may be models; hidden files and folders are none."""
        for folder, folders, files in os.walk(self._folder, onerror=self._unreadable):
            folders[:] = [name for name in folders if name[0] != "."]
            for name in files:
                path = Path(folder, name)
                if name[0] != "." and path.suffix.lower() in SUFFIXES:
                    yield path

    def _unreadable(self, err: OSError) -> None:
        """Note that a folder cannot be read."""
        if not isinstance(err, FileNotFoundError):
            self.problem = f"{err.filename} cannot be read: {err.strerror}"

    def _limit(self, stamps: _Stamps) -> tuple[_Stamps, _Stamps]:
        """Return the files of the first words, and some of those left out."""
        words = dict.fromkeys(word_id(path.stem) for path in stamps)
        known = set(list(words)[:MAX_WORDS])
        used = {path: x for path, x in stamps.items() if word_id(path.stem) in known}
        left_out = {path: x for path, x in stamps.items() if path not in used}
        if len(left_out) != self._left_out:
            self._left_out = len(left_out)
            names = [path.stem for path in left_out]
            if names:
                _LOGGER.warning(
                    "%s has more than %d wake words; left out: %s",
                    self._folder,
                    MAX_WORDS,
                    ", ".join(names[:10]) + ("…" if len(names) > 10 else ""),  # noqa: PLR2004 - shown
                )
        return used, dict(list(left_out.items())[:_MAX_LISTED_FILES])

    def _describe(
        self, path: Path, stamp: tuple[int, int], problem: str | None
    ) -> ModelFile:
        """Return what the name, the folder and the description of a file say."""
        description = _read_description(path.with_suffix(".json"))
        spoken = _VERSION.sub("", path.stem) or path.stem
        phrase = re.sub(r"[\s_-]+", " ", spoken).strip().lower()
        languages = description.get("trained_languages")
        if not isinstance(languages, list):
            # Collections sort by language, and some have a folder for each word, too.
            folders = reversed(path.relative_to(self._folder).parts[:-1])
            named = [name for name in folders if _LANGUAGE.fullmatch(name)][:1]
            languages = [_LANGUAGE_OF_COUNTRY.get(name, name) for name in named]
        if stamp[0] > MAX_FILE_BYTES:
            problem = f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
        phrase = _text(description, "wake_word") or phrase
        made = description.get("made")
        return ModelFile(
            path=path,
            stamp=stamp,
            id=word_id(path.stem),
            phrase=phrase,
            languages=tuple(str(item)[:10] for item in languages[:20]),
            licence=_text(description, "license"),
            author=_text(description, "author"),
            text=(_text(made, "text") if isinstance(made, dict) else "") or phrase,
            is_checked=description.get("check") is True,
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
