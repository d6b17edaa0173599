"""Wake words that were made from text, checked by the speech model.

The small network that hears a wake word has heard synthetic voices only. The speech
model that is in memory anyway knows what people say, and hears the last two seconds
again. It may withdraw a detection that it plainly contradicts, and confirm a near miss.
Without an answer in time, nothing changes.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.records import Check

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.phrase_evidence import PhraseEvidence
    from hearken_speech.wake.events import WordHeard
    from hearken_speech.wake.made import MadeWords

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
CONFIRMED_WEIGHT: Final = -4.0
CONFIRMED_LIKENESS: Final = 0.85
REFUTED_WEIGHT: Final = -6.0
REFUTED_LIKENESS: Final = 0.8
REFUTED_UNKNOWN_LIKENESS: Final = 0.7
"""Of a word that the model puts together: it writes what it knows instead."""
_LIKENESS_WEIGHT: Final = 10.0
_EVEN_LIKENESS: Final = 0.7
"""More speaks for the word, less against it."""


class SpeechModel(Protocol):
    """The part of the recognizer that is used here."""

    def can_hear_phrases(self, *, is_trusted: bool) -> bool:
        """Return whether a good speech model is in memory and nobody waits for it."""

    async def hear_phrase(
        self,
        samples: Samples,
        phrase: Callable[[], tuple[str, str]],
        limit_seconds: float,
        *,
        is_trusted: bool,
    ) -> PhraseEvidence:
        """Return what the speech model says of a phrase, and its language."""


def judge(evidence: PhraseEvidence) -> Check:
    """Return what follows from what the speech model says.

    What sounds like the word is never refuted: names are written in many ways.
    """
    weight = evidence.log_probability + _LIKENESS_WEIGHT * (
        evidence.likeness - _EVEN_LIKENESS
    )
    if weight >= CONFIRMED_WEIGHT or evidence.likeness >= CONFIRMED_LIKENESS:
        return Check.CONFIRMED
    limit = REFUTED_LIKENESS if evidence.is_known else REFUTED_UNKNOWN_LIKENESS
    if weight <= REFUTED_WEIGHT and evidence.likeness <= limit:
        return Check.REFUTED
    return Check.UNSURE


class WordCheck:
    """Asks the speech model about wake words; used on the event loop."""

    def __init__(
        self,
        model: SpeechModel,
        words: MadeWords,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set the speech model, and the words that were made here."""
        self.counts: Counter[str] = Counter()
        """Answers of the speech model, and how often there was none."""
        self._model = model
        self._words = words
        self._clock = clock
        self._late = 0
        self._rests_until = 0.0
        self._strangers_wait_until = 0.0

    async def ask(self, heard: WordHeard, *, is_trusted: bool) -> Check | None:
        """Return what the speech model says; None if it cannot answer in time."""
        samples = heard.recent[-_HEARD_SAMPLES:]
        if len(samples) < _SHORTEST_SAMPLES or not self._is_free(is_trusted=is_trusted):
            self.counts["skipped"] += 1
            return None
        try:
            evidence = await self._model.hear_phrase(
                samples, self._phrase(heard.word), LIMIT_SECONDS, is_trusted=is_trusted
            )
        except TimeoutError:
            self._note_late()
            return None
        except HearkenError as err:
            _LOGGER.debug("%s was not checked: %s", heard.word, err)
            self.counts["failed"] += 1
            return None
        self._late = 0
        check = judge(evidence)
        self.counts[check] += 1
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
        if not self._model.can_hear_phrases(is_trusted=True):
            return None
        try:
            evidence = await self._model.hear_phrase(
                samples, self._phrase(word), RECORDING_LIMIT_SECONDS, is_trusted=True
            )
        except (HearkenError, TimeoutError) as err:
            _LOGGER.debug("a recording of %s was not checked: %s", word, err)
            return None
        return judge(evidence)

    def _phrase(self, word: str) -> Callable[[], tuple[str, str]]:
        """Return what looks up the text that was learned, which no new name changes."""

        def phrase() -> tuple[str, str]:
            """Return the text and its language."""
            known = self._words.get(word)
            return known.text, known.language

        return phrase

    def _is_free(self, *, is_trusted: bool) -> bool:
        """Return whether a check would disturb nobody, and may come in time."""
        now = self._clock()
        if now < self._rests_until or not self._model.can_hear_phrases(
            is_trusted=is_trusted
        ):
            return False
        if not is_trusted:
            if now < self._strangers_wait_until:
                return False
            self._strangers_wait_until = now + _STRANGERS_SECONDS
        return True

    def _note_late(self) -> None:
        """Note that an answer came too late; rest if that is usual here."""
        self.counts["late"] += 1
        self._late += 1
        if self._late >= _TOO_OFTEN_LATE:
            _LOGGER.warning("wake words are not checked for a while: too slow here")
            self._late, self._rests_until = 0, self._clock() + REST_SECONDS
