"""Decide from the scores of one word in one stream whether it was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from .settings import WordSettings

NEAR_SHARE = 0.5
"""A peak of this share of the threshold is worth remembering."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the detector concludes."""

    detected: bool
    """Detected; otherwise only nearly."""
    score: float
    peak: float
    frames_over: int
    rise_samples: int
    """End of the first step of the rise that led here."""
    peak_samples: int
    """End of the step with the highest score."""


class WordDetector:
    """Takes a score every step; says when the word was heard, or nearly."""

    def __init__(self) -> None:
        """Begin without a past."""
        self._quiet_until_samples = 0
        self._rise_samples: int | None = None
        self._peak = 0.0
        self._peak_samples = 0
        self._over = 0
        self._in_a_row = 0

    def take(
        self, score: float, position_samples: int, settings: WordSettings
    ) -> Verdict | None:
        """Take the score of the step that ends at the position."""
        if position_samples < self._quiet_until_samples:
            self._forget()
            return None
        if score < settings.threshold * NEAR_SHARE:
            return self._fall(score)
        if self._rise_samples is None:
            self._rise_samples = position_samples
        if score > self._peak:
            self._peak, self._peak_samples = score, position_samples
        if score < settings.threshold:
            self._in_a_row = 0
            return None
        self._in_a_row += 1
        self._over += 1
        if self._in_a_row < settings.patience:
            return None
        verdict = self._verdict(score, detected=True)
        self._forget()
        self._quiet_until_samples = position_samples + round(
            settings.refractory_seconds * SAMPLE_RATE_HZ
        )
        return verdict

    def end(self) -> Verdict | None:
        """Conclude at the end of the audio."""
        return self._fall(0.0)

    def _fall(self, score: float) -> Verdict | None:
        """Conclude that a rise, if there was one, came to nothing."""
        near = self._rise_samples is not None
        verdict = self._verdict(score, detected=False) if near else None
        self._forget()
        return verdict

    def _verdict(self, score: float, *, detected: bool) -> Verdict:
        """Return what is known of the rise."""
        return Verdict(
            detected=detected,
            score=score,
            peak=self._peak,
            frames_over=self._over,
            rise_samples=self._rise_samples or 0,
            peak_samples=self._peak_samples,
        )

    def _forget(self) -> None:
        """Await the next rise."""
        self._rise_samples = None
        self._peak = 0.0
        self._peak_samples = 0
        self._over = 0
        self._in_a_row = 0
