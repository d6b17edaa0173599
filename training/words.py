"""Make wake words that could come with Hearken.

    PYTHONPATH=scripts:addon:. .venv/bin/python -m training.words [WORD...]

Each is made as a word that is typed, with voices of more languages. Its threshold comes
from the hours to choose with (``training/hours.py``). Nothing here sees the hours that
judge.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.common import weights
from hearken_speech.wake.making import judge
from hearken_speech.wake.making.head_file import head_bytes
from hearken_speech.wake.making.maker import Maker
from hearken_speech.wake.making.phrase import check_phrase
from training import hours
from training.hour_sources import Part
from training.word_voices import VoicesOfLanguages

if TYPE_CHECKING:
    from hearken_speech.wake.making.fit import LinearHead

FOLDER: Final = Path("build/words")
WORDS: Final = {
    "alexa": {"de": "alexa", "zh": "alexa"},
    "computer": {"de": "computer", "zh": "computer"},
    "hey jarvis": {"de": "hej dscharwis", "zh": "hey jarvis"},
    "okay nabu": {"de": "okeh nabu", "zh": "okay nabu"},
    "hey hearken": {"de": "hej harken", "zh": "hey hearken"},
}
"""The words, each as it has to be spelled for voices of other languages."""
SAID: Final = {"computer": {"sky"}}
"""Sources in which a word is said, with which its threshold is not chosen."""
FALSE_ACCEPTS_AN_HOUR: Final = 0.2
"""In the hours to choose with."""


def main() -> int:
    """Make the words."""
    parser = argparse.ArgumentParser("training.words", description=__doc__)
    parser.add_argument("words", nargs="*", default=list(WORDS), metavar="WORD")
    parser.add_argument("--output", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for text in options.words:
        path = options.output / f"{make(text, options.output)}.onnx"
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)
    return 0


def make(text: str, folder: Path) -> str:
    """Make a word, write its head, and return its ID."""
    phrase = check_phrase(text, "en", force=True)
    voices = VoicesOfLanguages(weights.fetch("kokoro"), text, WORDS.get(text, {}))
    made = Maker(voices).make(phrase)
    print(f"{text}: {made.voices} utterances, {made.expectation.as_dict()}")
    path = folder / f"{phrase.id}.onnx"
    path.write_bytes(head_bytes(with_chosen_threshold(made.head, text)))
    return phrase.id


def with_chosen_threshold(head: LinearHead, text: str) -> LinearHead:
    """Return a head whose threshold lies where the hours to choose with put it."""
    logits = [
        head.logits(clip)
        for source, clips in hours.load(Part.CHOOSE)
        if source not in SAID.get(text, ())
        for clip in clips
    ]
    return head.calibrated(judge.threshold_for(logits, FALSE_ACCEPTS_AN_HOUR), 1.0)


if __name__ == "__main__":
    sys.exit(main())
