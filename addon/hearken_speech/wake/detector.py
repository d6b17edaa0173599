"""Decide from the scores of one word in one stream whether it was said.

Noise makes peaks of a single step; a word holds. It counts as soon as its score stayed
up for the patience: one of these steps may be below the threshold, as long as it is
above half of it. A score that is nearly certain does not have to hold. Who has somebody
to ask may also look for peaks that are too low for a near miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearken_speech.protocol import SAMPLE_RATE_HZ

from .faint import FaintPeak, FaintPeaks

if TYPE_CHECKING:
    from .settings import WordSettings

NEAR_SHARE = 0.5
"""Peaks above this share of the threshold hold, and count as near misses."""
SURE_SHARE = 0.9
"""A score this far on the way from the threshold to 1 counts at once."""
_MOST_PATIENCE_WHEN_SURE = 2
"""Who asks for more patience than usual wants it of every word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A detection, a near miss, or a faint peak."""

    detected: bool
    is_faint: bool = False
    """Whether it is too low for a near miss."""
    score: float
    peak: float
    frames_over: int
    rise_samples: int
    """End of the first step of the rise."""
    peak_samples: int
    """End of the step with the highest score."""


class WordDetector:
    """Processes the score of every step; finds what may be the word."""

    def __init__(self) -> None:
        """Start with no rise."""
        self._quiet_until_samples = 0
        self._faint = FaintPeaks()
        self._rise_samples: int | None = None
        self._peak = 0.0
        self._peak_samples = 0
        self._over = 0
        self._held = 0

    def process(
        self, score: float, position_samples: int, settings: WordSettings
    ) -> Verdict | None:
        """Process the score of the step that ends at this position."""
        if position_samples < self._quiet_until_samples:
            self._reset()
            self._faint.reset()
            return None
        near = settings.threshold * NEAR_SHARE
        faint = None
        if settings.finds_faint:
            faint = self._faint.process(
                score, position_samples, settings.threshold, near
            )
        if score < near:
            # No rise is both: one that was near is no faint one any more.
            return self._fall(score) or _faint_verdict(faint, score)
        if self._rise_samples is None:
            self._rise_samples = position_samples
        if score > self._peak:
            self._peak, self._peak_samples = score, position_samples
        self._held += 1
        self._over += score >= settings.threshold
        if not self._is_heard(score, settings):
            return None
        verdict = self._verdict(score, detected=True)
        self._reset()
        self._quiet_until_samples = position_samples + round(
            settings.refractory_seconds * SAMPLE_RATE_HZ
        )
        return verdict

    def _is_heard(self, score: float, settings: WordSettings) -> bool:
        """Return whether the rise is long or high enough."""
        sure = settings.threshold + SURE_SHARE * (1 - settings.threshold)
        if score >= sure and settings.patience <= _MOST_PATIENCE_WHEN_SURE:
            return True
        needed = max(1, settings.patience - 1)
        return self._held >= settings.patience and self._over >= needed

    def end(self) -> Verdict | None:
        """Conclude at the end of the audio."""
        return self._fall(0.0) or _faint_verdict(self._faint.end(), 0.0)

    def _fall(self, score: float) -> Verdict | None:
        """End a rise, if there is one, as a near miss."""
        near = self._rise_samples is not None
        verdict = self._verdict(score, detected=False) if near else None
        self._reset()
        return verdict

    def _verdict(self, score: float, *, detected: bool) -> Verdict:
        """Return the result of the rise."""
        return Verdict(
            detected=detected,
            score=score,
            peak=self._peak,
            frames_over=self._over,
            rise_samples=self._rise_samples or 0,
            peak_samples=self._peak_samples,
        )

    def _reset(self) -> None:
        """Wait for the next rise."""
        self._rise_samples = None
        self._peak = 0.0
        self._peak_samples = 0
        self._over = 0
        self._held = 0


def _faint_verdict(peak: FaintPeak | None, score: float) -> Verdict | None:
    """Return the result of a faint peak, if there is one."""
    if peak is None:
        return None
    return Verdict(
        detected=False,
        is_faint=True,
        score=score,
        peak=peak.score,
        frames_over=0,
        rise_samples=peak.rise_samples,
        peak_samples=peak.peak_samples,
    )
