"""Measure how often a misheard name is put right, and how often that does harm."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.house.commands import voices
from benchmarks.stt.corpus import ROOMS, with_silence
from benchmarks.stt.grammar import Grammar
from benchmarks.stt.models import prepare
from benchmarks.stt.table import Table, median, percent
from hearken_speech.stt.engine import DecodeOptions, decode_samples
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.proposals import propose
from training.speak import Line, say
from training.voices import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.stt.grammar import Understood
    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.engine import Decoding, WhisperEngine

SIZES: Final = (30, 300, 2_000)
_NAMES: Final = json.loads(Path(__file__).with_name("names.json").read_text("utf-8"))
_SENTENCES: Final = (
    *("turn on the {}", "turn off {}", "switch on {} please", "is {} on"),
    *("please turn {} off", "turn {} blue", "set {} to fifty percent", "start {}"),
)
_THINGS: Final = (
    *("light", "lamp", "floor lamp", "ceiling light", "fan", "blinds", "heater"),
    *("speaker", "curtain", "radio", "outlet", "nightlight"),
)
_ELSEWHERE: Final = (
    *("attic", "bath", "bed", "bench", "corridor", "den", "closet", "terrace"),
    *("playroom", "lounge", "balcony", "front", "back", "glow", "brown"),
)
"""What no device of the house is called."""
_PEAK: Final = 16_000


@dataclass(frozen=True)
class Said:
    """A sentence, the name in it, and its sound."""

    text: str
    name: str
    """In lower case; empty for a device that the house does not have."""
    samples: Samples


class House:
    """A house with so many names, and what is understood in it."""

    def __init__(self, names: Sequence[str], pronouncer: Pronouncer) -> None:
        """Pronounce the names."""
        self.index = NameIndex(names, "en", pronouncer)
        self._grammar = Grammar(names)

    def understand(self, texts: Sequence[str]) -> Understood | None:
        """Return what the first text is understood as that is understood at all."""
        found = map(self._grammar.understand, texts)
        return next((one for one in found if one is not None), None)

    def has(self, text: str) -> bool:
        """Return whether a text is a command in this house."""
        return self._grammar.understand(text) is not None


def run(folder: Path, *, quick: bool) -> Table:
    """Return right and wrong names by model and number of names."""
    table = Table(
        "names",
        "Names of the house",
        (
            *("model", "names", "sentences", "faster-whisper %", "as heard %"),
            *("of five texts %", "with names %", "wrong names"),
            *("missing devices", "taken for others", "CPU ms"),
        ),
        "Sentences with an unusual name of the house, understood with the right name: "
        "the text of faster-whisper (beam 5, 30 s), ours as heard, the first of five "
        "texts that is understood, and then the first text with a name put in. "
        "Missing devices: commands for what the house does not have, and how many of "
        "them act on something else. CPU: of proposing names, where it is asked for.",
    )
    spoken = _spoken(quick=quick)
    missing = _missing(quick=quick)
    pronouncer = Pronouncer()
    houses = {size: House(names_of_a_house(size), pronouncer) for size in SIZES}
    for model in prepare(folder):
        engine = model.engine()
        heard = [_decode(engine, one) for one in spoken]
        theirs = [_theirs(engine, one) for one in spoken]
        others = [_decode(engine, one) for one in missing]
        for size, house in houses.items():
            counts = _count(house, spoken, theirs)
            ways, seconds = _ways(engine, house, spoken, heard)
            counts |= ways
            harm, more = _harm(engine, house, missing, others)
            table.add(
                *(model.title, size, len(spoken)),
                *(percent(counts[way], len(spoken)) for way in _WAYS),
                counts["wrong"],
                *harm,
                1_000 * median([*seconds, *more]),
            )
    return table


_WAYS: Final = ("theirs", "heard", "five", "named")


def names_of_a_house(size: int) -> list[str]:
    """Return so many names: the unusual ones, and ordinary ones."""
    ordinary = [f"{room} {thing}" for thing, room in product(_THINGS, ROOMS)]
    unusual = _NAMES["en"]["names"]
    numbered = [f"{name} {n}" for n, name in product(range(2, 99), ordinary)]
    return [*unusual, *ordinary, *numbered][: max(size, len(unusual))]


def _spoken(*, quick: bool) -> list[Said]:
    """Return sentences with unusual names, each by two voices or four."""
    names = _NAMES["en"]["names"][:: 4 if quick else 1]
    grammar = Grammar(names)
    lines = []
    for number, name in enumerate(names):
        sentences = [one.format(name) for one in _SENTENCES]
        known = [text for text in sentences if grammar.understand(text)]
        lines += [
            (known[(number + turn) % len(known)], name)
            for turn in ((0, 2) if quick else range(4))
        ]
    return _say(lines)


def _missing(*, quick: bool) -> list[Said]:
    """Return commands for devices that no house has."""
    things = [f"{room} {thing}" for room, thing in product(_ELSEWHERE, _THINGS)]
    chosen = things[:: 24 if quick else 1]
    sentences = ("turn on the {}", "turn off the {}", "switch on the {} please")
    return _say(
        [
            (sentences[n % len(sentences)].format(one), "")
            for n, one in enumerate(chosen)
        ]
    )


def _say(lines: Sequence[tuple[str, str]]) -> list[Said]:
    """Return lines spoken by one voice after the other."""
    speakers = [parse(voice) for voice in voices()]
    voiced = [
        Line(text, speakers[number % len(speakers)])
        for number, (text, _) in enumerate(lines)
    ]
    said = []
    for (text, name), sound in zip(lines, say(voiced), strict=True):
        scaled = sound * (_PEAK / max(1e-6, float(np.abs(sound).max(initial=0.0))))
        samples = with_silence(scaled.astype(np.int16), 0.3, 0.5)
        said.append(Said(text, name.casefold(), samples))
    return said


def _decode(engine: WhisperEngine, said: Said) -> Decoding:
    """Return what our engine hears."""
    return decode_samples(engine, said.samples, DecodeOptions(language="en"))


def _theirs(engine: WhisperEngine, said: Said) -> str:
    """Return the text of faster-whisper with the same weights."""
    segments, _ = engine.model.faster_whisper.transcribe(
        said.samples.astype(np.float32) / 32_768, language="en", beam_size=5
    )
    return "".join(segment.text for segment in segments).strip()


def _count(house: House, spoken: Sequence[Said], texts: Sequence[str]) -> Counter[str]:
    """Count the names that are right in a text alone."""
    pairs = zip(spoken, texts, strict=True)
    right = sum(_is_right(house.understand([text]), one) for one, text in pairs)
    return Counter(theirs=right)


def _ways(
    engine: WhisperEngine,
    house: House,
    spoken: Sequence[Said],
    heard: Sequence[Decoding],
) -> tuple[Counter[str], list[float]]:
    """Count right and wrong names, and return the times that proposing took."""
    counts: Counter[str] = Counter()
    times = []
    for one, decoding in zip(spoken, heard, strict=True):
        texts = [hypothesis.text for hypothesis in decoding.hypotheses]
        counts["heard"] += _is_right(house.understand(texts[:1]), one)
        found = house.understand(texts)
        counts["five"] += _is_right(found, one)
        if found is None:
            found, seconds = _named(engine, house, decoding)
            times.append(seconds)
        counts["named"] += _is_right(found, one)
        counts["wrong"] += bool(found and found.name and found.name != one.name)
    return counts, times


def _harm(
    engine: WhisperEngine,
    house: House,
    missing: Sequence[Said],
    heard: Sequence[Decoding],
) -> tuple[tuple[int, int], list[float]]:
    """Count commands for what is not there, and those that act on something else."""
    asked = wrong = 0
    times = []
    for one, decoding in zip(missing, heard, strict=True):
        if house.has(one.text):
            continue
        asked += 1
        if house.understand([hypothesis.text for hypothesis in decoding.hypotheses]):
            continue  # misheard as another command, by the decoder alone
        found, seconds = _named(engine, house, decoding)
        times.append(seconds)
        wrong += found is not None
    return (asked, wrong), times


def _named(
    engine: WhisperEngine, house: House, decoding: Decoding
) -> tuple[Understood | None, float]:
    """Return what is understood of the proposed texts, and the processor time."""
    assert decoding.encoded is not None
    if not engine.model.traits.judges_names:
        return None, 0.0
    began = time.thread_time()
    proposals = propose(
        decoding.hypotheses,
        house.index,
        engine.model.tokenizer(decoding.language),
        partial(engine.score, decoding.encoded),
    )
    seconds = time.thread_time() - began
    return house.understand([proposal.text for proposal in proposals]), seconds


def _is_right(found: Understood | None, said: Said) -> bool:
    """Return whether a text was understood with the name that was said."""
    return found is not None and found.name == said.name
