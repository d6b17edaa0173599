"""Synthesize spoken sentences with the voices in Debian."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

WAKE_PHRASE: Final = "hey jarvis"
_LEAD_SECONDS: Final = 1.5
_GAP_SECONDS: Final = 0.6
_BREATH_SECONDS: Final = 0.05
_NOISE_LEVEL: Final = 200


def silence(seconds: float) -> Samples:
    """Return so many seconds of silence."""
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.int16)


def speak(text: str, voice: str = "flite:slt") -> Samples:
    """Return a spoken text; ``voice`` is ``flite:NAME`` or ``espeak:NAME``."""
    engine, _, name = voice.partition(":")
    if engine == "flite" and shutil.which("flite") is None:
        engine, name = "espeak", "en-us"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speech.wav")
        command = (
            ["flite", "-voice", name, "-t", text, "-o", str(path)]
            if engine == "flite"
            else ["espeak-ng", "-v", name, "-w", str(path), text]
        )
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        return wav.read(path)


def trim(sound: Samples) -> Samples:
    """Cut silence off both ends."""
    loud = _loud(sound)
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound[:0]


def _loud(sound: Samples) -> NDArray[np.intp]:
    """Return the positions of samples above the noise."""
    return np.flatnonzero(np.abs(sound.astype(np.int32)) > _NOISE_LEVEL)


@dataclass(frozen=True)
class Spoken:
    """A recording to play, and the positions in it."""

    samples: Samples
    wake_end_seconds: float | None = None
    """Where the wake word ends, if known."""

    @property
    def end_seconds(self) -> float | None:
        """Return where the last sound ends, or None in silence."""
        loud = _loud(self.samples)
        return (int(loud[-1]) + 1) / SAMPLE_RATE_HZ if len(loud) else None


def command(
    text: str, voice: str = "flite:slt", gap_seconds: float = _GAP_SECONDS
) -> Spoken:
    """Return the wake word, a short pause, and a command."""
    woken = np.concatenate((silence(_LEAD_SECONDS), trim(speak(WAKE_PHRASE, voice))))
    rest = (silence(gap_seconds), trim(speak(text, voice)))
    return Spoken(np.concatenate((woken, *rest)), len(woken) / SAMPLE_RATE_HZ)


def without_word(text: str, voice: str = "flite:slt") -> Samples:
    """Return a sentence without a wake word, between two short pauses."""
    pause = silence(_GAP_SECONDS)
    return np.concatenate((pause, trim(speak(text, voice)), pause))


def in_one_breath(text: str, voice: str = "flite:slt") -> Spoken:
    """Return the wake word and a command without a pause between them."""
    return command(text, voice, _BREATH_SECONDS)


def recording(path: Path) -> Spoken:
    """Return a recording preceded by the silence of a room."""
    return Spoken(np.concatenate((silence(_LEAD_SECONDS), wav.read(path))))


def save(path: Path, sound: Samples) -> None:
    """Write a WAV file atomically, for programs that watch the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_bytes(wav.encode(sound))
    temporary.replace(path)
