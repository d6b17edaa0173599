"""Choose the guard's weights from sounds that were spoken to the house, and others.

Every kind of evidence gets a curve: it weighs nothing where most commands are, its full
weight where hardly any command is, and in proportion between them. How much each of
them weighs is a logistic regression without negative weights, whose limit between both
sides is 1. If too many commands were rejected there, all weights get smaller. A word
that was misheard is no example: its evidence is that of a text that nobody said. It
counts where commands are rejected, though, as twice as many of all may be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize

from hearken_speech.stt.guard import REJECTING_WEIGHT, judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hearken_speech.stt.evidence import Evidence
    from hearken_speech.stt.guard import Weights

LONG: Final = (
    *("no_speech_probability", "average_log_probability", "disagreement", "lead"),
    *("words_per_second", "voice_probability", "level_range_db", "doubled"),
)
"""Kinds of evidence about a sentence."""
SHORT: Final = (
    *("no_speech_probability", "average_log_probability", "disagreement", "lead"),
    *("words_per_second", "voice_probability", "level_range_db"),
)
"""Kinds of evidence about a word or two."""
_LOW_IS_BAD: Final = frozenset(
    {"average_log_probability", "lead", "voice_probability", "level_range_db"}
)
_USUAL: Final = 0.6
"""Up to this share of the commands, nothing is wrong with a value."""
_UNUSUAL: Final = 0.98
_STIFFNESS: Final = 2e-4
"""Keeps weights small where the sounds do not ask for more."""
_NOT_ALONE: Final = 0.9
_MARGIN: Final = 1.1
_FEWEST: Final = 20
"""Sounds of each side for which a kind of evidence must be known."""
_LEAST: Final = 0.01
"""A weight below this is left out."""


@dataclass(frozen=True)
class Sample:
    """The evidence about one text."""

    evidence: Evidence
    spoken: bool
    """Whether it was spoken to the house."""
    misheard: bool = False


@dataclass(frozen=True)
class _Ramp:
    """A curve before it has its weight."""

    usual: float
    unusual: float

    def __call__(self, value: float | None) -> float:
        """Return 0 for a usual value, 1 for an unusual one."""
        if value is None:
            return 0.0
        places = sorted((self.usual, self.unusual))
        heights = [0.0, 1.0] if self.usual < self.unusual else [1.0, 0.0]
        return float(np.interp(value, places, heights))

    def curve(self, weight: float) -> list[list[float]]:
        """Return the points with their weights, in order."""
        return sorted([[round(self.usual, 4), 0.0], [round(self.unusual, 4), weight]])


def fit(
    samples: Sequence[Sample],
    kinds: Sequence[str],
    by_hand: Weights,
    may_reject: float,
) -> Weights:
    """Return curves that reject at most this share of what was spoken and understood.

    Curves set by hand are kept, and counted in.
    """
    examples = [sample for sample in samples if not sample.misheard]
    found = {kind: _ramp(examples, kind) for kind in kinds}
    ramps = {kind: ramp for kind, ramp in found.items() if ramp is not None}
    heights, fixed = _measured(examples, ramps, by_hand)
    weights = _regression(
        heights, fixed, np.array([sample.spoken for sample in examples])
    )
    weights = np.minimum(weights, [_most(kind) for kind in ramps])
    weights *= min(
        _mildness(*_measured(some, ramps, by_hand), weights, share)
        for some, share in (
            ([sample for sample in examples if sample.spoken], may_reject),
            ([sample for sample in samples if sample.spoken], 2 * may_reject),
        )
    )
    curves = _curves(ramps, dict(zip(ramps, weights, strict=True)))
    _add_certainty(curves, samples)
    return {**by_hand, **curves}


def _add_certainty(curves: Weights, samples: Sequence[Sample]) -> None:
    """Let a text be rejected alone if the model is surer of silence than it ever was.

    So sure is it half way between the surest wrong value and 1.
    """
    curve = curves.get("no_speech_probability")
    if not isinstance(curve, list) or not curve or curve[-1][1] >= REJECTING_WEIGHT:
        return
    wrong = max(s.evidence.no_speech_probability for s in samples if s.spoken)
    certain = (1 + wrong) / 2
    places, weights = zip(*curve, strict=True)
    points = {place: weight for place, weight in curve if place < certain}
    points[round(wrong, 4)] = round(float(np.interp(wrong, places, weights)), 3)
    points[round(certain, 4)] = REJECTING_WEIGHT
    curves["no_speech_probability"] = [list(point) for point in sorted(points.items())]


def _most(kind: str) -> float:
    """Return the highest weight: only the model itself may reject a text alone."""
    return math.inf if kind == "no_speech_probability" else _NOT_ALONE


def _measured(
    samples: Sequence[Sample], ramps: Mapping[str, _Ramp], by_hand: Weights
) -> tuple[np.ndarray, np.ndarray]:
    """Return the heights on the ramps, and the weights by hand."""
    heights = [
        [ramp(getattr(sample.evidence, kind)) for kind, ramp in ramps.items()]
        for sample in samples
    ]
    fixed = [judge(sample.evidence, curves=by_hand).weight for sample in samples]
    return np.array(heights), np.array(fixed)


def _mildness(
    heights: np.ndarray, fixed: np.ndarray, weights: np.ndarray, may_reject: float
) -> float:
    """Return the factor up to 1 with which few enough commands are rejected."""
    allowed = int(may_reject * fixed.size)
    for percent in range(100, 0, -1):
        totals = heights @ weights * (_MARGIN * percent / 100) + fixed
        if int((totals >= REJECTING_WEIGHT).sum()) <= allowed:
            return percent / 100
    return 0.0


def _ramp(samples: Sequence[Sample], kind: str) -> _Ramp | None:
    """Return where a kind of evidence begins to speak against a text.

    None if it was hardly ever measured on one side.
    """
    sign = -1.0 if kind in _LOW_IS_BAD else 1.0
    good, bad = (
        np.array(
            [
                sign * value
                for sample in samples
                if sample.spoken is spoken
                and (value := getattr(sample.evidence, kind)) is not None
            ]
        )
        for spoken in (True, False)
    )
    if min(good.size, bad.size) < _FEWEST:
        return None
    usual = float(np.quantile(good, _USUAL))
    unusual = float(max(np.quantile(good, _UNUSUAL), np.median(bad)))
    if unusual - usual < _LEAST:
        unusual = max(float(np.quantile(bad, 0.9)), usual + _LEAST)
    return _Ramp(sign * usual, sign * unusual)


def _regression(
    heights: np.ndarray, fixed: np.ndarray, spoken: np.ndarray
) -> np.ndarray:
    """Return the weight of each kind, for which 1 is the limit between both sides."""
    side = np.where(spoken, -1.0, 1.0)
    share = np.where(spoken, 1 / spoken.sum(), 1 / max(1, (~spoken).sum()))

    def loss(values: np.ndarray) -> float:
        weights, sharpness = values[:-1], values[-1]
        doubt = heights @ weights - sharpness * (REJECTING_WEIGHT - fixed)
        wrong = np.logaddexp(0, -side * doubt)
        return float((share * wrong).sum() + _STIFFNESS * np.square(weights).sum())

    kinds = heights.shape[1]
    bounds = [(0.0, None)] * kinds + [(0.1, None)]
    found = minimize(loss, np.ones(kinds + 1), method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x[:-1] / found.x[-1])


def _curves(ramps: Mapping[str, _Ramp], weights: Mapping[str, float]) -> Weights:
    """Return the curves with their weights; a number for what is true or false."""
    curves: Weights = {}
    for kind, ramp in ramps.items():
        weight = round(weights[kind], 3)
        if kind == "doubled":
            curves[kind] = weight
        else:
            curves[kind] = ramp.curve(weight) if weight >= _LEAST else []
    return curves
