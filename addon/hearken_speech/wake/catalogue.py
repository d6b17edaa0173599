"""The wake words of this installation.

Ours are in the folder ``words``; openWakeWord's come with its package, "okay nabu" with
pyopen-wakeword. The user's own come from a folder, those that were made here from
another; both are scanned periodically.
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
from .naming import word_id

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
    MADE = "made"
    """It was made here from text."""


@dataclass(frozen=True, kw_only=True)
class WakeWord:
    """One wake word."""

    id: str
    """Stable id; Wyoming's name of the model."""
    phrase: str
    """The words that are spoken, or how they are shown."""
    text: str = ""
    """What the speech model listens for when it checks the word."""
    is_checked: bool = False
    """Whether the speech model checks what this word hears."""
    is_alternative: bool = False
    """Whether it has to be named, since another word is as it is spoken."""
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

    @property
    def language(self) -> str:
        """Return the language that it is said in."""
        return self.languages[0] if self.languages else "en"


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
    is_checked: bool = False
    is_alternative: bool = False


_OPENWAKEWORD: Final = (
    packages.openwakeword_model,
    "CC-BY-NC-SA-4.0",
    "openWakeWord",
    "https://github.com/dscripka/openWakeWord",
)


_OURS: Final = (
    packages.own_model,
    "Apache-2.0",
    "Hearken",
    "https://github.com/hearken-voice/hearken",
)
_OTHER: Final = "_openwakeword"
"""Ends the ID of a word of openWakeWord that we have, too."""


def _ours(word_id: str, phrase: str) -> _Included:
    """Return a word of our own, which the speech model checks."""
    find, licence, name, url = _OURS
    file = f"{word_id}.onnx"
    return _Included(word_id, phrase, find, file, licence, name, url, is_checked=True)


def _openwakeword(word_id: str, phrase: str) -> _Included:
    """Return a word of the openwakeword package."""
    find, licence, name, url = _OPENWAKEWORD
    file = f"{word_id.removesuffix(_OTHER)}_v0.1.onnx"
    is_other = word_id.endswith(_OTHER)
    return _Included(
        word_id, phrase, find, file, licence, name, url, is_alternative=is_other
    )


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
    _ours("alexa", "alexa"),
    _openwakeword(f"alexa{_OTHER}", "alexa"),
    _ours("computer", "computer"),
    _ours("hey_hearken", "hey hearken"),
    _openwakeword("hey_mycroft", "hey mycroft"),
    _openwakeword("hey_rhasspy", "hey rhasspy"),
)

_ALIASES: Final = {"ok_nabu": "okay_nabu"}
"""Names that other programs use for our words."""


class WakeCatalogue:
    """The wake words of this installation; thread-safe."""

    def __init__(self, folder: Path | None = None, made: Path | None = None) -> None:
        """Set the folders of the user and of made words, which need not exist yet."""
        self._folders = {
            source: WordFolder(path, is_atomic=source is WordSource.MADE)
            for source, path in ((WordSource.MADE, made), (WordSource.OWN, folder))
            if path is not None
        }
        self._lock = threading.Lock()
        self._scanning = threading.Lock()
        self._words = {word.id: word for word in map(_included_word, _INCLUDED)}
        self._failed: dict[str, tuple[tuple[int, int], str]] = {}
        self.version = 0
        """Increases with every change."""

    def refresh(self) -> bool:
        """Scan the files; return whether anything changed. Takes a while."""
        with self._scanning:
            return self._refresh()

    def _refresh(self) -> bool:
        """Scan the files; only one thread at a time may do that."""
        words = {word.id: word for word in map(_included_word, _INCLUDED)}
        for source, folder in self._folders.items():
            for file in folder.scan():
                _add(words, file, source)
        with self._lock:
            words = {word.id: self._with_failure(word) for word in words.values()}
            if words == self._words:
                return False
            self._words = words
            self.version += 1
        return True

    @property
    def folder_problem(self) -> str | None:
        """Return why the user's folder cannot be read, None if it can."""
        own = self._folders.get(WordSource.OWN)
        return own.problem if own is not None else None

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
        word = self._named(name)
        return word if word is not None and word.problem is None else None

    def _named(self, name: str) -> WakeWord | None:
        """Return a word by its id, an alias or its phrase, even a broken one."""
        wanted = word_id(name)
        with self._lock:
            return self._words.get(name) or self._words.get(
                _ALIASES.get(wanted, wanted)
            )

    def resolve(self, names: Iterable[str]) -> dict[str, str]:
        """Return the ids of named words, each with the name that was asked for.

        Unknown names among known ones are ignored. Raise UnknownWordError if none is
        known; it says why a word cannot be used.
        """
        resolved: dict[str, str] = {}
        unknown: dict[str, str | None] = {}
        for name in names:
            word = self._named(name)
            if word is None or word.problem is not None:
                unknown[name] = word.problem if word else None
            elif word.id not in resolved or name == word.id:
                resolved[word.id] = name
        if unknown:
            error = UnknownWordError(unknown, [word.id for word in self.usable()])
            if not resolved:
                raise error
            _LOGGER.warning("%s", error)
        return resolved

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
        text=included.phrase,
        is_checked=included.is_checked,
        is_alternative=included.is_alternative,
        languages=("en",),
        licence=included.licence,
        source=WordSource.INCLUDED,
        path=path,
        problem=problem,
        attribution_name=included.attribution_name,
        attribution_url=included.attribution_url,
    )


def _add(words: dict[str, WakeWord], file: ModelFile, source: WordSource) -> None:
    """Add a file; a good one replaces a word of the same name that comes with Hearken.

    Of several files with one name, the first good one is the word.
    """
    word = WakeWord(
        id=file.id,
        phrase=file.phrase,
        text=file.text,
        is_checked=file.is_checked or source is WordSource.MADE,
        languages=file.languages,
        licence=file.licence,
        source=source,
        path=file.path,
        stamp=file.stamp,
        problem=file.problem,
        attribution_name=file.author,
    )
    other = words.get(word.id)
    if other is None:
        words[word.id] = word
        return
    if word.problem is None and (
        other.problem is not None or other.source is WordSource.INCLUDED
    ):
        words[word.id] = word
        word = other
    if word.source is WordSource.INCLUDED:
        return
    used = words[file.id]
    reason = word.problem or f"{used.path} has the same name and is used instead"
    words[_free_id(words, word)] = replace(
        word, id=_free_id(words, word), problem=reason
    )


def _free_id(words: dict[str, WakeWord], word: WakeWord) -> str:
    """Return an ID for a file whose name is taken."""
    suffix = word.path.suffix.lower() if word.path is not None else ""
    wanted = f"{word.id}{suffix}"
    number = 2
    while wanted in words:
        wanted = f"{word.id}-{number}{suffix}"
        number += 1
    return wanted
