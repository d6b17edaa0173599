"""Test that the guard's weights are chosen from sounds as they should be."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from benchmarks.stt.guard_fit import LONG, SHORT, Sample, fit
from hearken_speech.stt.evidence import Evidence
from hearken_speech.stt.guard import Weights, judge

BY_HAND: Final[Weights] = {"compression_ratio": [[1.8, 0.0], [2.4, 1.0]]}
USUAL: Final = Evidence(
    no_speech_probability=0.1,
    average_log_probability=-0.3,
    compression_ratio=1.0,
    lead=0.2,
    disagreement=0.1,
    words_per_second=2.5,
    speech_seconds=2.0,
    speech_ratio=0.9,
    voice_probability=0.9,
    level_range_db=30.0,
)


def _samples(apart: float) -> list[Sample]:
    """Return sounds whose evidence is so far apart from what was spoken."""
    rng = np.random.default_rng(1)
    return [
        Sample(
            replace(
                USUAL,
                no_speech_probability=float(rng.uniform(0.0, 0.4) + away / 2),
                average_log_probability=float(rng.uniform(-0.6, 0.0) - away),
                disagreement=float(rng.uniform(0.0, 0.3) + away / 2),
            ),
            spoken=not away,
        )
        for away in (0.0, apart)
        for _ in range(200)
    ]


def _rejected(samples: list[Sample], curves: Weights, *, spoken: bool) -> float:
    """Return the share that is rejected."""
    some = [one.evidence for one in samples if one.spoken is spoken]
    return sum(judge(one, curves=curves).rejected for one in some) / len(some)


@pytest.mark.parametrize("kinds", [LONG, SHORT])
def test_what_is_apart_is_told_apart(kinds: tuple[str, ...]) -> None:
    """If no value of both sides is the same, all are judged rightly."""
    samples = _samples(1.0)
    curves = fit(samples, kinds, BY_HAND, 0.0)
    assert _rejected(samples, curves, spoken=True) == 0.0
    assert _rejected(samples, curves, spoken=False) == 1.0


@pytest.mark.parametrize("may_reject", [0.0, 0.02])
def test_no_more_commands_are_rejected_than_may_be(may_reject: float) -> None:
    """What was spoken counts more than what was not."""
    samples = _samples(0.2)
    curves = fit(samples, LONG, BY_HAND, may_reject)
    assert _rejected(samples, curves, spoken=True) <= may_reject
    assert _rejected(samples, curves, spoken=False) > may_reject


def test_what_was_set_by_hand_stays() -> None:
    """Weights set by hand are kept, even if no sound needs them."""
    curves = fit(_samples(1.0), SHORT, BY_HAND, 0.0)
    assert curves["compression_ratio"] == BY_HAND["compression_ratio"]
    assert judge(replace(USUAL, compression_ratio=2.5), curves=curves).rejected
