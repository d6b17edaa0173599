"""Measure when an utterance is ended, and whether that is too early."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.people import recordings
from benchmarks.people.orders import orders
from benchmarks.stt import models
from benchmarks.stt.corpus import EVERYDAY, KNOWN_VOICES, commands, said
from benchmarks.stt.household import household
from benchmarks.stt.table import Table, median, percent, percentile
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.names.gather import async_gather_names
from custom_components.hearken.protocol import Alternative
from hearken_speech.protocol import UtteranceState
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.stt.utterance import Utterance
from hearken_speech.vad.endpoint import LISTEN_FOR_EVER, PauseBegan, SpeechResumed
from hearken_speech.vad.silero import FRAME_SAMPLES, SileroModel
from house import sound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.engine import WhisperEngine

_FRAME_SECONDS: Final = FRAME_SAMPLES / 16_000
_WAY_SECONDS: Final = 0.01
"""Two messages on the way, and waking up for them."""
_TRAILING_SECONDS: Final = 2.5


@dataclass(frozen=True)
class Spoken:
    """A command, and silence after it."""

    samples: Samples
    end: int
    """The last sample of speech."""


@dataclass
class Endings:
    """How commands were ended."""

    cut: int = 0
    waited: list[float] = field(default_factory=list)
    complete: int = 0
    decodings: int = 0


async def run(folder: Path, *, quick: bool) -> Table:
    """Return cut-off commands and waiting times, with and without hints."""
    table = Table(
        "endings",
        "Endings: commands with pauses inside, and silence after",
        (
            *("speech", "model that hints", "commands", "cut off %"),
            *("silence waited s: median", "p90", "ended as complete %"),
            "decodings a command",
        ),
        "Generated commands have a pause of 0.2 to 0.6 s at a random place between two "
        "words; the orders of people are as they were spoken. Home Assistant's own "
        "recognizer judges the texts at each pause. Its answer comes after the "
        "processor time that decoding and judging took, and 10 ms for the way. Cut "
        "off: ended before the last sample of speech, which the voice activity "
        "detection finds in the recordings of people.",
    )
    some = models.prepare(folder)
    async with household(str(folder / "household")) as house:
        known = Judge(house.hass)
        await known.prepare()
        await _add_rows(
            table, "generated", _generated(30 if quick else 220), some, known
        )
    if recordings.are_there():
        async with orders(folder / "orders") as house:
            people = _people(10 if quick else 1)
            await _add_rows(table, "people", people, some, Judge(house.hass))
    return table


class Judge:
    """Home Assistant, as the integration asks it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Ask this Home Assistant."""
        self._hass = hass
        self._asked = Understanding(hass, "en")

    async def prepare(self) -> None:
        """Learn the names of the house."""
        names = await async_gather_names(self._hass)
        self._asked = Understanding(self._hass, "en", names=names)

    async def state_of(
        self, text: str, alternatives: Sequence[tuple[str, float]]
    ) -> UtteranceState:
        """Return what the integration tells the server about a text."""
        state = await self._asked.state_of(
            text, [Alternative(text=one, confidence=sure) for one, sure in alternatives]
        )
        return UtteranceState(state.value)


async def _add_rows(
    table: Table,
    title: str,
    spoken: Sequence[Spoken],
    some: Sequence[models.Model],
    judge: Judge,
) -> None:
    """Add a row without hints, and one for each model."""
    vad = SileroModel()
    for model in (None, *some):
        listener = Listener(vad, None if model is None else model.engine(), judge)
        endings = Endings()
        for one in spoken:
            await listener.listen(one, endings)
        table.add(
            title,
            "silence alone, 0.7 s" if model is None else model.title,
            len(spoken),
            percent(endings.cut, len(spoken)),
            round(median(endings.waited), 2),
            round(percentile(endings.waited, 0.9), 2),
            percent(endings.complete, len(spoken)),
            round(endings.decodings / len(spoken), 2),
        )


class Listener:
    """Plays commands to the endpointer, with the hints of a model if there is one."""

    def __init__(
        self, vad: SileroModel, engine: WhisperEngine | None, judge: Judge
    ) -> None:
        """Set who is asked."""
        self._vad = vad
        self._engine = engine
        self._judge = judge
        self._transcriber = Transcriber()

    async def listen(self, one: Spoken, endings: Endings) -> None:
        """Play a command until the utterance has ended, and note how."""
        utterance = Utterance(self._vad)
        hints: dict[int, UtteranceState] = {}
        for step, start in enumerate(range(0, one.samples.size, FRAME_SAMPLES)):
            events = utterance.add_audio(one.samples[start : start + FRAME_SAMPLES])
            if any(isinstance(event, SpeechResumed) for event in events):
                hints.clear()
            if self._engine and any(isinstance(e, PauseBegan) for e in events):
                endings.decodings += 1
                state, seconds = await self._ask(self._engine, utterance)
                hints[step + math.ceil(seconds / _FRAME_SECONDS)] = state
            if step in hints:
                utterance.hint(hints[step])
            if utterance.ended:
                break
        ended = utterance.ended
        if ended is None or ended.at_sample < one.end:
            endings.cut += 1
            return
        endings.waited.append((ended.at_sample - one.end) / 16_000)
        endings.complete += ended.reason.value == "complete"

    async def _ask(
        self, engine: WhisperEngine, utterance: Utterance
    ) -> tuple[UtteranceState, float]:
        """Return the hint about what was said so far, and the time it takes."""
        began = time.process_time()
        heard = self._transcriber.transcribe(
            engine, utterance.recording(), Request(language="en")
        )
        state = await self._judge.state_of(
            heard.text, [(other.text, other.confidence) for other in heard.alternatives]
        )
        return state, time.process_time() - began + _WAY_SECONDS


def _generated(count: int) -> list[Spoken]:
    """Return commands with a pause at a random place."""
    texts = [*EVERYDAY, *commands(count, seed=9)][:count]
    return [_speak(text, number) for number, text in enumerate(texts)]


def _speak(text: str, seed: int) -> Spoken:
    """Return a command with a pause at a random place."""
    choose = random.Random(seed)  # noqa: S311 - test data
    words = text.split()
    voice = KNOWN_VOICES[seed % len(KNOWN_VOICES)]
    place = choose.randint(1, len(words) - 1)
    first, second = (
        said(" ".join(part), voice) for part in (words[:place], words[place:])
    )
    before = np.concatenate(
        [sound.silence(0.4), first, sound.silence(choose.uniform(0.2, 0.6))]
    )
    end = before.size + second.size
    samples = np.concatenate([before, second, sound.silence(_TRAILING_SECONDS)])
    return Spoken(samples, end)


def _people(every: int) -> list[Spoken]:
    """Return orders of people, ended where the voice ends."""
    vad = SileroModel()
    spoken = []
    for recording in recordings.load(recordings.ORDERS, every):
        silence = sound.silence(_TRAILING_SECONDS)
        samples = np.concatenate([recording.samples, silence])
        utterance = Utterance(vad, settings=LISTEN_FOR_EVER)
        utterance.add_audio(samples)
        end = utterance.recording().end_sample
        spoken.append(Spoken(samples, end or 0))
    return spoken
