"""Compare scores, hits and false accepts with openWakeWord's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from openwakeword.model import Model

from hearken_speech.wake import packages
from hearken_speech.wake.detector import WordDetector
from hearken_speech.wake.features import STEP_SAMPLES, FeatureBank
from hearken_speech.wake.heads import load_head
from hearken_speech.wake.settings import WordSettings

from .sounds import Clip, clips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

WORDS: Final = ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy")
THRESHOLDS: Final = (0.3, 0.5, 0.7)
PATIENCES: Final = (1, 2, 3)

_WARM_UP_STEPS: Final = 26
_BATCH: Final = 8
_REFRACTORY_STEPS: Final = 25

type Scores = dict[str, "NDArray[np.float64]"]


@dataclass(frozen=True)
class Compared:
    """The scores of one clip from both engines."""

    clip: Clip
    ours: Scores
    theirs: Scores


def reference() -> Any:
    """Return openWakeWord in its default configuration."""
    paths = [str(packages.openwakeword_model(f"{word}_v0.1.onnx")) for word in WORDS]
    return Model(wakeword_models=paths, inference_framework="onnx")


def compare() -> list[Compared]:
    """Score all clips with both engines."""
    found = clips()
    ours = [
        scores
        for first in range(0, len(found), _BATCH)
        for scores in _ours(found[first : first + _BATCH])
    ]
    return [
        Compared(clip, mine, _theirs(clip))
        for clip, mine in zip(found, ours, strict=True)
    ]


def score_all(sounds: Sequence[Samples]) -> list[Scores]:
    """Return our scores of sounds."""
    whole = [each[: len(each) // STEP_SAMPLES * STEP_SAMPLES] for each in sounds]
    found = [Clip("", "", each, None, len(each)) for each in whole]
    return [
        scores
        for first in range(0, len(found), _BATCH)
        for scores in _ours(found[first : first + _BATCH])
    ]


def exactness(compared: list[Compared]) -> dict[str, float]:
    """Return the largest difference of scores, and whether detections differ."""
    distance = max(
        float(np.abs(c.ours[w][_WARM_UP_STEPS:] - c.theirs[w][_WARM_UP_STEPS:]).max())
        for c in compared
        for w in WORDS
    )
    differing = sum(
        # Of more patience, the two have different ideas.
        _our_hits(c.ours[word], threshold, 1)
        != _their_hits(c.theirs[word], threshold, 1)
        for c in compared
        for word in WORDS
        for threshold in THRESHOLDS
    )
    return {
        "clips": len(compared),
        "steps": sum(len(c.ours[WORDS[0]]) - _WARM_UP_STEPS for c in compared),
        "largest_difference": distance,
        "differing_detections": differing,
    }


def accuracy(compared: list[Compared]) -> list[dict[str, Any]]:
    """Return hits and false accepts of both engines on recordings of people."""
    people = [c for c in compared if c.clip.group != "generated"]
    words = [c for c in people if c.clip.word and c.clip.group != "missed"]
    rows = []
    for threshold in THRESHOLDS:
        for patience in PATIENCES:
            row: dict[str, Any] = {"threshold": threshold, "patience": patience}
            for who, hits_of in (("ours", _our_hits), ("theirs", _their_hits)):
                hits = wrong = 0
                for c in people:
                    scores: Scores = getattr(c, who)
                    for word in WORDS:
                        count = len(hits_of(scores[word], threshold, patience))
                        right = count > 0 and c.clip.word == word
                        hits += int(right and c in words)
                        wrong += count - int(right)
                row |= {f"hits_{who}": hits, f"false_{who}": wrong}
            row |= {"words": len(words), "clips": len(people)}
            rows.append(row)
    return rows


def _ours(found: list[Clip]) -> list[Scores]:
    """Return our scores of some clips, processed side by side."""
    bank = FeatureBank()
    heads = {
        word: load_head(packages.openwakeword_model(f"{word}_v0.1.onnx"))
        for word in WORDS
    }
    slots = [bank.open() for _ in found]
    steps = [len(clip.samples) // STEP_SAMPLES for clip in found]
    scores: list[Scores] = [{w: np.zeros(count) for w in WORDS} for count in steps]
    for step in range(max(steps)):
        rows = [row for row, count in enumerate(steps) if step < count]
        cut = slice(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES)
        samples = np.stack([found[row].samples[cut] for row in rows])
        history = bank.step([slots[row] for row in rows], samples.astype(np.float32))
        for word, head in heads.items():
            for row, score in zip(rows, head.score(history), strict=True):
                scores[row][word][step] = score
    return scores


def _theirs(clip: Clip) -> Scores:
    """Return openWakeWord's scores of a clip."""
    model = reference()
    found = [
        model.predict(clip.samples[first : first + STEP_SAMPLES])
        for first in range(0, len(clip.samples), STEP_SAMPLES)
    ]
    return {word: np.array([step[f"{word}_v0.1"] for step in found]) for word in WORDS}


def _our_hits(
    scores: NDArray[np.float64], threshold: float, patience: int
) -> list[int]:
    """Return the steps at which our detector detects the word."""
    settings = WordSettings(
        threshold=threshold,
        patience=patience,
        refractory_seconds=_REFRACTORY_STEPS * 0.08,
    )
    detector = WordDetector()
    hits = []
    for step in range(_WARM_UP_STEPS, len(scores)):
        verdict = detector.process(scores[step], (step + 1) * STEP_SAMPLES, settings)
        if verdict is not None and verdict.detected:
            hits.append(step)
    return hits


def _their_hits(
    scores: NDArray[np.float64], threshold: float, patience: int
) -> list[int]:
    """Return the steps at which openWakeWord's patience rule is met."""
    hits: list[int] = []
    for step in range(_WARM_UP_STEPS, len(scores)):
        first = step - patience + 1
        quiet_until = hits[-1] + _REFRACTORY_STEPS if hits else _WARM_UP_STEPS
        enough = first >= quiet_until and (scores[first : step + 1] >= threshold).all()
        if enough:
            hits.append(step)
    return hits
