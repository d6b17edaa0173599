"""Set the guard's weights for a model, with sounds made for that purpose.

The weights belong to the family of the model: "embedded", or small published models,
English or multilingual. They are chosen on all sounds; the table that is printed tells
what each half of them does with weights chosen on the other half, where nobody speaks
in both. Recordings of people are used where the machine has them (HEARKEN_TEST_AUDIO).
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common.wording import words
from benchmarks.stt import guard_fit, models
from benchmarks.stt.development import Development
from benchmarks.stt.guard import watched
from benchmarks.stt.guard_fit import LONG, SHORT, Sample
from hearken_speech.stt import guard
from hearken_speech.stt.engine import DecodeOptions
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.stt.development import Clip
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.evidence import Evidence
    from hearken_speech.stt.guard import Weights

DATA: Final = Path(guard.__file__).with_name("guard.json")
MAY_REJECT_LONG: Final = 0.003
MAY_REJECT_SHORT: Final = 0.015
"""Shares of the sentences and of the words that may be rejected."""
BY_HAND: Final[Weights] = {
    "compression_ratio": [[1.8, 0.0], [2.4, 1.0]],
    "speech_seconds": [[0.1, 1.0], [0.3, 0.0]],
    "speech_ratio": [[0.05, 0.3], [0.15, 0.0]],
}
"""For what these sounds do not have enough of: loops, clicks, pauses, phrases."""
PHANTOM_PHRASE: Final = 0.6
BY_HAND_SHORT: Final[Weights] = {
    **BY_HAND,
    # A tenth of a second is all that voice activity detection finds of some words.
    "speech_seconds": [[0.03, 0.7], [0.1, 0.0]],
}


@dataclass(frozen=True)
class Heard:
    """A sound and the evidence about its text."""

    kind: str
    group: str
    said: str
    text: str
    evidence: Evidence | None
    """None without a text."""

    @property
    def misheard(self) -> bool:
        """Return whether a word is another one than was said."""
        short = self.evidence is not None and self.evidence.is_short
        return bool(self.said) and short and words(self.said) != words(self.text)

    @property
    def half(self) -> int:
        """Return the half it belongs to, the same for everything by one person."""
        return zlib.crc32(self.group.encode()) % 2


type Lengths = dict[str, Weights]
"""The weights for long and for short texts."""


def main() -> int:
    """Measure, choose weights, and write them."""
    parser = argparse.ArgumentParser("scripts/tune-guard", description=__doc__)
    parser.add_argument("--model", default=models.EMBEDDED, help="name, folder or pack")
    parser.add_argument("--each", type=int, default=60, help="sounds of every kind")
    parser.add_argument("--evidence", type=Path, help="keep it here, or use it again")
    parser.add_argument("--dry-run", action="store_true", help="print, do not write")
    options = parser.parse_args()
    family, heard = _evidence(options.model, options.each, options.evidence)
    _report(family, heard)
    data = json.loads(DATA.read_text(encoding="utf-8"))
    data["families"][family] = _choose(family, heard)
    if not options.dry_run:
        DATA.write_text(_written(data), encoding="utf-8")
        print(f'The weights of the family "{family}" are in {DATA}')
    return 0


def _evidence(name: str, each: int, keep: Path | None) -> tuple[str, list[Heard]]:
    """Return the family of a model, and what it makes of all sounds."""
    if keep is not None and keep.exists():
        found: tuple[str, list[Heard]] = pickle.loads(keep.read_bytes())  # noqa: S301
        return found
    with tempfile.TemporaryDirectory() as folder:
        engine = models.find(name, Path(folder)).engine()
    family = engine.model.guard_family
    sounds = Development(
        each,
        multilingual=engine.model.multilingual,
        household_only=family == models.EMBEDDED,
    )
    heard = list(_hear(engine, sounds.clips()))
    if keep is not None:
        keep.write_bytes(pickle.dumps((family, heard)))
    return family, heard


def _hear(engine: WhisperEngine, clips: Iterable[Clip]) -> Iterable[Heard]:
    """Yield the evidence about every sound."""
    vad = SileroModel()
    for number, clip in enumerate(clips):
        recording = watched(clip.samples, vad)
        text, evidence = "", None
        # Nothing is decoded if nobody speaks.
        if recording.speech_seconds and recording.start_sample is not None:
            decoding = engine.decode(
                recording.mel,
                DecodeOptions(language=clip.language),
                recording.first_sample,
                recording.last_sample,
            )
            text = decoding.best.text
            if text:
                evidence = guard.gather(decoding, recording.sound)
        yield Heard(clip.kind, clip.group, clip.said, text, evidence)
        if number % 200 == 199:
            print(f"{number + 1} sounds", file=sys.stderr, flush=True)


def _choose(family: str, heard: Iterable[Heard]) -> Lengths:
    """Return the weights for these sounds."""
    # To the embedded model, "thank you" is a command like any other.
    phrase = 0.0 if family == models.EMBEDDED else PHANTOM_PHRASE
    samples = [
        Sample(one.evidence, bool(one.said), one.misheard)
        for one in heard
        if one.evidence
    ]
    chosen: Lengths = {}
    for length, kinds, by_hand, may_reject in (
        ("long", LONG, BY_HAND, MAY_REJECT_LONG),
        ("short", SHORT, BY_HAND_SHORT, MAY_REJECT_SHORT),
    ):
        short = length == "short"
        some = [sample for sample in samples if sample.evidence.is_short is short]
        chosen[length] = guard_fit.fit(
            some, kinds, {**by_hand, "phantom_phrase": phrase}, may_reject
        )
    return chosen


def _report(family: str, heard: list[Heard]) -> None:
    """Print what each half does with weights chosen on the other."""
    counts: Counter[tuple[str, str]] = Counter()
    for half in (0, 1):
        lengths = _choose(family, (one for one in heard if one.half != half))
        for one in heard:
            if one.half != half:
                continue
            counts[one.kind, "sounds"] += 1
            if one.evidence is None:
                continue
            counts[one.kind, "texts"] += 1
            counts[one.kind, "misheard"] += one.misheard
            length = "short" if one.evidence.is_short else "long"
            if not guard.judge(one.evidence, curves=lengths[length]).rejected:
                counts[one.kind, "accepted"] += 1
    print("| sound | sounds | texts | accepted | misheard |\n|---|---|---|---|---|")
    for kind in dict.fromkeys(one.kind for one in heard):
        columns = ("sounds", "texts", "accepted", "misheard")
        cells = [counts[kind, column] for column in columns]
        print(f"| {kind} | {' | '.join(map(str, cells))} |")


def _written(data: dict[str, Any]) -> str:
    """Return the file with one line per kind of evidence and language."""

    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    def block(values: dict[str, Any], indent: str) -> str:
        rows = ",\n".join(f"{indent}  {line(k)}: {line(v)}" for k, v in values.items())
        return f"{{\n{rows}\n{indent}}}"

    families = ",\n".join(
        f"    {line(family)}: {{\n"
        + ",\n".join(f"      {line(k)}: {block(v, '      ')}" for k, v in both.items())
        + "\n    }"
        for family, both in data["families"].items()
    )
    return (
        f'{{\n  "comment": {line(data["comment"])},\n'
        f'  "families": {{\n{families}\n  }},\n'
        f'  "phantoms": {block(data["phantoms"], "  ")}\n}}\n'
    )


if __name__ == "__main__":
    sys.exit(main())
