"""Measure when an utterance is ended, and whether that is too early."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.stt.corpus import EVERYDAY, KNOWN_VOICES, commands, said
from benchmarks.stt.models import embedded_engine
from benchmarks.stt.table import Table, median, percent, percentile
from hearken_speech.protocol import UtteranceState
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.stt.utterance import Utterance
from hearken_speech.vad.endpoint import PauseBegan
from hearken_speech.vad.silero import SileroModel
from house import sound

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.engine import WhisperEngine

_STEP_SAMPLES: Final = 512
_HINT_STEPS: Final = 3
"""Time from the pause to the client's answer: 96 ms for decoding and the way."""
_TRAILING_SECONDS: Final = 2.5
_LOOSE_ENDS: Final = frozenset(
    {"the", "a", "in", "on", "off", "to", "for", "and", "my"}
)


@dataclass(frozen=True)
class Spoken:
    """A command with a pause inside."""

    samples: Samples
    end: int
    """The last sample of speech."""


def run(folder: Path, *, quick: bool) -> Table:
    """Return cut-off commands and waiting times, with and without hints."""
    table = Table(
        "endings",
        "Endings: commands with a pause of 0.2 to 0.6 s inside, and silence after",
        (
            *("who ends", "commands", "cut off %", "silence waited s: median"),
            *("p90", "ended as complete %"),
        ),
        "Generated commands, the pause at a random place between two words. The client "
        "knows the list of all commands and compares it with the text recognized at "
        "the pause; it is right or wrong as that text is. A command that another one "
        "begins with is not called complete. Its answer comes 96 ms after the pause "
        "has begun. Cut off: ended before the last sample of speech.",
    )
    count = 30 if quick else 220
    texts = [*EVERYDAY, *commands(count, seed=9)][:count]
    spoken = [_speak(text, number) for number, text in enumerate(texts)]
    engine, transcriber = embedded_engine(folder), Transcriber()
    known = frozenset(texts)
    for title, knows in (("silence alone, 0.7 s", False), ("completeness known", True)):
        cut, waited, complete = 0, [], 0
        vad = SileroModel()
        for one in spoken:
            utterance = _listen(one, vad, engine, transcriber, known if knows else None)
            ended = utterance.ended
            if ended is None or ended.at_sample < one.end:
                cut += 1
                continue
            waited.append((ended.at_sample - one.end) / 16_000)
            complete += ended.reason.value == "complete"
        table.add(
            title,
            len(spoken),
            percent(cut, len(spoken)),
            round(median(waited), 2),
            round(percentile(waited, 0.9), 2),
            percent(complete, len(spoken)),
        )
    return table


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


def _listen(
    one: Spoken,
    vad: SileroModel,
    engine: WhisperEngine,
    transcriber: Transcriber,
    known: frozenset[str] | None,
) -> Utterance:
    """Play a command until the utterance has ended."""
    utterance = Utterance(vad)
    answers: dict[int, UtteranceState] = {}
    for step, start in enumerate(range(0, one.samples.size, _STEP_SAMPLES)):
        events = utterance.add_audio(one.samples[start : start + _STEP_SAMPLES])
        if known is not None and any(isinstance(e, PauseBegan) for e in events):
            text = transcriber.transcribe(
                engine, utterance.recording(), Request(language="en")
            ).text
            answers[step + _HINT_STEPS] = _state(text, known)
        if step in answers:
            utterance.hint(answers[step])
        if utterance.ended:
            break
    return utterance


def _state(text: str, known: frozenset[str]) -> UtteranceState:
    """Return the hint that a client which knows all commands gives for a text."""
    longer = any(command.startswith(f"{text} ") for command in known)
    if text in known:
        # A text that may continue is not certainly complete.
        return UtteranceState.UNKNOWN if longer else UtteranceState.COMPLETE
    loose = text.split()[-1:] and text.rsplit(maxsplit=1)[-1] in _LOOSE_ENDS
    if text and (loose or longer):
        return UtteranceState.DANGLING
    return UtteranceState.UNKNOWN
