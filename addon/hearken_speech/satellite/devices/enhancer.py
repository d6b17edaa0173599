"""Enhancers improve the voice that is sent; wake words are heard without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hearken_speech.audio.level import factor_of_gain, scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

MAX_AUTO_GAIN_DB: Final = 30.0
# Peaks of clear speech: 8 dB below full scale.
_WANTED_PEAK: Final = 13_000.0
_HIGHEST: Final = 30_000.0
# Sound below this is no speech: raising it would only raise the noise.
_LOWEST_PEAK: Final = 60.0
_RISE_DB_A_SECOND: Final = 6.0
_SAMPLES_A_SECOND: Final = 16_000


class Enhancer(Protocol):
    """Changes the level of a stream of speech or reduces its noise."""

    def process(self, samples: Samples) -> Samples:
        """Return as many samples, at 16 kHz mono, as were given."""


class NoEnhancer:
    """Leaves the sound as it is."""

    def process(self, samples: Samples) -> Samples:
        """Return the same samples."""
        return samples


class Enhancers:
    """Several enhancers, one after the other."""

    def __init__(self, enhancers: Sequence[Enhancer]) -> None:
        """Apply these in order."""
        self._enhancers = enhancers

    def process(self, samples: Samples) -> Samples:
        """Return the samples after the last enhancer."""
        for enhancer in self._enhancers:
            samples = enhancer.process(samples)
        return samples


class AutoGain:
    """Raises quiet speech, slowly; what is loud is turned down at once.

    It never clips, never lowers sound below its own level, and stops at a limit.
    """

    def __init__(self, limit_db: float) -> None:
        """Raise by up to so many decibels."""
        self._limit_db = min(limit_db, MAX_AUTO_GAIN_DB)
        self.gain_db = 0.0

    def process(self, samples: Samples) -> Samples:
        """Return the samples at a better level."""
        if not len(samples):
            return samples
        before_db = self.gain_db
        peak = float(np.abs(samples.astype(np.int32)).max())
        if peak > _LOWEST_PEAK:
            wanted_db = 20 * np.log10(_WANTED_PEAK / peak)
            rise_db = _RISE_DB_A_SECOND * len(samples) / _SAMPLES_A_SECOND
            self.gain_db = min(wanted_db, before_db + rise_db)
        self.gain_db = float(np.clip(self.gain_db, 0.0, self._limit_db))
        if peak * factor_of_gain(before_db) > _HIGHEST:
            return scale(samples, factor_of_gain(self.gain_db))
        # A change in one step would be heard as a click.
        ramp = np.linspace(
            factor_of_gain(before_db), factor_of_gain(self.gain_db), len(samples)
        )
        raised = np.rint(samples * ramp).clip(-32_768, 32_767)
        return np.asarray(raised, np.int16)
