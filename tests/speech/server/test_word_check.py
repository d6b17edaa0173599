"""Test how the speech model checks wake words that were made from text."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hearken_speech.errors import HearkenError
from hearken_speech.server.check_budget import BURST
from hearken_speech.server.word_check import (
    REST_SECONDS,
    WordCheck,
    judge,
    judge_faint,
    sureness,
)
from hearken_speech.stt.phrase_evidence import PhraseEvidence
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.events import Detected, FaintlyHeard, WordHeard
from hearken_speech.wake.made import MadeWord, MadeWords
from hearken_speech.wake.records import Check
from tests.speech.wake.made_heads import flat_head

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

WORD = MadeWord(
    id="okay_house", phrase="Hal", text="Okay house", language="en", made_at=1.0
)
SURE = PhraseEvidence("Okay house.", -0.1, 1.0)
OTHER = PhraseEvidence("Turn on the light.", -12.0, 0.2)


class Ears:
    """A speech model that answers as it is told."""

    def __init__(self) -> None:
        """Hear everything."""
        self.is_free = True
        self.answer: PhraseEvidence | HearkenError | TimeoutError = SURE
        self.asked: list[tuple[tuple[str, str], int, bool]] = []
        self.goes_on = asyncio.Event()
        """Cleared, there is no answer for now."""
        self.goes_on.set()

    def can_hear_phrases(self, *, is_trusted: bool) -> bool:
        """Return what it is told."""
        del is_trusted
        return self.is_free

    async def hear_phrase(
        self,
        samples: Samples,
        text: str,
        language: str,
        limit_seconds: float,
        *,
        is_trusted: bool,
    ) -> PhraseEvidence:
        """Note what is asked for and answer."""
        del limit_seconds
        self.asked.append(((text, language), len(samples), is_trusted))
        await self.goes_on.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        """Start at a time that is not zero."""
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def heard(seconds: float = 2.5, kind: type[WordHeard] = Detected) -> WordHeard:
    """Return a detection, or another event, after this much audio."""
    return kind(
        position_samples=round(seconds * 16_000),
        word="okay_house",
        score=0.8,
        peak=0.8,
        threshold=0.5,
        frames_over=2,
        level_dbfs=-20.0,
        begin_samples=0,
        end_samples=15_000,
        recent=np.zeros(round(seconds * 16_000), np.int16),
    )


@pytest.fixture
def ears() -> Ears:
    """Return a speech model."""
    return Ears()


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def check(tmp_path: Path, ears: Ears, clock: Clock) -> WordCheck:
    """Return a check of a word that was renamed after it was made."""
    words = MadeWords(tmp_path)
    words.save(WORD, flat_head(0.0))
    catalogue = WakeCatalogue(made=words.folder)
    catalogue.refresh()
    return WordCheck(ears, catalogue, clock)


async def test_what_was_learned_is_looked_for(check: WordCheck, ears: Ears) -> None:
    """The last two seconds are heard again, for the text and not for its name."""
    assert await check.ask(heard(), "hall", is_trusted=True) is Check.CONFIRMED
    ears.answer = OTHER
    assert await check.ask(heard(), "hall", is_trusted=True) is Check.REFUTED
    assert ears.asked == [(("Okay house", "en"), 32_000, True)] * 2
    assert dict(check.counts) == {"confirmed": 1, "refuted": 1}


async def test_busy_or_failing_model_says_nothing(check: WordCheck, ears: Ears) -> None:
    """Then it is as if there was no check; too little audio is not heard again."""
    ears.is_free = False
    assert await check.ask(heard(), "hall", is_trusted=True) is None
    ears.is_free = True
    assert await check.ask(heard(0.3), "hall", is_trusted=True) is None
    assert ears.asked == []
    ears.answer = HearkenError("no")
    assert await check.ask(heard(), "hall", is_trusted=True) is None
    assert dict(check.counts) == {"skipped": 2, "failed": 1}


async def test_slow_machine_stops_trying_for_a_while(
    check: WordCheck, ears: Ears, clock: Clock
) -> None:
    """Delays that lead to nothing end; an answer in time forgives those before."""
    ears.answer = TimeoutError()
    for _ in range(2):
        assert await check.ask(heard(), "hall", is_trusted=True) is None
    ears.answer = SURE
    assert await check.ask(heard(), "hall", is_trusted=True) is Check.CONFIRMED
    ears.answer = TimeoutError()
    for _ in range(3):
        await check.ask(heard(), "hall", is_trusted=True)
    ears.answer = SURE
    assert await check.ask(heard(), "hall", is_trusted=True) is None
    clock.now += REST_SECONDS
    assert await check.ask(heard(), "hall", is_trusted=True) is Check.CONFIRMED
    assert check.counts["late"] == 5


async def test_late_answers_about_faint_peaks_end_no_others(
    check: WordCheck, ears: Ears, clock: Clock
) -> None:
    """Nobody waits for those; but they are not asked about any more for a while."""
    faint = heard(kind=FaintlyHeard)
    ears.answer = TimeoutError()
    for _ in range(3):
        await check.ask(faint, "hall", is_trusted=True)
    ears.answer = SURE
    assert await check.ask(faint, "hall", is_trusted=True) is None
    assert await check.ask(heard(), "hall", is_trusted=True) is Check.CONFIRMED
    clock.now += REST_SECONDS
    assert await check.ask(faint, "hall", is_trusted=True) is Check.CONFIRMED
    assert check.counts["faint_late"] == 3


async def test_strangers_get_few_checks(
    check: WordCheck, ears: Ears, clock: Clock
) -> None:
    """However many they are, they cost one check a second; the trusted do not wait."""
    assert await check.ask(heard(), "hall", is_trusted=False) is Check.CONFIRMED
    assert await check.ask(heard(), "hall", is_trusted=False) is None
    assert await check.ask(heard(), "hall", is_trusted=True) is Check.CONFIRMED
    clock.now += 1.0
    assert await check.ask(heard(), "hall", is_trusted=False) is Check.CONFIRMED
    assert [is_trusted for _, _, is_trusted in ears.asked] == [False, True, False]


async def test_faint_peaks_are_counted_by_themselves_and_few(
    check: WordCheck, ears: Ears
) -> None:
    """They take no check away from a detection, whoever asks."""
    faint = heard(kind=FaintlyHeard)
    for is_trusted in (True, False):
        for _ in range(BURST):
            answer = await check.ask(faint, "hall", is_trusted=is_trusted)
            assert answer is Check.CONFIRMED
        assert await check.ask(faint, "hall", is_trusted=is_trusted) is None
        answer = await check.ask(heard(), "hall", is_trusted=is_trusted)
        assert answer is Check.CONFIRMED
    assert await check.ask(faint, "bath", is_trusted=True) is Check.CONFIRMED
    assert check.counts["faint_confirmed"] == 2 * BURST + 1
    assert (check.counts["confirmed"], check.counts["faint_skipped"]) == (2, 2)


async def test_word_that_is_gone_is_not_checked(check: WordCheck, ears: Ears) -> None:
    """It was deleted meanwhile."""
    gone = replace(heard(), word="nobody")
    assert await check.ask(gone, "hall", is_trusted=True) is None
    assert ears.asked == []


@pytest.mark.parametrize(
    ("log_probability", "likeness", "check"),
    [
        (-0.1, 0.4, Check.CONFIRMED),
        (-3.5, 0.7, Check.CONFIRMED),
        (-14.0, 0.95, Check.CONFIRMED),
        (-3.1, 0.55, Check.UNSURE),
        (-14.0, 0.82, Check.UNSURE),
        (-6.5, 0.7, Check.REFUTED),
        (-14.0, 0.75, Check.REFUTED),
    ],
)
def test_both_signs_are_weighed(
    log_probability: float, likeness: float, check: Check
) -> None:
    """Either may make up for the other; what sounds like the word is not refuted."""
    assert judge(PhraseEvidence("", log_probability, likeness)) is check


@pytest.mark.parametrize(
    ("peak", "check"),
    [(0.5, Check.REFUTED), (0.65, Check.UNSURE), (0.3, Check.REFUTED)],
)
def test_sure_score_needs_more_to_be_refuted(peak: float, check: Check) -> None:
    """The speech model does not understand everybody whom the head knows."""
    heard = PhraseEvidence("Charlie's", -6.0, 0.7)
    assert judge(heard, sureness(peak, 0.5)) is check


def test_word_that_the_model_does_not_know_is_refuted_less() -> None:
    """It writes what it knows instead, which sounds somewhat like it."""
    heard = PhraseEvidence("Okay, now.", -14.0, 0.71, is_known=False)
    assert judge(heard) is Check.UNSURE
    other = PhraseEvidence("Okay, good.", -14.0, 0.6, is_known=False)
    assert judge(other) is Check.REFUTED


@pytest.mark.parametrize(
    ("log_probability", "likeness", "check"),
    [
        (-2.0, 0.7, Check.CONFIRMED),
        (-9.0, 0.9, Check.CONFIRMED),
        (-2.1, 0.7, Check.UNSURE),
        (-9.0, 0.89, Check.UNSURE),
        (-6.5, 0.7, Check.REFUTED),
    ],
)
def test_faint_peak_needs_more(
    log_probability: float, likeness: float, check: Check
) -> None:
    """The head hardly heard it: what nearly sounds like the word is not enough."""
    assert judge_faint(PhraseEvidence("", log_probability, likeness)) is check
