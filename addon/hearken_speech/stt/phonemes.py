"""Pronounce words with espeak-ng.

espeak-ng is an external program. It is started for new words only, and the answers are
cached. Without it, words are compared by their letters.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import threading
import time
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOGGER = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 5.0
REST_SECONDS: Final = 30.0
"""Time for which a program that hung is not called again."""
MAX_CACHED_WORDS: Final = 20_000
_WORDS_AT_A_TIME: Final = 200

_VOICES: Final = {
    "en": "en-us",
    "zh": "cmn-latn-pinyin",
    "yue": "yue",
    "no": "nb",
    "jw": "jv",
}
SPACELESS_LANGUAGES: Final = frozenset(
    {"zh", "yue", "ja", "th", "lo", "my", "km", "bo"}
)
"""Languages written without spaces between words."""
_SWITCH: Final = re.compile(r"\([a-z-]+\)")
"""espeak-ng's marker for a word that is pronounced in another language."""
_TONAL_LANGUAGES: Final = frozenset({"zh", "yue"})
_TONE: Final = "\u025c"
"""The third tone, which looks like a vowel."""
_APOSTROPHES: Final = "'\u2019"
_WORD: Final = re.compile(rf"[\w{_APOSTROPHES}]+")
_WORD_OR_CHARACTER: Final = re.compile(rf"[A-Za-z0-9{_APOSTROPHES}]+|\w")

type Phones = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its position in the text."""

    text: str
    start: int
    end: int


def split_words(text: str, language: str) -> list[Word]:
    """Return the words of a text; single characters in languages without spaces."""
    pattern = _WORD_OR_CHARACTER if language in SPACELESS_LANGUAGES else _WORD
    return [
        Word(match.group(), match.start(), match.end())
        for match in pattern.finditer(text)
    ]


class _NoAnswerError(Exception):
    """espeak-ng was too slow, or could not be started."""


class Pronouncer:
    """Pronounces words, with a cache."""

    def __init__(self, program: str | None = "espeak-ng") -> None:
        """Look for the program; None compares letters."""
        self._program = shutil.which(program) if program else None
        self._known: OrderedDict[tuple[str, str], Phones] = OrderedDict()
        self._lock = threading.Lock()
        self._silent_languages: set[str] = set()
        self._quiet_until = 0.0
        """Time until which a program that hung is not called again."""
        self.failures = 0
        """How often there was no answer, so that letters were returned instead."""

    @property
    def speaks(self) -> bool:
        """Return whether words are pronounced rather than compared by letters."""
        return self._program is not None

    def pronounce(self, words: Iterable[str], language: str) -> list[Phones]:
        """Return the phones of each word."""
        wanted = [_speakable(word) for word in words]
        answers = self._recall(wanted, language)
        missing = sorted(set(wanted) - answers.keys())
        # In batches, so that a slow machine completes some of them each time.
        for first in range(0, len(missing), _WORDS_AT_A_TIME):
            portion = missing[first : first + _WORDS_AT_A_TIME]
            # Not under the lock: a command with a few words must not wait for the
            # thousands of names of a home.
            try:
                found = self._ask(portion, language)
            except _NoAnswerError as err:
                # Return letters for now, and ask again next time.
                _LOGGER.warning("espeak-ng does not answer: %s", err)
                self.failures += 1
                return [answers.get(w) or _letters(w) for w in wanted]
            new = dict(zip(portion, found, strict=True))
            self._remember(new, language)
            answers |= new
        return [answers[word] for word in wanted]

    def _recall(self, words: list[str], language: str) -> dict[str, Phones]:
        """Return the cached answers."""
        with self._lock:
            known = {word for word in words if (language, word) in self._known}
            for word in known:
                self._known.move_to_end((language, word))
            return {word: self._known[language, word] for word in known}

    def _remember(self, answers: dict[str, Phones], language: str) -> None:
        """Cache answers; drop the least recently used."""
        with self._lock:
            for word, phones in answers.items():
                self._known[language, word] = phones
            while len(self._known) > MAX_CACHED_WORDS:
                self._known.popitem(last=False)

    def _ask(self, words: list[str], language: str) -> list[Phones]:
        """Return the phones of words that are not cached."""
        spelled = [_letters(word) for word in words]
        lines = self._lines(words, language)
        if lines is None:
            return spelled
        if len(lines) == len(words):
            return [
                (_phones(line, language) if word else ()) or spelling
                for line, word, spelling in zip(lines, words, spelled, strict=True)
            ]
        if len(words) == 1:
            return [_phones(" ".join(lines), language) or spelled[0]]
        # One of the words gave two lines: find it by bisection.
        half = len(words) // 2
        return self._ask(words[:half], language) + self._ask(words[half:], language)

    def _lines(self, words: list[str], language: str) -> list[str] | None:
        """Return espeak-ng's lines for words, None if it does not know the language."""
        if self._program is None or language in self._silent_languages:
            return None
        if time.monotonic() < self._quiet_until:
            msg = "it did not answer a moment ago"
            raise _NoAnswerError(msg)
        voice = _VOICES.get(language, language)
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, words on its input
                [self._program, "-q", "--ipa", "--sep=_", "-v", voice],
                input="".join(f"{word or 'a'}\n" for word in words),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=TIMEOUT_SECONDS,
                check=True,
            )
        except (OSError, subprocess.TimeoutExpired) as err:
            self._quiet_until = time.monotonic() + REST_SECONDS
            raise _NoAnswerError(err) from err
        except (subprocess.SubprocessError, UnicodeError) as err:
            if isinstance(err, subprocess.CalledProcessError) and err.returncode < 0:
                # It was killed, which says nothing about the language.
                raise _NoAnswerError(err) from err
            _LOGGER.warning("espeak-ng cannot pronounce %s: %s", language, err)
            self._silent_languages.add(language)
            return None
        lines = done.stdout.split("\n")
        return lines[:-1] if lines and not lines[-1].strip() else lines


def _speakable(word: str) -> str:
    """Return a word without characters that make espeak-ng pause."""
    kept = (
        c if c.isalnum() or c in f"{_APOSTROPHES} " else " " for c in word.casefold()
    )
    return " ".join("".join(kept).split())


def _letters(word: str) -> Phones:
    """Return the letters of a word, without accents, in place of its phones."""
    bare = unicodedata.normalize("NFKD", word)
    return tuple(c for c in bare if c.isalnum())


def _phones(line: str, language: str) -> Phones:
    """Return the phones of one line of espeak-ng's answer.

    Stress, length and tones are removed: they help little to distinguish words.
    """
    if language in _TONAL_LANGUAGES:
        line = line.replace(_TONE, "")
    parts = re.split(r"[_\s|]+", _SWITCH.sub("", line))
    letters = (
        "".join(c for c in part if unicodedata.category(c) in {"Ll", "Lo"})
        for part in parts
    )
    return tuple(phone for phone in letters if phone)
