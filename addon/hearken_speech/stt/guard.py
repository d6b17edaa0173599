"""The guard against phantom transcripts: text that nobody said.

From noise, speech recognizers produce what was frequent in their training: "Thank
you.", credits of subtitles. No single figure distinguishes such text from a quiet
speaker, so several are weighed together. The weights are data (``guard.json``), set
for every family of models by ``scripts/tune-guard``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.stt import evidence as about
from hearken_speech.stt import families
from hearken_speech.stt.evidence import NOT_MEASURED, Evidence, Sound

if TYPE_CHECKING:
    from hearken_speech.stt.engine import Decoding

type Curve = list[list[float]]
"""Points of a value and its weight; between them, the weight is proportional."""
type Weights = dict[str, Curve | float]
"""The curve of every kind of evidence; a number if it is only true or false."""

REJECTING_WEIGHT: Final = 1.0
HOPELESS_WEIGHT: Final = 2.0
"""What is rejected with less may be a command from afar: the house can tell."""
SLIGHT_WEIGHT: Final = 0.05
"""An objection below this is not worth mentioning."""
_NO_SPEECH: Final = "no-speech-probability"
_NO_LETTERS: Final = re.compile(r"[^\w']+")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a text is rejected, and why."""

    weights: dict[str, float]
    """Weight of each objection."""

    @property
    def objections(self) -> tuple[str, ...]:
        """Return the objections to the text, the strongest first."""
        named = [name for name in self.weights if self.weights[name] >= SLIGHT_WEIGHT]
        return tuple(sorted(named, key=self.weights.__getitem__, reverse=True))

    @property
    def weight(self) -> float:
        """Return the total weight of the objections."""
        return sum(self.weights.values())

    @property
    def rejected(self) -> bool:
        """Return whether the text counts as a phantom."""
        return self.weight >= REJECTING_WEIGHT

    @property
    def doubtful(self) -> bool:
        """Return whether a rejected text may still be what was said."""
        return REJECTING_WEIGHT <= self.weight < HOPELESS_WEIGHT

    @property
    def silent(self) -> bool:
        """Return whether the probability of no speech alone rejects the text."""
        return self.weights.get(_NO_SPEECH, 0.0) >= REJECTING_WEIGHT


def gather(decoding: Decoding, sound: Sound = NOT_MEASURED) -> Evidence:
    """Return the evidence about the best text of a decoding."""
    phantom = is_phantom_phrase(decoding.best.text, decoding.language)
    return about.gather(decoding, sound, phantom_phrase=phantom)


def judge(
    evidence: Evidence,
    family: str = families.UNKNOWN,
    curves: Weights | None = None,
) -> Verdict:
    """Weigh the evidence with the curves of a family of models."""
    if curves is None:
        curves = family_weights(family, short=evidence.is_short)
    weights: dict[str, float] = {}
    for name, curve in curves.items():
        if weight := _weight(getattr(evidence, name), curve):
            weights[name.replace("_", "-")] = weight
    return Verdict(weights=weights)


def family_weights(family: str, *, short: bool = False) -> Weights:
    """Return the curves of a family of models, the mildest if it is unknown.

    Models are less sure of a word or two than of a sentence, and have separate curves
    for them.
    """
    known: dict[str, dict[str, Weights]] = _data()["families"]
    lengths = known.get(family) or known[families.UNKNOWN]
    return lengths["short" if short else "long"]


def is_phantom_phrase(text: str, language: str) -> bool:
    """Return whether the whole text is one that recognizers make up."""
    return _bare(text) in _phantoms(language)


def _weight(value: float | None, curve: Curve | float) -> float:
    """Return the weight of a value; what was not measured weighs nothing."""
    if value is None:
        return 0.0
    if isinstance(curve, int | float):
        return float(curve) if value else 0.0
    if not curve:
        return 0.0
    places, weights = zip(*curve, strict=True)
    return float(np.interp(value, places, weights))


def _bare(text: str) -> str:
    """Return only the words of a text."""
    return _NO_LETTERS.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=64)
def _phantoms(language: str) -> frozenset[str]:
    """Return the phantom phrases of a language."""
    return frozenset(_bare(text) for text in _data()["phantoms"].get(language, ()))


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    """Return weights and phrases."""
    raw = resources.files("hearken_speech.stt").joinpath("guard.json")
    data: dict[str, Any] = json.loads(raw.read_text(encoding="utf-8"))
    return data
