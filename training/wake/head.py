"""Where the threshold of a head lies, and how it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.making import judge
from hearken_speech.wake.making.bank import STEP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.judge import Calibration
    from hearken_speech.wake.making.learning import Network, Said
    from hearken_speech.wake.making.network import Numbers

_WANTED_LOGIT: Final = 4.0
"""The logit of an average word."""


def calibrate(
    words: Sequence[Numbers], negatives: Sequence[Numbers], events_an_hour: float
) -> Calibration:
    """Return where clips without the word wake so often, and the slope there."""
    threshold = judge.threshold_for(negatives, events_an_hour)
    highest = [float(clip.max(initial=threshold)) for clip in words]
    slope = _WANTED_LOGIT / max(float(np.median(highest)) - threshold, 1e-3)
    return judge.Calibration(threshold, min(slope, judge.MAX_SLOPE))


def judged(
    head: Network,
    words: Sequence[Said],
    hours: Sequence[tuple[str, Sequence[Embeddings]]],
) -> dict[str, Any]:
    """Return how a head does with words, and in each source of hours without it."""
    found = [(one.is_plain, judge.events(head.logits(one.embeddings))) for one in words]
    return {
        "words_quiet": sum(plain for plain, _ in found),
        "missed_quiet": sum(plain and not count for plain, count in found),
        "words_noise": sum(not plain for plain, _ in found),
        "missed_noise": sum(not plain and not count for plain, count in found),
        "false_accepts": {
            name: sum(judge.events(head.logits(clip)) for clip in clips)
            for name, clips in hours
        },
        "hours": round(
            sum(len(clip) for _, clips in hours for clip in clips)
            * STEP_SECONDS
            / 3600,
            2,
        ),
    }
