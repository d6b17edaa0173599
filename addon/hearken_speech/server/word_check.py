"""Wake words that were made from text, checked by the speech model.

The small network that hears a wake word has heard synthetic voices only. The speech
model that is in memory anyway knows what people say, and hears the last two seconds
again. It may withdraw a detection that it plainly contradicts, and confirm a near miss,
or a faint peak if it is sure. Without an answer in time, nothing changes. It is not
asked about scores that others hardly reach: there, it is wrong more often than they.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.server.check_budget import CheckBudget
from hearken_speech.wake.events import Detected, FaintlyHeard
from hearken_speech.wake.records import Check

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.phrase_evidence import PhraseEvidence
    from hearken_speech.wake.catalogue import WakeCatalogue
    from hearken_speech.wake.events import WordHeard

_LOGGER = logging.getLogger(__name__)

LIMIT_SECONDS: Final = 0.4
"""Longest delay of a detection."""
RECORDING_LIMIT_SECONDS: Final = 5.0
REST_SECONDS: Final = 600.0
"""Time without checks on a machine that is too slow for them."""
_TOO_OFTEN_LATE: Final = 3
_HEARD_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
_SHORTEST_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_STRANGERS_SECONDS: Final = 1.0
"""Time between two checks for clients that do not know the token, all together."""

# How they were chosen: docs/decisions/0030-words-from-text-are-checked.md
BEYOND_DOUBT: Final = 0.8
"""A score so sure is not doubted: 0.9, with a threshold of 0.5."""
CONFIRMED_WEIGHT: Final = -4.0
CONFIRMED_LIKENESS: Final = 0.85
SURE_WEIGHT: Final = -2.0
"""Of a faint peak, for which nothing else speaks."""
SURE_LIKENESS: Final = 0.9
REFUTED_WEIGHT: Final = -5.0
"""Of a score at the threshold."""
_SURENESS_WEIGHT: Final = 5.0
"""The surer the score, the more has to speak against the word."""
_WITHOUT_DETECTION: Final = 0.2
"""How sure is taken for what nobody wakes: near misses, and recordings."""
REFUTED_LIKENESS: Final = 0.8
REFUTED_UNKNOWN_LIKENESS: Final = 0.7
"""Of a word that the model puts together: it writes what it knows instead."""
_LIKENESS_WEIGHT: Final = 10.0
_EVEN_LIKENESS: Final = 0.7
"""More speaks for the word, less against it."""
_STRANGERS: Final = ""
"""The budget of all clients that do not know the token: they choose their names."""


class SpeechModel(Protocol):
    """The part of the recognizer that is used here."""

    def can_hear_phrases(self, *, is_trusted: bool) -> bool:
        """Return whether a good speech model is in memory and nobody waits for it."""

    async def hear_phrase(
        self,
        samples: Samples,
        text: str,
        language: str,
        limit_seconds: float,
        *,
        is_trusted: bool,
    ) -> PhraseEvidence:
        """Return what the speech model says of a text."""


def sureness(peak: float, threshold: float, *, is_detected: bool = True) -> float:
    """Return how far a detection is on the way from the threshold to 1."""
    if not is_detected:
        return _WITHOUT_DETECTION
    return max(0.0, (peak - threshold) / max(1e-6, 1.0 - threshold))


def judge(evidence: PhraseEvidence, sure: float = 0.0) -> Check:
    """Return what follows from what the speech model says.

    What sounds like the word is never refuted: names are written in many ways.
    """
    weight = _weight(evidence)
    if weight >= CONFIRMED_WEIGHT or evidence.likeness >= CONFIRMED_LIKENESS:
        return Check.CONFIRMED
    most = REFUTED_WEIGHT - _SURENESS_WEIGHT * sure
    limit = REFUTED_LIKENESS if evidence.is_known else REFUTED_UNKNOWN_LIKENESS
    if weight <= most and evidence.likeness <= limit:
        return Check.REFUTED
    return Check.UNSURE


def judge_faint(evidence: PhraseEvidence) -> Check:
    """Return what follows for a faint peak, of which the model has to be sure."""
    if _weight(evidence) >= SURE_WEIGHT or evidence.likeness >= SURE_LIKENESS:
        return Check.CONFIRMED
    check = judge(evidence)
    return Check.UNSURE if check is Check.CONFIRMED else check


def _weight(evidence: PhraseEvidence) -> float:
    """Return how much speaks for the word; 0 is as good as certain."""
    return evidence.log_probability + _LIKENESS_WEIGHT * (
        evidence.likeness - _EVEN_LIKENESS
    )


class _Patience:
    """Gives up for a while where answers are usually too late."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start in good faith."""
        self._clock = clock
        self._late = 0
        self._rests_until = 0.0

    @property
    def is_over(self) -> bool:
        """Return whether nobody is asked for now."""
        return self._clock() < self._rests_until

    def note_answer(self) -> None:
        """Note an answer in time, which forgives those before."""
        self._late = 0

    def note_late(self) -> None:
        """Note that an answer came too late."""
        self._late += 1
        if self._late >= _TOO_OFTEN_LATE:
            _LOGGER.warning("wake words are not checked for a while: too slow here")
            self._late, self._rests_until = 0, self._clock() + REST_SECONDS


class WordCheck:
    """Asks the speech model about wake words; used on the event loop."""

    def __init__(
        self,
        model: SpeechModel,
        words: WakeCatalogue,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set the speech model and the wake words."""
        self.counts: Counter[str] = Counter()
        """Answers of the speech model, and how often there was none."""
        self._model = model
        self._words = words
        self._clock = clock
        self._budget = CheckBudget(clock)
        self._patience = _Patience(clock)
        self._faint_patience = _Patience(clock)
        """Nobody waits for these answers: late ones do not end the others."""
        self._strangers_wait_until = 0.0

    async def ask(
        self, heard: WordHeard, stream: str, *, is_trusted: bool
    ) -> Check | None:
        """Return what the speech model says; None if it cannot answer in time.

        None, too, if the word is beyond doubt.
        """
        sure = sureness(
            heard.peak, heard.threshold, is_detected=isinstance(heard, Detected)
        )
        if sure >= BEYOND_DOUBT:
            return None
        is_faint = isinstance(heard, FaintlyHeard)
        patience = self._faint_patience if is_faint else self._patience
        word = self._words.get(heard.word)
        samples = heard.recent[-_HEARD_SAMPLES:]
        if (
            word is None
            or len(samples) < _SHORTEST_SAMPLES
            or patience.is_over
            or not self._is_free(is_trusted=is_trusted)
            or not self._is_allowed(stream, is_faint=is_faint, is_trusted=is_trusted)
        ):
            self._count("skipped", is_faint=is_faint)
            return None
        try:
            evidence = await self._model.hear_phrase(
                *(samples, word.text, word.language, LIMIT_SECONDS),
                is_trusted=is_trusted,
            )
        except TimeoutError:
            self._count("late", is_faint=is_faint)
            patience.note_late()
            return None
        except HearkenError as err:
            _LOGGER.debug("%s was not checked: %s", heard.word, err)
            self._count("failed", is_faint=is_faint)
            return None
        patience.note_answer()
        check = judge_faint(evidence) if is_faint else judge(evidence, sure)
        self._count(check, is_faint=is_faint)
        _LOGGER.debug(
            "%s: %s (%r, log-probability %.1f, likeness %.2f)",
            *(heard.word, check.value, evidence.text),
            *(evidence.log_probability, evidence.likeness),
        )
        return check

    async def ask_about_recording(self, word: str, samples: Samples) -> Check | None:
        """Return what the speech model says of a recording; None without an answer.

        Nobody waits for a satellite meanwhile: it may take its time.
        """
        known = self._words.get(word)
        if known is None or not self._model.can_hear_phrases(is_trusted=True):
            return None
        try:
            evidence = await self._model.hear_phrase(
                *(samples, known.text, known.language, RECORDING_LIMIT_SECONDS),
                is_trusted=True,
            )
        except (HearkenError, TimeoutError) as err:
            _LOGGER.debug("a recording of %s was not checked: %s", word, err)
            return None
        return judge(evidence, _WITHOUT_DETECTION)

    def _count(self, answer: str, *, is_faint: bool) -> None:
        """Count an answer, or that there was none."""
        self.counts[f"faint_{answer}" if is_faint else answer] += 1

    def _is_free(self, *, is_trusted: bool) -> bool:
        """Return whether a check would disturb nobody, and may come in time."""
        return (
            not self._patience.is_over
            and (is_trusted or self._clock() >= self._strangers_wait_until)
            and self._model.can_hear_phrases(is_trusted=is_trusted)
        )

    def _is_allowed(self, stream: str, *, is_faint: bool, is_trusted: bool) -> bool:
        """Return whether there is a check left, and count it."""
        if is_faint:
            # It takes none away from detections, which need theirs more.
            return self._budget.take(stream if is_trusted else _STRANGERS)
        if not is_trusted:
            self._strangers_wait_until = self._clock() + _STRANGERS_SECONDS
        return True
