"""Whether wake words are detected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.wake.scores import score_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

WARM_UP_SECONDS: Final = 2.4
_WARM_UP_STEPS: Final = 26
_THRESHOLD: Final = 0.5


def found(sounds: Sequence[Samples], words: Sequence[str]) -> int:
    """Return in how many sounds their word is detected."""
    scored = zip(score_all(sounds), words, strict=True)
    return sum(_is_hit(scores[word]) for scores, word in scored)


def false(sounds: Sequence[Samples]) -> int:
    """Return how often any word is detected in sounds without one."""
    return sum(
        _is_hit(scores) for each in score_all(sounds) for scores in each.values()
    )


def _is_hit(scores: np.ndarray) -> bool:
    """Return whether a word is detected: two steps in a row reach the threshold."""
    over = scores[_WARM_UP_STEPS:] >= _THRESHOLD
    return bool(np.any(over[1:] & over[:-1]))
