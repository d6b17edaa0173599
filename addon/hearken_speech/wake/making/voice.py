"""Voices that speak a phrase: espeak-ng, flite and, if it is installed, Kokoro."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech import memory
from hearken_speech.audio import wav
from hearken_speech.errors import HearkenError, SynthesisError

from .kokoro import BETWEEN, Kokoro
from .programs import ESPEAK, FLITE, output_of
from .sound import Sound, as_sound, trim

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESPEAK_WORDS_A_MINUTE: Final = 165
_ESPEAK_PITCH: Final = 50
_FLITE_PITCH_HZ: Final = {"slt": 170, "rms": 100, "awb": 125, "kal": 105, "kal16": 105}
_FLITE_VOICES: Final = re.compile(r"\b(?:slt|rms|awb|kal16|kal)\b")
# fmt: off
_VARIANTS: Final = (
    "Alex", "Alicia", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Henrique",
    "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike", "Nguyen", "adam",
    "anika", "announcer", "antonio", "benjamin", "boris", "caleb", "david", "ed",
    "edward", "f1", "f2", "f3", "f4", "f5", "grandma", "grandpa", "gustave", "iven",
    "john", "kaukovalta", "linda", "m1", "m2", "m3", "m4", "m5", "m7", "m8", "marcelo",
    "max", "michel", "miguel", "norbert", "pablo", "paul", "quincy", "rob", "robert",
    "sandro", "shelby", "steph", "travis", "victor", "zac",
)
# fmt: on
_MIXED_SPEAKERS: Final = 12
_ACCENTS: Final = {
    "en": (
        *("en-us", "en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland"),
        *("en-gb-x-gbclan", "en-029"),
    ),
    "zh": ("cmn",),
    "pt": ("pt", "pt-br"),
    "es": ("es", "es-419"),
    "fr": ("fr-fr", "fr-be", "fr-ch"),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice, and how it speaks."""

    engine: str
    name: str
    speed: float = 1.0
    pitch: float = 1.0

    @property
    def speaker(self) -> str:
        """Return engine and name, without how it speaks."""
        return f"{self.engine}:{self.name}"


class Voices:
    """The voices of this machine."""

    def __init__(self, kokoro: Path | None = None) -> None:
        """Find the programs; Kokoro is used if its folder is given."""
        self._kokoro_folder = kokoro
        self._kokoro: Kokoro | None = None
        self.has_espeak = shutil.which(ESPEAK) is not None
        self._flite = _flite_voices()

    def draw(self, language: str, count: int, seed: int) -> Iterator[Voice]:
        """Yield voices of a language, all speakers of Kokoro and flite among them.

        There are as many of espeak-ng as of all others, and at least ``count``.
        """
        kokoro = self._loaded()
        rng = random.Random(seed)  # noqa: S311 - no secret
        others = [
            Voice("kokoro", name, rng.triangular(0.85, 1.3, 1.05))
            for name in _speakers(kokoro, language, rng)
        ]
        if language == "en":
            others += [
                Voice(FLITE, name, rng.uniform(0.8, 1.3), rng.uniform(0.85, 1.2))
                for name in self._flite
                for _ in range(3)
            ]
        yield from others
        if not self.has_espeak:
            return
        variants = list(_VARIANTS)
        rng.shuffle(variants)
        for number in range(max(count, len(others))):
            accent = rng.choice(_ACCENTS.get(language, (language,)))
            name = f"{accent}+{variants[number % len(variants)]}"
            yield Voice(ESPEAK, name, rng.uniform(0.8, 1.3), rng.uniform(0.8, 1.25))

    def unload(self) -> None:
        """Free the memory of Kokoro, 0.3 GB, until it is needed again."""
        self._kokoro = None
        memory.give_back()

    def _loaded(self) -> Kokoro | None:
        """Return Kokoro, None if it is not installed."""
        if self._kokoro is None and self._kokoro_folder is not None:
            self._kokoro = Kokoro(self._kokoro_folder)
        return self._kokoro

    def say(self, text: str, voice: Voice) -> Sound:
        """Return the spoken text without silence around it; empty if that fails."""
        if voice.engine == "kokoro":
            kokoro = self._loaded()
            if kokoro is None:
                return np.zeros(0, np.float32)
            return trim(kokoro.say(text, voice.name, voice.speed))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "speech.wav")
            command = _flite if voice.engine == FLITE else _espeak
            try:
                output_of(*command(voice, path), text)
                samples = wav.read(path)
            except HearkenError:
                return np.zeros(0, np.float32)
        return trim(as_sound(samples))


def _speakers(kokoro: Kokoro | None, language: str, rng: random.Random) -> list[str]:
    """Return Kokoro's speakers, and some half way between two of one accent and sex."""
    known = kokoro.speakers(language) if kokoro else []
    mixed = []
    for first in rng.sample(known, min(_MIXED_SPEAKERS, len(known))):
        alike = [name for name in known if name[:2] == first[:2] and name != first]
        if alike:
            mixed.append(f"{first}{BETWEEN}{rng.choice(alike)}")
    return [*known, *mixed]


def _flite(voice: Voice, path: Path) -> list[str]:
    """Return the command that speaks with flite, without the text."""
    pitch_hz = _FLITE_PITCH_HZ[voice.name] * voice.pitch
    settings = (
        f"duration_stretch={1 / voice.speed:.3f}",
        f"int_f0_target_mean={pitch_hz:.0f}",
    )
    options = [item for setting in settings for item in ("--setf", setting)]
    return [FLITE, "-voice", voice.name, "-o", str(path), *options, "-t"]


def _espeak(voice: Voice, path: Path) -> list[str]:
    """Return the command that speaks with espeak-ng, without the text."""
    pitch = min(99.0, max(0.0, _ESPEAK_PITCH + 120 * (voice.pitch - 1)))
    speed = _ESPEAK_WORDS_A_MINUTE * voice.speed
    options = ["-v", voice.name, "-s", f"{speed:.0f}", "-p", f"{pitch:.0f}"]
    return [ESPEAK, *options, "-w", str(path), "--"]


def _flite_voices() -> list[str]:
    """Return the voices of flite that speak any text; none if it is not installed."""
    try:
        listing = output_of(FLITE, "-lv")
    except SynthesisError:
        return []
    return sorted(set(_FLITE_VOICES.findall(listing)))
