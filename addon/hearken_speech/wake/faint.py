"""Find peaks that are too low for a near miss.

Alone they mean nothing: speech is full of them. But the voices that a word was learned
from are not everybody's, and a judge that knows what people say can be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .features import STEP_SAMPLES

FAINT_SHARE: Final = 0.1
"""Of the threshold; below, nobody is asked."""
LEAST_FAINT_SCORE: Final = 0.03
"""Whatever the threshold: what is lower is in all speech."""
_END_SAMPLES: Final = 3 * STEP_SAMPLES
"""After a peak, so that all of the word has been said."""


@dataclass(frozen=True, slots=True)
class FaintPeak:
    """A peak that is over."""

    score: float
    rise_samples: int
    """End of the first step of the rise."""
    peak_samples: int
    """End of the step with the highest score."""


class FaintPeaks:
    """Processes the score of every step; each rise has one peak at most."""

    def __init__(self) -> None:
        """Start with no rise."""
        self._peak: FaintPeak | None = None
        self._is_over = False

    def process(
        self, score: float, position_samples: int, threshold: float, near: float
    ) -> FaintPeak | None:
        """Process a step; return the peak that is over.

        What reaches ``near`` is more than faint, and so is the rest of that rise.
        """
        if score >= near:
            self._peak, self._is_over = None, True
            return None
        is_faint = score >= max(FAINT_SHARE * threshold, LEAST_FAINT_SCORE)
        if is_faint and not self._is_over:
            first = self._peak.rise_samples if self._peak else position_samples
            if self._peak is None or score > self._peak.score:
                self._peak = FaintPeak(score, first, position_samples)
        peak = self._peak
        if peak is not None and position_samples - peak.peak_samples >= _END_SAMPLES:
            self._peak, self._is_over = None, is_faint
            return peak
        self._is_over = self._is_over and is_faint
        return None

    def end(self) -> FaintPeak | None:
        """Conclude at the end of the audio."""
        peak = self._peak
        self.reset()
        return peak

    def reset(self) -> None:
        """Forget the rise."""
        self._peak, self._is_over = None, False
