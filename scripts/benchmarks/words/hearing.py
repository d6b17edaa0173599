"""What a head hears, with and without the check by the speech model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.common import weights
from hearken_speech.models import LoadOptions, load_model
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.server.word_check import (
    BEYOND_DOUBT,
    judge,
    judge_faint,
    sureness,
)
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.phrase_evidence import phrase_evidence
from hearken_speech.wake.detector import WordDetector
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.making.peak import window_scores
from hearken_speech.wake.records import Check
from hearken_speech.wake.settings import WordSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.heads import Head
    from hearken_speech.wake.making.embedding import Embeddings

_SETTLING_STEPS: Final = 5
_CHECKED_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
_REPEATED_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
MODEL: Final = "tiny.en"


@dataclass(frozen=True, slots=True)
class Heard:
    """A detection, a near miss, or a faint peak."""

    end_samples: int
    is_detected: bool
    is_faint: bool = False
    peak: float = 0.0
    """The highest score up to there."""

    @property
    def sureness(self) -> float:
        """Return how sure the head is, as the server has it."""
        threshold = WordSettings().threshold
        return sureness(self.peak, threshold, is_detected=self.is_detected)


def listen(head: Head, clip: Embeddings) -> list[Heard]:
    """Return what the server would hear in a clip, with its defaults."""
    scores = window_scores(head, clip)
    detector, settings = WordDetector(), WordSettings(finds_faint=True)
    heard = []
    for step, score in enumerate(scores, head.steps):
        verdict = detector.process(float(score), step * STEP_SAMPLES, settings)
        if verdict is not None and step > _SETTLING_STEPS:
            end_samples = step * STEP_SAMPLES
            heard.append(
                Heard(end_samples, verdict.detected, verdict.is_faint, verdict.peak)
            )
    return heard


class Checker:
    """Asks the speech model, as the server does."""

    def __init__(self) -> None:
        """Load it."""
        model = load_model(weights.fetch(MODEL), LoadOptions(compute_type="int8"))
        self._engine = WhisperEngine(model)
        self._pronouncer = Pronouncer()
        self.asked = 0
        """How many checks there were."""

    def counted(self, heard: Sequence[Heard], samples: Samples, text: str) -> int:
        """Return how many of these are detections after the check.

        Faint peaks are so few that the server would ask about all of them.
        """
        count, reported = 0, -_REPEATED_SAMPLES
        for one in heard:
            is_rest = one.end_samples - reported < _REPEATED_SAMPLES
            if is_rest and not one.is_detected:
                continue
            if one.sureness >= BEYOND_DOUBT or self._counts(one, samples, text):
                count += 1
                reported = one.end_samples
        return count

    def _counts(self, heard: Heard, samples: Samples, text: str) -> bool:
        """Return what follows from what the speech model says."""
        check = self._check(heard, samples, text)
        return check is Check.CONFIRMED or (
            heard.is_detected and check is not Check.REFUTED
        )

    def _check(self, heard: Heard, samples: Samples, text: str) -> Check:
        """Return what the speech model says of the two seconds before."""
        self.asked += 1
        first = max(0, heard.end_samples - _CHECKED_SAMPLES)
        two_seconds = samples[first : heard.end_samples]
        evidence = phrase_evidence(
            self._engine, two_seconds, text, "en", self._pronouncer
        )
        if heard.is_faint:
            return judge_faint(evidence)
        return judge(evidence, heard.sureness)
