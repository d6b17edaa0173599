"""How loud it has been lately, in steps of 20 ms."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import ENVELOPE_STEP_SAMPLES, MAX_ENVELOPE, SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.devices.microphone import Frame

_FLOOR_DB: Final = -96.0
_RECENT_STEPS: Final = 8
"""160 ms, in which somebody who goes on speaking says something."""
_SPEECH_SHARE: Final = 0.65
"""How near speech comes to the peak, on the way up from the noise of the room."""


class Envelope:
    """Levels of the last two seconds, in dB below full scale."""

    def __init__(self) -> None:
        """Start with silence."""
        self._levels: deque[float] = deque(maxlen=MAX_ENVELOPE)
        self._rest = np.zeros(0, dtype=np.int16)
        self._heard_at = time.monotonic()

    def add(self, frame: Frame) -> None:
        """Add what was recorded."""
        samples: Samples = np.concatenate((self._rest, frame.samples))
        steps = len(samples) // ENVELOPE_STEP_SAMPLES
        self._rest = samples[steps * ENVELOPE_STEP_SAMPLES :]
        whole = samples[: steps * ENVELOPE_STEP_SAMPLES].astype(np.float64)
        power = np.mean(whole.reshape(steps, -1) ** 2, axis=1) / 32768.0**2
        levels = 10 * np.log10(np.maximum(power, 10 ** (_FLOOR_DB / 10)))
        self._levels.extend(round(float(level), 1) for level in levels)
        self._heard_at = frame.time_seconds + len(frame.samples) / SAMPLE_RATE_HZ

    def levels(self) -> tuple[float, ...]:
        """Return the levels, the newest last."""
        return tuple(self._levels)

    @property
    def age_seconds(self) -> float:
        """Return the time since the end of the last frame."""
        return max(0.0, time.monotonic() - self._heard_at)

    @property
    def is_loud(self) -> bool:
        """Return whether the last moment was nearly as loud as the loudest one."""
        if not self._levels:
            return False
        levels = sorted(self._levels)
        floor, peak = levels[len(levels) // 10], levels[-1]
        recent = list(self._levels)[-_RECENT_STEPS:]
        return max(recent) > floor + _SPEECH_SHARE * (peak - floor)
