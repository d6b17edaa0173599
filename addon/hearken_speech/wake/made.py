"""The wake words that were made here: heads, and what they were made from."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.audio import wav
from hearken_speech.errors import RequestError

from .errors import UnknownWordError
from .heads import ONNX_SUFFIX
from .naming import word_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hearken_speech.audio.format import Samples

FOLDER: Final = "made_words"
MAX_MADE_WORDS: Final = 50
MAX_RECORDINGS: Final = 20
MAX_PHRASE_CHARACTERS: Final = 60

_ABOUT_SUFFIX: Final = ".json"
_RECORDINGS_SUFFIX: Final = ".recordings"
_UNUSABLE: Final = (
    *(json_file.JsonFileError, AttributeError, KeyError, OverflowError),
    *(TypeError, ValueError),
)
"""Errors of a file in which anything may stand."""
_BEFORE: Final = ".before-"
"""Hidden files, which the catalogue leaves alone."""


@dataclass(frozen=True, kw_only=True)
class MadeWord:
    """One wake word that was made here."""

    id: str
    phrase: str
    """How it is shown; renaming changes it."""
    text: str
    """What was learned."""
    language: str
    made_at: float
    """Seconds since 1970."""
    expected: Mapping[str, Any] = field(default_factory=dict)
    """What to expect of it: misses and false accepts."""
    recordings: int = 0
    """Recordings of the owner that it was improved with."""
    can_undo: bool = False
    """Whether there is a version before the last improvement."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as they are sent."""
        return {**asdict(self), "expected": dict(self.expected)}


class MadeWords:
    """The folder with the wake words that were made here."""

    def __init__(self, data_dir: Path) -> None:
        """Set the data folder of the server."""
        self.folder = data_dir / FOLDER

    def folders(self) -> list[Path]:
        """Return the folders in which files are written."""
        return [self.folder, *self.folder.glob(f"*{_RECORDINGS_SUFFIX}")]

    def all(self) -> list[MadeWord]:
        """Return all words by ID."""
        found = sorted(self.folder.glob(f"*{_ABOUT_SUFFIX}"))
        words = (self._read(path) for path in found if path.name[0] != ".")
        return [word for word in words if word is not None]

    def get(self, word: str) -> MadeWord:
        """Return a word; raise UnknownWordError if it was not made here."""
        about = self._about(word)
        found = self._read(about) if about.is_file() else None
        if found is None:
            raise UnknownWordError([word], [known.id for known in self.all()])
        return found

    def save(self, word: MadeWord, head: bytes) -> None:
        """Save a word with its head; the version before can be brought back."""
        known = {item.id for item in self.all()}
        if word.id not in known and len(known) >= MAX_MADE_WORDS:
            msg = f"there are {MAX_MADE_WORDS} wake words already; delete one first"
            raise RequestError(msg)
        if word.id in known:
            for path in (self._head(word.id), self._about(word.id)):
                with contextlib.suppress(FileNotFoundError):
                    json_file.write_bytes(self._before(path), path.read_bytes())
        json_file.save(self._about(word.id), _as_dict(word))
        json_file.write_bytes(self._head(word.id), head)

    def undo(self, word: str) -> MadeWord:
        """Bring back the version before the last improvement."""
        self.get(word)
        head, about = self._head(word), self._about(word)
        if not self._before(about).is_file():
            msg = f"there is no earlier version of {word}"
            raise RequestError(msg)
        # A program that was killed in between did the first half already.
        with contextlib.suppress(FileNotFoundError):
            self._before(head).replace(head)
        self._before(about).replace(about)
        return self.get(word)

    def rename(self, word: str, phrase: str) -> MadeWord:
        """Change how a word is shown; its ID and what it hears stay."""
        phrase = " ".join(phrase.split())
        if not 1 <= len(phrase) <= MAX_PHRASE_CHARACTERS:
            msg = f"a name has 1 to {MAX_PHRASE_CHARACTERS} characters"
            raise RequestError(msg)
        self.get(word)
        about = json_file.load(self._about(word))
        json_file.save(self._about(word), {**about, "wake_word": phrase})
        return self.get(word)

    def delete(self, word: str) -> None:
        """Delete a word with everything that belongs to it."""
        self.get(word)
        for path in (self._head(word), self._about(word)):
            path.unlink(missing_ok=True)
            self._before(path).unlink(missing_ok=True)
        self.delete_recordings(word)

    def recordings(self, word: str) -> list[Path]:
        """Return the owner's recordings of a word."""
        return sorted(self._recordings(word).glob("*.wav"))

    def add_recording(self, word: str, samples: Samples) -> int:
        """Keep a recording of the owner; return how many there are."""
        self.get(word)
        there = self.recordings(word)
        if len(there) >= MAX_RECORDINGS:
            msg = f"there are {MAX_RECORDINGS} recordings already"
            raise RequestError(msg)
        path = self._recordings(word) / f"{time.time_ns()}.wav"
        json_file.write_bytes(path, wav.encode(samples))
        return len(there) + 1

    def delete_recordings(self, word: str) -> None:
        """Delete the owner's recordings of a word."""
        for path in self.recordings(word):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._recordings(word).rmdir()

    def _head(self, word: str) -> Path:
        """Return the file of a head; an ID never leads out of the folder."""
        return self.folder / f"{word_id(word)}{ONNX_SUFFIX}"

    def _about(self, word: str) -> Path:
        """Return the file that says what a word was made from."""
        return self.folder / f"{word_id(word)}{_ABOUT_SUFFIX}"

    def _recordings(self, word: str) -> Path:
        """Return the folder of the recordings of a word."""
        return self.folder / f"{word_id(word)}{_RECORDINGS_SUFFIX}"

    @staticmethod
    def _before(path: Path) -> Path:
        """Return where the version before is kept."""
        return path.with_name(f"{_BEFORE}{path.name}")

    def _read(self, path: Path) -> MadeWord | None:
        """Return what a file says about a word, None if it says nothing."""
        with contextlib.suppress(*_UNUSABLE):
            about = json_file.load(path)
            made = about["made"]
            return MadeWord(
                id=path.stem,
                phrase=str(about["wake_word"]),
                text=str(made["text"]),
                language=str(made["language"]),
                made_at=float(made["made_at"]),
                expected=dict(made["expected"]),
                recordings=int(made["recordings"]),
                can_undo=self._before(path).is_file(),
            )
        return None


def _as_dict(word: MadeWord) -> dict[str, Any]:
    """Return what is stored beside the head; the catalogue reads the first three."""
    return {
        "wake_word": word.phrase,
        "trained_languages": [word.language],
        "author": "Hearken",
        "made": {
            "text": word.text,
            "language": word.language,
            "made_at": word.made_at,
            "expected": dict(word.expected),
            "recordings": word.recordings,
        },
    }
