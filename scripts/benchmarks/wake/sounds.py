"""The sounds to measure with: people, and speech synthesizers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.recordings import RECORDINGS, read
from hearken_speech.protocol import SAMPLE_RATE_HZ
from house import sound

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

STEP_SAMPLES: Final = 1280
LEAD_SECONDS: Final = 2.8
TAIL_SECONDS: Final = 1.4

_WORD_FOLDERS: Final = ("easy", "quiet", "fragile", "missed")
_OTHER_FOLDERS: Final = (
    "wake/negative",
    "wake/few_shot/enrol",
    "wake/few_shot/test",
    "speech",
)
_GENERATED: Final = (
    ("alexa", "alexa"),
    ("hey_jarvis", "hey jarvis"),
    ("alexa", "alexa turn on the kitchen light"),
    (None, "what is the weather like in the kitchen"),
)
_VOICES: Final = ("flite:slt", "flite:rms", "flite:awb", "espeak:en-us")
_BELOW_PEAK: Final = 0.05  # 26 dB
_FRAME_SAMPLES: Final = 160


@dataclass(frozen=True)
class Clip:
    """A sound with silence around it."""

    name: str
    group: str
    samples: Samples
    word: str | None
    """The wake word in the clip, if any."""
    end_samples: int
    """Where the last sound above 26 dB below the maximum ends."""


@cache
def clips(*, generated: bool = True) -> list[Clip]:
    """Return all sounds."""
    found = [
        _clip(path, folder, "hey_jarvis" if path.name.startswith("jarvis") else "alexa")
        for folder in _WORD_FOLDERS
        for path in _files(f"wake/{folder}")
    ]
    found += [
        _clip(path, folder, None)
        for folder in _OTHER_FOLDERS
        for path in _files(folder)
    ]
    if generated:
        found += [
            _padded(f"{voice} {text}", "generated", sound.speak(text, voice), word)
            for word, text in _GENERATED
            for voice in _VOICES
        ]
    return found


def long_sound(seconds: float) -> Samples:
    """Return continuous speech, deterministically."""
    parts = [clip.samples for clip in clips() if clip.group == "speech"]
    parts = parts or [clip.samples for clip in clips()]
    return np.resize(np.concatenate(parts), round(seconds * SAMPLE_RATE_HZ))


def _files(folder: str) -> list[Path]:
    """Return the recordings of a folder."""
    return sorted(
        path
        for path in (RECORDINGS / folder).glob("*")
        if path.suffix in {".wav", ".flac"}
    )


def _clip(path: Path, group: str, word: str | None) -> Clip:
    """Read a recording, whatever its format."""
    return _padded(path.name, group, read(path), word)


def _padded(name: str, group: str, samples: Samples, word: str | None) -> Clip:
    """Return a clip with silence around the sound, in whole steps."""
    lead = sound.silence(LEAD_SECONDS)
    whole = np.concatenate([lead, samples, sound.silence(TAIL_SECONDS)])
    whole = whole[: len(whole) // STEP_SAMPLES * STEP_SAMPLES]
    frames = samples[: len(samples) // _FRAME_SAMPLES * _FRAME_SAMPLES]
    level = np.sqrt(np.mean(frames.reshape(-1, _FRAME_SAMPLES).astype(float) ** 2, 1))
    last = int(np.flatnonzero(level >= level.max() * _BELOW_PEAK)[-1]) + 1
    return Clip(name, group, whole, word, len(lead) + last * _FRAME_SAMPLES)
