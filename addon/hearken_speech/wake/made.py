"""The wake words that were made here: heads, and what they were made from."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
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
MAX_SOUNDS: Final = 20
"""Of each kind, for one word."""
MAX_PHRASE_CHARACTERS: Final = 60

_ABOUT_SUFFIX: Final = ".json"
_UNUSABLE: Final = (
    *(json_file.JsonFileError, AttributeError, KeyError, OverflowError),
    *(TypeError, ValueError),
)
"""Errors of a file in which anything may stand."""
_BEFORE: Final = ".before-"
_CANDIDATE: Final = ".candidate-"
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
    gain: Mapping[str, Any] | None = None
    """What they changed: what the heads missed before and after."""
    can_undo: bool = False
    """Whether there is a version before the last improvement."""
    candidate: Mapping[str, Any] | None = None
    """The gain of an improvement that the owner has not accepted yet."""
    kept: Mapping[str, int] = field(default_factory=dict)
    """How many sounds of the owner are kept for it, of each kind."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as they are sent."""
        return {**asdict(self), "expected": dict(self.expected)}


class SoundKind(StrEnum):
    """What the owner says of a sound; the values are names of folders."""

    RECORDING = "recordings"
    """The owner says the word."""
    OTHER = "others"
    """It is something else that woke the house, or nearly did."""


class MadeWords:
    """The folder with the wake words that were made here."""

    def __init__(self, data_dir: Path) -> None:
        """Set the data folder of the server."""
        self.folder = data_dir / FOLDER

    def folders(self) -> list[Path]:
        """Return the folders in which files are written."""
        return [
            self.folder,
            *(path for kind in SoundKind for path in self.folder.glob(f"*.{kind}")),
        ]

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
        self._save(word.id, _as_dict(word), head)

    def _save(self, word: str, about: dict[str, Any], head: bytes) -> None:
        """Replace a word; what was there becomes the version before."""
        for path in (self._head(word), self._about(word)):
            with contextlib.suppress(FileNotFoundError):
                json_file.write_bytes(self._before(path), path.read_bytes())
        json_file.save(self._about(word), about)
        json_file.write_bytes(self._head(word), head)

    def save_candidate(self, word: MadeWord, head: bytes) -> None:
        """Save an improvement, which does nothing until it is accepted."""
        # The head without what is said about it waits for nobody.
        self.discard(word.id)
        json_file.write_bytes(self._candidate(self._head(word.id)), head)
        json_file.save(self._candidate(self._about(word.id)), _as_dict(word))

    def accept(self, word: str) -> MadeWord:
        """Use the improvement; the version before can be brought back."""
        known = self.get(word)
        head, about = self._head(word), self._about(word)
        try:
            current = json_file.load(about)
            improved = json_file.load(self._candidate(about))
            better = self._candidate(head).read_bytes()
            is_new = (better, improved["made"]) != (head.read_bytes(), current["made"])
        except (OSError, *_UNUSABLE) as err:
            msg = f"there is no improvement of {word} to accept"
            raise RequestError(msg) from err
        if is_new:
            # It may have been renamed since.
            self._save(word, {**improved, "wake_word": known.phrase}, better)
        self.discard(word)
        return self.get(word)

    def discard(self, word: str) -> MadeWord:
        """Forget an improvement that was not accepted."""
        self.get(word)
        for path in (self._head(word), self._about(word)):
            self._candidate(path).unlink(missing_ok=True)
        return self.get(word)

    def undo(self, word: str) -> MadeWord:
        """Bring back the version before the last improvement, under today's name."""
        known = self.get(word)
        head, about = self._head(word), self._about(word)
        if not self._before(about).is_file():
            msg = f"there is no earlier version of {word}"
            raise RequestError(msg)
        # A program that was killed in between did the first half already.
        with contextlib.suppress(FileNotFoundError):
            self._before(head).replace(head)
        self._before(about).replace(about)
        return self.rename(word, known.phrase)

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
            self._candidate(path).unlink(missing_ok=True)
        self.delete_sounds(word)

    def head_path(self, word: str) -> Path:
        """Return the file with the head of a word."""
        self.get(word)
        return self._head(word)

    # Sounds of the owner, which are kept only as what a word is made from.

    def sounds(self, word: str, kind: SoundKind) -> list[Path]:
        """Return the owner's sounds of a word, the oldest first."""
        return sorted(self._sounds(word, kind).glob("*.wav"))

    def add_sound(self, word: str, kind: SoundKind, samples: Samples) -> int:
        """Keep a sound of the owner; return how many there are of its kind."""
        self.get(word)
        there = self.sounds(word, kind)
        if len(there) >= MAX_SOUNDS:
            msg = f"there are {MAX_SOUNDS} of these already"
            raise RequestError(msg)
        path = self._sounds(word, kind) / f"{time.time_ns():020}.wav"
        json_file.write_bytes(path, wav.encode(samples))
        return len(there) + 1

    def delete_sounds(self, word: str) -> None:
        """Delete all sounds of the owner that are kept for a word."""
        for kind in SoundKind:
            for path in self._sounds(word, kind).glob("*"):
                path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._sounds(word, kind).rmdir()

    def _head(self, word: str) -> Path:
        """Return the file of a head; an ID never leads out of the folder."""
        return self.folder / f"{word_id(word)}{ONNX_SUFFIX}"

    def _about(self, word: str) -> Path:
        """Return the file that says what a word was made from."""
        return self.folder / f"{word_id(word)}{_ABOUT_SUFFIX}"

    def _sounds(self, word: str, kind: SoundKind) -> Path:
        """Return the folder of the owner's sounds of a word."""
        return self.folder / f"{word_id(word)}.{kind}"

    @staticmethod
    def _candidate(path: Path) -> Path:
        """Return where an improvement waits for the owner."""
        return path.with_name(f"{_CANDIDATE}{path.name}")

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
                gain=_gain(made),
                can_undo=self._before(path).is_file(),
                candidate=self._waiting_gain(path),
                kept={kind: len(self.sounds(path.stem, kind)) for kind in SoundKind},
            )
        return None

    def _waiting_gain(self, path: Path) -> Mapping[str, Any] | None:
        """Return the gain of an improvement that waits for the owner."""
        waiting = self._candidate(path)
        with contextlib.suppress(*_UNUSABLE):
            return _gain(json_file.load(waiting)["made"]) if waiting.is_file() else None
        return None


def _gain(made: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is stored about a gain; older versions did not know it."""
    gain = made.get("gain")
    return dict(gain) if isinstance(gain, dict) else None


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
            "gain": dict(word.gain) if word.gain else None,
        },
    }
