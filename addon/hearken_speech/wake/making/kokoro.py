# ruff: noqa: RUF001 - phonemes are no letters
"""Kokoro, a neural text-to-speech network with many speakers.

Its files are those of the release of kokoro-onnx: the network, and the speakers in one
archive or one file each.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.onnx_session import OnnxSession

from .programs import ESPEAK, output_of
from .sound import Sound, at_16_khz

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

RATE_HZ: Final = 24_000
NETWORK_FILES: Final = ("kokoro-v1.0.int8.onnx", "model.onnx")
SPEAKERS_FILE: Final = "voices-v1.0.bin"
SPEAKERS_FOLDER: Final = "voices"
BETWEEN: Final = "~"

_LONGEST_PHONEMES: Final = 500
_STYLE_WIDTH: Final = 256
_ENGLISH: Final = ("a", "b")
# The numbers of the phonemes, in the order of the network's vocabulary.
_NUMBERS: Final = {
    **{mark: number for number, mark in enumerate(";:,.!?", 1)},
    "—": 9,
    "…": 10,
    '"': 11,
    "(": 12,
    ")": 13,
    "“": 14,
    "”": 15,
    " ": 16,
    "̃": 17,
    "ʣ": 18,
    "ʥ": 19,
    "ʦ": 20,
    "ʨ": 21,
    "ᵝ": 22,
    "ꭧ": 23,
    "A": 24,
    "I": 25,
    "O": 31,
    "Q": 33,
    "S": 35,
    "T": 36,
    "W": 39,
    "Y": 41,
    "ᵊ": 42,
    **{mark: number for number, mark in enumerate("abcdef", 43)},
    **{mark: number for number, mark in enumerate("hijklmnopqrstuvwxyz", 50)},
    "ɑ": 69,
    "ɐ": 70,
    "ɒ": 71,
    "æ": 72,
    "β": 75,
    "ɔ": 76,
    "ɕ": 77,
    "ç": 78,
    "ɖ": 80,
    "ð": 81,
    "ʤ": 82,
    "ə": 83,
    "ɚ": 85,
    "ɛ": 86,
    "ɜ": 87,
    "ɟ": 90,
    "ɡ": 92,
    "ɥ": 99,
    "ɨ": 101,
    "ɪ": 102,
    "ʝ": 103,
    "ɯ": 110,
    "ɰ": 111,
    "ŋ": 112,
    "ɳ": 113,
    "ɲ": 114,
    "ɴ": 115,
    "ø": 116,
    "ɸ": 118,
    "θ": 119,
    "œ": 120,
    "ɹ": 123,
    "ɾ": 125,
    "ɻ": 126,
    "ʁ": 128,
    "ɽ": 129,
    "ʂ": 130,
    "ʃ": 131,
    "ʈ": 132,
    "ʧ": 133,
    "ʊ": 135,
    "ʋ": 136,
    "ʌ": 138,
    "ɣ": 139,
    "ɤ": 140,
    "χ": 142,
    "ʎ": 143,
    "ʒ": 147,
    "ʔ": 148,
    "ˈ": 156,
    "ˌ": 157,
    "ː": 158,
    "ʰ": 162,
    "ʲ": 164,
    "↓": 169,
    "→": 171,
    "↗": 172,
    "↘": 173,
    "ᵻ": 177,
}
# Kokoro was trained on phonemes that differ from espeak-ng's in these, and in the
# rules for each accent below. The longest come first.
_REPLACED: Final = (
    *(("ʔˌn̩", "tn"), ("ʔn̩", "tn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ")),
    *(("e^ɪ", "A"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("ə^l", "ᵊl"), ("ʔn", "tn")),
    *(("ʲo", "jo"), ("ʲə", "jə"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k")),
    *(("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("ʔ", "t"), ("̃", "")),
)
_REPLACED_AMERICAN: Final = (
    *(("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", "")),
    ("e", "A"),
)
_REPLACED_BRITISH: Final = (("e^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q"), ("e", "A"))
_SYLLABIC: Final = re.compile(r"(\S)̩")


class Kokoro:
    """The network with its speakers."""

    def __init__(self, folder: Path, accents: Sequence[str] = _ENGLISH) -> None:
        """Load the files in a folder; raise WakeModelError or OSError if it fails.

        The first letter of a speaker's name is the accent.
        """
        there = (folder / name for name in NETWORK_FILES)
        network = next(path for path in there if path.is_file())
        self._session = OnnxSession(network, arena=True)
        self._styles = _styles(folder, tuple(accents))

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Return whether a folder has the files."""
        return any((folder / name).is_file() for name in NETWORK_FILES) and (
            (folder / SPEAKERS_FILE).is_file() or (folder / SPEAKERS_FOLDER).is_dir()
        )

    @property
    def everybody(self) -> list[str]:
        """Return the speakers that were loaded."""
        return sorted(self._styles)

    def speakers(self, language: str) -> list[str]:
        """Return the speakers of a language; only English is spoken so far."""
        wanted = _ENGLISH if language == "en" else ()
        return sorted(name for name in self._styles if name.startswith(wanted or "-"))

    def _style(self, speaker: str, count: int) -> np.ndarray[Any, Any]:
        """Return the style of a speaker or a mixture for so many phonemes."""
        styles = [self._styles[name]()[count] for name in speaker.split(BETWEEN)]
        return np.asarray(np.mean(styles, axis=0, keepdims=True), np.float32)

    def say(self, text: str, speaker: str, speed: float) -> Sound:
        """Return the spoken text at 16 kHz; empty if the network cannot say it.

        Two speakers joined by ``BETWEEN`` are one half way between both.
        """
        marks = phonemes(text, british=speaker.startswith("b"))
        return self.say_phonemes(marks, speaker, speed)

    def say_phonemes(self, marks: str, speaker: str, speed: float) -> Sound:
        """Return spoken phonemes at 16 kHz; empty if the network cannot say them."""
        numbers = [_NUMBERS[mark] for mark in marks if mark in _NUMBERS]
        if not numbers or len(numbers) > _LONGEST_PHONEMES:
            return np.zeros(0, np.float32)
        (ids, _, _), (style, _, _), (rate, kind, _) = self._session.inputs
        given: dict[str, np.ndarray[Any, Any]] = {
            ids: np.array([[0, *numbers, 0]], np.int64),
            style: self._style(speaker, len(numbers)),
            rate: np.array([speed], np.int32 if "int" in kind else np.float32),
        }
        spoken = self._session.run(given)[0].reshape(-1)
        return at_16_khz(spoken, RATE_HZ)


def phonemes(text: str, *, british: bool) -> str:
    """Return the phonemes of an English text as Kokoro was trained on them."""
    voice = "en-gb" if british else "en-us"
    marks = output_of(ESPEAK, "-q", "--ipa", "--tie=^", "-v", voice, "--", text)
    marks = " ".join(marks.split())
    accent = _REPLACED_BRITISH if british else _REPLACED_AMERICAN
    for old, new in (*_REPLACED, *accent):
        marks = marks.replace(old, new)
    return _SYLLABIC.sub(r"ᵊ\1", marks).replace("^", "")


def _styles(
    folder: Path, accents: tuple[str, ...]
) -> dict[str, Callable[[], np.ndarray[Any, Any]]]:
    """Return what reads the style of each speaker for each number of phonemes.

    All of them together have 15 MB.
    """
    if (folder / SPEAKERS_FILE).is_file():
        archive = np.load(folder / SPEAKERS_FILE)
        return {
            name: partial(_archived_style, archive, name)
            for name in archive.files
            if name.startswith(accents)
        }
    return {
        path.stem: partial(_stored_style, path)
        for path in (folder / SPEAKERS_FOLDER).glob("*.bin")
        if path.stem.startswith(accents)
    }


def _archived_style(archive: Mapping[str, Any], name: str) -> np.ndarray[Any, Any]:
    """Return the styles of a speaker in an archive."""
    stored: np.ndarray[Any, Any] = archive[name]
    return stored.reshape(-1, _STYLE_WIDTH).astype(np.float32)


def _stored_style(path: Path) -> np.ndarray[Any, Any]:
    """Return the styles of a speaker in a file."""
    return np.fromfile(path, np.float32).reshape(-1, _STYLE_WIDTH)
