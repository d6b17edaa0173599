"""The wake words of this installation.

openWakeWord's own come with its package, "okay nabu" with pyopen-wakeword. The user's
own come from a folder, which is scanned periodically.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from . import packages
from .errors import UnknownWordError, WakeModelError
from .folder import ModelFile, WordFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)


class WordSource(StrEnum):
    """Origin of a wake word."""

    INCLUDED = "included"
    """It comes with Hearken."""
    OWN = "own"
    """The user put it into the folder."""


@dataclass(frozen=True, kw_only=True)
class WakeWord:
    """One wake word."""

    id: str
    """Stable id; Wyoming's name of the model."""
    phrase: str
    """The words that are spoken."""
    languages: tuple[str, ...] = ()
    licence: str = ""
    source: WordSource = WordSource.OWN
    path: Path | None = None
    stamp: tuple[int, int] = (0, 0)
    """Changes with the file."""
    problem: str | None = None
    """Why the word cannot be used, None if it can."""
    attribution_name: str = ""
    attribution_url: str = ""


@dataclass(frozen=True)
class _Included:
    """A word that comes with a package."""

    id: str
    phrase: str
    find: Callable[[str], Path]
    file: str
    licence: str
    attribution_name: str
    attribution_url: str


_OPENWAKEWORD: Final = (
    packages.openwakeword_model,
    "CC-BY-NC-SA-4.0",
    "openWakeWord",
    "https://github.com/dscripka/openWakeWord",
)


def _openwakeword(word_id: str, phrase: str) -> _Included:
    """Return a word of the openwakeword package."""
    find, licence, name, url = _OPENWAKEWORD
    return _Included(word_id, phrase, find, f"{word_id}_v0.1.onnx", licence, name, url)


_INCLUDED: Final = (
    _Included(
        "okay_nabu",
        "okay nabu",
        packages.pyopen_wakeword_model,
        "okay_nabu.tflite",
        "Apache-2.0",
        "pyopen-wakeword",
        "https://github.com/rhasspy/pyopen-wakeword",
    ),
    _openwakeword("hey_jarvis", "hey jarvis"),
    _openwakeword("alexa", "alexa"),
    _openwakeword("hey_mycroft", "hey mycroft"),
    _openwakeword("hey_rhasspy", "hey rhasspy"),
)

_ALIASES: Final = {"ok_nabu": "okay_nabu"}
"""Names that other programs use for our words."""


class WakeCatalogue:
    """The wake words of this installation; thread-safe."""

    def __init__(self, folder: Path | None = None) -> None:
        """Set the user's folder, which need not exist yet."""
        self._folder = WordFolder(folder) if folder is not None else None
        self._lock = threading.Lock()
        self._words = {word.id: word for word in map(_included_word, _INCLUDED)}
        self._failed: dict[str, tuple[tuple[int, int], str]] = {}
        self.version = 0
        """Increases with every change."""

    def refresh(self) -> bool:
        """Scan the files; return whether anything changed. Takes a while."""
        words = {word.id: word for word in map(_included_word, _INCLUDED)}
        if self._folder is not None:
            for file in self._folder.scan():
                _add_own(words, file)
        with self._lock:
            words = {word.id: self._with_failure(word) for word in words.values()}
            if words == self._words:
                return False
            self._words = words
            self.version += 1
        return True

    def words(self) -> list[WakeWord]:
        """Return all words, including those that cannot be used."""
        with self._lock:
            return list(self._words.values())

    def usable(self) -> list[WakeWord]:
        """Return the words that can be used."""
        return [word for word in self.words() if word.problem is None]

    def get(self, word_id: str) -> WakeWord | None:
        """Return a word by its id, even if it cannot be used."""
        with self._lock:
            return self._words.get(word_id)

    def find(self, name: str) -> WakeWord | None:
        """Return a usable word by its id, an alias or its phrase."""
        wanted = name.strip().lower().replace(" ", "_")
        with self._lock:
            word = self._words.get(name) or self._words.get(
                _ALIASES.get(wanted, wanted)
            )
        return word if word is not None and word.problem is None else None

    def resolve(self, names: Iterable[str]) -> list[str]:
        """Return the ids of named words; raise UnknownWordError if one is unknown."""
        found = {name: self.find(name) for name in names}
        unknown = [name for name, word in found.items() if word is None]
        if unknown:
            raise UnknownWordError(unknown, [word.id for word in self.usable()])
        return list(dict.fromkeys(word.id for word in found.values() if word))

    def mark_failed(self, word_id: str, reason: str) -> None:
        """Disable a word that failed, until its file changes."""
        with self._lock:
            word = self._words.get(word_id)
            if word is None:
                return
            self._failed[word_id] = (word.stamp, reason)
            self._words[word_id] = replace(word, problem=reason)
            self.version += 1
        _LOGGER.warning("Wake word %s is switched off: %s", word_id, reason)

    def _with_failure(self, word: WakeWord) -> WakeWord:
        """Return the word, with an earlier problem of this very file."""
        stamp, reason = self._failed.get(word.id, (None, None))
        return replace(word, problem=reason) if stamp == word.stamp else word


def _included_word(included: _Included) -> WakeWord:
    """Return a word that comes with a package."""
    problem = path = None
    try:
        path = included.find(included.file)
    except WakeModelError as err:
        problem = str(err)
    return WakeWord(
        id=included.id,
        phrase=included.phrase,
        languages=("en",),
        licence=included.licence,
        source=WordSource.INCLUDED,
        path=path,
        problem=problem,
        attribution_name=included.attribution_name,
        attribution_url=included.attribution_url,
    )


def _add_own(words: dict[str, WakeWord], file: ModelFile) -> None:
    """Add a file of the user's; it may replace an included word of the same name."""
    word = WakeWord(
        id=file.id,
        phrase=file.phrase,
        languages=file.languages,
        licence=file.licence,
        path=file.path,
        stamp=file.stamp,
        problem=file.problem,
        attribution_name=file.author,
    )
    other = words.get(word.id)
    taken = other is not None and (
        other.source is WordSource.OWN or word.problem is not None
    )
    if other is not None and taken:
        reason = word.problem or f"{other.path} has the same name and is used instead"
        word = replace(word, id=f"{word.id}{file.path.suffix.lower()}", problem=reason)
    words[word.id] = word
