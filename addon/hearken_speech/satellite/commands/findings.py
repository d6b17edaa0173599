"""What a recording says about a microphone and a speaker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, override

import numpy as np

from hearken_speech.audio.level import percentile
from hearken_speech.audio.noise import white_noise
from hearken_speech.protocol import SAMPLE_RATE_HZ

from .levels import SILENT_DBFS, dbfs, level_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

_FRAME: Final = SAMPLE_RATE_HZ // 50
_QUIET_SPEECH_DBFS: Final = -45.0
_NOISY_DBFS: Final = -45.0
_LOW_CONTRAST_DB: Final = 10.0
_CLIPPED_SHARE: Final = 0.0005
_OFFSET: Final = 300.0
_RATE_TOLERANCE: Final = 0.03
_ECHO_FOUND: Final = 8.0
"""How far the peak of the correlation stands out of the rest."""
_ECHO_SECONDS: Final = 0.8


class Problem(StrEnum):
    """What is wrong with the sound."""

    SILENT = "silent"
    QUIET = "quiet"
    CLIPPING = "clipping"
    NOISY = "noisy"
    OFFSET = "offset"
    RATE = "rate"
    NO_SPEECH = "no speech"
    SPEAKER = "speaker"
    NO_SPEAKER = "no speaker"


_ADVICE: Final = {
    Problem.SILENT: "nothing but silence: is the microphone muted, or the wrong one?",
    Problem.QUIET: "your voice is quiet: raise the capture level with alsamixer, or "
    "set auto_gain_db",
    Problem.CLIPPING: "the sound clips: lower the capture level with alsamixer",
    Problem.NOISY: "the room or the microphone is loud even when nobody speaks: move "
    "it away from fans, or lower the capture level",
    Problem.OFFSET: "the signal is off centre: try another channel or another port",
    Problem.RATE: "samples come at the wrong rate: choose another device",
    Problem.NO_SPEECH: "no voice stands out of the noise: come closer and try again",
    Problem.NO_SPEAKER: "the speaker cannot be used",
    Problem.SPEAKER: "the microphone does not hear the speaker: is it turned up?",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the figure that shows it."""

    problem: Problem
    figure: str

    @override
    def __str__(self) -> str:
        """Return a line for people."""
        return f"{_ADVICE[self.problem]} ({self.figure})"


def about_recording(samples: Samples, seconds: float) -> list[Finding]:
    """Return what is wrong with a recording of speech that took so long."""
    found: list[Finding] = []
    rate = len(samples) / seconds if seconds else 0.0
    if abs(rate / SAMPLE_RATE_HZ - 1) > _RATE_TOLERANCE:
        found.append(Finding(Problem.RATE, f"{rate:.0f} instead of 16000 a second"))
    if not np.any(samples):
        return [*found, Finding(Problem.SILENT, "all zeros")]
    whole = level_of(samples)
    if whole.clipped > _CLIPPED_SHARE * len(samples):
        found.append(Finding(Problem.CLIPPING, f"{whole.clipped} samples"))
    offset = float(np.mean(samples))
    if abs(offset) > _OFFSET:
        found.append(Finding(Problem.OFFSET, f"by {offset:.0f}"))
    return found + _about_levels(samples.astype(np.float64) - offset)


def _about_levels(samples: NDArray[np.float64]) -> list[Finding]:
    """Return what is wrong with voice and noise."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    rms = np.sqrt(np.mean(frames**2, axis=1))
    noise, voice = (
        dbfs(percentile(rms, 10)),
        dbfs(percentile(rms, 90)),
    )
    figure = f"voice {voice:.0f} dB, noise {noise:.0f} dB"
    found = []
    if noise > _NOISY_DBFS:
        found.append(Finding(Problem.NOISY, figure))
    if noise > SILENT_DBFS and voice - noise < _LOW_CONTRAST_DB:
        found.append(Finding(Problem.NO_SPEECH, figure))
    elif voice < _QUIET_SPEECH_DBFS:
        found.append(Finding(Problem.QUIET, figure))
    return found


@dataclass(frozen=True, slots=True)
class Echo:
    """How the speaker sounds at the microphone."""

    delay_seconds: float
    level_db: float
    """Level at the microphone above what was played."""


def test_noise() -> Samples:
    """Return what the speaker plays to be found by the microphone: 1.5 s of noise."""
    count = SAMPLE_RATE_HZ * 3 // 2
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / 800)
    return np.asarray(4000 * white_noise(count) * fade, np.int16)


def find_echo(played: Samples, recorded: Samples) -> Echo | None:
    """Return where the played sound is in a recording that began with it."""
    size = 1 << int(np.ceil(np.log2(len(played) + len(recorded))))
    spectrum = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(played, size))
    reach = min(len(recorded), round(_ECHO_SECONDS * SAMPLE_RATE_HZ))
    correlation = np.abs(np.fft.irfft(spectrum, size)[:reach])
    if not len(correlation) or not np.any(correlation):
        return None
    best = int(np.argmax(correlation))
    if correlation[best] < _ECHO_FOUND * np.median(correlation):
        return None
    gain = correlation[best] / float(np.sum(played.astype(np.float64) ** 2))
    return Echo(best / SAMPLE_RATE_HZ, 20 * float(np.log10(gain)))
