"""Removes the satellite's own wake sound from what its microphone hears.

The notes of that sound are pure, so filters as narrow as they are leave speech intact:
whoever speaks at once loses no syllable, and the sound is not transcribed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

_QUALITY: Final = 6.0
"""Centre frequency by width of the stopped band."""


class NotchFilter:
    """Filters that stop single frequencies, for a stream of samples.

    Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filters".
    """

    def __init__(self, frequencies_hz: Sequence[float]) -> None:
        """Stop these frequencies."""
        # Two in a row, as one leaves too much of a note that fades in and out.
        self._biquads = [_Biquad(hz) for hz in frequencies_hz for _ in range(2)]

    def process(self, samples: Samples) -> Samples:
        """Return the samples without the frequencies."""
        values = samples.astype(np.float64).tolist()
        for biquad in self._biquads:
            values = biquad.process(values)
        return np.asarray(np.rint(np.clip(values, -32768, 32767)), dtype=np.int16)


class _Biquad:
    """One filter of second order with two zeros on the unit circle."""

    def __init__(self, frequency_hz: float) -> None:
        """Stop this frequency."""
        omega = 2 * math.pi * frequency_hz / SAMPLE_RATE_HZ
        alpha = math.sin(omega) / (2 * _QUALITY)
        self._gain = 1 / (1 + alpha)
        self._cosine = -2 * math.cos(omega) / (1 + alpha)
        self._feedback = (1 - alpha) / (1 + alpha)
        self._first = self._second = 0.0

    def process(self, values: list[float]) -> list[float]:
        """Filter the next values of the stream."""
        gain, cosine, feedback = self._gain, self._cosine, self._feedback
        first, second = self._first, self._second
        filtered = []
        for value in values:
            output = gain * value + first
            first = cosine * value - cosine * output + second
            second = gain * value - feedback * output
            filtered.append(output)
        self._first, self._second = first, second
        return filtered
